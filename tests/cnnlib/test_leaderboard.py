"""A recorded run counts for what its predictions are worth."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest

from cnnlib.data import eurosat, landsat
from cnnlib.train import Outcome, leaderboard, recipe


@pytest.fixture(scope="module")
def tiles():
    return landsat()


def record(folder, tiles, wrong, *, seed=0, part="test", seconds=3.0):
    """Save a run whose first `wrong` predictions are wrong."""
    numbers = tiles.indices(part)
    labels = tiles.labels[numbers]
    predicted = labels.copy()
    predicted[:wrong] = (predicted[:wrong] + 1) % len(tiles.classes)
    mean = spread = np.zeros(len(tiles.channels))
    outcome = Outcome(
        data=tiles.name, settings=recipe("landsat", seed=seed), records=[], seconds=seconds, warm_up_seconds=0.0,
        hardware="two | cores <b>", part=part, tiles=numbers, labels=labels,
        logits=np.eye(len(tiles.classes))[predicted], network=None, mean=mean, spread=spread,
    )  # fmt: skip
    outcome.save(folder)
    return folder


def changed(folder, **arrays):
    """Write other arrays over those of a run."""
    with np.load(folder / "predictions.npz") as file:
        kept = dict(file)
    np.savez(folder / "predictions.npz", **(kept | arrays))


def test_the_score_is_computed_from_the_predictions(tmp_path, tiles):
    entry = leaderboard.read(record(tmp_path / "run", tiles, 150, seed=4))
    assert (entry.accuracy, entry.seed, entry.part, entry.data) == (1 - 150 / 2000, 4, "test", "landsat")


def test_the_order_of_the_tiles_does_not_matter(tmp_path, tiles):
    folder = record(tmp_path / "run", tiles, 150)
    with np.load(folder / "predictions.npz") as file:
        turned = {name: file[name][::-1] for name in file}
    changed(folder, **turned)
    assert leaderboard.read(folder).accuracy == 1 - 150 / 2000


def test_what_a_run_says_of_itself_is_not_believed(tmp_path, tiles):
    folder = record(tmp_path / "run", tiles, 150)
    told = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps(told | {"accuracy": 0.99}))
    with pytest.raises(ValueError, match=r"says 0\.9900, its predictions are right for 0\.9250"):
        leaderboard.read(folder)


def test_labels_of_its_own_do_not_help_a_run(tmp_path, tiles):
    folder = record(tmp_path / "run", tiles, 150)
    with np.load(folder / "predictions.npz") as file:
        predictions = file["predictions"]
    changed(folder, labels=predictions)
    assert leaderboard.read(folder).accuracy == 1 - 150 / 2000


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (lambda n, p: {"tiles": np.full_like(n, n[-1]), "predictions": np.full_like(p, p[-1])}, "exactly once"),
        (lambda n, p: {"tiles": n[200:], "predictions": p[200:]}, "exactly once"),
        (lambda n, p: {"predictions": p[200:]}, "exactly once"),
        (lambda n, p: {"predictions": p + 6}, "none of the 6 classes"),
        (lambda n, p: {"predictions": p.astype(float)}, "none of the 6 classes"),
    ],
)
def test_easy_tiles_alone_and_strange_predictions_are_refused(tmp_path, tiles, arrays, message):
    folder = record(tmp_path / "run", tiles, 150)
    with np.load(folder / "predictions.npz") as file:
        numbers, predictions = file["tiles"], file["predictions"]
    changed(folder, **arrays(numbers, predictions))
    with pytest.raises(ValueError, match=message):
        leaderboard.read(folder)


def test_a_pickle_among_the_predictions_is_not_opened(tmp_path, tiles):
    folder = record(tmp_path / "run", tiles, 150)

    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "opened"), "w"))

    np.savez(folder / "predictions.npz", tiles=np.array([Trap()], object), predictions=np.zeros(1, int))
    with pytest.raises(ValueError, match="damaged"):
        leaderboard.read(folder)
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"data": "landsat", "settings": 3}', "\x00"])
def test_damaged_metrics_are_told(tmp_path, tiles, text):
    folder = record(tmp_path / "run", tiles, 150)
    (folder / "metrics.json").write_text(text)
    with pytest.raises(ValueError, match="damaged"):
        leaderboard.read(folder)
    with pytest.raises(ValueError, match="damaged"):
        leaderboard.leaderboard(tmp_path)


def test_a_missing_file_is_told(tmp_path, tiles):
    folder = record(tmp_path / "run", tiles, 150)
    (folder / "predictions.npz").unlink()
    with pytest.raises(FileNotFoundError, match=r"outcome\.save"):
        leaderboard.read(folder)


def test_runs_on_the_two_splits_of_eurosat_are_told_apart(tmp_path):
    folder = record(tmp_path / "run", eurosat(pixels=False), 54)
    told = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps(told | {"data": "eurosat-paper"}))
    with pytest.raises(ValueError, match="does not predict each of the 5400 tiles"):
        leaderboard.read(folder)
    paper = record(tmp_path / "paper", eurosat("paper", pixels=False), 54)
    assert leaderboard.read(paper).data == "eurosat-paper"


def test_the_table_has_the_best_first_and_no_markup_from_a_run(tmp_path, capsys):
    for name, wrong, seed in [("good", 150, 1), ("best", 100, 2), ("poor|er", 600, 3)]:
        record(tmp_path / name, landsat(), wrong, seed=seed)
    assert leaderboard.main([str(tmp_path)]) == 0
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert "hardware" in head
    assert [row.split("|")[3].strip() for row in rows] == ["95.00%", "92.50%", "70.00%"]
    assert all(r"two \| cores &lt;b>" in row for row in rows)
    assert r"poor\|er" in rows[2]


def test_a_run_is_handed_in_as_text_that_holds_its_predictions(tmp_path, tiles, capsys):
    folder = record(tmp_path / "run", tiles, 150, seed=4)
    with np.load(folder / "predictions.npz") as file:
        turned = {name: file[name][::-1] for name in file}
    changed(folder, **turned)
    assert leaderboard.main(["--hand-in", str(folder)]) == 0
    text = capsys.readouterr().out
    told = ast.literal_eval(text)
    assert {"data": "landsat", "part": "test", "accuracy": 0.925, "seed": 4}.items() <= told.items()
    right = np.array([int(digit) for digit in told["predictions"]]) == tiles.labels[tiles.indices("test")]
    assert right.tolist() == [False] * 150 + [True] * 1850
    assert max(map(len, text.splitlines())) < 120


def test_what_is_no_run_is_not_handed_in(tmp_path, capsys):
    assert leaderboard.main(["--hand-in", str(tmp_path)]) == 1
    assert "metrics.json is missing" in capsys.readouterr().err


def test_runs_on_eurosat_are_compared_without_its_images(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("EUROSAT_ROOT", raising=False)
    monkeypatch.setenv("CNNLIB_CACHE", str(tmp_path / "empty"))
    record(tmp_path / "runs" / "one", eurosat(pixels=False), 54)
    assert leaderboard.main([str(tmp_path / "runs")]) == 0
    assert "| eurosat | test | 99.00% |" in capsys.readouterr().out


def test_the_courses_table_is_that_of_its_recorded_runs(capsys):
    course = Path(__file__).parents[2] / "course"
    assert leaderboard.main([str(course / "runs")]) == 0
    assert (course / "leaderboard.md").read_text() == capsys.readouterr().out


def test_no_run_and_a_run_that_does_not_hold_end_in_a_sentence(tmp_path, capsys):
    assert leaderboard.main([str(tmp_path)]) == 1
    assert "no run below" in capsys.readouterr().err
    folder = record(tmp_path / "run", landsat(), 150)
    told = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps(told | {"data": "mars"}))
    assert leaderboard.main([str(tmp_path)]) == 1
    assert "run: no data set 'mars'" in capsys.readouterr().err
