"""What a network says about images, from one view or eight."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .augment import ORIENTATIONS, orient

__all__ = ["predict"]


@torch.no_grad()
def predict(
    network: nn.Module,
    images: Tensor,
    prepare: Callable[[Tensor], Tensor] = lambda images: images,
    *,
    views: int = ORIENTATIONS,
    batch: int = 512,
) -> Tensor:
    """Return logits, the mean over the first `views` of the eight orientations of each image.

    Args:
        network: left in evaluation mode.
        images: shape (N, C, S, S).
        prepare: turns a batch into what the network reads.
        views: 1 for the image as it is, 8 for all orientations.
        batch: images at once.

    Returns:
        Shape (N, classes), float32 or more.

    >>> predict(nn.Flatten(), torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]]))
    tensor([[3., 3., 3., 3.]])
    """
    network.eval()
    logits = []
    for part in images.split(batch):
        seen = [orient(part, torch.full((len(part),), view, device=part.device)) for view in range(views)]
        outputs = [network(prepare(view)) for view in seen]
        logits.append(torch.stack([one.float() if one.dtype == torch.bfloat16 else one for one in outputs]).mean(0))
    return torch.cat(logits)
