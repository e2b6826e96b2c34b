"""Photographs and handwritten digits that come inside installed packages: nothing is ever downloaded.

The photographs are files of scikit-image's wheel, the digits of scikit-learn's.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["digits", "package_folder", "photo", "photos"]

files = {
    "astronaut": "astronaut.png",
    "brick": "brick.png",
    "camera": "camera.png",
    "cat": "chelsea.png",
    "coffee": "coffee.png",
    "coins": "coins.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "hubble": "hubble_deep_field.jpg",
    "retina": "retina.jpg",
    "rocket": "rocket.jpg",
}


def photo(name: str = "camera", size: int | tuple[int, int] | None = None) -> NDArray[np.float64]:
    """Return a photograph as numbers between 0 (black) and 1 (full brightness).

    Gray, shape (H, W): `brick`, `camera`, `coins`, `grass`, `gravel`. In colour, shape (H, W, 3): `astronaut`,
    `cat`, `coffee`, `hubble`, `retina`, `rocket`.

    Args:
        name: one of `photos()`.
        size: pixels of the longer side, or (height, width), which may change the proportions. A smaller picture is
            made by averaging areas. By default as in the file.

    Raises:
        ValueError: there is no photograph of that name, or a side would have no pixel.
        ModuleNotFoundError: scikit-image is not installed.

    Source: scikit-image, `skimage/data` in its wheel. CC0 or without known restrictions: astronaut (NASA), brick and
    gravel (CC0Textures), camera (Lav Varshney), cat (Stéfan van der Walt), coffee (Rachel Michetti, Pikolo Espresso
    Bar), coins (Brooklyn Museum), grass (linolafett, DeviantArt), hubble (NASA), retina (Mikael Häggström), rocket
    (SpaceX).

    >>> photo().shape, photo("coffee").shape, photo("coffee", size=60).shape
    ((512, 512), (400, 600, 3), (40, 60, 3))
    >>> photo("dog")
    Traceback (most recent call last):
        ...
    ValueError: no photograph 'dog': choose one of astronaut, brick, camera, cat, ..., rocket
    """
    if name not in files:
        raise ValueError(f"no photograph {name!r}: choose one of {', '.join(photos())}")
    path = package_folder("skimage", "scikit-image") / "data" / files[name]
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `pip install --force-reinstall scikit-image`")
    from PIL import Image

    with Image.open(path) as file:
        pixels = np.asarray(file, dtype=np.float64) / 255
    if size is None:
        return pixels
    height, width = pixels.shape[:2]
    if isinstance(size, int):
        longer = max(height, width)
        size = (max(1, round(height * size / longer)), max(1, round(width * size / longer))) if size > 0 else (0, 0)
    if min(size) < 1:
        raise ValueError(f"size wants at least one pixel on each side, got {size[0]} × {size[1]}")
    rows, columns = shares(height, size[0]), shares(width, size[1])
    return np.asarray(np.einsum("ah,hw...,bw->ab...", rows, pixels, columns, optimize=True))


def photos() -> list[str]:
    """Return the names that `photo` knows.

    >>> photos()[:3]
    ['astronaut', 'brick', 'camera']
    """
    return list(files)


def digits(part: Literal["all", "train", "test"] = "all") -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return 1797 handwritten digits of 8 × 8 pixels, and which digit each one is.

    The split is always the same and stratified: of every digit each fifth image is for testing.

    Args:
        part: "all" 1797 images, "train" 1442 of them, or "test" the other 355.

    Returns:
        Images, shape (N, 8, 8), from 0 (paper) to 1 (ink), and labels, shape (N,), from 0 to 9.

    Raises:
        ValueError: `part` is none of the three.
        ModuleNotFoundError: scikit-learn is not installed.

    Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, doi 10.24432/C50P49, CC BY 4.0; the test set of it, as scikit-learn's `load_digits` ships it.

    >>> images, labels = digits("train")
    >>> images.shape, labels[:5].tolist()
    ((1442, 8, 8), [0, 1, 2, 3, 4])
    """
    if part not in ("all", "train", "test"):
        raise ValueError(f'part is "all", "train" or "test", got {part!r}')
    package_folder("sklearn", "scikit-learn")
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images, labels = bunch.images / 16.0, bunch.target.astype(np.int64)
    if part == "all":
        return images, labels
    held_out = np.zeros(len(labels), bool)
    for digit in range(10):
        held_out[np.flatnonzero(labels == digit)[4::5]] = True
    chosen = held_out if part == "test" else ~held_out
    return images[chosen], labels[chosen]


def shares(length: int, parts: int) -> NDArray[np.float64]:
    """Return how much each of `length` pixels counts in each of `parts` equal stretches, shape (parts, length).

    >>> shares(3, 2) * 3
    array([[2., 1., 0.],
           [0., 1., 2.]])
    """
    edges = np.linspace(0, length, parts + 1)[:, None]
    pixel = np.arange(length)
    overlap = np.clip(np.minimum(edges[1:], pixel + 1) - np.maximum(edges[:-1], pixel), 0, None)
    return np.asarray(overlap * parts / length)


def package_folder(module: str, distribution: str) -> Path:
    """Return where a package is installed, without importing it.

    Raises:
        ModuleNotFoundError: it is not installed; the message says how to get it.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{distribution} is not installed: `pip install {distribution}`")
    return Path(spec.origin).parent
