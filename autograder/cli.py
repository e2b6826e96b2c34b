"""The command line: arguments in, tables out. Everything else lives in the modules it calls."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID
from rich.table import Table
from rich.text import Text

from . import autograded, feedback, inert, intake, markers, mutation, sandbox, schedule
from . import build as builder
from . import demo as demo_class
from .classroom import Classroom
from .errors import CourseError, GradingError, Rejected
from .exercise import Assignment, Exercise, Graded, Result
from .grade import start

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

Units = Annotated[
    list[str] | None, typer.Argument(metavar="[UNIT]...", help="Units by name or number; all if left out.")
]
Jobs = Annotated[int | None, typer.Option(help="Submissions at a time; the number of cores if left out.")]
Unsafe = Annotated[
    bool,
    typer.Option(
        "--unsafe-without-sandbox", help="Run students' code with your rights; it is written on every result."
    ),
]
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
    dask: Annotated[str, typer.Option(metavar="ADDRESS", help="Grade on the Dask cluster of this scheduler.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Grade also what was graded before and is unchanged.")] = False,
    cold: Annotated[bool, typer.Option("--cold", help="Start each student's process from nothing: slow.")] = False,
    unsafe: Unsafe = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON and nothing else.")] = False,
) -> None:
    """Grade everything handed in for a unit under submitted/, in a sandbox; write gradebook and feedback."""
    assignment = markers.read(markers.unit(course, unit))
    options = schedule.Options(jobs=jobs, again=again, cold=cold, walls=not unsafe, cluster=dask)
    gradings = _grade(course, course, assignment, options)
    if as_json:
        print(json.dumps(_scores(assignment, gradings), indent=1, sort_keys=True))
    else:
        _print_class(assignment, _rows(course, course, assignment))
        _print_summary(assignment, gradings)


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook, of any unit.")],
    course: Folder = Path("."),
    html: Annotated[Path | None, typer.Option(help="Write the report as a page to this file as well.")] = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade one notebook on the spot, hidden checks included; nothing else is written. For self-study."""
    assignment = _assignment_of(notebook, course)
    with err.status("starting the sandbox"):
        grader, source = start(assignment, sandbox.Limits(), walls=not unsafe)
    with closing(source), err.status("grading"):
        graded = grader.grade("you", intake.load(notebook), notebook.name)
    _print_graded(assignment, graded)
    if html is not None:
        try:
            html.parent.mkdir(parents=True, exist_ok=True)
            html.write_text(feedback.page(assignment, graded, notes=True), encoding="utf-8")
        except OSError as error:
            raise GradingError(f"{html} cannot be written ({error.strerror}).") from None
        out.print(f"wrote: {html}", highlight=False)


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


def _print_graded(assignment: Assignment, graded: Graded) -> None:
    verdicts = {verdict.check: verdict for verdict in graded.verdicts}
    for number, exercise in enumerate(assignment.exercises, 1):
        points = sum(verdicts[check.name].points for check in exercise.checks)
        colour = "green" if points == exercise.points else "yellow" if points else "red"
        out.print(
            f"[{colour}]{points:2g} of {exercise.points}[/]  {number} · {escape(exercise.title)}", highlight=False
        )
        for check in exercise.checks:
            verdict = verdicts[check.name]
            if not verdict.passed:
                lines = f"✗ {check.why}\n{inert.text(verdict.message)}".splitlines()
                out.print("\n".join(f"           {escape(line)}" for line in lines), highlight=False)
    for number, cell in enumerate(graded.cells, 1):
        if cell.trouble:
            out.print(f"[yellow]cell {number}[/]: {escape(cell.trouble)}", highlight=False)
    for line in autograded.notices(graded):
        out.print(f"[yellow]note[/]: {escape(line)}", highlight=False)
    out.print(f"{assignment.unit}: {graded.score:g} of {assignment.points} points", highlight=False)


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
        gradings = _grade(course, root, assignment, schedule.Options(jobs=jobs))
        rows = _rows(course, root, assignment)
        results = {result.student: result for result in rows}
        _print_class(assignment, rows)
        _print_summary(assignment, gradings)
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


