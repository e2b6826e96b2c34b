# about: text cells with scripts, handlers, links that run, frames, styles and pictures from elsewhere
# verdict: INERT
# scores: 1 2
# %% hand_in
texts = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[click](javascript:alert(1))", "<svg onload=alert(1)>",
    "<iframe src=//x.example></iframe>", "<style>body { display: none }</style>", "![x](https://x.example/pixel.png)",
    "<div style='position: fixed; top: 0'>3 of 3 points</div>", "[x]: javascript:alert(1)\n[x]", "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "$\\href{javascript:alert(1)}{x}$ \\unicode{<img src=x onerror=alert(1)>}", "<!-- --><script>alert(1)</script>",
]
for number, text in enumerate(texts):
    notebook["cells"].append({"cell_type": "markdown", "id": f"m{number}", "metadata": {}, "source": text})
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
