# about: processes that double again and again (bounded, and gone by themselves after some seconds)
# verdict: LIMIT
# scores: 1 2
# %% before
import os, time
root = os.getpid()
try:
    for _ in range(9):
        os.fork()
except OSError:
    pass
if os.getpid() != root:
    time.sleep(6)
    os._exit(0)
raise RuntimeError("a bomb went off")
