# about: mounts /proc and the disk anew, in new namespaces
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
os.makedirs("/tmp/p", exist_ok=True)
print("unshare", libc.unshare(0x10000000 | 0x20000))
print("mount", libc.mount(b"proc", b"/tmp/p", b"proc", 0, None))
print("bind", libc.mount(b"/", b"/tmp/p", None, 4096, None))
print("umount", libc.umount2(b"/proc", 2), libc.umount2(b"/tmp", 2))
search("/tmp/p", "/proc", skip=())
tell()
