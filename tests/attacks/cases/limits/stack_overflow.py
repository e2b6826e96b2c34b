# about: overflows the C stack through deep recursion without a limit
# verdict: LIMIT
# scores: 1 2
# says: ended the Python process
# %% before
import sys
sys.setrecursionlimit(10**9)
def deep(f):
    return sorted([1], key=lambda x: deep(f))
deep(deep)
