# about: closes and deletes the streams
# verdict: DENY
# scores: 1 2
# %% before
import sys
sys.stdout.close()
# %% before
import os, sys
del sys.stdout
os.close(1), os.close(2)
