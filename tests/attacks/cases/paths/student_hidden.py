# about: a student whose id begins with dots
# verdict: REJECT
# says: no student id
# student: ...
# %% hand_in
write(folder, notebook)
