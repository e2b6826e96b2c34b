"""One submission through the engine: right, wrong, broken and hostile."""

import json
import sys
from pathlib import Path

import pytest

from autograder import build, intake, markers, sandbox, session
from autograder.checker import Checker
from autograder.errors import Rejected

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
LIMITS = sandbox.Limits(memory=512 << 20, cell=2.0, notebook=20.0)
RIGHT = "def double(x):\n    return 2 * x"


@pytest.fixture(scope="module")
def warm(warm_parent):
    with warm_parent(LIMITS, imports=("numpy",)) as parent:
        yield parent


@pytest.fixture
def grade(course, warm, tmp_path):
    """Grade a notebook: the released one with another answer, and other cells before and after it."""
    assignment = markers.read(course.source)
    checker = Checker(assignment)

    def run(answer=RIGHT, before=(), after=(), edit=lambda cells: cells):
        notebook = json.loads(json.dumps(build.instructor_notebook(assignment)))
        cells = notebook["cells"]
        place = next(i for i, cell in enumerate(cells) if name(cell) == "double")
        cells[place]["source"] = answer
        extra = [
            [{"cell_type": "code", "metadata": {}, "source": s, "outputs": []} for s in some]
            for some in (before, after)
        ]
        notebook["cells"] = edit([*cells[:place], *extra[0], cells[place], *extra[1], *cells[place + 1 :]])
        path = tmp_path / "01_double.ipynb"
        path.write_text(json.dumps(notebook))
        return session.run(intake.read(path, assignment), checker, warm)

    return run


