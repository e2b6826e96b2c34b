"""A file somebody handed in → cells fit to run, or a reason why it is refused.

The released notebook is the measure. Cells of the course run as the course wrote them, whatever stands in the
submission; in the place of check cells our own checks run; answers and other cells run as the student wrote them.
Nothing here executes anything.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import names
from .errors import Rejected
from .exercise import Assignment, Check
from .released import Place, places

LARGEST = 50 << 20  # bytes of a notebook; a released one has a tenth of a megabyte
MOST_CELLS = 2_000
LONGEST = 1 << 20  # characters of a cell
PLAIN = re.compile(r"\w[\w.@+-]*")
LONGEST_ID = 100  # characters of a student's id
PYTHON = ("python", "python3", "ipython")
# What an answer has no use for; instructors are told where it stands.
CURIOUS = re.compile(
    r"\b(_getframe|f_back|get_objects|get_referrers|ast_transformers|ctypes|settrace|setprofile|_exit|linecache"
    r"|subprocess|socket|__subclasses__|__globals__|autograder|user_ns|atexit|addaudithook|pickle)\b"
)


@dataclass(frozen=True, slots=True)
class Handed:
    """A notebook that lies in submitted/.

    Attributes:
        student: the folder's name, with anything but letters, digits and `-_.@+` percent-encoded.
        path: the notebook.
        problem: why it cannot be taken, or "".
        when: what nbgrader's timestamp.txt beside it says.
    """

    student: str
    path: Path
    problem: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One cell of the notebook, in the order of work.

    Attributes:
        kind: "markdown", "code", "solution" or "check".
        name: what the course calls it; empty for a student's own cell.
        source: its text; of a check, what students see of it.
        locked: whether the text is the course's own.
        runs: whether it runs in the student's process.
        check: the check to run in the checker.
    """

    kind: str
    name: str
    source: str
    locked: bool = False
    runs: bool = False
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A notebook that was let in.

    Attributes:
        steps: its cells, and every check of the assignment exactly once.
        notes: what was mended, and what an instructor should look at.
    """

    steps: tuple[Step, ...]
    notes: tuple[str, ...]


def collect(root: Path, unit: str) -> list[Handed]:
    """Find what was handed in for a unit, sorted by student; refused ones too."""
    submitted = root / "submitted"
    folders = sorted(submitted.iterdir()) if submitted.is_dir() else []
    return sorted((_handed(folder, unit) for folder in folders if _exists(folder / unit)), key=lambda one: one.student)


def load(path: Path) -> bytes:
    """Read a file of a student, following no link and waiting for nobody.

    Raises:
        Rejected: it is no regular file, or too large.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise Rejected(f"{path.name} is no regular file: nothing of that name was handed in.") from None
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise Rejected(f"{path.name} is no regular file: hand in the notebook itself.") from None
        raise Rejected(f"{path.name} cannot be read ({error.strerror}): look at its rights.") from None
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise Rejected(f"{path.name} is no regular file: hand in the notebook itself.")
        if found.st_nlink > 1:
            raise Rejected(f"{path.name} has a second name on this disk (a hard link): copy the notebook itself.")
        if found.st_size > LARGEST:
            size, most = found.st_size / 1e6, LARGEST / 1e6
            raise Rejected(f"{path.name} has {size:.0f} MB, at most {most:.0f} are read: clear its outputs.")
        with open(number, "rb", closefd=False) as file:
            return file.read(LARGEST)
    finally:
        os.close(number)


def read(path: Path, assignment: Assignment) -> Submission:
    """Read what a student handed in.

    Raises:
        Rejected: it is no notebook, or not of this assignment; the message says what came and what to do.
    """
    return parse(load(path), path.name, assignment)


def parse(data: bytes, name: str, assignment: Assignment) -> Submission:
    """Make steps of a notebook's bytes; `name` is for messages.

    Raises:
        Rejected: as `read`.
    """
    cells = _cells(data, name)
    given = places(assignment)
    steps, notes = _restored(cells, given, _Released(given))
    if not any(step.name in _graded(assignment) for step, came in steps if came):
        raise Rejected(f"{name} is no notebook of {assignment.unit}: none of its cells belongs to that assignment.")
    kept = [step for step, _ in steps]
    notes += [note for number, step in enumerate(kept, 1) for note in _curious(number, step)]
    return Submission(tuple(_without_demonstrations(kept)), tuple(notes))


def student_id(folder: str) -> str:
    """Return the id for a folder's name: the name, or something harmless where the name is no id.

    >>> student_id("ada"), student_id("../a b")
    ('ada', '..%2Fa%20b')
    """
    if PLAIN.fullmatch(folder) and len(folder) <= LONGEST_ID:
        return folder
    encoded = quote(os.fsencode(folder), safe="")
    if len(encoded) > LONGEST_ID:
        encoded = f"{encoded[: LONGEST_ID - 9]}-{hashlib.sha256(encoded.encode()).hexdigest()[:8]}"
    return encoded


def _handed(folder: Path, unit: str) -> Handed:
    student = student_id(folder.name)
    path = folder / unit / f"{unit}.ipynb"
    if student != folder.name or not PLAIN.fullmatch(student):
        return Handed(student, path, "the folder's name is no student id: letters, digits and -_.@+ only.")
    if folder.is_symlink() or (folder / unit).is_symlink() or not (folder / unit).is_dir():
        return Handed(student, path, "the folder is a link or no folder: hand in the notebook itself.")
    if not _exists(path):
        others = [other for other in sorted((folder / unit).iterdir()) if other.suffix == ".ipynb"]
        if len(others) != 1:
            came = ", ".join(quote(os.fsencode(other.name), safe=" @+") for other in others[:5]) or "none"
            return Handed(student, path, f"no notebook {unit}.ipynb in the folder; notebooks there: {came}.")
        path = others[0]
    return Handed(student, path, when=_timestamp(folder / unit))


