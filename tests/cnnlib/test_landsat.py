from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from cnnlib.data import landsat

FILE = Path(__file__).parents[2] / "cnnlib" / "data" / "landsat.npz"


@pytest.fixture(scope="module")
def tiles():
    return landsat()


def rows(tiles, part):
    images, labels = tiles.part(part)
    return images.reshape(len(images), -1).astype(float), labels


def test_the_file_is_small_and_needs_no_pickle():
    assert FILE.stat().st_size < 200_000
    with np.load(FILE, allow_pickle=False) as file:
        assert {name: (file[name].dtype, file[name].shape) for name in file} == {
            "images": (np.uint8, (6435, 3, 3, 4)),
            "labels": (np.uint8, (6435,)),
        }


def test_the_published_parts_have_the_published_number_of_each_class(tiles):
    train, test = (np.bincount(tiles.part(part)[1]).tolist() for part in ("train+validation", "test"))
    assert train == [1072, 479, 961, 415, 470, 1038]  # sat.trn
    assert test == [461, 224, 397, 211, 237, 470]  # sat.tst


def test_nearest_neighbours_reach_the_figure_of_the_statlog_table(tiles):
    score = KNeighborsClassifier(3).fit(*rows(tiles, "train+validation")).score(*rows(tiles, "test"))
    assert score == pytest.approx(0.906, abs=0.003)  # satimage.names: KNN 90.600


def test_the_middle_pixel_is_the_second_row_s_second(tiles):
    """The class is that of the middle: of all nine, its four values tell most."""
    train, test = tiles.part("train+validation"), tiles.part("test")
    scores = np.array(
        [
            KNeighborsClassifier(15).fit(train[0][:, row, column], train[1]).score(test[0][:, row, column], test[1])
            for row in range(3)
            for column in range(3)
        ]
    )
    assert scores.argmax() == 4


def test_bands_keep_together_and_neighbours_are_alike(tiles):
    """A wrong order of the 36 values would mix bands, whose neighbours in the picture are strongly correlated."""
    images = tiles.images.astype(float)
    for band in range(4):
        beside = np.corrcoef(images[:, 1, 0, band], images[:, 1, 1, band])[0, 1]
        below = np.corrcoef(images[:, 0, 1, band], images[:, 1, 1, band])[0, 1]
        assert min(beside, below) > 0.8


def test_nearly_every_test_patch_overlaps_a_training_patch_as_the_docstring_warns(tiles):
    train, test = tiles.part("train+validation")[0], tiles.part("test")[0]

    def among(patches, others):
        known = {other.tobytes() for other in others}
        return np.array([patch.tobytes() in known for patch in patches])

    overlaps = among(test[:, :, 1:], train[:, :, :2]) | among(test[:, :, :2], train[:, :, 1:])
    overlaps |= among(test[:, 1:], train[:, :2]) | among(test[:, :2], train[:, 1:])
    assert overlaps.mean() == pytest.approx(0.97, abs=0.005)


def test_the_parts_are_fixed_disjoint_and_all_there_is(tiles):
    again = landsat()
    for name, part in tiles.parts.items():
        np.testing.assert_array_equal(part, again.parts[name])
    np.testing.assert_array_equal(np.sort(np.concatenate(list(tiles.parts.values()))), np.arange(6435))
    assert [len(part) for part in tiles.parts.values()] == [3548, 887, 2000]


def test_validation_is_a_fifth_of_each_class(tiles):
    train, validation = (np.bincount(tiles.part(part)[1]) for part in ("train", "validation"))
    assert (np.abs(validation - (train + validation) / 5) < 1).all()


def test_green_and_red_are_dark_and_infrared_bright_over_crops(tiles):
    cotton = tiles.images[tiles.labels == tiles.classes.index("cotton crop")].mean(axis=(0, 1, 2))
    green, red, infrared, far = cotton
    assert red < green < min(infrared, far)  # green leaves reflect the near infrared
