# about: becomes another user, and runs programs with special rights
# verdict: DENY
# scores: 1 2
# says: no rights were won
# %% after
import ctypes, os, subprocess
won = []
for act in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.setresuid(0, 0, 0), lambda: os.chroot("/tmp"), lambda: os.nice(-5)):
    try:
        act()
        won.append(act)
    except OSError:
        pass
for program in ("/bin/su", "/usr/bin/sudo", "/bin/mount", "/usr/bin/newuidmap", "/usr/bin/passwd"):
    try:
        if subprocess.run([program, "-n"] if "sudo" in program else [program, "--version"], capture_output=True, timeout=0.3, stdin=subprocess.DEVNULL).returncode == 0 and "sudo" in program:
            won.append(program)
    except (OSError, subprocess.TimeoutExpired):
        pass
print("no rights were won" if not won and os.getuid() != 0 and os.geteuid() == os.getuid() else won)
