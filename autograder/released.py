"""The notebook of an assignment, cell by cell: what its cells are called and what students see of them.

The build makes the released notebook from it, and intake holds every submission against it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from . import markers
from .exercise import Assignment, Cell, Check


@dataclass(frozen=True, slots=True)
class Place:
    """One cell of the notebook.

    Attributes:
        kind: "markdown", "code", "solution" or "check".
        name: nbgrader's grade_id: the answer's or the check's name, "given-…" for other code, "" for text.
        id: the cell's id in the notebook.
        secret: the text with the answer and the hidden tests.
        source: the text students get.
        check: of a check cell.
    """

    kind: str
    name: str
    id: str
    secret: str
    source: str
    check: Check | None = None


@lru_cache(maxsize=16)
def places(assignment: Assignment) -> tuple[Place, ...]:
    """Return the cells of an assignment's notebook, in order."""
    checks = {check.name: check for exercise in assignment.exercises for check in exercise.checks}
    kept = [cell for cell in assignment.cells if cell.kind not in ("wrong", "right")]
    return tuple(
        _place(cell, identity, checks.get(cell.name)) for cell, identity in zip(kept, cell_ids(kept), strict=True)
    )


def cell_ids(cells: list[Cell]) -> list[str]:
    """Name cells by what they define or by their text, so that the ids survive a rebuild.

    >>> cell_ids([Cell("solution", "", 1, "conv2d"), Cell("code", "1 + 1", 2), Cell("code", "1 + 1", 3)])
    ['conv2d', '72fce59447a0', '72fce59447a0-2']
    """
    taken: list[str] = []
    for cell in cells:
        base = cell.name.replace("_", "-")[:48] if cell.name else hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        candidates = [base, *(f"{base}-{number}" for number in range(2, len(cells) + 3))]
        taken.append(next(candidate for candidate in candidates if candidate not in taken))
    return taken


def _place(cell: Cell, identity: str, check: Check | None) -> Place:
    if cell.kind == "markdown":
        return Place("markdown", "", identity, cell.source, cell.source)
    secret = cell.source
    if check is not None:
        plural = "" if check.points == 1 else "s"
        secret = f"# Check · {check.points} point{plural} · {check.why}\n{secret}"
    return Place(cell.kind, cell.name or f"given-{identity}", identity, secret, markers.released(secret), check)
