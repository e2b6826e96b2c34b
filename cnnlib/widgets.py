"""Interactive views. Where no widget runs, as in a plain HTML export, each one leaves a picture with a description."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from contourpy import contour_generator
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy import ndimage, signal

from . import plot

if TYPE_CHECKING:  # it imports torch, which most views can do without
    from .surfaces import Race, Surface

__all__ = ["kernel_editor", "optimizer_race", "sliding_window"]

static = Path(__file__).parent / "static"

# Deck 1's example: image and kernel of the animation in Dumoulin & Visin (2016).
slide_image = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
slide_kernel = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]

# Nine weights, row by row, and what to divide them by.
presets: dict[str, tuple[str, float]] = {
    "Identity": ("0 0 0   0 1 0   0 0 0", 1),
    "Edges on a diagonal": ("1 0 -1   0 0 0   -1 0 1", 1),
    "Edges, 4 neighbours": ("0 1 0   1 -4 1   0 1 0", 1),
    "Edges, 8 neighbours": ("-1 -1 -1   -1 8 -1   -1 -1 -1", 1),
    "Sharpen: 5 in the middle": ("0 -1 0   -1 5 -1   0 -1 0", 1),
    "Sharpen: 2 · identity − box": ("-1 -1 -1   -1 17 -1   -1 -1 -1", 9),
    "Box blur": ("1 1 1   1 1 1   1 1 1", 9),
    "Gaussian blur": ("1 2 1   2 4 2   1 2 1", 16),
}
own = "your own"


class Pictured:
    """A widget that carries a picture of itself to pages where no widget runs."""

    def figure(self) -> tuple[Figure, str]:
        """Return the picture and its description."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**options)  # type: ignore[misc]
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        fig, alt = self.figure()
        still = {"text/html": plot.picture(fig, alt), "text/plain": f"[Figure: {alt}]"}
        plt.close(fig)
        return data | still, metadata


# --------------------------------------------------------------------------- a kernel slides over an image


class SlidingWindow(Pictured, anywidget.AnyWidget):
    """The view behind `sliding_window`; its arithmetic is in static/sliding_window.js."""

    _esm = static / "sliding_window.js"
    _css = static / "sliding_window.css"
    image: traitlets.List[Any] = traitlets.List().tag(sync=True)
    kernel: traitlets.List[Any] = traitlets.List().tag(sync=True)
    stride = traitlets.Int(1).tag(sync=True)
    padding = traitlets.Int(0).tag(sync=True)
    flip = traitlets.Bool(False).tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)

    def figure(self) -> tuple[Figure, str]:
        """Draw the first window, the kernel and the finished output."""
        weights = np.flip(self.kernel) if self.flip else np.array(self.kernel)
        framed = np.pad(self.image, self.padding)
        output = signal.correlate(framed, weights, mode="valid")[:: self.stride, :: self.stride]
        border = np.pad(np.zeros(np.shape(self.image), bool), self.padding, constant_values=True)
        tables = (framed, weights, output)
        widths = [table.shape[1] for table in tables]
        inches = (0.5 * sum(widths) + 0.8, 0.5 * len(framed) + 0.4)
        fig, axes = plt.subplots(1, 3, figsize=inches, gridspec_kw={"width_ratios": widths})
        plot.numbers(axes[0], framed, "Input", highlight=(0, 0, *weights.shape), faded=border)
        plot.numbers(axes[1], weights, "Kernel, flipped" if self.flip else "Kernel")
        plot.numbers(axes[2], output, f"Output {output.shape[0]} × {output.shape[1]}", highlight=(0, 0))
        alt = (
            f"A kernel of {weights.shape[0]} × {weights.shape[1]} weights on the first window of the image, "
            f"stride {self.stride}, padding {self.padding}. Output: {plot.spoken(output)}."
        )
        return fig, alt


