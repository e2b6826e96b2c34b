"""What a training run leaves: its figures, its predictions, its network."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..files import replacing
from .settings import Settings

__all__ = ["Outcome"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of `train`.

    Attributes:
        data: name of the data set.
        settings: all choices of the run.
        records: of each epoch: `epoch`, `step`, `loss`, `accuracy` (on the augmented training images),
            `learning_rate` (as a share of the largest), `gradient_norm`, `seconds` since the start, and where it was
            watched `validation_loss`, `validation_accuracy`.
        seconds: from the data on the device to the last logits; whitening and all views are in it, warm-up is not.
        warm_up_seconds: compiling and warming up before that.
        hardware: what it ran on.
        part: which part was evaluated, "validation" or "test".
        tiles: numbers of the evaluated tiles in the data set, shape (N,).
        labels: their classes, shape (N,).
        logits: shape (N, classes).
        network: trained, in evaluation mode; with averaged weights if there are any.
        mean, spread: shape (C,); the network reads pixels from 0 to 1 less `mean`, divided by `spread`.
    """

    data: str
    settings: Settings
    records: list[dict[str, float]]
    seconds: float
    warm_up_seconds: float
    hardware: str
    part: str
    tiles: NDArray[np.int64]
    labels: NDArray[np.int64]
    logits: NDArray[np.floating]
    network: nn.Module
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    @property
    def predictions(self) -> NDArray[np.int64]:
        """The likeliest class of each evaluated tile, shape (N,)."""
        return np.asarray(self.logits.argmax(1), np.int64)

    @property
    def accuracy(self) -> float:
        """Share of the evaluated tiles that were recognised."""
        return float((self.predictions == self.labels).mean())

    def summary(self) -> dict[str, float]:
        """Return the figures of the whole run."""
        return {
            f"{self.part}_accuracy": self.accuracy,
            "seconds": self.seconds,
            "warm_up_seconds": self.warm_up_seconds,
            "epochs": float(len(self.records)),
        }

    def save(self, folder: str | Path) -> None:
        """Write `metrics.json` and `predictions.npz` (`tiles`, `labels`, `predictions`, `logits`) into a folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        metrics = {
            "data": self.data,
            "part": self.part,
            "accuracy": self.accuracy,
            "seconds": self.seconds,
            "warm_up_seconds": self.warm_up_seconds,
            "hardware": self.hardware,
            "settings": asdict(self.settings),
            "records": self.records,
        }
        with replacing(folder / "predictions.npz") as file:
            np.savez_compressed(
                file,
                tiles=self.tiles,
                labels=self.labels,
                predictions=self.predictions,
                logits=self.logits.astype(np.float32),
            )
        with replacing(folder / "metrics.json") as file:  # last: a folder that holds it holds a whole run
            file.write((json.dumps(metrics, indent=2) + "\n").encode())
