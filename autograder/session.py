"""One submission: its cells run behind the walls, its checks on this side, in the order of the notebook.

A cell or check that takes too long, or that ends the process, costs itself alone: the process is replaced, the cells
before are run again without it, and the rest goes on.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from .bridge import Peer, RemoteError
from .checker import Checker
from .exercise import Check, Verdict
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
        self.wordless: dict[int, int] = {}  # checks whose message was kept back: step → place among the verdicts
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
        self._look_again()
        self.record.seconds = time.monotonic() - self.started
        return self.record

    def _do(self, position: int, step: Step) -> None:
        self.child.channel.allow(min(self.limits.cell, self._left()))
        if step.check is not None:
            verdict = self.checker.check(step.check, self.peer)
            if self.peer.kept_back and not verdict.passed:
                self.wordless[position] = len(self.record.verdicts)
            self.record.verdicts.append(verdict)
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
        except RemoteError:  # our own shell failed, so somebody has changed it
            raise BridgeError("the shell was changed") from None

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

    def _look_again(self) -> None:
        """In a process that has seen no hidden test: run cells that showed something after one, and let errors speak.

        Otherwise an answer could keep the inputs it was called with, and tell them later.
        """
        first = min(number for number, step in enumerate(self.submission.steps) if step.check is not None)
        shown = [number for number, outputs in self.record.outputs.items() if number > first and outputs]
        last = max([*shown, *self.wordless], default=-1)
        self.record.outputs |= {number: [] for number in shown}
        if last < 0:
            return
        self.child.close()
        self.child, self.peer = self._fresh()
        with suppress(BridgeError):  # it went well the first time: no loss but of words
            for number, step in enumerate(self.submission.steps[: last + 1]):
                if self.peer.tainted or self._left() <= 0:
                    return
                if number in self.wordless and step.check is not None:
                    self._say_why(step.check, self.wordless[number])
                elif step.runs and number not in self.record.trouble:
                    self._do(number, step)

    def _say_why(self, check: Check, place: int) -> None:
        """Give a verdict the words of a second try; its points stay."""
        self.child.channel.allow(min(self.limits.cell, self._left()))
        verdict = self.checker.check(check, self.peer)
        if not verdict.passed:
            self.record.verdicts[place] = replace(self.record.verdicts[place], message=verdict.message)

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
