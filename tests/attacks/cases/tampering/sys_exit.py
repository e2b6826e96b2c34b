# about: exits with success from a cell and from the answer
# verdict: ZERO
# scores: 0 0
# %% answer
import sys
def double(x):
    sys.exit(0)
# %% after
import sys
sys.exit(0)
