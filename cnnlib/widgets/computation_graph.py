"""The graph of a small expression: values travel forward, gradients backward, step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import anywidget
import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from cnnlib import plot

from .page import Pictured, script, style

if TYPE_CHECKING:  # the picture alone needs torch, which the other views can do without
    from torch import Tensor


class Node(NamedTuple):
    """An input, or an operation on earlier nodes. `place` is its column and row; an input has limits."""

    name: str
    place: tuple[float, float]
    formula: str = ""
    operation: str = "input"
    sources: tuple[str, ...] = ()
    factor: float = 1.0  # of the operation "scale"
    value: float = 0.0
    limits: tuple[float, float] = (-5.0, 5.0)


def slides_neuron() -> list[Node]:
    """Return deck 1's neuron, weights 0.01, 0.03, 0.04 on inputs 1, 2, 3 and a bias of 9, behind it a sigmoid."""
    weights = [Node(f"w{n}", (0, row), value=v) for n, row, v in zip("₁₂₃", (0, 1, 2), (0.01, 0.03, 0.04), strict=True)]
    scaled = [
        Node(f"p{n}", (1, row), f"{row + 1} · w{n}", "scale", (f"w{n}",), row + 1)
        for n, row in zip("₁₂₃", (0, 1, 2), strict=True)
    ]
    return [
        *weights,
        Node("b", (1, 3), value=9.0, limits=(-10, 10)),
        *scaled,
        Node("z", (2, 1.5), "all added", "+", ("p₁", "p₂", "p₃", "b")),
        Node("y", (3, 1.5), "sigmoid(z)", "sigmoid", ("z",)),
    ]


# Each list ends with the result, and no node stands before its sources.
expressions: dict[str, list[Node]] = {
    "(x + y) · z": [
        Node("x", (0, 0), value=1.0),
        Node("y", (0, 1), value=2.0),
        Node("z", (0, 2), value=-4.0),
        Node("s", (1, 0.5), "x + y", "+", ("x", "y")),
        Node("f", (2, 1.25), "s · z", "·", ("s", "z")),
    ],
    "x² + x": [
        Node("x", (0, 1), value=2.0),
        Node("q", (1, 0), "x²", "square", ("x",)),
        Node("f", (2, 1), "q + x", "+", ("q", "x")),
    ],
    "(x + y) · x · y": [
        Node("x", (0, 0), value=3.0),
        Node("y", (0, 1), value=-1.0),
        Node("s", (1, 0), "x + y", "+", ("x", "y")),
        Node("p", (1, 1), "x · y", "·", ("x", "y")),
        Node("f", (2, 0.5), "s · p", "·", ("s", "p")),
    ],
    "max(x, y) · z": [
        Node("x", (0, 0), value=3.0),
        Node("y", (0, 1), value=-1.0),
        Node("z", (0, 2), value=2.0),
        Node("m", (1, 0.5), "max(x, y)", "max", ("x", "y")),
        Node("f", (2, 1.25), "m · z", "·", ("m", "z")),
    ],
    "a neuron and its error": [
        Node("w", (0, 0), value=0.5),
        Node("x", (0, 1), value=2.0),
        Node("b", (0, 2), value=-2.0),
        Node("t", (0, 3), value=1.0, limits=(0, 1)),
        Node("p", (1, 0.5), "w · x", "·", ("w", "x")),
        Node("z", (2, 1.25), "p + b", "+", ("p", "b")),
        Node("y", (3, 1.25), "sigmoid(z)", "sigmoid", ("z",)),
        Node("d", (4, 2), "y − t", "−", ("y", "t")),
        Node("E", (5, 2), "d²", "square", ("d",)),
    ],
    "the slides' neuron": slides_neuron(),
}
nudges = (1.0, 0.1, 0.01, -0.1, -1.0)


class ComputationGraph(Pictured, anywidget.AnyWidget):
    """The view behind `computation_graph`; its arithmetic is in computation_graph.js.

    `step` counts what has happened: first each operation forward, then the gradient 1 at the result, then each
    operation backward. `nudged` is the input that is changed by `nudge`, or empty.
    """

    _esm = script("computation_graph")
    _css = style("computation_graph")
    graphs: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    expression = traitlets.Enum([*expressions], default_value="(x + y) · z").tag(sync=True)
    values: traitlets.List[Any] = traitlets.List().tag(sync=True)
    step = traitlets.Int(0, min=0).tag(sync=True)
    nudged = traitlets.Unicode("").tag(sync=True)
    nudge = traitlets.Enum(nudges, default_value=0.1).tag(sync=True)
    nudges: traitlets.List[Any] = traitlets.List([*nudges]).tag(sync=True)

    @traitlets.observe("expression")
    def _renew(self, change: dict[str, Any]) -> None:
        """Give another expression its own values, unless they came along with it."""
        inputs = [node for node in expressions[self.expression] if not node.sources]
        if len(self.values) != len(inputs):
            self.values = [node.value for node in inputs]
        if self.nudged not in [node.name for node in inputs]:
            self.nudged = ""
        self.step = min(self.step, 2 * (len(expressions[self.expression]) - len(inputs)) + 1)

    def figure(self) -> tuple[Figure, str]:
        """Draw the graph with all values and all gradients."""
        nodes = expressions[self.expression]
        found = values_and_gradients(nodes, self.values)
        columns, rows = (max(node.place[axis] for node in nodes) + 1 for axis in (0, 1))
        fig, ax = plt.subplots(figsize=(1.7 * columns + 0.4, 1.15 * rows + 0.2))
        places = {node.name: (1.7 * node.place[0], -1.15 * node.place[1]) for node in nodes}
        for node in nodes:
            x, y = places[node.name]
            for source in node.sources:
                start = places[source]
                ax.annotate(
                    "",
                    (x - 0.5, y),
                    (start[0] + 0.5, start[1]),
                    arrowprops={"arrowstyle": "->", "color": plot.colors["gray"]},
                )
            ax.add_patch(FancyBboxPatch((x - 0.45, y - 0.16), 0.9, 0.32, "round,pad=0.05", fc="#eef1f4", ec=plot.ink))
            value, gradient = found[node.name]
            label = f"{node.name} = {node.formula}" if node.formula else node.name
            ax.text(x, y + 0.25, label, ha="center", va="bottom", fontsize=9)
            ax.text(x, y, told(value), ha="center", va="center", fontsize=12)
            ax.text(
                x, y - 0.25, f"grad {told(gradient)}", ha="center", va="top", fontsize=9, color=plot.colors["orange"]
            )
        ax.set(xlim=(-0.7, 1.7 * columns - 1), ylim=(-1.15 * rows + 0.6, 0.65), aspect="equal")
        ax.axis("off")
        said = ", ".join(
            f"{name} is {told(value)} with the gradient {told(slope)}" for name, (value, slope) in found.items()
        )
        return fig, f"The graph of {self.expression}, from the inputs on the left to the result on the right: {said}."


