# about: a notebook in UTF-8 with a byte order mark, as editors on Windows write it
# verdict: DENY
# scores: 1 2
# %% hand_in
import json
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
(folder / "01_double.ipynb").write_bytes(json.dumps(notebook).encode("utf-8-sig"))
