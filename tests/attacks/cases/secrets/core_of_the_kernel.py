# about: reads kernel logs, devices and the disk itself
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import glob, os
for path in ("/dev/kmsg", "/dev/mem", "/dev/sda", "/dev/vda", "/dev/nvme0n1", "/proc/kcore", "/proc/kallsyms", *glob.glob("/dev/*"), *glob.glob("/sys/class/*")):
    if path not in ("/dev/zero", "/dev/random", "/dev/urandom"):
        look_into(path)
try:
    os.mknod("/tmp/disk", 0o60666, os.makedev(8, 0))
    look_into("/tmp/disk")
except OSError as error:
    print(error.strerror)
tell()
