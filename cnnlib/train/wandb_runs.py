"""Runs written down by Weights & Biases, and read again without an account or a network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .trackers import Tracker, counts, matched, numbers, read_json

__all__ = ["PROJECT", "WandbTracker", "read_config", "read_history"]

PROJECT = "satellite"
modes = ("offline", "online", "disabled")


class WandbTracker(Tracker):
    """Writes a run with Weights & Biases; offline unless the environment says `WANDB_MODE=online`.

    Args:
        folder: gets a folder `wandb` with the run.
        group: runs of one sweep share it.
        run: one that was begun already, by an agent of a sweep.

    Raises:
        ModuleNotFoundError: wandb is not installed.
        ValueError: at `start`, when WANDB_MODE says something else.
        ConnectionError: at `start`, when the run is to go online and cannot: no key, or no network.
    """

    def __init__(self, folder: Path, group: str = "", run: Any = None) -> None:
        self.folder, self.group, self.run = folder, group, run

    def start(self, config: Mapping[str, Any]) -> None:
        """Begin a run with these settings."""
        if self.run is not None:
            self.run.config.update(dict(config), allow_val_change=True)
            return
        try:
            import wandb
        except ModuleNotFoundError:
            raise ModuleNotFoundError('wandb is not installed: `pip install wandb`, or track with "local"') from None
        self.folder.mkdir(parents=True, exist_ok=True)
        mode: Any = os.environ.get("WANDB_MODE", "offline")
        if mode not in modes:
            raise ValueError(f"WANDB_MODE is one of {', '.join(modes)}, got {mode!r}")
        settings = wandb.Settings(silent=True, console="off")
        earlier = _wandb_files(self.folder)[-1:] if config.get("resume") else []
        try:
            self.run = wandb.init(
                project=os.environ.get("WANDB_PROJECT", PROJECT),
                dir=str(self.folder),
                config=dict(config),
                group=self.group or None,
                id=_run_id(earlier[0]) if earlier else None,
                resume="allow" if earlier else None,
                mode=mode,
                settings=settings,
            )
        except wandb.errors.Error as error:
            raise ConnectionError(
                f"Weights & Biases does not take the run ({error}): `wandb login` once, or leave WANDB_MODE out; "
                "a run without it is kept in a file and can be sent later"
            ) from error

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write numbers of one step."""
        self.run.log(numbers(values), step=step)

    def pictures(self, name: str, images: NDArray[np.uint8], captions: Sequence[str], step: int) -> None:
        """Write pictures with their captions."""
        import wandb

        matched(images, captions)
        made = [wandb.Image(image, caption=caption) for image, caption in zip(images, captions, strict=True)]
        self.run.log({name: made}, step=step)

    def confusion(self, truth: Sequence[int], predicted: Sequence[int], classes: Sequence[str], step: int) -> None:
        """Write the table of counts as a chart of the dashboard."""
        import wandb

        counts(truth, predicted, classes)
        chart = wandb.plot.confusion_matrix(y_true=list(truth), preds=list(predicted), class_names=list(classes))
        with _staging(self.folder):  # the chart's table is an artifact, too
            self.run.log({"confusion": chart}, step=step)

    def checkpoint(self, path: Path) -> None:
        """Keep the file as an artifact of the run, with all versions that came before."""
        import wandb

        with _staging(self.folder):
            artifact = wandb.Artifact(f"network-{self.run.id}", type="model")
            artifact.add_file(str(path))
            self.run.log_artifact(artifact)

    def finish(self, summary: Mapping[str, float], *, failed: bool = False) -> None:
        """End the run with its results."""
        if self.run is not None:
            self.run.summary.update(numbers(summary))
            self.run.finish(exit_code=int(failed))


@contextmanager
def _staging(folder: Path) -> Iterator[None]:
    """Let artifacts be put together in a run's folder, not in the user's home, unless WANDB_DATA_DIR names another."""
    name = "WANDB_DATA_DIR"
    if name in os.environ:
        yield
        return
    os.environ[name] = str(folder / "wandb" / "staging")
    try:
        yield
    finally:
        del os.environ[name]


def read_history(folder: Path) -> list[dict[str, Any]]:
    """Return the numbers of a run, as they were logged, each dict with its `step`.

    Args:
        folder: given to `WandbTracker` (its latest run counts), one run's own folder, or its `.wandb` file.

    Raises:
        FileNotFoundError: there is no run.
        ValueError: the file is damaged.
    """
    items = [record["history"] for record in _records(folder) if record.get("type") == "history"]
    return [{"step": item["step"]["num"], **_without_media(item["item"])} for item in items]


def read_config(folder: Path) -> dict[str, Any]:
    """Return the settings that a run began with; see `read_history`."""
    runs = [record["run"] for record in _records(folder) if record.get("type") == "run"]
    found: dict[str, Any] = runs[0]["config"]["update"] if runs else {}
    return {key: value for key, value in found.items() if key != "_wandb"}


def _without_media(item: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a step; a picture or chart is there as `NAME._type` and other keys that begin with its name."""
    media = tuple(key.removesuffix("_type") for key in item if key.endswith("._type"))
    odd = ("NaN", "Infinity", "-Infinity")  # JSON has no such numbers
    return {
        key: value
        for key, value in item.items()
        if not key.startswith(("_", *media)) and (isinstance(value, Real) or value in odd)
    }


def _wandb_files(folder: Path) -> list[Path]:
    """The `.wandb` files of a run, or of the latest run in a folder: one each time it was begun or resumed."""
    if folder.suffix == ".wandb" and folder.is_file():
        return [folder]
    found = sorted(folder.glob("*.wandb")) or sorted(
        folder.glob("wandb/*run-*/*.wandb"), key=lambda path: path.stat().st_mtime
    )
    return [path for path in found if _run_id(path) == _run_id(found[-1])]


def _run_id(path: Path) -> str:
    """
    >>> _run_id(Path("wandb/offline-run-20261121_204448-k2x5a1/run-k2x5a1.wandb"))
    'k2x5a1'
    """
    return path.stem.removeprefix("run-")


def _records(folder: Path) -> list[dict[str, Any]]:
    """All records of a run of Weights & Biases.

    Raises:
        FileNotFoundError: the folder holds none.
    """
    files = _wandb_files(folder)
    if not files:
        raise FileNotFoundError(f"no run in {folder}: it holds neither history.jsonl nor wandb/…run-…/run-….wandb")
    return [record for file in files for record in _inspected(file)]


def _inspected(path: Path) -> list[dict[str, Any]]:
    """The records of a `.wandb` file, as wandb itself reads them."""
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(path)]
    environment = {**os.environ, "WANDB_ERROR_REPORTING": "false"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise ValueError(f"wandb cannot read {path}: {done.stderr.strip()[-500:]}")
    return [read_json(line, path) for line in done.stdout.splitlines() if line]
