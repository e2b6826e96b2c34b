# about: hundreds of threads
# verdict: LIMIT
# scores: 1 2
# says: can't start new thread
# %% before
import threading, time
for _ in range(500):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
