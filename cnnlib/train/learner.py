"""A network and all that changes with it while it learns."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..models import fast_network, residual_network
from . import processes
from .device import DTYPES
from .optimize import optimizers, set_rates
from .settings import Settings

__all__ = ["Learner", "build"]


def build(settings: Settings, channels: int, classes: int, side: int) -> nn.Module:
    """Return the network of the settings, with weights drawn from their seed.

    >>> type(build(Settings(network="fast", width=8), channels=4, classes=6, side=3)).__name__
    'FastNetwork'
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        if settings.network == "residual":
            return residual_network(channels, classes, side, width=settings.width)
        return fast_network(channels, classes, side, width=settings.width, patch=settings.patch, stride=settings.stride)


class Learner:
    """Network, optimizers and averaged weights of one run: what a checkpoint holds.

    Args:
        network: on its device; what is frozen stays as it is.
        settings: of the run.
    """

    def __init__(self, network: nn.Module, settings: Settings) -> None:
        self.network, self.settings = network, settings
        self.weights = [weight for weight in network.parameters() if weight.requires_grad]
        self.device = self.weights[0].device
        self.optimizers = optimizers(network, settings)
        self.average: AveragedModel | None = None
        if settings.average:
            mean = get_ema_multi_avg_fn(settings.average)
            self.average = AveragedModel(network, multi_avg_fn=mean, use_buffers=True)  # BatchNorm's statistics, too
        self.forward: Any = network
        if settings.compile != "none":
            self.forward = torch.compile(network, mode=settings.compile, dynamic=False)

    def autocast(self) -> torch.autocast:
        """Return the context in which the network computes: bfloat16 if the settings say so."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.precision == "bfloat16")

    def step(self, images: Tensor, labels: Tensor, factor: float) -> tuple[Tensor, Tensor, Tensor]:
        """Take one step.

        Args:
            images: this process's share of the batch, normalised.
            labels: shape (N,).
            factor: of the largest learning rates.

        Returns:
            Loss and number of right answers of this share, length of the gradient, all still on the device.
        """
        self.network.train()
        with self.autocast():
            logits = self.forward(images)
        logits = logits.float() if logits.dtype == torch.bfloat16 else logits
        loss = functional.cross_entropy(logits, labels, label_smoothing=self.settings.label_smoothing)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()
        processes.average_gradients(self.weights)
        norm = nn.utils.clip_grad_norm_(self.weights, self.settings.clip or float("inf"))
        set_rates(self.optimizers, factor)
        for optimizer in self.optimizers:
            optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        return loss.detach(), (logits.detach().argmax(1) == labels).sum(), norm.detach()

    def best(self) -> nn.Module:
        """Return the network to evaluate: that of the averaged weights if there are any."""
        return self.network if self.average is None else self.average.module

    def state(self) -> dict[str, Any]:
        """Return all that a later `restore` needs, as tensors and plain data."""
        return {
            "network": self.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": None if self.average is None else self.average.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        self.network.load_state_dict(state["network"])
        for optimizer, old in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(old)
        if self.average is not None:
            self.average.load_state_dict(state["average"])


def place(network: nn.Module, device: torch.device, settings: Settings) -> nn.Module:
    """Move a network to its device, in the type and the memory format of the settings."""
    dtype = DTYPES["float64"] if settings.precision == "float64" else torch.float32
    layout = torch.channels_last if settings.channels_last else torch.contiguous_format
    if processes.size() > 1:
        processes.global_batchnorm(network)
    return network.to(device=device, dtype=dtype).to(memory_format=layout)  # type: ignore[call-overload, no-any-return]
