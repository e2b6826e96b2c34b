# about: warnings, logs and text on the error stream cost no points
# verdict: DENY
# scores: 1 2
# %% answer
import logging, sys, warnings
def double(x):
    print("watch out", file=sys.stderr)
    warnings.warn("deprecated", DeprecationWarning)
    logging.getLogger().error("an error that is none")
    sys.__stderr__ and print("below", file=sys.__stderr__)
    return 2 * x
# %% after
import os
os.write(2, b"straight to the descriptor\n")
os.write(1, b"straight to the descriptor\n")
