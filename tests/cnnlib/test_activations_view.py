import json
import re

import numpy as np
import pytest
import torch
import traitlets
from javascript import in_javascript, node
from torch.nn import functional

from cnnlib.widgets.activations import activations, fate, names, normals, passed_back, scales
from cnnlib.widgets.page import script

BY_TORCH = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "ReLU": torch.relu,
    "leaky ReLU": lambda z: functional.leaky_relu(z, 0.1),
    "ELU": functional.elu,
    "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    "GELU": functional.gelu,
    "SiLU": functional.silu,
}
PLACES = [-1000.0, -800, -40, -6, -1.3, -0.1, -1e-9, 0, 1e-9, 0.2, 1, 2.5, 6, 40, 710, 1000]


def in_view(tmp_path, expression):
    return in_javascript(tmp_path, "activations", expression)


@node
def test_page_and_python_know_the_same_activations(tmp_path):
    assert in_view(tmp_path, "Object.keys(js.functions)") == list(names) == list(BY_TORCH)


@node
@pytest.mark.parametrize("name", BY_TORCH)
def test_values_and_slopes_agree_with_autograd_near_and_far(tmp_path, name):
    places = [*PLACES, *np.random.default_rng(2).uniform(-9, 9, 40)]
    pair = f"[js.functions[{json.dumps(name)}].value, js.functions[{json.dumps(name)}].slope]"
    value, slope = in_view(tmp_path, f"{pair}.map((f) => {json.dumps(places)}.map((z) => f(z)))")
    z = torch.tensor(places, dtype=torch.float64, requires_grad=True)
    truth = BY_TORCH[name](z)
    truth.sum().backward()
    np.testing.assert_allclose(value, truth.detach(), rtol=1e-13, atol=1e-14)  # NaN would come as None
    if name == "softplus":
        z.grad[PLACES.index(0)] = 0.5  # logaddexp divides a tie otherwise
    np.testing.assert_allclose(slope, z.grad, rtol=1e-12, atol=1e-14)


@node
def test_a_tiny_slope_of_the_sigmoid_is_not_lost(tmp_path):
    slopes = in_view(tmp_path, "[-40, 40, -700, 700].map((z) => js.functions.sigmoid.slope(z))")
    np.testing.assert_allclose(slopes, np.exp([-40, -40, -700, -700.0]), rtol=1e-12)


@node
@pytest.mark.parametrize(("seed", "count"), [(0, 6), (1, 7), (123456, 1000), (2**32 + 5, 10)])
def test_page_and_python_draw_the_same_numbers(tmp_path, seed, count):
    np.testing.assert_allclose(in_view(tmp_path, f"[...js.normals({seed}, {count})]"), normals(seed, count), rtol=1e-12)


def test_the_drawn_numbers_are_normal():
    from scipy import stats

    drawn = normals(7, 100_000)
    assert stats.kstest(drawn, "norm").pvalue > 0.01
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.01
    assert abs(np.corrcoef(drawn, normals(8, 100_000))[0, 1]) < 0.01


def test_neighbouring_seeds_draw_unrelated_weights():
    factors = [passed_back("ReLU", 50, 2**0.5, seed, 64)[0] for seed in range(30)]
    by_numpy = 1.0  # standard deviation of the logarithm when numpy draws the weights
    assert np.std(np.log(factors)) == pytest.approx(by_numpy, rel=0.4)


@node
@pytest.mark.parametrize("name", BY_TORCH)
@pytest.mark.parametrize(("depth", "scale", "width"), [(1, 1.0, 5), (7, 4.0, 6), (50, 0.5, 8)])
def test_gradients_by_layer_agree_with_autograd(tmp_path, name, depth, scale, width):
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=(2 + depth * width, width))
    plan = {"numbers": None, "width": width, "depth": depth, "scale": scale}
    call = (
        f"js.passedBack(js.functions[{json.dumps(name)}], "
        f"{{...{json.dumps(plan)}, numbers: Float64Array.from({numbers.ravel().tolist()})}})"
    )
    signal = torch.tensor(numbers[0], requires_grad=True)
    by_layer = [signal]
    for layer in range(depth):
        weight = torch.tensor(numbers[2 + layer * width : 2 + (layer + 1) * width]) * scale / width**0.5
        by_layer.append(BY_TORCH[name](weight @ by_layer[-1]))
    pull = torch.tensor(numbers[1])
    (by_layer[-1] @ pull).backward(inputs=[signal], retain_graph=True)
    lengths = [torch.autograd.grad(by_layer[-1] @ pull, at, retain_graph=True)[0].norm() for at in by_layer]
    np.testing.assert_allclose(in_view(tmp_path, call), torch.stack(lengths) / pull.norm(), rtol=1e-9, atol=1e-300)
    assert lengths[0] == signal.grad.norm()


