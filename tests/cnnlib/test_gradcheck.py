"""Central differences against torch's automatic derivatives."""

import numpy as np
import pytest
import torch

from cnnlib.gradcheck import numeric_gradient, relative_error


def test_a_numeric_gradient_agrees_with_autograd():
    rng = np.random.default_rng(3)
    x, grad_out = rng.uniform(0.2, 1, size=(3, 4)), rng.normal(size=(3, 4))
    tensor = torch.from_numpy(x.copy()).requires_grad_()
    torch.tanh(tensor * tensor).backward(torch.from_numpy(grad_out))
    mine = numeric_gradient(lambda v: np.tanh(v * v), x, grad_out)
    assert relative_error(mine, tensor.grad.numpy()) < 1e-7


def test_the_point_of_evaluation_is_left_as_it_was():
    x = np.ones(3)
    numeric_gradient(lambda v: (v**2).sum(), x)
    assert x.tolist() == [1, 1, 1]


def test_integers_are_refused_with_advice():
    with pytest.raises(TypeError, match=r"astype\(float\)"):
        numeric_gradient(lambda v: v.sum(), np.arange(3))
