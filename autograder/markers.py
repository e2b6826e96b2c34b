"""Read an assignment from its source: the only module that knows the markers.

A source file is a notebook in py:percent form. Cells with these markers belong to an exercise; the rest is
text and helper code:

    # %% solution="name"                              the answer, its secret part between the SOLUTION lines
    # %% check="name" points=2 why="..."              a function check_name_aspect(name), then its call
    # %% wrong="name" why="..." keyword="..."         a function name__misunderstanding
    # %% right="name" why="..."                       a function name__other_way
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jupytext

from .errors import MarkerError, UnitNotFound
from .exercise import Assignment, Cell, Check, Exercise, Variant

# marker → the options it must have, with their types
MARKERS: dict[str, dict[str, type]] = {
    "solution": {},
    "check": {"points": int, "why": str},
    "wrong": {"why": str, "keyword": str},
    "right": {"why": str},
}
HEADING = re.compile(
    r"^### (?P<number>\d+) · (?P<title>.+?)\s+·\s+(?P<points>\d+) points?"
    r"\s+·\s+(?P<minutes>\d+) min\s+·\s+(?P<difficulty>●○○|●●○|●●●) difficulty$",
    re.MULTILINE,
)
HEADING_FORM = "### 3 · Title  ·  4 points  ·  20 min  ·  ●●○ difficulty"
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")  # nbgrader's own


def units(course: Path, names: Iterable[str] = ()) -> list[Path]:
    """Return the source files of the named units, or of all.

    Args:
        course: the folder that holds source/.
        names: unit names such as "08_convolution", or numbers, which may stand for several parts.

    Raises:
        UnitNotFound: there is no source/ here, or a name fits no unit.
    """
    found = {path.stem: path for path in sorted((course / "source").glob("*/*.py")) if path.stem == path.parent.name}
    if not found:
        raise UnitNotFound(
            f"{course.resolve()} holds no source/NN_topic/NN_topic.py; "
            "run this from the course folder, or give --course DIR"
        )
    chosen = []
    for name in names:
        fitting = [unit for unit in found if unit == name or unit.split("_")[0] == name]
        if not fitting:
            raise UnitNotFound(f"no unit is called {name!r}; there are {', '.join(found)}")
        chosen += [found[unit] for unit in fitting]
    return chosen or list(found.values())


def unit(course: Path, name: str) -> Path:
    """Return the source file of one unit.

    Raises:
        UnitNotFound: the name fits no unit, or a number fits several.
    """
    fitting = units(course, [name])
    if len(fitting) > 1:
        raise UnitNotFound(f"{name!r} has {len(fitting)} parts; name one: {', '.join(path.stem for path in fitting)}")
    return fitting[0]


def read_cells(path: Path) -> list[tuple[Cell, dict[str, Any]]]:
    """Split a py:percent file into cells, each with the options of its marker.

    Raises:
        MarkerError: the file is no py:percent notebook, or a marker is unknown.
    """
    try:
        text = path.read_text(encoding="utf-8")
        notebook = jupytext.reads(text, fmt="py:percent")
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError) as error:
        raise MarkerError(f"{path}: cannot be read as a py:percent notebook: {error}") from error
    starts = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"# ?%%", line)]
    if len(starts) != len(notebook.cells):
        raise MarkerError(
            f"{path}:1: {len(notebook.cells)} cells but {len(starts)} lines that begin with `# %%`; "
            "begin the file, and every cell, with such a line"
        )
    cells, problems = [], []
    for start, raw in zip(starts, notebook.cells, strict=True):
        options = {
            key: value for key, value in raw.metadata.items() if not key.startswith("lines_to_")
        }  # jupytext's own
        kinds = [key for key in options if key in MARKERS]
        unknown = [key for key in options if key not in MARKERS and not any(key in MARKERS[kind] for kind in kinds)]
        if unknown:
            known = ", ".join(MARKERS)
            problems.append(f"{path}:{start}: unknown marker `{unknown[0]}`; the markers are {known}")
        if len(kinds) > 1:
            problems.append(f"{path}:{start}: a cell has one marker, this one has {' and '.join(kinds)}")
        kind = kinds[0] if kinds else raw.cell_type
        cells.append((Cell(kind, raw.source, start), options))
    if problems:
        raise MarkerError("\n".join(problems))
    return cells


def read(path: Path) -> Assignment:
    """Read an assignment and hold it to the rules.

    Raises:
        MarkerError: naming file and line of every breach.
    """
    reader = _Reader(path)
    cells = tuple(reader.cell(cell, options) for cell, options in read_cells(path))
    exercises = tuple(reader.exercise(cells, index) for index, cell in enumerate(cells) if cell.kind == "solution")
    reader.whole(cells, exercises)
    if reader.problems:
        raise MarkerError("\n".join(reader.problems))
    return Assignment(path.stem, path, cells, exercises)


def released(source: str) -> str:
    """Return the text of a cell as students get it: the answer is a stub, hidden tests are gone.

    >>> print(released("def f(x):\\n    ### BEGIN SOLUTION\\n    return x\\n    ### END SOLUTION"))
    def f(x):
        # YOUR CODE HERE
        raise NotImplementedError()
    """
    stub = r"\n".join(rf"\g<1>{line}" for line in STUB)
    source = re.sub(r"(?ms)^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*", stub, source)
    return re.sub(r"(?ms)^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS[^\n]*(\n|\Z)", "", source)


def secret_lines(source: str) -> list[str]:
    """Return the lines between the SOLUTION marks and between the HIDDEN TESTS marks.

    >>> secret_lines("def f(x):\\n    ### BEGIN SOLUTION\\n    return 2 * x\\n    ### END SOLUTION")
    ['    return 2 * x']
    """
    regions = re.findall(r"### BEGIN (SOLUTION|HIDDEN TESTS)[^\n]*\n(.*?)### END \1", source, flags=re.DOTALL)
    return [line for _, region in regions for line in region.splitlines() if line.strip()]


def definition(source: str) -> ast.FunctionDef | ast.ClassDef | None:
    """Return the last function or class a cell defines at its top level."""
    tree = ast.parse(source)
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return found[-1] if found else None


class _Reader:
    """Collects every breach of the rules in one file, each with its line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.options: dict[int, dict[str, Any]] = {}

    def problem(self, line: int, text: str) -> None:
        self.problems.append(f"{self.path}:{line}: {text}")

    def cell(self, cell: Cell, options: dict[str, Any]) -> Cell:
        """Check a cell's options and give it the name of what it defines."""
        self.options[cell.line] = options
        if cell.kind not in MARKERS:
            if secret_lines(cell.source):
                self.problem(cell.line, "an answer or hidden test stands in a cell without a marker")
            return cell
        for option, wanted in MARKERS[cell.kind].items():
            value = options.get(option)
            if not isinstance(value, wanted) or isinstance(value, bool) or not value:
                came = "none" if value is None else repr(value)
                self.problem(
                    cell.line, f'{cell.kind}="{options[cell.kind]}" needs {option}={_example(wanted)}, came {came}'
                )
        try:
            defined = definition(cell.source)
        except SyntaxError as error:
            self.problem(cell.line + (error.lineno or 1), f"not Python: {error.msg}")
            return cell
        if defined is None:
            self.problem(cell.line, f"a {cell.kind} cell defines a function or a class; this one defines none")
            return cell
        return Cell(cell.kind, cell.source, cell.line, defined.name)

    def exercise(self, cells: tuple[Cell, ...], index: int) -> Exercise:
        """Gather the exercise whose answer stands at `index`."""
        solution = cells[index]
        name = str(self.options[solution.line]["solution"])
        if solution.name and solution.name != name:
            self.problem(solution.line, f'solution="{name}" defines `{solution.name}`')
        if not secret_lines(solution.source):
            self.problem(solution.line, f"`{name}` has no answer between `### BEGIN SOLUTION` and `### END SOLUTION`")
        own = [cell for cell in cells if self.options[cell.line].get(cell.kind) == name]
        checks = tuple(self.check(cell, name) for cell in own if cell.kind == "check")
        variants = tuple(self.variant(cell, name) for cell in own if cell.kind in ("wrong", "right"))
        heading = self.heading(cells[index - 1] if index else None, solution, name)
        exercise = Exercise(
            name, heading["title"], heading["minutes"], heading["difficulty"], solution, checks, variants
        )
        if not checks:
            self.problem(solution.line, f"`{name}` has no check")
        elif heading["points"] not in (0, exercise.points):
            self.problem(
                solution.line,
                f"the heading of `{name}` promises {heading['points']} points, its checks give {exercise.points}",
            )
        if not exercise.wrong:
            self.problem(solution.line, f"`{name}` has no wrong answers; without them nothing proves its checks")
        return exercise

    def heading(self, prompt: Cell | None, solution: Cell, name: str) -> dict[str, Any]:
        """Read title, points, minutes and difficulty from the text above an answer, and count its hints."""
        match = HEADING.search(prompt.source) if prompt and prompt.kind == "markdown" else None
        if match is None or prompt is None:
            self.problem(solution.line, f"the text cell above `{name}` needs a heading such as `{HEADING_FORM}`")
            return {"title": name, "points": 0, "minutes": 0, "difficulty": 0}
        hints = len(re.findall(r"<summary>Hint \d", prompt.source))
        if hints != 3:
            self.problem(prompt.line, f"`{name}` needs three hints (`<summary>Hint 1: …`), it has {hints}")
        return {
            "title": match["title"],
            "points": int(match["points"]),
            "minutes": int(match["minutes"]),
            "difficulty": match["difficulty"].count("●"),
        }

    def check(self, cell: Cell, exercise: str) -> Check:
        """Read a check and hold it to its form: one argument, the answer; then its own call."""
        options = self.options[cell.line]
        if cell.name:
            tree = ast.parse(cell.source)
            defined, last = definition(cell.source), tree.body[-1]
            arguments = [arg.arg for arg in defined.args.args] if isinstance(defined, ast.FunctionDef) else []
            if not cell.name.startswith(f"check_{exercise}") or arguments != [exercise]:
                self.problem(cell.line, f"a check of `{exercise}` is a function check_{exercise}_aspect({exercise})")
            if ast.unparse(last) != f"{cell.name}({exercise})":
                self.problem(cell.line, f"the cell must end with the call `{cell.name}({exercise})`")
        points = options.get("points")
        return Check(
            cell.name,
            exercise,
            points if isinstance(points, int) else 0,
            str(options.get("why", "")),
            cell.source,
            cell.line,
        )

    def variant(self, cell: Cell, exercise: str) -> Variant:
        """Read another answer; its name begins with the exercise's."""
        options = self.options[cell.line]
        if cell.name and not cell.name.startswith(f"{exercise}__"):
            self.problem(cell.line, f"an answer to `{exercise}` is called {exercise}__something, not `{cell.name}`")
        why, keyword = str(options.get("why", "")), str(options.get("keyword", ""))
        return Variant(cell.name, exercise, why, cell.kind == "right", cell.source, cell.line, keyword)

    def whole(self, cells: tuple[Cell, ...], exercises: tuple[Exercise, ...]) -> None:
        """Look for what only the whole file shows: duplicates, and cells of no exercise."""
        for name, count in Counter(cell.name for cell in cells if cell.name).items():
            if count > 1:
                again = [cell.line for cell in cells if cell.name == name][-1]
                self.problem(again, f"the name `{name}` is taken by an earlier cell")
        names = {exercise.name for exercise in exercises}
        self.variants_stand_alone(exercises)
        for cell in cells:
            owner = self.options[cell.line].get(cell.kind)
            if cell.kind in MARKERS and owner not in names:
                self.problem(cell.line, f'{cell.kind}="{owner}" fits no solution cell of this file')
        if not exercises:
            self.problem(1, 'no exercise: no cell is marked `solution="name"`')

    def variants_stand_alone(self, exercises: tuple[Exercise, ...]) -> None:
        """A variant that calls the answer, or another variant, would prove nothing and could not be handed in."""
        for exercise in exercises:
            taken = {exercise.name, *(variant.name for variant in exercise.variants)}
            for variant in filter(lambda variant: variant.name, exercise.variants):
                used = {node.id for node in ast.walk(ast.parse(variant.source)) if isinstance(node, ast.Name)}
                for name in sorted(used & (taken - {variant.name})):
                    self.problem(variant.line, f"`{variant.name}` uses `{name}`; an answer stands alone")


def _example(wanted: type) -> str:
    return "a whole number above 0" if wanted is int else '"text"'
