import json
import re

import numpy as np
import pytest
import torch
import traitlets
from javascript import in_javascript, node

from cnnlib.widgets.computation_graph import (
    applied,
    computation_graph,
    expressions,
    nudges,
    told,
    values_and_gradients,
)
from cnnlib.widgets.page import script

BY_TORCH = {
    "(x + y) · z": lambda x, y, z: (x + y) * z,
    "x² + x": lambda x: x**2 + x,
    "(x + y) · x · y": lambda x, y: (x + y) * x * y,
    "max(x, y) · z": lambda x, y, z: torch.maximum(x, y) * z,
    "a neuron and its error": lambda w, x, b, t: (torch.sigmoid(w * x + b) - t) ** 2,
    "the slides' neuron": lambda a, b, c, d: torch.sigmoid(a + 2 * b + 3 * c + d),
}


def graph(name):
    return [node._asdict() for node in expressions[name]]


def inputs(name):
    return [node.name for node in expressions[name] if not node.sources]


def drawn(name, count=6):
    """Draw values within the limits of each input, the ones it comes with among them."""
    rng = np.random.default_rng(len(name))
    nodes = [node for node in expressions[name] if not node.sources]
    given = [[node.value for node in nodes]]
    return given + [[round(rng.uniform(*node.limits), 3) for node in nodes] for _ in range(count)]


def by_torch(name, values):
    """Return the value of an expression, and its gradients, without any graph of ours."""
    leaves = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values]
    value = BY_TORCH[name](*leaves)
    value.backward()
    return value.item(), [leaf.grad.item() for leaf in leaves]


def in_view(tmp_path, name, expression):
    return in_javascript(
        tmp_path, "computation_graph", f"((nodes) => {expression})({json.dumps(graph(name), ensure_ascii=False)})"
    )


def test_every_expression_has_its_truth():
    assert list(BY_TORCH) == list(expressions)


@pytest.mark.parametrize("name", expressions)
def test_no_node_stands_before_its_sources_and_none_upon_another(name):
    seen = set()
    for each in expressions[name]:
        assert set(each.sources) <= seen
        assert each.name not in seen
        seen.add(each.name)
    places = [each.place for each in expressions[name]]
    assert len({*places}) == len(places)
    used = {source for each in expressions[name] for source in each.sources}
    assert seen - used == {expressions[name][-1].name}


@node
@pytest.mark.parametrize("name", expressions)
def test_values_and_gradients_in_the_page_agree_with_autograd(tmp_path, name):
    cases = drawn(name)
    result = expressions[name][-1].name
    told = in_view(tmp_path, name, f"{cases}.map((v) => [js.forward(nodes, v), js.gradients(nodes, v)])")
    for values, (found, slopes) in zip(cases, told, strict=True):
        value, gradient = by_torch(name, values)
        assert found[result] == pytest.approx(value, rel=1e-13)
        assert slopes[result] == 1
        np.testing.assert_allclose([slopes[each] for each in inputs(name)], gradient, rtol=1e-12, atol=1e-15)


@node
@pytest.mark.parametrize("name", expressions)
def test_page_and_picture_show_the_same_numbers_at_every_node(tmp_path, name):
    for values in drawn(name, 2):
        found, slopes = in_view(tmp_path, name, f"[js.forward(nodes, {values}), js.gradients(nodes, {values})]")
        for each, pair in values_and_gradients(expressions[name], values).items():
            np.testing.assert_allclose((found[each], slopes[each]), pair, rtol=1e-12, atol=1e-15)


