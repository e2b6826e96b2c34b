# about: all metadata and ids are gone, as after a copy into another service
# verdict: REJECT
# says: none of its cells
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
for one in notebook["cells"]:
    one["metadata"] = {}
    del one["id"]
write(folder, notebook)
