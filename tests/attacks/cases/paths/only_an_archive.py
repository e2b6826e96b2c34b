# about: an archive and no notebook
# verdict: REJECT
# says: no notebook
# %% hand_in
import json, zipfile
with zipfile.ZipFile(folder / "01_double.zip", "w") as archive:
    archive.writestr("01_double.ipynb", json.dumps(notebook))
