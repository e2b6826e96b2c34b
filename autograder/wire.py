"""Plain data between the checker and a student's process: encoded, bounded, rebuilt as exact types.

What arrives is never executed or unpickled. A message is a JSON header and the raw memory of its arrays; the
receiver checks sizes before it reads, shapes and dtypes before it builds. Values outside the vocabulary become
`Opaque`: their type's name and a short text.

Vocabulary: None, bool, int of any size, float, complex, str, bytes, list, tuple, dict, set, range, slice, arrays and
scalars of NumPy, tensors of torch, random generators, and functions, which stay where they are and are called back;
one that comes home is the function itself.
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

HEADER, COUNT = struct.Struct("!IQ"), struct.Struct("!I")  # bytes of the JSON header, of all arrays; of their sizes
JSON = json.JSONEncoder(separators=(",", ":"))
DEPTH, ITEMS, TEXT = 40, 1_000_000, 10_000
MEGABYTE = 1 << 20
AT_LEAST = 1 << 16  # bytes to ask for at a time
HEADER_LIMIT, ARRAYS_LIMIT = 32 * MEGABYTE, 256 * MEGABYTE
KINDS = frozenset("biufc")  # of dtypes that are numbers
NUMBERS = re.compile(r"[<|][biufc]\d{1,2}")  # as NumPy writes such a dtype, little-endian
TORCH = {
    "bool": "?", "uint8": "u1", "int8": "i1", "int16": "<i2", "int32": "<i4", "int64": "<i8",
    "float16": "<f2", "bfloat16": "<i2", "float32": "<f4", "float64": "<f8", "complex64": "<c8", "complex128": "<c16",
}  # fmt: skip


class BridgeError(BaseException):
    """A message is too large, malformed or late; the conversation is over.

    No `Exception`, so that a check which expects an answer to raise does not take it for one.
    """


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that does not travel, for messages: `came <generator object …>`."""

    type_name: str
    text: str

    def __repr__(self) -> str:
        return self.text


Export = Callable[[Any], tuple[int, str, str] | int | None]


def encode(
    value: Any,
    export: Export | None = None,
    pack: Callable[[Any], bytes | None] | None = None,
    number: Callable[[np.ndarray[Any, Any]], int] | None = None,
) -> tuple[bytes, list[bytes]]:
    """Turn a value into a JSON header and the memory of its arrays.

    Args:
        value: anything; what is outside the vocabulary becomes opaque.
        export: lends a value that does not travel: a number, its type's name, a short text. For what the other side
            lent, its number there. None where it is not lent.
        pack: turns a value into bytes that `unpack` rebuilds, or returns None.
        number: tells an array from others that are equal.

    >>> encode({"kernel": (3, 3)})
    (b'{"d":[["kernel",{"t":[3,3]}]]}', [])
    >>> header, (memory,) = encode(np.float32([1, 2]))
    >>> header, len(memory)
    (b'{"a":["<f4",[2],0]}', 8)
    """
    buffers: list[bytes] = []
    tree = _Writer(buffers, export, pack, number).tree(value, 0)
    return JSON.encode(tree).encode(), buffers


def decode(
    header: bytes,
    buffers: list[bytes],
    import_: Callable[[int, str, str], Any] | None = None,
    unpack: Callable[[bytes], Any] | None = None,
    renew: Callable[[int, np.ndarray[Any, Any]], np.ndarray[Any, Any]] | None = None,
    home: Callable[[int], Any] | None = None,
) -> Any:
    """Rebuild a value; the inverse of `encode`.

    Args:
        header: JSON, as `encode` made it, or hostile.
        buffers: the memory of the arrays, in their order.
        import_: makes the stand-in for what the other side lent; None refuses it.
        unpack: rebuilds what `pack` made; None refuses it.
        renew: takes the number and the content of an array and returns the array to use; None refuses numbers.
        home: finds what this side lent and gets back; None refuses it.

    Raises:
        BridgeError: the header is no such tree, or does not fit the buffers.

    >>> decode(*encode([1.5, None, 10**20, {"k": (True, "a")}]))
    [1.5, None, 100000000000000000000, {'k': (True, 'a')}]
    """
    try:
        tree = json.loads(header)
        return _Reader(buffers, import_, unpack, renew, home).value(tree, 0)
    except BridgeError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, MemoryError) as error:
        raise BridgeError(f"a malformed message ({type(error).__name__})") from None


