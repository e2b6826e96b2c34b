# about: a timer that interrupts whatever runs later, checks as well
# verdict: DENY
# scores: 1 2
# %% before
import signal
fired = []
signal.signal(signal.SIGALRM, lambda *a: fired.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
