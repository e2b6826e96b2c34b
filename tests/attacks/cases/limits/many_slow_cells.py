# about: many cells, each just under the limit of a cell
# verdict: LIMIT
# scores: 0 0
# says: used up its time
# %% hand_in
slow = [{"cell_type": "code", "id": f"slow{n}", "metadata": {}, "source": "import time; time.sleep(1.8)", "outputs": [], "execution_count": None} for n in range(14)]
notebook["cells"] = slow + notebook["cells"]
cell(notebook, "double")["source"] = "def double(x):\n    return 2 * x"
write(folder, notebook)
