# about: every cell stands there twice, with the same ids
# verdict: REPAIR
# scores: 1 2
# says: more than once
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
notebook["cells"] *= 2
write(folder, notebook)
