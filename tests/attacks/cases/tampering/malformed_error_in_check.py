# about: describes an error of its answer in a form the grader does not expect
# verdict: ZERO
# scores: 0 0
# %% answer
import sys
sys.modules["autograder.bridge"]._described = lambda error: [["KeyError"], None, {"": ""}]
def double(x):
    raise ValueError("no")
