# about: a student with letters of another script, which is fine
# verdict: DENY
# scores: 1 2
# student: "åsa.日本@example.org"
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
