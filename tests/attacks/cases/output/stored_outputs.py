# about: outputs stored in the file with scripts, frames and pictures
# verdict: INERT
# scores: 1 2
# %% hand_in
for one in notebook["cells"]:
    if one["cell_type"] == "code":
        one["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>alert(1)</script>", "image/svg+xml": "<svg onload=alert(1)>"}}]
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
