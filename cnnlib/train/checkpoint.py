"""Checkpoints: tensors and plain data in one file that is always whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..files import replacing

__all__ = ["read_checkpoint", "write_checkpoint"]

# Settings that change no weight's course
FREE = ("checkpoint", "resume", "evaluate", "views", "watch", "device", "warm_up", "compile")


def write_checkpoint(path: str | Path, state: dict[str, Any]) -> None:
    """Write a state under a temporary name and put it in place at once: a crash leaves the old file or the new one.

    Args:
        path: the file; its folder is made if it is not there.
        state: dictionaries, lists, numbers, text and tensors, with the settings under "settings".
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        torch.save(state, file)


def read_checkpoint(path: str | Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Read a state, which must come from a run with the same settings. No code in the file is run.

    Args:
        path: a file made by `write_checkpoint`.
        settings: of the run that goes on.

    Raises:
        ValueError: the file is no checkpoint, or settings that change the result differ.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        then = state["settings"]
    except OSError:
        raise
    except Exception as error:  # rubbish fails in the unpickler in many ways
        raise ValueError(f"{path} is not a checkpoint of this program: delete it, or give another file") from error
    for name, value in settings.items():
        if name not in FREE and then.get(name) != value:
            raise ValueError(
                f"{path} comes from a run with {name} = {then.get(name)!r}, this one has {value!r}: "
                "resume with the same settings, or give another file"
            )
    return state
