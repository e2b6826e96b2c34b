# about: a text cell of the course was turned into a code cell, as by pressing Y
# verdict: DENY
# scores: 1 2
# %% hand_in
for one in notebook["cells"]:
    if one["cell_type"] == "markdown":
        one.update(cell_type="code", outputs=[], execution_count=None)
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
