"""Where a training run writes down what it does, and reading that again.

    tracker("wandb", folder)   # Weights & Biases: a file in the folder; sent nowhere unless WANDB_MODE=online
    tracker("local", folder)   # the same numbers and pictures as plain files
    tracker("none")            # nothing

No account is needed. `wandb leet FOLDER/wandb` shows a run in the terminal, `history(FOLDER)` returns the numbers for
a figure, whichever of the two wrote it. With `WANDB_MODE=online` and a key (`wandb login`) the run appears on the
dashboard while it goes on; `wandb sync FOLDER/wandb/offline-run-…` sends one later.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["LocalTracker", "Tracker", "WandbTracker", "config", "history", "tracker"]

PROJECT = "satellite"
kinds = ("none", "local", "wandb")
modes = ("offline", "online", "disabled")


class Tracker:
    """Takes what a run tells and keeps nothing; the other trackers keep it.

    A run calls `start` once, `log` as often as it likes, `finish` once. Used as a context, a tracker closes a run that
    an error ends, too. Settings with a true `resume` go on with the run that the folder holds; what is told twice of a
    step counts once.

    >>> with Tracker() as silent:
    ...     silent.start({"learning_rate": 0.1})
    ...     silent.log({"loss": 0.5}, step=1)
    ...     silent.finish({"accuracy": 0.9})
    """

    def start(self, config: Mapping[str, Any]) -> None:
        """Begin a run with these settings: numbers, words, truth values, lists of them."""

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write numbers of one step. Steps grow; a step may come in several parts."""

    def pictures(self, name: str, images: NDArray[np.uint8], captions: Sequence[str], step: int) -> None:
        """Write pictures of one step, shape (N, H, W, 3) or (N, H, W), a caption each."""

    def confusion(self, truth: Sequence[int], predicted: Sequence[int], classes: Sequence[str], step: int) -> None:
        """Write how often each class was taken for each other."""

    def checkpoint(self, path: Path) -> None:
        """Keep the file with a trained network."""

    def finish(self, summary: Mapping[str, float], *, failed: bool = False) -> None:
        """End the run with its results; `failed` marks one that an error ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            self.finish({}, failed=True)


class LocalTracker(Tracker):
    """Writes a run into a folder of its own: `config.json`, `history.jsonl`, pictures, `summary.json`.

    Args:
        folder: made if it is not there; a run that lies in it already is not written over.

    Raises:
        FileExistsError: at `start`, when the folder holds a run that is not to be resumed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, config: Mapping[str, Any]) -> None:
        """Begin a run with these settings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "config.json").exists() and not config.get("resume"):
            raise FileExistsError(f"{self.folder} holds a run already: choose another folder, or remove it")
        _write(self.folder / "config.json", dict(config))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write numbers of one step."""
        line = json.dumps({"step": step, **numbers(values)})
        with (self.folder / "history.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def pictures(self, name: str, images: NDArray[np.uint8], captions: Sequence[str], step: int) -> None:
        """Write pictures as PNG files; their captions stand in `NAME.json` beside them."""
        from PIL import Image

        matched(images, captions)
        place = self.folder / "pictures" / f"{name}-{step}"
        place.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(place / f"{number:03}.png")
        _write(place.with_suffix(".json"), list(captions))

    def confusion(self, truth: Sequence[int], predicted: Sequence[int], classes: Sequence[str], step: int) -> None:
        """Write the table of counts, one row a true class."""
        _write(
            self.folder / f"confusion-{step}.json",
            {"classes": list(classes), "counts": counts(truth, predicted, classes).tolist()},
        )

    def checkpoint(self, path: Path) -> None:
        """Copy the file into the run's folder."""
        if path.parent.resolve() != self.folder.resolve():
            shutil.copy2(path, self.folder / path.name)

    def finish(self, summary: Mapping[str, float], *, failed: bool = False) -> None:
        """Write the results."""
        _write(self.folder / "summary.json", {**numbers(summary), "state": "failed" if failed else "finished"})


class WandbTracker(Tracker):
    """Writes a run with Weights & Biases; offline unless the environment says `WANDB_MODE=online`.

    Args:
        folder: gets a folder `wandb` with the run.
        group: runs of one sweep share it.
        run: one that was begun already, by an agent of a sweep.

    Raises:
        ModuleNotFoundError: wandb is not installed.
        ValueError: at `start`, when WANDB_MODE says something else.
        ConnectionError: at `start`, when the run is to go online and cannot: no key, or no network.
    """

    def __init__(self, folder: Path, group: str = "", run: Any = None) -> None:
        self.folder, self.group, self.run = folder, group, run

    def start(self, config: Mapping[str, Any]) -> None:
        """Begin a run with these settings."""
        if self.run is not None:
            self.run.config.update(dict(config), allow_val_change=True)
            return
        try:
            import wandb
        except ModuleNotFoundError:
            raise ModuleNotFoundError('wandb is not installed: `pip install wandb`, or track with "local"') from None
        self.folder.mkdir(parents=True, exist_ok=True)
        mode: Any = os.environ.get("WANDB_MODE", "offline")
        if mode not in modes:
            raise ValueError(f"WANDB_MODE is one of {', '.join(modes)}, got {mode!r}")
        os.environ.setdefault(
            "WANDB_DATA_DIR", str(self.folder / "wandb" / "staging")
        )  # of artifacts; else in the home
        settings = wandb.Settings(silent=True, console="off")
        earlier = _wandb_files(self.folder)[-1:] if config.get("resume") else []
        try:
            self.run = wandb.init(
                project=os.environ.get("WANDB_PROJECT", PROJECT),
                dir=str(self.folder),
                config=dict(config),
                group=self.group or None,
                id=_run_id(earlier[0]) if earlier else None,
                resume="allow" if earlier else None,
                mode=mode,
                settings=settings,
            )
        except wandb.errors.Error as error:
            raise ConnectionError(
                f"Weights & Biases does not take the run ({error}): `wandb login` once, or leave WANDB_MODE out; "
                "a run without it is kept in a file and can be sent later"
            ) from error

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write numbers of one step."""
        self.run.log(numbers(values), step=step)

    def pictures(self, name: str, images: NDArray[np.uint8], captions: Sequence[str], step: int) -> None:
        """Write pictures with their captions."""
        import wandb

        matched(images, captions)
        made = [wandb.Image(image, caption=caption) for image, caption in zip(images, captions, strict=True)]
        self.run.log({name: made}, step=step)

    def confusion(self, truth: Sequence[int], predicted: Sequence[int], classes: Sequence[str], step: int) -> None:
        """Write the table of counts as a chart of the dashboard."""
        import wandb

        counts(truth, predicted, classes)
        chart = wandb.plot.confusion_matrix(y_true=list(truth), preds=list(predicted), class_names=list(classes))
        self.run.log({"confusion": chart}, step=step)

    def checkpoint(self, path: Path) -> None:
        """Keep the file as an artifact of the run, with all versions that came before."""
        import wandb

        artifact = wandb.Artifact(f"network-{self.run.id}", type="model")
        artifact.add_file(str(path))
        self.run.log_artifact(artifact)

    def finish(self, summary: Mapping[str, float], *, failed: bool = False) -> None:
        """End the run with its results."""
        if self.run is not None:
            self.run.summary.update(numbers(summary))
            self.run.finish(exit_code=int(failed))


def tracker(kind: str = "none", folder: str | Path = "runs", *, group: str = "") -> Tracker:
    """Return the tracker of that kind.

    Args:
        kind: "none", "local" or "wandb".
        folder: where the run is written; every local run needs a folder of its own.
        group: a name that runs of one sweep share, for the dashboard.

    Raises:
        ValueError: no such kind.

    >>> type(tracker("local", "runs/first")).__name__
    'LocalTracker'
    """
    if kind not in kinds:
        raise ValueError(f"track is one of {', '.join(kinds)}, got {kind!r}")
    return {
        "none": Tracker, "local": lambda: LocalTracker(Path(folder)), "wandb": lambda: WandbTracker(Path(folder), group)
    }[kind]()  # fmt: skip


def history(folder: str | Path) -> list[dict[str, float]]:
    """Return the numbers that a run logged, one dict a step with the key `step`, in their order.

    Args:
        folder: of a local run; or of a run of Weights & Biases, the folder given to `tracker` (its latest run counts),
            one run's own folder, or its `.wandb` file.

    Raises:
        FileNotFoundError: there is no run.
        ValueError: the file is damaged.
    """
    folder = Path(folder)
    if (folder / "history.jsonl").is_file():
        lines = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [_parsed(line, folder / "history.jsonl") for line in lines]
    else:
        items = [r["history"] for r in _records(folder) if r.get("type") == "history"]
        rows = [{"step": item["step"]["num"], **_without_media(item["item"])} for item in items]
    steps: dict[int, dict[str, float]] = {}
    for row in rows:
        steps.setdefault(int(row["step"]), {}).update({key: float(value) for key, value in row.items()})
    return list(steps.values())


def config(folder: str | Path) -> dict[str, Any]:
    """Return the settings that a run began with; see `history` for the folder and the errors."""
    folder = Path(folder)
    if (folder / "config.json").is_file():
        return dict(_parsed((folder / "config.json").read_text(encoding="utf-8"), folder / "config.json"))
    records = _records(folder)
    found: dict[str, Any] = next(
        (record["run"]["config"]["update"] for record in records if record.get("type") == "run"), {}
    )
    return {key: value for key, value in found.items() if key != "_wandb"}


def numbers(values: Mapping[str, float]) -> dict[str, float]:
    """Return values as plain numbers.

    Raises:
        TypeError: one is no number; the message names it.

    >>> numbers({"loss": np.float32(0.5), "epoch": 3})
    {'loss': 0.5, 'epoch': 3}
    """
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}
    for name, value in plain.items():
        if not isinstance(value, Real):
            raise TypeError(
                f"{name!r} is no number but {type(value).__name__}: log numbers, give pictures to `pictures`"
            )
    return plain


def counts(truth: Sequence[int], predicted: Sequence[int], classes: Sequence[str]) -> NDArray[np.int64]:
    """Return how often class i was taken for class j, shape (classes, classes).

    Raises:
        ValueError: not as many predictions as true classes, or a number that is no class.

    >>> counts([0, 0, 1], [0, 1, 1], ["forest", "river"])
    array([[1, 1],
           [0, 1]])
    """
    pairs = np.asarray([truth, predicted] if len(truth) == len(predicted) else [], dtype=np.int64)
    if pairs.ndim != 2 or (pairs.size and not 0 <= pairs.min() <= pairs.max() < len(classes)):
        raise ValueError(
            f"truth and predicted are as many numbers below {len(classes)}, got {len(truth)} and {len(predicted)}"
        )
    table = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(table, (pairs[0], pairs[1]), 1)
    return table


def matched(images: NDArray[np.uint8], captions: Sequence[str]) -> None:
    """Refuse pictures of another kind, or without a caption each.

    Raises:
        ValueError: saying what came and what is wanted.
    """
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise ValueError(f"pictures are uint8 of shape (N, H, W, 3) or (N, H, W), got {images.dtype} {images.shape}")
    if len(images) != len(captions):
        raise ValueError(f"every picture has a caption: got {len(images)} pictures and {len(captions)} captions")


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None


def _without_media(item: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a step; a picture or chart is there as `NAME._type` and other keys that begin with its name."""
    media = tuple(key.removesuffix("_type") for key in item if key.endswith("._type"))
    odd = ("NaN", "Infinity", "-Infinity")  # JSON has no such numbers
    return {
        key: value
        for key, value in item.items()
        if not key.startswith(("_", *media)) and (isinstance(value, Real) or value in odd)
    }


def _wandb_files(folder: Path) -> list[Path]:
    """The `.wandb` files of a run, or of the latest run in a folder: one each time it was begun or resumed."""
    if folder.suffix == ".wandb" and folder.is_file():
        return [folder]
    found = sorted(folder.glob("*.wandb")) or sorted(
        folder.glob("wandb/*run-*/*.wandb"), key=lambda path: path.stat().st_mtime
    )
    return [path for path in found if _run_id(path) == _run_id(found[-1])]


def _run_id(path: Path) -> str:
    """
    >>> _run_id(Path("wandb/offline-run-20261121_204448-k2x5a1/run-k2x5a1.wandb"))
    'k2x5a1'
    """
    return path.stem.removeprefix("run-")


def _records(folder: Path) -> list[dict[str, Any]]:
    """All records of a run of Weights & Biases.

    Raises:
        FileNotFoundError: the folder holds none.
    """
    files = _wandb_files(folder)
    if not files:
        raise FileNotFoundError(f"no run in {folder}: it holds neither history.jsonl nor wandb/…run-…/run-….wandb")
    return [record for file in files for record in _inspected(file)]


def _inspected(path: Path) -> list[dict[str, Any]]:
    """The records of a `.wandb` file, as wandb itself reads them."""
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(path)]
    environment = {**os.environ, "WANDB_ERROR_REPORTING": "false"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise ValueError(f"wandb cannot read {path}: {done.stderr.strip()[-500:]}")
    return [_parsed(line, path) for line in done.stdout.splitlines() if line]
