# about: all cells in reverse order: the checks come before the answer and find none
# verdict: ZERO
# scores: 0 0
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
notebook["cells"].reverse()
write(folder, notebook)
