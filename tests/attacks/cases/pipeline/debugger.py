# about: stops in debuggers
# verdict: DENY
# scores: 1 2
# %% before
breakpoint()
# %% before
%debug
# %% before
%pdb on
# %% before
1 / 0
# %% before
import IPython
IPython.embed()
