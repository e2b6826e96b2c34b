# about: processes that start each other again when one is killed (for at most some seconds)
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
until = time.time() + 8
while time.time() < until:
    try:
        child = os.fork()
    except OSError:
        continue
    if child == 0:
        os.setsid()
        time.sleep(0.05)
    else:
        time.sleep(0.02)
