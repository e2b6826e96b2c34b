# about: a notebook without cells
# verdict: REJECT
# says: none of its cells
# %% hand_in
write(folder, notebook | {"cells": []})
