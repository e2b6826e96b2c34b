"""What takes minutes to compute and is only looked at: `recorded/NAME.npz`, made by `course/recorded/NAME.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["recorded"]


def recorded(name: str) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a recorded computation, by their names.

    Raises:
        ValueError: nothing of that name was recorded.

    >>> recorded("loss_landscape")["loss"].shape[0]  # without and with skip connections
    2
    """
    folder = Path(__file__).parents[1] / "recorded"
    path = folder / f"{name}.npz"
    if not path.is_file():
        there = ", ".join(sorted(path.stem for path in folder.glob("*.npz")))
        raise ValueError(f"no recorded computation {name!r}: choose one of {there}")
    with np.load(path, allow_pickle=False) as file:
        return dict(file)
