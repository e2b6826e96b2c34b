# about: the answer's cell twice: first a wrong one, then a right one after the checks
# verdict: REPAIR
# scores: 0 0
# says: more than once
# %% hand_in
import copy
wrong = cell(notebook, "double")
right = copy.deepcopy(wrong)
wrong["source"], right["source"] = "def double(x):\n    return 7 * x", "def double(x):\n    return 2 * x"
notebook["cells"].append(right)
write(folder, notebook)
