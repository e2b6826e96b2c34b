"""`nbgrader autograde` and the formgrader's button go through this grader: a step in place of nbgrader's `Execute`.

nbgrader_config.py names it. nbgrader then sees a notebook that ran, with our verdicts as the outputs of its checks, and
saves the scores as ever.
"""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Unicode

from . import autograded, markers
from .grade import Grader, start
from .sandbox import Limits

_graders: dict[tuple[Path, float, bool], Grader] = {}  # by source file, the time of its last change, and walls


class Sandboxed(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Grades a submission in the sandbox; without one it raises, and nbgrader records no grade."""

    course = Unicode(".", help="The folder that holds source/.").tag(config=True)
    unsafe_without_sandbox = Bool(False, help="Run students' code with your rights.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the graded notebook."""
        about = resources["nbgrader"]
        path = markers.unit(Path(self.course), about["assignment"])
        grader = _grader(path, walls=not self.unsafe_without_sandbox)
        name = f"{about['notebook']}.ipynb"
        graded = grader.grade(about["student"], nbformat.writes(nb).encode(), name)
        return nbformat.reads(autograded.notebook(graded), as_version=4), resources


def _grader(path: Path, *, walls: bool) -> Grader:
    """The grader of a unit; kept, because nbgrader makes a new step for each submission."""
    key = (path.resolve(), path.stat().st_mtime, walls)
    if key not in _graders:
        _graders[key], source = start(markers.read(path), Limits(), walls=walls)
        atexit.register(source.close)
    return _graders[key]
