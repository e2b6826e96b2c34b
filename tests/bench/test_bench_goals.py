"""The search for the shortest training chooses on the validation part, and tells what the test part says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import goals
import numpy as np
import pytest

from cnnlib.data import Tiles
from cnnlib.train import recipe


@pytest.fixture
def asked(monkeypatch):
    """Stand for training: more epochs are better, and the test part is a little harder; returns what was asked."""
    log = []

    def train(tiles, settings, progress):
        log.append((settings.epochs, settings.evaluate, settings.seed))
        accuracy = 0.9 + settings.epochs / 1000 + settings.seed / 1e4 - (settings.evaluate == "test") / 1000
        return SimpleNamespace(accuracy=accuracy, seconds=float(settings.epochs), warm_up_seconds=2.0, save=log.append)

    monkeypatch.setattr(goals, "train", train)
    return log


def tries(*epochs):
    return [recipe("eurosat", epochs=number) for number in epochs]


def test_each_goal_gets_the_first_try_whose_mean_on_validation_reaches_it(asked):
    chosen = goals.choose([0.92, 0.931, 0.97], None, tries(10, 20, 30, 40), [0, 10, 20])
    assert {goal: one.epochs for goal, one in chosen.items()} == {0.92: 20, 0.931: 30}
    assert {part for _, part, _ in asked} == {"validation"}
    assert len(asked) == 12


def test_nothing_more_is_tried_once_all_goals_are_reached(asked):
    goals.choose([0.91], None, tries(10, 20), [0])
    assert [epochs for epochs, _, _ in asked] == [10]


def test_only_the_chosen_runs_see_the_test_part_once(asked, tmp_path):
    short, long = tries(10, 20)
    table = goals.report({0.91: short, 0.915: short, 0.92: long}, None, [0, 10], tmp_path)
    trained = [entry for entry in asked if isinstance(entry, tuple)]
    assert trained == [(10, "test", 0), (10, "test", 10), (20, "test", 0), (20, "test", 10)]
    assert list(table.columns[2].cells) == ["90.95 ± 0.07", "90.95 ± 0.07", "91.95 ± 0.07"]
    assert list(table.columns[4].cells) == ["10.00", "10.00", "20.00"]
    saved = {Path(entry).name for entry in asked if isinstance(entry, str)}
    assert len(saved) == 4


def test_from_the_command_line(monkeypatch, tmp_path, capsys):
    rng = np.random.default_rng(0)
    parts = {"train": np.arange(40), "validation": np.arange(40, 50), "test": np.arange(50, 60)}
    images = rng.integers(0, 256, (60, 64, 64, 3), dtype=np.uint8)
    names = tuple("abcdefghij")
    tiles = Tiles("eurosat", images, np.arange(60) % 10, names, ("red", "green", "blue"), parts)
    monkeypatch.setattr(goals.data, "eurosat", lambda: tiles)
    monkeypatch.setattr(goals, "TRIES", ({"width": 4, "epochs": 1},))
    words = ["--goals", "0", "1.01", "--seeds", "0", "1", "--batch", "8", "--device", "cpu", "--folder"]
    assert goals.main([*words, str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "width 4 stride 2 epochs 1 batch 8: validation" in told
    assert "no run that was tried reaches 101.0% of the validation part" in told
    assert len(list(tmp_path.glob("*/metrics.json"))) == 2
    assert goals.main(["--batch", "0"]) == 1
    assert "batch is 0" in capsys.readouterr().err
    assert goals.main(["--batch", "41", "--device", "cpu"]) == 1
    assert "only 40 tiles to learn from" in capsys.readouterr().err