def _timestamp(folder: Path) -> str:
    try:
        return load(folder / "timestamp.txt")[:100].decode("ascii").strip()
    except (Rejected, UnicodeDecodeError):
        return ""


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except OSError:
        return False
    return True


def _cells(data: bytes, name: str) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(data)
    except UnicodeDecodeError:
        raise Rejected(f"{name} is not text in UTF-8: save it again from Jupyter.") from None
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Rejected(f"{name} is not a notebook: its JSON breaks off{where}. Save it again from Jupyter.") from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        raise Rejected(f"{name} is not a notebook of format 4: open it in Jupyter and save it again.")
    if (language := _language(notebook.get("metadata"))) not in PYTHON:
        raise Rejected(f"{name} is written for {language[:50]!r}: choose the kernel Python 3 and save it again.")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or len(cells) > MOST_CELLS or not all(map(_is_cell, cells)):
        raise Rejected(f"{name} is a damaged notebook: its cells are malformed, too long or too many.")
    return cells


def _language(metadata: Any) -> str:
    for part in ("kernelspec", "language_info"):
        about = metadata.get(part) if isinstance(metadata, dict) else None
        for key in ("language", "name") if part == "language_info" else ("language",):
            language = about.get(key) if isinstance(about, dict) else None
            if isinstance(language, str) and language:
                return language.lower()
    return "python"


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


def _graded(assignment: Assignment) -> set[str]:
    return {name for e in assignment.exercises for name in (e.name, *(check.name for check in e.checks))}


class _Released:
    """Which cell of the released notebook a submitted one is: by nbgrader's mark, else by its id."""

    def __init__(self, given: tuple[Place, ...]) -> None:
        self.by_name = {place.name: place for place in given if place.name}
        self.by_id = {place.id: place for place in given if place.name}

    def of(self, cell: dict[str, Any]) -> Place | None:
        metadata = cell.get("metadata")
        mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        if isinstance(mark, dict):
            name = mark.get("grade_id")
            return self.by_name.get(name) if isinstance(name, str) else None
        identity = cell.get("id")
        return self.by_id.get(identity) if isinstance(identity, str) else None


def _restored(
    cells: list[dict[str, Any]], given: tuple[Place, ...], released: _Released
) -> tuple[list[tuple[Step, bool]], list[str]]:
    """The steps of a notebook, each with whether it came or was missing; and what was mended."""
    texts = {place.source for place in given if place.kind == "markdown"}
    steps: list[tuple[Step, bool]] = []
    notes: list[str] = []
    seen: set[str] = set()
    for cell in cells:
        place, source = released.of(cell), _source(cell)
        if place is None or (place.kind == "code" and place.name in seen):
            own = "code" if cell["cell_type"] == "code" else "markdown"
            runs, ours = own == "code" and bool(source.strip()), own == "markdown" and source in texts
            steps.append((Step(own, "", source, locked=ours, runs=runs), True))
        elif place.kind == "solution":
            code = cell["cell_type"] == "code"
            if not code:
                notes.append(f"the answer cell `{place.name}` was turned into text; it does not run")
            if place.name in seen:
                notes.append(f"the answer cell `{place.name}` stands there more than once; each runs in its place")
            steps.append((Step("solution", place.name, source, runs=code and bool(source.strip())), True))
        elif place.name in seen:
            notes.append(f"the check `{place.name}` stands there more than once; it runs once, at the first place")
        else:
            if source.strip() != place.source.strip():
                notes.append(f"the cell `{place.name}` had been changed; the course's own took its place")
            steps.append((_step(place), True))
        if place is not None:
            seen.add(place.name)
    for before, place in _missing(given, seen):
        at = max((i for i, (step, _) in enumerate(steps, 1) if before and step.name == before), default=0)
        notes.append(f"the cell `{place.name}` was missing; " + WITHOUT[place.kind])
        if place.kind != "solution":
            steps.insert(at, (_step(place), False))
    return steps, notes


WITHOUT = {
    "code": "the course's own was put back",
    "check": "it was put back and ran",
    "solution": "its checks look for the answer in the other cells",
}


def _missing(given: tuple[Place, ...], seen: set[str]) -> Iterator[tuple[str, Place]]:
    """Cells that a notebook lacks, each with the name of the one before it."""
    before = ""
    for place in given:
        if place.name and place.name not in seen:
            yield before, place
            if place.kind == "solution":
                continue
        before = place.name or before


def _step(place: Place) -> Step:
    return Step(place.kind, place.name, place.source, locked=True, runs=place.check is None, check=place.check)


def _curious(number: int, step: Step) -> list[str]:
    if step.locked or not step.runs:
        return []
    words = sorted(set(CURIOUS.findall(step.source)))
    return [f"cell {number} is worth a look: it names {', '.join(words)}"] if words else []


def _without_demonstrations(steps: list[Step]) -> list[Step]:
    """Leave out the course's cells that only show something: no later cell uses a name they define."""
    wanted: set[str] = set()
    kept = []
    for step in reversed(steps):
        if step.runs and step.locked:
            step = replace(step, runs=bool(names.bound(step.source) & wanted))
        if step.runs:
            wanted |= names.used(step.source)
        kept.append(step)
    return kept[::-1]
