"""Activations beside their slopes, and what a chain of layers leaves of a gradient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import anywidget
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnlib import plot

from .page import Pictured, script, style

if TYPE_CHECKING:  # the picture alone needs torch, which the other views can do without
    from torch import Tensor

# Each name as the menus show it, torch.nn.functional's name, and its options.
names: dict[str, tuple[str, dict[str, float]]] = {
    "sigmoid": ("sigmoid", {}),
    "tanh": ("tanh", {}),
    "ReLU": ("relu", {}),
    "leaky ReLU": ("leaky_relu", {"negative_slope": 0.1}),
    "ELU": ("elu", {}),
    "softplus": ("softplus", {}),
    "GELU": ("gelu", {}),
    "SiLU": ("silu", {}),
}
scales = (0.5, 1.0, math.sqrt(2), 2.0, 4.0)
most_layers, reach = 50, 6.0  # as in activations.js


class Activations(Pictured, anywidget.AnyWidget):
    """The view behind `activations`; its arithmetic is in activations.js."""

    _esm = script("activations")
    _css = style("activations")
    first = traitlets.Enum([*names], default_value="sigmoid").tag(sync=True)
    second = traitlets.Enum(["", *names], default_value="").tag(sync=True)
    z = traitlets.Float(0.0, min=-reach, max=reach).tag(sync=True)
    depth = traitlets.Int(1, min=1, max=most_layers).tag(sync=True)
    scale = traitlets.Enum(scales, default_value=1.0).tag(sync=True)
    seed = traitlets.Int(0, min=0).tag(sync=True)
    width = traitlets.Int(64).tag(sync=True)

    @property
    def chosen(self) -> list[str]:
        """The one or two activations on show."""
        return [name for name in (self.first, self.second) if name]

    def figure(self) -> tuple[Figure, str]:
        """Draw values with their tangents, slopes, and the gradient by layer."""
        fig, axes = plt.subplots(1, 3, figsize=(11, 3.3))
        z = np.linspace(-reach, reach, 1201)  # a corner at 0 falls on a place
        told = []
        for name, hue, dash, marker in zip(self.chosen, ("blue", "orange"), ("-", "--"), "os", strict=False):
            look: dict[str, Any] = {"color": plot.colors[hue], "linestyle": dash}
            value, slope = value_and_slope(name, z)
            (height,), (steep,) = value_and_slope(name, np.array([self.z]))
            factors = passed_back(name, self.depth, self.scale, self.seed, self.width)
            axes[0].plot(z, value, label=name, **look)
            axes[0].axline((self.z, height), slope=steep, color=plot.ink, linewidth=0.8)
            axes[0].plot(self.z, height, marker, color=look["color"])
            axes[1].plot(z, slope, **look)
            axes[1].plot(self.z, steep, marker, color=look["color"])
            axes[2].plot(factors, marker=marker, markersize=4, **look)
            told.append(
                f"{name} has the value {plot.brief(height)} and the slope {plot.brief(steep)}, and after {self.depth} "
                f"layers the gradient at the input is {factors[0]:.2g} times as long: it {fate(float(factors[0]))}"
            )
        axes[0].set(title="value", xlabel="z", ylim=(-1.5, reach))
        axes[0].legend()
        axes[1].set(title="slope", xlabel="z", ylim=(-0.25, 1.25))
        axes[2].axhspan(0.01, 100, color=plot.colors["gray"], alpha=0.15, linewidth=0)  # here it survives
        axes[2].set(title=f"gradient, scale of the weights {self.scale:.3g}", xlabel="layer (0: input)", yscale="log")
        return fig, f"Activations and their slopes. At z = {plot.brief(self.z)}: {'; '.join(told)}."


def activations(
    first: str = "sigmoid",
    second: str = "ReLU",
    *,
    z: float = 1.0,
    depth: int = 10,
    scale: float = 1.0,
    seed: int = 0,
) -> Activations:
    """Return a view of activations beside their slopes, and of what they leave of a gradient through depth.

    It runs in the page: on an exported web page it works without Python. Drag the point on a curve, or move it with
    the slider or, once the picture has the focus, the arrow keys. Below, a signal travels through layers of 64 units
    with random weights, and a gradient travels back: how long it is in each layer.

    Args:
        first: one of sigmoid, tanh, ReLU, leaky ReLU (0.1 on the left), ELU, softplus, GELU and SiLU.
        second: another one to compare it with; an empty string for none.
        z: where the point is, -6 to 6.
        depth: number of layers, 1 to 50.
        scale: the weights' standard deviation times the root of the layer's width: 0.5, 1, √2, 2 or 4.
        seed: of the weights, 0 or larger.

    Raises:
        ValueError: an argument is outside these limits.

    >>> view = activations("tanh", "ReLU", depth=30)
    >>> view.first, view.z, view.depth
    ('tanh', 1.0, 30)
    >>> activations("step")
    Traceback (most recent call last):
        ...
    ValueError: first is one of sigmoid, tanh, ReLU, leaky ReLU, ELU, softplus, GELU, SiLU, got step
    """
    for argument, name, allowed in (("first", first, [*names]), ("second", second, ["", *names])):
        if name not in allowed:
            raise ValueError(f"{argument} is one of {', '.join(names)}, got {name}")
    if not -reach <= z <= reach:
        raise ValueError(f"z is -6 to 6, got {z}")
    if depth not in range(1, most_layers + 1):
        raise ValueError(f"depth is 1 to {most_layers}, got {depth}")
    nearest = min(scales, key=lambda size: abs(size - scale))
    if not math.isclose(nearest, scale, rel_tol=0.01):
        raise ValueError(f"scale is 0.5, 1, √2, 2 or 4, got {scale}")
    if seed < 0:
        raise ValueError(f"seed is 0 or larger, got {seed}")
    return Activations(first=first, second=second, z=float(z), depth=depth, scale=nearest, seed=seed)


# --------------------------------------------------------------------------- for the picture: the same, by torch


def applied(name: str, z: Tensor) -> Tensor:
    """Return an activation of a tensor."""
    from torch.nn import functional

    function, options = names[name]
    bent: Tensor = getattr(functional, function)(z, **options)
    return bent


def value_and_slope(name: str, places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return an activation at some places, and by autograd its slopes."""
    import torch

    z = torch.tensor(places, requires_grad=True)
    value = applied(name, z)
    value.sum().backward()
    assert z.grad is not None
    return value.detach().numpy(), z.grad.numpy()


