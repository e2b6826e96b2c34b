# about: several notebooks, none of them with the name that was asked for
# verdict: REJECT
# says: no notebook 01_double.ipynb
# %% hand_in
path = write(folder, notebook)
(folder / "b <script>\n.ipynb").write_bytes(path.read_bytes())
path.rename(folder / "a.ipynb")
