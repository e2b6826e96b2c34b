# about: deletes everything after the answer
# verdict: ZERO
# scores: 0 0
# says: define it
# %% after
%reset -f