@node
@pytest.mark.parametrize("name", expressions)
def test_each_operation_sends_what_arrived_times_its_slope_once_it_is_complete(tmp_path, name):
    values = drawn(name)[1]
    way = in_view(tmp_path, name, f"js.backward(nodes, js.forward(nodes, {values}))")
    worked = [each for each in expressions[name] if each.sources]
    assert [step["name"] for step in way] == [each.name for each in reversed(worked)]
    users = {each.name: sum(other.sources.count(each.name) for other in worked) for each in expressions[name]}
    parts = {worked[-1].name: [1.0]}
    for step, each in zip(way, reversed(worked), strict=True):
        assert len(parts[each.name]) == max(users[each.name], 1)
        assert step["incoming"] == sum(parts[each.name])
        assert [sent["source"] for sent in step["sent"]] == list(each.sources)
        for sent in step["sent"]:
            assert sent["outgoing"] == step["incoming"] * sent["slope"]
            parts.setdefault(sent["source"], []).append(sent["outgoing"])
        assert {name: arrived for name, arrived in step["arrived"].items() if arrived} == parts


@node
def test_where_two_ways_meet_both_parts_arrive(tmp_path):
    way = in_view(tmp_path, "x² + x", "js.backward(nodes, js.forward(nodes, [3]))")
    assert way[-1]["arrived"]["x"] == [1, 6]


@node
@pytest.mark.parametrize("pair", [(2.0, 2.0), (-1.0, 3.0), (3.0, -1.0), (0.0, 0.0)])
def test_the_larger_gets_the_gradient_and_a_tie_is_shared(tmp_path, pair):
    values = [*pair, 4.0]
    slopes = in_view(tmp_path, "max(x, y) · z", f"js.gradients(nodes, {values})")
    assert [slopes[each] for each in "xyz"] == by_torch("max(x, y) · z", values)[1]


@node
def test_a_saturated_sigmoid_keeps_its_digits(tmp_path):
    slopes = in_view(tmp_path, "the slides' neuron", "[40, -40].map((b) => js.gradients(nodes, [0, 0, 0, b]).b)")
    np.testing.assert_allclose(slopes, np.exp([-40.0, -40.0]), rtol=1e-12)


@node
@pytest.mark.parametrize("name", expressions)
@pytest.mark.parametrize("by", nudges)
def test_a_nudge_changes_every_node_by_what_torch_says(tmp_path, name, by):
    values = drawn(name)[2]
    for at, each in enumerate(inputs(name)):
        moved = in_view(tmp_path, name, f"js.changes(nodes, {values}, {json.dumps(each)}, {by})")
        after = [value + by * (at == n) for n, value in enumerate(values)]
        result = expressions[name][-1].name
        assert moved[result] == pytest.approx(by_torch(name, after)[0] - by_torch(name, values)[0], abs=1e-12)
        assert moved[each] == pytest.approx(by)
        assert all(moved[other] == 0 for other in inputs(name) if other != each)


@node
def test_what_lesson_03_says_of_the_expressions_is_true(tmp_path):
    slopes = in_view(tmp_path, "x² + x", "[-0.6, -0.5, -0.4].map((x) => js.gradients(nodes, [x]).x)")
    assert slopes[0] < 0 == slopes[1] < slopes[2]
    for by in (0.1, 0.01):
        moved = in_view(tmp_path, "x² + x", f"js.changes(nodes, [2], 'x', {by}).f")
        assert moved - 5 * by == pytest.approx(by**2)
    closed = in_view(tmp_path, "(x + y) · z", "js.gradients(nodes, [5, -1, 0])")
    assert (closed["x"], closed["y"]) == (0, 0)
    begin, worse = ([0.5, 2, b, 1] for b in (-2, -5))
    found, later = in_view(tmp_path, "a neuron and its error", f"[{begin}, {worse}].map((v) => js.gradients(nodes, v))")
    assert all(found[name] < later[name] < 0 for name in "wxb")
    assert in_view(tmp_path, "a neuron and its error", f"js.forward(nodes, {worse}).E") > 0.95
    neuron = in_view(tmp_path, "the slides' neuron", "js.gradients(nodes, [0.01, 0.03, 0.04, 9])")
    assert neuron["w₁"] == pytest.approx(1e-4, rel=0.05)


