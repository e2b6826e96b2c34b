# about: opens files until there are no more numbers for them
# verdict: LIMIT
# scores: 1 2
# says: Too many open files
# %% before
held = []
while len(held) < 5000:
    held.append(open("/dev/null"))
