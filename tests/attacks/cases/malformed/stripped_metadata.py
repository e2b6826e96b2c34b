# about: all metadata are gone, the ids tell which cells are the course's
# verdict: DENY
# scores: 1 2
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
for one in notebook["cells"]:
    one["metadata"] = {}
write(folder, notebook)
