"""The nouns of the course: what an assignment, an exercise, a check and a verdict are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a source notebook.

    Attributes:
        kind: "markdown", "code", "solution", "check", "wrong" or "right".
        source: the text without its marker line.
        line: the marker's line in the file, counted from 1.
        name: what a marked cell defines (an answer, a check, a variant); empty for text and helper code.
    """

    kind: str
    source: str
    line: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A function that takes an answer and raises where it is wrong; it earns its points as a whole."""

    name: str
    exercise: str
    points: int
    why: str
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Variant:
    """Another answer to an exercise, right or wrong; `keyword` must stand in a wrong one's message."""

    name: str
    exercise: str
    why: str
    right: bool
    source: str
    line: int
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """A prompt, the answer, its checks and the other answers that prove the checks."""

    name: str
    title: str
    minutes: int
    difficulty: int
    solution: Cell
    checks: tuple[Check, ...]
    variants: tuple[Variant, ...]

    @property
    def points(self) -> int:
        """The sum of the checks' points."""
        return sum(check.points for check in self.checks)

    @property
    def wrong(self) -> tuple[Variant, ...]:
        """The wrong answers."""
        return tuple(variant for variant in self.variants if not variant.right)

    @property
    def right(self) -> tuple[Variant, ...]:
        """The right answers beside the one in the solution cell."""
        return tuple(variant for variant in self.variants if variant.right)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One file of source/: its cells in order and the exercises among them."""

    unit: str
    path: Path
    cells: tuple[Cell, ...]
    exercises: tuple[Exercise, ...]

    @property
    def points(self) -> int:
        """The sum of the exercises' points."""
        return sum(exercise.points for exercise in self.exercises)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check says of one answer; `message` is empty when it passed."""

    check: str
    points: float
    max_points: float
    message: str = ""

    @property
    def passed(self) -> bool:
        """Whether the check earned its points."""
        return not self.message


@dataclass(frozen=True, slots=True)
class Output:
    """Something a student's cell showed, made harmless: see `inert`.

    Attributes:
        kind: "text", "error" or "image".
        content: plain text without control characters; of an image, a PNG file in base64.
    """

    kind: str
    content: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a graded notebook, for people to read.

    Attributes:
        kind: "markdown", "code", "solution" or "check".
        name: what the course calls the cell; empty for a student's own.
        source: its text; of a check, what students see of it.
        outputs: what it showed when it ran.
        trouble: why it was given up, or "".
        locked: whether the text is the course's own.
    """

    kind: str
    name: str
    source: str
    outputs: tuple[Output, ...] = ()
    trouble: str = ""
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Graded:
    """One submission after grading: plain data, to be sent and kept.

    Attributes:
        unit: the assignment.
        student: who handed it in.
        verdicts: one for each check of the assignment, in the assignment's order; whatever happened.
        cells: the notebook as it ran; empty when it was refused.
        notes: what was mended, and what an instructor should look at.
        refused: why the notebook was not run at all, or "".
        unsafe: whether it ran without a sandbox.
        handed_in: when, as nbgrader's timestamp.txt tells it, or "".
    """

    unit: str
    student: str
    verdicts: tuple[Verdict, ...]
    cells: tuple[Shown, ...] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""
    unsafe: bool = False
    handed_in: str = ""

    @property
    def score(self) -> float:
        """Points in total."""
        return sum(verdict.points for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Result:
    """The score of one submission: points by exercise, in the assignment's order."""

    unit: str
    student: str
    scores: dict[str, float]
    max_scores: dict[str, float]

    @property
    def score(self) -> float:
        """Points in total."""
        return sum(self.scores.values())
