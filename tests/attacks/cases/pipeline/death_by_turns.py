# about: each replay of earlier cells dies in another place, by chance
# verdict: DENY
# scores: 1 2
# %% before
import os, random
if random.random() < 0.5:
    os._exit(0)
# %% before
import os, random
if random.random() < 0.5:
    os._exit(0)
# %% after
import os
os._exit(0)
