"""Run a command of somebody else's and watch it: wall time, first result, memory of all its processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 2**20
LOGS = Path(__file__).parents[1] / "build" / "bench"


class BenchError(RuntimeError):
    """A measurement is impossible; the message says why and what to do."""


@dataclass(slots=True)
class Usage:
    """What was seen of one run.

    Attributes:
        seconds: wall time, from the first process to the end of the last.
        first: seconds to the first result; nan if none was seen.
        pss: the most memory at one time, all processes together, shared pages divided among those who share them,
            in bytes; 0 if the system does not tell.
        rss: the same with shared pages counted in each process.
        largest: the most memory (RSS) of a single process.
    """

    seconds: float = 0.0
    first: float = float("nan")
    pss: int = 0
    rss: int = 0
    largest: int = 0


class Watch:
    """Measure everything this process starts while the context lasts.

    Args:
        label: who runs, for the lines of progress on stderr.
        total: how many results there will be.
        done: returns how many there are; called often.
    """

    def __init__(self, label: str, total: int, done: Callable[[], int]) -> None:
        self.label, self.total, self.done = label, total, done
        self.usage = Usage()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Usage:
        say(f"{self.label}: {self.total} submissions")
        self.began = time.perf_counter()
        self._thread.start()
        return self.usage

    def __exit__(self, *exception: object) -> None:
        self.usage.seconds = time.perf_counter() - self.began
        self._stop.set()
        self._thread.join()
        if self.usage.first != self.usage.first and self.done():  # it came after the last look
            self.usage.first = self.usage.seconds
        say(f"{self.label}: ended after {self.usage.seconds:.1f} s")

    def _look(self) -> None:
        """Look for the first result 20 times a second, at the memory twice a second; say something every 15 s."""
        turns = 0
        while not self._stop.wait(0.05):
            turns += 1
            if self.usage.first != self.usage.first and self.done():
                self.usage.first = time.perf_counter() - self.began
            if turns % 10 == 1:
                weigh(self.usage)
            if turns % 300 == 0:
                say(f"{self.label}: {self.done()} of {self.total} after {time.perf_counter() - self.began:.0f} s")


def weigh(usage: Usage) -> None:
    """Raise the peaks in `usage` to what all processes below this one hold now."""
    sizes = [size for process in psutil.Process().children(recursive=True) if (size := memory(process.pid)) is not None]
    usage.rss = max(usage.rss, sum(rss for rss, _ in sizes))
    usage.largest = max([usage.largest, *(rss for rss, _ in sizes)])
    if all(pss is not None for _, pss in sizes):
        usage.pss = max(usage.pss, sum(pss or 0 for _, pss in sizes))


def memory(pid: int) -> tuple[int, int | None] | None:
    """Return a process' memory in bytes, RSS and PSS; None for a process that is gone, or for a PSS nobody tells."""
    with suppress(OSError, ValueError):
        rss = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        pss = None
        with suppress(OSError, StopIteration):  # a process that hides from others does not tell
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            pss = 1024 * int(next(line for line in lines if line.startswith("Pss:")).split()[1])
        return rss, pss
    return None


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path, timeout: float) -> int:
    """Run a command to its end, its output in a file; return its exit status.

    Raises:
        BenchError: it took too long; it and everything it started is killed.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise BenchError(f"{' '.join(command[:3])} … did not end in {timeout:.0f} s.\n{tail(log)}") from None
        finally:
            if process.returncode is None:
                end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that we started, and everything below it."""
    below = psutil.Process(process.pid).children(recursive=True)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for child in below:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait(10)
    psutil.wait_procs(below, timeout=10)  # a killed process is gone a moment later


def fresh_log(name: str) -> Path:
    """Return an empty file for what a contender prints; it stays after the bench."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{name}.log"
    path.write_bytes(b"")
    return path


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a file, and where it is."""
    text = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return "\n".join([f"The end of {log}:", *(f"    {line}" for line in text[-lines:])])


def say(text: str) -> None:
    """A line of progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
