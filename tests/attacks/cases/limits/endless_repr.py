# about: returns an object whose repr, shape and truth take for ever
# verdict: LIMIT
# scores: 0 0
# says: longer than 2 seconds
# %% answer
class Slow:
    def __repr__(self):
        while True:
            pass
    __array__ = __len__ = __bool__ = __float__ = __getattr__ = __repr__
def double(x):
    return Slow()
