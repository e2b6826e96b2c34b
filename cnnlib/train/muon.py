"""Muon: momentum whose update is made orthogonal, so that every direction of a weight matrix learns at one pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Muon", "orthogonalise"]

COEFFICIENTS = 3.4445, -4.7750, 2.0315  # of the odd polynomial of fifth degree with the steepest rise at zero


def orthogonalise(matrix: Tensor, *, steps: int = 5, dtype: torch.dtype = torch.bfloat16) -> Tensor:
    """Return a matrix with the same singular vectors, and all singular values between about 0.7 and 1.2.

    Args:
        matrix: shape (rows, columns).
        steps: of the Newton-Schulz iteration.
        dtype: to compute in; bfloat16 suffices, and is slow only on processors without it.

    Returns:
        Shape (rows, columns), of type `dtype`.

    Source: Keller Jordan (2024), Muon: An optimizer for hidden layers in neural networks.

    >>> update = orthogonalise(torch.tensor([[3.0, 0.0], [0.0, 0.5]]), dtype=torch.float32)
    >>> [0.6 < value < 1.3 for value in torch.linalg.svdvals(update).tolist()]
    [True, True]
    """
    a, b, c = COEFFICIENTS
    wide = matrix.to(dtype) if matrix.shape[0] <= matrix.shape[1] else matrix.to(dtype).T
    wide = wide / wide.norm().clamp(min=1e-7)
    for _ in range(steps):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.T


class Muon(torch.optim.Optimizer):
    """Muon for weights of two and more dimensions: a bank of filters is the matrix (F, C · KH · KW).

    Weight decay is decoupled from the gradient. The step is larger by √(rows / columns) where a matrix is higher than
    wide. `torch.optim.Muon` gives the same steps on matrices and refuses everything else.

    Args:
        params: weights, each of at least two dimensions.
        lr: learning rate.
        momentum: share of the old momentum that is kept, from 0 to 1.
        nesterov: look one step ahead along the momentum.
        weight_decay: share of a weight that goes at a learning rate of one.
        dtype: to orthogonalise in.

    Raises:
        ValueError: a weight is no matrix, or a number is out of range.

    Source: Keller Jordan (2024), Muon: An optimizer for hidden layers in neural networks.

    >>> conv = torch.nn.Conv2d(3, 8, 3)
    >>> optimizer = Muon([conv.weight], lr=0.1)
    >>> conv(torch.ones(1, 3, 5, 5)).sum().backward()
    >>> optimizer.step()
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 0.02,
        *,
        momentum: float = 0.95,
        nesterov: bool = True,
        weight_decay: float = 0.0,
        dtype: torch.dtype = torch.bfloat16,
    ) -> None:
        if lr < 0 or weight_decay < 0 or not 0 <= momentum < 1:
            raise ValueError(
                f"learning rate {lr}, weight decay {weight_decay}, momentum {momentum}: none may be negative, "
                "and momentum must be less than 1"
            )
        self.dtype = dtype
        super().__init__(params, dict(lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay))
        for weight in (weight for group in self.param_groups for weight in group["params"]):
            if weight.ndim < 2:
                raise ValueError(
                    f"Muon is for matrices and filters, this weight has the shape {tuple(weight.shape)}: "
                    "give offsets and scales to SGD or AdamW"
                )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Take one step, and return what `closure` returns, if one is given."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, weight.grad, group)
        return loss

    def _update(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(weight)
        momentum = state["momentum_buffer"]
        momentum.lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(momentum, group["momentum"]) if group["nesterov"] else momentum
        update = orthogonalise(ahead.flatten(1), dtype=self.dtype)
        rows, columns = update.shape
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        weight.add_(update.reshape(weight.shape), alpha=-group["lr"] * max(1, rows / columns) ** 0.5)