def sliding_window(
    image: ArrayLike | None = None, kernel: ArrayLike | None = None, stride: int = 1, padding: int = 0
) -> SlidingWindow:
    """Return a view of a kernel that slides over an image: step through every window, its products and their sum.

    It runs in the page: on an exported web page it works without Python. Move the window with the buttons, the slider
    or, once the picture has the focus, the arrow keys.

    Args:
        image: numbers, shape (H, W), at most 12 × 12; by default the example of the slides.
        kernel: weights, shape (KH, KW), at most 5 × 5 and at most as large as the image.
        stride: rows and columns from a window to the next, 1 to 3.
        padding: rows and columns of zeros on each side, less than the longer side of the kernel.

    Raises:
        ValueError: an argument is outside these limits.

    >>> view = sliding_window(np.eye(6), np.ones((2, 3)), stride=2)
    >>> view.kernel, view.stride, view.position
    ([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]], 2, 0)
    >>> sliding_window(np.eye(2))
    Traceback (most recent call last):
        ...
    ValueError: the kernel (3, 3) is larger than the image (2, 2)
    """
    picture = np.asarray(slide_image if image is None else image)
    weights = np.asarray(slide_kernel if kernel is None else kernel)
    for name, array, most in (("image", picture, 12), ("kernel", weights, 5)):
        if array.ndim != 2 or not array.size or max(array.shape) > most:
            raise ValueError(f"the {name} wants shape (rows, columns), at most {most} × {most}, got {array.shape}")
        if array.dtype.kind not in "buif" or not np.isfinite(array).all():
            raise ValueError(f"the {name} wants finite numbers, got dtype {array.dtype}")
    if np.any(np.array(weights.shape) > picture.shape):
        raise ValueError(f"the kernel {weights.shape} is larger than the image {picture.shape}")
    if stride not in (1, 2, 3):
        raise ValueError(f"stride is 1, 2 or 3, got {stride}")
    if padding not in range(max(weights.shape)):
        raise ValueError(f"padding is 0 to {max(weights.shape) - 1} for a kernel {weights.shape}, got {padding}")
    plain = [(array * 1).tolist() for array in (picture, weights)]  # * 1: booleans become integers
    return SlidingWindow(image=plain[0], kernel=plain[1], stride=stride, padding=padding)


# --------------------------------------------------------------------------- nine weights and a photograph


