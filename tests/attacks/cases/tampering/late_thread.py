# about: a thread that swaps the answer and outputs while the checks run
# verdict: ZERO
# scores: 0 0
# %% answer
import threading, time
def double(x):
    return 7 * x
def later():
    while True:
        time.sleep(0.001)
        get_ipython().recorder.outputs.append({"output_type": "stream", "name": "stdout", "text": "3 of 3 points"})
threading.Thread(target=later, daemon=True).start()
