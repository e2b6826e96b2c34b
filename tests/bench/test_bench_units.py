"""The bench of the units looks at every notebook of the course."""

from __future__ import annotations

from pathlib import Path

import units
from nbformat import v4

ROOT = Path(__file__).parents[2]


def test_every_lesson_and_assignment_is_timed():
    found = units.notebooks()
    assert {name for name in found if name.startswith("lesson")} == {
        f"lesson {path.stem}" for path in ROOT.glob("course/*.py")
    }
    assert {name for name in found if name.startswith("assignment")} == {
        f"assignment {path.stem}" for path in ROOT.glob("release/*/*.ipynb")
    }


def test_a_notebook_is_timed_with_the_start_of_its_kernel():
    cells = [v4.new_code_cell("import time; time.sleep(0.5)")]
    assert units.seconds(v4.new_notebook(cells=cells)) > 0.5
