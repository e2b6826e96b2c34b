# about: grade ids that are lists, objects and numbers, next to the right ones
# verdict: DENY
# scores: 1 2
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
for value in ([], {}, 7, None, "double\u0000", "../double", "x" * 100_000):
    notebook["cells"].append({"cell_type": "code", "id": value, "metadata": {"nbgrader": {"grade_id": value}}, "source": "1", "outputs": []})
write(folder, notebook)
