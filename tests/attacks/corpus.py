"""The attack cases: files of data, read and checked before anything runs.

A case is a file `CLASS/NAME.py`: comments that say what is tried and what must come of it, then cells in the py:percent
form. It is never imported; what stands in it runs in the sandbox only, except `hand_in`, which is ours.
Write attacks so that they would harm nothing if they succeeded: name what is temporary, bound every loop that starts
processes or writes, open for writing instead of overwriting, connect without asking for anything.

    # about: reads the answers from the course's folder
    # verdict: DENY
    # scores: 1 2
    # says: longer than 2 seconds
    # %% before
    # %% answer
    # %% after
    # %% end
    # %% files name=numpy.py
    # %% hand_in

`before` and `after` (several allowed) are cells around the answer, before its checks; `end` stands below everything;
`answer` is a right one when left out. `hand_in` stands instead of all these and is ours: it writes whatever it wants
into `folder`, with `notebook` (the released one), `cell(notebook, name)`, `write(folder, notebook)` and `submitted`.

Header lines: `about`, `verdict` and, but for REJECT, `scores` (of the checks, in order) must be there. `says` (several
allowed) is what a verdict, a note, the refusal or the autograded notebook must tell. `uses: hunt` puts the searchers of
hunt.py into the first cell. `student` is the folder's name, where that is the attack; in quotes, a Python string.
Words in the cells that are filled in: @COURSE@ (folder on the host), @HOME@ (the grader's), @VENV@, @PID@ (of the
grader), @MARK@ (for names of files and processes, so that what is left tells whose it was), @TCP@, @UDP@, @UNIX@,
@ABSTRACT@ (listeners on the host), @HOSTTMP@ (below the host's /tmp, with a file answers.txt).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

CASES = Path(__file__).parent / "cases"
CLASSES = ("secrets", "tampering", "limits", "damage", "pipeline", "malformed", "paths", "output")
VERDICTS = ("DENY", "ZERO", "LIMIT", "REJECT", "REPAIR", "INERT")
CHECKS = 2  # of the small course
RIGHT = "def double(x):\n    return 2 * x"
HEADER = re.compile(r"# (about|verdict|scores|says|uses|student): *(.*\S)")
MARKER = re.compile(r"# %% *(\w+)(?: +name=(\S+))?")
KINDS = ("before", "answer", "after", "end", "files", "hand_in")


class CaseError(Exception):
    """A case file that cannot be read; the message names it and says what to write."""


@dataclass(frozen=True)
class Case:
    """One attack and what must come of it."""

    group: str
    name: str
    about: str
    verdict: str
    scores: tuple[float, ...]
    says: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    student: str = ""
    before: tuple[str, ...] = ()
    answer: str = RIGHT
    after: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    hand_in: str = ""

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


def read_all(folder: Path = CASES, only: str = "") -> list[Case]:
    """Return the cases of a folder, sorted by class and name; they lie in it or in folders of classes.

    Raises:
        CaseError: one is malformed, or there is none.
    """
    if not folder.is_dir():
        raise CaseError(f"{folder} is no folder: name one that holds case files, or folders of them.")
    paths = sorted([*folder.glob("*.py"), *folder.glob("*/*.py")])
    cases = sorted((read(path) for path in paths), key=str)
    chosen = [case for case in cases if not only or str(case) == only or case.group == only or case.name == only]
    if not chosen:
        wanted = f"no case {only!r} in" if only else "no case files in"
        raise CaseError(f"{wanted} {folder}: a case is a file CLASS/NAME.py.")
    return chosen


def read(path: Path) -> Case:
    """Read one case file.

    Raises:
        CaseError: it is malformed.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path}: cannot be read as UTF-8 ({error}).") from None
    start = next((i for i, line in enumerate(lines) if line.startswith("# %%")), len(lines))
    header, cells = _header(path, lines[:start]), _cells(path, lines, start)
    by_kind = {kind: [source for k, _, source in cells if k == kind] for kind in KINDS}
    for kind in ("answer", "hand_in"):
        if len(by_kind[kind]) > 1:
            raise CaseError(f"{path}: several cells `# %% {kind}`; one at most.")
    if by_kind["hand_in"] and len(cells) > 1:
        raise CaseError(f"{path}: `# %% hand_in` stands instead of all other cells; leave those out.")
    group = path.parent.name if path.parent.name in CLASSES else "own"
    return Case(
        group, path.stem, **header, **{kind: tuple(by_kind[kind]) for kind in ("before", "after", "end")},
        answer=next(iter(by_kind["answer"]), RIGHT), hand_in=next(iter(by_kind["hand_in"]), ""),
        files={name: source for kind, name, source in cells if kind == "files"},
    )  # fmt: skip


def _header(path: Path, lines: list[str]) -> dict[str, object]:
    found: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        matched = HEADER.fullmatch(line.rstrip())
        if matched:
            found.setdefault(matched[1], []).append(matched[2])
        elif line.strip():
            raise CaseError(f"{path}:{number}: {line[:60]!r} is no header line: write `# about: …`, `# verdict: …`, …")
    for key in ("about", "verdict"):
        if len(found.get(key, [])) != 1:
            raise CaseError(f"{path}: exactly one line `# {key}: …` is needed, {len(found.get(key, []))} came.")
    verdict = found["verdict"][0]
    if verdict not in VERDICTS:
        raise CaseError(f"{path}: the verdict {verdict!r} is none of {', '.join(VERDICTS)}.")
    return {
        "about": found["about"][0], "verdict": verdict, "scores": _scores(path, verdict, found.get("scores", [])),
        "says": tuple(found.get("says", ())), "uses": tuple(found.get("uses", ())),
        "student": _student(path, found.get("student", [""])[0]),
    }  # fmt: skip


def _student(path: Path, written: str) -> str:
    if not written.startswith(("'", '"')):
        return written
    try:
        return str(ast.literal_eval(written))
    except (SyntaxError, ValueError):
        raise CaseError(f"{path}: the student {written} is no Python string.") from None


def _scores(path: Path, verdict: str, lines: list[str]) -> tuple[float, ...]:
    if verdict == "REJECT" and not lines:
        return (0.0,) * CHECKS
    try:
        (line,) = lines
        scores = tuple(float(word) for word in line.split())
        if len(scores) == CHECKS:
            return scores
    except ValueError:
        pass
    raise CaseError(f"{path}: one line `# scores: …` with {CHECKS} numbers is needed, such as `# scores: 1 2`.")


def _cells(path: Path, lines: list[str], start: int) -> list[tuple[str, str, str]]:
    if start == len(lines):
        raise CaseError(f"{path}: there is no cell: write `# %% before`, `# %% answer`, `# %% hand_in`, …")
    cells: list[tuple[str, str, list[str]]] = []
    for number, line in enumerate(lines[start:], start + 1):
        if not line.startswith("# %%"):
            cells[-1][2].append(line)
            continue
        matched = MARKER.fullmatch(line.rstrip())
        if not matched or matched[1] not in KINDS or (matched[1] == "files") != bool(matched[2]):
            raise CaseError(f"{path}:{number}: {line!r} is no marker: write `# %% KIND` with KIND one of "
                            f"{', '.join(KINDS)}, and `# %% files name=…`.")  # fmt: skip
        cells.append((matched[1], matched[2] or "", []))
    return [(kind, name, "\n".join(body).strip("\n")) for kind, name, body in cells]
