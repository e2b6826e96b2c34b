"""The checks say the same of an answer in another process as of one in their own."""

import re
import sys
from pathlib import Path

import pytest

from autograder import markers, sandbox
from autograder.bridge import DISCREET, Peer
from autograder.checker import Checker

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")


@pytest.fixture(scope="module")
def warm(warm_parent):
    with warm_parent(sandbox.Limits()) as parent:
        yield parent


@pytest.fixture
def peer(warm):
    child = warm.fork()
    yield Peer(child.channel)
    child.close()


def words(verdict, variant, name):
    """A verdict's message; the line it quotes, and the words of an error, depend on the place."""
    said = re.sub(r"\nIn your line \d+: .*", "", verdict.message.replace(variant, name))
    return re.sub(r"stopped with .*", "stopped", said)


def agree(came, wanted):
    """Whether two messages say the same; in hidden tests, and after them, the words of an error are kept back."""
    return re.fullmatch(re.escape(came).replace(re.escape(DISCREET), ".*"), wanted, re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("path", markers.units(ROOT), ids=lambda path: path.stem)
def test_every_answer_gets_the_same_verdict_behind_the_walls(path, warm, every_answer):
    assignment = markers.read(path)
    imports = next(cell for cell in assignment.cells if cell.kind == "code")
    for name, exercise, came, wanted in every_answer(assignment, warm, [imports]):
        assert [v.points for v in came] == [v.points for v in wanted], name
        for one, other in zip(came, wanted, strict=True):
            told = words(one, name, exercise), words(other, name, exercise)
            assert agree(*told), (name, *told)


def test_an_answer_that_is_not_there_gets_nothing_and_is_told_so(course, peer):
    assignment = markers.read(course.source)
    (exercise,) = assignment.exercises
    verdicts = [Checker(assignment).check(check, peer) for check in exercise.checks]
    assert [verdict.points for verdict in verdicts] == [0, 0]
    assert "no `double` in the notebook" in verdicts[0].message


def test_an_answer_that_is_no_function_gets_nothing(course, peer):
    assignment = markers.read(course.source)
    (exercise,) = assignment.exercises
    peer.ask("run", "double = 7")
    verdicts = [Checker(assignment).check(check, peer) for check in exercise.checks]
    assert not any(verdict.points for verdict in verdicts)


def test_the_checker_runs_no_answer_and_no_demonstration(course):
    text = course.source.read_text()
    course.source.write_text(text + "\n\n# %%\nraise SystemExit('a demonstration ran')\n")
    assert Checker(markers.read(course.source)).checks


def test_a_check_may_use_a_constant_of_a_cell_above(course):
    course.edit(
        "from cnnlib import expect\n", "from cnnlib import expect\n\nWANTED, WORDS = [6.0], {'double': 'twice'}\n"
    )
    course.edit('[6.0], "double([3])"', 'WANTED, WORDS["double"]')
    assignment = markers.read(course.source)
    (exercise,) = assignment.exercises
    Checker(assignment).checks[exercise.checks[0].name](lambda x: 2 * x)
