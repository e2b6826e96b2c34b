# about: the folder of the assignment is a link to another student's
# verdict: REJECT
# says: link
# %% hand_in
others = sorted(path for path in submitted.glob("*-honest/01_double"))
folder.rmdir()
folder.symlink_to(others[0])
