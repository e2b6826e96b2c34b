# about: writes garbage without end into the line to the grader
# verdict: LIMIT
# scores: 1 2
# %% before
import os
junk = b"\xff" * (1 << 20)
while True:
    for number in range(3, 20):
        try:
            os.write(number, junk)
        except OSError:
            pass
