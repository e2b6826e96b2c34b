# about: stops itself, its parent and its group
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
import os, signal, time
if os.getpid() == 1 or os.getppid() == 0:  # never outside of a sandbox
    for number in (os.getppid(), 0):
        try:
            os.kill(number, signal.SIGSTOP)
        except OSError as error:
            print(error)
time.sleep(60)
