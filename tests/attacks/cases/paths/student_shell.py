# about: a student whose id is a command for a shell
# verdict: REJECT
# says: no student id
# student: $(touch hacked);`id`
# %% hand_in
write(folder, notebook)
