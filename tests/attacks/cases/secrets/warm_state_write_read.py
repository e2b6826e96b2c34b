# about: looks for what earlier students left in modules of the warm parent
# verdict: DENY
# scores: 1 2
# says: left in the parent: []
# %% after
import builtins, os, sys
import numpy
print("left in the parent:", [m for m in (numpy, builtins, sys, os) if hasattr(m, "stolen")] + [k for k in os.environ if k == "STOLEN"])
assert numpy.multiply(2, 3) == 6
