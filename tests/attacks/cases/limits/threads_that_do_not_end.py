# about: threads that are no daemons, with which a process never ends
# verdict: LIMIT
# scores: 1 2
# %% before
import threading, time
for _ in range(5):
    threading.Thread(target=time.sleep, args=(60,), daemon=False).start()
