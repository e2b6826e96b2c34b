# about: raises an error with a text of fifty megabytes, in a cell and in an answer
# verdict: LIMIT
# scores: 0 0
# %% before
raise ValueError("w" * 50_000_000)
# %% answer
def double(x):
    raise ValueError("w" * 50_000_000)
