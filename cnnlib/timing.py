"""Fair races between pieces of code: turn by turn, on one thread, the median of many rounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

__all__ = ["medians"]


def medians(*works: Callable[[], Any], repeats: int = 20, threads: int | None = 1) -> tuple[float, ...]:
    """Time functions in turn, round after round, so that a slow moment of the machine hits all of them.

    Args:
        works: functions without arguments.
        repeats: timed rounds; one more goes before them to warm up, unless there is only one.
        threads: how many threads NumPy and PyTorch may use; None leaves them as they are.

    Returns:
        The median time of each, in seconds.

    >>> short, long = medians(lambda: sum(range(1_000)), lambda: sum(range(100_000)), repeats=5)
    >>> short < long
    True
    """
    seconds = np.empty((repeats, len(works)))
    with threadpool_limits(threads):
        if repeats > 1:
            for work in works:
                work()
        for i, j in np.ndindex(*seconds.shape):
            start = time.perf_counter()
            works[j]()
            seconds[i, j] = time.perf_counter() - start
    return tuple(np.median(seconds, axis=0).tolist())
