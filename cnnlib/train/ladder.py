"""From the naive loop to the fast one, one trick a row: what each is worth is measured, not believed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .settings import Settings

__all__ = ["Rung", "ladder"]

naive: dict[str, Any] = {
    "network": "residual",
    "patch": 2,
    "stride": 1,
    "whiten": False,
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "momentum": 0.0,
    "weight_decay": 0.0,
    "decoupled": False,
    "bias_rate": 1.0,
    "schedule": "constant",
    "label_smoothing": 0.0,
    "clip": 0.0,
    "average": 0.0,
    "orientations": "none",
    "translate": 0,
    "cutout": 0,
    "views": 1,
    "precision": "float32",
    "channels_last": False,
    "compile": "none",
}

tricks: dict[str, tuple[str, ...]] = {
    "fast network": ("network", "patch", "stride"),  # first, so that the others are measured in its seconds
    "whitened stem": ("whiten",),
    "one-cycle learning rate": ("schedule",),
    "Nesterov momentum": ("momentum",),
    "weight decay": ("weight_decay", "decoupled"),
    "label smoothing": ("label_smoothing",),
    "random orientations": (),
    "orientations dealt out": ("orientations",),
    "crops": ("translate",),
    "cutout": ("cutout",),
    "channels last": ("channels_last",),
    "bfloat16": ("precision",),
    "Muon": ("optimizer", "learning_rate", "muon_rate", "bias_rate", "clip"),
    "averaged weights": ("average",),
    "eight views": ("views",),
    "torch.compile": ("compile",),
}


@dataclass(frozen=True)
class Rung:
    """One row of the ladder: the trick that was added to the row before, and all settings."""

    trick: str
    settings: Settings


def ladder(goal: Settings) -> list[Rung]:
    """Return settings from the naive loop to `goal`, each with one trick more. Tricks that `goal` lacks are left out.

    Epochs, batch, width, seed and device are those of `goal` in all rows.

    >>> rungs = ladder(Settings(translate=0))
    >>> [rung.trick for rung in rungs][:4], rungs[-1].settings == Settings(translate=0)
    (['naive loop', 'fast network', 'whitened stem', 'one-cycle learning rate'], True)
    """
    rungs = [Rung("naive loop", replace(goal, **naive))]
    for trick, names in tricks.items():
        change = {name: getattr(goal, name) for name in names}
        if trick == "random orientations" and goal.orientations != "none":
            change = {"orientations": "random"}
        settings = replace(rungs[-1].settings, **change)
        if settings != rungs[-1].settings:
            rungs.append(Rung(_named(trick, goal), settings))
    return rungs


def _named(trick: str, goal: Settings) -> str:
    return {"sgd": "learning rate", "adamw": "AdamW", "muon": "Muon"}[goal.optimizer] if trick == "Muon" else trick
