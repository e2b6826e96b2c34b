# about: the answer's cell is deleted, the answer stands elsewhere
# verdict: REPAIR
# scores: 1 2
# says: was missing
# %% hand_in
at = notebook["cells"].index(cell(notebook, "double"))
notebook["cells"][at] = {"cell_type": "code", "id": "mine", "metadata": {}, "source": "def double(x):\n    return 2 * x", "outputs": []}
write(folder, notebook)
