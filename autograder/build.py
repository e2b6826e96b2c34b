"""Generate what students open: release/ from source/, the lessons' notebooks, and the bundle to hand out.

Everything is reproducible byte for byte: cell ids come from what a cell is, outputs are left out.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from . import leaks, markers, released
from .classroom import Classroom
from .errors import BuildError, StaleError
from .exercise import Assignment

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
SETTINGS = "nbgrader_config.py"
FOLDED = {"source_hidden": True}
FOLDED_FROM = ("# Figure · ", "# Tools · ")  # cells that only draw or help start so, and are folded to that line


def build(course: Path, names: Sequence[str] = ()) -> list[Path]:
    """Write release/UNIT/UNIT.ipynb and the lessons' notebooks, and register the units in the gradebook.

    Args:
        course: the folder that holds source/, course/ and release/.
        names: units by name or number; all when empty.

    Returns:
        The files written.

    Raises:
        CourseError: a source breaks a rule, nbgrader refuses, or something secret would get out; in the last
            case nothing is written.
    """
    with tempfile.TemporaryDirectory(prefix="cnn-build-") as folder:
        fresh = generate(course, names, Path(folder))
        written = [_copy(made, course / relative) for relative, made in fresh.items()]
    for path in markers.units(course, names):
        register(markers.read(path), course, course / SETTINGS)
    return written


def check(course: Path, names: Sequence[str] = ()) -> list[Path]:
    """Compare the committed notebooks with what their sources build; return the files compared.

    Raises:
        StaleError: naming each file that differs and its first differing cell.
    """
    with tempfile.TemporaryDirectory(prefix="cnn-build-") as folder:
        fresh = generate(course, names, Path(folder))
        stale = [problem for relative, made in fresh.items() if (problem := _difference(course / relative, made))]
    if stale:
        raise StaleError("\n".join(stale) + "\nrun `make build` and commit what it writes")
    return list(fresh)


def generate(course: Path, names: Sequence[str], work: Path) -> dict[Path, Path]:
    """Build everything below `work` and pass it through the leak gate.

    Returns:
        Where each file belongs in the course → where it was made.
    """
    everything = [markers.read(path) for path in markers.units(course)]
    chosen = [markers.read(path) for path in markers.units(course, names)]
    classroom = Classroom(work, course / SETTINGS)
    classroom.config.CourseDirectory.db_url = f"sqlite:///{work / 'gradebook.db'}"
    made = {}
    for assignment in chosen:
        write(instructor_notebook(assignment), work / "build" / "source" / assignment.unit / f"{assignment.unit}.ipynb")
        classroom.generate(assignment.unit)
        relative = Path("release") / assignment.unit / f"{assignment.unit}.ipynb"
        extra = [path for path in (work / relative).parent.iterdir() if path.name != relative.name]
        if extra:
            raise BuildError(f"nbgrader put {extra[0].name} into the release of {assignment.unit}")
        made[relative] = work / relative
    numbers = {assignment.unit.split("_")[0] for assignment in chosen}
    for path in sorted((course / "course").glob("*.py")):
        if not names or path.stem.split("_")[0] in numbers:
            relative = Path("course") / f"{path.stem}.ipynb"
            made[relative] = write(lesson_notebook(path), work / relative)
    leaks.gate(everything, [*made.values(), *handed_out(course, made)])
    return made


def register(assignment: Assignment, root: Path, settings: Path | None) -> None:
    """Write ROOT/build/source/ and let nbgrader enter the unit in the gradebook of ROOT.

    Raises:
        BuildError: nbgrader refused.
    """
    unit = assignment.unit
    write(instructor_notebook(assignment), root / "build" / "source" / unit / f"{unit}.ipynb")
    Classroom(root, settings).generate(unit)


def handed_out(course: Path, made: Iterable[Path] = ()) -> list[Path]:
    """Return the text files beside the notebooks that students get: cnnlib, lessons' sources, the README."""
    files = [*sorted((course / "cnnlib").rglob("*.py")), *sorted((course / "course").glob("*.py"))]
    files += [
        path for path in sorted((course / "course").glob("*.ipynb")) if Path("course") / path.name not in set(made)
    ]
    return [path for path in [*files, course / "README.md"] if path.is_file()]


