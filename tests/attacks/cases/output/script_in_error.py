# about: raises errors with scripts in their names and texts, in cells and in answers
# verdict: INERT
# scores: 0 0
# says: alert(1)
# %% answer
def double(x):
    raise type("<script>alert(1)</script>", (Exception,), {})('"><img src=x onerror=alert(1)>')
# %% after
raise type("E<svg/onload=alert(1)>", (Exception,), {})("</code></pre><script>alert(1)</script>")
