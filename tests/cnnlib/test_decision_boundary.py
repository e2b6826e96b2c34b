import json

import numpy as np
import pytest
from javascript import in_javascript, node
from matplotlib.path import Path
from scipy.optimize import linprog
from sklearn.linear_model import Perceptron

from cnnlib.widgets.decision_boundary import decision_boundary, presets
from cnnlib.widgets.page import script


def separable(places, kinds):
    """Ask a linear program whether some line leaves every point at a margin of at least 1."""
    turned = kinds[:, None] * np.column_stack([places, np.ones(len(places))])
    return linprog(np.zeros(3), A_ub=-turned, b_ub=-np.ones(len(places)), bounds=(None, None)).success


def looks(tmp_path, places, kinds, epochs):
    """Return what the page's learning rule sees and does, look by look."""
    arguments = f"{json.dumps(places.tolist())}, {json.dumps(kinds.tolist())}, {epochs}"
    return in_javascript(tmp_path, "decision_boundary", f"js.looks({arguments})")


def drawn(seed, count=15):
    rng = np.random.default_rng(seed)
    return rng.integers(-12, 13, (count, 2)) / 4, rng.choice([-1, 1], count)


@node
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("epochs", [1, 2, 7, 20])
def test_the_page_learns_the_weights_that_scikit_learn_does(tmp_path, seed, epochs):
    places, kinds = drawn(seed)
    seen = looks(tmp_path, places, kinds, epochs)
    features = np.column_stack([places, np.ones(len(places))])
    model = Perceptron(fit_intercept=False, shuffle=False, tol=None, max_iter=epochs).fit(features, kinds)
    last = seen[-1]["after"]
    np.testing.assert_array_equal([*last["weights"], last["bias"]], model.coef_[0])


