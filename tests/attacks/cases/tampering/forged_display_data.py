# about: publishes display data that looks like a result of the grader
# verdict: ZERO
# scores: 0 0
# %% answer
def double(x):
    return 0 * x
# %% after
from IPython.display import display
display({"application/json": {"score": 3, "max_score": 3}, "application/vnd.nbgrader": {"points": 3}, "text/plain": "3"}, raw=True)
get_ipython().recorder.outputs.append({"output_type": "score", "points": 3, "passed": True})
