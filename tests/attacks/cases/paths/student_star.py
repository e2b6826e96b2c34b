# about: a student whose id is a glob for everybody
# verdict: REJECT
# says: no student id
# student: *
# %% hand_in
write(folder, notebook)
