# about: cells renamed, so that the checks bear the answer's name and the other way round
# verdict: REPAIR
# scores: 0 0
# %% hand_in
names = {"double": "check_double_one", "check_double_one": "double"}
for one in notebook["cells"]:
    mark_ = one["metadata"].get("nbgrader", {})
    mark_["grade_id"] = names.get(mark_.get("grade_id"), mark_.get("grade_id"))
write(folder, notebook)
