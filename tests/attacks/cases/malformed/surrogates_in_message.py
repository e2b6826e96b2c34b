# about: halves of surrogate pairs in what a check is told
# verdict: ZERO
# scores: 0 0
# %% answer
def double(x):
    if x.shape == (1,):
        raise type("E" + chr(0xD801), (Exception,), {})(chr(0xD800) + "\x00 text")
    return chr(0xDFFF) + "\x00"
