# about: a student whose id looks like another one that was encoded
# verdict: REJECT
# says: no student id
# student: %2A
# %% hand_in
write(folder, notebook)
