# about: uses up all file descriptors and keeps them while the checks run
# verdict: LIMIT
# scores: 1 2
# %% before
held = []
try:
    while len(held) < 5000:
        held.append(open("/dev/null"))
except OSError:
    pass
