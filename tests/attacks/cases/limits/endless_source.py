# about: a cell whose source takes for ever to compile
# verdict: LIMIT
# scores: 1 2
# %% before
compile("(" * 150 + ")" * 150, "", "eval")
# %% before
eval("-" * 900_000 + "1")
# %% before
9**9**9
