# about: opens the gradebook with SQLite, and reads its bytes
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import sqlite3
look_into("@COURSE@/gradebook.db")
try:
    connection = sqlite3.connect("file:@COURSE@/gradebook.db?mode=ro", uri=True)
    look(connection.execute("select * from student").fetchall())
    print("the gradebook opens")
except sqlite3.Error as error:
    print(error)
tell()
