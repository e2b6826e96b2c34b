"""Tiny tiles of a Landsat scene that come with the course: the Statlog set, 3 × 3 pixels in four bands."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .tiles import Tiles

__all__ = ["landsat"]

CLASSES = (
    "red soil",
    "cotton crop",
    "grey soil",
    "damp grey soil",
    "soil with vegetation stubble",
    "very damp grey soil",
)
# Multispectral Scanner, µm: 0.5-0.6, 0.6-0.7, 0.7-0.8, 0.8-1.1
CHANNELS = ("green", "red", "near infrared 1", "near infrared 2")
PUBLISHED = 4435  # the published training part; the 2000 rows after it are the test part


def landsat() -> Tiles:
    """Return 6435 patches of 3 × 3 pixels in four spectral bands, and the ground in the middle of each.

    The bands are those of Landsat's Multispectral Scanner: green (0.5 to 0.6 µm), red (0.6 to 0.7 µm) and two in the
    near infrared (0.7 to 0.8 and 0.8 to 1.1 µm); a pixel is about 80 m wide. Six classes of ground, seen on site.

    The test part is the published one, 2000 patches. Of the published training part, "train+validation" with 4435,
    every fifth patch of a class, 887 in all, is for validation and 3548 are left to train.

    **The parts are no strangers.** The patches were cut from one area of 82 × 100 pixels, each around another pixel,
    and dealt to the parts afterwards: 97% of the test patches share six of their nine pixels with a training
    patch. So a test score says how well a network fills gaps in a map it knows, not how it reads another scene;
    and nearest neighbours do well here: 90.6% correct is the best of the original comparison (Michie et al. 1994).

    Source: A. Srinivasan (1993), Statlog (Landsat Satellite), UCI Machine Learning Repository, doi 10.24432/C55887,
    CC BY 4.0; rows as R's package mlbench holds them, packed by `course/recorded/landsat.py`.

    >>> tiles = landsat()
    >>> tiles.images.shape, {name: len(part) for name, part in tiles.parts.items()}
    ((6435, 3, 3, 4), {'train': 3548, 'validation': 887, 'test': 2000})
    >>> tiles.classes[tiles.labels[0]], tiles.images[0, 1, 1]  # the middle pixel: green, red and twice infrared
    ('grey soil', array([ 92, 112, 118,  85], dtype=uint8))
    """
    with np.load(Path(__file__).with_name("landsat.npz"), allow_pickle=False) as file:
        images, labels = file["images"], file["labels"].astype(np.int64)
    by_class = np.argsort(labels[:PUBLISHED], kind="stable")
    validation = np.sort(by_class[2::5])
    parts = {
        "train": np.setdiff1d(by_class, validation),
        "validation": validation,
        "test": np.arange(PUBLISHED, len(labels)),
    }
    return Tiles("landsat", images, labels, CLASSES, CHANNELS, parts)
