"""Race the grader against nbgrader, against Otter-Grader and against the checks alone, on the same notebooks.

    python bench/grade.py
    python bench/grade.py --notebooks 6 --runs 1 --no-otter --no-scale

The contenders take turns; medians count. Every one gets the same machine, the same notebooks and the same environment:
nobody's routine of OpenBLAS is forced and nobody's threads are set, except by a grader for itself.

- ours: `autograder grade`, from the command to its end: sandboxes, gradebook and feedback pages included.
- nbgrader: `nbgrader autograde` with its own settings (120 s for a cell), without feedback pages.
- otter: `otter run` for each notebook, as many at a time as we have workers, on a part of the notebooks.
- lower bound: the processor time of the checks in one process, without kernels or walls, divided by the cores.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from io import StringIO
from itertools import pairwise
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from otter_grader import Otter, drawn
from rich import box
from rich.console import Console
from rich.table import Table
from watch import MIB, BenchError, Usage, Watch, fresh_log, run, say, tail

from autograder import demo, markers, mutation
from autograder.demo import Submission
from autograder.exercise import Assignment
from autograder.mutation import Proof

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
UNIT = "08_convolution"
SIZES = (10, 100, 1000)

Points = dict[str, dict[str, float]]  # student → check → points

# What `demo.make_class` makes, in its order; and an order in which every beginning of the list is a mix.
KINDS = ("right", "right", "right", "untouched", "unfinished", "broken", "broken", *["wrong"] * 7)
ORDER = (0, 3, 7, 5, 8, 1, 6, 9, 4, 10, 2, 11, 12, 13)

STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "cnn"\nc.Execute.timeout = 120\n'


# the notebooks


def make_class(proofs: Sequence[Proof], count: int) -> list[Submission]:
    """Return `count` different submissions with known scores: rounds of the example class, other variants each time."""
    made: list[Submission] = []
    for number in range(math.ceil(count / len(ORDER))):
        submissions = demo.make_class([_shuffled(proof, number) for proof in proofs])
        answers, others = submissions[0].answers, submissions[1].answers  # all right, in two ways
        swapped = random.Random(number).sample(list(answers), len(answers) // 2) if number else ()
        chosen = {answers[name]: others[name] for name in swapped}
        made += [_signed(submissions[place], number, chosen) for place in ORDER]
    return made[:count]


def mix(count: int) -> dict[str, int]:
    """Return how many notebooks of each kind `make_class` makes."""
    return dict(Counter(KINDS[ORDER[i % len(ORDER)]] for i in range(count)))


def _shuffled(proof: Proof, seed: int) -> Proof:
    """The same proof, its right and wrong variants in another order; the first order is the source's own."""
    trials = list(proof.trials)
    if seed:
        random.Random(f"{proof.exercise.name} {seed}").shuffle(trials)
    return replace(proof, trials=tuple(trials))


def _signed(submission: Submission, number: int, instead: dict[str, str]) -> Submission:
    """Name the student after the round, put some right answers in place of others, and sign the first."""
    student = f"{submission.student}{number}"
    answers = {name: instead.get(text, text) for name, text in submission.answers.items()}
    first = next(iter(answers))
    return Submission(student, answers | {first: f"# by {student}\n{answers[first]}"}, submission.scores)


def class_folder(folder: Path, assignment: Assignment, submissions: list[Submission]) -> Path:
    """Lay out what every contender starts from: source, release, gradebook, settings and the notebooks handed in."""
    demo.hand_in(ROOT, folder, assignment, submissions)
    shutil.copytree(assignment.path.parent, folder / "source" / assignment.unit)
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    return folder


def enlarge(template: Path, folder: Path, count: int) -> Path:
    """Lay out a class of any size from the notebooks of another, each signed with its own name."""
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns("submitted"))
    handed_in = sorted(template.glob(f"submitted/*/{UNIT}/{UNIT}.ipynb"))
    for number in range(count):
        content = json.loads(handed_in[number % len(handed_in)].read_text(encoding="utf-8"))
        answer = next(cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get("solution"))
        answer["source"] = [f"# student {number}\n", *answer["source"]]
        path = folder / "submitted" / f"s{number:04}" / UNIT / f"{UNIT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


# the contenders


@dataclass(slots=True)
class Contender:
    """What was measured of one contender.

    Attributes:
        name: as in the table.
        workers: how many processes grade at a time.
        notebooks: how many are to be graded in each run.
        runs: one for each repetition.
        graded: how many were, in the last run.
        known: of these, how many got the points that are known to be true, in every exercise.
    """

    name: str
    workers: int
    notebooks: int
    runs: list[Usage] = field(default_factory=list)
    graded: int = 0
    known: int = 0

    def each(self) -> list[float]:
        """Seconds for a notebook, by run."""
        return [usage.seconds / self.notebooks for usage in self.runs]

    def median(self) -> float:
        """Seconds for a notebook in the middle one of the runs."""
        return statistics.median(self.each())


