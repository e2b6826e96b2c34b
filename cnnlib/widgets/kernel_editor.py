"""Nine weights to edit, and a photograph before and after them."""

from __future__ import annotations

import base64
import html
import io

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy import ndimage

from cnnlib import plot

from .page import Pictured

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
