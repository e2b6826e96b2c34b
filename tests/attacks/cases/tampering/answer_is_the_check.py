# about: names its answer like a check, a builtin and a private thing of the shell
# verdict: ZERO
# scores: 0 0
# %% answer
def check_double_one(double): return 1
check_double_many = check_double_one
double = get_ipython
