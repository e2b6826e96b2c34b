"""A plane with two classes of points, one neuron's line, and Rosenblatt's rule that moves it."""

from __future__ import annotations

from typing import Any

import anywidget
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from cnnlib import plot

from .page import Pictured, script, style

reach, most, marks = 4.0, 80, {1: ("o", "blue"), -1: ("^", "orange")}  # as in decision_boundary.js


class DecisionBoundary(Pictured, anywidget.AnyWidget):
    """The view behind `decision_boundary`; its arithmetic is in decision_boundary.js.

    `points`, `labels`, `weights` and `bias` are what the page shows, and may be set. `step` counts the samples that
    the learning rule has looked at; it is −1 while the weights are set by hand.
    """

    _esm = script("decision_boundary")
    _css = style("decision_boundary")
    points: traitlets.List[Any] = traitlets.List().tag(sync=True)
    labels: traitlets.List[Any] = traitlets.List().tag(sync=True)
    weights: traitlets.List[Any] = traitlets.List([1.0, 0.5]).tag(sync=True)
    bias = traitlets.Float(0.0).tag(sync=True)
    epochs = traitlets.Int(50, min=1, max=200).tag(sync=True)
    step = traitlets.Int(-1).tag(sync=True)
    presets: traitlets.List[Any] = traitlets.List().tag(sync=True)

    @property
    def margins(self) -> NDArray[np.float64]:
        """How far each point is on its right side, times the length of the weights, shape (N,)."""
        places = np.reshape(self.points, (-1, 2))
        return np.asarray(np.multiply(self.labels, places.dot(self.weights) + self.bias), float)

    def figure(self) -> tuple[Figure, str]:
        """Draw the points, the line with its two sides, and a cross on each point that is wrong."""
        places, kinds, off = np.reshape(self.points, (-1, 2)), np.array(self.labels), self.margins <= 0
        fig, ax = plt.subplots(figsize=(4.8, 4.8))
        ticks = np.linspace(-reach, reach, 401)
        height = self.bias + self.weights[0] * ticks + self.weights[1] * ticks[:, None]
        if np.any(self.weights):
            colors = [plot.colors[name] for name in ("orange", "blue")]
            ax.contourf(ticks, ticks, height, levels=[-np.inf, 0, np.inf], colors=colors, alpha=0.15)
            ax.contour(ticks, ticks, height, levels=[0], colors=plot.ink)
        for kind, (marker, color) in marks.items():
            ax.plot(
                *places[kinds == kind].T,
                marker,
                markersize=9,
                linestyle="none",
                color=plot.colors[color],
                label=f"class {kind:+}".replace("-", "−"),
            )
        ax.plot(*places[off].T, "x", markersize=15, linestyle="none", color=plot.ink, label="wrong")
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
        ax.set_title(f"{off.sum()} of {len(kinds)} points wrong")
        fig.legend(loc="outside lower center", ncols=3)
        alt = (
            f"A plane with {(kinds > 0).sum()} points of class +1 and {(kinds < 0).sum()} of class −1, cut in two by "
            f"the line of a neuron with the weights {plot.spoken(self.weights)} and the bias {plot.brief(self.bias)}. "
            f"{off.sum()} of the points are on the wrong side."
        )
        return fig, alt


