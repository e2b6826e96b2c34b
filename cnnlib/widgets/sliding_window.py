"""A kernel slides over a small image: every product, every sum."""

from __future__ import annotations

from typing import Any

import anywidget
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy import signal

from cnnlib import plot

from .page import Pictured, script, style

# Deck 1's example: image and kernel of the animation in Dumoulin & Visin (2016).
slide_image = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
slide_kernel = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]


class SlidingWindow(Pictured, anywidget.AnyWidget):
    """The view behind `sliding_window`; its arithmetic is in sliding_window.js."""

    _esm = script("sliding_window")
    _css = style("sliding_window")
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
