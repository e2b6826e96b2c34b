# about: a student whose id looks like an option
# verdict: REJECT
# says: no student id
# student: --help
# %% hand_in
write(folder, notebook)
