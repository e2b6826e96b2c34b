# about: a student whose id is a script
# verdict: REJECT
# says: no student id
# student: <script>alert(1)<
# %% hand_in
write(folder, notebook)
