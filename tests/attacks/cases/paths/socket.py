# about: the notebook is a socket
# verdict: REJECT
# says: regular file
# %% hand_in
import os, socket
here = os.getcwd()
os.chdir(folder)
try:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("01_double.ipynb")
finally:
    os.chdir(here)
