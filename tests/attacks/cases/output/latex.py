# about: formulas that run code where they are set
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import Latex, Math, display
display(Math(r"\href{javascript:alert(1)}{x} \def\x{\x}\x"), Latex(r"\input{/etc/passwd}\write18{id}"))
