"""nbgrader's own commands keep working in a course folder: release, fetch, submit, collect, autograde, feedback."""

import getpass
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder import build

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent


def nbgrader(folder, exchange, *arguments):
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [str(BIN / "nbgrader"), *arguments, f"--Exchange.root={exchange}", "--CourseDirectory.course_id=cnn"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
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
