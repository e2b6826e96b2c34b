# about: asks for a gigabyte at once
# verdict: LIMIT
# scores: 1 2
# says: MemoryError
# %% before
block = bytearray(1 << 30)
