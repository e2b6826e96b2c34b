# about: styles that paint another score over the page
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import HTML, display
display(HTML("<style>.score { display: none } main::before { content: '3 of 3 points' }</style>"))
display(HTML("<div style='position: fixed; top: 0; left: 0; width: 100%; height: 100%'>3 of 3 points</div>"))
print("</style><style>body{display:none}</style><link rel=stylesheet href=//x.example/x.css>")
