# about: a notebook saved in another encoding
# verdict: REJECT
# says: UTF-8
# %% hand_in
import json
cell(notebook, "double")["source"] = "# für\ndef double(x):\n    return 2 * x"
(folder / "01_double.ipynb").write_bytes(json.dumps(notebook, ensure_ascii=False).encode("latin-1", "replace"))
