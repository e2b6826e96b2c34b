"""Comparisons: what they accept, and that each message names the right misunderstanding."""

import re

import numpy as np
import pytest
import torch

from cnnlib import expect
from cnnlib.expect import Mismatch

MAP = np.random.default_rng(1).normal(size=(2, 3, 5, 4))


def message(got, want=MAP, **options):
    with pytest.raises(Mismatch) as caught:
        expect.close(got, want, "f(x)", **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("got", "says"),
    [
        (MAP[..., ::-1, ::-1], "flipped by 180°"),
        (MAP[..., ::-1, :], "upside down"),
        (MAP[..., ::-1], "mirrored"),
        (MAP.swapaxes(-1, -2), "the axes are swapped"),
        (MAP.transpose(0, 2, 3, 1), "the axes are swapped: yours are the true ones in the order (0, 2, 3, 1)"),
        (np.roll(MAP, 1, -1), "shifted: one place too late along axis 3"),
        (np.trunc(MAP), "fractions are cut off"),
        (np.rint(MAP), "rounded"),
        (MAP.astype(np.float32), "float32"),
        (MAP + 0.5, "off by the same +0.5"),
        (MAP + np.arange(3.0).reshape(3, 1, 1), "each channel is off by its own constant"),
        (-MAP, "the sign is reversed"),
        (MAP * 4, "4 times the true one"),
        (MAP * np.nan, "NaN"),
        (np.zeros_like(MAP), "every value is zero"),
        (MAP[..., 1:-1, 1:-1], "too little padding"),
        (np.pad(MAP, ((0, 0), (0, 0), (1, 1), (1, 1))), "too much padding"),
        (MAP[:, :, :-1, :-1], "the size is off by -1"),
        (MAP.ravel(), "wrong shape: reshape"),
        (MAP[0], "an axis is missing"),
        (np.repeat(np.repeat(MAP, 2, -1), 2, -2), "every 2nd pixel of yours: the stride is ignored"),
        (None, "A function without `return` gives None"),
        ("nothing", "came a string."),
        (np.str_("nothing"), "came a string."),
        ([[1.0], [2.0, 3.0]], "NumPy says"),
        (MAP.astype(complex), "dtype complex128"),
    ],
)
def test_a_message_names_the_misunderstanding(got, says):
    assert says in message(got)


def test_a_mistake_the_check_lists_comes_before_a_general_one():
    assert "pooled, not convolved" in message(MAP * 2, mistakes={"pooled, not convolved": lambda: MAP * 2})


@pytest.mark.parametrize(
    ("got", "want", "says", "not_says"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], "one value too few", "windows"),
        ([0.3, 0.7], [0.7, 0.3], "2 of 2 values differ", "reverse"),
        (np.float64(9.18), 9.19, "came 9.18", "few digits"),
        (3.14, np.pi, "rounded", "float32"),
        ([np.inf, 2.0], [np.inf, 1.0], "At [1] wanted 1", "infinity in it"),
        ([0.0, 5.0], [0.0, 8.0], "At [1] wanted 8", "times the true one"),
        ([1.0, 1.0 + 3e-16], [1e-16, 4e-16], "At [0]", "float32"),
        ([1.0, 2.0 + 3e-11], [1.0, 2.0], "wanted 2, came 2.00000000003", "infinity"),
    ],
)
def test_a_message_says_nothing_untrue(got, want, says, not_says):
    told = message(got, want, rtol=1e-12, atol=0)
    assert says in told
    assert not_says not in told


def test_a_figure_that_was_not_finished_is_not_shown():
    import matplotlib.pyplot as plt

    kept = plt.figure()
    before = plt.get_fignums()
    with expect.written():
        plt.figure()
        raise ValueError("no")
    assert plt.get_fignums() == before
    plt.close(kept)


def test_a_difference_without_a_known_reason_shows_where_and_how_much():
    wrong = MAP.copy()
    wrong[1, 2, 3, 0] = 100
    text = message(wrong)
    assert "Likely reason" not in text
    assert "At [1, 2, 3, 0] wanted" in text
    assert "1 of 120 values differ" in text


