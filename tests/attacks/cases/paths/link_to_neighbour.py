# about: the notebook is a link to another student's, by a relative path
# verdict: REJECT
# says: regular file
# %% hand_in
import os
others = sorted(path for path in submitted.glob("*-honest/*/*.ipynb"))
(folder / "01_double.ipynb").symlink_to(os.path.relpath(others[0], folder))