class KernelEditor(Pictured, ipywidgets.VBox):  # type: ignore[misc]
    """The view behind `kernel_editor`."""

    def __init__(self, image: NDArray[np.float64]) -> None:
        self.image = image
        self.cells = [self._cell(row, column) for row in range(3) for column in range(3)]
        self.preset = ipywidgets.Dropdown(options=[*presets, own], value="Edges, 4 neighbours", description="Preset")
        self.view = ipywidgets.HTML()
        table = ipywidgets.GridBox(self.cells, layout={"grid_template_columns": "repeat(3, 5.5em)"})
        super().__init__([self.preset, table, self.view])
        self.preset.observe(lambda change: self._choose(), "value")
        self._choose()

    @property
    def kernel(self) -> NDArray[np.float64]:
        """The weights in the cells, shape (3, 3)."""
        return np.array([cell.value for cell in self.cells]).reshape(3, 3)

    @property
    def filtered(self) -> NDArray[np.float64]:
        """The photograph after the kernel; at the border the outermost pixels are repeated."""
        weights = self.kernel if self.image.ndim == 2 else self.kernel[..., None]
        return np.asarray(ndimage.correlate(self.image, weights, mode="nearest"))

    def figure(self) -> tuple[Figure, str]:
        """Draw the photograph, the kernel and the result."""
        fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), gridspec_kw={"width_ratios": [3, 2, 3]})
        plot.image(axes[0], self.image, "Original")
        plot.numbers(axes[1], self.kernel, self.preset.value)
        plot.image(axes[2], self._shown(), "Filtered", limit=1, signed=self._signed())
        return (
            fig,
            f"A photograph, the kernel {self.preset.value} ({plot.spoken(self.kernel)}), and the filtered photograph.",
        )

    def _cell(self, row: int, column: int) -> ipywidgets.FloatText:
        # A label without width names the field for screen readers and takes no room.
        label = f"weight in row {row + 1}, column {column + 1}"
        unseen = {"description_width": "0"}
        cell = ipywidgets.FloatText(step=0.1, description=label, style=unseen, layout={"width": "5em"})
        cell.observe(lambda change: self._edited(), "value")
        return cell

    def _choose(self) -> None:
        """Put a preset's weights into the cells."""
        if self.preset.value == own:
            return
        weights, divisor = presets[self.preset.value]
        self.filling = True
        for cell, weight in zip(self.cells, weights.split(), strict=True):
            cell.value = round(float(weight) / divisor, 4)
        self.filling = False
        self._draw()

    def _edited(self) -> None:
        if self.filling:
            return
        self.preset.value = own
        self._draw()

    def _signed(self) -> bool:
        return bool(abs(self.kernel.sum()) < 1e-3)

    def _shown(self) -> NDArray[np.float64]:
        """The result as a picture: with a sign where flat areas give zero, otherwise cut off at black and white."""
        if not self._signed():
            return np.clip(self.filtered, 0, 1)
        changes = self.filtered if self.image.ndim == 2 else self.filtered.mean(axis=2)
        # One pixel in a hundred is cut off, or a few strong edges would leave the rest pale.
        return np.asarray(np.clip(changes / (np.quantile(abs(changes), 0.99) or 1), -1, 1))

    def _draw(self) -> None:
        total = self.kernel.sum()
        meaning = (
            "flat areas give zero, so only changes show: orange is negative, purple positive"
            if self._signed()
            else f"flat areas come out {plot.brief(total)} times as bright"
        )
        before, after = png(self.image), png(self._shown(), self._signed())
        self.view.value = (
            '<div style="display:flex;flex-wrap:wrap;gap:12px">'
            f'<figure style="margin:0"><img alt="The original photograph" src="{before}" style="{frame}">'
            "<figcaption>Original</figcaption></figure>"
            f'<figure style="margin:0"><img alt="The photograph filtered with: {html.escape(self.preset.value)}" '
            f'src="{after}" style="{frame}"><figcaption>Filtered</figcaption></figure></div>'
            f'<p role="status">The weights add up to {plot.brief(total)}: {meaning}.</p>'
        )


frame = "width:300px;max-width:100%;height:auto;image-rendering:pixelated"


def kernel_editor(photo: ArrayLike) -> KernelEditor:
    """Return a view of nine weights that can be edited, and of a photograph before and after them.

    The kernel is not flipped. The view needs a running kernel; elsewhere it leaves a picture.

    Args:
        photo: numbers between 0 and 1, shape (H, W) or (H, W, 3), at most 1024 pixels a side.

    Raises:
        ValueError: the photograph has another shape.

    >>> editor = kernel_editor(np.eye(8))
    >>> editor.preset.value = "Box blur"
    >>> editor.filtered[4, 4].round(3)
    np.float64(0.333)
    >>> editor.cells[4].value = 5
    >>> editor.preset.value
    'your own'
    """
    image = np.asarray(photo, dtype=float)
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)) or not image.size or max(image.shape) > 1024:
        raise ValueError(f"photo wants shape (H, W) or (H, W, 3), at most 1024 pixels a side, got {image.shape}")
    return KernelEditor(image)


def png(image: NDArray[np.float64], signed: bool = False) -> str:
    """Return a picture as a data address: values from 0 to 1, or from −1 (orange) to 1 (purple)."""
    if signed:
        image = mpl.colormaps["PuOr"](image / 2 + 0.5)[..., :3]
    file = io.BytesIO()
    Image.fromarray((np.clip(image, 0, 1) * 255).round().astype(np.uint8)).save(file, format="PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


# --------------------------------------------------------------------------- optimizers race down a surface


class OptimizerRace(Pictured, anywidget.AnyWidget):
    """The view behind `optimizer_race`; static/optimizer_race.js draws what was computed before."""

    _esm = static / "optimizer_race.js"
    _css = static / "optimizer_race.css"
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


stage = (600, 400)  # width and height of the picture in static/optimizer_race.js


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