@pytest.mark.parametrize("got", [MAP.tolist(), torch.from_numpy(MAP), np.asfortranarray(MAP), MAP + 1e-10])
def test_any_container_of_the_right_numbers_is_accepted(got):
    expect.close(got, MAP, "f(x)")


def test_an_array_changed_in_place_is_named_after_its_parameter():
    def scale(x, weight):
        weight *= 2
        return x

    with pytest.raises(Mismatch, match="argument `weight` in place"):
        expect.call(scale, MAP, np.ones(3))


def test_an_array_passed_as_an_option_is_watched_too():
    def scale(x, *, weight):
        weight[0] = 2

    with pytest.raises(Mismatch, match="argument `weight` in place"):
        expect.call(scale, MAP, weight=np.ones(3))


def test_the_callers_arrays_survive_an_answer_that_works_in_place():
    mine = np.ones(3)
    with pytest.raises(Mismatch):
        expect.call(lambda x: x.fill(0), mine)
    assert mine.tolist() == [1, 1, 1]


def test_an_array_with_gaps_reaches_the_answer_with_gaps():
    assert expect.call(lambda x: x.flags.c_contiguous, MAP[..., ::2]) is False
    assert expect.call(lambda x: x.tolist(), MAP[..., ::2]) == MAP[..., ::2].tolist()


@expect.check
def check_double(double):
    expect.equal(double(2), 4, "double(2)")


def test_a_stub_is_told_what_to_do():
    def double(x):
        raise NotImplementedError()

    with pytest.raises(Mismatch, match="`double` is not written yet"):
        check_double(double)


def test_an_answer_that_uses_a_stub_is_no_stub():
    def half(x):
        raise NotImplementedError

    def double(x):
        return 4 * half(x)

    with pytest.raises(Mismatch, match=r"`double` uses what is not written yet\.\nIn your line .*return 4"):
        check_double(double)


def test_what_torch_has_not_implemented_is_no_stub():
    def double(x):
        return torch.softmax(torch.tensor([x, 2]), dim=0)

    with pytest.raises(Mismatch, match=r"stopped with NotImplementedError: .*softmax.*\nIn your line .*torch.softmax"):
        check_double(double)


def test_a_crash_quotes_the_line_of_the_answer():
    def double(x):
        return x + "2"

    with pytest.raises(Mismatch, match=r'stopped with TypeError.*\n.*return x \+ "2"'):
        check_double(double)


def test_a_right_answer_passes_and_a_true_is_no_one():
    check_double(lambda x: x + x)
    with pytest.raises(Mismatch, match="wanted 4, came True"):
        check_double(lambda x: True)


@pytest.mark.parametrize(
    ("got", "says"), [(5.0, "`//` divides"), (None, "without `return`"), ("5", "came '5'"), (6, "one too many")]
)
def test_an_exact_value_is_compared_with_its_type(got, says):
    with pytest.raises(Mismatch) as caught:
        expect.equal(got, 5, "size", mistakes={"one too many": 6})
    assert says in str(caught.value)


def test_a_loop_over_pixels_takes_more_steps_and_a_vectorised_answer_does_not():
    small, large = np.ones((4, 4)), np.ones((32, 32))

    def loop(image):
        return sum(image[r, c] for r in range(image.shape[0]) for c in range(image.shape[1]))

    assert expect.python_steps(loop, large) > 20 * expect.python_steps(loop, small)
    assert expect.python_steps(np.sum, large) == expect.python_steps(np.sum, small)


def test_a_notebook_shows_a_mismatch_without_a_traceback():
    lines = Mismatch("wanted 1\ncame 2")._render_traceback_()
    assert lines[1:] == ["wanted 1", "came 2"]


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held["arrays"][0].fill(7),
        lambda held: held["pair"][1].fill(7),
        lambda held: held["tensor"].mul_(2),
        lambda held: held["names"].append("b"),
        lambda held: held.pop("names"),
        lambda held: held.update(pair=None),
    ],
)
def test_what_lies_in_a_container_must_stay_too(change):
    held = {
        "arrays": [np.ones(2000)],
        "pair": (1, np.ones(2)),
        "tensor": torch.ones(2),
        "names": ["a"],
    }
    with pytest.raises(Mismatch, match="argument `held` in place"):
        expect.call(change, held)
    expect.call(lambda held: {**held, "names": []}, held)
    assert held["arrays"][0].sum() == 2000  # nothing reached the caller's own


