# about: only the answer is left
# verdict: REPAIR
# scores: 1 2
# says: put back
# %% hand_in
notebook["cells"] = [cell(notebook, "double")]
cell(notebook, "double")["source"] = "def double(x):\n    return np.multiply(x, 2)"
write(folder, notebook)
