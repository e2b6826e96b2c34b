# about: shows frames, objects, forms and a video
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import HTML, IFrame, YouTubeVideo, display
display(IFrame("https://x.example", 100, 100), YouTubeVideo("x"))
HTML("<iframe srcdoc='<script>alert(1)</script>'></iframe><object data='x.swf'></object><embed src=x><form action=//x.example><input name=password></form><base href=//x.example>")
