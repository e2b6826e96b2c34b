# about: an answer that prints a megabyte on each call
# verdict: LIMIT
# scores: 1 2
# %% answer
def double(x):
    for _ in range(30):
        print("z" * 1_000_000)
    return 2 * x
