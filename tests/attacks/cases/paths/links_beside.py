# about: links beside the notebook, to the gradebook, the answers and the system
# verdict: DENY
# scores: 1 2
# %% hand_in
for name, target in {"gradebook.db": submitted.parent / "gradebook.db", "answers": submitted.parent / "source", "root": "/", "passwd": "/etc/passwd", "numpy": "/tmp"}.items():
    (folder / name).symlink_to(target)
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
