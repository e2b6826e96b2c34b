# about: the notebook is a folder with a notebook in it
# verdict: REJECT
# says: regular file
# %% hand_in
(folder / "01_double.ipynb").mkdir()
write(folder / "01_double.ipynb", notebook)
