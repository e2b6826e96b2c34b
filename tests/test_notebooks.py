"""Every lesson and every solved assignment, run from top to bottom in a real kernel."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder import build, markers

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "course").glob("*.py"))
UNITS = markers.units(ROOT)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default:Kernel is running over TCP"),
]


def run(notebook):
    """Execute a copy of a notebook; a cell that fails is an error, whatever its tags say."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("tags", None)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    return notebook


def outputs(notebook):
    return [(cell, out) for cell in notebook.cells for out in cell.get("outputs", [])]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_quietly_and_every_picture_has_alt_text(path):
    notebook = run(build.lesson_notebook(path))
    assert_quiet_and_described(notebook)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_solved_assignment_passes_every_check(path):
    assignment = markers.read(path)
    notebook = run(build.instructor_notebook(assignment))
    assert_quiet_and_described(notebook)
    passed = [out for cell, out in outputs(notebook) if "✓" in str(out.get("data", {}).get("text/plain", ""))]
    assert len(passed) == sum(len(exercise.checks) for exercise in assignment.exercises)


def assert_quiet_and_described(notebook):
    for cell, out in outputs(notebook):
        assert out.get("name") != "stderr", f"{cell.source[:60]} prints to stderr: {out.get('text')}"
        data = out.get("data", {})
        page = data.get("text/html", "")
        if "<img" in page:
            assert 'alt="' in page and 'alt=""' not in page, cell.source
        elif "image/png" in data and "application/vnd.jupyter.widget-view+json" not in data:
            alt = out.metadata.get("image/png", {}).get("alt") or out.metadata.get("alt")
            assert alt, f"a picture without alt text: {cell.source}"
