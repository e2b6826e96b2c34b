# about: describes its errors to the grader in a form the grader does not expect
# verdict: ZERO
# scores: 0 0
# %% before
import gc, sys
sys.modules["autograder.bridge"]._described = lambda error: [[], None, {"": ""}]
def broken(source):
    raise ValueError("no")
for thing in gc.get_objects():
    if type(thing).__name__ == "Peer":
        thing.handlers["run"] = broken
# %% answer
def double(x):
    return 7 * x
