# about: reads address zero, in a cell and in an answer
# verdict: LIMIT
# scores: 0 0
# says: ended the Python process
# %% before
import ctypes
ctypes.string_at(0)
# %% answer
import ctypes
def double(x):
    return ctypes.string_at(1)
