# about: raw cells that converters put into pages as they are
# verdict: INERT
# scores: 1 2
# %% hand_in
for kind in ("text/html", "text/x-python", "text/markdown", "text/latex"):
    notebook["cells"].append({"cell_type": "raw", "id": "raw" + kind[-4:].strip("/-"), "metadata": {"format": kind, "raw_mimetype": kind}, "source": "<script>alert(1)</script>"})
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
