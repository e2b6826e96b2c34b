"""Building: the same bytes every time, stubs where answers were, and --check that says where it differs."""

import json
import zipfile

import nbformat
import pytest
from typer.testing import CliRunner

from autograder import build, markers
from autograder.cli import app
from autograder.errors import StaleError

pytestmark = pytest.mark.slow


@pytest.fixture
def built(course):
    build.build(course.root)
    return course


def release(course):
    return course.root / "release" / "01_double" / "01_double.ipynb"


def test_building_twice_writes_the_same_bytes(built):
    first = {path: path.read_bytes() for path in [release(built), built.root / "course" / "01_double.ipynb"]}
    build.build(built.root)
    assert {path: path.read_bytes() for path in first} == first


def test_a_release_holds_stubs_and_visible_checks_only(built):
    text = release(built).read_text()
    assert "raise NotImplementedError()" in text
    for secret in ("np.multiply", "default_rng(7)", "double__", "BEGIN SOLUTION", "HIDDEN"):
        assert secret not in text


def test_a_released_cell_reads_as_verify_assumes(built):
    cells = {cell.id: cell.source for cell in nbformat.read(release(built), as_version=4).cells}
    (exercise,) = markers.read(built.source).exercises
    assert cells["double"] == markers.released(exercise.solution.source)
    for check in exercise.checks:
        assert cells[check.name.replace("_", "-")].split("\n", 1)[1] == markers.released(check.source)


def test_points_reach_nbgrader(built):
    cells = nbformat.read(release(built), as_version=4).cells
    points = [cell.metadata.nbgrader["points"] for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert points == [1, 2]


def test_checks_are_folded_to_a_line_that_says_what_they_check(built):
    checks = [cell for cell in nbformat.read(release(built), as_version=4).cells if "@expect.check" in cell.source]
    assert [cell.metadata["jupyter"] for cell in checks] == [{"source_hidden": True}] * 2
    assert checks[0].source.startswith("# Check · 1 point · ")


def test_cells_that_only_draw_are_folded(tmp_path):
    lesson = tmp_path / "01_lines.py"
    lesson.write_text("# %%\n# Figure · a line\nprint(1)\n\n# %%\nprint('# Figure · not one')\n")
    folded, open_ = build.lesson_notebook(lesson).cells
    assert folded.metadata == {"jupyter": {"source_hidden": True}}
    assert open_.metadata == {}


def test_check_accepts_what_build_wrote(built):
    assert len(build.check(built.root)) == 2


def test_check_names_the_file_and_the_first_differing_cell(built):
    notebook = json.loads(release(built).read_text())
    notebook["cells"][3]["source"] = ["def double(x):\n", "    return None\n"]
    release(built).write_text(json.dumps(notebook))
    with pytest.raises(StaleError, match=r"release/01_double/01_double.ipynb: cell 4 \(id double\).*return None"):
        build.check(built.root)


def test_check_notices_an_edited_source(built):
    built.edit("Each number counts twice.", "Every number counts twice.")
    with pytest.raises(StaleError, match="cell 3"):
        build.check(built.root)


def test_check_notices_a_lesson_that_was_run_and_saved(built):
    path = built.root / "course" / "01_double.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].execution_count = 1
    nbformat.write(notebook, path)
    with pytest.raises(StaleError, match=r"course/01_double.ipynb: cell 2"):
        build.check(built.root)


def test_check_writes_nothing(built):
    before = sorted(path for path in built.root.rglob("*") if path.is_file())
    build.check(built.root)
    assert sorted(path for path in built.root.rglob("*") if path.is_file()) == before


def test_the_bundle_is_the_same_every_time_and_holds_no_source(built, tmp_path):
    first, second = build.bundle(built.root, tmp_path / "a.zip"), build.bundle(built.root, tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()
    names = zipfile.ZipFile(first).namelist()
    assert "cnn-course/release/01_double/01_double.ipynb" in names
    assert not [name for name in names if "source/" in name or "autograder" in name]


def test_a_marker_error_ends_in_one_message_not_in_a_traceback(course, capfd):
    course.edit('solution="double"', 'answer="double"')
    result = CliRunner().invoke(app, ["build", "--course", str(course.root)])
    assert type(result.exception).__name__ == "MarkerError"  # cli.main prints it
    assert "Traceback" not in result.output
