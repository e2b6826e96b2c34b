# about: the student's folder is a link to another student's
# verdict: REJECT
# says: link
# %% hand_in
others = sorted(path for path in submitted.glob("*-honest"))
folder.rmdir()
folder.parent.rmdir()
folder.parent.symlink_to(others[0])
