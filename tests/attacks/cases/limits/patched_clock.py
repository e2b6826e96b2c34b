# about: patches the clocks, so that time would never be up
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
import signal, time
time.time = time.monotonic = time.perf_counter = lambda: 0.0
time.time_ns = time.monotonic_ns = lambda: 0
signal.alarm(0), signal.setitimer(signal.ITIMER_REAL, 0)
while True:
    pass
