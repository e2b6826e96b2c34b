"""A folder that nbgrader works in: its settings, and how a unit is released."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from .errors import BuildError


class Classroom:
    """A folder that nbgrader works in: source, release, submitted, autograded, feedback and the gradebook.

    Args:
        root: the folder.
        settings: nbgrader's configuration file, if there is one; the folder named here wins over it.
    """

    def __init__(self, root: Path, settings: Path | None = None) -> None:
        self.root = root.resolve()
        config = Config()
        if settings is not None and settings.is_file():
            config = PyFileConfigLoader(settings.name, str(settings.parent)).load_config()
        config.CourseDirectory.root = str(self.root)
        if "db_url" not in config.CourseDirectory:
            config.CourseDirectory.db_url = f"sqlite:///{self.root / 'gradebook.db'}?timeout=60"
        config.NbGrader.logfile = ""
        self.config = config
        # nbgrader runs `alembic` from the PATH, also where this environment's programs are not on it
        programs = str(Path(sys.executable).parent)
        if programs not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])

    def generate(self, unit: str) -> None:
        """Generate release/UNIT from the source folder, and register the assignment.

        Raises:
            BuildError: nbgrader refused; its log is in the message.
        """
        with _nbgrader(self.config) as api:
            outcome = api.generate_assignment(unit, force=True)
        if not outcome["success"]:
            raise BuildError(f"nbgrader could not generate {unit}:\n{_tail(outcome)}")


@contextmanager
def _nbgrader(config: Config) -> Iterator[Any]:
    """nbgrader's own interface, its log kept for error messages instead of the terminal."""
    from nbgrader.apps import NbGraderAPI

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own deprecations are no news to our users
        api = NbGraderAPI(config=config)
        api.log.handlers = [logging.NullHandler()]
        api.log.propagate = False
        api.log.setLevel(logging.INFO)
        yield api


def _tail(outcome: dict[str, str], lines: int = 30) -> str:
    text = outcome.get("log", "") + outcome.get("error", "")
    return "\n".join(text.strip().splitlines()[-lines:])
