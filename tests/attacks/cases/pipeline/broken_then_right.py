# about: a broken cell of every kind before a right answer
# verdict: DENY
# scores: 1 2
# says: SyntaxError
# %% before
def broken(:
# %% before
x = "never closed
# %% before
	mixed = 1
        tabs = 2
# %% before
%no_such_magic
# %% before
import no_such_module
# %% before
return 3
# %% before
yield
