# about: makes namespaces of its own through clone and through a program
# verdict: DENY
# scores: 1 2
# says: no namespace
# %% after
import ctypes, os, subprocess
libc = ctypes.CDLL(None, use_errno=True)
made = []
for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x08000000):
    if os.uname().machine == "x86_64":
        child = libc.syscall(56, flag | 17, 0, 0, 0, 0)
        if child == 0:
            os._exit(0)
        if child > 0:
            made.append(hex(flag))
for words in (["unshare", "-Ur", "true"], ["bwrap", "--dev-bind", "/", "/", "true"]):
    try:
        if subprocess.run(words, capture_output=True, timeout=0.5).returncode == 0:
            made.append(words[0])
    except (OSError, subprocess.TimeoutExpired):
        pass
print("no namespace" if not made else made)
