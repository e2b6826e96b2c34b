"""The command line: arguments in, tables out. Everything else lives in the modules it calls."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID
from rich.table import Table

from . import build as builder
from . import checker, intake, kernel, markers, mutation, sandbox, session
from . import demo as demo_class
from . import grade as grader
from .errors import CourseError, Rejected
from .exercise import Assignment, Exercise, Result
from .gradebook import Course

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

Units = Annotated[
    list[str] | None, typer.Argument(metavar="[UNIT]...", help="Units by name or number; all if left out.")
]
Jobs = Annotated[int | None, typer.Option(help="Submissions at a time; the number of cores if left out.")]
Folder = Annotated[Path, typer.Option(help="The folder that holds source/, course/ and release/.")]


@app.callback()
def about() -> None:
    """Build the course, prove its checks, grade submissions."""


@app.command()
def verify(
    unit: Units = None,
    course: Folder = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON and nothing else.")] = False,
) -> None:
    """Run every check against the answer, the other right answers, the wrong answers and the stub."""
    counts: dict[str, Counter[str]] = {}
    problems: list[str] = []
    for path in markers.units(course, unit or ()):
        assignment = markers.read(path)
        with Progress(console=err, transient=True, disable=as_json) as progress:
            task = progress.add_task(assignment.unit, total=len(assignment.exercises))
            proofs = mutation.verify(assignment, on_exercise=partial(_advance, progress, task))
        counts[assignment.unit] = sum((Counter(proof.counts) for proof in proofs), Counter())
        problems += [problem for proof in proofs for problem in proof.problems]
        if not as_json:
            _print_proofs(assignment.unit, proofs)
    if as_json:
        keys = ("exercises", "wrong", "caught", "named", "right", "accepted", "stub_points")
        print(json.dumps({"units": {name: {key: count[key] for key in keys} for name, count in counts.items()}}))
    for problem in problems:
        err.print(f"[red]✗[/red] {escape(problem)}")
    if problems:
        raise typer.Exit(1)


def _advance(progress: Progress, task: TaskID, exercise: Exercise) -> None:
    progress.update(task, advance=1, description=exercise.name)


@app.command()
def build(
    unit: Units = None,
    course: Folder = Path("."),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where a committed notebook is stale.")
    ] = False,
) -> None:
    """Generate release/ and the lessons' notebooks from their sources."""
    with err.status("building"):
        files = builder.check(course, unit or ()) if check else builder.build(course, unit or ())
    for path in files:
        out.print(f"{'up to date' if check else 'wrote'}: {path}", highlight=False)


@app.command()
def bundle(
    archive: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path("build/cnn-course.zip"),
    course: Folder = Path("."),
) -> None:
    """Write the zip file to hand out: student notebooks, lessons and cnnlib."""
    builder.check(course)
    out.print(f"wrote: {builder.bundle(course, archive)}", highlight=False)


@app.command()
def grade(
    unit: Annotated[str, typer.Argument(help="The unit, by name or number.")],
    course: Folder = Path("."),
    jobs: Jobs = None,
) -> None:
    """Grade everything handed in for a unit under submitted/, and write feedback."""
    assignment = markers.read(markers.units(course, [unit])[0])
    builder.register(course, [assignment.unit])
    _print_class(assignment, _grade(course, course, assignment, jobs))


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook, of any unit.")],
    course: Folder = Path("."),
) -> None:
    """Grade one notebook on the spot, hidden checks included; nothing is written. For self-study."""
    assignment = _assignment_of(notebook, course)
    submission = intake.read(notebook, assignment)
    with err.status("starting the sandbox"):
        parent = kernel.WarmParent(0, kernel.library(), sandbox.Limits())
    try:
        with err.status(f"grading {notebook.name}"):
            record = session.run(submission, checker.Checker(assignment), parent)
    finally:
        parent.close()
    _print_record(assignment, submission, record)


def _assignment_of(notebook: Path, course: Path) -> Assignment:
    """Find the unit of a notebook: by its name, or by its cells if it was renamed."""
    paths = markers.units(course)
    for path in sorted(paths, key=lambda path: path.stem != notebook.stem):
        assignment = markers.read(path)
        try:
            intake.read(notebook, assignment)
        except Rejected as error:
            if path.stem == notebook.stem or path == paths[-1]:
                raise error from None
        else:
            return assignment
    raise Rejected(f"{notebook.name} belongs to no unit of this course.")


