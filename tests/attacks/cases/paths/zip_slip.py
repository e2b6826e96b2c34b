# about: an archive instead of a notebook, with names that climb out of the folder
# verdict: REJECT
# says: not
# %% hand_in
import zipfile
with zipfile.ZipFile(folder / "01_double.ipynb", "w") as archive:
    archive.writestr(f"../../../../{mark}", "slipped")
    archive.writestr(f"/tmp/{mark}", "slipped")
