"""A file somebody handed in → cells fit to run, or a reason why it is refused.

The assignment says what there is to grade; the notebook says only what the student wrote. So every code cell of the
notebook runs, in its order, except the checks: in their place our own run. Nothing here executes anything.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import Rejected
from .exercise import Assignment, Check

LARGEST = 50 << 20  # bytes of a notebook; a released one has a tenth of a megabyte
MOST_CELLS = 2_000
LONGEST = 1 << 20  # characters of a cell


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: run a student's cell, or one of our checks.

    Attributes:
        index: the cell's place in the submitted notebook; −1 for a check that was not in it.
        source: the student's code; empty for a check.
        check: the check to run instead.
    """

    index: int
    source: str = ""
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A notebook that was let in.

    Attributes:
        notebook: its JSON, with cells as they came; for the feedback.
        steps: what to do, in order; every check of the assignment exactly once.
        repairs: what had to be mended, in words for the instructor.
    """

    notebook: dict[str, Any]
    steps: tuple[Step, ...]
    repairs: tuple[str, ...]


def read(path: Path, assignment: Assignment) -> Submission:
    """Read what a student handed in.

    Raises:
        Rejected: it is no notebook, or not of this assignment; the message says what came and what to do.
    """
    notebook = _notebook(path)
    every = [check for exercise in assignment.exercises for check in exercise.checks]
    checks = {check.name: check for check in every}
    answers = {exercise.name for exercise in assignment.exercises}
    seen: Counter[str] = Counter()
    steps, repairs, known = [], [], 0
    for index, cell in enumerate(notebook["cells"]):
        name = _grade_id(cell)
        known += name in checks or name in answers
        if name in checks:
            check = checks[name]
            seen[check.name] += 1
            if seen[check.name] == 1:
                steps.append(Step(index, check=check))
            continue
        if name in answers and cell["cell_type"] != "code":
            repairs.append(f"the answer cell `{name}` was turned into text; it does not run")
        if cell["cell_type"] == "code" and _source(cell).strip():
            steps.append(Step(index, _source(cell)))
    if not known:
        raise Rejected(
            f"{path.name} is no notebook of {assignment.unit}: none of its cells belongs to that assignment."
        )
    for check in every:
        if seen[check.name] > 1:
            repairs.append(
                f"the check `{check.name}` stands there {seen[check.name]} times; it runs once, at the first place"
            )
        if not seen[check.name]:
            repairs.append(f"the check `{check.name}` was missing; it runs at the end")
            steps.append(Step(-1, check=check))
    return Submission(notebook, tuple(steps), tuple(repairs))


def _notebook(path: Path) -> dict[str, Any]:
    if path.is_symlink() or not path.is_file():
        raise Rejected(f"{path.name} is no regular file.")
    size = path.stat().st_size
    if size > LARGEST:
        raise Rejected(f"{path.name} has {size / 1e6:.0f} MB, at most {LARGEST / 1e6:.0f} are read: clear its outputs.")
    try:
        notebook = json.loads(path.read_bytes())
    except UnicodeDecodeError:
        raise Rejected(f"{path.name} is not text in UTF-8: save it again from Jupyter.") from None
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Rejected(
            f"{path.name} is not a notebook: its JSON breaks off{where}. Save it again from Jupyter."
        ) from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        raise Rejected(f"{path.name} is not a notebook of format 4: open it in Jupyter and save it again.")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or len(cells) > MOST_CELLS or not all(map(_is_cell, cells)):
        raise Rejected(f"{path.name} is a damaged notebook: its cells are malformed, too long or too many.")
    return notebook


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    source = cell.get("source")
    if not isinstance(source, str) and not (isinstance(source, list) and all(isinstance(line, str) for line in source)):
        return False
    return len(_source(cell)) <= LONGEST


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _grade_id(cell: dict[str, Any]) -> str:
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = mark.get("grade_id") if isinstance(mark, dict) else None
    return name if isinstance(name, str) else ""
