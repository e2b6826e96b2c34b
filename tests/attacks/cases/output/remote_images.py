# about: pictures from elsewhere that tell who opens the page, and when
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import HTML, Image, Markdown, display
display(Image(url="https://x.example/pixel.png"), Markdown("![x](https://x.example/pixel.png)"))
HTML("<img src=//x.example/pixel.png><img srcset='https://x.example/p.png 1x'><div style='background: url(//x.example/p.png)'>")
