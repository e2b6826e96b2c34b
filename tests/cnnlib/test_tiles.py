import numpy as np
import pytest

from cnnlib.data import Tiles, tiles


def made(rng, **changes):
    """30 tiles of 4 × 5 pixels in 3 channels, of 2 classes."""
    values = {
        "name": "made",
        "images": rng.integers(0, 256, (30, 4, 5, 3), np.uint8),
        "labels": rng.integers(0, 2, 30),
        "classes": ("field", "road"),
        "channels": ("red", "green", "blue"),
        "parts": {"train": np.arange(20)[::-1], "validation": np.arange(20, 25), "test": np.arange(25, 30)},
    }
    return Tiles(**values | changes)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_part_has_its_tiles_in_the_order_of_its_indices(rng):
    set_ = made(rng)
    images, labels = set_.part("train")
    np.testing.assert_array_equal(images, set_.images[19::-1])
    np.testing.assert_array_equal(labels, set_.labels[19::-1])


def test_parts_can_be_joined(rng):
    set_ = made(rng)
    images, labels = set_.part("train+validation")
    np.testing.assert_array_equal(images, np.concatenate([set_.part("train")[0], set_.part("validation")[0]]))
    assert len(labels) == 25


def test_a_part_is_a_copy_also_of_a_read_only_memory_map(rng, tmp_path):
    np.save(tmp_path / "images.npy", made(rng).images)
    set_ = made(rng, images=np.load(tmp_path / "images.npy", mmap_mode="r"))
    images, _ = set_.part("test")
    images[:] = 0
    assert type(images) is np.ndarray
    assert set_.images[25:].any()


@pytest.mark.parametrize("name", ["val", "", "train+", "train+train", "train,test"])
def test_an_unknown_part_is_refused_with_those_there_are(rng, name):
    with pytest.raises(ValueError, match=r"no part .* train, validation, test"):
        made(rng).part(name)


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_statistics_are_those_of_numpy_over_the_training_part_alone(rng, monkeypatch, batch):
    monkeypatch.setattr(tiles, "BATCH", batch)
    set_ = made(rng)
    mean, spread = set_.statistics()
    pixels = set_.images[:20].astype(np.float64).reshape(-1, 3) / 255
    np.testing.assert_allclose(mean, pixels.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(spread, pixels.std(axis=0), rtol=1e-12)


def test_statistics_do_not_change_with_the_other_parts(rng):
    set_ = made(rng)
    images = set_.images.copy()
    images[20:] = 255
    np.testing.assert_array_equal(made(rng, images=images, labels=set_.labels).statistics(), set_.statistics())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": np.zeros((30, 4, 5, 3))}, "images are uint8 of shape"),
        ({"images": np.zeros((30, 4, 5), np.uint8)}, "images are uint8 of shape"),
        ({"channels": ("red",)}, r"shape \(N, H, W, 1\), these are uint8 of shape \(30, 4, 5, 3\)"),
        ({"labels": np.zeros(29, np.int64)}, "30 images want a label each"),
        ({"labels": np.full(30, 2)}, "labels lie from 0 to 1, these from 2 to 2"),
        ({"labels": np.full(30, -1)}, "labels lie from 0 to 1"),
        ({"parts": {"train": np.array([30])}}, "indices from 0 to 29"),
        ({"parts": {"train": np.array([-1])}}, "indices from 0 to 29"),
        ({"parts": {"train": np.array([1]), "test": np.array([1])}}, "in two parts"),
    ],
)
def test_what_does_not_fit_together_is_refused(rng, changes, message):
    with pytest.raises(ValueError, match=message):
        made(rng, **changes)
