"""Whole training runs, on digits and on tiny sets."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from tqdm import tqdm

from cnnlib.data import Tiles
from cnnlib.train import Settings, Tracker, config, history, loop, train
from cnnlib.train.__main__ import arguments, main
from cnnlib.train.learner import Learner
from cnnlib.train.loop import _Run

small = Settings(
    width=4, epochs=5, batch=32, learning_rate=0.05, average=0.9, translate=1, cutout=2, momentum=0.8, device="cpu"
)


class Told(Tracker):
    """Keeps what it is told; stops the run after some steps."""

    def __init__(self, stop=None):
        self.stop, self.config, self.values, self.summary, self.order = stop, None, [], None, []

    def start(self, config):
        self.config = config
        self.order.append("start")

    def log(self, values, step):
        self.values.append((step, values))
        if step == self.stop:
            raise KeyboardInterrupt

    def pictures(self, name, images, captions, step):
        assert images.dtype == np.uint8 and len(images) == len(captions)
        self.order.append("pictures")

    def confusion(self, truth, predicted, classes, step):
        self.order.append("confusion")

    def checkpoint(self, path):
        assert path.is_file()
        self.order.append("checkpoint")

    def finish(self, summary, *, failed=False):
        self.summary = summary
        self.order.append("finish")


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    images = np.round(images.reshape(-1, 8, 8, 1) * 255 / 16).astype(np.uint8)
    shuffled = np.random.default_rng(0).permutation(len(labels))
    parts = dict(zip(("train", "validation", "test"), np.split(shuffled, [1200, 1500]), strict=True))
    return Tiles("digits", images, labels.astype(np.int64), tuple("0123456789"), ("gray",), parts)


@pytest.fixture(scope="module")
def few(digits):
    parts = {"train": np.arange(100), "validation": np.arange(100, 140), "test": np.arange(140, 170)}
    return replace(digits, parts=parts)


def weights(outcome):
    return dict(outcome.network.state_dict())


def identical(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def untimed(outcome):
    return [{name: value for name, value in record.items() if name != "seconds"} for record in outcome.records]


@pytest.mark.parametrize(
    "change",
    [
        {"width": 16, "learning_rate": 0.1},
        {"network": "residual", "width": 8, "learning_rate": 0.1},
        {"width": 16, "optimizer": "muon", "muon_rate": 0.05, "learning_rate": 0.05},
    ],
    ids=["fast", "residual", "muon"],
)
def test_digits_are_recognised(digits, change):
    settings = Settings(epochs=8, batch=100, orientations="none", translate=1, views=1, watch=0, device="cpu")
    outcome = train(digits, replace(settings, **change))
    assert outcome.accuracy > 0.95


def test_an_outcome_tells_what_was_evaluated(few, tmp_path):
    outcome = train(few, small)
    np.testing.assert_array_equal(outcome.tiles, few.parts["validation"])
    np.testing.assert_array_equal(outcome.labels, few.part("validation")[1])
    np.testing.assert_array_equal(outcome.predictions, outcome.logits.argmax(1))
    assert outcome.accuracy == np.mean(outcome.predictions == outcome.labels)
    assert [record["epoch"] for record in outcome.records] == [1, 2, 3, 4, 5]
    assert all({"loss", "accuracy", "gradient_norm", "validation_accuracy"} <= set(one) for one in outcome.records)
    outcome.save(tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert Settings(**metrics["settings"]) == small
    with np.load(tmp_path / "predictions.npz") as kept:
        truth = few.labels[kept["tiles"]]
        assert metrics["accuracy"] == np.mean(kept["predictions"] == truth)


def test_the_returned_network_and_normalisation_give_the_logits_again(few):
    outcome = train(few, replace(small, views=1))
    images = (few.part("validation")[0] / 255 - outcome.mean) / outcome.spread
    with torch.no_grad():
        logits = outcome.network(torch.from_numpy(images).permute(0, 3, 1, 2).float())
    np.testing.assert_allclose(logits.numpy(), outcome.logits, atol=1e-5)


def test_the_test_part_is_touched_only_when_asked(few):
    class Guarded:
        def __init__(self):
            self.asked = []

        def __getattr__(self, name):
            return getattr(few, name)

        def part(self, name):
            self.asked.append(name)
            return few.part(name)

    tiles = Guarded()
    train(tiles, replace(small, epochs=1))
    assert set(tiles.asked) == {"train", "validation"}
    assert train(tiles, replace(small, epochs=1, evaluate="test")).part == "test"
    assert "test" in tiles.asked


def test_after_all_choices_validation_can_be_learned_from_and_is_watched_no_more(few):
    outcome = train(few, replace(small, epochs=1, fit="train+validation", evaluate="test"))
    assert outcome.records[0]["step"] == 140 // 32
    assert "validation_accuracy" not in outcome.records[0]


def test_a_seed_repeats_a_run_to_the_bit_and_another_does_not(few):
    once, again, other = (train(few, replace(small, epochs=2, seed=seed)) for seed in (3, 3, 4))
    assert identical(weights(once), weights(again))
    assert untimed(once) == untimed(again)
    np.testing.assert_array_equal(once.logits, again.logits)
    assert not identical(weights(once), weights(other))


def test_a_run_leaves_the_global_random_state_alone(few):
    before = torch.get_rng_state()
    train(few, replace(small, epochs=1))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("change", [{}, {"optimizer": "muon"}, {"optimizer": "adamw"}, {"network": "residual"}])
def test_a_killed_run_resumes_to_the_same_bits(few, tmp_path, change):
    settings = replace(small, checkpoint=str(tmp_path / "run.pt"), **change)
    whole = train(few, replace(settings, checkpoint=""))
    with pytest.raises(KeyboardInterrupt):
        train(few, settings, Told(stop=2 * (100 // 32)))
    told = Told()
    resumed = train(few, replace(settings, resume=True), told)
    assert told.values[0][0] == 100 // 32 + 1  # what the epoch told was not kept: it runs and tells again
    assert identical(weights(whole), weights(resumed))
    assert untimed(whole) == untimed(resumed)
    np.testing.assert_array_equal(whole.logits, resumed.logits)


def test_resuming_a_finished_run_evaluates_it_again(few, tmp_path):
    settings = replace(small, epochs=2, checkpoint=str(tmp_path / "run.pt"), resume=True)
    np.testing.assert_array_equal(train(few, settings).logits, train(few, settings).logits)


def test_a_checkpoint_of_other_settings_or_tiles_is_refused(few, digits, tmp_path):
    settings = replace(small, epochs=1, checkpoint=str(tmp_path / "run.pt"))
    train(few, settings)
    with pytest.raises(ValueError, match="with seed = 0, this one has 7: resume with the same"):
        train(few, replace(settings, seed=7, resume=True))
    with pytest.raises(ValueError, match="learned from 100 tiles of digits, these are 1200"):
        train(digits, replace(settings, resume=True))


def test_a_warm_up_changes_nothing(few):
    cold, warm = (train(few, replace(small, epochs=2, warm_up=one)) for one in (False, True))
    assert identical(weights(cold), weights(warm))
    assert warm.warm_up_seconds > cold.warm_up_seconds


def test_the_memory_format_does_not_change_the_result(few):
    near, far = (train(few, replace(small, epochs=1, precision="float64", channels_last=one)) for one in (True, False))
    np.testing.assert_allclose(near.logits, far.logits, atol=1e-9)


def test_bfloat16_learns_almost_the_same(few):
    try:
        low = train(few, replace(small, precision="bfloat16"))
    except ValueError as error:
        pytest.skip(str(error))
    high = train(few, small)
    assert low.logits.dtype == np.float32
    assert not np.array_equal(low.logits, high.logits)
    np.testing.assert_allclose([one["loss"] for one in low.records], [one["loss"] for one in high.records], rtol=0.05)


def test_the_tracker_is_told_settings_every_step_and_the_result(few, tmp_path):
    told = Told()
    outcome = train(few, replace(small, epochs=2, checkpoint=str(tmp_path / "run.pt")), told)
    assert told.config["learning_rate"] == small.learning_rate and told.config["data"] == "digits"
    assert [step for step, _ in told.values] == [1, 2, 3, 4, 5, 6]
    assert all({"step_loss", "learning_rate", "step_gradient_norm"} <= set(values) for _, values in told.values)
    last = told.values[-1][1]
    assert last["validation_accuracy"] == outcome.records[-1]["validation_accuracy"]
    assert told.summary["validation_accuracy"] == outcome.accuracy
    assert (told.order[0], told.order[-1]) == ("start", "finish")
    assert {"confusion", "pictures", "checkpoint"} <= set(told.order)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"batch": 101}, "batch is 101, and there are only 100 tiles"),
        ({"translate": 8}, "translate is 8, the tiles have 8 pixels"),
        ({"patch": 9}, "a patch of 9 pixels does not fit"),
    ],
)
def test_settings_that_do_not_fit_the_tiles_are_refused(few, change, message):
    with pytest.raises(ValueError, match=message):
        train(few, replace(small, **change))


def test_tiles_that_are_not_square_are_refused(few):
    with pytest.raises(ValueError, match="the tiles are 6 × 8: only squares"):
        train(replace(few, images=few.images[:, 1:7]), small)


def test_a_loss_that_is_no_number_says_what_to_lower(few):
    with pytest.raises(FloatingPointError, match=r"lower the learning rate \(now 1e\+30\)"):
        train(few, replace(small, learning_rate=1e30))


def test_full_memory_says_what_to_lower(few):
    with pytest.raises(MemoryError, match=r"lower --batch \(now 32\) or --width \(now 300000\)"):
        train(few, replace(small, network="residual", width=300_000))


PROCESS = """
import json, sys
import numpy as np
from cnnlib.data import Tiles
from cnnlib.train import Settings, processes, train
rng = np.random.default_rng(0)
labels = rng.integers(0, 3, 96)
images = (rng.integers(0, 120, (96, 6, 6, 2)) + 60 * labels[:, None, None, None] // 2).astype(np.uint8)
parts = {"train": np.arange(64), "validation": np.arange(64, 80), "test": np.arange(80, 96)}
tiles = Tiles("made", images, labels, ("a", "b", "c"), ("red", "green"), parts)
with processes.joined("cpu"):
    found = {}
    for network in ("fast", "residual"):
        settings = Settings(network=network, width=4, epochs=4, batch=16, precision="float64", device="cpu")
        outcome = train(tiles, settings)
        found[network] = [[one["loss"], one["gradient_norm"], one["validation_loss"]] for one in outcome.records]
    if processes.rank() == 0:
        open(sys.argv[1], "w").write(json.dumps([processes.size(), found]))
"""


@pytest.mark.slow
def test_two_processes_have_the_loss_curve_of_one(tmp_path):
    (tmp_path / "process.py").write_text(PROCESS, encoding="utf-8")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    found = {}
    for number, start in {1: [], 2: ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]}.items():
        file = tmp_path / f"{number}.json"
        words = [sys.executable, *start, str(tmp_path / "process.py"), str(file)]
        subprocess.run(words, check=True, env=environment, capture_output=True, timeout=300)
        size, found[number] = json.loads(file.read_text(encoding="utf-8"))
        assert size == number
    for network in ("fast", "residual"):
        np.testing.assert_allclose(found[2][network], found[1][network], rtol=0, atol=1e-9)
        assert found[1][network][-1][0] < found[1][network][0][0]


def test_every_setting_is_a_flag_with_a_help_text():
    for one in fields(Settings):
        assert len(one.metadata["help"]) > 10
        flag, default = "--" + one.name.replace("_", "-"), one.default
        if isinstance(default, bool):
            words, expected = [f"--no-{flag[2:]}" if default else flag], not default
        elif one.metadata["among"]:
            expected = next(value for value in one.metadata["among"] if value != default)
            words = [flag, expected]
        else:
            expected = {int: 3, float: 0.25, str: "file"}[type(default)]
            words = [flag, str(expected)]
        assert getattr(arguments(words), one.name) == expected
        assert not hasattr(arguments([]), one.name)


def test_help_explains_every_flag(capsys):
    with pytest.raises(SystemExit):
        arguments(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name, text in Settings.explain().items():
        assert "--" + name.replace("_", "-") in shown
        assert " ".join(text.split()[:4]) in shown


@pytest.mark.parametrize(
    "words, message",
    [
        (["--epoch", "3"], "unknown --epoch: did you mean --epochs?"),
        (["--zzz"], "unknown --zzz: --help lists all flags"),
        (["--optimizer", "adam"], "invalid choice: 'adam'"),
    ],
)
def test_a_wrong_flag_says_what_to_write(capsys, words, message):
    with pytest.raises(SystemExit):
        arguments(words)
    assert message in capsys.readouterr().err


class OneDevice(TorchDispatchMode):
    """Refuses what a GPU refuses: reckoning with tensors of two devices. Those of the device "meta" have no values."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        tensors = [one for one in tree_leaves((args, kwargs)) if isinstance(one, torch.Tensor) and one.ndim]
        devices = {one.device for one in tensors}
        assert len(devices) <= 1 or operation is torch.ops.aten.copy_.default, f"{operation} with tensors of {devices}"
        return operation(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"cutout": 3, "optimizer": "muon", "average": 0.9, "precision": "float64"},
        {"network": "residual", "optimizer": "adamw", "orientations": "random", "clip": 1.0, "channels_last": False},
        {"decoupled": True, "bias_rate": 8.0, "orientations": "none", "whiten": False},
    ],
)
def test_a_step_and_an_evaluation_never_leave_the_device(few, monkeypatch, changes):
    monkeypatch.setattr(Learner, "autocast", lambda learner: nullcontext())  # which meta has not
    settings = Settings(**{"width": 4, "batch": 32, "epochs": 2, "translate": 1, **changes})
    run = _Run(few, settings, torch.device("meta"), Tracker(), tqdm(disable=True))
    with OneDevice():
        learner = run.start()
        told = [learner.step(images, labels, 0.5) for images, labels in run.batches(0)]
        logits = run.predicted(learner, run.load("validation")[0], views=8)
    assert len(told) == 3
    assert {one.device.type for step in told for one in step} == {"meta"}
    assert (logits.device.type, logits.shape) == ("meta", (40, 10))
    state = learner.state()
    held = [*state["network"].values(), *(state["average"] or {}).values()]
    assert {value.device.type for value in held if value.ndim} == {"meta"}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="no C++ compiler")
