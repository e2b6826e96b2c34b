# about: uses up the inodes
# verdict: LIMIT
# scores: 1 2
# says: No space left
# %% before
import os
for number in range(200_000):
    os.mkdir(f"/tmp/d{number}")