@node
def test_page_and_picture_show_the_same_gradients(tmp_path):
    plan = "{numbers: js.normals(4, (2 + 50 * 64) * 64), width: 64, depth: 20, scale: Math.SQRT2}"
    shown = in_view(tmp_path, f"js.passedBack(js.functions.ReLU, {plan})")
    np.testing.assert_allclose(shown, passed_back("ReLU", 20, 2**0.5, 4, 64), rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_what_lesson_02_says_of_fifty_layers_is_true(seed):
    fates = {
        (name, scale): fate(passed_back(name, 50, scale, seed, 64)[0])
        for name in ("sigmoid", "tanh", "ReLU")
        for scale in scales
    }
    half, one, root, two, four = scales
    assert {fates["sigmoid", scale] for scale in scales} == {"vanishes"}
    assert [fates["ReLU", scale] for scale in (half, one, root, two, four)] == [
        "vanishes",
        "vanishes",
        "survives",
        "explodes",
        "explodes",
    ]
    assert (fates["tanh", half], fates["tanh", one], fates["tanh", four]) == ("vanishes", "survives", "explodes")


@node
def test_words_for_a_gradient(tmp_path):
    fates = in_view(tmp_path, "[0, 0.0099, 0.0101, 1, 99, 101, Infinity].map(js.fate)")
    assert fates == ["vanishes", "vanishes", "survives", "survives", "survives", "explodes", "explodes"]


@node
def test_numbers_are_written_for_reading(tmp_path):
    numbers = "[0, -1, 0.25, -0.12345, 1234.5, 0.00012, 3.21e-13, -4.5e22, 100000]"
    told = in_view(tmp_path, f"{numbers}.map(js.written)")
    assert told == ["0", "−1", "0.25", "−0.123", "1235", "1.2·10⁻⁴", "3.2·10⁻¹³", "−4.5·10²²", "1.0·10⁵"]


@node
@pytest.mark.parametrize("factors", [[1, 0.5], [1, 1e-45, 0], [1, 1e22], [1e-9, 1e9]])
def test_the_axis_holds_all_gradients_and_few_lines(tmp_path, factors):
    axis = in_view(tmp_path, f"js.decades({factors})")
    powers = np.log10([factor for factor in factors if factor])
    assert axis["least"] <= powers.min()
    assert axis["most"] >= powers.max()
    assert 3 <= len(axis["lines"]) <= 10
    assert 0 in axis["lines"]


def test_the_state_travels_to_the_page_and_back():
    view = activations("tanh", "GELU", z=-2.5, depth=12, scale=4, seed=3)
    state = view.get_state()
    wanted = {"first": "tanh", "second": "GELU", "z": -2.5, "depth": 12, "scale": 4.0, "seed": 3, "width": 64}
    assert {name: state[name] for name in wanted} == wanted
    assert "export default { render }" in state["_esm"]
    returned = {"first": "ELU", "second": "", "z": 0, "depth": 50, "scale": scales[2], "seed": 9}
    view.set_state(json.loads(json.dumps(returned)))
    assert (view.chosen, view.z, view.depth, view.scale, view.seed) == (["ELU"], 0, 50, 2**0.5, 9)


def test_the_view_can_be_used_by_keyboard_and_screen_reader():
    source = script("activations")
    for wanted in (
        'role: "status"',
        "aria-label",
        "aria-valuetext",
        "ArrowRight",
        "PageUp",
        "data-lm-suppress-shortcuts",
        "prefers-reduced-motion",
    ):
        assert wanted in source


@pytest.mark.parametrize("name", BY_TORCH)
def test_a_page_without_widgets_shows_values_slopes_and_fates(name):
    view = activations(name, "", z=1, depth=4)
    told = view._repr_mimebundle_()[0]
    z = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    value = BY_TORCH[name](z)
    value.backward()
    figures = [f"{number:.3f}".rstrip("0").rstrip(".") for number in (value.item(), z.grad.item())]
    assert f"{name} has the value {figures[0]} and the slope {figures[1]}, and after 4 layers" in told["text/plain"]
    assert re.search(r'<img alt="[^"]{40,}"[^>]*src="data:image/png', told["text/html"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"first": ""}, "first is one of sigmoid"),
        ({"second": "step"}, "second is one of sigmoid"),
        ({"z": 6.1}, "z is -6 to 6"),
        ({"z": float("nan")}, "z is -6 to 6"),
        ({"depth": 0}, "depth is 1 to 50"),
        ({"depth": 51}, "depth is 1 to 50"),
        ({"scale": 3}, "scale is 0.5, 1, √2, 2 or 4"),
        ({"seed": -1}, "seed is 0 or larger"),
    ],
)
def test_what_the_view_cannot_show_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        activations(**arguments)


def test_a_choice_outside_the_menus_is_refused_later_too():
    view = activations()
    for name, value in (("first", "step"), ("depth", 51), ("scale", 3.0), ("z", 7.0)):
        with pytest.raises(traitlets.TraitError):
            setattr(view, name, value)
