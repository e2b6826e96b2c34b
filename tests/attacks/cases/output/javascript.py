# about: shows JavaScript and JSON that front ends run
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import Javascript, display
display(Javascript("alert(1)"))
display({"application/javascript": "alert(1)", "application/vnd.plotly.v1+json": {"a": 1}, "application/vnd.vegalite.v5+json": {}, "text/plain": "js"}, raw=True)
%%javascript
alert(1)
