"""What a student's cell showed → text and pictures that no program will run.

Notebook outputs are markup, scripts and widgets as much as text; whoever opens a graded notebook or a feedback page
would run them. Here only plain text, errors and PNG pictures are kept.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import Any

from .exercise import Output

TEXT = 100_000  # characters of one output
PICTURE = 4 << 20  # characters of one picture in base64
SIDE = 8_000  # pixels; a small file can unfold into a gigabyte
MOST = 50  # outputs of a cell
LEFT_OUT = "… left out: {count} more characters"
PNG = b"\x89PNG\r\n\x1a\n"
# Escape sequences of terminals, then every control character but tab and line feed, then marks that turn the
# direction of reading
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\^_])?")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def outputs(raw: Any) -> tuple[Output, ...]:
    """Return what is worth showing of a cell's outputs, in the notebook format or not.

    >>> outputs([{"output_type": "stream", "name": "stdout", "text": "\\x1b[31m3 points"}])
    (Output(kind='text', content='3 points'),)
    >>> outputs([{"output_type": "display_data", "data": {"text/html": "<script>", "text/plain": "a table"}}, 7])
    (Output(kind='text', content='a table'),)
    """
    if not isinstance(raw, list):
        return ()
    shown = [made for output in raw[:MOST] if isinstance(output, dict) and (made := _output(output))]
    if len(raw) > MOST:
        shown.append(Output("text", f"… left out: {len(raw) - MOST} more outputs"))
    return tuple(shown)


def text(words: Any, limit: int = TEXT) -> str:
    """Return text without control characters, cut at a limit; what is no text becomes "".

    >>> text("a\\x00b\\r\\nc")
    'ab\\nc'
    >>> text("x" * 30, limit=10)
    'xxxxxxxxxx\\n… left out: 20 more characters'
    """
    if isinstance(words, list) and all(isinstance(line, str) for line in words):
        words = "".join(words)
    if not isinstance(words, str):
        return ""
    kept = CONTROLS.sub("", ESCAPES.sub("", words[: 2 * limit].replace("\r\n", "\n")))
    dropped = max(0, len(words) - 2 * limit) + max(0, len(kept) - limit)
    return kept[:limit] + ("\n" + LEFT_OUT.format(count=dropped) if dropped else "")


def fenced(words: str) -> str:
    """Return Markdown that shows text as it is, whatever stands in it.

    >>> print(fenced("<b>```"))
    ````
    <b>```
    ````
    """
    longest = max(map(len, re.findall("`+", words)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{words}\n{fence}"


def _output(output: dict[str, Any]) -> Output | None:
    kind = output.get("output_type")
    if not isinstance(kind, str):
        return None
    if kind == "stream":
        return _text(output.get("text"))
    if kind == "error":
        name, value = (text(output.get(key), 2_000) for key in ("ename", "evalue"))
        lines = output.get("traceback")
        trace = (
            text("\n".join(line for line in lines if isinstance(line, str)), 20_000) if isinstance(lines, list) else ""
        )
        return Output("error", trace or f"{name}: {value}")
    data = output.get("data")
    if kind in ("display_data", "execute_result") and isinstance(data, dict):
        return _picture(data.get("image/png")) or _text(data.get("text/plain"))
    return None


def _text(words: Any) -> Output | None:
    kept = text(words)
    return Output("text", kept) if kept else None


def _picture(encoded: Any) -> Output | None:
    """A PNG, decoded and encoded again, so that nothing but base64 can stand in it."""
    if isinstance(encoded, bytes):
        encoded = encoded.decode("ascii", "replace")
    if not isinstance(encoded, str) or len(encoded) > PICTURE:
        return None
    try:
        picture = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    sides = struct.unpack(">II", picture[16:24]) if picture.startswith(PNG) and len(picture) > 24 else (0, 0)
    if not all(0 < side <= SIDE for side in sides):
        return None
    return Output("image", base64.b64encode(picture).decode())
