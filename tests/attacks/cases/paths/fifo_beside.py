# about: pipes and sockets beside the notebook
# verdict: DENY
# scores: 1 2
# %% hand_in
import os, socket
os.mkfifo(folder / "data.csv")
os.mkfifo(folder / "other.ipynb")
here = os.getcwd()
os.chdir(folder)
try:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s")
finally:
    os.chdir(here)
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
