"""The bench of the training pipeline compares what it says it compares."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import train as bench
from PIL import Image

from cnnlib.data import Tiles
from cnnlib.train import Settings, recipe


@pytest.fixture
def tiles():
    rng = np.random.default_rng(0)
    parts = {"train": np.arange(120), "validation": np.arange(120, 130), "test": np.arange(130, 140)}
    images = rng.integers(0, 256, (140, 64, 64, 3), dtype=np.uint8)
    return Tiles("eurosat", images, np.arange(140) % 10, tuple("abcdefghij"), ("red", "green", "blue"), parts)


def test_resnet18_is_torchvisions():
    network = bench.resnet18(1000)
    assert sum(weight.numel() for weight in network.parameters()) == 11_689_512
    assert network[:-3](torch.zeros(1, 3, 224, 224)).shape == (1, 512, 7, 7)


@pytest.mark.parametrize("side", [64, 96])
def test_the_tutorials_images_are_crops_or_enlargements_of_the_files_normalised(tmp_path, side):
    colour = np.array([10, 100, 200], np.uint8)
    (tmp_path / "b").mkdir()
    (tmp_path / "a").mkdir()
    Image.fromarray(np.broadcast_to(colour, (64, 64, 3)).copy()).save(tmp_path / "b" / "1.jpg", quality=100)
    (x, label) = bench.Folder(tmp_path, side)[0]
    assert (tuple(x.shape), x.dtype, label) == ((3, side, side), torch.float32, 1)
    middle = x[:, side // 2, side // 2] * torch.tensor(bench.SPREAD) + torch.tensor(bench.MEAN)
    torch.testing.assert_close(255 * middle, torch.tensor(colour).float(), rtol=0, atol=2)


def test_the_share_of_the_peak_is_a_share(monkeypatch):
    monkeypatch.setitem(bench.MATRIX, "cpu", 512)
    settings = Settings(batch=16, width=8, stride=2, epochs=1)
    step, peak, share = bench.share_of_peak(settings, torch.device("cpu"))
    assert 0 < step < peak
    assert share == step / peak


def test_all_three_contenders_run_and_the_last_line_has_the_ratios(tiles, monkeypatch, capsys):
    monkeypatch.setattr(bench, "BATCH", 8)
    monkeypatch.setattr(bench, "WORKERS", 1)
    monkeypatch.setitem(bench.MATRIX, "cpu", 64)
    monkeypatch.setattr(bench.data, "eurosat", lambda: tiles)
    monkeypatch.setattr(bench, "recipe", lambda *args, **changes: recipe(*args, **changes, width=4, batch=8))
    assert bench.main(["--rounds", "1", "--images", "32", "--large", "8", "--device", "cpu"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1].startswith("bench-train: ")
    assert told[-1].endswith("times ResNet-18 at 224")
    assert any("TFLOP/s" in line for line in told)


def test_without_eurosat_it_says_where_to_get_it(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("EUROSAT_ROOT", raising=False)
    monkeypatch.setenv("CNNLIB_CACHE", str(tmp_path))
    assert bench.main([]) == 1
    assert "EUROSAT_ROOT" in capsys.readouterr().err
