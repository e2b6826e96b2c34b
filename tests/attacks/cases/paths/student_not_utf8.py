# about: a student whose id is no text at all
# verdict: REJECT
# says: no student id
# student: "\udcff\udcfe"
# %% hand_in
write(folder, notebook)
