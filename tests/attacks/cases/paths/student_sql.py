# about: a student whose id is a piece of SQL
# verdict: REJECT
# says: no student id
# student: x'; update grade set auto_score=99; --
# %% hand_in
write(folder, notebook)
