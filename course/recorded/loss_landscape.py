"""Train two deep networks, alike but for the skip connections, and record the loss around what each has learned.

    python course/recorded/loss_landscape.py

writes cnnlib/recorded/loss_landscape.npz: for each network the loss on a square of points around its weights, its
loss and accuracy, and the loss of every epoch. Two directions span the square. They are drawn at random, then each
filter of a direction is made as long as the filter it moves, because large weights forgive larger steps; biases and
batch normalisation stay where they are.

Source: H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein (2018), Visualizing the loss landscape of neural nets.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from cnnlib import data

depth, channels, epochs, side, reach = 32, 8, 40, 41, 0.5
seeds = {"weights and batches": 0, "directions": 1}


class Block(nn.Module):
    """Two convolutions; with `skip` the input is added to what they return."""

    def __init__(self, skip: bool) -> None:
        super().__init__()
        self.skip = skip
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the shape that came."""
        change = self.layers(x)
        return torch.relu(x + change if self.skip else change)


def network(skip: bool, depth: int = depth) -> nn.Sequential:
    """Return a network of `depth` layers with weights, the same for the same seed with and without skips."""
    torch.manual_seed(seeds["weights and batches"])
    first = [nn.Conv2d(1, channels, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
    blocks = [Block(skip) for _ in range((depth - 2) // 2)]
    net = nn.Sequential(*first, *blocks, nn.Flatten(), nn.Linear(channels * 16, 10))
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    return net


def train(net: nn.Module, images: Tensor, labels: Tensor, epochs: int = epochs) -> list[float]:
    """Fit a network; return the mean loss of each epoch."""
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    history = []
    for _ in range(epochs):
        losses = []
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            loss = cross_entropy(net(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        history.append(float(np.mean(losses)))
    return history


def direction(net: nn.Module, generator: torch.Generator) -> list[Tensor]:
    """Return a random step for every parameter, each filter as long as the filter it moves."""
    steps = []
    for weight in net.parameters():
        step = torch.randn(weight.shape, generator=generator)
        if weight.ndim < 2:
            step.zero_()
        else:
            long, wanted = (filters.detach().flatten(1).norm(dim=1) for filters in (step, weight))
            step *= (wanted / long).reshape(-1, *[1] * (weight.ndim - 1))
        steps.append(step)
    return steps


@torch.no_grad()
def landscape(net: nn.Module, images: Tensor, labels: Tensor, side: int = side) -> np.ndarray:
    """Return the loss on a square around the weights, shape (side, side); the middle is where they are."""
    generator = torch.Generator().manual_seed(seeds["directions"])
    right, up = direction(net, generator), direction(net, generator)
    centre = [weight.clone() for weight in net.parameters()]
    losses = np.empty((side, side))
    for row, b in enumerate(np.linspace(-reach, reach, side)):
        for column, a in enumerate(np.linspace(-reach, reach, side)):
            for weight, middle, along, across in zip(net.parameters(), centre, right, up, strict=True):
                weight.copy_(middle + a * along + b * across)
            losses[row, column] = cross_entropy(net(images), labels)
    for weight, middle in zip(net.parameters(), centre, strict=True):
        weight.copy_(middle)
    return losses


def main() -> None:
    """Train both networks and write the file."""
    parts = [data.digits("train"), data.digits("test")]
    tensors = [(torch.tensor(2 * x[:, None] - 1, dtype=torch.float32), torch.tensor(y)) for x, y in parts]
    images, labels = tensors[0]
    found: dict[str, list[np.ndarray]] = {"loss": [], "history": [], "accuracy": []}
    for skip in (False, True):
        start = time.perf_counter()
        net = network(skip)
        found["history"].append(np.array(train(net, images, labels)))
        net.eval()
        right = [float((net(x).argmax(1) == y).float().mean()) for x, y in tensors]
        found["accuracy"].append(np.array(right))
        found["loss"].append(landscape(net, images[:300], labels[:300]))
        print(f"skip {skip}: accuracy {right}, {time.perf_counter() - start:.0f} s")
    path = Path(data.__file__).parent / "recorded" / "loss_landscape.npz"
    arrays = {name: np.clip(np.stack(values), 0, 6e4).astype(np.float16) for name, values in found.items()}
    np.savez_compressed(path, reach=np.float16(reach), depth=np.int16(depth), **arrays)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