def _rows(course: Path, root: Path, assignment: Assignment) -> list[Result]:
    from .gradebook import (
        Gradebook,  # nbgrader takes most of a second to import; nobody should wait for it at the start
    )

    return Gradebook(Classroom(root, course / builder.SETTINGS)).results(assignment)


def _grade(course: Path, root: Path, assignment: Assignment, options: schedule.Options) -> list[Graded]:
    """Grade with a progress bar, and a line for what was refused or went wrong."""
    if not options.walls:
        err.print("[bold red]WITHOUT A SANDBOX[/]: what students wrote runs with your rights.")
    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), _Rate())
    # No refreshing thread: graders are forked from this process
    with Progress(*columns, console=err, transient=True, auto_refresh=False) as progress:
        task = progress.add_task(f"{assignment.unit}: starting", total=None)
        progress.refresh()

        def on_start(todo: int, known: int) -> None:
            progress.update(task, total=todo, description=f"grading {assignment.unit}", refresh=True)
            if known:
                progress.console.print(f"{known} graded before and unchanged (--again grades them anew)")

        def on_graded(graded: Graded) -> None:
            progress.update(task, advance=1, refresh=True)
            if graded.refused:
                on_trouble(f"{graded.student}: {graded.refused}")

        def on_trouble(words: str) -> None:
            progress.console.print(f"[red]✗[/red] {escape(words)}")

        return schedule.grade(
            root,
            course / builder.SETTINGS,
            assignment,
            options,
            on_start=on_start,
            on_graded=on_graded,
            on_trouble=on_trouble,
        )


class _Rate(ProgressColumn):
    """Submissions a minute, so far."""

    def render(self, task: Task) -> Text:
        """Return the rate as text."""
        return Text(f"{60 * task.completed / task.elapsed:.0f} a minute" if task.elapsed and task.completed else "")


def _scores(assignment: Assignment, gradings: list[Graded]) -> dict[str, Any]:
    return {
        "unit": assignment.unit,
        "points": assignment.points,
        "students": {
            graded.student: {
                "score": graded.score,
                "checks": {verdict.check: verdict.points for verdict in graded.verdicts},
                "refused": graded.refused,
                "unsafe": graded.unsafe,
            }
            for graded in gradings
        },
    }


def _print_summary(assignment: Assignment, gradings: list[Graded]) -> None:
    scores = [graded.score for graded in gradings]
    refused = sum(bool(graded.refused) for graded in gradings)
    looks = sum(bool(graded.notes) for graded in gradings)
    out.print(
        f"{assignment.unit}: {len(gradings)} students, mean {statistics.mean(scores):.1f} and median "
        f"{statistics.median(scores):g} of {assignment.points} points, {refused} refused, {looks} with notes",
        highlight=False,
    )
    out.print(f"pages: feedback/STUDENT/{assignment.unit}/{assignment.unit}.html", highlight=False)
    if any(graded.unsafe for graded in gradings):
        out.print("[bold red]graded without a sandbox[/]", highlight=False)


def _print_class(assignment: Assignment, results: list[Result]) -> None:
    """Print students × exercises; the exercises are numbered, a legend names them."""
    title = f"{assignment.unit} · {assignment.points} points"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("student", no_wrap=True)
    for number, exercise in enumerate(assignment.exercises, 1):
        table.add_column(f"{number}\n/{exercise.points}", justify="right")
    table.add_column(f"total\n/{assignment.points}", justify="right")
    for result in results:
        table.add_row(
            escape(result.student), *(f"{points:g}" for points in result.scores.values()), f"{result.score:g}"
        )
    out.print(table)
    out.print(
        " · ".join(f"{number} {exercise.name}" for number, exercise in enumerate(assignment.exercises, 1)),
        highlight=False,
    )


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
