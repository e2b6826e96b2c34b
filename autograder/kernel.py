"""Warm student processes: a parent behind the outer wall has imported everything, and forks one for each submission.

A fork costs milliseconds where a start costs seconds. The parent never runs student code and never starts a thread;
every fork builds walls of its own first. Nothing a student does can reach the parent or the next fork.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import sandbox, student
from .errors import SandboxError
from .wire import Channel

PACKAGES = (
    "ipython", "ipywidgets", "anywidget", "matplotlib", "matplotlib-inline", "numpy", "pillow", "scikit-image",
    "scikit-learn", "scipy", "torch", "threadpoolctl", "pyseccomp", "comm",
)  # fmt: skip
WARM = ("numpy", "scipy.signal", "scipy.ndimage", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "torch")
READY = b"the walls are up"  # a fork says so before anything else, or is not used
READY_WITHIN = 60.0  # seconds for the parent's imports


def library() -> Path:
    """Return the folder of cnnlib, which students import, without importing it here.

    Raises:
        SandboxError: it is not installed.
    """
    spec = find_spec("cnnlib")
    if spec is None or spec.origin is None:
        raise SandboxError(
            "cnnlib is not installed beside the grader: `pip install --editable .` in the course's folder."
        )
    return Path(spec.origin).parent


class WarmParent:
    """A warm parent; `fork` gives a student's process.

    Args:
        slot: number of this grader on this machine, so that each has a user id of its own.
        library: the folder of cnnlib, which students import.
        limits: for each submission.
        imports: modules to import beforehand.

    Raises:
        SandboxError: no sandbox can be had here.
    """

    def __init__(self, slot: int, library: Path, limits: sandbox.Limits, imports: tuple[str, ...] = WARM) -> None:
        self.limits = limits
        own = Path(__file__).parent
        settings = {"slot": slot, "imports": imports, "limits": asdict(limits)}
        program = ["-c", START.format(course=sandbox.COURSE), json.dumps(settings)]
        line = sandbox.command(program, PACKAGES, folders=[library, own])
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.append(str(its.fileno()))
        with its:
            self.process = subprocess.Popen(
                line,
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        self.control = mine
        self.control.settimeout(READY_WITHIN)
        if self._reply() != "ready":
            self.process.kill()
            words = self.process.communicate()[1].decode(errors="replace").strip()[-2000:]
            self.close()
            raise SandboxError(f"no sandbox: the process inside did not start.\n{words}")

    def fork(self) -> Child:
        """Return a new student's process, behind its own walls.

        Raises:
            SandboxError: the parent is gone, or the kernel refused.
        """
        mine, its = socket.socketpair()
        with its:
            try:
                socket.send_fds(self.control, [b"fork"], [its.fileno()])
                number = int(self._reply() or 0)
            except (OSError, ValueError):
                number = 0
        if not number:
            mine.close()
            raise SandboxError("the warm parent is gone")
        mine.settimeout(self.limits.cell)
        try:
            word = mine.recv(len(READY))
            if word != READY:
                raise SandboxError(
                    (word + mine.recv(1000)).decode(errors="replace") or "no sandbox: a fork did not start"
                )
        except OSError as error:
            raise SandboxError(f"no sandbox: a fork did not start ({error})") from None
        return Child(self, number, mine)

    def kill(self, number: int) -> None:
        """End a student's process and everything it started."""
        with contextlib.suppress(OSError):
            self.control.send(f"kill {number}".encode())
            self._reply()

    def close(self) -> None:
        """End the parent and all its children."""
        self.control.close()
        self.process.kill()
        self.process.communicate()

    def _reply(self) -> str:
        try:
            return self.control.recv(64).decode()
        except OSError:
            return ""


class Child:
    """One student's process."""

    def __init__(self, parent: WarmParent, number: int, connection: socket.socket) -> None:
        self.parent, self.number = parent, number
        self.channel = Channel(connection, parent.limits.cell)

    def close(self) -> None:
        """End it."""
        self.channel.close()
        self.parent.kill(self.number)


START = """
import sys
settings, control = sys.argv[1:]
sys.path.insert(0, "{course}")
from autograder import kernel
kernel.parent(int(control), settings)
"""


def parent(control: int, text: str) -> None:
    """Be the warm parent: import, then fork on request until the grader hangs up."""
    settings = json.loads(text)
    sandbox.drop_root(settings["slot"])
    for name in settings["imports"]:
        importlib.import_module(name)
    shell = student.make_shell()
    limits = sandbox.Limits(**settings["limits"])
    if threading.active_count() != 1 or len(os.listdir("/proc/self/task")) != 1:
        raise SandboxError("the warm parent runs threads, so it cannot fork safely")
    sandbox.prepare()
    line = socket.socket(fileno=control)
    line.send(b"ready")
    children: set[int] = set()
    while True:
        message, fds, _, _ = socket.recv_fds(line, 64, 1)
        _reap(children)
        if not message:
            os._exit(0)
        if message == b"fork" and fds:
            child = os.fork()
            if child == 0:
                line.close()
                _become_student(shell, fds[0], limits)
            children.add(child)
            os.close(fds[0])
            line.send(str(child).encode())
        elif message.startswith(b"kill "):
            number = int(message[5:])
            if number in children:
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)
                children.discard(number)
            line.send(b"done")


def _become_student(shell: student.Shell, connection: int, limits: sandbox.Limits) -> None:
    """In the fork: raise the walls, then serve."""
    line = socket.socket(fileno=connection)
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):  # what C code prints is nobody's output, and must not fill a pipe
            os.dup2(nowhere, stream)
        os.closerange(3, connection)
        os.closerange(connection + 1, 4096)
        sandbox.enter(limits)
        _reseed()
        line.sendall(READY)
        student.serve(shell, Channel(line))
    except (SandboxError, OSError) as error:
        line.sendall(str(error).encode())
    finally:
        os._exit(0)


def _reseed() -> None:
    """Give each fork random numbers of its own."""
    random.seed()
    modules: dict[str, Any] = sys.modules
    if "numpy" in modules:
        modules["numpy"].random.seed()
    if "torch" in modules:
        modules["torch"].manual_seed(random.getrandbits(63))


def _reap(children: set[int]) -> None:
    for child in list(children):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(child, os.WNOHANG)[0]:
                children.discard(child)
