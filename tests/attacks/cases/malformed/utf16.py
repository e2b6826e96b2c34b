# about: a notebook saved in UTF-16, with a mark of its byte order, which JSON's reader understands
# verdict: DENY
# scores: 1 2
# %% hand_in
import json
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
(folder / "01_double.ipynb").write_bytes(json.dumps(notebook).encode("utf-16"))
