# about: the notebook bears another name
# verdict: DENY
# scores: 1 2
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook).rename(folder / "01_double (1) final-Copy2.ipynb")