@node
@pytest.mark.parametrize("name", presets)
def test_each_look_changes_the_weights_exactly_when_the_sample_is_wrong(tmp_path, name):
    places, kinds = presets[name]
    seen = looks(tmp_path, places, kinds, 12)
    before = np.zeros(3)
    for number, look in enumerate(seen):
        sample = look["sample"]
        assert (sample, look["epoch"]) == (number % len(places), number // len(places) + 1)
        feature = np.append(places[sample], 1)
        margin = kinds[sample] * feature.dot(before)
        assert look["margin"] == margin
        np.testing.assert_array_equal([*look["before"]["weights"], look["before"]["bias"]], before)
        before = before + (margin <= 0) * kinds[sample] * feature
        np.testing.assert_array_equal([*look["after"]["weights"], look["after"]["bias"]], before)


@node
@pytest.mark.parametrize("name", presets)
def test_learning_ends_in_an_epoch_without_a_mistake_if_a_line_parts_the_points(tmp_path, name):
    places, kinds = presets[name]
    counts = in_javascript(
        tmp_path, "decision_boundary", f"js.mistakes(js.looks({places.tolist()}, {kinds.tolist()}, 60))"
    )
    assert (counts[-1] == 0) == separable(places, kinds) == (name in ("a wide gap", "a narrow gap"))
    assert 0 not in counts[:-1]
    assert len(counts) == 60 or counts[-1] == 0


@node
def test_without_points_there_is_nothing_to_learn(tmp_path):
    assert looks(tmp_path, np.zeros((0, 2)), np.zeros(0), 5) == []


@node
@pytest.mark.parametrize("seed", range(6))
def test_the_shaded_half_holds_the_places_with_a_positive_score(tmp_path, seed):
    rng = np.random.default_rng(seed)
    weights, bias = rng.normal(size=2), float(rng.normal(scale=2))
    places = rng.uniform(-4, 4, (500, 2))
    height = places @ weights + bias
    for sign in (1, -1):
        answer = in_javascript(tmp_path, "decision_boundary", f"js.halves({weights.tolist()}, {bias}, {sign})")
        inside = Path(answer["polygon"]).contains_points(places) if answer["polygon"] else np.zeros(500, bool)
        np.testing.assert_array_equal(inside, sign * height > 0)
        ends = np.reshape(answer["crossings"], (-1, 2))
        assert len(ends) in (0, 2)
        np.testing.assert_allclose(ends @ weights, -bias)
        np.testing.assert_allclose(abs(ends).max(axis=1), 4)


@node
def test_without_weights_there_is_no_line(tmp_path):
    whole, none = in_javascript(tmp_path, "decision_boundary", "[js.halves([0, 0], 2), js.halves([0, 0], 0)]")
    assert (len(whole["polygon"]), whole["crossings"]) == (4, [])
    assert none == {"polygon": [], "crossings": []}


@node
def test_margins_in_the_page_are_those_in_python(tmp_path):
    places, kinds = drawn(9)
    view = decision_boundary(places, kinds, weights=[0.5, -1.25], bias=0.75)
    state = {name: getattr(view, name) for name in ("points", "labels", "weights", "bias")}
    told = in_javascript(tmp_path, "decision_boundary", f"js.margins({json.dumps(state)})")
    np.testing.assert_array_equal(told, view.margins)


@node
def test_points_are_put_on_the_grid_and_on_free_places(tmp_path):
    told = in_javascript(tmp_path, "decision_boundary", "[0.1, -0.2, 9, -3.99, 1.37].map(js.snapped)")
    assert told == [0, -0.25, 3.75, -3.75, 1.25]
    taken = []
    for _ in range(10):
        taken.append(in_javascript(tmp_path, "decision_boundary", f"js.vacancy({taken})"))
    assert len({tuple(place) for place in taken}) == 10
    assert np.abs(taken).max() == 0.5


@node
def test_numbers_are_written_for_reading(tmp_path):
    told = in_javascript(tmp_path, "decision_boundary", "[2, -1.5, 1 / 3, -0.001, -0].map(js.written)")
    assert told == ["2", "−1.5", "0.33", "0", "0"]


def test_the_whole_state_travels_to_the_page():
    view = decision_boundary("two moons", weights=[0, 2], bias=-1, epochs=7)
    state = view.get_state()
    assert (state["weights"], state["bias"], state["epochs"], state["step"]) == ([0, 2], -1, 7, -1)
    assert len(state["points"]) == len(state["labels"]) == 28
    assert [preset["name"] for preset in state["presets"]] == list(presets)
    assert "export default { render }" in state["_esm"]


def test_all_of_it_can_be_used_by_keyboard_and_screen_reader():
    source = script("decision_boundary")
    for wanted in (
        'role: "status"',
        "aria-valuetext",
        "ArrowRight",
        "Delete",
        "data-lm-suppress-shortcuts",
        "prefers-reduced-motion",
    ):
        assert wanted in source


@pytest.mark.parametrize("name", presets)
def test_a_page_without_widgets_shows_the_line_and_counts_what_is_wrong(name):
    view = decision_boundary(name)
    told = view._repr_mimebundle_()[0]
    assert '<img alt="A plane with' in told["text/html"]
    assert f"{(view.margins <= 0).sum()} of the points are on the wrong side" in told["text/plain"]
    view.weights = [0.0, 0.0]
    assert f"{len(view.points)} of the points are on the wrong side" in view._repr_mimebundle_()[0]["text/plain"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": "circles"}, "a preset is one of"),
        ({"points": "XOR", "labels": [1, 1, -1, -1]}, "has its own labels"),
        ({"points": [[1, 2, 3]], "labels": [1]}, "points want shape"),
        ({"points": [[1, 5]], "labels": [1]}, "from −4 to 4"),
        ({"points": np.zeros((81, 2)), "labels": np.ones(81)}, "at most 80"),
        ({"points": [[1, np.nan]], "labels": [1]}, "finite numbers"),
        ({"points": [[1, 2]]}, "labels want"),
        ({"points": [[1, 2]], "labels": [0]}, "labels want"),
        ({"weights": [1, 2, 3]}, "weights want shape"),
        ({"weights": ["a", "b"]}, "finite numbers"),
        ({"epochs": 0}, "epochs is 1 to 200"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        decision_boundary(**arguments)
