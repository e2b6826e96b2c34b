# about: a cell of two million characters
# verdict: REJECT
# says: too long
# %% hand_in
cell(notebook, "double")["source"] = "#" * 2_000_000
write(folder, notebook)
