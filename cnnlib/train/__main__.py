"""Train a network on satellite tiles from the command line.

    python -m cnnlib.train --data landsat
    python -m cnnlib.train --data eurosat --epochs 20 --track wandb
    python -m cnnlib.train --data landsat --ladder --seeds 3
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

from . import processes
from .device import pick_device, pick_precision
from .ladder import ladder
from .loop import train
from .settings import Settings, recipe, recipes
from .track import kinds, tracker

if TYPE_CHECKING:
    from ..data.tiles import Tiles

__all__ = ["main", "parser"]


def parser() -> argparse.ArgumentParser:
    """Return the parser: flags for the data and the record of the run, and one for each setting.

    >>> parser().parse_args(["--epochs", "3", "--no-whiten"])
    Namespace(data='landsat', download=False, track='none', folder=None, ladder=False, seeds=1, epochs=3, whiten=False)
    """
    found = argparse.ArgumentParser(
        prog="python -m cnnlib.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    found.add_argument("--data", choices=sorted(recipes), default="landsat", help="data set (default: landsat)")
    found.add_argument("--download", action="store_true", help="fetch eurosat, 90 MB, if it is not there")
    found.add_argument("--track", choices=kinds, default="none", help="where to write the run down (default: none)")
    found.add_argument("--folder", type=Path, help="for what the run leaves (default: runs/DATA-TIME)")
    found.add_argument("--ladder", action="store_true", help="instead, add one trick after the other and print a table")
    found.add_argument("--seeds", type=int, default=1, help="of the ladder: train with so many (default: 1)")
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
            tiles = _tiles(known.data, known.download)
            if known.ladder:
                climb(tiles, settings, known.seeds)
            else:
                run(tiles, settings, known)
    except (ValueError, OSError, MemoryError, FloatingPointError, ModuleNotFoundError) as error:
        print(f"python -m cnnlib.train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; with --checkpoint FILE --resume a run goes on where it was stopped", file=sys.stderr)
        return 130
    return 0


def _tiles(name: str, download: bool) -> Tiles:
    from .. import data

    return data.landsat() if name == "landsat" else data.eurosat(download=download)


def run(tiles: Tiles, settings: Settings, known: argparse.Namespace) -> None:
    """Train once, and say and save what came of it."""
    folder = known.folder or Path("runs") / f"{known.data}-{time.strftime('%Y%m%d-%H%M%S')}"
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