def _print_record(assignment: Assignment, submission: intake.Submission, record: session.Record) -> None:
    verdicts = {verdict.check: verdict for verdict in record.verdicts}
    for number, exercise in enumerate(assignment.exercises, 1):
        points = sum(verdicts[check.name].points for check in exercise.checks)
        colour = "green" if points == exercise.points else "yellow" if points else "red"
        out.print(
            f"[{colour}]{points:2g} of {exercise.points}[/]  {number} · {escape(exercise.title)}", highlight=False
        )
        for check in exercise.checks:
            verdict = verdicts[check.name]
            if not verdict.passed:
                lines = f"✗ {check.why}\n{verdict.message}".splitlines()
                out.print("\n".join(f"           {escape(line)}" for line in lines), highlight=False)
    for place, why in sorted(record.trouble.items()):
        out.print(f"[yellow]cell {place + 1}[/]: {escape(why)}", highlight=False)
    for repair in submission.repairs:
        out.print(f"[yellow]note[/]: {escape(repair)}", highlight=False)
    total = sum(verdict.points for verdict in record.verdicts)
    out.print(f"{assignment.unit}: {total:g} of {assignment.points} points", highlight=False)


@app.command()
def demo(course: Folder = Path("."), jobs: Jobs = None) -> None:
    """Grade an example class whose true scores are known, and compare."""
    root = course / "build" / "demo"
    shutil.rmtree(root, ignore_errors=True)  # a gradebook of older units would refuse the new ones
    known, right = 0, 0
    for path in markers.units(course):
        assignment = markers.read(path)
        with err.status(f"{assignment.unit}: making the class"):
            submissions = demo_class.make_class(mutation.verify(assignment))
            demo_class.hand_in(course, root, assignment, submissions)
        results = {result.student: result for result in _grade(course, root, assignment, jobs)}
        _print_class(assignment, list(results.values()))
        for submission in submissions:
            graded = results[submission.student].scores if submission.student in results else {}
            for name, points in submission.scores.items():
                known += 1
                right += graded.get(name) == points
                if graded.get(name) != points:
                    err.print(f"[red]✗[/red] {submission.student}, {name}: known {points:g}, graded {graded.get(name)}")
    out.print(f"demo: {right} of {known} scores as known", highlight=False)
    if right != known:
        raise typer.Exit(1)


def _grade(course: Path, root: Path, assignment: Assignment, jobs: int | None) -> list[Result]:
    """Grade with a progress bar and a line for each failure."""
    total = len(Course(root).students(assignment.unit))
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task(f"grading {assignment.unit}", total=total)

        def on_student(student: str, problem: str) -> None:
            progress.advance(task)
            if problem:
                progress.console.print(f"[red]✗[/red] {escape(student)}: {escape(problem)}")

        return grader.grade(root, course / builder.SETTINGS, assignment, jobs=jobs, on_student=on_student)


def _print_class(assignment: Assignment, results: list[Result]) -> None:
    """Print students × exercises; the exercises are numbered, a legend names them."""
    title = f"{assignment.unit} · {assignment.points} points"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("student", no_wrap=True)
    for number, exercise in enumerate(assignment.exercises, 1):
        table.add_column(f"{number}\n/{exercise.points}", justify="right")
    table.add_column(f"total\n/{assignment.points}", justify="right")
    for result in results:
        table.add_row(result.student, *(f"{points:g}" for points in result.scores.values()), f"{result.score:g}")
    out.print(table)
    out.print(
        " · ".join(f"{number} {exercise.name}" for number, exercise in enumerate(assignment.exercises, 1)),
        highlight=False,
    )
    for result in results:
        out.print(f"{result.student}: {result.feedback or 'no feedback'}", highlight=False)


def _print_proofs(unit: str, proofs: list[mutation.Proof]) -> None:
    table = Table(title=unit, title_justify="left")
    table.add_column("exercise", no_wrap=True, min_width=max(len(proof.exercise.name) for proof in proofs))
    for column in ("points", "wrong\ncaught", "named", "told\nat once", "right\naccepted", "stub"):
        table.add_column(column, justify="right")
    for proof in proofs:
        count = proof.counts
        table.add_row(
            proof.exercise.name,
            str(proof.exercise.points),
            f"{count['caught']} / {count['wrong']}",
            f"{count['named']} / {count['wrong']}",
            f"{sum(trial.at_once for trial in proof.wrong)} / {count['wrong']}",
            f"{count['accepted']} / {count['right']}",
            str(count["stub_points"]),
        )
    out.print(table)
    for proof in proofs:
        for trial in proof.wrong:
            out.print(f"[bold]{trial.variant.name}[/bold]  [dim]{escape(trial.variant.why)}[/dim]")
            shown = next(
                (v.message for v in trial.verdicts if trial.variant.keyword.lower() in v.message.lower()), trial.message
            )
            for line in shown.splitlines():
                out.print(f"    {escape(line)}", highlight=False)


def main() -> None:
    """Run a command; a problem the user can mend ends in its message, not in a traceback."""
    try:
        app()
    except CourseError as error:
        err.print(f"[red]{type(error).__name__}[/red]: {escape(str(error))}", highlight=False)
        sys.exit(1)
