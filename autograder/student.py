"""The student's side of a grading: runs the cells of a notebook and answers calls. It lives in the sandbox.

Nothing it says is believed beyond what it is: outputs to show, and values to compare. It holds no check, no expected
value and no score.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .bridge import Peer
from .wire import Channel

CELL_OUTPUT = 1 << 20  # characters a cell may print
CELL_PICTURES = 8 << 20  # characters of pictures and other displays in a cell
CUT = "\n… more output than {limit} characters was left out\n"


class Recorder:
    """Collects the outputs of a cell in the notebook format, up to a limit."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.printed = self.shown = 0

    def stream(self, name: str, text: str) -> None:
        """Add printed text; what goes beyond the limit is left out, and said so once."""
        if self.printed > CELL_OUTPUT:
            return
        self.printed += len(text)
        if self.printed > CELL_OUTPUT:
            text = text[: max(0, len(text) - (self.printed - CELL_OUTPUT))] + CUT.format(limit=CELL_OUTPUT)
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.outputs.append({"output_type": "stream", "name": name, "text": text})

    def show(self, kind: str, data: Any, metadata: Any, **extra: Any) -> None:
        """Add a display or a result."""
        self.shown += sum(len(value) if isinstance(value, str) else 1000 for value in dict(data).values())
        if self.shown <= CELL_PICTURES:
            self.outputs.append({"output_type": kind, "data": dict(data), "metadata": dict(metadata or {}), **extra})

    def failed(self, kind: str, text: str, lines: list[str]) -> None:
        """Add an error."""
        lines = [line[:10_000] for line in lines[-100:]]
        self.outputs.append({"output_type": "error", "ename": kind, "evalue": text[:10_000], "traceback": lines})


class Stream(io.TextIOBase):
    """Standard output or error of the student's cells."""

    encoding = "utf-8"

    def __init__(self, name: str, shell: Shell) -> None:
        super().__init__()
        self.name, self.shell = name, shell

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Record text."""
        self.shell.recorder.stream(self.name, str(text))
        return len(text)


class _Publisher(DisplayPublisher):
    shell: Any

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **_: Any) -> None:
        self.shell.recorder.show("display_data", data, metadata)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.recorder.outputs.clear()


class _Hook(DisplayHook):
    shell: Any

    def write_output_prompt(self) -> None:
        """Print no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.shell.recorder.show("execute_result", format_dict, md_dict, execution_count=self.prompt_count)


class Shell(InteractiveShell):
    """An IPython shell without a terminal or a kernel; its outputs go to a recorder."""

    def __init__(self, **options: Any) -> None:
        self.recorder = Recorder()
        super().__init__(**options)

    def init_displayhook(self) -> None:
        """Install our own hook."""
        self.displayhook_class, self.display_pub_class = _Hook, _Publisher
        super().init_displayhook()

    def init_display_pub(self) -> None:
        """Install our own publisher."""
        self.display_pub_class = _Publisher
        super().init_display_pub()

    def enable_gui(self, gui: Any = None) -> None:
        """There is no screen."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.recorder.failed(getattr(etype, "__name__", str(etype)), str(evalue), list(stb))

    def record(self, source: str) -> dict[str, Any]:
        """Run a cell; return its outputs, and the name of the exception that stopped it or nothing."""
        self.recorder = Recorder()
        sys.stdout, sys.stderr = Stream("stdout", self), Stream("stderr", self)  # an earlier cell may have closed them
        result = self.run_cell(source, store_history=True)
        stopped = result.error_before_exec or result.error_in_exec
        return {"outputs": self.recorder.outputs, "error": type(stopped).__name__ if stopped else ""}


def make_shell() -> Shell:
    """Make the shell; costs most of a tenth of a second, so a warm parent does it before it forks."""
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    shell: Shell = Shell.instance(config=settings)
    shell.user_ns["__name__"] = "__main__"
    return shell


def serve(shell: Shell, channel: Channel) -> None:
    """Answer the grader until it hangs up.

    Questions: `run` a cell, `find` an answer by its name.
    """
    with open(os.devnull, encoding="utf-8") as nothing:
        sys.stdin, sys.stdout, sys.stderr = nothing, Stream("stdout", shell), Stream("stderr", shell)
        peer = Peer(
            channel,
            {"run": shell.record, "find": shell.user_ns.__getitem__},
            student=True,
            probes={"steps": count_steps, "memory": peak_memory},
        )
        peer.serve()


def count_steps(function: Callable[..., Any], *args: Any, **options: Any) -> int:
    """Count the bytecode instructions of a call, as `cnnlib.expect.python_steps` does in a notebook."""
    steps = 0

    def count(frame: Any, event: str, _: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        return count

    collecting = gc.isenabled()
    gc.disable()
    threading.settrace(count)
    sys.settrace(count)
    try:
        function(*args, **options)
    finally:
        sys.settrace(None)
        threading.settrace(None)
        if collecting:
            gc.enable()
    return steps


def peak_memory(function: Callable[..., Any], *args: Any, **options: Any) -> int:
    """Measure the memory of a call, as `cnnlib.expect.peak_memory` does in a notebook."""
    tracemalloc.start()
    try:
        given = function(*args, **options)
        if isinstance(given, Iterator):
            next(given, None)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
