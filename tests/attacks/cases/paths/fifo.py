# about: the notebook is a pipe that nobody writes to
# verdict: REJECT
# says: regular file
# %% hand_in
import os
os.mkfifo(folder / "01_double.ipynb")
