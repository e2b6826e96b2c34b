"""Race the convolution of unit 08's answers against torch: forward and backward, float32, one thread.

    python bench/conv2d.py

Images (32, C, 16, 16), 64 filters of 3 × 3, padding 1, with C = 64 and C = 3; the two take turns, the median of
60 rounds counts, the whole is done three times and the middle ratio is printed.

Both live on a matrix product: torch on oneDNN's, NumPy on OpenBLAS'. OpenBLAS chooses its routine for the processor it
finds, unless OPENBLAS_CORETYPE forces another one. A forced choice would compare processors instead of convolutions,
so it is lifted first.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_info

from autograder import markers
from cnnlib import expect, timing

ROOT = Path(__file__).parents[1]


def answers(unit: str, *names: str) -> list[Callable[..., Any]]:
    """The answers of an assignment, as functions."""
    assignment = markers.read(ROOT / "source" / unit / f"{unit}.py")
    namespace: dict[str, Any] = {"np": np, "torch": torch}
    for exercise in assignment.exercises:
        if exercise.name in names:
            exec(exercise.solution.source, namespace)
    return [namespace[name] for name in names]


def race(channels: int, rounds: int = 60) -> tuple[float, float]:
    """Seconds of the answers and of torch; first make sure that both compute the same."""
    conv2d, conv2d_backward = answers("08_convolution", "conv2d", "conv2d_backward")
    rng = np.random.default_rng(0)
    shapes = (32, channels, 16, 16), (64, channels, 3, 3), (64,), (32, 64, 16, 16)
    x, weight, bias, grad_out = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    tensors = [torch.tensor(array, requires_grad=True) for array in (x, weight, bias)]
    upstream = torch.tensor(grad_out)

    def ours() -> list[Any]:
        return [conv2d(x, weight, bias, padding=1), *conv2d_backward(grad_out, x, weight, padding=1)]

    def theirs() -> list[Any]:
        out = torch.nn.functional.conv2d(*tensors, padding=1)
        return [out, *torch.autograd.grad(out, tensors, upstream)]

    for mine, wanted in zip(ours(), theirs(), strict=True):
        assert mine.dtype == np.float32
        expect.close(mine, wanted.detach(), "the race", rtol=1e-3, atol=2e-3)
    mine, torchs = timing.medians(ours, theirs, repeats=rounds)
    return mine, torchs


def openblas() -> str:
    """The routine NumPy's matrix product uses, or none if it is not OpenBLAS."""
    return next((lib["architecture"] for lib in threadpool_info() if lib["internal_api"] == "openblas"), "none")


def main() -> None:
    if os.environ.pop("OPENBLAS_CORETYPE", None):
        os.execv(sys.executable, [sys.executable, *sys.argv])
    print(f"torch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()})", end=", ")
    print(f"NumPy {np.__version__} (OpenBLAS: {openblas()})")
    ratios = {}
    for channels in (64, 3):
        runs = sorted((race(channels) for _ in range(3)), key=lambda run: run[0] / run[1])
        mine, torchs = runs[1]
        ratios[channels] = statistics.median(run[0] / run[1] for run in runs)
        print(f"  {channels:2} channels: answers {1e3 * mine:6.2f} ms, torch {1e3 * torchs:6.2f} ms", end=", ")
        print("ratios " + ", ".join(f"{run[0] / run[1]:.2f}" for run in runs))
    print(f"bench-conv2d: {ratios[64]:.2f} times torch at 64 channels, {ratios[3]:.2f} times torch at 3 channels")


if __name__ == "__main__":
    main()