class Channel:
    """A stream socket that carries messages; all of them share a deadline, moved by `allow`.

    Args:
        connection: a connected stream socket; the channel owns it.
        seconds: until the deadline; infinite if left out.
    """

    def __init__(self, connection: socket.socket, seconds: float = math.inf) -> None:
        self.connection = connection
        self.came = bytearray()
        self.allow(seconds)

    def allow(self, seconds: float) -> None:
        """Give whatever comes next so many seconds, all together."""
        self.deadline = time.monotonic() + seconds

    def send(self, header: bytes, buffers: list[bytes]) -> None:
        """Send one message.

        Raises:
            BridgeError: the other side is gone or does not read.
        """
        sizes = JSON.encode([len(buffer) for buffer in buffers]).encode()
        head = COUNT.pack(len(sizes)) + sizes + header
        total = sum(map(len, buffers))
        if len(head) > HEADER_LIMIT or total > ARRAYS_LIMIT:
            raise BridgeError(
                f"a message of {(len(head) + total) / MEGABYTE:.0f} MB: at most {ARRAYS_LIMIT // MEGABYTE}"
            )
        try:
            self.connection.settimeout(self._left())
            # One piece: whoever waits is woken once
            self.connection.sendall(b"".join((HEADER.pack(len(head), total), head, *buffers)))
        except TimeoutError:
            raise BridgeError("late") from None
        except OSError as error:
            raise BridgeError(f"the other side is gone ({error.strerror})") from None

    def receive(self) -> tuple[bytes, list[bytes]]:
        """Wait for one message.

        Raises:
            BridgeError: late, too large, malformed, or the other side is gone.
        """
        head_size, total = HEADER.unpack(self._read(HEADER.size))
        if head_size > HEADER_LIMIT or total > ARRAYS_LIMIT:
            raise BridgeError("a message larger than allowed")
        head = self._read(head_size)
        try:
            (count,) = COUNT.unpack_from(head)
            sizes = json.loads(head[4 : 4 + count])
            if not all(type(size) is int and size >= 0 for size in sizes) or sum(sizes) != total:
                raise ValueError
        except (ValueError, TypeError, struct.error, RecursionError):
            raise BridgeError("a malformed message (sizes)") from None
        return head[4 + count :], [self._read(size) for size in sizes]

    def close(self) -> None:
        """Close the socket."""
        self.connection.close()

    def _left(self) -> float | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise BridgeError("late")
        return None if left == math.inf else left

    def _read(self, size: int) -> bytes:
        """Take bytes from what has come, and wait for more where that is too little."""
        while len(self.came) < size:
            self.connection.settimeout(self._left())
            try:
                part = self.connection.recv(max(AT_LEAST, min(size - len(self.came), MEGABYTE)))
            except TimeoutError:
                raise BridgeError("late") from None
            except OSError as error:
                raise BridgeError(f"the other side is gone ({error.strerror})") from None
            if not part:
                raise BridgeError("the other side is gone")
            self.came += part
        taken = bytes(memoryview(self.came)[:size])
        del self.came[:size]
        return taken


