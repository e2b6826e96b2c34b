import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage.measure import block_reduce
from sklearn.datasets import load_digits

from cnnlib import data
from cnnlib.data import pictures


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("data must not use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setitem(sys.modules, "pooch", None)


@pytest.mark.parametrize("name", data.photos())
def test_every_photo_is_float64_between_0_and_1(name):
    picture = data.photo(name)
    assert picture.dtype == np.float64
    assert picture.ndim == 2 or picture.shape[2] == 3
    assert 0 <= picture.min() < 0.5 < picture.max() <= 1


def test_a_size_is_the_longer_side_and_keeps_the_proportions():
    assert data.photo("coffee", size=60).shape == (40, 60, 3)


def test_two_sizes_are_height_and_width():
    assert data.photo("camera", size=(32, 48)).shape == (32, 48)


def test_resizing_averages_areas_as_scikit_image_does():
    expected = block_reduce(data.photo("camera"), (8, 8), np.mean)
    np.testing.assert_allclose(data.photo("camera", size=64), expected)


def test_resizing_by_a_fraction_keeps_the_mean_brightness():
    np.testing.assert_allclose(data.photo("coins", size=(101, 77)).mean(), data.photo("coins").mean())


@pytest.mark.parametrize("size", [0, -3, (0, 5)])
def test_a_size_without_pixels_is_refused(size):
    with pytest.raises(ValueError, match="at least one pixel"):
        data.photo("camera", size=size)


def test_an_unknown_photo_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'dog'.*astronaut, .*rocket"):
        data.photo("dog")


def test_a_missing_package_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(pictures.importlib.util, "find_spec", lambda module: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-image"):
        data.photo()
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        data.digits()


def test_every_photo_is_a_file_of_the_wheel():
    assert all(
        (data.package_folder("skimage", "scikit-image") / "data" / file).is_file() for file in pictures.files.values()
    )


def test_digits_are_those_of_scikit_learn_between_0_and_1():
    images, labels = data.digits()
    assert images.shape == (1797, 8, 8)
    assert images.dtype == np.float64
    assert labels.dtype == np.int64
    assert (images.min(), images.max()) == (0, 1)
    np.testing.assert_array_equal(images * 16, load_digits().images)
    np.testing.assert_array_equal(labels, load_digits().target)


def test_the_split_parts_every_image_once_and_is_stratified():
    images, labels = data.digits()
    train, test = data.digits("train"), data.digits("test")
    rows = np.concatenate([train[0], test[0]]).reshape(1797, 64)
    assert sorted(map(tuple, rows)) == sorted(map(tuple, images.reshape(1797, 64)))
    share = np.bincount(test[1]) / np.bincount(labels)
    assert np.all(np.abs(share - 0.2) < 0.01)


def test_the_split_is_the_same_every_time():
    np.testing.assert_array_equal(data.digits("test")[0], data.digits("test")[0])


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match='"all", "train" or "test"'):
        data.digits("validation")


def test_an_unknown_recording_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"no recorded computation 'moon': choose one of .*loss_landscape"):
        data.recorded("moon")


def test_the_recorded_satellite_run_holds_what_the_lesson_says():
    path = Path(data.__file__).parents[1] / "recorded" / "satellite_run.npz"
    assert path.stat().st_size < 300_000
    run = data.recorded("satellite_run")
    truth = data.eurosat(pixels=False).part("validation")[1]
    np.testing.assert_array_equal(run["run/labels"], truth)
    assert (run["run/predictions"] == truth).mean() > 0.97
    assert run["run/test_accuracy"] > 0.97
    assert run["regions/held_out"] < run["regions/random"]
    assert run["mean"].round(2).tolist() == [0.34, 0.38, 0.41]  # as published for EuroSAT
