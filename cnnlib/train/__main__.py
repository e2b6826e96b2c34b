"""Train a network on satellite tiles from the command line.

    python -m cnnlib.train --data landsat
    python -m cnnlib.train --data eurosat --epochs 20 --track wandb
    python -m cnnlib.train --data landsat --ladder --seeds 3
    python -m cnnlib.train --data landsat --sweep learning_rate=0.05,0.1,0.2 batch=64,128 --trials 4 --track wandb
    torchrun --nproc-per-node 2 -m cnnlib.train --data landsat

Every choice of `cnnlib.train.Settings` is a flag; what is not given comes from the recipe of the data set.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from .. import data
from . import processes
from .device import pick_device, pick_precision
from .ladder import ladder
from .loop import train
from .settings import Settings, recipe
from .sweep import sweep
from .track import kinds, tracker

if TYPE_CHECKING:
    from ..data.tiles import Tiles

__all__ = ["main", "parser"]


def parser() -> argparse.ArgumentParser:
    """Return the parser: flags for the data and the record of the run, and one for each setting.

    >>> chosen = parser().parse_args(["--epochs", "3", "--no-whiten"])
    >>> chosen.epochs, chosen.whiten, chosen.data
    (3, False, 'landsat')
    """
    found = argparse.ArgumentParser(
        prog="python -m cnnlib.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    found.add_argument("--data", choices=data.SATELLITE, default="landsat", help="data set (default: landsat)")
    found.add_argument("--download", action="store_true", help="fetch eurosat, 90 MB, if it is not there")
    found.add_argument("--track", choices=kinds, default="none", help="where to write the run down (default: none)")
    found.add_argument("--folder", type=Path, help="for what the run leaves (default: runs/DATA-TIME)")
    found.add_argument("--ladder", action="store_true", help="instead, add one trick after the other and print a table")
    found.add_argument("--seeds", type=int, default=1, help="of the ladder: train with so many (default: 1)")
    found.add_argument("--sweep", nargs="+", metavar="NAME=A,B", help="instead, try these values of these settings")
    found.add_argument("--trials", type=int, metavar="N", help="of the sweep: draw so many combinations (default: all)")
    group = found.add_argument_group("settings", "with their default, which the recipe of the data set may change")
    for one in fields(Settings):
        group.add_argument(f"--{one.name.replace('_', '-')}", **_flag(one.default, one.metadata))
    return found


def _flag(default: Any, metadata: Any) -> dict[str, Any]:
    """Return how argparse is to read a setting; one that is not given does not appear."""
    options: dict[str, Any] = {
        "default": argparse.SUPPRESS,
        "help": f"{metadata['help']} (default: {default!r})".replace("%", "%%"),
    }
    if isinstance(default, bool):
        return options | {"action": argparse.BooleanOptionalAction}
    if metadata["among"]:
        return options | {"choices": metadata["among"]}
    return options | {"type": type(default), "metavar": {int: "N", float: "X", str: "FILE"}[type(default)]}


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the flags; one that does not exist ends the program with the nearest that does."""
    reader = parser()
    known, unknown = reader.parse_known_args(words)
    if unknown:
        flags = [flag for action in reader._actions for flag in action.option_strings]
        near = difflib.get_close_matches(unknown[0].split("=")[0], flags, n=1)
        reader.error(f"unknown {unknown[0]}: " + (f"did you mean {near[0]}?" if near else "--help lists all flags"))
    return known


def main(words: Sequence[str] | None = None) -> int:
    """Train as the flags say; return 0, or 1 after saying what went wrong and what to do."""
    known = arguments(words)
    chosen = {one.name: getattr(known, one.name) for one in fields(Settings) if hasattr(known, one.name)}
    try:
        settings = recipe(known.data, **chosen)
        with processes.joined(settings.device):
            tiles = data.satellite(known.data, download=known.download)
            if known.ladder:
                climb(tiles, settings, known.seeds)
            elif known.sweep:
                search(tiles, settings, known)
            else:
                run(tiles, settings, known)
    except (ValueError, OSError, MemoryError, FloatingPointError, ModuleNotFoundError) as error:
        print(f"python -m cnnlib.train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; with --checkpoint FILE --resume a run goes on where it was stopped", file=sys.stderr)
        return 130
    return 0


