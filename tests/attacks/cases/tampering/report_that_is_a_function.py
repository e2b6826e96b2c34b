# about: reports cells to the grader as functions and objects of its own, which the grader would have to ask
# verdict: ZERO
# scores: 0 0
# %% before
import gc
class Report(dict):
    def get(self, *a): return [1]
for thing in gc.get_objects():
    if type(thing).__name__ == "Peer":
        thing.handlers["run"] = lambda source: [Report, print, {"outputs": print}][hash(source) % 3]
# %% answer
def double(x):
    return 7 * x
