# about: metadata that are lists, numbers and texts
# verdict: DENY
# scores: 1 2
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
for number, one in enumerate(notebook["cells"]):
    if "nbgrader" not in one["metadata"]:
        one["metadata"] = [[], 7, "text", None][number % 4]
    else:
        one["outputs"] = [{"output_type": 7}, "text", None][number % 3]
notebook["metadata"] = ["kernelspec"]
write(folder, notebook)
