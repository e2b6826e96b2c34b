# about: the course's own text cells, changed to hold scripts, under their own ids
# verdict: INERT
# scores: 1 2
# %% hand_in
for one in notebook["cells"]:
    if one["cell_type"] == "markdown":
        one["source"] = "".join(one["source"]) + "\n<script>alert(1)</script><img src=x onerror=alert(1)>"
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
