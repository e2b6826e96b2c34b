"""An example class whose true scores are known, because it is made of answers that were proved before.

Every student hands in the released notebook with cells taken from the answer, from the other right
answers, from wrong answers, or with typical accidents: a cell left alone, a crash, a syntax error.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat

from . import build
from .exercise import Assignment, Variant
from .markers import released as stub_of
from .mutation import Proof

STUDENTS = (
    "ada", "boole", "cantor", "dirac", "euler", "fermat", "gauss",
    "hopper", "ising", "jacobi", "kepler", "lovelace", "maxwell", "noether",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Submission:
    """One student's notebook: the text of each answer, and the points each is known to earn."""

    student: str
    answers: dict[str, str]
    scores: dict[str, float]


def make_class(proofs: list[Proof]) -> list[Submission]:
    """Return a submission for each of `STUDENTS`, with known scores.

    Args:
        proofs: what `mutation.verify` found out about the unit; the scores come from there.
    """
    plans = [
        [_answer(proof) for proof in proofs],
        [_variant(proof, proof.right[0].variant) for proof in proofs],
        [_variant(proof, proof.right[-1].variant) for proof in proofs],
        [_untouched(proof) for proof in proofs],
        [_answer(proof) if i < len(proofs) // 2 else _untouched(proof) for i, proof in enumerate(proofs)],
        [_crash(proof) if i % 2 else _answer(proof) for i, proof in enumerate(proofs)],
        [
            _syntax_error(proof) if i % 3 == 0 else _variant(proof, proof.right[0].variant)
            for i, proof in enumerate(proofs)
        ],
    ]
    for turn in range(len(STUDENTS) - len(plans)):  # the others: wrong answers in turn, some exercises right
        plans.append(
            [
                _answer(proof)
                if (i + turn) % 3 == 0
                else _variant(proof, proof.wrong[(i + turn) % len(proof.wrong)].variant)
                for i, proof in enumerate(proofs)
            ]
        )
    names = [proof.exercise.name for proof in proofs]
    return [
        Submission(
            student,
            {name: text for name, (text, _) in zip(names, plan, strict=True)},
            {name: points for name, (_, points) in zip(names, plan, strict=True)},
        )
        for student, plan in zip(STUDENTS, plans, strict=True)
    ]


def hand_in(course: Path, root: Path, assignment: Assignment, submissions: list[Submission]) -> None:
    """Lay out a class folder below `root`: the release, the gradebook and every student's notebook."""
    unit = assignment.unit
    for folder in ("submitted", "autograded", "feedback"):
        for old in (root / folder).glob(f"*/{unit}"):
            shutil.rmtree(old)
    build.register(assignment, root, course / build.SETTINGS)
    released = root / "release" / unit / f"{unit}.ipynb"
    for submission in submissions:
        notebook = nbformat.read(released, as_version=4)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in submission.answers:
                cell.source = submission.answers[name]
        build.write(notebook, root / "submitted" / submission.student / unit / f"{unit}.ipynb")


def _answer(proof: Proof) -> tuple[str, float]:
    return proof.exercise.solution.source, sum(verdict.points for verdict in proof.answer)


def _untouched(proof: Proof) -> tuple[str, float]:
    return stub_of(proof.exercise.solution.source), 0.0


def _variant(proof: Proof, variant: Variant) -> tuple[str, float]:
    trial = next(trial for trial in proof.trials if trial.variant is variant)
    return re.sub(rf"\b{variant.name}\b", proof.exercise.name, variant.source), trial.points


def _crash(proof: Proof) -> tuple[str, float]:
    return f"def {proof.exercise.name}(*args, **options):\n    return nothing_of_this_name", 0.0


def _syntax_error(proof: Proof) -> tuple[str, float]:
    return f"def {proof.exercise.name}(x:\n    return x", 0.0
