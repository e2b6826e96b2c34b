"""Arrays → figures: one style, and a description for everybody who cannot see the picture.

Importing this module sets matplotlib's style: a white background and dark ink, so that a figure is readable on
JupyterLab's light and dark pages, and colours that colour-blind people can tell apart (Okabe & Ito 2008).

    fig, ax = plt.subplots()
    ax.plot(epochs, loss)
    plot.show(fig, alt="The loss falls from 2.3 to 0.1 in ten epochs.")
"""

from __future__ import annotations

import base64
import html
import io
import math
import sys
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

__all__ = ["colors", "grid", "image", "numbers", "show"]

ink = "#1f2328"
colors = {
    "blue": "#0072b2",
    "orange": "#d55e00",
    "green": "#00795a",
    "purple": "#a8477f",
    "sky": "#56b4e9",
    "gold": "#b07d00",
    "gray": "#6a737d",
}

mpl.rcParams.update(
    {
        "figure.facecolor": "white",
        "figure.figsize": (6.4, 3.6),
        "figure.constrained_layout.use": True,
        "savefig.facecolor": "white",
        "text.color": ink,
        "axes.facecolor": "white",
        "axes.edgecolor": ink,
        "axes.labelcolor": ink,
        "axes.titlesize": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=list(colors.values())),
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#d8dee4",
        "xtick.color": ink,
        "ytick.color": ink,
        "lines.linewidth": 2.0,
        "legend.frameon": False,
        "image.cmap": "gray",
        "image.interpolation": "nearest",
    }
)


def show(fig: Figure, alt: str) -> None:
    """Display a figure with a description, then close it. Outside a notebook the figure is only closed.

    The picture is published as HTML, because JupyterLab gives a plain image no alternative text.

    Args:
        fig: any matplotlib figure.
        alt: what the picture tells, for readers who do not see it: a sentence, not a file name.

    Raises:
        ValueError: `alt` is empty.

    >>> fig, ax = plt.subplots()
    >>> lines = ax.plot([1, 4, 9])
    >>> show(fig, alt="A curve that rises from 1 to 9.")
    >>> show(fig, alt=" ")
    Traceback (most recent call last):
        ...
    ValueError: alt is empty: say in a sentence what the figure shows, for readers who cannot see it
    """
    described = description(alt)
    if in_notebook():
        from IPython.display import display

        display({"text/html": picture(fig, described), "text/plain": f"[Figure: {described}]"}, raw=True)
    plt.close(fig)


def image(
    ax: Axes, array: ArrayLike, title: str = "", *, limit: float | None = None, signed: bool | None = None
) -> None:
    """Draw an array as a picture: gray, in colour, or with a sign.

    Args:
        ax: where to draw.
        array: shape (H, W) or (H, W, 3). Integers count from 0 to 255, floats from 0 to 1, larger ones up to their
            maximum. An (H, W) array with negative values gets a diverging map: orange below zero, white at zero,
            purple above.
        title: a line above the picture.
        limit: the value drawn strongest; by default 1, 255 or the largest magnitude.
        signed: whether to use the diverging map for an (H, W) array; by default if a value is negative.

    Raises:
        ValueError: the array is neither (H, W) nor (H, W, 3).

    >>> fig, (left, right) = plt.subplots(1, 2)
    >>> image(left, np.eye(3), "identity")
    >>> image(right, np.eye(3) - 1 / 3)
    >>> [drawn.images[0].get_clim() for drawn in (left, right)]
    [(0.0, 1.0), (-0.66..., 0.66...)]
    >>> plt.close(fig)
    """
    pixels = np.asarray(array)
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        hint = " (channels go last: array.transpose(1, 2, 0))" if pixels.ndim == 3 and pixels.shape[0] == 3 else ""
        raise ValueError(f"image wants shape (H, W) or (H, W, 3), got {pixels.shape}{hint}")
    whole = pixels.dtype.kind in "ui"
    pixels = pixels.astype(float)
    if signed is None:
        signed = bool(np.nanmin(pixels, initial=0.0) < 0)
    largest = float(np.nanmax(np.abs(pixels), initial=0.0))
    if pixels.ndim == 3:
        top = limit or (255.0 if whole else 1.0)
        ax.imshow(np.clip(pixels / top, 0, 1))
    elif signed:
        top = limit or largest or 1.0
        ax.imshow(pixels, cmap="PuOr", vmin=-top, vmax=top)
    else:
        top = limit or (255.0 if whole and largest > 1 and largest <= 255 else max(1.0, largest))
        ax.imshow(pixels, cmap="gray", vmin=0.0, vmax=top)
    bare(ax, title)


