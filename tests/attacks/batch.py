"""A course with planted secrets, and a class in which every hostile student sits between honest ones."""

from __future__ import annotations

import copy
import functools
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import RIGHT, Case
from nbgrader.api import Gradebook
from small_course import SmallCourse

from autograder import build, intake, markers

UNIT = "01_double"
HALF_RIGHT = "def double(x):\n    return 2 * x if np.shape(x) == (1,) else 3 * x"
HONEST = ((RIGHT, (1.0, 2.0)), (HALF_RIGHT, (1.0, 0.0)))  # answers and what they are worth
HUNT = Path(__file__).with_name("hunt.py").read_text(encoding="utf-8")
SECRET_ENVIRONMENT = "GRADER_PASSWORD"


@dataclass(frozen=True)
class Seat:
    """A student: honest with known scores, or with a case."""

    student: str
    scores: tuple[float, ...]
    case: Case | None = None

    @property
    def known_as(self) -> str:
        """The name in results and papers."""
        return intake.student_id(self.student)


class Batch:
    """The folder of a small course with everything handed in.

    Args:
        root: a folder that does not exist yet.
        cases: in the order of their seats.
        words: what the words @…@ in cases stand for, beyond those of the batch.
    """

    def __init__(self, root: Path, cases: list[Case], words: dict[str, str]) -> None:
        self.root, self.cases = root, cases
        self.run = secrets.token_hex(4)
        self.canaries = {
            place: f"CANARY-{place}-{secrets.token_hex(16)}"
            for place in ("answer", "tests", "environment", "temporary", "gradebook", "submission")
        }
        self.canaries["inputs"] = f"0.{secrets.randbelow(8 * 10**13) + 10**13}7"  # a number among the hidden inputs
        self.words = {"COURSE": str(root), "PID": str(os.getpid()), **words}
        self.course = self._course()
        self.assignment = markers.read(self.course.source)
        self.settings = root / "nbgrader_config.py"
        (root / "gradebook.db").write_bytes(_empty_gradebook())
        build.register(self.assignment, root, self.settings)
        released = (root / "release" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8")
        self.notebook: dict[str, Any] = json.loads(released)
        self.seats = self._seats()
        self._plant()
        for seat in self.seats:
            self._hand_in(seat)

    def mark(self, seat: Seat) -> str:
        """The name that a case gives to files and processes it makes."""
        return f"attack-{self.run}-{self.seats.index(seat):04d}"

    def neighbours(self, seat: Seat) -> list[Seat]:
        """The honest students before and after a hostile one."""
        place = self.seats.index(seat)
        return [self.seats[place - 1], self.seats[place + 1]]

    def _course(self) -> SmallCourse:
        course = SmallCourse(self.root)
        course.edit(
            "    return np.multiply(x, 2.0)", f"    # {self.canaries['answer']}\n    return np.multiply(x, 2.0)"
        )
        drawn = "drawn = np.random.default_rng(7).normal(size=(4, 3))"
        course.edit(drawn, f"# {self.canaries['tests']}\n    {drawn}\n    drawn[3, 2] = {self.canaries['inputs']}")
        return course

    def _seats(self) -> list[Seat]:
        seats = []
        for number, case in enumerate(self.cases):
            seats.append(self._honest(2 * number))
            seats.append(Seat(case.student or f"{2 * number + 1:04d}-{case.group}.{case.name}", case.scores, case))
        return [*seats, self._honest(2 * len(self.cases))]

    def _honest(self, number: int) -> Seat:
        return Seat(f"{number:04d}-honest", HONEST[number // 2 % 2][1])

    def _plant(self) -> None:
        os.environ[SECRET_ENVIRONMENT] = self.canaries["environment"]
        Path(self.words["HOSTTMP"], "answers.txt").write_text(self.canaries["temporary"], encoding="utf-8")
        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}") as gradebook:
            gradebook.add_student("bystander", first_name=self.canaries["gradebook"])

    def _hand_in(self, seat: Seat) -> None:
        folder = self.root / "submitted" / seat.student / UNIT
        folder.mkdir(parents=True)
        if seat.case is None:
            number = int(seat.student[:4])
            source = f"# {self.canaries['submission']}\n{HONEST[number // 2 % 2][0]}"
            write(folder, self._with_cells(source))
        elif seat.case.hand_in:
            names = {"folder": folder, "notebook": copy.deepcopy(self.notebook), "write": write, "cell": cell,
                     "submitted": self.root / "submitted", "mark": self.mark(seat)}  # fmt: skip
            exec(compile(self._filled(seat, seat.case.hand_in), f"{seat.case}: hand_in", "exec"), names)
        else:
            self._hand_in_cells(seat, folder)

    def _hand_in_cells(self, seat: Seat, folder: Path) -> None:
        case = seat.case
        assert case is not None
        before = [*([HUNT] if "hunt" in case.uses else []), *case.before]
        parts = [[self._filled(seat, source) for source in some] for some in (before, case.after, case.end)]
        write(folder, self._with_cells(self._filled(seat, case.answer), *parts))
        for name, source in case.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._filled(seat, source), encoding="utf-8")

    def _filled(self, seat: Seat, source: str) -> str:
        for word, value in {**self.words, "MARK": self.mark(seat)}.items():
            source = source.replace(f"@{word}@", value)
        return source

    def _with_cells(self, answer: str, *groups: list[str]) -> dict[str, Any]:
        notebook = copy.deepcopy(self.notebook)
        place = next(i for i, one in enumerate(notebook["cells"]) if name_of(one) == "double")
        notebook["cells"][place]["source"] = answer
        before, after, end = [
            [{"cell_type": "code", "id": f"own-{group}-{number}", "metadata": {}, "source": source, "outputs": [],
              "execution_count": None} for number, source in enumerate(sources)]
            for group, sources in enumerate(groups or ([], [], []))
        ]  # fmt: skip
        cells = notebook["cells"]
        notebook["cells"] = [*cells[:place], *before, cells[place], *after, *cells[place + 1 :], *end]
        return notebook


@functools.cache
def _empty_gradebook() -> bytes:
    """A gradebook without rows; making one takes nbgrader seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gradebook.db"
        Gradebook(f"sqlite:///{path}").close()
        return path.read_bytes()


def name_of(one: dict[str, Any]) -> str:
    """What the course calls a cell."""
    return str(one["metadata"].get("nbgrader", {}).get("grade_id", ""))


def cell(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """The cell of the course with that name."""
    return next(one for one in notebook["cells"] if name_of(one) == name)


def write(folder: Path, notebook: Any) -> Path:
    """Write a notebook where it is handed in."""
    path = folder / f"{UNIT}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path
