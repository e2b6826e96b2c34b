"""The machine of the grader before and after: files, processes, and connections that came."""

from __future__ import annotations

import ctypes
import hashlib
import os
import pwd
import site
import socket
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path

from autograder.sandbox import USER

STUDENTS = range(USER, USER + 1000)  # user ids of students' processes where root grades
WRITTEN = ("autograded", "feedback", "build", "gradebook.db")  # by the grader itself
SEGMENTS = 0xA77AC0  # first of the System V keys that cases use
LARGE = 16 << 20  # bytes; of larger files only size and time are compared
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class State:
    """What attacks must leave as it was: a line for each file or process."""

    files: dict[str, str]
    processes: dict[int, str]


def adopt_orphans() -> None:
    """Make this process the parent of whatever loses its own below it, so that nothing can slip away."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def state(course: Path, home: Path, mark: str) -> State:
    """Note what is there.

    Args:
        course: its folder; what the grader writes is left out.
        home: the grader's home folder, noted wholly.
        mark: where others work too (/tmp, /dev/shm, the real home), what carries it or belongs to a student counts.
    """
    files = {}
    for path in sorted(course.iterdir()):
        if path.name not in WRITTEN and not path.name.startswith("gradebook.db-"):
            files |= _tree(path, contents=True)
    files |= _tree(home, contents=True)
    for folder in (*site.getsitepackages(), str(Path(sys.executable).parent)):
        files |= _tree(Path(folder), contents=False)
    real = Path(pwd.getpwuid(os.getuid()).pw_dir)
    for folder in ("/tmp", "/dev/shm", "/var/tmp", str(real)):
        files |= _suspicious(Path(folder), mark)
    files |= {f"/proc/sysvipc: {line}": "" for line in _segments()}
    for folder in (".ipython/profile_default/startup", ".jupyter"):
        files |= _tree(real / folder, contents=True)
    return State(files, _descendants())


def _tree(root: Path, *, contents: bool) -> dict[str, str]:
    """A line for each file below a folder, or for one file."""
    found, waiting = {}, [str(root)]
    while waiting:
        path = waiting.pop()
        with suppress(OSError):
            about = os.lstat(path)
            found[path] = _line(path, about, contents)
            if stat.S_ISDIR(about.st_mode):
                waiting += [entry.path for entry in os.scandir(path)]
    return found


def _line(path: str, about: os.stat_result, contents: bool) -> str:
    if stat.S_ISDIR(about.st_mode):
        return f"{about.st_mode:o} {about.st_uid}"
    data = Path(path).read_bytes() if contents and stat.S_ISREG(about.st_mode) and about.st_size < LARGE else b""
    return f"{about.st_mode:o} {about.st_uid} {about.st_size} {about.st_mtime_ns} {hashlib.sha256(data).hexdigest()}"


def _suspicious(folder: Path, mark: str) -> dict[str, str]:
    found = {}
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                if mark in path.name or path.lstat().st_uid in STUDENTS:
                    found[str(path)] = "there"
    return found


def _segments() -> list[str]:
    """System V objects that students made: key and kind."""
    lines = []
    for kind in ("shm", "msg", "sem"):
        with suppress(OSError):
            rows = [line.split() for line in Path("/proc/sysvipc", kind).read_text().splitlines()[1:]]
            keys = range(SEGMENTS, SEGMENTS + 50)
            lines += [f"{kind} {row[0]}" for row in rows if int(row[0]) & 0xFFFFFFFF in keys]
    return lines


def _descendants() -> dict[int, str]:
    """Command lines of this process's descendants, without multiprocessing's own helper."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(") ", 1)[1].split()[1])
    mine, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in mine} - mine
        mine |= more
        grown = bool(more)
    helper = getattr(resource_tracker._resource_tracker, "_pid", None)  # type: ignore[attr-defined]
    return {pid: _command(pid) for pid in mine - {os.getpid(), helper} if _alive(pid)}


def _alive(pid: int) -> bool:
    """Whether it runs; the dead among the adopted are buried."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return Path(f"/proc/{pid}").exists()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
    except OSError:
        return ""


class Listeners:
    """Sockets such as kernels, docker and dbus have; they never answer, and tell afterwards who came.

    Args:
        folder: where the socket with a file name stands.

    Attributes:
        words: the addresses, for the attacks.
    """

    def __init__(self, folder: Path) -> None:
        file, abstract = folder / "docker.sock", f"attack-{os.getpid()}"
        self.sockets = {
            "TCP": _bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "UDP": _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "UNIX": _bound(socket.AF_UNIX, socket.SOCK_STREAM, str(file)),
            "ABSTRACT": _bound(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract),
        }
        ports = {name: str(self.sockets[name].getsockname()[1]) for name in ("TCP", "UDP")}
        self.words = {**ports, "UNIX": str(file), "ABSTRACT": abstract}

    def visits(self) -> list[str]:
        """Return a line for each kind of socket that somebody reached."""
        came = []
        for name, one in self.sockets.items():
            with suppress(BlockingIOError):
                if name == "UDP":
                    came.append(f"UDP {one.recv(200)!r}")
                else:
                    one.accept()[0].close()
                    came.append(name)
        return came

    def close(self) -> None:
        """Close them."""
        for one in self.sockets.values():
            one.close()


def _bound(family: int, kind: int, address: object) -> socket.socket:
    one = socket.socket(family, kind)
    one.bind(address)  # type: ignore[arg-type]
    if kind == socket.SOCK_STREAM:
        one.listen()
    one.setblocking(False)
    return one
