"""Grading a class: scores as known however it is run, everybody gets a row, and nothing is lost or doubled."""

import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from autograder import demo, kernel, markers, mutation, sandbox, schedule
from autograder.classroom import Classroom as Folder
from autograder.errors import GradingError, SandboxError
from autograder.gradebook import Gradebook

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's"),
    pytest.mark.slow,
    pytest.mark.usefixtures("a_sandbox"),
]
LIMITS = sandbox.Limits(memory=512 << 20, cell=5.0, notebook=20.0)
UNIT = "01_double"


class Classroom:
    """A small course with a class that has handed in."""

    def __init__(self, course):
        self.root, self.settings = course.root, course.root / "nbgrader_config.py"
        self.assignment = markers.read(course.source)
        self.submissions = demo.make_class(mutation.verify(self.assignment))
        demo.hand_in(self.root, self.root, self.assignment, self.submissions)
        self.known = {one.student: one.scores for one in self.submissions}

    def grade(self, *, jobs=2, **options):
        """Grade; returns who was really graded now."""
        now, self.trouble = [], []
        self.gradings = schedule.grade(
            self.root, self.settings, self.assignment, schedule.Options(jobs=jobs, limits=LIMITS, **options),
            on_graded=lambda graded: now.append(graded.student), on_trouble=self.trouble.append,
        )  # fmt: skip
        return sorted(now)

    def scores(self):
        """The gradebook's."""
        return {row.student: row.scores for row in Gradebook(Folder(self.root, self.settings)).results(self.assignment)}

    def papers(self):
        """The bytes of every notebook and page."""
        paths = [*self.root.glob("autograded/*/*/*"), *self.root.glob("feedback/*/*/*")]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in paths}

    def notebook(self, student):
        """A student's submission."""
        return self.root / "submitted" / student / UNIT / f"{UNIT}.ipynb"

    def answer(self, student, source):
        """Put another answer into a student's notebook."""
        notebook = json.loads(self.notebook(student).read_text())
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double":
                cell["source"] = source
        self.notebook(student).write_text(json.dumps(notebook))

    def forget(self):
        """Remove everything that grading wrote."""
        for name in ("autograded", "feedback", "build/grading"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        (self.root / "gradebook.db").unlink(missing_ok=True)


@pytest.fixture
def room(course):
    return Classroom(course)


def test_a_class_gets_the_scores_its_answers_are_known_to_earn(room):
    assert room.grade() == sorted(room.known)
    assert room.scores() == room.known
    assert len({sum(scores.values()) for scores in room.known.values()}) > 1
    assert len(room.papers()) == 2 * len(room.known)


def test_scores_and_papers_are_the_same_bytes_with_one_job_with_two_and_started_cold(room):
    room.grade(jobs=1)
    wanted = room.papers()
    for options in ({"jobs": 2}, {"jobs": 2, "cold": True}):
        room.forget()
        room.grade(**options)
        assert room.scores() == room.known
        assert room.papers() == wanted


def test_a_second_run_grades_only_what_changed(room):
    room.grade()
    assert room.grade() == []
    room.answer("ada", "def double(x):\n    return x ** 2")
    assert room.grade() == ["ada"]
    assert room.scores()["ada"] == {"double": 0}
    assert room.grade(again=True) == sorted(room.known)


def test_a_lost_gradebook_or_page_is_written_again(room):
    room.grade()
    (room.root / "gradebook.db").unlink()
    (room.root / "feedback" / "ada" / UNIT / f"{UNIT}.html").unlink()
    assert room.grade() == ["ada"]
    assert room.scores() == room.known
    assert len(room.papers()) == 2 * len(room.known)


def test_a_gradebook_is_made_also_where_the_programs_of_the_environment_are_not_on_the_path(room, monkeypatch):
    (room.root / "gradebook.db").unlink()
    monkeypatch.setenv("PATH", os.defpath)
    room.grade()
    assert room.scores() == room.known


def test_points_given_by_hand_stay(room):
    room.grade()
    with sqlite3.connect(room.root / "gradebook.db") as database:
        database.execute("update grade set manual_score = 1")
    room.grade(again=True)
    assert {sum(scores.values()) for scores in room.scores().values()} == {2}  # two checks
    with sqlite3.connect(room.root / "gradebook.db") as database:
        assert database.execute("select distinct needs_manual_grade from grade").fetchall() == [(1,)]


def test_what_cannot_be_graded_gets_a_row_of_zeros_and_a_reason_and_the_others_are_graded(room):
    room.notebook("boole").write_text("this is no notebook")
    room.notebook("cantor").unlink()
    (room.root / "submitted" / "a*b[c]").mkdir()
    shutil.copytree(room.root / "submitted" / "ada" / UNIT, room.root / "submitted" / "a*b[c]" / UNIT)
    (room.root / "submitted" / "eve").symlink_to(room.root / "submitted" / "ada")
    room.grade()
    refused = {graded.student: graded.refused for graded in room.gradings if graded.refused}
    assert {name: refused[name].split(":")[0] for name in refused} == {
        "boole": f"{UNIT}.ipynb is not a notebook",
        "cantor": f"no notebook {UNIT}.ipynb in the folder; notebooks there",
        "a%2Ab%5Bc%5D": "the folder's name is no student id",
        "eve": "the folder is a link or no folder",
    }
    scores = room.scores()
    assert all(scores[name] == {"double": 0} for name in refused)
    assert {name: scores[name] for name in room.known if name not in refused} == {
        name: known for name, known in room.known.items() if name not in refused
    }
    assert "is not a notebook" in room.papers()[f"feedback/boole/{UNIT}/{UNIT}.html"].decode()


def test_a_renamed_notebook_is_found(room):
    room.notebook("ada").rename(room.notebook("ada").with_name("Copy of it.ipynb"))
    room.grade()
    assert room.scores() == room.known


def test_nobody_handed_in(room):
    shutil.rmtree(room.root / "submitted")
    with pytest.raises(GradingError, match=f"no submissions: .*STUDENT/{UNIT}/{UNIT}.ipynb"):
        room.grade()


def test_without_a_sandbox_nothing_is_graded_unless_one_insists_and_then_it_is_written_down(room, monkeypatch):
    monkeypatch.setattr(sandbox, "find_spec", lambda name: None)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(SandboxError, match="bubblewrap"):
        room.grade()
    assert not room.papers()
    room.grade(walls=False)
    assert room.scores() == room.known
    assert all(graded.unsafe for graded in room.gradings)
    papers = room.papers()
    assert all("SANDBOX" in papers[name].decode().upper() for name in papers)


def test_walls_that_stand_open_are_noticed_before_anything_is_graded(room, monkeypatch):
    start = kernel.WarmParent.__init__
    monkeypatch.setattr(
        kernel.WarmParent, "__init__", lambda self, *args, **options: start(self, *args, **{**options, "walls": False})
    )
    with pytest.raises(SandboxError, match=r"the sandbox is open.*network.*file system.*environment"):
        room.grade()
    assert not room.papers()


def test_a_grader_that_dies_is_replaced_and_its_submission_graded_again(room, monkeypatch, tmp_path):
    serve = schedule.Grader.papers
    mark = tmp_path / "died"

    def papers(self, task):
        if task.student == "dirac" and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return serve(self, task)

    monkeypatch.setattr(schedule.Grader, "papers", papers)
    monkeypatch.setattr(schedule, "_can_fork", lambda: True)  # so that the graders have this patch
    room.grade()
    assert mark.exists()
    assert room.scores() == room.known
    assert room.trouble == ["dirac: its grader died; try 1 of 3"]


def test_a_submission_that_always_fails_the_grader_gets_no_score_and_the_others_get_theirs(room, monkeypatch):
    serve = schedule.Grader.papers

    def papers(self, task):
        if task.student == "dirac":
            raise ZeroDivisionError("our own fault")
        return serve(self, task)

    monkeypatch.setattr(schedule.Grader, "papers", papers)
    monkeypatch.setattr(schedule, "_can_fork", lambda: True)  # so that the graders have this patch
    with pytest.raises(GradingError, match="not graded, by no fault of theirs: dirac"):
        room.grade()
    assert room.scores() == {name: scores for name, scores in room.known.items() if name != "dirac"}
    assert len(room.trouble) == 3


def test_two_gradings_at_a_time_are_refused(room):
    with (
        schedule.closing(schedule.Journal(room.root / "build" / "grading" / f"{UNIT}.jsonl")),
        pytest.raises(GradingError, match="being graded already"),
    ):
        room.grade()


def test_a_locked_gradebook_is_told_and_nothing_is_lost(room, monkeypatch):
    room.grade()
    room.answer("ada", "def double(x):\n    return x ** 2")
    settings = room.settings.read_text()
    room.settings.write_text(
        settings + f"\nc.CourseDirectory.db_url = 'sqlite:///{room.root}/gradebook.db?timeout=0.2'\n"
    )
    holder = sqlite3.connect(room.root / "gradebook.db", isolation_level=None)
    holder.execute("begin exclusive")
    with pytest.raises(GradingError, match=r"gradebook.*locked.*run again"):
        room.grade()
    holder.execute("rollback")
    holder.close()
    assert room.grade() == []
    assert room.scores()["ada"] == {"double": 0}


@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_told_and_nothing_is_lost(room):
    small = room.root / "feedback"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], check=True)
    try:
        with pytest.raises(GradingError, match=r"No space left on device.*run again"):
            room.grade()
    finally:
        subprocess.run(["umount", str(small)], check=True)
    first = set(room.scores())
    assert first < set(room.known)
    room.grade()
    assert room.scores() == room.known


