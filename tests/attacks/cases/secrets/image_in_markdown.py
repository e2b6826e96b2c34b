# about: a text cell embeds files of the host, by path and by include
# verdict: INERT
# scores: 1 2
# %% hand_in
text = "![a](file://@HOSTTMP@/answers.txt) ![b](../../../gradebook.db) <img src='file://@HOSTTMP@/answers.txt'> <object data='@HOSTTMP@/answers.txt'></object>"
notebook["cells"].append({"cell_type": "markdown", "id": "m1", "metadata": {}, "source": text})
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
