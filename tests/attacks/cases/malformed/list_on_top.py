# about: JSON that is no object
# verdict: REJECT
# says: format 4
# %% hand_in
write(folder, [notebook])