@node
def test_page_and_picture_write_numbers_alike(tmp_path):
    numbers = [0, -1, 0.25, -0.123456, 1234.56, 0.00012, 3.21e-9, -0.99989795, 100000]
    written = in_javascript(tmp_path, "computation_graph", f"{numbers}.map(js.written)")
    assert written == ["0", "−1", "0.25", "−0.1235", "1235", "1.2·10⁻⁴", "3.21·10⁻⁹", "−0.9999", "1·10⁵"]
    assert [told(number) for number in numbers] == written


@node
def test_page_and_python_know_the_same_operations(tmp_path):
    known = in_javascript(tmp_path, "computation_graph", "Object.keys(js.operations)")
    assert {each.operation for nodes in expressions.values() for each in nodes} == {"input", *known}


def test_the_state_travels_to_the_page_and_back():
    view = computation_graph("a neuron and its error", {"w": -1}, step=6, nudged="b", nudge=0.01)
    state = json.loads(json.dumps(view.get_state(["graphs", "expression", "values", "step", "nudged", "nudge"])))
    assert state["graphs"].keys() == expressions.keys()
    assert (state["values"], state["step"], state["nudged"], state["nudge"]) == ([-1, 2, -2, 1], 6, "b", 0.01)
    assert "export default { render }" in view._esm
    view.set_state({"expression": "x² + x", "values": [4], "step": 2, "nudged": "", "nudge": -1})
    assert (view.expression, view.values, view.step, view.nudge) == ("x² + x", [4], 2, -1)


def test_another_expression_brings_its_own_values():
    view = computation_graph("a neuron and its error", {"w": -1}, step=11, nudged="b")
    view.expression = "x² + x"
    assert (view.values, view.step, view.nudged) == ([2], 5, "")
    assert "f is 6 with the gradient 1" in view.figure()[1]


def test_the_view_can_be_used_by_keyboard_and_screen_reader():
    source = script("computation_graph")
    for wanted in (
        'role: "status"',
        "aria-label",
        "aria-valuetext",
        "ArrowRight",
        "Home",
        "data-lm-suppress-shortcuts",
        "prefers-reduced-motion",
    ):
        assert wanted in source


@pytest.mark.parametrize("name", expressions)
def test_a_page_without_widgets_shows_values_and_gradients(name):
    view = computation_graph(name)
    page = view._repr_mimebundle_()[0]
    value, gradient = by_torch(name, view.values)
    assert f"{expressions[name][-1].name} is {told(value)} with the gradient 1" in page["text/plain"]
    for each, given, slope in zip(inputs(name), view.values, gradient, strict=True):
        assert f"{each} is {told(given)} with the gradient {told(slope)}" in page["text/plain"]
    assert re.search(r'<img alt="[^"]{40,}"[^>]*src="data:image/png', page["text/html"])


def test_an_operation_of_many_sources_adds_them_all():
    node = expressions["the slides' neuron"][-2]
    assert applied(node, [torch.tensor(float(n)) for n in (1, 2, 3, 4)]) == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"expression": "x + y"}, "expression is one of"),
        ({"values": {"w": 1}}, "has no input w, only x, y, z"),
        ({"values": {"x": 5.5}}, "x is -5 to 5"),
        ({"values": {"x": float("nan")}}, "x is -5 to 5"),
        ({"step": 6}, "step is 0 to 5"),
        ({"step": -1}, "step is 0 to 5"),
        ({"nudged": "s"}, "has no input s"),
        ({"nudge": 0.5}, "nudge is one of 1, 0.1, 0.01"),
    ],
)
def test_what_the_view_cannot_show_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        computation_graph(**arguments)


def test_a_choice_outside_the_menus_is_refused_later_too():
    view = computation_graph()
    for name, value in (("expression", "x + y"), ("step", -1), ("nudge", 0.3)):
        with pytest.raises(traitlets.TraitError):
            setattr(view, name, value)
