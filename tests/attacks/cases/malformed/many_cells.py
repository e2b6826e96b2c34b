# about: three thousand cells
# verdict: REJECT
# says: too many
# %% hand_in
notebook["cells"] += [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": "1", "outputs": []} for n in range(3000)]
write(folder, notebook)
