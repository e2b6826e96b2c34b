# about: a student whose id differs from another's only in how its letters are written
# verdict: DENY
# scores: 1 2
# student: "0000-HONEST"
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
