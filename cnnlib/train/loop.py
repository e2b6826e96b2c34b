"""The training loop. The whole data set lies on the device as bytes, so that nothing has to be loaded meanwhile."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from ..models import whiten
from . import processes
from .augment import ORIENTATIONS, cut, cutout, deal, offsets
from .checkpoint import read_checkpoint, write_checkpoint
from .device import clear_compiler_errors, clear_memory_errors, device_name, pick_device, pick_precision, synchronise
from .evaluate import predict
from .learner import Learner, build, place
from .outcome import Outcome
from .schedule import one_cycle
from .settings import Settings
from .trackers import Tracker

if TYPE_CHECKING:
    from ..data.tiles import Tiles

__all__ = ["train"]

WHITENED = 2000  # images suffice for the covariance of their patches
WARM_UP = 3  # steps
SHOWN = 16  # mistakes
Batch = tuple[Tensor, Tensor]


def train(
    tiles: Tiles, settings: Settings | None = None, tracker: Tracker | None = None, *, progress: bool = False
) -> Outcome:
    """Train a network on tiles, and evaluate it on their validation part, or their test part if the settings say so.

    Where torchrun started several processes (`processes.joined`), each takes its share of every batch.

    Args:
        tiles: images, labels, and which belong to which part.
        settings: all choices; by default those of `Settings()`.
        tracker: told the settings, every step and epoch, and the result.
        progress: show a progress bar.

    Raises:
        ValueError: settings and tiles do not fit together, the device is not there, or `torch.compile` cannot work.
        MemoryError: the device's memory does not suffice; the message says what to lower.
        FloatingPointError: the loss is no number any more.
    """
    settings = settings or Settings()
    device = pick_device(settings.device, processes.local_rank())
    settings = replace(settings, precision=pick_precision(device, settings.precision))
    _check(tiles, settings)
    tracker = tracker if tracker is not None and processes.rank() == 0 else Tracker()
    advice = f"lower --batch (now {settings.batch}) or --width (now {settings.width}), or take --precision bfloat16"
    with (
        clear_memory_errors(advice),
        clear_compiler_errors(),
        torch.backends.cudnn.flags(enabled=True, benchmark=device.type == "cuda"),
        tqdm(disable=not progress or processes.rank() > 0, unit="step") as bar,
    ):
        return _Run(tiles, settings, device, tracker, bar).outcome()


def _check(tiles: Tiles, settings: Settings) -> None:
    height, width = tiles.images.shape[1:3]
    count = len(tiles.part(settings.fit)[1])
    if height != width:
        raise ValueError(f"the tiles are {height} × {width}: only squares have eight orientations")
    if settings.batch > count:
        raise ValueError(f"batch is {settings.batch}, and there are only {count} tiles to learn from: lower it")
    if settings.batch % processes.size():
        raise ValueError(f"batch is {settings.batch}: {processes.size()} processes cannot share it equally")
    if settings.translate >= height:
        raise ValueError(f"translate is {settings.translate}, the tiles have {height} pixels: take less")


class _Run:
    """One call of `train`: the data on the device, the learner, the clock."""

    def __init__(self, tiles: Tiles, settings: Settings, device: torch.device, tracker: Tracker, bar: Any) -> None:
        self.tiles, self.settings, self.device, self.tracker, self.bar = tiles, settings, device, tracker, bar
        self.images, self.labels = self.load(settings.fit)
        self.watched = self.load("validation") if settings.watch and settings.fit == "train" else None
        self.mean, self.spread = (np.asarray(one, np.float64) for one in tiles.statistics())
        self.dtype = torch.float64 if settings.precision == "float64" else torch.float32
        self.centre, self.scale = (self.row(255 * one) for one in (self.mean, self.spread))
        self.steps = len(self.labels) // settings.batch
        dealt = settings.orientations == "dealt"
        self.table = deal(len(self.labels), settings.epochs, self.generator(0)) if dealt else None
        self.records: list[dict[str, float]] = []
        self.augment: Callable[..., Tensor] = self.augmented
        if settings.compile != "none":
            self.augment = torch.compile(self.augmented, dynamic=False)
        network = build(settings, tiles.images.shape[3], len(tiles.classes), tiles.images.shape[1])
        self.network = place(network, device, settings)

    def load(self, part: str) -> Batch:
        """Return a part on the device: images as bytes, shape (N, C, S, S), in memory (N, S, S, C); labels."""
        images, labels = self.tiles.part(part)
        on_device = torch.from_numpy(np.ascontiguousarray(images)).to(self.device)
        return on_device.permute(0, 3, 1, 2), torch.from_numpy(np.asarray(labels, np.int64)).to(self.device)

    def row(self, values: NDArray[np.float64]) -> Tensor:
        """Return values of the channels for each pixel of a row: shape (S · C,)."""
        row = np.tile(values, self.tiles.images.shape[2])
        return torch.from_numpy(row).to(self.dtype).to(self.device)  # in this order: MPS takes no float64

    def generator(self, number: int) -> torch.Generator:
        """Return a generator of its own for each epoch (from 1), so that nothing of it has to be kept for a resume."""
        return torch.Generator().manual_seed(1_000_003 * self.settings.seed + number)

    def normalised(self, images: Tensor) -> Tensor:
        """Return bytes as the network reads them. Reckoned row by row, as they lie in memory: seven times as fast."""
        count, channels, side, _ = images.shape
        rows = images.permute(0, 2, 3, 1).reshape(count, side, side * channels).to(self.dtype)
        rows = rows.sub_(self.centre).div_(self.scale)
        layout = torch.channels_last if self.settings.channels_last else torch.contiguous_format
        return rows.view(count, side, side, channels).permute(0, 3, 1, 2).contiguous(memory_format=layout)

    def augmented(self, rows: Tensor, which: Tensor, moves: Tensor, centres: Tensor) -> Tensor:
        """Return the images of these rows as the network reads them, each changed as drawn for it."""
        images = self.normalised(cut(self.images, rows, which, moves))
        return cutout(images, centres, self.settings.cutout) if self.settings.cutout else images

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield this process's share of each batch of an epoch. All processes draw the same for the whole batch."""
        generator, count = self.generator(epoch + 1), self.steps * self.settings.batch
        order = torch.randperm(len(self.labels), generator=generator)[:count]
        if self.table is not None:
            which = self.table[epoch][order]
        elif self.settings.orientations == "random":
            which = torch.randint(ORIENTATIONS, (count,), generator=generator)
        else:
            which = torch.zeros_like(order)
        moves = offsets(count, self.settings.translate, generator)
        centres = torch.rand(count, 2, generator=generator)
        share = self.settings.batch // processes.size()
        drawn = [one.to(self.device) for one in (order, which, moves, centres)]
        for start in range(processes.rank() * share, count, self.settings.batch):
            rows, *how = (one[start : start + share] for one in drawn)
            yield self.augment(rows, *how), self.labels[rows]

    def start(self) -> Learner:
        """Whiten the stem, and return the learner with a fresh state."""
        if self.settings.network == "fast" and self.settings.whiten:
            whiten(self.network, self.normalised(self.images[:WHITENED]))  # type: ignore[arg-type]
        return Learner(self.network, self.settings)

    def warm_up(self) -> None:
        """Do everything once or thrice, then forget it."""
        fresh = copy.deepcopy(self.network.state_dict())
        learner = self.start()
        for _, (images, labels) in zip(range(WARM_UP), self.batches(0), strict=False):
            learner.step(images, labels, 0.0)
        self.predicted(learner, self.images[: self.settings.batch], self.settings.views)
        self.network.load_state_dict(fresh)

    def predicted(self, learner: Learner, images: Tensor, views: int) -> Tensor:
        with learner.autocast():
            return predict(learner.best(), images, self.normalised, views=views, batch=self.settings.batch)

    def outcome(self) -> Outcome:
        """Train, evaluate, and return what came of it."""
        settings = self.settings
        part, labels = self.load(settings.evaluate)
        self.tracker.start({"data": self.tiles.name, **asdict(settings), "hardware": device_name(self.device)})
        before = time.perf_counter()
        if settings.warm_up:
            self.warm_up()
        synchronise(self.device)
        self.began = time.perf_counter()
        warm_up_seconds = self.began - before
        learner = self.start()
        first = self.resumed(learner) if settings.resume and Path(settings.checkpoint).is_file() else 0
        self.bar.reset(settings.epochs * self.steps)
        self.bar.update(first * self.steps)
        for epoch in range(first, settings.epochs):
            self.epoch(learner, epoch)
        logits = self.predicted(learner, part, settings.views).cpu().numpy()
        network = learner.best().eval()
        outcome = Outcome(
            data=self.tiles.name,
            settings=settings,
            records=self.records,
            seconds=self.seconds(),
            warm_up_seconds=warm_up_seconds,
            hardware=device_name(self.device),
            part=settings.evaluate,
            tiles=np.asarray(self.tiles.parts[settings.evaluate], np.int64),
            labels=labels.cpu().numpy(),
            logits=logits,
            network=network,
            mean=self.mean,
            spread=self.spread,
        )
        self.report(outcome)
        return outcome

    def seconds(self) -> float:
        synchronise(self.device)
        return time.perf_counter() - self.began

    def epoch(self, learner: Learner, epoch: int) -> None:
        """Learn from every image once; record, keep and report it."""
        settings, told = self.settings, []
        first = epoch * self.steps
        factors = [
            one_cycle(first + step, settings.epochs * self.steps, rise=settings.rise, shape=settings.schedule)
            for step in range(self.steps)
        ]
        for factor, (images, labels) in zip(factors, self.batches(epoch), strict=True):
            told.append(torch.stack([one.to(self.dtype) for one in learner.step(images, labels, factor)]))
            self.bar.update()
        losses, right, norms = torch.stack(told).T
        losses, right = processes.total(losses) / processes.size(), processes.total(right)
        record = {
            "epoch": epoch + 1,
            "step": first + self.steps,
            "loss": losses.mean().item(),
            "accuracy": right.sum().item() / (self.steps * settings.batch),
            "learning_rate": factors[-1],
            "gradient_norm": norms.mean().item(),
        }
        if not np.isfinite(record["loss"]):
            raise FloatingPointError(
                f"the loss of epoch {epoch + 1} is {record['loss']}: lower the learning rate (now {self.rate})"
            )
        if self.watched is not None and (epoch + 1) % settings.watch == 0:
            record |= self.validated(learner, *self.watched)
        self.records.append(record | {"seconds": self.seconds()})
        self.tell(factors, losses.tolist(), norms.tolist())  # first: a resumed run may tell twice, but leaves no gap
        if settings.checkpoint and processes.rank() == 0:
            data = [self.tiles.name, len(self.labels)]
            state = {"settings": asdict(settings), "data": data, "records": self.records, **learner.state()}
            write_checkpoint(settings.checkpoint, state)

    def validated(self, learner: Learner, images: Tensor, labels: Tensor) -> dict[str, float]:
        logits = self.predicted(learner, images, views=1)
        return {
            "validation_loss": functional.cross_entropy(logits, labels).item(),
            "validation_accuracy": (logits.argmax(1) == labels).float().mean().item(),
        }

    def resumed(self, learner: Learner) -> int:
        """Restore the learner from the checkpoint, and return how many epochs it has behind it."""
        state = read_checkpoint(self.settings.checkpoint, asdict(self.settings))
        if state["data"] != [self.tiles.name, len(self.labels)]:
            raise ValueError(
                f"{self.settings.checkpoint} learned from {state['data'][1]} tiles of {state['data'][0]}, "
                f"these are {len(self.labels)} of {self.tiles.name}: give another file"
            )
        learner.restore(state)
        self.records = state["records"]
        self.began -= self.records[-1]["seconds"]
        return len(self.records)

    def tell(self, factors: list[float], losses: list[float], norms: list[float]) -> None:
        """Tell the tracker every step of the last epoch, and the bar its figures."""
        record = self.records[-1]
        first = int(record["step"]) - self.steps
        for step, (factor, loss, norm) in enumerate(zip(factors, losses, norms, strict=True), first + 1):
            values = {"step_loss": loss, "learning_rate": factor * self.rate, "step_gradient_norm": norm}
            own = {name: value for name, value in record.items() if name not in ("step", "learning_rate")}
            self.tracker.log(values | (own if step == record["step"] else {}), step=step)
        shown = {"loss": record["loss"], "accuracy": record.get("validation_accuracy", record["accuracy"])}
        self.bar.set_postfix({name: f"{value:.3f}" for name, value in shown.items()})

    @property
    def rate(self) -> float:
        return self.settings.muon_rate if self.settings.optimizer == "muon" else self.settings.learning_rate

    def report(self, outcome: Outcome) -> None:
        """Tell the tracker what came of it: confusion matrix, most confident mistakes, checkpoint, figures."""
        step, classes = self.settings.epochs * self.steps, self.tiles.classes
        self.tracker.confusion(outcome.labels.tolist(), outcome.predictions.tolist(), classes, step)
        wrong = np.flatnonzero(outcome.predictions != outcome.labels)
        worst = wrong[np.argsort(-outcome.logits[wrong].max(1), kind="stable")][:SHOWN]
        if len(worst):
            pictures = np.asarray(self.tiles.images[outcome.tiles[worst]])[..., :3]
            captions = [f"{classes[outcome.labels[n]]} taken for {classes[outcome.predictions[n]]}" for n in worst]
            self.tracker.pictures("mistakes", pictures if pictures.shape[3] == 3 else pictures[..., 0], captions, step)
        if self.settings.checkpoint:
            self.tracker.checkpoint(Path(self.settings.checkpoint))
        self.tracker.finish(outcome.summary())
