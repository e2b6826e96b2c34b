import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cnnlib import timing


def test_medians_are_those_of_the_clock(monkeypatch):
    clock = iter([0.0, 1.0, 10.0, 30.0, 100.0, 105.0, 200.0, 206.0, 300.0, 303.0, 400.0, 404.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    assert timing.medians(int, float, repeats=3) == (3.0, 6.0)


def test_works_take_turns_after_a_round_of_warming_up():
    turns = []
    timing.medians(lambda: turns.append("a"), lambda: turns.append("b"), repeats=2)
    assert turns == ["a", "b"] * 3


@pytest.mark.parametrize("threads", [1, 2])
def test_numpy_gets_the_threads_it_was_promised(threads):
    np.ones((2, 2)) @ np.ones((2, 2))
    seen = []
    timing.medians(lambda: seen.append([pool["num_threads"] for pool in threadpool_info()]), threads=threads, repeats=1)
    assert seen and set(seen[0]) == {threads}
