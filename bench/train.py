"""Race `cnnlib.train` against the usual tutorial code on EuroSAT, on one machine in one run.

    python bench/train.py

Three contenders take turns, and the middle of their rounds counts:

- **ours**: the recipe of EuroSAT; bytes on the device, augmented there, bfloat16 where the processor has it.
- **tutorial**: the same network fed as tutorials do it: a folder of JPEG files, PIL, flips and crops one image at a
  time, a DataLoader with two workers, float32.
- **ResNet-18**: the same loader, and what most tutorials train on these tiles: ResNet-18 at 224 × 224 pixels.

An image counts when a step has learned from it; starting workers and warming up does not.
On a GPU it also measures the seconds to 98% and 98.5% of the test part, with three seeds: `goals.py`.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import goals
import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from cnnlib import data, timing
from cnnlib.models.scratch import BasicBlock
from cnnlib.train import Settings, recipe, train
from cnnlib.train.device import DTYPES, device_name, pick_device, pick_precision, synchronise
from cnnlib.train.learner import Learner, build, place

WORKERS, BATCH = 2, 128
MEAN, SPREAD = [0.3444, 0.3803, 0.4078], [0.2027, 0.1369, 0.1156]  # of EuroSAT, as tutorials quote them
MATRIX = {"cuda": 8192, "mps": 4096, "cpu": 2048}  # rows and columns that show what a device can do


class Folder(Dataset[tuple[Tensor, int]]):
    """A folder with one folder of JPEG files for each class, read and augmented one image at a time.

    What torchvision's `ImageFolder` does with `RandomCrop(64, 4)` or `Resize(224)`, the two random flips, `ToTensor`
    and `Normalize`; torchvision itself has no build for the CPU wheel of torch that the course pins.
    """

    def __init__(self, root: Path, side: int) -> None:
        self.side = side
        kinds = sorted(path for path in root.iterdir() if path.is_dir())
        self.files = [(path, number) for number, kind in enumerate(kinds) for path in sorted(kind.glob("*.jpg"))]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        path, label = self.files[number]
        with Image.open(path) as file:
            picture = file.convert("RGB")
        if self.side != picture.width:
            picture = picture.resize((self.side, self.side), Image.Resampling.BILINEAR)
        else:
            padded = Image.new("RGB", (self.side + 8, self.side + 8))
            padded.paste(picture, (4, 4))
            left, top = torch.randint(9, (2,)).tolist()
            picture = padded.crop((left, top, left + self.side, top + self.side))
        for flip in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM):
            if torch.rand(()) < 0.5:
                picture = picture.transpose(flip)
        x = torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous().float().div(255)
        return x.sub_(torch.tensor(MEAN)[:, None, None]).div_(torch.tensor(SPREAD)[:, None, None]), label


def resnet18(classes: int) -> nn.Module:
    """Return ResNet-18 (He and others 2016, table 1).

    >>> sum(weight.numel() for weight in resnet18(1000).parameters())  # as torchvision's
    11689512
    """
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    layers.append(nn.MaxPool2d(3, 2, 1))
    incoming = 64
    for outgoing in (64, 128, 256, 512):
        layers += [BasicBlock(incoming, outgoing, 1 if outgoing == 64 else 2), BasicBlock(outgoing, outgoing)]
        incoming = outgoing
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


def unpacked(tiles: data.Tiles, folder: Path, count: int) -> Path:
    """Write `count` training tiles as JPEG files into folders of their classes; return where."""
    for number in np.random.default_rng(0).permutation(tiles.parts["train"])[:count]:
        place = folder / tiles.classes[tiles.labels[number]]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(tiles.images[number]).save(place / f"{number}.jpg")  # about as large as the original
    return folder


def tutorial(network: nn.Module, folder: Path, side: int, device: torch.device, most: int) -> float:
    """Train as tutorials do; return images a second, from the second batch on."""
    network = network.to(device).train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    loader = DataLoader(Folder(folder, side), BATCH, shuffle=True, num_workers=WORKERS, drop_last=True)
    seen = 0
    for step, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        cross_entropy(network(x.to(device)), y.to(device)).backward()
        optimizer.step()
        if step == 0:
            synchronise(device)
            began = time.perf_counter()
            continue
        seen += len(y)
        if seen >= most:
            break
    synchronise(device)
    return seen / (time.perf_counter() - began)


def ours(tiles: data.Tiles, settings: Settings, count: int) -> float:
    """Train for one epoch over `count` tiles; return images a second."""
    chosen = np.random.default_rng(0).permutation(tiles.parts["train"])[:count]
    few = replace(tiles, parts={"train": chosen, "validation": tiles.parts["validation"][:1]})
    outcome = train(few, replace(settings, epochs=1, watch=0, views=1, warm_up=True))
    return len(chosen) // settings.batch * settings.batch / outcome.seconds


def share_of_peak(settings: Settings, device: torch.device) -> tuple[float, float, float]:
    """Return what a training step computes and what a large matrix product does, in 10¹² operations a second.

    The third is their ratio. Operations of convolutions and matrix products are counted, forward and backward.
    """
    torch.manual_seed(0)
    network = place(build(settings, 3, 10, 64), device, settings)
    learner = Learner(network, settings)
    x = torch.randn(settings.batch, 3, 64, 64, device=device).contiguous(memory_format=torch.channels_last)
    y = torch.randint(10, (settings.batch,), device=device)
    with FlopCounterMode(display=False) as counter:
        learner.step(x, y, 0.0)
    size = MATRIX[device.type]
    a, b = (torch.randn(size, size, device=device, dtype=DTYPES[settings.precision]) for _ in range(2))
    stepping, multiplying = timing.medians(
        lambda: (learner.step(x, y, 0.0), synchronise(device)), lambda: (a @ b, synchronise(device)), threads=None
    )
    step, peak = counter.get_total_flops() / stepping / 1e12, 2 * size**3 / multiplying / 1e12
    return step, peak, step / peak


def main(words: Sequence[str] | None = None) -> int:
    """Print a table and the ratios; return 0, or 1 where EuroSAT is not there."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--rounds", type=int, default=3, help="of each contender (default: 3)")
    reader.add_argument("--images", type=int, default=4096, help="of ours and the tutorial's in a round")
    reader.add_argument("--large", type=int, default=384, help="of ResNet-18's in a round (default: 384)")
    reader.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    known = reader.parse_args(words)
    try:
        tiles, device = data.eurosat(), pick_device(known.device)
    except (FileNotFoundError, ValueError) as error:
        print(f"bench-train: {error}", file=sys.stderr)
        return 1
    settings = recipe("eurosat", device=known.device, precision=pick_precision(device))
    print(f"{device_name(device)}, {platform.machine()}, torch {torch.__version__}, {settings.precision}")
    small = lambda: build(settings, 3, 10, 64)
    found: dict[str, list[float]] = {"ours": [], "tutorial": [], "ResNet-18 at 224": []}
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpacked(tiles, Path(temporary), max(known.images, known.large) + BATCH)
        for _ in range(known.rounds):
            found["ours"].append(ours(tiles, settings, known.images))
            found["tutorial"].append(tutorial(small(), folder, 64, device, known.images))
            found["ResNet-18 at 224"].append(tutorial(resnet18(10), folder, 224, device, known.large))
    table = Table("contender", "images a second", "its rounds")
    for name, rates in found.items():
        table.add_row(name, f"{statistics.median(rates):.0f}", ", ".join(f"{rate:.0f}" for rate in rates))
    Console().print(table)
    step, peak, share = share_of_peak(settings, device)
    print(
        f"a step reaches {step:.2f} of the {peak:.2f} TFLOP/s of a matrix product in {settings.precision}: {share:.0%}"
    )
    if device.type == "cuda":
        goals.main(["--goals", "0.98", "0.985"])
    ratios = [
        statistics.median(mine / other for mine, other in zip(found["ours"], found[name], strict=True))
        for name in ("tutorial", "ResNet-18 at 224")
    ]
    print(f"bench-train: {ratios[0]:.1f} times the tutorial loader, {ratios[1]:.0f} times ResNet-18 at 224")
    return 0


if __name__ == "__main__":
    sys.exit(main())
