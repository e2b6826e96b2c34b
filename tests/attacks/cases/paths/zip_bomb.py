# about: a bomb of a hundred kilobytes that would unpack to a hundred megabytes
# verdict: REJECT
# says: not
# %% hand_in
import zipfile
with zipfile.ZipFile(folder / "01_double.ipynb", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("01_double.ipynb", bytes(100 << 20))