class _Writer:
    def __init__(
        self,
        buffers: list[bytes],
        export: Export | None,
        pack: Callable[[Any], bytes | None] | None,
        number: Callable[[np.ndarray[Any, Any]], int] | None,
    ) -> None:
        self.buffers, self.export, self.pack, self.number, self.items = buffers, export, pack, number, 0

    def tree(self, value: Any, depth: int) -> Any:
        self.items += 1
        if depth > DEPTH or self.items > ITEMS:
            return _opaque(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str(value)
        if isinstance(value, np.generic | np.ndarray):
            return self._array(value)
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            return self._tensor(torch, value)
        if isinstance(value, int):
            return int(value) if abs(value) < 2**53 else {"i": hex(value)}
        if isinstance(value, float):
            return float(value)
        return self._container(value, depth + 1)

    def _container(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return [self.tree(item, depth) for item in value]
        if isinstance(value, tuple):
            return {"t": [self.tree(item, depth) for item in value]}
        if isinstance(value, dict):
            return {"d": [[self.tree(key, depth), self.tree(item, depth)] for key, item in value.items()]}
        if isinstance(value, set | frozenset):
            return {"s": [self.tree(item, depth) for item in value]}
        if isinstance(value, range):
            return {"r": [self.tree(n, depth) for n in (value.start, value.stop, value.step)]}
        if isinstance(value, slice):
            return {"x": [self.tree(n, depth) for n in (value.start, value.stop, value.step)]}
        if isinstance(value, complex):
            return {"c": [value.real, value.imag]}
        if isinstance(value, bytes | bytearray):
            self.buffers.append(bytes(value))
            return {"b": len(self.buffers) - 1}
        if isinstance(value, np.random.Generator):
            return {"g": self.tree([value.bit_generator.state, *_seed(value.bit_generator)], depth)}
        packed = self.pack(value) if self.pack is not None else None
        if packed is not None:
            self.buffers.append(packed)
            return {"p": len(self.buffers) - 1}
        lent = self.export(value) if self.export is not None else None
        if isinstance(lent, int):
            return {"h": lent}
        return {"f": list(lent)} if lent is not None else _opaque(value)

    def _array(self, value: Any) -> Any:
        dtype = value.dtype.newbyteorder("<")
        if dtype.kind == "U" and value.shape == ():
            return str(np.asarray(value)[()])
        if dtype.kind not in KINDS:
            return {"o": [f"{type(value).__name__} of dtype {dtype}"[:TEXT], text(value)]}
        array = np.asarray(value)
        by_column = array.flags.f_contiguous and not array.flags.c_contiguous
        self.buffers.append(np.ascontiguousarray(array, dtype).tobytes())
        key = "n" if isinstance(value, np.generic) else "a" if array.flags.c_contiguous else "F" if by_column else "v"
        numbers = [self.number(value)] if self.number is not None and type(value) is np.ndarray else []
        return {key: [dtype.str, list(array.shape), len(self.buffers) - 1, *numbers]}

    def _tensor(self, torch: Any, value: Any) -> Any:
        name = str(value.dtype).removeprefix("torch.")
        plain = value.detach().cpu()
        if name not in TORCH or plain.layout is not torch.strided:
            return _opaque(value)
        plain = plain.resolve_conj().resolve_neg().contiguous()
        array = (plain.view(torch.int16) if name == "bfloat16" else plain).numpy()
        self.buffers.append(array.tobytes())
        return {"T": [name, list(array.shape), len(self.buffers) - 1, bool(value.requires_grad)]}


class _Reader:
    def __init__(
        self,
        buffers: list[bytes],
        import_: Callable[[int, str, str], Any] | None,
        unpack: Callable[[bytes], Any] | None,
        renew: Callable[[int, np.ndarray[Any, Any]], np.ndarray[Any, Any]] | None,
        home: Callable[[int], Any] | None,
    ) -> None:
        self.buffers, self.items = buffers, 0
        self.import_, self.unpack, self.renew, self.home = import_, unpack, renew, home

    def value(self, tree: Any, depth: int) -> Any:
        self.items += 1
        if depth > DEPTH or self.items > ITEMS:
            raise BridgeError("a message nested too deeply or with too many items")
        if isinstance(tree, list):
            return [self.value(item, depth + 1) for item in tree]
        if not isinstance(tree, dict):
            return tree
        ((key, body),) = tree.items()
        return getattr(self, f"_{READERS[key]}")(body, depth + 1)

    def _integer(self, body: Any, _: int) -> int:
        if not isinstance(body, str) or len(body) > TEXT:
            raise ValueError
        return int(body, 16)

    def _tuple(self, body: Any, depth: int) -> tuple[Any, ...]:
        return tuple(self.value(item, depth) for item in body)

    def _dict(self, body: Any, depth: int) -> dict[Any, Any]:
        return {self.value(key, depth): self.value(item, depth) for key, item in body}

    def _set(self, body: Any, depth: int) -> set[Any]:
        return {self.value(item, depth) for item in body}

    def _range(self, body: Any, depth: int) -> range:
        made = range(*(self.value(n, depth) for n in body))
        if len(made) > ITEMS:
            raise BridgeError("a range with too many items")
        return made

    def _slice(self, body: Any, depth: int) -> slice:
        return slice(*(self.value(n, depth) for n in body))

    def _complex(self, body: Any, _: int) -> complex:
        real, imag = body
        return complex(float(real), float(imag))

    def _bytes(self, body: Any, _: int) -> bytes:
        return self._memory(body)

    def _packed(self, body: Any, _: int) -> Any:
        if self.unpack is None:
            raise ValueError
        return self.unpack(self._memory(body))

    def _lent(self, body: Any, _: int) -> Any:
        number, type_name, short = body
        if self.import_ is None or type(number) is not int:
            raise ValueError
        return self.import_(number, str(type_name)[:TEXT], str(short)[:TEXT])

    def _returned(self, body: Any, _: int) -> Any:
        if self.home is None or type(body) is not int:
            raise ValueError
        return self.home(body)

    def _opaque(self, body: Any, _: int) -> Opaque:
        type_name, short = body
        return Opaque(str(type_name)[:TEXT], str(short)[:TEXT])

    def _generator(self, body: Any, depth: int) -> np.random.Generator:
        state, words, children = self.value(body, depth)
        maker = {"PCG64": np.random.PCG64, "PCG64DXSM": np.random.PCG64DXSM, "Philox": np.random.Philox}
        bits = maker.get(state["bit_generator"], np.random.MT19937)(
            np.random.SeedSequence(words, n_children_spawned=children)
        )
        bits.state = state
        return np.random.Generator(bits)

    def _array(self, body: Any, _: int) -> np.ndarray[Any, Any]:
        return self._renewed(body, self._content(body))

    def _view(self, body: Any, _: int) -> np.ndarray[Any, Any]:
        """An array that was not contiguous stays one with gaps."""
        array = self._content(body)
        gaps = np.empty((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)[..., ::2]
        gaps[...] = array
        return self._renewed(body, gaps)

    def _by_column(self, body: Any, _: int) -> np.ndarray[Any, Any]:
        """An array whose columns lie in one piece, as Fortran keeps them."""
        return self._renewed(body, np.asfortranarray(self._content(body)))

    def _content(self, body: Any) -> np.ndarray[Any, Any]:
        kind, shape, index = body[:3]
        if not NUMBERS.fullmatch(str(kind)):
            raise ValueError
        return np.frombuffer(self._memory(index), str(kind)).reshape(_shape(shape)).copy()

    def _renewed(self, body: Any, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if len(body) == 3:
            return array
        (number,) = body[3:]
        if self.renew is None or type(number) is not int:
            raise ValueError
        return self.renew(number, array)

    def _scalar(self, body: Any, _: int) -> Any:
        return self._content(body)[()]

    def _tensor(self, body: Any, _: int) -> Any:
        import torch

        name, shape, index, requires_grad = body
        array = np.frombuffer(self._memory(index), np.dtype(TORCH[name])).reshape(_shape(shape)).copy()
        tensor = torch.from_numpy(array)
        if name == "bfloat16":
            tensor = tensor.view(torch.bfloat16)
        return tensor.requires_grad_(bool(requires_grad) and (tensor.is_floating_point() or tensor.is_complex()))

    def _memory(self, index: Any) -> bytes:
        if type(index) is not int or not 0 <= index < len(self.buffers):
            raise ValueError
        return self.buffers[index]


READERS = {
    "i": "integer", "t": "tuple", "d": "dict", "s": "set", "r": "range", "x": "slice", "c": "complex", "b": "bytes",
    "p": "packed", "f": "lent", "h": "returned", "o": "opaque", "g": "generator",
    "a": "array", "v": "view", "F": "by_column", "n": "scalar", "T": "tensor",
}  # fmt: skip


def _seed(bits: np.random.BitGenerator) -> tuple[list[int], int]:
    """What a generator's children are made from, and how many there are; its state says nothing of them.

    Equal seeds give equal words; the seed itself would say too much.
    """
    return bits.seed_seq.generate_state(4).tolist(), getattr(bits.seed_seq, "n_children_spawned", 0)


def _shape(shape: Any) -> tuple[int, ...]:
    if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise ValueError
    return tuple(shape)


def _opaque(value: Any) -> dict[str, list[str]]:
    return {"o": [type(value).__name__[:TEXT], text(value)]}


def text(value: Any, limit: int = 200) -> str:
    """A short text for a value, whatever its `repr` does."""
    try:
        words = repr(value)
    except Exception:
        words = f"<{type(value).__name__}>"
    return words if len(words) <= limit else words[: limit - 1] + "…"
