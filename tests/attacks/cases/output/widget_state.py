# about: hands in widgets' state and settings in the notebook's metadata
# verdict: INERT
# scores: 1 2
# %% hand_in
notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"abc": {"model_name": "HTMLModel", "state": {"value": "<script>alert(1)</script>"}}}}}
notebook["metadata"]["celltoolbar"] = notebook["metadata"]["title"] = "</title><script>alert(1)</script>"
notebook["metadata"]["rise"] = {"header": "<script>alert(1)</script>"}
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
