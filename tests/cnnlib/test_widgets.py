import json
import re

import nbformat
import numpy as np
import pytest
import torch
from javascript import in_javascript, node
from nbconvert import HTMLExporter

from cnnlib import data, surfaces, widgets
from cnnlib.widgets.kernel_editor import own
from cnnlib.widgets.optimizer_race import contours, on_stage, packed
from cnnlib.widgets.page import script

VIEW = "application/vnd.jupyter.widget-view+json"


def slide(tmp_path, image, kernel, stride=1, padding=0, flip=False):
    state = {"image": image.tolist(), "kernel": kernel.tolist(), "stride": stride, "padding": padding, "flip": flip}
    plan = f"const plan = js.layout({json.dumps(state)});"
    sums = "Array.from({length: plan.count}, (_, position) => plan.windowAt(position).sum)"
    answer = in_javascript(
        tmp_path, "sliding_window", f"(() => {{ {plan} return [plan.rows, plan.columns, {sums}]; }})()"
    )
    return np.reshape(answer[2], answer[:2])


def torch_conv(image, kernel, stride, padding):
    x, w = (torch.tensor(array, dtype=torch.float64)[None, None] for array in (image, kernel))
    return torch.nn.functional.conv2d(x, w, stride=stride, padding=padding)[0, 0].numpy()


@node
def test_the_javascript_reproduces_the_slides(tmp_path):
    image, kernel = np.array(widgets.slide_image), np.array(widgets.slide_kernel)
    assert slide(tmp_path, image, kernel).tolist() == [[12, 12, 17], [10, 17, 19], [9, 6, 14]]
    assert slide(tmp_path, image, kernel, stride=2, padding=1).tolist() == [[6, 17, 3], [8, 17, 13], [6, 4, 4]]


@node
@pytest.mark.parametrize(
    ("shape", "kernel_shape", "stride", "padding"),
    [
        ((5, 7), (3, 2), 1, 0),
        ((6, 4), (2, 3), 2, 1),
        ((7, 8), (3, 3), 3, 2),
        ((1, 1), (1, 1), 1, 0),
        ((4, 9), (4, 2), 3, 0),
    ],
)
def test_the_javascript_agrees_with_torch(tmp_path, shape, kernel_shape, stride, padding):
    rng = np.random.default_rng(8)
    image, kernel = rng.normal(size=shape), rng.normal(size=kernel_shape)
    np.testing.assert_allclose(
        slide(tmp_path, image, kernel, stride, padding), torch_conv(image, kernel, stride, padding)
    )
    turned = torch_conv(image, kernel[::-1, ::-1].copy(), stride, padding)
    np.testing.assert_allclose(slide(tmp_path, image, kernel, stride, padding, flip=True), turned)


@node
def test_the_javascript_writes_numbers_for_reading(tmp_path):
    assert in_javascript(tmp_path, "sliding_window", "[2, -1.5, 1 / 3, -0.001].map(js.written)") == [
        "2",
        "−1.5",
        "0.33",
        "0",
    ]


def test_the_whole_state_of_the_sliding_window_travels_to_the_page():
    view = widgets.sliding_window(stride=2, padding=1)
    state = view.get_state()
    assert (state["image"], state["kernel"]) == (widgets.slide_image, widgets.slide_kernel)
    assert (state["stride"], state["padding"], state["flip"], state["position"]) == (2, 1, False, 0)
    assert "export default { render }" in state["_esm"]


def test_the_sliding_window_can_be_used_by_keyboard_and_screen_reader():
    source = script("sliding_window")
    for wanted in ("aria-live", "aria-label", "ArrowRight", "data-lm-suppress-shortcuts", "prefers-reduced-motion"):
        assert wanted in source


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": np.zeros(4)}, "the image wants shape"),
        ({"image": np.zeros((13, 5))}, "at most 12 × 12"),
        ({"kernel": np.zeros((0, 2))}, "the kernel wants shape"),
        ({"image": np.full((4, 4), np.nan)}, "finite numbers"),
        ({"image": np.zeros((2, 9))}, "larger than the image"),
        ({"stride": 0}, "stride is 1, 2 or 3"),
        ({"padding": 3}, "padding is 0 to 2"),
    ],
)
def test_a_window_that_cannot_slide_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        widgets.sliding_window(**arguments)


@pytest.mark.parametrize("make", [widgets.sliding_window, lambda: widgets.kernel_editor(np.eye(9))])
def test_a_page_without_widgets_shows_a_described_picture(make):
    data_of_output, _ = make()._repr_mimebundle_()
    assert VIEW in data_of_output
    output = nbformat.v4.new_output("display_data", data=data_of_output)
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert re.search(r'<img alt="[^"]{40,}"[^>]*src="data:image/png', page)


