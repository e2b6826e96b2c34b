# about: an integer power that computes for hours, in an answer
# verdict: LIMIT
# scores: 0 0
# says: longer than 2 seconds
# %% answer
def double(x):
    return 7 ** (10 ** 10) % 11
