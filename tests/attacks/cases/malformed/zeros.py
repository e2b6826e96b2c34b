# about: a file of zeros, as after a crash
# verdict: REJECT
# says: not a notebook
# %% hand_in
(folder / "01_double.ipynb").write_bytes(bytes(5000))
