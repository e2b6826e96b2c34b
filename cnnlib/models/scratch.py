"""Two networks to train from scratch on small images: a residual one to read, and one built to learn fast.

Both take any number of channels and any side from 3 pixels (a Landsat patch) to 64 (a EuroSAT tile) and more.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["fast_network", "residual_network", "whiten"]

SMALLEST = 3  # pixels: the shortest side there may be
HEAD_SCALE = 1 / 9  # of the logits, so that the first losses are small
PATCHES = 1_000_000  # are plenty to estimate a covariance


def residual_network(channels: int, classes: int, side: int, *, width: int = 32) -> nn.Module:
    """Return a residual CNN: a stem, three stages of two basic blocks, global average pooling, a linear layer.

    The stages have `width`, 2 `width` and 4 `width` feature maps. The second and the third halve the side, while at
    least four pixels are left: a 3 × 3 patch keeps its 3 × 3 pixels to the end.

    Args:
        channels: of an image.
        classes: number of logits.
        side: pixels of an image's sides, at least 3.
        width: feature maps of the first stage.

    Returns:
        A network from images, shape (N, channels, side, side), to logits, shape (N, classes).

    Raises:
        ValueError: a number is too small.

    Source: He, Zhang, Ren & Sun (2016), Deep Residual Learning, figure 5 left and section 4.2.

    >>> residual_network(4, 6, side=3, width=8)(torch.zeros(2, 4, 3, 3)).shape
    torch.Size([2, 6])
    """
    _check(channels=channels, classes=classes, side=side, width=width)
    layers: list[nn.Module] = [_conv(channels, width), nn.BatchNorm2d(width), nn.ReLU()]
    incoming = width
    for stage in range(3):
        stride = 2 if stage and side >= 8 else 1
        side = (side + 1) // stride if stride == 2 else side
        outgoing = width * 2**stage
        layers += [BasicBlock(incoming, outgoing, stride), BasicBlock(outgoing, outgoing)]
        incoming = outgoing
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(incoming, classes))


class BasicBlock(nn.Module):
    """Two 3 × 3 convolutions, and the input added to what they give; a 1 × 1 convolution where the shape changes."""

    def __init__(self, incoming: int, outgoing: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Sequential(_conv(incoming, outgoing, stride), nn.BatchNorm2d(outgoing), nn.ReLU())
        self.second = nn.Sequential(_conv(outgoing, outgoing), nn.BatchNorm2d(outgoing))
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or incoming != outgoing:
            project = nn.Conv2d(incoming, outgoing, 1, stride, bias=False)
            self.shortcut = nn.Sequential(project, nn.BatchNorm2d(outgoing))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.second(self.first(x)) + self.shortcut(x))


def fast_network(
    channels: int, classes: int, side: int, *, width: int = 64, patch: int = 2, stride: int = 1
) -> FastNetwork:
    """Return a CNN made to be accurate after few epochs.

    A stem that looks at patches (`whiten` fixes it before training), three groups of two convolutions with BatchNorm
    and GELU (`width`, 4 `width` and 4 `width` feature maps), the largest value of each map, and one linear layer whose
    output is scaled by 1/9. Convolutions begin as the identity, as far as their shape allows, and BatchNorm has no
    scale of its own. A group halves the side only where at least three pixels are left, so that a 3 × 3 patch never
    shrinks below one.

    Args:
        channels: of an image.
        classes: number of logits.
        side: pixels of an image's sides, at least 3.
        width: feature maps of the first group.
        patch: pixels of the stem's patches, at most `side`.
        stride: pixels between neighbouring patches; 2 saves three quarters of the work.

    Returns:
        A network from images, shape (N, channels, side, side), to logits, shape (N, classes).

    Raises:
        ValueError: a number is too small, or the patch is larger than the image.

    Source: Keller Jordan (2024), 94% on CIFAR-10 in 3.29 seconds on a single GPU (arXiv:2404.00498, airbench94).

    >>> network = fast_network(3, 10, side=64, width=16)
    >>> network(torch.zeros(2, 3, 64, 64)).shape, sum(weight.numel() for weight in network.parameters())
    (torch.Size([2, 10]), 127096)
    """
    _check(channels=channels, classes=classes, side=side, width=width, patch=patch, stride=stride)
    if patch > side:
        raise ValueError(f"a patch of {patch} pixels does not fit into an image of {side}: take at most {side}")
    return FastNetwork(channels, classes, side, width, patch, stride)


class FastNetwork(nn.Module):
    """What `fast_network` returns. Its first layer is `stem`."""

    def __init__(self, channels: int, classes: int, side: int, width: int, patch: int, stride: int) -> None:
        super().__init__()
        filters = 2 * channels * patch**2  # each eigenvector and its negative: GELU lets one sign pass
        self.stem = nn.Conv2d(channels, filters, patch, stride)
        side = (side - patch) // stride + 1
        groups = []
        for incoming, outgoing in [(filters, width), (width, 4 * width), (4 * width, 4 * width)]:
            groups.append(ConvGroup(incoming, outgoing, halve=side >= 6))
            side = side // 2 if side >= 6 else side
        self.groups = nn.Sequential(*groups)
        self.head = nn.Linear(4 * width, classes, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.groups(functional.gelu(self.stem(x)))
        logits: Tensor = self.head(features.amax((2, 3)))
        return HEAD_SCALE * logits


class ConvGroup(nn.Sequential):
    """Convolution, pooling, BatchNorm, GELU, convolution, BatchNorm, GELU."""

    def __init__(self, incoming: int, outgoing: int, *, halve: bool) -> None:
        convs = [_conv(incoming, outgoing), _conv(outgoing, outgoing)]
        for conv in convs:
            nn.init.dirac_(conv.weight.data[: conv.in_channels])
        norms = [nn.BatchNorm2d(outgoing, momentum=0.4) for _ in convs]
        for norm in norms:
            norm.weight.requires_grad_(False)
        pool: nn.Module = nn.MaxPool2d(2) if halve else nn.Identity()
        super().__init__(convs[0], pool, norms[0], nn.GELU(), convs[1], norms[1], nn.GELU())


@torch.no_grad()
def whiten(network: FastNetwork, images: Tensor, *, regularisation: float = 5e-4) -> None:
    """Set the stem so that its outputs are uncorrelated, with unit variance, over the patches of `images`; freeze it.

    The filters are the eigenvectors of the patches' covariance, each divided by the root of its eigenvalue, and their
    negatives; the offsets (not frozen) begin where they centre the outputs.

    Args:
        network: made by `fast_network`.
        images: shape (N, C, H, W), normalised as in training; some thousands suffice.
        regularisation: added to the eigenvalues, so that directions without variance are not blown up.

    Source: airbench94, after Page (2018), How to train your ResNet 8.

    >>> network = fast_network(1, 2, side=8, width=4)
    >>> images = torch.randn(500, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    >>> whiten(network, images)
    >>> network.stem(images)[:, :4].var((0, 2, 3)).round(decimals=2).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    stem = network.stem
    per_image = max(1, (images.shape[2] - stem.kernel_size[0] + 1) * (images.shape[3] - stem.kernel_size[1] + 1))
    taken = images[: max(1, PATCHES // per_image)].float()
    taken = taken.cpu() if taken.device.type == "mps" else taken  # which knows no float64
    # patches: (number, C * KH * KW)
    patches = functional.unfold(taken, stem.kernel_size).transpose(1, 2).flatten(0, 1).double()
    mean = patches.mean(0)
    centred = patches - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))  # rising eigenvalues, vectors in columns
    filters = (vectors / (values.clamp(min=0) + regularisation).sqrt()).T.flip(0)
    filters = torch.cat([filters, -filters])
    stem.weight.copy_(filters.reshape(stem.weight.shape))
    if stem.bias is not None:
        stem.bias.copy_(-filters @ mean)
    stem.weight.requires_grad_(False)


def _conv(incoming: int, outgoing: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(incoming, outgoing, 3, stride, padding=1, bias=False)


def _check(**numbers: int) -> None:
    for name, number in numbers.items():
        least = SMALLEST if name == "side" else 1
        if number < least:
            raise ValueError(f"{name} is {number}: it must be at least {least}")
