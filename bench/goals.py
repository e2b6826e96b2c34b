"""Measure how many seconds it takes to learn EuroSAT from scratch, to 98, 98.5 and 99% of its test part.

    python bench/goals.py --seeds 0 1 2 3 4 5 6 7 8 9     # a GPU: minutes; a laptop: hours
    python bench/goals.py --goals 0.98 --tries 2

Ever larger runs are tried. For each goal the first is chosen whose mean accuracy over the seeds reaches it on the
**validation** part. Only the chosen ones are then asked about the test part, and what they reach there is told, also
where it falls short. Seconds count from the data on the device to the last logits, with the whitening of the stem and
eight views; compiling and warming up is told beside them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from rich.console import Console
from rich.table import Table

from cnnlib import data
from cnnlib.train import Outcome, Settings, recipe, train
from cnnlib.train.device import device_name, pick_device

GOALS = 0.98, 0.985, 0.99
TRIES: tuple[dict[str, Any], ...] = (
    {"width": 64, "epochs": 8},
    {"width": 64, "epochs": 12},
    {"width": 64, "epochs": 16},
    {"width": 64, "epochs": 24},
    {"width": 64, "epochs": 48},
    {"width": 96, "epochs": 64},
    {"width": 96, "epochs": 64, "stride": 1},
    {"width": 128, "epochs": 128, "stride": 1},
)


@dataclass(frozen=True, slots=True)
class Reached:
    """What the seeds of one try reached on one part."""

    accuracies: list[float]
    seconds: list[float]
    warm_up_seconds: list[float]

    @classmethod
    def of(cls, runs: Sequence[Outcome]) -> Reached:
        """Return the figures of some runs."""
        return cls(*([getattr(run, name) for run in runs] for name in ("accuracy", "seconds", "warm_up_seconds")))

    @property
    def mean(self) -> float:
        """Of the accuracies."""
        return fmean(self.accuracies)

    def row(self) -> list[str]:
        """Return cells of a table: mean and spread of the accuracy, each accuracy, median seconds, warm-up."""
        spread = f" ± {100 * stdev(self.accuracies):.2f}" if len(self.accuracies) > 1 else ""
        each = ", ".join(f"{100 * one:.2f}" for one in self.accuracies)
        return [
            f"{100 * self.mean:.2f}{spread}",
            each,
            f"{median(self.seconds):.2f}",
            f"{max(self.warm_up_seconds):.0f}",
        ]


def seeded(tiles: data.Tiles, settings: Settings, seeds: Sequence[int], folder: Path | None = None) -> Reached:
    """Train once with each seed; keep the runs in a folder if there is one."""
    runs = []
    for seed in seeds:
        run = train(tiles, replace(settings, seed=seed), progress=True)
        if folder is not None:
            run.save(f"{folder}-seed-{seed}")
        runs.append(run)
    return Reached.of(runs)


def choose(
    goals: Sequence[float], tiles: data.Tiles, tries: Sequence[Settings], seeds: Sequence[int]
) -> dict[float, Settings]:
    """Print what each try reaches on validation, until all goals are reached; return the first for each goal."""
    chosen: dict[float, Settings] = {}
    for one in tries:
        told = seeded(tiles, replace(one, evaluate="validation"), seeds)
        print(f"{_name(one)}: validation {told.row()[0]}%, {told.row()[2]} s", flush=True)
        chosen = {goal: one for goal in goals if told.mean >= goal} | chosen
        if len(chosen) == len(goals):
            break
    return chosen


def report(chosen: dict[float, Settings], tiles: data.Tiles, seeds: Sequence[int], folder: Path | None) -> Table:
    """Return a table of what the chosen runs reach on the test part."""
    table = Table("goal, %", "run", "test, %", "each", "median seconds", "warm-up")
    known: dict[Settings, list[str]] = {}
    for goal, one in sorted(chosen.items()):
        if one not in known:
            place = folder / f"eurosat-{_name(one).replace(' ', '-')}" if folder else None
            known[one] = seeded(tiles, replace(one, evaluate="test"), seeds, place).row()
        table.add_row(f"{100 * goal:.1f}", _name(one), *known[one])
    return table


def _name(one: Settings) -> str:
    return f"width {one.width} stride {one.stride} epochs {one.epochs} batch {one.batch}"


def main(words: Sequence[str] | None = None) -> int:
    """Print the tables; return 0, or 1 after saying what is missing, or why a run could not end."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the runs (default: 0 1 2)")
    reader.add_argument("--goals", type=float, nargs="+", default=list(GOALS), help="default: 0.98 0.985 0.99")
    reader.add_argument("--tries", type=int, default=len(TRIES), help="how many of the runs may be tried")
    reader.add_argument("--batch", type=int, default=512, help="images in a step (default: 512)")
    reader.add_argument("--compile", default="none", help="as in cnnlib.train (default: none)")
    reader.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    reader.add_argument("--folder", type=Path, help="to keep the runs on the test part, for the leaderboard")
    known = reader.parse_args(words)
    try:
        tiles, device = data.eurosat(), pick_device(known.device)
        common = {"batch": known.batch, "compile": known.compile, "device": known.device}
        tries = [recipe("eurosat", watch=0, warm_up=True, **common, **one) for one in TRIES[: known.tries]]
        print(f"{device_name(device)}, seeds {', '.join(map(str, known.seeds))}")
        chosen = choose(known.goals, tiles, tries, known.seeds)
        if chosen:
            Console().print(report(chosen, tiles, known.seeds, known.folder))
    except (OSError, ValueError, MemoryError, FloatingPointError) as error:
        print(f"bench-goals: {error}", file=sys.stderr)
        return 1
    for goal in sorted(set(known.goals) - set(chosen)):
        print(f"no run that was tried reaches {100 * goal:.1f}% of the validation part")
    return 0


if __name__ == "__main__":
    sys.exit(main())
