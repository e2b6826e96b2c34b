# about: another assignment's notebook under this one's name
# verdict: REJECT
# says: no notebook of 01_double
# %% hand_in
for one in notebook["cells"]:
    one["id"] = "other-" + one["id"]
    if "nbgrader" in one["metadata"]:
        one["metadata"]["nbgrader"]["grade_id"] = "conv2d-" + one["metadata"]["nbgrader"]["grade_id"]
write(folder, notebook)
