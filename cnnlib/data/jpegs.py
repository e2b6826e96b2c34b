"""The JPEG files of EuroSAT, unpacked in a folder or still in zip archives: found, counted, decoded.

The layout is that of the official archive, `EuroSAT_RGB/<Class>/<Class>_<n>.jpg` with n from 1; the archive's first
edition calls its folder `2750`. Archives are read where they are: no name in them becomes a path on the disk.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Jpeg", "census", "find", "read"]

SIDE = 64  # pixels
LARGEST = 1 << 20  # bytes; a tile has about 3,400
FOLDERS = ("EuroSAT_RGB", "2750")
ARCHIVES = ("EuroSAT.zip", "EuroSAT_RGB*.zip")
TILE = re.compile(r"(?P<label>[A-Za-z]+)/(?P=label)_[1-9][0-9]{0,5}\.jpg")
MEMBER = re.compile(rf"(?:(?:{'|'.join(FOLDERS)})/)?(?P<tile>{TILE.pattern})")


@dataclass(frozen=True)
class Jpeg:
    """Where one tile lies: a file, or a member of a zip archive.

    Attributes:
        path: of the file or of the archive.
        size: bytes of the JPEG.
        member: its name in the archive; empty for a file.
    """

    path: Path
    size: int
    member: str = ""

    def __str__(self) -> str:
        return f"{self.member} in {self.path}" if self.member else str(self.path)


def find(folder: Path, counts: Mapping[str, int]) -> list[Jpeg]:
    """Return where every tile lies, class by class and number by number.

    Args:
        folder: holds the unpacked layout, or zip archives of it, one or several.
        counts: tiles of each class.

    Raises:
        FileNotFoundError: the folder holds neither.
        ValueError: tiles are missing, others are there, or an archive is damaged; the message names them.
    """
    found = unpacked(folder) or archived(folder)
    if not found:
        raise FileNotFoundError(
            f"{folder} holds no tiles: wanted are EuroSAT_RGB/<Class>/<Class>_<n>.jpg, unpacked or in "
            f"EuroSAT_RGB.zip (not EuroSAT_MS, which has 13 bands)"
        )
    wanted = [f"{name}/{name}_{number}.jpg" for name, count in counts.items() for number in range(1, count + 1)]
    missing = [name for name in wanted if name not in found]
    strange = sorted(found.keys() - set(wanted))
    if missing or strange:
        raise ValueError(
            f"{folder} does not hold the {len(wanted)} tiles of EuroSAT RGB: {listed(missing)} missing, "
            f"{listed(strange)} unknown; download or unpack it again"
        )
    return [found[name] for name in wanted]


def listed(names: Sequence[str]) -> str:
    """Return how many and the first three.

    >>> listed(["a", "b", "c", "d"]), listed([])
    ('4 (a, b, c, ...)', '0')
    """
    shown = ", ".join([*names[:3], *["..."][: max(0, len(names) - 3)]])
    return f"{len(names)} ({shown})" if names else "0"


def unpacked(folder: Path) -> dict[str, Jpeg]:
    """Return the tiles that lie as files in `folder`, by the names `<Class>/<Class>_<n>.jpg`."""
    for top in (*(folder / name for name in FOLDERS), folder):
        found = {}
        for directory in sorted(path for path in top.glob("*") if path.is_dir()):
            with os.scandir(directory) as entries:
                for entry in entries:
                    name = f"{directory.name}/{entry.name}"
                    if TILE.fullmatch(name):
                        found[name] = Jpeg(Path(entry.path), entry.stat().st_size)
        if found:
            return found
    return {}


def archived(folder: Path) -> dict[str, Jpeg]:
    """Return the tiles in the zip archives of `folder`, by the names `<Class>/<Class>_<n>.jpg`.

    Members with other names are passed over.

    Raises:
        ValueError: an archive is damaged, or two archives hold different tiles of one name.
    """
    found: dict[str, Jpeg] = {}
    for path in sorted({path for pattern in ARCHIVES for path in folder.glob(pattern)}):
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise ValueError(f"{path} is no whole zip archive ({error}): delete it and download it again") from error
        for member in members:
            match = MEMBER.fullmatch(member.filename)
            if match is None:
                continue
            jpeg = Jpeg(path, member.file_size, member.filename)
            other = found.setdefault(match["tile"], jpeg)
            if other.size != jpeg.size:
                raise ValueError(f"{other} and {jpeg} are different tiles of one name: keep one of the archives")
    return found


def census(jpegs: Sequence[Jpeg]) -> str:
    """Return a digest of the tiles' sizes: the same for a folder and for the archive it was unpacked from."""
    return hashlib.sha256(np.array([jpeg.size for jpeg in jpegs], "<i8").tobytes()).hexdigest()


def read(jpegs: Sequence[Jpeg]) -> Iterator[NDArray[np.uint8]]:
    """Yield the pixels of every tile, shape (64, 64, 3), in the order of `jpegs`.

    Raises:
        ValueError: a file is no sound JPEG of that size; the message names it.
    """
    with ExitStack() as stack:
        paths = {jpeg.path for jpeg in jpegs if jpeg.member}
        archives = {path: stack.enter_context(zipfile.ZipFile(path)) for path in paths}
        for jpeg in jpegs:
            yield decode(jpeg, archives.get(jpeg.path))


def decode(jpeg: Jpeg, archive: zipfile.ZipFile | None) -> NDArray[np.uint8]:
    """Return the pixels of one tile, shape (64, 64, 3).

    Raises:
        ValueError: it is no sound JPEG of that size.
    """
    from PIL import Image

    if jpeg.size > LARGEST:
        raise ValueError(f"{jpeg} has {jpeg.size} bytes, too many for a tile: this is not EuroSAT")
    try:
        data = archive.read(jpeg.member) if archive else jpeg.path.read_bytes()
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if image.size == (SIDE, SIDE) and image.mode == "RGB":
                return np.asarray(image)
            kind = f"{image.width} × {image.height} pixels, {image.mode}"
    except FileNotFoundError:
        raise
    except (OSError, SyntaxError, zipfile.BadZipFile, zlib.error, RuntimeError, Image.DecompressionBombError) as error:
        raise ValueError(f"{jpeg} is damaged ({error}): download or unpack it again") from error
    raise ValueError(f"{jpeg} is no tile of EuroSAT RGB: {kind} instead of {SIDE} × {SIDE}, RGB")
