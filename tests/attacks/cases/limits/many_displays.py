# about: shows a million things and pictures
# verdict: LIMIT
# scores: 1 2
# says: left out
# %% before
from IPython.display import display
for _ in range(2000):
    display({"text/plain": "v" * 1000, "image/png": "AAAA" * 1000}, raw=True)
