# about: metadata nested as deep as Python's reader just allows
# verdict: DENY
# scores: 1 2
# %% hand_in
nest = {}
for _ in range(900):
    nest = {"n": nest}
notebook["metadata"]["nest"] = nest
notebook["cells"][0]["metadata"]["nest"] = nest
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
