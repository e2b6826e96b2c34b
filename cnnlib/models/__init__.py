"""Networks: one that comes trained on ImageNet, and two to train from scratch on small images."""

from .pretrained import CENTRE, SIDE, SPREAD, class_names, efficientnet_lite0, preprocess, to_photo, top_classes
from .scratch import fast_network, residual_network, whiten

__all__ = [
    "CENTRE",
    "SIDE",
    "SPREAD",
    "class_names",
    "efficientnet_lite0",
    "fast_network",
    "preprocess",
    "residual_network",
    "to_photo",
    "top_classes",
    "whiten",
]
