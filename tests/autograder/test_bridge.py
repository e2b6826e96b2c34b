import logging
import socket
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from autograder import models, wire
from autograder.bridge import Peer, Remote, RemoteError
from autograder.wire import BridgeError, Channel


@pytest.fixture
def connect():
    """Start the student's side in a thread; returns the grader's peer and stand-ins for what is lent."""
    opened = []

    def start(*functions, lends=True):
        ours, theirs = socket.socketpair()
        student = Peer(Channel(theirs), {"find": lambda number: functions[number]}, student=lends)
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


class Number:
    """A student's class that computes."""

    __array_ufunc__ = None

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Number(self.value + getattr(other, "value", other))

    def __rsub__(self, other):
        return Number(other - self.value)

    def __matmul__(self, other):
        return Number(self.value @ other.value)

    def __neg__(self):
        return Number(-self.value)

    def pair(self, other):
        return [other is self, other]


def test_objects_of_an_answer_compute_with_each_other(connect):
    _, make = connect(Number)
    two, three = make(2), make(3)
    assert (two + three).value == 5
    assert (two + 1.5).value == 3.5
    assert (10 - -three).value == 13
    assert (np.array([1.0, 2.0]) - two).value.tolist() == [-1, 0]
    assert (make(np.eye(2)) @ make(np.arange(2.0))).value.tolist() == [0, 1]
    with pytest.raises(TypeError, match="unsupported operand"):
        two * three


def test_what_goes_home_is_the_object_itself(connect):
    _, make, same = connect(Number, lambda *values: list(values))
    two = make(2)
    assert two.pair(two)[0] is True
    assert two.pair(make(2))[0] is False
    back = two.pair(two)[1]
    assert isinstance(back, Remote)
    assert back.value == 2
    check = lambda x: x
    assert same(check, [check])[1][0] is check
    _, name = connect(lambda x: type(x).__name__)
    assert name(two) == "Opaque"  # of another conversation


def test_nobody_computes_with_what_a_check_lends(connect):
    def add(f):
        return f + 1

    _, remote = connect(add)
    lent = Number(1)
    lent.__class__.__call__ = lambda self: 1
    try:
        with pytest.raises(BridgeError):
            remote(lent)
    finally:
        del Number.__call__


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


def test_an_item_bound_anew_arrives_as_another_and_a_change_in_place_in_the_same_array(connect):
    def step(params, table):
        params[0] -= 1
        params[1] = params[1] - 1
        table["inner"][0] += 5
        last = params[2][1]
        last *= 2

    _, remote = connect(step)
    first, second, third, inner = np.ones(2), np.ones(2), np.ones(3), np.zeros(1)
    params, table = [first, second, (7, third)], {"inner": [inner]}
    remote(params, {"inner": [np.zeros(1)]})
    assert params[0] is first
    assert params[1] is not second
    assert (first.tolist(), second.tolist(), params[1].tolist()) == ([0, 0], [1, 1], [0, 0])
    remote(params, table)
    assert inner.tolist() == [5]
    assert third.tolist() == [4, 4, 4]


def test_the_items_of_an_object_can_be_gone_through(connect):
    class Tiles:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            if not 0 <= index < 3:
                raise IndexError(index)
            return np.full(2, index)

    def count(n):
        yield from range(n)

    _, make, counted = connect(Tiles, count)
    tiles = make()
    assert len(tiles) == 3
    assert tiles[2].tolist() == [2, 2]
    with pytest.raises(IndexError):
        tiles[3]
    assert [tile.tolist() for tile in tiles] == [[0, 0], [1, 1], [2, 2]]
    assert list(counted(4)) == [0, 1, 2, 3]
    with pytest.raises(TypeError):
        len(counted(4))


def test_threads_of_an_answer_call_back_one_after_the_other(connect):
    def answer(ask):
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(ask, range(40)))

    _, remote = connect(answer)
    assert remote(lambda number: number * 2) == list(range(0, 80, 2))


def test_next_and_for_take_from_the_same_iterator(connect):
    def count():
        yield from range(5)

    _, remote = connect(count)
    items = remote()
    assert [next(items), next(items)] == [0, 1]
    assert list(items) == [2, 3, 4]
    assert next(items, "over") == "over"


def test_an_iterator_changes_the_callers_arguments_item_by_item(connect):
    def shuffled(array, rng):
        rng.shuffle(array)
        for item in array:
            yield item
            item += rng.integers(10)

    _, remote = connect(shuffled)
    rows, rng = np.arange(6.0).reshape(3, 2), np.random.default_rng(4)
    twins, twin = rows.copy(), np.random.default_rng(4)
    for came, wanted in zip(remote(rows, rng), shuffled(twins, twin), strict=True):
        assert came.tolist() == wanted.tolist()
        assert rows.tolist() == twins.tolist()
        assert rng.bit_generator.state == twin.bit_generator.state
    assert rows.tolist() == twins.tolist()


def test_an_array_passed_twice_is_the_same_object_with_what_it_holds_now(connect):
    seen = {}

    def place(array):
        return seen.setdefault(id(array), len(seen)), array[0]

    def last():
        return array_kept

    def keep(array):
        nonlocal array_kept
        array_kept = array

    array_kept = None
    _, place_of, keep_it, what_was_kept = connect(place, keep, last)
    first, second = np.zeros(2), np.zeros(2)
    assert [place_of(array)[0] for array in (first, second, first, first.view(), first)] == [0, 1, 0, 2, 0]
    first[0] = 5
    assert place_of(first) == (0, 5)
    keep_it(second)
    second += 3
    place_of(second)
    assert what_was_kept().tolist() == [3, 3]  # the caller's array, as in a notebook


