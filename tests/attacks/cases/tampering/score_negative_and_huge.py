# about: ends cells with scores below zero and above the maximum
# verdict: ZERO
# scores: 0 0
# %% answer
def double(x):
    return -5 if x.shape == (1,) else 10**400
# %% after
-5
# %% after
1e9