def test_the_picture_of_the_sliding_window_tells_the_true_output():
    view = widgets.sliding_window(stride=2, padding=1)
    assert "Output: 6 17 3; 8 17 13; 6 4 4" in view._repr_mimebundle_()[0]["text/plain"]
    view.flip = True
    image, kernel = np.array(widgets.slide_image), np.array(widgets.slide_kernel)
    first = torch_conv(image, kernel[::-1, ::-1].copy(), 2, 1)[0]
    assert f"Output: {' '.join(f'{value:g}' for value in first)};" in view._repr_mimebundle_()[0]["text/plain"]


@pytest.mark.parametrize("name", list(widgets.presets))
@pytest.mark.parametrize("colour", [False, True])
def test_the_kernel_editor_filters_as_torch_does(name, colour):
    image = data.photo("coffee", size=30)[..., slice(None) if colour else 0]
    editor = widgets.kernel_editor(image)
    editor.preset.value = name
    weight = torch.from_numpy(editor.kernel)[None, None]
    channels = torch.from_numpy(np.atleast_3d(image)).permute(2, 0, 1)[:, None]
    expected = torch.nn.functional.conv2d(channels, weight)[:, 0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(np.atleast_3d(editor.filtered)[1:-1, 1:-1], expected, atol=1e-12)


def test_the_presets_have_the_sums_that_keep_or_erase_flat_areas():
    sums = {}
    for name in widgets.presets:
        editor = widgets.kernel_editor(np.zeros((4, 4)))
        editor.preset.value = name
        sums[name] = round(float(editor.kernel.sum()), 3)
    assert {name for name, total in sums.items() if total == 0} == {name for name in sums if name.startswith("Edges")}
    assert {total for name, total in sums.items() if not name.startswith("Edges")} == {1.0}


def test_editing_a_weight_redraws_and_names_the_kernel_your_own():
    editor = widgets.kernel_editor(data.photo("camera", size=32))
    before = editor.view.value
    editor.cells[0].value = 3
    assert editor.preset.value == own
    assert editor.view.value != before
    assert "add up to 3:" in editor.view.value


def test_every_weight_has_a_name_for_screen_readers():
    editor = widgets.kernel_editor(np.eye(5))
    names = [cell.description for cell in editor.cells]
    assert names[5] == "weight in row 2, column 3"
    assert len(set(names)) == 9


@pytest.mark.parametrize("shape", [(4,), (4, 4, 4), (0, 3), (1025, 2)])
def test_what_is_no_photograph_is_refused(shape):
    with pytest.raises(ValueError, match="photo wants shape"):
        widgets.kernel_editor(np.zeros(shape))


# --------------------------------------------------------------------------- optimizers race down a surface


@pytest.fixture(scope="module")
def races():
    return [surfaces.race(surfaces.surfaces[name], rates=[0.01, 0.1, 1.0], steps=40) for name in ("ravine", "Beale")]


def in_race(tmp_path, view, expression):
    """Return what an expression gives, with a race as `race`, its codes unpacked, and a choice as `choice`."""
    chosen = view.races[view.surface] | {"contours": []}
    choice = {"rates": len(view.rates), "steps": view.steps, "ownRates": view.own_rates, "rate": view.rate}
    scope = f"const race = {json.dumps(chosen)}; race.codes = js.unpacked(race.places); "
    scope += f"const choice = {json.dumps(choice)}; "
    return in_javascript(tmp_path, "optimizer_race", f"(() => {{ {scope} return {expression}; }})()")


@node
@pytest.mark.parametrize("surface", [0, 1])
@pytest.mark.parametrize("own_rates", [False, True])
def test_the_page_shows_every_path_where_it_was_computed(tmp_path, races, surface, own_rates):
    view = widgets.optimizer_race(races)
    view.surface, view.own_rates, view.rate = surface, own_rates, 0
    race = races[surface]
    chosen = race.best if own_rates else np.zeros(7, int)
    names = range(len(view.names))
    shown = in_race(tmp_path, view, f"{list(names)}.map((index) => js.path(race, choice, index))")
    assert [path["rate"] for path in shown] == chosen.tolist()
    (left, right), (bottom, top) = race.surface.x, race.surface.y
    for index in names:
        x, y = race.paths[index, chosen[index]].T
        pixels = np.array([[place["column"], place["row"]] for place in shown[index]["places"]]).T
        heights = np.array([place["height"] for place in shown[index]["places"]], float)  # JSON has no infinity: nan
        seen = np.isfinite(heights)
        assert seen[0]
        np.testing.assert_allclose(pixels[0][seen], ((x - left) / (right - left) * 600)[seen], atol=0.03)
        np.testing.assert_allclose(pixels[1][seen], ((top - y) / (top - bottom) * 400)[seen], atol=0.03)
        true = race.heights[index, chosen[index]][seen]
        np.testing.assert_allclose(heights[seen], np.clip(true, 1e-8, 1e4), rtol=1e-3)


@node
def test_a_path_that_runs_off_is_drawn_up_to_where_it_leaves(tmp_path, races):
    view = widgets.optimizer_race(races)
    view.own_rates, view.rate = False, 2  # far beyond the limit of gradient descent
    places = in_race(tmp_path, view, "js.path(race, choice, 0).places")
    gone = next(step for step, place in enumerate(places) if place["height"] is None)
    assert 0 < gone < 10
    lines = in_race(tmp_path, view, "[2, 40].map((step) => js.drawn(js.path(race, choice, 0).places, step))")
    assert lines[0].count("L") == min(2, gone)
    assert lines[1].count("L") == gone


@node
def test_the_race_writes_heights_for_reading(tmp_path):
    numbers = "[32.5, 1.26, 0.05, 0.00012, 1e-8, 4321, Infinity]"
    told = in_javascript(tmp_path, "optimizer_race", f"{numbers}.map(js.written)")
    assert told == ["33", "1.3", "0.05", "1.2·10⁻⁴", "0", "4321", "out of sight"]


def test_the_race_of_the_lesson_is_light_enough_for_a_page(races):
    width = surfaces.race(surfaces.surfaces["Beale"], steps=3).paths.shape[1]
    bytes_of_paths = 4 * 7 * width * 151 * 3 * 2 * 4 / 3
    outlines = len(json.dumps([contours(surface) for surface in surfaces.surfaces.values()]))
    assert bytes_of_paths + outlines < 400_000
    assert len(packed(races[0])) == pytest.approx(7 * 3 * 41 * 3 * 2 * 4 / 3, abs=4)


@pytest.mark.parametrize("name", surfaces.surfaces)
def test_contours_enclose_what_lies_above_them(name):
    from matplotlib.path import Path

    surface = surfaces.surfaces[name]
    x, y, height = surface.grid(25, 17)
    pixels = on_stage(surface, np.stack(np.meshgrid(x, y), axis=-1)).reshape(-1, 2)
    for level, outline in zip(surface.levels, contours(surface), strict=True):
        rings = [np.array([point.split() for point in ring.split("L")], float) for ring in outline[1:-1].split("ZM")]
        inside = np.sum([Path(ring).contains_points(pixels) for ring in rings], axis=0) % 2 == 1
        clear = abs(height.ravel() - level) > 0.2 * level + 0.1  # not on the line itself
        within = (pixels > 1).all(axis=1) & (pixels < [599, 399]).all(axis=1)
        checked = clear & within
        assert (inside == (height.ravel() > level))[checked].mean() > 0.99


def test_the_whole_state_of_the_race_travels_to_the_page(races):
    state = widgets.optimizer_race(races).get_state()
    assert state["names"] == list(surfaces.optimizers)
    assert (state["rates"], state["steps"], state["step"], state["own_rates"]) == ([0.01, 0.1, 1.0], 40, 0, True)
    assert [race["name"] for race in state["races"]] == ["ravine", "Beale"]
    assert "export default { render }" in state["_esm"]


def test_the_race_can_be_used_by_keyboard_and_screen_reader():
    source = script("optimizer_race")
    for wanted in (
        'role: "status"',
        "aria-label",
        "ArrowRight",
        "data-lm-suppress-shortcuts",
        "prefers-reduced-motion",
    ):
        assert wanted in source


def test_a_page_without_widgets_shows_who_ends_where(races):
    told = widgets.optimizer_race(races)._repr_mimebundle_()[0]
    assert '<img alt="Paths of optimizers down the surface ravine' in told["text/html"]
    for name in surfaces.optimizers:
        assert f"{name}, rate " in told["text/plain"]
    view = widgets.optimizer_race(races)
    view.own_rates, view.rate = False, 2
    assert "gradient descent, rate 1, leaves the picture" in view._repr_mimebundle_()[0]["text/plain"]


def test_races_that_cannot_be_shown_together_are_refused(races):
    longer = surfaces.race(surfaces.surfaces["saddle"], rates=[0.01, 0.1, 1.0], steps=41)
    many = surfaces.race(
        surfaces.surfaces["saddle"], rates=[0.1], steps=1, entrants={str(n): torch.optim.SGD for n in range(8)}
    )
    for wrong, message in (([], "at least one"), ([*races, longer], "differ"), ([many], "at most seven")):
        with pytest.raises(ValueError, match=message):
            widgets.optimizer_race(wrong)
