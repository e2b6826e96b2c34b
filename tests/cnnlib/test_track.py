"""What a run writes down can be read again, whoever wrote it: no network, no account."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cnnlib.train import track, wandb_runs

settings = {"learning_rate": 0.1, "network": "fast", "sides": [3, 3]}


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """No key, no mode and no home of the user."""
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_PROJECT", "WANDB_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")


def tell(tracker, folder):
    """A whole run of three steps."""
    checkpoint = folder.parent / "network.pt"
    checkpoint.write_bytes(b"weights")
    with tracker:
        tracker.start(settings)
        for step in range(3):
            tracker.log({"loss": 1 / (step + 1), "seen": np.int64(100 * step)}, step)
            tracker.log({"accuracy": np.float32(step / 4), "gradient_norm": math.nan if step == 1 else 2.5}, step)
        tracker.pictures("mistakes", np.full((2, 4, 4, 3), 200, np.uint8), ["forest?", "river?"], 2)
        tracker.confusion([0, 1, 1], [0, 1, 0], ["forest", "river"], 2)
        tracker.checkpoint(checkpoint)
        tracker.finish({"accuracy": 0.5})


@pytest.mark.parametrize("kind", ["local", "wandb"])
def test_every_number_of_a_run_is_read_back(tmp_path, kind):
    folder = tmp_path / "run"
    tell(track.tracker(kind, folder), folder)
    came = track.history(folder)
    assert [row["step"] for row in came] == [0, 1, 2]
    assert [row["loss"] for row in came] == [1, 1 / 2, 1 / 3]
    assert [row["seen"] for row in came] == [0, 100, 200]
    assert [row["accuracy"] for row in came] == [0, 0.25, 0.5]
    assert [math.isnan(row["gradient_norm"]) for row in came] == [False, True, False]
    assert set(came[2]) == {"step", "loss", "seen", "accuracy", "gradient_norm"}
    assert track.config(folder) == settings


def test_a_local_run_is_plain_files(tmp_path):
    folder = tmp_path / "run"
    tell(track.tracker("local", folder), folder)
    assert json.loads((folder / "confusion-2.json").read_text()) == {
        "classes": ["forest", "river"],
        "counts": [[1, 0], [1, 1]],
    }
    with Image.open(folder / "pictures" / "mistakes-2" / "001.png") as picture:
        assert np.asarray(picture).tolist() == np.full((4, 4, 3), 200).tolist()
    assert json.loads((folder / "pictures" / "mistakes-2.json").read_text()) == ["forest?", "river?"]
    assert (folder / "network.pt").read_bytes() == b"weights"
    assert json.loads((folder / "summary.json").read_text()) == {"accuracy": 0.5, "state": "finished"}


def test_a_run_with_weights_and_biases_holds_pictures_chart_artifact_and_group(tmp_path):
    folder = tmp_path / "run"
    tell(track.tracker("wandb", folder, group="sweep-1"), folder)
    (file,) = folder.glob("wandb/offline-run-*/*.wandb")
    records = wandb_runs._inspected(file)
    (run,) = [record["run"] for record in records if record["type"] == "run"]
    assert (run["project"], run["run_group"]) == (wandb_runs.PROJECT, "sweep-1")
    assert [record["exit"]["exit_code"] for record in records if record["type"] == "exit"] == [0]
    kinds = {record["artifact"]["type"] for record in records if record["type"] == "artifact"}
    assert "model" in kinds
    (picture, _) = sorted(file.parent.glob("files/media/images/mistakes_2_*.png")) * 2
    with Image.open(picture) as image:
        assert image.size == (4, 4)
    (table,) = file.parent.glob("files/media/table/confusion_table_*.json")
    assert ["forest", "forest", 1] in json.loads(table.read_text())["data"]
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("kind", ["local", "wandb"])
def test_a_run_that_an_error_ends_is_marked(tmp_path, kind):
    with pytest.raises(ZeroDivisionError), track.tracker(kind, tmp_path) as tracker:
        tracker.start(settings)
        tracker.log({"loss": 1 / 0}, 0)
    if kind == "local":
        assert json.loads((tmp_path / "summary.json").read_text())["state"] == "failed"
    else:
        (file,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
        assert [r["exit"]["exit_code"] for r in wandb_runs._inspected(file) if r["type"] == "exit"] == [1]


def test_online_without_a_key_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "online")
    with pytest.raises(ConnectionError, match="wandb login"):
        track.tracker("wandb", tmp_path).start(settings)


def test_an_unknown_mode_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "on")
    with pytest.raises(ValueError, match="offline, online, disabled"):
        track.tracker("wandb", tmp_path).start(settings)


def test_without_wandb_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ModuleNotFoundError, match="pip install wandb"):
        track.tracker("wandb", tmp_path).start(settings)


def test_a_run_leaves_neither_environment_nor_home_changed(tmp_path):
    before = dict(os.environ)
    for name in ("first", "second"):
        tell(track.tracker("wandb", tmp_path / name), tmp_path / name)
    assert dict(os.environ) == before
    assert not list((tmp_path / "home").rglob("*artifact*"))


def test_the_latest_of_several_runs_counts(tmp_path):
    for loss in (1, 2):
        tracker = track.tracker("wandb", tmp_path)
        tracker.start(settings)
        tracker.log({"loss": loss}, 0)
        tracker.finish({})
    assert track.history(tmp_path) == [{"step": 0, "loss": 2}]


@pytest.mark.parametrize("kind", ["local", "wandb"])
def test_a_resumed_run_is_one_run_in_which_a_step_counts_once(tmp_path, kind):
    for resume, steps in [(False, (1, 2, 3)), (True, (3, 4))]:
        with track.tracker(kind, tmp_path) as tracker:
            tracker.start(settings | {"resume": resume})
            for step in steps:
                tracker.log({"loss": 1 / step}, step)
            tracker.finish({})
    assert [(row["step"], row["loss"]) for row in track.history(tmp_path)] == [(n, 1 / n) for n in (1, 2, 3, 4)]


def test_a_run_is_not_written_over(tmp_path):
    track.tracker("local", tmp_path).start(settings)
    with pytest.raises(FileExistsError, match="another folder"):
        track.tracker("local", tmp_path).start(settings)


def test_no_run_and_a_damaged_run_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"history\.jsonl"):
        track.history(tmp_path)
    (tmp_path / "history.jsonl").write_text('{"step": 0, "lo')
    with pytest.raises(ValueError, match="damaged"):
        track.history(tmp_path)
    damaged = tmp_path / "run.wandb"
    damaged.write_bytes(b"no such thing")
    with pytest.raises(ValueError, match="cannot read"):
        track.history(damaged)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda t: t.log({"loss": "low"}, 0),
        lambda t: t.pictures("p", np.zeros((1, 4, 4, 3)), ["a"], 0),
        lambda t: t.pictures("p", np.zeros((1, 3, 4, 4), np.uint8), ["a"], 0),
        lambda t: t.pictures("p", np.zeros((2, 4, 4), np.uint8), ["a"], 0),
        lambda t: t.confusion([0, 2], [0, 1], ["a", "b"], 0),
        lambda t: t.confusion([0], [0, 1], ["a", "b"], 0),
    ],
)
def test_what_fits_no_run_is_refused_before_it_is_written(tmp_path, wrong):
    tracker = track.tracker("local", tmp_path)
    tracker.start(settings)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((TypeError, ValueError)):
        wrong(tracker)
    assert sorted(tmp_path.rglob("*")) == before


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="none, local, wandb"):
        track.tracker("tensorboard")


TRACKIO = """
import json, sys
import numpy as np
from pathlib import Path
from cnnlib.train import history, tracker
folder = Path(sys.argv[1])
with tracker("trackio", folder / "first", group="sweep-1") as told:
    told.start({"learning_rate": 0.1})
    for step in (1, 2):
        told.log({"loss": 1 / step, "epoch": np.int64(1)}, step)
    told.pictures("mistakes", np.zeros((1, 4, 4, 3), np.uint8), ["forest?"], 2)
    told.finish({"accuracy": 0.5})
import trackio
from trackio.sqlite_storage import SQLiteStorage
(run,) = trackio.Api().runs("satellite")
logs = SQLiteStorage.get_logs("satellite", run.name, run_id=run.id)
print(json.dumps([run.name, run.config["learning_rate"], logs, history(folder / "first")], default=str))
"""


def test_trackio_is_told_what_the_local_files_hold(tmp_path):
    pytest.importorskip("trackio")
    environment = os.environ | {"TRACKIO_DIR": str(tmp_path / "trackio"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", TRACKIO, str(tmp_path / "runs")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    name, rate, logs, local = json.loads(done.stdout)  # nothing else was printed
    assert (name, rate) == ("runs-first", 0.1)
    assert [(row["step"], row["loss"]) for row in logs if "loss" in row] == [(1, 1), (2, 0.5)]
    assert any("forest?" in str(row) for row in logs)
    assert local == [{"step": 1, "loss": 1, "epoch": 1}, {"step": 2, "loss": 0.5, "epoch": 1}]


def test_without_trackio_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trackio", None)
    with pytest.raises(ModuleNotFoundError, match=r"cnn-course\[trackio\]"):
        track.tracker("trackio", tmp_path / "run").start(settings)
    assert not (tmp_path / "run").exists()
