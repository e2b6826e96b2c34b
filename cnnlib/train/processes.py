"""Several processes that train one network: each takes its share of every batch.

    torchrun --nproc-per-node 2 -m cnnlib.train ...

Gradients are averaged over the processes, and BatchNorm uses the mean and variance of the whole batch: so the loss
curve is that of one process, up to rounding. PyTorch's SyncBatchNorm needs a GPU; `GlobalBatchNorm` here works
everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

__all__ = ["GlobalBatchNorm", "average_gradients", "global_batchnorm", "joined", "local_rank", "rank", "size", "total"]


@contextmanager
def joined(device: str = "auto") -> Iterator[None]:
    """Join the processes that torchrun started, NCCL between GPUs and gloo otherwise; alone, do nothing.

    >>> with joined():
    ...     rank(), size()
    (0, 1)
    """
    if "WORLD_SIZE" not in os.environ or dist.is_initialized():
        yield
        return
    on_gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    if on_gpu:
        torch.cuda.set_device(local_rank())
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """Return this process's number, from 0."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def size() -> int:
    """Return how many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def local_rank() -> int:
    """Return this process's number on its computer: which GPU it takes."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def total(values: Tensor) -> Tensor:
    """Return the sum over all processes."""
    if size() > 1:
        values = values.clone()
        dist.all_reduce(values)
    return values


def average_gradients(weights: list[nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    if size() == 1:
        return
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    flat = total(torch.cat([gradient.flatten() for gradient in gradients])) / size()
    for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view(gradient.shape))


class _Total(torch.autograd.Function):
    """The sum over the processes; every process's loss depends on it, so its gradient is a sum, too."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return total(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return total(gradient.contiguous())


class GlobalBatchNorm(nn.BatchNorm2d):
    """BatchNorm over the shares of all processes, which must be equally large."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or size() == 1 or self.running_mean is None or self.running_var is None:
            alone: Tensor = super().forward(x)
            return alone
        wide = x if x.dtype == torch.float64 else x.float()
        mean = _Total.apply(wide.mean((0, 2, 3))) / size()
        centred = wide - mean[:, None, None]
        variance = _Total.apply(centred.square().mean((0, 2, 3))) / size()
        count = x.numel() // x.shape[1] * size()
        with torch.no_grad():
            share = self.momentum or 0.0
            self.running_mean.lerp_(mean, share)
            self.running_var.lerp_(variance * count / max(count - 1, 1), share)
        scale = (variance + self.eps).rsqrt()
        if self.weight is not None:
            scale = scale * self.weight
        out = centred * scale[:, None, None]
        if self.bias is not None:
            out = out + self.bias[:, None, None]
        result: Tensor = out.to(x.dtype)
        return result


def global_batchnorm(network: nn.Module) -> None:
    """Make every BatchNorm2d of the network a `GlobalBatchNorm`; its weights and state stay.

    >>> network = nn.Sequential(nn.BatchNorm2d(3))
    >>> global_batchnorm(network)
    >>> type(network[0]).__name__
    'GlobalBatchNorm'
    """
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = GlobalBatchNorm
