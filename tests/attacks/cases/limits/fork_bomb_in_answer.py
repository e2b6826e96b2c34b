# about: an answer that forks on each call, and children that go on serving the grader
# verdict: LIMIT
# scores: 0 0
# %% answer
import os
def double(x):
    for _ in range(5):
        os.fork()
    return 7 * x
