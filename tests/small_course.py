"""A small course of one exercise, for tests to break."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]

SOURCE = '''\
# %% [markdown]
# # 01 · Doubling

# %%
import numpy as np

from cnnlib import expect

# %% [markdown]
# ### 1 · Double every number  ·  3 points  ·  5 min  ·  ●○○ difficulty
# Write `double(x)`.
#
# <details><summary>Hint 1: the idea</summary> Each number counts twice. </details>
# <details><summary>Hint 2: the shapes</summary> The shape stays. </details>
# <details><summary>Hint 3: almost the code</summary> One product. </details>

# %% solution="double"
def double(x):
    """Return twice x, in the same shape."""
    ### BEGIN SOLUTION
    return np.multiply(x, 2.0)
    ### END SOLUTION


# %% check="double" points=1 why="one number"
@expect.check
def check_double_one(double):
    expect.close(double(np.array([3.0])), [6.0], "double([3])", mistakes={"squared, not doubled": [9.0]})


check_double_one(double)


# %% check="double" points=2 why="many numbers"
@expect.check
def check_double_many(double):
    expect.close(expect.call(double, np.zeros(2)), [0.0, 0.0], "double([0, 0])")
    ### BEGIN HIDDEN TESTS
    drawn = np.random.default_rng(7).normal(size=(4, 3))
    expect.close(expect.call(double, drawn), drawn + drawn, "double of drawn numbers", mistakes={
        "squared, not doubled": drawn**2, "halved, not doubled": drawn * 0.5, "tripled, not doubled": drawn * 3,
        "only the first row is doubled": np.vstack([drawn[:1] * 2, drawn[1:]]),
    })
    ### END HIDDEN TESTS


check_double_many(double)


# %% wrong="double" why="squares" keyword="squared"
def double__squared(x):
    return x**2


# %% wrong="double" why="halves" keyword="halved"
def double__halved(x):
    return np.divide(x, 2.0)


# %% wrong="double" why="multiplies by three" keyword="tripled"
def double__tripled(x):
    return 3 * x


# %% wrong="double" why="changes the sign" keyword="sign"
def double__negative(x):
    return -2 * x


# %% wrong="double" why="works in place" keyword="in place"
def double__in_place(x):
    x *= 2
    return x


# %% wrong="double" why="stops after the first row" keyword="first row"
def double__first_row(x):
    out = np.array(x, dtype=float)
    out[:1] *= 2
    return out


# %% right="double" why="adds it to itself"
def double__sum(x):
    return np.add(x, x)


# %% right="double" why="a loop"
def double__loop(x):
    return np.array([2 * value for value in x.ravel()]).reshape(x.shape)
'''

LESSON = """\
# %% [markdown]
# # 01 · Doubling

# %%
print("twice as much")
"""


class SmallCourse:
    """A course folder whose one source file a test can edit."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.source = root / "source" / "01_double" / "01_double.py"
        self.lesson = root / "course" / "01_double.py"
        for path, text in ((self.source, SOURCE), (self.lesson, LESSON)):
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
        (root / "cnnlib").mkdir()
        (root / "cnnlib" / "help.py").write_text("def helper():\n    return 1\n", encoding="utf-8")
        settings = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
        (root / "nbgrader_config.py").write_text(settings, encoding="utf-8")

    def edit(self, old: str, new: str) -> int:
        """Replace a piece of the source; return the line it stands in."""
        text = self.source.read_text(encoding="utf-8")
        assert old in text, f"{old!r} does not stand in the small course"
        self.source.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1
