# about: sparse files of a terabyte
# verdict: LIMIT
# scores: 1 2
# says: OSError
# %% before
with open("/tmp/sparse", "wb") as file:
    file.truncate(1 << 40)
