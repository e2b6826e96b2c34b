# about: numbers of ten thousand digits, NaN and infinity where numbers stand
# verdict: REJECT
# says: not a notebook
# %% hand_in
import json
text = json.dumps(notebook | {"metadata": {"a": "BIG"}})
(folder / "01_double.ipynb").write_text(text.replace('"BIG"', "9" * 10_000))
