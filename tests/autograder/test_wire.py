import contextlib
import json
import math
import socket

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder import wire

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.complex_numbers()
keys = st.integers() | st.text(max_size=5) | st.tuples(st.integers(), st.booleans())
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
numbers = arrays.arrays(
    st.sampled_from([np.float64, np.float32, np.int8, np.uint16, np.int64, np.bool_, np.complex128]),
    arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)


def travel(value):
    return wire.decode(*wire.encode(value))


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b or repr(a) == repr(b)  # NaN


@given(plain)
def test_plain_data_arrives_as_it_was(value):
    assert same(travel(value), value)


@given(numbers)
def test_arrays_arrive_with_their_dtype_and_shape(array):
    came = travel(array)
    assert type(came) is np.ndarray
    assert (came.dtype, came.shape) == (array.dtype, array.shape)
    assert np.array_equal(came, array, equal_nan=came.dtype.kind in "fc")


@pytest.mark.parametrize(
    "value",
    [range(3, 30, 4), slice(1, None, 2), {1, 2}, b"bytes", np.float32(1.5), np.int64(7), np.bool_(True), 10**400, -0.0],
)
def test_other_types_arrive_as_they_were(value):
    came = travel(value)
    assert type(came) is type(value)
    assert came == value
    assert math.copysign(1, came) == math.copysign(1, value) if isinstance(value, float) else True


def test_an_array_by_columns_stays_one():
    came = wire.decode(*wire.encode(np.asfortranarray(np.arange(6.0).reshape(2, 3))))
    assert came.flags.f_contiguous
    assert not came.flags.c_contiguous
    assert came.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_an_array_with_gaps_stays_one():
    array = np.arange(12.0).reshape(3, 4)[:, ::2]
    came = travel(array)
    assert not came.flags.c_contiguous
    assert np.array_equal(came, array)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64, torch.int64, torch.bool])
def test_tensors_arrive_as_tensors(dtype):
    tensor = torch.tensor([[0, 1], [1, 0]]).to(dtype)
    came = travel(tensor.requires_grad_(dtype.is_floating_point))
    assert came.dtype == dtype
    assert came.requires_grad == dtype.is_floating_point
    assert torch.equal(came.detach(), tensor.detach())


def test_a_generator_goes_on_where_it_was():
    rng = np.random.default_rng(3)
    rng.random(5)
    assert travel(rng).random() == rng.random()


def test_what_does_not_travel_arrives_as_a_short_text():
    for value in [(n for n in range(3)), object(), np.array([None, "a"], object), np.array(["text"]), print]:
        came = travel(value)
        assert isinstance(came, wire.Opaque)
        assert len(repr(came)) <= 200


class Liar(np.ndarray):
    def __eq__(self, other):
        return np.True_


class Text(str):
    __slots__ = ()

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


def test_subclasses_arrive_as_their_plain_base():
    assert type(travel(np.ones(3).view(Liar))) is np.ndarray
    assert type(travel(Text("a"))) is str
    assert type(travel(np.str_("a"))) is str
    assert type(travel(np.array("a"))) is str
    assert type(travel(torch.Size([1, 2]))) is tuple
    assert type(travel(torch.nn.Parameter(torch.ones(2)))) is torch.Tensor


def test_a_repr_that_raises_is_no_way_out():
    class Rude:
        def __repr__(self):
            raise ValueError

    assert repr(travel(Rude())) == "<Rude>"


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(list(wire.READERS)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*wire.READERS, "?"]), inner, max_size=2)
    ),
    max_leaves=25,
)


@given(json_like, st.lists(st.binary(max_size=64), max_size=3))
def test_a_hostile_header_is_refused_or_harmless(tree, buffers):
    with contextlib.suppress(wire.BridgeError):
        wire.decode(json.dumps(tree).encode(), buffers)


@given(st.binary(max_size=200))
def test_hostile_bytes_are_refused(data):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(wire.BridgeError):
            while True:
                wire.decode(*wire.Channel(ours, 1).receive())


@pytest.mark.parametrize(("words", "children"), [([1], -1), ([1], 2**70), (["x"], 0), ([-1], 0), ([1], {"d": []})])
def test_a_generator_of_impossible_descent_is_refused(words, children):
    header, buffers = wire.encode(np.random.default_rng(1))
    tree = json.loads(header)
    tree["g"][1:] = [words, children]
    with pytest.raises(wire.BridgeError):
        wire.decode(json.dumps(tree).encode(), buffers)


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 100_000,
        b'{"a":["<f8",[1000000000,1000000000],0]}',
        b'{"a":["|O",[1],0]}',
        b'{"a":["a",[1],0]}',
        b'{"a":["<f8",[-1],0]}',
        b'{"a":["<f8",[1],7]}',
        b'{"i":"' + b"f" * 100_000 + b'"}',
        b'{"g":{"d":[["bit_generator","os.system"]]}}',
        b'{"f":[0,"function","f"]}',
        b'{"__reduce__":[]}',
        b'{"a":1,"b":2}',
        b"\xff\xfe",
    ],
)
def test_typical_attacks_on_the_decoder(header):
    with pytest.raises(wire.BridgeError):
        wire.decode(header, [b"\0" * 8])


def test_a_message_larger_than_allowed_is_refused_before_it_is_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.HEADER.pack(10, wire.ARRAYS_LIMIT + 1))
        with pytest.raises(wire.BridgeError, match="larger than allowed"):
            wire.Channel(ours, 1).receive()


def test_a_late_message_is_given_up():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\0")
        with pytest.raises(wire.BridgeError, match="late"):
            wire.Channel(ours, 0.05).receive()
