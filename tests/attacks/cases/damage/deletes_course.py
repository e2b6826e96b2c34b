# about: deletes the course's folder and everything it can
# verdict: DENY
# scores: 1 2
# %% after
import os, shutil
for path in ("@COURSE@", "@HOSTTMP@", "@COURSE@/gradebook.db", "@COURSE@/submitted", "@COURSE@/source"):
    shutil.rmtree(path, ignore_errors=True)
    try:
        os.unlink(path)
    except OSError as error:
        print(path, error.strerror)
