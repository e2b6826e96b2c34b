"""Prove the checks of an assignment: every wrong answer must lose points, every right one keep them all.

An answer that a check cannot tell from a right one is called a survivor, as in mutation testing.
"""

from __future__ import annotations

import ast
import io
import types
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from .exercise import Assignment, Exercise, Variant, Verdict
from .markers import definition, released

MIN_WRONG, MIN_RIGHT, MIN_NAMED = 6, 2, 0.8


@dataclass(frozen=True, slots=True)
class Trial:
    """What the checks of an exercise said of one answer.

    Attributes:
        variant: the answer tried.
        verdicts: one for each check.
        named: a wrong answer's keyword stands in a message, and not in the one a nonsense answer gets.
        at_once: the visible part of the checks, which students run themselves, already refuses it.
    """

    variant: Variant
    verdicts: tuple[Verdict, ...]
    named: bool
    at_once: bool

    @property
    def accepted(self) -> bool:
        """Whether every check passed."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def points(self) -> float:
        """Points earned."""
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def message(self) -> str:
        """The first message the student gets."""
        return next((verdict.message for verdict in self.verdicts if not verdict.passed), "")


@dataclass(frozen=True, slots=True)
class Proof:
    """All trials of one exercise, with the points of its answer and of its stub."""

    exercise: Exercise
    answer: tuple[Verdict, ...]
    stub: tuple[Verdict, ...]
    trials: tuple[Trial, ...]

    @property
    def wrong(self) -> list[Trial]:
        """Trials of wrong answers."""
        return [trial for trial in self.trials if not trial.variant.right]

    @property
    def right(self) -> list[Trial]:
        """Trials of other right answers."""
        return [trial for trial in self.trials if trial.variant.right]

    @property
    def counts(self) -> dict[str, int]:
        """The numbers `verify --json` adds up over a unit."""
        return {
            "exercises": 1,
            "wrong": len(self.wrong),
            "caught": sum(not trial.accepted for trial in self.wrong),
            "named": sum(trial.named for trial in self.wrong),
            "right": len(self.right),
            "accepted": sum(trial.accepted for trial in self.right),
            "stub_points": int(sum(verdict.points for verdict in self.stub)),
        }

    @property
    def problems(self) -> list[str]:
        """Every reason why this exercise is not proved."""
        name, found = self.exercise.name, []
        found += [f"{name}: the answer fails {v.check}: {v.message}" for v in self.answer if not v.passed]
        found += [f"{name}: the untouched stub passes {v.check}" for v in self.stub if v.passed]
        found += [f"{t.variant.name}: survives every check ({t.variant.why})" for t in self.wrong if t.accepted]
        found += [f"{t.variant.name}: a right answer is refused: {t.message}" for t in self.right if not t.accepted]
        counts = self.counts
        if counts["wrong"] < MIN_WRONG:
            found.append(f"{name}: {counts['wrong']} wrong answers; write at least {MIN_WRONG}")
        if counts["right"] < MIN_RIGHT:
            found.append(f"{name}: {counts['right']} other right answers; write at least {MIN_RIGHT}")
        if counts["named"] < MIN_NAMED * counts["wrong"]:
            unnamed = ", ".join(t.variant.name for t in self.wrong if not t.named)
            found.append(
                f"{name}: {counts['named']} of {counts['wrong']} wrong answers are named; not named: {unnamed}"
            )
        return found


def verify(assignment: Assignment, *, on_exercise: Callable[[Exercise], None] = lambda _: None) -> list[Proof]:
    """Run every check of an assignment against every answer written for it, in this process.

    Args:
        assignment: what `markers.read` returned. Its code is the instructor's own and runs with their rights.
        on_exercise: called before each exercise, for a progress bar.
    """
    namespace = run_source(assignment)
    proofs = []
    for exercise in assignment.exercises:
        on_exercise(exercise)
        proofs.append(_prove(exercise, namespace))
    return proofs


def run_source(assignment: Assignment) -> dict[str, Any]:
    """Execute the cells of an assignment, the calls of its checks left out; return the names they define."""
    module = types.ModuleType(assignment.unit)
    namespace = vars(module)
    for cell in assignment.cells:
        if cell.kind != "markdown":
            tree = ast.parse(cell.source)
            if cell.kind == "check":
                tree.body.pop()
            ast.increment_lineno(tree, cell.line)
            with redirect_stdout(io.StringIO()):  # demonstrations speak to students
                exec(compile(tree, str(assignment.path), "exec"), namespace)
    return namespace


def judge(exercise: Exercise, checks: dict[str, Any], answer: Any) -> tuple[Verdict, ...]:
    """Run the checks of an exercise on one answer."""
    verdicts = []
    for check in exercise.checks:
        try:
            checks[check.name](answer)
        except Exception as error:
            message = str(error) or type(error).__name__
            verdicts.append(Verdict(check.name, 0, check.points, message))
        else:
            verdicts.append(Verdict(check.name, check.points, check.points))
    return tuple(verdicts)


def _prove(exercise: Exercise, namespace: dict[str, Any]) -> Proof:
    visible = _visible_checks(exercise, namespace)
    stub = _stub(exercise, namespace)
    nonsense = [judge(exercise, namespace, answer) for answer in (stub, _returns_none, _returns_nan)]
    generic = " ".join(verdict.message for verdicts in nonsense for verdict in verdicts).lower()
    trials = []
    for variant in exercise.variants:
        verdicts = judge(exercise, namespace, namespace[variant.name])
        told = " ".join(verdict.message for verdict in verdicts).lower()
        keyword = variant.keyword.lower()
        named = bool(keyword) and keyword in told and keyword not in generic
        at_once = any(not verdict.passed for verdict in judge(exercise, visible, namespace[variant.name]))
        trials.append(Trial(variant, verdicts, named, at_once))
    answer = judge(exercise, namespace, namespace[exercise.name])
    return Proof(exercise, answer, judge(exercise, namespace, stub), tuple(trials))


def _visible_checks(exercise: Exercise, namespace: dict[str, Any]) -> dict[str, Any]:
    """The checks as students have them, without their hidden tests."""
    visible = dict(namespace)
    for check in exercise.checks:
        tree = ast.parse(released(check.source))
        tree.body.pop()
        exec(compile(tree, check.name, "exec"), visible)
    return visible


def _stub(exercise: Exercise, namespace: dict[str, Any]) -> Any:
    """The answer as it is released: not written yet."""
    scope = dict(namespace)
    exec(compile(released(exercise.solution.source), exercise.name, "exec"), scope)
    defined = definition(exercise.solution.source)
    return scope[defined.name if defined else exercise.name]


def _returns_none(*args: Any, **options: Any) -> None:
    """Answer nothing, whatever the exercise."""


def _returns_nan(*args: Any, **options: Any) -> float:
    """Answer no number, whatever the exercise."""
    return float("nan")
