"""Training a network from scratch: settings, the loop, where a run is written down, sweeps.

    from cnnlib.train import recipe, train
    outcome = train(tiles, recipe("landsat"))

From a terminal: `python -m cnnlib.train --data landsat --track wandb`; `--help` explains every flag.
"""

from .loop import train
from .outcome import Outcome
from .settings import Settings, recipe
from .sweep import combinations, sweep
from .track import config, history, tracker
from .trackers import LocalTracker, Tracker
from .trackio_runs import TrackioTracker
from .wandb_runs import WandbTracker

__all__ = [
    "LocalTracker",
    "Outcome",
    "Settings",
    "Tracker",
    "TrackioTracker",
    "WandbTracker",
    "combinations",
    "config",
    "history",
    "recipe",
    "sweep",
    "tracker",
    "train",
]
