# about: replaces the shell's report of a cell by one with a score
# verdict: ZERO
# scores: 0 0
# %% before
shell = get_ipython()
shell.record = lambda source: {"outputs": [{"output_type": "stream", "name": "stdout", "text": "fine"}], "error": "", "score": 3, "points": 3}
# %% answer
def double(x):
    return 0 * x
