# about: an answer without an end to its recursion
# verdict: LIMIT
# scores: 0 0
# says: recursion
# %% answer
def double(x):
    return double(x)