def network():
    layers = torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU()
    return torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(2 * 4 * 3, 2)).eval()


LEFT = {
    "a hook on `0`": lambda net, x: net[0].register_forward_hook(lambda *_: None),
    "a hook on `2`": lambda net, x: net[2].register_full_backward_hook(lambda *_: None),
    "another mode": lambda net, x: net.train(),
    "`inplace` of `2`": lambda net, x: setattr(net[2], "inplace", True),
    "gradients switched off": lambda net, x: torch.set_grad_enabled(False),
    "`autocast` switched on": lambda net, x: torch.set_autocast_enabled("cpu", True),
    "a gradient in `0.weight`": lambda net, x: net(x).sum().backward(),
    "`requires_grad` of `4.bias`": lambda net, x: net[4].bias.requires_grad_(False),
    "weights `4.bias`": lambda net, x: net[4].bias.data.add_(1),
    "running statistics `1.running_mean`": lambda net, x: (net.train(), net(x), net.eval()),
    "weights `0.weight`": lambda net, x: net.double(),
    "replaced parts": lambda net, x: net.append(torch.nn.ReLU()),
}


@pytest.mark.parametrize("words", LEFT)
def test_a_model_must_come_back_as_it_went(words):
    with pytest.raises(expect.Mismatch, match=re.escape(words)):
        expect.call(LEFT[words], network(), torch.zeros(2, 1, 6, 5))


def test_a_model_that_is_only_used_is_none_the_worse():
    net = network()
    net(torch.ones(2, 1, 6, 5)).sum().backward()

    def careful(net, images):
        images = images.clone().requires_grad_()
        return torch.autograd.grad(net(images).sum(), images)[0]

    assert expect.call(careful, net, torch.zeros(2, 1, 6, 5)).shape == (2, 1, 6, 5)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda images: images.requires_grad_(), "switched on `requires_grad` of its argument `images`"),
        (lambda images: images.mul_(2), "changed its argument `images` in place"),
    ],
)
def test_a_tensor_must_come_back_as_it_went(answer, words):
    with pytest.raises(expect.Mismatch, match=re.escape(words)):
        expect.call(answer, torch.ones(1))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda images: images.requires_grad_(False), "switched off `requires_grad` of its argument `images`"),
        (lambda images: images.sum().backward(), "left a gradient in `images.grad`"),
    ],
)
def test_a_tensor_with_gradient_must_come_back_as_it_went(answer, words):
    with pytest.raises(expect.Mismatch, match=re.escape(words)):
        expect.call(answer, torch.ones(1, requires_grad=True))


def test_the_line_of_a_method_is_quoted():
    class Sgd:
        def step(self):
            raise ValueError("oh")

    @expect.check
    def check_sgd(Sgd):
        Sgd().step()

    with pytest.raises(expect.Mismatch, match=r"In your line \d+: raise ValueError"):
        check_sgd(Sgd)


def test_a_helper_that_is_not_there_is_not_the_answers_fault():
    @expect.check
    def check_double(double):
        walk(double)  # noqa: F821

    with pytest.raises(expect.Mismatch, match="needs `walk`, which a cell above defines"):
        check_double(lambda x: 2 * x)

    def double(x):
        return twice * x  # noqa: F821

    @expect.check
    def check_double_value(double):
        double(1)

    with pytest.raises(expect.Mismatch, match="`double` stopped with NameError"):
        check_double_value(double)


def test_tensors_that_hang_on_a_graph_are_compared_as_numbers():
    x = torch.ones(2, requires_grad=True)
    expect.close(2 * x, 2 * x, "f(x)")
    with pytest.raises(expect.Mismatch, match="you doubled"):
        expect.close(2 * x, x, "f(x)", mistakes={"you doubled": lambda: 2 * x})


def test_gradients_are_on_again_also_after_an_error():
    def fails(x):
        torch.set_grad_enabled(False)
        raise ValueError(x)

    with pytest.raises(ValueError):
        expect.call(fails, 1)
    assert torch.is_grad_enabled()