def name(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def points(record):
    return {verdict.check: verdict.points for verdict in record.verdicts}


FULL, NONE = {"check_double_one": 1, "check_double_many": 2}, {"check_double_one": 0, "check_double_many": 0}


def test_a_right_answer_gets_every_point(grade):
    record = grade()
    assert points(record) == FULL
    assert not record.trouble


def test_a_wrong_answer_is_told_why(grade):
    record = grade("def double(x):\n    return x ** 2")
    assert points(record)["check_double_one"] == 0
    assert "squared, not doubled" in record.verdicts[0].message


@pytest.mark.parametrize(
    "answer", ["def double(x:\n  return", "1 / 0", "", "double = None", "del np", "raise SystemExit"]
)
def test_a_broken_answer_gets_nothing(grade, answer):
    assert points(grade(answer)) == NONE


def test_an_endless_answer_costs_its_own_checks_only(grade):
    record = grade("def double(x):\n    while x.shape != (1,):\n        pass\n    return 2 * x")
    assert points(record) == {"check_double_one": 1, "check_double_many": 0}
    assert "longer than 2 seconds" in record.verdicts[1].message


def test_an_endless_cell_costs_itself_only(grade):
    record = grade(before=["while True: pass"])
    assert points(record) == FULL
    assert [("longer than 2 seconds" in why) for why in record.trouble.values()] == [True]


def test_a_cell_that_ends_the_process_costs_itself_only(grade):
    record = grade(before=["import os; os._exit(0)"], after=["kept = 1", "import os; os._exit(1)", "kept + 1"])
    assert points(record) == FULL
    assert ["ended the Python process" in why for why in record.trouble.values()] == [True, True]


def test_many_slow_cells_use_up_the_time_and_everybody_gets_a_verdict(grade):
    record = grade(before=["import time; time.sleep(1.9)"] * 15)
    assert points(record) == NONE
    assert record.seconds < 30
    assert "used up its time" in record.verdicts[-1].message


def test_a_check_cell_runs_as_ours_whatever_stands_in_it(grade):
    def forge(cells):
        for cell in cells:
            if "check" in name(cell):
                cell["source"] = "print('3 of 3 points')"
        return cells

    assert points(grade("def double(x):\n    return 0 * x", edit=forge)) == {
        "check_double_one": 0,
        "check_double_many": 0,
    }
    assert points(grade(edit=forge)) == FULL


def test_checks_that_were_deleted_run_at_the_end_and_doubled_ones_once(grade):
    def without(cells):
        return [cell for cell in cells if "check" not in name(cell)]

    assert points(grade(edit=without)) == FULL
    twice = grade(edit=lambda cells: [*cells, *cells])
    assert points(twice) == FULL
    assert len(twice.verdicts) == 2


PATCHES = [
    "import numpy as np; np.allclose = lambda *a, **k: True; np.isclose = lambda *a, **k: np.True_",
    "from cnnlib import expect; expect.close = expect.equal = expect.call = lambda *a, **k: None",
    "import builtins; builtins.AssertionError = builtins.Exception = type('E', (BaseException,), {})",
    "get_ipython().run_cell = lambda *a, **k: None",
    "get_ipython().record = lambda source: {'outputs': [], 'error': '', 'score': 3}",
    "import sys; sys.modules['autograder.bridge'].Peer._call = lambda *a, **k: (6.0, [])",
    "import sys; sys.exit(0)",
    "import warnings; warnings.warn('boo'); import sys; print('boo', file=sys.stderr)",
]


@pytest.mark.parametrize("patch", PATCHES)
def test_tampering_gains_nothing(grade, patch):
    assert sum(points(grade("def double(x):\n    return 7 * x", before=[patch])).values()) == 0


class_that_agrees = """
import numpy as np
class Yes(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __sub__(self, other): return np.zeros(self.shape)
    def __array__(self, *a, **k): return np.full((4, 3), np.nan)
def double(x):
    return np.zeros(np.shape(x)).view(Yes)
"""


AGREEABLE = [
    class_that_agrees,
    "def double(x): return float('nan')",
    "def double(x): return x.tolist",
    "class double:\n    def __init__(self, x): self.x = 2 * x",
]


@pytest.mark.parametrize("answer", AGREEABLE)
def test_a_value_that_agrees_with_everything_agrees_with_nothing(grade, answer):
    assert points(grade(answer)) == {"check_double_one": 0, "check_double_many": 0}


def test_hidden_tests_and_expected_values_are_not_to_be_found(grade):
    spy = """
def double(x):
    import gc, sys, inspect
    seen = " ".join(str(o) for o in gc.get_objects() if isinstance(o, (str, list, dict, tuple)) and len(str(o)) < 10**6)
    frames, frame = [], sys._getframe()
    while frame:
        frames.append(str(frame.f_locals)); frame = frame.f_back
    text = seen + " ".join(frames)
    secrets = ["HID" + "DEN", "default_" + "rng(7)", "only the first" + " row"]
    raise ValueError("found" if any(secret in text for secret in secrets) else "clean")
"""
    record = grade(spy)
    assert {verdict.points for verdict in record.verdicts} == {0}
    assert all("clean" in verdict.message or "longer" in verdict.message for verdict in record.verdicts)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "not a notebook"),
        (b"{", "breaks off at line 1"),
        (b"\xff\xfe\x00", "not"),
        (b"[" * 200_000, "not a notebook"),
        (b"[]", "format 4"),
        (b'{"nbformat": 3, "worksheets": []}', "format 4"),
        (b'{"nbformat": 4, "cells": {}}', "damaged"),
        (b'{"nbformat": 4, "cells": [1]}', "damaged"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}', "damaged"),
        (
            b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "1", "metadata": {"nbgrader": []}}]}',
            "belongs to",
        ),
        (json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "x" * 2_000_000}]}).encode(), "damaged"),
    ],
)
def test_what_is_no_notebook_is_refused_by_name(course, tmp_path, content, word):
    path = tmp_path / "01_double.ipynb"
    path.write_bytes(content)
    with pytest.raises(Rejected, match=word):
        intake.read(path, markers.read(course.source))


def test_links_and_folders_are_refused(course, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text("{}")
    link = tmp_path / "01_double.ipynb"
    link.symlink_to(secret)
    for path in (link, tmp_path, tmp_path / "missing.ipynb"):
        with pytest.raises(Rejected, match="regular file"):
            intake.read(path, markers.read(course.source))


def test_the_command_for_one_notebook_tells_points_and_reasons(course, tmp_path, warm):
    from typer.testing import CliRunner

    from autograder.cli import app

    notebook = build.instructor_notebook(markers.read(course.source))
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell.source = "def double(x):\n    return x ** 2"
    path = build.write(notebook, tmp_path / "renamed.ipynb")
    said = CliRunner().invoke(app, ["check", str(path), "--course", str(course.root)])
    assert said.exit_code == 0, said.output
    assert "0 of 3  1 · Double every number" in said.output
    assert "squared, not doubled" in said.output
    assert said.output.strip().endswith("01_double: 0 of 3 points")
