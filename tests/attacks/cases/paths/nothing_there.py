# about: an empty folder
# verdict: REJECT
# says: no notebook
# %% hand_in
pass
