"""A graded submission → the notebook that nbgrader's formgrader shows, with nothing in it that runs or is rendered.

Text of students stands in fences, outputs are plain text and pictures, verdicts are outputs of the check cells.
"""

from __future__ import annotations

import json
from typing import Any

from .exercise import Graded, Output, Shown, Verdict
from .inert import fenced, text

METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def notebook(graded: Graded) -> str:
    """Return the notebook as JSON, the same text for the same grading."""
    verdicts = {verdict.check: verdict for verdict in graded.verdicts}
    cells = [_notice(line) for line in notices(graded)]
    cells += [_cell(shown, verdicts.pop(shown.name, None)) for shown in graded.cells]
    cells += [_cell(Shown("check", name, ""), verdict) for name, verdict in verdicts.items()]  # of a refused notebook
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, 1)]
    made = {"cells": numbered, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def notices(graded: Graded) -> list[str]:
    """Return what an instructor should know before reading, a line each."""
    lines = [f"Refused, nothing was run: {graded.refused}"] if graded.refused else []
    lines += ["Graded WITHOUT A SANDBOX: the student's code ran with the grader's rights."] if graded.unsafe else []
    return lines + [text(note) for note in graded.notes]


def _notice(line: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": fenced(f"Grader: {line}")}


def _cell(shown: Shown, verdict: Verdict | None) -> dict[str, Any]:
    source = text(shown.source)
    if shown.kind == "markdown":
        return {"cell_type": "markdown", "metadata": {}, "source": source if shown.locked else fenced(source)}
    said = [_output(output) for output in shown.outputs]
    if shown.trouble:
        said.append(_error("Stopped", shown.trouble))
    if verdict is not None:
        said = [_verdict(verdict)]
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": _mark(shown, verdict),
        "outputs": said,
        "source": source,
    }


def _mark(shown: Shown, verdict: Verdict | None) -> dict[str, Any]:
    if not shown.name:
        return {}
    mark: dict[str, Any] = {
        "cell_type": "code",
        "grade": verdict is not None,
        "grade_id": shown.name,
        "locked": shown.kind != "solution",
        "schema_version": 3,
        "solution": shown.kind == "solution",
        "task": False,
    }
    return {"nbgrader": mark | ({"points": verdict.max_points} if verdict is not None else {})}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    if not verdict.passed:
        return _error(f"{verdict.points:g} of {verdict.max_points:g} points", verdict.message)
    return {
        "output_type": "stream",
        "name": "stdout",
        "text": f"✓ {verdict.points:g} of {verdict.max_points:g} points\n",
    }


def _error(name: str, message: str) -> dict[str, Any]:
    said = text(message)
    return {"output_type": "error", "ename": name, "evalue": said, "traceback": [f"{name}\n{said}"]}


def _output(output: Output) -> dict[str, Any]:
    if output.kind == "image":
        data = {"image/png": output.content, "text/plain": "a figure"}
        return {"output_type": "display_data", "data": data, "metadata": {}}
    if output.kind == "error":
        return {"output_type": "error", "ename": "Error", "evalue": "", "traceback": [output.content]}
    return {"output_type": "stream", "name": "stdout", "text": output.content}