def bundle(course: Path, archive: Path) -> Path:
    """Write the zip file students get: release/, lessons, cnnlib and how to install; the same bytes every time."""
    folders = [
        *(course / "release").rglob("*.ipynb"),
        *(course / "course").glob("*.ipynb"),
        *(course / "cnnlib").rglob("*"),
    ]
    names = ("README.md", "LICENSE", "environment.yml", "pyproject.toml", "requirements.lock", "Makefile")
    files = [path for path in folders if path.is_file() and "__pycache__" not in path.parts]
    files += [course / name for name in names if (course / name).is_file()]
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"cnn-course/{path.relative_to(course).as_posix()}", (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            target.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive


def instructor_notebook(assignment: Assignment) -> NotebookNode:
    """Return the notebook with answers and hidden tests that nbgrader makes the release from."""
    notebook: NotebookNode = new_notebook(metadata=KERNEL)
    for place in released.places(assignment):
        made = _cell(place.kind, place.id, place.secret)
        notebook.cells.append(made)
        if place.kind == "markdown":
            continue
        made.metadata["nbgrader"] = {
            "grade": place.check is not None,
            "grade_id": place.name,
            "locked": place.kind != "solution",
            "schema_version": 3,
            "solution": place.kind == "solution",
            "task": False,
        }
        if place.check is not None:
            made.metadata["nbgrader"]["points"] = place.check.points
            # Run All goes on after a failing check, so one run shows every verdict
            made.metadata["tags"] = ["raises-exception"]
            # Folded to its first line: students read the verdict, and open the check when they want to
            made.metadata["jupyter"] = FOLDED
    return notebook


def lesson_notebook(path: Path) -> NotebookNode:
    """Return a lesson as a notebook without outputs."""
    cells = [cell for cell, _ in markers.read_cells(path)]
    notebook: NotebookNode = new_notebook(metadata=KERNEL)
    notebook.cells = [
        _cell(cell.kind, identity, cell.source) for cell, identity in zip(cells, released.cell_ids(cells), strict=True)
    ]
    return notebook


def write(notebook: NotebookNode, path: Path) -> Path:
    """Write a valid notebook; return its path."""
    nbformat.validate(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def _cell(kind: str, identity: str, source: str) -> NotebookNode:
    made: NotebookNode = (new_markdown_cell if kind == "markdown" else new_code_cell)(source, id=identity)
    if source.startswith(FOLDED_FROM):
        made.metadata["jupyter"] = FOLDED
    return made


def _copy(made: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made, target)
    return target


def _difference(committed: Path, made: Path) -> str | None:
    """Say where a committed notebook differs from the fresh one; None when the bytes are equal."""
    if not committed.is_file():
        return f"{committed}: missing"
    if committed.read_bytes() == made.read_bytes():
        return None
    try:
        old = nbformat.read(committed, as_version=nbformat.NO_CONVERT)
    except Exception as error:
        return f"{committed}: not a notebook: {error}"
    new = nbformat.read(made, as_version=nbformat.NO_CONVERT)
    for number, (was, now) in enumerate(zip_longest(old.get("cells", []), new.cells), 1):
        if was != now:
            if was is None or now is None:
                return f"{committed}: cell {number} is {'missing' if was is None else 'too many'}"
            lines = zip_longest(was.get("source", "").splitlines(), now.source.splitlines())
            first = next(((a, b) for a, b in lines if a != b), None)
            what = f"committed {first[0]!r}, built {first[1]!r}" if first else "its metadata or outputs differ"
            return f"{committed}: cell {number} (id {now.get('id')}): {what}"
    return f"{committed}: the cells agree, the notebook's metadata or layout differs"
