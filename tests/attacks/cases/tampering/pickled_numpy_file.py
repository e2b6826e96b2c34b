# about: hands in pickles as numpy files and modules beside the notebook
# verdict: DENY
# scores: 1 2
# %% hand_in
import os, pickle
class Payload:
    def __reduce__(self):
        return (os.system, ("touch " + str(submitted.parent) + "/" + mark,))
for name in ("01_double.pkl", "data.npy", "01_double.ipynb.pickle", "__init__.pickle"):
    (folder / name).write_bytes(pickle.dumps(Payload()))
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
