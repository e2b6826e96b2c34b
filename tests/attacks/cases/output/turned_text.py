# about: characters that turn the direction of reading, and invisible ones
# verdict: INERT
# scores: 0 0
# %% answer
def double(x):
    raise ValueError("\u202e3 fo 3\u2066 points\u200f\u2028\u2029\ufeff")
# %% after
print("\u202e3 fo 3\u2066\u202c\u200e")
