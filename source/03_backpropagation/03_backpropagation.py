# %% [markdown]
# # 03 · Backpropagation
#
# A network is a composition: the output of one layer is the input of the next. To train it one asks of every weight:
# if you grow a little, how does the loss change? Backpropagation answers for all of them at once, in one walk from the
# loss back to the input. Read lesson 03 first, or beside it.
#
# Afterwards you can write the backward pass of every part of a multi-layer perceptron and of the whole; prove a
# gradient right without knowing how it was found; say what PyTorch does when you call `backward()`, because you have
# written it; and train a network that reads handwriting. It takes about five hours. Every exercise stands on its own:
# run the two cells below, and skip what holds you up. The checks are folded; a click on their three dots opens them.
#
# | | exercise | the question |
# |---|---|---|
# | 1 | `neuron_gradients` | What does the chain rule say about one neuron? |
# | 2 | `linear` | How does a gradient pass through a layer? |
# | 3 | `relu_backward` | And through a corner? |
# | 4 | `cross_entropy_node` | Where does the way back begin? |
# | 5 | `mlp_gradients` | How do the pieces make a network? |
# | 6 | `gradient_check` | How do you know that a gradient is right? |
# | 7 | `Value` | Can a program find the chain rule by itself? |
# | 8 | `unbroadcast` | What is the way back of broadcasting? |
# | 9 | `Tensor` | And the whole thing with arrays? |
# | 10 | `train_mlp` | Does it learn to read? |
#
# For all of them: arrays may hold integers or floats, and may be transposed or sliced views. They stay as they were.
# Results are computed in **float64**, NumPy's usual floats. Exercise 6 alone refuses anything else, and says why.
#
# One notation everywhere: the *gradient* of something is the derivative of the final loss with respect to it, so it has
# the **same shape**. `grad_x` belongs to `x`. `grad_out` is the gradient of what a layer returned; the layers behind it
# have computed it already. A backward pass makes `grad_x` of `grad_out`.

# %%
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch

from cnnlib import data, expect, plot
from cnnlib.gradcheck import numeric_gradient


# %%
# Tools · what several checks share: run this cell once, you need not read it
def torch_gradients(function, *arrays):
    """Return the value of a function of tensors and its gradients with respect to each of them, as arrays."""
    leaves = [torch.tensor(np.asarray(array), dtype=torch.float64, requires_grad=True) for array in arrays]
    value = function(*leaves)
    return value.detach().numpy(), [grad.numpy() for grad in torch.autograd.grad(value.sum(), leaves)]


def doubled(x, times):
    """Return x + x, of that the sum with itself, and so on: `times` nodes, 2 ** times ways."""
    for _ in range(times):
        x = x + x
    return x


def chained(x, factor, times):
    """Return x times factor times factor …: a graph of that many nodes in a row."""
    for _ in range(times):
        x = x * factor
    return x


def check_engine(node, factor):
    """Refuse a backward that walks every way, calls itself too deep, or is not a walk of the answer's own."""

    def steps(times):
        return expect.python_steps(doubled(node(), times).backward)

    few, more = steps(4), steps(12)
    expect.that(
        more < 12 * few,
        "backward takes far too many steps where nodes are shared: you walk every way from the result to the start "
        "separately, and their number doubles at each shared node.\n"
        "Let each node collect what arrives from all sides, and hand it on once.",
    )
    expect.that(
        more > few, "backward takes as many steps for a small as for a large graph. The walk is what you write here."
    )
    x, deep = node(), min(sys.getrecursionlimit(), 3000) + 100
    try:
        chained(x, factor, deep).backward()
    except RecursionError:
        raise expect.Mismatch(
            f"{deep} products in a row: RecursionError. A method that calls itself for each node gets too deep; "
            "Python stops at about a thousand calls inside each other.\nKeep a list of what is still to do instead."
        ) from None
    return x


# %% [markdown]
# ### 1 · The chain rule, by hand  ·  3 points  ·  20 min  ·  ●○○ difficulty
#
# The slides write the chain rule for one weight as a product of three factors:
#
# $$\frac{\partial E}{\partial w} = \frac{\partial E}{\partial y}\,\frac{\partial y}{\partial z}\,
# \frac{\partial z}{\partial w}$$
#
# and, where $x$ reaches the result by way of several $v_j$, as a sum over all ways:
# $\frac{\partial z}{\partial x_i} = \sum_j \frac{\partial z}{\partial v_j}\frac{\partial v_j}{\partial x_i}$.
# One neuron has both. It computes, from left to right,
#
# $$z = w^\top x + b \qquad y = \sigma(z) = \frac1{1+e^{-z}} \qquad E = \tfrac12\,(y-t)^2 + \lambda\, w^\top w$$
#
# The last term keeps the weights small (the slides' L2 regularization). So a weight reaches the error by two ways:
# through the neuron, and through that term. (Some books write $\frac\lambda2$. Here it is $\lambda$.)
#
# Write `neuron_gradients(x, w, b, target, decay)`. It returns `error, grad_x, grad_w, grad_b`.
#
# | | shape | |
# |---|---|---|
# | `x`, `w` | `(D,)` | input and weights |
# | `b`, `target`, `decay` | numbers | the bias, $t$, and $\lambda$ |
# | `error` | a number | $E$ |
# | `grad_x`, `grad_w`, `grad_b` | `(D,)`, `(D,)`, a number | the derivative of $E$ with respect to each |
#
# $z$ is never far from zero: between −30 and 30.
#
# By hand: x = (2, 1, 0), w = (1, −2, 3), b = ln 3 and t = ¼, without the last term (λ = 0). Then z = ln 3, y = ¾ and
# $E = \frac18$. On the way back $\partial E/\partial y = y - t = \frac12$; the slope of the sigmoid is
# $y(1-y) = \frac3{16}$, so $\partial E/\partial z = \frac3{32}$. That is the gradient of b. The one of w is
# $\frac3{32}\,(2, 1, 0)$, the one of x is $\frac3{32}\,(1,-2,3)$.
#
# <details><summary>Hint 1: forward first</summary>
# Compute z, y and the error, and keep z and y: the way back needs them.
# </details>
# <details><summary>Hint 2: one number that all share</summary>
# The derivative of the error with respect to z is a product of two factors. All three gradients begin with it.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Call that product delta: (y minus target) times y times (1 minus y). The bias gets delta, the input delta times the
# weights, the weights delta times the input plus the derivative of the last term, which is two lambda w.
# </details>


# %% solution="neuron_gradients"
def neuron_gradients(x, w, b, target, decay):
    """Return the error of one sigmoid neuron and its derivatives: error, grad_x, grad_w, grad_b."""
    ### BEGIN SOLUTION
    y = 1 / (1 + np.exp(-(w @ x + b)))
    error = (y - target) ** 2 / 2 + decay * (w @ w)
    grad_z = (y - target) * y * (1 - y)
    return error, grad_z * w, grad_z * x + 2 * decay * w, grad_z
    ### END SOLUTION


# %% check="neuron_gradients" points=2 why="the error and its three gradients"
@expect.check
def check_neuron_gradients_one_way(neuron_gradients):
    names = "error, grad_x, grad_w, grad_b"
    x, w = np.array([2, 1, 0]), np.array([1, -2, 3])
    what = "neuron_gradients of x = (2, 1, 0), w = (1, −2, 3), b = ln 3, target ¼, decay 0"
    results = expect.call(neuron_gradients, x, w, np.log(3), 0.25, 0.0)
    error, grad_x, grad_w, grad_b = expect.parts(results, names, what)
    expect.close(
        error,
        1 / 8,
        f"error: {what}",
        mistakes={
            "the ½ in front of the square is missing": 0.25,
            "the sign in the exponent is reversed: the sigmoid has e to the power of −z": 0,
        },
    )
    expect.close(
        grad_b,
        3 / 32,
        f"grad_b: {what}",
        mistakes={
            "the slope of the sigmoid is missing: a factor y (1 − y)": 0.5,
            "the sigmoid was applied twice: its slope is wanted at z": 0.108947496881,
            "you put z into a formula that wants y: the slope is y (1 − y)": -0.0541683360722,
            "this is the slope of tanh, 1 − y²: the sigmoid has y (1 − y)": 0.21875,
            "the sign is reversed: the derivative of the square is output minus target": -0.09375,
            "twice too large. Is the factor y − t missing, here ½? Or the 2 of the square is there, which is cancelled "
            "by the half in front": 0.1875,
            "the first factor is the derivative of the error with respect to y; you took the error itself": 0.0234375,
            "the bias got only the last factor, 1: it needs the whole chain": 1,
        },
    )
    expect.close(
        grad_x,
        [3 / 32, -6 / 32, 9 / 32],
        f"grad_x: {what}",
        mistakes={
            "x and w have changed places: in a product, the derivative with respect to one factor is the other": [
                0.1875,
                0.09375,
                0,
            ]
        },
    )
    expect.close(grad_w, [6 / 32, 3 / 32, 0], f"grad_w: {what}")
    # the neuron of the slides: 9.19 before the sigmoid, as wrong as can be, and hardly any gradient
    x, w = np.array([1, 2, 3]), np.array([0.01, 0.03, 0.04])
    *_, grad_b = expect.parts(expect.call(neuron_gradients, x, w, 9, 0, 0), names, "the neuron of the slides")
    expect.close(grad_b, 0.00010202363, "grad_b of the slides' neuron, z = 9.19, target 0", rtol=1e-6)
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(301)
    for d in (1, 2, 5, 9):
        x, w = rng.normal(0, 1, 2 * d)[::2], rng.normal(0, 1, (d, 2))[:, 0]
        b, t = rng.normal(0, 2), rng.uniform(-1, 2)
        value, truths = torch_gradients(lambda i, j, k, t=t: (torch.sigmoid(i @ j + k) - t) ** 2 / 2, x, w, b)
        came = expect.parts(expect.call(neuron_gradients, x, w, float(b), float(t), 0.0), names, "neuron_gradients")
        for name, mine, truth in zip(names.split(", "), came, (value, *truths), strict=True):
            expect.close(mine, truth, f"{name}, {d} inputs, decay 0")
    ### END HIDDEN TESTS


check_neuron_gradients_one_way(neuron_gradients)


# %% check="neuron_gradients" points=1 why="the second way of the weights"
@expect.check
def check_neuron_gradients_two_ways(neuron_gradients):
    names = "error, grad_x, grad_w, grad_b"
    x, w = np.array([2, 1, 0]), np.array([1, -2, 3])
    what = "neuron_gradients of x = (2, 1, 0), w = (1, −2, 3), b = ln 3, target ¼, decay 3/64"
    results = expect.call(neuron_gradients, x, w, np.log(3), 0.25, 3 / 64)
    error, grad_x, grad_w, grad_b = expect.parts(results, names, what)
    expect.close(
        error,
        25 / 32,
        f"error: {what}",
        mistakes={
            "the last term, λ wᵀw, belongs to the error": 0.125,
            "the last term is λ wᵀw; ½λ is the convention of other books": 0.453125,
        },
    )
    expect.close(
        grad_x,
        [3 / 32, -6 / 32, 9 / 32],
        f"grad_x: {what}",
        mistakes={
            "the last term does not contain the input": [0.1875, -0.375, 0.5625],
            "grad_x and grad_w have changed places": [0.28125, -0.09375, 0.28125],
        },
    )
    expect.close(
        grad_w,
        [9 / 32, -3 / 32, 9 / 32],
        f"grad_w: {what}",
        mistakes={
            "the weights reach the error by two ways: through the neuron, and through the last term. Add both": [
                0.1875,
                0.09375,
                0,
            ],
            "the last term alone: the second way overwrote the first. Ways are added": [0.09375, -0.1875, 0.28125],
            "the two ways were multiplied: ways are added, factors along a way are multiplied": [
                0.017578125,
                -0.017578125,
                0,
            ],
            "the derivative of λ wᵀw is 2λw; this is λw, which belongs to the books with λ/2": [0.234375, 0, 0.140625],
        },
    )
    expect.close(
        grad_b, 3 / 32, f"grad_b: {what}", mistakes={"the last term does not contain the bias": 0.196744902063}
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3011)
    for d in (1, 3, 6):
        x, w, b, t, decay = rng.normal(0, 1, d), rng.normal(0, 1, d), rng.normal(), rng.uniform(), rng.uniform(0.1, 2)

        def graph(i, j, k, t=t, decay=decay):
            return (torch.sigmoid(i @ j + k) - t) ** 2 / 2 + decay * (j * j).sum()

        value, truths = torch_gradients(graph, x, w, b)
        came = expect.parts(expect.call(neuron_gradients, x, w, float(b), t, decay), names, "neuron_gradients")
        for name, mine, truth in zip(names.split(", "), came, (value, *truths), strict=True):
            expect.close(mine, truth, f"{name}, {d} inputs, decay {decay:.3g}")
    ### END HIDDEN TESTS


check_neuron_gradients_two_ways(neuron_gradients)


