"""How long every lesson and every solved assignment takes to run.

    python bench/units.py [--rounds 3]

Each notebook runs in a fresh kernel; the start of the kernel counts. The table shows the median of all rounds beside
the limit. `cnnlib.environment` holds the figures of the reference machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import nbformat
import torch
from nbclient import NotebookClient
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder import build, markers
from cnnlib import environment

ROOT = Path(__file__).parents[1]
LESSON, ASSIGNMENT = 60, 45  # seconds on two cores


def notebooks() -> dict[str, tuple[nbformat.NotebookNode, int]]:
    """Name → notebook and its limit in seconds."""
    lessons = {
        f"lesson {path.stem}": (build.lesson_notebook(path), LESSON) for path in sorted((ROOT / "course").glob("*.py"))
    }
    solved = {
        f"assignment {path.stem}": (build.instructor_notebook(markers.read(path)), ASSIGNMENT)
        for path in markers.units(ROOT)
    }
    return lessons | solved


def seconds(notebook: nbformat.NotebookNode) -> float:
    """Run a notebook; return how long that took."""
    began = time.perf_counter()
    quiet = ["--log-level=40"]  # every kernel would say how it is connected
    NotebookClient(notebook, timeout=300, extra_arguments=quiet, resources={"metadata": {"path": str(ROOT)}}).execute()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time every lesson and every solved assignment.")
    parser.add_argument("--rounds", type=int, default=3, help="times each notebook runs")
    rounds = parser.parse_args().rounds
    work: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in notebooks()}
    for _ in track(range(rounds), "rounds"):
        work.append(environment.seconds_of_work(torch))
        for name, (notebook, _) in notebooks().items():
            times[name].append(seconds(notebook))
    table = Table("notebook", "seconds", "limit")
    for name, (_, limit) in notebooks().items():
        median = statistics.median(times[name])
        table.add_row(name, f"{median:.1f}", f"{limit}" if median <= limit else f"[red]{limit}")
    Console().print(table)
    print(
        f"the environment's piece of work: {statistics.median(work):.4f} s, reference {environment.reference_seconds}"
    )


if __name__ == "__main__":
    main()
