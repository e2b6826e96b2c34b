"""Calls between the checker and a student's process.

Both sides are a `Peer` on one channel. A peer asks the other to do something and, until the answer comes, serves what
the other asks in between: a check calls the student's function, which calls a function the check passed in. Answers
come in the reverse order of questions, as on a stack, so nothing can get out of step; what does not fit ends the
conversation.

Functions and objects stay where they live. The other side holds a `Remote`, which calls them, reads their attributes,
goes through their items and computes with them; handed back, it is the function or object itself. Arguments travel as
copies; what the call changed in them travels back, so that a check sees a student change the caller's array, or the
caller's model, exactly as it would in one process. An iterator may change the arguments of the call that made it at
every item.
"""

from __future__ import annotations

import builtins
import itertools
import operator
import threading
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from functools import partialmethod
from pathlib import Path
from typing import Any

from . import changes, models, wire
from .identity import Kept, Names
from .wire import BridgeError, Channel

OWN_FILES = str(Path(__file__).parent)  # their frames are no part of an answer
DISCREET = "its words are not shown, because they could tell the inputs of hidden tests"
LENT = 100_000  # objects one side may lend to the other
ITEMS: dict[str, Callable[..., Any]] = {"len": len, "iter": iter, "item": operator.getitem}
OPERATORS = ("add", "sub", "mul", "matmul", "truediv", "pow", "neg")


class RemoteError(Exception):
    """The other side's code stopped with an exception.

    Attributes:
        own_line: its line in the function that was called, as (number, text), if it was found.
    """

    own_line: tuple[int, str] | None = None

    def __str__(self) -> str:  # KeyError would quote its text once more
        return str(self.args[0]) if self.args else ""

    def discreet(self) -> RemoteError:
        """Return an error of the same builtin kind without its words, which could hold what it was called with.

        One that had no words still has none.
        """
        kind = next((kind for kind in type(self).__mro__ if kind.__module__ == "builtins"), Exception)
        bases = (RemoteError, kind) if kind is not Exception else (RemoteError,)
        error: RemoteError = type(kind.__name__, bases, {})(DISCREET if str(self).strip() else "")
        return error


class Remote:
    """A function or object that lives on the other side.

    >>> Remote(None, 3, "function", "<function f>")
    <function f>
    """

    def __init__(self, peer: Any, number: int, type_name: str, text: str) -> None:
        self._peer, self._number, self._type_name, self._text = peer, number, type_name, text
        self._arguments: list[Any] = []  # of the call that returned it
        self._items: Iterator[Any] | None = None  # for `next`

    def __repr__(self) -> str:
        return self._text

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._peer.call(self._number, args, options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._peer.ask("attribute", self._number, name)

    def __iter__(self) -> Iterator[Any]:
        iterator = self._peer.ask("items", self._number, "iter")
        while item := iterator._peer.next(iterator._number, self._arguments):
            yield item[0]

    def __next__(self) -> Any:
        self._items = self._items or iter(self)
        return next(self._items)

    def __len__(self) -> int:
        return int(self._peer.ask("items", self._number, "len"))

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: Any) -> Any:
        return self._peer.ask("items", self._number, "item", key)

    def _operate(self, name: str, *others: Any) -> Any:
        return self._peer.ask("operate", name, self, *others)

    def _operate_from_right(self, name: str, other: Any) -> Any:
        return self._peer.ask("operate", name, other, self)

    __array_ufunc__ = None  # an array to the left of an operator leaves the rest to us
    __neg__ = partialmethod(_operate, "neg")
    __add__, __radd__ = partialmethod(_operate, "add"), partialmethod(_operate_from_right, "add")
    __sub__, __rsub__ = partialmethod(_operate, "sub"), partialmethod(_operate_from_right, "sub")
    __mul__, __rmul__ = partialmethod(_operate, "mul"), partialmethod(_operate_from_right, "mul")
    __matmul__, __rmatmul__ = partialmethod(_operate, "matmul"), partialmethod(_operate_from_right, "matmul")
    __truediv__, __rtruediv__ = partialmethod(_operate, "truediv"), partialmethod(_operate_from_right, "truediv")
    __pow__, __rpow__ = partialmethod(_operate, "pow"), partialmethod(_operate_from_right, "pow")

    def python_steps(self, *args: Any, **options: Any) -> int:
        """Count the bytecode instructions of a call, on the other side: see `expect.python_steps`."""
        return int(self._peer.call(self._number, args, options, probe="steps"))

    def peak_memory(self, *args: Any, **options: Any) -> int:
        """Measure the memory of a call, on the other side: see `expect.peak_memory`."""
        return int(self._peer.call(self._number, args, options, probe="memory"))