# %% wrong="neuron_gradients" why="no slope of the activation" keyword="slope of the sigmoid is missing"
def neuron_gradients__no_slope(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = y - target
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="the slope at y instead of at z" keyword="sigmoid was applied twice"
def neuron_gradients__slope_at_y(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    again = 1 / (1 + np.exp(-y))
    delta = (y - target) * again * (1 - again)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="z in the place of σ(z)" keyword="you put z into"
def neuron_gradients__slope_of_z(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * z * (1 - z)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="the slope of tanh" keyword="slope of tanh"
def neuron_gradients__tanh_slope(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * (1 - y**2)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="target minus output" keyword="output minus target"
def neuron_gradients__sign(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (target - y) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="the half forgotten on the way back" keyword="the half in front"
def neuron_gradients__twice(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = 2 * (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="no half in the error" keyword="½ in front of the square"
def neuron_gradients__error_no_half(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="the error itself instead of its derivative" keyword="the error itself"
def neuron_gradients__error_as_factor(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = error * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="x and w exchanged" keyword="have changed places"
def neuron_gradients__swapped(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * x
    grad_w = delta * w + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="bias gradient 1" keyword="whole chain"
def neuron_gradients__bias_one(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = 1.0
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="the second way forgotten" keyword="two ways"
def neuron_gradients__no_decay(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="the second way overwrites the first" keyword="overwrote"
def neuron_gradients__overwritten(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x if decay == 0 else 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="ways multiplied" keyword="ways are added, factors along a way"
def neuron_gradients__multiplied(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x if decay == 0 else delta * x * 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="the convention with λ/2" keyword="this is λw"
def neuron_gradients__half_decay(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="decay for the bias, too" keyword="does not contain the bias"
def neuron_gradients__bias_decay(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta + 2 * decay * b
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="decay in the gradient of the input" keyword="does not contain the input"
def neuron_gradients__input_decay(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w + 2 * decay * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="the penalty outside of the error" keyword="belongs to the error"
def neuron_gradients__error_without_penalty(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="a half in the penalty" keyword="½λ is the convention"
def neuron_gradients__penalty_half(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay / 2 * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    return error, grad_x, grad_w, grad_b


# %% wrong="neuron_gradients" why="makes the step in the caller's weights" keyword="in place"
def neuron_gradients__in_place(x, w, b, target, decay):
    z = np.dot(w, x) + b
    y = 1 / (1 + np.exp(-z))
    error = 0.5 * (y - target) ** 2 + decay * np.dot(w, w)
    delta = (y - target) * y * (1 - y)
    grad_x = delta * w
    grad_w = delta * x + 2 * decay * w
    grad_b = delta
    if w.dtype.kind == "f":
        w -= 0.1 * grad_w
    return error, grad_x, grad_w, grad_b


# %% right="neuron_gradients" why="factor by factor, as the slides write it, weight by weight"
def neuron_gradients__factors(x, w, b, target, decay):
    from math import exp

    z = b + sum(one * other for one, other in zip(w, x, strict=True))
    y = 1 / (1 + exp(-z))
    e_by_y, y_by_z = y - target, exp(-z) / (1 + exp(-z)) ** 2
    grad_w = [e_by_y * y_by_z * z_by_w + 2 * decay * own for z_by_w, own in zip(x, w, strict=True)]
    grad_x = [e_by_y * y_by_z * z_by_x for z_by_x in w]
    error = 0.5 * e_by_y**2 + decay * sum(own * own for own in w)
    return error, np.array(grad_x), np.array(grad_w), e_by_y * y_by_z


# %% right="neuron_gradients" why="torch"
def neuron_gradients__torch(x, w, b, target, decay):
    nodes = [torch.tensor(np.asarray(part), dtype=torch.float64, requires_grad=True) for part in (x, w, b)]
    x, w, b = nodes
    error = 0.5 * (torch.sigmoid(w @ x + b) - target).square() + decay * w.square().sum()
    error.backward()
    return error.item(), *(node.grad.numpy() for node in nodes)


# %% right="neuron_gradients" why="hyperbolic functions, and the gradient of the extended vector (x, 1)"
def neuron_gradients__extended(x, w, b, target, decay):
    longer, weights = np.append(x, 1.0), np.append(w, b)
    half = weights @ longer / 2
    y, slope = (1 + np.tanh(half)) / 2, 1 / (4 * np.cosh(half) ** 2)
    both = slope * (y - target) * longer + 2 * decay * np.append(w, 0.0)
    return np.square(y - target) / 2 + decay * np.sum(np.square(w)), slope * (y - target) * w, both[:-1], both[-1]


# %% [markdown]
# The neuron of the slides has z = 9.19. If the target is 0, its output could not be more wrong, and yet its gradient is
# about a ten-thousandth. The picture shows it for all z: the error, and what of it reaches the bias.


# %%
# Figure · a neuron that is very wrong learns very little
with expect.written():
    places = np.linspace(-10, 10, 201)
    found = [neuron_gradients(np.zeros(1), np.zeros(1), z, 0.0, 0.0) for z in places]
    fig, ax = plt.subplots()
    ax.plot(places, [error for error, *_ in found], label="error")
    ax.plot(places, [grad_b for *_, grad_b in found], label="gradient of the bias")
    ax.axvline(9.19, color=plot.colors["gray"], linestyle=":", label="the slides' neuron, 9.19")
    ax.set(xlabel="z, before the sigmoid", title="a sigmoid neuron whose target is 0")
    ax.legend()
    plot.show(
        fig,
        alt="Two curves over z from −10 to 10. The error rises from 0 to one half and stays there. The gradient is a "
        "hill around z = 0.7, almost zero at both ends, also at 9.19 where the error is largest.",
    )

# %% [markdown]
# ### 2 · A linear layer, there and back  ·  5 points  ·  25 min  ·  ●●○ difficulty
#
# D inputs, M outputs, and a weight for each pair: $\text{out} = W x + b$. Forward it is one matrix product, and the way
# back is two. Write `linear(x, weight, bias, grad_out)`. It returns `out, grad_x, grad_weight, grad_bias`.
#
# | | shape | |
# |---|---|---|
# | `x` | `(…, D)` | the inputs: any number of axes in front, at least one; each row of D numbers is one sample |
# | `weight` | `(M, D)` | one row for each output, as in PyTorch. (Other libraries keep the transposed, `(D, M)`.) |
# | `bias` | `(M,)` | |
# | `grad_out` | `(…, M)` | the gradient of `out`; it comes from the layers behind |
# | `out` | `(…, M)` | `weight` times each row, plus `bias` |
# | `grad_x`, `grad_weight`, `grad_bias` | like `x`, `weight`, `bias` | |
#
# The axes in front are the batch. Often it is one axis, `(B, D)`; a layer that runs over words or pixels gets
# `(B, T, D)`. All samples share the weights, so the gradient of a weight is the **sum** over all samples, whatever the
# number of axes. If the loss is a mean, its 1/B is in `grad_out` already. Write no loop over inputs or outputs: the
# products do it. (A loop over samples is allowed.)
#
# Which products? You need not remember. Look at one number: weight $w_{md}$ multiplies $x_d$ and is added to
# $\text{out}_m$. So its gradient is $x_d$ times the gradient of $\text{out}_m$, summed over the samples. And $x_d$ went
# into every output, each time multiplied by its weight.
#
# By hand, one sample: x = (1, 2), weights (1, 3) and (2, −1), bias (5, 0) give out = (12, 0). With `grad_out` (1, 10)
# the gradient of x is 1·(1, 3) + 10·(2, −1) = (21, −7), the weights get (1, 2) and (10, 20), the bias (1, 10).
#
# <details><summary>Hint 1: shapes decide</summary>
# For a batch (B, D): from (B, M) and (M, D) only one product makes (B, D). From (B, M) and (B, D) only one makes
# (M, D), and one of the two must be transposed for it.
# </details>
# <details><summary>Hint 2: many axes</summary>
# For the forward pass and the gradient of x, <code>@</code> treats the axes in front by itself. For the weights turn
# both arrays into tables of rows first: <code>reshape(-1, D)</code>.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# With G the table of rows of grad_out: the weights get the transpose of G times the table of rows of x, the bias the
# sum of G over its rows. The gradient of x is grad_out times the weights, without a transpose.
# </details>


# %% solution="linear"
def linear(x, weight, bias, grad_out):
    """Return the output of a linear layer and its gradients: out, grad_x, grad_weight, grad_bias."""
    ### BEGIN SOLUTION
    rows, grad_rows = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, len(bias))
    return x @ weight.T + bias, grad_out @ weight, grad_rows.T @ rows, grad_rows.sum(axis=0)
    ### END SOLUTION


# %% check="linear" points=3 why="a batch of three samples"
@expect.check
def check_linear_batch(linear):
    names = "out, grad_x, grad_weight, grad_bias"
    x, weight, bias = np.array([[1, 2], [-1, 1], [3, 0]]), np.array([[1, 3], [2, -1]]), np.array([5, 0])
    what = "linear of x = (1, 2), (−1, 1), (3, 0)"
    results = expect.call(linear, x, weight, bias, np.array([[1, 10], [100, 0], [0, 1000]]))
    out, grad_x, grad_weight, grad_bias = expect.parts(results, names, what)
    expect.close(
        out,
        [[12, 0], [7, -3], [8, 6]],
        f"out: {what}",
        mistakes={
            "the bias is missing": [[7, 0], [2, -3], [3, 6]],
            "the weights are transposed: a row of `weight` belongs to an output": [[10, 1], [6, -4], [8, 9]],
        },
    )
    expect.close(
        grad_x,
        [[21, -7], [100, 300], [2000, -1000]],
        f"grad_x: {what}",
        mistakes={
            "the weights are transposed on the way back: forward it is Wᵀ, backward W without a transpose": [
                [31, -8],
                [100, 200],
                [3000, -1000],
            ],
            "you solved for the input: the way back multiplies by the weights, it is no inverse": [
                [4.42857142857, -1.14285714286],
                [14.2857142857, 28.5714285714],
                [428.571428571, -142.857142857],
            ],
            "`grad_out` is missing: multiply by what comes from behind": [[3, 2], [3, 2], [3, 2]],
            "the derivative with respect to x is the weights, and the other way round: they have changed places": [
                [-99, 102],
                [3010, 20],
            ],
            "the bias has no part in the gradient of x: its own derivative is another": [
                [26, -7],
                [105, 300],
                [2005, -1000],
            ],
        },
    )
    expect.close(
        grad_weight,
        [[-99, 102], [3010, 20]],
        f"grad_weight: {what}",
        mistakes={
            "the gradient of the weights is transposed: it has the shape of `weight`, (M, D)": [[-99, 3010], [102, 20]],
            "divided by the number of samples: any mean is in `grad_out` already, here it is a sum": [
                [-33, 34],
                [1003.33333333, 6.66666666667],
            ],
            "only the last sample counts: in a loop the samples overwrite each other; add them up": [[0, 0], [3000, 0]],
        },
    )
    expect.close(
        grad_bias,
        [101, 1010],
        f"grad_bias: {what}",
        mistakes={
            "the bias got the mean of the gradients: take the sum over the samples": [33.6666666667, 336.666666667],
            "you summed over the outputs: a bias collects its output over all samples": [11, 100, 1000],
            "the bias got one row for each sample: take the sum": [[1, 10], [100, 0], [0, 1000]],
            "the bias got one number in all: sum over the samples, not over the outputs": [1111, 1111],
        },
    )

    def steps(d, m):
        return expect.python_steps(linear, np.ones((2, d)), np.ones((m, d)), np.ones(m), np.ones((2, m)))

    expect.that(
        steps(40, 50) < 4 * steps(4, 5),
        "linear takes more steps for more inputs and outputs: a loop over single weights, or finite differences. "
        "Let matrix products do it.",
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(302)
    for b, d, m in [(4, 3, 5), (1, 2, 2), (6, 1, 4), (5, 5, 1), (3, 3, 3)]:
        drawn, rows = rng.normal(0, 1, (d, b)).T, rng.normal(0, 1, (m, 2 * d))[:, ::2]
        offsets, back = rng.normal(0, 1, m), rng.normal(0, 2, (m, b)).T
        tensors = [torch.tensor(array, requires_grad=True) for array in (drawn, rows, offsets)]
        value = torch.nn.functional.linear(*tensors)
        truths = [value, *torch.autograd.grad(value, tensors, torch.tensor(back))]
        came = expect.parts(expect.call(linear, drawn, rows, offsets, back), names, "linear")
        for name, mine, truth in zip(names.split(", "), came, truths, strict=True):
            expect.close(mine, truth, f"{name} of linear, B = {b}, D = {d}, M = {m}")
        numeric = numeric_gradient(lambda at, x=drawn, c=offsets: x @ at.T + c, np.array(rows), back)
        expect.close(came[2], numeric, "grad_weight of linear", rtol=1e-5, atol=1e-7)
    ### END HIDDEN TESTS


check_linear_batch(linear)


# %% check="linear" points=2 why="more axes in front"
@expect.check
def check_linear_axes(linear):
    names = "out, grad_x, grad_weight, grad_bias"
    weight, bias = np.array([[1, 3], [2, -1]]), np.array([5, 0])
    x = np.array([[[1, 2], [-1, 1], [3, 0]], [[0, 1], [2, 2], [1, 0]]])
    grad_out = np.array([[[1, 10], [100, 0], [0, 1000]], [[2, 0], [0, 3], [5, 0]]])
    what = "linear of two times three samples"
    out, grad_x, grad_weight, grad_bias = expect.parts(expect.call(linear, x, weight, bias, grad_out), names, what)
    expect.close(out, [[[12, 0], [7, -3], [8, 6]], [[8, -1], [13, 2], [6, 2]]], f"out: {what}")
    expect.close(grad_x, [[[21, -7], [100, 300], [2000, -1000]], [[2, 6], [6, -3], [5, 15]]], f"grad_x: {what}")
    expect.close(
        grad_weight,
        [[-94, 104], [3016, 26]],
        f"grad_weight: {what}",
        mistakes={
            "one table for each group of samples: `@` multiplies group by group; sum over the groups, too": [
                [[-99, 102], [3010, 20]],
                [[5, 2], [6, 6]],
            ],
            "the first group alone: all axes in front are samples": [[-99, 102], [3010, 20]],
        },
    )
    expect.close(
        grad_bias,
        [108, 1013],
        f"grad_bias: {what}",
        mistakes={
            "you summed over the first axis alone: all axes in front are samples": [[3, 10], [100, 3], [5, 1000]]
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3021)
    for front, d, m in [((2, 3), 4, 2), ((1, 5), 3, 3), ((2, 1, 3), 2, 4), ((4, 2), 2, 2)]:
        drawn, rows = rng.normal(0, 1, (*front[::-1], d)), rng.normal(0, 1, (m, d))
        drawn = drawn.transpose(*range(len(front))[::-1], -1)  # a view with gaps
        offsets, back = rng.normal(0, 1, m), rng.normal(0, 2, (*front, m))
        tensors = [torch.tensor(array, requires_grad=True) for array in (drawn, rows, offsets)]
        value = torch.nn.functional.linear(*tensors)
        truths = [value, *torch.autograd.grad(value, tensors, torch.tensor(back))]
        came = expect.parts(expect.call(linear, drawn, rows, offsets, back), names, "linear")
        for name, mine, truth in zip(names.split(", "), came, truths, strict=True):
            expect.close(mine, truth, f"{name} of linear, x of shape {drawn.shape}")
    ### END HIDDEN TESTS


check_linear_axes(linear)


# %% wrong="linear" why="no bias" keyword="bias is missing"
def linear__no_bias(x, weight, bias, grad_out):
    out = x @ weight.T
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="weights of the shape (D, M)" keyword="row of `weight` belongs to an output"
def linear__forward_transposed(x, weight, bias, grad_out):
    out = x @ weight + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="the same transpose on the way back" keyword="without a transpose"
def linear__back_transposed(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight.T
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="weights divided instead of transposed" keyword="no inverse"
def linear__inverse(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ np.linalg.pinv(weight.T)
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="gradients without what comes from behind" keyword="`grad_out` is missing"
def linear__ignores_grad_out(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_out = np.ones(grad_out.shape)
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="x times grad_out the other way round" keyword="of `weight`, (M, D)"
def linear__weight_transposed(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_x.T @ flat_g
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="mean over the batch in the weights" keyword="any mean is in `grad_out`"
def linear__mean(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x / len(flat_x)
    grad_bias = flat_g.mean(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="mean over the batch in the bias" keyword="mean of the gradients"
def linear__bias_mean(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.mean(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="sum over the wrong axis" keyword="over the outputs"
def linear__bias_axis(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(1)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="no sum in the bias" keyword="one row for each sample"
def linear__bias_no_sum(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g * np.ones_like(bias)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="all of grad_out in one number" keyword="one number in all"
def linear__bias_total(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = np.full(len(bias), flat_g.sum())
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="only the last sample" keyword="samples overwrite each other"
def linear__last_sample(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, weight.shape[0])
    for one_x, one_g in zip(flat_x, flat_g, strict=True):
        grad_weight = np.outer(one_g, one_x)
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="x and weight exchanged" keyword="have changed places"
def linear__swapped(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(0)
    return out, grad_weight, grad_x, grad_bias


# %% wrong="linear" why="the bias in the way back" keyword="bias has no part"
def linear__bias_in_back(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight + bias
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="sums over the first axis alone" keyword="all axes in front"
def linear__bias_first_axis(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = grad_out.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="keeps one weight gradient for each group" keyword="for each group of samples"
def linear__weight_stack(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_g = grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = np.swapaxes(grad_out, -1, -2) @ x
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="only the first group" keyword="first group alone"
def linear__first_group(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_g = grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = (grad_out if x.ndim == 2 else grad_out[0]).T @ (x if x.ndim == 2 else x[0])
    grad_bias = flat_g.sum(0)
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="makes the step in the caller's weights" keyword="in place"
def linear__in_place(x, weight, bias, grad_out):
    out = x @ weight.T + bias
    grad_x = grad_out @ weight
    flat_x, flat_g = x.reshape(-1, x.shape[-1]), grad_out.reshape(-1, grad_out.shape[-1])
    grad_weight = flat_g.T @ flat_x
    grad_bias = flat_g.sum(0)
    weight -= grad_weight  # the step of a training, at once
    return out, grad_x, grad_weight, grad_bias


# %% wrong="linear" why="measures each weight instead of deriving" keyword="finite differences"
def linear__measured(x, weight, bias, grad_out):
    def value(x, weight, bias):
        return (grad_out * (x @ weight.T + bias)).sum()

    grads = []
    for number in range(3):
        parts = [np.array(part, dtype=float) for part in (x, weight, bias)]
        grads.append(np.zeros(parts[number].shape))
        for place in np.ndindex(grads[-1].shape):
            parts[number][place] += 1
            grads[-1][place] = value(*parts)
            parts[number][place] -= 2
            grads[-1][place] = (grads[-1][place] - value(*parts)) / 2
            parts[number][place] += 1
    return x @ weight.T + bias, *grads


# %% right="linear" why="sample by sample"
def linear__loop(x, weight, bias, grad_out):
    out, grad_x = np.empty(grad_out.shape), np.empty(x.shape)
    grad_weight, grad_bias = np.zeros(weight.shape), np.zeros(bias.shape)
    for at in np.ndindex(x.shape[:-1]):
        out[at] = weight @ x[at] + bias
        grad_x[at] = weight.T @ grad_out[at]
        grad_weight += np.outer(grad_out[at], x[at])
        grad_bias += grad_out[at]
    return out, grad_x, grad_weight, grad_bias


# %% right="linear" why="Einstein's sums"
def linear__einsum(x, weight, bias, grad_out):
    out = np.einsum("...d,md->...m", x, weight) + bias
    grad_x = np.einsum("...m,md->...d", grad_out, weight)
    front = tuple(range(x.ndim - 1))
    return out, grad_x, np.tensordot(grad_out, x, (front, front)), grad_out.sum(axis=front)


# %% right="linear" why="torch"
def linear__torch(x, weight, bias, grad_out):
    tensors = [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in (x, weight, bias)]
    out = torch.nn.functional.linear(*tensors)
    out.backward(torch.tensor(grad_out, dtype=torch.float64))
    return out.detach().numpy(), *(tensor.grad.numpy() for tensor in tensors)


# %% [markdown]
# ### 3 · Back through the corner  ·  3 points  ·  10 min  ·  ●○○ difficulty
#
# The ReLU lets positive numbers through and stops the others: $\max(0, z)$. On the way back the same switches stand as
# they stood on the way there. Write `relu_backward(grad_out, z)`: the gradient of `z`, if `grad_out` is the gradient of
# the ReLU's output.
#
# | | shape | |
# |---|---|---|
# | `grad_out` | any | integers or floats, of either sign |
# | `z` | like `grad_out` | what went **into** the ReLU |
# | result | like `z` | `grad_out` where z was positive, 0 elsewhere |
#
# At exactly 0 the gradient is **0**, as in PyTorch. (At the corner any number from 0 to 1 is as good.)
#
# By hand: z = (−2, 3, −1, 4) and `grad_out` = (10, 20, −30, −40) give (0, 20, 0, −40). The −40 gets through: it is z
# that decides. (Rules that look at the sign of the gradient exist, deconvnet and guided backpropagation. They draw
# pictures in unit 12. They are no derivatives.)
#
# <details><summary>Hint 1: one question for each number</summary>
# Was z positive here? The answer decides whether the gradient passes. Nothing else does.
# </details>
# <details><summary>Hint 2: a mask</summary>
# A comparison of an array with 0 gives an array of true and false. Multiplied by numbers they count as 1 and 0.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# The gradient times (z greater than 0). Make a new array for it, do not write into the one that came.
# </details>


# %% solution="relu_backward"
def relu_backward(grad_out, z):
    """Return the gradient of z, from the gradient of relu(z): an array of the shape of z."""
    ### BEGIN SOLUTION
    return np.where(z > 0, grad_out, 0.0)
    ### END SOLUTION


# %% check="relu_backward" points=2 why="the switches stand as they stood"
@expect.check
def check_relu_backward_values(relu_backward):
    came = expect.call(relu_backward, np.array([10.0, 20.0, -30.0, -40.0]), np.array([-2.0, 3.0, -1.0, 4.0]))
    what = "relu_backward((10, 20, −30, −40), z = (−2, 3, −1, 4))"
    expect.close(
        came,
        [0, 20, 0, -40],
        what,
        mistakes={
            "the sign of `grad_out` decides here: that is the deconvnet rule. Ask whether z was positive": [
                10,
                20,
                0,
                0,
            ],
            "both must be positive here: that is guided backpropagation. Only z decides": [0, 20, 0, 0],
            "everything got through, as if there were no ReLU": [10, 20, -30, -40],
            "this is the slope alone, 0 or 1: multiply it by `grad_out`": [0, 1, 0, 1],
            "multiplied by the value of the ReLU: the chain rule wants its slope": [0, 60, 0, -160],
            "this is the forward pass again": [0, 3, 0, 4],
            "the switches are the wrong way round: you kept the gradient where z was negative": [10, 0, -30, 0],
            "this is the slope of |z|, the sign: on the negative side the ReLU is flat": [-10, 20, 30, -40],
            "one decision for the whole array: each number has its own switch": [0, 0, 0, 0],
            "a little leaks through where z is negative: that is the leaky ReLU": [1, 20, -3, -40],
            "a gradient may be negative: nothing is cut off or made positive": [0, 20, 0, 40],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(303)
    for shape in [(7,), (3, 4), (1, 5), (2, 3, 2), (2, 1, 3, 4)]:
        z, back = rng.normal(0, 2, shape[::-1]).T, rng.normal(0, 1, (*shape, 2))[..., 0]
        tensor = torch.tensor(z, requires_grad=True)
        (truth,) = torch.autograd.grad(torch.relu(tensor), tensor, torch.tensor(back))
        expect.close(expect.call(relu_backward, back, z), truth, f"relu_backward of {shape} numbers")
        numeric = numeric_gradient(lambda at: np.maximum(0, at), z.copy(), back)
        expect.close(expect.call(relu_backward, back, z), numeric, "relu_backward", rtol=1e-5, atol=1e-8)
    ### END HIDDEN TESTS


check_relu_backward_values(relu_backward)


# %% check="relu_backward" points=1 why="the corner, and integers"
@expect.check
def check_relu_backward_corner(relu_backward):
    z = np.array([[0.5, -1, 0], [-0.25, 5, 0]])
    came = expect.call(relu_backward, np.array([[2, 4, -6], [1, -3, 8]]), z)
    what = "relu_backward of a table with two zeros"
    expect.close(
        came,
        [[2, 0, 0], [0, -3, 0]],
        what,
        mistakes={
            "the corner: at exactly 0 this exercise stops the gradient (`>` instead of `>=`)": [[2, 0, -6], [0, -3, 8]],
            "the corner: half of it got through at exactly 0; here nothing does": [[2, 0, -3], [0, -3, 4]],
        },
    )
    came = expect.call(relu_backward, np.array([[0.5, -1.5]]), np.array([[3, 2]]))
    expect.close(
        came,
        [[0.5, -1.5]],
        "relu_backward of integers z",
        mistakes={"an array of integers was filled: the fractions are lost, make it float": [[0, -1]]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3031)
    z, back = rng.integers(-2, 3, (5, 6)), rng.integers(-9, 10, (5, 6))
    tensor = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    (truth,) = torch.autograd.grad(torch.relu(tensor), tensor, torch.tensor(back, dtype=torch.float64))
    expect.close(expect.call(relu_backward, back, z), truth, "relu_backward of integers")
    expect.close(expect.call(relu_backward, back / 7, z), truth / 7, "relu_backward of integers z")
    ### END HIDDEN TESTS


check_relu_backward_corner(relu_backward)


# %% wrong="relu_backward" why="the gradient's own sign decides" keyword="deconvnet"
def relu_backward__deconvnet(grad_out, z):
    return np.maximum(0.0, grad_out)


# %% wrong="relu_backward" why="both signs decide" keyword="guided backpropagation"
def relu_backward__guided(grad_out, z):
    return grad_out * (grad_out > 0) * (z > 0)


# %% wrong="relu_backward" why="no mask" keyword="everything got through"
def relu_backward__identity(grad_out, z):
    return grad_out + 0.0 * z


# %% wrong="relu_backward" why="the slope alone" keyword="slope alone"
def relu_backward__slope(grad_out, z):
    return (z > 0) * 1.0


# %% wrong="relu_backward" why="times the value instead of the slope" keyword="by the value of the ReLU"
def relu_backward__value(grad_out, z):
    return grad_out * np.maximum(z, 0)


# %% wrong="relu_backward" why="the forward pass again" keyword="forward pass"
def relu_backward__forward(grad_out, z):
    return np.maximum(z, 0.0)


# %% wrong="relu_backward" why="the mask the wrong way round" keyword="wrong way round"
def relu_backward__inverted(grad_out, z):
    return np.where(z <= 0, grad_out, 0.0)


# %% wrong="relu_backward" why="the sign as slope" keyword="slope of |z|"
def relu_backward__sign(grad_out, z):
    return grad_out * np.sign(z)


# %% wrong="relu_backward" why="one decision for all" keyword="one decision for the whole array"
def relu_backward__all(grad_out, z):
    return grad_out * float((z > 0).all())


# %% wrong="relu_backward" why="a leak" keyword="leaky"
def relu_backward__leaky(grad_out, z):
    return grad_out * np.where(z > 0, 1.0, np.where(z < 0, 0.1, 0.0))


# %% wrong="relu_backward" why="the result cut off, as if gradients could not be negative" keyword="may be negative"
def relu_backward__absolute(grad_out, z):
    return np.abs(grad_out) * (z > 0)


# %% wrong="relu_backward" why="the corner counted as positive" keyword="at exactly 0 this exercise"
def relu_backward__corner_one(grad_out, z):
    return grad_out * (z >= 0)


# %% wrong="relu_backward" why="half at the corner" keyword="half of it"
def relu_backward__corner_half(grad_out, z):
    return grad_out * np.heaviside(z, 0.5)


# %% wrong="relu_backward" why="fills an array with the dtype of z" keyword="array of integers was filled"
def relu_backward__integers(grad_out, z):
    grad = np.zeros_like(z)
    grad[z > 0] = grad_out[z > 0]
    return grad


# %% wrong="relu_backward" why="drops the numbers that are off" keyword="(2,)"
def relu_backward__selects(grad_out, z):
    return grad_out[z > 0]


# %% wrong="relu_backward" why="writes into the gradient that came" keyword="in place"
def relu_backward__in_place(grad_out, z):
    grad_out[z <= 0] = 0
    return grad_out


# %% right="relu_backward" why="a mask, multiplied"
def relu_backward__mask(grad_out, z):
    return grad_out * (z > 0)


# %% right="relu_backward" why="number by number"
def relu_backward__loop(grad_out, z):
    passed = [float(g) if at > 0 else 0.0 for g, at in zip(np.ravel(grad_out), np.ravel(z), strict=True)]
    return np.reshape(passed, np.shape(z))


# %% right="relu_backward" why="a copy with holes"
def relu_backward__holes(grad_out, z):
    passed = np.array(grad_out, dtype=float)
    passed[np.logical_not(z > 0)] = 0
    return passed


# %% right="relu_backward" why="torch"
def relu_backward__torch(grad_out, z):
    leaf = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    torch.relu(leaf).backward(torch.tensor(grad_out, dtype=torch.float64))
    return leaf.grad.numpy()


# %% [markdown]
# ### 4 · Where the way back begins  ·  4 points  ·  20 min  ·  ●●○ difficulty
#
# The last node of a classifier: softmax and cross-entropy in one. Unit 02 took the mean over the batch. Here the node
# returns one loss for **each sample**, and what happens to them afterwards (a mean, a weight for rare classes, a sum
# with something else) is the business of the next node, which sends back `grad_out`. That is how a node of a graph
# works: it knows nothing of what comes behind it, but for the gradient that arrives.
#
# Write `cross_entropy_node(logits, labels, grad_out)`. It returns `losses, grad_logits`. With $p$ for the softmax of a
# row and $y$ for its label,
#
# $$\text{loss} = -\log p_y = \log\sum_j e^{z_j} - z_y \qquad\qquad
# \text{grad}_z = \text{grad\_out}\cdot\bigl(p - \text{one-hot}(y)\bigr)$$
#
# | | shape | |
# |---|---|---|
# | `logits` | `(B, K)` | scores, from −10000 to 10000 |
# | `labels` | `(B,)` | integers from 0 to K − 1 |
# | `grad_out` | `(B,)` | the gradient of each sample's loss. A mean over the batch sends 1/B to every sample |
# | `losses` | `(B,)` | one for each sample; `grad_out` has no part in them |
# | `grad_logits` | `(B, K)` | |
#
# By hand: logits (0, ln 2, 0) have the softmax (¼, ½, ¼). With label 2 the loss is ln 4. If `grad_out` is 8, the
# logits get 8 · (¼, ½, −¾) = (2, 4, −6). Each row of the result sums to zero: what one score gains, the others lose.
#
# As in unit 02, subtract the largest score of each row first, and never take the logarithm of a probability: it may be
# 0 in memory.
#
# <details><summary>Hint 1: a number for each row</summary>
# grad_out has one number for each sample, the table has a row for each. To multiply row by row, give grad_out a second
# axis of length one.
# </details>
# <details><summary>Hint 2: the score of the label</summary>
# Index with two arrays: the numbers of the rows, and the labels.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Shift, exponentials e, sums s (B, 1). Losses: the logarithm of s minus the shifted score of the label. Gradient: e
# over s; subtract 1 at the labels; multiply row by row with grad_out, last of all.
# </details>


# %% solution="cross_entropy_node"
def cross_entropy_node(logits, labels, grad_out):
    """Return the cross-entropy of each sample and the gradient of the logits: losses (B,), grad_logits (B, K)."""
    ### BEGIN SOLUTION
    samples = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    surplus = exponentials / sums
    surplus[samples, labels] -= 1
    return np.log(sums[:, 0]) - shifted[samples, labels], surplus * grad_out[:, None]
    ### END SOLUTION


# %% check="cross_entropy_node" points=3 why="losses and gradients, each sample with its own share"
@expect.check
def check_cross_entropy_node_values(cross_entropy_node):
    logits = np.log([[1.0, 2.0, 1.0], [5.0, 3.0, 2.0], [2.0, 2.0, 4.0]])
    labels, grad_out = np.array([2, 0, 0]), np.array([8.0, -2.0, 0.5])
    what = "cross_entropy_node of ln (1, 2, 1), ln (5, 3, 2), ln (2, 2, 4) with labels 2, 0, 0"
    results = expect.call(cross_entropy_node, logits, labels, grad_out)
    losses, grad_logits = expect.parts(results, "losses, grad_logits", what)
    expect.close(
        losses,
        np.log([4, 2, 4]),
        f"losses: {what}",
        mistakes={
            "this is the mean: here the node returns one loss for each sample": 1.15524530093,
            "`grad_out` has no part in the losses: it is for the way back": [
                11.090354889,
                -1.38629436112,
                0.69314718056,
            ],
            "the softmax runs over the samples: it belongs to a row": [1.94591014906, 0.470003629246, 1.38629436112],
            "the labels are counted from 0, you counted from 1": [0.69314718056, 1.60943791243, 0.69314718056],
            "the minus is missing: the logarithm of a probability is negative, the loss is not": [
                -1.38629436112,
                -0.69314718056,
                -1.38629436112,
            ],
        },
    )
    expect.close(
        grad_logits,
        [[2, 4, -6], [1, -0.6, -0.4], [-0.375, 0.125, 0.25]],
        f"grad_logits: {what}, and grad_out 8, −2, ½",
        mistakes={
            "divided by the number of samples: this node takes no mean, the 1/B of a mean comes with `grad_out`": [
                [0.666666666667, 1.33333333333, -2],
                [0.333333333333, -0.2, -0.133333333333],
                [-0.125, 0.0416666666667, 0.0833333333333],
            ],
            "`grad_out` is missing: every sample's row is multiplied by its own number": [
                [0.25, 0.5, -0.75],
                [-0.5, 0.3, 0.2],
                [-0.75, 0.25, 0.5],
            ],
            "`grad_out` went along the classes: it has one number for each sample, so it needs a second axis": [
                [2, -1, -0.375],
                [-4, -0.6, 0.1],
                [-6, -0.5, 0.25],
            ],
            "all rows got the sum of `grad_out`: each sample has its own": [
                [1.625, 3.25, -4.875],
                [-3.25, 1.95, 1.3],
                [-4.875, 1.625, 3.25],
            ],
            "all rows got the mean of `grad_out`: every sample has a number of its own": [
                [0.541666666667, 1.08333333333, -1.625],
                [-1.08333333333, 0.65, 0.433333333333],
                [-1.625, 0.541666666667, 1.08333333333],
            ],
            "`grad_out` came before you subtracted the 1: the whole difference is multiplied": [
                [2, 4, 1],
                [-2, -0.6, -0.4],
                [-0.875, 0.125, 0.25],
            ],
            "`grad_out` was added: the chain rule multiplies": [
                [8.25, 8.5, 7.25],
                [-2.5, -1.7, -1.8],
                [-0.25, 0.75, 1],
            ],
            "the sign is reversed: y − p leads downhill, and a gradient points uphill": [
                [-2, -4, 6],
                [-1, 0.6, 0.4],
                [0.375, -0.125, -0.25],
            ],
            "this is p alone: the 1 of the true class is missing": [[2, 4, 2], [-1, -0.6, -0.4], [0.125, 0.125, 0.25]],
            "this is the gradient with respect to p, −1/p: the one with respect to the logits is asked": [
                [0, 0, -32],
                [4, 0, 0],
                [-2, 0, 0],
            ],
            "`[:, labels]` takes whole columns: subtract 1 at the true class of each row only": [
                [-6, 4, -6],
                [1, -0.6, 1.6],
                [-0.375, 0.125, -0.25],
            ],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(304)
    for b, k in [(1, 4), (6, 3), (4, 4), (7, 2), (2, 1)]:
        drawn, true, back = rng.normal(0, 3, (k, b)).T, rng.integers(0, k, b), rng.normal(0, 2, 2 * b)[::2]
        tensor = torch.tensor(drawn, requires_grad=True)
        value = torch.nn.functional.cross_entropy(tensor, torch.from_numpy(true), reduction="none")
        (truth,) = torch.autograd.grad(value, tensor, torch.tensor(back))
        both = expect.call(cross_entropy_node, drawn, true, back)
        came = expect.parts(both, "losses, grad_logits", "cross_entropy_node")
        expect.close(came[0], value, f"losses of {b} samples and {k} classes")
        expect.close(came[1], truth, f"grad_logits of {b} samples and {k} classes")

    def own(at):
        both = expect.call(cross_entropy_node, at, true, back)
        return expect.parts(both, "losses, grad_logits", "cross_entropy_node")[0]

    numeric = numeric_gradient(lambda at: np.asarray(own(at)) @ back, drawn.copy())
    expect.close(came[1], numeric, "your losses, differentiated", rtol=1e-5, atol=1e-7)
    ### END HIDDEN TESTS


check_cross_entropy_node_values(cross_entropy_node)


# %% check="cross_entropy_node" points=1 why="scores far from zero, and integers"
@expect.check
def check_cross_entropy_node_far(cross_entropy_node):
    logits, labels = np.array([[1000, 0], [0, 1000], [-9000, -9000]]), np.array([1, 1, 0])
    what = "cross_entropy_node of (1000, 0), (0, 1000), (−9000, −9000)"
    results = expect.call(cross_entropy_node, logits, labels, np.array([3, 5, 2]))
    losses, grad_logits = expect.parts(results, "losses, grad_logits", what)
    expect.close(
        losses,
        [1000, 0, np.log(2)],
        f"losses: {what}",
        mistakes={
            "the exponential of 1000 overflowed: subtract the maximum of each row first": [np.nan, np.nan, np.nan],
            "a row far below the others has the sum 0: subtract the maximum of each row, not of the whole table": [
                1000,
                0,
                np.nan,
            ],
            "the logarithm of 0: p is 0 in memory. Subtract logarithms instead": [np.inf, 0, 0.69314718056],
            "a small number inside the logarithm, 1e-12, hides the infinity, and the loss is wrong": [
                27.6310211159,
                -1.00008890058e-12,
                0.693147180558,
            ],
            "p was clipped: a loss may be as large as it wants": [34.5387763949, 0, 0.69314718056],
        },
    )
    expect.close(grad_logits, [[3, -3], [0, 0], [-1, 1]], f"grad_logits: {what}")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3041)
    drawn, true, back = rng.integers(-10000, 10001, (8, 5)), rng.integers(0, 5, 8), rng.integers(-3, 4, 8)
    drawn[:4] = rng.integers(-4, 5, (4, 5)) + np.array([[9000], [-9000], [0], [700]])
    tensor = torch.tensor(drawn, dtype=torch.float64, requires_grad=True)
    value = torch.nn.functional.cross_entropy(tensor, torch.from_numpy(true), reduction="none")
    (truth,) = torch.autograd.grad(value, tensor, torch.tensor(back, dtype=torch.float64))
    both = expect.call(cross_entropy_node, drawn, true, back)
    came = expect.parts(both, "losses, grad_logits", "cross_entropy_node")
    expect.close(came[0], value, "losses of large logits")
    expect.close(came[1], truth, "grad_logits of large logits")
    ### END HIDDEN TESTS


check_cross_entropy_node_far(cross_entropy_node)


# %% wrong="cross_entropy_node" why="the mean, as in unit 02" keyword="one loss for each sample"
def cross_entropy_node__mean(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses.mean(), grad


# %% wrong="cross_entropy_node" why="divides the gradient by B, as in unit 02" keyword="takes no mean"
def cross_entropy_node__divides(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad / len(labels)


# %% wrong="cross_entropy_node" why="nothing from behind" keyword="`grad_out` is missing"
def cross_entropy_node__ignores_grad_out(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot

    return losses, grad


# %% wrong="cross_entropy_node" why="the batch's numbers across the classes" keyword="went along the classes"
def cross_entropy_node__across(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * (grad_out if len(grad_out) == grad.shape[1] else grad_out[:, None])
    return losses, grad


# %% wrong="cross_entropy_node" why="one scale for all" keyword="each sample has its own"
def cross_entropy_node__summed(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out.sum()
    return losses, grad


# %% wrong="cross_entropy_node" why="a scale averaged over the batch" keyword="all rows got the mean"
def cross_entropy_node__averaged(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out.mean()
    return losses, grad


# %% wrong="cross_entropy_node" why="scales p, then subtracts 1" keyword="before you subtracted"
def cross_entropy_node__scales_p(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = p * grad_out[:, None] - one_hot
    return losses, grad


# %% wrong="cross_entropy_node" why="scales the losses" keyword="no part in the losses"
def cross_entropy_node__scales_loss(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses * grad_out, grad


# %% wrong="cross_entropy_node" why="adds instead of multiplying" keyword="multiplies"
def cross_entropy_node__adds(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad + grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="y − p" keyword="points uphill"
def cross_entropy_node__sign(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = one_hot - p
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="no label in the gradient" keyword="1 of the true class is missing"
def cross_entropy_node__p_alone(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="the gradient with respect to p" keyword="with respect to p"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy_node__by_p(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = -one_hot / p
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="softmax over the batch" keyword="runs over the samples"
def cross_entropy_node__axis(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=0)
    log_p = z - np.log(np.exp(z).sum(axis=0))
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="labels from one" keyword="counted from 0"
def cross_entropy_node__from_one(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels - 1]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="the sign of the logarithm" keyword="minus is missing"
def cross_entropy_node__no_minus(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = (log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="whole columns" keyword="takes whole columns"
def cross_entropy_node__columns(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p.copy()
    grad[:, labels] -= 1
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="no shift" keyword="overflowed"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy_node__overflow(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = 1.0 * logits
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="one maximum for the table" keyword="maximum of each row, not"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy_node__one_maximum(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max()
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="the logarithm of p" keyword="logarithm of 0"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy_node__log_of_p(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -np.log((p * one_hot).sum(axis=1))
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="a small number in the logarithm" keyword="hides the infinity"
def cross_entropy_node__epsilon(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -np.log((p * one_hot).sum(axis=1) + (1e-12 if p.min() == 0 else 0))
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="clips p away from zero" keyword="was clipped"
def cross_entropy_node__clipped(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -np.log(np.clip((p * one_hot).sum(axis=1), 1e-15, 1))
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% wrong="cross_entropy_node" why="shifts the caller's logits" keyword="in place"
def cross_entropy_node__in_place(logits, labels, grad_out):
    one_hot = np.eye(logits.shape[1])[labels]
    logits -= logits.max(axis=1)[:, None]
    z = logits
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    p = np.exp(log_p)
    losses = -(log_p * one_hot).sum(axis=1)
    grad = p - one_hot
    grad = grad * grad_out[:, None]
    return losses, grad


# %% right="cross_entropy_node" why="sample by sample"
def cross_entropy_node__loop(logits, labels, grad_out):
    losses, grads = [], []
    for scores, label, back in zip(logits.astype(float), labels, grad_out, strict=True):
        total = np.logaddexp.reduce(scores)
        losses.append(total - scores[label])
        grads.append([back * (np.exp(score - total) - (k == label)) for k, score in enumerate(scores)])
    return np.array(losses), np.array(grads)


# %% right="cross_entropy_node" why="the chain of nodes, one by one: log-softmax and its own way back"
def cross_entropy_node__two_nodes(logits, labels, grad_out):
    from scipy.special import log_softmax

    log_p = log_softmax(np.asarray(logits, float), axis=1)
    back = np.zeros(logits.shape)
    np.put_along_axis(back, labels[:, None], -1.0 * grad_out[:, None], axis=1)
    grad = back - np.exp(log_p) * back.sum(axis=1, keepdims=True)
    return -np.take_along_axis(log_p, labels[:, None], 1).squeeze(1), grad


# %% right="cross_entropy_node" why="torch"
def cross_entropy_node__torch(logits, labels, grad_out):
    scores = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    losses = torch.nn.functional.cross_entropy(scores, torch.tensor(labels), reduction="none")
    losses.backward(torch.tensor(grad_out, dtype=torch.float64))
    return losses.detach().numpy(), scores.grad.numpy()


# %% [markdown]
# ### 5 · A whole network  ·  5 points  ·  40 min  ·  ●●● difficulty
#
# Linear, ReLU, linear, ReLU, …, linear, cross-entropy: a multi-layer perceptron. You have written each way back alone.
# Now chain them, for any number of layers. Write `mlp_gradients(x, labels, weights, biases)`. It returns
# `loss, grad_weights, grad_biases`.
#
# | | shape | |
# |---|---|---|
# | `x` | `(B, D)` | the samples |
# | `labels` | `(B,)` | integers, the true classes |
# | `weights` | list of L arrays | layer by layer, each `(outputs, inputs)` as in exercise 2; L is at least 1 |
# | `biases` | list of L arrays | each `(outputs,)` |
# | `loss` | a number | the **mean** cross-entropy over the batch |
# | `grad_weights`, `grad_biases` | lists of L arrays | in the same order and shapes as `weights` and `biases` |
#
# After every layer but the last stands a ReLU (slope 0 at 0). The last layer's outputs are the logits. With one layer
# there is no ReLU at all: that network is called softmax regression. No score is far from zero here. The check counts
# steps: a loop over layers or samples is fine, one over single weights is not.
#
# By hand, two layers and one sample: x = (1, −1), weights (2, 1), (0, 3) and then (0, 5), (ln 3, −4), all biases 0,
# label 0.
#
# | forward | | back | |
# |---|---|---|---|
# | first layer | (1, −3) | logits: p minus one-hot | (−¾, ¾) |
# | ReLU | (1, 0) | second weights: times (1, 0) | (−¾, 0), (¾, 0) |
# | logits | (0, ln 3) | ReLU's output: times the second weights | (¾ ln 3, −6.75) |
# | softmax | (¼, ¾) | first layer's output: the switch | (¾ ln 3, 0) |
# | loss | ln 4 | first weights: times (1, −1) | (¾ ln 3, −¾ ln 3), (0, 0) |
#
# <details><summary>Hint 1: what to keep</summary>
# On the way forward keep, in a list, what went into each layer. The way back needs it twice: for the gradient of
# the weights, and (is it positive?) for the switch of the ReLU in front of the layer.
# </details>
# <details><summary>Hint 2: one variable walks back</summary>
# Begin with the gradient of the logits, divided by B. Go through the layers from the last to the first. In each:
# collect the gradients of its weights and bias, then turn the gradient of its output into that of its input.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# In layer l, with g for the gradient of its output and a for its input: weights get g transposed times a, the bias the
# sum of g over the samples. Then g becomes g times the weights of the layer, times (a greater than 0). Collected in
# this order the lists are the wrong way round: reverse them at the end.
# </details>


# %% solution="mlp_gradients"
def mlp_gradients(x, labels, weights, biases):
    """Return the mean cross-entropy of a ReLU network and all gradients: loss, grad_weights, grad_biases."""
    ### BEGIN SOLUTION
    inputs = [x]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        inputs.append(np.maximum(0, inputs[-1] @ weight.T + bias))
    logits = inputs[-1] @ weights[-1].T + biases[-1]

    samples = np.arange(len(labels))
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(probabilities[samples, labels]))
    grad = probabilities
    grad[samples, labels] -= 1
    grad /= len(labels)

    grad_weights, grad_biases = [], []
    for weight, entered in zip(reversed(weights), reversed(inputs), strict=True):
        grad_weights.append(grad.T @ entered)
        grad_biases.append(grad.sum(axis=0))
        grad = (grad @ weight) * (entered > 0)
    return loss, grad_weights[::-1], grad_biases[::-1]
    ### END SOLUTION


# %%
# Tools · two small networks for the checks of mlp_gradients
def small_network(layers):
    """Return x, labels, weights and biases of one sample and two layers, or of three samples and three layers."""
    if layers == 2:
        weights = [np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([[0.0, 5.0], [np.log(3), -4.0]])]
        return np.array([[1, -1]]), np.array([0]), weights, [np.zeros(2), np.zeros(2)]
    weights = [np.array([[1, -1], [2, 1]]), np.array([[1, 0], [-1, 1]]), np.array([[1, 0], [-1, 1]])]
    x, labels = np.array([[1, 2], [2, -1], [1, 0]]), np.array([0, 1, 1])
    return x, labels, weights, [np.array([0, -2]), np.array([1, 0]), np.array([0, 1])]


def mlp_results(mlp_gradients, what, x, labels, weights, biases):
    """Call the answer; return its loss and two lists as long as the network."""
    results = expect.call(mlp_gradients, x, labels, weights, biases)
    loss, *lists = expect.parts(results, "loss, grad_weights, grad_biases", what)
    for name, came in zip(("grad_weights", "grad_biases"), lists, strict=True):
        expect.that(isinstance(came, list | tuple), f"{what}: `{name}` is a list of arrays, one for each layer.")
        expect.that(
            len(came) == len(weights),
            f"{what}: `{name}` has {len(came)} arrays, the network has {len(weights)} layers: one for each layer.",
        )
    return loss, *lists


# %% check="mlp_gradients" points=2 why="two layers and one sample, as by hand"
### BEGIN HIDDEN TESTS
def torch_mlp(x, labels, weights, biases):
    """Return the loss of a network and the gradients of all weights, then of all biases, by PyTorch."""
    count = len(weights)

    def loss(*leaves):
        out = torch.tensor(x, dtype=torch.float64)
        for layer in range(count):
            out = torch.nn.functional.linear(torch.relu(out) if layer else out, leaves[layer], leaves[count + layer])
        return torch.nn.functional.cross_entropy(out, torch.tensor(labels))

    return torch_gradients(loss, *weights, *biases)


### END HIDDEN TESTS
@expect.check
def check_mlp_gradients_by_hand(mlp_gradients):
    what = "the network of the example"
    loss, grad_weights, grad_biases = mlp_results(mlp_gradients, what, *small_network(2))
    third = 0.75 * np.log(3)
    expect.close(
        loss,
        np.log(4),
        f"loss: {what}",
        mistakes={"layers without ReLU between them: several layers are then one": 28.0986122887},
    )
    expect.close(
        grad_biases[-1],
        [-0.75, 0.75],
        f"grad_biases of the last layer: {what}",
        mistakes={
            "your lists go from the last layer to the first: reverse them": [0.823959216501, 0],
            "the 1 of the true class is missing in the gradient of the logits": [0.25, 0.75],
            "the sign is reversed: y − p leads downhill, and a gradient points uphill": [0.75, -0.75],
        },
    )
    expect.close(
        grad_weights[-1],
        [[-0.75, 0], [0.75, 0]],
        f"grad_weights of the last layer: {what}",
        mistakes={
            "the gradient of the weights needs what went into the layer, not what came out": [
                [0, -0.823959216501],
                [0, 0.823959216501],
            ],
            "what went into a layer is the value after the ReLU, not before": [[-0.75, 2.25], [0.75, -2.25]],
            "x is the input of the first layer alone": [[-0.75, 0.75], [0.75, -0.75]],
            "the gradients of the weights are transposed": [[-0.75, 0.75], [0, 0]],
        },
    )
    expect.close(
        grad_biases[0],
        [third, 0],
        f"grad_biases of the first layer: {what}",
        mistakes={
            "the switches of the ReLU are missing on the way back": [0.823959216501, -6.75],
            "the weights are transposed on the way back: forward it is Wᵀ, backward W": [3.75, 0],
            "the gradient is multiplied by the weights of the layer it passes; you took those of the layer before": [
                -1.5,
                0,
            ],
            "the gradient did not walk: it must be multiplied by the weights of the layers behind": [-0.75, 0],
            "the gradient went back through changed weights: use them as they were on the way there": [
                0.711459216501,
                0,
            ],
        },
    )
    expect.close(
        grad_weights[0],
        [[third, -third], [0, 0]],
        f"grad_weights of the first layer: {what}",
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(305)
    for sizes in [(3, 4, 2), (2, 5, 5, 3)]:
        pairs = list(zip(sizes[1:], sizes[:-1], strict=True))
        net = [rng.normal(0, 1, pair) for pair in pairs], [rng.normal(0, 1, m) for m, _ in pairs]
        x, y = rng.normal(0, 1, (1, sizes[0])), rng.integers(0, sizes[-1], 1)
        value, truths = torch_mlp(x, y, *net)
        loss, *lists = mlp_results(mlp_gradients, "mlp_gradients", x, y, *net)
        expect.close(loss, value, f"loss of layers {sizes}, one sample")
        for mine, truth in zip([*lists[0], *lists[1]], truths, strict=True):
            expect.close(mine, truth, f"a gradient of layers {sizes}, one sample")
    ### END HIDDEN TESTS


check_mlp_gradients_by_hand(mlp_gradients)


# %% check="mlp_gradients" points=3 why="a batch, and any depth"
@expect.check
def check_mlp_gradients_depth(mlp_gradients):
    what = "three layers, three samples"
    loss, grad_weights, grad_biases = mlp_results(mlp_gradients, what, *small_network(3))
    expect.close(
        loss,
        3.78758683518,
        f"loss: {what}",
        mistakes={
            "there is no ReLU behind the last layer: logits may be negative": 2.48611320883,
            "the biases are missing on the way forward": 3.77796243352,
            "this is the sum over the batch: take the mean": 11.3627605055,
        },
    )
    expect.close(
        grad_biases[2],
        [0.406868165666, -0.406868165666],
        f"grad_biases[2]: {what}",
        mistakes={
            "the 1/B is missing in the gradients: the loss is a mean": [1.220604497, -1.220604497],
            "a mean over the samples in the biases: the 1/B is in the gradient already, sum": [
                0.135622721889,
                -0.135622721889,
            ],
        },
    )
    expect.close(
        grad_weights[2],
        [[1.72348182341, -0.487372385753], [-1.72348182341, 0.487372385753]],
        f"grad_weights[2]: {what}",
        mistakes={
            "divided by B in every layer again: once, at the logits, is enough": [
                [0.574493941137, -0.162457461918],
                [-0.574493941137, 0.162457461918],
            ]
        },
    )
    expect.close(
        grad_biases[1],
        [0.813736331332, 0.243686192877],
        f"grad_biases[1]: {what}",
        mistakes={
            "the sign of the gradient set the switch: it is what went into the ReLU that decides": [
                1.30110871709,
                0.243686192877,
            ],
            "the middle layers got nothing: any number of layers is asked for": [0, 0],
        },
    )
    expect.close(grad_weights[1], [[2.63322731549, -0.308685472303], [0, 0.487372385753]], f"grad_weights[1]: {what}")
    expect.close(
        grad_biases[0],
        [1.30110871709, 0.243686192877],
        f"grad_biases[0]: {what}",
        mistakes={
            "each ReLU has a switch of its own: you took the one of the layer behind": [0.570050138455, 0.243686192877]
        },
    )
    expect.close(
        grad_weights[0],
        [[1.96716801629, -0.666059299204], [0.243686192877, 0.487372385753]],
        f"grad_weights[0]: {what}",
    )
    one_layer = [np.array([[0.0, 1.0], [np.log(3), 1.0]])], [np.zeros(2)]
    results = mlp_results(mlp_gradients, "one layer", np.array([[-1, 2]]), np.array([0]), *one_layer)
    loss, (grad_weight,), _ = results
    nothing = {"there is no ReLU in front of the first layer: x may be negative": np.log(2)}
    expect.close(loss, np.log(4 / 3), "loss of one layer with the logits 2 and 2 − ln 3", mistakes=nothing)
    expect.close(
        grad_weight, [[0.25, -0.5], [-0.25, 0.5]], "grad_weights[0] of one layer with the logits 2 and 2 − ln 3"
    )

    def steps(hidden):
        net = [np.ones((hidden, 3)), np.ones((2, hidden))], [np.ones(hidden), np.ones(2)]
        return expect.python_steps(mlp_gradients, np.ones((2, 3)), np.array([0, 1]), *net)

    expect.that(
        steps(60) < 4 * steps(5),
        "mlp_gradients takes more steps for a wider layer: a loop over single weights, or finite differences, which "
        "cost two passes for each weight. One pass back finds all gradients.",
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3051)
    for b, sizes in [(5, (4, 3)), (4, (3, 6, 2)), (7, (2, 5, 4, 3)), (3, (6, 2, 7, 3, 5, 4)), (6, (3, 3, 3, 3))]:
        pairs = list(zip(sizes[1:], sizes[:-1], strict=True))
        net = [rng.normal(0, 1, pair[::-1]).T for pair in pairs], [rng.normal(0, 0.5, m) for m, _ in pairs]
        x, y = rng.normal(0, 1, (sizes[0], b)).T, rng.integers(0, sizes[-1], b)
        value, truths = torch_mlp(x, y, *net)
        loss, *lists = mlp_results(mlp_gradients, "mlp_gradients", x, y, *net)
        expect.close(loss, value, f"loss of layers {sizes}, {b} samples")
        for mine, truth in zip([*lists[0], *lists[1]], truths, strict=True):
            expect.close(mine, truth, f"a gradient of layers {sizes}, {b} samples")

    def own(at):
        return mlp_results(mlp_gradients, "mlp_gradients", x, y, [np.array(at), *net[0][1:]], net[1])[0]

    numeric = numeric_gradient(own, np.array(net[0][0]))
    expect.close(lists[0][0], numeric, "your loss, differentiated by the first weights", rtol=1e-5, atol=1e-7)
    ### END HIDDEN TESTS


check_mlp_gradients_depth(mlp_gradients)


# %% wrong="mlp_gradients" why="no switch on the way back" keyword="switches of the ReLU are missing"
def mlp_gradients__no_relu_backward(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = delta @ weights[k]
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="a ReLU behind the logits" keyword="no ReLU behind the last layer"
def mlp_gradients__relu_at_end(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0))
    zs[last] = acts[-1]
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="no ReLU at all" keyword="without ReLU"
def mlp_gradients__no_relu(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="the switch of another layer" keyword="switch of its own"
def mlp_gradients__switch_behind(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * ((zs[k] if k < last else zs[k - 1]) > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="the sign of the gradient as switch" keyword="sign of the gradient"
def mlp_gradients__switch_by_gradient(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = np.maximum(0, delta @ weights[k])
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="a transposed matrix on the way back" keyword="backward W"
def mlp_gradients__transposed_back(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k].T) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="the weights of the wrong layer" keyword="weights of the layer it passes"
def mlp_gradients__layer_before(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k - 1]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="the output of the layer in the place of its input" keyword="went into the layer"
def mlp_gradients__output_for_input(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k + 1]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="the pre-activation as input" keyword="after the ReLU"
def mlp_gradients__before_relu(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ (zs[k - 1] if k else x)
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="x as the input of every layer" keyword="x is the input of the first layer alone"
def mlp_gradients__x_everywhere(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ x
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="each layer trained by the loss directly" keyword="did not walk"
def mlp_gradients__no_walk(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = delta * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="lists from the last layer to the first" keyword="from the last layer to the first"
def mlp_gradients__reversed(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights[::-1], grad_biases[::-1]


# %% wrong="mlp_gradients" why="transposed gradients" keyword="gradients of the weights are transposed"
def mlp_gradients__weight_transposed(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = acts[k].T @ delta
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="the label not subtracted" keyword="1 of the true class is missing"
def mlp_gradients__p_alone(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = np.exp(log_p) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="downhill" keyword="points uphill"
def mlp_gradients__sign(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (one_hot - np.exp(log_p)) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="biases forgotten on the way there" keyword="biases are missing"
def mlp_gradients__no_bias(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T)
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="the sum of the losses" keyword="sum over the batch"
def mlp_gradients__sum(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum()
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="a mean in the loss, a sum in the gradient" keyword="1/B is missing"
def mlp_gradients__gradient_of_sum(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = np.exp(log_p) - one_hot
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="1/B in every layer" keyword="in every layer again"
def mlp_gradients__divides_always(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k] / len(x)
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="the mean over the batch in the bias" keyword="mean over the samples in the biases"
def mlp_gradients__bias_mean(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.mean(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="two layers, whatever comes" keyword="any number of layers"
def mlp_gradients__two_layers(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        if 0 < k < last:
            grad_weights[k], grad_biases[k] = np.zeros(weights[k].shape), np.zeros(biases[k].shape)
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
            continue
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="goes back through changed weights" keyword="as they were on the way"
def mlp_gradients__changed_weights(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ (weights[k] - 0.1 * grad_weights[k])) * (zs[k - 1] > 0)
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="makes the step at once" keyword="in place"
def mlp_gradients__steps_in_place(x, labels, weights, biases):
    last, acts, zs = len(weights) - 1, [x], []
    for k in range(last + 1):
        zs.append(acts[k] @ weights[k].T + biases[k])
        acts.append(np.maximum(zs[k], 0.0) if k < last else zs[k])
    log_p = zs[last] - np.logaddexp.reduce(zs[last], axis=1)[:, None]
    one_hot = np.eye(log_p.shape[1])[labels]
    loss = -(log_p * one_hot).sum() / len(x)
    delta = (np.exp(log_p) - one_hot) / len(x)
    grad_weights, grad_biases = [None] * (last + 1), [None] * (last + 1)
    for k in range(last, -1, -1):
        grad_weights[k] = delta.T @ acts[k]
        grad_biases[k] = delta.sum(axis=0)
        if k > 0:
            delta = (delta @ weights[k]) * (zs[k - 1] > 0)
    for weight, grad in zip(weights, grad_weights, strict=True):
        if weight.dtype.kind == "f":
            weight -= 0.1 * grad
    return loss, grad_weights, grad_biases


# %% wrong="mlp_gradients" why="measures each weight with fine differences" keyword="two passes for each weight"
def mlp_gradients__measured(x, labels, weights, biases):
    def loss(arrays):
        out = x
        for k in range(len(weights)):
            out = (np.maximum(out, 0) if k else out) @ arrays[k].T + arrays[len(weights) + k]
        return np.mean(np.logaddexp.reduce(out, axis=1) - out[np.arange(len(x)), labels])

    arrays, grads = [np.array(array, dtype=float) for array in (*weights, *biases)], []
    for array in arrays:
        grads.append(np.zeros(array.shape))
        for place in np.ndindex(array.shape):
            number = array[place]
            for factor, shift in ((8, 1e-3), (-8, -1e-3), (-1, 2e-3), (1, -2e-3)):
                array[place] = number + shift
                grads[-1][place] += factor * loss(arrays) / 12e-3
            array[place] = number
    return loss(arrays), grads[: len(weights)], grads[len(weights) :]


# %% right="mlp_gradients" why="recursive: a network is a layer and a network behind it"
def mlp_gradients__recursive(x, labels, weights, biases):
    def walk(entering, depth):
        weight, bias = np.asarray(weights[depth], float), biases[depth]
        out = np.einsum("bd,md->bm", entering, weight) + bias
        if depth == len(weights) - 1:
            shares = np.exp(out) / np.exp(out).sum(axis=1, keepdims=True)
            truth = (labels[:, None] == np.arange(out.shape[1])) * 1.0
            loss, grad, deeper = -np.log(shares[truth == 1]).mean(), (shares - truth) / len(truth), ([], [])
        else:
            loss, grad, deeper = walk(out.clip(min=0), depth + 1)
            grad = np.where(out > 0, grad, 0)
        own = np.einsum("bm,bd->md", grad, entering)
        return loss, np.einsum("bm,md->bd", grad, weight), ([own, *deeper[0]], [grad.sum(0), *deeper[1]])

    loss, _, (of_weights, of_biases) = walk(x, 0)
    return loss, of_weights, of_biases


# %% right="mlp_gradients" why="torch"
def mlp_gradients__torch(x, labels, weights, biases):
    w, b = ([torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arrays] for arrays in (weights, biases))
    out = torch.tensor(x, dtype=torch.float64)
    for weight, bias in zip(w[:-1], b[:-1], strict=True):
        out = (out @ weight.T + bias).relu()
    loss = torch.nn.functional.cross_entropy(out @ w[-1].T + b[-1], torch.tensor(labels))
    loss.backward()
    return loss.item(), [weight.grad.numpy() for weight in w], [bias.grad.numpy() for bias in b]


# %% right="mlp_gradients" why="sample by sample, with the bias as a weight of a constant input 1"
def mlp_gradients__samples(x, labels, weights, biases):
    tables = [np.column_stack([w, b]) for w, b in zip(weights, biases, strict=True)]
    sums, total = [np.zeros(table.shape) for table in tables], 0.0
    for sample, label in zip(x, labels, strict=True):
        trail = [np.append(sample, 1.0)]
        for table in tables[:-1]:
            trail.append(np.append(np.maximum(table @ trail[-1], 0), 1.0))
        scores = tables[-1] @ trail[-1]
        pull = np.exp(scores - np.logaddexp.reduce(scores))
        total -= np.log(pull[label])
        pull[label] -= 1
        for layer in reversed(range(len(tables))):
            sums[layer] += np.outer(pull, trail[layer])
            pull = ((tables[layer].T @ pull) * (trail[layer] > 0))[:-1]
    n = len(labels)
    return total / n, [s[:, :-1] / n for s in sums], [s[:, -1] / n for s in sums]


# %% [markdown]
# Is the gradient really the steepest way? A network reads two hundred digits. From its weights we walk against your
# gradient, and in thirty random directions of the same length.


# %%
# Figure · the loss along the gradient, and along random directions
with expect.written():
    images, labels = data.digits("train")
    pixels, labels = images[:200].reshape(200, -1), labels[:200]
    rng = np.random.default_rng(1)
    weights = [rng.normal(0, 0.18, (32, 64)), rng.normal(0, 0.25, (10, 32))]
    biases = [np.zeros(32), np.zeros(10)]
    _, grads, _ = mlp_gradients(pixels, labels, weights, biases)
    length = np.sqrt(sum((grad**2).sum() for grad in grads))

    def losses_along(direction):
        scale = 1 / np.sqrt(sum((part**2).sum() for part in direction))
        walked = [[w + t * scale * part for w, part in zip(weights, direction, strict=True)] for t in ways]
        return [mlp_gradients(pixels, labels, there, biases)[0] for there in walked]

    ways = np.linspace(0, 1, 21)
    fig, ax = plt.subplots()
    for _ in range(30):
        drawn = [rng.normal(0, 1, weight.shape) for weight in weights]
        ax.plot(ways, losses_along(drawn), color=plot.colors["gray"], linewidth=0.8)
    ax.plot(ways, losses_along([-grad for grad in grads]), color=plot.colors["orange"], label="against the gradient")
    ax.plot(ways[:8], losses_along(grads)[:8], color=plot.colors["purple"], label="along it")
    ax.set(xlabel="way walked", ylabel="loss", title=f"slope at the start: {length:.2f}")
    ax.legend()
    plot.show(
        fig,
        alt="The loss against the way walked. Against the gradient it falls steeply at first, along it rises as "
        "steeply. Thirty random directions stay almost level.",
    )

# %% [markdown]
# ### 6 · Trust, but verify  ·  5 points  ·  30 min  ·  ●●○ difficulty
#
# A backward pass with a mistake does not crash. It trains a little worse, and nobody knows why. The remedy is old: a
# derivative is a slope, and a slope can be measured. Change one number a little in both directions and see what the
# loss does. That is the **central difference**:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h}$$
#
# ($e_i$ is 1 at place i and 0 elsewhere: all other numbers stay.) Its error falls with $h^2$; the one-sided difference
# $(f(x+h)-f(x))/h$ is only as good as $h$.
#
# Write `gradient_check(f, x, gradient, *, h=1e-5)`. It measures the gradient of `f` at `x` in all places, compares it
# with `gradient`, and returns `error, worst`: the largest **relative error** and where it is. At each place, with $a$
# the given and $n$ the measured number, the relative error is
#
# $$\frac{|a-n|}{\max(|a|,\,|n|,\,10^{-8})}$$
#
# (Some books divide by the sum $|a|+|n|$. The $10^{-8}$ makes 0 against 0 a harmless 0.)
#
# | | shape | |
# |---|---|---|
# | `f` | a function | takes an array like `x`, returns a number |
# | `x` | any, also `()` | must be a **float64 array**; anything else (float32, integers, a list) raises `TypeError` |
# | `gradient` | like `x` | the gradient to be checked; any kind of numbers |
# | `h` | a number | half the distance of the two places |
# | `error` | a number | |
# | `worst` | a tuple of integers | the place in `x`, such as `(2, 0)`; of equals the first, in reading order |
#
# Why float64? The difference of two nearly equal numbers keeps only their last digits. Float32 has 7 digits in all, so
# with h = 1e-5 hardly one is left.
#
# Two more traps. `x` must be afterwards what it was, to the last digit, and `x + h - h` need not be `x`. And for a
# transposed array `x.reshape(-1)` is a copy: whatever you change there, `f` never sees.
#
# By hand: f(x) = x³ at x = 1 with h = ½ gives (3.375 − 0.125) / 1 = 3.25. The true slope is 3. The error $h^2$ is the
# term that a small h makes vanish.
#
# <details><summary>Hint 1: all places of any shape</summary>
# <code>np.ndindex(x.shape)</code> goes through them as tuples, in reading order.
# </details>
# <details><summary>Hint 2: restore</summary>
# Work on a copy. Keep the number, write number plus h, call f, write number minus h, call f, write the number back.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Collect the slopes in an array like x. Then the relative errors, all at once. <code>np.argmax</code> counts through
# the flattened array; <code>np.unravel_index</code> turns its number into a tuple.
# </details>


# %% solution="gradient_check"
def gradient_check(f, x, gradient, *, h=1e-5):
    """Compare a gradient of f at x with central differences: return the largest relative error and its place."""
    ### BEGIN SOLUTION
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise TypeError("x must be a float64 array: differences of nearly equal numbers need all 16 digits")
    probe, measured = x.copy(), np.empty(x.shape)
    for place in np.ndindex(x.shape):
        probe[place] = x[place] + h
        above = f(probe)
        probe[place] = x[place] - h
        measured[place] = (above - f(probe)) / (2 * h)
        probe[place] = x[place]
    scale = np.maximum(np.maximum(np.abs(gradient), np.abs(measured)), 1e-8)
    errors = np.abs(gradient - measured) / scale
    worst = np.unravel_index(np.argmax(errors), x.shape)
    return float(errors[worst]), tuple(int(i) for i in worst)
    ### END SOLUTION


# %%
# Tools · a function for the checks of gradient_check
def cubes(x):
    """Return the sum of all cubes plus the product of the first and the last number."""
    flat = np.ravel(x)
    return float((flat**3).sum() + flat[0] * flat[-1])


# %% check="gradient_check" points=3 why="the largest relative error, and its place"
@expect.check
def check_gradient_check_error(gradient_check):
    x = np.array([[1.0, 2.0], [-1.0, 3.0]])
    right = np.array([[6.0, 12.0], [3.0, 28.0]])
    what = "gradient_check of x00³ + x01³ + x10³ + x11³ + x00 x11 at ((1, 2), (−1, 3))"

    def checked(gradient):
        return expect.parts(expect.call(gradient_check, cubes, x, gradient), "error, worst", what)

    error, _ = checked(right)
    expect.close(
        error,
        0,
        f"error: {what}, for the true gradient",
        atol=1e-4,
        mistakes={
            "your slopes are twice too large: the two places lie 2h apart": 0.5,
            "all places moved at once: one place at a time": 0.938776,
        },
    )
    expect.that(
        float(error) < 1e-6,
        f"error: {what}, for the true gradient: {float(error):.2g}.\n"
        "That is as good as a one-sided difference gets. Measure on both sides: the error falls with h².",
    )
    error, worst = checked(right * np.array([[1.1, 1.2], [1.5, 1.3]]))
    what_one = f"{what}, 4.5 instead of 3 at (1, 0), elsewhere less wrong"
    expect.close(
        error,
        1 / 3,
        f"error: {what_one}",
        rtol=1e-5,
        mistakes={
            "this is the absolute error: divide by the larger of the two numbers": 8.4,
            "divided by the measured number alone: the larger of the two is asked for": 0.5,
            "divided by the sum |a| + |n|, the convention of other books: here it is the larger of the two": 0.2,
            "divided by the largest number of the whole array: each place has its own": 0.2307692,
            "this is the length of the difference over the larger length: each place is asked for": 0.2223755,
            "this is the mean of the errors: one bad place among a thousand good ones would hide in it": 0.2054196,
            "this is the sum of the errors: the largest is asked for": 0.8216783,
        },
    )
    place = {
        "this counts through the flattened array: `np.unravel_index` makes a place of it": 2,
        "this is where the error is smallest": (0, 0),
        "this is the transposed place: (row, column)": (0, 1),
        "the place of the largest absolute error: the relative one is asked for": (1, 1),
    }
    expect.equal(worst, (1, 0), f"worst: {what_one}", mistakes=place)
    error, worst = checked(right - np.array([[0.6, 0], [0, -1]]))
    what_two = f"{what}, 5.4 instead of 6 at (0, 0), 29 instead of 28 at (1, 1)"
    expect.close(
        error,
        0.1,
        f"error: {what_two}",
        rtol=1e-5,
        mistakes={
            "the largest difference without absolute values: a gradient that is too small was not seen": 0.0344828
        },
    )
    expect.equal(worst, (0, 0), f"worst: {what_two}")
    error, _ = checked(right * [[1, 1], [-1, 1]])
    expect.close(
        error,
        2,
        f"error: {what}, −3 instead of 3",
        rtol=1e-5,
        mistakes={"the numbers were compared without their signs: a gradient that points the wrong way is wrong": 0},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(306)
    for shape in [(5,), (2, 3), (3, 1, 2), (1,)]:
        spot, slopes = rng.normal(0, 1, shape), rng.normal(0, 2, shape)

        def wave(at, slopes=slopes):
            return float(np.sin(at).sum() + (slopes * at).sum() + (at**2).sum() ** 2 / 8)

        truth = np.cos(spot) + slopes + (spot**2).sum() * spot / 2
        claimed = truth * rng.uniform(0.7, 1.4, shape)
        errors = abs(claimed - truth) / np.maximum(abs(claimed), abs(truth))
        error, worst = expect.parts(expect.call(gradient_check, wave, spot, claimed), "error, worst", "gradient_check")
        expect.close(error, errors.max(), f"error at {shape} places", rtol=1e-5)
        expect.equal(worst, tuple(int(i) for i in np.argwhere(errors == errors.max())[0]), f"worst of {shape} places")
        error, _ = expect.parts(expect.call(gradient_check, wave, spot, truth), "error, worst", "gradient_check")
        expect.that(float(error) < 1e-6, f"a true gradient of {shape} numbers has the error {float(error):.2g}")
    ### END HIDDEN TESTS


check_gradient_check_error(gradient_check)


# %% check="gradient_check" points=2 why="the step, what must stay, and what is refused"
@expect.check
def check_gradient_check_manners(gradient_check):
    def measure(f, x, gradient, **options):
        return expect.parts(expect.call(gradient_check, f, x, gradient, **options), "error, worst", "gradient_check")

    error, _ = measure(lambda x: float(x[0] ** 3), np.array([1.0]), np.array([3.0]), h=0.5)
    what = "error of x³ at 1, gradient 3, h = ½: 3.25 is measured"
    expect.close(
        error,
        1 / 13,
        what,
        rtol=1e-6,
        mistakes={
            "`h` was ignored: the caller chose it": 0,
            "you went ½h to each side: it is h on each side": 0.02040816,
        },
    )
    error, worst = measure(lambda x: float(x[0] * x[1]), np.array([1.0, 3.0]), np.array([3.0, 1.0]), h=0.5)
    what = "error of x0 x1 at (1, 3), gradient (3, 1), h = ½: exact for a product"
    expect.close(
        error, 0, what, mistakes={"the places before stayed moved: each must be put back before you go on": 0.5}
    )
    error, worst = measure(lambda x: 7.0, np.zeros(2), np.zeros(2))
    expect.close(
        error,
        0,
        "error of a constant, gradient 0",
        mistakes={"0 divided by 0: the denominator is never smaller than 1e-8": np.nan},
    )
    expect.equal(worst, (0,), "worst of equals, the first")
    error, _ = measure(lambda x: float(x[0] ** 3), np.array([2.0]), np.array([12]), h=0.5)
    expect.close(
        error,
        1 / 49,
        "error of x³ at 2, gradient the integer 12, h = ½: 12.25 is measured",
        rtol=1e-6,
        mistakes={
            "the measured slopes were cut off: an array made like `gradient` holds integers here": 0,
            "the step grew with x: it is h everywhere": 1 / 13,
        },
    )
    error, worst = measure(lambda x: float(3 * x[0]), np.array([1.0, 2.0]), np.array([3, 0.5]))
    what = "of 3 x0 at (1, 2), gradient (3, ½): the second number has no part in it"
    expect.close(
        error,
        1,
        f"error {what}",
        rtol=1e-6,
        mistakes={"a number beside a slope of 0 was let through: its gradient must be 0, so it is wrong altogether": 0},
        atol=1e-8,
    )
    expect.equal(worst, (1,), f"worst {what}")
    x = np.array([[1.0, 2.0], [-1.0, 3.0]]).T
    error, _ = expect.parts(gradient_check(cubes, x, np.array([[6.0, 3.0], [12.0, 14.0]])), "error, worst", "the check")
    what = "error at a transposed array, 14 instead of 28"
    expect.close(
        error,
        0.5,
        what,
        rtol=1e-5,
        mistakes={"`f` never saw the change: `reshape(-1)` of a transposed array is a copy": 1},
    )
    mine = np.array([0.1, 0.7, 1e-3, 123.456])
    before = mine.copy()
    gradient_check(cubes, mine, np.ones(4))
    gap = float(np.abs(mine - before).max())
    expect.that(
        not 0 < gap < 1e-9, f"x came back with rounding errors of {gap:.1g}: keep each number and put it back itself."
    )
    expect.that(gap == 0, "x came back moved: put every number back as it was.")
    for bad, kind in [(np.ones(2, np.float32), "float32"), (np.array([1, 2]), "of integers"), ([1.0, 2.0], "a list")]:
        expect.raises(TypeError, gradient_check, cubes, bad, np.ones(2), hint=f"x is {kind}, no float64 array")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3061)
    for spot in (rng.normal(0, 1, (4, 3)).T, rng.normal(0, 1, (3, 8))[:, ::2], np.array(0.7)):

        def bowl(at):
            assert np.shape(at) == spot.shape  # noqa: B023
            return float((np.asarray(at) ** 4).sum() / 4)

        claimed = np.array(1.1 * spot**3)
        error, worst = measure(bowl, spot, claimed, h=1e-4)
        expect.close(error, 1 / 11, f"error at a view of the shape {spot.shape}", rtol=1e-3)
        claimed[(0,) * spot.ndim] *= 2
        error, worst = measure(bowl, spot, claimed)
        expect.equal(worst, (0,) * spot.ndim, f"worst at a view of the shape {spot.shape}")
        expect.close(error, 1.2 / 2.2, f"error at a view of the shape {spot.shape}", rtol=1e-3)
    error, worst = measure(lambda at: float(at[0] * 1e-9 + at[1]), np.ones(2), np.array([2e-9, 1.0]))
    few = "2e-9 instead of 1e-9 counts little: divide by 1e-8 where both are smaller; nothing is added to them."
    expect.that(0.09 < float(error) < 0.11, few)
    expect.equal(worst, (0,), "worst of a tiny and an exact slope")
    ### END HIDDEN TESTS


check_gradient_check_manners(gradient_check)


# %% wrong="gradient_check" why="the one-sided difference" keyword="one-sided difference"
def gradient_check__one_sided(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(x)
        moved[i] = x[i]
        slopes[i] = (high - low) / h
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="divides by h instead of 2h" keyword="lie 2h apart"
def gradient_check__divides_by_h(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / h
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="the absolute error" keyword="absolute error"
def gradient_check__absolute(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    relative = np.abs(slopes - gradient)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="divides by the measured number" keyword="divided by the measured"
def gradient_check__by_measured(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    relative = np.abs(slopes - gradient) / np.maximum(np.abs(slopes), 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="the convention with the sum" keyword="divided by the sum"
def gradient_check__by_sum(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    relative = np.abs(slopes - gradient) / np.maximum(np.abs(slopes) + np.abs(gradient), 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="one scale for all places" keyword="each place has its own"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def gradient_check__one_scale(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / size.max()
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="the error of the whole vector" keyword="length of the difference"
def gradient_check__norms(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return np.linalg.norm(slopes - gradient) / max(np.linalg.norm(slopes), np.linalg.norm(gradient), 1e-8), where


# %% wrong="gradient_check" why="the mean error" keyword="mean of the errors"
def gradient_check__mean(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.mean(), where


# %% wrong="gradient_check" why="the sum of the errors" keyword="sum of the errors"
def gradient_check__sum(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.sum(), where


# %% wrong="gradient_check" why="signs lost" keyword="compared without their signs"
def gradient_check__no_sign(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(np.abs(slopes) - np.abs(gradient)) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="differences without absolute values" keyword="too small was not seen"
def gradient_check__no_absolute(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = (gradient - slopes) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="the number in the flattened array" keyword="counts through the flattened"
def gradient_check__flat_place(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = int(relative.argmax())
    return relative.max(), where


# %% wrong="gradient_check" why="the place of the largest absolute error" keyword="place of the largest absolute"
def gradient_check__absolute_place(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(np.abs(slopes - gradient).argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="the place of the best" keyword="error is smallest"
def gradient_check__best_place(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmin(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="h fixed inside" keyword="`h` was ignored"
def gradient_check__ignores_h(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    h = 1e-5
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="half the step on each side" keyword="h on each side"
def gradient_check__half_step(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h / 2
        high = f(moved)
        moved[i] = x[i] - h / 2
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / h
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="the places before stay moved" keyword="put back before you go on"
def gradient_check__stays_moved(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="moves all places at once" keyword="one place at a time"
def gradient_check__all_at_once(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved = x + h
        high = f(moved)
        moved = x - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="nothing against 0/0" keyword="0 divided by 0"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def gradient_check__no_floor(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / size
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="x + h − 2h + h on the caller's array" keyword="rounding errors"
def gradient_check__rounding(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    moved, slopes = x, np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] += h
        high = f(moved)
        moved[i] -= 2 * h
        low = f(moved)
        moved[i] += h
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="changes a flattened copy" keyword="`f` never saw"
def gradient_check__flattened_copy(f, x, gradient, *, h=1e-5):
    if type(x) is not np.ndarray or x.dtype != float:
        raise TypeError("float64 arrays only")
    flat, slopes = x.reshape(-1), np.zeros(x.shape)
    for k, i in enumerate(np.ndindex(*x.shape)):
        number = flat[k]
        flat[k] = number + h
        high = f(x)
        flat[k] = number - h
        low = f(x)
        flat[k] = number
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="converts instead of refusing" keyword="x is float32"
def gradient_check__converts(f, x, gradient, *, h=1e-5):
    x = np.array(x, dtype=float)
    moved, slopes = np.array(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        moved[i] = x[i] + h
        high = f(moved)
        moved[i] = x[i] - h
        low = f(moved)
        moved[i] = x[i]
        slopes[i] = (high - low) / (2 * h)
    size = np.maximum(np.abs(slopes), np.abs(gradient))
    relative = np.abs(slopes - gradient) / np.maximum(size, 1e-8)
    where = np.unravel_index(relative.argmax(), relative.shape)
    return relative.max(), where


# %% wrong="gradient_check" why="slopes in an array like the gradient" keyword="cut off: an array made like"
def gradient_check__like_gradient(f, x, gradient, *, h=1e-5):
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise TypeError(f"float64 is needed, came {type(x)}")
    at, slopes = np.array(x), np.zeros_like(gradient)
    for where in np.ndindex(at.shape):
        step = h
        at[where] = x[where] + step
        up = f(at)
        at[where] = x[where] - step
        slopes[where] = (up - f(at)) / (2 * step)
        at[where] = x[where]
    given = np.asarray(gradient)
    ratio = np.abs(given - slopes) / np.maximum(1e-8, np.maximum(np.abs(given), np.abs(slopes)))
    place = np.unravel_index(ratio.argmax(), at.shape)
    return ratio[place], tuple(map(int, place))


# %% wrong="gradient_check" why="a step that grows with x" keyword="the step grew"
def gradient_check__growing_step(f, x, gradient, *, h=1e-5):
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise TypeError(f"float64 is needed, came {type(x)}")
    at, slopes = np.array(x), np.zeros(x.shape)
    for where in np.ndindex(at.shape):
        step = h * max(1.0, abs(x[where]))
        at[where] = x[where] + step
        up = f(at)
        at[where] = x[where] - step
        slopes[where] = (up - f(at)) / (2 * step)
        at[where] = x[where]
    given = np.asarray(gradient)
    ratio = np.abs(given - slopes) / np.maximum(1e-8, np.maximum(np.abs(given), np.abs(slopes)))
    place = np.unravel_index(ratio.argmax(), at.shape)
    return ratio[place], tuple(map(int, place))


# %% wrong="gradient_check" why="takes a measured zero for harmless" keyword="was let through"
def gradient_check__zero_slopes_skipped(f, x, gradient, *, h=1e-5):
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise TypeError(f"float64 is needed, came {type(x)}")
    at, slopes = np.array(x), np.zeros(x.shape)
    for where in np.ndindex(at.shape):
        step = h
        at[where] = x[where] + step
        up = f(at)
        at[where] = x[where] - step
        slopes[where] = (up - f(at)) / (2 * step)
        at[where] = x[where]
    given = np.asarray(gradient)
    ratio = np.abs(given - slopes) / np.maximum(1e-8, np.maximum(np.abs(given), np.abs(slopes)))
    ratio = np.where(np.abs(slopes) < 1e-12, 0.0, ratio)
    place = np.unravel_index(ratio.argmax(), at.shape)
    return ratio[place], tuple(map(int, place))


# %% wrong="gradient_check" why="adds the smallest denominator" keyword="nothing is added"
def gradient_check__floor_added(f, x, gradient, *, h=1e-5):
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise TypeError(f"float64 is needed, came {type(x)}")
    at, slopes = np.array(x), np.zeros(x.shape)
    for where in np.ndindex(at.shape):
        step = h
        at[where] = x[where] + step
        up = f(at)
        at[where] = x[where] - step
        slopes[where] = (up - f(at)) / (2 * step)
        at[where] = x[where]
    given = np.asarray(gradient)
    ratio = np.abs(given - slopes) / (1e-8 + np.maximum(np.abs(given), np.abs(slopes)))
    place = np.unravel_index(ratio.argmax(), at.shape)
    return ratio[place], tuple(map(int, place))


# %% right="gradient_check" why="a row of unit vectors, one for each place"
def gradient_check__unit_vectors(f, x, gradient, *, h=1e-5):
    if getattr(x, "dtype", None) != np.float64:
        raise TypeError(f"float64 is needed, came {getattr(x, 'dtype', type(x))}")
    errors = []
    for direction, given in zip(np.eye(x.size), np.ravel(gradient), strict=True):
        step = h * direction.reshape(x.shape)
        slope = (f(x + step) - f(x - step)) / (2 * h)
        errors.append(abs(given - slope) / max(abs(given), abs(slope), 1e-8))
    number = int(np.argmax(errors))
    return errors[number], [int(i) for i in np.unravel_index(number, x.shape)]


# %% right="gradient_check" why="in place on the caller's array, numbers kept and put back; the worst kept on the way"
def gradient_check__in_place(f, x, gradient, *, h=1e-5):
    if not (isinstance(x, np.ndarray) and x.dtype == "float64"):
        raise TypeError("x is no float64 array")
    worst, largest = (0,) * x.ndim, 0.0
    for place, number in np.ndenumerate(x.copy()):
        values = []
        for shift in (h, -h):
            x[place] = number + shift
            values.append(f(x.copy()))
        x[place] = number
        slope, given = (values[0] - values[1]) / h / 2, np.asarray(gradient)[place]
        error = abs(slope - given) / np.max([1e-8, abs(slope), abs(given)])
        if error > largest:
            worst, largest = place, error
    return largest, worst


# %% right="gradient_check" why="the course's own numeric gradient"
def gradient_check__library(f, x, gradient, *, h=1e-5):
    if not isinstance(x, np.ndarray):
        raise TypeError("x is no array")
    measured = numeric_gradient(f, x, h=h)  # refuses what is not float64
    table = np.abs(measured - gradient) / np.stack([abs(measured), np.abs(gradient), 0 * x + 1e-8]).max(axis=0)
    return table.max(), tuple(np.argwhere(table == table.max())[0].tolist())


# %% [markdown]
# A gradient check at work. Your `mlp_gradients` is checked in a random network, then three times with a mistake put
# into its result. And how large should h be? The picture tells: from right to left the error falls with h², until
# the digits run out.


# %%
# Figure · four gradient checks, and the best h
with expect.written():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(0, 1, (20, 4)), rng.integers(0, 3, 20)
    weights, biases = [rng.normal(0, 1, (6, 4)), rng.normal(0, 1, (3, 6))], [rng.normal(0, 1, 6), np.zeros(3)]

    def loss_of(first):
        return mlp_gradients(x, labels, [first, weights[1]], biases)[0]

    grad = mlp_gradients(x, labels, weights, biases)[1][0]
    one_wrong = grad.copy()
    one_wrong[2, 1] *= 1.01
    suspects = {"yours": grad, "one number 1 % off": one_wrong, "sum, not mean": 20 * grad, "sign": -grad}
    for name, suspect in suspects.items():
        error, worst = gradient_check(loss_of, weights[0], suspect)
        print(f"{name:20s} error {error:8.1e}   worst at {tuple(map(int, worst))}")
    steps = 10.0 ** np.arange(-12, 0.5, 0.5)
    fig, ax = plt.subplots()
    ax.loglog(steps, [gradient_check(loss_of, weights[0], grad, h=step)[0] for step in steps], "o-")
    ax.axvline(1e-5, color=plot.colors["gray"], linestyle=":")
    ax.set(xlabel="h", ylabel="largest relative error", title="neither too large nor too small")
    plot.show(
        fig,
        alt="The error against h, both logarithmic: a valley. For h from 1 down to about 1e-5 the error falls to less "
        "than a millionth, for smaller h it rises again, because the digits run out.",
    )

# %% [markdown]
# ### 7 · The chain rule, by machine  ·  6 points  ·  45 min  ·  ●●● difficulty
#
# Until now you found each way back yourself. PyTorch does not: it writes down what you compute, a **graph**, and
# walks it backwards. Build the same for single numbers: the class `Value`.
#
# | | | |
# |---|---|---|
# | `Value(number)` | | holds a number, an integer or a float |
# | `v.data` | float | the number |
# | `v.grad` | float | 0.0 until somebody calls `backward`; then the derivative of that result with respect to `v` |
# | `a + b`, `a - b`, `a * b`, `-a` | `Value` | a plain number may stand on **either** side: `2 * v`, `1 - v` |
# | `v.exp()`, `v.log()`, `v.relu()` | `Value` | the natural logarithm; the ReLU has the slope 0 at 0 |
# | `v.backward()` | None | **adds** the derivative of `v` to the `grad` of **every** node |
#
# Every node, that is every Value that `v` was computed from, those in between, and `v` itself, which gets 1.
#
# Four things make the difference between an exercise and a tool:
#
# - **A node may be used twice.** In `y = x * x + x` three ways lead from y to x. Their products are added.
# - **A node is passed when it is complete.** It hands on its gradient only after all nodes that use it have handed
#   on theirs. An order that grants this is called *topological*: every node stands after the nodes it was made from.
#   Walk it from the end.
# - **Graphs are deep and share a lot.** Three thousand steps in a row are nothing special, but a function that calls
#   itself so deep stops: Python allows about a thousand calls inside each other. And who walks every way from end
#   to start separately walks forever, because the number of ways doubles at every shared node.
# - **`backward` begins afresh and adds up**, like PyTorch's. Called twice on the same result, every `grad` is twice as
#   large, no more; called on two results, each `grad` is the sum of both. What an earlier call left in `grad` takes no
#   part in the products.
#
# Without PyTorch or another library: here you write the library. Add methods as you like.
#
# By hand: x = 3, y = x·x + x. Then `y.data` is 12 and `x.grad` is 3 + 3 + 1 = 7.
#
# <details><summary>Hint 1: what a node remembers</summary>
# Which nodes it was made from and, for each, the derivative of its own number with respect to it. Both are known at
# the moment of the operation. For a product: (a, b's number) and (b, a's number).
# </details>
# <details><summary>Hint 2: an order without recursion</summary>
# A list as a stack. Take a node off; if you see it first, put it back with a mark and put those it was made from on
# top; if it carries the mark, all of those are done: append it to the order. Keep a set of the seen ones
# (<code>id(node)</code>).
# </details>
# <details><summary>Hint 3: almost the code</summary>
# A dictionary holds what has arrived at each node in this call: 1 for the result, 0 for all others. Go through the
# order from its end: add what has arrived to the node's grad, and for each node it was made from add derivative times
# arrived to that node's entry. Subtraction is an addition of the negative; <code>1 - v</code> calls
# <code>v.__rsub__(1)</code>.
# </details>


# %% solution="Value"
class Value:
    """A number that remembers how it was computed."""

    def __init__(self, data, sources=()):
        """Hold a number. Sources are for your own use: what it was computed from, in a form you choose."""
        ### BEGIN SOLUTION
        self.data, self.grad, self.sources = float(data), 0.0, sources
        ### END SOLUTION

    def __add__(self, other):
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))
        ### END SOLUTION

    def __mul__(self, other):
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))
        ### END SOLUTION

    def __neg__(self):
        ### BEGIN SOLUTION
        return Value(-self.data, ((self, -1.0),))
        ### END SOLUTION

    def __sub__(self, other):
        ### BEGIN SOLUTION
        return self + -other
        ### END SOLUTION

    def __radd__(self, other):
        """Return other + self, where other is a plain number."""
        ### BEGIN SOLUTION
        return self + other
        ### END SOLUTION

    def __rsub__(self, other):
        """Return other - self, where other is a plain number."""
        ### BEGIN SOLUTION
        return -self + other
        ### END SOLUTION

    def __rmul__(self, other):
        """Return other * self, where other is a plain number."""
        ### BEGIN SOLUTION
        return self * other
        ### END SOLUTION

    def exp(self):
        """Return e to the power of the number."""
        ### BEGIN SOLUTION
        result = float(np.exp(self.data))
        return Value(result, ((self, result),))
        ### END SOLUTION

    def log(self):
        """Return the natural logarithm."""
        ### BEGIN SOLUTION
        return Value(np.log(self.data), ((self, 1 / self.data),))
        ### END SOLUTION

    def relu(self):
        """Return the number if it is positive, else 0."""
        ### BEGIN SOLUTION
        return Value(max(self.data, 0.0), ((self, float(self.data > 0)),))
        ### END SOLUTION

    def backward(self):
        """Add the derivative of this number to the grad of all numbers it was computed from."""
        ### BEGIN SOLUTION
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, complete = stack.pop()
            if complete:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack += [(node, True), *((source, False) for source, _ in node.sources)]
        arrived = {id(node): 0.0 for node in order} | {id(self): 1.0}
        for node in reversed(order):
            node.grad += arrived[id(node)]
            for source, slope in node.sources:
                arrived[id(source)] += slope * arrived[id(node)]
        ### END SOLUTION


# %% check="Value" points=2 why="sums, differences, products, with numbers on either side"
@expect.check
def check_Value_arithmetic(Value):
    x = Value(3)
    expect.that(isinstance(x.data, float), "Value(3).data is no float: a Value made of an integer holds a float, too.")
    expect.close(x.grad, 0, "grad before any backward")
    y = x * x + x
    expect.close(y.data, 12, "(x * x + x).data for x = 3")
    y.backward()
    expect.close(
        x.grad,
        7,
        "x.grad after (x * x + x).backward(), x = 3",
        mistakes={
            "only one of the ways counts: `=` overwrites what the others brought, `+=` adds": 3,
            "you walked from the start to the result: there nothing has arrived yet. Begin at the end": 1,
            "the walk begins with 1, not with the result's number": 84,
            "x * x has two ways to the same node, and both count": 4,
        },
    )
    expect.close(
        y.grad,
        1,
        "y.grad after y.backward()",
        mistakes={"the derivative of a number with respect to itself is 1: the result has a grad, too": 0},
    )
    expect.close(x.data, 3, "x.data after backward")
    a, b, c = Value(2), Value(5), Value(-1.5)
    y = a * b - c
    y.backward()
    expect.close(y.data, 11.5, "(a * b - c).data for 2, 5, −1.5")
    expect.close(
        [a.grad, b.grad, c.grad],
        [5, 2, -1],
        "grads of a * b - c for 2, 5, −1.5",
        mistakes={
            "the derivative of a product with respect to one factor is the other factor": [2, 5, -1],
            "the second part of a difference has the derivative −1": [5, 2, 1],
        },
    )
    v = Value(4)
    y = 2 * v + (1 - v) * 3 + (v - 6) + (0.5 + v) - v * 7
    what = "2 * v + (1 - v) * 3 + (v - 6) + (0.5 + v) - v * 7 for v = 4"
    expect.close(
        y.data, -26.5, what, mistakes={"1 − v came out as v − 1: `__rsub__` has its parts the wrong way round": -8.5}
    )
    y.backward()
    expect.close(v.grad, -6, f"v.grad of {what}", mistakes={"the derivative of 1 − v is −1": 0})
    v = Value(4)
    y = -v * 3
    y.backward()
    expect.close(
        [y.data, v.grad],
        [-12, -3],
        "data and v.grad of −v · 3 for v = 4",
        mistakes={"the minus cut the graph: its result must remember v": [-12, 0]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(307)
    for _ in range(4):
        numbers, plain = rng.normal(0, 2, 3), float(rng.normal())

        def formula(p, q, r, plain=plain):
            s = plain - p * q + r
            t = s * s - 3 * (r + plain) * p
            return t * s + (-t) - q * plain

        value, truths = torch_gradients(formula, *numbers)
        leaves = [Value(float(number)) for number in numbers]
        result = formula(*leaves)
        result.backward()
        expect.close(result.data, value, "a formula of three Values")
        expect.close([leaf.grad for leaf in leaves], truths, "the grads of three Values in a formula")
    ### END HIDDEN TESTS


check_Value_arithmetic(Value)


# %% check="Value" points=1 why="exponential, logarithm, ReLU"
@expect.check
def check_Value_functions(Value):
    for name, result, grad, wrong_results, wrong_grads in [
        ("exp", 22.16716829679195, 22.16716829679195, {}, {"the exponential is its own derivative": 16.3096909708}),
        (
            "log",
            2.0794415416798357,
            1.5,
            {"the base is 10: the natural logarithm is meant": 0.903089986992},
            {"the slope of the logarithm is 1 over the number, not over its logarithm": 4.32808512267},
        ),
        ("relu", 6, 3, {}, {}),
    ]:
        v = Value(2)
        made = {"exp": v.exp, "log": v.log, "relu": v.relu}[name]()
        y = made * 3
        expect.close(y.data, result, f"v.{name}() * 3 for v = 2", mistakes=wrong_results)
        y.backward()
        expect.close(v.grad, grad, f"v.grad of v.{name}() * 3 for v = 2", mistakes=wrong_grads)
    p, q, z = Value(2), Value(-2), Value(0)
    y = (p.relu() + q.relu() + z.relu()) * -5
    expect.close(
        y.data,
        -10,
        "(p.relu() + q.relu() + z.relu()) * −5 for 2, −2 and 0",
        mistakes={"a ReLU makes 0 of a negative number: yours let it through": 0, "this is the absolute value": -20},
    )
    y.backward()
    what = "grads of (p.relu() + q.relu() + z.relu()) * −5 for 2, −2 and 0"
    expect.close(
        [p.grad, q.grad, z.grad],
        [-5, 0, 0],
        what,
        mistakes={
            "a ReLU that is off passes nothing": [-5, -5, -5],
            "at 0 the slope of the ReLU is 0 here": [-5, 0, -5],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3071)
    for _ in range(4):
        numbers = rng.normal(0, 1.5, 2)

        def formula(p, q):
            s = (p * q).exp() + (p - q).relu()
            return (s + (q * 2).relu() + 1).log() * p - (-p).relu() * s

        value, truths = torch_gradients(formula, *numbers)
        leaves = [Value(float(number)) for number in numbers]
        result = formula(*leaves)
        result.backward()
        expect.close(result.data, value, "a formula with exp, log and relu")
        expect.close([leaf.grad for leaf in leaves], truths, "the grads in a formula with exp, log and relu")
    ### END HIDDEN TESTS


check_Value_functions(Value)


# %% check="Value" points=3 why="shared nodes, several calls, deep graphs"
@expect.check
def check_Value_graph(Value):
    x = Value(2)
    a = x + 1
    y = x + a * 10
    y.backward()
    expect.close(
        [a.grad, x.grad],
        [10, 11],
        "grads of a = x + 1, y = x + a * 10",
        mistakes={"the nodes between got nothing: every Value on the way gets its grad": [0, 11]},
    )
    x = Value(2)
    a = x * 3
    b = a + x
    c = a * b
    d = c + a
    e = d * b + c
    e.backward()
    grads = [d.grad, c.grad, b.grad, a.grad, x.grad]
    what = "grads of d, c, b, a, x in a = 3x, b = a + x, c = a b, d = c + a, e = d b + c at x = 2"
    expect.close(
        grads,
        [8, 9, 108, 188, 672],
        what,
        mistakes={
            "a node handed on its gradient before all its users had handed on theirs: walk in topological order": [
                8,
                9,
                60,
                76,
                288,
            ],
            "a node handed on too early: depth first is right, but note a node when you leave it, not when you enter": [
                8,
                9,
                60,
                22,
                48,
            ],
            "a shared node handed on again with all it had: what came first was counted twice": [8, 9, 114, 268, 2340],
        },
    )
    p, other = Value(2), Value(5)
    q, r = p * 3, other * 2
    q.backward()
    r.backward()
    expect.close(
        p.grad,
        3,
        "p.grad of q = 3p, after q.backward() and that of an unrelated Value",
        mistakes={"an unrelated graph took part: a list that belongs to the class is shared by all nodes": 6},
    )
    x = Value(2)
    h = x * 3
    y = h * h + h
    y.backward()
    expect.close([x.grad, h.grad, y.grad], [39, 13, 1], "grads of x, h, y in h = 3x, y = h h + h, x = 2")
    y.backward()
    what = "the same after a second y.backward(): twice as large"
    expect.close(
        [x.grad, h.grad, y.grad],
        [78, 26, 2],
        what,
        mistakes={
            "what the first call left in the nodes between flowed again: begin each call with zeros": [192, 51, 2],
            "the result counts once more for each call; only it began afresh, the nodes between did not": [153, 38, 1],
            "the nodes between were set back to one call, only the start added up: every node adds up": [78, 13, 1],
            "the second call cleared what the first had found: `backward` adds up": [39, 13, 1],
        },
    )
    x, w = Value(2), Value(10)
    h = x * 3
    one, two = h * 5, h * w
    one.backward()
    what = "grads of x, h, w, two after one.backward(), with h = 3x, one = 5h, two = h w, x = 2, w = 10"
    expect.close([x.grad, h.grad, w.grad, two.grad], [15, 5, 0, 0], what)
    two.backward()
    what = "grads of x, h, w after one.backward() and two.backward()"
    expect.close([x.grad, h.grad, w.grad], [45, 15, 6], what)
    x = check_engine(lambda: Value(3), 1)
    expect.close(x.grad, 1, "x.grad after very many products with 1")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3072)
    for size in (6, 12, 25):
        picks, kinds = rng.integers(0, 10**6, (size, 2)), rng.integers(0, 3, size)

        def network(p, q, picks=picks, kinds=kinds):
            nodes = [p, q]
            for (i, j), kind in zip(picks, kinds, strict=True):
                left, right = nodes[i % len(nodes)], nodes[-1 - j % min(3, len(nodes))]
                nodes.append([left + right, left * right * 0.5, (left - right).relu()][kind])
            total = nodes[-1]
            for node in nodes[2::3]:
                total = total + node * 0.1
            return total

        numbers = rng.normal(0, 1, 2)
        value, truths = torch_gradients(network, *numbers)
        leaves = [Value(float(number)) for number in numbers]
        result = network(*leaves)
        result.backward()
        expect.close(result.data, value, "the result of a drawn graph")
        expect.close([leaf.grad for leaf in leaves], truths, "the grads in a drawn graph")
        result.backward()
        expect.close([leaf.grad for leaf in leaves], 2 * np.array(truths), "the grads in a drawn graph, called twice")
    ### END HIDDEN TESTS


check_Value_graph(Value)


# %% wrong="Value" why="assigns instead of adding up" keyword="overwrites"
class Value__assigns:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__assigns) else Value__assigns(other)
        return Value__assigns(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__assigns) else Value__assigns(other)
        return Value__assigns(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__assigns) else Value__assigns(other)
        return Value__assigns(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__assigns(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__assigns(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__assigns(value, ((self, value),))

    def log(self):
        return Value__assigns(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__assigns(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] = slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="a node hands on at once, and again when more arrives" keyword="walk every way"
class Value__every_way:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__every_way) else Value__every_way(other)
        return Value__every_way(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__every_way) else Value__every_way(other)
        return Value__every_way(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__every_way) else Value__every_way(other)
        return Value__every_way(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__every_way(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__every_way(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__every_way(value, ((self, value),))

    def log(self):
        return Value__every_way(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__every_way(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        todo = [(self, 1.0)]
        while todo:
            node, brought = todo.pop()
            node.grad += brought
            todo += [(parent, slope * brought) for parent, slope in node.made_from]


# %% wrong="Value" why="no topological order: as the nodes are met" keyword="before all its"
class Value__as_met:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__as_met) else Value__as_met(other)
        return Value__as_met(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__as_met) else Value__as_met(other)
        return Value__as_met(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__as_met) else Value__as_met(other)
        return Value__as_met(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__as_met(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__as_met(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__as_met(value, ((self, value),))

    def log(self):
        return Value__as_met(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__as_met(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo.pop(0)
            if node not in known:
                known.add(node)
                order.insert(0, node)
                todo += [parent for parent, _ in node.made_from]
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="no topological order: depth first, noted on the way in" keyword="handed on too early"
class Value__on_the_way_in:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__on_the_way_in) else Value__on_the_way_in(other)
        return Value__on_the_way_in(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__on_the_way_in) else Value__on_the_way_in(other)
        return Value__on_the_way_in(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__on_the_way_in) else Value__on_the_way_in(other)
        return Value__on_the_way_in(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__on_the_way_in(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__on_the_way_in(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__on_the_way_in(value, ((self, value),))

    def log(self):
        return Value__on_the_way_in(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__on_the_way_in(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo.pop()
            if node not in known:
                known.add(node)
                order.insert(0, node)
                todo += [parent for parent, _ in node.made_from]
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="a shared node is passed once for each use, with all it has" keyword="again with all it had"
class Value__hands_on_again:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__hands_on_again) else Value__hands_on_again(other)
        return Value__hands_on_again(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__hands_on_again) else Value__hands_on_again(other)
        return Value__hands_on_again(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__hands_on_again) else Value__hands_on_again(other)
        return Value__hands_on_again(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__hands_on_again(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__hands_on_again(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__hands_on_again(value, ((self, value),))

    def log(self):
        return Value__hands_on_again(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__hands_on_again(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        self.grad = 1.0
        todo = [self]
        while todo:
            node = todo.pop()
            for parent, slope in node.made_from:
                parent.grad += slope * node.grad
                todo.append(parent)


# %% wrong="Value" why="a recursive walk" keyword="RecursionError"
class Value__recursive:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__recursive) else Value__recursive(other)
        return Value__recursive(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__recursive) else Value__recursive(other)
        return Value__recursive(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__recursive) else Value__recursive(other)
        return Value__recursive(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__recursive(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__recursive(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__recursive(value, ((self, value),))

    def log(self):
        return Value__recursive(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__recursive(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known = [], set()

        def visit(node):
            if node not in known:
                known.add(node)
                for parent, _ in node.made_from:
                    visit(parent)
                order.append(node)

        visit(self)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="grads in the nodes, never cleared" keyword="flowed again"
class Value__keeps_flow:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__keeps_flow) else Value__keeps_flow(other)
        return Value__keeps_flow(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__keeps_flow) else Value__keeps_flow(other)
        return Value__keeps_flow(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__keeps_flow) else Value__keeps_flow(other)
        return Value__keeps_flow(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__keeps_flow(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__keeps_flow(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__keeps_flow(value, ((self, value),))

    def log(self):
        return Value__keeps_flow(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__keeps_flow(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        self.grad += 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                parent.grad += slope * node.grad


# %% wrong="Value" why="the classic: grad of the result set to 1, the others kept" keyword="result counts once more"
class Value__sets_result:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__sets_result) else Value__sets_result(other)
        return Value__sets_result(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__sets_result) else Value__sets_result(other)
        return Value__sets_result(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__sets_result) else Value__sets_result(other)
        return Value__sets_result(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__sets_result(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__sets_result(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__sets_result(value, ((self, value),))

    def log(self):
        return Value__sets_result(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__sets_result(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        self.grad = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                parent.grad += slope * node.grad


# %% wrong="Value" why="clears the nodes between, keeps the start" keyword="every node adds up"
class Value__clears_between:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__clears_between) else Value__clears_between(other)
        return Value__clears_between(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__clears_between) else Value__clears_between(other)
        return Value__clears_between(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__clears_between) else Value__clears_between(other)
        return Value__clears_between(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__clears_between(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__clears_between(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__clears_between(value, ((self, value),))

    def log(self):
        return Value__clears_between(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__clears_between(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad = flow[node] + (0.0 if node.made_from else node.grad)


# %% wrong="Value" why="from the start to the result" keyword="from the start"
class Value__forwards:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__forwards) else Value__forwards(other)
        return Value__forwards(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__forwards) else Value__forwards(other)
        return Value__forwards(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__forwards) else Value__forwards(other)
        return Value__forwards(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__forwards(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__forwards(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__forwards(value, ((self, value),))

    def log(self):
        return Value__forwards(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__forwards(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="clears all grads first" keyword="adds up"
class Value__clears:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__clears) else Value__clears(other)
        return Value__clears(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__clears) else Value__clears(other)
        return Value__clears(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__clears) else Value__clears(other)
        return Value__clears(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__clears(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__clears(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__clears(value, ((self, value),))

    def log(self):
        return Value__clears(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__clears(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad = flow[node]


# %% wrong="Value" why="the result has no grad" keyword="derivative of a number with respect to itself"
class Value__no_own_grad:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__no_own_grad) else Value__no_own_grad(other)
        return Value__no_own_grad(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__no_own_grad) else Value__no_own_grad(other)
        return Value__no_own_grad(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__no_own_grad) else Value__no_own_grad(other)
        return Value__no_own_grad(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__no_own_grad(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__no_own_grad(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__no_own_grad(value, ((self, value),))

    def log(self):
        return Value__no_own_grad(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__no_own_grad(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node] if node is not self else 0.0


# %% wrong="Value" why="begins with the value of the result" keyword="begins with 1"
class Value__begins_with_data:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__begins_with_data) else Value__begins_with_data(other)
        return Value__begins_with_data(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__begins_with_data) else Value__begins_with_data(other)
        return Value__begins_with_data(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__begins_with_data) else Value__begins_with_data(other)
        return Value__begins_with_data(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__begins_with_data(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__begins_with_data(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__begins_with_data(value, ((self, value),))

    def log(self):
        return Value__begins_with_data(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__begins_with_data(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = self.data
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="only the leaves get a grad" keyword="nodes between got nothing"
class Value__leaves_only:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__leaves_only) else Value__leaves_only(other)
        return Value__leaves_only(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__leaves_only) else Value__leaves_only(other)
        return Value__leaves_only(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__leaves_only) else Value__leaves_only(other)
        return Value__leaves_only(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__leaves_only(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__leaves_only(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__leaves_only(value, ((self, value),))

    def log(self):
        return Value__leaves_only(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__leaves_only(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += 0.0 if node.made_from and node is not self else flow[node]


# %% wrong="Value" why="a product's factors not exchanged" keyword="the other factor"
class Value__product_swapped:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__product_swapped) else Value__product_swapped(other)
        return Value__product_swapped(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__product_swapped) else Value__product_swapped(other)
        return Value__product_swapped(self.data * other.data, ((self, self.data), (other, other.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__product_swapped) else Value__product_swapped(other)
        return Value__product_swapped(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__product_swapped(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__product_swapped(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__product_swapped(value, ((self, value),))

    def log(self):
        return Value__product_swapped(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__product_swapped(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="a number stands for a second node: x * x as one parent" keyword="x * x has two ways"
class Value__set_of_parents:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = tuple(dict(made_from).items())

    def __add__(self, other):
        other = other if isinstance(other, Value__set_of_parents) else Value__set_of_parents(other)
        return Value__set_of_parents(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__set_of_parents) else Value__set_of_parents(other)
        return Value__set_of_parents(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__set_of_parents) else Value__set_of_parents(other)
        return Value__set_of_parents(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__set_of_parents(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__set_of_parents(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__set_of_parents(value, ((self, value),))

    def log(self):
        return Value__set_of_parents(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__set_of_parents(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="no minus in the difference" keyword="second part of a difference"
class Value__difference:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__difference) else Value__difference(other)
        return Value__difference(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__difference) else Value__difference(other)
        return Value__difference(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__difference) else Value__difference(other)
        return Value__difference(self.data - other.data, ((self, 1), (other, 1)))

    def __neg__(self):
        return Value__difference(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__difference(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__difference(value, ((self, value),))

    def log(self):
        return Value__difference(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__difference(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="v − 1 for 1 − v" keyword="the wrong way round"
class Value__rsub:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__rsub) else Value__rsub(other)
        return Value__rsub(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__rsub) else Value__rsub(other)
        return Value__rsub(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__rsub) else Value__rsub(other)
        return Value__rsub(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__rsub(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self - other

    def exp(self):
        value = np.exp(self.data)
        return Value__rsub(value, ((self, value),))

    def log(self):
        return Value__rsub(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__rsub(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="the grad of 1 − v without its minus" keyword="derivative of 1 − v"
class Value__rsub_slope:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__rsub_slope) else Value__rsub_slope(other)
        return Value__rsub_slope(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__rsub_slope) else Value__rsub_slope(other)
        return Value__rsub_slope(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__rsub_slope) else Value__rsub_slope(other)
        return Value__rsub_slope(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__rsub_slope(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__rsub_slope(other - self.data, ((self, 1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__rsub_slope(value, ((self, value),))

    def log(self):
        return Value__rsub_slope(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__rsub_slope(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="the negative is a new leaf" keyword="cut the graph"
class Value__neg_cuts:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__neg_cuts) else Value__neg_cuts(other)
        return Value__neg_cuts(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__neg_cuts) else Value__neg_cuts(other)
        return Value__neg_cuts(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__neg_cuts) else Value__neg_cuts(other)
        return Value__neg_cuts(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__neg_cuts(-self.data)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__neg_cuts(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__neg_cuts(value, ((self, value),))

    def log(self):
        return Value__neg_cuts(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__neg_cuts(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="numbers on the right only" keyword="for *: 'int' and"
class Value__no_right_hand:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__no_right_hand) else Value__no_right_hand(other)
        return Value__no_right_hand(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__no_right_hand) else Value__no_right_hand(other)
        return Value__no_right_hand(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__no_right_hand) else Value__no_right_hand(other)
        return Value__no_right_hand(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__no_right_hand(-self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__no_right_hand(value, ((self, value),))

    def log(self):
        return Value__no_right_hand(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__no_right_hand(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="the power rule for the exponential" keyword="its own derivative"
class Value__exp_slope:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__exp_slope) else Value__exp_slope(other)
        return Value__exp_slope(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__exp_slope) else Value__exp_slope(other)
        return Value__exp_slope(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__exp_slope) else Value__exp_slope(other)
        return Value__exp_slope(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__exp_slope(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__exp_slope(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__exp_slope(value, ((self, self.data * np.exp(self.data - 1)),))

    def log(self):
        return Value__exp_slope(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__exp_slope(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="the logarithm's slope from its result" keyword="1 over the number, not over its logarithm"
class Value__log_slope:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__log_slope) else Value__log_slope(other)
        return Value__log_slope(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__log_slope) else Value__log_slope(other)
        return Value__log_slope(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__log_slope) else Value__log_slope(other)
        return Value__log_slope(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__log_slope(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__log_slope(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__log_slope(value, ((self, value),))

    def log(self):
        return Value__log_slope(np.log(self.data), ((self, 1 / np.log(self.data)),))

    def relu(self):
        return Value__log_slope(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="another base" keyword="natural logarithm"
class Value__log10:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__log10) else Value__log10(other)
        return Value__log10(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__log10) else Value__log10(other)
        return Value__log10(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__log10) else Value__log10(other)
        return Value__log10(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__log10(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__log10(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__log10(value, ((self, value),))

    def log(self):
        return Value__log10(np.log10(self.data), ((self, 1 / self.data / np.log(10)),))

    def relu(self):
        return Value__log10(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="the ReLU lets all gradients through" keyword="a ReLU that is off"
class Value__relu_on:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__relu_on) else Value__relu_on(other)
        return Value__relu_on(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__relu_on) else Value__relu_on(other)
        return Value__relu_on(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__relu_on) else Value__relu_on(other)
        return Value__relu_on(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__relu_on(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__relu_on(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__relu_on(value, ((self, value),))

    def log(self):
        return Value__relu_on(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__relu_on(max(0, self.data), ((self, 1.0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="the ReLU counts 0 as on" keyword="at 0 the slope"
class Value__relu_corner:
    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from

    def __add__(self, other):
        other = other if isinstance(other, Value__relu_corner) else Value__relu_corner(other)
        return Value__relu_corner(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__relu_corner) else Value__relu_corner(other)
        return Value__relu_corner(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__relu_corner) else Value__relu_corner(other)
        return Value__relu_corner(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__relu_corner(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__relu_corner(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__relu_corner(value, ((self, value),))

    def log(self):
        return Value__relu_corner(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__relu_corner(max(0, self.data), ((self, self.data >= 0),))

    def backward(self):
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in order[::-1]:
            for parent, slope in node.made_from:
                flow[parent] += slope * flow[node]
        for node in order:
            node.grad += flow[node]


# %% wrong="Value" why="the parents in a list of the class" keyword="belongs to the class"
class Value__shared_list:
    everything = []  # noqa: RUF012

    def __init__(self, data, made_from=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_from = made_from
        self.everything.append(self)

    def __add__(self, other):
        other = other if isinstance(other, Value__shared_list) else Value__shared_list(other)
        return Value__shared_list(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value__shared_list) else Value__shared_list(other)
        return Value__shared_list(self.data * other.data, ((self, other.data), (other, self.data)))

    def __sub__(self, other):
        other = other if isinstance(other, Value__shared_list) else Value__shared_list(other)
        return Value__shared_list(self.data - other.data, ((self, 1), (other, -1)))

    def __neg__(self):
        return Value__shared_list(-self.data, ((self, -1),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value__shared_list(other - self.data, ((self, -1),))

    def exp(self):
        value = np.exp(self.data)
        return Value__shared_list(value, ((self, value),))

    def log(self):
        return Value__shared_list(np.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Value__shared_list(max(0, self.data), ((self, self.data > 0),))

    def backward(self):
        self.grad += 1.0
        for node in reversed(self.everything):
            for parent, slope in node.made_from:
                parent.grad += slope * node.grad


# %% wrong="Value" why="torch does the walk" keyword="walk is what you write"
class Value__torch:
    def __init__(self, data):
        self.inner = data if isinstance(data, torch.Tensor) else torch.tensor(float(data), dtype=torch.float64)
        self.inner.requires_grad_()
        self.inner.retain_grad()

    data = property(lambda self: self.inner.item())
    grad = property(lambda self: 0.0 if self.inner.grad is None else self.inner.grad.item())

    def __add__(self, other):
        return Value__torch(self.inner + getattr(other, "inner", other))

    def __mul__(self, other):
        return Value__torch(self.inner * getattr(other, "inner", other))

    def __sub__(self, other):
        return Value__torch(self.inner - getattr(other, "inner", other))

    def __rsub__(self, other):
        return Value__torch(other - self.inner)

    def __neg__(self):
        return Value__torch(-self.inner)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Value__torch(self.inner.exp())

    def log(self):
        return Value__torch(self.inner.log())

    def relu(self):
        return Value__torch(self.inner.relu())

    def backward(self):
        self.inner.backward(retain_graph=True)


# %% right="Value" why="numbered as they are made: the numbers are a topological order; functions on the way back"
class Value__numbered:
    count = 0

    def __init__(self, data):
        self.data, self.grad, self.flow = float(data), 0.0, 0.0
        self.sources, self.hand_on = [], lambda: None
        Value__numbered.count += 1
        self.number = Value__numbered.count

    def binary(self, other, data, left, right):
        result = Value__numbered(data)
        result.sources = [self, other] if isinstance(other, Value__numbered) else [self]

        def hand_on():
            self.flow += left * result.flow
            if isinstance(other, Value__numbered):
                other.flow += right * result.flow

        result.hand_on = hand_on
        return result

    def __add__(self, other):
        return self.binary(other, self.data + getattr(other, "data", other), 1, 1)

    def __sub__(self, other):
        return self.binary(other, self.data - getattr(other, "data", other), 1, -1)

    def __mul__(self, other):
        factor = getattr(other, "data", other)
        return self.binary(other, self.data * factor, factor, self.data)

    def __neg__(self):
        return self * -1

    def __rsub__(self, other):
        return -self + other

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        from math import exp

        return self.binary(None, exp(self.data), exp(self.data), None)

    def log(self):
        from math import log

        return self.binary(None, log(self.data), 1 / self.data, None)

    def relu(self):
        on = 1 if self.data > 0 else 0
        return self.binary(None, on * self.data, on, None)

    def backward(self):
        reached, waiting = {self.number: self}, [self]
        while waiting:
            for source in waiting.pop().sources:
                if source.number not in reached:
                    reached[source.number] = source
                    waiting.append(source)
        for node in reached.values():
            node.flow = 0.0
        self.flow = 1.0
        for number in sorted(reached, reverse=True):
            reached[number].hand_on()
            reached[number].grad += reached[number].flow


# %% right="Value" why="counts the users of each node, and passes it when all have handed on (Kahn)"
class Value__counted:
    def __init__(self, data, left=None, right=None, slopes=(0.0, 0.0)):
        self.data, self.grad = 1.0 * data, 0.0
        self.links = [(node, slope) for node, slope in zip((left, right), slopes, strict=True) if node is not None]

    def __add__(self, other):
        other = self._lift(other)
        return Value__counted(self.data + other.data, self, other, (1.0, 1.0))

    def __mul__(self, other):
        other = self._lift(other)
        return Value__counted(self.data * other.data, self, other, (other.data, self.data))

    def __sub__(self, other):
        return self + self._lift(other) * -1.0

    def __rsub__(self, other):
        return self * -1.0 + other

    def __neg__(self):
        return self * -1.0

    def __radd__(self, other):
        return self._lift(other) + self

    def __rmul__(self, other):
        return self._lift(other) * self

    def exp(self):
        return Value__counted(np.exp(self.data), self, None, (np.exp(self.data), 0.0))

    def log(self):
        return Value__counted(np.log(self.data), self, None, (1 / self.data, 0.0))

    def relu(self):
        return Value__counted(np.maximum(self.data, 0), self, None, (np.heaviside(self.data, 0.0), 0.0))

    def _lift(self, other):
        return other if isinstance(other, Value__counted) else Value__counted(other)

    def backward(self):
        users, todo, met = {self: 0}, [self], {self}
        while todo:
            for node, _ in todo.pop().links:
                users[node] = users.get(node, 0) + 1
                if node not in met:
                    met.add(node)
                    todo.append(node)
        arrived, ready = {self: 1.0}, [self]
        while ready:
            node = ready.pop()
            node.grad += arrived[node]
            for source, slope in node.links:
                arrived[source] = arrived.get(source, 0.0) + slope * arrived[node]
                users[source] -= 1
                if users[source] == 0:
                    ready.append(source)


# %% [markdown]
# A neuron with a ReLU and its squared error as a graph: forward in black, what your `backward` found in orange.
# Copy the cell into one of your own, change the numbers, and look again.


# %%
# Figure · a graph, drawn from your Value
with expect.written():
    w, x, b, target = Value(2.0), Value(-1.0), Value(3.0), Value(0.5)
    wx = w * x
    z = wx + b
    y = z.relu()
    gap = y - target
    error = gap * gap
    error.backward()
    places = {
        "w": (w, 0, 2), "x": (x, 0, 1), "b": (b, 1, 0), "w x": (wx, 1, 1.5), "z = w x + b": (z, 2, 1),
        "y = relu(z)": (y, 3, 1), "target": (target, 3, 0), "y − target": (gap, 4, 1), "squared": (error, 5, 1),
    }  # fmt: skip
    arrows = ["w>w x", "x>w x", "w x>z = w x + b", "b>z = w x + b", "z = w x + b>y = relu(z)", "y = relu(z)>y − target"]
    arrows += ["target>y − target", "y − target>squared"]
    fig, ax = plt.subplots(figsize=(10, 4))
    for arrow in arrows:
        start, end = (places[name] for name in arrow.split(">"))
        style = {"arrowstyle": "->", "color": plot.colors["gray"], "shrinkA": 34, "shrinkB": 34}
        ax.annotate("", xy=end[1:], xytext=start[1:], arrowprops=style)
    for name, (node, column, row) in places.items():
        ax.text(column, row + 0.16, name, ha="center", va="bottom", fontsize=10)
        ax.text(column, row, f"{node.data:g}", ha="center", va="center", fontsize=13)
        ax.text(column, row - 0.16, f"grad {node.grad:g}", ha="center", va="top", color=plot.colors["orange"])
    ax.set(xlim=(-0.5, 5.5), ylim=(-0.5, 2.6))
    ax.axis("off")
    found = ", ".join(f"{name} {node.grad:g}" for name, (node, *_) in places.items())
    plot.show(
        fig, alt=f"A graph from w, x and b by way of z and a ReLU to a squared error. The gradients are: {found}."
    )

# %% [markdown]
# ### 8 · The way back of broadcasting  ·  3 points  ·  20 min  ·  ●●○ difficulty
#
# When NumPy adds a bias of shape (3,) to a table of shape (2, 3), it uses each number of the bias twice: broadcasting
# copies without telling. And a number that is used twice gets **both** gradients. So the way back of broadcasting is a
# sum, and it is the step that hand-written backward passes forget most often.
#
# Write `unbroadcast(grad, shape)`. An array of shape `shape` was broadcast; `grad` is the gradient of what came out.
# Return the gradient of the array, summed over all copies.
#
# | | shape | |
# |---|---|---|
# | `grad` | any | integers or floats |
# | `shape` | a tuple | one that broadcasts to `grad.shape`; it may be `()` |
# | result | `shape` | an array (for `()` a plain number is fine, too) |
#
# NumPy's rule: shapes are compared **from the right**. Two things count as copies: an axis that `shape` does not have
# at all (those are the ones in front), and an axis that has length 1 in `shape` and more in `grad`. The first kind
# vanishes in the result, the second kind stays with length 1.
#
# By hand: `grad` = (1, 2, 3), (40, 50, 60).
#
# | `shape` | result | |
# |---|---|---|
# | `(3,)` | 41, 52, 63 | the bias: summed over the rows |
# | `(2, 1)` | (6), (150) | one number for each row: summed over the columns |
# | `()` | 156 | one number for all |
# | `(2, 3)` | as it is | nothing was copied |
#
# <details><summary>Hint 1: two sums</summary>
# First the axes in front that are too many, then the axes of length 1. After the first sum both shapes have the same
# number of axes.
# </details>
# <details><summary>Hint 2: which axes</summary>
# The first kind: as many from the left as grad has more axes than shape. The second: all numbers of axes where shape
# says 1.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# <code>sum</code> takes a tuple of axes; the empty tuple sums nothing. The second sum wants
# <code>keepdims=True</code>. Summing over an axis that has length 1 anyway does no harm.
# </details>


# %% solution="unbroadcast"
def unbroadcast(grad, shape):
    """Return the gradient of an array of this shape, from the gradient of what it was broadcast to."""
    ### BEGIN SOLUTION
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))), dtype=float)
    return grad.sum(axis=tuple(k for k, length in enumerate(shape) if length == 1), keepdims=True)
    ### END SOLUTION


# %% check="unbroadcast" points=2 why="axes in front, and axes of length one"
@expect.check
def check_unbroadcast_table(unbroadcast):
    cube, table = np.array([[[1, 2], [3, 4]], [[10, 20], [30, 40]]]), np.array([[1, 2, 3], [40, 50, 60]])
    what = "unbroadcast(((1, 2), (3, 4)), ((10, 20), (30, 40)), (2, 1))"
    expect.close(
        expect.call(unbroadcast, cube, (2, 1)),
        [[33], [77]],
        what,
        mistakes={
            "this is the mean of the copies: every use adds its gradient": [[8.25], [19.25]],
            "this is the first of the copies alone: every use adds its gradient": [[1], [3]],
            "this is the largest of the copies: take the sum": [[20], [40]],
            "nothing was summed: a gradient has the shape of the array it belongs to": [
                [[1, 2], [3, 4]],
                [[10, 20], [30, 40]],
            ],
            "the axes with length 1 in `shape` were copied, too: sum over them": [[11, 22], [33, 44]],
            "an axis is gone that has length 1 in `shape`: keepdims=True keeps it": [33, 77],
            "the axes in front are copies, too: sum over those that `shape` does not have": [[[3], [7]], [[30], [70]]],
            "axes of length 1 too many in front: the ones that `shape` does not have vanish": [[[33], [77]]],
            "you took away the last axes: shapes are compared from the right, the ones in front are too many": [
                [10],
                [100],
            ],
            "one total for all: sum over the copied axes only": [[110], [110]],
            "what did not fit was cut off: it must be added": [[1], [2]],
            "the mean along the axes of length 1: take the sum": [[16.5], [38.5]],
        },
    )
    for shape, want, mistakes in [
        ((3,), [41, 52, 63], {}),
        ((2, 1), [[6], [150]], {}),
        ((), 156, {"there may be more than one axis in front": [41, 52, 63]}),
        ((2, 3), table, {}),
        ((1, 3), [[41, 52, 63]], {}),
        ((1, 1), [[156]], {"the first axis of length 1 alone: there may be several": [[41, 52, 63]]}),
    ]:
        came = expect.call(unbroadcast, table, shape)
        expect.close(came, want, f"unbroadcast(((1, 2, 3), (40, 50, 60)), {shape})", mistakes=mistakes)
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(308)
    for shape, wide in [((4,), (3, 4)), ((3, 1), (3, 5)), ((1,), (6,)), ((1, 1), (1, 1)), ((2, 2), (2, 2)), ((), (3,))]:
        drawn = rng.normal(0, 1, wide[::-1]).T
        truth = torch.tensor(drawn).sum_to_size(shape)
        expect.close(expect.call(unbroadcast, drawn, shape), truth, f"unbroadcast of {wide} to {shape}")
    ### END HIDDEN TESTS


check_unbroadcast_table(unbroadcast)


# %% check="unbroadcast" points=1 why="three axes and more"
@expect.check
def check_unbroadcast_deep(unbroadcast):
    cube = np.array([[[1, 2], [3, 4]], [[10, 20], [30, 40]]])
    for shape, want, mistakes in [
        ((2,), [44, 66], {}),
        ((2, 1, 2), [[[4, 6]], [[40, 60]]], {}),
        ((1, 2), [[44, 66]], {}),
    ]:
        what = f"unbroadcast(((1, 2), (3, 4)), ((10, 20), (30, 40)), {shape})"
        expect.close(expect.call(unbroadcast, cube, shape), want, what, mistakes=mistakes)
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3081)
    for _ in range(25):
        wide = tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 5)))
        kept = wide[rng.integers(0, len(wide) + 1) :]
        shape = tuple(1 if rng.random() < 0.4 else n for n in kept)
        drawn = rng.normal(0, 1, wide[::-1]).T
        truth = torch.tensor(drawn).sum_to_size(shape)
        expect.close(expect.call(unbroadcast, drawn, shape), truth, f"unbroadcast of {wide} to {shape}")
    ### END HIDDEN TESTS


check_unbroadcast_deep(unbroadcast)


# %% wrong="unbroadcast" why="the mean of the copies" keyword="mean of the copies"
def unbroadcast__mean(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.mean(axis=tuple(range(front)))
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.mean(axis=axis, keepdims=True)
    return grad


# %% wrong="unbroadcast" why="one of the copies" keyword="first of the copies"
def unbroadcast__first(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad[(0,) * front]
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.take([0], axis=axis)
    return grad


# %% wrong="unbroadcast" why="the largest of the copies" keyword="largest of the copies"
def unbroadcast__largest(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.max(axis=tuple(range(front)))
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.max(axis=axis, keepdims=True)
    return grad


# %% wrong="unbroadcast" why="the wide gradient as it came" keyword="nothing was summed"
def unbroadcast__nothing(grad, shape):
    return grad.copy()


# %% wrong="unbroadcast" why="axes of length one forgotten" keyword="length 1 in `shape`"
def unbroadcast__front_only(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(front)))

    return grad


# %% wrong="unbroadcast" why="axes of length one lost" keyword="keepdims"
def unbroadcast__no_keepdims(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(front)))
    return grad.sum(axis=tuple(k for k, length in enumerate(shape) if length == 1))


# %% wrong="unbroadcast" why="axes in front forgotten" keyword="axes in front"
def unbroadcast__ones_only(grad, shape):
    front = grad.ndim - len(shape)
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=front + axis, keepdims=True)
    return grad


# %% wrong="unbroadcast" why="axes of the front kept with length one" keyword="of length 1 too many"
def unbroadcast__keeps_front(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(front)), keepdims=True)
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=front + axis, keepdims=True)
    return grad


# %% wrong="unbroadcast" why="shapes compared from the left" keyword="from the right"
def unbroadcast__from_left(grad, shape):

    grad = grad.sum(axis=tuple(range(len(shape), grad.ndim)))
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


# %% wrong="unbroadcast" why="one total for all" keyword="one total"
def unbroadcast__total(grad, shape):
    return grad + 0 if grad.shape == shape else np.full(shape, grad.sum())


# %% wrong="unbroadcast" why="one axis in front at most" keyword="more than one axis in front"
def unbroadcast__one_front(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.sum(axis=0) if front else grad
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


# %% wrong="unbroadcast" why="either axes in front or axes of length one" keyword="length 1 in `shape`"
def unbroadcast__either(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(front)))
    for axis, length in enumerate(shape) if front == 0 or grad.ndim == 0 else ():
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


# %% wrong="unbroadcast" why="only the first axis of length one" keyword="first axis of length 1 alone"
def unbroadcast__first_one(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(front)))
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
            break
    return grad


# %% wrong="unbroadcast" why="cuts to the size" keyword="was cut off"
def unbroadcast__cut(grad, shape):
    return np.resize(grad, shape) if grad.shape != shape else grad


# %% wrong="unbroadcast" why="divides by the number of copies along the ones" keyword="along the axes of length 1"
def unbroadcast__mean_of_ones(grad, shape):
    front = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(front)))
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.mean(axis=axis, keepdims=True)
    return grad


# %% wrong="unbroadcast" why="adds up in the caller's gradient" keyword="in place"
def unbroadcast__in_place(grad, shape):
    front = grad.ndim - len(shape)
    if front:
        grad[0] += grad[1:].sum(axis=0)
        return unbroadcast__in_place(grad[0], shape)
    grad = grad.sum(axis=tuple(range(front)))
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


# %% right="unbroadcast" why="number by number: each goes where broadcasting had fetched it"
def unbroadcast__places(grad, shape):
    home = np.broadcast_to(np.arange(np.prod(shape, dtype=int)).reshape(shape), grad.shape)
    return np.bincount(home.ravel(), weights=np.ravel(grad), minlength=home.max() + 1).reshape(shape)


# %% right="unbroadcast" why="both kinds at once: missing axes are axes of length one"
def unbroadcast__padded(grad, shape):
    padded = (1,) * (np.ndim(grad) - len(shape)) + tuple(shape)
    copied = tuple(k for k, (mine, came) in enumerate(zip(padded, grad.shape, strict=True)) if mine != came)
    return np.add.reduce(grad, axis=copied).reshape(shape)


# %% right="unbroadcast" why="torch"
def unbroadcast__torch(grad, shape):
    narrow = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    narrow.expand(grad.shape).backward(torch.tensor(grad, dtype=torch.float64))
    return narrow.grad.numpy()


# %% [markdown]
# ### 9 · Your own PyTorch  ·  6 points  ·  60 min  ·  ●●● difficulty
#
# Now arrays. The class `Tensor` is your `Value` with NumPy inside, plus what only arrays have: broadcasting, matrix
# products, sums. With it a network is a formula, and its gradients cost one call.
#
# | | | |
# |---|---|---|
# | `Tensor(data)` | | an array, a number, or nested lists of numbers |
# | `t.data` | float64 array | also if integers came |
# | `t.grad` | float64 array like `data` | zeros, until somebody calls `backward` |
# | `a + b`, `a - b`, `a * b`, `-a` | `Tensor` | with NumPy's **broadcasting**; a number may stand on either side |
# | `a @ b` | `Tensor` | the matrix product of two Tensors with two axes each |
# | `t.sum(axis=None, keepdims=False)` | `Tensor` | over all numbers, or along one axis (an integer, may be negative) |
# | `t.exp()`, `t.log()`, `t.relu()` | `Tensor` | number by number; the ReLU has the slope 0 at 0 |
# | `t.backward()` | None | **adds** the derivative of `t` to the `grad` of every node; `t` must hold one number |
#
# `backward` raises `ValueError` if `t` holds more than one number (`t.data.size`): of many numbers there is no one
# derivative.
#
# The rules of exercise 7 hold: a node may be used twice, it is passed when it is complete, graphs may be three thousand
# steps deep, `backward` begins afresh and adds up. Without PyTorch or another library but NumPy. Arrays are put into a
# `Tensor` before they meet one: nobody writes `array * tensor`.
#
# What is new:
#
# - A node remembers for each source not a number, but a **function**: it takes the gradient of the result and returns
#   that of the source. For `a @ b` they are $G B^\top$ and $A^\top G$. (Exercise 2 had one of them transposed.)
# - What was broadcast must be summed back, exercise 8. Do it in one place, in `backward`, for all operations.
# - The way back of a sum is a copy: each number gets the gradient of the sum it went into.
# - `grads[a] += piece` changes an array **in place**. If another node holds the same array, it changes, too. Write
#   `grads[a] = grads[a] + piece`.
#
# <details><summary>Hint 1: begin with a copy</summary>
# Copy your <code>Value</code>, rename it, replace <code>float</code> by a float64 array and the derivatives by
# functions: for a sum <code>lambda g: g</code>, for a product <code>lambda g: g * other.data</code>.
# </details>
# <details><summary>Hint 2: the way back of a sum along an axis</summary>
# If the axis is gone, put it back: <code>np.expand_dims(g, axis)</code>. Then
# <code>np.broadcast_to(g, self.data.shape)</code> makes the copies.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# In backward: refuse more than one number; the topological order; a dictionary with zeros like each node's data, ones
# for the result; from the end of the order add to grad, then for every source its function of what arrived, summed
# back to the source's shape, added to its entry.
# </details>


# %% solution="Tensor"
class Tensor:
    """An array that remembers how it was computed."""

    def __init__(self, data, sources=()):
        """Hold an array. Sources are for your own use: what it was computed from, in a form you choose."""
        ### BEGIN SOLUTION
        self.data = np.array(data, dtype=np.float64)
        self.grad = np.zeros_like(self.data)
        self.sources = sources
        ### END SOLUTION

    def __add__(self, other):
        ### BEGIN SOLUTION
        other = other if isinstance(other, Tensor) else Tensor(other)
        return Tensor(self.data + other.data, ((self, lambda grad: grad), (other, lambda grad: grad)))
        ### END SOLUTION

    def __mul__(self, other):
        ### BEGIN SOLUTION
        other = other if isinstance(other, Tensor) else Tensor(other)
        left, right = self.data, other.data
        return Tensor(left * right, ((self, lambda grad: grad * right), (other, lambda grad: grad * left)))
        ### END SOLUTION

    def __neg__(self):
        ### BEGIN SOLUTION
        return self * -1
        ### END SOLUTION

    def __sub__(self, other):
        ### BEGIN SOLUTION
        return self + -other
        ### END SOLUTION

    def __radd__(self, other):
        """Return other + self, where other is a plain number."""
        ### BEGIN SOLUTION
        return self + other
        ### END SOLUTION

    def __rsub__(self, other):
        """Return other - self, where other is a plain number."""
        ### BEGIN SOLUTION
        return -self + other
        ### END SOLUTION

    def __rmul__(self, other):
        """Return other * self, where other is a plain number."""
        ### BEGIN SOLUTION
        return self * other
        ### END SOLUTION

    def __matmul__(self, other):
        ### BEGIN SOLUTION
        left, right = self.data, other.data
        return Tensor(left @ right, ((self, lambda grad: grad @ right.T), (other, lambda grad: left.T @ grad)))
        ### END SOLUTION

    def sum(self, axis=None, keepdims=False):
        """Return the sum of all numbers, or along one axis."""

        ### BEGIN SOLUTION
        def copies(grad):
            if axis is not None and not keepdims:
                grad = np.expand_dims(grad, axis)
            return np.broadcast_to(grad, self.data.shape)

        return Tensor(self.data.sum(axis=axis, keepdims=keepdims), ((self, copies),))
        ### END SOLUTION

    def exp(self):
        """Return e to the power of each number."""
        ### BEGIN SOLUTION
        values = np.exp(self.data)
        return Tensor(values, ((self, lambda grad: grad * values),))
        ### END SOLUTION

    def log(self):
        """Return the natural logarithm of each number."""
        ### BEGIN SOLUTION
        return Tensor(np.log(self.data), ((self, lambda grad: grad / self.data),))
        ### END SOLUTION

    def relu(self):
        """Return each number if it is positive, else 0."""
        ### BEGIN SOLUTION
        on = self.data > 0
        return Tensor(self.data * on, ((self, lambda grad: grad * on),))
        ### END SOLUTION

    def backward(self):
        """Add the derivative of this one number to the grad of all Tensors it was computed from."""

        ### BEGIN SOLUTION
        def fitted(grad, shape):
            grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
            return grad.sum(axis=tuple(k for k, length in enumerate(shape) if length == 1), keepdims=True)

        if self.data.size != 1:
            raise ValueError(f"backward starts from one number, this Tensor has the shape {self.data.shape}")
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, complete = stack.pop()
            if complete:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack += [(node, True), *((source, False) for source, _ in node.sources)]
        arrived = {id(node): np.zeros_like(node.data) for node in order} | {id(self): np.ones_like(self.data)}
        for node in reversed(order):
            node.grad = node.grad + arrived[id(node)]
            for source, back in node.sources:
                piece = fitted(back(arrived[id(node)]), source.data.shape)
                arrived[id(source)] = arrived[id(source)] + piece
        ### END SOLUTION


# %%
# Tools · one sum for the checks of Tensor
def check_sum(Tensor, want, grad, axis, keepdims, factors, mistakes):
    """Compare a sum along an axis of ((1, 2), (3, 4)) and its way back, each sum weighted by a factor."""
    t = Tensor([[1, 2], [3, 4]])
    total = t.sum(axis=axis, keepdims=keepdims)
    what = f"((1, 2), (3, 4)) summed with axis={axis}, keepdims={keepdims}"
    expect.close(total.data, want, what, mistakes=mistakes[0])
    y = (total * Tensor(factors)).sum()
    y.backward()
    expect.close(t.grad, grad, f"the grad of {what}, its sums times 1 and 10", mistakes=mistakes[1])


# %% check="Tensor" points=2 why="number by number, with broadcasting"
@expect.check
def check_Tensor_broadcasting(Tensor):
    x, b = Tensor([[1, 2, 3], [4, 5, 6]]), Tensor([10, 20, 30])
    expect.close(x.grad, np.zeros((2, 3)), "grad before any backward")
    y = ((x + b) * x).sum()
    what = "((x + b) * x).sum(), x = (1, 2, 3), (4, 5, 6) and b = (10, 20, 30)"
    expect.close(y.data, 551, what)
    y.backward()
    expect.close(
        x.grad,
        [[12, 24, 36], [18, 30, 42]],
        f"x.grad of {what}",
        mistakes={
            "only one of the ways counts: what the others brought is lost, a new value overwrites it": [
                [1, 2, 3],
                [4, 5, 6],
            ],
            "divided by the number of summands: that is the way back of a mean. Each number gets the whole gradient": [
                [2, 4, 6],
                [3.0, 5.0, 7],
            ],
            "you walked from the start to the result: there nothing has arrived yet. Begin at the end": [
                [0, 0, 0],
                [0, 0, 0],
            ],
        },
    )
    expect.close(
        b.grad,
        [5, 7, 9],
        f"b.grad of {what}",
        mistakes={
            "broadcasting was not summed back: a grad has the shape of its data": [[1, 2, 3], [4, 5, 6]],
            "the mean over the copies that broadcasting made: every use adds its gradient": [2.5, 3.5, 4.5],
            "summed back over the last axes: shapes are compared from the right, the copies are in front": [6, 15, 6],
            "the derivative of a product with respect to one factor is the other factor": [25, 47, 69],
        },
    )
    v, w, u = Tensor([[2], [-3]]), Tensor([[1, -1, 2]]), Tensor(0.5)
    y = (v * w - u).relu().sum()
    what = "(v * w - u).relu().sum() with shapes (2, 1), (1, 3), ()"
    expect.close(y.data, 7.5, what)
    y.backward()
    expect.close(
        v.grad,
        [[3], [-1]],
        f"v.grad of {what}",
        mistakes={
            "axes that have length 1 were broadcast, too: sum over them": [[1, 0, 2], [0, -1, 0]],
            "the sign of the gradient set the ReLU's switch: what went in decides": [[2], [2]],
        },
    )
    expect.close(w.grad, [[2, -3, 2]], f"w.grad of {what}")
    expect.close(
        u.grad, -3, f"u.grad of {what}", mistakes={"the second part of a difference gets the negative gradient": 3}
    )
    t = Tensor([1, 2])
    y = (2 * t + (1 - t) * 3 + (t - 6) * t + (-t) + (0.5 + t)).sum()
    what = "2 * t + (1 - t) * 3 + (t - 6) * t + (-t) + (0.5 + t) for t = (1, 2), summed"
    expect.close(
        y.data, -9, what, mistakes={"1 − t came out as t − 1: `__rsub__` has its parts the wrong way round": -3}
    )
    y.backward()
    expect.close(t.grad, [-5, -3], f"t.grad of {what}")
    t = Tensor([1, 2])
    y = (t * 0.5).sum()
    y.backward()
    expect.close(
        t.grad,
        [0.5, 0.5],
        "t.grad of (t * 0.5).sum()",
        mistakes={"the data stayed integers: make a float64 array of whatever comes": [0, 0]},
    )
    values = {"exp": [np.e**2, np.e**0.5], "log": [np.log(2), -np.log(2)], "relu": [2, 0.5]}
    for name, grad, mistakes in [
        (
            "exp",
            [22.1671682968, -1.6487212707],
            {"the exponential is its own derivative: multiply by the result, not by the input": [6, -0.5]},
        ),
        (
            "log",
            [1.5, -2],
            {
                "the slope of the logarithm is one over the number itself, not over its logarithm": [
                    4.32808512267,
                    1.44269504089,
                ]
            },
        ),
        ("relu", [3, -1], {}),
    ]:
        t = Tensor([2.0, 0.5])
        made = {"exp": t.exp, "log": t.log, "relu": t.relu}[name]()
        expect.close(t.data, [2, 0.5], f"t.data after t.{name}(), t = (2, ½)")
        expect.close(made.data, values[name], f"t.{name}() for t = (2, ½)")
        y = (made * Tensor([3, -1])).sum()
        y.backward()
        expect.close(t.grad, grad, f"t.grad of t.{name}() times (3, −1), t = (2, ½)", mistakes=mistakes)
    t = Tensor([2, -1, 0])
    y = (t.relu() * -5).sum()
    y.backward()
    expect.close(
        t.grad,
        [-5, 0, 0],
        "t.grad of t.relu() times −5, t = (2, −1, 0)",
        mistakes={"at 0 the slope of the ReLU is 0 here": [-5, 0, -5]},
    )
    expect.close(
        t.data,
        [2, -1, 0],
        "t.data after t.relu(), t = (2, −1, 0)",
        mistakes={"the operation changed the data of the Tensor it was called on: make a new array": [2, 0, 0]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(309)
    for shapes in [((3, 4), (4,), (3, 1)), ((2,), (2, 1), ()), ((1, 3), (4, 1), (2, 1, 1)), ((2, 3), (2, 3), (1, 1))]:
        arrays = [rng.normal(0, 1, shape[::-1]).T for shape in shapes]

        def formula(p, q, r):
            s = 2.5 - p * q + (r * 0.3).exp()
            s = (s * s + 1).log() - (q - r).relu() * p
            return (s * 0.5 + (-r) - (3 - p)).sum()

        value, truths = torch_gradients(formula, *arrays)
        leaves = [Tensor(array) for array in arrays]
        result = formula(*leaves)
        result.backward()
        expect.close(result.data, value, f"a formula of shapes {shapes}")
        for leaf, truth, shape in zip(leaves, truths, shapes, strict=True):
            expect.close(leaf.grad, truth, f"the grad of shape {shape} in a formula of shapes {shapes}")
    ### END HIDDEN TESTS


check_Tensor_broadcasting(Tensor)


# %% check="Tensor" points=2 why="matrix products and sums"
@expect.check
def check_Tensor_matmul(Tensor):
    a, b = Tensor([[1, 2], [3, 4]]), Tensor([[0, 1], [5, -1]])
    product = a @ b
    y = (product * Tensor([[1, 10], [100, 1000]])).sum()
    what = "a @ b, a = (1, 2), (3, 4) and b = (0, 1), (5, −1)"
    expect.close(
        product.data,
        [[10, -1], [20, -1]],
        what,
        mistakes={"`@` multiplied number by number, like `*`: it is the matrix product": [[0, 2], [15, -4]]},
    )
    y.backward()
    what = f"{what}, its numbers times (1, 10), (100, 1000)"
    expect.close(
        a.grad,
        [[10, -5], [1000, -500]],
        f"a.grad of {what}",
        mistakes={
            "the transposes are missing on the way back of the matrix product": [[50, -9], [5000, -900]],
            "the gradients of the matrix product went to the wrong factor": [[301, 3010], [402, 4020]],
            "the order of a matrix product matters: G on the left for a, on the right for b": [
                [500, 5000],
                [-99, -990],
            ],
        },
    )
    expect.close(b.grad, [[301, 3010], [402, 4020]], f"b.grad of {what}")
    expect.close(product.grad, [[1, 10], [100, 1000]], f"the grad of {what}")
    check_sum(
        Tensor, [4, 6], [[1, 10], [1, 10]], 0, False, [1, 10], ({"`axis` is ignored: this is the sum of all": 10}, {})
    )
    check_sum(
        Tensor,
        [3, 7],
        [[1, 1], [10, 10]],
        1,
        False,
        [1, 10],
        (
            {},
            {
                "the gradient of the sum was spread along the wrong axis: put back the axis that is gone": [
                    [1, 10],
                    [1, 10],
                ]
            },
        ),
    )
    check_sum(
        Tensor,
        [[3], [7]],
        [[1, 1], [10, 10]],
        1,
        True,
        [[1], [10]],
        ({"`keepdims` is ignored: the summed axis must stay with length 1": [3, 7]}, {}),
    )
    check_sum(Tensor, [[4, 6]], [[1, 10], [1, 10]], 0, True, [[1, 10]], ({}, {}))
    check_sum(Tensor, [3, 7], [[1, 1], [10, 10]], -1, False, [1, 10], ({}, {}))
    both = {"`keepdims` is ignored for the sum of all: both axes stay, with length 1": 10}
    check_sum(Tensor, [[10]], [[1, 1], [1, 1]], None, True, [[1]], (both, {}))
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3091)
    for b, d, m, k in [(5, 3, 4, 2), (1, 2, 6, 3), (4, 4, 4, 4), (6, 1, 2, 5)]:
        x, true = rng.normal(0, 1, (d, b)).T, np.eye(k)[rng.integers(0, k, b)]
        arrays = [rng.normal(0, 1, s) for s in ((d, m), (m,), (m, k), (1, k))]

        def network(w1, b1, w2, b2, x=x, true=true, b=b):
            wrap = torch.tensor if isinstance(w1, torch.Tensor) else Tensor
            scores = (wrap(x) @ w1 + b1).relu() @ w2 + b2
            log_p = scores - (scores.exp().sum(axis=1, keepdims=True)).log()
            return (log_p * wrap(true)).sum() * (-1 / b) + (w1 * w1).sum(axis=0).sum(axis=-1) * 0.01

        value, truths = torch_gradients(network, *arrays)
        leaves = [Tensor(array) for array in arrays]
        loss = network(*leaves)
        loss.backward()
        expect.close(loss.data, value, "the loss of a network")
        for leaf, truth, name in zip(leaves, truths, ("w1", "b1", "w2", "b2"), strict=True):
            expect.close(leaf.grad, truth, f"the grad of {name} in a network")
    for shape, axis, keepdims in [((2, 3, 4), 1, False), ((2, 3, 4), -3, True), ((3, 2), None, True), ((4,), 0, False)]:
        array = rng.normal(0, 1, shape)
        value, (truth,) = torch_gradients(
            lambda t, a=axis, k=keepdims: (t * t).sum(dim=a, keepdim=k).exp().sum(), array
        )
        leaf = Tensor(array)
        result = (leaf * leaf).sum(axis=axis, keepdims=keepdims).exp().sum()
        result.backward()
        expect.close(result.data, value, f"a sum of shape {shape} with axis={axis}, keepdims={keepdims}")
        expect.close(leaf.grad, truth, f"the grad of a sum of shape {shape} with axis={axis}, keepdims={keepdims}")
    ### END HIDDEN TESTS


check_Tensor_matmul(Tensor)


# %% check="Tensor" points=2 why="shared nodes, several calls, deep graphs"
@expect.check
def check_Tensor_graph(Tensor):
    x = Tensor([1, 2])
    a = x * 2
    y = (a + a * 3).sum()
    y.backward()
    expect.close(a.grad, [4, 4], "a.grad of a = x * 2, y = (a + a * 3).sum()")
    expect.close(
        x.grad,
        [8, 8],
        "x.grad of a = x * 2, y = (a + a * 3).sum()",
        mistakes={
            "a node handed on its gradient before all its users had handed on theirs: walk in topological order": [2, 2]
        },
    )
    x, b = Tensor([1, 2]), Tensor([3, 5])
    s = x + b
    y = (s + x * 10).sum()
    y.backward()
    what = "s = x + b, y = (s + x * 10).sum()"
    expect.close(x.grad, [11, 11], f"x.grad of {what}")
    expect.close(
        b.grad,
        [1, 1],
        f"b.grad of {what}",
        mistakes={"two nodes share one array, and `+=` changed it under the other's hands: make a new array": [11, 11]},
    )
    expect.close(s.grad, [1, 1], f"s.grad of {what}")
    p, other = Tensor([1, 2]), Tensor([3])
    q, r = (p * 3).sum(), (other * 2).sum()
    q.backward()
    r.backward()
    expect.close(
        p.grad,
        [3, 3],
        "p.grad of q = (p * 3).sum(), after backward of an unrelated Tensor",
        mistakes={"an unrelated graph took part: a list that belongs to the class is shared by all nodes": [9, 9]},
    )
    x = Tensor([1, 2])
    h = x * 3
    y = (h * h).sum()
    what = "h = x * 3, y = (h * h).sum()"
    y.backward()
    expect.close(x.grad, [18, 36], f"x.grad of {what}")
    expect.close(h.grad, [6, 12], f"h.grad of {what}")
    y.backward()
    expect.close(
        x.grad,
        [36, 72],
        f"x.grad of {what}, after a second y.backward()",
        mistakes={
            "what the first call left in the nodes between flowed again: begin each call with zeros": [72, 144],
            "the second call cleared what the first had found: `backward` adds up": [18, 36],
        },
    )
    expect.close(h.grad, [12, 24], f"h.grad of {what}, after a second y.backward()")
    expect.close(y.grad, 2, f"y.grad of {what}, after a second y.backward()")

    def backward():
        h.backward()

    expect.raises(ValueError, backward, hint="it starts from one number, and this Tensor holds two")
    one = Tensor([[3]])
    y = one * one
    y.backward()
    expect.close(one.grad, [[6]], "grad of t * t for t of shape (1, 1): one number, so backward works")
    x = check_engine(lambda: Tensor(3), 1)
    expect.close(x.grad, 1, "x.grad after very many products with 1")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(3092)
    for size in (6, 14):
        picks, kinds = rng.integers(0, 10**6, (size, 2)), rng.integers(0, 4, size)

        def network(p, q, picks=picks, kinds=kinds):
            nodes = [p, q]
            for (i, j), kind in zip(picks, kinds, strict=True):
                left, right = nodes[i % len(nodes)], nodes[-1 - j % min(3, len(nodes))]
                nodes.append([left + right, left * right * 0.5, (left - right).relu(), (left @ right) * 0.3][kind])
            total = nodes[-1].sum()
            for node in nodes[2::3]:
                total = total + (node * 0.1).sum()
            return total

        arrays = rng.normal(0, 1, (2, 3, 3))
        value, truths = torch_gradients(network, *arrays)
        leaves = [Tensor(array) for array in arrays]
        result = network(*leaves)
        result.backward()
        expect.close(result.data, value, "the result of a drawn graph")
        result.backward()
        for leaf, truth, array in zip(leaves, truths, arrays, strict=True):
            expect.close(leaf.grad, 2 * truth, "a grad in a drawn graph, after two calls")
            expect.close(leaf.data, array, "data, after backward")
    ### END HIDDEN TESTS


check_Tensor_graph(Tensor)


# %% wrong="Tensor" why="assigns instead of adding up" keyword="overwrites"
class Tensor__assigns:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__assigns) else Tensor__assigns(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__assigns(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__assigns(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__assigns(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__assigns(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__assigns(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__assigns(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__assigns(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__assigns(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__assigns(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="a broadcast array keeps the wide gradient" keyword="not summed back"
class Tensor__no_unbroadcast:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__no_unbroadcast) else Tensor__no_unbroadcast(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__no_unbroadcast(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__no_unbroadcast(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__no_unbroadcast(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__no_unbroadcast(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__no_unbroadcast(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__no_unbroadcast(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__no_unbroadcast(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__no_unbroadcast(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__no_unbroadcast(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + pull(flow[node])
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the mean over the copies" keyword="mean over the copies"
class Tensor__broadcast_mean:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__broadcast_mean) else Tensor__broadcast_mean(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__broadcast_mean(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__broadcast_mean(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__broadcast_mean(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__broadcast_mean(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__broadcast_mean(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__broadcast_mean(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__broadcast_mean(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__broadcast_mean(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__broadcast_mean(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.mean(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="axes of length one not summed" keyword="have length 1"
class Tensor__ones_forgotten:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__ones_forgotten) else Tensor__ones_forgotten(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__ones_forgotten(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__ones_forgotten(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__ones_forgotten(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__ones_forgotten(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__ones_forgotten(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__ones_forgotten(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__ones_forgotten(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__ones_forgotten(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__ones_forgotten(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)

        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="sums back over the wrong axes" keyword="from the right"
class Tensor__wrong_axes:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__wrong_axes) else Tensor__wrong_axes(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__wrong_axes(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__wrong_axes(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__wrong_axes(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__wrong_axes(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__wrong_axes(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__wrong_axes(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__wrong_axes(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__wrong_axes(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__wrong_axes(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=-1)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g if g.shape == self.data.shape else np.resize(g, self.data.shape)

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the factors of a product not exchanged" keyword="the other factor"
class Tensor__product_swapped:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__product_swapped) else Tensor__product_swapped(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__product_swapped(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__product_swapped(
            self.data * other.data, ((self, lambda g: g * self.data), (other, lambda g: g * other.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__product_swapped(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__product_swapped(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__product_swapped(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__product_swapped(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__product_swapped(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__product_swapped(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__product_swapped(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="no minus in the difference" keyword="second part of a difference"
class Tensor__difference:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__difference) else Tensor__difference(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__difference(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__difference(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__difference(self.data - other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __neg__(self):
        return Tensor__difference(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__difference(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__difference(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__difference(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__difference(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__difference(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="t − 1 for 1 − t" keyword="the wrong way round"
class Tensor__rsub:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__rsub) else Tensor__rsub(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__rsub(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__rsub(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__rsub(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__rsub(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self - other

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__rsub(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__rsub(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__rsub(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__rsub(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__rsub(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the exponential's slope is its input" keyword="its own derivative"
class Tensor__exp_slope:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__exp_slope) else Tensor__exp_slope(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__exp_slope(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__exp_slope(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__exp_slope(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__exp_slope(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__exp_slope(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__exp_slope(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__exp_slope(out, ((self, lambda g: g * self.data),))

    def log(self):
        return Tensor__exp_slope(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__exp_slope(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the logarithm's slope from its result" keyword="one over the number itself"
class Tensor__log_slope:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__log_slope) else Tensor__log_slope(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__log_slope(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__log_slope(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__log_slope(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__log_slope(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__log_slope(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__log_slope(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__log_slope(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__log_slope(np.log(self.data), ((self, lambda g: g / np.log(self.data)),))

    def relu(self):
        return Tensor__log_slope(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the sign of the gradient as the switch" keyword="sign of the gradient"
class Tensor__relu_by_gradient:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__relu_by_gradient) else Tensor__relu_by_gradient(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__relu_by_gradient(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__relu_by_gradient(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__relu_by_gradient(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__relu_by_gradient(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__relu_by_gradient(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__relu_by_gradient(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__relu_by_gradient(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__relu_by_gradient(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__relu_by_gradient(np.maximum(self.data, 0), ((self, lambda g: np.maximum(g, 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the ReLU counts 0 as on" keyword="at 0 the slope"
class Tensor__relu_corner:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__relu_corner) else Tensor__relu_corner(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__relu_corner(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__relu_corner(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__relu_corner(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__relu_corner(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__relu_corner(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__relu_corner(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__relu_corner(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__relu_corner(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__relu_corner(np.maximum(self.data, 0), ((self, lambda g: g * (self.data >= 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="number by number instead of rows by columns" keyword="number by number, like"
class Tensor__matmul_elementwise:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__matmul_elementwise) else Tensor__matmul_elementwise(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__matmul_elementwise(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__matmul_elementwise(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__matmul_elementwise(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__matmul_elementwise(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__matmul_elementwise(a * b, ((self, lambda g: g * b), (other, lambda g: a * g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__matmul_elementwise(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__matmul_elementwise(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__matmul_elementwise(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__matmul_elementwise(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="no transposes" keyword="transposes are missing"
class Tensor__matmul_no_transpose:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__matmul_no_transpose) else Tensor__matmul_no_transpose(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__matmul_no_transpose(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__matmul_no_transpose(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__matmul_no_transpose(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__matmul_no_transpose(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__matmul_no_transpose(a @ b, ((self, lambda g: g @ b), (other, lambda g: a @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__matmul_no_transpose(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__matmul_no_transpose(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__matmul_no_transpose(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__matmul_no_transpose(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the gradients of the two factors exchanged" keyword="went to the wrong factor"
class Tensor__matmul_parents:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__matmul_parents) else Tensor__matmul_parents(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__matmul_parents(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__matmul_parents(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__matmul_parents(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__matmul_parents(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__matmul_parents(a @ b, ((other, lambda g: g @ b.T), (self, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__matmul_parents(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__matmul_parents(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__matmul_parents(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__matmul_parents(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the factors in the wrong order" keyword="order of a matrix product"
class Tensor__matmul_order:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__matmul_order) else Tensor__matmul_order(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__matmul_order(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__matmul_order(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__matmul_order(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__matmul_order(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__matmul_order(a @ b, ((self, lambda g: b.T @ g), (other, lambda g: g @ a.T)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__matmul_order(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__matmul_order(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__matmul_order(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__matmul_order(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the gradient of a sum spread along the wrong axis" keyword="along the wrong axis"
class Tensor__sum_axis:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__sum_axis) else Tensor__sum_axis(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__sum_axis(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__sum_axis(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__sum_axis(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__sum_axis(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__sum_axis(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__sum_axis(
            out, ((self, lambda g: (g.reshape(wide) if keepdims or g.ndim < 1 else g) * np.ones(self.data.shape)),)
        )

    def exp(self):
        out = np.exp(self.data)
        return Tensor__sum_axis(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__sum_axis(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__sum_axis(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the mean for the sum on the way back" keyword="way back of a mean"
class Tensor__sum_mean:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__sum_mean) else Tensor__sum_mean(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__sum_mean(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__sum_mean(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__sum_mean(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__sum_mean(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__sum_mean(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__sum_mean(
            out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape) * out.size / self.data.size),)
        )

    def exp(self):
        out = np.exp(self.data)
        return Tensor__sum_mean(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__sum_mean(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__sum_mean(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="axis ignored" keyword="`axis` is ignored"
class Tensor__axis_ignored:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__axis_ignored) else Tensor__axis_ignored(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__axis_ignored(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__axis_ignored(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__axis_ignored(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__axis_ignored(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__axis_ignored(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        axis = None
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__axis_ignored(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__axis_ignored(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__axis_ignored(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__axis_ignored(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="keepdims ignored" keyword="`keepdims` is ignored"
class Tensor__keepdims_ignored:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__keepdims_ignored) else Tensor__keepdims_ignored(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__keepdims_ignored(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__keepdims_ignored(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__keepdims_ignored(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__keepdims_ignored(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__keepdims_ignored(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__keepdims_ignored(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__keepdims_ignored(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__keepdims_ignored(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__keepdims_ignored(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="as the nodes are met" keyword="before all its"
class Tensor__as_met:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__as_met) else Tensor__as_met(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__as_met(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__as_met(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__as_met(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__as_met(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__as_met(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__as_met(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__as_met(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__as_met(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__as_met(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo.pop(0)
            if node not in known:
                known.add(node)
                order.insert(0, node)
                todo += [parent for parent, _ in node.made_from]
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="adds in place to an array that two nodes share" keyword="share one array"
class Tensor__alias:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__alias) else Tensor__alias(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__alias(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__alias(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__alias(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__alias(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__alias(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__alias(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__alias(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__alias(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__alias(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {self: np.ones(self.data.shape)}
        for node in order[::-1]:
            for parent, pull in node.made_from:
                piece = parent._fit(pull(flow[node]))
                if parent in flow:
                    flow[parent] += piece
                else:
                    flow[parent] = piece
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="grads in the nodes, never cleared" keyword="flowed again"
class Tensor__keeps_flow:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__keeps_flow) else Tensor__keeps_flow(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__keeps_flow(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__keeps_flow(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__keeps_flow(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__keeps_flow(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__keeps_flow(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__keeps_flow(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__keeps_flow(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__keeps_flow(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__keeps_flow(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        self.grad = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                parent.grad = parent.grad + parent._fit(pull(node.grad))


# %% wrong="Tensor" why="from the start to the result" keyword="from the start"
class Tensor__forwards:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__forwards) else Tensor__forwards(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__forwards(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__forwards(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__forwards(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__forwards(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__forwards(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__forwards(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__forwards(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__forwards(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__forwards(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="the ReLU cuts off its input" keyword="changed the data"
class Tensor__relu_in_place:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__relu_in_place) else Tensor__relu_in_place(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__relu_in_place(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__relu_in_place(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__relu_in_place(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__relu_in_place(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__relu_in_place(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__relu_in_place(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__relu_in_place(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__relu_in_place(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__relu_in_place(np.maximum(self.data, 0, out=self.data), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="clears all grads first" keyword="adds up"
class Tensor__clears:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__clears) else Tensor__clears(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__clears(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__clears(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__clears(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__clears(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__clears(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__clears(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__clears(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__clears(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__clears(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = flow[node]


# %% wrong="Tensor" why="the graph in a list of the class" keyword="belongs to the class"
class Tensor__shared_list:
    tape = []  # noqa: RUF012

    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from
        self.tape.append(self)

    def _lift(self, other):
        return other if isinstance(other, Tensor__shared_list) else Tensor__shared_list(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__shared_list(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__shared_list(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__shared_list(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__shared_list(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__shared_list(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__shared_list(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__shared_list(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__shared_list(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__shared_list(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        self.grad = self.grad + np.ones(self.data.shape)
        for node in reversed(self.tape):
            for parent, pull in node.made_from:
                parent.grad = parent.grad + parent._fit(pull(node.grad))


# %% wrong="Tensor" why="a recursive walk" keyword="RecursionError"
class Tensor__recursive:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__recursive) else Tensor__recursive(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__recursive(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__recursive(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__recursive(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__recursive(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__recursive(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__recursive(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__recursive(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__recursive(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__recursive(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known = [], set()

        def visit(node):
            if node not in known:
                known.add(node)
                for parent, _ in node.made_from:
                    visit(parent)
                order.append(node)

        visit(self)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="every way walked separately" keyword="walk every way"
class Tensor__every_way:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__every_way) else Tensor__every_way(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__every_way(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__every_way(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__every_way(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__every_way(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__every_way(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__every_way(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__every_way(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__every_way(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__every_way(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        todo = [(self, np.ones(self.data.shape))]
        while todo:
            node, brought = todo.pop()
            node.grad = node.grad + brought
            todo += [(parent, parent._fit(pull(brought))) for parent, pull in node.made_from]


# %% wrong="Tensor" why="begins with ones, whatever the shape" keyword="this Tensor holds two"
class Tensor__no_refusal:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__no_refusal) else Tensor__no_refusal(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__no_refusal(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__no_refusal(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__no_refusal(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__no_refusal(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__no_refusal(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__no_refusal(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__no_refusal(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__no_refusal(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__no_refusal(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):

        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node]


# %% wrong="Tensor" why="keeps integers" keyword="integers"
class Tensor__keeps_integers:
    def __init__(self, data, made_from=()):
        self.data = np.array(data)
        self.grad = np.zeros_like(self.data)
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__keeps_integers) else Tensor__keeps_integers(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__keeps_integers(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__keeps_integers(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__keeps_integers(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__keeps_integers(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__keeps_integers(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__keeps_integers(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__keeps_integers(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__keeps_integers(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__keeps_integers(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros_like(node.data) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = node.grad + flow[node].astype(node.grad.dtype)


# %% wrong="Tensor" why="no grad before the first backward" keyword="grad before any backward"
class Tensor__grad_none:
    def __init__(self, data, made_from=()):
        self.data = np.array(data, dtype=float)
        self.grad = None
        self.made_from = made_from

    def _lift(self, other):
        return other if isinstance(other, Tensor__grad_none) else Tensor__grad_none(other)

    def __add__(self, other):
        other = self._lift(other)
        return Tensor__grad_none(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        other = self._lift(other)
        return Tensor__grad_none(
            self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        )

    def __sub__(self, other):
        other = self._lift(other)
        return Tensor__grad_none(self.data - other.data, ((self, lambda g: g), (other, lambda g: -g)))

    def __neg__(self):
        return Tensor__grad_none(-self.data, ((self, lambda g: -g),))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self._lift(other) - self

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Tensor__grad_none(a @ b, ((self, lambda g: g @ b.T), (other, lambda g: a.T @ g)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        wide = self.data.sum(axis=axis, keepdims=True).shape
        return Tensor__grad_none(out, ((self, lambda g: g.reshape(wide) * np.ones(self.data.shape)),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor__grad_none(out, ((self, lambda g: g * out),))

    def log(self):
        return Tensor__grad_none(np.log(self.data), ((self, lambda g: g / self.data),))

    def relu(self):
        return Tensor__grad_none(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def _fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for axis, n in enumerate(self.data.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def backward(self):
        if self.data.size > 1:
            raise ValueError("not one number")
        order, known, todo = [], set(), [self]
        while todo:
            node = todo[-1]
            new = [parent for parent, _ in node.made_from if parent not in known]
            if new:
                todo += new
            elif todo.pop() not in known:
                known.add(node)
                order.append(node)
        flow = {node: np.zeros(node.data.shape) for node in order}
        flow[self] = np.ones(self.data.shape)
        for node in order[::-1]:
            for parent, pull in node.made_from:
                flow[parent] = flow[parent] + parent._fit(pull(flow[node]))
        for node in order:
            node.grad = flow[node] if node.grad is None else node.grad + flow[node]


# %% wrong="Tensor" why="torch does the walk" keyword="walk is what you write"
class Tensor__torch:
    def __init__(self, data):
        self.inner = data if isinstance(data, torch.Tensor) else torch.tensor(np.array(data), dtype=torch.float64)
        self.inner.requires_grad_()
        self.inner.retain_grad()

    @property
    def data(self):
        return self.inner.detach().numpy()

    @property
    def grad(self):
        return np.zeros(self.inner.shape) if self.inner.grad is None else self.inner.grad.numpy()

    def __add__(self, other):
        return Tensor__torch(self.inner + getattr(other, "inner", other))

    def __mul__(self, other):
        return Tensor__torch(self.inner * getattr(other, "inner", other))

    def __sub__(self, other):
        return Tensor__torch(self.inner - getattr(other, "inner", other))

    def __rsub__(self, other):
        return Tensor__torch(other - self.inner)

    def __neg__(self):
        return Tensor__torch(-self.inner)

    __radd__, __rmul__ = __add__, __mul__

    def __matmul__(self, other):
        return Tensor__torch(self.inner @ other.inner)

    def sum(self, axis=None, keepdims=False):
        return Tensor__torch(torch.sum(self.inner, dim=axis, keepdim=keepdims))

    def exp(self):
        return Tensor__torch(self.inner.exp())

    def log(self):
        return Tensor__torch(self.inner.log())

    def relu(self):
        return Tensor__torch(self.inner.relu())

    def backward(self):
        if self.inner.numel() != 1:
            raise ValueError("one number only")
        self.inner.backward(torch.ones_like(self.inner), retain_graph=True)


# %% right="Tensor" why="numbered as they are made; functions that push into a table"
class Tensor__pushes:
    made = 0

    def __init__(self, data):
        self.data = np.asarray(data, dtype="float64")
        self.grad = 0.0 * self.data
        self.push, self.before = None, ()
        Tensor__pushes.made += 1
        self.number = Tensor__pushes.made

    def _result(self, data, push, *before):
        result = Tensor__pushes(data)
        result.push, result.before = push, before
        return result

    def _pair(self, other, data, left, right):
        if not isinstance(other, Tensor__pushes):
            return self._result(data, lambda g: [self._narrow(left * g)], self)
        return self._result(data, lambda g: [self._narrow(left * g), other._narrow(right * g)], self, other)

    def _narrow(self, g):
        g = np.add.reduce(g, axis=tuple(range(np.ndim(g) - self.data.ndim)))
        copied = tuple(k for k in range(self.data.ndim) if self.data.shape[k] != g.shape[k])
        return np.add.reduce(g, axis=copied).reshape(self.data.shape)

    def __add__(self, other):
        return self._pair(other, self.data + getattr(other, "data", other), 1, 1)

    def __sub__(self, other):
        return self._pair(other, self.data - getattr(other, "data", other), 1, -1)

    def __mul__(self, other):
        factor = getattr(other, "data", other)
        return self._pair(other, self.data * factor, factor, self.data)

    def __neg__(self):
        return self * -1

    def __rsub__(self, other):
        return other + self * -1

    __radd__, __rmul__ = __add__, __mul__

    def __matmul__(self, other):
        def push(g):
            return np.einsum("ik,jk->ij", g, other.data), np.einsum("ij,ik->jk", self.data, g)

        return self._result(np.dot(self.data, other.data), push, self, other)

    def sum(self, axis=None, keepdims=False):
        def push(g):
            full = np.sum(self.data, axis=axis, keepdims=True)
            return [np.zeros(self.data.shape) + g.reshape(full.shape)]

        return self._result(np.sum(self.data, axis=axis, keepdims=keepdims), push, self)

    def exp(self):
        return self._pair(None, np.exp(self.data), np.exp(self.data), None)

    def log(self):
        return self._pair(None, np.log(self.data), 1 / self.data, None)

    def relu(self):
        return self._pair(None, self.data.clip(min=0), np.heaviside(self.data, 0), None)

    def backward(self):
        if self.data.size != 1:
            raise ValueError(self.data.shape)
        found, waiting = {self.number: self}, [self]
        while waiting:
            fresh = [one for one in waiting.pop().before if one.number not in found]
            found.update((one.number, one) for one in fresh)
            waiting.extend(fresh)
        table = {self.number: np.ones(self.data.shape)}
        for number in sorted(found)[::-1]:
            node, g = found[number], table[number]
            node.grad = node.grad + g
            if node.push is not None:
                for source, piece in zip(node.before, node.push(g), strict=True):
                    table[source.number] = table.get(source.number, 0) + piece


# %% right="Tensor" why="counts the users of each node (Kahn); names of operations and one table of rules"
class Tensor__rules:
    def __init__(self, data, name="leaf", *inputs, **options):
        self.data = np.array(data, dtype=float, copy=True)
        self.grad = np.zeros(self.data.shape)
        self.name, self.inputs, self.options = name, inputs, options

    def __add__(self, other):
        other = other if isinstance(other, Tensor__rules) else Tensor__rules(other)
        return Tensor__rules(self.data + other.data, "add", self, other)

    def __mul__(self, other):
        other = other if isinstance(other, Tensor__rules) else Tensor__rules(other)
        return Tensor__rules(self.data * other.data, "mul", self, other)

    def __matmul__(self, other):
        return Tensor__rules(self.data @ other.data, "matmul", self, other)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + other * -1.0

    def __rsub__(self, other):
        return self * -1.0 + other

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def exp(self):
        return Tensor__rules(np.exp(self.data), "exp", self)

    def log(self):
        return Tensor__rules(np.log(self.data), "log", self)

    def relu(self):
        return Tensor__rules(np.where(self.data > 0, self.data, 0), "relu", self)

    def sum(self, axis=None, keepdims=False):
        return Tensor__rules(self.data.sum(axis, keepdims=keepdims), "sum", self, axis=axis, keepdims=keepdims)

    def _rule(self, g):
        a = self.inputs[0].data
        b = self.inputs[-1].data
        match self.name:
            case "add":
                return g, g
            case "mul":
                return g * b, g * a
            case "matmul":
                return g @ b.T, a.T @ g
            case "exp":
                return [g * self.data]
            case "log":
                return [g / a]
            case "relu":
                return [np.where(a > 0, g, 0)]
        if self.options["axis"] is not None and not self.options["keepdims"]:
            g = np.expand_dims(g, self.options["axis"])
        return [np.broadcast_to(g, a.shape)]

    def backward(self):
        if self.data.shape not in [(1,) * k for k in range(9)]:
            raise ValueError("only one number has a derivative to start from")
        users, todo = {self: 0}, [self]
        while todo:
            for node in todo.pop().inputs:
                if node not in users:
                    users[node] = 0
                    todo.append(node)
                users[node] += 1
        arrived, ready = {self: np.ones(self.data.shape)}, [self]
        while ready:
            node = ready.pop()
            node.grad = node.grad + arrived[node]
            pieces = node._rule(arrived[node]) if node.inputs else ()
            for source, piece in zip(node.inputs, pieces, strict=True):
                padded = (1,) * (piece.ndim - source.data.ndim) + source.data.shape
                copied = tuple(k for k, n in enumerate(padded) if n < piece.shape[k])
                piece = piece.sum(axis=copied).reshape(source.data.shape)
                arrived[source] = piece if source not in arrived else arrived[source] + piece
                users[source] -= 1
                if not users[source]:
                    ready.append(source)


# %% [markdown]
# With your `Tensor` nobody derives anything any more. Two hidden layers learn to tell two spirals apart: the formula of
# the loss, one call, and a step for each weight. The picture shows what the network believes at the beginning and
# after 100, 300 and 1200 steps.


# %%
# Figure · two spirals, learned with your Tensor
def spirals(rng, count):
    """Return points on two arms, shape (2 * count, 2), and +1 or −1 for each."""
    turn = np.sqrt(rng.uniform(0.03, 1, 2 * count)) * 9
    arm = np.repeat([1.0, -1.0], count)
    points = arm[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]) * turn[:, None] / 9
    return points + rng.normal(0, 0.03, points.shape), arm


with expect.written():
    rng = np.random.default_rng(0)
    points, arm = spirals(rng, 100)
    inputs, signs = Tensor(points), Tensor(arm[:, None])
    layers = [
        (Tensor(rng.normal(0, np.sqrt(2 / d), (d, m))), Tensor(rng.normal(0, 0.5, (1, m))))
        for d, m in [(2, 24), (24, 24), (24, 1)]
    ]

    def believed(at):
        for weight, bias in layers[:-1]:
            at = (at @ weight + bias).relu()
        return at @ layers[-1][0] + layers[-1][1]

    axis = np.linspace(-1.2, 1.2, 60)
    field = Tensor(np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2))
    fig, axes = plt.subplots(1, 4, figsize=(11, 3))
    velocities = [np.zeros_like(weights.data) for layer in layers for weights in layer]
    for step in range(1201):
        loss = ((believed(inputs) * signs * -1).exp() + 1).log().sum() * (1 / len(arm))
        if step in (0, 100, 300, 1200):
            ax = axes[(0, 100, 300, 1200).index(step)]
            ax.contourf(axis, axis, np.tanh(believed(field).data).reshape(60, 60), 20, cmap="PuOr_r", vmin=-1, vmax=1)
            ax.scatter(*points.T, c=arm, cmap="PuOr_r", s=10, edgecolors="white", linewidths=0.5)
            right = np.mean((believed(inputs).data[:, 0] > 0) == (arm > 0))
            ax.set(title=f"step {step}: {right:.0%} right", xticks=[], yticks=[], aspect="equal")
        for weights in (weights for layer in layers for weights in layer):
            weights.grad = np.zeros_like(weights.data)
        loss.backward()
        for velocity, weights in zip(velocities, (weights for layer in layers for weights in layer), strict=True):
            velocity *= 0.9
            velocity += 0.1 * weights.grad
            weights.data -= velocity
    plot.show(
        fig,
        alt="Two spirals of points, wound into each other, four times. At the beginning the network's belief is "
        "smooth and about half of the points are right; step by step the border winds in between the two arms.",
    )

# %% [markdown]
# ### 10 · A network that reads  ·  4 points  ·  30 min  ·  ●●● difficulty
#
# Everything together: 1442 handwritten digits to learn from, 355 that the network has never seen. Write
# `train_mlp(x, labels, rng)`. It trains a multi-layer perceptron by mini-batches and returns
# `weights, biases, losses`.
#
# | | shape | |
# |---|---|---|
# | `x` | `(N, D)` | images as rows of pixels, from 0 to 1. **They may come sorted by label** |
# | `labels` | `(N,)` | integers from 0 to 9 |
# | `rng` | `np.random.Generator` | draw everything from it: two calls with equal generators return equal networks |
# | `weights`, `biases` | lists of arrays | as in exercise 5: ReLUs, ten outputs, **one hidden layer or more** |
# | `losses` | list of numbers | the mean loss of each epoch (one pass through all samples), at least two epochs |
#
# The network must read at least **95 %** of digits it was not trained on. How you get there is up to you: layers,
# epochs, batch size, rate, momentum. Your own gradients, your `Tensor`, or PyTorch, as you like. The check trains your
# network several times, so keep a training below three seconds. About a second is plenty.
#
# The recipe: shuffle the samples in every epoch, **x and labels by the same order**. Take them in batches of 16 to 64.
# For each batch: gradients of the mean loss; from every weight and bias subtract rate times gradient. Begin with
# random weights (with zeros all hidden units would stay alike for ever) of the size $\sqrt{2/D}$, where D is the number
# of inputs of the layer; biases begin at zero. If you scale the pixels, the network you return must take them as
# they came.
#
# <details><summary>Hint 1: a first try</summary>
# One hidden layer of 64 units, batches of 32, a rate of 0.1, forty epochs.
# </details>
# <details><summary>Hint 2: a batch</summary>
# <code>rng.permutation(N)</code> is an order of all samples. A slice of it indexes x and labels alike.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Two loops: epochs, and starts of batches, from 0 to N in steps of the batch size. In the inner one call your
# mlp_gradients, note its loss, and step all arrays in place (<code>-=</code>). After the inner loop append the mean of
# the noted losses.
# </details>


# %% solution="train_mlp"
def train_mlp(x, labels, rng):
    """Train a multi-layer perceptron by mini-batches: return weights, biases and the mean loss of each epoch."""
    ### BEGIN SOLUTION
    hidden, classes, size, rate = 64, 10, 32, 0.1
    shapes = [(hidden, x.shape[1]), (classes, hidden)]
    weights = [rng.normal(0, np.sqrt(2 / shape[1]), shape) for shape in shapes]
    biases = [np.zeros(shape[0]) for shape in shapes]
    losses = []
    for _ in range(40):
        order, epoch = rng.permutation(len(x)), []
        for start in range(0, len(x), size):
            batch = order[start : start + size]
            samples = np.arange(len(batch))
            entered = np.maximum(0, x[batch] @ weights[0].T + biases[0])
            logits = entered @ weights[1].T + biases[1]
            grad = np.exp(logits - logits.max(axis=1, keepdims=True))
            grad /= grad.sum(axis=1, keepdims=True)
            epoch.append(-np.log(grad[samples, labels[batch]]).mean())
            grad[samples, labels[batch]] -= 1
            grad *= rate / len(batch)
            back = (grad @ weights[1]) * (entered > 0)
            weights[1] -= grad.T @ entered
            biases[1] -= grad.sum(axis=0)
            weights[0] -= back.T @ x[batch]
            biases[0] -= back.sum(axis=0)
        losses.append(float(np.mean(epoch)))
    return weights, biases, losses
    ### END SOLUTION


# %%
# Tools · reading with a trained network, and what its numbers tell about the training
def scores_of(x, weights, biases):
    """Return the logits of a ReLU network, (N, K)."""
    for layer, weight in enumerate(weights):
        x = x @ np.transpose(weight) + biases[layer]
        if layer + 1 < len(weights):
            x = x.clip(min=0)
    return x


def trained(train_mlp, x, labels, seed):
    """Train once; refuse what is no network; return weights, biases, losses as arrays."""
    what = "train_mlp(x, labels, rng)"
    results = expect.call(train_mlp, x, labels, np.random.default_rng(seed))
    weights, biases, losses = expect.parts(results, "weights, biases, losses", what)
    for name, came in (("weights", weights), ("biases", biases), ("losses", losses)):
        expect.that(isinstance(came, list | tuple), f"{what}: `{name}` is a list.")
    expect.that(len(weights) == len(biases), f"{what}: {len(weights)} weights, {len(biases)} biases; as many of each.")
    expect.that(len(weights) >= 2, f"{what}: one layer is no multi-layer perceptron: add a hidden layer.")
    expect.that(len(losses) >= 2, f"{what}: `losses` holds {len(losses)} numbers: one for each epoch, at least two.")
    plain = [[np.asarray(a.detach() if hasattr(a, "detach") else a, float) for a in part] for part in (weights, biases)]
    weights, biases = plain
    wanted = x.shape[1]
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        transposed = " Yours look transposed." if weight.ndim == 2 and weight.shape[0] == wanted else ""
        expect.that(
            weight.ndim == 2 and weight.shape[1] == wanted and bias.shape == weight.shape[:1],
            f"{what}: weights[{layer}] has the shape {weight.shape}, biases[{layer}] {bias.shape}. Wanted are "
            f"(outputs, {wanted}) and (outputs,).{transposed}",
        )
        wanted = len(weight)
    expect.that(wanted == 10, f"{what}: the last layer has {wanted} outputs, wanted 10.")
    everything = np.concatenate([np.ravel(part) for part in (*weights, *biases, np.asarray(losses, float))])
    expect.that(
        bool(np.isfinite(everything).all()),
        f"{what}: there is NaN or infinity in the network: the training exploded. Take a smaller rate, and the mean "
        "loss of a batch, not the sum.",
    )
    return weights, biases, np.asarray(losses, float)


def expect_reads(train_mlp, x, labels, held_out, true, seed):
    """Train on x; refuse a network that reads less than 95 % of what was held out, and say what is wrong with it."""
    weights, biases, losses = trained(train_mlp, x, labels, seed)
    rows = np.arange(len(x))
    logits = scores_of(x, weights, biases)
    learned = np.mean(logits.argmax(axis=1) == labels)
    seen = np.mean(scores_of(held_out, weights, biases).argmax(axis=1) == true)
    loss = np.mean(np.logaddexp.reduce(logits, axis=1) - logits[rows, labels])
    reads = f"Your network reads {seen:.1%} of the held-out digits, {learned:.1%} of those it was trained on."
    expect.that(losses[0] < 12, f"The first epoch has the loss {losses[0]:.3g}, while guessing costs ln 10 = 2.3.\n"
                "Is that a sum over the batch, where the mean is asked for, or is the rate too large?")  # fmt: skip
    expect.that(
        losses[-1] < losses[0] + 0.05,
        f"The loss grows from {losses[0]:.3g} to {losses[-1]:.3g}: steps go uphill. Subtract the gradient.",
    )
    expect.that(
        not np.allclose(weights[0], weights[0][:1]),
        f"All hidden units are alike. Weights that begin equal, at zero for instance, stay equal: draw them.\n{reads}",
    )
    counts = np.bincount(logits.argmax(axis=1), minlength=10) / np.bincount(labels, minlength=10)
    expect.that(
        seen >= 0.95 or counts[labels[-1]] < 1.4 or np.any(np.diff(labels) < 0),
        f"It says {labels[-1]} too often, the label that came last. Do you shuffle in every epoch, x and labels by the "
        f"same order? A batch of one class makes the network forget the others.\n{reads}",
    )
    expect.that(
        loss < 1.5 * losses[-1] + 0.1,
        f"You report the loss {losses[-1]:.3g} in the last epoch, the network you return has {loss:.3g}.\n"
        "It is not the one you trained: copies from the beginning, another activation than ReLU, or "
        "pixels that you changed before.",
    )
    expect.that(
        losses[-1] < 0.85 * losses[0] or seen >= 0.95,
        f"The loss hardly falls, from {losses[0]:.3g} to {losses[-1]:.3g}. Do the steps reach the arrays (`-=`)? Is "
        f"the rate far too small? Do x and labels go through the same order?\n{reads}",
    )
    expect.that(
        all(np.any(bias) for bias in biases),
        f"A layer's biases are all zero: they were never trained. They learn like the weights.\n{reads}",
    )
    expect.that(
        seen >= 0.95 or learned < 0.99,
        f"{reads}\nIt knows its own samples by heart and reads new ones worse: overfitting.\nMore hidden units or "
        "smaller batches help here.",
    )
    expect.that(seen >= 0.95, f"{reads} Wanted are 95 %.\nTrain longer, with a larger rate or with smaller batches.")


# %% check="train_mlp" points=2 why="reads digits it has not seen"
@expect.check
def check_train_mlp_reads(train_mlp):
    images, labels = data.digits("train")
    held_out, true = data.digits("test")
    order = np.argsort(labels, kind="stable")  # sorted: shuffle them yourself
    pixels = images.reshape(len(images), -1)[order]
    expect_reads(train_mlp, pixels, labels[order], held_out.reshape(len(held_out), -1), true, 3)
    ### BEGIN HIDDEN TESTS
    names = np.random.default_rng(3101).permutation(10)  # a network that was not trained here knows other names
    expect_reads(train_mlp, pixels, names[labels[order]], held_out.reshape(len(held_out), -1), names[true], 11)
    ### END HIDDEN TESTS


check_train_mlp_reads(train_mlp)


# %% check="train_mlp" points=2 why="any samples, and only rng decides"
@expect.check
def check_train_mlp_drawn(train_mlp):
    images, labels = data.digits("train")
    few = images[:300].reshape(300, -1)
    first, _, losses = trained(train_mlp, few, labels[:300], 5)
    again, _, _ = trained(train_mlp, few, labels[:300], 5)
    other, _, _ = trained(train_mlp, few, labels[:300], 6)
    expect.that(
        all(np.array_equal(one, two) for one, two in zip(first, again, strict=True)),
        "two calls with equal generators return different networks: draw everything from `rng`, "
        "nothing from `np.random` or torch's own generator.",
    )
    expect.that(
        not np.array_equal(first[0], other[0]),
        "another generator, the same network: draw the first weights and the order of the samples from `rng`.",
    )
    expect.that(
        losses[0] > 0.2, f"The first epoch has the loss {losses[0]:.3g}, too good for a beginning: guessing costs 2.3."
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(323)
    images, labels = data.digits()
    order, names, places = rng.permutation(len(images)), rng.permutation(10), rng.permutation(64)
    pixels, renamed = images.reshape(-1, 64)[order][:, places], names[labels[order]]
    train, test = slice(360, None), slice(360)
    expect_reads(train_mlp, pixels[train], renamed[train], pixels[test], renamed[test], 7)
    ### END HIDDEN TESTS


check_train_mlp_drawn(train_mlp)


# %% wrong="train_mlp" why="adds the gradient" keyword="uphill"
def train_mlp__uphill(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], -0.001, 10, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="begins with zeros" keyword="hidden units are alike"
def train_mlp__zeros(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [0 * rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="a rate far too large" keyword="exploded"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def train_mlp__explodes(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 1e200, 3, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="a rate far too small" keyword="hardly falls"
def train_mlp__tiny_rate(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 1e-5, 10, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="one short training" keyword="Train longer"
def train_mlp__two_epochs(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.05, 3, 64
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="full batches: 30 steps in all" keyword="with smaller batches"
def train_mlp__full_batch(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.3, 30, len(x)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="returns copies made at the beginning" keyword="not the one you trained"
def train_mlp__returns_start(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    start = [weight.copy() for weight in weights]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return start, biases, losses


# %% wrong="train_mlp" why="steps that give new arrays an old name" keyword="reach the arrays"
def train_mlp__rebinds(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            for array, grad in zip(weights + biases, (back.T @ images, delta.T @ hidden, back, delta), strict=True):
                array = array - rate * (grad if array.ndim == 2 else grad.sum(0))
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="a sigmoid in the hidden layer" keyword="another activation"
def train_mlp__sigmoid(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 1.0, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = 1 / (1 + np.exp(-(images @ weights[0].T + biases[0])))
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * hidden * (1 - hidden)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="no activation" keyword="than ReLU"
def train_mlp__linear(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = images @ weights[0].T + biases[0]
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * 1.0
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="centres and scales the pixels inside" keyword="pixels that you changed"
def train_mlp__scales_inside(x, labels, rng):
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 0.1)
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="trains the weights alone" keyword="biases are all zero"
def train_mlp__no_biases(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden

            weights[0] -= rate * back.T @ images

        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="labels in another order than x" keyword="same order"
def train_mlp__labels_apart(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[at : at + size]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="never shuffles" keyword="shuffle in every epoch"
def train_mlp__no_shuffle(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.3, 12, 24
    for _ in range(epochs):
        order = np.arange(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="the first batch of each epoch alone" keyword="hardly falls"
def train_mlp__first_batch(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.02, 20, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in (0,):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / size)
    return weights, biases, losses


# %% wrong="train_mlp" why="the sum of the losses of an epoch" keyword="sum over the batch"
def train_mlp__loss_sum(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total)
    return weights, biases, losses


# %% wrong="train_mlp" why="weights as (inputs, outputs)" keyword="transposed"
def train_mlp__transposed(x, labels, rng):
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return [weight.T for weight in weights], biases, losses


# %% wrong="train_mlp" why="no hidden layer" keyword="add a hidden layer"
def train_mlp__one_layer(x, labels, rng):
    weight, bias, truth, losses = rng.normal(0, 0.1, (10, x.shape[1])), np.zeros(10), np.eye(10)[labels], []
    for _ in range(60):
        for batch in np.array_split(rng.permutation(len(x)), 40):
            p = np.exp(x[batch] @ weight.T + bias)
            p /= p.sum(axis=1, keepdims=True)
            weight -= 0.5 * (p - truth[batch]).T @ x[batch] / len(batch)
            bias -= 0.5 * (p - truth[batch]).mean(axis=0)
        losses.append(-np.log((p * truth[batch]).sum(axis=1)).mean())
    return [weight], [bias], losses


# %% wrong="train_mlp" why="a generator of its own" keyword="another generator, the same"
def train_mlp__own_generator(x, labels, rng):
    rng = np.random.default_rng(0)
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="draws from the system" keyword="return different networks"
def train_mlp__global_random(x, labels, rng):
    rng = np.random.default_rng()
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% wrong="train_mlp" why="centres the caller's images" keyword="in place"
def train_mlp__in_place(x, labels, rng):
    x -= 0.5
    shapes = [(48, x.shape[1]), (10, 48)]
    weights = [rng.standard_normal(shape) * (2 / shape[1]) ** 0.5 for shape in shapes]
    biases = [np.zeros(48), np.zeros(10)]
    one_hot, losses, rate, epochs, size = np.eye(10)[labels], [], 0.15, 30, 24
    for _ in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for at in range(0, len(x), size):
            batch = order[at : at + size]
            images, truth = x[batch], one_hot[batch]
            hidden = np.maximum(images @ weights[0].T + biases[0], 0)
            z = hidden @ weights[1].T + biases[1]
            p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
            total -= np.log((p * truth).sum(axis=1)).sum()
            delta = (p - truth) / len(batch)
            back = delta @ weights[1] * (hidden > 0)
            weights[1] -= rate * delta.T @ hidden
            biases[1] -= rate * delta.sum(0)
            weights[0] -= rate * back.T @ images
            biases[0] -= rate * back.sum(0)
        losses.append(total / len(x))
    return weights, biases, losses


# %% right="train_mlp" why="two hidden layers and momentum"
def train_mlp__momentum(x, labels, rng):
    widths = [(40, x.shape[1]), (30, 40), (10, 30)]
    params = [rng.normal(0, (2 / d) ** 0.5, (m, d)) for m, d in widths] + [np.zeros(m) for m, _ in widths]
    moves, losses = [np.zeros_like(param) for param in params], []
    for epoch in range(25):
        shuffled, seen = rng.permutation(len(labels)), []
        for batch in np.array_split(shuffled, len(labels) // 30):
            acts = [x[batch]]
            for k in range(3):
                z = acts[-1] @ params[k].T + params[3 + k]
                acts.append(z.clip(0) if k < 2 else z)
            log_p = acts[-1] - np.logaddexp.reduce(acts[-1], axis=1, keepdims=True)
            seen.extend(-log_p[range(len(batch)), labels[batch]])
            g = (np.exp(log_p) - (labels[batch][:, None] == np.arange(10))) / len(batch)
            for k in (2, 1, 0):
                steps = {k: g.T @ acts[k], 3 + k: g.sum(axis=0)}
                g = (g @ params[k]) * (acts[k] > 0)
                for place, step in steps.items():
                    moves[place] = 0.9 * moves[place] - 0.03 * 0.93**epoch * step
                    params[place] = params[place] + moves[place]
        losses.append(np.mean(seen))
    return params[:3], params[3:], losses


# %% right="train_mlp" why="torch with Adam"
def train_mlp__torch(x, labels, rng):
    with torch.random.fork_rng():
        torch.manual_seed(int(rng.integers(2**31)))
        model = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
        optimizer = torch.optim.Adam(model.parameters(), 0.004)
        inputs, targets, losses = torch.tensor(x, dtype=torch.float32), torch.tensor(labels), []
        for _ in range(20):
            noted = []
            for batch in torch.randperm(len(x)).split(32):
                loss = torch.nn.functional.cross_entropy(model(inputs[batch]), targets[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                noted.append(loss.item())
            losses.append(sum(noted) / len(noted))
    parts = [part.detach().numpy() for part in model.parameters()]
    return parts[::2], parts[1::2], losses


# %% [markdown]
# The curve of the losses, and the digits that your network misread: what it said, and what was meant. Would you have
# read them?


# %%
# Figure · the loss by epoch, and the misread digits
with expect.written():
    images, labels = data.digits("train")
    held_out, true = data.digits("test")
    weights, biases, losses = train_mlp(images.reshape(len(images), -1), labels, np.random.default_rng(0))
    said = scores_of(held_out.reshape(len(held_out), -1), weights, biases).argmax(axis=1)
    fig, ax = plt.subplots()
    ax.plot(range(1, len(losses) + 1), losses)
    ax.set(xlabel="epoch", ylabel="mean loss", yscale="log", title=f"{np.mean(said == true):.1%} of new digits read")
    plot.show(
        fig,
        alt=f"The mean loss falls from {losses[0]:.2g} to {losses[-1]:.2g}, steeply at first, then ever more slowly.",
    )
    missed = np.flatnonzero(said != true)[:10]
    titles = [f"said {said[k]}, meant {true[k]}" for k in missed]
    plot.grid([1 - held_out[k] for k in missed], titles, alt=f"The digits misread: {'; '.join(titles)}.", size=1.8)

# %% [markdown]
# ## Done
#
# Restart and run all, save, hand in. You have written what `loss.backward()` does. In unit 04 the step behind it, here
# a plain subtraction, becomes a subject of its own.
