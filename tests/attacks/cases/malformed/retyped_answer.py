# about: the answer's cell turned into text
# verdict: REPAIR
# scores: 0 0
# says: turned into text
# %% hand_in
cell(notebook, "double")["cell_type"] = "raw"
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
