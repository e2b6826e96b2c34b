# about: a compressed notebook that would unpack without an end in sight
# verdict: REJECT
# says: not
# %% hand_in
import gzip
block = gzip.compress(bytes(10 << 20))
(folder / "01_double.ipynb").write_bytes(block * 100)
