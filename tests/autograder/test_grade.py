"""Grading a class: scores as known, accidents counted as accidents, feedback for everyone."""

import nbformat
import pytest

from autograder import demo, grade, markers, mutation
from autograder.errors import GradingError
from autograder.gradebook import Course

pytestmark = pytest.mark.slow


@pytest.fixture
def assignment(course):
    return markers.read(course.source)


def test_a_class_gets_the_scores_its_answers_are_known_to_earn(course, assignment):
    submissions = demo.make_class(mutation.verify(assignment))[3:9]
    demo.hand_in(course.root, course.root, assignment, submissions)
    results = grade.grade(course.root, course.root / "nbgrader_config.py", assignment)
    assert {result.student: result.scores for result in results} == {
        submission.student: submission.scores for submission in submissions
    }
    assert len({result.score for result in results}) > 1
    for result in results:
        assert result.feedback is not None
        assert "double" in result.feedback.read_text(encoding="utf-8")


def test_a_notebook_that_cannot_be_read_is_reported_and_the_others_are_graded(course, assignment):
    submissions = demo.make_class(mutation.verify(assignment))[:2]
    demo.hand_in(course.root, course.root, assignment, submissions)
    broken = course.root / "submitted" / "boole" / "01_double" / "01_double.ipynb"
    broken.write_text("this is no notebook")
    told = {}
    results = grade.grade(course.root, None, assignment, on_student=lambda who, problem: told.update({who: problem}))
    assert told["ada"] == ""
    assert "could not grade 01_double of boole" in told["boole"]
    assert [(result.student, result.score) for result in results] == [("ada", 3), ("boole", 0)]
    assert results[1].feedback is None


def test_students_cannot_raise_their_points_by_editing_a_check(course, assignment):
    demo.hand_in(course.root, course.root, assignment, demo.make_class(mutation.verify(assignment))[3:4])
    path = course.root / "submitted" / "dirac" / "01_double" / "01_double.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.id.startswith("check"):
            cell.source = "pass"
    nbformat.write(notebook, path)
    (result,) = grade.grade(course.root, None, assignment)
    assert result.score == 0


def test_nobody_handed_in_is_an_error_that_says_where_it_looked(course, assignment):
    with pytest.raises(GradingError, match="submitted holds no STUDENT/01_double"):
        grade.grade(course.root, None, assignment)


def test_students_are_those_who_handed_in_this_unit(course):
    (course.root / "submitted" / "ada" / "01_double").mkdir(parents=True)
    (course.root / "submitted" / "boole" / "02_other").mkdir(parents=True)
    assert Course(course.root).students("01_double") == ["ada"]
