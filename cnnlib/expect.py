"""Comparisons whose messages name the misunderstanding.

A check compares what an answer returned with the truth. When they differ, it first asks whether the
answer equals the truth *after a known mistake*: the mistakes the check lists, then those any array
can show (a flip, swapped axes, a missing bias, a border of padding, integers where fractions belong).
The message says which one, then where the first difference is.

>>> import numpy as np
>>> image, kernel = np.arange(12.0).reshape(3, 4), np.array([[1.0, 2.0], [3.0, 4.0]])
>>> close(image[::-1, ::-1], image, "identity(image)")
Traceback (most recent call last):
    ...
cnnlib.expect.Mismatch: identity(image): the values are wrong.
Likely reason: your output is the true one flipped by 180° (both axes reversed).
At [0, 0] wanted 0, came 11; 12 of 12 values differ.
"""

from __future__ import annotations

import functools
import gc
import inspect
import itertools
import linecache
import math
import sys
import threading
import traceback
import tracemalloc
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Mismatch",
    "call",
    "check",
    "close",
    "equal",
    "parts",
    "peak_memory",
    "python_steps",
    "raises",
    "that",
    "written",
]

# By kind alone: the words of a text could be the inputs of hidden tests.
kinds: dict[type, str] = {str: "a string", list: "a list", tuple: "a tuple", dict: "a dict", set: "a set"}


class Mismatch(AssertionError):
    """An answer is wrong, with a message for the student who wrote it.

    Notebooks show the message alone, without a traceback through the check.

    >>> Mismatch("wanted 3, came 4")._render_traceback_()[-1]
    'wanted 3, came 4'
    """

    def _render_traceback_(self) -> list[str]:
        return ["\x1b[31m✗ not yet\x1b[0m", *str(self).splitlines()]


class Passed:
    """What a notebook shows when a check passes: a tick, the exercise and what was checked."""

    def __init__(self, check_name: str) -> None:
        self.text = f"✓ {check_name}"

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<span role="status" style="color:inherit"><b>✓</b> <code>{self.text[2:]}</code> passed</span>'


def check(function: Callable[[Any], None]) -> Callable[[Any], None]:
    """Turn a function that tries an answer into a check a student can run.

    The check shows a tick when it passes. Whatever goes wrong in the answer ends in a `Mismatch`:
    an answer that is not written yet, and one that stops with an error, whose line is quoted.

    Raises:
        Mismatch: from the returned function, when the answer is wrong.

    >>> @check
    ... def check_double(double):
    ...     equal(double(2), 4, "double(2)")
    >>> check_double(lambda x: x / 0)
    Traceback (most recent call last):
        ...
    cnnlib.expect.Mismatch: `double` stopped with ZeroDivisionError: division by zero.
    """

    @functools.wraps(function)
    def run(answer: Any) -> None:
        name = next(iter(inspect.signature(function).parameters))
        try:
            with _torch_left_alone():
                function(answer)
        except Mismatch:
            raise
        except Exception as error:
            if _unwritten(error):
                raise Mismatch(_what_is_unwritten(name, error)) from None
            raise Mismatch(_crash_report(name, error)) from error
        _announce(function.__name__)

    return run


