# about: text cells that close the fence or the quotation they are put into
# verdict: INERT
# scores: 1 2
# %% hand_in
fence = "`" * 3
texts = [f"{fence}\n</code></pre>\n{fence}\n<script>alert(1)</script>", "````````\n<script>alert(1)</script>", "~~~\n~~~\n<svg onload=alert(1)>",
         "\n\n    \n</details></div><script>alert(1)</script>", f"\r{fence}\r<script>alert(1)</script>", f"{fence}\u2028{fence}\u0085{fence}\n<img src=x onerror=alert(1)>\n{fence}",
         f"\u0000{fence}\n<script>alert(1)</script>", f"x\n{fence * 3000}\n<script>alert(1)</script>", f"{fence}\x0b\n{fence}\x0c\n<script>alert(1)</script>"]
for number, text in enumerate(texts):
    notebook["cells"].append({"cell_type": "markdown", "id": f"m{number}", "metadata": {}, "source": text})
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
