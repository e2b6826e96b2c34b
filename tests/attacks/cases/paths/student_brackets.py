# about: a student whose id is a glob for a range of others
# verdict: REJECT
# says: no student id
# student: [0-9]*-honest
# %% hand_in
write(folder, notebook)
