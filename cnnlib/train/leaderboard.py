"""Recorded runs, compared. What a run says of itself is not believed: its score is computed from its predictions.

    python -m cnnlib.train.leaderboard runs > leaderboard.md
    python -m cnnlib.train.leaderboard --hand-in runs/mine

The first prints a table of all runs below a folder, the second one run as text, to paste into a notebook. Neither
needs the images, so EuroSAT need not be there.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data import Tiles, satellite

__all__ = ["Entry", "hand_in", "leaderboard", "read"]

LINE = 100  # predictions in a line of `hand_in`


@functools.cache
def known(name: str) -> Tiles:
    """Return the classes and the parts of a set, without its images; see `satellite`."""
    return satellite(name, pixels=False)


@dataclass(frozen=True, eq=False)
class Entry:
    """One recorded run.

    Attributes:
        name: of its folder.
        data, part: the data set and the part that was predicted.
        network: that was trained, and for how many `epochs`.
        accuracy: share of the part's tiles that were recognised, recomputed.
        seconds, hardware, seed: as the run says.
        predictions: class of each tile of the part, in the order of the tiles' numbers, shape (N,).
    """

    name: str
    data: str
    part: str
    network: str
    epochs: int
    accuracy: float
    seconds: float
    hardware: str
    seed: int
    predictions: NDArray[np.int64]


def read(folder: str | Path) -> Entry:
    """Return a run as `Outcome.save` wrote it, its accuracy recomputed from its predictions.

    Args:
        folder: holds `metrics.json` and `predictions.npz`.

    Raises:
        FileNotFoundError: one of the two files is missing.
        ValueError: a file is damaged; there is no such data set; not every tile of the part is predicted exactly
            once; a prediction is no class; or the accuracy is not what the run says.
    """
    folder = Path(folder)
    try:
        told = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        with np.load(folder / "predictions.npz", allow_pickle=False) as file:
            numbers, predictions = np.asarray(file["tiles"]), np.asarray(file["predictions"])
        entry = Entry(
            name=folder.name,
            data=str(told["data"]),
            part=str(told["part"]),
            network=str(told["settings"]["network"]),
            epochs=int(told["settings"]["epochs"]),
            accuracy=float(told["accuracy"]),
            seconds=float(told["seconds"]),
            hardware=" ".join(str(told["hardware"]).split())[:80],
            seed=int(told["settings"]["seed"]),
            predictions=predictions,
        )
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error.filename} is missing: record the run with `outcome.save(folder)`") from None
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{folder} is damaged ({type(error).__name__}: {error})") from None
    try:
        tiles = known(entry.data)
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from None
    wanted = np.sort(tiles.indices(entry.part))
    if predictions.shape != numbers.shape or not np.array_equal(np.sort(numbers.ravel()), wanted):
        raise ValueError(f"{folder} does not predict each of the {len(wanted)} tiles of {entry.part} exactly once")
    if predictions.dtype.kind not in "iu" or not np.isin(predictions, np.arange(len(tiles.classes))).all():
        raise ValueError(f"{folder} holds a prediction that is none of the {len(tiles.classes)} classes")
    accuracy = float((predictions == tiles.labels[numbers]).mean())
    if abs(accuracy - entry.accuracy) > 1e-6:
        raise ValueError(f"{folder} says {entry.accuracy:.4f}, its predictions are right for {accuracy:.4f}")
    return replace(entry, predictions=predictions[numbers.argsort()].astype(np.int64))


def hand_in(folder: str | Path) -> str:
    """Return a run as a Python dict in text, for a notebook that travels without files.

    Its `predictions` are text, too: a digit for each tile of the part, in the order of the tiles' numbers.

    Args:
        folder: holds the run; see `read` for what is refused.
    """
    entry = read(folder)
    told = {
        "data": entry.data, "part": entry.part, "accuracy": entry.accuracy, "seed": entry.seed,
        "seconds": round(entry.seconds, 1), "hardware": entry.hardware,
    }  # fmt: skip
    digits = "".join(str(number) for number in entry.predictions)
    lines = [f'        "{digits[start : start + LINE]}"\n' for start in range(0, len(digits), LINE)]
    words = [f"    {json.dumps(name)}: {json.dumps(value)},\n" for name, value in told.items()]
    return "".join(["{\n", *words, '    "predictions": (\n', *lines, "    ),\n}\n"])


def leaderboard(folder: str | Path) -> str:
    """Return a Markdown table of the runs in the folders below one, a data set after the other, the best first.

    Args:
        folder: holds the runs, at any depth.

    Raises:
        FileNotFoundError: there is no run.
        ValueError: a run does not hold; see `read`.
    """
    places = sorted(path.parent for path in Path(folder).rglob("metrics.json"))
    if not places:
        raise FileNotFoundError(f"no run below {folder}: each has its own folder with metrics.json and predictions.npz")
    entries = [read(place) for place in places]
    entries.sort(key=lambda entry: (entry.data, entry.part, -entry.accuracy, entry.seconds))
    rows = [
        f"| {e.data} | {e.part} | {100 * e.accuracy:.2f}% | {e.seconds:.1f} | {_plain(e.hardware)} "
        f"| {_plain(e.network)} | {e.epochs} | {e.seed} | {_plain(e.name)} |"
        for e in entries
    ]
    head = "| data | part | accuracy | seconds | hardware | network | epochs | seed | run |"
    return "\n".join([head, "| --- | --- | ---: | ---: | --- | --- | ---: | ---: | --- |", *rows]) + "\n"


def _plain(words: str) -> str:
    """Words that cannot end a cell of the table, or become anything but words.

    >>> _plain("a|b <i>")
    'a\\\\|b &lt;i>'
    """
    return words.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def main(words: Sequence[str] | None = None) -> int:
    """Print the table, or one run; return 0, or 1 after saying which run does not hold."""
    reader = argparse.ArgumentParser(
        prog="python -m cnnlib.train.leaderboard",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    reader.add_argument("folder", nargs="?", default="runs", help="holds the runs, each in a folder (default: runs)")
    reader.add_argument("--hand-in", action="store_true", help="the folder is one run: print it for a notebook")
    chosen = reader.parse_args(words)
    try:
        print((hand_in if chosen.hand_in else leaderboard)(chosen.folder), end="")
    except (ValueError, OSError) as error:
        print(f"python -m cnnlib.train.leaderboard: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
