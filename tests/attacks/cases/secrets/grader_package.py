# about: imports the grader's package and looks for the course through it
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import importlib
for name in ("markers", "checker", "gradebook", "intake", "schedule", "build", "released", "journal", "session"):
    try:
        module = importlib.import_module(f"autograder.{name}")
        look(vars(module))
        if name == "markers":
            look(module.read(__import__("pathlib").Path("@COURSE@/source/01_double/01_double.py")))
    except BaseException as error:
        print(name, type(error).__name__, error)
tell()
