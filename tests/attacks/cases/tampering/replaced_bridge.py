# about: replaces the bridge's functions on the student's side
# verdict: ZERO
# scores: 0 0
# %% before
import sys
bridge, wire = sys.modules["autograder.bridge"], sys.modules["autograder.wire"]
bridge.Peer._call = lambda self, *a, **k: ([6.0], [])
bridge._described = lambda error: [["Passed"], "", None]
wire.encode = lambda value, export=None: (b'["answer",{"t":[[6.0],[]]}]', [])
# %% answer
def double(x):
    return 7 * x
