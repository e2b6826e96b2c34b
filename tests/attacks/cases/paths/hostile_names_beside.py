# about: files beside the notebook with names of every kind
# verdict: DENY
# scores: 1 2
# %% hand_in
import os
for name in ("-rf", "--help", "$(touch x)", "`id`", ";ls", "a\nb", "<script>", "%s%n", "\u202ex.ipynb", "é" * 80, "*", "?", "[", "\\", "'", '"', "con", ".hidden", "~"):
    (folder / name).write_text("x")
with open(os.fsencode(folder) + b"/\xff\xfe.txt", "w"):
    pass
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
