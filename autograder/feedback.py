"""A graded submission → one page for the student who wrote it.

The page is a single file without scripts; nothing on it is fetched. Every text passes through `inert.text` and is then
escaped, whoever wrote it: the environment does both, so no line of the template can forget it. Checks are named, never
quoted, and the course's own answers are not looked at.
"""

from __future__ import annotations

import base64
import hashlib
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from . import inert
from .exercise import Assignment, Check, Exercise, Graded, Output, Shown, Verdict

NAME, PROSE, SOURCE = 80, 5_000, 20_000  # characters of a student's id, of a message, of a cell or an output
CELLS, OUTPUTS = 300, 8 << 20  # own cells on a page, characters of all outputs together
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
# Each alternative eats what it has looked at, so a hostile cell costs no more time than an honest one of its length
TOKEN = re.compile(
    r"(?P<comment>\#[^\n]*)"
    r"|(?P<string>\b(?i:[bfru]{1,2})(?=['\"])|'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z)"
    r"|'(?:[^'\\\n]|\\.)*'?|\"(?:[^\"\\\n]|\\.)*\"?)"
    rf"|(?P<keyword>\b(?:{'|'.join(keyword.kwlist)})\b)"
    r"|(?P<value>\b\d[\w.]*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Section:
    """One exercise as the page shows it."""

    number: int
    exercise: Exercise
    checks: tuple[tuple[Check, Verdict], ...]
    answers: tuple[Shown, ...]

    @property
    def points(self) -> float:
        """The points it earned."""
        return sum(verdict.points for _, verdict in self.checks)

    @property
    def share(self) -> float:
        """The points it earned, of 1."""
        return self.points / self.exercise.points if self.exercise.points else 0.0

    @property
    def state(self) -> str:
        """How far it is: "complete", "partly" or "open"."""
        passed = [verdict.passed for _, verdict in self.checks]
        return "complete" if all(passed) else "partly" if any(passed) else "open"


def page(assignment: Assignment, graded: Graded, *, notes: bool = False) -> str:
    """Return a self-contained HTML page: points, and for every check what it saw.

    The same submission gives the same bytes.

    Args:
        assignment: what was asked for.
        graded: what came of it.
        notes: show the grader's notes, which are for instructors.
    """
    graded = replace(graded, cells=_that_fit(graded.cells))
    sections = tuple(_sections(assignment, graded))
    own = _own(graded, sections)
    return _environment().get_template("feedback.html").render(
        assignment=assignment,
        graded=graded,
        notes=graded.notes if notes else (),
        title=title(assignment),
        sections=sections,
        encouragement=encouragement(graded, assignment.points),
        start=_start(sections),
        own=own[:CELLS],
        left_out=len(own[CELLS:]),
    )  # fmt: skip


def title(assignment: Assignment) -> str:
    """Return the heading of the assignment's first text, or the unit's name."""
    first = next((cell.source for cell in assignment.cells if cell.kind == "markdown"), "")
    heading = re.search(r"^# +(.+)$", first, flags=re.MULTILINE)
    return heading[1].strip() if heading else assignment.unit


def encouragement(graded: Graded, points: int) -> str:
    """Return one sentence that fits the score.

    >>> encouragement(Graded("08_convolution", "ada", (Verdict("check_conv2d", 2, 2),)), 2)
    'Every check passes. Well done.'
    """
    if graded.refused:
        return "This is not about your answers: they have not been looked at yet."
    if all(verdict.passed for verdict in graded.verdicts):
        return "Every check passes. Well done."
    share = graded.score / points if points else 0.0
    if share >= 0.75:
        return "Nearly everything works. What is still open says below what it saw."
    if share >= 0.4:
        return "A good part of this works already. Each open check says below where to look next."
    if share > 0:
        return "You have made a start, and those points are yours. Take the rest one check at a time."
    return "No points yet, which is where every answer begins. One check at a time is enough."


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, _, _ = environment.loader.get_source(environment, "feedback.css")  # type: ignore[union-attr]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals.update(style=Markup(style), digest=digest, NAME=NAME, PROSE=PROSE, SOURCE=SOURCE)
    environment.filters.update(points=_points, cut=inert.text, code=_code, picture=_picture)
    return environment


def _harmless(value: Any) -> Any:
    """What the template writes: markup of its own as it is, any other text without control characters."""
    return inert.text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _sections(assignment: Assignment, graded: Graded) -> Iterator[Section]:
    verdicts = {verdict.check: verdict for verdict in graded.verdicts}
    for number, exercise in enumerate(assignment.exercises, 1):
        answers = tuple(cell for cell in graded.cells if cell.kind == "solution" and cell.name == exercise.name)
        yield Section(number, exercise, tuple((check, verdicts[check.name]) for check in exercise.checks), answers)


def _start(sections: tuple[Section, ...]) -> Section | None:
    """The easiest exercise that is not complete."""
    unfinished = [section for section in sections if section.state != "complete"]
    return min(unfinished, key=lambda section: (section.exercise.difficulty, section.exercise.minutes), default=None)


def _own(graded: Graded, sections: tuple[Section, ...]) -> list[tuple[int, Shown]]:
    """The cells that are the student's own, and any other one that was given up, each with its place."""
    answers = [id(answer) for section in sections for answer in section.answers]
    return [
        (number, cell)
        for number, cell in enumerate(graded.cells, 1)
        if cell.kind != "check" and id(cell) not in answers and (cell.trouble or not cell.locked)
    ]


def _that_fit(cells: tuple[Shown, ...]) -> tuple[Shown, ...]:
    """The cells without the outputs that would make the page too heavy to open; those of answers stay longest."""
    room, light = OUTPUTS, list(cells)
    for place in sorted(range(len(cells)), key=lambda place: cells[place].kind != "solution"):
        kept = []
        for output in cells[place].outputs:
            size = len(output.content) if output.kind == "image" else min(len(output.content), SOURCE)
            if size <= room:
                room -= size
                kept.append(output)
        if len(kept) < len(cells[place].outputs):
            kept.append(Output("text", "… left out: more outputs than fit on this page"))
        light[place] = replace(cells[place], outputs=tuple(kept))
    return tuple(light)


def _points(points: float) -> str:
    """Points without needless zeros: 3, 2.5."""
    return f"{points:g}"


def _picture(content: str) -> Markup:
    """The address of a picture; nothing but base64 gets into it."""
    return Markup("data:image/png;base64,") + (content if BASE64.fullmatch(content) else "")


def _code(source: str) -> Markup:
    """Python in colours: comments, strings, keywords and numbers, each piece escaped.

    >>> _code("return '<b>'")
    Markup('<span class="keyword">return</span> <span class="string">&#39;&lt;b&gt;&#39;</span>')
    """
    source, pieces, done = inert.text(source, SOURCE), [], 0
    for token in TOKEN.finditer(source):
        pieces.append(escape(source[done : token.start()]))
        pieces.append(Markup('<span class="{}">{}</span>').format(token.lastgroup, token[0]))
        done = token.end()
    return Markup("").join([*pieces, escape(source[done:])])
