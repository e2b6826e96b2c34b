"""Surfaces over two weights, and the paths that torch's optimizers take down them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["Race", "Surface", "descend", "optimizers", "race", "surfaces"]

Optimizer = Callable[[Any], torch.optim.Optimizer]

# What the literature calls by these names, as torch computes it.
optimizers: dict[str, Optimizer] = {
    "gradient descent": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "Nesterov": partial(torch.optim.SGD, momentum=0.9, nesterov=True),
    "Adagrad": torch.optim.Adagrad,
    "RMSprop": partial(torch.optim.RMSprop, alpha=0.9),
    "Adadelta": torch.optim.Adadelta,
    "Adam": torch.optim.Adam,
}
rates = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Surface:
    """A height over the plane of two weights, x and y. Its lowest height is 0."""

    name: str
    formula: str
    height: Callable[[Any, Any], Any]  # of numbers, arrays or tensors
    x: tuple[float, float]  # what a picture shows
    y: tuple[float, float]
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...]
    levels: tuple[float, ...]  # heights of contour lines

    def grid(self, columns: int = 121, rows: int = 81) -> tuple[NDArray[np.float64], ...]:
        """Return x (columns,), y (rows,) and the heights (rows, columns) of the part that a picture shows.

        >>> [array.shape for array in surfaces["ravine"].grid(7, 5)]
        [(7,), (5,), (5, 7)]
        """
        x, y = np.linspace(*self.x, columns), np.linspace(*self.y, rows)
        return x, y, np.asarray(self.height(*np.meshgrid(x, y)))

    def curvatures(self, x: float, y: float) -> NDArray[np.float64]:
        """Return the two eigenvalues of the Hessian at a place, the smaller one first.

        >>> surfaces["ravine"].curvatures(0, 0), surfaces["saddle"].curvatures(0, 0)
        (array([ 1., 25.]), array([-2.,  2.]))
        """
        place = torch.tensor([x, y], dtype=torch.float64)
        hessian = torch.autograd.functional.hessian(lambda weights: self.height(*weights), place)
        return np.asarray(torch.linalg.eigvalsh(hessian).numpy())


def saddle(x: Any, y: Any) -> Any:
    """Two valleys and a pass of height 1 between them, at the origin."""
    return x**2 + (y**2 / 2 - 1) ** 2


def ravine(x: Any, y: Any) -> Any:
    """A bowl 25 times as curved in y as in x."""
    return x**2 / 2 + 25 * y**2 / 2


def turned_ravine(x: Any, y: Any) -> Any:
    """The same bowl turned: its long axis points from the upper left to the lower right."""
    return ravine(0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y)


def beale(x: Any, y: Any) -> Any:
    """A flat valley with steep walls that bends towards (3, 0.5); E. M. L. Beale (1958)."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


bowl_levels = (0.05, 0.25, 0.75, 1.5, 3, 5, 8, 12, 18, 26, 36, 48)
surfaces: dict[str, Surface] = {
    surface.name: surface
    for surface in (
        Surface("ravine", "x²/2 + 25 y²/2", ravine, (-4.5, 1.5), (-2, 2), (-4, 1.4), ((0, 0),), bowl_levels),
        Surface(
            "ravine, turned",
            "the same, turned by 37°",
            turned_ravine,
            (-4.5, 1.5),
            (-1, 3),
            (-4.04, 1.28),
            ((0, 0),),
            bowl_levels,
        ),
        Surface(
            "saddle",
            "x² + (y²/2 − 1)²",
            saddle,
            (-3, 3),
            (-2, 2),
            (-2.5, 0.01),
            ((0, 2**0.5), (0, -(2**0.5))),
            (0.1, 0.3, 0.5, 0.75, 1, 1.4, 2, 3, 4, 5.5, 7.5),
        ),
        Surface(
            "Beale",
            "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
            beale,
            (-1, 5),
            (-2, 2),
            (1, 1.5),
            ((3, 0.5),),
            (0.1, 0.4, 1.2, 3, 7, 14, 30, 70, 200, 600),
        ),
    )
}


def descend(
    surface: Surface,
    optimizer: Optimizer,
    rates: Sequence[float],
    steps: int = 150,
    start: tuple[float, float] | None = None,
) -> NDArray[np.float64]:
    """Return the places an optimizer visits, one path for each learning rate.

    Args:
        surface: where to go down.
        optimizer: makes an optimizer of torch from its parameter groups.
        rates: learning rates.
        steps: how often each path moves.
        start: x and y of the first place; by default the surface's own.

    Returns:
        x and y, shape (rates, steps + 1, 2), not finite once a path has run off.

    >>> path = descend(surfaces["ravine"], torch.optim.SGD, [0.02], steps=2, start=(1, 1))
    >>> path.round(4).tolist()
    [[[1.0, 1.0], [0.98, 0.5], [0.9604, 0.25]]]
    """
    place = surface.start if start is None else start
    walkers = [torch.tensor(place, dtype=torch.float64, requires_grad=True) for _ in rates]
    racer = optimizer([{"params": [walker], "lr": rate} for walker, rate in zip(walkers, rates, strict=True)])
    visited = [torch.stack(walkers).detach()]
    for _ in range(steps):
        racer.zero_grad()
        x, y = torch.stack(walkers, dim=1)
        surface.height(x, y).sum().backward()
        racer.step()
        visited.append(torch.stack(walkers).detach())
    return np.asarray(torch.stack(visited, dim=1).numpy())


@dataclass(frozen=True)
class Race:
    """Paths of several optimizers over one surface, each at several learning rates."""

    surface: Surface
    names: tuple[str, ...]
    rates: tuple[float, ...]
    paths: NDArray[np.float64]  # (names, rates, steps + 1, 2)

    @property
    def heights(self) -> NDArray[np.float64]:
        """Heights along the paths, shape (names, rates, steps + 1); infinite once a path has run off."""
        with np.errstate(over="ignore", invalid="ignore"):
            height = self.surface.height(self.paths[..., 0], self.paths[..., 1])
        return np.where(np.isfinite(height), height, np.inf)

    @property
    def best(self) -> NDArray[np.int64]:
        """For each optimizer the index of the rate that ends lowest, shape (names,)."""
        return np.asarray(self.heights[..., -1].argmin(axis=1))


def race(
    surface: Surface,
    rates: Sequence[float] = rates,
    steps: int = 150,
    entrants: Mapping[str, Optimizer] = optimizers,
) -> Race:
    """Let optimizers race down a surface.

    Args:
        surface: where to go down.
        rates: learning rates; every optimizer runs with each of them.
        steps: length of the race.
        entrants: name → what makes the optimizer.

    >>> finished = race(surfaces["ravine"], rates=[0.01, 0.05, 0.5], steps=20)
    >>> finished.paths.shape, finished.names[0]
    ((7, 3, 21, 2), 'gradient descent')
    >>> finished.rates[finished.best[0]], finished.heights[0, 2, -1] > 1e9
    (0.05, np.True_)
    """
    paths = [descend(surface, optimizer, rates, steps) for optimizer in entrants.values()]
    return Race(surface, tuple(entrants), tuple(rates), np.stack(paths))
