# about: makes hard links to what it cannot read, in folders it can
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import os
for target in ("@COURSE@/gradebook.db", "@HOSTTMP@/answers.txt", "/etc/shadow", "/etc/passwd"):
    for how in (os.link, os.symlink):
        name = "/tmp/link-" + how.__name__ + str(abs(hash(target)))
        try:
            how(target, name)
            look_into(name)
        except OSError as error:
            print(how.__name__, error.strerror)
tell()
