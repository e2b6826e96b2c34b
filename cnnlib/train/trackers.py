"""What every tracker does, and the plain one: numbers as JSON, pictures as PNG."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["LocalTracker", "Tracker", "counts", "matched", "numbers", "read_json", "write_json"]


class Tracker:
    """Takes what a run tells and keeps nothing; the other trackers keep it.

    A run calls `start` once, `log` as often as it likes, `finish` once. Used as a context, a tracker closes a run that
    an error ends, too. Settings with a true `resume` go on with the run that the folder holds; what is told twice of a
    step counts once.

    >>> with Tracker() as silent:
    ...     silent.start({"learning_rate": 0.1})
    ...     silent.log({"loss": 0.5}, step=1)
    ...     silent.finish({"accuracy": 0.9})
    """

    def start(self, config: Mapping[str, Any]) -> None:
        """Begin a run with these settings: numbers, words, truth values, lists of them."""

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write numbers of one step. Steps grow; a step may come in several parts."""

    def pictures(self, name: str, images: NDArray[np.uint8], captions: Sequence[str], step: int) -> None:
        """Write pictures of one step, shape (N, H, W, 3) or (N, H, W), a caption each."""

    def confusion(self, truth: Sequence[int], predicted: Sequence[int], classes: Sequence[str], step: int) -> None:
        """Write how often each class was taken for each other."""

    def checkpoint(self, path: Path) -> None:
        """Keep the file with a trained network."""

    def finish(self, summary: Mapping[str, float], *, failed: bool = False) -> None:
        """End the run with its results; `failed` marks one that an error ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            self.finish({}, failed=True)


class LocalTracker(Tracker):
    """Writes a run into a folder of its own: `config.json`, `history.jsonl`, pictures, `summary.json`.

    Args:
        folder: made if it is not there; a run that lies in it already is not written over.

    Raises:
        FileExistsError: at `start`, when the folder holds a run that is not to be resumed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, config: Mapping[str, Any]) -> None:
        """Begin a run with these settings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "config.json").exists() and not config.get("resume"):
            raise FileExistsError(f"{self.folder} holds a run already: choose another folder, or remove it")
        write_json(self.folder / "config.json", dict(config))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write numbers of one step."""
        line = json.dumps({"step": step, **numbers(values)})
        with (self.folder / "history.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def pictures(self, name: str, images: NDArray[np.uint8], captions: Sequence[str], step: int) -> None:
        """Write pictures as PNG files; their captions stand in `NAME.json` beside them."""
        from PIL import Image

        matched(images, captions)
        place = self.folder / "pictures" / f"{name}-{step}"
        place.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(place / f"{number:03}.png")
        write_json(place.with_suffix(".json"), list(captions))

    def confusion(self, truth: Sequence[int], predicted: Sequence[int], classes: Sequence[str], step: int) -> None:
        """Write the table of counts, one row a true class."""
        write_json(
            self.folder / f"confusion-{step}.json",
            {"classes": list(classes), "counts": counts(truth, predicted, classes).tolist()},
        )

    def checkpoint(self, path: Path) -> None:
        """Copy the file into the run's folder."""
        if path.parent.resolve() != self.folder.resolve():
            shutil.copy2(path, self.folder / path.name)

    def finish(self, summary: Mapping[str, float], *, failed: bool = False) -> None:
        """Write the results."""
        write_json(self.folder / "summary.json", {**numbers(summary), "state": "failed" if failed else "finished"})


def numbers(values: Mapping[str, float]) -> dict[str, float]:
    """Return values as plain numbers.

    Raises:
        TypeError: one is no number; the message names it.

    >>> numbers({"loss": np.float32(0.5), "epoch": 3})
    {'loss': 0.5, 'epoch': 3}
    """
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}
    for name, value in plain.items():
        if not isinstance(value, Real):
            raise TypeError(
                f"{name!r} is no number but {type(value).__name__}: log numbers, give pictures to `pictures`"
            )
    return plain


def counts(truth: Sequence[int], predicted: Sequence[int], classes: Sequence[str]) -> NDArray[np.int64]:
    """Return how often class i was taken for class j, shape (classes, classes).

    Raises:
        ValueError: not as many predictions as true classes, or a number that is no class.

    >>> counts([0, 0, 1], [0, 1, 1], ["forest", "river"])
    array([[1, 1],
           [0, 1]])
    """
    pairs = np.asarray([truth, predicted] if len(truth) == len(predicted) else [], dtype=np.int64)
    if pairs.ndim != 2 or (pairs.size and not 0 <= pairs.min() <= pairs.max() < len(classes)):
        raise ValueError(
            f"truth and predicted are as many numbers below {len(classes)}, got {len(truth)} and {len(predicted)}"
        )
    table = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(table, (pairs[0], pairs[1]), 1)
    return table


def matched(images: NDArray[np.uint8], captions: Sequence[str]) -> None:
    """Refuse pictures of another kind, or without a caption each.

    Raises:
        ValueError: saying what came and what is wanted.
    """
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise ValueError(f"pictures are uint8 of shape (N, H, W, 3) or (N, H, W), got {images.dtype} {images.shape}")
    if len(images) != len(captions):
        raise ValueError(f"every picture has a caption: got {len(images)} pictures and {len(captions)} captions")


def write_json(path: Path, data: object) -> None:
    """Write plain data into a file of its own."""
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read_json(text: str, path: Path) -> Any:
    """Return what the text of a file says.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
