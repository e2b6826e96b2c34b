# about: a Python script under the notebook's name
# verdict: REJECT
# says: not a notebook
# %% hand_in
(folder / "01_double.ipynb").write_text("def double(x):\n    return 2 * x\n")
