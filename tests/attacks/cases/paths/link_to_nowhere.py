# about: the notebook is a link to nothing, and to itself
# verdict: REJECT
# says: regular file
# %% hand_in
(folder / "01_double.ipynb").symlink_to("01_double.ipynb")
