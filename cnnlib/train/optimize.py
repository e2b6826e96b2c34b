"""From settings to optimizers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .muon import Muon
from .settings import Settings

__all__ = ["DecoupledSGD", "optimizers", "set_rates"]


class DecoupledSGD(torch.optim.SGD):
    """SGD whose weight decay shrinks the weights themselves and never enters the momentum.

    Source: Loshchilov & Hutter (2019), Decoupled Weight Decay Regularization, algorithm 1 (SGDW).

    >>> weight = nn.Parameter(torch.ones(1))
    >>> weight.grad = torch.zeros(1)
    >>> DecoupledSGD([{"params": [weight], "decay": 0.5}], lr=0.1).step()
    >>> round(weight.item(), 4)
    0.95
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Take one step: decay, then what SGD does."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None and group.get("decay"):
                    weight.mul_(1 - group["lr"] * group["decay"])
        return super().step(closure)


def optimizers(network: nn.Module, settings: Settings) -> list[torch.optim.Optimizer]:
    """Return the optimizers of all weights that are to be learned; each group remembers its largest rate as "peak".

    >>> network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8, 2))
    >>> [type(one).__name__ for one in optimizers(network, Settings(optimizer="muon"))]
    ['SGD', 'Muon']
    """
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    filters = [weight for weight in weights if weight.ndim == 4] if settings.optimizer == "muon" else []
    chosen = {id(weight) for weight in filters}
    matrices = [weight for weight in weights if weight.ndim > 1 and id(weight) not in chosen]
    offsets = [weight for weight in weights if weight.ndim <= 1]
    groups = [
        _group(matrices, settings.learning_rate, settings.weight_decay),
        _group(offsets, settings.learning_rate * settings.bias_rate, 0.0),
    ]
    if settings.optimizer == "adamw":
        betas = (settings.momentum, 0.999)
        return [
            torch.optim.AdamW([group for group in groups if group["params"]], lr=settings.learning_rate, betas=betas)
        ]
    found: list[torch.optim.Optimizer] = [_sgd([group for group in groups if group["params"]], settings)]
    if filters:
        # on a CPU without its instructions bfloat16 would be slow, and float32 loses little
        dtype = torch.bfloat16 if filters[0].device.type == "cuda" else filters[0].dtype
        group = _group(filters, settings.muon_rate, settings.weight_decay)
        found.append(Muon([group], lr=settings.muon_rate, momentum=settings.momentum, dtype=dtype))
    return found


def _group(weights: Sequence[Tensor], rate: float, decay: float) -> dict[str, Any]:
    return {"params": list(weights), "lr": rate, "peak": rate, "weight_decay": decay}


def _sgd(groups: list[dict[str, Any]], settings: Settings) -> torch.optim.SGD:
    options: dict[str, Any] = {
        "lr": settings.learning_rate,
        "momentum": settings.momentum,
        "nesterov": settings.momentum > 0,
    }
    if not settings.decoupled:
        return torch.optim.SGD(groups, **options)
    return DecoupledSGD([{**group, "decay": group["weight_decay"], "weight_decay": 0.0} for group in groups], **options)


def set_rates(optimizers: list[torch.optim.Optimizer], factor: float) -> None:
    """Set every group's learning rate to `factor` times its largest."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = factor * group["peak"]
