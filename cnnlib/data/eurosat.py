"""EuroSAT: 27,000 tiles of Sentinel-2, packed once into one array that is memory-mapped."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .download import fetch
from .jpegs import SIDE, Jpeg, census, find, read
from .packing import flaw, pack
from .tiles import Tiles

__all__ = ["eurosat"]

COUNTS = {
    "AnnualCrop": 3000,
    "Forest": 3000,
    "HerbaceousVegetation": 3000,
    "Highway": 2500,
    "Industrial": 2500,
    "Pasture": 2000,
    "PermanentCrop": 2500,
    "Residential": 3000,
    "River": 2500,
    "SeaLake": 3000,
}
ARCHIVE = "https://zenodo.org/records/7711810/files/EuroSAT_RGB.zip"
CHECKSUM = "md5:f46e308c4d50d4bf32fedad2d3d62f3b"  # as Zenodo publishes it
SEED = 0


def eurosat(split: Literal["arena", "paper"] = "arena", *, download: bool = False, pixels: bool = True) -> Tiles:
    """Return EuroSAT RGB: 27,000 tiles of 64 × 64 pixels, 10 m each, in ten classes of land use and land cover.

    It is looked for in the folder that the environment variable `EUROSAT_ROOT` names (the unpacked layout
    `EuroSAT_RGB/<Class>/<Class>_<n>.jpg`, or `EuroSAT.zip` or `EuroSAT_RGB*.zip`), then in the cache (the folder that
    `CNNLIB_CACHE` names, by default the user's cache), then, with `download=True`, fetched from the official archive.
    The first time it is packed into one file of 332 MB in the cache, in the order of classes and numbers; that takes
    some seconds. `images` is a memory map of it, shape (27000, 64, 64, 3), read-only.

    **A random split lets neighbours leak.** Tiles were cut side by side from the same scenes, and both splits deal
    them out at random: a test tile often borders on a training tile. Scores on a region that was held out are lower.

    Args:
        split: "arena", the fixed 16,200 / 5,400 / 5,400 of the AiTLAS Benchmark Arena, for comparison with its tables.
            "paper", 80% to train and 20% to test of every class, as in the EuroSAT paper. The paper does not
            publish its draw; this one is drawn with a fixed seed. An eighth of the training tiles of each class are for
            validation, so that "train" is 70%, and "train+validation" is the paper's 80%. These tiles have the name
            "eurosat-paper", so that runs on one split are not taken for runs on the other.
        download: whether to fetch 95 MB where the tiles are nowhere else. A cut download goes on at the next call.
        pixels: False for classes and parts alone, which come with the course: `images` has the shape (27000, 0, 0, 3).

    Raises:
        ValueError: there is no such split; or archive or tiles are damaged, incomplete or another set's.
        FileNotFoundError: the tiles are nowhere; the message says what to do.
        ConnectionError: the download failed.
        OSError: the cache is full or closed.

    Source: P. Helber, B. Bischke, A. Dengel, D. Borth (2019), EuroSAT: A novel dataset and deep learning benchmark
    for land use and land cover classification, IEEE JSTARS 12(7), doi 10.1109/JSTARS.2019.2918242; archive: doi
    10.5281/zenodo.7711810, MIT License; Copernicus Sentinel data. Arena: I. Dimitrovski, I. Kitanovski, D. Kocev,
    N. Simidjievski (2023), Current trends in deep learning for Earth observation, ISPRS 197, its split as
    `course/recorded/eurosat_arena.py` packed it.

    >>> eurosat("spatial")
    Traceback (most recent call last):
        ...
    ValueError: split is "arena" or "paper", got 'spatial'
    >>> np.bincount(eurosat(pixels=False).labels).tolist()
    [3000, 3000, 3000, 2500, 2500, 2000, 2500, 3000, 2500, 3000]
    """
    if split not in ("arena", "paper"):
        raise ValueError(f'split is "arena" or "paper", got {split!r}')
    images = packed(download) if pixels else np.empty((sum(COUNTS.values()), 0, 0, 3), np.uint8)
    labels = np.repeat(np.arange(len(COUNTS)), list(COUNTS.values()))
    name, parts = ("eurosat", arena()) if split == "arena" else ("eurosat-paper", paper(COUNTS))
    return Tiles(name, images, labels, tuple(COUNTS), ("red", "green", "blue"), parts)


def packed(download: bool) -> NDArray[np.uint8]:
    """Return the memory-mapped tiles, shape (27000, 64, 64, 3), packing them where that has not been done."""
    path = cache() / "eurosat.npy"
    shape = (sum(COUNTS.values()), SIDE, SIDE, 3)
    root = os.environ.get("EUROSAT_ROOT")
    jpegs = find(Path(root).expanduser(), COUNTS) if root else None
    wanted = census(jpegs) if jpegs else None
    if flaw(path, shape, wanted) is not None:
        from filelock import FileLock
        from tqdm.auto import tqdm

        with usable(path.parent), FileLock(f"{path}.lock"):
            reason = flaw(path, shape, wanted)  # another process may have packed it while this one waited
            if reason is not None:
                if path.exists():
                    warnings.warn(f"{path} {reason}: it is packed anew", stacklevel=3)
                jpegs = jpegs or cached(path.parent, download)
                pack(tqdm(read(jpegs), "packing EuroSAT", len(jpegs), unit=" tiles"), shape, path, census(jpegs))
    images: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return images


def cache() -> Path:
    """Return the folder for what was downloaded or packed."""
    import pooch

    return Path(os.environ.get("CNNLIB_CACHE") or pooch.os_cache("cnn-course")).expanduser()


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Make a folder; where it turns out to be full or closed, say what to do.

    Raises:
        OSError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EEXIST, errno.ENOTDIR):
            raise
        reason = f"the cache {folder} cannot take EuroSAT, 95 MB and 332 MB unpacked ({error.strerror}): make room"
        raise OSError(error.errno, f"{reason}, or name another folder with CNNLIB_CACHE") from error


def cached(folder: Path, download: bool) -> list[Jpeg]:
    """Return the tiles of an archive in the cache, after fetching it where `download` says so.

    Raises:
        FileNotFoundError: there is none; the message says what to do.
    """
    if download:
        fetch(ARCHIVE, CHECKSUM, folder / "EuroSAT_RGB.zip")
    try:
        return find(folder, COUNTS)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"EuroSAT is not on this computer. Either call eurosat(download=True): it fetches 95 MB from {ARCHIVE} and "
            f"keeps them, and 332 MB of unpacked tiles, in {folder}; or get that file yourself and set the environment "
            f"variable EUROSAT_ROOT to the folder it lies in; or use landsat(), which comes with the course"
        ) from None


def arena() -> dict[str, NDArray[np.int64]]:
    """Return the tiles of the AiTLAS Benchmark Arena's training, validation and test part.

    >>> {name: len(part) for name, part in arena().items()}
    {'train': 16200, 'validation': 5400, 'test': 5400}
    """
    with np.load(Path(__file__).with_name("eurosat_arena.npz"), allow_pickle=False) as file:
        return {str(name): np.flatnonzero(file["part"] == number) for number, name in enumerate(file["names"])}


def paper(counts: Mapping[str, int]) -> dict[str, NDArray[np.int64]]:
    """Return a stratified draw: of each class 20% for testing, 10% for validation, 70% to train.

    >>> {name: len(part) for name, part in paper(COUNTS).items()}
    {'train': 18900, 'validation': 2700, 'test': 5400}
    """
    rng = np.random.RandomState(SEED)  # the old generator: numpy promises that its draws never change
    drawn: dict[str, list[NDArray[np.int64]]] = {"train": [], "validation": [], "test": []}
    first = 0
    for count in counts.values():
        order = first + rng.permutation(count)
        test, validation = count // 5, count // 5 + count // 10
        for name, chosen in zip(("test", "validation", "train"), np.split(order, [test, validation]), strict=True):
            drawn[name].append(chosen)
        first += count
    return {name: np.sort(np.concatenate(chosen)) for name, chosen in drawn.items()}
