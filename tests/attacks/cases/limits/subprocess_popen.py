# about: background processes of a shell, with nohup and setsid
# verdict: LIMIT
# scores: 1 2
# %% before
import subprocess
for _ in range(3):
    subprocess.Popen(["/bin/sh", "-c", "nohup setsid sh -c 'exec -a @MARK@ sleep 120' >/dev/null 2>&1 & sleep 100 # @MARK@"])
