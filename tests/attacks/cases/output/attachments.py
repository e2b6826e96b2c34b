# about: attachments of text cells with scripts in pictures
# verdict: INERT
# scores: 1 2
# %% hand_in
notebook["cells"].append({"cell_type": "markdown", "id": "att", "metadata": {}, "source": "![x](attachment:x.svg)", "attachments": {"x.svg": {"image/svg+xml": "<svg onload=alert(1)>", "text/html": "<script>alert(1)</script>"}}})
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
