"""A sweep tries what it says, goes on where it was stopped, and asks nobody for an account."""

from __future__ import annotations

import itertools
import json
import math
from types import SimpleNamespace

import pytest
import wandb

from cnnlib.train import track, wandb_runs
from cnnlib.train.sweep import combinations, sweep

choices = {"learning_rate": [0.1, 0.3, 1.0], "batch": [32, 64]}


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_PROJECT", "WANDB_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def quality(choice, tracker):
    """Best at 0.3 and 64."""
    tracker.start(choice)
    result = -abs(math.log(choice["learning_rate"] / 0.3)) + choice["batch"] / 1000
    tracker.log({"accuracy": result}, 0)
    tracker.finish({"accuracy": result})
    return result


def test_every_combination_comes_once_and_the_best_first(tmp_path):
    results = sweep(quality, choices, folder=tmp_path)
    assert results[0][0] == {"learning_rate": 0.3, "batch": 64}
    tried = sorted((choice["learning_rate"], choice["batch"]) for choice, _ in results)
    assert tried == sorted(itertools.product(*choices.values()))
    assert [value for _, value in results] == sorted((value for _, value in results), reverse=True)
    for choice, result in results:
        folder = next(p.parent for p in tmp_path.glob("*/result.json") if json.loads(p.read_text())["choice"] == choice)
        assert track.history(folder / "attempt-1") == [{"step": 0, "accuracy": result}]


def test_a_result_that_is_no_number_comes_last(tmp_path):
    results = sweep(lambda choice, _: math.nan if choice["a"] == 1 else -choice["a"], {"a": [1, 2, 3]}, folder=tmp_path)
    assert [choice["a"] for choice, _ in results] == [2, 3, 1]


def test_a_sweep_that_was_stopped_goes_on(tmp_path):
    begun = []

    def stops(choice, tracker):
        begun.append(choice)
        if len(begun) == 3:
            tracker.start(choice)
            raise KeyboardInterrupt
        return quality(choice, tracker)

    with pytest.raises(KeyboardInterrupt):
        sweep(stops, choices, folder=tmp_path)
    results = sweep(stops, choices, folder=tmp_path)
    assert len(begun) == 7  # the third twice
    assert results == sweep(quality, choices, folder=tmp_path / "again")


def test_another_sweep_is_not_mixed_in(tmp_path):
    sweep(quality, choices, folder=tmp_path)
    with pytest.raises(ValueError, match="another folder"):
        sweep(quality, {**choices, "batch": [128]}, folder=tmp_path)


def test_some_combinations_are_drawn_without_repetition_and_the_same_for_a_seed():
    drawn = combinations(choices, trials=4, seed=3)
    assert len({tuple(choice.values()) for choice in drawn}) == 4
    assert drawn == combinations(choices, trials=4, seed=3)
    assert any(combinations(choices, trials=4, seed=seed) != drawn for seed in range(4))
    assert combinations(choices, trials=100) == combinations(choices)


@pytest.mark.parametrize(("tried", "trials"), [({}, None), ({"a": []}, None), ({"a": [1]}, 0)])
def test_a_sweep_over_nothing_is_refused(tried, trials):
    with pytest.raises(ValueError, match="at least one value"):
        combinations(tried, trials)


def test_offline_runs_of_weights_and_biases_share_a_group(tmp_path):
    sweep(quality, {"learning_rate": [0.1], "batch": [32, 64]}, folder=tmp_path / "rates", kind="wandb")
    files = sorted((tmp_path / "rates").glob("*/attempt-1/wandb/offline-run-*/*.wandb"))
    groups = [r["run"]["run_group"] for file in files for r in wandb_runs._inspected(file) if r["type"] == "run"]
    assert groups == ["rates", "rates"]


def test_online_it_is_a_sweep_of_weights_and_biases(tmp_path, monkeypatch):
    """The service itself is out of reach for a test: its agent is played."""
    made = []

    class Run(SimpleNamespace):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.ended = True

        def log(self, values, step):
            self.logged = values

        def finish(self, exit_code):
            self.code = exit_code

    class Config(dict):
        def update(self, values, allow_val_change):
            dict.update(self, values)

    def agent(number, function, count):
        assert (number, count) == ("sweep-7", 2)
        for batch in (32, 64):
            made.append(Run(config=Config(learning_rate=0.3, batch=batch), summary={}, id="r"))
            monkeypatch.setattr(wandb, "init", lambda: made[-1])
            function()

    plans = []
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setattr(wandb, "sweep", lambda plan, project: plans.append((plan, project)) or "sweep-7")
    monkeypatch.setattr(wandb, "agent", agent)
    results = sweep(quality, choices, folder=tmp_path / "rates", kind="wandb", trials=2)
    ((plan, project),) = plans
    assert (plan["method"], project) == ("random", wandb_runs.PROJECT)
    assert plan["parameters"]["batch"] == {"values": [32, 64]}
    assert plan["metric"] == {"name": "result", "goal": "maximize"}
    assert [choice["batch"] for choice, _ in results] == [64, 32]
    assert [run.summary["result"] for run in made] == [quality(run.config, track.Tracker()) for run in made]
    assert all(run.ended and run.code == 0 for run in made)