@pytest.mark.filterwarnings("ignore:.torch.jit.script_method:DeprecationWarning")  # of what torch.compile imports
def test_a_compiled_run_learns_what_a_plain_one_learns(few):
    plain = train(few, small)
    compiled = train(few, replace(small, compile="default"))
    losses = [[record["loss"] for record in run.records] for run in (plain, compiled)]
    np.testing.assert_allclose(*losses, rtol=1e-3)


@pytest.mark.slow
def test_where_nothing_can_be_compiled_the_command_line_says_so(tmp_path):
    without = {"PATH": "", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    words = "--epochs=1 --compile=default --device=cpu"
    done = subprocess.run(
        [sys.executable, "-m", "cnnlib.train", *words.split(), f"--folder={tmp_path / 'run'}"],
        env=os.environ | without,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "No working C++ compiler" in done.stderr.splitlines()[-1]
    assert "take --compile none" in done.stderr.splitlines()[-1]


@pytest.fixture
def on_few(few, monkeypatch, tmp_path):
    monkeypatch.setattr("cnnlib.data.satellite", lambda name, download: few)
    monkeypatch.chdir(tmp_path)
    return [f"--{one}" for one in ("width=4", "epochs=2", "batch=32", "translate=0", "device=cpu")]


def test_the_command_line_trains_saves_and_tracks(on_few, tmp_path, capsys):
    assert main([*on_few, "--folder=out", "--track=local"]) == 0
    assert "validation accuracy" in capsys.readouterr().out
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["settings"]["epochs"] == 2
    with np.load(tmp_path / "out" / "predictions.npz") as kept:
        assert len(kept["predictions"]) == 40


def test_the_command_line_writes_over_no_run_but_resumes_one(on_few, tmp_path, capsys):
    words = [*on_few, "--folder=out", "--track=local", "--checkpoint=run.pt"]
    assert main(words) == 0
    before = (tmp_path / "out" / "metrics.json").read_text()
    assert main(words) == 1
    assert "out holds a run already: take another --folder, or --resume" in capsys.readouterr().err
    assert (tmp_path / "out" / "metrics.json").read_text() == before
    assert main([*words, "--resume"]) == 0
    steps = [row["step"] for row in history(tmp_path / "out")]
    assert steps == sorted(set(steps))


def test_the_command_line_says_what_to_do_instead_of_a_traceback(on_few, capsys):
    assert main([*on_few, "--momentum=1"]) == 1
    assert "momentum is 1.0: it must be less than 1" in capsys.readouterr().err
    assert main([*on_few, "--network=residual", "--width=300000"]) == 1
    assert "memory is full: lower --batch" in capsys.readouterr().err


def test_the_ladder_is_a_table_with_a_row_for_each_trick(on_few, capsys):
    assert main([*on_few, "--ladder", "--epochs=1"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].startswith("| trick added | validation accuracy") and rows[2].startswith("| naive loop |")
    assert len(rows) > 8


def test_a_sweep_tries_combinations_and_goes_on_where_it_was(on_few, tmp_path, capsys, monkeypatch):
    words = [*on_few, "--epochs=1", "--sweep", "learning-rate=0.01,0.1", "whiten=yes,no", "--trials=3", "--folder=s"]
    assert main([*words, "--track=local"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "| learning_rate | whiten | validation accuracy |"
    assert len([row for row in rows if row.startswith("| 0.")]) == 3
    accuracies = [float(row.split("|")[3].strip(" %")) for row in rows[2:5]]
    assert accuracies == sorted(accuracies, reverse=True)
    assert len({tuple(config(place.parent).items()) for place in tmp_path.glob("s/*/*/history.jsonl")}) == 3
    monkeypatch.setattr("cnnlib.train.__main__.train", None)  # nothing is trained twice
    assert main([*words, "--track=local"]) == 0


def test_the_runs_of_a_sweep_share_no_checkpoint(on_few, tmp_path):
    words = [*on_few, "--epochs=1", "--sweep", "batch=16,32", "--folder=s", "--checkpoint=run.pt", "--resume"]
    assert main(words) == 0
    assert not (tmp_path / "run.pt").exists()


@pytest.mark.parametrize(
    "words, message",
    [
        (["batch=a"], "batch takes values of type int"),
        (["whiten=maybe"], "whiten takes yes or no"),
        (["bach=64"], "did you mean batch?"),
        (["batch"], "write it as batch=64,128"),
        (["schedule=square"], "choose one of constant, linear, cosine"),
        (["batch=64", "--evaluate=test"], "a sweep makes choices"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(on_few, capsys, words, message):
    assert main([*on_few, "--sweep", *words]) == 1
    assert message in capsys.readouterr().err


def test_a_sweep_is_refused_in_several_processes(on_few, capsys, monkeypatch):
    monkeypatch.setattr("cnnlib.train.processes.size", lambda: 2)
    assert main([*on_few, "--sweep", "batch=16,32"]) == 1
    assert "without torchrun" in capsys.readouterr().err


def test_a_rung_is_the_mean_over_its_seeds(on_few, capsys, monkeypatch):
    seen = []

    def trained(tiles, settings):
        seen.append(settings.seed)
        return SimpleNamespace(accuracy=0.5 + 0.01 * settings.seed, seconds=2.0 + settings.seed)

    monkeypatch.setattr("cnnlib.train.__main__.train", trained)
    assert main([*on_few, "--ladder", "--seeds=3", "--seed=4"]) == 0
    assert seen[:6] == [4, 5, 6, 4, 5, 6]
    assert capsys.readouterr().out.splitlines()[2] == "| naive loop | 55.00% |  | 7.0 |"
    assert main([*on_few, "--ladder", "--seeds=0"]) == 1


def test_eight_epochs_show_every_image_in_all_its_orientations(few):
    settings = replace(small, batch=100, epochs=8, translate=0, cutout=0, whiten=False)
    run = loop._Run(few, settings, torch.device("cpu"), Tracker(), None)
    seen = [set() for _ in range(100)]
    for epoch in range(8):
        order = torch.randperm(100, generator=run.generator(epoch + 1))
        images, labels = next(run.batches(epoch))
        assert torch.equal(labels, run.labels[order])
        for image, number in zip(images, order.tolist(), strict=True):
            seen[number].add(image.numpy().tobytes())
    turns = [torch.rot90(run.normalised(run.images), turn, (2, 3)) for turn in range(4)]
    views = [view.numpy() for turn in turns for view in (turn, turn.flip(3))]
    assert all(seen[number] == {view[number].tobytes() for view in views} for number in range(100))
