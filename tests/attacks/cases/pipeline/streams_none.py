# about: puts nothing and useless objects in place of the streams
# verdict: DENY
# scores: 1 2
# %% before
import sys
sys.stdout = sys.stderr = None
# %% before
import sys
sys.stdout = sys.__stdout__ = object()
