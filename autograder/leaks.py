"""The leak gate: nothing secret may stand in a file that students get.

Secret are the lines of every answer, hidden test, wrong answer and other right answer. Lines are compared
without their white space, and a secret line counts wherever it stands, also in the middle of a sentence.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import LeakError
from .exercise import Assignment
from .markers import secret_lines

# Lines that every program about arrays contains, so that finding one tells nothing.
IDIOMS = re.compile(
    r"""^(
      (return|yield|del|raise)?\ ?\w*(,\ \w+)*,?                    # return out, pass
    | (\w+\ ?=\ ?)?[\w.]*[({\[]                                     # mistakes={
    | expect\.\w+\(                                                 # a comparison begins
    | "[^"]*",?                                                     # a sentence of a message
    | (from|import)\ .*
    | \(?[\w, ()]+\)?\ =\ [\w.]+\.shape(\[[-:\w]*\])?               # N, C, H, W = x.shape
    | for\ \w+\ in\ range\(\w+\):
    | for\ \w+(,\ \w+)*\ in\ \w+\.(items|values|keys|parameters|modules)\(\):
    | \w+\.(step|zero_grad|backward|train|eval)\(\)
    | [\w.]+(\[[\w"]+\])*\.?\w*\ =\ \w+                          # part.training = mode
    | for\ [\w, ()]+\ in\ (\[|\():?
    | rng\ =\ np\.random\.default_rng\(\w*\)
    | torch\.manual_seed\(\d+\)
    | super\(\)\.__init__\(\)
    | @(expect\.check|staticmethod|property)
    | (if|elif|else|try|finally|with)\ ?(not\ )?[\w.]{0,12}:?
    | return\ np\.(array|stack|asarray)\(\w+\)
    | except\ \w+(\ as\ \w+)?:
    | [ra]tol=[\de.-]+,?
    | with\ torch\.(no_grad|enable_grad|random\.fork_rng)\(\):
    | (with\ |@)np\.errstate\([\w=", ]+\):?
    | \)+(\.(detach|clone|copy|cpu|numpy|item)\(\))+
    | [\W\d_]*(\#.*)?                                              # brackets and numbers, with a comment
    | \#+\ (BEGIN|END)\ .*
    )$""",
    re.VERBOSE,
)


def secrets(assignment: Assignment) -> dict[str, str]:
    """Return the secret lines of an assignment, squeezed, each with the place it comes from."""
    found: dict[str, str] = {}
    for cell in assignment.cells:
        if cell.kind in ("wrong", "right"):
            lines = _body(cell.source)
        elif cell.kind in ("solution", "check"):
            lines = secret_lines(cell.source)
        else:
            continue
        for line in lines:
            if not IDIOMS.match(line.strip()) and len(squeezed := _squeeze(line)) >= 8:
                found.setdefault(squeezed, f"{assignment.path.name}, {cell.kind} cell `{cell.name}`: {line.strip()}")
    return found


def gate(assignments: Iterable[Assignment], public: Iterable[Path]) -> None:
    """Refuse to go on when a secret line stands in one of the public files.

    Args:
        assignments: every assignment of the course.
        public: files students get: notebooks, modules, text.

    Raises:
        LeakError: naming each file, its line or cell, and where the secret comes from.
    """
    known: dict[str, str] = {}
    for assignment in assignments:
        known.update(secrets(assignment))
    leaks = []
    for path in public:
        for place, line in _lines(path):
            squeezed = _squeeze(line)
            leaks += [f"{path}, {place}: {origin}" for secret, origin in known.items() if secret in squeezed]
    if leaks:
        raise LeakError("secret lines stand in what students get:\n" + "\n".join(leaks))


def _body(source: str) -> list[str]:
    """The lines of a variant without its signature, which the answer shares."""
    tree = ast.parse(source)
    signatures: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            signatures.update(range(node.lineno, node.body[0].lineno))
    return [line for number, line in enumerate(source.splitlines(), 1) if number not in signatures and line.strip()]


def _squeeze(line: str) -> str:
    """Drop white space and a trailing comment, and write one kind of quotes."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(line.strip()).readline))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return re.sub(r"\s", "", line).replace("'", '"')
    text = "".join(token.string for token in tokens if token.type != tokenize.COMMENT)
    return re.sub(r"\s", "", text or line).replace("'", '"')


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of a file, of a notebook those of its cells, each with its place."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        for number, line in enumerate(text.splitlines(), 1):
            yield f"line {number}", line
        return
    for number, cell in enumerate(json.loads(text)["cells"], 1):
        for line in "".join(cell["source"]).splitlines():
            yield f"cell {number}", line
