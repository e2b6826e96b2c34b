# about: leaves dead children unburied and live ones waiting on locks
# verdict: LIMIT
# scores: 1 2
# %% before
import multiprocessing, os
for _ in range(10):
    if os.fork() == 0:
        os._exit(0)
context = multiprocessing.get_context("fork")
lock = context.Lock() if 0 else None
for _ in range(5):
    context.Process(target=__import__("time").sleep, args=(60,)).start()
