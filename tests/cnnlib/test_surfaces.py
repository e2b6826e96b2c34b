from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import optimize

from cnnlib import data, surfaces

ROOT = Path(__file__).parents[2]
every = pytest.mark.parametrize("surface", surfaces.surfaces.values(), ids=list(surfaces.surfaces))


@every
def test_the_named_places_are_minima_of_height_0(surface):
    for x, y in surface.minima:
        assert surface.height(x, y) == pytest.approx(0, abs=1e-12)
        assert (surface.curvatures(x, y) > 0).all()
        slope = optimize.approx_fprime([x, y], lambda place: surface.height(*place), 1e-7)
        np.testing.assert_allclose(slope, 0, atol=1e-4)


@every
def test_nowhere_in_the_picture_is_lower(surface):
    x, y, height = surface.grid()
    assert height.min() >= 0
    assert height.shape == (len(y), len(x))
    assert height[3, 5] == surface.height(x[5], y[3])


@every
def test_start_minima_and_contour_lines_lie_in_the_picture(surface):
    for x, y in (surface.start, *surface.minima):
        assert surface.x[0] < x < surface.x[1]
        assert surface.y[0] < y < surface.y[1]
    assert list(surface.levels) == sorted(surface.levels)
    assert 0 < surface.levels[0] < surface.levels[-1] < surface.grid()[2].max()


@every
def test_pictures_have_the_same_scale_in_both_directions(surface):
    (left, right), (bottom, top) = surface.x, surface.y
    assert (right - left) / (top - bottom) == pytest.approx(600 / 400)


def test_beale_has_its_published_values():
    beale = surfaces.surfaces["Beale"].height
    assert beale(1, 1) == 14.203125
    assert beale(0, 0) == 14.203125
    assert beale(3, 0.5) == 0


@every
def test_curvatures_agree_with_finite_differences(surface):
    x, y = surface.start
    small = 1e-4

    def slope(place):
        return optimize.approx_fprime(place, lambda at: surface.height(*at), 1e-7)

    rows = [(slope([x + a, y + b]) - slope([x - a, y - b])) / (2 * small) for a, b in ((small, 0), (0, small))]
    expected = np.linalg.eigvalsh((np.array(rows) + np.transpose(rows)) / 2)
    np.testing.assert_allclose(surface.curvatures(x, y), expected, rtol=1e-2, atol=0.1)


def test_gradient_descent_in_a_bowl_shrinks_each_direction_by_its_own_factor():
    rates = [0.01, 0.05, 0.09]
    paths = surfaces.descend(surfaces.surfaces["ravine"], torch.optim.SGD, rates, steps=30, start=(-4, 1.4))
    steps = np.arange(31)
    for rate, path in zip(rates, paths, strict=True):
        np.testing.assert_allclose(path[:, 0], -4 * (1 - rate) ** steps)
        np.testing.assert_allclose(path[:, 1], 1.4 * (1 - 25 * rate) ** steps)


@pytest.mark.parametrize(("name", "limit"), [("gradient descent", 2), ("momentum", 3.8), ("Nesterov", 3.8 / 2.8)])
def test_beyond_its_limit_an_optimizer_leaves_the_ravine(name, limit):
    rates = [0.98 * limit / 25, 1.02 * limit / 25]
    paths = surfaces.descend(surfaces.surfaces["ravine"], surfaces.optimizers[name], rates, steps=600)
    assert abs(paths[0, -1, 1]) < 0.1
    assert abs(paths[1, -1, 1]) > 10


@pytest.mark.parametrize("name", surfaces.optimizers)
def test_paths_of_several_rates_do_not_disturb_each_other(name):
    beale, optimizer = surfaces.surfaces["Beale"], surfaces.optimizers[name]
    together = surfaces.descend(beale, optimizer, [0.01, 3.0], steps=20)
    alone = surfaces.descend(beale, optimizer, [0.01], steps=20)
    np.testing.assert_array_equal(together[:1], alone)
    np.testing.assert_array_equal(together[:, 0], [beale.start] * 2)


@pytest.mark.parametrize("name", surfaces.optimizers)
def test_turning_the_ravine_changes_only_what_scales_each_weight(name):
    same, turned = (surfaces.surfaces[kind] for kind in ("ravine", "ravine, turned"))
    straight = surfaces.descend(same, surfaces.optimizers[name], [0.01], steps=40)[0]
    u, v = straight.T * np.array([[1], [-1]])  # the turned start is the mirrored one
    oblique = surfaces.descend(turned, surfaces.optimizers[name], [0.01], steps=40)[0]
    moved_alike = np.allclose(oblique, np.stack([0.8 * u + 0.6 * v, -0.6 * u + 0.8 * v], axis=1))
    assert moved_alike == (name in ("gradient descent", "momentum", "Nesterov"))


def test_a_race_holds_every_path_and_finds_the_best_rates():
    ravine = surfaces.surfaces["ravine"]
    finished = surfaces.race(ravine, rates=[0.01, 0.05, 10.0], steps=300)
    assert finished.paths.shape == (7, 3, 301, 2)
    assert finished.heights[0, 2, -1] == np.inf
    assert finished.heights[0, 0, 0] == ravine.height(*ravine.start)
    ends = finished.heights[..., -1]
    assert (ends[np.arange(7), finished.best] == ends.min(axis=1)).all()
    assert finished.rates[finished.best[0]] == 0.05


def test_the_saddle_holds_whoever_stands_exactly_on_the_ridge():
    path = surfaces.descend(surfaces.surfaces["saddle"], torch.optim.Adam, [0.1], steps=300, start=(-2.5, 0))[0]
    np.testing.assert_allclose(path[-1], 0, atol=1e-2)


def test_the_recorded_landscape_is_small_and_wider_with_skip_connections():
    assert (ROOT / "cnnlib" / "recorded" / "loss_landscape.npz").stat().st_size < 300_000
    plain, skips = data.recorded("loss_landscape")["loss"]
    assert plain.dtype == np.float16
    middle = len(plain) // 2
    for losses in (plain, skips):
        assert np.isfinite(losses).all()
        assert losses[middle, middle] < 0.2
        assert losses[middle, middle] <= np.quantile(losses, 0.02)
    assert (skips < 0.5).mean() > 1.3 * (plain < 0.5).mean()
