# about: halves of surrogate pairs in sources, names and outputs
# verdict: DENY
# scores: 1 2
# %% hand_in
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
notebook["cells"] += [
    {"cell_type": "code", "id": "s1", "metadata": {"nbgrader": {"grade_id": "\ud800"}}, "source": "print('\ud800')", "outputs": []},
    {"cell_type": "markdown", "id": "\udfff", "metadata": {}, "source": "text \udcff here"},
    {"cell_type": "code", "id": "s3", "metadata": {}, "source": "raise ValueError(chr(0xd800) + chr(0xdcff))", "outputs": []},
    {"cell_type": "code", "id": "s4", "metadata": {}, "source": "print(chr(0xd800))\nchr(0xdfff)", "outputs": []},
]
write(folder, notebook)
