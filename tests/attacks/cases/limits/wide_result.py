# about: returns a list of millions of items, and an endless generator
# verdict: LIMIT
# scores: 0 0
# %% answer
import itertools
def double(x):
    return [[1, 2]] * 3_000_000 if x.shape == (1,) else itertools.count()
