# about: the process dies between two good cells, and again later
# verdict: DENY
# scores: 1 2
# says: ended the Python process
# %% before
factor = 2
# %% before
import os
os.kill(os.getpid(), 11) if os.getpid() != 1 else os._exit(139)
# %% answer
def double(x):
    return factor * x
# %% after
import os
os._exit(1)
# %% end
assert factor == 2 and double(3) == 6
print("survived")
