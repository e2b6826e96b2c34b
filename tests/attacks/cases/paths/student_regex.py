# about: a student whose id is a regular expression that backtracks
# verdict: REJECT
# says: no student id
# student: (a+)+$|.*
# %% hand_in
write(folder, notebook)
