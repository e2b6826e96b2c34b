# about: a format that is text, a list, a fraction or missing altogether
# verdict: REJECT
# says: format 4
# %% hand_in
write(folder, notebook | {"nbformat": "4"})
