# about: several children that take most of the memory limit each
# verdict: LIMIT
# scores: 1 2
# says: too much memory
# %% before
import os, time
readers = []
for _ in range(4):
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            block = bytearray(400 << 20)  # asked for, not touched: touching takes long
        except MemoryError:
            block = bytearray()
        os.write(writer, str(len(block) >> 20).encode())
        time.sleep(0.5)
        os._exit(0)
    os.close(writer)
    readers.append(reader)
held = sum(int(os.read(reader, 100) or 0) for reader in readers)
print("together below 1 GB" if held < 1024 else f"together {held} MB")