def test_copies_of_arrays_that_are_gone_are_dropped(connect):
    living = []

    def look(array):
        living.append(weakref.ref(array))
        return sum(reference() is not None for reference in living)

    _, remote = connect(look)
    assert max(remote(np.zeros(100)) for _ in range(20)) <= 3


def test_a_student_gives_no_numbers_to_arrays():
    ours, theirs = socket.socketpair()
    Channel(theirs).send(*wire.encode(["answer", np.zeros(2)], number=lambda array: 0))
    with pytest.raises(BridgeError, match="malformed"):
        Peer(Channel(ours, 5)).ask("find", "f")
    ours.close()
    theirs.close()


def test_a_method_called_often_is_lent_once(connect):
    class Counter:
        def step(self):
            return 1

    _, make = connect(Counter)
    counter = make()
    assert sum(counter.step() for _ in range(100)) == 100
    assert counter.step._number == counter.step._number


def model(inplace=True):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        layers = torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.ReLU(inplace=inplace)
        return torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(3 * 4 * 3, 2))


def test_a_model_travels_there_and_shows_what_was_left_behind_in_it(connect):
    def spoil(net, images):
        net(images).sum().backward()
        net[1].eval()
        net[0].register_forward_hook(print)
        net[4].weight.requires_grad_(False)
        with torch.no_grad():
            net[4].bias += 1
        return net(images)

    _, remote, harmless = connect(spoil, lambda net, images: net(images))
    net, twin, images = model(), model(), torch.randn(2, 2, 6, 5)
    assert torch.equal(harmless(net, images), twin(images).detach())
    assert net[1].num_batches_tracked == 1  # of the forward pass in training mode
    net, twin = model(), model()
    remote(net, images)
    twin(images).sum().backward()
    assert torch.equal(net[0].weight.grad, twin[0].weight.grad)
    assert [part.training for part in net] == [True, False, True, True, True]
    assert len(net[0]._forward_hooks) == 1
    assert not net[4].weight.requires_grad
    assert torch.equal(net[4].bias, twin[4].bias + 1)


def test_a_model_with_other_parts_is_marked(connect):
    def behead(net):
        net[4] = torch.nn.Linear(1, 1)
        net.append(torch.nn.ReLU())

    def tame(net):
        net[2] = torch.nn.Softplus()

    for spoil in (behead, tame):
        _, remote = connect(spoil)
        net = model()
        remote(net)
        assert "changed_by_the_answer" in dict(net.named_modules())


def test_a_hook_of_the_caller_that_an_answer_removed_is_gone(connect):
    def clear(net):
        net[0]._forward_hooks.clear()

    _, remote = connect(clear)
    net = model()
    for part in net[:2]:
        part.register_forward_hook(logging.getLogger("caller").debug)
    remote(net)
    assert [len(part._forward_hooks) for part in net[:2]] == [0, 1]


def test_a_model_of_a_class_that_only_the_check_knows_is_refused_with_a_reason(connect):
    class Own(torch.nn.Module):
        pass

    _, remote = connect(lambda net: net)
    with pytest.raises(TypeError, match=r"build it from torch\.nn"):
        remote(Own())


def test_a_model_that_the_answer_returns_stays_on_its_side(connect):
    _, make = connect(lambda: torch.nn.Linear(2, 1))
    net = make()
    assert isinstance(net, Remote)
    assert net(torch.zeros(3, 2)).shape == (3, 1)


def test_nothing_that_a_student_sends_is_unpacked(connect):
    grader, _ = connect(print)
    with pytest.raises(BridgeError):
        wire.decode(b'{"p":0}', [models.pack(torch.nn.ReLU())], grader._import)


def test_what_was_changed_shows_also_after_an_error(connect):
    def fail(net, numbers):
        net[0].register_forward_hook(print)
        numbers[0] = 7
        raise ValueError("too late")

    _, remote = connect(fail)
    net, numbers = model(), np.zeros(2)
    with pytest.raises(ValueError, match="too late"):
        remote(net, numbers)
    assert len(net[0]._forward_hooks) == 1
    assert numbers.tolist() == [7, 0]


def test_a_generator_has_other_children_in_every_call_and_the_same_for_equal_seeds(connect):
    def draw(rng):
        return [child.integers(2**60) for child in rng.spawn(2)]

    _, remote = connect(draw)
    rng, twin, other = (np.random.default_rng(seed) for seed in (5, 5, 6))
    came = remote(rng) + remote(rng)
    assert remote(twin) + remote(twin) == came
    assert len({*came, *remote(other)}) == 6
    assert rng.bit_generator.seed_seq.n_children_spawned == 4
    assert rng.random() == np.random.default_rng(5).random()


def test_the_seed_of_a_generator_does_not_travel(connect):
    _, remote = connect(lambda rng: rng.bit_generator.seed_seq.entropy)
    assert 1234567 not in remote(np.random.default_rng(1234567))


def test_switches_of_torch_are_told_and_as_before_for_the_next_answer(connect):
    def leave_behind():
        torch.set_grad_enabled(False)
        torch.autocast("cpu", torch.bfloat16).__enter__()

    _, leave, ask = connect(leave_behind, lambda: [torch.is_grad_enabled(), torch.is_autocast_enabled("cpu")])
    try:
        leave()
        assert models.switches() == (False, True)  # told here
    finally:
        models.switch(*models.USUAL)
    assert ask() == [True, False]
