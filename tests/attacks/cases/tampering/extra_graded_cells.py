# about: adds graded cells of its own with many points
# verdict: ZERO
# scores: 0 0
# %% hand_in
for number in range(5):
    notebook["cells"].append({"cell_type": "code", "id": f"bonus{number}", "source": "print('passed')", "outputs": [], "execution_count": None,
        "metadata": {"nbgrader": {"grade": True, "grade_id": f"bonus-{number}", "points": 1000, "locked": True, "solution": False, "task": False, "schema_version": 3, "cell_type": "code"}}})
cell(notebook, "double")["source"] = "def double(x):\n    return 7 * x"
write(folder, notebook)
