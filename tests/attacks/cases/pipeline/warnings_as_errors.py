# about: numpy warnings in an answer that is right
# verdict: DENY
# scores: 1 2
# %% answer
import numpy as np
def double(x):
    np.divide(1.0, np.zeros(1)), np.log(np.zeros(2) - 1), np.float32(1e38) * np.float32(10)
    return 2 * x
