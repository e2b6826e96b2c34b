"""Submissions graded on a Dask cluster: the same grader in each worker, with a warm parent of its own.

Workers need Linux, this package and cnnlib, in the same version as here; they share no folder with us.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path

from dask.distributed import Client, Future, KilledWorker, wait
from distributed.comm.core import CommClosedError

from .errors import GradingError, SandboxError
from .exercise import Assignment
from .grade import Grader, Papers, Task, start
from .kernel import Source, library
from .sandbox import Limits

PATIENCE = "20s"  # to find the scheduler
AT_A_TIME = 128  # submissions with the scheduler, so that a class need not fit into its memory
QUIET = 30.0  # seconds without a worker after which the cluster counts as gone

_graders: dict[str, tuple[Grader, Source]] = {}  # of this worker, by what they grade
_one_at_a_time = threading.Lock()  # a worker may run tasks in threads; a grader talks to one student


def run(
    address: str, assignment: Assignment, tasks: Sequence[Task], limits: Limits, cold: bool, walls: bool
) -> Iterator[tuple[Task, Papers]]:
    """Grade tasks on the cluster of a scheduler; yields each with its papers, as they come.

    Raises:
        GradingError: the cluster cannot be reached, runs another version, or went away.
        SandboxError: a worker has no sandbox.
    """
    try:
        with Client(address, timeout=PATIENCE) as client:
            _same_version(client)
            source = client.scatter(assignment, broadcast=True)
            waiting = list(reversed(tasks))
            futures: dict[Future[Papers], Task] = {}
            while waiting or futures:
                while waiting and len(futures) < AT_A_TIME:
                    task = waiting.pop()
                    future = client.submit(
                        grade_here, source, limits, cold, walls, task.loaded(), pure=False, retries=2
                    )
                    futures[future] = task
                for future in _finished(client, list(futures)):
                    yield futures.pop(future), future.result()
    except (OSError, TimeoutError, CancelledError, KilledWorker, CommClosedError) as error:
        raise GradingError(f"The Dask cluster at {address} went away or cannot be reached ({error}).") from None


def _finished(client: Client, futures: list[Future[Papers]]) -> list[Future[Papers]]:
    """Wait until at least one is finished; a cluster without workers is waited for in vain only so long."""
    quiet = time.monotonic()
    while True:
        with suppress(TimeoutError):
            return list(wait(futures, timeout=1, return_when="FIRST_COMPLETED").done)
        if client.status != "running":
            raise OSError("the scheduler has gone")
        if client.scheduler_info()["workers"]:
            quiet = time.monotonic()
        if time.monotonic() - quiet > QUIET:
            raise OSError(f"no worker for {QUIET:g} seconds")


def _same_version(client: Client) -> None:
    deadline = time.monotonic() + QUIET
    while not (versions := client.run(version)):
        if time.monotonic() > deadline:
            raise OSError(f"no worker for {QUIET:g} seconds")
        time.sleep(0.2)
    others = sorted(worker for worker, came in versions.items() if came != version())
    if others:
        raise GradingError(f"Workers of the cluster run another version of the course: {', '.join(others)}.")


def grade_here(assignment: Assignment, limits: Limits, cold: bool, walls: bool, task: Task) -> Papers:
    """Grade one submission in this worker.

    Raises:
        SandboxError: this worker has no sandbox.
    """
    with _one_at_a_time:
        name = repr((assignment.unit, hashlib.sha256(repr(assignment).encode()).hexdigest(), limits, cold, walls))
        if name not in _graders:
            _graders[name] = start(assignment, limits, cold=cold, walls=walls)
        grader, source = _graders[name]
        try:
            return grader.papers(task)
        except SandboxError:
            del _graders[name]  # its warm parent is gone: the next try starts another
            source.close()
            raise


def version() -> str:
    """Return what tells one version of the grader and of cnnlib from another: a digest of their files."""
    told = hashlib.sha256()
    for folder in (Path(__file__).parent, library()):
        for path in sorted(folder.rglob("*.py")):
            told.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return told.hexdigest()
