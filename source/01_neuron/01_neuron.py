# %% [markdown]
# # 01 · The neuron
#
# From one artificial neuron to a network with a hidden layer. At the end you will be able to
#
# - compute a neuron, a layer and a small network for a whole batch of samples,
# - train a perceptron as Rosenblatt did in 1958, and say how many mistakes it makes at most,
# - show why one perceptron cannot learn XOR, and solve it with three neurons,
# - count the parameters of a dense network, and find out whether a lecture slide did.
#
# Plan about two and a half hours. Read lesson 01 first, or beside it. Every exercise stands on its own, so skip what
# holds you up. The checks are folded; a click on their three dots opens them.
#
# | | exercise | the question |
# |---|---|---|
# | 1 | `neuron` | What does one neuron compute? |
# | 2 | `perceptron_loss` | How wrong is a line between two classes? |
# | 3 | `perceptron_fit` | How does it learn from its mistakes? |
# | 4 | `mistake_bound` | Does that ever end? |
# | 5 | `layer` | How do many neurons look at many samples at once? |
# | 6 | `one_hidden_layer` | What do two layers make of them? |
# | 7 | `xor_network` | What can three neurons do that one cannot? |
# | 8 | `count_dense_parameters` | What does it cost, and did the slide count right? |
#
# Arrays hold integers (NumPy's usual ones, `int64`) or floats, unless a table says which. Your functions never change
# what they are given.

# %%
from itertools import pairwise

import numpy as np
import torch

from cnnlib import expect

# %% [markdown]
# ### 1 · Compute a neuron  ·  3 points  ·  10 min  ·  ●○○ difficulty
#
# Write `neuron(x, w, b, g)`. An artificial neuron weighs its inputs, adds them up, adds its bias, and passes the sum
# through an activation function $g$:
#
# $$z(\mathbf x) = \mathbf w^\top\mathbf x + b = \sum_d w_d\,x_d + b \qquad f(\mathbf x) = g\big(z(\mathbf x)\big)$$
#
# $z$ is called the *pre-activation*. The example of the slide: the weights `[0.01, 0.03, 0.04]`, the inputs
# `[1, 2, 3]` and the bias 9. The products are 0.01, 0.06 and 0.12. What is $z$?
#
# | argument | shape | |
# |---|---|---|
# | `x` | `(D,)` | inputs, integers or floats, at least one |
# | `w` | `(D,)` | one weight for each input |
# | `b` | a number | the bias |
# | `g` | a function | takes a number and returns a number; you only call it |
# | returns | a number | the output of the neuron |
#
# The **bias is added**. Older texts write a *threshold* $\theta$ instead and subtract it: the neuron fires when
# $\mathbf w^\top\mathbf x > \theta$. That is the same neuron with $b = -\theta$. Here it is always the bias.
#
# The check uses strange activation functions, such as $g(z) = z^2$. Nobody builds networks with it, but it tells
# mistakes apart.
#
# <details><summary>Hint 1: the idea</summary>
# There are three steps, in this order: weigh and add up, add the bias, apply <code>g</code>. The first step turns two
# arrays into one number.
# </details>
# <details><summary>Hint 2: the sum</summary>
# Multiplying two arrays with the asterisk gives an array of products. They still have to be added up. NumPy also has
# one operator that does both, the dot product.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# One line: call <code>g</code> with the dot product of <code>w</code> and <code>x</code> plus <code>b</code>, and
# return what it gives. The bias stands inside the parentheses of the call.
# </details>


# %% solution="neuron"
def neuron(x, w, b, g):
    """Return the output of a neuron, a number: inputs x and weights w, shape (D,), bias b, activation function g."""
    ### BEGIN SOLUTION
    return g(np.dot(w, x) + b)
    ### END SOLUTION


