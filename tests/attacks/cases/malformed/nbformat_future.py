# about: a notebook of a format that is not invented yet
# verdict: REJECT
# says: format 4
# %% hand_in
write(folder, notebook | {"nbformat": 5, "nbformat_minor": 10**30})
