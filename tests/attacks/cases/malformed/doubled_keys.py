# about: keys that stand there twice, so that readers disagree about what they hold
# verdict: DENY
# scores: 1 2
# %% hand_in
import json
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
text = json.dumps(notebook)
(folder / "01_double.ipynb").write_text('{"cells": [], "nbformat": 3, ' + text[1:])
