"""Proving checks: what counts as proved, and every way to fail."""

import json

import pytest
from typer.testing import CliRunner

from autograder import markers, mutation
from autograder.cli import app


def problems(course):
    return [text for proof in mutation.verify(markers.read(course.source)) for text in proof.problems]


def test_the_small_course_is_proved(course):
    assert problems(course) == []


def test_counts_are_what_the_source_holds(course):
    (proof,) = mutation.verify(markers.read(course.source))
    assert proof.counts == {
        "exercises": 1, "wrong": 6, "caught": 6, "named": 6, "right": 2, "accepted": 2, "stub_points": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("return np.divide(x, 2.0)", "return np.add(x, x)", "double__halved: survives every check"),
        ("return np.add(x, x)", "return np.add(x, x) + 1", "double__sum: a right answer is refused"),
        ("return np.multiply(x, 2.0)", "return np.multiply(x, 2.1)", "the answer fails check_double_one"),
        ('expect.close(double(np.array([3.0])), [6.0], "double([3])"', 'dict(a=1, b=2, c=3', "stub passes"),
    ],
)  # fmt: skip
def test_a_check_that_does_not_do_its_work_is_reported(course, old, new, says):
    course.edit(old, new)
    assert any(says in text for text in problems(course))


def test_a_keyword_that_every_message_contains_names_nothing(course):
    course.edit('keyword="halved"', 'keyword="wanted"')
    (proof,) = mutation.verify(markers.read(course.source))
    assert [trial.named for trial in proof.wrong if trial.variant.name == "double__halved"] == [False]


def test_too_few_named_wrong_answers_fail(course):
    course.edit('keyword="halved"', 'keyword="zebra"')
    course.edit('keyword="tripled"', 'keyword="giraffe"')
    assert any("4 of 6 wrong answers are named" in text for text in problems(course))


def test_a_wrong_answer_that_only_hidden_tests_catch_is_not_told_at_once(course):
    (proof,) = mutation.verify(markers.read(course.source))
    at_once = {trial.variant.name: trial.at_once for trial in proof.wrong}
    assert at_once["double__squared"]
    assert not at_once["double__first_row"]


def test_json_has_the_counts_of_each_unit_and_nothing_else(course):
    result = CliRunner().invoke(app, ["verify", "--json", "--course", str(course.root)])
    assert result.exit_code == 0
    counts = {"exercises": 1, "wrong": 6, "caught": 6, "named": 6, "right": 2, "accepted": 2, "stub_points": 0}
    assert json.loads(result.stdout) == {"units": {"01_double": counts}}


def test_a_survivor_makes_the_command_fail(course):
    course.edit("return np.divide(x, 2.0)", "return np.add(x, x)")
    result = CliRunner().invoke(app, ["verify", "--course", str(course.root)])
    assert result.exit_code == 1
