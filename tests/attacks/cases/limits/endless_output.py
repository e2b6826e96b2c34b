# about: prints without end
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
while True:
    print("all work and no play")
