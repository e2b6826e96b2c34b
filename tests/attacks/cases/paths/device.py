# about: the notebook is a device, where the right to make one is there; else a folder
# verdict: REJECT
# says: regular file
# %% hand_in
import os
try:
    os.mknod(folder / "01_double.ipynb", 0o666 | 0o020000, os.makedev(1, 5))  # as /dev/zero
except OSError:
    (folder / "01_double.ipynb").mkdir()
