"""The device to compute on, what it can do, and what to say when its memory is full."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

__all__ = [
    "clear_compiler_errors",
    "clear_memory_errors",
    "device_name",
    "pick_device",
    "pick_precision",
    "synchronise",
]

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}
CPU_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # as Linux names the instructions of x86 and ARM


def pick_device(name: str = "auto", local_rank: int = 0) -> torch.device:
    """Return the device of that name; "auto" takes CUDA, else MPS, else the CPU.

    Args:
        name: "auto", "cpu", "cuda" or "mps".
        local_rank: which of several GPUs.

    Raises:
        ValueError: this computer has no such device.

    >>> pick_device("cpu")
    device(type='cpu')
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, available in there.items() if available)
    if not there.get(name):
        found = ", ".join(kind for kind, available in there.items() if available)
        raise ValueError(f"device {name!r} is not there: this PyTorch sees {found}; 'auto' takes the fastest of them")
    return torch.device(name, local_rank) if name == "cuda" else torch.device(name)


def pick_precision(device: torch.device, name: str = "auto") -> str:
    """Return the precision of that name; "auto" takes bfloat16 where the device is fast at it, else float32.

    Args:
        device: to compute on.
        name: "auto", "float32", "bfloat16" or "float64".

    Raises:
        ValueError: bfloat16 on a processor without its instructions, float64 on MPS.

    >>> pick_precision(torch.device("cpu"), "float32")
    'float32'
    """
    if name == "auto":
        return "float32" if device.type == "mps" or _no_bfloat16(device) else "bfloat16"
    if name == "bfloat16" and _no_bfloat16(device):
        raise ValueError(f"{_no_bfloat16(device)}: take precision 'float32'")
    if name == "float64" and device.type == "mps":
        raise ValueError("MPS does not know float64: take precision 'float32'")
    return name


def _no_bfloat16(device: torch.device) -> str:
    """Return why a device is no good at bfloat16, or nothing."""
    if device.type == "cpu" and not _cpu_has_bfloat16():
        return "this processor has no bfloat16 instructions, it would be slower"
    if device.type == "cuda" and torch.version.hip is None and torch.cuda.get_device_capability(device) < (8, 0):
        return "this GPU is too old for bfloat16"
    return ""


def _cpu_has_bfloat16() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        return not CPU_FLAGS.isdisjoint(cpuinfo.read_text(encoding="utf-8", errors="replace").split())
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(bool(capabilities.get(flag)) for flag in CPU_FLAGS)


def device_name(device: torch.device) -> str:
    """Return what the device is called, for a table of results; of a processor also how many threads compute.

    >>> device_name(torch.device("cpu")).endswith(("1 thread", "threads"))
    True
    """
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    if device.type == "mps":
        return f"{platform.processor() or platform.machine()}, MPS"
    cpuinfo, threads = Path("/proc/cpuinfo"), torch.get_num_threads()
    text = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.is_file() else ""
    model = re.search(r"^model name\s*: (.+)$", text, flags=re.MULTILINE)
    name = model[1].strip() if model else platform.processor() or platform.machine()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all it was told: before a clock is read."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def clear_memory_errors(advice: str) -> Iterator[None]:
    """Turn any device's way of saying that its memory is full into a MemoryError that says what to do.

    >>> with clear_memory_errors("lower --batch"):
    ...     torch.empty(2**60)
    Traceback (most recent call last):
    MemoryError: the device's memory is full: lower --batch
    """
    try:
        yield
    except RuntimeError as error:  # torch.cuda.OutOfMemoryError is one, CPU and MPS have no type of their own
        text = str(error).lower()
        if "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text:
            raise MemoryError(f"the device's memory is full: {advice}") from error
        raise


@contextmanager
def clear_compiler_errors() -> Iterator[None]:
    """Turn a failure of `torch.compile` into a ValueError of one sentence.

    >>> with clear_compiler_errors():
    ...     torch.compile(lambda: None, backend="no such one")()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: torch.compile failed (Invalid backend: 'no such one'...): take --compile none; ...
    """
    try:
        yield
    except RuntimeError as error:
        if not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"torch.compile failed ({reason}): take --compile none; on a CPU it needs a C++ compiler, on a GPU Triton"
        ) from error
