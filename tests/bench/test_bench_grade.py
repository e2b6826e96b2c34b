"""The race of graders: its notebooks, its tests for Otter, its watch and its last line, without the race."""

import argparse
import json
import math
import os
import sys
import types
from pathlib import Path

import grade
import nbformat
import otter_grader
import pytest
import watch

from autograder import build, markers, mutation
from autograder.exercise import Verdict
from autograder.mutation import Proof, Trial

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unit():
    return markers.read(ROOT / "source" / grade.UNIT / f"{grade.UNIT}.py")


@pytest.fixture(scope="module")
def submissions(unit):
    return grade.make_class([believed(exercise) for exercise in unit.exercises], 60)


@pytest.fixture
def small(course):
    return markers.read(course.source)


def believed(exercise):
    """A proof as `mutation.verify` returns it, the source's word taken for each variant."""

    def verdicts(passed):
        return tuple(
            Verdict(check.name, passed * check.points, check.points, "" if passed else "no")
            for check in exercise.checks
        )

    trials = tuple(Trial(variant, verdicts(variant.right), True, True) for variant in exercise.variants)
    return Proof(exercise, verdicts(True), verdicts(False), trials)


def kind(submission, unit):
    stubs = [
        text.replace(f"# by {submission.student}\n", "")
        == markers.released(exercise.solution.source)
        for exercise, text in zip(unit.exercises, submission.answers.values(), strict=True)
    ]  # fmt: skip
    text = "\n".join(submission.answers.values())
    if all(stubs):
        return "untouched"
    if any(stubs):
        return "unfinished"
    if "nothing_of_this_name" in text or "(x:\n" in text:
        return "broken"
    return "right" if sum(submission.scores.values()) == unit.points else "wrong"


def test_all_notebooks_differ_and_have_different_owners(submissions):
    assert len({tuple(submission.answers.values()) for submission in submissions}) == 60
    assert len({submission.student for submission in submissions}) == 60


def test_notebooks_differ_in_more_than_the_signature(submissions):
    unsigned = {tuple(submission.answers.values())[1:] for submission in submissions}
    assert len(unsigned) == 60 - 4  # untouched ones are alike in every class of 14


def test_the_mix_is_what_it_says(submissions, unit):
    found = [kind(submission, unit) for submission in submissions]
    assert {name: found.count(name) for name in found} == grade.mix(60)


@pytest.mark.parametrize("count", [6, 14])
def test_a_short_race_has_every_kind_but_the_unfinished(count):
    assert {"right", "wrong", "untouched", "broken"} <= set(grade.mix(count))


def test_the_first_two_are_right_and_untouched_as_the_proof_of_otter_wants(submissions, unit):
    assert [kind(submission, unit) for submission in submissions[:2]] == ["right", "untouched"]


def test_checks_alone_find_the_known_scores_and_take_processor_time(small):
    submissions = grade.make_class(mutation.verify(small), 14)
    seconds, points = grade.checks_alone(small, submissions)
    assert seconds > 0
    assert grade.as_known(small, submissions, points) == 14


def test_a_wrong_score_is_not_as_known(small):
    (submission,) = grade.make_class(mutation.verify(small), 1)
    _, points = grade.checks_alone(small, [submission])
    points[submission.student]["check_double_one"] = 0.0
    assert grade.as_known(small, [submission], points) == 0
    assert grade.as_known(small, [submission], {}) == 0


def test_a_larger_class_hands_in_different_notebooks_of_the_same_mix(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("pass", metadata={"nbgrader": {"solution": True}})]
    )
    for student in ("ada", "boole"):
        build.write(notebook, tmp_path / "class" / "submitted" / student / grade.UNIT / f"{grade.UNIT}.ipynb")
    (tmp_path / "class" / "gradebook.db").touch()
    folder = grade.enlarge(tmp_path / "class", tmp_path / "large", 5)
    texts = {path.read_text() for path in folder.glob("submitted/*/*/*.ipynb")}
    assert len(texts) == 5
    assert all(nbformat.reads(text, as_version=4).cells[0].source.endswith("\npass") for text in texts)
    assert (folder / "gradebook.db").is_file()


def test_every_check_becomes_a_test_file_that_python_reads(unit):
    for exercise in unit.exercises:
        for check in exercise.checks:
            text = otter_grader.test_file(unit, check)
            compile(text, check.name, "exec")
            assert f"def test({exercise.name}):" in text
            assert f"points = {check.points}" in text


