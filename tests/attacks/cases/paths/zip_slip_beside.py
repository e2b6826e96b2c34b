# about: archives beside the notebook, with names that climb out and links
# verdict: DENY
# scores: 1 2
# %% hand_in
import io, tarfile, zipfile
with zipfile.ZipFile(folder / "01_double.zip", "w") as archive:
    archive.writestr(f"../../../{mark}", "slipped")
with tarfile.open(folder / "01_double.tar.gz", "w:gz") as archive:
    about = tarfile.TarInfo(f"../../../{mark}")
    about.size = 1
    archive.addfile(about, io.BytesIO(b"x"))
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/"
    archive.addfile(link)
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
