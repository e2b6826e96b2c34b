"""The course of the learning rate."""

from __future__ import annotations

import math

__all__ = ["one_cycle"]

START = 0.2  # of the largest learning rate, at the first step


def one_cycle(step: int, steps: int, *, rise: float = 0.25, shape: str = "linear") -> float:
    """Return the factor of the largest learning rate: from 0.2 up to 1, then down to 0 at the last step.

    Args:
        step: from 0 to `steps` - 1.
        steps: of the whole run.
        rise: share of the steps in which it rises.
        shape: "linear", "cosine", or "constant" for 1 throughout.

    Source: Smith & Topin (2018), Super-Convergence; the same as `torch.optim.lr_scheduler.OneCycleLR`.

    >>> [round(one_cycle(step, 9, rise=0.5), 2) for step in range(9)]
    [0.2, 0.43, 0.66, 0.89, 0.89, 0.67, 0.44, 0.22, 0.0]
    """
    if shape == "constant":
        return 1.0
    top, last = rise * steps - 1, steps - 1
    if step <= top:
        return _between(START, 1.0, step / top if top > 0 else 1.0, shape)
    return _between(1.0, 0.0, (step - top) / (last - top) if last > top else 1.0, shape)


def _between(start: float, end: float, share: float, shape: str) -> float:
    if shape == "cosine":
        share = (1 - math.cos(math.pi * share)) / 2
    return start + (end - start) * share
