# about: C code that holds the interpreter's lock: a regular expression that backtracks for ever
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
import re
re.match(r"(a+)+$", "a" * 60 + "b")
