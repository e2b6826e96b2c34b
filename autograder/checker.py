"""The checks of an assignment, run on answers that live in another process.

A check is the same function a student runs in the notebook, with its hidden tests. Here it gets a stand-in for the
answer. Expected values, comparisons and messages stay in this process.
"""

from __future__ import annotations

import ast
import inspect
import sys
import traceback
import types
import warnings
from typing import Any

from . import models, names
from .bridge import Peer, Remote, RemoteError
from .exercise import Assignment, Cell, Check, Exercise, Verdict
from .markers import released

DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
MESSAGE = 4_000  # characters of a verdict's message


class Answer:
    """Stands in for a student's function: has its name and signature, calls it where it lives.

    Args:
        name: the name the exercise asks for.
        signature: of the released stub, whatever the student made of it.
        remote: the student's function.
    """

    def __init__(self, name: str, signature: inspect.Signature | None, remote: Remote) -> None:
        self.__name__ = name
        if signature is not None:
            self.__signature__ = signature
        self.remote = remote

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.remote(*args, **options)

    def python_steps(self, *args: Any, **options: Any) -> int:
        """Count the instructions of a call, on the student's side."""
        return self.remote.python_steps(*args, **options)

    def peak_memory(self, *args: Any, **options: Any) -> int:
        """Measure the memory of a call, on the student's side."""
        return self.remote.peak_memory(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.remote, name)

    def __repr__(self) -> str:
        return repr(self.remote)


class Checker:
    """The checks of one assignment, ready to run.

    Args:
        assignment: its own code runs here, with the rights of the grader: imports, helper functions, constants and
            checks, but no answers and no demonstrations.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        namespace = vars(types.ModuleType(assignment.unit))
        for cell, node in _needed(assignment):
            ast.increment_lineno(node, cell.line)
            exec(compile(ast.Module([node], []), str(assignment.path), "exec"), namespace)
        self.hidden = _hidden_lines(assignment)
        self.checks: dict[str, Any] = {c.name: namespace[c.name] for e in assignment.exercises for c in e.checks}
        self.signatures = {e.name: _signature(e, dict(namespace)) for e in assignment.exercises}

    def check(self, check: Check, peer: Peer) -> Verdict:
        """Run one check on the answer the student's process has at this moment.

        Raises:
            BridgeError: the student's process died, was late or spoke nonsense.
        """
        try:
            found = peer.ask("find", check.exercise)
        except RemoteError:
            return Verdict(check.name, 0, check.points, f"There is no `{check.exercise}` in the notebook: define it.")
        if isinstance(found, Remote):
            found = Answer(check.exercise, self.signatures[check.exercise], found)
        peer.secret, peer.kept_back = lambda: self._is_secret(peer), False
        reached = "### BEGIN HIDDEN TESTS" in check.source
        try:
            with warnings.catch_warnings(action="ignore"):  # they would quote lines of hidden tests
                self.checks[check.name](found)
        except Exception as error:
            reached = reached and not self._failed_before_hidden_tests(error, check)
            return Verdict(check.name, 0, check.points, (str(error) or type(error).__name__)[:MESSAGE])
        finally:
            models.switch(*models.USUAL)
            peer.secret = lambda: False
            peer.tainted = peer.tainted or reached
        return Verdict(check.name, check.points, check.points)

    def _failed_before_hidden_tests(self, error: Exception, check: Check) -> bool:
        """Whether a check stopped in its visible part, which comes first."""
        lines = range(check.line, check.line + check.source.count("\n") + 2)
        first = min(self.hidden.intersection(lines), default=lines.stop)
        original = error.__context__ or error  # `expect.check` words a crash anew
        frames = [*traceback.walk_tb(error.__traceback__), *traceback.walk_tb(original.__traceback__)]
        stopped = [line for frame, line in frames if frame.f_code.co_filename == str(self.assignment.path)]
        return bool(stopped) and all(line < first for line in stopped if line in lines)

    def _is_secret(self, peer: Peer) -> bool:
        """Whether the words of an error could hold hidden inputs: in a hidden test, and after one."""
        if self._in_hidden_test():
            return True
        peer.kept_back = peer.kept_back or peer.tainted
        return peer.tainted

    def _in_hidden_test(self) -> bool:
        """Whether a line of a hidden test is being run."""
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_lineno in self.hidden and frame.f_code.co_filename == str(self.assignment.path):
                return True
            frame = frame.f_back
        return False


def _hidden_lines(assignment: Assignment) -> frozenset[int]:
    """The lines of the source file that stand between the marks of hidden tests."""
    lines, hidden = set(), False
    for cell in assignment.cells:
        for number, line in enumerate(cell.source.splitlines(), cell.line + 1):
            hidden = (hidden and "### END HIDDEN TESTS" not in line) or "### BEGIN HIDDEN TESTS" in line
            lines |= {number} if hidden else set()
    return frozenset(lines)


def _needed(assignment: Assignment) -> list[tuple[Cell, ast.stmt]]:
    """The definitions that checks use, directly or through others; what only figures import would cost seconds."""
    wanted = {check.name for exercise in assignment.exercises for check in exercise.checks}
    wanted |= {name for exercise in assignment.exercises for name in names.used(exercise.solution.source)}
    kept: list[tuple[Cell, ast.stmt]] = []
    for cell in reversed([cell for cell in assignment.cells if cell.kind in ("code", "check")]):
        for node in reversed(ast.parse(cell.source).body):
            text = ast.unparse(node)
            if _defines(node) and names.bound(text) & wanted:
                wanted |= names.used(text)
                kept.append((cell, node))
    return kept[::-1]


def _defines(node: ast.stmt) -> bool:
    """Whether a statement runs nothing that a demonstration would: definitions, and names for numbers and words."""
    if not isinstance(node, ast.Assign):
        return isinstance(node, DEFINITIONS)
    try:
        ast.literal_eval(node.value)
    except ValueError:
        return False
    return True


def _signature(exercise: Exercise, namespace: dict[str, Any]) -> inspect.Signature | None:
    exec(compile(released(exercise.solution.source), exercise.name, "exec"), namespace)
    answer = namespace.get(exercise.name)
    return inspect.signature(answer) if callable(answer) else None
