# about: makes half precision the default of everything it can, then returns it
# verdict: ZERO
# scores: 1 0
# %% answer
import numpy as np
def double(x):
    return np.asarray(2 * x, dtype=np.float16)
