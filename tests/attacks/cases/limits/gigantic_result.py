# about: returns an array larger than a message may be
# verdict: LIMIT
# scores: 1 0
# %% answer
import numpy as np
def double(x):
    return 2 * x if x.shape == (1,) else np.zeros((40 << 20, 1))
