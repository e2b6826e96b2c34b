import socket
import threading

import numpy as np
import pytest
import torch

from autograder.bridge import Peer, Remote, RemoteError
from autograder.wire import BridgeError, Channel


@pytest.fixture
def connect():
    """Start the student's side in a thread; returns the grader's peer and stand-ins for what is lent."""
    opened = []

    def start(*functions, lend_objects=True):
        ours, theirs = socket.socketpair()
        student = Peer(Channel(theirs), {"find": lambda number: functions[number]}, lend_objects=lend_objects)
        thread = threading.Thread(target=student.serve, daemon=True)
        thread.start()
        grader = Peer(Channel(ours, 5))
        opened.append((ours, theirs, thread))
        return grader, *(grader.ask("find", number) for number in range(len(functions)))

    yield start
    for ours, theirs, thread in opened:
        ours.close()
        thread.join(5)
        theirs.close()
        assert not thread.is_alive()


def test_a_call_travels_there_and_its_result_back(connect):
    _, add = connect(lambda x, *, by: x + by)
    assert isinstance(add, Remote)
    assert np.array_equal(add(np.arange(3), by=2), [2, 3, 4])


def test_a_function_passed_in_is_called_back(connect):
    _, twice = connect(lambda f, x: f(f(x)))
    seen = []

    def double(x):
        seen.append(x)
        return 2 * x

    assert twice(double, 3) == 12
    assert seen == [3, 6]


def test_calls_nest_as_deep_as_python_allows(connect):
    _, descend = connect(lambda f, n: f(n) if n else 0)

    def again(n):
        return 1 + descend(again, n - 1)

    assert descend(again, 20) == 20


def test_an_exception_comes_back_as_its_builtin_class_with_its_text_and_line(connect):
    class Special(ValueError):
        pass

    def fail(x):
        raise Special("too small")

    _, remote = connect(fail)
    with pytest.raises(ValueError, match="too small") as caught:
        remote(1)
    assert isinstance(caught.value, RemoteError)
    assert type(caught.value).__name__ == "Special"
    assert caught.value.own_line[1] == 'raise Special("too small")'


@pytest.mark.parametrize(
    "error", [SystemExit(0), KeyboardInterrupt(), NotImplementedError(), OSError(2, "x"), StopIteration()]
)
def test_even_an_exit_is_an_ordinary_error_here(connect, error):
    def fail():
        raise error

    _, remote = connect(fail)
    with pytest.raises(Exception) as caught:
        remote()
    assert type(caught.value).__name__ == type(error).__name__
    assert isinstance(caught.value, NotImplementedError) == isinstance(error, NotImplementedError)


def test_an_error_of_a_function_passed_in_reaches_both_sides(connect):
    def careful(f):
        try:
            f()
        except KeyError as error:
            return f"caught {error}"

    _, remote = connect(careful)

    def fail():
        raise KeyError("k")

    assert remote(fail) == "caught 'k'"


def test_changed_arguments_come_back_and_others_do_not(connect):
    def change(array, items, table, rng, tensor, untouched):
        array[0] = 9
        items.append(3)
        table["b"] = 2
        tensor.add_(1)
        return rng.random()

    _, remote = connect(change)
    array, items, table, tensor = np.zeros(2), [1], {"a": 1}, torch.zeros(2)
    rng, twin, untouched = np.random.default_rng(1), np.random.default_rng(1), np.zeros(3)
    drawn = remote(array, items, table, rng, tensor, untouched)
    assert drawn == twin.random()
    assert rng.random() == twin.random()
    assert (array.tolist(), items, table, tensor.tolist()) == ([9, 0], [1, 3], {"a": 1, "b": 2}, [1, 1])
    assert untouched.tolist() == [0, 0, 0]


def test_an_object_stays_where_it_is_and_keeps_its_state(connect):
    class Counter:
        def __init__(self):
            self.count = 0

        def step(self):
            self.count += 1

    _, make = connect(Counter)
    first, second = make(), make()
    first.step()
    first.step()
    assert (first.count, second.count) == (2, 0)
    with pytest.raises(AttributeError):
        _ = first.nothing


def test_private_attributes_are_out_of_reach_for_both(connect):
    grader, function = connect(lambda: 0)
    with pytest.raises(AttributeError):
        function.__globals__  # noqa: B018
    with pytest.raises(AttributeError):
        grader.ask("attribute", function._number, "__globals__")


def test_the_grader_lends_functions_only(connect):
    class Secret:
        answer = 42

    def look(secret):
        return getattr(secret, "answer", "nothing")

    _, remote = connect(look)
    assert remote(Secret()) == "nothing"


@pytest.mark.parametrize(
    "message",
    [
        ["answer"],
        ["answer", 1, 2],
        ["error", "text"],
        ["error", [["ValueError"], "text", [1]]],
        ["ask", "run", ["import os"]],
        ["ask", ["call"], []],
        ["ask", "call", [10**9, [], {}]],
        ["ask", "call", [True, [], {}]],
        ["boo"],
        [],
        None,
    ],
)
def test_nonsense_ends_the_conversation(message):
    from autograder import wire

    ours, theirs = socket.socketpair()
    with ours, theirs:
        Channel(theirs).send(*wire.encode(message))
        with pytest.raises(BridgeError):
            Peer(Channel(ours, 1)).ask("find", "f")


def test_a_forged_answer_to_a_call_is_no_more_than_a_malformed_one():
    from autograder import wire

    ours, theirs = socket.socketpair()
    with ours, theirs:
        Channel(theirs).send(*wire.encode(["answer", [1, [[99, 0]]]]))
        with pytest.raises(BridgeError, match="malformed answer"):
            Peer(Channel(ours, 1)).call(0, (), {})