def call(answer: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call an answer and refuse it if it changed an argument in place.

    Arrays and tensors reach the answer as copies, so one check never spoils the next. A model of torch goes as it is,
    and must come back as it went: mode, hooks, gradients, weights.

    Raises:
        Mismatch: an argument was modified.

    >>> call(sorted, [3, 1, 2])
    [1, 2, 3]
    >>> call(lambda x: x.sort(), np.array([3.0, 1.0]))
    Traceback (most recent call last):
        ...
    cnnlib.expect.Mismatch: your function changed its argument `x` in place (mutated input).
    Work on a copy: the caller still needs the original.
    """
    mine = [_copy(value) for value in args]
    named = {key: _copy(value) for key, value in options.items()}
    models = [(value, _state(value)) for value in (*args, *options.values()) if hasattr(value, "named_modules")]
    with _torch_left_alone():
        result = answer(*mine, **named)
    for model, state in models:
        _untouched(state, _state(model))
    before = itertools.chain(zip(_parameter_names(answer, len(args)), args, strict=True), options.items())
    for (name, original), after in zip(before, [*mine, *named.values()], strict=True):
        if not _same(original, after):
            raise Mismatch(
                f"your function changed its argument `{name}` in place (mutated input).\n"
                "Work on a copy: the caller still needs the original."
            )
        if _is_tensor(after):
            _tensor_untouched(name, original, after)
    return result


def close(
    got: Any,
    want: ArrayLike,
    what: str,
    *,
    mistakes: Mapping[str, Any] | None = None,
    rtol: float = 1e-8,
    atol: float = 1e-10,
) -> None:
    """Accept numbers that agree with the truth; otherwise say what is wrong with them.

    Args:
        got: what the answer returned; anything at all.
        want: the truth, any shape.
        what: the call in the student's words, such as `"conv2d(x, weight, bias)"`.
        mistakes: message → what an answer with that misunderstanding returns, of any shape, or a function
            without arguments that computes it. A sentence without its full stop.
        rtol: relative tolerance.
        atol: absolute tolerance, in the unit of `want`.

    Raises:
        Mismatch: naming the first mistake that explains `got`, or the first difference.

    >>> close([2.0, 4.0], [1.0, 2.0], "mean(x)", mistakes={"you summed: divide by the count": [2.0, 4.0]})
    Traceback (most recent call last):
        ...
    cnnlib.expect.Mismatch: mean(x): the values are wrong.
    Likely reason: you summed: divide by the count.
    At [0] wanted 1, came 2; 2 of 2 values differ.
    """
    truth = np.asarray(_detached(want), dtype=float)
    array = _as_numbers(got, truth, what)
    if array.shape == truth.shape and np.allclose(array, truth, rtol=rtol, atol=atol, equal_nan=True):
        return
    reason = _named_mistake(array, mistakes, rtol, atol) or _diagnose(array, truth, rtol, atol)
    why = f"\nLikely reason: {_sentence(reason)}" if reason else ""
    if array.shape != truth.shape:
        raise Mismatch(f"{what}: the shape is wrong.{why}\nWanted shape {truth.shape}, came {array.shape}.")
    raise Mismatch(f"{what}: the values are wrong.{why}\n{_first_difference(array, truth, rtol, atol)}")


def equal(got: Any, want: Any, what: str, *, mistakes: Mapping[str, Any] | None = None) -> None:
    """Accept exactly `want`: an integer, a string, a boolean, or tuples and lists of them.

    Args:
        got: what the answer returned; anything at all.
        want: the truth.
        what: the call in the student's words.
        mistakes: message → what an answer with that misunderstanding returns.

    Raises:
        Mismatch: naming the first mistake that explains `got`, or both values.

    >>> equal(np.int64(7), 7, "output_size(7, 1)")
    >>> equal(7.0, 7, "output_size(7, 1)")
    Traceback (most recent call last):
        ...
    cnnlib.expect.Mismatch: output_size(7, 1): wanted the integer 7, came the float 7.0.
    Likely reason: `/` always gives a float, as `float(...)` does; `//` divides integers.
    """
    plain = _plain(got)
    if isinstance(want, tuple) and isinstance(plain, list):
        plain = tuple(plain)  # a pair is a pair
    if plain == want and type(plain) is type(want):
        return
    if isinstance(want, int) and not isinstance(want, bool) and isinstance(plain, float) and plain == want:
        cause = (
            "`/` always gives a float, as `float(...)` does; `//` divides integers"
            if type(got) is float
            else "NumPy computed with floats; `int(...)` converts the result"
        )
        raise Mismatch(f"{what}: wanted the integer {want}, came the float {plain}.\nLikely reason: {cause}.")
    reason = next((text for text, value in (mistakes or {}).items() if _plain(_value(value)) == plain), None)
    why = f"\nLikely reason: {reason}." if reason else ""
    if plain is None and not reason:
        why = "\nA function without `return` gives None."
    raise Mismatch(f"{what}: wanted {want!r}, came {_short(plain)}.{why}")


def parts(got: Any, names: str, what: str) -> tuple[Any, ...]:
    """Return the results of an answer that gives several, or say that they are not as many as wanted.

    Args:
        got: what the answer returned; a tuple or a list is accepted.
        names: the results in their order, such as `"grad_x, grad_weight"`.
        what: the call in the student's words.

    Raises:
        Mismatch: `got` is no tuple, or has another length.

    >>> parts((1, 2), "low, high", "bounds(x)")
    (1, 2)
    >>> parts(1, "low, high", "bounds(x)")
    Traceback (most recent call last):
        ...
    cnnlib.expect.Mismatch: bounds(x): wanted 2 results, `return low, high`; came 1.
    """
    wanted = len(names.split(","))
    if isinstance(got, tuple | list) and len(got) == wanted:
        return tuple(got)
    came = f"{len(got)} results" if isinstance(got, tuple | list) else _short(got)
    hint = "\nA function without `return` gives None." if got is None else ""
    raise Mismatch(f"{what}: wanted {wanted} results, `return {names}`; came {came}.{hint}")


def raises(
    kind: type[Exception], answer: Callable[..., Any], *args: Any, hint: str, worded: bool = False, **options: Any
) -> None:
    """Accept an answer that refuses bad input with an exception of this kind.

    Args:
        kind: the exception the exercise asks for.
        answer: the student's function.
        hint: what is wrong with the input, to complete "must raise ... because".
        worded: whether the exception must have a message.

    Raises:
        Mismatch: the answer returned, raised something else, or raised without a word where one is wanted.

    >>> raises(ValueError, int, "seven", hint="the text is no number")
    >>> raises(ValueError, str, "seven", hint="the text is no number")
    Traceback (most recent call last):
        ...
    cnnlib.expect.Mismatch: `str` must raise ValueError because the text is no number; it returned 'seven'.
    """
    name = getattr(answer, "__name__", "your function")
    try:
        result = answer(*args, **options)
    except kind as error:
        if worded and not str(error).strip():
            raise Mismatch(
                f"`{name}` raises {kind.__name__} without a message. Say what is wrong, here: {hint}."
            ) from error
        return
    except NotImplementedError:
        raise
    except Exception as error:
        raise Mismatch(
            f"`{name}` must raise {kind.__name__} because {hint}; it raised {type(error).__name__}: {error}."
        ) from error
    raise Mismatch(f"`{name}` must raise {kind.__name__} because {hint}; it returned {_short(result)}.")


def that(condition: bool, message: str) -> None:
    """Accept a true condition; otherwise show the message.

    Raises:
        Mismatch: the condition is false.

    >>> that(2 > 1, "two must be larger than one")
    """
    if not condition:
        raise Mismatch(message)


def python_steps(answer: Callable[..., Any], *args: Any, **options: Any) -> int:
    """Count the bytecode instructions an answer executes: a measure of loops that no clock disturbs.

    A vectorised answer takes the same number of steps for a small and a large image; a Python loop over
    pixels takes more for more pixels.

    >>> python_steps(np.sum, np.ones(1000)) == python_steps(np.sum, np.ones(10))
    True
    >>> python_steps(lambda x: sum(v for v in x), np.ones(1000)) > 1000
    True
    """
    if hasattr(answer, "python_steps"):  # an answer in another process counts there
        return int(answer.python_steps(*args, **options))
    steps = 0

    def count(frame: Any, event: str, _: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        return count

    previous, collecting = sys.gettrace(), gc.isenabled()
    gc.disable()  # a collection would run finalizers of others in the middle
    threading.settrace(count)
    sys.settrace(count)
    try:
        answer(*args, **options)
    finally:
        sys.settrace(previous)
        threading.settrace(None)
        if collecting:
            gc.enable()
    return steps


def peak_memory(answer: Callable[..., Any], *args: Any, **options: Any) -> int:
    """Measure how many bytes an answer holds at a time beyond its arguments: NumPy's arrays, not torch's tensors.

    A generator is measured until it gives its first item.

    >>> peak_memory(lambda x: np.outer(x, x).sum(), np.ones(1000)) > 8_000_000
    True
    """
    if hasattr(answer, "peak_memory"):
        return int(answer.peak_memory(*args, **options))
    was_on = tracemalloc.is_tracing()
    if not was_on:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        given = answer(*args, **options)
        if isinstance(given, Iterator):
            next(given, None)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not was_on:
            tracemalloc.stop()


@contextmanager
def written() -> Iterator[None]:
    """Run a demonstration that uses answers; where one is missing or wrong, say so instead of stopping the notebook.

    Figures that it began are not shown then.

    >>> with written():
    ...     raise NotImplementedError
    This appears once the exercises above are written.
    >>> with written():
    ...     1 / 0
    This appears once the exercises above are right. For now: ZeroDivisionError: division by zero.
    >>> with written():
    ...     network.eval()
    This appears once the cells above have run: there is no `network` yet.
    """
    finished = _open_figures()
    try:
        yield
    except NameError as error:
        print(f"This appears once the cells above have run: there is no `{error.name}` yet.")
    except Exception as error:
        if _unwritten(error):
            print("This appears once the exercises above are written.")
        else:
            report = _sentence(f"{type(error).__name__}: {error}")
            print(f"This appears once the exercises above are right. For now: {report}")
    else:
        return
    for number in _open_figures() - finished:  # half drawn
        sys.modules["matplotlib.pyplot"].close(number)


# --------------------------------------------------------------------------- what went wrong


def _as_numbers(got: Any, truth: NDArray[Any], what: str) -> NDArray[Any]:
    """Return `got` as a float array, or say why it is none."""
    wanted = "a number" if truth.ndim == 0 else f"an array of shape {truth.shape}"
    if got is None:
        raise Mismatch(f"{what}: wanted {wanted}, came None.\nA function without `return` gives None.")
    came = next((name for kind, name in kinds.items() if isinstance(got, kind)), "an object")
    try:
        array = np.asarray(_detached(got))
    except Exception as error:  # ragged lists, objects with a broken __array__
        raise Mismatch(f"{what}: wanted {wanted}, came {came}.\nNumPy says: {error}.") from error
    if array.dtype.kind not in "buif":
        came = f"an array of dtype {array.dtype}" if isinstance(got, np.ndarray) else came
        raise Mismatch(f"{what}: wanted {wanted}{' of real numbers' * (truth.ndim > 0)}, came {came}.")
    return array.astype(float)


def _named_mistake(got: NDArray[Any], mistakes: Mapping[str, Any] | None, rtol: float, atol: float) -> str | None:
    for message, value in (mistakes or {}).items():
        wrong = np.asarray(_detached(_value(value)), dtype=float)
        if wrong.shape == got.shape and np.allclose(got, wrong, rtol=rtol, atol=atol, equal_nan=True):
            return message
    return None


@np.errstate(all="ignore")
def _diagnose(got: NDArray[Any], want: NDArray[Any], rtol: float, atol: float) -> str | None:
    """Name the transformation that turns the truth into what came, if it is a well-known one."""
    if got.size == 0 or want.size == 0:
        return None

    def same(wrong: NDArray[Any]) -> bool:
        if wrong.shape != got.shape:
            return False
        known = wrong.shape == want.shape and np.allclose(wrong, want, rtol=rtol, atol=atol)
        return not known and np.allclose(got, wrong, rtol=rtol, atol=atol)

    for transformed, message in _transformations(want):
        if same(transformed):
            return message
    for border in range(1, 5):
        inner = (..., slice(border, -border), slice(border, -border))
        if want.ndim >= 2 and same(want[inner]):
            return f"the true map without its outer {border} pixels: too little padding"
        if got.ndim >= 2 and got.shape != want.shape and _agree(got[inner], want, rtol, atol):
            return f"the true map with {border} extra pixels on each side: too much padding"
    for stride in (2, 3):
        if got.ndim >= 2 and _agree(got[..., ::stride, ::stride], want, rtol, atol):
            return f"the true map is every {stride}rd pixel of yours: the stride is ignored".replace("2rd", "2nd")
    if got.shape != want.shape:
        return _diagnose_shape(got, want)
    return _diagnose_values(got, want, rtol, atol)


def _transformations(want: NDArray[Any]) -> Iterator[tuple[NDArray[Any], str]]:
    rows, columns = (*[0, 0], *want.shape)[-2:]
    if rows > 2 and columns > 2:  # two values can change places for many reasons
        yield want[..., ::-1, ::-1], "your output is the true one flipped by 180° (both axes reversed)"
    if rows > 2:
        yield want[..., ::-1, :], "your output is the true one upside down (rows reversed)"
    if columns > 2:
        mirrored = "mirrored (columns reversed)" if rows else "in reverse order"
        yield want[..., ::-1], f"your output is the true one {mirrored}"
    if 2 <= want.ndim <= 4:
        for order in itertools.permutations(range(want.ndim)):
            if order != tuple(range(want.ndim)):
                yield want.transpose(order), f"the axes are swapped: yours are the true ones in the order {order}"
    for axis, steps in itertools.product(range(max(0, want.ndim - 2), want.ndim), (1, -1)):
        direction = "late" if steps == 1 else "early"
        yield np.roll(want, steps, axis), f"the values are shifted: one place too {direction} along axis {axis}"
    yield np.trunc(want), "the fractions are cut off: an integer dtype where floats belong"
    yield np.rint(want), "the values are rounded: an integer dtype where floats belong"


def _diagnose_shape(got: NDArray[Any], want: NDArray[Any]) -> str | None:
    if got.size == want.size:
        return "the right number of values in the wrong shape: reshape, or keep the axes"
    if got.ndim != want.ndim:
        return f"an axis is {'missing' if got.ndim < want.ndim else 'too many'}"
    gaps = {mine - true for mine, true in zip(got.shape, want.shape, strict=True)} - {0}
    if len(gaps) == 1 and abs(gap := gaps.pop()) <= 2:
        if want.ndim == 1:
            return f"{('one value', 'two values')[abs(gap) - 1]} too {'many' if gap > 0 else 'few'}"
        return f"the size is off by {gap:+d}: count the windows that fit, or the padding"
    return None


def _diagnose_values(got: NDArray[Any], want: NDArray[Any], rtol: float, atol: float) -> str | None:
    if (~np.isfinite(got) & np.isfinite(want)).any():
        kind = "NaN" if np.isnan(got).any() else "infinity"
        return f"there is {kind} in it: a division by zero, an overflow, or memory never filled (np.empty)"
    largest = float(np.abs(want[np.isfinite(want)]).max(initial=0)) or 1.0
    if np.allclose(got, want, rtol=1e-4, atol=1e-5 * largest):
        cause = "computed in float32" if np.array_equal(got, got.astype(np.float32)) else "rounded, or approximated"
        return f"right to a few digits only: {cause}, where float64 is asked for"
    if any(np.array_equal(got, np.round(want, digits)) for digits in (1, 2, 3)):
        return "right to a few digits only: rounded, where float64 is asked for"
    if not got.any():
        return "every value is zero: was the result ever written?"
    gap = got - want
    if gap.size > 1 and abs(gap.flat[0]) > 1e-6 * largest and np.allclose(gap, gap.flat[0], rtol=rtol, atol=atol):
        return f"every value is off by the same {gap.flat[0]:+.4g}: is a bias missing, or added twice?"
    if want.ndim >= 3:
        channel = gap.mean(axis=(-2, -1), keepdims=True)
        if np.allclose(gap, channel, rtol=rtol, atol=atol):
            return "each channel is off by its own constant: is the bias missing, or added along another axis?"
    weight = float((want * want).sum())
    ratio = float((got * want).sum()) / weight if weight else math.nan
    if math.isfinite(ratio) and np.count_nonzero(want) > 1 and np.allclose(got, ratio * want, rtol=rtol, atol=atol):
        return "the sign is reversed" if math.isclose(ratio, -1) else f"every value is {ratio:.4g} times the true one"
    return None


def _sentence(words: str) -> str:
    return words if words.endswith(("?", ".", "…")) else f"{words}."


def _first_difference(got: NDArray[Any], want: NDArray[Any], rtol: float, atol: float) -> str:
    wrong = ~np.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True)
    if want.ndim == 0:
        return f"Wanted {_apart(want, got)}."
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    return (
        f"At {list(where)} wanted {_apart(want[where], got[where])}; {int(wrong.sum())} of {wrong.size} values differ."
    )


def _apart(want: Any, got: Any) -> str:
    """Write two numbers with as many digits as tell them apart."""
    digits = 8 if f"{float(want):.8g}" != f"{float(got):.8g}" else 17
    return f"{float(want):.{digits}g}, came {float(got):.{digits}g}"


def _unwritten(error: Exception) -> bool:
    """Whether an error is that of an exercise nobody has written; libraries give theirs a text."""
    return isinstance(error, NotImplementedError) and not str(error)


def _what_is_unwritten(name: str, error: Exception) -> str:
    line = _own_line(name, error)
    if line and not line[1].startswith("raise"):
        return f"`{name}` uses what is not written yet.\nIn your line {line[0]}: {line[1]}"
    return (
        f"`{name}` is not written yet.\n"
        "Replace `raise NotImplementedError()` in its cell, run that cell, then this one again."
    )


def _crash_report(name: str, error: Exception) -> str:
    *_, last = traceback.walk_tb(error.__traceback__)
    if isinstance(error, NameError) and error.name and not _belongs(last[0].f_code, name):
        return f"This check needs `{error.name}`, which a cell above defines: run all cells above it once."
    report = _sentence(f"`{name}` stopped with {type(error).__name__}" + (f": {error}" if str(error) else ""))
    if line := _own_line(name, error):
        report += f"\nIn your line {line[0]}: {line[1]}"
    return report


def _own_line(name: str, error: Exception) -> tuple[int, str] | None:
    """The line of the answer that an error came from, as (number, text)."""
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    lines = [(line, linecache.getline(code.co_filename, line).strip()) for code, line in frames if _belongs(code, name)]
    own = [(number, text) for number, text in lines if text]
    found: tuple[int, str] | None = own[-1] if own else None
    return getattr(error, "own_line", found)  # an answer in another process brings its own


def _belongs(code: types.CodeType, name: str) -> bool:
    """Whether code is of a function, or of a method of a class, of that name."""
    return code.co_qualname.rpartition("<locals>.")[2].split(".")[0] == name


# --------------------------------------------------------------------------- small tools


def _agree(a: NDArray[Any], b: NDArray[Any], rtol: float, atol: float) -> bool:
    return a.shape == b.shape and a.size > 0 and np.allclose(a, b, rtol=rtol, atol=atol)


def _open_figures() -> set[int]:
    """The numbers of the figures that are open, without importing matplotlib for it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot is not None else set()


def _announce(check_name: str) -> None:
    """Show the tick where a notebook is listening; stay silent in plain Python."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display

        display(Passed(check_name.removeprefix("check_")))


def _parameter_names(answer: Callable[..., Any], count: int) -> list[str]:
    try:
        names = list(inspect.signature(answer).parameters)
    except (TypeError, ValueError):
        names = []
    return [*names[:count], *(f"number {i + 1}" for i in range(len(names), count))]


def _copy(value: Any) -> Any:
    if isinstance(value, np.ndarray) and not value.flags.c_contiguous:  # stays a view with gaps, as it was
        gaps = np.empty((*value.shape[:-1], 2 * value.shape[-1]), value.dtype)[..., ::2]
        gaps[...] = value
        return gaps
    if _is_tensor(value):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if type(value) in (list, tuple):
        return type(value)(_copy(item) for item in value)
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    return value.copy() if isinstance(value, np.ndarray | list | dict) else value


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if _is_tensor(a):
        return _same(a.detach().cpu().numpy(), b.detach().cpu().numpy())
    if isinstance(a, list | tuple | dict):
        inner = a.values() if isinstance(a, dict) else a
        if type(a) is not type(b) or len(a) != len(b) or (isinstance(a, dict) and list(a) != list(b)):
            return False
        return all(map(_same, inner, b.values() if isinstance(b, dict) else b))
    return a is b or repr(a) == repr(b)


def _is_tensor(value: Any) -> bool:
    """Whether a value is a tensor of torch, without importing torch for it."""
    return hasattr(value, "requires_grad_") and not hasattr(value, "named_modules")


def _tensor_untouched(name: str, before: Any, after: Any) -> None:
    if after.requires_grad != before.requires_grad:
        raise Mismatch(
            f"your function switched {'on' if after.requires_grad else 'off'} `requires_grad` of its argument `{name}` "
            f"itself (mutated input).\nWork on a tensor of your own: `{name}.detach().clone().requires_grad_()`."
        )
    if after.is_leaf and after.grad is not None:
        raise Mismatch(
            f"your function left a gradient in `{name}.grad`, the caller's tensor (mutated input).\n"
            f"Work on a tensor of your own: `{name}.detach().clone().requires_grad_()`."
        )


@contextmanager
def _torch_left_alone() -> Iterator[None]:
    """Refuse an answer that leaves torch's gradients off, or autocast on, for everybody after it."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    gradients, autocast = torch.is_grad_enabled(), torch.is_autocast_enabled("cpu")
    left = []
    try:
        yield
    finally:
        if torch.is_grad_enabled() != gradients:
            torch.set_grad_enabled(gradients)
            left.append(("gradients switched off", "with torch.no_grad():` switches them on"))
        if torch.is_autocast_enabled("cpu") != autocast:
            torch.set_autocast_enabled("cpu", autocast)
            left.append(("`autocast` switched on", "with torch.autocast(…):` switches it off"))
    for what, remedy in left:
        raise Mismatch(
            f"your function left {what} for all code after it.\n"
            f"Say it for a few lines only: `{remedy} again at its end."
        )


def _state(model: Any) -> dict[str, dict[str, Any]]:
    """What an answer may leave changed in a model of torch: message → place → what is there."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    parameters, modules = list(model.named_parameters()), list(model.named_modules())

    def copied(tensor: Any) -> Any:
        return None if tensor is None else tensor.detach().cpu().numpy().copy()

    return {
        "left a hook on {}. Remove what you register, also after an error: `handle.remove()` in a `finally`": {
            name: sum(len(getattr(module, kind)) for kind in hooks) for name, module in modules
        },
        "left {} in another mode than it came in. Every part has a mode of its own, and `train()` sets all alike: "
        "put back what each had": {name: module.training for name, module in modules},
        "left `inplace` of {} changed. Put back what you found, or work on a copy": {
            name: getattr(module, "inplace", None) for name, module in modules
        },
        "left a gradient in {}. `backward()` fills the `.grad` of every weight; "
        "`torch.autograd.grad(score, images)` touches none": {name: copied(value.grad) for name, value in parameters},
        "changed `requires_grad` of {}. Put back what you found": {
            name: value.requires_grad for name, value in parameters
        },
        "changed the weights {}. Work on a copy: `copy.deepcopy(model)`": {
            name: copied(value) for name, value in parameters
        },
        "changed the running statistics {}. A forward pass in training mode updates them: `model.eval()` first, "
        "and put back what you found": {name: copied(value) for name, value in model.named_buffers()},
    }


def _untouched(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> None:
    for message, places in before.items():
        now = after[message]
        if list(places) != list(now):
            raise Mismatch("your function replaced parts of the model. Work on a copy: `copy.deepcopy(model)`.")
        for name, value in places.items():
            same_kind = type(now[name]) is type(value) and getattr(now[name], "dtype", 0) == getattr(value, "dtype", 0)
            if not same_kind or not np.array_equal(now[name], value):
                raise Mismatch(f"your function {message.format(f'`{name}`' if name else 'the model')}.")


def _detached(value: Any) -> Any:
    return value.detach().cpu().numpy() if _is_tensor(value) else value


def _value(value: Any) -> Any:
    return value() if callable(value) else value


def _plain(value: Any) -> Any:
    """Return Python's own integer, float, string or tuple for NumPy's."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list):
        return type(value)(_plain(item) for item in value)
    return value


def _short(value: Any, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
