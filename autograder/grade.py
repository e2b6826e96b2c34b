"""Grade the submissions of a unit: run them, score them, write feedback.

Submissions run under nbgrader's own `autograde`, with the rights of whoever grades: grade only notebooks
you trust.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from .errors import CourseError, GradingError
from .exercise import Assignment, Result
from .gradebook import Course

# One thread each: graders run side by side, and threads of several torch processes hinder one another.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MPLBACKEND": "agg"}


def grade(
    root: Path,
    settings: Path | None,
    assignment: Assignment,
    *,
    jobs: int | None = None,
    on_student: Callable[[str, str], None] = lambda student, problem: None,
) -> list[Result]:
    """Grade everyone who handed in an assignment.

    Args:
        root: the folder with submitted/; autograded/, feedback/ and gradebook.db are written there.
        settings: nbgrader's configuration file, or None.
        assignment: the unit.
        jobs: submissions at a time; the number of cores when left out.
        on_student: called with a student's id, and what went wrong or "", when a submission is done.

    Returns:
        One result for each student in the gradebook.

    Raises:
        GradingError: nobody handed in this unit.
    """
    students = Course(root, settings).students(assignment.unit)
    if not students:
        raise GradingError(
            f"no submissions: {root / 'submitted'} holds no STUDENT/{assignment.unit}/{assignment.unit}.ipynb"
        )
    os.environ.update(ONE_THREAD)
    context = multiprocessing.get_context("spawn")
    log = root / "build" / "grading.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(jobs or os.cpu_count(), context, _keep_log, (log,)) as pool:
        waiting = {pool.submit(_grade_one, root, settings, assignment.unit, student): student for student in students}
        for done in as_completed(waiting):
            on_student(waiting[done], done.result())
    return Course(root, settings).results(assignment)


def _keep_log(log: Path) -> None:
    """Send what kernels and nbgrader print to a file, away from the progress bar."""
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(stream, 2)


def _grade_one(root: Path, settings: Path | None, unit: str, student: str) -> str:
    """Grade one submission; return what went wrong, or nothing."""
    course = Course(root, settings)
    try:
        course.autograde(unit, student)
        course.feedback(unit, student)
    except CourseError as error:
        return str(error)
    return ""
