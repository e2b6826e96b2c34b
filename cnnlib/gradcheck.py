"""Gradients by central differences: the truth every hand-written backward pass is held to.

Source: f'(x) ≈ (f(x + h) − f(x − h)) / 2h, whose error falls with h²; Goodfellow, Bengio, Courville
(2016), *Deep Learning*, section 11.5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def numeric_gradient(f: Callable[[Array], Any], x: Array, grad_out: Array | None = None, *, h: float = 1e-5) -> Array:
    """Differentiate `f` at `x` without knowing how it works.

    Args:
        f: a function of one array; its result has the shape of `grad_out`, or is a number.
        x: where to differentiate, any shape, float64.
        grad_out: weights of the outputs of `f`; ones when left out, so a scalar `f` needs none.
        h: half the step, in the unit of `x`.

    Returns:
        The gradient of `sum(grad_out * f(x))` with respect to `x`, in the shape of `x`.

    Raises:
        TypeError: `x` is not float64: central differences need its 16 digits.

    >>> numeric_gradient(lambda x: (x**2).sum(), np.array([1.0, 3.0])).round(6)
    array([2., 6.])
    """
    if np.asarray(x).dtype != np.float64:
        raise TypeError(f"x has dtype {np.asarray(x).dtype}; central differences need float64: x.astype(float)")
    x = np.array(x)
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        centre = x[index]
        x[index] = centre + h
        above = _numbers(f(x))
        x[index] = centre - h
        below = _numbers(f(x))
        x[index] = centre
        slope = (above - below) / (2 * h)
        gradient[index] = np.sum(slope if grad_out is None else slope * grad_out)
    return gradient


def _numbers(result: Any) -> Array:
    """Return a copy as an array; tensors of torch may have a gradient of their own."""
    plain = result.detach() if hasattr(result, "detach") else result
    return np.asarray(plain, dtype=float).copy()


def relative_error(a: Array, b: Array) -> float:
    """Return max |a − b| / max(|a|, |b|, 1e-8): below 1e-6 two float64 gradients agree.

    >>> relative_error(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    0.0
    >>> relative_error(np.array([1.0]), np.array([2.0]))
    0.5
    """
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-8)
    return float(np.max(np.abs(a - b) / scale))
