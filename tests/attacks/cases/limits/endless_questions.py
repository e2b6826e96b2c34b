# about: asks the grader questions without end instead of answering one
# verdict: LIMIT
# scores: 0 0
# %% answer
import gc
def double(x):
    peer = next(thing for thing in gc.get_objects() if type(thing).__name__ == "Peer")
    while True:
        try:
            peer.ask("attribute", 0, "x")
        except Exception:
            pass
