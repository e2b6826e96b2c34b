# about: sends signals to the grader, the warm parent and everything else it can name
# verdict: DENY
# scores: 1 2
# %% after
import os, signal
print("I am", os.getpid(), "child of", os.getppid())
if os.getpid() == 1 or os.getppid() == 0:  # never outside of a sandbox
    for number in (os.getppid(), int("@PID@"), -int("@PID@")):
        for what in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            try:
                if number not in (0, 1):
                    os.kill(number, what)
                    print("killed", number)
            except OSError as error:
                print(number, error.strerror)
    for number in range(2, 3000):
        try:
            os.kill(number, 0)
            print("sees", number)
        except OSError:
            pass
