# about: hands in a hard link to the answers
# verdict: REJECT
# says: hard link
# %% hand_in
import os
source = submitted.parent / "build" / "source" / "01_double" / "01_double.ipynb"
os.link(source, folder / "01_double.ipynb")
