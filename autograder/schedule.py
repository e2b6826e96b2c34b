"""Many submissions: graded side by side, written by one writer, and safe to kill at any moment.

Papers are written first, then the journal, then the gradebook. Whatever was interrupted, a second run finds what is
in the journal, brings the gradebook up to it and grades the rest.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import build, intake, kernel, sandbox
from .classroom import Classroom
from .errors import GradingError, Rejected, SandboxError
from .exercise import Assignment, Graded
from .grade import Grader, Papers, Task, start, turned_away
from .journal import Journal, digest

if TYPE_CHECKING:
    from .gradebook import Gradebook

TRIES = 3  # for a submission whose grader dies, which is the grader's fault until proved otherwise
ROWS = 50  # gradings between two commits to the gradebook
GRACE = 60.0  # seconds beyond a notebook's limit after which its grader is taken for dead


@dataclass(frozen=True, slots=True)
class Options:
    """How to grade.

    Attributes:
        jobs: submissions at a time; the number of cores when left out.
        limits: what one submission may use.
        again: grade also what was graded before.
        cold: start everything anew for each submission.
        walls: False grades without a sandbox.
        cluster: address of a Dask scheduler, or "".
    """

    jobs: int | None = None
    limits: sandbox.Limits = field(default_factory=sandbox.Limits)
    again: bool = False
    cold: bool = False
    walls: bool = True
    cluster: str = ""


def grade(
    root: Path,
    settings: Path | None,
    assignment: Assignment,
    options: Options = Options(),
    *,
    on_start: Callable[[int, int], None] = lambda todo, known: None,
    on_graded: Callable[[Graded], None] = lambda graded: None,
    on_trouble: Callable[[str], None] = lambda words: None,
) -> list[Graded]:
    """Grade everyone who handed in an assignment.

    Args:
        root: the folder with submitted/; autograded/, feedback/, the gradebook and build/grading/ are written there.
        settings: nbgrader's configuration file, or None.
        assignment: the unit.
        options: how.
        on_start: called with how many there are to grade, and how many were graded before.
        on_graded: called with each graded submission.
        on_trouble: called with what went wrong without ending the grading.

    Returns:
        A grading for each student, sorted by student.

    Raises:
        GradingError: nobody handed in this unit, or disk or gradebook refuse; what was graded is kept.
        SandboxError: no sandbox can be had here; nothing was graded.
    """
    handed = intake.collect(root, assignment.unit)
    if not handed:
        raise GradingError(
            f"no submissions: {root / 'submitted'} holds no STUDENT/{assignment.unit}/{assignment.unit}.ipynb"
        )
    with closing(Journal(root / "build" / "grading" / f"{assignment.unit}.jsonl")) as journal:
        writer = Writer(root, settings, assignment, journal)
        todo = _unknown(handed, assignment, journal, writer, options)
        on_start(len(todo), len(handed) - len(todo))
        try:
            for task, papers in run(assignment, todo, options, on_trouble):
                writer.keep(task, papers)
                on_graded(papers.graded)
        except OSError as error:
            where = error.filename or root
            raise GradingError(f"{error.strerror}: {where}. What was graded is kept: run again.") from None
        finally:
            writer.close()
        missing = sorted({one.student for one in handed} - set(writer.kept))
        if missing:
            raise GradingError(f"not graded, by no fault of theirs: {', '.join(missing)}. Run again.")
        return [writer.kept[one.student] for one in handed]


def _unknown(
    handed: Sequence[intake.Handed], assignment: Assignment, journal: Journal, writer: Writer, options: Options
) -> list[Task]:
    """Read what was handed in; the writer takes what the journal knows, the rest is to be graded."""
    tasks = []
    for one in handed:
        data, problem = b"", one.problem
        try:
            data = b"" if problem else intake.load(one.path)
        except Rejected as error:
            problem = str(error)
        key = digest(assignment, data, problem, options.limits, options.cold, options.walls)
        graded = None if options.again else journal.find(one.student, key)
        if graded is not None and writer.has_papers(one.student):
            writer.note(graded)
        else:
            tasks.append(Task(one.student, one.path, problem, key, one.when))
    return tasks


class Writer:
    """The only one that writes: papers, then the journal, then rows of the gradebook, many at a time."""

    def __init__(self, root: Path, settings: Path | None, assignment: Assignment, journal: Journal) -> None:
        self.root, self.settings, self.assignment, self.journal = root, settings, assignment, journal
        self.kept: dict[str, Graded] = {}
        self.rows: list[Graded] = []
        self.gradebook: Gradebook | None = None

    def has_papers(self, student: str) -> bool:
        """Whether a student's notebook and page are there."""
        return all(path.is_file() for path in self._paths(student))

    def note(self, graded: Graded) -> None:
        """Take a grading that the journal knew; its row is written if the gradebook lacks it."""
        self.kept[graded.student] = graded
        self.rows.append(graded)

    def keep(self, task: Task, papers: Papers) -> None:
        """Write a grading down, for good when this returns.

        Raises:
            OSError: the disk refuses.
        """
        for path, text in zip(self._paths(papers.graded.student), (papers.notebook, papers.page), strict=True):
            _write(path, text)
        self.journal.add(task.digest, papers.graded)
        self.note(papers.graded)
        if len(self.rows) >= ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the waiting rows.

        Raises:
            GradingError: the gradebook refuses.
        """
        if self.gradebook is None:
            from .gradebook import Gradebook  # nbgrader's import takes most of a second, the first result comes before

            self.gradebook = Gradebook(Classroom(self.root, self.settings))
            if not self.gradebook.knows(self.assignment):
                build.register(self.assignment, self.root, self.settings)
        self.gradebook.write(self.assignment, self.rows)
        self.rows.clear()

    def close(self) -> None:
        """Write what is left."""
        if self.rows:
            self.flush()

    def _paths(self, student: str) -> tuple[Path, Path]:
        unit = self.assignment.unit
        return (
            self.root / "autograded" / student / unit / f"{unit}.ipynb",
            self.root / "feedback" / student / unit / f"{unit}.html",
        )


def _write(path: Path, text: str) -> None:
    """Write a file that is there wholly or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8", errors="replace")
    os.replace(beside, path)


