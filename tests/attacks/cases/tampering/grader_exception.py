# about: raises exceptions named like the grader's own and like unittest's and pytest's skips
# verdict: ZERO
# scores: 0 0
# %% answer
class BridgeError(BaseException): pass
class Skipped(BaseException): pass
class SkipTest(Exception): pass
def double(x):
    raise BridgeError("late") if x.shape == (1,) else SkipTest("skip this one")
