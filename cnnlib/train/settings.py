"""All choices of a training run in one place; the command line's flags are made from them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

__all__ = ["Settings", "recipe"]


def _choice(default: Any, help: str, *, among: tuple[str, ...] = (), least: float | None = None) -> Any:
    """Return a field: its value, what it means, and what it may be."""
    return field(default=default, metadata={"help": help, "among": among, "least": least})


@dataclass(frozen=True)
class Settings:
    """The choices of one run. A value that cannot be is refused at once, with a `ValueError` that names it.

    `Settings.explain()` says what each one means, `python -m cnnlib.train --help` too. `recipe("landsat")` gives
    those found good for a data set, `dataclasses.replace` changes some.

    >>> Settings(epochs=5).epochs
    5
    >>> Settings(schedule="square")
    Traceback (most recent call last):
    ValueError: schedule is 'square': choose one of constant, linear, cosine
    """

    network: str = _choice("fast", "network to train from scratch", among=("fast", "residual"))
    width: int = _choice(64, "feature maps of the first stage; compute grows with its square", least=1)
    patch: int = _choice(2, "pixels of the sides of the patches that the fast network's stem sees", least=1)
    stride: int = _choice(1, "pixels between those patches; 2 saves three quarters of the work", least=1)
    whiten: bool = _choice(True, "fix the fast network's stem so that patches come out uncorrelated")

    epochs: int = _choice(20, "passes over the training part", least=1)
    batch: int = _choice(256, "images per step, of all processes together", least=1)
    optimizer: str = _choice(
        "sgd",
        "sgd (with Nesterov momentum), adamw, or muon for filters with sgd for the rest",
        among=("sgd", "adamw", "muon"),
    )
    learning_rate: float = _choice(0.1, "largest learning rate of sgd and adamw", least=0)
    muon_rate: float = _choice(0.02, "largest learning rate of muon", least=0)
    momentum: float = _choice(0.9, "share of the old step that is kept; adamw's first decay rate", least=0)
    weight_decay: float = _choice(5e-4, "pull of filters and matrices towards zero; offsets are spared", least=0)
    decoupled: bool = _choice(False, "sgd: decay the weights themselves, apart from gradient and momentum")
    bias_rate: float = _choice(1.0, "sgd, adamw: factor of the learning rate of offsets and BatchNorm scales", least=0)
    schedule: str = _choice(
        "linear",
        "course of the learning rate: one cycle up and down in straight lines or cosines",
        among=("constant", "linear", "cosine"),
    )
    rise: float = _choice(0.25, "share of the steps in which the learning rate rises", least=0)
    label_smoothing: float = _choice(0.1, "share of each label that is spread over all classes", least=0)
    clip: float = _choice(0.0, "largest length of the gradient, longer ones are shortened; 0 for no limit", least=0)
    average: float = _choice(0.0, "decay per step of the averaged weights used for evaluation; 0 for none", least=0)

    orientations: str = _choice(
        "dealt",
        "of the eight of a nadir image: random ones, or dealt out so that all are seen before one comes again",
        among=("none", "random", "dealt"),
    )
    translate: int = _choice(2, "move images at random by up to so many pixels", least=0)
    cutout: int = _choice(0, "pixels of the sides of a square set to the mean colour; 0 for none", least=0)
    views: int = _choice(8, "average the final logits over eight orientations; 1 for the image as it is", least=1)

    fit: str = _choice(
        "train", "part to learn from; add validation once all is chosen", among=("train", "train+validation")
    )
    evaluate: str = _choice(
        "validation", "part to evaluate at the end: make all choices on validation", among=("validation", "test")
    )
    watch: int = _choice(1, "evaluate validation every so many epochs, from one view; 0 for the end only", least=0)
    seed: int = _choice(0, "of initial weights, order and augmentation; a CPU repeats a run to the bit", least=0)

    device: str = _choice(
        "auto", "where to compute; auto takes the fastest there is", among=("auto", "cpu", "cuda", "mps")
    )
    precision: str = _choice(
        "float32",
        "auto is bfloat16 (autocast) where the device is fast at it, else float32; float64 is for tests",
        among=("auto", "float32", "bfloat16", "float64"),
    )
    channels_last: bool = _choice(True, "keep the channels of a pixel side by side in memory")
    compile: str = _choice(
        "none",
        "torch.compile: minutes of preparation for faster steps on a GPU; no gain on a CPU",
        among=("none", "default", "reduce-overhead", "max-autotune-no-cudagraphs"),
    )
    warm_up: bool = _choice(False, "run some steps before the clock starts, and forget them: for timing")
    checkpoint: str = _choice("", "file to write after each epoch, from which a killed run resumes")
    resume: bool = _choice(False, "go on from the checkpoint, if it is there")

    def __post_init__(self) -> None:
        for one in fields(self):
            _check(one.name, getattr(self, one.name), one.default, one.metadata["among"], one.metadata["least"])
        for name in ("momentum", "label_smoothing", "average"):
            if getattr(self, name) >= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be less than 1")
        if self.rise > 1:
            raise ValueError(f"rise is {self.rise}: it is a share of all steps, at most 1")
        if self.views not in (1, 8):
            raise ValueError(f"views is {self.views}: there are 1 (the image as it is) or 8")
        if self.resume and not self.checkpoint:
            raise ValueError("resume needs the checkpoint to resume from: give its file name")
        if self.fit == "train+validation" and self.evaluate == "validation":
            raise ValueError("fit is 'train+validation': validation says nothing any more, evaluate 'test'")

    @classmethod
    def explain(cls) -> dict[str, str]:
        """Return what each setting means.

        >>> Settings.explain()["epochs"]
        'passes over the training part'
        """
        return {one.name: one.metadata["help"] for one in fields(cls)}


def _check(name: str, value: Any, default: Any, among: tuple[str, ...], least: float | None) -> None:
    wanted = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, wanted) or isinstance(value, bool) != isinstance(default, bool):
        raise ValueError(f"{name} is {value!r}: give a value of type {type(default).__name__}")
    if among and value not in among:
        raise ValueError(f"{name} is {value!r}: choose one of {', '.join(among)}")
    if least is not None and not least <= value < float("inf"):
        raise ValueError(f"{name} is {value}: it must be at least {least}, and finite")


recipes: dict[str, dict[str, Any]] = {
    "landsat": {"width": 16, "patch": 1, "epochs": 40, "batch": 128, "translate": 0, "average": 0.99},
    # after airbench94_muon; width and stride so that two cores need minutes, not hours
    "eurosat": {
        "width": 32,
        "stride": 2,
        "precision": "auto",
        "optimizer": "muon",
        "muon_rate": 0.05,
        "momentum": 0.8,
        "translate": 4,
        "average": 0.95,
    },
}
recipes["eurosat-paper"] = recipes["eurosat"]


def recipe(data: str, **changes: Any) -> Settings:
    """Return settings found good for a data set, on its validation part.

    Args:
        data: "landsat", "eurosat" or "eurosat-paper".
        changes: settings to have otherwise.

    Raises:
        ValueError: there is no such data set, no such setting, or a value cannot be.

    >>> recipe("landsat", seed=3).seed
    3
    """
    if data not in recipes:
        raise ValueError(f"no recipe for {data!r}: choose one of {', '.join(recipes)}, or make Settings of your own")
    unknown = [name for name in changes if name not in Settings.explain()]
    if unknown:
        raise ValueError(f"no setting {unknown[0]!r}: there are {', '.join(Settings.explain())}")
    return Settings(**{**recipes[data], **changes})
