# about: the notebook is a link to a device without an end
# verdict: REJECT
# says: regular file
# %% hand_in
(folder / "01_double.ipynb").symlink_to("/dev/zero")
