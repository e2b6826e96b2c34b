"""Everything that can go wrong in a way a user can mend.

CourseError
├── UnitNotFound        no such unit, or no course here
├── MarkerError         a source file breaks the rules of its markers; lists file:line of every breach
├── BuildError          nbgrader or the disk refused
├── StaleError          a committed notebook differs from what its source builds
├── LeakError           something secret stands in a file that students get
├── GradingError        nbgrader could not grade
├── Rejected            a submission is no notebook of this assignment
└── SandboxError        no sandbox can be had here, so nothing is graded
"""

from __future__ import annotations


class CourseError(Exception):
    """A problem with a message for the user; the command line prints it without a traceback."""


class UnitNotFound(CourseError):
    """The unit asked for does not exist."""


class MarkerError(CourseError):
    """A source file breaks the rules of its markers."""


class BuildError(CourseError):
    """A notebook could not be generated."""


class StaleError(CourseError):
    """A committed notebook is not what its source builds."""


class LeakError(CourseError):
    """An answer, a hidden test or a variant stands in something a student gets."""


class GradingError(CourseError):
    """Submissions could not be graded."""


class Rejected(CourseError):
    """A submission was refused before anything of it ran."""


class SandboxError(CourseError):
    """Student code cannot be contained on this machine."""
