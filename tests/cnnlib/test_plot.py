import html
import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter

from cnnlib import plot


@pytest.fixture
def notebook(monkeypatch):
    """Pretend to run in a notebook; collect what is displayed there."""
    published = []
    monkeypatch.setattr(plot, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda data, raw: published.append(data))
    return published


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_outside_a_notebook_show_closes_the_figure_and_prints_nothing(capsys):
    fig, _ = plt.subplots()
    plot.show(fig, alt="An empty frame.")
    assert not plt.fignum_exists(fig.number)
    assert capsys.readouterr().out == ""


def test_in_a_notebook_show_publishes_a_picture_with_its_description_and_closes_the_figure(notebook):
    fig, _ = plt.subplots()
    plot.show(fig, alt='A "quoted"\n  title & <b>')
    (data,) = notebook
    alt = re.search(r'alt="([^"]*)"', data["text/html"])[1]
    assert html.unescape(alt) == 'A "quoted" title & <b>'
    assert "data:image/png;base64,iVBOR" in data["text/html"]
    assert data["text/plain"] == '[Figure: A "quoted" title & <b>]'
    assert not plt.fignum_exists(fig.number)


def test_an_html_export_keeps_the_alternative_text(notebook):
    fig, _ = plt.subplots()
    plot.show(fig, alt="A curve that rises.")
    output = nbformat.v4.new_output("display_data", data=notebook[0])
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert re.search(r'<img alt="A curve that rises."[^>]*src="data:image/png', page)


@pytest.mark.parametrize("alt", ["", "  \n", None])
def test_a_figure_without_description_is_refused(alt):
    fig, _ = plt.subplots()
    with pytest.raises(ValueError, match="alt is empty"):
        plot.show(fig, alt)
    plt.close(fig)


@pytest.mark.parametrize("name", [name for name in plot.colors if name != "sky"])
def test_colors_stand_out_from_the_white_ground(name):
    # WCAG asks for a contrast of 3 for graphics.
    assert 1.05 / (luminance(plot.colors[name]) + 0.05) >= 3


def test_an_image_with_negative_values_is_centred_at_zero(ax):
    plot.image(ax, [[-1.0, 3.0]])
    assert ax.images[0].get_clim() == (-3, 3)
    assert ax.images[0].get_cmap().name == "PuOr"


@pytest.mark.parametrize(
    ("array", "top"),
    [
        (np.full((2, 2), 0.5), 1),
        (np.full((2, 2), 7.0), 7),
        (np.array([[0, 200]], np.uint8), 255),
        (np.eye(2, dtype=bool), 1),
    ],
)
def test_gray_goes_from_black_at_zero_to_white_at_the_top_of_the_scale(ax, array, top):
    plot.image(ax, array)
    assert ax.images[0].get_clim() == (0, top)


def test_colour_of_integers_and_of_floats_looks_the_same(ax):
    plot.image(ax, np.full((2, 2, 3), 51, np.uint8))
    plot.image(ax, np.full((2, 2, 3), 0.2))
    np.testing.assert_allclose(ax.images[0].get_array(), ax.images[1].get_array())


@pytest.mark.parametrize("shape", [(4,), (2, 2, 2), (1, 2, 3, 3)])
def test_an_array_that_is_no_picture_is_refused(ax, shape):
    with pytest.raises(ValueError, match=r"\(H, W\) or \(H, W, 3\)"):
        plot.image(ax, np.zeros(shape))


def test_channels_first_are_named(ax):
    with pytest.raises(ValueError, match="channels go last"):
        plot.image(ax, np.zeros((3, 8, 9)))


def test_an_image_does_not_change_the_array(ax):
    array = np.array([[-1.0, 2.0]])
    plot.image(ax, array)
    np.testing.assert_array_equal(array, [[-1.0, 2.0]])


def test_a_grid_draws_every_image_under_its_title(monkeypatch):
    figures = []
    monkeypatch.setattr(plot, "show", lambda fig, alt: figures.append((fig, alt)))
    plot.grid([np.eye(2)] * 7, list("abcdefg"), alt="Seven diagonals.", columns=3)
    ((fig, alt),) = figures
    assert [ax.get_title() for ax in fig.axes if ax.images] == list("abcdefg")
    assert alt == "Seven diagonals."
    plt.close(fig)


@pytest.mark.parametrize(("images", "titles"), [([], []), ([np.eye(2)], ["a", "b"])])
def test_a_grid_wants_one_title_for_each_image(images, titles):
    with pytest.raises(ValueError, match="one title for each image"):
        plot.grid(images, titles, alt="Nothing.")


def test_numbers_writes_every_entry_where_it_belongs(ax):
    plot.numbers(ax, [[1, -2.5], [1 / 3, 4]])
    written = {tuple(text.get_position()): text.get_text() for text in ax.texts}
    assert written == {(0.5, 0.5): "1", (1.5, 0.5): "−2.5", (0.5, 1.5): "0.333", (1.5, 1.5): "4"}


def test_numbers_frames_the_highlighted_window(ax):
    plot.numbers(ax, np.zeros((4, 5)), highlight=(1, 2, 2, 3))
    frame = ax.patches[-1]
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((2, 1), 3, 2)


@pytest.mark.parametrize("window", [(-1, 0, 1, 1), (0, 0, 3, 1), (1, 2, 1, 1)])
def test_a_window_outside_the_table_is_refused(ax, window):
    with pytest.raises(ValueError, match="leaves the 2 × 2 matrix"):
        plot.numbers(ax, np.zeros((2, 2)), highlight=window)
