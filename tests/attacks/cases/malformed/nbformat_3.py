# about: a notebook of format 3
# verdict: REJECT
# says: format 4
# %% hand_in
write(folder, {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": notebook["cells"]}]})
