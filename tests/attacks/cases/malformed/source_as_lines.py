# about: sources as lists of lines, of characters and as empty lists
# verdict: DENY
# scores: 1 2
# %% hand_in
cell(notebook, "double")["source"] = list("def double(x):\n    return 2 * x")
notebook["cells"].append({"cell_type": "code", "id": "n", "metadata": {}, "source": [], "outputs": []})
write(folder, notebook)
