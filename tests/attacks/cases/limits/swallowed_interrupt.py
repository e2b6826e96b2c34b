# about: swallows every interrupt and signal it is sent
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
import signal
for number in range(1, 65):
    try:
        signal.signal(number, lambda *a: None)
    except (OSError, ValueError):
        pass
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
