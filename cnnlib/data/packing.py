"""Many tiles in one file: a plain `.npy` that is memory-mapped, beside it a manifest that proves it whole."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..files import replacing

__all__ = ["flaw", "pack"]


def pack(tiles: Iterable[NDArray[np.uint8]], shape: tuple[int, ...], path: Path, census: str) -> None:
    """Write tiles one after the other into one `.npy`, and its manifest.

    Both appear under their names whole or not at all. Only one process at a time may pack to the same path.

    Args:
        tiles: N arrays of one shape.
        shape: of the whole, (N, H, W, C).
        path: of the `.npy`; the manifest has the ending `.json`.
        census: which tiles these are, for `flaw`.

    Raises:
        ValueError: the tiles do not make up that shape; nothing is kept.
    """
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    digest = hashlib.sha256(header.getvalue())
    with replacing(path) as file:
        file.write(header.getvalue())  # plainly written: on a full disk a memory map would kill the process
        for tile in tiles:
            if tile.shape != shape[1:] or tile.dtype != np.uint8:
                raise ValueError(f"a tile is uint8 of shape {shape[1:]}, this one {tile.dtype} of shape {tile.shape}")
            pixels = tile.tobytes()
            file.write(pixels)
            digest.update(pixels)
        if file.tell() != len(header.getvalue()) + np.prod(shape):
            raise ValueError(f"the tiles do not fill an array of shape {shape}")
    with replacing(manifest(path)) as file:
        file.write(json.dumps({"census": census, "sha256": digest.hexdigest()}).encode())


def flaw(path: Path, shape: tuple[int, ...], census: str | None) -> str | None:
    """Return why a packed file cannot be used, or None where it can.

    The whole file is read and held against the manifest: 332 MB in 0.2 to 1 s.

    Args:
        path: of the `.npy`.
        shape: it must have.
        census: of the tiles that must be in it; None for any.
    """
    try:
        noted = json.loads(manifest(path).read_bytes())
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != noted["sha256"]:
                return "is cut off or was changed"
        if np.load(path, mmap_mode="r").shape != shape:
            return "holds another set"
        return None if census in (None, noted["census"]) else "was packed from other archives"
    except FileNotFoundError:
        return "or its manifest is missing"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"cannot be read ({error})"


def manifest(path: Path) -> Path:
    """Return where the manifest of a packed file lies."""
    return path.with_suffix(".json")
