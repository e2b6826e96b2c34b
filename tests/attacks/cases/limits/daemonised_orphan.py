# about: an orphan in a session of its own, which outlives the cell
# verdict: LIMIT
# scores: 1 2
# %% before
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sleep", ["@MARK@-sleep", "120"])
    os._exit(0)
