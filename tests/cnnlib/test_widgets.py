import json
import re
import shutil
import subprocess

import nbformat
import numpy as np
import pytest
import torch
from nbconvert import HTMLExporter

from cnnlib import data, widgets

VIEW = "application/vnd.jupyter.widget-view+json"
node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the widget's JavaScript")


def in_javascript(tmp_path, expression):
    """Return what an expression gives, with the exports of sliding_window.js in scope as `js`."""
    module = tmp_path / "sliding_window.mjs"
    module.write_text((widgets.static / "sliding_window.js").read_text(encoding="utf-8"), encoding="utf-8")
    program = f"import * as js from {json.dumps(module.as_uri())}; console.log(JSON.stringify({expression}))"
    run = ["node", "--input-type=module", "--eval", program]
    done = subprocess.run(run, capture_output=True, check=True, encoding="utf-8", timeout=60)
    return json.loads(done.stdout)


def slide(tmp_path, image, kernel, stride=1, padding=0, flip=False):
    state = {"image": image.tolist(), "kernel": kernel.tolist(), "stride": stride, "padding": padding, "flip": flip}
    plan = f"const plan = js.layout({json.dumps(state)});"
    sums = "Array.from({length: plan.count}, (_, position) => plan.windowAt(position).sum)"
    answer = in_javascript(tmp_path, f"(() => {{ {plan} return [plan.rows, plan.columns, {sums}]; }})()")
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
    assert in_javascript(tmp_path, "[2, -1.5, 1 / 3, -0.001].map(js.written)") == ["2", "−1.5", "0.33", "0"]


def test_the_whole_state_of_the_sliding_window_travels_to_the_page():
    view = widgets.sliding_window(stride=2, padding=1)
    state = view.get_state()
    assert (state["image"], state["kernel"]) == (widgets.slide_image, widgets.slide_kernel)
    assert (state["stride"], state["padding"], state["flip"], state["position"]) == (2, 1, False, 0)
    assert "export default { render }" in state["_esm"]


def test_the_sliding_window_can_be_used_by_keyboard_and_screen_reader():
    source = (widgets.static / "sliding_window.js").read_text(encoding="utf-8")
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
    assert editor.preset.value == widgets.own
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