def grid(
    images: Sequence[ArrayLike], titles: Sequence[str], alt: str, *, columns: int | None = None, size: float = 2.2
) -> None:
    """Show several arrays side by side, each with its title.

    Args:
        images: arrays as `image` takes them.
        titles: one for each array.
        alt: what the pictures tell.
        columns: pictures in a row; by default at most five.
        size: width and height of one picture, in inches.

    Raises:
        ValueError: the numbers of images and titles differ, or `alt` is empty.

    >>> grid([np.eye(3), np.ones((3, 3))], ["identity", "ones"], alt="A diagonal beside a full square.")
    >>> grid([np.eye(3)], [], alt="A diagonal.")
    Traceback (most recent call last):
        ...
    ValueError: 1 images but 0 titles: give one title for each image
    """
    described = description(alt)
    if len(images) != len(titles) or not len(images):
        raise ValueError(f"{len(images)} images but {len(titles)} titles: give one title for each image")
    columns = columns or min(len(images), 5)
    rows = math.ceil(len(images) / columns)
    fig, axes = plt.subplots(rows, columns, figsize=(size * columns, (size + 0.3) * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, array, title in zip(axes.flat, images, titles, strict=False):
        image(ax, array, title)
    show(fig, described)


def numbers(
    ax: Axes,
    matrix: ArrayLike,
    title: str = "",
    *,
    highlight: tuple[int, int, int, int] | tuple[int, int] | None = None,
    faded: ArrayLike | None = None,
    color: str = colors["orange"],
) -> None:
    """Draw a small matrix as a table of its numbers.

    Args:
        ax: where to draw.
        matrix: shape (H, W); a vector is drawn as one row.
        title: a line above the table.
        highlight: (row, column, height, width) of a window to frame, or (row, column) of one cell.
        faded: shape (H, W), true where a number is only padding.
        color: of the frame.

    Raises:
        ValueError: the matrix has more than two axes or 400 numbers, or the window leaves the matrix.

    >>> fig, ax = plt.subplots()
    >>> numbers(ax, [[1, 2], [3, 4.5]], "two by two", highlight=(0, 1, 2, 1))
    >>> [text.get_text() for text in ax.texts]
    ['1', '2', '3', '4.5']
    >>> numbers(ax, np.eye(2), highlight=(1, 1, 2, 2))
    Traceback (most recent call last):
        ...
    ValueError: the window (1, 1, 2, 2) leaves the 2 × 2 matrix
    >>> plt.close(fig)
    """
    table = np.atleast_2d(np.asarray(matrix))
    if table.ndim != 2 or table.size > 400:
        raise ValueError(f"numbers wants a small matrix, at most 400 numbers, got shape {table.shape}")
    height, width = table.shape
    padding = np.zeros(table.shape, bool) if faded is None else np.atleast_2d(np.asarray(faded, bool))
    for (row, column), value in np.ndenumerate(table):
        paper, pen = ("#eef1f4", colors["gray"]) if padding[row, column] else ("white", ink)
        ax.add_patch(Rectangle((column, row), 1, 1, facecolor=paper, edgecolor="#9aa4af", linewidth=0.8))
        ax.text(column + 0.5, row + 0.5, brief(value), ha="center", va="center", color=pen)
    if highlight is not None:
        top, left, rows, columns = highlight if len(highlight) == 4 else (*highlight, 1, 1)
        if top < 0 or left < 0 or top + rows > height or left + columns > width:
            raise ValueError(f"the window {tuple(highlight)} leaves the {height} × {width} matrix")
        ax.add_patch(Rectangle((left, top), columns, rows, facecolor=color, alpha=0.18, edgecolor="none", zorder=2))
        ax.add_patch(Rectangle((left, top), columns, rows, fill=False, edgecolor=color, linewidth=2.5, zorder=3))
    ax.set(xlim=(-0.05, width + 0.05), ylim=(height + 0.05, -0.05), aspect="equal")
    bare(ax, title)


# --------------------------------------------------------------------------- for other modules of the package


def description(alt: str) -> str:
    """Return the alternative text in one line.

    Raises:
        ValueError: it is empty.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the figure shows, for readers who cannot see it")
    return " ".join(alt.split())


def picture(fig: Figure, alt: str) -> str:
    """Return a figure as an HTML image with its pixels inside, half as dense again as its size on the page."""
    file = io.BytesIO()
    fig.savefig(file, format="png", dpi=144)
    data = base64.b64encode(file.getvalue()).decode()
    width = round(fig.get_figwidth() * 96)
    return (
        f'<img alt="{html.escape(description(alt))}" width="{width}" style="max-width:100%;height:auto" '
        f'src="data:image/png;base64,{data}">'
    )


def in_notebook() -> bool:
    """Say whether a Jupyter kernel runs this code, so that something can be displayed."""
    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return hasattr(get_ipython(), "kernel")


def spoken(matrix: ArrayLike) -> str:
    """Return a small matrix as text, for descriptions.

    >>> spoken([[1, 2], [3, -0.5]])
    '1 2; 3 −0.5'
    """
    return "; ".join(" ".join(brief(value) for value in row) for row in np.atleast_2d(np.asarray(matrix)))


def brief(value: Any) -> str:
    """Return a number in at most three digits after the point, with a real minus sign.

    >>> brief(2.0), brief(-0.125), brief(1 / 3), brief("a")
    ('2', '−0.125', '0.333', 'a')
    """
    if not isinstance(value, int | float | np.number | np.bool_):
        return str(value)
    text = f"{float(value):.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def bare(ax: Axes, title: str) -> None:
    """Leave nothing around a picture but its title."""
    ax.set(xticks=[], yticks=[], title=title)
    ax.grid(False)
    ax.set_frame_on(False)
