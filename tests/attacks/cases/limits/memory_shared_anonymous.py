# about: shared anonymous memory, which the limit on data does not count
# verdict: LIMIT
# scores: 1 2
# says: held below 1 GB
# %% before
import mmap
held, total = [], 0
try:
    while total < 1 << 30:
        piece = mmap.mmap(-1, 16 << 20)
        piece[0] = 1
        held.append(piece)
        total += 16 << 20
except OSError as error:
    print(error)
print("held below 1 GB" if total < 1 << 30 else "held all of it")
