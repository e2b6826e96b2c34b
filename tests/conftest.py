"""What tests share: a small course to break, and student processes behind walls."""

from __future__ import annotations

import re
import shutil
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from small_course import SmallCourse

from autograder import kernel, mutation, sandbox
from autograder.bridge import Peer
from autograder.checker import Checker
from autograder.errors import SandboxError

collect_ignore = ["attacks/cases"]  # attacks are data: pytest must neither import nor collect them


@pytest.fixture
def course(tmp_path: Path) -> SmallCourse:
    """A fresh small course that breaks no rule."""
    return SmallCourse(tmp_path / "course")


@pytest.fixture
def browser(tmp_path):
    """Open Chromium with an empty profile; called with Playwright's options, it returns a page."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, ExitStack() as stack:

        def start(**options):
            context = playwright.chromium.launch_persistent_context(
                str(tmp_path / "profile"),
                executable_path=program,
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
                **options,
            )
            stack.callback(context.close)
            return context.pages[0]

        yield start


@pytest.fixture(scope="session")
def warm_parent():
    """Start a warm parent of student processes, as a context."""
    return start_warm_parent


@pytest.fixture(scope="session")
def a_sandbox():
    """Skip the test where no sandbox can be had."""
    with start_warm_parent(sandbox.Limits(), imports=()):
        pass


def verdicts_on_every_answer(assignment, parent, before):
    """Yield for each answer its name, its exercise, and what the checks say of it in another process and here.

    Args:
        assignment: whose answers.
        parent: a warm parent; each exercise gets a process of its own, as a process lends only so many objects.
        before: the cells to run in it first.
    """
    here, there = mutation.run_source(assignment), Checker(assignment)
    for exercise in assignment.exercises:
        answers = {exercise.name: exercise.solution.source} | {v.name: v.source for v in exercise.variants}
        with closing(parent.fork()) as child:
            peer = Peer(child.channel)
            for cell in before:
                run_in(peer, cell.source)
            for name, source in answers.items():
                run_in(peer, re.sub(rf"\b{name}\b", exercise.name, source))
                wanted = mutation.judge(exercise, here, here[name])
                peer.channel.allow(sandbox.Limits().cell)
                yield name, exercise.name, [there.check(check, peer) for check in exercise.checks], wanted


def run_in(peer, source):
    peer.channel.allow(sandbox.Limits().cell)
    assert peer.ask("run", source)["error"] == ""


@pytest.fixture(scope="session")
def every_answer():
    """Judge every answer of an assignment in two processes."""
    return verdicts_on_every_answer


@contextmanager
def start_warm_parent(*args, **options):
    """A warm parent of student processes; skips the test on a machine whose kernel refuses every sandbox."""
    try:
        parent = kernel.WarmParent(*args, **options)
        parent.wait()
    except SandboxError as error:
        pytest.skip(str(error))
    try:
        yield parent
    finally:
        parent.close()
