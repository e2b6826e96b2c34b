# about: a student whose id has line breaks and quotes, to break tables and journals
# verdict: REJECT
# says: no student id
# student: "x\n{\"student\": \"0000-honest\"}'--"
# %% hand_in
write(folder, notebook)
