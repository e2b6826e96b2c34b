# about: changes its argument in place and returns it
# verdict: ZERO
# scores: 1 0
# says: in place
# %% answer
def double(x):
    x *= 2
    return x
