# about: memory outside the heap: anonymous maps, shared memory, memfd
# verdict: LIMIT
# scores: 1 2
# says: held below 1 GB
# %% before
import ctypes, mmap, os
held, total = [], 0
try:
    while total < 1 << 30:
        piece = mmap.mmap(-1, 16 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        piece.write(b"x" * (16 << 20))
        held.append(piece)
        total += 16 << 20
except OSError as error:
    print(error)
print("memfd", ctypes.CDLL(None).memfd_create(b"x", 0) if hasattr(ctypes.CDLL(None), "memfd_create") else -1)
print("held below 1 GB" if total < 1 << 30 else "held all of it")