def _folder(known: argparse.Namespace) -> Path:
    """Return where the run is written; by default a folder of its own."""
    return known.folder or Path("runs") / f"{known.data}-{time.strftime('%Y%m%d-%H%M%S')}"


def run(tiles: Tiles, settings: Settings, known: argparse.Namespace) -> None:
    """Train once, and say and save what came of it."""
    folder = _folder(known)
    if (folder / "metrics.json").exists() and not settings.resume:
        raise FileExistsError(f"{folder} holds a run already: take another --folder, or --resume")
    first = processes.rank() == 0
    with tracker(known.track if first else "none", folder) as told:
        outcome = train(tiles, settings, told, progress=True)
    if first:
        outcome.save(folder)
        print(
            f"{outcome.part} accuracy {100 * outcome.accuracy:.2f}% of {len(outcome.labels)} tiles "
            f"after {outcome.seconds:.1f} s on {outcome.hardware}; written to {folder}"
        )


def search(tiles: Tiles, settings: Settings, known: argparse.Namespace) -> None:
    """Train once for each combination of the values to try, and print a table in Markdown, the best first."""
    if settings.evaluate != "validation":
        raise ValueError("a sweep makes choices: let it evaluate validation, and the test part once, at the end")
    if processes.size() > 1:
        raise ValueError("a sweep makes one run after the other in one process: start it without torchrun")
    choices = dict(_values(word) for word in known.sweep)
    folder = _folder(known)
    settings = replace(settings, checkpoint="", resume=False)  # one file for all runs; a sweep goes on by its results
    results = sweep(
        lambda choice, told: train(tiles, replace(settings, **choice), told, progress=True).accuracy,
        choices,
        folder=folder,
        kind=known.track,
        trials=known.trials,
        seed=settings.seed,
    )
    print(f"| {' | '.join(choices)} | validation accuracy |\n|{' --- |' * len(choices)} ---: |")
    for choice, accuracy in results:
        print(f"| {' | '.join(str(value) for value in choice.values())} | {100 * accuracy:.2f}% |")
    print(f"\nwritten to {folder}")


def _values(word: str) -> tuple[str, list[Any]]:
    """Return the name of a setting, and the values of its type that stand behind the equals sign.

    >>> _values("batch=64,128"), _values("whiten=yes,no")
    (('batch', [64, 128]), ('whiten', [True, False]))
    """
    name, _, text = word.partition("=")
    name = name.replace("-", "_")
    kinds = {one.name: type(one.default) for one in fields(Settings)}
    if name not in kinds or not text:
        near = difflib.get_close_matches(name, kinds, n=1)
        hint = f"did you mean {near[0]}?" if near and name not in kinds else "write it as batch=64,128"
        raise ValueError(f"--sweep {word}: {hint}")
    kind: Any = {"yes": True, "no": False}.__getitem__ if kinds[name] is bool else kinds[name]
    try:
        return name, [kind(value) for value in text.split(",")]
    except (ValueError, KeyError):
        wanted = "yes or no" if kinds[name] is bool else f"values of type {kinds[name].__name__}"
        raise ValueError(f"--sweep {word}: {name} takes {wanted}") from None


def climb(tiles: Tiles, settings: Settings, seeds: int) -> None:
    """Train for each rung of the ladder, once with each seed, and print a table of the means in Markdown."""
    if seeds < 1:
        raise ValueError(f"seeds is {seeds}: a ladder is climbed at least once")
    first = processes.rank() == 0
    if first:
        print(f"| trick added | {settings.evaluate} accuracy | gain | seconds |\n| --- | ---: | ---: | ---: |")
    before: float | None = None
    precision = pick_precision(pick_device(settings.device), settings.precision)
    settings = replace(settings, precision=precision, checkpoint="", resume=False, watch=0)
    for rung in ladder(settings):
        runs = [train(tiles, replace(rung.settings, seed=settings.seed + number)) for number in range(seeds)]
        accuracy, seconds = fmean(run.accuracy for run in runs), fmean(run.seconds for run in runs)
        gain = "" if before is None else f"{100 * (accuracy - before):+.2f}"
        before = accuracy
        if first:
            print(f"| {rung.trick} | {100 * accuracy:.2f}% | {gain} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
