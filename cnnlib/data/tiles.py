"""A set of satellite tiles: one packed array, what each tile shows, and which tiles are for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Tiles"]

BATCH = 1000  # tiles read at a time: 12 MB of EuroSAT


@dataclass(frozen=True, eq=False)
class Tiles:
    """Tiles of one size, each with its class, parted for training, validation and testing.

    Attributes:
        name: of the set, as the functions that make it are called: "eurosat", "landsat".
        images: pixel values from 0 to 255, shape (N, H, W, C), uint8; may be memory-mapped and read-only.
        labels: numbers of `classes`, shape (N,).
        classes: names of what is told apart.
        channels: names of the C spectral bands, in the order of the last axis.
        parts: indices of the tiles of each part: "train", "validation" and "test". No tile is in two parts.

    Raises:
        ValueError: shapes, labels or parts do not fit each other.

    >>> images = np.full((4, 2, 2, 1), 51, np.uint8)
    >>> parts = {"train": np.array([0, 3]), "validation": np.array([2]), "test": np.array([1])}
    >>> tiles = Tiles("gray", images, np.array([0, 1, 1, 0]), ("field", "road"), ("brightness",), parts)
    >>> tiles.part("train")[1], tiles.statistics()
    (array([0, 0]), (array([0.2]), array([0.])))
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    channels: tuple[str, ...]
    parts: Mapping[str, NDArray[np.int64]]

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != len(self.channels):
            wanted = f"uint8 of shape (N, H, W, {len(self.channels)})"
            raise ValueError(f"{self.name}: images are {wanted}, these are {images.dtype} of shape {images.shape}")
        if labels.shape != images.shape[:1]:
            raise ValueError(f"{self.name}: {len(images)} images want a label each, labels have shape {labels.shape}")
        if labels.size and not 0 <= labels.min() <= labels.max() < len(self.classes):
            wanted = f"from 0 to {len(self.classes) - 1}"
            raise ValueError(f"{self.name}: labels lie {wanted}, these from {labels.min()} to {labels.max()}")
        used = np.concatenate([np.empty(0, np.int64), *self.parts.values()])
        if used.size and not 0 <= used.min() <= used.max() < len(images):
            raise ValueError(f"{self.name}: parts hold indices from 0 to {len(images) - 1}, also {used.max()} is there")
        if len(np.unique(used)) < len(used):
            raise ValueError(f"{self.name}: a tile is in two parts, or twice in one")

    def part(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return copies of a part's images, shape (n, H, W, C), and labels, shape (n,).

        Args:
            name: one of `parts`, or several with "+": "train+validation" for the last run, after every choice is made.

        Raises:
            ValueError: there is no such part.
        """
        chosen = self.indices(name)
        return np.asarray(self.images[chosen]), self.labels[chosen]

    def indices(self, name: str) -> NDArray[np.int64]:
        """Return the numbers of a part's tiles, shape (n,), in the order of `part`.

        Raises:
            ValueError: there is no such part.
        """
        names = name.split("+")
        if not set(names) <= set(self.parts) or len(set(names)) < len(names):
            raise ValueError(
                f'no part {name!r}: choose one of {", ".join(self.parts)}, or several as in "train+validation"'
            )
        return np.concatenate([self.parts[each] for each in names])

    def statistics(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard deviation of each channel, shape (C,) each, of pixel values from 0 to 1.

        Of the training part alone: what is learned from a test part, be it a mean, is not there when the network
        is used. They are exact: every value from 0 to 255 is counted.
        """
        counts = np.zeros((len(self.channels), 256), np.int64)
        train = np.sort(self.indices("train"))  # in the order of the file
        for start in range(0, len(train), BATCH):
            batch = self.images[train[start : start + BATCH]]
            counts += [np.bincount(batch[..., c].ravel(), minlength=256) for c in range(len(counts))]
        share = counts / counts.sum(axis=1, keepdims=True)
        values = np.arange(256) / 255
        mean = share @ values
        spread = np.sqrt((share * (values - mean[:, None]) ** 2).sum(axis=1))
        return mean, spread
