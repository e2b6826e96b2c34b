"""One submission: its cells run behind the walls, its checks on this side, in the order of the notebook.

A cell or check that takes too long, or that ends the process, costs itself alone: the process is replaced, the cells
before are run again without it, and the rest goes on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from .bridge import Peer, RemoteError
from .checker import Checker
from .exercise import Verdict
from .intake import Step, Submission
from .kernel import Child, Forks
from .wire import BridgeError

OUT_OF_TIME = "The notebook used up its time, so this was not tried."


@dataclass(slots=True)
class Record:
    """What happened to a submission.

    Attributes:
        verdicts: one for each check of the assignment, in the order they ran.
        outputs: of the student's cells, by the number of the step.
        trouble: steps that were given up, by their number: why.
        seconds: wall time for everything.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    outputs: dict[int, list[Any]] = field(default_factory=dict)
    trouble: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


def run(submission: Submission, checker: Checker, forks: Forks) -> Record:
    """Run one submission; every check gets a verdict, whatever the student's code does.

    Raises:
        SandboxError: no student's process can be started.
    """
    session = _Session(submission, checker, forks)
    try:
        return session.run()
    finally:
        session.child.close()


class _Session:
    def __init__(self, submission: Submission, checker: Checker, forks: Forks) -> None:
        self.submission, self.checker, self.forks = submission, checker, forks
        self.limits = forks.limits
        self.started = time.monotonic()
        self.record = Record()
        self.child, self.peer = self._fresh()

    def run(self) -> Record:
        for position, step in enumerate(self.submission.steps):
            if self._left() <= 0:
                self._give_up(position, OUT_OF_TIME)
                continue
            try:
                self._do(position, step)
            except BridgeError as error:
                self._give_up(position, self._reason(error))
                self._replace(position)
        self._show_again()
        self.record.seconds = time.monotonic() - self.started
        return self.record

    def _do(self, position: int, step: Step) -> None:
        self.child.channel.allow(min(self.limits.cell, self._left()))
        if step.check is not None:
            self.record.verdicts.append(self.checker.check(step.check, self.peer))
            return
        if not step.runs:
            return
        said = self._ask_to_run(step)
        outputs = said.get("outputs") if isinstance(said, dict) else None
        if not isinstance(outputs, list):
            raise BridgeError("a malformed record of a cell")
        self.record.outputs[position] = outputs
        if said.get("error") == "MemoryError":  # what fills the memory stays in it
            raise BridgeError("memory")

    def _ask_to_run(self, step: Step) -> Any:
        try:
            return self.peer.ask("run", step.source)
        except RemoteError as error:  # our own shell failed, so somebody has changed it
            raise BridgeError(f"the shell was changed ({error})") from None

    def _give_up(self, position: int, why: str) -> None:
        step = self.submission.steps[position]
        if step.check is not None:
            self.record.verdicts.append(Verdict(step.check.name, 0, step.check.points, why))
        elif step.runs:
            self.record.trouble[position] = why

    def _replace(self, position: int) -> None:
        """Start a new process and bring it to where the old one was, without the cells that were given up."""
        self.child.close()
        self.child, self.peer = self._fresh()
        for number, step in enumerate(self.submission.steps[:position]):
            if not step.runs or number in self.record.trouble or self._left() <= 0:
                continue
            try:
                self.child.channel.allow(min(self.limits.cell, self._left()))
                self._ask_to_run(step)
            except BridgeError as error:
                self.record.trouble[number] = self._reason(error)
                return self._replace(position)

    def _show_again(self) -> None:
        """Run cells that showed something after a check once more, where no check has called the answers.

        Otherwise a function could keep the hidden inputs it was called with, and a later cell print them.
        """
        first = min(number for number, step in enumerate(self.submission.steps) if step.check is not None)
        tainted = [number for number, shown in self.record.outputs.items() if number > first and shown]
        if not tainted:
            return
        self.record.outputs |= {number: [] for number in tainted}
        self.child.close()
        self.child, self.peer = self._fresh()
        try:
            for number, step in enumerate(self.submission.steps[: max(tainted) + 1]):
                if step.runs and number not in self.record.trouble and self._left() > 0:
                    self._do(number, step)
        except BridgeError:
            return  # it went well the first time: no loss but of what it showed

    def _fresh(self) -> tuple[Child, Peer]:
        child = self.forks.fork()
        return child, Peer(child.channel)

    def _left(self) -> float:
        return self.limits.notebook - (time.monotonic() - self.started)

    def _reason(self, error: BridgeError) -> str:
        words = str(error)
        if words == "memory":
            return "It needed more memory than it may use (MemoryError)."
        if words == "late":
            return f"It took longer than {self.limits.cell:g} seconds and was stopped. Is there a loop that never ends?"
        if words.startswith("the other side is gone"):
            return "It ended the Python process: too much memory, a crash, or an exit."
        return f"Its answer could not be read: {words}."
