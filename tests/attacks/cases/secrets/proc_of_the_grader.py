# about: reads environment, memory and open files of other processes in /proc
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import glob, os
for number in ["self", "1", "2", "@PID@", str(os.getppid()), *map(str, range(1, 300))]:
    for name in ("environ", "cmdline", "maps", "mem"):
        look_into(f"/proc/{number}/{name}")
    for link in glob.glob(f"/proc/{number}/fd/*"):
        look_into(link)
    look_into(f"/proc/{number}/root@HOSTTMP@/answers.txt")
print("processes", sorted(os.listdir("/proc")))
tell()
