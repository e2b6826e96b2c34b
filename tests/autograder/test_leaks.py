"""The leak gate, tested by planting one secret of each kind in each thing a student gets."""

import shutil

import pytest

from autograder import build, leaks, markers
from autograder.errors import LeakError

SECRETS = {
    "an answer": "return np.multiply(x, 2.0)",
    "a hidden test": "drawn = np.random.default_rng(7).normal(size=(4, 3))",
    "a wrong answer": "return np.divide(x, 2.0)",
    "another right answer": "return np.array([2 * value for value in x.ravel()]).reshape(x.shape)",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("place", ["cnnlib/help.py", "course/01_double.py", "README.md"])
def test_a_secret_line_in_a_file_students_get_is_found(course, secret, place):
    target = course.root / place
    text = target.read_text() if target.is_file() else ""
    target.write_text(text + f"\n# for example:   {secret}   # like this\n")
    assignment = markers.read(course.source)
    with pytest.raises(LeakError, match=place.rsplit("/", maxsplit=1)[-1]):
        leaks.gate([assignment], build.handed_out(course.root))


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_line_in_the_visible_part_of_the_source_is_found(course, secret, tmp_path):
    course.edit("One product.", f"`{secret}`")
    assignment = markers.read(course.source)
    made = build.write(build.instructor_notebook(assignment), tmp_path / "visible.ipynb")
    text_only = [cell for cell in assignment.cells if cell.kind == "markdown"]
    assert any(secret in cell.source for cell in text_only)
    with pytest.raises(LeakError, match="cell 3"):
        leaks.gate([assignment], [made])


def test_spaces_and_quotes_do_not_hide_a_secret(course):
    (course.root / "README.md").write_text("try   return np.multiply( x,2.0 )  today")
    with pytest.raises(LeakError):
        leaks.gate([markers.read(course.source)], build.handed_out(course.root))


def test_a_clean_course_passes(course):
    leaks.gate([markers.read(course.source)], build.handed_out(course.root))


@pytest.mark.slow
def test_nothing_is_written_when_something_would_leak(course):
    course.edit("One product.", "`return np.multiply(x, 2.0)`")
    shutil.rmtree(course.root / "release", ignore_errors=True)
    with pytest.raises(LeakError):
        build.build(course.root)
    assert not (course.root / "release").exists()
