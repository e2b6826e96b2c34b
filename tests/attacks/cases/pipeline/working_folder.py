# about: changes and deletes the working folder, the home and the path of modules
# verdict: DENY
# scores: 1 2
# %% before
import os, shutil, sys
os.makedirs("/tmp/gone")
os.chdir("/tmp/gone")
os.rmdir("/tmp/gone")
if os.path.expanduser("~") in ("/home/student", "@HOME@"):  # nobody's real one
    shutil.rmtree(os.path.expanduser("~"), ignore_errors=True)
sys.path.clear()
sys.modules.pop("os")
