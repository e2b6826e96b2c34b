# about: raises exception groups and exceptions whose methods raise
# verdict: ZERO
# scores: 0 0
# %% answer
class Nasty(Exception):
    def __str__(self): raise SystemExit
    __repr__ = __str__
    __traceback__ = property(lambda self: 1 / 0)
def double(x):
    if x.shape == (1,):
        raise Nasty
    raise ExceptionGroup("many", [Nasty(), ValueError("a"), KeyboardInterrupt() if 0 else OSError(1, "b")])