def computation_graph(
    expression: str = "(x + y) · z",
    values: Mapping[str, float] | None = None,
    *,
    step: int = 0,
    nudged: str = "",
    nudge: float = 0.1,
) -> ComputationGraph:
    """Return a view of the graph of an expression, in which values travel forward and gradients backward.

    It runs in the page: on an exported web page it works without Python. Play, or step with the buttons, the slider or,
    once the picture has the focus, the arrow keys; sliders change the inputs at any moment. A nudge changes one input a
    little, and shows what that does to each node.

    Args:
        expression: "(x + y) · z", "x² + x", "(x + y) · x · y", "max(x, y) · z", "a neuron and its error" or "the
            slides' neuron".
        values: of inputs by name, where they differ from the ones the expression comes with; mostly −5 to 5.
        step: how far it has gone: all operations forward, the gradient 1 of the result, all operations backward.
        nudged: an input to nudge; an empty string for none.
        nudge: by how much: 1, 0.1, 0.01, −0.1 or −1.

    Raises:
        ValueError: an argument is outside these limits.

    >>> view = computation_graph("x² + x", {"x": 3})
    >>> view.values
    [3.0]
    >>> computation_graph("x² + x", {"y": 3})
    Traceback (most recent call last):
        ...
    ValueError: x² + x has no input y, only x
    """
    if expression not in expressions:
        raise ValueError(f"expression is one of {', '.join(expressions)}, got {expression}")
    nodes = expressions[expression]
    inputs = {node.name: node for node in nodes if not node.sources}
    chosen = {name: node.value for name, node in inputs.items()}
    for name, value in (values or {}).items():
        if name not in inputs:
            raise ValueError(f"{expression} has no input {name}, only {', '.join(inputs)}")
        least, most = inputs[name].limits
        if not least <= value <= most:
            raise ValueError(f"{name} is {least:g} to {most:g}, got {value}")
        chosen[name] = float(value)
    last = 2 * (len(nodes) - len(inputs)) + 1
    if step not in range(last + 1):
        raise ValueError(f"step is 0 to {last} for {expression}, got {step}")
    if nudged and nudged not in inputs:
        raise ValueError(f"{expression} has no input {nudged}, only {', '.join(inputs)}")
    if nudge not in nudges:
        raise ValueError(f"nudge is one of {', '.join(f'{size:g}' for size in nudges)}, got {nudge}")
    return ComputationGraph(
        graphs={name: [node._asdict() for node in graph] for name, graph in expressions.items()},
        expression=expression,
        values=list(chosen.values()),
        step=step,
        nudged=nudged,
        nudge=float(nudge),
    )


# --------------------------------------------------------------------------- for the picture: the same, by torch


def values_and_gradients(nodes: list[Node], values: list[float]) -> dict[str, tuple[float, float]]:
    """Return the value of each node, and by autograd the gradient of the last one with respect to it."""
    import torch

    given = iter(values)
    found: dict[str, Tensor] = {}
    for node in nodes:
        if node.sources:
            found[node.name] = applied(node, [found[name] for name in node.sources])
        else:
            found[node.name] = torch.tensor(next(given), dtype=torch.float64, requires_grad=True)
    gradients = torch.autograd.grad(found[nodes[-1].name], [*found.values()])
    return {name: (found[name].item(), slope.item()) for name, slope in zip(found, gradients, strict=True)}


def applied(node: Node, sources: list[Tensor]) -> Tensor:
    """Return what an operation makes of the tensors it reads."""
    import torch

    first, *rest = sources
    match node.operation:
        case "+":
            return torch.stack(sources).sum()
        case "−":
            return first - rest[0]
        case "·":
            return first * rest[0]
        case "max":
            return torch.maximum(first, rest[0])
        case "square":
            return first.square()
        case "scale":
            return first * node.factor
        case _:
            return torch.sigmoid(first)


def told(number: float) -> str:
    """Return a number in four digits, as computation_graph.js writes it, with a power of ten where it is tiny.

    >>> told(-2.5), told(0.99989795), told(0.00010203), told(0.0)
    ('−2.5', '0.9999', '1.02·10⁻⁴', '0')
    """
    if number == 0 or 1e-3 <= abs(number) < 1e4:
        return f"{number:.4g}".replace("-", "−")
    power = math.floor(math.log10(abs(number)))
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{number / 10**power:.3g}·10{raised}".replace("-", "−")
