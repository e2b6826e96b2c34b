"""Training a network from scratch: settings, the loop, where a run is written down, sweeps.

    from cnnlib.train import recipe, train
    outcome = train(tiles, recipe("landsat"))

From a terminal: `python -m cnnlib.train --data landsat --track wandb`; `--help` explains every flag.

Where things live: `settings` holds every choice, `ladder` adds them one by one. `loop` is a run: it deals out batches
that `augment` has changed, lets a `learner` (network, `optimize`, `muon`, `schedule`) take steps, calls `evaluate`,
keeps a `checkpoint` and ends in an `outcome`. `device` and `processes` say where it computes. `trackers`, `wandb_runs`
and `trackio_runs` write a run down, `track` chooses among them and reads it again; `sweep` makes many runs,
`leaderboard` compares recorded ones.
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
