# about: null and control characters in sources
# verdict: DENY
# scores: 1 2
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
notebook["cells"].insert(2, {"cell_type": "code", "id": "n", "metadata": {}, "source": "x = 1\u0000\u001b[31m\u2028\u202e", "outputs": []})
write(folder, notebook)
