# about: an answer that draws random numbers globally; the next case is the same and must come out the same
# verdict: ZERO
# scores: 1 0
# %% answer
import numpy as np
np.random.seed(3)
def double(x):
    return 2 * x + (x.shape == (4, 3)) * np.random.random()
