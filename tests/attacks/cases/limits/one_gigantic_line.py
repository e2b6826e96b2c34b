# about: prints one line of a hundred megabytes
# verdict: LIMIT
# scores: 1 2
# says: left out
# %% before
print("y" * 100_000_000)
