# about: sets the host's name and asks to set its clock
# verdict: DENY
# scores: 1 2
# says: refused
# %% after
import os, socket, time
try:
    socket.sethostname(socket.gethostname())
    print("the name could be set")
except OSError:
    try:
        time.clock_settime(time.CLOCK_MONOTONIC, 0.0)  # not a clock that anybody can set
    except OSError as error:
        print("refused" if error.errno == 1 else error.strerror)
