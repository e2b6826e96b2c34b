"""The sets of satellite tiles by their names, as the command line and recorded runs write them."""

from __future__ import annotations

from .eurosat import eurosat
from .landsat import landsat
from .tiles import Tiles

__all__ = ["SATELLITE", "satellite"]

SATELLITE = "eurosat", "eurosat-paper", "landsat"


def satellite(name: str, *, download: bool = False, pixels: bool = True) -> Tiles:
    """Return the satellite tiles of that name: `landsat()`, `eurosat()`, or its split of the paper.

    Args:
        name: "landsat", "eurosat" or "eurosat-paper".
        download, pixels: of `eurosat`.

    Raises:
        ValueError: there is no such set.
        Exception: what `eurosat` raises.

    >>> satellite("eurosat-paper", pixels=False).name
    'eurosat-paper'
    """
    if name not in SATELLITE:
        raise ValueError(f"no data set {name!r}: choose one of {', '.join(SATELLITE)}")
    if name == "landsat":
        return landsat()
    return eurosat("paper" if name == "eurosat-paper" else "arena", download=download, pixels=pixels)
