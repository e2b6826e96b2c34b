# about: reads the host's temporary folder under its real name, and through every way back up
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import os
search("@HOSTTMP@", "/tmp/..", "/dev/shm", "/var/tmp", "/run", skip=("/usr", "/lib", "/lib64", "/opt"))
for path in ("@HOSTTMP@/answers.txt", "/proc/1/root@HOSTTMP@/answers.txt", "/proc/self/cwd/../../@HOSTTMP@/answers.txt"):
    look_into(path)
tell()