# %% check="neuron" points=2 why="the weighted sum, the bias, then the activation"
@expect.check
def check_neuron_slide(neuron):
    expect.close(
        expect.call(neuron, np.array([1, 2, 3]), np.array([0.01, 0.03, 0.04]), 9, lambda z: z),
        9.19,
        "neuron([1, 2, 3], [0.01, 0.03, 0.04], 9, g) with g(z) = z",
        rtol=1e-5,
        mistakes={
            "the bias is missing: add b to the weighted sum": 0.19,
            "the bias is added once for each input: add it to the sum, once": 27.19,
            "the bias is added to the inputs: add it after they are weighed": 0.91,
            "the bias is subtracted, as a threshold is: this exercise adds it": -8.81,
            "the products are not added up: a neuron has one output": [9.01, 9.06, 9.12],
            "the average of the products instead of their sum": 9 + 0.19 / 3,
            "inputs and weights are added: multiply each input by its weight": 15.08,
            "the weights became whole numbers: 0.01 is 0 then": 9.0,
            "the last product is missing: a range ends before its last number": 9.07,
            "the first product is missing: a range begins with 0, as the places do": 9.18,
            "only the first product is there: is `return` inside of the loop?": 9.01,
            "only the last product is there: each turn of the loop writes over what the one before added": 9.12,
            "the sums of inputs and weights are multiplied: each input has its own weight": 9.48,
            "rounded: return the number as it is": 9.2,
            "an array with one number in it: return the number itself": [9.19],
            "your own activation (a sigmoid) instead of the g that was passed": 1 / (1 + np.exp(-9.19)),
            "your own activation (a tanh) instead of the g that was passed": np.tanh(9.19),
        },
    )
    expect.close(
        expect.call(neuron, np.array([2.0, -1.0, 3.0]), np.array([1.0, 4.0, -2.0]), 3.0, lambda z: z**2),
        25,
        "neuron([2, -1, 3], [1, 4, -2], 3, g) with g(z) = z²; here z = −5",
        rtol=1e-5,
        mistakes={
            "g is never called: the output is g(z), not z": -5,
            "the bias comes after g: it belongs inside, g(w·x + b)": 67,
            "g of each product instead of g of their sum": 59,
            "g of each product plus bias instead of g of one sum": 35,
            "g is applied to the inputs: it comes last": -7,
            "g is applied twice": 625,
            "your own activation (a ReLU) instead of the g that was passed": 0,
            "your own activation (a sigmoid) instead of the g that was passed": 1 / (1 + np.exp(5)),
            "your own activation (a tanh) instead of the g that was passed": np.tanh(-5),
            "your own activation (a step) instead of the g that was passed": -1,
            "the bias is subtracted, as a threshold is: this exercise adds it": 121,
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(101)
    for size in (3, 3, 5):
        x, w, b = rng.integers(-5, 6, size), rng.integers(-8, 9, size) / 4, float(rng.integers(2, 9))
        z = float(torch.tensor(x).double() @ torch.tensor(w)) + b
        want = z**3 - z
        expect.close(expect.call(neuron, x, w, b, lambda z: z**3 - z), want, "neuron with g(z) = z³ − z", rtol=1e-5)
    ### END HIDDEN TESTS


check_neuron_slide(neuron)


# %% check="neuron" points=1 why="any number of inputs, any activation"
@expect.check
def check_neuron_drawn(neuron):
    expect.close(
        expect.call(neuron, np.array([3]), np.array([-0.375]), 1.5, lambda z: 3 * z - 2),
        -0.875,
        "neuron([3], [-0.375], 1.5, g), one input, with g(z) = 3z − 2; here z = 0.375",
        rtol=1e-5,
        mistakes={
            "g is never called: the output is g(z), not z": 0.375,
            "an array with one number in it: return the number itself": [-0.875],
            "the bias is missing: add b to the weighted sum": -5.375,
            "the bias is subtracted, as a threshold is: this exercise adds it": -9.875,
            "the bias comes after g: it belongs inside, g(w·x + b)": -3.875,
            "the bias became a whole number": -2.375,
            "the product is missing, or became 0: z is the bias alone": 2.5,
            "rounded: return the number as it is": -0.88,
            "no number below 0: the output is whatever g gives": 0,
        },
    )
    ### BEGIN HIDDEN TESTS
    import math

    rng = np.random.default_rng(102)
    activations = (lambda z: 1 / (1 + math.exp(-z)), lambda z: 3 * z + 1, lambda z: math.tanh(z), lambda z: math.cos(z))
    for size, g in zip((1, 2, 7, 40), activations, strict=True):
        x, w, b = rng.standard_normal(2 * size)[::2], rng.standard_normal(3 * size)[::3], float(rng.uniform(-2, 2))
        z = float(torch.tensor(x.copy()) @ torch.tensor(w.copy())) + b
        expect.close(expect.call(neuron, x, w, b, g), g(z), f"neuron with D = {size}", rtol=1e-5, atol=1e-5)
    ### END HIDDEN TESTS


check_neuron_drawn(neuron)


# %% wrong="neuron" why="no bias" keyword="bias is missing"
def neuron__bias_missing(x, w, b, g):
    return g(np.dot(w, x))


# %% wrong="neuron" why="adds the bias before the sum" keyword="once for each input"
def neuron__bias_per_input(x, w, b, g):
    return g(sum(weight * value + b for weight, value in zip(w, x, strict=True)))


# %% wrong="neuron" why="the bias as an offset of the inputs" keyword="added to the inputs"
def neuron__bias_on_inputs(x, w, b, g):
    return g(np.dot(w, x + b))


# %% wrong="neuron" why="takes b for a threshold" keyword="as a threshold"
def neuron__threshold(x, w, b, g):
    return g(np.dot(w, x) - b)


# %% wrong="neuron" why="elementwise product without the sum" keyword="not added up"
def neuron__no_sum(x, w, b, g):
    return g(w * x + b)


# %% wrong="neuron" why="mean of the products" keyword="average of the products"
def neuron__mean(x, w, b, g):
    return g(np.mean(w * x) + b)


# %% wrong="neuron" why="adds weights to inputs" keyword="inputs and weights are added"
def neuron__added(x, w, b, g):
    return g((x + w).sum() + b)


# %% wrong="neuron" why="forgets the activation" keyword="never called"
def neuron__no_activation(x, w, b, g):
    return np.dot(w, x) + b


# %% wrong="neuron" why="the bias outside of the activation" keyword="comes after g"
def neuron__activation_first(x, w, b, g):
    return g(np.dot(w, x)) + b


# %% wrong="neuron" why="activates every product" keyword="of each product"
def neuron__products_activated(x, w, b, g):
    return sum(g(weight * value) for weight, value in zip(w, x, strict=True)) + b


# %% wrong="neuron" why="activates the inputs" keyword="applied to the inputs"
def neuron__inputs_activated(x, w, b, g):
    return np.dot(w, [g(value) for value in x]) + b


# %% wrong="neuron" why="always a sigmoid" keyword="your own activation"
def neuron__sigmoid(x, w, b, g):
    return 1 / (1 + np.exp(-np.dot(w, x) - b))


# %% wrong="neuron" why="keeps an axis that a neuron does not have" keyword="with one number in it"
def neuron__array(x, w, b, g):
    return g(np.array([np.dot(w, x) + b]))


# %% wrong="neuron" why="a loop that stops one input early" keyword="last product is missing"
def neuron__range_short(x, w, b, g):
    z = b
    for d in range(len(x) - 1):
        z += w[d] * x[d]
    return g(z)


# %% wrong="neuron" why="a loop that begins with the second input" keyword="first product is missing"
def neuron__range_late(x, w, b, g):
    z = b
    for d in range(1, len(x)):
        z += w[d] * x[d]
    return g(z)


# %% wrong="neuron" why="return one indentation too deep" keyword="inside of the loop"
def neuron__returns_early(x, w, b, g):
    z = b
    for d in range(len(x)):
        z += w[d] * x[d]
        return g(z)


# %% wrong="neuron" why="writes over the sum" keyword="writes over"
def neuron__overwritten(x, w, b, g):
    for weight, value in zip(w, x, strict=True):
        z = weight * value
    return g(z + b)


# %% wrong="neuron" why="one weight for the sum of the inputs" keyword="has its own weight"
def neuron__sums(x, w, b, g):
    return g(w.sum() * x.sum() + b)


# %% wrong="neuron" why="the bias as an integer" keyword="bias became a whole number"
def neuron__integer_bias(x, w, b, g):
    return g(w @ x + int(b))


# %% wrong="neuron" why="rounds to one decimal" keyword="rounded"
def neuron__rounded(x, w, b, g):
    return round(float(g(w @ x + b)), 1)


# %% wrong="neuron" why="weighs in an array of the inputs' integers" keyword="whole numbers"
def neuron__integers(x, w, b, g):
    return g((x * w.astype(x.dtype)).sum() + b)


# %% wrong="neuron" why="weighs the caller's inputs" keyword="changed its argument"
def neuron__in_place(x, w, b, g):
    w *= x
    return g(w.sum() + b)


# %% right="neuron" why="a loop with plain Python numbers"
def neuron__loop(x, w, b, g):
    z = float(b)
    for weight, value in zip(w.tolist(), x.tolist(), strict=True):
        z += weight * value
    return g(z)


# %% right="neuron" why="the bias as the weight of an input that is always 1"
def neuron__constant_input(x, w, b, g):
    return g(np.append(w, b) @ np.append(x, 1))


# %% right="neuron" why="single precision"
def neuron__float32(x, w, b, g):
    return g(np.einsum("d,d->", w.astype(np.float32), x.astype(np.float32)) + np.float32(b))


# %% right="neuron" why="a layer of torch with one neuron"
def neuron__module(x, w, b, g):
    layer = torch.nn.Linear(len(x), 1).double()
    layer.weight.data[0], layer.bias.data[0] = torch.tensor(np.array(w)), b
    return g(layer(torch.tensor(np.array(x, dtype=float))).item())


# %% right="neuron" why="torch"
def neuron__torch(x, w, b, g):
    both = [torch.tensor(np.array(values, dtype=float)) for values in (x, w)]
    return g(torch.dot(*both).item() + b)


# %% [markdown]
# What does a neuron with two inputs see? The next cell colors every point of the plane by what your neuron answers,
# with $g = \tanh$. Along the black line $z = 0$. It is straight, always: the weights are the direction across it, the
# bias moves it.

# %%
# Figure · the plane as one neuron sees it
import matplotlib.pyplot as plt

from cnnlib import plot

with expect.written():
    ticks = np.arange(-2.95, 3, 0.1)  # the centers of squares
    fig, panels = plt.subplots(1, 3, figsize=(8.4, 3.4), sharey=True)
    for ax, (weights, bias) in zip(panels, [((1, 2), 0), ((1, 2), 3), ((-3, 1), 0)], strict=True):
        seen = [[float(neuron(np.array([x1, x2]), np.array(weights), bias, np.tanh)) for x1 in ticks] for x2 in ticks]
        ax.imshow(seen, cmap="PuOr", vmin=-1, vmax=1, extent=(-3, 3, -3, 3), origin="lower")
        ax.contour(ticks, ticks, seen, levels=[0], colors="black")
        ax.set(title=f"w = {list(weights)}, b = {bias}", xlabel="x₁")
        ax.grid(False)
    panels[0].set_ylabel("x₂")
    plot.show(
        fig,
        alt="Three square maps. Each is cut by a straight black line into an orange half, where the neuron answers "
        "−1, and a purple half, where it answers +1. A bias of 3 moves the line down without turning it; other weights "
        "turn it.",
    )

# %% [markdown]
# ### 2 · Measure the perceptron's loss  ·  4 points  ·  15 min  ·  ●○○ difficulty
#
# The **perceptron** decides between two classes, called $y = +1$ and $y = -1$. It computes a score $s = \mathbf w^\top
# \mathbf f(\mathbf x)$ and looks at its sign only. The product $y\,s$ is the *margin*: positive where the sign is
# right, negative where it is wrong. The slide's loss is the threshold logic
#
# $$\mathcal L(\mathbf x, y) = \begin{cases} 0 & \text{if } y\,\mathbf w^\top\mathbf f(\mathbf x) > 0 \\
# -y\,\mathbf w^\top\mathbf f(\mathbf x) & \text{if } y\,\mathbf w^\top\mathbf f(\mathbf x) \le 0 \end{cases}$$
#
# Write `perceptron_loss(w, X, y)`: the **mean** of $\mathcal L$ over all N samples, right ones included. Others take
# the sum, or the mean over the misclassified samples; both are different numbers.
#
# | argument | shape | |
# |---|---|---|
# | `w` | `(D,)` | weights |
# | `X` | `(N, D)` | each row is one $\mathbf f(\mathbf x)$; integers or floats, at least one row |
# | `y` | `(N,)` | the classes, `+1` or `-1`, integers or floats; not 0 and 1 |
# | returns | a number | at least 0 |
#
# Where is the bias? **It is one of the weights.** The features $\mathbf f(\mathbf x)$ end with a constant 1, which the
# caller has put there already, and its weight is the bias. So add no column and no bias of your own.
#
# By hand: with `w = [1, -2, 1.5]` the row `[2.5, 3.5, 1]` has the score $2.5 - 7 + 1.5 = -3$. Its class is $+1$, so
# its loss is 3.
#
# <details><summary>Hint 1: the idea</summary>
# First all scores, then all margins, then the losses, then one mean. At each step you have one number for each sample,
# until the mean.
# </details>
# <details><summary>Hint 2: two cases in one</summary>
# A loss is the larger of two numbers: zero, and the margin with its sign changed. NumPy has a function for the larger
# of two, number by number. It is not <code>np.max</code>, which finds the largest number of one array.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# The scores are the matrix times the vector, shape <code>(N,)</code>. Multiply them by <code>y</code>. Take
# <code>np.maximum</code> of zero and minus that product. Return the mean of what comes out.
# </details>


# %% solution="perceptron_loss"
def perceptron_loss(w, X, y):
    """Return the mean perceptron loss, a number: weights (D,), features (N, D), classes (N,) of +1 and -1."""
    ### BEGIN SOLUTION
    margin = y * (X @ w)
    return np.maximum(0, -margin).mean()
    ### END SOLUTION


# %% check="perceptron_loss" points=2 why="the two cases, and the mean over all samples"
@expect.check
def check_perceptron_loss_cases(perceptron_loss):
    X = np.array([[1.2, 2, 1], [3.5, 2.5, 1], [3, 0, 1], [2.5, 3, 1], [3, 2.5, 1], [2.5, 3.5, 1]])
    y = np.array([1, 1, -1, -1, 1, 1])
    expect.close(
        expect.call(perceptron_loss, np.array([1, -2, 1.5]), X, y),
        1.55,
        "perceptron_loss of six samples with the margins −1.3, 0, −4.5, 2, −0.5 and −3",
        rtol=1e-5,
        mistakes={
            "this is the sum: divide by the number of samples": 9.3,
            "the mean over the misclassified samples only: all N samples count, also those of loss zero": 2.325,
            "the mean over the misclassified samples only: all N samples count, also the right ones": 1.86,
            "the sum is divided by the number of features: divide by the number of samples": 3.1,
            "the sum is divided by all numbers in X: divide by the number of samples": 9.3 / 18,
            "`//` cuts the fraction off: divide with `/`": 1,
            "the minus sign is missing: the loss of a wrong sample is −margin, a positive number": -1.55,
            "this is the hinge loss, max(0, 1 − margin): the perceptron's has no 1 in it": 14.3 / 6,
            "the sign is reversed: you punish the samples that are right": 2 / 6,
            "right samples count negative: their loss is 0": 7.3 / 6,
            "y is missing: the score of a sample of class −1 should be negative": 6.8 / 6,
            "y is missing: the score of a sample of class +1 should be positive": 0.75,
            "you counted mistakes: a loss says how wrong the score is": 4 / 6,
            "you counted mistakes: a loss says how wrong the score is, not only that it is": 5 / 6,
            "the absolute margin: a large positive margin is no loss": 11.3 / 6,
            "the losses are squared: this loss grows in proportion to the margin": 31.19 / 6,
            "only the largest loss: take the mean": 4.5,
            "the median of the losses: take the mean": 0.9,
            "the logistic loss, log(1 + exp(−margin)): the perceptron's has a corner": 1.815799288,
            "the classes became 0 and 1, so samples of class −1 never count": 0.8,
            "one loss for each sample: return their mean": [1.3, 0, 4.5, 0, 0.5, 3],
            "a table of every score with every class: y belongs to the score of its own row": 1.005555556,
            "the constant feature is dropped: its weight is the bias": 2.3,
            "a bias of your own is added, 1: the last weight is the bias already": 1.3,
            "the bias counts twice: X @ w has it already": 1.25,
            "the weights are brought to length 1 first: take them as they are": 0.575655548,
            "only the first sample counts: is `return` inside of the loop?": 1.3 / 6,
            "only the last sample counts: each turn of the loop writes over the sum": 0.5,
            "the loss of the last sample alone: return the mean": 3,
        },
    )
    expect.close(
        expect.call(perceptron_loss, np.array([0.5, -0.25]), np.array([[1.0, 1.0], [-2.0, 1.0]]), np.array([1, -1])),
        0,
        "perceptron_loss of two samples that are right, with the margins 0.25 and 1.25",
        mistakes={
            "this is the hinge loss, max(0, 1 − margin): being right is enough for a perceptron": 0.375,
            "right samples count negative: their loss is 0": -0.75,
            "the mean over no sample at all is NaN: all N samples count": np.nan,
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(103)
    for n, d in [(8, 3), (3, 3), (1, 4), (6, 1)]:
        X, w, y = rng.integers(-4, 5, (d, n)).T, rng.integers(-6, 7, d) / 4, rng.choice([-1.0, 1.0], n)
        want = torch.relu(-torch.tensor(y) * torch.mv(torch.tensor(X).double(), torch.tensor(w))).mean()
        expect.close(expect.call(perceptron_loss, w, X, y), want, f"perceptron_loss with N = {n}, D = {d}", rtol=1e-5)
    ### END HIDDEN TESTS


check_perceptron_loss_cases(perceptron_loss)


# %% check="perceptron_loss" points=2 why="ten times the weights, ten times the loss"
@expect.check
def check_perceptron_loss_laws(perceptron_loss):
    X, y = np.array([[2.0, 1, 1], [-1, 4, 1], [0.5, -2, 1], [3, -2, 1]]), np.array([-1, 1, 1, -1])
    w = np.array([1.0, 0.5, -0.5])
    once, tenfold = (expect.call(perceptron_loss, scale * w, X, y) for scale in (1, 10))
    expect.close(
        once,
        1.125,
        "perceptron_loss of four samples with the margins −2, 0.5, −1 and −1.5",
        rtol=1e-5,
        mistakes={
            "this is the sum: divide by the number of samples": 4.5,
            "this is the hinge loss, max(0, 1 − margin): being right is enough for a perceptron": 2,
            "the minus sign is missing: the loss of a wrong sample is −margin, a positive number": -1.125,
            "you counted mistakes: a loss says how wrong the score is": 0.75,
            "one loss for each sample: return their mean": [2, 0, 1, 1.5],
        },
    )
    expect.close(
        tenfold,
        11.25,
        "the same with ten times the weights: no sample changes sides, every score is ten times as large",
        rtol=1e-5,
        mistakes={"the weights are brought to length 1 first: take them as they are": once},
    )
    expect.close(
        expect.call(perceptron_loss, 0 * w, X, y),
        0,
        "perceptron_loss with weights of zero: every margin is 0, and so is −margin",
        mistakes={
            "this is the hinge loss: it is 1 here": 1,
            "the weights are brought to length 1 first: 0 / 0": np.nan,
        },
    )
    ### BEGIN HIDDEN TESTS
    from sklearn.datasets import load_iris

    flowers, kind = load_iris(return_X_y=True)
    measured, signs = np.column_stack([flowers, np.ones(len(kind))]), np.where(kind == 1, 1, -1)
    rng = np.random.default_rng(104)
    for _ in range(4):
        weight = rng.integers(-8, 9, 5) / 8
        margins = [sign * sum(map(lambda a, b: a * b, row, weight)) for sign, row in zip(signs, measured, strict=True)]
        want = sum(-margin for margin in margins if margin <= 0) / len(margins)
        got = expect.call(perceptron_loss, weight, measured, signs)
        expect.close(got, want, "perceptron_loss of 150 irises", rtol=1e-5, atol=1e-5)
    ### END HIDDEN TESTS


check_perceptron_loss_laws(perceptron_loss)


# %% wrong="perceptron_loss" why="sums the losses" keyword="this is the sum"
def perceptron_loss__sum(w, X, y):
    return -np.minimum(y * (X @ w), 0).sum()


# %% wrong="perceptron_loss" why="mean over the mistakes" keyword="misclassified samples only"
def perceptron_loss__mistakes_only(w, X, y):
    products = y * (X @ w)
    wrong = products <= 0
    return -products[wrong].mean() if wrong.any() else 0.0


# %% wrong="perceptron_loss" why="the loss of a support vector machine" keyword="hinge loss"
def perceptron_loss__hinge(w, X, y):
    return np.maximum(0, 1 - y * (X @ w)).mean()


# %% wrong="perceptron_loss" why="punishes what is right" keyword="sign is reversed"
def perceptron_loss__sign_reversed(w, X, y):
    return np.maximum(0, y * (X @ w)).mean()


# %% wrong="perceptron_loss" why="no first case" keyword="count negative"
def perceptron_loss__no_threshold(w, X, y):
    return -(y * (X @ w)).mean()


# %% wrong="perceptron_loss" why="forgets the classes" keyword="y is missing"
def perceptron_loss__no_y(w, X, y):
    return np.maximum(0, -(X @ w)).mean()


# %% wrong="perceptron_loss" why="the share of mistakes" keyword="you counted mistakes"
def perceptron_loss__error_rate(w, X, y):
    return np.mean(y * (X @ w) <= 0)


# %% wrong="perceptron_loss" why="absolute value instead of two cases" keyword="absolute margin"
def perceptron_loss__absolute(w, X, y):
    return np.abs(y * (X @ w)).mean()


# %% wrong="perceptron_loss" why="squares, as in regression" keyword="squared"
def perceptron_loss__squared(w, X, y):
    return (np.maximum(0, -y * (X @ w)) ** 2).mean()


# %% wrong="perceptron_loss" why="maximum over the samples instead of number by number" keyword="only the largest"
def perceptron_loss__largest(w, X, y):
    return max(0, np.max(-y * (X @ w)))


# %% wrong="perceptron_loss" why="does not average" keyword="one loss for each sample"
def perceptron_loss__each(w, X, y):
    return np.maximum(0, -y * (X @ w))


# %% wrong="perceptron_loss" why="changes the classes to 0 and 1" keyword="became 0 and 1"
def perceptron_loss__zero_one(w, X, y):
    return np.maximum(0, -(y > 0).astype(int) * (X @ w)).mean()


# %% wrong="perceptron_loss" why="classes as a column: N × N products" keyword="a table of every score"
def perceptron_loss__table(w, X, y):
    return np.maximum(0, -y[:, None] * (X @ w)).mean()


# %% wrong="perceptron_loss" why="the smooth cousin" keyword="logistic loss"
def perceptron_loss__logistic(w, X, y):
    return np.log1p(np.exp(-y * (X @ w))).mean()


# %% wrong="perceptron_loss" why="the distance to the line instead of the score" keyword="length 1"
def perceptron_loss__normalised(w, X, y):
    length = np.sqrt(w @ w)
    return np.maximum(0, -y * (X @ w) / length).mean() if length else 0.0


# %% wrong="perceptron_loss" why="the minus of the second case is lost" keyword="minus sign is missing"
def perceptron_loss__no_minus(w, X, y):
    return np.minimum(0, y * (X @ w)).mean()


# %% wrong="perceptron_loss" why="divides by the number of features" keyword="number of features"
def perceptron_loss__per_feature(w, X, y):
    return np.maximum(0, -y * (X @ w)).sum() / X.shape[1]


# %% wrong="perceptron_loss" why="divides without the fraction" keyword="cuts the fraction off"
def perceptron_loss__floor(w, X, y):
    return np.maximum(0, -y * (X @ w)).sum() // len(X)


# %% wrong="perceptron_loss" why="return one indentation too deep" keyword="inside of the loop"
def perceptron_loss__returns_early(w, X, y):
    total = 0
    for row, label in zip(X, y, strict=True):
        total += max(0, -label * (row @ w))
        return total / len(X)


# %% wrong="perceptron_loss" why="an equals sign where plus-equals belongs" keyword="writes over the sum"
def perceptron_loss__overwritten(w, X, y):
    for row, label in zip(X, y, strict=True):
        loss = max(0, -label * (row @ w))
    return loss / len(X)


# %% wrong="perceptron_loss" why="the median" keyword="median"
def perceptron_loss__median(w, X, y):
    return np.median(np.maximum(0, -y * (X @ w)))


# %% wrong="perceptron_loss" why="adds the bias that the product has already" keyword="counts twice"
def perceptron_loss__bias_twice(w, X, y):
    return np.maximum(0, -y * (X @ w + w[-1])).mean()


# %% wrong="perceptron_loss" why="takes the constant feature for padding" keyword="constant feature is dropped"
def perceptron_loss__constant_dropped(w, X, y):
    return np.maximum(0, -y * (X[:, :-1] @ w[:-1])).mean()


# %% wrong="perceptron_loss" why="a second bias" keyword="bias of your own"
def perceptron_loss__own_bias(w, X, y):
    return np.maximum(0, -y * (1 + X @ w)).mean()


# %% right="perceptron_loss" why="sample by sample, the two cases as on the slide"
def perceptron_loss__cases(w, X, y):
    total = 0.0
    for features, label in zip(X, y, strict=True):
        margin = label * sum(features * w)
        total += 0.0 if margin > 0 else -margin
    return total / len(y)


# %% right="perceptron_loss" why="half of what the absolute value and the margin differ by"
def perceptron_loss__half_difference(w, X, y):
    margin = np.einsum("n,nd,d->n", y, X, w)
    return np.mean(np.abs(margin) - margin) / 2


# %% right="perceptron_loss" why="torch, in single precision"
def perceptron_loss__torch(w, X, y):
    weight, samples, label = (torch.tensor(np.ascontiguousarray(a), dtype=torch.float32) for a in (w, X, y))
    return torch.nn.functional.relu(-label * (samples @ weight)).mean()


# %% [markdown]
# ### 3 · Train a perceptron  ·  6 points  ·  30 min  ·  ●●○ difficulty
#
# Write `perceptron_fit(X, y, epochs)`, Rosenblatt's rule of 1958. Show the perceptron one sample after the other. When
# it is right, do nothing. When it is wrong, add the sample to the weights, with the sign of its class:
#
# $$\text{if}\quad y_n\,\mathbf w^\top\mathbf x_n \le 0 \quad\text{then}\quad
# \mathbf w \leftarrow \mathbf w + y_n\,\mathbf x_n$$
#
# There are many variants. This exercise fixes one, so that there is exactly one right result:
#
# - The weights **start at zero**, and the learning rate is 1. From zero a rate would only scale all weights.
# - **A margin of exactly 0 is a mistake**, hence $\le$. Otherwise weights of zero would never change.
# - The samples come **in their order**, row 0 first, in every epoch. Others shuffle.
# - An update counts **at once**, for the very next sample. Others collect all updates of an epoch.
# - The **bias is a weight**: the last feature is a constant 1 that the caller has put there, or not. Add nothing.
# - After an epoch **without a mistake** it stops: every sample is right. In any case it stops after `epochs` epochs.
#
# | argument | shape | |
# |---|---|---|
# | `X` | `(N, D)` | one sample in each row, integers or floats |
# | `y` | `(N,)` | the classes, `+1` or `-1`, integers or floats |
# | `epochs` | a number | epochs at most, at least 1 |
# | returns | `weights, mistakes` | `(D,)`, and a list with the number of mistakes (= updates) in each epoch |
#
# If it stopped because an epoch had no mistake, the list ends with that 0.
#
# The first epoch by hand, for the four samples of the check:
#
# | sample | class | weights before | margin | weights after |
# |---|---|---|---|---|
# | `[3, 2, 1]` | +1 | `[0, 0, 0]` | 0, a mistake | `[3, 2, 1]` |
# | `[-2, 2, 1]` | −1 | `[3, 2, 1]` | 1 | the same |
# | `[1, -2, 1]` | −1 | `[3, 2, 1]` | 0, a mistake | `[2, 4, 0]` |
# | `[2, -2, 1]` | +1 | `[2, 4, 0]` | −4, a mistake | `[4, 2, 1]` |
#
# Three mistakes. The second epoch starts with `[4, 2, 1]`.
#
# <details><summary>Hint 1: the idea</summary>
# Two loops: epochs outside, samples inside. One array of weights lives through all of it. A counter of mistakes starts
# again in every epoch.
# </details>
# <details><summary>Hint 2: the order of things</summary>
# At the end of an epoch: first write its number of mistakes into the list, then ask whether it is zero and leave the
# outer loop. The other way round loses the last 0.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Inside: the margin is the class times the dot product of sample and weights. If it is not positive, the weights grow
# by class times sample and the counter by one. Weights that start as <code>np.zeros</code> hold floats; then nothing is
# cut off.
# </details>


# %% solution="perceptron_fit"
def perceptron_fit(X, y, epochs):
    """Return weights (D,) and a list of mistakes per epoch: Rosenblatt's rule on X (N, D), y (N,) of +1 and -1."""
    ### BEGIN SOLUTION
    weights = np.zeros(X.shape[1])
    mistakes = []
    for _ in range(epochs):
        wrong = 0
        for sample, label in zip(X, y, strict=True):
            if label * (weights @ sample) <= 0:
                weights += label * sample
                wrong += 1
        mistakes.append(wrong)
        if not wrong:
            break
    return weights, mistakes
    ### END SOLUTION


# %% check="perceptron_fit" points=2 why="four samples, until all are right"
@expect.check
def check_perceptron_fit_separable(perceptron_fit):
    steps = np.array([[1, 2], [3, 1], [2, 2], [1, 5], [4, 1], [2, 3], [6, 1], [5, 5]])
    first, _ = expect.parts(
        expect.call(perceptron_fit, steps, np.ones(8), 1), "weights, mistakes", "perceptron_fit of eight samples"
    )
    expect.that(
        np.ravel(first).tolist() not in steps[1:].tolist(),
        f"perceptron_fit began with the sample {np.ravel(first).tolist()}; row 0 is {steps[0].tolist()}.\n"
        "Here the samples come in their order in every epoch: no shuffling, no drawing.",
    )
    X, y = np.array([[3, 2, 1], [-2, 2, 1], [1, -2, 1], [2, -2, 1]]), np.array([1, -1, -1, 1])
    weights, mistakes = expect.parts(
        expect.call(perceptron_fit, X, y, 10), "weights, mistakes", "perceptron_fit(X, y, 10)"
    )
    counts = np.ravel(mistakes).tolist()
    after_one_epoch = {
        1: "the training ends after its first epoch: is `return` or `break` inside of the loop over the epochs?",
        2: "an epoch ends at its first right sample: go on to the next sample",
    }.get(len(counts), "the weights start anew in every epoch: they live through all of them")
    expect.close(
        weights,
        [5, 4, 0],
        "the weights of perceptron_fit(X, y, 10), four samples",
        rtol=1e-5,
        mistakes={
            "a margin of exactly 0 must count as a mistake (≤ 0): weights of zero never change otherwise": [0, 0, 0],
            "a score of 0 counts as class −1 (it is a mistake for both classes), or an epoch ends at its first right "
            "sample": [3, 2, 1],
            "a score of 0 counts as class +1: it is a mistake for both classes": [1, 0, -2],
            "the update has the wrong sign: add y·x, do not subtract it": [-70, 20, -10],
            "y is missing in the update: a sample of class −1 is subtracted": [13, -18, 11],
            "every sample changes the weights: only mistakes may": [60, 0, 0],
            "you collect the updates of an epoch: each must count at once, for the very next sample": [6, 4, -2],
            "you take the mean update of an epoch: each must count at once, and in full": [1.5, 1, -0.5],
            after_one_epoch: [4, 2, 1],
            "the epoch ends at its first mistake: go on to the next sample": [4, 2, -1],
            "y − sign is ±2, so each update is twice y·x, and a score of 0 counts as class −1": [6, 4, 2],
            "y − sign is ±2, so each update is twice y·x, and a score of 0 counts as class +1": [2, 0, -4],
            "y − sign is ±2, so each update but the first is twice y·x": [8, 6, -1],
            "your prediction is 0 or 1: the classes are −1 and +1": [15, 4, -20],
            "a rate of 0.1 scales the weights: the rate is 1": [0.5, 0.4, 0],
            "the weights start at one: start at zero": [2, 1, -1],
            "a column of your own for the bias: X has its constant feature already": [4, 2, -1, -1],
            "the constant feature is dropped: its weight is the bias": [3, 2],
            "you swapped the results: first the weights, then the mistakes": [3, 2, 2, 1, 0],
        },
    )
    expect.close(
        mistakes,
        [3, 2, 2, 1, 0],
        "the mistakes of perceptron_fit(X, y, 10), four samples",
        mistakes={
            "the last 0 is missing: the epoch without a mistake belongs to the list": [3, 2, 2, 1],
            "it goes on after an epoch without a mistake: stop there": [3, 2, 2, 1, 0, 0, 0, 0, 0, 0],
            "counted after the epoch, with its last weights: count each mistake when it happens": [1, 1, 1, 0],
            "the total so far: begin to count again in each epoch": [3, 5, 7, 8, 8],
            "the total so far, which is never 0: begin to count again in each epoch": [3, 5, 7] + 7 * [8],
            "one number for all epochs: a list with one number for each": 8,
            "the list begins with a number of your own: one number for each epoch": [*counts[:1], 3, 2, 2, 1, 0],
            "written at each mistake: write once, at the end of the epoch": [1, 2, 3, 1, 2, 1, 2, 1],
            "a margin of exactly 0 is not counted: it changes the weights, so it is a mistake": [1, 2, 1, 1, 0],
            "you counted the samples that were right": [1, 2, 2, 3, 4],
            "the share of mistakes: give their number": [0.75, 0.5, 0.5, 0.25, 0],
        },
    )
    weights, mistakes = expect.parts(
        expect.call(perceptron_fit, X / 4, y, 10), "weights, mistakes", "perceptron_fit(X / 4, y, 10)"
    )
    expect.close(
        weights,
        [1.25, 1, 0],
        "the weights of perceptron_fit(X / 4, y, 10): four times smaller, with the same mistakes",
        rtol=1e-5,
        mistakes={
            "a margin below 1 counts as a mistake, as for the hinge loss: here only ≤ 0 does": [3.25, 0.5, -0.75],
            "each sample is brought to length 1: take it as it is": [5, 4, 0],
            "the fractions are cut off, the weights are integers: `np.zeros` holds floats": [0, 0, 0],
            "the last feature is replaced by 1: take the samples as they are": [2.75, 0.5, -1.0],
        },
    )
    expect.close(mistakes, [3, 2, 2, 1, 0], "the mistakes of perceptron_fit(X / 4, y, 10)")
    ### BEGIN HIDDEN TESTS
    from sklearn.linear_model import Perceptron

    rng = np.random.default_rng(105)
    for n, d in [(6, 3), (12, 2), (1, 4), (40, 5)]:
        drawn = np.asfortranarray(rng.integers(-9, 10, (n, d)) / 2)
        direction = rng.integers(1, 9, d) + 0.25
        drawn = drawn[drawn @ direction != 0]
        labels = np.sign(drawn @ direction)
        if len(set(labels)) == 2:
            model = Perceptron(shuffle=False, fit_intercept=False, tol=None, max_iter=500).fit(drawn, labels)
            weights, mistakes = perceptron_fit(drawn, labels, 500)
            expect.close(weights, model.coef_[0], f"the weights for separable samples, N = {n}", rtol=1e-5)
            *earlier, last = np.ravel(mistakes).tolist()
            expect.that(last == 0 and 0 not in earlier, "the first epoch without a mistake is the last")
        else:
            weights, mistakes = perceptron_fit(drawn, labels, 500)
            expect.close(weights, labels[0] * drawn[0], "the weights for samples of one class", rtol=1e-5)
    ### END HIDDEN TESTS


check_perceptron_fit_separable(perceptron_fit)


# %% check="perceptron_fit" points=2 why="the number of epochs is a limit, also where no line separates"
@expect.check
def check_perceptron_fit_epochs(perceptron_fit):
    X, y = np.array([[3, 2, 1], [-2, 2, 1], [1, -2, 1], [2, -2, 1]]), np.array([1, -1, -1, 1])
    X, y = X[::-1], y[::-1]
    what = "perceptron_fit(X[::-1], y[::-1], 3), the four samples in reverse order"
    weights, mistakes = expect.parts(expect.call(perceptron_fit, X, y, 3), "weights, mistakes", what)
    expect.that(
        np.size(np.ravel(weights)) == 3,
        f"{what}: three features, three weights. Add no column for the bias, and drop none. You return the weights "
        "first, then the mistakes.",
    )
    expect.close(
        mistakes,
        [2, 2, 1],
        f"the mistakes of {what}",
        mistakes={
            "`epochs` is ignored: stop after so many, finished or not": [2, 2, 1, 2, 2, 2, 0],
            "one epoch too few": [2, 2],
            "one epoch too many": [2, 2, 1, 2],
            "the training ends after its first epoch: is `return` or `break` inside of the loop over the epochs?": [2],
            "the weights start anew in every epoch: they live through all of them": [2, 2, 2],
            "a sample is shown again until it is right: each epoch shows every sample once": [4, 1, 2],
            "a margin of exactly 0 must count as a mistake (≤ 0): weights of zero never change otherwise": [0],
            "a score of 0 counts as class −1: it is a mistake for both classes": [2, 2, 0],
            "counted after the epoch, with its last weights: count each mistake when it happens": [1, 1, 1],
            "the total so far: begin to count again in each epoch": [2, 4, 5],
            "you collect the updates of an epoch: each must count at once, for the very next sample": [4, 1, 1],
            "one number for all epochs: a list with one number for each": 5,
            "you swapped the results: first the weights, then the mistakes": [1, 2, -3],
            "the list begins with a number of your own: one number for each epoch": [
                *np.ravel(mistakes).tolist()[:1],
                *(2, 2, 1),
            ],
        },
    )
    expect.close(
        weights,
        [1, 2, -3],
        f"the weights of {what}",
        rtol=1e-5,
        mistakes={
            "a rate of 0.1 scales the weights: the rate is 1": [0.1, 0.2, -0.3],
            "the constant feature is dropped: its weight is the bias": [1, 2],
        },
    )
    for epochs, want in [(2, [2, 0, -2]), (1, [1, 0, 0])]:
        what = f"perceptron_fit(X[::-1], y[::-1], {epochs})"
        weights, mistakes = expect.parts(expect.call(perceptron_fit, X, y, epochs), "weights, mistakes", what)
        expect.close(
            weights,
            want,
            f"the weights of {what}",
            rtol=1e-5,
            mistakes={"the weights of an earlier epoch: return the last": [1, 0, 0]},
        )
        expect.close(mistakes, [2] * epochs, f"the mistakes of {what}")
    xor, classes = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]), np.array([-1, 1, 1, -1])
    weights, mistakes = expect.parts(
        expect.call(perceptron_fit, xor, classes, 6), "weights, mistakes", "perceptron_fit of XOR"
    )
    expect.close(
        mistakes,
        [4] * 6,
        "the mistakes of perceptron_fit of XOR in 6 epochs: every epoch ends where it began",
        mistakes={
            "it stops when the weights are what they were: stop only after an epoch without a mistake": [4],
            "it stops when the number of mistakes stays: stop only after an epoch without a mistake": [4, 4],
        },
    )
    expect.close(weights, [0, 0, 0], "the weights of perceptron_fit of XOR after 6 epochs")
    ### BEGIN HIDDEN TESTS
    from sklearn.linear_model import Perceptron

    rng = np.random.default_rng(106)
    cloud, labels = rng.integers(-6, 7, (30, 3)), rng.choice([-1, 1], 30)
    for epochs in (1, 2, 7):
        model = Perceptron(shuffle=False, fit_intercept=False, tol=None, max_iter=epochs).fit(cloud, labels)
        weights, mistakes = perceptron_fit(cloud, labels, epochs)
        expect.close(weights, model.coef_[0], f"the weights for 30 samples without a pattern, epochs = {epochs}")
        expect.equal(np.size(np.ravel(mistakes)), epochs, "the number of epochs in the list of mistakes")
    ### END HIDDEN TESTS


check_perceptron_fit_epochs(perceptron_fit)


# %% check="perceptron_fit" points=2 why="real flowers and digits, and the promise of the mistake bound"
@expect.check
def check_perceptron_fit_real(perceptron_fit):
    X, y = np.array([[3, 2, 1], [-2, 2, 1], [1, -2, 1], [2, -2, 1]]), np.array([1, -1, -1, 1])
    weights, mistakes = expect.parts(
        expect.call(perceptron_fit, np.tile(X, (25, 1)), np.tile(y, 25), 50),
        "weights, mistakes",
        "perceptron_fit of the four samples, 25 times each",
    )
    expect.close(
        mistakes,
        [8, 0],
        "the mistakes for the four samples, 25 times each: still 8 in all",
        mistakes={
            "the last 0 is missing: the epoch without a mistake belongs to the list": [8],
            "it goes on after an epoch without a mistake: stop there": [8] + 49 * [0],
            "a margin of exactly 0 must count as a mistake (≤ 0), and each mistake is counted when it happens": [0],
            "the total so far: begin to count again in each epoch": [8, 8],
            "weights or counter stand in the wrong loop: every epoch has 8 mistakes": 50 * [8],
            "you swapped the results: first the weights, then the mistakes": [5, 4, 0],
            "the list begins with a number of your own": [*np.ravel(mistakes).tolist()[:1], 8, 0],
        },
    )
    expect.close(weights, [5, 4, 0], "the weights for the four samples, 25 times each")
    ### BEGIN HIDDEN TESTS
    from sklearn.datasets import load_digits, load_iris
    from sklearn.linear_model import Perceptron

    flowers, kind = load_iris(return_X_y=True)
    flowers = np.column_stack([np.rint(10 * flowers).astype(int), np.ones(150, int)])  # in millimeters
    digits, digit = load_digits(return_X_y=True)
    tasks = [
        ("setosa and versicolor", flowers[kind < 2], kind[kind < 2] == 1, 60),
        ("versicolor and virginica", flowers[kind > 0], kind[kind > 0] == 1, 8),
        ("zeros and ones", digits[digit < 2].astype(int), digit[digit < 2] == 0, 60),
        ("threes and eights", digits[np.isin(digit, (3, 8))].astype(int), digit[np.isin(digit, (3, 8))] == 3, 5),
    ]
    for what, samples, positive, epochs in tasks:
        signs = np.where(positive, 1, -1)
        model = Perceptron(shuffle=False, fit_intercept=False, tol=None, max_iter=epochs).fit(samples, signs)
        weights, mistakes = expect.call(perceptron_fit, samples, signs, epochs)
        expect.close(weights, model.coef_[0], f"the weights for {what}")
        # the scores of all samples after each update, from their products with one another alone
        products, scores, counts = samples @ samples.T, np.zeros(len(samples)), []
        while len(counts) < epochs and counts[-1:] != [0]:
            counts.append(0)
            for n, sign in enumerate(signs):
                if sign * scores[n] <= 0:
                    scores, counts[-1] = scores + sign * products[n], counts[-1] + 1
        expect.close(mistakes, counts, f"the mistakes for {what}")
        margins = signs * (samples @ model.coef_[0])
        if margins.min() > 0:
            radius, gap = np.linalg.norm(samples, axis=1).max(), margins.min() / np.linalg.norm(model.coef_)
            expect.that(sum(counts) <= (radius / gap) ** 2, f"more mistakes for {what} than the bound allows")
    ### END HIDDEN TESTS


check_perceptron_fit_real(perceptron_fit)


# %% wrong="perceptron_fit" why="strictly below zero: never learns" keyword="exactly 0 must count"
def perceptron_fit__strict(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) < 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="compares the class with np.where(score >= 0, 1, -1)" keyword="counts as class +1"
def perceptron_fit__zero_is_positive(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if np.where(np.dot(w, X[n]) >= 0, 1, -1) != y[n]:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="compares the class with 1 if score > 0 else -1" keyword="counts as class −1"
def perceptron_fit__zero_is_negative(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if (1 if np.dot(w, X[n]) > 0 else -1) != y[n]:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="subtracts, as in gradient descent on y·s" keyword="wrong sign"
def perceptron_fit__sign(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w - y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="adds the sample whatever its class" keyword="y is missing"
def perceptron_fit__no_class(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="Hebb's rule: learns from right samples too" keyword="every sample changes"
def perceptron_fit__hebb(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            history[-1] += int(y[n] * np.dot(w, X[n]) <= 0)
            w = w + y[n] * X[n]
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="one update an epoch, the sum over its mistakes" keyword="collect the updates"
def perceptron_fit__batch(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        failed = y * (X @ w) <= 0
        history.append(int(failed.sum()))
        if not failed.any():
            break
        w = w + y[failed] @ X[failed]
    return w, history


# %% wrong="perceptron_fit" why="one gradient step an epoch on the mean loss" keyword="mean update"
def perceptron_fit__mean_gradient(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        failed = y * (X @ w) <= 0
        history.append(int(failed.sum()))
        if not failed.any():
            break
        w = w + y[failed] @ X[failed] / len(X)
    return w, history


# %% wrong="perceptron_fit" why="initialises inside of the loop" keyword="start anew"
def perceptron_fit__forgets(X, y, epochs):
    history = []
    for _ in range(epochs):
        w = np.zeros(X.shape[1])
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="break after the first update" keyword="ends at its first mistake"
def perceptron_fit__break(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
                break
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="the delta rule with a sign: updates of 2·y·x" keyword="twice y·x"
def perceptron_fit__doubled(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            error = y[n] - (1 if np.dot(w, X[n]) > 0 else -1)
            w = w + error * X[n]
            history[-1] += int(error != 0)
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="the delta rule of textbooks with classes 0 and 1" keyword="prediction is 0 or 1"
def perceptron_fit__zero_one(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            error = y[n] - (np.dot(w, X[n]) > 0)
            w = w + error * X[n]
            history[-1] += int(error != 0)
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="a learning rate" keyword="rate of 0.1"
def perceptron_fit__rate(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + 0.1 * y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="starts at ones" keyword="start at one"
def perceptron_fit__ones(X, y, epochs):
    w, history = np.ones(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="a bias of its own beside the constant feature" keyword="column of your own"
def perceptron_fit__own_column(X, y, epochs):
    rows = np.c_[X, np.ones(len(X))]
    w, history = np.zeros(rows.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(rows)):
            if y[n] * np.dot(w, rows[n]) <= 0:
                w = w + y[n] * rows[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="shuffles, as later chapters do" keyword="no shuffling"
def perceptron_fit__shuffled(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    rng = np.random.default_rng(0)
    for _ in range(epochs):
        history.append(0)
        for n in rng.permutation(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="leaves before it writes the last 0" keyword="last 0 is missing"
def perceptron_fit__last_zero(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        wrong = 0
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                wrong += 1
        if wrong == 0:
            break
        history.append(wrong)
    return w, history


# %% wrong="perceptron_fit" why="does not stop" keyword="goes on after"
def perceptron_fit__never_stops(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
    return w, history


# %% wrong="perceptron_fit" why="counts with the weights at the end of the epoch" keyword="counted after the epoch"
def perceptron_fit__counted_after(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
        history.append(int((y * (X @ w) <= 0).sum()))
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="a counter that is never reset" keyword="total so far"
def perceptron_fit__cumulative(X, y, epochs):
    w, history, wrong = np.zeros(X.shape[1]), [], 0
    for _ in range(epochs):
        before = wrong
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                wrong += 1
        history.append(wrong)
        if wrong == before:
            break
    return w, history


# %% wrong="perceptron_fit" why="returns them the other way round" keyword="swapped"
def perceptron_fit__swapped(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return history, w


# %% wrong="perceptron_fit" why="demands a margin of 1, as a support vector machine does" keyword="hinge loss"
def perceptron_fit__hinge(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) < 1:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="runs until all are right, whatever the limit" keyword="`epochs` is ignored"
def perceptron_fit__limit_ignored(X, y, epochs):
    w, history = np.zeros(X.shape[1]), [-1]
    while history[-1] and len(history) < 1000:
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
    return w, history[1:]


# %% wrong="perceptron_fit" why="stops when the number of mistakes does not fall" keyword="number of mistakes stays"
def perceptron_fit__no_progress(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        before = w.copy()
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0 or (history[-2:-1] == history[-1:] and np.array_equal(before, w)):
            break
    return w, history


# %% wrong="perceptron_fit" why="returns after the first epoch" keyword="ends after its first epoch"
def perceptron_fit__returns_early(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        return w, history


# %% wrong="perceptron_fit" why="integer weights" keyword="fractions are cut off"
def perceptron_fit__integers(X, y, epochs):
    w, history = np.zeros(X.shape[1], dtype=int), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w[:] = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="writes the constant into the last feature" keyword="replaced by 1"
def perceptron_fit__constant_written(X, y, epochs):
    rows = np.c_[X[:, :-1], np.ones(len(X))]
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(rows)):
            if y[n] * np.dot(w, rows[n]) <= 0:
                w = w + y[n] * rows[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="repeats a sample until it is right" keyword="until it is right"
def perceptron_fit__repeats(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            while y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="leaves the epoch at a right sample" keyword="first right sample"
def perceptron_fit__stops_at_right(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) > 0:
                break
            w = w + y[n] * X[n]
            history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="np.sign of the score in the delta rule" keyword="each update but the first"
def perceptron_fit__sign_of_zero(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            error = y[n] - np.sign(np.dot(w, X[n]))
            w = w + error * X[n]
            history[-1] += int(error != 0)
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="a start value stays in the list" keyword="number of your own"
def perceptron_fit__start_value(X, y, epochs):
    w, history = np.zeros(X.shape[1]), [1]
    while history[-1] and len(history) <= epochs:
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
    return w, history


# %% wrong="perceptron_fit" why="appends inside of the loop over samples" keyword="written at each mistake"
def perceptron_fit__appends_each(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        wrong = 0
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                wrong += 1
                history.append(wrong)
        if wrong == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="one epoch less" keyword="one epoch too few"
def perceptron_fit__range_short(X, y, epochs):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(1, epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% wrong="perceptron_fit" why="keeps the best weights so far, as the pocket algorithm does" keyword="earlier epoch"
def perceptron_fit__pocket(X, y, epochs):
    w, history, best = np.zeros(X.shape[1]), [], None
    for _ in range(epochs):
        history.append(0)
        for n in range(len(X)):
            if y[n] * np.dot(w, X[n]) <= 0:
                w = w + y[n] * X[n]
                history[-1] += 1
        if best is None or history[-1] < min(history[:-1]):
            best = w
        if history[-1] == 0:
            break
    return best, history


# %% wrong="perceptron_fit" why="multiplies the classes into the caller's samples" keyword="changed its argument"
def perceptron_fit__in_place(X, y, epochs):
    X *= y[:, None].astype(X.dtype)
    w, history = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        history.append(0)
        for row in X:
            if np.dot(w, row) <= 0:
                w = w + row
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, history


# %% right="perceptron_fit" why="samples turned to one side, plain Python numbers"
def perceptron_fit__lists(X, y, epochs):
    turned = [[label * value for value in row] for row, label in zip(X.tolist(), y.tolist(), strict=True)]
    w, history = [0.0] * X.shape[1], []
    while len(history) < epochs and history[-1:] != [0]:
        history.append(0)
        for row in turned:
            if sum(a * b for a, b in zip(w, row, strict=True)) <= 0:
                w = [a + b for a, b in zip(w, row, strict=True)]
                history[-1] += 1
    return w, history


# %% right="perceptron_fit" why="jumps from mistake to mistake: all later margins at once, single precision"
def perceptron_fit__jumps(X, y, epochs):
    turned = (X * y[:, None]).astype(np.float32)
    w, history = np.zeros(X.shape[1], np.float32), []
    for _ in range(epochs):
        history.append(0)
        start = 0
        while (ahead := turned[start:] @ w <= 0).any():
            start += int(ahead.argmax()) + 1
            w = w + turned[start - 1]
            history[-1] += 1
        if history[-1] == 0:
            break
    return w, np.array(history)


# %% right="perceptron_fit" why="torch, both results tensors"
def perceptron_fit__torch(X, y, epochs):
    samples, labels = (torch.tensor(np.array(a, dtype=float)) for a in (X, y))
    w, history = torch.zeros(samples.shape[1], dtype=torch.float64), []
    for _ in range(epochs):
        history.append(0)
        for sample, label in zip(samples, labels, strict=True):
            if label * torch.dot(w, sample) <= 0:
                w = w + label * sample
                history[-1] += 1
        if history[-1] == 0:
            break
    return w, torch.tensor(history)


# %% right="perceptron_fit" why="the dual form: how often was each sample a mistake?"
def perceptron_fit__dual(X, y, epochs):
    gram, times, history = X @ X.T, np.zeros(len(X)), []
    for _ in range(epochs):
        before = times.sum()
        for n in range(len(X)):
            times[n] += y[n] * ((times * y) @ gram[n]) <= 0
        history.append(int(times.sum() - before))
        if times.sum() == before:
            break
    return (times * y) @ X, history


# %% [markdown]
# Two species of iris, known by their sepals. A line can part them, and your perceptron finds one; it stops at the first
# line that is good enough, not at the best one. The next cell lets it learn twice: from the centimeters as they are,
# and after the mean of each feature was subtracted. Look how long each takes. Exercise 4 tells why.

# %%
# Figure · a perceptron learns two species of iris
from sklearn.datasets import load_iris

with expect.written():
    flowers, species = load_iris(return_X_y=True)
    sepals, signs = flowers[species < 2, :2], np.where(species[species < 2] == 0, 1, -1)
    length = np.array([4.2, 7.1])
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.6))
    for sign, name, marker in [(1, "setosa", "o"), (-1, "versicolor", "^")]:
        left.scatter(*sepals[signs == sign].T, s=16, marker=marker, label=name)
    for name, line, origin in [("as they are", "-", np.zeros(2)), ("mean subtracted", "--", sepals.mean(axis=0))]:
        features = np.column_stack([sepals - origin, np.ones(100)])
        (along, across, bias), mistakes = perceptron_fit(features, signs, 2000)
        height = origin[1] - (along * (length - origin[0]) + bias) / across
        left.plot(length, height, line, color=plot.ink, label=name)
        right.loglog(
            range(1, len(mistakes) + 1), np.cumsum(mistakes), line, marker=".", label=f"{name}: {sum(mistakes)} in all"
        )
    left.set(xlabel="length of the sepal in cm", ylabel="width of the sepal in cm", ylim=(1.8, 5.2))
    left.legend(fontsize=8)
    right.set(xlabel="epoch", ylabel="mistakes so far")
    right.legend()
    plot.show(
        fig,
        alt="Left: two clouds of points that almost touch, setosa with short and wide sepals, versicolor with long and "
        "narrow ones, and two lines between them. Right: the mistakes so far. On the centimeters as they are, the "
        "perceptron makes about 1500 mistakes in about 700 epochs; with the mean subtracted, 4 mistakes in 3 epochs.",
    )

# %% [markdown]
# ### 4 · Promise an end  ·  3 points  ·  15 min  ·  ●●○ difficulty
#
# How long can training take? Novikoff gave the answer in 1962, and it is astonishing: neither the number of samples nor
# the number of features matters. If some weights $\mathbf w$ separate the classes, then a perceptron that starts at
# zero makes **at most** so many mistakes in its life, in whatever order the samples come:
#
# $$\left(\frac R\gamma\right)^2 \qquad R = \max_n \lVert\mathbf x_n\rVert \qquad
# \gamma = \min_n \frac{y_n\,\mathbf w^\top\mathbf x_n}{\lVert\mathbf w\rVert}$$
#
# $R$ is the length of the longest sample, $\lVert\mathbf x\rVert = \sqrt{\sum_d x_d^2}$. The gap $\gamma$ is how far
# the closest sample stays away from the border.
#
# Write `mistake_bound(X, y, w)`. If a sample is on the wrong side, or on the border itself, then $\gamma \le 0$ and
# there is no promise: return `np.inf`.
#
# | argument | shape | |
# |---|---|---|
# | `X` | `(N, D)` | one sample in each row, the constant feature included; integers or floats |
# | `y` | `(N,)` | the classes, `+1` or `-1`, integers or floats |
# | `w` | `(D,)` | any weights, of any length, not all zero |
# | returns | a number | $(R/\gamma)^2$, not rounded, or `np.inf` |
#
# **The gap is a distance**, therefore the division by $\lVert\mathbf w\rVert$: ten times the weights are the same
# border. Texts that leave it out assume weights of length 1.
#
# <details><summary>Hint 1: the idea</summary>
# Two numbers, then one line. Compute R from <code>X</code> alone, the gap from all three arguments.
# </details>
# <details><summary>Hint 2: lengths</summary>
# <code>np.linalg.norm</code> gives the length of a vector. For a table it needs <code>axis</code>, or it gives one
# number for all of it.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Longest: the maximum of the row norms. Gap: the minimum of class times score, divided by the norm of the weights. If
# the gap is not positive return infinity, otherwise the squared ratio.
# </details>


# %% solution="mistake_bound"
def mistake_bound(X, y, w):
    """Return (R / gap)², np.inf if w does not separate: samples X (N, D), classes y (N,) of +1 and -1, weights (D,)."""
    ### BEGIN SOLUTION
    longest = np.linalg.norm(X, axis=1).max()
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (longest / gap) ** 2 if gap > 0 else np.inf
    ### END SOLUTION


# %% check="mistake_bound" points=2 why="the longest sample, the smallest gap, their ratio squared"
@expect.check
def check_mistake_bound_values(mistake_bound):
    X, y = np.array([[3, 2, 1], [-2, 2, 1], [1, -2, 1], [2, -2, 1]]), np.array([1, -1, -1, 1])
    expect.close(
        expect.call(mistake_bound, X, y, np.array([5, 4, 0])),
        143.5,
        "mistake_bound of the four samples of exercise 3 with w = [5, 4, 0]; R² is 14, the gap is 2 / √41",
        rtol=1e-5,
        mistakes={
            "the margin is not divided by the length of w: the gap is a distance": 3.5,
            "not squared: it is (R / γ)²": 143.5**0.5,
            "upside down: it is R over γ": 1 / 143.5,
            "the average length of the samples: R is the longest": 9.289004271 * 41 / 4,
            "the average gap: γ is the smallest": 14 * 41 / 7.5**2,
            "the largest gap: γ is the smallest": 14 * 41 / 23**2,
            "y is missing: a sample of class −1 should have a negative score": np.inf,
            "y is missing: the smallest score is not the smallest margin": 14 * 41 / 9,
            "the length of the whole table: R is the length of its longest row": 38 * 41 / 4,
            "norms down the columns: a sample is a row": 18 * 41 / 4,
            "the largest number in X: a length is the root of a sum of squares": 9 * 41 / 4,
            "the squared length of w: take its root": 14 * 41**2 / 4,
            "the sum of the absolute weights: the length is the root of the sum of squares": 14 * 81 / 4,
            "the constant feature is left out, or a mean is subtracted: take each sample as it is": 13 * 41 / 4,
            "the shortest sample: R is the longest": 6 * 41 / 4,
            "R is squared twice": 14**2 * 41 / 4,
            "sums of absolute values: a length is the root of a sum of squares": 36 * 81 / 4,
            "each margin is divided by the length of its own sample too: R comes in later, once": 14 * 41 * 9 / 4,
            "only R is squared: (R / γ)² squares both": 14 * 41**0.5 / 2,
            "these are the mistakes of one training: the bound needs none": 8,
            "rounded up: return the number as it is": 144,
            "rounded down: return the number as it is": 143,
        },
    )
    expect.close(
        expect.call(mistake_bound, X, y, np.array([5, 4, 0.5])),
        770 / 3,
        "mistake_bound of the same samples with w = [5, 4, 0.5]; the margins are 23.5, 1.5, 2.5 and 2.5",
        rtol=1e-5,
        mistakes={
            "the last weight is left out of the length of w: the bias is a weight like the others": 14 * 41 / 1.5**2,
            "rounded: return the number as it is": 256.7,
            "rounded to two places: return the number as it is": 256.67,
        },
    )
    ### BEGIN HIDDEN TESTS
    import math

    rng = np.random.default_rng(111)
    for n, d in [(6, 3), (3, 3), (1, 2), (9, 1)]:
        samples, weights = rng.integers(1, 9, (d, n)).T, rng.integers(1, 5, d) / 2
        signs = rng.choice([-1, 1], n)
        samples = samples * signs[:, None]
        scores = [sum(value * weight for value, weight in zip(row, weights, strict=True)) for row in samples.tolist()]
        nearest = min(score * sign for score, sign in zip(scores, signs, strict=True))
        longest = max(math.hypot(*row) for row in samples.tolist())
        want = (longest * math.hypot(*weights) / nearest) ** 2
        got = expect.call(mistake_bound, samples, signs, weights)
        expect.close(got, want, f"mistake_bound with N = {n}, D = {d}", rtol=1e-5)
    ### END HIDDEN TESTS


check_mistake_bound_values(mistake_bound)


# %% check="mistake_bound" points=1 why="the unit does not matter, and no promise without a border"
@expect.check
def check_mistake_bound_laws(mistake_bound):
    X, y = np.array([[3, 2, 1], [-2, 2, 1], [1, -2, 1], [2, -2, 1]]), np.array([1, -1, -1, 1])
    expect.close(
        expect.call(mistake_bound, X, y, np.array([50, 40, 0])),
        143.5,
        "mistake_bound with ten times the weights: the same",
        rtol=1e-5,
        mistakes={
            "the margin is not divided by the length of w: the gap is a distance": 0.035,
            "the squared length of w: take its root": 588_350,
            "y is missing: a sample of class −1 should have a negative score": np.inf,
        },
    )
    expect.close(
        expect.call(mistake_bound, X / 100, y, np.array([5, 4, 0])),
        143.5,
        "mistake_bound with samples in another unit, a hundredth of the numbers: the same",
        rtol=1e-5,
        mistakes={
            "a small gap is a gap: compare it with 0": np.inf,
            "the fractions of the samples are cut off": 0,
            "not both are squared: it is (R / γ)²": 143.5 / 100,
        },
    )
    no_bound = {
        "0 promises that there is no mistake at all: return np.inf": 0,
        "minus infinity is less than 0: return np.inf": -np.inf,
        "NaN is not a number: return np.inf": np.nan,
    }
    expect.close(
        expect.call(mistake_bound, X, y, np.array([1, 0, 3])),
        np.inf,
        "mistake_bound with w = [1, 0, 3], which has two samples on the wrong side, with the margins 6, −1, −4 and 5",
        mistakes={
            "the gap is negative, squaring hides it: there is no bound, return np.inf": 8.75,
            "absolute margins hide that a sample is on the wrong side: there is no bound, return np.inf": 140,
            "the samples on the wrong side are left out: one of them and there is no bound, return np.inf": 5.6,
            **no_bound,
        },
    )
    on_border = np.array([[3, 2, 1], [-2, 2, 1], [0, -2, 1], [2, -2, 1]])
    expect.close(
        expect.call(mistake_bound, on_border, y, np.array([1, 0, 0])),
        np.inf,
        "mistake_bound with w = [1, 0, 0] and the margins 3, 2, 0 and 2: the third sample is exactly on the border",
        mistakes={
            "the sample on the border is left out: its gap is 0, so there is no bound": 14 / 4,
            **no_bound,
        },
    )
    ### BEGIN HIDDEN TESTS
    from sklearn.datasets import load_iris
    from sklearn.svm import LinearSVC

    flowers, kind = load_iris(return_X_y=True)
    for pair in ((0, 1), (0, 2), (1, 2)):
        chosen = np.isin(kind, pair)
        samples, signs = np.column_stack([flowers[chosen], np.ones(100)]), np.where(kind[chosen] == pair[0], 1, -1)
        normal = LinearSVC(C=100, fit_intercept=False, dual=False).fit(samples, signs).coef_[0]
        distance = min(
            sign * row.dot(normal / np.sqrt(normal.dot(normal))) for row, sign in zip(samples, -signs, strict=True)
        )
        want = max(row.dot(row) for row in samples) / distance**2 if distance > 0 else np.inf
        got = expect.call(mistake_bound, samples, -signs, normal)
        expect.close(got, want, f"mistake_bound of two species of iris, {pair}", rtol=1e-3)
    ### END HIDDEN TESTS


check_mistake_bound_laws(mistake_bound)


# %% wrong="mistake_bound" why="the margin as a distance" keyword="divided by the length"
def mistake_bound__margin(X, y, w):
    gap = (y * (X @ w)).min()
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="forgets the square" keyword="not squared"
def mistake_bound__not_squared(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return np.linalg.norm(X, axis=1).max() / gap if gap > 0 else np.inf


# %% wrong="mistake_bound" why="the ratio the other way round" keyword="upside down"
def mistake_bound__upside_down(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (gap / np.linalg.norm(X, axis=1).max()) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="mean length" keyword="average length"
def mistake_bound__mean_length(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).mean() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="mean margin" keyword="average gap"
def mistake_bound__mean_gap(X, y, w):
    gap = (y * (X @ w)).mean() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="largest margin" keyword="largest gap"
def mistake_bound__largest_gap(X, y, w):
    gap = (y * (X @ w)).max() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="scores instead of margins" keyword="y is missing"
def mistake_bound__no_classes(X, y, w):
    gap = (X @ w).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="one norm for the whole table" keyword="whole table"
def mistake_bound__table_norm(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X) / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="the other axis" keyword="down the columns"
def mistake_bound__column_norms(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=0).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="the largest entry as the radius" keyword="largest number in X"
def mistake_bound__largest_entry(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.abs(X).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="w·w without the root" keyword="squared length of w"
def mistake_bound__squared_length(X, y, w):
    gap = (y * (X @ w)).min() / (w @ w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="takes the constant for padding" keyword="constant feature is left out"
def mistake_bound__constant_dropped(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X[:, :-1], axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="the length of the weights without the bias" keyword="left out of the length"
def mistake_bound__bias_dropped(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w[:-1])
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="the shortest sample" keyword="shortest sample"
def mistake_bound__shortest(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).min() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="squares what is a square already" keyword="squared twice"
def mistake_bound__fourth_power(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return ((X**2).sum(axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="the angle instead of the distance" keyword="its own sample"
def mistake_bound__angle(X, y, w):
    gap = (y * (X @ w) / np.linalg.norm(X, axis=1)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="an open border: samples on it do not count" keyword="on the border is left out"
def mistake_bound__border_ignored(X, y, w):
    margin = y * (X @ w)
    ratio = np.linalg.norm(X, axis=1).max() * np.linalg.norm(w) / margin[margin > 0].min()
    return ratio**2 if margin.min() >= 0 else np.inf


# %% wrong="mistake_bound" why="a threshold for the gap" keyword="small gap"
def mistake_bound__tolerance(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0.01 else np.inf


# %% wrong="mistake_bound" why="minus infinity" keyword="minus infinity"
def mistake_bound__minus_infinity(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else -np.inf


# %% wrong="mistake_bound" why="rounds for the eye" keyword="rounded"
def mistake_bound__one_decimal(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return np.round((np.linalg.norm(X, axis=1).max() / gap) ** 2, 1) if gap > 0 else np.inf


# %% wrong="mistake_bound" why="a promise where there is none" keyword="gap is negative"
def mistake_bound__always_finite(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap else np.inf


# %% wrong="mistake_bound" why="distances without a side" keyword="absolute margins"
def mistake_bound__absolute(X, y, w):
    gap = np.abs(X @ w).min() / np.linalg.norm(w)
    return (np.linalg.norm(X, axis=1).max() / gap) ** 2 if gap > 0 else np.inf


# %% wrong="mistake_bound" why="only the right side counts" keyword="left out"
def mistake_bound__right_side_only(X, y, w):
    margin = y * (X @ w)
    return (np.linalg.norm(X, axis=1).max() * np.linalg.norm(w) / margin[margin > 0].min()) ** 2


# %% wrong="mistake_bound" why="a whole number of mistakes" keyword="rounded"
def mistake_bound__rounded(X, y, w):
    gap = (y * (X @ w)).min() / np.linalg.norm(w)
    return np.floor((np.linalg.norm(X, axis=1).max() / gap) ** 2) if gap > 0 else np.inf


# %% right="mistake_bound" why="sample by sample, with plain Python numbers"
def mistake_bound__loop(X, y, w):
    squares, margins = [], []
    for row, label in zip(X.tolist(), y.tolist(), strict=True):
        squares.append(sum(value * value for value in row))
        margins.append(label * sum(value * weight for value, weight in zip(row, w.tolist(), strict=True)))
    if min(margins) <= 0:
        return float("inf")
    return max(squares) * sum(weight * weight for weight in w.tolist()) / min(margins) ** 2


# %% right="mistake_bound" why="brings samples and weights to length 1 at most first, single precision"
def mistake_bound__unit_weights(X, y, w):
    samples, weights = X.astype(np.float32), w.astype(np.float32)
    radius = np.sqrt((samples**2).sum(axis=1).max())
    nearest = np.min(y * ((samples / radius) @ (weights / np.sqrt(weights.dot(weights)))))
    return nearest**-2 if nearest > 0 else np.inf


# %% right="mistake_bound" why="torch"
def mistake_bound__torch(X, y, w):
    samples, label, weight = (torch.tensor(np.array(a, dtype=float)) for a in (X, y, w))
    gap = (label * torch.mv(samples, weight)).min() / torch.linalg.vector_norm(weight)
    ratio = torch.linalg.vector_norm(samples, dim=1).max() / gap.clamp(min=0)
    return ratio.square()


# %% [markdown]
# Is the promise worth anything? The next cell draws a cloud of 200 points, cuts it in two and lets your perceptron
# learn, with the halves ever closer together. The bound knows only the gap and speaks of the worst case: it is never
# broken, and it is far from what happens. Its use is another: it says that training ends, and what makes it short.
# Subtracting the mean makes the samples shorter. And the bias of the same line becomes small, so that the weights get
# shorter and the gap grows. That is what helped with the irises: with the best line for each, the bound falls from
# about 22,000 to about 230.

# %%
# Figure · mistakes and their bound
with expect.written():
    rng = np.random.default_rng(3)
    direction, gaps, made, promised = np.array([0.6, 0.8]), [2, 1, 0.5, 0.2, 0.1, 0.05, 0.02], [], []
    cloud = rng.uniform(-3, 3, (200, 2))
    side = np.where(cloud @ direction > 0, 1, -1)
    for gap in gaps:
        apart = cloud + gap * side[:, None] * direction
        made.append(sum(perceptron_fit(apart, side, 2000)[1]))
        promised.append(mistake_bound(apart, side, direction))
    fig, ax = plt.subplots()
    ax.loglog(gaps, promised, "--", marker="o", label="mistake_bound: at most")
    ax.loglog(gaps, made, marker="o", label="mistakes of perceptron_fit")
    ax.invert_xaxis()
    ax.set(xlabel="shift of each half away from the border", ylabel="mistakes")
    ax.legend()
    plot.show(
        fig,
        alt="Two curves on logarithmic axes, from halves far apart to halves that almost touch. The bound rises from "
        "about ten to more than ten thousand; the mistakes rise from one to about ten and stay far below it.",
    )

# %% [markdown]
# ### 5 · Compute a layer  ·  4 points  ·  15 min  ·  ●●○ difficulty
#
# A **layer** is several neurons that look at the same inputs. Their weights are the rows of a matrix, so one product
# computes all of them:
#
# $$\mathbf f(\mathbf x) = g(\mathbf W\mathbf x + \mathbf b)$$
#
# Write `layer(X, W, b, g)`. It takes a whole batch: each **row** of `X` is one sample $\mathbf x$, each row of the
# result is its $\mathbf f(\mathbf x)$. **Without a loop**, neither over samples nor over neurons.
#
# | argument | shape | |
# |---|---|---|
# | `X` | `(N, D)` | N samples, integers or floats; N may be 1 |
# | `W` | `(K, D)` | one row of weights for each of the K neurons; K may be 1 |
# | `b` | `(K,)` | one bias for each neuron |
# | `g` | a function | takes an array and returns one of the same shape |
# | returns | `(N, K)` | one row for each sample, one column for each neuron |
#
# Here the weights of **a neuron are a row** of `W`, as on the slide and in PyTorch: shape (out, in). Keras keeps them
# in a column: shape (in, out). In a square matrix no error tells the two apart, only the numbers do.
#
# <details><summary>Hint 1: the shapes</summary>
# The slide multiplies <code>(K, D)</code> by <code>(D,)</code>, for one sample. You have <code>(N, D)</code> and
# <code>(K, D)</code> and want <code>(N, K)</code>. In a matrix product the inner sizes must meet and vanish. What has
# to happen to which matrix?
# </details>
# <details><summary>Hint 2: the bias</summary>
# <code>(N, K)</code> plus <code>(K,)</code>: broadcasting lines shapes up from the right, so every row gets all K
# biases. Nothing needs to be reshaped.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# One line: the samples times the transposed weights, plus the biases, all of it inside the call of <code>g</code>.
# </details>


# %% solution="layer"
def layer(X, W, b, g):
    """Return the outputs (N, K) of a layer for samples X (N, D): weights W (K, D), biases b (K,), activation g."""
    ### BEGIN SOLUTION
    return g(X @ W.T + b)
    ### END SOLUTION


# %% check="layer" points=2 why="each sample through each neuron"
@expect.check
def check_layer_values(layer):
    X = np.array([[1, 2, 3], [0, 1, -1], [2, 0, 1]])
    W = np.array([[0.01, 0.03, 0.04], [1, 0, -1], [2, 1, 0]])
    b = np.array([9, 0.5, -1])
    z = np.array([[9.19, -1.5, 3], [8.99, 1.5, 0], [9.06, 1.5, 3]])
    expect.close(
        expect.call(layer, X, W, b, lambda z: z),
        z,
        "layer of three samples and three neurons, the first of them the slide's, with g(z) = z",
        rtol=1e-5,
        mistakes={
            "the weights of a neuron are a row of W, you took a column: transpose W": [
                [17.01, 3.53, -2.96],
                [8, -0.5, -2],
                [11.02, 1.56, -0.92],
            ],
            "samples and neurons are swapped: one row for each sample": [
                [9.19, 8.99, 9.06],
                [-1.5, 1.5, 1.5],
                [3, 0, 3],
            ],
            "the bias is missing": [[0.19, -2, 4], [-0.01, 1, 1], [0.06, 1, 4]],
            "the biases run along the samples: each neuron (column) has its own": [
                [9.19, 7, 13],
                [0.49, 1.5, 1.5],
                [-0.94, 0, 3],
            ],
            "number by number instead of a matrix product: each sample meets every neuron": [
                [9.01, 0.56, -0.88],
                [9, 0.5, 0],
                [13, 0.5, -1],
            ],
            "the columns of X are taken for samples": [[9.09, -0.5, 1], [9.05, 2.5, 4], [9.04, 2.5, 4]],
            "the bias is subtracted, as a threshold is: here it is added": [
                [-8.81, -2.5, 5],
                [-9.01, 0.5, 2],
                [-8.94, 0.5, 5],
            ],
            "only the first sample is computed": [9.19, -1.5, 3],
            "your own activation (a ReLU) instead of the g that was passed": [
                [9.19, 0, 3],
                [8.99, 1.5, 0],
                [9.06, 1.5, 3],
            ],
            "your own activation (a sigmoid) instead of the g that was passed": 1 / (1 + np.exp(-z)),
            "your own activation (a tanh) instead of the g that was passed": np.tanh(z),
            "the first bias is added to all neurons: each has its own": z - b + 9,
            "all biases are added up: each neuron has one of its own": z + 8.5 - b,
            "the samples are added up: each has its own row": [27.24, 1.5, 6],
            "the fractions are lost: the weights became integers": [[9, -1.5, 3], [9, 1.5, 0], [9, 1.5, 3]],
            "the fractions are lost: the result is kept in an array of the samples' integers": [
                [9, -1, 3],
                [8, 1, 0],
                [9, 1, 3],
            ],
        },
    )
    expect.close(
        expect.call(
            layer, np.array([[1, -2]]), np.array([[3, 1], [0, 2], [1, 1]]), np.array([1, 2, -3]), lambda z: np.square(z)
        ),
        [[4, 4, 16]],
        "layer of one sample and three neurons, with g(z) = z²",
        mistakes={
            "g is never called": [[2, -2, -4]],
            "the bias comes after g: it belongs inside": [[2, 18, -2]],
            "g is applied twice": [[16, 16, 256]],
            "g is applied to the inputs: it comes last": [[8, 10, 2]],
            "your own activation (a ReLU) instead of the g that was passed": [[2, 0, 0]],
            "an axis is gone: a batch of one is a batch, shape (1, K)": [4, 4, 16],
            "samples and neurons are swapped: one row for each sample": [[4], [4], [16]],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(107)
    activations = (np.tanh, np.cos, np.arctan, np.exp, np.tanh)
    for (n, d, k), g in zip([(5, 3, 4), (4, 4, 4), (1, 6, 2), (7, 2, 1), (2, 1, 2)], activations, strict=True):
        X, W, b = rng.integers(-3, 4, (d, n)).T, rng.integers(-8, 9, (k, 2 * d))[:, ::2] / 8, rng.integers(-9, 9, k) / 4
        linear = torch.nn.functional.linear(*(torch.tensor(a.copy(), dtype=torch.float64) for a in (X, W, b))).numpy()
        what = f"layer with N = {n}, D = {d}, K = {k}"
        expect.close(expect.call(layer, X, W, b, lambda z, g=g: g(z)), g(linear), what, rtol=1e-5, atol=1e-5)
    ### END HIDDEN TESTS


check_layer_values(layer)


# %% check="layer" points=2 why="no loop over samples, none over neurons"
@expect.check
def check_layer_vectorised(layer):
    expect.close(
        expect.call(
            layer, np.full((4, 3), 2.0), np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([1.0, -6]), lambda z: np.square(z)
        ),
        [[169, 576]] * 4,
        "layer of four samples [2, 2, 2], two neurons [1, 2, 3] and [4, 5, 6] with the biases 1 and −6, and g(z) = z²",
        rtol=1e-5,
        mistakes={
            "g is never called": [[13, 24]] * 4,
            "g is applied to the inputs: it comes last": [[25, 54]] * 4,
            "g is applied twice": [[169**2, 576**2]] * 4,
            "the bias comes after g: it belongs inside": [[145, 894]] * 4,
            "the bias is missing": [[144, 900]] * 4,
            "`reshape` fills row by row and mixes the neurons: transpose W": [[19**2, 18**2]] * 4,
            "samples and neurons are swapped: one row for each sample": [[169] * 4, [576] * 4],
        },
    )
    for what, (n, k) in {"samples": (400, 3), "neurons": (5, 300)}.items():
        few, many = (
            expect.python_steps(layer, np.ones((rows, 6)), np.ones((units, 6)), np.zeros(units), lambda z: z)
            for rows, units in ((5, 3), (n, k))
        )
        expect.that(
            many - few < 100,
            f"With about 100 times as many {what} Python takes far more steps: there is a loop over {what}.\n"
            "One matrix product does all of them.",
        )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(108)
    X, W, b = rng.standard_normal((50, 20)), rng.standard_normal((30, 20)), rng.standard_normal(30)
    want = torch.sigmoid(torch.nn.functional.linear(*map(torch.tensor, (X, W, b))))
    got = expect.call(layer, X, W, b, lambda z: 1 / (1 + np.exp(-z)))
    expect.close(got, want, "layer of 50 samples and 30 neurons with a sigmoid", rtol=1e-4, atol=1e-5)
    ### END HIDDEN TESTS


check_layer_vectorised(layer)


# %% wrong="layer" why="weights of a neuron in a column" keyword="you took a column"
def layer__columns(X, W, b, g):
    return g(X @ W + b)


# %% wrong="layer" why="copies the slide, for a batch of columns" keyword="swapped"
def layer__as_on_the_slide(X, W, b, g):
    return g(W @ X.T + b[:, None])


# %% wrong="layer" why="no bias" keyword="bias is missing"
def layer__bias_missing(X, W, b, g):
    return g(X @ W.T)


# %% wrong="layer" why="a reshape for a transposition" keyword="you took a column"
def layer__reshaped(X, W, b, g):
    return g(X @ W.reshape(W.shape[::-1]) + b)


# %% wrong="layer" why="one bias for the whole layer" keyword="first bias is added"
def layer__one_bias(X, W, b, g):
    return g(X @ W.T + b[0])


# %% wrong="layer" why="always a sigmoid" keyword="a sigmoid"
def layer__sigmoid(X, W, b, g):
    return 1 / (1 + np.exp(-X @ W.T - b))


# %% wrong="layer" why="biases as a column" keyword="along the samples"
def layer__bias_column(X, W, b, g):
    return g(X @ W.T + b.reshape(-1, 1))


# %% wrong="layer" why="the asterisk for a matrix product" keyword="number by number"
def layer__elementwise(X, W, b, g):
    return g(X * W + b)


# %% wrong="layer" why="transposes everything" keyword="columns of X"
def layer__transposed_samples(X, W, b, g):
    return g(X.T @ W.T + b)


# %% wrong="layer" why="a threshold" keyword="as a threshold"
def layer__threshold(X, W, b, g):
    return g(X @ W.T - b)


# %% wrong="layer" why="forgets the activation" keyword="g is never called"
def layer__no_activation(X, W, b, g):
    return X @ W.T + b


# %% wrong="layer" why="the bias outside" keyword="comes after g"
def layer__activation_first(X, W, b, g):
    return g(X @ W.T) + b


# %% wrong="layer" why="activates before and after" keyword="applied twice"
def layer__activated_twice(X, W, b, g):
    z = g(X @ W.T + b)
    return g(z)


# %% wrong="layer" why="activates the inputs" keyword="applied to the inputs"
def layer__inputs_activated(X, W, b, g):
    return g(X) @ W.T + b


# %% wrong="layer" why="always a ReLU" keyword="ReLU"
def layer__relu(X, W, b, g):
    return np.maximum(0, X @ W.T + b)


# %% wrong="layer" why="tidies up the shape" keyword="batch of one is a batch"
def layer__squeezed(X, W, b, g):
    return np.squeeze(g(X @ W.T + b))


# %% wrong="layer" why="a loop over the samples" keyword="loop over samples"
def layer__sample_loop(X, W, b, g):
    return np.array([g(W @ sample + b) for sample in X])


# %% wrong="layer" why="a loop over the neurons" keyword="loop over neurons"
def layer__neuron_loop(X, W, b, g):
    columns = [X @ weights + bias for weights, bias in zip(W, b, strict=True)]
    return g(np.stack(columns, axis=1))


# %% wrong="layer" why="an array like the samples, of integers" keyword="samples' integers"
def layer__integers(X, W, b, g):
    z = np.zeros((len(X), len(W)), dtype=X.dtype)
    z[:] = X @ W.T + b
    return g(z)


# %% wrong="layer" why="sums over the batch as well" keyword="samples are added up"
def layer__summed(X, W, b, g):
    return g((X @ W.T + b).sum(axis=0))


# %% wrong="layer" why="one sample, as on the slide" keyword="only the first sample"
def layer__first_sample(X, W, b, g):
    return g(W @ X[0] + b)


# %% right="layer" why="einsum"
def layer__einsum(X, W, b, g):
    return g(np.einsum("nd,kd->nk", X, W) + b)


# %% right="layer" why="broadcasting: all products, then a sum"
def layer__broadcast(X, W, b, g):
    return g((X[:, None, :] * W[None]).sum(axis=-1) + b)


# %% right="layer" why="the slide's order and two transpositions, single precision"
def layer__two_transpositions(X, W, b, g):
    return g((W.astype(np.float32) @ X.T.astype(np.float32)).T + b.astype(np.float32))


# %% right="layer" why="the bias as weights of an input that is always 1"
def layer__homogeneous(X, W, b, g):
    return g(np.c_[X, np.ones(len(X))] @ np.c_[W, b].T)


# %% right="layer" why="torch"
def layer__torch(X, W, b, g):
    tensors = [torch.tensor(np.array(a, dtype=float)) for a in (X, W, b)]
    return g(torch.nn.functional.linear(*tensors).numpy())


# %% [markdown]
# ### 6 · Put a hidden layer in between  ·  5 points  ·  20 min  ·  ●●○ difficulty
#
# The network of the slides has two layers. The *hidden* one turns the inputs into features $\mathbf h$, the *output*
# layer turns the features into one score for each class, and the softmax turns scores into probabilities:
#
# $$\mathbf h(\mathbf x) = g(\mathbf W^h\mathbf x + \mathbf b^h) \qquad
# \mathbf z^o(\mathbf x) = \mathbf W^o\,\mathbf h(\mathbf x) + \mathbf b^o \qquad
# \mathbf f(\mathbf x) = \operatorname{softmax}(\mathbf z^o(\mathbf x))$$
#
# $$\operatorname{softmax}(\mathbf z)_c = \frac{e^{z_c}}{\sum_j e^{z_j}}$$
#
# Write `one_hidden_layer(X, W_h, b_h, W_o, b_o, g)`. The result is $p(Y = c \mid \mathbf X = \mathbf x)$ for each
# sample: no number in it is negative, and every row adds up to 1.
#
# | argument | shape | |
# |---|---|---|
# | `X` | `(N, D)` | N samples, one in each row; integers or floats; N may be 1 |
# | `W_h`, `b_h` | `(H, D)`, `(H,)` | hidden layer: one row of weights, one bias for each of H neurons; floats |
# | `W_o`, `b_o` | `(K, H)`, `(K,)` | output layer: the same for each of K classes; floats |
# | `g` | a function | activation of the hidden layer only; takes an array, returns one of the same shape |
# | returns | `(N, K)` | probabilities |
#
# Scores may be large: $e^{1000}$ is too large for a float. Subtract from every row of scores its own largest score
# before you take exponentials. Numerator and denominator shrink by the same factor, so the result stays, and the
# largest exponential is $e^0 = 1$.
#
# <details><summary>Hint 1: the idea</summary>
# Four steps, each one line: hidden pre-activation and its activation, scores, shifted exponentials, division. Write
# down the shape after each: <code>(N, H)</code>, then three times <code>(N, K)</code>.
# </details>
# <details><summary>Hint 2: the axis</summary>
# The probabilities of one sample lie in one row. So maximum and sum run along the row, over the last axis, and there is
# one of each for every sample. <code>keepdims=True</code> leaves shape <code>(N, 1)</code>, which broadcasts.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Samples times transposed hidden weights, plus bias, through <code>g</code>. The same with the output weights, without
# <code>g</code>. Subtract the row maximum, take <code>np.exp</code>, divide by the row sum.
# </details>


# %% solution="one_hidden_layer"
def one_hidden_layer(X, W_h, b_h, W_o, b_o, g):
    """Return class probabilities (N, K) of samples X (N, D): a hidden layer W_h (H, D), b_h (H,) with activation g,
    an output layer W_o (K, H), b_o (K,), a softmax.
    """
    ### BEGIN SOLUTION
    hidden = g(X @ W_h.T + b_h)
    scores = hidden @ W_o.T + b_o
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% check="one_hidden_layer" points=3 why="two layers and a softmax, for each sample"
@expect.check
def check_one_hidden_layer_values(one_hidden_layer):
    expect.close(
        expect.call(
            one_hidden_layer,
            np.array([[1, 0.5], [-1, 2]]),
            np.array([[1, -2], [0.5, 1]]),
            np.array([0.5, -1]),
            np.array([[1, -1], [-0.5, 0.25]]),
            np.array([-1, 0.25]),
            lambda z: np.tanh(z),
        ),
        [[0.364282582, 0.635717418], [0.034647215, 0.965352785]],
        "one_hidden_layer of two samples, with two hidden neurons, two classes and g = tanh",
        rtol=1e-5,
        mistakes={
            "the softmax is missing: these are the scores": [[-0.537882843, 0.018941421], [-2.461870368, 0.865405895]],
            "the softmax runs over the samples: it belongs to the classes of each sample": [
                [0.872582435, 0.30017504],
                [0.127417565, 0.69982496],
            ],
            "the softmax runs over the whole batch: each row has its own sum": [
                [0.14368428, 0.250746548],
                [0.020981285, 0.584587887],
            ],
            "one sum for the whole batch: each row has its own sum": [
                [0.21964134, 0.383300856],
                [0.013756947, 0.383300856],
            ],
            "`keepdims` is missing: without it the largest scores lie along the classes, here without an error": [
                [0.571908048, 0.428091952],
                [0.07721434, 0.92278566],
            ],
            "`keepdims` is missing: without it the sums lie along the classes, here without an error": [
                [0.364282582, 0.965352785],
                [0.022816362, 0.965352785],
            ],
            "`keepdims` is missing twice: without it maximum and sum lie along the classes, here without an error": [
                [0.571908048, 0.395809293],
                [0.08351203, 0.92278566],
            ],
            "the exponents have the wrong sign: the largest score must get the largest probability": [
                [0.635717418, 0.364282582],
                [0.965352785, 0.034647215],
            ],
            "the scores are shifted in the sum only: both exponentials need the same shift": [
                [0.371248374, 0.647873574],
                [0.082320754, 2.29364953],
            ],
            "the scores are shifted above the fraction only: both exponentials need the same shift": [
                [0.357447489, 0.623789351],
                [0.014582344, 0.406298341],
            ],
            "divided by the largest exponential: divide by the sum of the row": [
                [0.573025956, 1],
                [0.035890729, 1],
            ],
            "b_h and b_o are swapped": [[0.331203734, 0.668796266], [0.235645885, 0.764354115]],
            "powers of 2 instead of e": [[0.404689944, 0.595310056], [0.090603186, 0.909396814]],
            "this is the number of the likeliest class: return the probabilities": [1, 1],
            "rounded: return the numbers as they are": [[0.364, 0.636], [0.035, 0.965]],
            "the hidden layer has no activation: apply g to it": [
                [0.377540669, 0.622459331],
                [0.000179528, 0.999820472],
            ],
            "the output layer has no g: nothing comes before the softmax": [
                [0.375117847, 0.624882153],
                [0.156488145, 0.843511855],
            ],
            "b_h is missing": [[0.099571687, 0.900428313], [0.02020726, 0.97979274]],
            "b_o is missing": [[0.666673012, 0.333326988], [0.111325146, 0.888674854]],
            "b_h comes after g: it belongs inside": [[0.449672827, 0.550327173], [0.132239725, 0.867760275]],
            "you took a column of W_h for a neuron: its weights are a row": [
                [0.801441972, 0.198558028],
                [0.141772847, 0.858227153],
            ],
            "you took a column of W_o for a neuron: its weights are a row": [
                [0.419271252, 0.580728748],
                [0.026698298, 0.973301702],
            ],
            "you took columns of both matrices for neurons: their weights are rows": [
                [0.797817932, 0.202182068],
                [0.255012144, 0.744987856],
            ],
            "a sigmoid of each score: the softmax makes each row add up to 1": [
                [0.368680224, 0.504735214],
                [0.078574814, 0.703788862],
            ],
            "exponentials alone: divide by the sum of the row": [
                [0.583983329, 1.019121948],
                [0.085275306, 2.375970284],
            ],
            "scores divided by their sum, without exponentials": [
                [1.036500115, -0.036500115],
                [1.542076513, -0.542076513],
            ],
            "these are the logarithms of the probabilities": [
                [-1.009825389, -0.453001125],
                [-3.362537927, -0.035261664],
            ],
            "a softmax in the hidden layer: its activation is g": [
                [0.31254738, 0.68745262],
                [0.077158578, 0.922841422],
            ],
            "this is the argmax, 1 for the likeliest class: return the probabilities": [[0, 1], [0, 1]],
            "your own activation (a ReLU) in the hidden layer instead of the g that was passed": [
                [0.377540669, 0.622459331],
                [0.13296424, 0.86703576],
            ],
            "your own activation (a sigmoid) in the hidden layer instead of the g that was passed": [
                [0.280635602, 0.719364398],
                [0.117991017, 0.882008983],
            ],
        },
    )
    expect.close(
        expect.call(
            one_hidden_layer,
            np.array([[1, 2]]),
            np.array([[1.0, -1], [2, 1]]),
            np.array([0.0, -3]),
            np.array([[5.0, 1], [1, 2], [-2, 4]]),
            np.array([0.0, 1, -2]),
            lambda z: np.maximum(z, 0),
        ),
        [[0.09003057, 0.66524096, 0.24472847]],
        "one_hidden_layer of one sample whose scores are 1, 3 and 2, the slide's example",
        rtol=1e-5,
        mistakes={
            "an axis is gone: a batch of one is a batch, shape (1, K)": [0.09003057, 0.66524096, 0.24472847],
            "the softmax runs over the samples: it belongs to the classes of each sample": [[1, 1, 1]],
            "the softmax is missing: these are the scores": [[1, 3, 2]],
            "your own activation (a tanh) in the hidden layer instead of the g that was passed": [
                [0.002510955, 0.307548893, 0.689940151]
            ],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(109)
    sizes = [(5, 3, 4, 2), (4, 4, 4, 4), (1, 2, 6, 3), (3, 6, 1, 5), (2, 1, 2, 1)]
    for (n, d, h, k), g in zip(sizes, (torch.tanh, torch.relu, torch.cos, torch.sigmoid, torch.sin), strict=True):
        arrays = [rng.standard_normal(shape[::-1]).T for shape in ((n, d), (h, d), (h,), (k, h), (k,))]
        X, W_h, b_h, W_o, b_o = (torch.tensor(array.copy()) for array in arrays)
        linear = torch.nn.functional.linear
        want = torch.softmax(linear(g(linear(X, W_h, b_h)), W_o, b_o), dim=1)
        got = expect.call(one_hidden_layer, *arrays, lambda z, g=g: g(torch.tensor(z)).numpy())
        expect.close(got, want, f"one_hidden_layer with N = {n}, D = {d}, H = {h}, K = {k}", rtol=1e-5, atol=1e-6)
    ### END HIDDEN TESTS


check_one_hidden_layer_values(one_hidden_layer)


# %% check="one_hidden_layer" points=2 why="large scores, and any number of samples"
@expect.check
def check_one_hidden_layer_large(one_hidden_layer):
    expect.close(
        expect.call(
            one_hidden_layer,
            np.array([[20_000, 0], [0, 0]]),
            np.eye(2),
            np.zeros(2),
            np.array([[1.0, 0], [1, 1], [0, 1]]),
            np.array([0.0, 1, 0]),
            lambda z: z,
        ),
        [[0.268941421, 0.731058579, 0], [0.211941558, 0.576116885, 0.211941558]],
        "one_hidden_layer with the scores 20000, 20001, 0 for the first sample and 0, 1, 0 for the second",
        rtol=1e-5,
        mistakes={
            "overflow, e^20000 is infinite: subtract the largest score of each row, not another one, not none": [
                [np.nan, np.nan, 0],
                [0.211941558, 0.576116885, 0.211941558],
            ],
            "you subtracted the largest score of the batch: each row has its own, or nothing of it is left": [
                [0.268941421, 0.731058579, 0],
                [np.nan, np.nan, np.nan],
            ],
            "the exponents have the wrong sign: subtract the largest score from the others": [
                [0, 0, np.nan],
                [0.422318798, 0.155362403, 0.422318798],
            ],
            "the exponents have the wrong sign: the largest score must get the largest probability": [
                [0, 0, 1],
                [0.422318798, 0.155362403, 0.422318798],
            ],
            "NaN is replaced, but the numbers are lost: subtract the largest score of each row first": [
                [0, 0, 0],
                [0.211941558, 0.576116885, 0.211941558],
            ],
            "NaN is replaced by 1, but the numbers are lost: subtract the largest score of each row first": [
                [1, 1, 0],
                [0.211941558, 0.576116885, 0.211941558],
            ],
            "the scores are divided by the largest: subtract it": [
                [0.422306601, 0.422327715, 0.155365684],
                [0.211941558, 0.576116885, 0.211941558],
            ],
            "large scores are clipped, which makes them equal: subtract the largest instead": [
                [0.5, 0.5, 0],
                [0.211941558, 0.576116885, 0.211941558],
            ],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(110)
    W_h, W_o = rng.standard_normal((6, 4)), 400 * rng.standard_normal((3, 6))
    b_h, b_o, X = rng.standard_normal(6), rng.standard_normal(3), rng.standard_normal((40, 4))
    got = np.asarray(expect.call(one_hidden_layer, X, W_h, b_h, W_o, b_o, lambda z: np.tanh(z)))
    hidden = torch.tanh(torch.nn.functional.linear(*map(torch.tensor, (X, W_h, b_h))))
    want = torch.softmax(torch.nn.functional.linear(hidden, *map(torch.tensor, (W_o, b_o))), dim=1)
    expect.close(got, want, "one_hidden_layer of 40 samples with scores of several hundred", rtol=1e-2, atol=1e-3)
    expect.close(got.sum(axis=1), np.ones(40), "the sums of the rows", rtol=1e-5)
    ### END HIDDEN TESTS


check_one_hidden_layer_large(one_hidden_layer)


# %% wrong="one_hidden_layer" why="returns the scores" keyword="softmax is missing"
def one_hidden_layer__no_softmax(X, W_h, b_h, W_o, b_o, g):
    hidden = g(X @ W_h.T + b_h)
    return hidden @ W_o.T + b_o


# %% wrong="one_hidden_layer" why="softmax down the batch" keyword="over the samples"
def one_hidden_layer__batch_axis(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


# %% wrong="one_hidden_layer" why="one sum for the whole table" keyword="over the whole batch"
def one_hidden_layer__one_sum(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max())
    return e / e.sum()


# %% wrong="one_hidden_layer" why="maximum and sum without keepdims" keyword="`keepdims` is missing twice"
def one_hidden_layer__no_keepdims(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1))
    return e / e.sum(axis=1)


# %% wrong="one_hidden_layer" why="the sum without keepdims" keyword="`keepdims` is missing: without it the sums"
def one_hidden_layer__sum_without_keepdims(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


# %% wrong="one_hidden_layer" why="the wrong sign in the exponent, as a sigmoid has it" keyword="wrong sign"
def one_hidden_layer__softmin(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z.min(axis=1, keepdims=True) - z)
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="the shift in the denominator only" keyword="in the sum only"
def one_hidden_layer__shift_below(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    with np.errstate(over="ignore"):
        return np.exp(z) / np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="the biases of the layers exchanged" keyword="swapped"
def one_hidden_layer__biases_swapped(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_o) @ W_o.T + b_h
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="mends the overflow afterwards" keyword="NaN is replaced"
def one_hidden_layer__nan_replaced(X, W_h, b_h, W_o, b_o, g):
    with np.errstate(invalid="ignore", over="ignore"):
        e = np.exp(g(X @ W_h.T + b_h) @ W_o.T + b_o)
        return np.nan_to_num(e / e.sum(axis=1, keepdims=True))


# %% wrong="one_hidden_layer" why="no activation in the hidden layer" keyword="hidden layer has no activation"
def one_hidden_layer__linear(X, W_h, b_h, W_o, b_o, g):
    z = (X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="activates the output layer too" keyword="before the softmax"
def one_hidden_layer__output_activated(X, W_h, b_h, W_o, b_o, g):
    z = g(g(X @ W_h.T + b_h) @ W_o.T + b_o)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="no hidden bias" keyword="b_h is missing"
def one_hidden_layer__no_hidden_bias(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="no output bias" keyword="b_o is missing"
def one_hidden_layer__no_output_bias(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="the hidden bias after the activation" keyword="b_h comes after g"
def one_hidden_layer__bias_outside(X, W_h, b_h, W_o, b_o, g):
    z = (g(X @ W_h.T) + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="weights of a hidden neuron in a column" keyword="took a column of W_h"
def one_hidden_layer__hidden_columns(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="weights of an output neuron in a column" keyword="took a column of W_o"
def one_hidden_layer__output_columns(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="all weights in columns, as Keras keeps them" keyword="columns of both matrices"
def one_hidden_layer__all_columns(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h + b_h) @ W_o + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="a sigmoid for each class" keyword="sigmoid of each score"
def one_hidden_layer__sigmoid(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    return 1 / (1 + np.exp(-z))


# %% wrong="one_hidden_layer" why="exponentials without the division" keyword="divide by the sum"
def one_hidden_layer__not_divided(X, W_h, b_h, W_o, b_o, g):
    with np.errstate(over="ignore"):
        return np.exp(g(X @ W_h.T + b_h) @ W_o.T + b_o)


# %% wrong="one_hidden_layer" why="divides scores by their sum" keyword="without exponentials"
def one_hidden_layer__no_exponential(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    return z / z.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="the logarithm, as losses want it" keyword="logarithms"
def one_hidden_layer__log(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


# %% wrong="one_hidden_layer" why="a softmax in both layers" keyword="softmax in the hidden layer"
def one_hidden_layer__two_softmaxes(X, W_h, b_h, W_o, b_o, g):
    def normalise(z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return normalise(normalise(X @ W_h.T + b_h) @ W_o.T + b_o)


# %% wrong="one_hidden_layer" why="the class instead of its probability" keyword="argmax"
def one_hidden_layer__argmax(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    return np.eye(z.shape[1])[z.argmax(axis=1)]


# %% wrong="one_hidden_layer" why="the formula as it stands: exponentials overflow" keyword="overflow"
def one_hidden_layer__overflow(X, W_h, b_h, W_o, b_o, g):
    with np.errstate(invalid="ignore", over="ignore"):
        e = np.exp(g(X @ W_h.T + b_h) @ W_o.T + b_o)
        return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="subtracts one maximum from all samples" keyword="largest score of the batch"
def one_hidden_layer__global_maximum(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max())
    with np.errstate(invalid="ignore"):
        return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="cuts large scores off" keyword="clipped"
def one_hidden_layer__clipped(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(np.clip(z, -500, 500))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="drops the axis of a batch of one" keyword="batch of one is a batch"
def one_hidden_layer__squeezed(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).squeeze()


# %% wrong="one_hidden_layer" why="shifts the scores in place, in an argument's memory" keyword="changed its argument"
def one_hidden_layer__in_place(X, W_h, b_h, W_o, b_o, g):
    b_o -= b_o.max()
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="always a ReLU" keyword="a ReLU"
def one_hidden_layer__relu(X, W_h, b_h, W_o, b_o, g):
    z = np.maximum(0, X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="one_hidden_layer" why="always tanh" keyword="a tanh"
def one_hidden_layer__tanh(X, W_h, b_h, W_o, b_o, g):
    z = np.tanh(X @ W_h.T + b_h) @ W_o.T + b_o
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% right="one_hidden_layer" why="sample by sample, as on the slide"
def one_hidden_layer__samples(X, W_h, b_h, W_o, b_o, g):
    def probabilities(x):
        scores = (W_o @ g(W_h @ x + b_h) + b_o).tolist()
        weights = [np.exp(score - max(scores)) for score in scores]
        return [weight / sum(weights) for weight in weights]

    return np.array([probabilities(x) for x in X])


# %% right="one_hidden_layer" why="scipy's softmax and einsum, single precision"
def one_hidden_layer__scipy(X, W_h, b_h, W_o, b_o, g):
    from scipy.special import softmax

    X, W_h, b_h, W_o, b_o = (np.asarray(a, np.float32) for a in (X, W_h, b_h, W_o, b_o))
    return softmax(np.einsum("kh,nh->nk", W_o, g(np.einsum("hd,nd->nh", W_h, X) + b_h)) + b_o, axis=1)


# %% right="one_hidden_layer" why="each probability from the differences of the scores"
def one_hidden_layer__differences(X, W_h, b_h, W_o, b_o, g):
    z = g(X @ W_h.T + b_h) @ W_o.T + b_o
    with np.errstate(over="ignore"):
        return 1 / np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2)


# %% right="one_hidden_layer" why="NumPy's layers, torch's softmax"
def one_hidden_layer__torch_softmax(X, W_h, b_h, W_o, b_o, g):
    scores = np.tensordot(g(np.tensordot(X, W_h, axes=(1, 1)) + b_h), W_o, axes=(1, 1)) + b_o
    return torch.softmax(torch.as_tensor(scores), dim=1).numpy()


# %% right="one_hidden_layer" why="torch"
def one_hidden_layer__torch(X, W_h, b_h, W_o, b_o, g):
    X, W_h, b_h, W_o, b_o = (torch.tensor(np.array(a, dtype=float)) for a in (X, W_h, b_h, W_o, b_o))
    hidden = torch.as_tensor(g(torch.nn.functional.linear(X, W_h, b_h).numpy()))
    return torch.nn.functional.linear(hidden, W_o, b_o).softmax(dim=1)


# %% [markdown]
# One neuron cuts the plane in two halves. What can a hidden layer do? The next cell draws twelve hidden neurons and
# three output neurons at random and colors each point of the plane by the probabilities of the three classes; the
# colors blend where your network is in doubt. On the right $g(z) = z$: without an activation, two layers are no more
# than one, and the borders are straight.

# %%
# Figure · three classes by a hidden layer
with expect.written():
    rng = np.random.default_rng(7)
    across, up = np.meshgrid(np.linspace(-3, 3, 161), np.linspace(3, -3, 161))
    points = np.column_stack([across.ravel(), up.ravel()])
    drawn = rng.normal(0, 1.2, (12, 2)), rng.normal(0, 1.2, 12), rng.normal(0, 1.5, (3, 12)), np.zeros(3)
    fig, panels = plt.subplots(1, 2, figsize=(7.4, 3.6))
    for ax, name, g in zip(panels, ["g = tanh", "g(z) = z"], [np.tanh, lambda z: z], strict=True):
        likely = np.asarray(one_hidden_layer(points, *drawn, g)).reshape(161, 161, 3)
        palette = np.array([[0, 114, 178], [213, 94, 0], [240, 228, 66]]) / 255
        ax.imshow(np.clip(likely @ palette, 0, 1), extent=(-3, 3, -3, 3))
        ax.set(title=name, xlabel="x₁", ylabel="x₂")
        ax.grid(False)
    plot.show(
        fig,
        alt="Two square maps in three colors, one for each class. Left, with tanh: the regions of the classes have "
        "curved borders and soft edges. Right, without an activation: straight borders only.",
    )

# %% [markdown]
# ### 7 · Solve XOR  ·  4 points  ·  20 min  ·  ●●○ difficulty
#
# XOR, *exclusive or*, is 1 when exactly one of two inputs is 1:
#
# | $x_1$ | $x_2$ | XOR |
# |---|---|---|
# | 0 | 0 | 0 |
# | 0 | 1 | 1 |
# | 1 | 0 | 1 |
# | 1 | 1 | 0 |
#
# **One perceptron cannot do it**, whatever its weights. Suppose it could, with output 1 where $w_1x_1 + w_2x_2 + b >
# 0$. The four rows demand $b \le 0$, $w_2 + b > 0$, $w_1 + b > 0$ and $w_1 + w_2 + b \le 0$. Add the two in the middle:
# $w_1 + w_2 + 2b > 0$. Add the first and the last: $w_1 + w_2 + 2b \le 0$. Both cannot be true. In 1969 Minsky and
# Papert made this limit famous.
#
# Three neurons can: two in a hidden layer, one behind them. No training here, **choose the weights by hand**. Write
# `xor_network()`, which returns them as arrays or lists of numbers:
#
# | result | shape | |
# |---|---|---|
# | `W_h` | `(2, 2)` | each **row** holds the weights of one hidden neuron, for $x_1$ and $x_2$ |
# | `b_h` | `(2,)` | their biases |
# | `w_o` | `(2,)` | weights of the output neuron, one for each hidden neuron |
# | `b_o` | a number | its bias |
#
# All three neurons have the same activation, a step: the output is **1 if $z > 0$, otherwise 0**. So $z = 0$ gives 0.
# Biases are added to the weighted sum, they are not thresholds.
#
# Real inputs are noisy. Your network must also be right when $x_1$ and $x_2$ are up to 0.1 above or below 0 or 1. There
# are infinitely many good answers.
#
# <details><summary>Hint 1: the idea</summary>
# Draw the four points on paper. One line cannot part the two ones from the two zeros, but two lines can: the ones lie
# in a strip between them. Each line is a hidden neuron.
# </details>
# <details><summary>Hint 2: gates</summary>
# XOR is true when at least one input is 1, and not both are. Which sum of the inputs says "at least one", which "both"?
# The output neuron combines the two answers.
# </details>
# <details><summary>Hint 3: almost the numbers</summary>
# Let both hidden neurons look at the sum of the inputs, which is 0, 1 or 2. One fires from one half upwards. The other
# fires up to one and a half, so its weights are negative. The output fires when both do. Put each border halfway
# between the sums it parts.
# </details>


# %% solution="xor_network"
def xor_network():
    """Return W_h (2, 2), b_h (2,), w_o (2,) and b_o, a number: two hidden neurons and one output that solve XOR."""
    ### BEGIN SOLUTION
    W_h = np.array([[1.0, 1.0], [-1.0, -1.0]])  # at least one, not both
    b_h = np.array([-0.5, 1.5])
    w_o, b_o = np.array([1.0, 1.0]), -1.5  # and
    return W_h, b_h, w_o, b_o
    ### END SOLUTION


# %% check="xor_network" points=2 why="the four rows of the table"
@expect.check
def check_xor_network_table(xor_network):
    results = expect.parts(expect.call(xor_network), "W_h, b_h, w_o, b_o", "xor_network()")
    results = [np.array(result.tolist() if hasattr(result, "tolist") else result) for result in results]
    shapes = [result.shape for result in results]
    expect.that(
        all(result.dtype.kind in "biuf" for result in results),
        "xor_network() returns something else than numbers: arrays or lists of integers or floats are asked for.",
    )
    expect.that(
        shapes[2] != (2, 2),
        "the output neuron comes first in what you return: first W_h and b_h, then w_o and b_o.",
    )
    expect.that(
        results[1].size > 1 or shapes[0] == (2, 2),
        "xor_network() has one hidden neuron. It draws one line, and that is not enough: W_h has the shape (2, 2).",
    )
    expect.that(
        results[1].size <= 2,
        f"xor_network() has {results[1].size} hidden neurons. Two are enough, and two are asked for.",
    )
    for name, want, shape in zip(("W_h", "b_h", "w_o", "b_o"), ((2, 2), (2,), (2,), ()), shapes, strict=True):
        expect.that(shape == want, f"xor_network(): {name} has the shape {shape}, wanted {want}.")
    W_h, b_h, w_o, b_o = (result.astype(float).tolist() for result in results)
    expect.that(bool(np.isfinite([*W_h, b_h, w_o, [b_o, 0]]).all()), "xor_network(): a weight is infinite or NaN.")

    def answers(hidden, shifts, output, shift, fires=lambda z: float(z > 0), inputs=(0, 1)):
        table = []
        for first in inputs:
            for second in inputs:
                felt = [
                    fires(row[0] * first + row[1] * second + bias) for row, bias in zip(hidden, shifts, strict=True)
                ]
                table.append(int(fires(output[0] * felt[0] + output[1] * felt[1] + shift) > 0))
        return table

    came, xor = answers(W_h, b_h, w_o, b_o), [0, 1, 1, 0]
    mirrored, negative = [list(column) for column in zip(*W_h, strict=True)], [-bias for bias in b_h]
    bipolar = "your neurons answer −1 and +1: here they answer 0 and 1"
    if all(came):
        bipolar = (
            "the output neuron fires in every row: b_o is too large for neurons that answer 0 and 1, not −1 and +1"
        )
    variants = {
        "you returned thresholds: a bias is added, so it is the negative of a threshold": answers(
            W_h, negative, w_o, -b_o
        ),
        "W_h is transposed: the weights of one hidden neuron are a row": answers(mirrored, b_h, w_o, b_o),
        "your neurons fire at z = 0 too: here only z > 0 fires": answers(
            W_h, b_h, w_o, b_o, fires=lambda z: float(z >= 0)
        ),
        "your inputs are −1 and +1: here they are 0 and 1": answers(W_h, b_h, w_o, b_o, inputs=(-1, 1)),
        bipolar: answers(W_h, b_h, w_o, b_o, fires=lambda z: 1.0 if z > 0 else -1.0),
        "your hidden neurons are linear, they pass z on: here they answer 0 or 1": answers(W_h, b_h, w_o, b_o, abs),
        "b_h and w_o have changed places: return W_h, b_h, w_o, b_o": answers(W_h, w_o, b_h, b_o),
    }
    reason = next((text for text, table in variants.items() if table == xor), None)
    gates = {
        (0, 1, 1, 1): "this is OR: it must not fire when both inputs are 1",
        (0, 0, 0, 1): "this is AND: it must fire when exactly one input is 1",
        (1, 1, 1, 0): "this is NAND: it must not fire when both inputs are 0",
        (1, 0, 0, 0): "this is NOR: it must fire when exactly one input is 1",
        (1, 0, 0, 1): "this is XNOR, the opposite: change the signs of the output neuron",
        (0, 0, 0, 0): "the output neuron never fires",
        (1, 1, 1, 1): "the output neuron always fires",
        (0, 0, 1, 0): "it fires for (1, 0) only: a second hidden neuron must see (0, 1)",
        (0, 1, 0, 0): "it fires for (0, 1) only: a second hidden neuron must see (1, 0)",
        (0, 0, 1, 1): "the output is the first input, the second does not matter",
        (0, 1, 0, 1): "the output is the second input, the first does not matter",
    }
    reason = reason or gates.get(tuple(came), "count with pen and paper what each hidden neuron answers")
    expect.that(
        came == xor,
        f"xor_network(): for (0, 0), (0, 1), (1, 0), (1, 1) it answers {came}, wanted {xor}.\nLikely reason: {reason}.",
    )


check_xor_network_table(xor_network)


# %% check="xor_network" points=2 why="right for noisy inputs too"
@expect.check
def check_xor_network_noise(xor_network):
    results = [
        np.array(result.tolist() if hasattr(result, "tolist") else result)
        for result in expect.parts(expect.call(xor_network), "W_h, b_h, w_o, b_o", "xor_network()")
    ]
    expect.that(
        [result.shape for result in results] == [(2, 2), (2,), (2,), ()]
        and all(result.dtype.kind in "biuf" and np.isfinite(result).all() for result in results),
        "xor_network() returns other shapes than the table says, or no numbers: the check above tells what.",
    )
    W_h, b_h, w_o, b_o = (torch.tensor(result.astype(float)) for result in results)
    noise = np.array([0, -0.1, -0.04, 0.05, 0.1])
    ### BEGIN HIDDEN TESTS
    noise = np.concatenate([noise, np.random.default_rng(112).uniform(-0.1, 0.1, 20)])
    ### END HIDDEN TESTS
    for first, second in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        around = np.stack(np.meshgrid(first + noise, second + noise), axis=-1).reshape(-1, 2)
        felt = torch.nn.functional.linear(torch.tensor(around), W_h, b_h) > 0
        failed = (torch.mv(felt.double(), w_o) + b_o > 0).numpy() != (first != second)
        expect.that(
            not failed[0], f"xor_network() is wrong for ({first}, {second}) already: begin with the check above."
        )
        where = ", ".join(f"{value:.3g}" for value in around[failed.argmax()])
        expect.that(
            not failed.any(),
            f"xor_network() is right for ({first}, {second}), but wrong for ({where}), which is at most 0.1 away.\n"
            "Likely reason: the line of a hidden neuron passes too close to that point. Move it by its bias.",
        )


check_xor_network_noise(xor_network)


# %% wrong="xor_network" why="lets the case 'both' through" keyword="this is OR"
def xor_network__or():
    return np.array([[1, 0], [0, 1]]), np.array([-0.5, -0.5]), np.array([1, 1]), -0.5


# %% wrong="xor_network" why="only forbids 'both'" keyword="this is NAND"
def xor_network__nand():
    return np.array([[-1.0, -1.0], [-1.0, -1.0]]), np.array([1.5, 1.5]), np.array([1.0, 1.0]), -0.5


# %% wrong="xor_network" why="AND of the inputs instead of AND of the gates" keyword="this is AND"
def xor_network__and():
    return np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([-0.5, -0.5]), np.array([1.0, 1.0]), -1.5


# %% wrong="xor_network" why="the signs of the output are reversed" keyword="this is XNOR"
def xor_network__opposite():
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-0.5, 1.5]), np.array([-1.0, -1.0]), 1.5


# %% wrong="xor_network" why="OR minus AND, but the bias outweighs both" keyword="never fires"
def xor_network__never():
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([-0.5, -1.5]), np.array([1.0, -1.0]), -2.5


# %% wrong="xor_network" why="thresholds instead of biases" keyword="you returned thresholds"
def xor_network__thresholds():
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.5, 1.5]), np.array([1.0, -1.0]), 0.5


# %% wrong="xor_network" why="one hidden neuron in each column" keyword="transposed"
def xor_network__transposed():
    return np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-0.5, 1.5]), np.array([1.0, 1.0]), -1.5


# %% wrong="xor_network" why="a step that fires at zero" keyword="fire at z = 0"
def xor_network__fires_at_zero():
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-1.0, 1.0]), np.array([1.0, 1.0]), -2.0


# %% wrong="xor_network" why="the truth table with −1 and +1" keyword="inputs are −1 and +1"
def xor_network__signed_inputs():
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([1.0, 1.0]), np.array([1.0, 1.0]), -1.5


# %% wrong="xor_network" why="hidden neurons with the values −1 and +1" keyword="not −1 and +1"
def xor_network__signed_neurons():
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-0.5, 1.5]), np.array([1.0, 1.0]), -0.5


# %% wrong="xor_network" why="one gate for each row of the table" keyword="3 hidden neurons"
def xor_network__three_neurons():
    return np.array([[1, -1], [-1, 1], [1, 1]]), np.array([-0.5, -0.5, -1.5]), np.array([1, 1, -1]), -0.5


# %% wrong="xor_network" why="a single line" keyword="one hidden neuron"
def xor_network__one_neuron():
    return np.array([[1.0, -1.0]]), np.array([0.0]), np.array([1.0]), -0.5


# %% wrong="xor_network" why="sees one of the two cases" keyword="for (1, 0) only"
def xor_network__one_case():
    return np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-0.5, -0.5]), np.array([1.0, 1.0]), -0.5


# %% wrong="xor_network" why="the output layer first" keyword="output neuron comes first"
def xor_network__order():
    return np.array([1.0, 1.0]), -1.5, np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-0.5, 1.5])


# %% wrong="xor_network" why="the textbook's weights for ReLU: lines through the corners" keyword="too close"
def xor_network__relu_weights():
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0]), np.array([1.0, -2.0]), 0.0


# %% wrong="xor_network" why="borders that all but touch a corner" keyword="too close"
def xor_network__tight():
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-0.9, 1.9]), np.array([1.0, 1.0]), -1.5


# %% right="xor_network" why="one and not the other, or the other way round"
def xor_network__differences():
    return np.array([[1, -1], [-1, 1]]), np.array([-0.5, -0.5]), np.array([1, 1]), -0.5


# %% wrong="xor_network" why="the biases of both layers side by side, then the weights" keyword="changed places"
def xor_network__places():
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([1.0, 1.0]), np.array([-0.5, 1.5]), -1.5


# %% wrong="xor_network" why="OR where AND belongs" keyword="b_o is too large"
def xor_network__output_or():
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-0.5, 1.5]), np.array([1.0, 1.0]), -0.5


# %% wrong="xor_network" why="numbers as words" keyword="else than numbers"
def xor_network__words():
    return [["1", "1"], ["1", "1"]], ["-.5", "-1.5"], ["1", "-1"], "-.5"


# %% right="xor_network" why="tensors, one of them a parameter"
def xor_network__torch():
    hidden = torch.nn.Parameter(torch.ones(2, 2))
    return hidden, torch.tensor([-0.5, -1.5]), torch.tensor([1.0, -2.0]), torch.tensor(-0.5)


# %% right="xor_network" why="OR minus AND, large weights, lists"
def xor_network__or_minus_and():
    return [[20, 20], [20, 20]], [-10, -30], [60, -60], -30


# %% right="xor_network" why="each gate learned by Rosenblatt's rule from noisy points"
def xor_network__learned():
    grid = np.array([[a, b] for a in (-0.2, 0.2, 0.8, 1.2) for b in (-0.2, 0.2, 0.8, 1.2)])
    bits = grid.round()

    def learn(points, target):
        w, b = np.zeros(2), 0.0
        for _ in range(1000):
            for point, sign in zip(points, target, strict=True):
                if sign * (w @ point + b) <= 0:
                    w, b = w + sign * point, b + sign
        return w, b

    some, both = np.where(bits.any(axis=1), 1, -1), np.where(bits.all(axis=1), 1, -1)
    (w_some, b_some), (w_both, b_both) = learn(grid, some), learn(grid, both)
    w_o, b_o = learn(np.array([[0, 0], [1, 0], [1, 1]]), [-1, 1, -1])
    return np.stack([w_some, w_both]), np.array([b_some, b_both]), w_o, b_o


# %% [markdown]
# Left, your perceptron tries to learn XOR: four mistakes in every epoch, for ever, because each epoch ends with the
# weights it began with. Right, what your three neurons answer at each point of the plane, and the four inputs.

# %%
# Figure · one perceptron and three neurons on XOR
with expect.written():
    inputs, classes = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]), np.array([-1, 1, 1, -1])
    _, mistakes = perceptron_fit(inputs, classes, 20)
    hidden_weights, hidden_biases, output_weights, output_bias = map(np.asarray, xor_network())
    ticks = np.linspace(-0.496, 1.496, 250)  # the centers of squares
    fired = np.full((250, 250), float(output_bias))
    for weights, bias, weight in zip(hidden_weights, hidden_biases, output_weights, strict=True):
        fired += weight * (np.add.outer(weights[1] * ticks, weights[0] * ticks) + bias > 0)
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    left.bar(range(1, len(mistakes) + 1), mistakes, color=plot.colors["orange"])
    left.set(xlabel="epoch", ylabel="mistakes", title="one perceptron")
    right.imshow(fired > 0, cmap="Purples", vmin=0, vmax=2, extent=(-0.5, 1.5, -0.5, 1.5), origin="lower")
    for x1, x2, _ in inputs:
        right.text(x1, x2, str(x1 ^ x2), ha="center", va="center", fontsize=14)
    right.set(xlabel="x₁", ylabel="x₂", title="three neurons")
    right.grid(False)
    plot.show(
        fig,
        alt="Left: twenty bars of the same height, four mistakes in each of twenty epochs. Right: the plane with the "
        "four inputs. A colored region, cut out by two straight lines, holds (0, 1) and (1, 0); (0, 0) and (1, 1) lie "
        "outside.",
    )

# %% [markdown]
# ### 8 · Count the parameters  ·  3 points  ·  15 min  ·  ●○○ difficulty
#
# Layers in which every neuron sees all values of the layer before are called *dense* or *fully connected*. Write
# `count_dense_parameters(sizes)`: how many weights and biases does such a network learn? `sizes` lists the number of
# inputs, then the number of neurons in each layer.
#
# By hand: `[2, 5, 4]` has two inputs, five hidden neurons and four output neurons. Each hidden neuron has two weights
# and a bias, each output neuron has five weights and a bias. Together that is $5\cdot(2+1) + 4\cdot(5+1) = 39$.
#
# | argument | | |
# |---|---|---|
# | `sizes` | list of Python's integers | at least the number of inputs; `[5]` has no layer and no parameters |
# | returns | an integer | Python's or NumPy's, also where it is very large |
#
# **Now check a slide.** It takes a color image of 28 × 28 pixels with 3 channels, two hidden layers of 1000 neurons
# each, and counts
#
# $$28\cdot28\cdot3\cdot2\cdot1000 + 2\cdot1000 = 4.7\text{ million.}$$
#
# Another slide of the same lecture gives the rule for one layer: neurons of this layer times neurons of the layer
# before, plus neurons of this layer. Let your function decide between the two. Which term of the sum is wrong, and what
# does the second hidden layer really see?
#
# <details><summary>Hint 1: the idea</summary>
# Take one layer at a time. A layer has a matrix of weights, with a row for each of its neurons, and a vector of biases.
# </details>
# <details><summary>Hint 2: neighbors</summary>
# You need each size together with the one after it. <code>pairwise(sizes)</code>, imported at the top, walks through
# these pairs: from a list of three it gives two.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Sum over all pairs of neighbors: the size of this layer, times the size before plus one. The one stands for the bias.
# </details>


# %% solution="count_dense_parameters"
def count_dense_parameters(sizes):
    """Return how many weights and biases a dense network has, an integer: sizes = [inputs, layer 1, layer 2, …]."""
    ### BEGIN SOLUTION
    return sum(here * (before + 1) for before, here in pairwise(sizes))
    ### END SOLUTION


# %% check="count_dense_parameters" points=2 why="weights and biases of each layer, and the slide"
@expect.check
def check_count_dense_parameters_slide(count_dense_parameters):
    expect.equal(
        expect.call(count_dense_parameters, [2, 5, 4]),
        39,
        "count_dense_parameters([2, 5, 4])",
        mistakes={
            "the biases are missing: each neuron has one": 30,
            "inputs have no bias: only neurons do": 41,
            "one bias for each layer: each neuron has its own": 32,
            "each layer reads the inputs, as on the slide: it reads the layer before it": 27,
            "the last layer is left out: every size after the first is a layer that learns": 15,
            "only the last layer is counted": 24,
            "a bias for each value that comes in: each neuron has one": 37,
            "these are the neurons: count what they learn": 9,
            "these are all sizes together: count what connects them": 11,
            "the sizes are multiplied with one another: layers add up": 40,
            "every layer also reads all layers before it: it reads the one before": 47,
            "only the biases of the last layer are counted": 34,
            "only the biases of the first layer are counted": 35,
            "a layer too many: before the first size there is none, `sizes[-1]` is the last one": 49,
        },
    )
    expect.equal(
        expect.call(count_dense_parameters, [28 * 28 * 3, 1000, 1000]),
        3_354_000,
        "count_dense_parameters([2352, 1000, 1000]), the network of the slide",
        mistakes={
            "this is the slide's number: there both layers read the image. The second reads the first": 4_706_000,
            "the biases are missing: each neuron has one": 3_352_000,
            "inputs have no bias: only neurons do": 3_356_352,
            "one bias for each layer: each neuron has its own": 3_352_002,
            "the last layer is left out: every size after the first is a layer that learns": 2_353_000,
            "only the last layer is counted": 1_001_000,
            "a bias for each value that comes in: each neuron has one": 3_355_352,
            "every layer also reads all layers before it: it reads the one before": 5_706_000,
            "only the biases of one layer are counted": 3_353_000,
            "the sizes are multiplied with one another: layers add up": 2_352_000_000,
            "these are the neurons: count what they learn": 2000,
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(113)
    for depth in (2, 3, 4, 6):
        sizes = [int(size) for size in rng.integers(1, 40, depth)]
        layers = torch.nn.Sequential(*(torch.nn.Linear(*sizes[i : i + 2]) for i in range(depth - 1)))
        want = sum(parameter.numel() for parameter in layers.parameters())
        expect.equal(expect.call(count_dense_parameters, sizes), want, f"count_dense_parameters({sizes})")
    ### END HIDDEN TESTS


check_count_dense_parameters_slide(count_dense_parameters)


# %% check="count_dense_parameters" points=1 why="one layer, none, very many"
@expect.check
def check_count_dense_parameters_sizes(count_dense_parameters):
    expect.equal(
        expect.call(count_dense_parameters, [5]),
        0,
        "count_dense_parameters([5]), no layer at all",
        mistakes={"inputs have no bias: only neurons do": 5},
    )
    expect.equal(
        expect.call(count_dense_parameters, [7, 4]),
        32,
        "count_dense_parameters([7, 4]), one layer",
        mistakes={
            "the biases are missing: each neuron has one": 28,
            "one bias for each layer: each neuron has its own": 29,
            "a bias for each value that comes in: each neuron has one": 35,
            "the last layer is left out: every size after the first is a layer that learns": 0,
        },
    )
    expect.equal(
        expect.call(count_dense_parameters, [1, 1, 1, 1]),
        6,
        "count_dense_parameters([1, 1, 1, 1])",
        mistakes={"two layers are counted, whatever the list says": 4},
    )
    expect.equal(
        expect.call(count_dense_parameters, [12_000_000, 1_000_000_001, 11]),
        12_000_012_012_000_023,
        "count_dense_parameters([12000000, 1000000001, 11]), more than 2⁵³",
        mistakes={
            "computed with floats, which round beyond 2⁵³: stay with integers": 12_000_012_012_000_022,
            "computed in floats, which round beyond 2⁵³: stay with integers": 12_000_012_012_000_024,
            "computed in int32, which ends at 2³¹: use int64, or Python's integers": -2_058_972_393,
            "each layer reads the inputs, as on the slide: it reads the layer before it": 12_000_001_144_000_012,
        },
    )
    ### BEGIN HIDDEN TESTS
    for sizes, want in [([784, 300, 100, 10], 266_610), ([4096, 4096], 16_781_312), ([1], 0), ([3, 1, 5, 2], 26)]:
        expect.equal(expect.call(count_dense_parameters, sizes), want, f"count_dense_parameters({sizes})")
    ### END HIDDEN TESTS


check_count_dense_parameters_sizes(count_dense_parameters)


# %% wrong="count_dense_parameters" why="the formula of the slide" keyword="each layer reads the inputs"
def count_dense_parameters__slide(sizes):
    return sizes[0] * sum(sizes[1:]) + sum(sizes[1:])


# %% wrong="count_dense_parameters" why="weights only" keyword="biases are missing"
def count_dense_parameters__no_biases(sizes):
    return sum(a * b for a, b in pairwise(sizes))


# %% wrong="count_dense_parameters" why="gives the inputs a bias" keyword="inputs have no bias"
def count_dense_parameters__input_biases(sizes):
    return sum(a * b for a, b in pairwise(sizes)) + sum(sizes)


# %% wrong="count_dense_parameters" why="a bias shared by a layer" keyword="one bias for each layer"
def count_dense_parameters__layer_bias(sizes):
    return sum(a * b + 1 for a, b in pairwise(sizes))


# %% wrong="count_dense_parameters" why="a bias on each input of a layer" keyword="for each value that comes in"
def count_dense_parameters__bias_per_input(sizes):
    return sum(a * b + a for a, b in pairwise(sizes))


# %% wrong="count_dense_parameters" why="a product over the list" keyword="multiplied with one another"
def count_dense_parameters__product(sizes):
    return int(np.prod(sizes))


# %% wrong="count_dense_parameters" why="counts neurons" keyword="these are the neurons"
def count_dense_parameters__neurons(sizes):
    return sum(sizes[1:])


# %% wrong="count_dense_parameters" why="the last layer is not taken for one" keyword="last layer is left out"
def count_dense_parameters__no_output(sizes):
    hidden = sizes[:-1]
    return sum((a + 1) * b for a, b in pairwise(hidden))


# %% wrong="count_dense_parameters" why="written for two layers" keyword="two layers are counted"
def count_dense_parameters__two_layers(sizes):
    padded = [*sizes, 0, 0]
    return (padded[0] + 1) * padded[1] + (padded[1] + 1) * padded[2]


# %% wrong="count_dense_parameters" why="every layer connected with all before it" keyword="reads all layers before"
def count_dense_parameters__all_pairs(sizes):
    return sum((sum(sizes[:i]) + 1) * sizes[i] for i in range(1, len(sizes)))


# %% wrong="count_dense_parameters" why="a float, from a conversion" keyword="gives a float"
def count_dense_parameters__float(sizes):
    return sum(float(a) * b + b for a, b in pairwise(sizes))


# %% wrong="count_dense_parameters" why="rounds a float to an integer at the end" keyword="floats, which round"
def count_dense_parameters__rounded_float(sizes):
    total = 0.0
    for a, b in pairwise(sizes):
        total += a * b + b
    return int(total)


# %% wrong="count_dense_parameters" why="biases for the hidden neurons only" keyword="of the first layer"
def count_dense_parameters__hidden_biases(sizes):
    return sum(a * b for a, b in pairwise(sizes)) + sum(sizes[1:2])


# %% wrong="count_dense_parameters" why="a range that begins with 0, and an index of -1" keyword="a layer too many"
def count_dense_parameters__wraps(sizes):
    return sum(sizes[i] * (sizes[i - 1] + 1) for i in range(len(sizes)))


# %% wrong="count_dense_parameters" why="short integers" keyword="int32"
def count_dense_parameters__int32(sizes):
    size = np.array(sizes, dtype=np.int32)
    return int((size[1:] * (size[:-1] + 1)).sum(dtype=np.int32))


# %% wrong="count_dense_parameters" why="takes the sizes off the caller's list" keyword="changed its argument"
def count_dense_parameters__pops(sizes):
    total, before = 0, sizes.pop(0)
    while sizes:
        here = sizes.pop(0)
        total, before = total + here * (before + 1), here
    return total


# %% right="count_dense_parameters" why="asks torch, on a device without memory"
def count_dense_parameters__torch(sizes):
    layers = [torch.nn.Linear(a, b, device="meta") for a, b in pairwise(sizes)]
    return sum(tensor.numel() for network in layers for tensor in network.parameters())


# %% right="count_dense_parameters" why="a dot product of the list with itself, one place on"
def count_dense_parameters__dot(sizes):
    size = np.array(sizes, dtype=np.int64)
    return np.dot(size[:-1], size[1:]) + size[1:].sum()


# %% right="count_dense_parameters" why="the first layer, then the rest of the network"
def count_dense_parameters__recursive(sizes):
    if len(sizes) < 2:
        return 0
    return sizes[0] * sizes[1] + sizes[1] + count_dense_parameters__recursive(sizes[1:])


# %% [markdown]
# The slide lets *both* layers read the image, as if they stood side by side. But they stand one behind the other: the
# second one sees 1000 hidden values, not 2352 pixel values. The 2000 biases are right, and neither count has an output
# layer. The next cell shows how the error grows with each further layer.

# %%
# Figure · the slide's count and yours
with expect.written():
    layers = np.arange(1, 7)
    slide = [2352 * 1000 * count + 1000 * count for count in layers]
    yours = [count_dense_parameters([2352, *[1000] * count]) for count in layers]
    fig, ax = plt.subplots()
    ax.plot(layers, np.array(slide) / 1e6, "--", marker="o", label="as the slide counts")
    ax.plot(layers, np.array(yours) / 1e6, marker="o", label="count_dense_parameters")
    ax.set(xlabel="hidden layers of 1000 neurons", ylabel="parameters in millions", ylim=(0, None))
    ax.legend()
    plot.show(
        fig,
        alt="Two rising lines over one to six hidden layers. Both begin at 2.35 million. The slide's line rises by "
        "2.35 million with each layer, that of count_dense_parameters by one million; at two layers they are at 4.7 "
        "and 3.35.",
    )

# %% [markdown]
# Three million numbers for a picture the size of a stamp, and no neuron knows which pixels are neighbors. A convolution
# of unit 08 with one filter of 3 × 3 pixels has 28.
#
# Restart and run all, save, hand in. Then go on with the next lesson.
