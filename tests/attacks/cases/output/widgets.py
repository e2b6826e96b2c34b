# about: shows widgets, whose views are code
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import display
display({"application/vnd.jupyter.widget-view+json": {"model_id": "abc", "version_major": 2, "version_minor": 0}, "text/plain": "a widget"}, raw=True)
