"""Try combinations of settings, one run each, and compare them.

Without a network the runs follow one another here and share a group, so that the dashboard shows them together once
they are sent. With `WANDB_MODE=online` the same call makes a sweep of Weights & Biases, which other machines can join.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..files import replacing
from .track import tracker
from .trackers import Tracker

__all__ = ["combinations", "sweep"]

Choice = dict[str, Any]
Run = Callable[[Choice, Tracker], float]
RESULT = "result.json"


def combinations(choices: Mapping[str, Sequence[Any]], trials: int | None = None, seed: int = 0) -> list[Choice]:
    """Return every combination in order, or that many of them, drawn without repetition.

    Args:
        choices: name of a setting → values to try.
        trials: how many; None for all.
        seed: of the draw.

    Raises:
        ValueError: nothing to try, or no trial.

    >>> combinations({"learning_rate": [0.1, 1.0], "batch": [64]})
    [{'learning_rate': 0.1, 'batch': 64}, {'learning_rate': 1.0, 'batch': 64}]
    >>> len(combinations({"learning_rate": [0.1, 0.2, 0.5], "batch": [64, 128]}, trials=4))
    4
    """
    empty = [name for name, values in choices.items() if not values]
    if not choices or empty or (trials is not None and trials < 1):
        what = f"{empty[0]!r} has no value" if empty else f"got {len(choices)} settings and {trials} trials"
        raise ValueError(f"a sweep tries at least one value of at least one setting, at least once: {what}")
    every = [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]
    if trials is None or trials >= len(every):
        return every
    drawn = np.random.default_rng(seed).choice(len(every), trials, replace=False)
    return [every[number] for number in sorted(drawn)]


def sweep(
    run: Run,
    choices: Mapping[str, Sequence[Any]],
    *,
    folder: str | Path,
    kind: str = "local",
    trials: int | None = None,
    seed: int = 0,
) -> list[tuple[Choice, float]]:
    """Run every combination, or some; return each with its result, the best first.

    A sweep that was stopped goes on where it was: what has a result in the folder does not run again.

    Args:
        run: trains with the settings of a combination, tells the tracker about it, and returns the result, the higher
            the better. It makes its choice on the validation part: the best of many runs is the best on those tiles.
        choices: name of a setting → values to try.
        folder: gets one folder for each run, and its result in `result.json`.
        kind: of the trackers: "none", "local" or "wandb".
        trials: how many combinations; None for all.
        seed: which ones.

    Raises:
        ValueError: nothing to try; or the folder holds a sweep over other combinations.
    """
    folder = Path(folder)
    if kind == "wandb" and os.environ.get("WANDB_MODE") == "online":
        results = list(_online(run, choices, folder, trials, seed))
    else:
        tried = combinations(choices, trials, seed)
        results = [_one(run, choice, folder / f"{number:03}", kind, folder.name) for number, choice in enumerate(tried)]
    return sorted(results, key=lambda result: -math.inf if math.isnan(result[1]) else result[1], reverse=True)


def _one(run: Run, choice: Choice, folder: Path, kind: str, group: str) -> tuple[Choice, float]:
    """A run in a folder of its own, or its result, if it is there."""
    place = folder / RESULT
    if place.is_file():
        kept = json.loads(place.read_text(encoding="utf-8"))
        if kept["choice"] != choice:
            raise ValueError(f"{folder} holds a run with {kept['choice']}, not {choice}: choose another folder")
        return choice, float(kept["result"])
    with tracker(kind, unused(folder), group=group) as told:
        result = float(run(dict(choice), told))
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(place) as file:
        file.write(json.dumps({"choice": choice, "result": result}).encode())
    return choice, result


def unused(folder: Path) -> Path:
    """Return a folder in this one that no run has begun to write: `attempt-1`, `attempt-2`, …

    >>> unused(Path("nowhere")).name
    'attempt-1'
    """
    return next(place for n in itertools.count(1) if not (place := folder / f"attempt-{n}").exists())


def _online(
    run: Run, choices: Mapping[str, Sequence[Any]], folder: Path, trials: int | None, seed: int
) -> Iterator[tuple[Choice, float]]:
    """A sweep of Weights & Biases, with its agent in this process."""
    import wandb

    from .wandb_runs import PROJECT, WandbTracker

    names, found = list(choices), []
    plan = {
        "name": folder.name,
        "method": "grid" if trials is None else "random",
        "metric": {"name": "result", "goal": "maximize"},
        "parameters": {name: {"values": list(values)} for name, values in choices.items()},
    }
    number = wandb.sweep(plan, project=os.environ.get("WANDB_PROJECT", PROJECT))

    def once() -> None:
        with wandb.init() as begun:
            choice = {name: begun.config[name] for name in names}
            told = WandbTracker(folder, run=begun)
            result = float(run(choice, told))
            begun.summary["result"] = result
            found.append((choice, result))

    wandb.agent(number, once, count=trials)
    yield from found
