"""The attack cases, all of them; and the runner: each of its four assertions can fail."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import corpus
import pytest
import run
from judge import alive_in_notebook, alive_in_page

from autograder import kernel
from autograder.classroom import Classroom
from autograder.errors import GradingError, SandboxError
from autograder.exercise import Graded, Verdict
from autograder.gradebook import Gradebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
CASE = "# about: a try\n# verdict: {}\n# scores: 1 2\n# %% before\nprint(1)\n"
DENY = CASE.format("DENY")
SEATS = {"0000-honest": (1, 2), "0001-own.try": (1, 2), "0002-honest": (1, 0)}


@pytest.fixture(scope="module")
def sandbox_there():
    parent = None
    try:
        parent = kernel.WarmParent(run.LIMITS, imports=())
        parent.wait()
    except SandboxError as error:
        pytest.skip(str(error))
    finally:
        if parent is not None:
            parent.close()


@pytest.fixture
def case(tmp_path):
    """Write a case file and read it."""

    def make(text=DENY, name="try"):
        path = tmp_path / "cases" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return corpus.read(path)

    return make


def fake(scores=SEATS, notes=(), refused="", spoil=lambda root: None):
    """An engine that runs nothing and gives everybody what it is told."""

    def engine(root, assignment, on_graded):
        checks = [check for exercise in assignment.exercises for check in exercise.checks]
        gradings = []
        for student, points in scores.items():
            verdicts = tuple(
                Verdict(c.name, p, c.points, "" if p else "no") for c, p in zip(checks, points, strict=True)
            )
            gradings.append(Graded("01_double", student, verdicts, notes=tuple(notes), refused=refused))
            papers = {"autograded": ("ipynb", json.dumps({"cells": [], "metadata": {}})), "feedback": ("html", "<p>")}
            for kind, (suffix, text) in papers.items():
                path = root / kind / student / "01_double" / f"01_double.{suffix}"
                path.parent.mkdir(parents=True)
                path.write_text(text, encoding="utf-8")
        Gradebook(Classroom(root, root / "nbgrader_config.py")).write(assignment, gradings)
        spoil(root)
        return gradings

    return engine


def fallen(case, engine):
    return {(failure.case, failure.assertion) for failure in run.attack([case], engine)}


def canary(root):
    return re.search(r"CANARY-tests-\w+", (root / "source/01_double/01_double.py").read_text())[0]


def hostile(root, kind, suffix):
    return root / kind / "0001-own.try" / "01_double" / f"01_double.{suffix}"


@pytest.mark.slow
def test_an_engine_without_fault_fails_nothing(case):
    assert fallen(case(), fake()) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "engine"),
    [
        (CASE.format("DENY"), fake(SEATS | {"0001-own.try": (1, 0)})),
        (CASE.format("DENY"), fake({name: points for name, points in SEATS.items() if name != "0001-own.try"})),
        (CASE.format("DENY"), fake(refused="no notebook")),
        (CASE.format("REJECT"), fake()),
        (CASE.format("REPAIR"), fake()),
        (CASE.format("LIMIT").replace("# %%", "# says: longer than 2\n# %%", 1), fake()),
        (
            CASE.format("INERT"),
            fake(spoil=lambda root: hostile(root, "feedback", "html").write_text("<script>1</script>")),
        ),
    ],
    ids=["scores", "no result", "refused", "not refused", "no note", "limit not named", "script"],
)
def test_the_verdict_can_fail(case, text, engine):
    assert ("own/try", "verdict") in fallen(case(text), engine)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "suffix"), [("autograded", "txt"), ("feedback", "html")])
def test_a_leaked_secret_fails(case, kind, suffix):
    def leak(root):
        hostile(root, kind, suffix).write_text(f"the test says {canary(root)}")

    assert fallen(case(), fake(spoil=leak)) == {("own/try", "secrets")}


def into_journal(root):
    (root / "build" / "grading.jsonl").write_text(json.dumps({"student": "0001-own.try", "said": canary(root)}))


def into_gradebook(root):
    with closing(sqlite3.connect(root / "gradebook.db")) as connection, connection:
        connection.execute("update comment set auto_comment = ?", (canary(root),))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "blamed"),
    [(into_journal, "own/try"), (into_gradebook, "own/try"), (lambda root: os.write(1, canary(root).encode()), "")],
    ids=["journal", "gradebook", "log"],
)
def test_a_secret_in_journal_gradebook_or_log_fails(case, spoil, blamed):
    assert fallen(case(), fake(spoil=spoil)) == {(blamed, "secrets")}


@pytest.mark.slow
def test_an_engine_that_stops_fails_and_names_who_stopped_it(case):
    def stop(root, assignment, on_graded):
        raise GradingError("not graded: 0001-own.try")

    assert ("own/try", "host") in fallen(case(), stop)


def changes(root):
    with (root / "source" / "01_double" / "01_double.py").open("a") as file:
        file.write("# changed")


def starts_a_process(root):
    subprocess.Popen(["/bin/sh", "-c", "sleep 20 & exit"], start_new_session=True).wait()


def connects(root):
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(root.parent / "docker.sock"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoil",
    [
        changes,
        starts_a_process,
        connects,
        lambda root: shutil.rmtree(root / "source"),
        lambda root: (root.parent / "home" / ".ipython" / "profile_default" / "startup" / "evil.py").touch(),
    ],
    ids=["course changed", "process left", "connection", "course deleted", "start-up file"],
)
def test_a_changed_host_fails(case, spoil):
    assert {assertion for _, assertion in fallen(case(), fake(spoil=spoil))} == {"host"}


@pytest.mark.slow
def test_a_file_that_bears_a_mark_is_blamed_on_its_case(case):
    def leave(root):
        submitted = root / "submitted" / "0001-own.try" / "01_double" / "01_double.ipynb"
        mark = re.search(r"attack-\w+-\d+", submitted.read_text())[0]
        (root / mark).touch()

    assert fallen(case(CASE.format("DENY") + "# @MARK@\n"), fake(spoil=leave)) == {("own/try", "host")}


@pytest.mark.slow
@pytest.mark.parametrize("scores", [{"0002-honest": (1, 2)}, {"0000-honest": (0, 0)}])
def test_a_neighbour_whose_score_changed_fails(case, scores):
    assert fallen(case(), fake(SEATS | scores)) == {("own/try", "neighbours")}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "`# about: …`"),
        (CASE.split("# %%")[0].format("DENY"), "there is no cell"),
        ("# %% before\n1", "`# about: …`"),
        ("# about: x\n# scores: 1 2\n# %% before\n1", "`# verdict: …`"),
        ("# about: x\n# verdict: FINE\n# scores: 1 2\n# %% before\n1", "none of DENY"),
        ("# about: x\n# verdict: DENY\n# %% before\n1", "`# scores: …`"),
        ("# about: x\n# verdict: DENY\n# scores: all\n# %% before\n1", "`# scores: …`"),
        ("# about: x\n# verdict: DENY\n# scores: 1\n# %% before\n1", "with 2 numbers"),
        ("# about: x\nimport os\n# %% before\n1", "try.py:2"),
        (CASE.format("DENY") + "# %% befor\n1", "try.py:6"),
        (CASE.format("DENY") + "# %% files\n1", "try.py:6"),
        (CASE.format("DENY") + "# %% answer\n1\n# %% answer\n1", "one at most"),
        (CASE.format("DENY") + "# %% hand_in\n1", "instead of all other cells"),
        ("# student: 'x\n" + CASE.format("DENY"), "no Python string"),
    ],
)
def test_a_malformed_case_is_an_error_that_names_it(tmp_path, capsys, text, word):
    (tmp_path / "try.py").write_text(text, encoding="utf-8")
    assert run.main(["--cases", str(tmp_path)]) == 2
    said = capsys.readouterr().out
    assert word in said
    assert "try.py" in said
    assert "Traceback" not in said


def test_a_folder_without_cases_is_an_error(tmp_path, capsys):
    assert run.main(["--cases", str(tmp_path)]) == 2
    assert run.main(["--cases", str(tmp_path / "missing")]) == 2
    assert run.main(["--only", "secrets/none"]) == 2
    assert capsys.readouterr().out.count("attacks: ") == 3


def test_every_class_has_several_cases_and_there_are_enough():
    cases = corpus.read_all()
    assert len(cases) >= 95
    for group in corpus.CLASSES:
        assert sum(case.group == group for case in cases) >= 5, group
    assert {case.verdict for case in cases} == set(corpus.VERDICTS)


@pytest.mark.parametrize(
    "html",
    [
        "<SCRIPT>", "<svg>", "<iframe src=x>", "<p onclick=1>", "<a href=' JavaScript:1'>", "<img src=//x.org/1>",
        "<a href='data:text/html,x'>", "<i style='position:fixed'>", "<form>", "<base href=x>",
    ],
)  # fmt: skip
def test_what_is_alive_is_seen_in_pages_and_in_text_cells(html):
    assert alive_in_page(f"<main>{html}</main>")
    assert alive_in_notebook({"cells": [{"cell_type": "markdown", "source": html}]})


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "code", "outputs": [{"output_type": "display_data", "data": {"text/html": "x"}}]},
        {"cell_type": "code", "outputs": [{"output_type": "stream", "text": "\x1b[31m"}]},
        {"cell_type": "raw", "source": "x"},
        {"cell_type": "markdown", "source": "x", "attachments": {"a": {}}},
        {"cell_type": "markdown", "source": ["```\n", "```\n", "<script>"]},
    ],
)
def test_what_is_alive_is_seen_in_notebooks(cell):
    assert alive_in_notebook({"cells": [cell]})


@pytest.mark.slow
def test_the_same_batch_in_another_order_gives_the_same_bytes(sandbox_there):
    names = (
        "death_between_cells",
        "input",
        "exit_words",
        "warnings_as_errors",
        "reset_after_answer",
        "broken_then_right",
    )
    cases = [one for one in corpus.read_all(only="pipeline") if one.name in names]
    seen = []

    def engine(root, assignment, on_graded):
        graded = run.engine(root, assignment, on_graded)
        papers = [root / kind / one.student for one in graded for kind in ("autograded", "feedback")]
        seen.append({
            (path.suffix, *student.name.split(".")[1:]): path.read_text().replace(student.name, "")
            for student in papers if "pipeline" in student.name for path in student.glob("*/*")
        })  # fmt: skip
        return graded

    for order in (cases, cases[::-1]):
        assert run.attack(order, engine) == []
    assert len(seen[0]) == 2 * len(names)
    assert seen[0] == seen[1]


@pytest.mark.slow
def test_the_grader_withstands_every_attack(sandbox_there):
    """Prints the table and what did not hold."""
    done = subprocess.run([sys.executable, str(Path(run.__file__))], capture_output=True, text=True, timeout=600)
    count = len(corpus.read_all())
    assert done.stdout.splitlines()[-1] == f"attacks: {count} of {count} withstood", done.stdout + done.stderr
    assert done.returncode == 0
