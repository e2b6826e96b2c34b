"""Interactive views. Where no widget runs, as in a plain HTML export, each one leaves a picture with a description.

One module a view, its JavaScript and style beside it where it runs in the page; `page` is what they share.
"""

from .activations import activations
from .computation_graph import computation_graph
from .decision_boundary import decision_boundary
from .kernel_editor import kernel_editor, presets
from .optimizer_race import optimizer_race
from .sliding_window import slide_image, slide_kernel, sliding_window

__all__ = [
    "activations",
    "computation_graph",
    "decision_boundary",
    "kernel_editor",
    "optimizer_race",
    "presets",
    "slide_image",
    "slide_kernel",
    "sliding_window",
]
