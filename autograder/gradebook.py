"""nbgrader's gradebook: the only module that reads and writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from nbgrader import utils
from nbgrader.api import Assignment as Registered
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.api import Gradebook as Database
from sqlalchemy import make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import selectinload

from .classroom import Classroom
from .errors import GradingError
from .exercise import Assignment, Graded, Result
from .inert import fenced, text


class Gradebook:
    """The gradebook of a classroom: SQLite beside it, or what its settings name.

    Args:
        classroom: the folder and its settings.
    """

    def __init__(self, classroom: Classroom) -> None:
        self.url = classroom.config.CourseDirectory.db_url

    def knows(self, assignment: Assignment) -> bool:
        """Whether the gradebook has an assignment with exactly these checks and points.

        Raises:
            GradingError: the gradebook cannot be reached.
        """
        wanted = {check.name: check.points for exercise in assignment.exercises for check in exercise.checks}
        with self._open() as gradebook:
            try:
                cells = gradebook.find_notebook(assignment.unit, assignment.unit).grade_cells
            except MissingEntry:
                return False
            return {cell.name: cell.max_score for cell in cells} == wanted

    def write(self, assignment: Assignment, gradings: Sequence[Graded]) -> None:
        """Write rows for students, in one transaction; what graders entered by hand stays.

        Raises:
            GradingError: the gradebook cannot be reached; nothing of this was written.
        """
        with self._open() as gradebook:
            notebook = gradebook.find_notebook(assignment.unit, assignment.unit)
            answers = {cell.name: cell.id for cell in notebook.solution_cells}
            checks = {cell.name: cell.id for cell in notebook.grade_cells}
            names = [graded.student for graded in gradings]
            known = set(gradebook.db.scalars(select(Student.id).where(Student.id.in_(names))))
            gradebook.db.add_all(Student(id=name) for name in names if name not in known)
            rows = self._rows(gradebook, notebook, names, [*checks.values()], [*answers.values()])
            for graded in gradings:
                row = rows[graded.student]
                row.assignment.timestamp = _when(graded.handed_in)
                scores = {checks[verdict.check]: verdict.points for verdict in graded.verdicts}
                for grade in row.grades:
                    grade.auto_score = scores[grade.cell_id]
                    grade.needs_manual_grade = grade.manual_score is not None
                said = {answers[name]: words for name, words in _comments(assignment, graded).items()}
                for comment in row.comments:
                    comment.auto_comment = said.get(comment.cell_id)
            gradebook.db.commit()

    def results(self, assignment: Assignment) -> list[Result]:
        """Return a row for every student who has one for this assignment, sorted by student.

        Raises:
            GradingError: the gradebook cannot be reached.
        """
        limits = {exercise.name: float(exercise.points) for exercise in assignment.exercises}
        owner = {check.name: exercise.name for exercise in assignment.exercises for check in exercise.checks}
        scores: dict[str, dict[str, float]] = {}
        query = (
            select(SubmittedAssignment.student_id, BaseCell.name, Grade)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .join(Registered, Registered.id == SubmittedAssignment.assignment_id)
            .where(Registered.name == assignment.unit)
        )
        with self._open() as gradebook:
            for student, check, grade in gradebook.db.execute(query):
                row = scores.setdefault(student, dict.fromkeys(limits, 0.0))
                if check in owner:
                    given = grade.auto_score if grade.manual_score is None else grade.manual_score
                    row[owner[check]] += (given or 0.0) + (grade.extra_credit or 0.0)
        return [Result(assignment.unit, student, scores[student], limits) for student in sorted(scores)]

    def _rows(
        self, gradebook: Database, notebook: Any, names: Sequence[str], checks: Sequence[str], answers: Sequence[str]
    ) -> dict[str, SubmittedNotebook]:
        """The rows of students' notebooks; made where they are missing, with a grade for each check."""
        there = (
            select(SubmittedNotebook)
            .join(SubmittedNotebook.assignment)
            .where(SubmittedNotebook.notebook_id == notebook.id, SubmittedAssignment.student_id.in_(names))
            .options(*(selectinload(part) for part in LOADED))
        )
        rows = {row.assignment.student_id: row for row in gradebook.db.scalars(there)}
        for name in names:
            row = rows.get(name)
            if row is None:
                handed_in = SubmittedAssignment(assignment_id=notebook.assignment_id, student_id=name)
                row = rows[name] = SubmittedNotebook(notebook_id=notebook.id, assignment=handed_in)
                gradebook.db.add(row)
            have = {grade.cell_id for grade in row.grades}
            row.grades.extend(Grade(cell_id=cell) for cell in checks if cell not in have)
            have = {comment.cell_id for comment in row.comments}
            row.comments.extend(Comment(cell_id=cell) for cell in answers if cell not in have)
        return rows

    @contextmanager
    def _open(self) -> Iterator[Database]:
        """The gradebook, every trouble with it in one error."""
        try:
            with Database(self.url) as gradebook, gradebook.db.no_autoflush:
                try:
                    yield gradebook
                except BaseException:
                    gradebook.db.rollback()
                    raise
        except SQLAlchemyError as error:
            why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise GradingError(
                f"the gradebook {make_url(self.url).render_as_string()} cannot be used: {why}. "
                "Close what holds it, or start it; what was graded is kept: run again."
            ) from None


LOADED = (SubmittedNotebook.grades, SubmittedNotebook.comments, SubmittedNotebook.assignment)


def _when(words: str) -> datetime | None:
    try:
        return utils.parse_utc(words) if words else None
    except (ValueError, OverflowError):
        return None


def _comments(assignment: Assignment, graded: Graded) -> dict[str, str]:
    """What failed, for each answer; in a fence, because nbgrader renders comments as Markdown."""
    failed = {verdict.check: verdict.message for verdict in graded.verdicts if not verdict.passed}
    comments = {}
    for exercise in assignment.exercises:
        said = [f"{check.why}\n{failed[check.name]}" for check in exercise.checks if check.name in failed]
        if said:
            comments[exercise.name] = fenced(text("\n\n".join(said), 4_000))
    return comments
