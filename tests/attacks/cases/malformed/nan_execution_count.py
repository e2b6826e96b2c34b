# about: NaN and infinities in fields of cells
# verdict: DENY
# scores: 1 2
# %% hand_in
for one in notebook["cells"]:
    if one["cell_type"] == "code":
        one["execution_count"] = float("nan")
        one["metadata"]["nbgrader"]["points"] = float("inf")
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
