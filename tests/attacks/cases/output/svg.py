# about: shows SVG with scripts and foreign objects
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import SVG, display
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script><foreignObject><iframe src='//x.example'/></foreignObject></svg>"))
display({"image/svg+xml": "<svg onload=alert(1)>", "text/plain": "<svg onload=alert(1)>"}, raw=True)
