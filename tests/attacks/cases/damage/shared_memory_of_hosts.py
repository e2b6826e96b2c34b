# about: writes shared memory and semaphores that the host would see
# verdict: DENY
# scores: 1 2
# %% after
import ctypes, os
from multiprocessing import shared_memory
try:
    block = shared_memory.SharedMemory("@MARK@", create=True, size=4096)
    block.buf[:4] = b"evil"
except OSError as error:
    print(error.strerror)
libc = ctypes.CDLL(None, use_errno=True)
print(libc.shmget(0xA77AC0 + 40, 4096, 0o1666))
with open("/dev/shm/@MARK@-file", "w") as file:
    file.write("left")
