"""What a call changed in its arguments: told as plain data, and done again to the caller's own.

Arguments travel as copies. An array changed in place arrives in the caller's array; an item of a list that was bound
anew arrives as another item; a model shows the mode, gradients, weights and hooks that the call left behind. Where it
left torch's gradients switched off, or autocast on, that is so on the caller's side, and undone on this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from . import models, wire

CHILDREN = 1000  # that a generator may have in one call
Change = list[Any]  # path to the place, as keys from the list of arguments; one of the next line; what is there now
VALUE, ITEM, ITEMS, SWITCHES = "value", "item", "items", "switches"


class Watched:
    """Arguments as they are before a call.

    >>> numbers, names = np.zeros(2), ["a", "b"]
    >>> watched = Watched([numbers, names])
    >>> numbers += 1
    >>> names[1] = "c"
    >>> watched.changes()
    [[[0], 'value', array([1., 1.])], [[1, 1], 'item', 'c']]
    """

    def __init__(self, arguments: Sequence[Any]) -> None:
        self.arguments = arguments
        self.switches = models.switches()
        self.look()

    def look(self) -> None:
        """Take what is there now for what was there before."""
        places = [place for number, value in enumerate(self.arguments) for place in _places(value, [number])]
        self.before = [(path, value, _content(value)) for path, value in places]

    def changes(self) -> list[Change]:
        """Return what is different now from when it was asked last, innermost places last."""
        found: list[Change] = []
        for path, value, content in self.before:
            now = _content(value)
            if isinstance(value, list | dict) and list(now) == list(content):
                found += [[[*path, key], ITEM, now[key]] for key in now if _is_another(now[key], content[key])]
            elif isinstance(value, list | dict) or now != content:
                kind = ITEMS if isinstance(value, list | dict | set) else VALUE
                found.append([path, kind, models.state(value) if models.is_model(value) else value])
        if models.switches() != self.switches:
            found.append([[], SWITCHES, models.switches()])
            models.switch(*self.switches)
        if found:
            self.look()
        return found


def repeat(arguments: Sequence[Any], changes: Sequence[Change]) -> None:
    """Make the caller's arguments what the other side made of its copies.

    Raises:
        TypeError, ValueError, LookupError, AttributeError: such changes fit no such arguments.

    >>> numbers = np.zeros(2)
    >>> repeat([numbers], [[[0], "value", np.ones(2)]])
    >>> numbers
    array([1., 1.])
    """
    ordered = sorted(changes, key=lambda change: (change[1] != VALUE, -len(change[0])))
    for path, kind, value in ordered:
        if kind == SWITCHES:
            gradients, autocast = value
            models.switch(bool(gradients), bool(autocast))
        elif kind == ITEM:
            *outer, key = path
            if not outer:
                raise LookupError("an argument itself cannot be bound anew")
            container = _at(arguments, outer)
            if not isinstance(container, list | dict):
                raise TypeError("no list and no dict")
            container[key] = value
        else:
            _overwrite(_at(arguments, path), value)


def _at(arguments: Sequence[Any], path: Sequence[Any]) -> Any:
    found: Any = arguments
    for key in path:
        if not isinstance(found, list | tuple | dict):
            raise TypeError("no container")
        found = found[key]
    return found


def _places(value: Any, path: list[Any]) -> Iterator[tuple[list[Any], Any]]:
    """The value itself and what lies in it, where a call could change it."""
    plain = isinstance(value, np.ndarray | np.random.Generator | list | dict | set)
    if plain or models.is_tensor(value) or models.is_model(value):
        yield path, value
    if len(path) < wire.DEPTH and isinstance(value, list | tuple | dict):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from _places(item, [*path, key])


def _content(value: Any) -> Any:
    """Something that differs when the value was changed."""
    if type(value) is np.ndarray and value.dtype.kind in wire.KINDS:
        return value.shape, value.tobytes()
    if isinstance(value, list | dict):
        return dict(value) if isinstance(value, dict) else dict(enumerate(value))
    if isinstance(value, set):
        return set(value)
    return wire.encode(models.state(value) if models.is_model(value) else value)


def _is_another(item: Any, old: Any) -> bool:
    """Whether an item was bound anew; equal numbers and words are the same."""
    if item is old:
        return False
    plain = bool | int | float | complex | str | bytes
    return not (type(item) is type(old) and isinstance(item, plain) and item == old)


def _overwrite(original: Any, value: Any) -> None:
    if isinstance(original, np.ndarray) and isinstance(value, np.ndarray):
        if original.shape == value.shape:
            original[...] = value
    elif isinstance(original, np.random.Generator) and isinstance(value, np.random.Generator):
        born, of = (getattr(one.bit_generator.seed_seq, "n_children_spawned", 0) for one in (value, original))
        original.spawn(min(max(0, born - of), CHILDREN))
        original.bit_generator.state = value.bit_generator.state
    elif isinstance(original, list) and isinstance(value, list):
        original[:] = value
    elif isinstance(original, dict | set) and type(value) is type(original):
        original.clear()
        original.update(value)
    elif models.is_model(original):
        models.restore(original, value)
    elif models.is_tensor(original) and models.is_tensor(value) and original.shape == value.shape:
        original.detach().copy_(value.detach())
        if original.is_leaf:
            original.requires_grad_(bool(value.requires_grad))
