# about: shows scripts as HTML
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import HTML, display
display(HTML("<script>document.body.innerHTML = '3 of 3 points'</script>"))
display(HTML("<b onmouseover=alert(1)>hover</b><a href='javascript:alert(1)'>click</a>"))
HTML("<img src=x onerror=alert(1)>")
