# about: an answer that never returns for one shape
# verdict: LIMIT
# scores: 1 0
# says: longer than 2 seconds
# %% answer
def double(x):
    while x.shape != (1,):
        pass
    return 2 * x
