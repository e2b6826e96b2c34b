# about: sources of cells that close what they are shown in
# verdict: INERT
# scores: 1 2
# %% after
x = "</code></pre></div><script>alert(1)</script><img src=x onerror=alert(1)>]]>"  # <script>alert(1)</script> {{ 7*7 }} {% raw %}