class Peer:
    """One side of the conversation.

    Args:
        channel: to the other side.
        handlers: what the other side may ask for beyond calls, by name.
        student: whether this is the student's side: it lends all that does not travel and unpacks models. The
            checker's side lends functions only, packs models and unpacks nothing.
        probes: run a call and return a measurement of it, by name.
    """

    def __init__(
        self,
        channel: Channel,
        handlers: Mapping[str, Callable[..., Any]] | None = None,
        *,
        student: bool = False,
        probes: Mapping[str, Callable[..., int]] | None = None,
    ) -> None:
        self.channel, self.student, self.probes = channel, student, probes or {}
        self.turn = threading.RLock()  # threads of an answer ask one after the other
        self.lent: list[Any] = []
        self.methods: dict[tuple[int, Any], int] = {}  # numbers of bound methods, which are new objects every time
        self.watched: dict[int, changes.Watched] = {}  # arguments of calls that made iterators, by the iterator's id
        self.names, self.kept = Names(), Kept()
        # For the checker: whether what is asked now must not show in the words of an error; whether the other side has
        # seen inputs of hidden tests; and whether words were kept back for that reason alone
        self.secret: Callable[[], bool] = lambda: False
        self.tainted = self.kept_back = False
        self.handlers: dict[Any, Callable[..., Any]] = {
            "call": self._call,
            "attribute": self._attribute,
            "items": lambda number, what, *key: ITEMS[what](self._lent(number), *key),
            "next": self._next,
            "operate": self._operate,
            **(handlers or {}),
        }

    def ask(self, what: str, *body: Any) -> Any:
        """Ask the other side and wait for its answer, serving what it asks meanwhile.

        Raises:
            RemoteError: its code raised; the class is also the builtin exception it derives from.
            BridgeError: the conversation is over.
        """
        with self.turn:
            self._send("ask", what, list(body))
            while True:
                kind, *rest = self._receive()
                if kind == "ask":
                    self._serve(*rest)
                elif kind == "answer" and len(rest) == 1:
                    return rest[0]
                elif kind == "error" and len(rest) == 1:
                    raise self._error(rest[0])
                else:
                    raise BridgeError("a malformed message")

    def call(self, number: int, args: tuple[Any, ...], options: dict[str, Any], *, probe: str = "") -> Any:
        """Call a lent function; what it changed in its arguments, change in the caller's, also when it raised."""
        arguments = [*args, *options.values()]
        result = self._changing(arguments, "call", number, list(args), options, probe, self.names.gone())
        if isinstance(result, Remote):
            result._arguments = arguments
        return result

    def next(self, number: int, arguments: list[Any]) -> Any:
        """Take an iterator's next item, in a list, or an empty list; what that changed in arguments, change here."""
        return self._changing(arguments, "next", number)

    def serve(self) -> None:
        """Serve until the other side hangs up."""
        try:
            while True:
                kind, *rest = self._receive()
                if kind != "ask":
                    return
                self._serve(*rest)
        except BridgeError:
            return

    def lend(self, value: Any) -> int:
        """Give a value a number under which the other side can use it."""
        method = (id(value.__self__), value.__func__) if isinstance(value, types.MethodType) else None
        if method in self.methods:
            return self.methods[method]
        if len(self.lent) >= LENT:
            raise BridgeError(f"more than {LENT} objects lent")
        self.lent.append(value)
        if method is not None:
            self.methods[method] = len(self.lent) - 1
        return len(self.lent) - 1

    def _changing(self, arguments: list[Any], *question: Any) -> Any:
        """Ask for what may change arguments, and change them here, also when it raised; return the result."""
        answer = self.ask(*question)
        try:
            result, error, changed = answer
            changes.repeat(arguments, changed)
        except (TypeError, ValueError, LookupError, AttributeError):
            raise BridgeError("a malformed answer to a call") from None
        if error is not None:
            raise self._error(error)
        return result

    def _serve(self, what: Any = None, body: Any = None, *rest: Any) -> None:
        if rest or not isinstance(what, str) or not isinstance(body, list) or what not in self.handlers:
            raise BridgeError("a malformed question")
        try:
            result = self.handlers[what](*body)
        except BridgeError:
            raise
        except BaseException as error:  # also SystemExit and KeyboardInterrupt of a student's function
            self._send("error", _described(error))
        else:
            self._send("answer", result)

    def _call(self, number: Any, args: Any, options: Any, probe: Any = "", gone: Any = ()) -> list[Any]:
        function = self._lent(number)
        self.kept.forget(gone)
        watched = changes.Watched([*args, *options.values()])
        run = self.probes[probe] if probe else lambda call, *a, **o: call(*a, **o)
        answer = self._watching(watched, lambda: run(function, *args, **options))
        if isinstance(answer[0], Iterator):
            self.watched[id(answer[0])] = watched
        return answer

    def _watching(self, watched: changes.Watched, run: Callable[[], Any]) -> list[Any]:
        """Run something; return its result, its error and what it changed."""
        try:
            return [run(), None, watched.changes()]
        except BridgeError:
            raise
        except BaseException as error:  # also SystemExit and KeyboardInterrupt of a student's function
            return [None, _described(error), watched.changes()]

    def _error(self, description: Any) -> RemoteError:
        error = _rebuilt(description)
        line = error.own_line[1] if error.own_line else "raise"
        # An answer that is not written yet has nothing to tell
        unwritten = isinstance(error, NotImplementedError) and not str(error) and line.startswith("raise")
        return error.discreet() if unwritten or self.secret() else error

    def _next(self, number: Any) -> list[Any]:
        iterator = self._lent(number)
        watched = self.watched.get(id(iterator)) or changes.Watched([])
        return self._watching(watched, lambda: list(itertools.islice(iterator, 1)))

    def _operate(self, name: Any, *operands: Any) -> Any:
        if not self.student or name not in OPERATORS:
            raise BridgeError("no operator of a student's object")
        return getattr(operator, name)(*operands)

    def _attribute(self, number: Any, name: Any) -> Any:
        if not isinstance(name, str) or name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._lent(number), name)

    def _lent(self, number: Any) -> Any:
        if type(number) is not int or not 0 <= number < len(self.lent):
            raise BridgeError("a number that was never lent")
        return self.lent[number]

    def _send(self, *message: Any) -> None:
        # An array in an answer may be older than what a call under way made of it on the other side
        number = self.names.of if message[0] == "ask" and not self.student else None
        self.channel.send(*wire.encode(list(message), self._export, None if self.student else _packed, number))

    def _receive(self) -> list[Any]:
        unpack, renew = (models.unpack, self.kept.renew) if self.student else (None, None)
        message = wire.decode(*self.channel.receive(), self._import, unpack, renew, self._lent)
        if not isinstance(message, list) or not message:
            raise BridgeError("a malformed message")
        return message

    def _export(self, value: Any) -> tuple[int, str, str] | int | None:
        if isinstance(value, Remote):
            return value._number if value._peer is self else None
        if not (callable(value) or self.student):
            return None
        return self.lend(value), type(value).__name__, wire.text(value)

    def _import(self, number: int, type_name: str, text: str) -> Remote:
        return Remote(self, number, type_name, text)