def decision_boundary(
    points: ArrayLike | str = "a wide gap",
    labels: ArrayLike | None = None,
    *,
    weights: ArrayLike = (1.0, 0.5),
    bias: float = 0.0,
    epochs: int = 50,
) -> DecisionBoundary:
    """Return a view of two classes of points and a neuron's line: move either, or let the neuron learn.

    It runs in the page: on an exported web page it works without Python. Learning is Rosenblatt's rule: from weights of
    zero, sample by sample in their order, until an epoch without a mistake.

    Args:
        points: places in the plane, shape (N, 2), at most 80, from −4 to 4; or the name of a preset: "a wide gap",
            "a narrow gap", "XOR", "two moons", "one on the wrong side".
        labels: their classes, shape (N,), +1 or −1; none for a preset.
        weights: to begin with, shape (2,).
        bias: to begin with.
        epochs: after which learning stops in any case, 1 to 200.

    Raises:
        ValueError: an argument is outside these limits.

    >>> view = decision_boundary([[2, 1], [-1, 0]], [1, -1])
    >>> view.margins
    array([2.5, 1. ])
    >>> decision_boundary("XOR").labels
    [-1, 1, 1, -1]
    >>> decision_boundary([[2, 1]], [0])
    Traceback (most recent call last):
        ...
    ValueError: labels want +1 or −1 for each of 1 points, got [0]
    """
    if isinstance(points, str):
        if points not in presets or labels is not None:
            known = ", ".join(f'"{name}"' for name in presets)
            raise ValueError(f'a preset is one of {known}, and has its own labels; got "{points}"')
        places, kinds = presets[points]
    else:
        places, kinds = np.asarray(points), np.asarray([] if labels is None else labels)
    line = np.asarray([*np.ravel(weights), bias])
    for name, array in (("points", places), ("weights and bias", line)):
        if array.dtype.kind not in "buif" or not np.isfinite(array).all():
            raise ValueError(f"{name} want finite numbers, got dtype {array.dtype}")
    if places.ndim != 2 or places.shape[1] != 2 or len(places) > most or np.any(np.abs(places) > reach):
        raise ValueError(f"points want shape (N, 2), at most {most}, from −4 to 4, got shape {places.shape}")
    if kinds.shape != (len(places),) or not np.isin(kinds, (-1, 1)).all():
        raise ValueError(f"labels want +1 or −1 for each of {len(places)} points, got {kinds.tolist()}")
    if line.shape != (3,):
        raise ValueError(f"weights want shape (2,), got {np.shape(weights)}")
    if epochs not in range(1, 201):
        raise ValueError(f"epochs is 1 to 200, got {epochs}")
    return DecisionBoundary(
        points=(places * 1.0).tolist(),
        labels=kinds.astype(int).tolist(),
        weights=(line[:2] * 1.0).tolist(),
        bias=float(line[2]),
        epochs=epochs,
        presets=[
            {"name": name, "points": (where * 1.0).tolist(), "labels": what.tolist()}
            for name, (where, what) in presets.items()
        ],
    )


# --------------------------------------------------------------------------- points to begin with

Cloud = tuple[NDArray[np.float64], NDArray[np.int64]]


def parted(count: int, gap: float, seed: int) -> Cloud:
    """Return points of both classes on a grid of quarters, none closer to a slanted line than half the gap."""
    rng = np.random.default_rng(seed)
    everywhere = rng.integers(-14, 15, (40 * count, 2)) / 4
    height = everywhere @ [0.6, 0.8] - 1.6
    sides = [np.flatnonzero(sign * height > gap / 2)[: count // 2] for sign in (1, -1)]
    chosen = rng.permutation(np.concatenate(sides))
    return everywhere[chosen], np.sign(height[chosen]).astype(np.int64)


def moons(count: int) -> Cloud:
    """Return two half circles that reach into each other, as points on a grid of quarters."""
    turn = np.linspace(0, np.pi, count)
    upper = np.column_stack([2 * np.cos(turn) - 1, 2 * np.sin(turn) - 0.5])
    both = np.concatenate([upper, -upper])
    return np.round(both * 4) / 4, np.repeat([1, -1], count)


wide = parted(14, 1.8, seed=15)
presets: dict[str, Cloud] = {
    "a wide gap": wide,
    "a narrow gap": parted(24, 0.3, seed=28),
    "XOR": (np.array([[-2.0, -2], [-2, 2], [2, -2], [2, 2]]), np.array([-1, 1, 1, -1])),
    "two moons": moons(14),
    "one on the wrong side": (np.append(wide[0], [[2.5, 2.25]], axis=0), np.append(wide[1], -1)),
}
