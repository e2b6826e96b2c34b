"""What has been graded, so that grading can be killed at any moment and started again.

A line of JSON for each graded submission, written after its papers and before its row in the gradebook. A line tells
what was graded (a digest of the file and of the assignment), so a submission that came anew is graded anew. The last
line may be torn; it then counts as not written.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from .errors import GradingError
from .exercise import Assignment, Graded, Verdict


class Journal:
    """The journal of one unit; only one grading at a time may hold it.

    Args:
        path: the file; made if missing.

    Raises:
        GradingError: another grading holds it, or the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file: IO[bytes] = path.open("a+b")
        except OSError as error:
            raise GradingError(
                f"{path} cannot be written ({error.strerror}): free some space, look at its rights."
            ) from None
        if not _locked(self.file):
            self.file.close()
            raise GradingError(f"{path.stem} is being graded already: wait until that has ended.")
        self.done: dict[str, tuple[str, Graded]] = {}
        self._read()

    def find(self, student: str, digest: str) -> Graded | None:
        """Return the grading of exactly this submission, if there was one."""
        known, graded = self.done.get(student, ("", None))
        return graded if known == digest else None

    def add(self, digest: str, graded: Graded) -> None:
        """Write a grading down for good.

        Raises:
            OSError: the disk is full.
        """
        line = json.dumps({"digest": digest, **asdict(graded)}, ensure_ascii=False, separators=(",", ":"))
        self.file.write(line.encode("utf-8", "replace") + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.done[graded.student] = (digest, graded)

    def close(self) -> None:
        """Let another grading have it."""
        self.file.close()

    def _read(self) -> None:
        self.file.seek(0)
        good = 0
        for line in self.file:
            if not line.endswith(b"\n"):
                break
            entry = _entry(line)
            if entry is not None:
                self.done[entry[1].student] = entry
            good += len(line)
        self.file.truncate(good)


def digest(assignment: Assignment, data: bytes, *settings: object) -> str:
    """Return what tells one grading from another: the submission's bytes, the assignment's source, the settings."""
    told = hashlib.sha256(assignment.path.read_bytes())
    for part in (data, repr(settings).encode()):
        told.update(hashlib.sha256(part).digest())
    return told.hexdigest()


def _locked(file: IO[bytes]) -> bool:
    """Take the lock; the graders of a run that was killed may hold it for a moment longer."""
    for _ in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            time.sleep(0.1)
    return False


def _entry(line: bytes) -> tuple[str, Graded] | None:
    try:
        found: dict[str, Any] = json.loads(line)
        known = found.pop("digest")
        found["verdicts"] = tuple(Verdict(**verdict) for verdict in found["verdicts"])
        found["notes"], found["cells"] = tuple(found["notes"]), ()
        return known, Graded(**found)
    except (ValueError, TypeError, KeyError):
        return None  # of an older form: graded again
