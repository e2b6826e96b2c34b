# about: one file that grows beyond what a file may have
# verdict: LIMIT
# scores: 1 2
# says: OSError
# %% before
with open("/tmp/large", "wb") as file:
    for _ in range(100):
        file.write(b"0" * (1 << 20))
