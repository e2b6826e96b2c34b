"""One file from the network: held against its checksum, with a progress bar, and resumed where it was cut off.

This is the only code of the library that uses the network, and it does so only where a caller says `download=True`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["fetch"]

ATTEMPTS = 5  # connections in a row, each of which goes on where the one before broke off
PAUSE = 1.0  # seconds before the second of them, twice as many before the third, and so on
TIMEOUT = 30  # seconds without a byte
CHUNK = 1 << 14  # bytes; as many at most are fetched twice after a break


def fetch(url: str, checksum: str, path: Path) -> Path:
    """Return `path`, where the file at `url` lies after this, whole and as its checksum wants it.

    A file that is there already and has the checksum is not fetched again. What has arrived of a cut download waits
    in `path` with `.part` after its name for the next call.

    Args:
        url: of an HTTP server; one that knows `Range` lets a cut download go on.
        checksum: algorithm and digest, "md5:f46e…".
        path: where to put the file; its folder is made.

    Raises:
        ConnectionError: the server cannot be reached, refuses, or the connection broke too often.
        ValueError: what arrived has another checksum; nothing of it is kept.
    """
    import pooch
    import requests

    part = path.with_name(path.name + ".part")
    try:
        pooch.retrieve(url, checksum, path.name, path.parent, downloader=Resuming(part))
    except requests.RequestException as error:
        arrived = part.stat().st_size / 1e6 if part.exists() else 0
        raise ConnectionError(
            f"{url} did not arrive: {error}. {arrived:.1f} MB are kept in {part.parent}: call again to go on there, "
            f"or download the file with a browser into that folder"
        ) from error
    except ValueError as error:
        raise ValueError(
            f"what arrived from {url} is not the file that was wanted, its checksum is not {checksum}; "
            f"nothing of it was kept: call again"
        ) from error
    return path


class Resuming:
    """A downloader for pooch that writes to `part` and goes on where that ends."""

    def __init__(self, part: Path) -> None:
        self.part = part

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        import requests

        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.receive(url)
                break
            except requests.HTTPError:
                raise  # the server's answer is a refusal: it would not change in a moment
            except requests.RequestException:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(attempt * PAUSE)
        os.replace(self.part, output_file)

    def receive(self, url: str) -> None:
        """Append what is missing, or begin anew where the server cannot go on.

        Raises:
            requests.RequestException: the connection broke; what arrived is in `part`.
        """
        import requests
        from tqdm.auto import tqdm

        have = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            whole = answer.headers.get("Content-Range", "").rpartition("/")[2]
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                if whole == str(have):
                    return
                self.part.unlink()
                raise requests.ConnectionError(f"{self.part} was longer than the file, it is fetched anew")
            answer.raise_for_status()
            if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                have = 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            bar = tqdm(total=total, initial=have, unit="B", unit_scale=True, desc=self.part.stem)
            with self.part.open("ab" if have else "wb") as file, bar:
                for chunk in answer.iter_content(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
                file.flush()
                os.fsync(file.fileno())
        arrived = self.part.stat().st_size
        if total is not None and arrived < total:
            raise requests.ConnectionError(f"the connection closed after {arrived} of {total} bytes")
