# about: prints a lot and goes on; the rest of the output is left out and it is said
# verdict: LIMIT
# scores: 1 2
# says: left out
# %% before
for _ in range(300):
    print("x" * 10_000)