def _packed(value: Any) -> bytes | None:
    return models.pack(value) if models.is_model(value) else None


def _described(error: BaseException) -> list[Any]:
    """An exception as plain data: names of its classes, its text, its line in the function called last."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(OWN_FILES)]
    line = [frames[0].lineno or 0, frames[0].line or ""] if frames else None
    try:
        text = str(error)
    except Exception:
        text = ""
    return [[kind.__name__ for kind in type(error).__mro__[:20]], text[: wire.TEXT], line]


def _rebuilt(description: Any) -> RemoteError:
    """Make an exception of the nearest builtin class, by name alone."""
    try:
        names, text, line = description
        names = [str(name)[:100] for name in names]
        nearest = next((kind for name in names if (kind := _builtin(name)) is not None), Exception)
        bases = (RemoteError, nearest) if nearest is not Exception else (RemoteError,)
        error: RemoteError = type(names[0] if names else "Exception", bases, {})(str(text)[: wire.TEXT])
        error.own_line = (int(line[0]), str(line[1])[:500]) if line else None
    except (TypeError, ValueError, LookupError, AttributeError):
        raise BridgeError("a malformed error") from None
    return error


def _builtin(name: str) -> type[Exception] | None:
    kind: Any = getattr(builtins, name, None)
    if not isinstance(kind, type) or not issubclass(kind, Exception):
        return None
    return (
        None if issubclass(kind, OSError | UnicodeError | ExceptionGroup | StopIteration | StopAsyncIteration) else kind
    )
