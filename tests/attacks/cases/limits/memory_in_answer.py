# about: an answer that takes all memory
# verdict: LIMIT
# scores: 1 0
# says: memory
# %% answer
import numpy as np
def double(x):
    return 2 * x if x.shape == (1,) else np.ones((1 << 30, 8)) * 2
