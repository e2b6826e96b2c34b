# about: fills every folder it can write to
# verdict: LIMIT
# scores: 1 2
# says: the disk is safe
# %% before
import os
written = 0
for folder in ("/tmp", "/dev/shm", os.path.expanduser("~"), "/var/tmp", "/opt", "/run", "@HOSTTMP@", "/"):
    for number in range(20):
        try:
            with open(f"{folder}/@MARK@-{number}", "wb") as file:
                written += file.write(b"0" * (3 << 20))
        except OSError:
            break
print("the disk is safe" if written <= 3 * (8 << 20) else f"{written} bytes were written")
