"""Runs for the dashboard of Trackio, which needs no account either: `trackio show`."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .trackers import LocalTracker, numbers
from .wandb_runs import PROJECT

__all__ = ["TrackioTracker"]


class TrackioTracker(LocalTracker):
    """Writes a run as `LocalTracker` does, and tells Trackio its settings, numbers and pictures.

    Trackio keeps the runs of all folders in one place of its own, which `TRACKIO_DIR` names. There the run is called
    as its folder and the one above. Nothing is sent.

    Args:
        folder: of the run.
        group: runs of one sweep share it.

    Raises:
        ModuleNotFoundError: at `start`, when trackio is not installed.
        FileExistsError: at `start`, when the folder holds a run that is not to be resumed.
    """

    def __init__(self, folder: Path, group: str = "") -> None:
        super().__init__(folder)
        self.group = group
        self.run: Any = None

    def start(self, config: Mapping[str, Any]) -> None:
        """Begin a run with these settings."""
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        try:
            import trackio
        except ModuleNotFoundError:
            message = 'trackio is not installed: `pip install "cnn-course[trackio]"`, or track with "local"'
            raise ModuleNotFoundError(message) from None
        super().start(config)
        with contextlib.redirect_stdout(io.StringIO()):  # it greets
            self.run = trackio.init(
                project=os.environ.get("WANDB_PROJECT", PROJECT),
                name="-".join(self.folder.absolute().parts[-2:]),
                group=self.group or None,
                config=dict(config),
                resume="allow" if config.get("resume") else "never",
                embed=False,
                auto_log_gpu=False,
                auto_log_cpu=False,
            )

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write numbers of one step."""
        super().log(values, step)
        self.run.log(numbers(values), step=step)

    def pictures(self, name: str, images: NDArray[np.uint8], captions: Sequence[str], step: int) -> None:
        """Write pictures with their captions."""
        import trackio

        super().pictures(name, images, captions, step)
        made = [trackio.Image(image, caption=caption) for image, caption in zip(images, captions, strict=True)]
        self.run.log({f"{name}/{number:03}": one for number, one in enumerate(made)}, step=step)

    def finish(self, summary: Mapping[str, float], *, failed: bool = False) -> None:
        """End the run with its results."""
        super().finish(summary, failed=failed)
        if self.run is not None:
            import trackio

            with contextlib.redirect_stdout(io.StringIO()):
                trackio.finish()
