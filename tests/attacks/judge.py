"""The four things every attack must leave standing: verdict, secrets, host, neighbours."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from batch import UNIT, Batch, Seat
from host import State
from nbconvert.filters import markdown2html

from autograder.exercise import Graded

ASSERTIONS = ("verdict", "secrets", "host", "neighbours")
ALIVE = {"script", "svg", "iframe", "object", "embed", "form", "base", "math", "video", "audio", "applet", "frame"}
HARMLESS = {"text/plain", "image/png"}


@dataclass(frozen=True)
class Failure:
    """An assertion that did not hold; `case` is empty where nobody can tell whose fault it is."""

    case: str
    assertion: str
    why: str


class Judge:
    """Looks at everything a graded batch left behind.

    Args:
        batch: the classroom.
        graded: what the engine returned.
        before: the host before the batch.
        after: the host after it.
        visits: connections that reached the host.
        log: what the grader printed.
    """

    def __init__(
        self, batch: Batch, graded: list[Graded], before: State, after: State, visits: list[str], log: str
    ) -> None:
        self.batch, self.before, self.after, self.visits, self.log = batch, before, after, visits, log
        self.graded = {one.student: one for one in graded}
        self.rows, self.comments = _rows(batch.root / "gradebook.db"), _comments(batch.root / "gradebook.db")

    def failures(self) -> list[Failure]:
        """Return what did not hold, sorted by case."""
        found = [*self._host(), *self._logs()]
        for seat in self.batch.seats:
            if seat.case is not None:
                name = str(seat.case)
                found += [Failure(name, "verdict", why) for why in self._verdict(seat)]
                found += [Failure(name, "secrets", why) for why in self._secrets(seat)]
                found += [Failure(name, "neighbours", why) for why in self._neighbours(seat)]
        return sorted(found, key=lambda failure: (failure.case, ASSERTIONS.index(failure.assertion)))

    def blame(self, trace: str, why: str) -> Failure:
        """Name the case whose mark or student stands in what it left, if one does."""
        for seat in self.batch.seats:
            if seat.case is not None and (self.batch.mark(seat) in trace or seat.known_as in trace):
                return Failure(str(seat.case), "host", why)
        return Failure("", "host", why)

    def _verdict(self, seat: Seat) -> Iterator[str]:
        case, graded = seat.case, self.graded.get(seat.known_as)
        assert case is not None
        if graded is None:
            yield f"no result for {seat.known_as!r}"
            return
        yield from self._scores(seat)
        messages = [verdict.message for verdict in graded.verdicts]
        told = "\n".join([*messages, *graded.notes, graded.refused, *self._outputs(seat)])
        for words in case.says:
            if words.lower() not in told.lower():
                yield f"nobody says {words!r}, but: {told[:500]!r}"
        if (case.verdict == "REJECT") != bool(graded.refused):
            yield f"refused: {graded.refused!r}" if graded.refused else "it was not refused"
        if case.verdict == "REPAIR" and not graded.notes:
            yield "no note tells what was mended"
        yield from self._alive(seat)

    def _outputs(self, seat: Seat) -> list[str]:
        """What the cells of the autograded notebook show, without their sources."""
        cells = json.loads(_text(self._paper(seat, "autograded")) or '{"cells": []}')["cells"]
        return [_shown(output) for cell in cells for output in cell.get("outputs", [])]

    def _scores(self, seat: Seat) -> Iterator[str]:
        graded = self.graded[seat.known_as]
        came = tuple(float(verdict.points) for verdict in graded.verdicts)
        if came != seat.scores:
            why = [verdict.message[:200] for verdict in graded.verdicts if verdict.message] or [graded.refused]
            yield f"scores {came}, wanted {seat.scores}: {why}"
        points = self.rows.get(seat.known_as)
        if points is None:
            yield "no row in the gradebook"
        elif points != sum(seat.scores):
            yield f"{points:g} points in the gradebook, wanted {sum(seat.scores):g}"

    def _alive(self, seat: Seat) -> Iterator[str]:
        notebook, page = self._paper(seat, "autograded"), self._paper(seat, "feedback")
        if not notebook.is_file() or not page.is_file():
            yield "the autograded notebook or the feedback page is missing"
            return
        harmless = Counter(alive_in_page(_text(self._paper(self.batch.seats[0], "feedback"))))  # the page's own
        yield from (f"feedback page: {what}" for what in Counter(alive_in_page(_text(page))) - harmless)
        own = frozenset("".join(cell["source"]) for cell in self.batch.notebook["cells"])
        yield from (f"autograded notebook: {what}" for what in alive_in_notebook(json.loads(_text(notebook)), own))
        for comment in self.comments.get(seat.known_as, []):
            yield from (f"comment in the gradebook: {what}" for what in _alive_in_markdown(comment))

    def _secrets(self, seat: Seat) -> Iterator[str]:
        papers = [path for kind in ("autograded", "feedback") for path in self._folder(seat, kind).rglob("*")]
        journal = [
            line
            for path in (self.batch.root / "build").rglob("*")
            for line in _text(path).splitlines()
            if f'"{seat.known_as}"' in line or seat.known_as in str(path)
        ]
        places = {str(path.relative_to(self.batch.root)): _text(path) for path in papers}
        places |= {"the journal": "\n".join(journal), "the result": repr(self.graded.get(seat.known_as))}
        places["the gradebook"] = "\n".join(self.comments.get(seat.known_as, []))
        for place, text in places.items():
            for kind, canary in self.batch.canaries.items():
                if canary in text:
                    yield f"the canary of the {kind} stands in {place}"

    def _neighbours(self, seat: Seat) -> Iterator[str]:
        for neighbour in self.batch.neighbours(seat):
            if neighbour.known_as not in self.graded:
                yield f"no result for the honest {neighbour.student}"
            else:
                yield from (f"{neighbour.student}: {why}" for why in self._scores(neighbour))

    def _host(self) -> Iterator[Failure]:
        old, new = self.before.files, self.after.files
        for path in sorted(old.keys() | new.keys()):
            if old.get(path) != new.get(path):
                what = "is gone" if path not in new else "is new" if path not in old else "was changed"
                yield self.blame(path, f"{path} {what}")
        for pid in self.after.processes.keys() - self.before.processes.keys():
            yield self.blame(self.after.processes[pid], f"process {pid} was left: {self.after.processes[pid]}")
        for came in self.visits:
            yield self.blame(came, f"a connection reached the host by {came}")

    def _logs(self) -> Iterator[Failure]:
        for kind, canary in self.batch.canaries.items():
            if canary in self.log:
                yield Failure("", "secrets", f"the canary of the {kind} stands in the grader's log")

    def _folder(self, seat: Seat, kind: str) -> Path:
        return self.batch.root / kind / seat.known_as

    def _paper(self, seat: Seat, kind: str) -> Path:
        return self._folder(seat, kind) / UNIT / f"{UNIT}.{'ipynb' if kind == 'autograded' else 'html'}"


def _text(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return ""
    return path.read_text(encoding="utf-8", errors="replace")


def _rows(database: Path) -> dict[str, float]:
    """The points of each student in the gradebook."""
    query = """
        select s.student_id, sum(coalesce(g.manual_score, g.auto_score, 0) + coalesce(g.extra_credit, 0))
        from submitted_assignment s left join submitted_notebook n on n.assignment_id = s.id
        left join grade g on g.notebook_id = n.id group by s.student_id"""
    return dict(_query(database, query))


def _comments(database: Path) -> dict[str, list[str]]:
    """What the gradebook tells each student."""
    query = """
        select s.student_id, coalesce(c.auto_comment, '') || coalesce(c.manual_comment, '')
        from comment c join submitted_notebook n on c.notebook_id = n.id
        join submitted_assignment s on n.assignment_id = s.id"""
    found: dict[str, list[str]] = {}
    for student, comment in _query(database, query):
        found.setdefault(student, []).append(comment)
    return found


def _query(database: Path, query: str) -> list[tuple[Any, ...]]:
    if not database.is_file():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


class _Tags(HTMLParser):
    def __init__(self, *, page: bool) -> None:
        super().__init__()
        self.page, self.found = page, []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ALIVE or (tag in ("style", "link", "meta") and not self.page):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            value = (value or "").strip().lower()
            if name.startswith("on"):
                self.found.append(f"the event handler {name}")
            elif name in (
                "src",
                "srcset",
                "href",
                "action",
                "formaction",
                "xlink:href",
                "data",
                "poster",
                "background",
            ):
                if re.match(r"(javascript|vbscript|https?|ftp|file):|//|data:(?!image/png)", value):
                    self.found.append(f"{name}={value[:60]}")
            elif name == "style" and ("url(" in value or "position" in value or not self.page):
                self.found.append(f"style={value[:60]}")


def alive_in_page(html: str) -> list[str]:
    """Return what would act, be loaded or paint over others when a page is opened.

    >>> alive_in_page('<p title="&lt;script>">&lt;script&gt;<img src="data:image/png;base64,">')
    []
    >>> alive_in_page('<img src="https://x.org/1.png" onerror="go()">')
    ['src=https://x.org/1.png', 'the event handler onerror']
    """
    parser = _Tags(page=True)
    parser.feed(html)
    parser.close()
    return parser.found


def alive_in_notebook(notebook: dict[str, Any], own: frozenset[str] = frozenset()) -> list[str]:
    """Return what would act when a notebook is opened or turned into HTML; `own` are the course's texts.

    >>> alive_in_notebook({"cells": [{"cell_type": "markdown", "source": "```\\n<script>\\n```"}]})
    []
    >>> alive_in_notebook({"cells": [{"cell_type": "markdown", "source": "<script>"}]})
    ['<script>']
    """
    found = [] if set(notebook.get("metadata", {})) <= {"kernelspec", "language_info"} else ["metadata of the notebook"]
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            found += [f"a {cell['cell_type']} cell"] if cell["cell_type"] != "markdown" else []
            found += [] if "".join(cell["source"]) in own else _alive_in_markdown("".join(cell["source"]))
            found += ["an attachment"] if cell.get("attachments") else []
        for output in cell.get("outputs", []):
            if strange := set(output.get("data", {})) - HARMLESS:
                found.append(f"output {', '.join(sorted(strange))}")
            if control := re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", _shown(output)):
                found.append(f"the control character {control[0]!r} in an output")
    return found


def _alive_in_markdown(text: str) -> list[str]:
    parser = _Tags(page=False)
    parser.feed(str(markdown2html(text)))
    return parser.found


def _shown(output: dict[str, Any]) -> str:
    parts = [output.get("text", ""), output.get("evalue", ""), output.get("data", {}).get("text/plain", "")]
    return "".join("".join(part) for part in [*parts, *output.get("traceback", [])])
