"""Otter-Grader in an environment of its own, with every check of an assignment as one of its tests.

`otter run` grades one notebook without Docker. The tests are files in Otter's exception-based format: the check with
its hidden part, called with the student's answer. The check cells are taken out of the notebooks, so that every check
runs once, as it does with the others.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import nbformat
from watch import BenchError, Usage, Watch, fresh_log, run, say, tail

from autograder.exercise import Assignment, Check

Item = TypeVar("Item")
ROOT = Path(__file__).parents[1]
HOME = ROOT / "build" / "bench" / "otter"
NEEDS = ("ipykernel", "matplotlib", "pillow", "scikit-image", "scikit-learn", "scipy", "threadpoolctl", "ipywidgets")
NEEDS += ("anywidget", "numpy", "otter-grader")


def install() -> Path:
    """Return Otter's environment, made on the first call.

    Raises:
        BenchError: it cannot be installed, most likely for want of a network.
    """
    ready = HOME / "ready"
    if not ready.is_file():
        say(f"otter: installing into {HOME.relative_to(ROOT)} (once)")
        lock = ROOT / "requirements.lock"
        torch = next(line for line in lock.read_text().splitlines() if line.startswith("torch=="))
        python = str(HOME / "bin" / "python")
        _install_step(sys.executable, "-m", "venv", str(HOME))
        _install_step(python, "-m", "pip", "install", "--quiet", torch)  # alone: the very build the course uses
        _install_step(python, "-m", "pip", "install", "--quiet", "--constraint", str(lock), *NEEDS)
        (site,) = HOME.glob("lib/python*/site-packages")
        (site / "course.pth").write_text(f"{ROOT}\n", encoding="utf-8")
        ready.touch()
    return HOME


def _install_step(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
    except subprocess.TimeoutExpired:
        raise BenchError("Otter-Grader was not installed in half an hour.") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise BenchError(f"Otter-Grader cannot be installed (is there a network?): {last}") from None


def test_file(assignment: Assignment, check: Check) -> str:
    """Return a check as a test file: imports, the check with its hidden tests, a test case that calls it."""
    parsed = [ast.parse(cell.source) for cell in assignment.cells if cell.kind == "code"]
    imports = [node for tree in parsed for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    definition = ast.parse(check.source)
    definition.body.pop()  # the call, which students see
    return "\n".join(
        [
            "OK_FORMAT = False",
            f"name = {check.name!r}",
            f"points = {check.points}",
            "",
            "from otter.test_files import test_case",
            *dict.fromkeys(ast.unparse(node) for node in imports),
            "",
            ast.unparse(definition),
            "",
            f"@test_case(name={check.name!r}, hidden=True)",
            f"def test({check.exercise}):",
            f"    {check.name}({check.exercise})",
            "",
        ]
    )


class Otter:
    """Grades an assignment's notebooks with `otter run`.

    Args:
        assignment: where the checks come from.
        folder: where tests, notebooks and results go.
        environment: variables of every process.
        jobs: notebooks at a time.
    """

    def __init__(self, assignment: Assignment, folder: Path, environment: Mapping[str, str], jobs: int) -> None:
        self.folder, self.jobs = folder, jobs
        self.bin = install() / "bin"
        self.environment = {**environment, "PATH": f"{self.bin}:{environment['PATH']}"}
        self.log = fresh_log("otter")
        self.archive = folder / "autograder.zip"
        for exercise in assignment.exercises:
            for check in exercise.checks:
                path = folder / "tests" / f"{check.name}.py"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(test_file(assignment, check), encoding="utf-8")
        if self._otter("generate", "--tests-dir", "tests", "--output-path", self.archive.name, "--no-environment"):
            raise BenchError(f"`otter generate` failed.\n{tail(self.log)}")

    def grade(self, notebooks: Mapping[str, Path], label: str) -> tuple[Usage, dict[str, dict[str, float]]]:
        """Grade the notebooks of some students; return what was used, and the points each got for each check."""
        results = self.folder / label
        for student, notebook in notebooks.items():
            (results / student).mkdir(parents=True)
            without_checks(notebook, results / student / "notebook.ipynb")
        with (
            Watch(label, len(notebooks), lambda: sum(1 for _ in results.glob("*/results.json"))) as usage,
            ThreadPoolExecutor(self.jobs) as pool,
        ):
            list(pool.map(partial(self._run, results), notebooks))
        return usage, {student: points(results / student / "results.json") for student in notebooks}

    def _run(self, results: Path, student: str) -> None:
        target = str(results / student)
        if self._otter("run", f"{target}/notebook.ipynb", "-a", self.archive.name, "-o", target, "--no-logo"):
            say(f"otter gave up the notebook of {student}; see {self.log}")

    def _otter(self, *arguments: str) -> int:
        return run([str(self.bin / "otter"), *arguments], self.folder, self.environment, self.log, timeout=600)


def without_checks(notebook: Path, target: Path) -> None:
    """Write a student's notebook without its check cells."""
    content = nbformat.read(notebook, as_version=4)
    content.cells = [cell for cell in content.cells if not cell.metadata.get("nbgrader", {}).get("grade")]
    nbformat.write(content, target)


def points(results: Path) -> dict[str, float]:
    """Return check → points from Otter's results; nothing when there are none."""
    if not results.is_file():
        return {}
    tests = json.loads(results.read_text(encoding="utf-8"))["tests"]
    return {test["name"].split(" ")[0]: float(test["score"]) for test in tests if "score" in test}


def drawn(whole: Sequence[Item], count: int) -> list[Item]:
    """Return `count` items at equal distances, or all if there are not so many.

    >>> drawn("abcdef", 3)
    ['a', 'c', 'e']
    """
    count = min(count, len(whole))
    return [whole[i * len(whole) // count] for i in range(count)]
