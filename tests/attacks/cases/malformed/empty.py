# about: an empty file
# verdict: REJECT
# says: not a notebook
# %% hand_in
(folder / "01_double.ipynb").write_bytes(b"")
