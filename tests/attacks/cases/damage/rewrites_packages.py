# about: rewrites the packages everybody imports, and cnnlib, inside the sandbox and under the host's names
# verdict: DENY
# scores: 1 2
# %% after
import glob, os, sys
import cnnlib, numpy
for module in (numpy, cnnlib, os, sys.modules["autograder.student"]):
    for path in (module.__file__, module.__file__.replace("/opt/venv", "@VENV@")):
        for how in ("r+b", "ab"):
            try:
                with open(path, how):
                    os.utime(path)
                print("open for writing:", path)
            except OSError:
                pass
        for act in (lambda: os.chmod(path, os.stat(path).st_mode), lambda: os.rename(path, path), lambda: os.utime(path)):
            try:
                act()
                print("changed:", path)
            except OSError:
                pass
