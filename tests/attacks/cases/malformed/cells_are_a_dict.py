# about: cells under names instead of in a list
# verdict: REJECT
# says: damaged
# %% hand_in
write(folder, notebook | {"cells": dict(enumerate(notebook["cells"]))})