def environment() -> dict[str, str]:
    """The variables every contender runs with: this environment's programs first, nothing forced on BLAS or threads."""
    forced = ("OPENBLAS_", "OMP_", "MKL_", "JUPYTER_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(forced)}
    return {**kept, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def ours(folder: Path, count: int, jobs: int, label: str = "ours") -> Usage:
    """Grade a class folder with this engine.

    Raises:
        BenchError: it did not end well.
    """
    command = [str(BIN / "autograder"), "grade", UNIT, "--course", str(folder), "--jobs", str(jobs)]
    log = fresh_log("ours")
    with Watch(label, count, lambda: graded(folder)) as usage:
        status = run(command, folder, environment(), log, timeout=300 + 60 * count)
    if status != 0:
        raise BenchError(f"`autograder grade` ended with status {status}.\n{tail(log)}")
    return usage


def nbgraders(folder: Path, count: int) -> Usage:
    """Grade a class folder with nbgrader's own command and settings; it goes through the students one by one.

    Raises:
        BenchError: it graded nothing at all. Single notebooks that it gives up are counted, not raised.
    """
    (folder / "nbgrader_config.py").write_text(STOCK, encoding="utf-8")
    log = fresh_log("nbgrader")

    def done() -> int:  # it writes a notebook before it runs it, so the last one there is not graded yet
        return max(0, graded(folder) - 1)

    with Watch("nbgrader", count, done) as usage:
        run([str(BIN / "nbgrader"), "autograde", UNIT], folder, environment(), log, timeout=300 + 180 * count)
    if not graded(folder):
        raise BenchError(f"`nbgrader autograde` graded nothing.\n{tail(log)}")
    return usage


def graded(folder: Path) -> int:
    """Count the notebooks below autograded/; nbgrader takes those away that it gave up."""
    return sum(1 for _ in folder.glob(f"autograded/*/{UNIT}/{UNIT}.ipynb"))


def checks_alone(assignment: Assignment, submissions: Iterable[Submission]) -> tuple[float, Points]:
    """Run the checks in this process; return their processor seconds, and the points."""
    namespace = mutation.run_source(assignment)
    seconds, points = 0.0, Points()
    for submission in submissions:
        scope, points[submission.student] = dict(namespace), {}
        for exercise in assignment.exercises:
            del scope[exercise.name]
            with suppress(Exception), redirect_stdout(StringIO()):  # a cell that fails leaves nothing to check
                exec(submission.answers[exercise.name], scope)
                began = time.process_time()
                verdicts = mutation.judge(exercise, namespace, scope[exercise.name])
                seconds += time.process_time() - began
                points[submission.student] |= {verdict.check: verdict.points for verdict in verdicts}
    return seconds, points


def gradebook_points(folder: Path, students: Iterable[str]) -> Points:
    """Return the points in a class folder's gradebook; nothing for who is not in it."""
    points = Points()
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for student in students:
            with suppress(MissingEntry):
                notebook = gradebook.find_submission_notebook(UNIT, UNIT, student)
                points[student] = {grade.name: float(grade.score) for grade in notebook.grades}
    return points


def as_known(assignment: Assignment, submissions: Iterable[Submission], points: Points) -> int:
    """Count the submissions whose every exercise got the points that are known to be true."""

    def agrees(submission: Submission) -> bool:
        got = points.get(submission.student, {})
        return all(
            sum(got.get(check.name, 0.0) for check in exercise.checks) == submission.scores[exercise.name]
            for exercise in assignment.exercises
        )

    return sum(agrees(submission) for submission in submissions)


# the race


class Race:
    """Everybody on the same notebooks, in turn.

    Args:
        options: the command line.
        work: an empty folder.
    """

    def __init__(self, options: argparse.Namespace, work: Path) -> None:
        say("proving the checks: the known scores come from there")
        self.options, self.work = options, work
        self.assignment = markers.read(ROOT / "source" / UNIT / f"{UNIT}.py")
        self.submissions = make_class(mutation.verify(self.assignment), options.notebooks)
        self.template = class_folder(work / "class", self.assignment, self.submissions)
        count = options.notebooks
        self.ours = Contender("ours", min(options.jobs, count), count)
        self.nbgrader = Contender("nbgrader", 1, count)
        self.lower = Contender("lower bound", options.jobs, count)
        self.drawn = drawn(self.submissions, options.otter_notebooks)
        self.otter = Contender("otter", min(options.jobs, len(self.drawn)), len(self.drawn))
        self.scale: dict[int, Usage] = {}

    def prepare_otter(self) -> str:
        """Install and prove Otter; return why it cannot take part, or nothing."""
        if not self.options.otter:
            return "left out by --no-otter"
        try:
            self.otter_run = Otter(self.assignment, self.work / "otter", environment(), self.options.jobs)
            right, untouched = self.submissions[:2]  # by ORDER
            _, points = self.otter_run.grade(self.notebooks([right, untouched]), "otter, proof")
        except BenchError as error:
            return str(error)
        found = [sum(points[submission.student].values()) for submission in (right, untouched)]
        if found == [self.assignment.points, 0]:
            return ""
        return (
            f"it gave a right notebook {found[0]:g} and an untouched one {found[1]:g} points; wanted "
            f"{self.assignment.points} and 0, or the comparison means nothing. {tail(self.otter_run.log)}"
        )

    def turn(self, turn: int, *, otter: bool) -> None:
        """Let everybody grade once."""
        with self._copy(f"ours{turn}") as folder:
            usage = ours(folder, self.ours.notebooks, self.options.jobs)
            self._note(self.ours, usage, gradebook_points(folder, self.students), graded(folder))
        with self._copy(f"nbgrader{turn}") as folder:
            usage = nbgraders(folder, self.nbgrader.notebooks)
            self._note(self.nbgrader, usage, gradebook_points(folder, self.students), graded(folder))
        if otter:
            usage, points = self.otter_run.grade(self.notebooks(self.drawn), f"otter, run {turn}")
            self._note(self.otter, usage, points, sum(map(bool, points.values())), self.drawn)
        seconds, points = checks_alone(self.assignment, self.submissions)
        self._note(self.lower, Usage(seconds / self.options.jobs), points, len(points))

    def grow(self) -> None:
        """Grade ever larger classes, once each."""
        for size in SIZES:
            folder = enlarge(self.template, self.work / f"scale{size}", size)
            self.scale[size] = ours(folder, size, self.options.jobs, f"ours, {size}")
            shutil.rmtree(folder)

    @property
    def students(self) -> list[str]:
        """Everybody's id."""
        return [submission.student for submission in self.submissions]

    def notebooks(self, submissions: Iterable[Submission]) -> dict[str, Path]:
        """Student → the notebook as it was handed in."""
        folder = self.template / "submitted"
        return {one.student: folder / one.student / UNIT / f"{UNIT}.ipynb" for one in submissions}

    @contextmanager
    def _copy(self, name: str) -> Iterator[Path]:
        yield Path(shutil.copytree(self.template, self.work / name))
        shutil.rmtree(self.work / name)

    def _note(
        self, who: Contender, usage: Usage, points: Points, count: int, of: Sequence[Submission] | None = None
    ) -> None:
        who.runs.append(usage)
        who.graded = count
        who.known = as_known(self.assignment, self.submissions if of is None else of, points)


# the report


def number(value: float) -> str:
    """Return a number with three digits that mean something.

    >>> number(7.4161), number(22.04), number(1234.5)
    ('7.42', '22', '1234')
    """
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratios(slow: Contender, fast: Contender) -> list[float]:
    """How many times as long the first takes for a notebook as the second, run by run."""
    return [one / other for one, other in zip(slow.each(), fast.each(), strict=True)]


def last_line(ours: Contender, nbgrader: Contender, otter: Contender, lower: Contender) -> str:
    """Return the result in one line."""

    def times(slow: Contender, fast: Contender) -> str:
        return f"{number(statistics.median(ratios(slow, fast)))} times"

    other = f"{times(otter, ours)} otter" if otter.runs else "otter not measured"
    return f"bench-grade: {times(nbgrader, ours)} nbgrader, {other}, {times(ours, lower)} the lower bound"


def report(race: Race, no_otter: str, console: Console) -> None:
    """Print the tables and, last of all, the one line."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in mix(race.options.notebooks).items())
    console.print(f"{race.options.notebooks} notebooks of {UNIT}: {kinds}; medians of {race.options.runs} runs")
    console.print(_table(race))
    console.print("memory: the peak of all processes together (PSS; ≤ means RSS, where the system hides PSS)")
    console.print("scores as known: notebooks with the true points in every exercise")
    if no_otter:
        console.print(f"otter not measured: {no_otter}")
    elif race.otter.notebooks < race.ours.notebooks:
        console.print(f"otter graded {race.otter.notebooks} of the notebooks; what is compared is the time for one")
    for line in _scale(race):
        console.print(line)
    console.print(last_line(race.ours, race.nbgrader, race.otter, race.lower))


def _table(race: Race) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for head in (
        "graded", "workers", "seconds", "notebooks\na minute", "first\nresult", "MiB in\nall", "MiB a\nworker",
        "MiB, one\nprocess", "scores\nas known", "time ÷ ours,\nby run",
    ):  # fmt: skip
        table.add_column(head, justify="right")
    for contender in (race.ours, race.nbgrader, race.otter, race.lower):
        if contender.runs:
            times = "" if contender is race.ours else " ".join(map(number, ratios(contender, race.ours)))
            table.add_row(contender.name, *_row(contender), times)
    return table


def _row(contender: Contender) -> list[str]:
    seconds = statistics.median(usage.seconds for usage in contender.runs)
    row = [f"{contender.graded} of {contender.notebooks}", str(contender.workers), f"{seconds:.2f}"]
    row.append(number(60 / contender.median()))
    if contender.runs[0].rss:
        first = statistics.median(usage.first for usage in contender.runs)
        memory, sign = _memory(contender.runs)
        largest = max(usage.largest for usage in contender.runs)
        row += [f"{first:.1f} s", f"{sign}{memory:.0f}", f"{sign}{memory / contender.workers:.0f}"]
        row.append(f"{largest / MIB:.0f}")
    else:
        row += [""] * 4
    return [*row, str(contender.known)]


def _memory(runs: Sequence[Usage]) -> tuple[float, str]:
    """The median of the peaks in MiB, and a sign where it is only a bound."""
    if all(usage.pss for usage in runs):
        return statistics.median(usage.pss for usage in runs) / MIB, ""
    return statistics.median(usage.rss for usage in runs) / MIB, "≤ "


def _scale(race: Race) -> Iterator[str]:
    for size, usage in race.scale.items():
        memory, sign = _memory([usage])
        yield (
            f"ours, {size:4} submissions: {usage.seconds:7.1f} s, {number(60 * size / usage.seconds)} a minute, "
            f"first result after {usage.first:.1f} s, {sign}{memory:.0f} MiB"
        )
    for small, large in pairwise(race.scale):
        more = (race.scale[large].seconds - race.scale[small].seconds) / (large - small)
        yield (
            f"one more submission, {small} to {large}: {more:.3f} s, "
            f"{number(more / race.lower.median())} times the lower bound's {race.lower.median():.3f} s"
        )


# the command


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=60, help="different notebooks (default 60, at least 2)")
    parser.add_argument("--runs", type=int, default=3, help="repetitions, contenders in turn (default 3)")
    parser.add_argument("--jobs", type=int, default=2, help="our workers; for the lower bound, the cores (default 2)")
    parser.add_argument("--otter", action=argparse.BooleanOptionalAction, default=True, help="race Otter-Grader too")
    parser.add_argument("--otter-notebooks", type=int, default=12, help="how many of the notebooks (default 12)")
    parser.add_argument(
        "--scale", action=argparse.BooleanOptionalAction, default=True, help=f"ours on {SIZES} submissions too"
    )
    options = parser.parse_args(words)
    if options.notebooks < 2 or min(options.runs, options.jobs, options.otter_notebooks) < 1:
        parser.error("at least 2 notebooks, and 1 of everything else")
    return options


def settle() -> None:
    """Start again with one thread, for the lower bound, and with OpenBLAS' own choice of routine."""
    wanted = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    forced = os.environ.pop("OPENBLAS_CORETYPE", None)
    if forced or any(os.environ.get(name) != value for name, value in wanted.items()):
        os.environ.update(wanted)
        os.execv(sys.executable, [sys.executable, *sys.argv])


def measure(options: argparse.Namespace, work: Path) -> None:
    """Race and report."""
    race = Race(options, work)
    no_otter = race.prepare_otter()
    if no_otter:
        say(f"otter not measured: {no_otter}")
    for turn in range(1, options.runs + 1):
        say(f"run {turn} of {options.runs}")
        race.turn(turn, otter=not no_otter)
    if options.scale:
        race.grow()
    report(race, no_otter, Console(width=130, highlight=False, markup=False, soft_wrap=True))


def main() -> None:
    """Measure, or say in a line why not."""
    options = arguments()
    settle()
    with tempfile.TemporaryDirectory(prefix="bench-grade-") as folder:
        try:
            measure(options, Path(folder))
        except BenchError as error:
            sys.exit(f"bench-grade: {error}")


if __name__ == "__main__":
    main()