def passed_back(name: str, depth: int, scale: float, seed: int, width: int) -> NDArray[np.float64]:
    """Return the length of the gradient by layer, from the input to the output, where it is 1; shape (depth + 1,)."""
    import torch

    numbers = torch.from_numpy(normals(seed, (2 + depth * width) * width)).reshape(-1, width)
    signals = [numbers[0].requires_grad_()]
    for weight in numbers[2:].detach().split(width):
        signals.append(applied(name, weight @ signals[-1] * (scale / math.sqrt(width))))
    gradients = torch.autograd.grad(signals[-1], signals, grad_outputs=numbers[1].detach())
    lengths = torch.stack(gradients).norm(dim=1)
    return np.asarray(lengths / lengths[-1])


def normals(seed: int, count: int) -> NDArray[np.float64]:
    """Return the normal numbers that activations.js draws: mulberry32, a counter, then Box & Muller."""
    index = np.arange(1, count + count % 2 + 1, dtype=np.uint32)
    word = np.uint32(seed * 0x9E3779B1 % 2**32) + index * np.uint32(0x6D2B79F5)
    word = (word ^ (word >> np.uint32(15))) * (word | np.uint32(1))
    word ^= word + (word ^ (word >> np.uint32(7))) * (word | np.uint32(61))
    uniform = ((word ^ (word >> np.uint32(14))) + 0.5) / 2**32
    radius, angle = np.sqrt(-2 * np.log(uniform[::2])), 2 * np.pi * uniform[1::2]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.asarray(pairs.ravel()[:count])


def fate(factor: float) -> str:
    """Say what becomes of a gradient that gets this factor.

    >>> [fate(factor) for factor in (1e-9, 0.3, 1e9)]
    ['vanishes', 'survives', 'explodes']
    """
    if factor < 0.01:
        return "vanishes"
    return "explodes" if factor > 100 else "survives"
