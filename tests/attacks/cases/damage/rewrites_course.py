# about: overwrites the source, the gradebook and neighbours' submissions
# verdict: ZERO
# scores: 0 0
# %% before
import os, sqlite3
for path in ("@COURSE@/source/01_double/01_double.py", "@COURSE@/release/01_double/01_double.ipynb", "@COURSE@/nbgrader_config.py", "@COURSE@/cnnlib/help.py", "@COURSE@/gradebook.db", "@COURSE@/@MARK@"):
    for how in ("r+b", "wb", "ab"):
        try:
            with open(path, how) as file:
                file.write(b"# @MARK@\n")
            print("written", path)
        except OSError:
            pass
try:
    with sqlite3.connect("@COURSE@/gradebook.db") as connection:
        connection.execute("update grade set auto_score = 99, manual_score = 99")
except sqlite3.Error as error:
    print(error)
# %% answer
def double(x):
    return 7 * x
