"""Random damage to the released notebook: intake lets a notebook in or refuses it, and nothing else, quickly."""

import copy
import json
import socket
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_course import SmallCourse

from autograder import build, intake, markers, wire
from autograder.bridge import Peer, Remote, RemoteError
from autograder.errors import Rejected
from autograder.wire import BridgeError, Channel

NAMES = ("cells", "metadata", "source", "nbgrader", "grade_id", "cell_type", "id", "outputs", "nbformat", "double",
         "check_double_one", "check_double_many", "code", "markdown", "raw", "kernelspec", "language", "x")  # fmt: skip
STRANGE = [
    None, True, 0, -1, 4, 1.5, float("nan"), float("inf"), 10**400, "", "\x00", "\ud800", "\u202e", "é" * 300, [], {},
    [[]], [{}], {"": ""}, "x" * 2_000, ["x"] * 200, "def double(x", "1\f\n \t 2", "\\\n", "(" * 1000,
    "-" * 3000 + "1", "a." * 1500 + "a", "é = 1\nx = '\ud800'",
]  # fmt: skip
LONGEST = 5.0  # seconds for one notebook; most take milliseconds


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value] if depth % 2 else {"n": value}
    return value


VALUES = st.one_of(
    st.sampled_from(STRANGE),
    st.sampled_from(NAMES),
    st.integers(1, 800).map(nested),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(NAMES),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
        max_leaves=10,
    ),
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["set", "delete", "double", "rename", "swap", "mix"]), st.integers(0, 10**6), VALUES),
    min_size=1, max_size=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    return markers.read(SmallCourse(tmp_path_factory.mktemp("fuzz") / "course").source)


@pytest.fixture(scope="module")
def notebook(assignment):
    return json.loads(json.dumps(build.instructor_notebook(assignment)))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("handed") / "01_double.ipynb"


def places(tree):
    """All pairs of a container and a key in it."""
    found, waiting = [], [tree]
    while waiting:
        container = waiting.pop()
        keys = container if isinstance(container, dict) else range(len(container))
        for key in list(keys):
            found.append((container, key))
            if isinstance(container[key], dict | list):
                waiting.append(container[key])
    return found


def changed(notebook, changes):
    """A copy of the notebook with some changes."""
    tree = copy.deepcopy(notebook)
    for how, where, value in changes:
        choices = places(tree)
        if not choices:
            break
        container, key = choices[where % len(choices)]
        other, other_key = choices[(7 * where + 3) % len(choices)]
        if how == "set":
            container[key] = value
        elif how == "delete":
            del container[key]
        elif how == "double" and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        elif how == "rename" and isinstance(container, dict):
            container[str(value)[:50]] = container.pop(key)
        elif how == "swap":
            container[key], other[other_key] = copy.deepcopy(other[other_key]), copy.deepcopy(container[key])
        elif how == "mix":
            container[key] = copy.deepcopy(other[other_key])
    return tree


def hand_in(file, data, assignment):
    """Read a file as intake does; None when it was refused by name."""
    file.write_bytes(data)
    started = time.monotonic()
    try:
        submission = intake.read(file, assignment)
    except Rejected as error:
        assert str(error).startswith("01_double.ipynb ")
        submission = None
    assert time.monotonic() - started < LONGEST
    return submission


def assert_whole(submission, assignment):
    wanted = Counter(check.name for exercise in assignment.exercises for check in exercise.checks)
    assert Counter(step.check.name for step in submission.steps if step.check is not None) == wanted
    for step in submission.steps:
        assert isinstance(step.source, str)
        assert step.check is None or not step.runs
        step.source.encode("utf-8", "replace")
    assert all(isinstance(note, str) for note in submission.notes)


COMMON = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@COMMON
@given(changes=CHANGES)
def test_a_changed_notebook_is_refused_or_has_every_check_once(assignment, notebook, file, changes):
    submission = hand_in(file, json.dumps(changed(notebook, changes)).encode(), assignment)
    if submission is not None:
        assert_whole(submission, assignment)


@COMMON
@given(data=st.data())
def test_changed_bytes_are_refused_or_have_every_check_once(assignment, notebook, file, data):
    text = bytearray(json.dumps(notebook).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        text[start:end] = data.draw(
            st.binary(max_size=20) | st.sampled_from([b"[" * 3000, b"\xef\xbb\xbf", b"\\ud800"])
        )
    submission = hand_in(file, bytes(text), assignment)
    if submission is not None:
        assert_whole(submission, assignment)


@COMMON
@given(value=VALUES)
def test_any_json_at_all_is_refused_or_read(assignment, file, value):
    submission = hand_in(file, json.dumps(value).encode(), assignment)
    assert submission is None


@COMMON
@given(
    sources=st.lists(st.sampled_from([value for value in STRANGE if isinstance(value, str)]) | st.text(), max_size=6)
)
def test_students_cells_hold_any_text(assignment, notebook, file, sources):
    tree = copy.deepcopy(notebook)
    short = [source for source in sources if len(source) < intake.LONGEST]
    tree["cells"][2:2] = [{"cell_type": "code", "metadata": {}, "source": source, "outputs": []} for source in short]
    submission = hand_in(file, json.dumps(tree).encode(), assignment)
    assert submission is not None
    assert_whole(submission, assignment)
    assert [step.source for step in submission.steps if not step.name and step.kind == "code"] == short


MESSAGES = st.one_of(
    VALUES,
    st.tuples(st.sampled_from(["answer", "error", "ask", "", "call"]), VALUES).map(list),
    st.tuples(VALUES, st.lists(st.tuples(st.integers(-3, 3) | VALUES, VALUES), max_size=3)).map(
        lambda answer: ["answer", list(answer)]
    ),
    st.tuples(st.lists(st.text(max_size=9) | VALUES, max_size=3), VALUES, VALUES).map(lambda e: ["error", list(e)]),
    st.tuples(
        st.sampled_from(["call", "attribute", "run", "find", "_call"]), VALUES | st.lists(VALUES, max_size=4)
    ).map(lambda question: ["ask", *question]),
)


@COMMON
@given(messages=st.lists(MESSAGES, min_size=1, max_size=4))
def test_whatever_a_student_replies_a_call_gives_a_value_or_one_of_two_errors(messages):
    ours, theirs = socket.socketpair()
    argument = [1, 2]
    with ours, theirs:
        student = Channel(theirs, 5)
        for message in messages:
            student.send(*wire.encode(message))
        theirs.shutdown(socket.SHUT_WR)
        grader = Peer(Channel(ours, 5))
        number = grader.lend(argument.append)
        try:
            result = Remote(grader, number, "function", "f")(argument)
        except (RemoteError, BridgeError):
            return
    wire.encode(result)
    assert isinstance(argument, list)
