# about: a file of a gigabyte (sparse)
# verdict: REJECT
# says: MB
# %% hand_in
with open(folder / "01_double.ipynb", "wb") as file:
    file.truncate(1 << 30)