@pytest.fixture
def postgres():
    """A PostgreSQL server of our own; its address."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    if not programs:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="cnn-postgres-"))
    if owner:
        shutil.chown(folder, "postgres")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = folder / "data"
    start = [programs[-1] / "initdb", "-D", data, "--auth=trust", "--username=grader", "--encoding=UTF8"]
    subprocess.run(start, check=True, capture_output=True, cwd="/", timeout=120, **owner)
    serve = [programs[-1] / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **owner)
    ready = [programs[-1] / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(100):
        if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
            break
        time.sleep(0.1)
    yield server, f"postgresql+psycopg://grader@127.0.0.1:{port}/postgres"
    server.terminate()
    server.wait(30)
    shutil.rmtree(folder)


def test_the_gradebook_may_be_postgresql_and_its_loss_loses_nothing(room, postgres):
    server, address = postgres
    settings = room.settings.read_text()
    room.settings.write_text(settings + f"\nc.CourseDirectory.db_url = {address!r}\n")
    room.grade()
    wanted = room.papers()
    assert room.scores() == room.known
    room.answer("ada", "def double(x):\n    return x ** 2")
    room.grade()
    assert room.scores()["ada"] == {"double": 0}
    assert room.grade() == []
    (room.root / "gradebook.db").unlink()
    room.settings.write_text(settings)
    room.grade(again=True)
    assert {name for name, paper in room.papers().items() if paper != wanted[name]} == {
        f"autograded/ada/{UNIT}/{UNIT}.ipynb",
        f"feedback/ada/{UNIT}/{UNIT}.html",
    }
    server.kill()
    room.settings.write_text(settings + f"\nc.CourseDirectory.db_url = {address!r}\n")
    room.answer("boole", "def double(x):\n    return x ** 2")
    with pytest.raises(GradingError, match=r"gradebook postgresql.*cannot be used.*run again"):
        room.grade()
    room.settings.write_text(settings)
    assert room.grade() == []  # the journal has it
    assert room.scores()["boole"] == {"double": 0}


@pytest.fixture
def cluster():
    """A Dask scheduler and two workers, each a process of its own; its address and the processes."""
    environment = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s"}
    programs = Path(sys.executable).parent
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    host, port = address.split(":")
    processes = [
        subprocess.Popen([programs / "dask", "scheduler", "--host", host, "--port", port, "--no-dashboard"], **quiet)
    ]
    options = ["--nthreads", "1", "--no-dashboard", "--no-nanny", "--death-timeout", "20"]
    processes += [subprocess.Popen([programs / "dask", "worker", address, *options], **quiet) for _ in range(2)]
    yield f"tcp://{address}", processes
    for process in processes:
        process.kill()
        process.wait()


def test_on_a_dask_cluster_everything_is_the_same_to_the_byte(room, cluster):
    room.grade(jobs=1)
    wanted = room.papers()
    room.forget()
    address, _ = cluster
    assert room.grade(cluster=address) == sorted(room.known)
    assert room.trouble == []
    assert room.scores() == room.known
    assert room.papers() == wanted


@pytest.mark.parametrize("who", ["the scheduler", "the workers"])
def test_a_cluster_that_goes_away_in_the_middle_is_made_up_for_here(room, cluster, monkeypatch, who):
    from autograder import cluster as module

    monkeypatch.setattr(module, "QUIET", 3.0)
    address, (scheduler, *workers) = cluster
    keep = schedule.Writer.keep

    def keep_and_kill(self, task, papers):
        keep(self, task, papers)
        for process in [scheduler] if who == "the scheduler" else workers:
            process.kill()

    monkeypatch.setattr(schedule.Writer, "keep", keep_and_kill)
    assert room.grade(cluster=address) == sorted(room.known)
    assert len(room.trouble) == 1
    assert "The rest is graded on this machine" in room.trouble[0]
    assert room.scores() == room.known


def test_a_cluster_that_is_not_there_is_told_and_the_class_graded_here(room, monkeypatch):
    from autograder import cluster as module

    monkeypatch.setattr(module, "PATIENCE", "1s")
    assert room.grade(cluster="tcp://127.0.0.1:1") == sorted(room.known)
    assert "tcp://127.0.0.1:1 went away or cannot be reached" in room.trouble[0]
    assert room.scores() == room.known


COMMAND = [str(Path(sys.executable).parent / "autograder"), "grade", "01", "--jobs", "2"]


def test_killed_at_fifty_moments_nothing_is_lost_and_nothing_doubled(room):
    moments = random.Random(7)
    began = time.monotonic()
    subprocess.run([*COMMAND, "--again"], cwd=room.root, check=True, capture_output=True, timeout=120)
    whole = time.monotonic() - began
    wanted = room.papers()
    room.forget()
    for _ in range(50):
        grading = subprocess.Popen(
            [*COMMAND, "--again"],
            cwd=room.root,
            env={**os.environ, "KILLED_IN": str(room.root)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(0, whole))
        grading.kill()
        grading.wait()
        journal = room.root / "build" / "grading" / f"{UNIT}.jsonl"
        if moments.random() < 0.3 and journal.is_file():  # a line torn by the end of the power
            with journal.open("r+b") as file:
                file.truncate(max(0, journal.stat().st_size - moments.randrange(200)))
    subprocess.run(COMMAND, cwd=room.root, check=True, capture_output=True, timeout=120)
    assert room.scores() == room.known
    assert room.papers() == wanted
    with sqlite3.connect(room.root / "gradebook.db") as database:
        students = len(room.known)
        assert database.execute("select count(*) from submitted_notebook").fetchone() == (students,)
        assert database.execute("select count(*) from grade").fetchone() == (2 * students,)
    assert processes_with(f"KILLED_IN={room.root}") == []


def processes_with(setting):
    """The command lines of parents of student processes with this setting in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if setting in (folder / "environ").read_text(errors="replace").split("\0"):
                found.append((folder / "cmdline").read_text(errors="replace"))
    return [line for line in found if "from autograder import kernel" in line]


def test_the_command_prints_the_scores_as_json(room):
    said = subprocess.run([*COMMAND, "--json"], cwd=room.root, check=True, capture_output=True, text=True, timeout=120)
    students = json.loads(said.stdout)["students"]
    assert {name: row["score"] for name, row in students.items()} == {
        name: sum(scores.values()) for name, scores in room.known.items()
    }
    assert all(set(row["checks"]) == {"check_double_one", "check_double_many"} for row in students.values())
