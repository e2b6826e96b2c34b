"""The only module that talks to nbgrader: its settings, its commands and its gradebook."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from .errors import BuildError, GradingError
from .exercise import Assignment, Result


class Course:
    """A folder that nbgrader works in: source, release, submitted, autograded, feedback and the gradebook.

    Args:
        root: the folder.
        settings: nbgrader's configuration file, if there is one; the folder named here wins over it.
    """

    def __init__(self, root: Path, settings: Path | None = None) -> None:
        self.root = root.resolve()
        config = Config()
        if settings is not None and settings.is_file():
            config = PyFileConfigLoader(settings.name, str(settings.parent)).load_config()
        config.CourseDirectory.root = str(self.root)
        if "db_url" not in config.CourseDirectory:
            config.CourseDirectory.db_url = f"sqlite:///{self.root / 'gradebook.db'}"
        config.NbGrader.logfile = ""
        self.config = config

    def generate(self, unit: str) -> None:
        """Generate release/UNIT from the source folder, and register the assignment.

        Raises:
            BuildError: nbgrader refused; its log is in the message.
        """
        with _nbgrader(self.config) as api:
            outcome = api.generate_assignment(unit, force=True)
        if not outcome["success"]:
            raise BuildError(f"nbgrader could not generate {unit}:\n{_tail(outcome)}")

    def students(self, unit: str) -> list[str]:
        """Return the ids of everyone who handed in a unit, sorted."""
        return sorted(path.parent.name for path in (self.root / "submitted").glob(f"*/{unit}") if path.is_dir())

    def autograde(self, unit: str, student: str) -> None:
        """Run a submission and write its scores to the gradebook.

        Raises:
            GradingError: nbgrader refused; its log is in the message.
        """
        with _nbgrader(self.config) as api:
            outcome = api.autograde(unit, student, force=True)
        if not outcome["success"]:
            raise GradingError(f"nbgrader could not grade {unit} of {student}:\n{_tail(outcome)}")

    def feedback(self, unit: str, student: str) -> None:
        """Write feedback/STUDENT/UNIT/UNIT.html.

        Raises:
            GradingError: nbgrader refused; its log is in the message.
        """
        with _nbgrader(self.config) as api:
            outcome = api.generate_feedback(unit, student, force=True)
        if not outcome["success"]:
            raise GradingError(f"no feedback for {unit} of {student}:\n{_tail(outcome)}")

    def results(self, assignment: Assignment) -> list[Result]:
        """Return a row for everyone who handed in an assignment, sorted by student; zeros where grading failed."""
        limits = {exercise.name: float(exercise.points) for exercise in assignment.exercises}
        owner = {check.name: exercise.name for exercise in assignment.exercises for check in exercise.checks}
        results = []
        with Gradebook(self.config.CourseDirectory.db_url) as gradebook:
            for student in self.students(assignment.unit):
                scores = dict.fromkeys(limits, 0.0)
                with suppress(MissingEntry):
                    notebook = gradebook.find_submission_notebook(assignment.unit, assignment.unit, student)
                    for grade in notebook.grades:
                        if grade.name in owner:
                            scores[owner[grade.name]] += grade.score
                page = self.root / "feedback" / student / assignment.unit / f"{assignment.unit}.html"
                results.append(Result(assignment.unit, student, scores, limits, page if page.is_file() else None))
        return results


@contextmanager
def _nbgrader(config: Config) -> Iterator[Any]:
    """nbgrader's own interface, its log kept for error messages instead of the terminal."""
    from nbgrader.apps import NbGraderAPI

    # nbgrader runs `alembic` from the PATH, also where this environment's programs are not on it
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ["PATH"]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own deprecations are no news to our users
        api = NbGraderAPI(config=config)
        api.log.handlers = [logging.NullHandler()]
        api.log.propagate = False
        api.log.setLevel(logging.INFO)
        yield api


def _tail(outcome: dict[str, str], lines: int = 30) -> str:
    text = outcome.get("log", "") + outcome.get("error", "")
    return "\n".join(text.strip().splitlines()[-lines:])
