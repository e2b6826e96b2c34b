import pytest
import torch
from torch import nn

from cnnlib.models import fast_network, residual_network, whiten

shapes = [(4, 6, 3), (1, 10, 8), (3, 10, 17), (3, 10, 64)]


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("build", [fast_network, residual_network])
@pytest.mark.parametrize("channels, classes, side", shapes)
def test_any_channels_and_side_give_logits_and_a_gradient_in_every_weight(build, channels, classes, side, generator):
    network = build(channels, classes, side, width=8)
    logits = network(torch.randn(4, channels, side, side, generator=generator))
    assert logits.shape == (4, classes)
    nn.functional.cross_entropy(logits, torch.arange(4)).backward()
    learned = [weight for weight in network.parameters() if weight.requires_grad]
    assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in learned)


@pytest.mark.parametrize("build", [fast_network, residual_network])
@pytest.mark.parametrize("side", range(3, 65))
def test_no_stage_shrinks_below_one_pixel(build, side):
    maps = []
    with torch.device("meta"):
        network = build(2, 2, side, width=1).eval()
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(lambda module, inputs, output: maps.append(min(output.shape[2:])))
        network(torch.empty(1, 2, side, side))
    assert min(maps) >= 1
    assert len(maps) >= 7


def test_a_3_by_3_patch_keeps_its_pixels_in_the_residual_network():
    sides = []
    network = residual_network(4, 6, 3, width=2)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda module, inputs, output: sides.append(tuple(output.shape[2:])))
    network(torch.zeros(2, 4, 3, 3))
    assert set(sides) == {(3, 3)}


def test_a_basic_block_adds_its_input():
    block = residual_network(1, 2, 3, width=2)[3]
    for module in block.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.zeros_(module.weight)
    x = torch.rand(2, 2, 3, 3)
    torch.testing.assert_close(block.eval()(x), x)


@pytest.mark.parametrize("channels, side, patch", [(4, 3, 2), (3, 16, 3), (1, 8, 1)])
def test_whitening_leaves_the_stem_with_uncorrelated_outputs_of_unit_variance(channels, side, patch, generator):
    mix = torch.randn(channels, channels, generator=generator)
    images = torch.einsum("nchw,dc->ndhw", torch.randn(800, channels, side, side, generator=generator), mix) + 3
    network = fast_network(channels, 2, side, width=4, patch=patch).double()
    whiten(network, images.double(), regularisation=1e-9)
    outputs = network.stem(images.double()).transpose(0, 1).flatten(1)
    half = len(outputs) // 2
    covariance = torch.cov(outputs[:half]).reshape(half, half)
    torch.testing.assert_close(covariance, torch.eye(half, dtype=torch.double), atol=1e-3, rtol=0)
    torch.testing.assert_close(outputs[half:], -outputs[:half])
    torch.testing.assert_close(outputs.mean(1), torch.zeros(2 * half, dtype=torch.double), atol=1e-9, rtol=0)


def test_whitening_freezes_the_filters_and_leaves_the_offsets_to_be_learned(generator):
    network = fast_network(1, 2, 8, width=4)
    whiten(network, torch.randn(50, 1, 8, 8, generator=generator))
    assert not network.stem.weight.requires_grad
    assert network.stem.bias.requires_grad


def test_regularisation_keeps_directions_without_variance_finite():
    network = fast_network(2, 2, 8, width=4)
    whiten(network, torch.ones(10, 2, 8, 8))
    assert network.stem.weight.abs().max() <= 1 / 5e-4**0.5 + 1e-3


def test_convolutions_begin_as_the_identity():
    conv = fast_network(1, 2, 8, width=16).groups[0][4]
    x = torch.rand(1, 16, 3, 3)
    torch.testing.assert_close(conv(x), x)


@pytest.mark.parametrize(
    "build, options, message",
    [
        (residual_network, {"side": 2}, "side is 2: it must be at least 3"),
        (fast_network, {"side": 2}, "side is 2: it must be at least 3"),
        (fast_network, {"side": 8, "width": 0}, "width is 0: it must be at least 1"),
        (fast_network, {"side": 4, "patch": 5}, "a patch of 5 pixels does not fit into an image of 4"),
    ],
)
def test_numbers_that_cannot_be_are_refused(build, options, message):
    with pytest.raises(ValueError, match=message):
        build(3, 10, **options)
