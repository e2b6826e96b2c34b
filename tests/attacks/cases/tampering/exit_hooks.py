# about: hooks at the end of the process, after each cell and on garbage that would rewrite results
# verdict: ZERO
# scores: 0 0
# %% before
import atexit, os, weakref
def rewrite(*a):
    for path in ("@COURSE@/gradebook.db", "/tmp/01_double.ipynb", "@MARK@"):
        try:
            with open(path, "w") as file:
                file.write("3 points")
        except OSError:
            pass
atexit.register(rewrite)
os.register_at_fork(after_in_child=rewrite)
for event in ("pre_run_cell", "post_run_cell", "pre_execute", "post_execute"):
    get_ipython().events.register(event, rewrite)
# %% answer
def double(x):
    return 7 * x
