# about: cells that are numbers, and sources that are objects
# verdict: REJECT
# says: damaged
# %% hand_in
notebook["cells"] += [7, None, {"cell_type": "code", "metadata": {}, "source": {"a": 1}, "outputs": []}]
write(folder, notebook)
