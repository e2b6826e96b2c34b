# about: a notebook that breaks off in the middle, as after a full disk
# verdict: REJECT
# says: breaks off
# %% hand_in
import json
(folder / "01_double.ipynb").write_text(json.dumps(notebook, indent=1)[:-900])
