"""The reader of source files: what it finds, and what it says when a marker is wrong."""

import pytest

from autograder import markers
from autograder.errors import MarkerError, UnitNotFound


def test_an_exercise_is_read_with_its_checks_variants_points_and_difficulty(course):
    assignment = markers.read(course.source)
    (exercise,) = assignment.exercises
    assert (exercise.name, exercise.points, exercise.minutes, exercise.difficulty) == ("double", 3, 5, 1)
    assert [check.name for check in exercise.checks] == ["check_double_one", "check_double_many"]
    assert (len(exercise.wrong), len(exercise.right)) == (6, 2)
    assert assignment.points == 3


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('solution="double"', 'answer="double"', "unknown marker `answer`"),
        ('check="double" points=1', 'check="double"', 'check="double" needs points=a whole number above 0, came none'),
        ('check="double" points=1', 'check="double" points=0', "needs points=a whole number above 0, came 0"),
        ('points=1 why="one number"', "points=1", 'needs why="text"'),
        ('why="halves" keyword="halved"', 'why="halves"', 'needs keyword="text"'),
        ("### BEGIN SOLUTION", "# the answer", "no answer between `### BEGIN SOLUTION`"),
        ("check_double_one(double)\n\n\n", "\n\n", "must end with the call `check_double_one(double)`"),
        ("def double__halved", "def double__squared", "the name `double__squared` is taken"),
        ("def double__halved", "def halved", "is called double__something, not `halved`"),
        ("def check_double_one(double)", "def check_double_one(answer)", "check_double_aspect(double)"),
        ("·  3 points", "·  4 points", "promises 4 points, its checks give 3"),
        ("●○○ difficulty", "easy", "needs a heading such as"),
        ("<summary>Hint 3", "<summary>Clue 3", "needs three hints"),
        ("return np.divide(x, 2.0)", "return double(x) / 4", "`double__halved` uses `double`; an answer stands alone"),
        ('wrong="double" why="halves"', 'wrong="triple" why="halves"', 'wrong="triple" fits no solution cell'),
        ("def double__halved(x):", "def double__halved(x:", "not Python"),
    ],
)
def test_a_broken_rule_is_named_with_its_file_and_line(course, old, new, says):
    line = course.edit(old, new)
    with pytest.raises(MarkerError) as caught:
        markers.read(course.source)
    problem = next(text for text in str(caught.value).splitlines() if says in text)
    path, number, _ = problem.split(":", 2)
    assert path == str(course.source)
    starts = [i for i, text in enumerate(course.source.read_text().splitlines(), 1) if text.startswith("# %%")]
    cell = max(start for start in starts if start <= line)
    following = min((start for start in starts if start > cell), default=10**6)
    after = min((start for start in starts if start > following), default=10**6)
    assert cell <= int(number) <= after


def test_an_exercise_without_wrong_answers_proves_nothing(course):
    text = course.source.read_text()
    course.source.write_text(text[: text.index('# %% wrong="double"')])
    with pytest.raises(MarkerError, match="has no wrong answers"):
        markers.read(course.source)


def test_an_answer_without_check_is_refused(course):
    text = course.source.read_text()
    start, end = text.index('# %% check="double" points=1'), text.index('# %% wrong="double"')
    course.source.write_text(text[:start] + text[end:])
    with pytest.raises(MarkerError, match="`double` has no check"):
        markers.read(course.source)


def test_all_problems_are_reported_at_once(course):
    course.edit('why="halves" keyword="halved"', 'why="halves"')
    course.edit("·  3 points", "·  4 points")
    with pytest.raises(MarkerError) as caught:
        markers.read(course.source)
    assert len(str(caught.value).splitlines()) == 2


def test_a_unit_is_found_by_name_and_by_number(course):
    assert markers.units(course.root, ["01"]) == markers.units(course.root, ["01_double"]) == [course.source]


def test_an_unknown_unit_is_answered_with_the_known_ones(course):
    with pytest.raises(UnitNotFound, match=r"no unit is called '17'.*01_double"):
        markers.units(course.root, ["17"])


def test_a_folder_without_course_says_where_to_go(tmp_path):
    with pytest.raises(UnitNotFound, match="--course DIR"):
        markers.units(tmp_path)


def test_a_number_may_stand_for_several_parts_but_not_where_one_is_wanted(course):
    second = course.root / "source" / "01_halve" / "01_halve.py"
    second.parent.mkdir()
    second.write_text(course.source.read_text())
    assert markers.units(course.root, ["01"]) == [course.source, second]
    assert markers.unit(course.root, "01_halve") == second
    with pytest.raises(UnitNotFound, match="'01' has 2 parts; name one: 01_double, 01_halve"):
        markers.unit(course.root, "01")
