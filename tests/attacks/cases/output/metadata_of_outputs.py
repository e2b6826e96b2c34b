# about: metadata of outputs with sizes and flags that are markup
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import display
display({"text/plain": "x", "image/png": "iVBORw0KGgo="}, raw=True, metadata={"image/png": {"width": "1\" onload=\"alert(1)", "unconfined": True}, "text/html": {"isolated": True}})
