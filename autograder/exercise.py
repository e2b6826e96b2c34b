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
class Result:
    """The score of one submission: points by exercise, in the assignment's order."""

    unit: str
    student: str
    scores: dict[str, float]
    max_scores: dict[str, float]
    feedback: Path | None = None

    @property
    def score(self) -> float:
        """Points in total."""
        return sum(self.scores.values())
