# about: a student whose id is a formula for a spreadsheet
# verdict: REJECT
# says: no student id
# student: =HYPERLINK("http:x.example";"3")
# %% hand_in
write(folder, notebook)
