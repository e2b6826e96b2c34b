"""Try every attack on the grader: `python tests/attacks/run.py [--cases DIR] [--only CLASS/NAME]`.

All cases are graded in one batch, each hostile student between honest ones, in a course with planted secrets. Ends
with `attacks: N of N withstood` and status 0, or names what did not hold.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
sys.dont_write_bytecode = True  # new bytecode in the environment would look like an attack
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

import corpus  # noqa: E402
import host  # noqa: E402
from batch import Batch  # noqa: E402
from judge import Failure, Judge  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from autograder import sandbox, schedule  # noqa: E402
from autograder.errors import CourseError, GradingError  # noqa: E402
from autograder.exercise import Assignment, Graded  # noqa: E402

MEGABYTE = 1 << 20
LIMITS = sandbox.Limits(
    memory=512 * MEGABYTE, processes=32, files=128, scratch=8 * MEGABYTE, file_size=4 * MEGABYTE, cpu=60, cell=2.0,
    notebook=20.0,
)  # fmt: skip
Engine = Callable[[Path, Assignment, Callable[[Graded], None]], list[Graded]]


def main(words: list[str] | None = None) -> int:
    """Run the cases; return the exit status."""
    parser = argparse.ArgumentParser(description="Try attacks on the grader; it must withstand all.")
    parser.add_argument("--cases", type=Path, default=corpus.CASES, metavar="DIR", help="case files or folders of them")
    parser.add_argument("--only", default="", metavar="CLASS/NAME", help="one case, or one class")
    options = parser.parse_args(words)
    console = Console(highlight=False, soft_wrap=True)
    try:
        cases = corpus.read_all(options.cases, options.only)
        failures = attack(cases, engine)
    except (corpus.CaseError, CourseError) as error:
        console.print(f"attacks: {error}", markup=False)
        return 2
    report(cases, failures, console)
    return 1 if failures else 0


def engine(root: Path, assignment: Assignment, on_graded: Callable[[Graded], None]) -> list[Graded]:
    """Grade with the real engine and small limits."""
    return schedule.grade(
        root, root / "nbgrader_config.py", assignment, schedule.Options(jobs=2, limits=LIMITS), on_graded=on_graded
    )


def attack(cases: list[corpus.Case], grade: Engine) -> list[Failure]:
    """Grade a class with all cases in it; return the assertions that did not hold."""
    host.adopt_orphans()
    keep = dict(os.environ)
    # nbgrader runs `alembic` from the PATH
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    try:
        with tempfile.TemporaryDirectory(prefix="class-") as name, closing(host.Listeners(Path(name))) as listeners:
            place = Path(name)
            home = _home(place)
            words = {**listeners.words, "HOME": str(home), "VENV": sys.prefix, "HOSTTMP": name}
            batch = Batch(place / "course", cases, words)
            before = host.state(batch.root, home, batch.run)
            graded, log, stopped = _graded(batch, grade)
            after = host.state(batch.root, home, batch.run)
            judge = Judge(batch, graded, before, after, listeners.visits(), log)
            return [*judge.failures(), *(judge.blame(words, words) for words in stopped)]
    finally:
        os.environ.clear()
        os.environ.update(keep)


def report(cases: list[corpus.Case], failures: list[Failure], console: Console) -> None:
    """Print the failures, a table by class, and the last line."""
    for failure in failures:
        console.print(f"{failure.case or 'the whole batch'}: {failure.assertion}: {failure.why}", markup=False)
    fallen = {failure.case for failure in failures}
    stood = [case for case in cases if not fallen & {str(case), ""}]  # what nobody can be blamed for counts for all
    table = Table("class", "cases", "withstood")
    total, withstood = Counter(case.group for case in cases), Counter(case.group for case in stood)
    for group in sorted(total):
        table.add_row(group, str(total[group]), str(withstood[group]))
    console.print(table)
    console.print(f"attacks: {len(stood)} of {len(cases)} withstood")


def _graded(batch: Batch, grade: Engine) -> tuple[list[Graded], str, list[str]]:
    """Grade with progress on the terminal; whatever the grader itself prints goes to a log.

    Returns:
        What was graded, the log, and why the engine stopped before the end, if it did.
    """
    started, done = time.monotonic(), list[Graded]()
    of = {seat.known_as: seat for seat in batch.seats}

    with tempfile.TemporaryFile("w+") as log, _redirected(log.fileno()) as terminal:
        progress = Console(file=terminal, highlight=False, soft_wrap=True)

        def on_graded(one: Graded) -> None:
            done.append(one)
            seat = of.get(one.student)
            if seat is not None and seat.case is not None:
                line = f"{time.monotonic() - started:5.0f} s  {len(done):3} of {len(batch.seats)}  {seat.case}"
                progress.print(line, markup=False)

        stopped = []
        try:
            done = grade(batch.root, batch.assignment, on_graded)
        except GradingError as error:
            stopped = [f"the engine stopped: {error}"]
        log.flush()
        log.seek(0)
        return done, log.read(), stopped


@contextmanager
def _redirected(target: int) -> Iterator[object]:
    """Send file descriptors 1 and 2 to a file; yields a stream to where 1 led."""
    sys.stdout.flush()
    saved = [os.dup(1), os.dup(2)]
    with os.fdopen(os.dup(1), "w") as terminal:
        os.dup2(target, 1)
        os.dup2(target, 2)
        try:
            yield terminal
        finally:
            sys.stdout.flush()
            for stream, number in zip((1, 2), saved, strict=True):
                os.dup2(number, stream)
                os.close(number)


def _home(place: Path) -> Path:
    """A home folder for the grader, with the settings attackers like to change."""
    home = place / "home"
    for name in (".ipython/profile_default/startup/00-own.py", ".jupyter/jupyter_config.py", ".bashrc"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("# the grader's own\n", encoding="utf-8")
    os.environ["HOME"] = str(home)
    return home


if __name__ == "__main__":
    sys.exit(main())
