# about: a cell with a loop that never ends
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
while True:
    pass
