# about: the notebook is a link to the answers
# verdict: REJECT
# says: regular file
# %% hand_in
(folder / "01_double.ipynb").symlink_to(submitted.parent / "build" / "source" / "01_double" / "01_double.ipynb")
