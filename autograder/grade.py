"""One submission → its score, and the papers that tell about it.

Right or wrong, broken or hostile, in time or not: a submission always gets a verdict for each check.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from . import autograded, feedback, inert, intake, session
from .checker import Checker
from .errors import Rejected
from .exercise import Assignment, Graded, Shown, Verdict
from .kernel import LATER, WARM, ColdStart, Forks, Source, WarmParent, prove
from .sandbox import Limits

NOTHING_RAN = "The notebook was refused, so nothing was run: {reason}"


@dataclass(frozen=True, slots=True)
class Task:
    """A submission to grade.

    Attributes:
        student: who handed it in.
        path: the notebook.
        problem: why it cannot be taken, or "".
        digest: tells this grading from others.
        when: it was handed in.
        data: the notebook's bytes, for a grader that cannot read the path.
    """

    student: str
    path: Path
    problem: str
    digest: str
    when: str
    data: bytes | None = None

    def loaded(self) -> Task:
        """Return it with its bytes, or with why they cannot be had, to be sent away."""
        try:
            return replace(self, data=intake.load(self.path))
        except Rejected as error:
            return replace(self, problem=str(error))


@dataclass(frozen=True, slots=True)
class Papers:
    """What is kept of a graded submission.

    Attributes:
        graded: verdicts and notes, without the cells.
        notebook: for autograded/, JSON.
        page: for feedback/, HTML.
    """

    graded: Graded
    notebook: str
    page: str


class Grader:
    """Grades submissions of one assignment, one at a time.

    Args:
        assignment: the unit; its checks run in this process.
        forks: where student processes come from.
        unsafe: whether those have no sandbox; it is written on every result.
    """

    def __init__(self, assignment: Assignment, forks: Forks, *, unsafe: bool = False) -> None:
        self.assignment, self.forks, self.unsafe = assignment, forks, unsafe
        self.checker = Checker(assignment)

    def grade(self, student: str, data: bytes, name: str) -> Graded:
        """Grade a notebook's bytes; `name` is the file's, for messages.

        Raises:
            SandboxError: no student process can be started; that is never a score.
        """
        try:
            submission = intake.parse(data, name, self.assignment)
        except Rejected as error:
            return refused(self.assignment, student, str(error))
        record = session.run(submission, self.checker, self.forks)
        verdicts = {verdict.check: verdict for verdict in record.verdicts}
        checks = [check.name for exercise in self.assignment.exercises for check in exercise.checks]
        cells = tuple(_shown(step, number, record) for number, step in enumerate(submission.steps))
        ordered = tuple(verdicts[check] for check in checks)
        return Graded(self.assignment.unit, student, ordered, cells, submission.notes, unsafe=self.unsafe)

    def papers(self, task: Task) -> Papers:
        """Grade, and write notebook and page.

        Raises:
            SandboxError: as `grade`.
        """
        if task.data is None:
            task = task.loaded()
        if task.problem or task.data is None:
            return turned_away(self.assignment, task)
        return _papers(self.assignment, task, self.grade(task.student, task.data, task.path.name))


def start(
    assignment: Assignment, limits: Limits, *, cold: bool = False, walls: bool = True, lines: int = 1
) -> tuple[Grader, Source]:
    """Start student processes for an assignment and return its grader with them, once the walls are proved.

    Args:
        assignment: the unit.
        limits: for each submission.
        cold: start everything anew for each submission.
        walls: False does without a sandbox.
        lines: graders that will share the student processes; the one returned is on the first line.

    Raises:
        SandboxError: no sandbox can be had here, or it is open.
    """
    source: Source = (ColdStart if cold else WarmParent)(limits, imports_of(assignment), lines=lines, walls=walls)
    try:
        grader = Grader(assignment, source.lines[0], unsafe=not walls)  # imports, while the parent does
        source.wait()
        if walls:
            prove(source)
    except BaseException:
        source.close()
        raise
    return grader, source


def turned_away(assignment: Assignment, task: Task) -> Papers:
    """Return the papers of a submission that cannot be taken."""
    return _papers(assignment, task, refused(assignment, task.student, task.problem))


def _papers(assignment: Assignment, task: Task, graded: Graded) -> Papers:
    graded = replace(graded, handed_in=task.when)
    return Papers(replace(graded, cells=()), autograded.notebook(graded), feedback.page(assignment, graded))


def refused(assignment: Assignment, student: str, reason: str) -> Graded:
    """Return the grading of a submission that was not let in: nothing, and why."""
    message = NOTHING_RAN.format(reason=reason)
    checks = [check for exercise in assignment.exercises for check in exercise.checks]
    verdicts = tuple(Verdict(check.name, 0, check.points, message) for check in checks)
    return Graded(assignment.unit, student, verdicts, refused=reason)


def imports_of(assignment: Assignment) -> tuple[str, ...]:
    """Return the modules worth importing before an assignment's submissions come: those its cells name."""
    source = "\n".join(cell.source for cell in assignment.cells)
    return tuple(module for module, word in {**WARM, **LATER}.items() if word in source)


def _shown(step: intake.Step, number: int, record: session.Record) -> Shown:
    said = inert.outputs(record.outputs.get(number, []))
    return Shown(step.kind, step.name, step.source, said, record.trouble.get(number, ""), step.locked)
