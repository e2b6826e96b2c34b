# about: traces the warm parent and reads and writes its memory
# verdict: DENY
# scores: 1 2
# says: nothing was traced
# %% after
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(64)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
mine, theirs = Vector(ctypes.addressof(buffer), 64), Vector(id(os), 64)
done = []
for number in (os.getppid() or 1, 2, int("@PID@")):
    if libc.ptrace(16, number, 0, 0) != -1:
        done.append(("ptrace", number))
    if number != os.getpid() and libc.process_vm_readv(number, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) != -1:
        done.append(("read", number))
print("nothing was traced" if not done else done)
