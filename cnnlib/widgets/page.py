"""What the views share: their look, their controls, and the picture that they leave where no widget runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from cnnlib import plot

folder = Path(__file__).parent


def script(name: str) -> str:
    """Return a view's JavaScript, NAME.js, after what all views use, page.js."""
    return _joined(f"{name}.js")


def style(name: str) -> str:
    """Return a view's style, NAME.css, after the look of all views, page.css."""
    return _joined(f"{name}.css")


def _joined(name: str) -> str:
    shared = (folder / name).with_stem("page")
    return "\n".join(file.read_text(encoding="utf-8") for file in (shared, folder / name))


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
