"""Optimizers race down surfaces; where each step leads was computed before."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import anywidget
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from contourpy import contour_generator
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from cnnlib import plot

from .page import Pictured, script, style

if TYPE_CHECKING:  # it imports torch, which the other views can do without
    from cnnlib.surfaces import Race, Surface


class OptimizerRace(Pictured, anywidget.AnyWidget):
    """The view behind `optimizer_race`; optimizer_race.js draws what was computed before."""

    _esm = script("optimizer_race")
    _css = style("optimizer_race")
    races: traitlets.List[Any] = traitlets.List().tag(sync=True)
    names: traitlets.List[Any] = traitlets.List().tag(sync=True)
    rates: traitlets.List[Any] = traitlets.List().tag(sync=True)
    steps = traitlets.Int().tag(sync=True)
    surface = traitlets.Int(0).tag(sync=True)
    rate = traitlets.Int(0).tag(sync=True)
    own_rates = traitlets.Bool(True).tag(sync=True)
    shown: traitlets.List[Any] = traitlets.List().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)

    def __init__(self, computed: Sequence[Race]) -> None:
        self.computed = tuple(computed)
        first = self.computed[0]
        super().__init__(
            races=[course(race) for race in self.computed],
            names=list(first.names),
            rates=list(first.rates),
            steps=first.paths.shape[2] - 1,
            rate=len(first.rates) // 2,
            shown=[True] * len(first.names),
        )

    def figure(self) -> tuple[Figure, str]:
        """Draw the whole paths over the chosen surface."""
        race = self.computed[self.surface]
        chosen = race.best if self.own_rates else np.full(len(race.names), self.rate)
        fig, ax = plt.subplots(figsize=(9, 4.2))
        x, y, height = race.surface.grid()
        ax.contour(x, y, height, levels=race.surface.levels, colors="#b8c0c8", linewidths=0.8)
        hues = [plot.colors[hue] for hue in ("blue", "orange", "green", "purple", "sky", "gold")] + ["#d03540"]
        results = []
        for name, paths, heights, at, marker, hue in zip(
            race.names, race.paths, race.heights, chosen, "os^DXP*", hues, strict=False
        ):
            label = f"{name}, rate {race.rates[at]:g}"
            ax.plot(*paths[at].T, label=label, color=hue, linewidth=1.4, marker=marker, markevery=[-1], markersize=7)
            ending = f"ends at height {heights[at, -1]:.2g}" if heights[at, -1] < 1e4 else "leaves the picture"
            results.append(f"{label}, {ending}")
        ax.plot(*np.transpose(race.surface.minima), "k+", markersize=12, linestyle="none")
        ax.set(xlim=race.surface.x, ylim=race.surface.y, aspect="equal")
        ax.set_title(f"{race.surface.name}: {self.steps} steps")
        ax.grid(False)
        fig.legend(loc="outside right center")
        return fig, f"Paths of optimizers down the surface {race.surface.name}: {'; '.join(results)}."


def optimizer_race(races: Sequence[Race]) -> OptimizerRace:
    """Return a view of optimizers that race down surfaces: play, pause, step, change the learning rate.

    It runs in the page: on an exported web page it works without Python. Once the picture has the focus, the space
    bar plays and pauses, and the arrow keys step.

    Args:
        races: what `cnnlib.surfaces.race` returns, one for each surface, all with the same optimizers, learning rates
            and number of steps; at most seven optimizers.

    Raises:
        ValueError: there is no race, or the races differ in more than the surface.

    >>> from cnnlib import surfaces
    >>> ravine = surfaces.race(surfaces.surfaces["ravine"], rates=[0.01, 0.03], steps=30)
    >>> view = optimizer_race([ravine])
    >>> view.names[2], view.rates, view.steps
    ('Nesterov', [0.01, 0.03], 30)
    >>> optimizer_race([])
    Traceback (most recent call last):
        ...
    ValueError: optimizer_race wants at least one race
    """
    if not races:
        raise ValueError("optimizer_race wants at least one race")
    kinds = {(race.names, race.rates, race.paths.shape) for race in races}
    if len(kinds) > 1:
        raise ValueError("the races differ in their optimizers, learning rates or number of steps")
    if len(races[0].names) > 7:
        raise ValueError(f"optimizer_race tells at most seven optimizers apart, got {len(races[0].names)}")
    return OptimizerRace(races)


stage = (600, 400)  # width and height of the picture in optimizer_race.js


def course(race: Race) -> dict[str, Any]:
    """Return what the page needs to draw a race."""
    surface = race.surface
    return {
        "name": surface.name,
        "formula": surface.formula,
        "contours": contours(surface),
        "start": on_stage(surface, [surface.start])[0].tolist(),
        "minima": on_stage(surface, surface.minima).tolist(),
        "best": race.best.tolist(),
        "places": packed(race),
    }


def on_stage(surface: Surface, places: ArrayLike) -> NDArray[np.float64]:
    """Turn x and y into pixels of the stage, counted from its upper left corner, shape (..., 2)."""
    left, top = surface.x[0], surface.y[1]
    sizes = np.array([surface.x[1] - left, surface.y[0] - top])
    return np.asarray((np.asarray(places) - [left, top]) / sizes * stage)


def contours(surface: Surface) -> list[str]:
    """Return the regions above each contour line as SVG paths."""
    x, y, height = surface.grid(73, 49)
    columns, rows = on_stage(surface, np.stack(np.meshgrid(x, y), axis=-1)).transpose(2, 0, 1)
    regions = contour_generator(columns, rows, height, fill_type="OuterOffset")
    paths = []
    for level in surface.levels:
        above: Any = regions.filled(level, height.max() + 1)
        rings = [
            "M" + "L".join(f"{column:.0f} {row:.0f}" for column, row in ring) + "Z"
            for polygon, cuts in zip(*above, strict=True)
            for ring in np.split(polygon, cuts[1:-1])
        ]
        paths.append("".join(rings))
    return paths


def packed(race: Race) -> str:
    """Return column, row and height of every step as 16-bit numbers in base64; `placed` in the JavaScript undoes it.

    Columns and rows are counted over three stages side by side, the middle one in view; heights in logarithms from
    10⁻⁸ to 10⁴. The height 65535 marks a place beyond all three stages.
    """
    with np.errstate(all="ignore"):  # paths that ran off are infinite or no number
        share = (on_stage(race.surface, race.paths) / stage + 1) / 3
        climb = (np.log10(race.heights) + 8) / 12
    beyond = ~((share >= 0) & (share <= 1)).all(axis=-1)
    codes = np.nan_to_num(np.concatenate([share, climb[..., None]], axis=-1), nan=0.5).clip(0, 1) * 65534
    whole = codes.round().astype("<u2")
    whole[beyond, 2] = 65535
    return base64.b64encode(whole.tobytes()).decode()
