"""Training a network from scratch: settings, the loop, where a run is written down, sweeps.

    from cnnlib.train import recipe, train
    outcome = train(tiles, recipe("landsat"))

From a terminal: `python -m cnnlib.train --data landsat --track wandb`; `--help` explains every flag.
"""

from .loop import train
from .outcome import Outcome
from .settings import Settings, recipe
from .sweep import combinations, sweep
from .track import LocalTracker, Tracker, WandbTracker, config, history, tracker

__all__ = [
    "LocalTracker",
    "Outcome",
    "Settings",
    "Tracker",
    "WandbTracker",
    "combinations",
    "config",
    "history",
    "recipe",
    "sweep",
    "tracker",
    "train",
]