def run(
    assignment: Assignment, tasks: Sequence[Task], options: Options, on_trouble: Callable[[str], None]
) -> Iterator[tuple[Task, Papers]]:
    """Grade tasks, on the cluster or here; yields each with its papers, as they come.

    Raises:
        SandboxError: no sandbox can be had here.
    """
    for task in tasks:
        if task.problem:
            yield task, turned_away(assignment, task)
    left = {task.student: task for task in tasks if not task.problem}
    if left and options.cluster:
        try:
            from . import cluster
        except ImportError:
            raise GradingError('Dask is not installed: `pip install "cnn-course[cluster]"`.') from None
        try:
            setting = (options.limits, options.cold, options.walls)
            for task, papers in cluster.run(options.cluster, assignment, list(left.values()), *setting):
                del left[task.student]
                yield task, papers
        except GradingError as error:
            on_trouble(f"{error} The rest is graded on this machine.")
    if left:
        with closing(Pool(assignment, options, len(left))) as pool:
            yield from pool.run(list(left.values()), on_trouble)


class Pool:
    """Graders on this machine: processes that share one warm parent of student processes."""

    def __init__(self, assignment: Assignment, options: Options, tasks: int) -> None:
        jobs = max(1, min(options.jobs or os.cpu_count() or 1, tasks))
        grader, self.source = start(assignment, options.limits, cold=options.cold, walls=options.walls, lines=jobs)
        self.patience = options.limits.notebook + GRACE
        self.workers = [_Worker(grader, line) for line in self.source.lines]

    def run(self, tasks: Sequence[Task], on_trouble: Callable[[str], None]) -> Iterator[tuple[Task, Papers]]:
        """Grade, and yield papers as they come.

        Raises:
            SandboxError: student processes can no longer be started.
        """
        waiting = deque(tasks)
        tries: Counter[str] = Counter()
        while waiting or any(worker.task for worker in self.workers):
            for worker in self.workers:
                if worker.task is None and waiting:
                    worker.give(waiting.popleft())
            wait([worker.connection for worker in self.workers if worker.task], timeout=1.0)
            for worker in self.workers:
                task, said = worker.answer(self.patience)
                if task is None or said is None:
                    continue
                if isinstance(said, Papers):
                    yield task, said
                elif isinstance(said, SandboxError):
                    raise said
                else:
                    tries[task.student] += 1
                    worker.restart()
                    on_trouble(f"{task.student}: {said}; try {tries[task.student]} of {TRIES}")
                    if tries[task.student] < TRIES:
                        waiting.append(task)

    def close(self) -> None:
        """End everything."""
        for worker in self.workers:
            worker.stop()
        self.source.close()


class _Worker:
    """One grader in a process of its own."""

    def __init__(self, grader: Grader, forks: kernel.Forks) -> None:
        self.grader, self.forks = grader, forks
        self.task: Task | None = None
        self.since = 0.0
        self.start()

    def start(self) -> None:
        """Start a process; a forked one has the checks ready."""
        self.connection, its = multiprocessing.Pipe()
        if _can_fork():
            target: Any = _serve
            args: tuple[Any, ...] = (its, self.grader, self.forks)
            context: Any = multiprocessing.get_context("fork")
        else:  # with threads about a fork could hang; a process of its own builds the checks again
            target = _build_and_serve
            args = (its, self.grader.assignment, self.forks, self.grader.unsafe)
            context = multiprocessing.get_context("spawn")
        self.process: BaseProcess = context.Process(target=target, args=args, daemon=True)
        self.process.start()
        its.close()

    def give(self, task: Task) -> None:
        """Hand over a submission."""
        self.task, self.since = task, time.monotonic()
        with suppress(OSError):  # it is gone: the answer will tell
            self.connection.send(task)

    def answer(self, patience: float) -> tuple[Task | None, Papers | SandboxError | str | None]:
        """Return its task and what came of it: papers, trouble, or None while it works."""
        task, said = self.task, None
        if task is None:
            return None, None
        try:
            if self.connection.poll():
                said = self.connection.recv()
            elif not self.process.is_alive():
                said = "its grader died"
            elif time.monotonic() - self.since > patience:
                said = "its grader hung"
        except (EOFError, OSError):
            said = "its grader died"
        if said is not None:
            self.task = None
        return task, said

    def restart(self) -> None:
        """Replace a process that died or hangs."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.join()


def _can_fork() -> bool:
    return threading.active_count() == 1 and len(os.listdir("/proc/self/task")) == 1


def _build_and_serve(connection: Connection, assignment: Assignment, forks: kernel.Forks, unsafe: bool) -> None:
    _serve(connection, Grader(assignment, forks, unsafe=unsafe), forks)


def _serve(connection: Connection, grader: Grader, forks: kernel.Forks) -> None:
    """In a grader's process: grade what comes until nobody asks any more."""
    if sys.platform == "linux":
        sandbox.die_with_parent()
    if isinstance(forks, kernel.Line):
        forks.clear()
    grader.forks = forks
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            task: Task = connection.recv()
            try:
                said: Any = grader.papers(task)
            except SandboxError as error:
                said = error
            except Exception as error:  # a fault of the grader's own: told, tried again, never a score
                said = f"its grader failed ({type(error).__name__}: {error})"
            connection.send(said)
