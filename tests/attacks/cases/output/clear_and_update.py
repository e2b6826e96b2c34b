# about: clears outputs and updates displays after the fact
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import HTML, clear_output, display
handle = display("first", display_id="score")
clear_output(wait=True)
handle.update(HTML("<script>alert(1)</script>"))
