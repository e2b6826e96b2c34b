"""Where a training run writes down what it does, and reading that again.

    tracker("wandb", folder)   # Weights & Biases: a file in the folder; sent nowhere unless WANDB_MODE=online
    tracker("local", folder)   # the same numbers and pictures as plain files
    tracker("trackio", folder) # the same files, and the dashboard of Trackio, if it is installed
    tracker("none")            # nothing

No account is needed. `wandb leet FOLDER/wandb` shows a run in the terminal, `history(FOLDER)` returns the numbers for
a figure, whichever of them wrote it. With `WANDB_MODE=online` and a key (`wandb login`) the run appears on the
dashboard while it goes on; `wandb sync FOLDER/wandb/offline-run-…` sends one later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .trackers import LocalTracker, Tracker, read_json
from .trackio_runs import TrackioTracker
from .wandb_runs import WandbTracker, read_config, read_history

__all__ = ["config", "history", "tracker"]

kinds = ("none", "local", "wandb", "trackio")


def tracker(kind: str = "none", folder: str | Path = "runs", *, group: str = "") -> Tracker:
    """Return the tracker of that kind.

    Args:
        kind: "none", "local", "wandb" or "trackio".
        folder: where the run is written; every local run needs a folder of its own.
        group: a name that runs of one sweep share, for the dashboard.

    Raises:
        ValueError: no such kind.

    >>> type(tracker("local", "runs/first")).__name__
    'LocalTracker'
    """
    if kind not in kinds:
        raise ValueError(f"track is one of {', '.join(kinds)}, got {kind!r}")
    folder = Path(folder)
    if kind == "wandb":
        return WandbTracker(folder, group)
    if kind == "trackio":
        return TrackioTracker(folder, group)
    return LocalTracker(folder) if kind == "local" else Tracker()


def history(folder: str | Path) -> list[dict[str, float]]:
    """Return the numbers that a run logged, one dict a step with the key `step`, in their order.

    Args:
        folder: of a local run; or of a run of Weights & Biases, the folder given to `tracker` (its latest run counts),
            one run's own folder, or its `.wandb` file.

    Raises:
        FileNotFoundError: there is no run.
        ValueError: the file is damaged.
    """
    folder = Path(folder)
    if (folder / "history.jsonl").is_file():
        lines = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [read_json(line, folder / "history.jsonl") for line in lines]
    else:
        rows = read_history(folder)
    steps: dict[int, dict[str, float]] = {}
    for row in rows:
        steps.setdefault(int(row["step"]), {}).update({key: float(value) for key, value in row.items()})
    return list(steps.values())


def config(folder: str | Path) -> dict[str, Any]:
    """Return the settings that a run began with; see `history` for the folder and the errors."""
    folder = Path(folder)
    if (folder / "config.json").is_file():
        return dict(read_json((folder / "config.json").read_text(encoding="utf-8"), folder / "config.json"))
    return read_config(folder)