@pytest.mark.parametrize(("variant", "passes"), [("double__loop", True), ("double__first_row", False)])
def test_a_test_file_judges_with_the_hidden_tests(small, monkeypatch, variant, passes):
    cases = []
    module = types.ModuleType("otter.test_files")
    module.test_case = lambda **options: cases.append
    monkeypatch.setitem(sys.modules, "otter", types.ModuleType("otter"))
    monkeypatch.setitem(sys.modules, "otter.test_files", module)
    exec(otter_grader.test_file(small, small.exercises[0].checks[1]), {})
    answer = mutation.run_source(small)[variant]  # only the hidden part knows more than zeros
    if passes:
        cases[0](answer)
    else:
        with pytest.raises(AssertionError, match="first row"):
            cases[0](answer)


def test_otter_gets_the_notebook_without_the_check_cells(small, tmp_path):
    made = build.write(build.instructor_notebook(small), tmp_path / "whole.ipynb")
    otter_grader.without_checks(made, tmp_path / "less.ipynb")
    text = (tmp_path / "less.ipynb").read_text()
    assert "def double" in text
    assert "def check_double" not in text


def test_otters_points_are_read_by_check(tmp_path):
    tests = [{"name": "check_a", "score": 2.0, "max_score": 2}, {"name": "Public Tests", "output": "none"}]
    (tmp_path / "results.json").write_text(json.dumps({"tests": tests}))
    assert otter_grader.points(tmp_path / "results.json") == {"check_a": 2.0}
    assert otter_grader.points(tmp_path / "missing.json") == {}


def test_a_part_is_drawn_evenly():
    assert otter_grader.drawn(range(60), 12) == list(range(0, 60, 5))
    assert otter_grader.drawn([1, 2, 3], 12) == [1, 2, 3]


def contender(name, *seconds, notebooks=10):
    return grade.Contender(name, 2, notebooks, [watch.Usage(one) for one in seconds])


def test_the_last_line_gives_the_median_of_the_ratios_of_neighbouring_runs():
    ours = contender("ours", 2.0, 1.0, 4.0)
    nbgrader, lower = contender("nbgrader", 40.0, 23.0, 400.0), contender("lower bound", 1.0, 0.8, 1.0)
    otter = contender("otter", 12.36, 12.36, 12.36, notebooks=2)
    line = grade.last_line(ours, nbgrader, otter, lower)
    assert line == "bench-grade: 23 times nbgrader, 30.9 times otter, 2 times the lower bound"


def test_the_last_line_says_that_otter_was_not_measured():
    one = contender("any", 1.0)
    line = grade.last_line(one, contender("nbgrader", 300.4), contender("otter"), one)
    assert line == "bench-grade: 300 times nbgrader, otter not measured, 1 times the lower bound"


def test_everybody_runs_without_forced_routines_and_threads(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    environment = grade.environment()
    assert not {"OPENBLAS_CORETYPE", "OMP_NUM_THREADS"} & set(environment)
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_a_watched_command_leaves_its_time_first_result_and_memory(tmp_path, capsys):
    script = f"import pathlib, time; pathlib.Path({str(tmp_path / 'result')!r}).touch(); time.sleep(1)"
    with watch.Watch("somebody", 1, (tmp_path / "result").exists) as usage:
        status = watch.run([sys.executable, "-c", script], tmp_path, dict(os.environ), tmp_path / "log", 30)
    assert status == 0
    assert 0 < usage.first < usage.seconds
    assert usage.rss >= usage.largest > watch.MIB
    assert "somebody" in capsys.readouterr().err


def test_no_result_is_no_number(tmp_path):
    with watch.Watch("nobody", 1, lambda: 0) as usage:
        pass
    assert math.isnan(usage.first)


def test_a_command_that_hangs_is_ended_with_everything_it_started(tmp_path):
    script = "import os, subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); os.wait()"
    with pytest.raises(watch.BenchError, match="did not end"):
        watch.run([sys.executable, "-c", script], tmp_path, dict(os.environ), tmp_path / "log", 2)
    pid = int((tmp_path / "log").read_text())
    assert watch.memory(pid) in (None, (0, None))  # gone, or only its entry is left


@pytest.mark.parametrize("words", [["--notebooks", "1"], ["--runs", "0"], ["--jobs", "0"]])
def test_a_race_without_runners_is_refused(words, capsys):
    with pytest.raises(SystemExit):
        grade.arguments(words)
    assert "at least 2 notebooks" in capsys.readouterr().err


def test_the_short_options_leave_out_what_takes_long():
    options = grade.arguments(["--notebooks", "6", "--runs", "1", "--no-otter", "--no-scale"])
    assert options == argparse.Namespace(notebooks=6, runs=1, jobs=2, otter=False, otter_notebooks=12, scale=False)
