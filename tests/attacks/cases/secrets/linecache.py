# about: reads the checks' text from linecache and inspect
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import inspect, linecache, sys
look(linecache.cache)
for name, thing in list(globals().items()):
    try:
        look(inspect.getsource(thing))
    except Exception:
        pass
for name in list(sys.modules):
    if "autograder" in name or "cnnlib" in name:
        look(vars(sys.modules[name]))
for number in range(200):
    look(linecache.getline("@COURSE@/source/01_double/01_double.py", number))
tell()
