# %% [markdown]
# # 04 · Optimizers
#
# A gradient says which way is down. It does not say how far to go, and it changes with every batch. Ten exercises build
# what turns gradients into training: batches, steps, memory, a rate for every weight, and a rate for every moment.
# Read lesson 04 first, or beside it.
#
# Afterwards you can write the optimizers that PyTorch offers, tell how large a learning rate may be before training
# explodes, and say what two books mean when their formulas for the same method differ. It takes about two hours.
# Every exercise stands on its own: run the two cells below, and skip what holds you up. The checks are folded; a click
# on their three dots opens them.
#
# | | exercise | the question |
# |---|---|---|
# | 1 | `minibatches` | What is an epoch? |
# | 2 | `gradient_descent` | When does one stop, and what does a step cost? |
# | 3 | `stability_limit` | How large may the rate be? |
# | 4 | `Momentum` | What does it help to remember the way? |
# | 5 | `Nesterov` | Why look before the leap? |
# | 6 | `Adagrad` | A rate for every weight? |
# | 7 | `RMSprop` | And if the past is forgotten? |
# | 8 | `Adadelta` | Can one do without a rate? |
# | 9 | `Adam` | What if one remembers both? |
# | 10 | `schedule` | How does the rate change on the way? |
#
# In exercises 4 to 9 an optimizer is a class, and the rules are the same for all six (but Nesterov's `step` gets a
# function in place of `grads`):
#
# | | | |
# |---|---|---|
# | `step(params, grads, learning_rate)` | method | makes one step; returns nothing |
# | `params` | list of float64 arrays, any shapes | changed **in place** (`-=`): the network holds the same arrays |
# | `grads` | list of float64 arrays, the same shapes | left as they are; the caller may use these arrays again |
# | `learning_rate` | number, 0 or larger | may be another one in the next step |
#
# There is at least one array. One may have the shape `()`, a single number, and one may be transposed; `reshape(-1)` of
# such an array is a copy. A gradient of zeros, or a rate of 0 (a warm-up may begin there), makes a step like any other:
# what the optimizer remembers goes on.
#
# What an optimizer remembers begins as zeros, at the first `step`, when it sees the shapes. It belongs to this one
# optimizer, as do its options: keep them under `self`, the memory in a list in the order of `params`. Array number `i`
# is the same weight in every step.
#
# The letters are the same everywhere too: θ are the parameters, $g$ their gradient, η the learning rate, β the momentum
# (how much of a velocity stays), γ the decay (how much of an average stays). Slides and books use others, such as $w$
# for θ, or γ for the momentum. All operations on arrays work number by number.

# %%
from itertools import islice

import matplotlib.pyplot as plt
import numpy as np
import torch

from cnnlib import expect, plot


# %%
# Tools · what several checks and figures share: run this cell once, you need not read it
def one_epoch(minibatches, X, y, size, rng):
    """Go through an epoch as a training loop does; return its pairs."""
    what = f"minibatches of {len(X)} samples, size {size}"
    mine = X.copy(), y.copy()
    batches = minibatches(*mine, size, rng)
    expect.that(batches is not None, f"{what}: came None.\nA function needs `return` or `yield` to give something.")
    if isinstance(batches, tuple | list) and len(batches) == 2 and all(isinstance(b, np.ndarray) for b in batches):
        raise expect.Mismatch(
            f"{what}: that is one batch. `return` ends the function, loop and all.\n"
            "Use `yield` for each batch, or collect the pairs in a list and return the list."
        )
    pairs = []
    for pair in islice(batches, len(X) + 1):
        pairs.append(pair)
        for name, before, after in [("X", X, mine[0]), ("y", y, mine[1])]:
            expect.that(
                np.array_equal(before, after),
                f"{what}: you changed the caller's `{name}` in place (mutated input).\n"
                "Shuffle the numbers of the samples.",
            )
    expect.that(len(pairs) > 0, f"{what}: no batch came. The last one may be smaller than `size`.")
    if len(pairs) == 2 and isinstance(pairs[0], tuple | list) and len(pairs[0]) > 2:
        raise expect.Mismatch(
            f"{what}: came one list of all X batches and one of all y batches.\n"
            "A training loop needs pairs: the first batch of X together with the first of y, and so on."
        )
    expect.that(
        not any(isinstance(pair, np.ndarray) for pair in pairs),
        f"{what}: a batch came as a single array.\nA training loop needs the samples and their answers: a pair.",
    )
    expect.that(
        all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs),
        f"{what}: a batch is a pair, (X_batch, y_batch): two arrays, no more and no less.",
    )
    for samples, answers in pairs:
        shapes = np.shape(samples), np.shape(answers)
        expect.that(
            shapes[0][:1] == shapes[1][:1] != (),
            f"{what}: a batch holds samples of the shape {shapes[0]} and answers of the shape {shapes[1]}.\n"
            "Both begin with the number of samples in the batch.",
        )
        expect.that(
            shapes[0][0] > 0,
            f"{what}: an empty batch came.\n"
            "Where `size` divides the number of samples, no smaller batch is left over: stop before it.",
        )
    expect.that(
        len(pairs) <= len(X),
        f"{what}: the batches do not end.\nOne call is one epoch: stop when every sample has come.",
    )
    wanted = [(array.dtype, array.shape[1:]) for array in (X, y)]
    expect.that(
        [(np.asarray(part).dtype, np.shape(part)[1:]) for part in pairs[0]] != wanted[::-1],
        f"{what}: X and y have changed places. A pair is (X_batch, y_batch).",
    )
    for side, (name, dtype) in enumerate([("X", X.dtype), ("y", y.dtype)]):
        came = {np.asarray(pair[side]).dtype for pair in pairs}
        expect.that(
            came == {dtype},
            f"{what}: `{name}` has the dtype {dtype}, its batches have {', '.join(map(str, came))}.\n"
            "The dtype must stay. One table of X and y, for instance, turns whole labels into floats.",
        )
    return pairs


def sample_numbers(pairs):
    """Return the numbers of the samples in the order they came: every sample of these checks begins with its own."""
    return np.concatenate([np.asarray(batch).reshape(len(batch), -1)[:, 0] for batch, _ in pairs]).astype(int)


def distances(hessian, rate, steps=1000):
    """Walk down a bowl from a fixed point; return the distance from the minimum at every step."""
    theta, lengths = np.linspace(1.0, 2.0, len(hessian)), []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            lengths.append(np.linalg.norm(theta))
            theta = theta - rate * (hessian @ theta)
    return np.array(lengths)


@np.errstate(all="ignore")
def journey(optimizer, start, stages, beside=None):
    """Take a step for each (gradients, rate); return where the parameters are after it: one row a step.

    Gradients may be a function of the parameters. Another optimizer, `beside`, steps in turns with this one elsewhere.
    """
    params, elsewhere = [array.copy(order="K") for array in start], [array.copy() for array in start]
    held = list(params)  # the network's own: they must move, not the list alone
    stops = []
    for gradients, rate in stages:
        given = gradients if callable(gradients) else [array.copy() for array in gradients]
        optimizer.step(params, given, rate)
        expect.that(
            given is gradients or all(map(np.array_equal, given, gradients)),
            "`step` changed the caller's gradients in place (mutated input): they may be needed again.",
        )
        expect.that(
            len(params) == len(held)
            and all(np.array_equal(*pair, equal_nan=True) for pair in zip(params, held, strict=True)),
            "`step` put a new array into `params`; the network still holds the old one, which did not move.\n"
            "Change the array itself: `-=` and `+=` work in place.",
        )
        stops.append(np.concatenate([array.ravel() for array in held]))
        if beside is not None:
            beside.step(elsewhere, given, 2 * rate)
    return np.array(stops)


def expect_apart(make, beside, start, stages):
    """Refuse optimizers that share memory or options: one must go the same way alone and in turns with another."""
    alone = journey(make(), start, stages)
    optimizer, other = make(), beside()
    expect.that(
        np.array_equal(alone, journey(optimizer, start, stages, other)),
        "an optimizer that takes turns with another one, which has other options, goes another way than alone.\n"
        "The two share one memory, or the options: keep both in `self`, and make the memory at the first step.",
    )


def sgd_of_torch(start, stages, **options):
    """Return the same as `journey`, from torch.optim.SGD."""
    tensors = [torch.tensor(array) for array in start]
    pytorch_sgd, stops = torch.optim.SGD(tensors, lr=1.0, **options), []
    for gradients, rate in stages:
        pytorch_sgd.param_groups[0]["lr"] = rate
        came = gradients([tensor.numpy().copy() for tensor in tensors]) if callable(gradients) else gradients
        for tensor, array in zip(tensors, came, strict=True):
            tensor.grad = torch.tensor(array)
        pytorch_sgd.step()
        stops.append(np.concatenate([tensor.numpy().ravel() for tensor in tensors]))
    return np.array(stops)


class Asked:
    """A gradient that remembers where it was asked for: one row a call, all arrays in one line."""

    def __init__(self, gradient):
        self.gradient, self.points, self.slopes, self.answers, self.trouble = gradient, [], [], [], ""

    def __call__(self, point):
        if isinstance(point, np.ndarray):  # no list, so there is no gradient: `expect_calls` will say so
            self.trouble = "A single array came: `gradient` needs all of them at once."
            return np.zeros_like(point)
        if not isinstance(point, tuple | list):
            self.trouble = "What came can be gone through only once: write [ … for … ] with square brackets."
        arrays = list(point)
        self.points.append(np.concatenate([np.ravel(array) for array in arrays]))
        self.answers.append([np.array(slope, float) for slope in self.gradient([np.array(array) for array in arrays])])
        self.slopes.append(np.concatenate([slope.ravel() for slope in self.answers[-1]]))
        return self.answers[-1]

    def expect_calls(self, steps):
        """Refuse an optimizer that handed over no lists, did not ask once in every step, or changed the answers."""
        expect.that(not self.trouble, f"`gradient` wants a list of arrays.\n{self.trouble}")
        now = [np.concatenate([slope.ravel() for slope in answer]) for answer in self.answers]
        expect.that(
            np.array_equal(now, self.slopes),
            "`step` changed the arrays that `gradient` returned. They belong to whoever made them: read, do not write.",
        )
        expect.that(
            len(self.points) == steps,
            f"calls of `gradient` in {steps} steps: {len(self.points)}.\n"
            "It costs a pass through the network: call it once a step, with a list of all look-ahead points.",
        )


def split(point):
    """Cut a line of five numbers into arrays of shapes (2, 1) and (3,)."""
    return [np.array(point[:2]).reshape(2, 1), np.array(point[2:])]


def coupled_slope(point, target):
    """The gradient of half the squared distance of column × row from a target: each array needs the other."""
    column, row = point
    gap = column * row - target
    return [(gap @ row)[:, None], (column.T @ gap)[0]]


@np.errstate(all="ignore")
def walk(make, start, gradients, rates, beside=None):
    """Return where the steps of a fresh optimizer, `make()`, lead from `start`: one row for each step.

    Then another one takes turns with a third, `beside()`. They know nothing of each other: it must go the same way.
    """
    ways = []
    for makers in [[make], [make, beside or make]]:
        optimizers, places, way = [new() for new in makers], [np.array(start, float) for _ in makers], []
        for gradient, rate in zip(gradients, np.ravel(rates), strict=True):
            for optimizer, place in zip(optimizers, places, strict=True):
                optimizer.step([place], [np.array(gradient, float)], float(rate))
            way.append(places[0].copy())
        ways.append(np.array(way))
    expect.that(
        np.array_equal(*ways, equal_nan=True),
        "an optimizer that takes turns with another one goes another way than alone: their state is shared"
        + (", or their options are.\n" if beside else ".\n")
        + "Every instance needs its own: make it with `self. …` inside `__init__` or in the first `step`,\n"
        "not in the body of the class and not as the default value of an argument.",
    )
    return ways[0]


@np.errstate(all="ignore")
def expect_own_state(make, beside):
    """Refuse an optimizer that has no memory or mixes it up, changes gradients, or replaces arrays.

    Another one, `beside()`, has other options.
    """
    rng = np.random.default_rng(40)
    starts = [rng.standard_normal(shape) for shape in [(2, 3), 4, 4]]
    pulls = [[rng.standard_normal(start.shape) for start in starts] for _ in range(3)]
    params, step = [start.copy() for start in starts], make().step
    held = list(params)
    for pull in pulls:
        grads = [gradient.copy() for gradient in pull]
        step(params, grads, 0.1)
        expect.that(
            all(map(np.array_equal, grads, pull)),
            "`step` changed the caller's gradients. They may be read, not written:\n"
            "if the state begins as a gradient, it must be a copy.",
        )
    for number, (array, start) in enumerate(zip(held, starts, strict=True)):
        moved = not np.array_equal(array, start)
        expect.that(
            moved or np.array_equal(params[number], start),
            f"`step` put a new array into the list, at place {number}. Whoever holds the old one, a layer for\n"
            "instance, never sees the new values: change the array itself, with `-=`.",
        )
        expect.that(
            moved,
            f"array {number} of `params` did not move. `param = param - …` gives a new array that nobody else sees;\n"
            "`param -= …` changes the one the caller holds.",
        )
    expect.that(
        all(np.isfinite(array).all() for array in held),
        "after three steps there is NaN or infinity in `params`: a division by 0, or the root of a negative number.\n"
        "Is a square missing? Does a count of steps begin at 0?",
    )
    same_end = [walk(make, [0.0, 0.0], [pull, [0.5, 0.5]], [0.1, 0.1]) for pull in ([1.0, -2.0], [-3.0, 0.25])]
    expect.that(
        not np.allclose(*(np.diff(rows, axis=0) for rows in same_end)),
        "there is no memory: the second move is the same, whatever the first gradient was.\n"
        "In a loop, `name = …` gives the name to a new array, and the one under `self` stays as it was;\n"
        "`name *= …` and `name += …` change it.",
    )
    for number, (array, start) in enumerate(zip(held, starts, strict=True)):
        alone = walk(make, start, [pull[number] for pull in pulls], [0.1] * 3)[-1]
        expect.that(
            np.allclose(array, alone),
            f"array {number} goes one way in a list of three, another way alone: the arrays disturb each other.\n"
            "Each array needs its own state. What counts steps goes up once in each `step`, not once for each array.",
        )
    single = walk(make, starts[1][:1], [pull[1][:1] for pull in pulls], [0.1] * 3)[-1]
    expect.that(
        np.allclose(held[1][:1], single),
        "the numbers inside an array disturb each other: every single number has its own state,\n"
        "so the state has the shape of its array.",
    )
    slopes = np.array([[1.0, 1.0], [0.0, 1.0], [3.0, -2.0]])
    rest, busy = (walk(make, np.zeros(width), slopes[:, :width], [0.1] * 3) for width in (1, 2))
    expect.that(
        np.allclose(rest[:, 0], busy[:, 0]),
        "a weight whose gradient is 0 for a step goes one way alone, another way beside one that has a gradient.\n"
        "A step with zeros alone must not be left out: the state goes on.",
    )
    steady, paused = (walk(make, [0.0, 0.0], slopes, [0.1, rate, 0.1]) for rate in (0.1, 0.0))
    expect.that(
        np.allclose(*(np.diff(rows, axis=0)[1] for rows in (steady, paused))),
        "a step with the rate 0 moves nothing, but its gradient counts: it must not be left out, the state goes on.",
    )
    walk(make, starts[1], [pull[1] for pull in pulls], [0.1] * 3, beside)


def descend(opt, start, slope, learning_rate, steps):
    """Return the points visited, shape (steps + 1, 2), and the rate that every coordinate got, shape (steps, 2).

    The rate of a coordinate is what it moved, divided by its gradient. `slope(point, t)` returns the gradient.
    """
    point = np.array(start, float)
    points, effective = [point.copy()], []
    for t in range(steps):
        gradient = np.array(slope(point, t), float)
        opt.step([point], [gradient.copy()], learning_rate)
        points.append(point.copy())
        effective.append((points[-2] - points[-1]) / gradient)
    return np.array(points), np.array(effective)


steepness = np.array([1.0, 40.0])  # of a ravine: gentle along the first weight, steep along the second


def draw_ravine(ax, paths):
    """Draw the lines of equal height of the ravine, and paths given as name → points, shape (steps + 1, 2)."""
    x, y = np.meshgrid(np.linspace(-4.5, 1.5, 120), np.linspace(-1.5, 1.5, 80))
    height = steepness[0] * x**2 / 2 + steepness[1] * y**2 / 2
    ax.contour(x, y, height, levels=np.geomspace(0.1, 50, 9), colors="#b0b8c0", linewidths=0.8)
    for name, points in paths.items():
        ax.plot(*points.T, ".-", label=name, linewidth=1.2, markersize=4)
    ax.plot(0, 0, "*", color=plot.colors["gold"], markersize=12)
    ax.set(xlabel="first weight", ylabel="second weight", xlim=(-4.5, 1.5), ylim=(-1.5, 1.5))
    ax.legend(loc="upper right")


# %% [markdown]
# ### 1 · Cut an epoch into batches  ·  3 points  ·  10 min  ·  ●○○ difficulty
#
# Write `minibatches(X, y, size, rng)`. One call is one **epoch**: shuffle all samples, cut them into batches of `size`,
# hand out one pair after the other. A training loop will use it like this:
#
# ```python
# for X_batch, y_batch in minibatches(X, y, 32, rng):
#     ...
# ```
#
# * Every sample comes exactly once in an epoch. Some slides draw each batch anew, so that a sample may come twice and
#   another one never: that is drawing *with replacement*, and not what this exercise asks for.
# * A sample keeps its own answer: row $i$ of `X` and entry $i$ of `y` stay together.
# * If `size` does not divide the number of samples, the last batch is smaller. It is not dropped.
# * The order comes from `rng` itself, so the next epoch with it has another one. Two generators with the same seed give
#   the same one. Every order is possible.
# * The caller's arrays stay as they were.
#
# | argument | shape | |
# |---|---|---|
# | `X` | `(N, ...)` | the samples, any number of axes (images have four), any dtype |
# | `y` | `(N, ...)` | their answers, any dtype |
# | `size` | integer, at least 1 | samples in a batch; may be larger than `N` |
# | `rng` | `np.random.Generator` | where the order comes from |
# | gives | pairs | `(X_batch, y_batch)`, with the dtypes of `X` and `y`; a list, or a generator that uses `yield` |
#
# <details><summary>Hint 1: the idea</summary>
# Do not shuffle the samples, shuffle their numbers. Ten numbers are easy to mix and to cut, and an image of a million
# pixels never moves until its batch is due.
# </details>
# <details><summary>Hint 2: the tools</summary>
# A generator can draw a permutation: all numbers from 0 to N − 1, in a random order. An array indexed by a few of these
# numbers (fancy indexing, unit 00) is a copy that holds just these samples.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Draw the permutation once. Let a start go from 0 to N in steps of <code>size</code>; cut the stretch of that length
# out of the permutation. A slice that goes beyond the end is simply shorter: that is your last batch. Index
# <code>X</code> and <code>y</code> with the same stretch.
# </details>


# %% solution="minibatches"
def minibatches(X, y, size, rng):
    """Give the pairs (X_batch, y_batch) of one epoch: X (N, ...) and y (N, ...) shuffled and cut, each sample once."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        batch = order[start : start + size]
        yield X[batch], y[batch]
    ### END SOLUTION


# %% check="minibatches" points=2 why="every sample once, with its own answer, in batches of the right size"
@expect.check
def check_minibatches_partition(minibatches):
    X = np.arange(10)[:, None] * [1.0, 0.1]  # sample 7 is [7, 0.7], its answer is 700
    y = np.arange(10) * 100
    what = "minibatches of 10 samples, size 3"
    pairs = one_epoch(minibatches, X, y, 3, np.random.default_rng(4))
    expect.equal(
        [len(batch) for batch, _ in pairs],
        [3, 3, 3, 1],
        f"sizes of the {what}",
        mistakes={
            "the last, smaller batch is missing: an epoch holds every sample": [3, 3, 3],
            "the last batch is filled up with samples that came before: let it be smaller": [3, 3, 3, 3],
            "`size` is the number of samples in a batch, not the number of batches": [4, 3, 3],
            "the batches are evened out: all but the last have `size` samples": [3, 3, 2, 2],
            "all samples came in one batch": [10],
            "every batch has one sample": [1] * 10,
        },
    )
    order = sample_numbers(pairs)
    expect.that(
        sorted(order.tolist()) == list(range(10)),
        f"{what}: the samples {order.tolist()} came; some twice, others never.\n"
        "That is drawing with replacement: in an epoch every sample comes exactly once.",
    )
    answers = np.concatenate([np.asarray(answer) for _, answer in pairs])
    expect.that(
        not np.array_equal(answers, order),
        f"{what}: in place of the answers came the numbers of the samples: index y with them.",
    )
    expect.that(
        np.array_equal(np.sort(answers, axis=None), y),
        f"{what}: the answers {answers.tolist()} came.\n"
        "These are not the answers in `y`, each once: index y with the numbers that X is indexed with.",
    )
    expect.that(
        not np.array_equal(answers, y) or np.array_equal(answers, 100 * order),
        f"{what}: only X is shuffled, y comes in its old order.\nIndex both with the same numbers.",
    )
    lost = int(np.argmax(answers != 100 * order))
    expect.that(
        np.array_equal(answers, 100 * order),
        f"{what}: sample {order[lost]} came with the answer of sample {answers[lost] // 100}, for instance.\n"
        "X and y are shuffled separately, or one of them twice: draw one order and use it once for both.",
    )
    expect.equal(
        [len(batch) for batch, _ in one_epoch(minibatches, X[:9], y[:9], 3, np.random.default_rng(5))],
        [3, 3, 3],
        "sizes of the minibatches of 9 samples, size 3",
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(401)
    for count, size in [(7, 2), (12, 4), (5, 8), (1, 3), (6, 1), (9, 9), (40, 7), (300, 64)]:
        images = rng.standard_normal((count, 2, 4, 3)).astype(np.float32)
        images[:, 0, 0, 0] = np.arange(count)
        labels = rng.integers(0, 10, (count, 2))
        pairs = one_epoch(minibatches, images, labels, size, np.random.default_rng(count))
        sizes = [min(size, count - first) for first in range(0, count, size)]
        what = f"minibatches of {count} images, size {size}"
        expect.equal([len(batch) for batch, _ in pairs], sizes, f"sizes of the {what}")
        came = sample_numbers(pairs)
        expect.equal(sorted(came.tolist()), list(range(count)), f"the samples in {what}, sorted")
        expect.close(np.concatenate([batch for batch, _ in pairs]), images[came], f"the images in {what}")
        expect.close(np.concatenate([answer for _, answer in pairs]), labels[came], f"the labels in {what}")
    ### END HIDDEN TESTS


check_minibatches_partition(minibatches)


# %% check="minibatches" points=1 why="a new order for every epoch, from rng"
@expect.check
def check_minibatches_shuffle(minibatches):
    X, y = np.arange(40.0)[:, None], np.arange(40)
    epochs = [one_epoch(minibatches, X, y, 8, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    first, again, other = (sample_numbers(pairs) for pairs in epochs)
    what = "minibatches of 40 samples, size 8"
    expect.that(
        not np.array_equal(first, np.arange(40)),
        f"{what}: the samples come in their old order.\nShuffle them before you cut.",
    )
    expect.that(
        np.array_equal(first, again),
        f"{what}: two generators with the same seed gave two different orders.\n"
        "Draw from `rng`, not from NumPy's global random numbers and not from a generator of your own.",
    )
    expect.that(
        not np.array_equal(first, other),
        f"{what}: two generators with different seeds gave the same order.\n"
        "A generator made inside the function starts anew every time, and so all epochs are the same: draw from `rng`.",
    )
    rng = np.random.default_rng(3)
    one, two = (sample_numbers(one_epoch(minibatches, X, y, 8, rng)) for _ in range(2))
    expect.that(
        not np.array_equal(one, two),
        f"{what}: two epochs with one and the same `rng` came in the same order.\n"
        "A copy of the generator, or its seed, always begins anew: draw from `rng` itself.",
    )
    blocks = [sample_numbers([pair]) for pair in epochs[0]]
    meet_again = all(np.ptp(block) < len(block) for block in blocks)
    expect.that(
        not (meet_again and all((np.diff(block) == 1).all() for block in blocks)),
        f"{what}: only the batches change places, with the same samples in each.\nShuffle first, cut afterwards.",
    )
    expect.that(
        not meet_again,
        f"{what}: the samples are shuffled inside their batch, so the same eight always meet.\n"
        "Shuffle first, cut afterwards.",
    )
    ### BEGIN HIDDEN TESTS
    orders = [sample_numbers(one_epoch(minibatches, X, y, 9, np.random.default_rng(seed))) for seed in range(402, 422)]
    for order in orders:
        neighbours = int((np.abs(np.diff(order)) == 1).sum())
        expect.that(neighbours < 15, f"{what}: {neighbours} of 39 neighbours stayed neighbours: shuffle all samples.")
    for place in (0, 20, 39):
        several = len({int(order[place]) for order in orders})
        expect.that(several > 7, f"{what}: in 20 epochs only {several} samples came at place {place}.")
    jumps = np.diff(orders, axis=1) % 40  # from each sample to the next
    for line in (*jumps, *jumps.T):
        several = len(set(line.tolist()))
        expect.that(several > 6, f"{what}: the orders follow a rule, as in sample + {line[0]}: draw a permutation.")
    ### END HIDDEN TESTS


check_minibatches_shuffle(minibatches)


# %% wrong="minibatches" why="drops the last batch" keyword="smaller batch is missing"
def minibatches__last_dropped(X, y, size, rng):
    order = rng.permutation(len(X))
    for number in range(len(X) // size):
        rows = order[number * size : (number + 1) * size]
        yield X[rows], y[rows]


# %% wrong="minibatches" why="takes size for the number of batches" keyword="not the number of batches"
def minibatches__number_of_batches(X, y, size, rng):
    parts = np.array_split(rng.permutation(len(X)), size)
    return [(X[part], y[part]) for part in parts]


# %% wrong="minibatches" why="array_split evens the batches out" keyword="evened out"
def minibatches__evened_out(X, y, size, rng):
    parts = np.array_split(rng.permutation(len(X)), -(-len(X) // size))
    return [(X[part], y[part]) for part in parts]


# %% wrong="minibatches" why="fills the last batch from the beginning" keyword="filled up"
def minibatches__filled_up(X, y, size, rng):
    order = rng.permutation(len(X))
    needed = -(-len(X) // size) * size
    return [(X[rows], y[rows]) for rows in np.resize(order, needed).reshape(-1, size)]


# %% wrong="minibatches" why="draws every batch anew, with replacement" keyword="with replacement: in an epoch"
def minibatches__with_replacement(X, y, size, rng):
    for first in range(0, len(X), size):
        drawn = rng.integers(0, len(X), min(size, len(X) - first))
        yield X[drawn], y[drawn]


# %% wrong="minibatches" why="forgets to shuffle y" keyword="only X is shuffled"
def minibatches__labels_forgotten(X, y, size, rng):
    X = X[rng.permutation(len(X))]
    return [(X[a : a + size], y[a : a + size]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="two permutations, one for X and one for y" keyword="separately"
def minibatches__separately(X, y, size, rng):
    X, y = rng.permutation(X), rng.permutation(y)
    return [(X[a : a + size], y[a : a + size]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="does not shuffle" keyword="old order"
def minibatches__not_shuffled(X, y, size, rng):
    return [(X[a : a + size], y[a : a + size]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="cuts first and shuffles the batches" keyword="batches change places"
def minibatches__batches_shuffled(X, y, size, rng):
    cuts = range(0, len(X), size)
    for k in rng.permutation(len(cuts) - 1 if len(X) % size else len(cuts)):
        yield X[cuts[k] : cuts[k] + size], y[cuts[k] : cuts[k] + size]
    if len(X) % size:
        yield X[cuts[-1] :], y[cuts[-1] :]


# %% wrong="minibatches" why="cuts first and shuffles inside each batch" keyword="always meet"
def minibatches__inside_batches(X, y, size, rng):
    for a in range(0, len(X), size):
        mixed = a + rng.permutation(len(X[a : a + size]))
        yield X[mixed], y[mixed]


# %% wrong="minibatches" why="makes its own generator with a fixed seed" keyword="all epochs are the same"
def minibatches__fixed_seed(X, y, size, rng):
    rng = np.random.default_rng(42)
    order = rng.permutation(len(X))
    return [(X[order[a : a + size]], y[order[a : a + size]]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="draws from a copy of the generator" keyword="copy of the generator"
def minibatches__copied_generator(X, y, size, rng):
    from copy import deepcopy

    order = deepcopy(rng).permutation(len(X))
    return [(X[order[a : a + size]], y[order[a : a + size]]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="rolls the samples round in place of a permutation" keyword="follow a rule"
def minibatches__rolled(X, y, size, rng):
    places = np.arange(len(X))
    order = np.roll(np.concatenate([places[::-2], places[-2::-2]]), rng.integers(len(X)))
    return [(X[order[a : a + size]], y[order[a : a + size]]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="shuffles with the global random numbers" keyword="global random numbers"
def minibatches__global_numbers(X, y, size, rng):
    order = np.arange(len(X))
    np.random.shuffle(order)
    return [(X[order[a : a + size]], y[order[a : a + size]]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="shuffles the caller's arrays" keyword="mutated input"
def minibatches__in_place(X, y, size, rng):
    order = rng.permutation(len(X))
    X[:], y[:] = X[order], y[order]
    return [(X[a : a + size].copy(), y[a : a + size].copy()) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="a list of X batches and a list of y batches" keyword="needs pairs"
def minibatches__two_lists(X, y, size, rng):
    order = rng.permutation(len(X))
    cuts = [order[a : a + size] for a in range(0, len(X), size)]
    return [X[cut] for cut in cuts], [y[cut] for cut in cuts]


# %% wrong="minibatches" why="a generator that goes on with the next epoch" keyword="do not end"
def minibatches__endless(X, y, size, rng):
    while True:
        order = rng.permutation(len(X))
        for a in range(0, len(X), size):
            yield X[order[a : a + size]], y[order[a : a + size]]


# %% wrong="minibatches" why="joins X and y in one table to shuffle them together" keyword="labels into floats"
def minibatches__one_table(X, y, size, rng):
    table = np.hstack([X.reshape(len(X), -1), y.reshape(len(y), -1)])
    rng.shuffle(table)
    width = X[0].size
    for a in range(0, len(X), size):
        rows = table[a : a + size]
        yield rows[:, :width].reshape(-1, *X.shape[1:]), rows[:, width:].reshape(-1, *y.shape[1:])


# %% wrong="minibatches" why="return in the loop ends it with the first batch" keyword="that is one batch"
def minibatches__returns_first(X, y, size, rng):
    numbers = rng.permutation(len(X))
    for first in range(0, len(X), size):
        return X[numbers[first : first + size]], y[numbers[first : first + size]]


# %% wrong="minibatches" why="hands out the samples without their answers" keyword="as a single array"
def minibatches__samples_alone(X, y, size, rng):
    numbers = rng.permutation(len(X))
    for first in range(0, len(X), size):
        yield X[numbers[first : first + size]]


# %% wrong="minibatches" why="rounds the number of batches up where nothing is left over" keyword="an empty batch"
def minibatches__empty_last(X, y, size, rng):
    numbers = rng.permutation(len(X))
    for k in range(len(y) // size + 1):
        rows = numbers[k * size : (k + 1) * size]
        yield X[rows], y[rows]


# %% wrong="minibatches" why="the answers first" keyword="changed places"
def minibatches__answers_first(X, y, size, rng):
    numbers = rng.permutation(len(X))
    return [(y[numbers[a : a + size]], X[numbers[a : a + size]]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="hands out the numbers in place of the answers" keyword="in place of the answers"
def minibatches__numbers_for_answers(X, y, size, rng):
    numbers = rng.permutation(len(X))
    return [(X[numbers[a : a + size]], numbers[a : a + size]) for a in range(0, len(X), size)]


# %% wrong="minibatches" why="the answers of the first batch for every batch" keyword="not the answers in `y`"
def minibatches__first_answers_again(X, y, size, rng):
    numbers = rng.permutation(len(X))
    for first in range(0, len(X), size):
        rows = numbers[first : first + size]
        yield X[rows], y[numbers[: len(rows)]]


# %% wrong="minibatches" why="shuffles y, and then once more" keyword="one of them twice"
def minibatches__shuffled_twice(X, y, size, rng):
    numbers = rng.permutation(len(X))
    y = y[numbers]
    return [(X[numbers[a : a + size]], y[numbers[a : a + size]]) for a in range(0, len(X), size)]


# %% right="minibatches" why="a random key for every sample, sorted; a list"
def minibatches__random_keys(X, y, size, rng):
    order = np.argsort(rng.random(len(X)))
    cuts = np.split(order, range(size, len(X), size))
    return [(X[cut], y[cut]) for cut in cuts]


# %% right="minibatches" why="a stack of numbers, from which batches are taken until none is left"
def minibatches__stack(X, y, size, rng):
    numbers = list(range(len(X)))
    rng.shuffle(numbers)
    while numbers:
        batch, numbers = numbers[:size], numbers[size:]
        yield np.stack([X[i] for i in batch]), np.stack([y[i] for i in batch])


# %% right="minibatches" why="scikit-learn's shuffle and batches"
def minibatches__sklearn(X, y, size, rng):
    from sklearn.utils import gen_batches, shuffle

    X, y = shuffle(X, y, random_state=int(rng.integers(2**31)))
    return ((X[batch], y[batch]) for batch in gen_batches(len(X), size))


# %% [markdown]
# ### 2 · Walk downhill, and stop  ·  4 points  ·  15 min  ·  ●●○ difficulty
#
# Write `gradient_descent(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs)`. One loop is all
# three methods of the slides; only the batches differ:
#
# | method | a batch holds | updates in an epoch | gradients for one update |
# |---|---|---|---|
# | gradient descent (GD) | all $N$ samples | 1 | $N$ |
# | mini-batch | $b$ samples | $N/b$, rounded up | $b$ |
# | stochastic (SGD) | 1 sample | $N$ | 1 |
#
# The work of an epoch is the same in each row, $N$ gradients. What differs is how often one moves for it. (Names are
# loose here: PyTorch calls all three SGD.)
#
# For every batch take one step, from the point where you are now:
#
# $$\theta_{k+1} = \theta_k - \eta\,\nabla E_\text{batch}(\theta_k)$$
#
# After each epoch compute the energy of all samples. **Stop** as soon as it differs from the one an epoch before by
# less than the threshold, up or down: $|\Delta E| < \text{threshold}$. Stop after `max_epochs` epochs at the latest.
# Before the first epoch it is the energy of `start`.
#
# | argument | type | |
# |---|---|---|
# | `energy` | function | `energy(theta)` gives a number; it goes over all samples, so ask only where you compare |
# | `gradient` | function | `gradient(theta, batch)` gives the mean gradient over a batch, shape `(D,)` |
# | `batches` | function | `batches()` shuffles and gives a list, the batches of one epoch: arrays of sample numbers |
# | `start` | `(D,)` | float64; stays as it was |
# | `learning_rate` | float | $\eta$ |
# | `threshold` | float | a smaller change of the energy ends the walk |
# | `max_epochs` | integer | at least 1 |
# | returns | `path, epochs, evaluations` | see below |
#
# `path` has the shape `(updates + 1, D)`: `start`, then the point after every single update. `epochs` is how many were
# walked. `evaluations` counts gradients of single samples: a batch of $b$ samples costs $b$.
#
# <details><summary>Hint 1: the idea</summary>
# Two loops, one in the other. Which of your lines run for every batch, which once an epoch, and which once at all?
# Sort them before you write.
# </details>
# <details><summary>Hint 2: two traps</summary>
# ΔE is negative while you walk down and positive when the rate is too large; a signed difference is below the threshold
# at once in one of the two cases. And a list that holds the same array five times shows its last value five times:
# let every update make a new array.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Begin with a list that holds a copy of <code>start</code>, a counter at zero, and the energy there. For every epoch,
# from 1: for every batch, append to the list its last point minus the rate times the gradient there, and add the length
# of the batch to the counter. Then ask for the energy, compare with the remembered one, leave or remember.
# </details>


# %% solution="gradient_descent"
def gradient_descent(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    """Return path (updates + 1, D), the number of epochs, and the number of single-sample gradients.

    One update for every batch of `batches()`; stop when the energy changes by less than `threshold` in an epoch.
    """
    ### BEGIN SOLUTION
    path, evaluations = [np.array(start, dtype=float)], 0
    energies = [energy(path[0])]
    for _ in range(max_epochs):
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        energies.append(energy(path[-1]))
        if abs(energies[-1] - energies[-2]) < threshold:
            break
    return np.array(path), len(energies) - 1, evaluations
    ### END SOLUTION


# %% check="gradient_descent" points=2 why="stops when the energy hardly changes, or at the cap"
def bowl(theta):
    """The energy of a round bowl whose lowest point, the origin, has the energy 100."""
    return 100.0 + 4 * float(np.sum(np.square(theta)))


def bowl_gradient(theta, batch):
    """The gradient of the bowl, the same for every batch."""
    return 8 * np.asarray(theta)


def epochs_over(gradient_descent, heights, least):
    """Return the epochs that are walked where the energy of 0, 1, 2, … is given, and every update goes one up."""
    got = gradient_descent(
        lambda theta: float(heights[int(np.rint(theta[0]))]),
        lambda theta, batch: np.array([-1.0]),
        lambda: [np.arange(3)],
        np.zeros(1),
        1.0,
        threshold=least,
        max_epochs=len(heights) - 1,
    )
    return expect.parts(got, "path, epochs, evaluations", "gradient_descent(...)")[1]


@expect.check
def check_gradient_descent_stop(gradient_descent):
    def everything():
        return [np.arange(10)]

    arguments = (bowl, bowl_gradient, everything)
    what = "gradient_descent in a bowl from [6, 12] with rate 1/16 and threshold 0.5"
    got = expect.call(gradient_descent, *arguments, np.array([6.0, 12.0]), 0.0625, threshold=0.5, max_epochs=50)
    path, epochs, evaluations = expect.parts(got, "path, epochs, evaluations", "gradient_descent(...)")
    halved = [[6 / 2**k, 12 / 2**k] for k in range(8)]  # energies 820, 280, 145, 111.25, ..., 100.7, 100.18, 100.04
    expect.that(
        len(np.shape(path)) == 2 and np.shape(path)[1] == 2,
        f"{what}: path has the shape {np.shape(path)}, wanted (updates + 1, 2).\n"
        "It holds every point on the way, one in each row, not the last one alone.",
    )
    expect.that(len(path) > 1, f"{what}: no update was made: path has a single row.")
    expect.close(
        np.asarray(path)[1],
        halved[1],
        f"{what}: path[1]",
        mistakes={
            "uphill: the gradient points up, subtract it": [9, 18],
            "the learning rate is missing": [-42, -84],
            "path does not begin with `start`: its first row is the starting point": [1.5, 3],
            "all rows of path are the last point: `theta -= ...` changes the array that is in the list already": [
                6 / 128,
                12 / 128,
            ],
            "you divide by the size of the batch: `gradient` gives the mean already": [5.7, 11.4],
            "you multiply by the size of the batch: one step with the mean gradient is wanted": [-24, -48],
        },
    )
    expect.equal(
        epochs,
        7,
        f"{what}: epochs",
        mistakes={
            "E falls, so E_new − E_old is negative, less than any threshold: take the absolute value": 1,
            "you divide the change by the energy before: the change itself is compared": 2,
            "you divide the change by the energy after: the change itself is compared": 3,
            "you compare the length of the step; the rule compares energies": 5,
            "epochs are counted from 1: you return the index of the last one": 6,
            "you compare the length of the gradient; the rule compares energies": 8,
            "you compare E itself, which stays above 100; the rule compares its change in an epoch": 50,
        },
    )
    expect.close(
        path,
        halved,
        f"{what}: path",
        mistakes={"the last point is missing: its update was made before E could be compared": halved[:-1]},
    )
    expect.equal(evaluations, 70, f"{what}: evaluations, 7 epochs of 10 samples")
    what = "gradient_descent in a bowl from [2] with rate 5/16, which is too large, and max_epochs=3"
    got = expect.call(gradient_descent, *arguments, np.array([2.0]), 0.3125, threshold=4.8, max_epochs=3)
    path, epochs, _ = expect.parts(got, "path, epochs, evaluations", "gradient_descent(...)")
    expect.equal(
        epochs,
        3,
        f"{what}: epochs",
        mistakes={
            "E rises here, so E_old − E_new is negative, less than any threshold: take the absolute value": 1,
            "max_epochs is the number of epochs: you stop one too early, or count from 0": 2,
            "max_epochs is the number of epochs: you walk one more": 4,
        },
    )
    expect.close(path, [[2], [-3], [4.5], [-6.75]], f"{what}: path")
    what = "gradient_descent from the lowest point, where nothing changes, with max_epochs=3"
    for least, wanted, mistakes in [
        (0.5, 1, {"the first epoch counts too: before it, the energy is the one of `start`": 2}),
        (0.0, 3, {"a change of 0 is not less than a threshold of 0: compare with <, not with <=": 1}),
    ]:
        got = expect.call(gradient_descent, *arguments, np.zeros(2), 0.0625, threshold=least, max_epochs=3)
        _, epochs, _ = expect.parts(got, "path, epochs, evaluations", "gradient_descent(...)")
        expect.equal(epochs, wanted, f"{what} and threshold {least}: epochs", mistakes=mistakes)
    heights = [9, 5, 8, 5.01, 2, 2.01, 1, 0]
    expect.equal(
        epochs_over(gradient_descent, heights, 0.1),
        5,
        f"gradient_descent where the energies are {heights} and the threshold is 0.1: epochs",
        mistakes={
            "E went down, up, and near its lowest value: compare with the epoch before, not with the lowest so far": 3,
            "E went up by less than the threshold, which ends the walk as well: take the absolute value": 7,
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(403)
    for length in (8, 30, 30, 80):
        heights = rng.integers(-4, 5, length) + rng.uniform(0, 0.2, length)  # E and −E, and E of long ago, come again
        heights[3] = 1e9
        still = np.flatnonzero(np.abs(np.diff(heights)) < 0.5)
        what = f"gradient_descent where the energies are {heights.round(2).tolist()}"
        expect.equal(epochs_over(gradient_descent, heights, 0.5), int(still[0]) + 1, f"{what}, threshold 0.5: epochs")
        expect.equal(epochs_over(gradient_descent, heights, 0.0), length - 1, f"{what}, threshold 0: epochs")
    for threshold in (1e-1, 1e-3, 1e-6):
        root = rng.standard_normal((3, 3))
        hessian, origin = root @ root.T + np.eye(3), rng.standard_normal(3)
        rate = 1 / np.trace(hessian)
        shrink = np.eye(3) - rate * hessian
        points = [np.linalg.matrix_power(shrink, k) @ origin for k in range(401)]  # the path in closed form
        energies = np.array([point @ hessian @ point / 2 - 7 for point in points])
        stopped = int(np.argmax(np.abs(np.diff(energies)) < threshold)) + 1
        path, epochs, evaluations = gradient_descent(
            lambda theta, hessian=hessian: float(theta @ hessian @ theta) / 2 - 7,
            lambda theta, batch, hessian=hessian: hessian @ theta,
            lambda: [np.arange(6)],
            origin.copy(),
            rate,
            threshold=threshold,
            max_epochs=400,
        )
        expect.equal(epochs, stopped, f"gradient_descent on a quadratic, threshold {threshold}: epochs")
        expect.close(path, points[: stopped + 1], f"gradient_descent on a quadratic, threshold {threshold}: path")
        expect.equal(evaluations, 6 * stopped, f"gradient_descent on a quadratic, threshold {threshold}: evaluations")
    ### END HIDDEN TESTS


check_gradient_descent_stop(gradient_descent)


# %% check="gradient_descent" points=2 why="GD, mini-batch and SGD: what is done for every batch, and what it costs"
class Recorded:
    """A mean of samples to be found, cut into the same batches in every epoch; it counts what it is asked for."""

    def __init__(self, samples, size):
        self.samples, self.size = np.asarray(samples, dtype=float), size
        self.energies = self.shuffles = 0

    def energy(self, theta):
        """Half the mean squared distance of the samples from theta, shape (1,)."""
        self.energies += 1
        return float(np.mean((theta - self.samples) ** 2)) / 2

    def gradient(self, theta, batch):
        """The mean gradient over a batch, shape (1,)."""
        return theta - self.samples[batch].mean()

    def batches(self):
        """The batches of one epoch, in the order of the samples."""
        self.shuffles += 1
        numbers = np.arange(len(self.samples))
        return [numbers[first : first + self.size] for first in range(0, len(numbers), self.size)]


@expect.check
def check_gradient_descent_work(gradient_descent):
    task = Recorded([0, 2, 4, 6], size=2)
    what = "gradient_descent with samples 0, 2 | 4, 6 from 7 with rate 1/2, two epochs"
    arguments = (task.energy, task.gradient, task.batches, np.array([7.0]), 0.5)
    got = expect.call(gradient_descent, *arguments, threshold=0.0, max_epochs=2)
    path, epochs, evaluations = expect.parts(got, "path, epochs, evaluations", "gradient_descent(...)")
    expect.close(
        path,
        [[7], [4], [4.5], [2.75], [3.875]],  # halfway to 1, halfway to 5, and again
        f"{what}: path",
        mistakes={
            "the gradients belong to the point before the epoch: take them where you are": [[7], [4], [3], [2], [3]],
            "one update an epoch, with the mean of the gradients: every batch makes an update": [[7], [5], [4]],
            "one update an epoch, with the sum of the gradients: every batch makes an update": [[7], [3], [3]],
            "only the ends of epochs are in path: it has a row for every update": [[7], [4.5], [3.875]],
            "path does not begin with `start`: its first row is the starting point": [[4], [4.5], [2.75], [3.875]],
            "you divide by the size of the batch: `gradient` gives the mean already": [
                [7],
                [5.5],
                [5.375],
                [4.28125],
                [4.4609375],
            ],
            "you stopped after two updates: max_epochs counts epochs": [[7], [4], [4.5]],
        },
    )
    expect.equal(epochs, 2, f"{what}: epochs")
    expect.equal(
        evaluations,
        8,
        f"{what}: evaluations",
        mistakes={"you counted updates: a batch of 2 samples costs 2 gradients": 4},
    )
    other = Recorded([0, 2, 4, 6], size=2)
    arguments = (other.energy, other.gradient, other.batches, np.array([7.0]), 0.5)
    got = expect.call(gradient_descent, *arguments, threshold=0.11, max_epochs=40)
    expect.equal(
        expect.parts(got, "path, epochs, evaluations", "gradient_descent(...)")[1],
        4,  # the energy falls by 6.875, 0.742, 0.125, 0.027
        "gradient_descent with the same batches and threshold 0.11: epochs",
        mistakes={"you compare the last two updates, or a relative change: compare E with the one an epoch before": 3},
    )
    expect.that(
        task.shuffles == 2,
        f"{what}: `batches` was called {task.shuffles} times.\n"
        "Call it once at the beginning of each epoch: each shuffles anew.",
    )
    expect.that(
        task.energies <= 3,
        f"{what}: `energy` was called {task.energies} times, 3 are enough.\n"
        "It goes over all samples. Ask once before the first epoch and once after each, and remember the number.",
    )
    for size, updates in [(100, 1), (32, 4), (1, 100)]:
        task = Recorded(np.sqrt(np.arange(100)), size)
        arguments = (task.energy, task.gradient, task.batches, np.array([20.0]), 0.03)
        path, _, evaluations = expect.call(gradient_descent, *arguments, threshold=0.0, max_epochs=1)
        expect.equal(len(path) - 1, updates, f"updates in an epoch of 100 samples, batches of {size}")
        expect.equal(
            evaluations,
            100,
            f"evaluations in an epoch of 100 samples, batches of {size}",
            mistakes={"the last batch has 4 samples only: count each batch as long as it is": 128},
        )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(404)
    for count, size in [(30, 30), (30, 7), (9, 1)]:
        X, slope, drawn = rng.standard_normal((count, 3)), rng.standard_normal(3), []
        y = X @ slope + 0.1 * rng.standard_normal(count)

        def shuffled(count=count, size=size, drawn=drawn):
            numbers = rng.permutation(count)
            drawn.append(np.array_split(numbers, range(size, count, size)))
            return [batch.copy() for batch in drawn[-1]]

        path, epochs, evaluations = gradient_descent(
            lambda theta, X=X, y=y: float(np.mean((X @ theta - y) ** 2)),
            lambda theta, batch, X=X, y=y: 2 * X[batch].T @ (X[batch] @ theta - y[batch]) / len(batch),
            shuffled,
            np.full(3, 0.0),
            0.05,
            threshold=-1.0,
            max_epochs=5,
        )
        weight = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        oracle, points = torch.optim.SGD([weight], lr=0.05), [np.zeros(3)]
        for batch in (batch for epoch in drawn for batch in epoch):
            oracle.zero_grad()
            torch.nn.functional.mse_loss(torch.from_numpy(X[batch]) @ weight, torch.from_numpy(y[batch])).backward()
            oracle.step()
            points.append(weight.detach().numpy().copy())
        what = f"gradient_descent on a regression with {count} samples, batches of {size}, 5 epochs"
        expect.equal(epochs, 5, f"{what}: epochs")
        expect.equal(len(drawn), 5, f"{what}: calls of batches")
        expect.close(path, points, f"{what}: path")
        expect.equal(evaluations, 5 * count, f"{what}: evaluations")
    ### END HIDDEN TESTS


check_gradient_descent_work(gradient_descent)


# %% wrong="gradient_descent" why="a signed difference, new minus old" keyword="e_new − e_old is negative"
def gradient_descent__signed(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, evaluations = start.copy(), 0
    path, E_old = [theta], energy(theta)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            theta = theta - learning_rate * gradient(theta, batch)
            path.append(theta)
            evaluations += len(batch)
        E_new = energy(theta)
        if E_new - E_old < threshold:
            break
        E_old = E_new
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="a signed difference, old minus new: a rising energy stops it" keyword="e rises here"
def gradient_descent__signed_drop(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, evaluations = start.copy(), 0
    path, E_old = [theta], energy(theta)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            theta = theta - learning_rate * gradient(theta, batch)
            path.append(theta)
            evaluations += len(batch)
        E_new = energy(theta)
        if E_old - E_new < threshold:
            break
        E_old = E_new
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="stops when the energy itself is small" keyword="you compare e itself"
def gradient_descent__energy_itself(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, evaluations, epochs = start.copy(), 0, 0
    path = [theta]
    while epochs < max_epochs and energy(theta) >= threshold:
        for batch in batches():
            theta = theta - learning_rate * gradient(theta, batch)
            path.append(theta)
            evaluations += len(batch)
        epochs += 1
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="stops when the step is short" keyword="length of the step"
def gradient_descent__step_length(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, evaluations = start.copy(), 0
    path = [theta]
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            step = learning_rate * gradient(theta, batch)
            theta = theta - step
            path.append(theta)
            evaluations += len(batch)
        if np.linalg.norm(step) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="stops when the gradient is short" keyword="length of the gradient"
def gradient_descent__gradient_length(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, evaluations = start.copy(), 0
    path = [theta]
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            theta = theta - learning_rate * gradient(theta, batch)
            path.append(theta)
            evaluations += len(batch)
        if np.linalg.norm(gradient(theta, batch)) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="walks up the gradient" keyword="uphill"
def gradient_descent__uphill(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] + learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="keeps the last point only" keyword="not the last one alone"
def gradient_descent__no_path(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, evaluations, E = start.copy(), 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            theta = theta - learning_rate * gradient(theta, batch)
            evaluations += len(batch)
        last, E = E, energy(theta)
        if abs(last - E) < threshold:
            break
    return theta, epochs, evaluations


# %% wrong="gradient_descent" why="one array, changed in place, in every row of the path" keyword="all rows of path"
def gradient_descent__same_array(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, evaluations, E = start.copy(), 0, energy(start)
    path = [theta]
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            theta -= learning_rate * gradient(theta, batch)
            path.append(theta)
            evaluations += len(batch)
        last, E = E, energy(theta)
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="changes the caller's starting point" keyword="mutated input"
def gradient_descent__start_moves(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, evaluations, E = start, 0, energy(start)
    path = [theta.copy()]
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            theta -= learning_rate * gradient(theta, batch)
            path.append(theta.copy())
            evaluations += len(batch)
        last, E = E, energy(theta)
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="the path lacks the starting point" keyword="does not begin with"
def gradient_descent__no_start(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, theta, evaluations, E = [], start.copy(), 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            theta = theta - learning_rate * gradient(theta, batch)
            path.append(theta)
            evaluations += len(batch)
        last, E = E, energy(theta)
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="returns the index of the last epoch" keyword="the index of the last one"
def gradient_descent__from_zero(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs - 1, evaluations


# %% wrong="gradient_descent" why="leaves the loop before it keeps the last point" keyword="last point is missing"
def gradient_descent__last_missing(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        walked = [path[-1]]
        for batch in batches():
            walked.append(walked[-1] - learning_rate * gradient(walked[-1], batch))
            evaluations += len(batch)
        last, E = E, energy(walked[-1])
        if abs(last - E) < threshold:
            break
        path += walked[1:]
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="all gradients of an epoch at its first point" keyword="before the epoch: take them"
def gradient_descent__stale(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        here = path[-1]
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(here, batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="one update an epoch" keyword="with the mean of the gradients"
def gradient_descent__one_update(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        cut = batches()
        path.append(path[-1] - learning_rate * np.mean([gradient(path[-1], batch) for batch in cut], axis=0))
        evaluations += sum(len(batch) for batch in cut)
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="counts updates as evaluations" keyword="you counted updates"
def gradient_descent__updates_counted(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += 1
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="counts the last, smaller batch as a full one" keyword="4 samples only"
def gradient_descent__full_batches(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        cut = batches()
        for batch in cut:
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
        evaluations += len(cut) * len(cut[0])
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="the same batches in every epoch" keyword="each shuffles anew"
def gradient_descent__one_shuffle(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E, cut = [start], 0, energy(start), batches()
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in cut:
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="asks for the energy of all samples after every batch" keyword="3 are enough"
def gradient_descent__costly_energy(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, energies, evaluations = [start], [energy(start)], 0
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        before = energies[-1]
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            energies.append(energy(path[-1]))
            evaluations += len(batch)
        if abs(energies[-1] - before) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="compares the energies before and after the last batch" keyword="last two updates"
def gradient_descent__last_batch(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, epochs = [start], 0, 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        if abs(energy(path[-1]) - energy(path[-2])) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="takes the cap for a number of updates" keyword="max_epochs counts epochs"
def gradient_descent__cap_on_updates(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, epochs, E = [start], 0, 0, energy(start)
    while len(path) <= max_epochs:
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
            if len(path) > max_epochs:
                break
        epochs += 1
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="knows no energy before the first epoch" keyword="the first epoch counts too"
def gradient_descent__infinite_before(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, np.inf
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="stops when the change equals the threshold" keyword="not with <="
def gradient_descent__at_most(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if abs(last - E) <= threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="compares with the lowest energy so far" keyword="not with the lowest so far"
def gradient_descent__lowest_so_far(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, lowest = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        now = energy(path[-1])
        if abs(now - lowest) < threshold:
            break
        lowest = min(now, lowest)
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="only a falling energy may end the walk" keyword="went up by less than the threshold"
def gradient_descent__only_falling(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if 0 <= last - E < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="compares the relative change" keyword="by the energy before"
def gradient_descent__relative(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if abs(last - E) / abs(last) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% wrong="gradient_descent" why="divides the mean gradient by the batch size again" keyword="gives the mean already"
def gradient_descent__mean_of_mean(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    path, evaluations, E = [start], 0, energy(start)
    epochs = 0
    while epochs < max_epochs:
        epochs += 1
        for batch in batches():
            path.append(path[-1] - learning_rate * gradient(path[-1], batch) / len(batch))
            evaluations += len(batch)
        last, E = E, energy(path[-1])
        if abs(last - E) < threshold:
            break
    return np.array(path), epochs, evaluations


# %% right="gradient_descent" why="a while loop over the changes of the energy"
def gradient_descent__while(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    theta, E, change = np.asarray(start, dtype=float), energy(start), np.inf
    path, lengths, epochs = [theta], [], 0
    while change >= threshold and epochs < max_epochs:
        for batch in batches():
            theta = theta - learning_rate * np.asarray(gradient(theta, batch))
            path.append(theta)
            lengths.append(len(batch))
        previous, E = E, energy(theta)
        change = abs(E - previous)
        epochs += 1
    return path, epochs, sum(lengths)


# %% right="gradient_descent" why="a generator of epochs, with the steps taken in place on a copy"
def gradient_descent__generator(energy, gradient, batches, start, learning_rate, *, threshold, max_epochs):
    def walk(theta):
        while True:
            rows, cost = [], 0
            for batch in batches():
                theta -= np.multiply(learning_rate, gradient(theta, batch))
                rows.append(theta.copy())
                cost += np.size(batch)
            yield rows, cost, energy(theta)

    path, evaluations, energies = [start[None]], 0, [energy(start)]
    for rows, cost, now in islice(walk(start.copy()), max_epochs):
        path.append(rows)
        evaluations += cost
        energies.append(now)
        if -threshold < energies[-1] - energies[-2] < threshold:
            break
    return np.concatenate(path), len(path) - 1, evaluations


# %% [markdown]
# Now the three methods side by side, with your batches and your steps: a straight line is fitted to 256 points. All
# three pay the same for an epoch. GD walks one careful step for it. SGD arrives within the first epoch, and then
# trembles: each sample pulls it another way. (At the rate of the other two it would tremble much more, so its rate is a
# fifth of theirs.)


# %%
# Figure · what three methods buy for the same number of gradients
def fit_line(size, learning_rate, epochs=6, count=256):
    rng = np.random.default_rng(4)
    X = np.stack([np.ones(count), rng.uniform(-1, 1, count)], axis=1)
    y = X @ [1.0, 2.0] + 0.3 * rng.standard_normal(count)

    def energy(theta):
        return float(np.mean((X @ theta - y) ** 2)) / 2

    def gradient(theta, batch):
        return X[batch].T @ (X[batch] @ theta - y[batch]) / len(batch)

    def batches():
        return [numbers for _, numbers in minibatches(X, np.arange(count), size, rng)]

    path, _, evaluations = gradient_descent(
        energy, gradient, batches, np.zeros(2), learning_rate, threshold=0.0, max_epochs=epochs
    )
    lowest = energy(np.linalg.lstsq(X, y, rcond=None)[0])
    return np.linspace(0, evaluations, len(path)), [energy(theta) - lowest for theta in path]


with expect.written():
    methods = {"GD, all 256": (256, 0.5), "mini-batch, 32": (32, 0.5), "SGD, 1": (1, 0.1)}
    lines = {f"{name}, rate {rate}": fit_line(size, rate) for name, (size, rate) in methods.items()}
    fig, ax = plt.subplots()
    for name, (paid, above) in lines.items():
        ax.plot(paid, np.maximum(above, 1e-7), label=f"{name}: {len(paid) - 1} updates", linewidth=1.5)
    ax.set(yscale="log", ylim=(1e-5, 50), xlabel="gradients of single samples", ylabel="energy above the minimum")
    ax.legend(loc="upper right", fontsize=9)
    plot.show(
        fig,
        alt="Energy above the minimum against gradients paid, six epochs. GD falls slowly in six steps. Single "
        "samples fall fastest and then tremble, up and down, on one level. Mini-batches come later and get lower.",
    )

# %% [markdown]
# ### 3 · How large may the rate be?  ·  3 points  ·  15 min  ·  ●●○ difficulty
#
# Write `stability_limit(hessian)`. Close to a minimum every smooth energy is a bowl,
# $E(\theta) = \tfrac12\,\theta^\top H\,\theta$, with the gradient $H\theta$. The eigenvectors of the Hessian $H$ are
# the axes of the bowl, and its eigenvalues $\lambda$ say how steep each one is. Along an axis, one step of gradient
# descent multiplies the distance from the minimum by a number:
#
# $$\theta \leftarrow \theta - \eta\lambda\,\theta = (1 - \eta\lambda)\,\theta$$
#
# | $1 - \eta\lambda$ | what you see along this axis |
# |---|---|
# | between 0 and 1 | creeps to the minimum from one side |
# | 0 | arrives in one step |
# | between −1 and 0 | jumps from side to side, closer each time |
# | −1 | jumps from side to side, at the same distance for ever |
# | below −1 | jumps from side to side, farther each time: training explodes |
#
# There is one rate for all axes. Return three numbers:
#
# * `limit`: every smaller positive rate arrives in the end, every larger one explodes.
# * `best`: the fixed rate whose slowest axis is as fast as possible.
# * `factor`: what one step with `best` multiplies the distance by, along its slowest axis: a magnitude, 0 or larger.
#
# If an eigenvalue is negative, the point is a saddle or a maximum. Then no rate leads there: raise `ValueError`.
#
# | argument | shape | |
# |---|---|---|
# | `hessian` | `(D, D)` | symmetric, integers or floats; no eigenvalue is zero |
# | returns | `limit, best, factor` | three numbers |
#
# <details><summary>Hint 1: the idea</summary>
# Draw |1 − ηλ| against η for two eigenvalues, say 1 and 4: two V-shaped curves that both begin at 1. Where does the
# first of them come back to 1? And where is the upper of the two curves lowest?
# </details>
# <details><summary>Hint 2: two eigenvalues decide</summary>
# The limit is reached first along the steepest axis. The best rate balances the steepest axis, which is at 1 − ηλ below
# zero, with the flattest, which is still above. All others lie in between. A diagonal shows the eigenvalues only if
# everything beside it is zero.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# NumPy has a function for the eigenvalues of symmetric matrices that returns them in ascending order; the more general
# one does not sort. Take the first and the last. Raise if the first is negative. For the limit solve 1 − ηλ = −1. For
# the best rate set the two magnitudes equal and solve for η. Put that η back in for the factor.
# </details>


# %% solution="stability_limit"
def stability_limit(hessian):
    """Return the largest stable rate for a Hessian (D, D), the best fixed rate, and the factor per step there.

    Raises:
        ValueError: an eigenvalue is negative.
    """
    ### BEGIN SOLUTION
    eigenvalues = np.linalg.eigvalsh(hessian)
    flattest, steepest = eigenvalues[0], eigenvalues[-1]
    if flattest < 0:
        raise ValueError(f"no minimum: an eigenvalue is {flattest:.3g}")
    return 2 / steepest, 2 / (steepest + flattest), (steepest - flattest) / (steepest + flattest)
    ### END SOLUTION


# %% check="stability_limit" points=1 why="the largest stable rate, and no rate at a saddle"
@expect.check
def check_stability_limit_limit(stability_limit):
    tilted = np.array([[3, 2], [2, 6]])  # eigenvalues 2 and 7
    limit, _, _ = expect.parts(expect.call(stability_limit, tilted), "limit, best, factor", "stability_limit(...)")
    expect.close(
        limit,
        2 / 7,
        "stability_limit([[3, 2], [2, 6]]): limit",
        mistakes={
            "at 1/λ the steepest axis arrives in one step; it stays stable up to twice that": 1 / 7,
            "the flattest axis would bear a larger rate, but the steepest explodes first": 1.0,
            "the diagonal holds the eigenvalues only if everything beside it is zero": 2 / 6,
            "the trace is the sum of the eigenvalues: the largest one decides": 2 / 9,
            "the Frobenius norm mixes all eigenvalues: the largest one decides": 2 / np.sqrt(53),
            "that is the largest eigenvalue itself: a rate falls when the bowl gets steeper": 7.0,
            "that is 2λ: a rate falls when the bowl gets steeper": 14.0,
        },
    )
    straight = np.diag([4, 25, 10])
    limit, _, _ = expect.parts(expect.call(stability_limit, straight), "limit, best, factor", "stability_limit(...)")
    expect.close(
        limit,
        0.08,
        "stability_limit of a diagonal 4, 25, 10: limit",
        mistakes={
            "you took the last eigenvalue for the largest: `np.linalg.eig` does not sort": 0.2,
            "you took the first eigenvalue for the largest: `np.linalg.eig` does not sort": 0.5,
        },
    )
    expect.raises(
        ValueError,
        stability_limit,
        np.array([[1, 2], [2, 1]]),
        hint="an eigenvalue is −1: it is a saddle, and every rate runs away from it",
    )
    expect.raises(
        ValueError,
        stability_limit,
        np.diag([-1.0, -2.0]),
        hint="it is a maximum: both eigenvalues are negative, and so the determinant, their product, is positive",
    )
    ### BEGIN HIDDEN TESTS
    for nearly_flat in ([1e-9, 1.0], [1e-9, 2e-9], [1e-9]):
        what = f"stability_limit of a diagonal {nearly_flat}"
        try:
            limit, best, _ = expect.call(stability_limit, np.diag(nearly_flat))
        except ValueError:
            raise expect.Mismatch(f"{what}: it raised ValueError. All are positive: a flat bowl is a bowl.") from None
        expect.close(limit, 2 / nearly_flat[-1], f"{what}: limit")
        expect.close(best, 2 / (nearly_flat[0] + nearly_flat[-1]), f"{what}: best")
    for eigenvalues in ([-1e-6, 1.0], [-1e-6], [-3.0, -2.0, 1.0, 4.0], [-5.0, -0.25, 0.5, 1.0]):
        expect.raises(ValueError, stability_limit, np.diag(eigenvalues), hint=f"{eigenvalues[0]} is an eigenvalue")
    rng = np.random.default_rng(405)
    for size in (1, 2, 3, 5, 8):
        axes, _ = np.linalg.qr(rng.standard_normal((size, size)))
        steepness = rng.uniform(0.01, 30, size)
        limit, _, _ = expect.call(stability_limit, axes * steepness @ axes.T)
        expect.close(limit, 2 / steepness.max(), f"stability_limit of a tilted bowl with {size} axes: limit")
        steepness[0] *= -1
        expect.raises(ValueError, stability_limit, axes * steepness @ axes.T, hint="an eigenvalue is negative")
    ### END HIDDEN TESTS


check_stability_limit_limit(stability_limit)


# %% check="stability_limit" points=1 why="the best fixed rate, and how fast it is"
@expect.check
def check_stability_limit_best(stability_limit):
    got = expect.call(stability_limit, np.array([[3.0, 2.0], [2.0, 6.0]]))
    _, best, factor = expect.parts(got, "limit, best, factor", "stability_limit(...)")
    expect.close(
        best,
        2 / 9,
        "stability_limit([[3, 2], [2, 6]]): best",
        mistakes={
            "half the limit: the steepest axis arrives at once there, the flattest creeps; balance them": 1 / 7,
            "the mean of 1/λ: balance the two magnitudes instead": 9 / 28,
            "a factor 2 is missing: set 1 − ηλ of the flattest axis equal to ηλ − 1 of the steepest": 1 / 9,
            "the geometric mean of the eigenvalues does not balance them": 1 / np.sqrt(14),
            "this is the limit: the steepest axis jumps forever": 2 / 7,
        },
    )
    expect.close(
        factor,
        5 / 9,
        "stability_limit([[3, 2], [2, 6]]): factor",
        mistakes={
            "this is the factor of the rate 1/λ of the steepest axis: put `best` into it": 5 / 7,
            "squared, it belongs to the energy: the distance is asked for": 25 / 81,
            "a magnitude is never negative: take the absolute value": -5 / 9,
            "this is what vanishes in a step: what remains is 1 minus it": 4 / 9,
            "this is the condition number, the ratio of the eigenvalues: how does a step with `best` follow?": 3.5,
        },
    )
    got = expect.call(stability_limit, np.diag([4, 25, 10]))
    _, best, factor = expect.parts(got, "limit, best, factor", "stability_limit(...)")
    expect.close(
        best,
        2 / 29,
        "stability_limit of a diagonal 4, 25, 10: best",
        mistakes={
            "the trace has all three eigenvalues in it: only the largest and the smallest count": 2 / 39,
            "the mean of all eigenvalues: only the largest and the smallest count": 1 / 13,
            "the first and the last on the diagonal are not the smallest and the largest": 1 / 7,
        },
    )
    expect.close(factor, 21 / 29, "stability_limit of a diagonal 4, 25, 10: factor")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(406)
    for size in (1, 2, 4, 7):
        axes, _ = np.linalg.qr(rng.standard_normal((size, size)))
        steepness = rng.uniform(0.1, 20, size)
        low, high = steepness.min(), steepness.max()
        _, best, factor = expect.call(stability_limit, axes * steepness @ axes.T)
        expect.close(best, 2 / (low + high), f"stability_limit of a tilted bowl with {size} axes: best")
        expect.close(factor, np.abs(1 - best * steepness).max(), f"a tilted bowl with {size} axes: factor", atol=1e-8)
    ### END HIDDEN TESTS


check_stability_limit_best(stability_limit)


# %% check="stability_limit" points=1 why="measured: walks with a rate too small, good, too large"
def shrinks_by(hessian, rate):
    """Return what a step multiplies the distance by, measured late on the way, when the slowest axis is left."""
    with np.errstate(over="ignore", invalid="ignore"):
        before, after = distances(hessian, rate, steps=300)[[199, 299]]
        return (after / before) ** 0.01


@expect.check
def check_stability_limit_measured(stability_limit):
    bowls = [np.array([[5.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]]), np.array([[2.0, 1.0], [1.0, 4.0]])]
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(407)
    for size in (2, 4, 6):
        root = rng.standard_normal((size, size))
        bowls.append(root @ root.T + np.eye(size))
    ### END HIDDEN TESTS
    for hessian in bowls:
        what = f"gradient descent in a bowl with {len(hessian)} axes"
        got = expect.call(stability_limit, hessian)
        limit, best, factor = expect.parts(got, "limit, best, factor", "stability_limit(...)")
        expect.that(
            all(np.ndim(number) == 0 and np.isfinite(number) and number >= 0 for number in (limit, best, factor)),
            f"stability_limit(...): wanted three numbers, 0 or larger; came {limit}, {best}, {factor}.",
        )
        expect.that(limit > 0 and best > 0, "stability_limit(...): a rate of 0 does not move at all.")
        below, above = distances(hessian, 0.98 * limit), distances(hessian, 1.02 * limit)
        expect.that(below[-1] < 1e-3, f"{what}: it explodes already at 0.98 times your limit, which is too large.")
        expect.that(above[-1] > 1e3, f"{what}: it arrives even at 1.02 times your limit, which is too small.")
        slower, measured, faster = (shrinks_by(hessian, times * best) for times in (0.97, 1, 1.03))
        expect.that(measured < slower, f"{what}: a rate 3 % below your best one arrives sooner: {slower:.4f} a step.")
        expect.that(measured < faster, f"{what}: a rate 3 % above your best one arrives sooner: {faster:.4f} a step.")
        expect.close(factor, measured, f"{what}: factor, and what was measured at your best rate", rtol=2e-3)


check_stability_limit_measured(stability_limit)


# %% wrong="stability_limit" why="1/λ: where the steepest axis arrives in one step" keyword="up to twice that"
def stability_limit__half(hessian):
    values = np.linalg.eigvalsh(hessian)
    if values[0] < 0:
        raise ValueError
    return 1 / values[-1], 2 / (values[0] + values[-1]), 1 - 2 * values[0] / (values[0] + values[-1])


# %% wrong="stability_limit" why="the smallest eigenvalue" keyword="steepest explodes first"
def stability_limit__flattest(hessian):
    values = np.linalg.eigvalsh(hessian)
    if values[0] < 0:
        raise ValueError
    return 2 / values[0], 2 / (values[0] + values[-1]), 1 - 2 * values[0] / (values[0] + values[-1])


# %% wrong="stability_limit" why="reads the eigenvalues from the diagonal" keyword="everything beside it is zero"
def stability_limit__diagonal(hessian):
    low, high = np.diag(hessian).min(), np.diag(hessian).max()
    if low < 0:
        raise ValueError
    return 2 / high, 2 / (low + high), (high - low) / (high + low)


# %% wrong="stability_limit" why="the trace for the largest eigenvalue" keyword="sum of the eigenvalues"
def stability_limit__trace(hessian):
    values = np.linalg.eigvalsh(hessian)
    if values[0] < 0:
        raise ValueError
    low, high = values[0], np.trace(hessian)
    return 2 / high, 2 / (low + values[-1]), (values[-1] - low) / (values[-1] + low)


# %% wrong="stability_limit" why="the Frobenius norm for the largest eigenvalue" keyword="Frobenius norm mixes"
def stability_limit__frobenius(hessian):
    low, high = np.linalg.eigvalsh(hessian)[0], np.linalg.norm(hessian)
    if low < 0:
        raise ValueError
    return 2 / high, 2 / (low + high), (high - low) / (high + low)


# %% wrong="stability_limit" why="trusts the order of np.linalg.eig" keyword="does not sort"
def stability_limit__unsorted(hessian):
    values = np.linalg.eig(hessian)[0]
    if min(values) < 0:
        raise ValueError
    return 2 / values[-1], 2 / (values[0] + values[-1]), abs(values[-1] - values[0]) / (values[0] + values[-1])


# %% wrong="stability_limit" why="magnitudes of the eigenvalues, so a saddle looks like a bowl" keyword="it is a saddle"
def stability_limit__saddle_missed(hessian):
    sizes = np.abs(np.linalg.eigvalsh(hessian))
    low, high = sizes.min(), sizes.max()
    return 2 / high, 2 / (low + high), (high - low) / (high + low)


# %% wrong="stability_limit" why="looks for a negative determinant" keyword="determinant"
def stability_limit__determinant(hessian):
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    if np.linalg.det(hessian) < 0:
        raise ValueError
    return 2 / high, 2 / (low + high), abs(high - low) / (high + low)


# %% wrong="stability_limit" why="takes a flat axis for none" keyword="a flat bowl is a bowl"
def stability_limit__flat_refused(hessian):
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    if low < 1e-6:
        raise ValueError("no minimum")
    return 2 / high, 2 / (low + high), (high - low) / (high + low)


# %% wrong="stability_limit" why="best is half the limit" keyword="the flattest creeps"
def stability_limit__half_is_best(hessian):
    values = np.linalg.eigvalsh(hessian)
    if values[0] < 0:
        raise ValueError
    return 2 / values[-1], 1 / values[-1], 1 - values[0] / values[-1]


# %% wrong="stability_limit" why="best is the mean of 1/λ" keyword="mean of 1/λ"
def stability_limit__mean_rate(hessian):
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    if low < 0:
        raise ValueError
    return 2 / high, (1 / low + 1 / high) / 2, (high - low) / (high + low)


# %% wrong="stability_limit" why="best from the mean of all eigenvalues" keyword="mean of all eigenvalues"
def stability_limit__mean_of_all(hessian):
    values = np.linalg.eigvalsh(hessian)
    if values[0] < 0:
        raise ValueError
    return 2 / values[-1], 1 / values.mean(), (values[-1] - values[0]) / (values[-1] + values[0])


# %% wrong="stability_limit" why="factor of the energy, not of the distance" keyword="belongs to the energy"
def stability_limit__energy_factor(hessian):
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    if low < 0:
        raise ValueError
    return 2 / high, 2 / (low + high), ((high - low) / (high + low)) ** 2


# %% wrong="stability_limit" why="factor of the rate 1/λ" keyword="put `best` into it"
def stability_limit__factor_elsewhere(hessian):
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    if low < 0:
        raise ValueError
    return 2 / high, 2 / (low + high), 1 - low / high


# %% wrong="stability_limit" why="the condition number for the factor" keyword="condition number"
def stability_limit__condition_number(hessian):
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    if low < 0:
        raise ValueError
    return 2 / high, 2 / (low + high), np.linalg.cond(hessian)


# %% wrong="stability_limit" why="the factor with the sign it has along the steepest axis" keyword="never negative"
def stability_limit__signed_factor(hessian):
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    if low < 0:
        raise ValueError
    best = 2 / (low + high)
    return 2 / high, best, 1 - best * high


# %% right="stability_limit" why="Cholesky finds the saddle, spectral norms the two eigenvalues"
def stability_limit__norms(hessian):
    np.linalg.cholesky(hessian)  # a LinAlgError is a ValueError
    steep, flat = np.linalg.norm(hessian, 2), 1 / np.linalg.norm(np.linalg.inv(hessian), 2)
    best = 2 / (steep + flat)
    return 2 / steep, best, max(abs(1 - best * steep), abs(1 - best * flat))


# %% right="stability_limit" why="roots of the characteristic polynomial"
def stability_limit__polynomial(hessian):
    roots = sorted(np.roots(np.poly(np.asarray(hessian, dtype=float))).real)
    if roots[0] < 0:
        raise ValueError("a negative root")
    ratio = roots[-1] / roots[0]
    return 2 / roots[-1], 2 / (roots[0] + roots[-1]), (ratio - 1) / (ratio + 1)


# %% right="stability_limit" why="PyTorch's eigenvalues, and the best rate searched on the two curves"
def stability_limit__torch(hessian):
    curvature = torch.linalg.eigvalsh(torch.as_tensor(hessian, dtype=torch.float64))
    if curvature.min() < 0:
        raise ValueError("not a minimum")
    low, high = float(curvature.min()), float(curvature.max())
    left, right = 1 / high, 1 / low
    for _ in range(100):
        middle = (left + right) / 2
        left, right = (middle, right) if 1 - middle * low > middle * high - 1 else (left, middle)
    return 2 / high, left, abs(1 - left * low)


# %% [markdown]
# Four walks in the same ravine, 25 times as steep across as along. Each rate is a multiple of your limit. Note how
# close together *best* and *explodes* are: the steepest axis allows no more, while the flattest still creeps. The rest
# of this assignment is about ways out.

# %%
# Figure · four rates in a ravine
with expect.written():
    ravine = np.array([[13.0, 12.0], [12.0, 13.0]])  # eigenvalues 1 and 25
    limit, best, factor = stability_limit(ravine)
    print(f"limit {limit:.4f}, best rate {best:.4f}: the distance shrinks by a factor of {factor:.3f} a step")
    fig, ax = plt.subplots()
    for name, rate in [
        ("too small: limit / 20", limit / 20),
        ("best", best),
        ("just stable: 0.99 limit", 0.99 * limit),
        ("too large: 1.02 limit", 1.02 * limit),
    ]:
        ax.plot(distances(ravine, rate, steps=120), label=name)
    ax.set(yscale="log", xlabel="step", ylabel="distance from the minimum", ylim=(1e-5, 1e3))
    ax.legend(loc="upper left", ncols=2, fontsize=9)
    plot.show(
        fig,
        alt="Distance from the minimum against steps, logarithmic. Limit / 20 creeps, the best rate falls on a "
        "straight line, 0.99 of the limit falls more slowly, 1.02 of the limit rises without end.",
    )

# %% [markdown]
# ### 4 · Remember the way  ·  4 points  ·  15 min  ·  ●●○ difficulty
#
# Write the class `Momentum(momentum, *, form)`. A ball that rolls down a valley keeps its direction: pushes to the left
# and to the right cancel, pushes along the valley add up. The **velocity** $v$ is that memory. It begins at zero.
#
# Three decks print three formulas, and PyTorch has a fourth ($\beta$ is the momentum, $\eta$ the learning rate, $g$ the
# gradient where the parameters are now; $w$ and θ both are the parameters):
#
# | where | memory | parameters |
# |---|---|---|
# | deck 0 | $v \leftarrow \beta v - \eta g$ | $w \leftarrow w + v$ |
# | deck 3 | $\Delta w \leftarrow \eta g + \beta\,\Delta w_\text{before}$ | not printed |
# | deck 4 | $v \leftarrow \beta v + \eta g$ | $\theta \leftarrow \theta - v$ |
# | PyTorch | $v \leftarrow \beta v + g$ | $\theta \leftarrow \theta - \eta v$ |
#
# The first three are one method: only the sign of $v$ differs, and at deck 3 you have to find it yourself, since adding
# its increment would walk uphill. There the rate is **inside** the velocity: every gradient counts with the rate of its
# own step, forever. PyTorch keeps the rate **outside**: the whole memory counts with the rate of today.
#
# As long as the rate stays the same, both walk the same way. When it changes, they part: lower the rate, and the inside
# form still rolls on with its old speed, while the outside form brakes at once.
#
# * `Momentum(momentum, form="inside")` walks as the decks do, `form="outside"` as PyTorch does.
# * `step(params, grads, learning_rate)` keeps the rules at the top of this notebook.
#
# | argument | type | |
# |---|---|---|
# | `momentum` | float, 0 to 1, also 1; 0.9 where you say nothing | $\beta$; with 0 it is plain gradient descent |
# | `form` | `"inside"`, also where you say nothing, or `"outside"` | where the learning rate stands |
#
# <details><summary>Hint 1: the idea</summary>
# Every array of the parameters needs a velocity of its own shape. When do you first know these shapes? Let the
# constructor note that there is no velocity yet.
# </details>
# <details><summary>Hint 2: in place</summary>
# <code>a = a - b</code> makes a new array and gives it the old name; whoever holds the old one sees nothing.
# <code>a -= b</code> changes the numbers in the array that all hold. And a velocity that <em>is</em> the first gradient
# array, instead of a new one, changes whenever its owner writes into it.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# In the first step make a list of zeros, one array like each parameter, and keep it in <code>self</code>. In every step
# go through parameters, gradients and velocities together. Shrink the velocity by the momentum, add the gradient, with
# or without the rate. Then take from the parameter the velocity, without or with the rate: once in all.
# </details>


# %% solution="Momentum"
class Momentum:
    """Gradient descent with a velocity for every parameter array.

    Args:
        momentum: how much of the velocity stays in a step.
        form: "inside", where the velocity holds gradients times rates, or "outside", where it holds gradients.
    """

    def __init__(self, momentum=0.9, *, form="inside"):
        ### BEGIN SOLUTION
        self.momentum, self.form = momentum, form
        self.velocities = None
        ### END SOLUTION

    def step(self, params, grads, learning_rate):
        """Change every array of `params` in place, against the velocity that `grads` have been added to."""
        ### BEGIN SOLUTION
        if self.velocities is None:
            self.velocities = [np.zeros_like(param) for param in params]
        early, late = (learning_rate, 1) if self.form == "inside" else (1, learning_rate)
        for param, grad, velocity in zip(params, grads, self.velocities, strict=True):
            velocity *= self.momentum
            velocity += early * grad
            param -= late * velocity
        ### END SOLUTION


# %% check="Momentum" points=2 why="rate inside the velocity, as in the decks"
### BEGIN HIDDEN TESTS
def drawn_stages(rng):
    """Draw a start, and gradients and a rate for each of 200 steps. Rates change, one is 0, as are many gradients."""
    shapes = [(3,), (4, 2), (3,), (2, 1, 3), (4, 2), (), (1,)]
    start = [np.array(rng.standard_normal(shape), order="F") for shape in shapes]
    rates = np.repeat(rng.uniform(0.01, 0.3, 40), 5)
    rates[11] = 0
    pulls = [[np.array(rng.standard_normal(shape) * (rng.random(shape) < 0.8)) for shape in shapes] for _ in rates]
    return start, list(zip(pulls, rates.tolist(), strict=True))


### END HIDDEN TESTS
def roll_on(optimizer):
    """Return the places after gradients 4, 0, 4, 0 with rates 0.5, 0.5, 0, 0.5, from 10."""
    stages = [([np.array([slope])], rate) for slope, rate in [(4.0, 0.5), (0.0, 0.5), (4.0, 0.0), (0.0, 0.5)]]
    return journey(optimizer, [np.array([10.0])], stages)[:, 0]


@expect.check
def check_Momentum_inside(Momentum):
    start = [np.array([10.0]), np.array([20.0])]
    push = [np.array([4.0]), np.array([-2.0])]
    stages = [(push, 0.5), (push, 0.5), (push, 0.25)]

    def both(*moved):  # the second parameter goes half as far, the other way
        return [[10 - distance, 20 + distance / 2] for distance in moved]

    what = "params after steps with gradients 4 and −2, momentum 0.5, rates 0.5, 0.5, 0.25, rate inside"
    first = journey(Momentum(momentum=0.5, form="inside"), start, stages)
    expect.close(
        first,
        both(2, 5, 7.5),
        what,
        mistakes={
            "there is no memory: the velocity must last from step to step": both(2, 4, 5),
            "this is the outside form, as in PyTorch: here the velocity takes up the rate": both(2, 5, 6.75),
            "you average: the new gradient enters whole, without a factor 1 − β": both(1, 2.5, 3.75),
            "you average: the new gradient enters whole, without a factor 1 − β. And the rate is outside": both(
                1, 2.5, 3.375
            ),
            "the parameters move by the old velocity: update the velocity first": both(0, 2, 5),
            "uphill: the signs of the decks are mixed; a velocity that grows with +g is subtracted": both(-2, -5, -7.5),
            "momentum acts twice, in the velocity and in the step: that is Nesterov's correction": both(3, 6.5, 8.75),
            "the arrays share one velocity: each parameter array needs its own": [[8, 20], [6, 20], [5, 20]],
            "nothing moved: `param = param − …` gives a new array the old name; change it in place": both(0, 0, 0),
            "the rate acts twice, in the velocity and in the step": both(1, 2.5, 3.125),
        },
    )
    expect_apart(lambda: Momentum(0.5, form="inside"), lambda: Momentum(0.25, form="outside"), start, stages)
    expect.close(
        journey(Momentum(momentum=0.0, form="inside"), start, stages),
        both(2, 4, 5),
        "params with momentum 0, which is plain gradient descent",
    )
    expect.close(
        roll_on(Momentum(momentum=0.5, form="inside")),
        [8, 7, 6.5, 6.25],
        "params[0] after steps with gradients 4, 0, 4, 0, momentum 0.5, rates 0.5, 0.5, 0, 0.5, rate inside",
        mistakes={
            "a step with the gradient 0 is left out: the ball rolls on, and its velocity fades": [8, 8, 7, 7],
            "a step with the rate 0 is left out: the ball rolls on, and its velocity fades": [8, 7, 7, 6.5],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(408)
    for options in ({}, {"momentum": 0.35}, {"momentum": 1.0}):
        start, stages = drawn_stages(rng)
        inner = [([rate * grad for grad in grads], 1.0) for grads, rate in stages]
        truth = sgd_of_torch(start, inner, momentum=options.get("momentum", 0.9))
        came = journey(Momentum(**options), start, stages)
        expect.close(came, truth, f"params after 200 steps of Momentum(**{options}), rate inside and changing")
    ### END HIDDEN TESTS


check_Momentum_inside(Momentum)


# %% check="Momentum" points=1 why="rate outside the velocity, as in PyTorch"
@expect.check
def check_Momentum_outside(Momentum):
    start, push = [np.array([[10.0, -10.0]])], [np.array([[4.0, -4.0]])]
    stages = [(push, 0.5), (push, 0.5), (push, 0.25)]
    expect.close(
        journey(Momentum(momentum=0.5, form="outside"), start, stages)[:, 0],
        [8, 5, 3.25],
        "params[0][0, 0] after steps with gradient 4, momentum 0.5, rates 0.5, 0.5, 0.25, rate outside",
        mistakes={
            "this is the inside form, as in the decks: here the velocity is free of the rate": [8, 5, 2.5],
            "you average: the new gradient enters whole, without a factor 1 − β": [9, 7.5, 6.625],
            "there is no memory: the velocity must last from step to step": [8, 6, 5],
            "the first gradient is forgotten: the velocity is g after the first step, not 0": [10, 8, 6.5],
        },
    )
    expect.close(
        roll_on(Momentum(momentum=0.5, form="outside")),
        [8, 7, 7, 5.75],
        "params[0] after steps with gradients 4, 0, 4, 0, momentum 0.5, rates 0.5, 0.5, 0, 0.5, rate outside",
        mistakes={
            "a step with the gradient 0 is left out: the ball rolls on, and its velocity fades": [8, 8, 8, 8],
            "a step with the rate 0 is left out: its gradient belongs into the velocity": [8, 7, 7, 6.5],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(409)
    for beta in (0.9, 0.6, 0.0, 1.0):
        start, stages = drawn_stages(rng)
        came = journey(Momentum(momentum=beta, form="outside"), start, stages)
        truth = sgd_of_torch(start, stages, momentum=beta)
        expect.close(came, truth, f"params after 200 steps, momentum {beta}, rate outside and changing")
    ### END HIDDEN TESTS


check_Momentum_outside(Momentum)


# %% check="Momentum" points=1 why="equal at a constant rate, and the caller's gradients stay the caller's"
@expect.check
def check_Momentum_manners(Momentum):
    start, shared = [np.array([3.0, -1.0]), np.array([[0.5]])], [np.zeros(2), np.zeros((1, 1))]
    ways = {}
    for form in ("inside", "outside"):
        optimizer, params = Momentum(momentum=0.8, form=form), [array.copy() for array in start]
        for k in range(1, 7):
            shared[0][:], shared[1][:] = [k, -2.0], k * k  # a loop that uses its gradient arrays again
            before = [array.copy() for array in shared]
            optimizer.step(params, shared, 0.1)
            expect.that(
                all(map(np.array_equal, shared, before)),
                f'form="{form}": `step` changed the caller\'s gradients in place (mutated input).\n'
                "They may be needed again, to be logged or clipped. Work on arrays of your own.",
            )
        ways[form] = np.concatenate([array.ravel() for array in params])
    expect.close(
        ways["outside"],
        [-1.402848, 2.048576, -15.874368],
        'params after six steps at the constant rate 0.1, form="outside"',
        mistakes={
            "the velocity is the caller's gradient array, which changes under your hands: make your own": [
                -1.671776,
                2.048576,
                -16.681152,
            ],
            "there is no memory: the velocity must last from step to step": [0.9, 0.2, -8.6],
        },
    )
    expect.close(ways["inside"], ways["outside"], "params after six steps at a constant rate, inside against outside")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(410)
    start, stages = drawn_stages(rng)
    constant = [(grads, 0.07) for grads, _ in stages]
    inside, outside = (journey(Momentum(momentum=0.7, form=form), start, constant) for form in ("inside", "outside"))
    expect.close(inside, outside, "200 steps at a constant rate, inside against outside")
    ### END HIDDEN TESTS


check_Momentum_manners(Momentum)


# %% wrong="Momentum" why="a velocity made anew in every step" keyword="there is no memory"
class Momentum__no_memory:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.momentum, self.form = momentum, form

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            velocity = self.momentum * np.zeros_like(param) + learning_rate * grad
            param -= velocity


# %% wrong="Momentum" why="PyTorch's form only" keyword="this is the outside form"
class Momentum__always_outside:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.momentum, self.v = momentum, None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            self.v[i] = self.momentum * self.v[i] + grads[i]
            param -= learning_rate * self.v[i]


# %% wrong="Momentum" why="the decks' form only" keyword="this is the inside form"
class Momentum__always_inside:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.momentum, self.v = momentum, None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            self.v[i] = self.momentum * self.v[i] - learning_rate * grads[i]
            param += self.v[i]


# %% wrong="Momentum" why="takes inside for outside" keyword="free of the rate"
class Momentum__swapped:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.momentum, self.outside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            self.v[i] = self.momentum * self.v[i] + (1 if self.outside else learning_rate) * grads[i]
            param -= (learning_rate if self.outside else 1) * self.v[i]


# %% wrong="Momentum" why="an average with the weights β and 1 − β" keyword="you average"
class Momentum__average:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.mean = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.mean = self.mean or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            new = learning_rate * grads[i] if self.inside else grads[i]
            self.mean[i] = self.beta * self.mean[i] + (1 - self.beta) * new
            param -= self.mean[i] if self.inside else learning_rate * self.mean[i]


# %% wrong="Momentum" why="moves first, updates the velocity afterwards" keyword="old velocity"
class Momentum__moves_first:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            param -= self.v[i] if self.inside else learning_rate * self.v[i]
            self.v[i] = self.beta * self.v[i] + (learning_rate * grads[i] if self.inside else grads[i])


# %% wrong="Momentum" why="deck 3 read literally: the increment is added" keyword="uphill"
class Momentum__increment_added:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.gamma, self.inside, self.increment = momentum, form == "inside", {}

    def step(self, params, grads, learning_rate):
        for i, (param, grad) in enumerate(zip(params, grads, strict=True)):
            push = learning_rate * grad if self.inside else grad
            self.increment[i] = push + self.gamma * self.increment.get(i, 0.0)
            param += self.increment[i] if self.inside else learning_rate * self.increment[i]


# %% wrong="Momentum" why="momentum in the velocity and once more in the step" keyword="acts twice, in the velocity and"
class Momentum__twice:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            push = learning_rate * grads[i] if self.inside else grads[i]
            self.v[i] = self.beta * self.v[i] + push
            move = self.beta * self.v[i] + push
            param -= move if self.inside else learning_rate * move


# %% wrong="Momentum" why="the rate in the velocity and in the step" keyword="rate acts twice"
class Momentum__rate_twice:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            self.v[i] = self.beta * self.v[i] + (learning_rate if self.inside else 1) * grads[i]
            param -= learning_rate * self.v[i]


# %% wrong="Momentum" why="one velocity, used for every array in turn" keyword="share one velocity"
class Momentum__one_velocity:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", 0.0

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            self.v = self.beta * self.v + (learning_rate * grad if self.inside else grad)
            param -= self.v if self.inside else learning_rate * self.v


# %% wrong="Momentum" why="gives the name param to a new array" keyword="nothing moved"
class Momentum__name_rebound:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            self.v[i] = self.beta * self.v[i] + (learning_rate * grads[i] if self.inside else grads[i])
            param = param - (self.v[i] if self.inside else learning_rate * self.v[i])


# %% wrong="Momentum" why="puts new arrays into the list" keyword="still holds the old one"
class Momentum__list_rebound:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i in range(len(params)):
            self.v[i] = self.beta * self.v[i] + (learning_rate * grads[i] if self.inside else grads[i])
            params[i] = params[i] - (self.v[i] if self.inside else learning_rate * self.v[i])


# %% wrong="Momentum" why="the velocity is an attribute of the class, shared by all optimizers" keyword="one memory"
class Momentum__class_attribute:
    v = {}  # noqa: RUF012

    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside = momentum, form == "inside"

    def step(self, params, grads, learning_rate):
        for i, (param, grad) in enumerate(zip(params, grads, strict=True)):
            self.v[i] = self.beta * self.v.get(i, 0) + (learning_rate * grad if self.inside else grad)
            param -= self.v[i] if self.inside else learning_rate * self.v[i]


# %% wrong="Momentum" why="the velocities are a default argument, shared by all optimizers" keyword="two share one"
class Momentum__default_argument:
    def __init__(self, momentum=0.9, velocities=[], *, form="inside"):  # noqa: B006
        self.beta, self.inside, self.velocities = momentum, form == "inside", velocities

    def step(self, params, grads, learning_rate):
        if not self.velocities:
            self.velocities += [np.zeros_like(param) for param in params]
        for param, grad, v in zip(params, grads, self.velocities, strict=True):
            v[...] = self.beta * v + (learning_rate * grad if self.inside else grad)
            param -= v if self.inside else learning_rate * v


# %% wrong="Momentum" why="the options are kept on the class: the last optimizer made decides" keyword="or the options"
class Momentum__class_options:
    def __init__(self, momentum=0.9, *, form="inside"):
        Momentum__class_options.beta, Momentum__class_options.inside = momentum, form == "inside"
        self.v = None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            self.v[i] = self.beta * self.v[i] + (learning_rate * grads[i] if self.inside else grads[i])
            param -= self.v[i] if self.inside else learning_rate * self.v[i]


# %% wrong="Momentum" why="one velocity, begun anew when another optimizer steps" keyword="share one memory"
class Momentum__last_owner:
    owner = v = None

    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside = momentum, form == "inside"

    def step(self, params, grads, learning_rate):
        shared = Momentum__last_owner
        if shared.owner is not self:
            shared.owner, shared.v = self, [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            self.v[i] = self.beta * self.v[i] + (learning_rate * grads[i] if self.inside else grads[i])
            param -= self.v[i] if self.inside else learning_rate * self.v[i]


# %% wrong="Momentum" why="the velocities are found by the shape of their array" keyword="share one velocity"
class Momentum__by_shape:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", {}

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            old = self.v.get(param.shape, 0.0)
            v = self.v[param.shape] = self.beta * old + (learning_rate * grad if self.inside else grad)
            param -= v if self.inside else learning_rate * v


# %% wrong="Momentum" why="leaves arrays out whose gradient is 0" keyword="with the gradient 0 is left out"
class Momentum__zero_gradient_skipped:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for param, grad, v in zip(params, grads, self.v, strict=True):
            if not grad.any():
                continue
            v[...] = self.beta * v + (learning_rate * grad if self.inside else grad)
            param -= v if self.inside else learning_rate * v


# %% wrong="Momentum" why="does nothing where the rate is 0" keyword="with the rate 0 is left out"
class Momentum__zero_rate_skipped:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        if learning_rate == 0:
            return
        self.v = self.v or [np.zeros_like(param) for param in params]
        for param, grad, v in zip(params, grads, self.v, strict=True):
            v[...] = self.beta * v + (learning_rate * grad if self.inside else grad)
            param -= v if self.inside else learning_rate * v


# %% wrong="Momentum" why="multiplies the caller's gradients by the rate" keyword="changed the caller's gradients"
class Momentum__scales_gradients:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for param, grad, v in zip(params, grads, self.v, strict=True):
            if self.inside:
                grad *= learning_rate
            v *= self.beta
            v += grad
            param -= v if self.inside else learning_rate * v


# %% wrong="Momentum" why="keeps the caller's first gradient array as its velocity" keyword="may be needed again"
class Momentum__keeps_gradient:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.v = momentum, form == "inside", None

    def step(self, params, grads, learning_rate):
        first, self.v = self.v is None, self.v or list(grads)
        for param, grad, v in zip(params, grads, self.v, strict=True):
            if first:
                v *= learning_rate if self.inside else 1
            else:
                v[...] = self.beta * v + (learning_rate * grad if self.inside else grad)
            param -= v if self.inside else learning_rate * v


# %% right="Momentum" why="without a velocity: every gradient is kept and weighted by its age"
class Momentum__whole_history:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.inside, self.pushes = momentum, form == "inside", []

    def step(self, params, grads, learning_rate):
        self.pushes.append([learning_rate * grad if self.inside else grad.copy() for grad in grads])
        fading = self.beta ** np.arange(len(self.pushes))[::-1]
        for param, past in zip(params, zip(*self.pushes, strict=True), strict=True):
            roll = np.tensordot(fading, np.stack(past), axes=1)
            param -= roll if self.inside else learning_rate * roll


# %% right="Momentum" why="deck 0: a velocity that points downhill, by number of the parameter"
class Momentum__downhill:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.beta, self.form, self.v = momentum, form, {}

    def step(self, params, grads, learning_rate):
        for number, param in enumerate(params):
            old = self.v.get(number, np.zeros(param.shape))
            if self.form == "inside":
                self.v[number] = self.beta * old - learning_rate * grads[number]
                np.add(param, self.v[number], out=param)
            else:
                self.v[number] = self.beta * old - grads[number]
                np.add(param, learning_rate * self.v[number], out=param)


# %% right="Momentum" why="torch.optim.SGD on tensors that share the arrays' memory"
class Momentum__torch:
    def __init__(self, momentum=0.9, *, form="inside"):
        self.momentum, self.form, self.sgd = momentum, form, None

    def step(self, params, grads, learning_rate):
        inner, outer = (learning_rate, 1.0) if self.form == "inside" else (1.0, learning_rate)
        if self.sgd is None:
            tensors = [torch.from_numpy(param.copy()) for param in params]
            self.sgd = torch.optim.SGD(tensors, lr=1.0, momentum=self.momentum)
        group = self.sgd.param_groups[0]
        group["lr"] = outer
        for tensor, param, grad in zip(group["params"], params, grads, strict=True):
            tensor.copy_(torch.from_numpy(param))
            tensor.grad = torch.tensor(inner * grad)
        self.sgd.step()
        for tensor, param in zip(group["params"], params, strict=True):
            param[...] = tensor.numpy()


# %% [markdown]
# Your two forms in the same ravine as before. At step 20 the rate falls to a tenth, as schedules do. Outside brakes at
# once. Inside rolls on: its velocity was gathered at the old rate and fades only by the momentum. Look at the length of
# the steps right after step 20.

# %%
# Figure · the rate falls to a tenth at step 20
with expect.written():
    walks = {}
    for name, beta, form in [
        ("no momentum", 0.0, "inside"),
        ("0.9, inside", 0.9, "inside"),
        ("0.9, outside", 0.9, "outside"),
    ]:
        optimizer, params = Momentum(momentum=beta, form=form), [np.array([1.05, -0.95])]
        places = [params[0].copy()]
        for k in range(60):
            slope = np.array([[13.0, 12.0], [12.0, 13.0]]) @ params[0]
            optimizer.step(params, [slope], 0.0025 if k < 20 else 0.00025)
            places.append(params[0].copy())
        walks[name] = places
    fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4))
    for name, places in walks.items():
        style = {"label": name, "linestyle": "--" if "outside" in name else "-", "linewidth": 1.6}
        left.plot(np.linalg.norm(places, axis=1), **style)
        right.plot(np.linalg.norm(np.diff(places, axis=0), axis=1), **style)
    left.set(xlabel="step", ylabel="distance from the minimum", ylim=(0, None))
    right.set(xlabel="step", ylabel="length of the step", ylim=(0, None))
    right.legend(fontsize=9)
    plot.show(
        fig,
        alt="Left: distance from the minimum, right: length of the steps. Until step 20 both forms with momentum lie "
        "on each other and far ahead of no momentum. There the outside form's steps drop to a tenth at once, those of "
        "the inside form fade over some twenty steps, and it gets much further.",
    )

# %% [markdown]
# ### 5 · Look before the leap  ·  3 points  ·  15 min  ·  ●●● difficulty
#
# Write the class `Nesterov(momentum)`. Classical momentum asks for the slope where it stands, and then rolls on anyway.
# But where it will be without any new push is known already: $\theta - \beta v$. Nesterov's idea is to ask for the
# slope **there**. If the ground rises beyond the minimum, the ball brakes one step sooner. As deck 4 prints it,
# with the rate inside the velocity (and γ for our β):
#
# $$v_k = \beta\, v_{k-1} + \eta_k \nabla E(\theta_k - \beta\, v_{k-1}) \qquad \theta_{k+1} = \theta_k - v_k$$
#
# `step` cannot be given the gradients any more, since only it knows the point. So it gets the function.
#
# | argument | type | |
# |---|---|---|
# | `momentum` | float, 0 to 1, also 1; 0.9 where you say nothing | $\beta$ |
# | `params` | list of float64 arrays | changed **in place**; afterwards $\theta$, not the point ahead |
# | `gradient` | function | takes a list of arrays like `params`, returns a list of the gradients there, to read only |
# | `learning_rate` | float | $\eta_k$, may be another at each step |
#
# A gradient costs a pass through the network, forward and backward: call `gradient` once a step, with all arrays at
# their look-ahead points.
#
# PyTorch gets the gradient from you, at the point where its parameters are. So its `SGD(nesterov=True)` does a trick:
# its parameters **are** the look-ahead points, $\varphi_k = \theta_k - \beta v_{k-1}$, and its update is rewritten for
# them. At a constant rate both walk together, always $\beta v$ apart. The second check looks for PyTorch's parameters
# at the points where you ask.
#
# <details><summary>Hint 1: the idea</summary>
# Do two steps on paper for the energy θ², gradient 2θ, from 8 with momentum 0.5 and rate 0.25. The first is plain
# gradient descent, since v is still zero. For the second you ask at 2, not at 4.
# </details>
# <details><summary>Hint 2: the order of things</summary>
# First the whole list of look-ahead points, as new arrays. Then one call. Then new velocities and new parameters. If
# you move the parameters themselves to the look-ahead points, move them back before you subtract the velocity.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Zeros for velocities at the first step. Build the points: each parameter minus momentum times its velocity. Call the
# function with them. Go through parameters, gradients and velocities together: shrink the velocity, add rate times
# gradient, subtract the velocity from the parameter in place.
# </details>


# %% solution="Nesterov"
class Nesterov:
    """Momentum with the rate inside the velocity and the gradient taken at the look-ahead point."""

    def __init__(self, momentum=0.9):
        ### BEGIN SOLUTION
        self.momentum = momentum
        self.velocities = None
        ### END SOLUTION

    def step(self, params, gradient, learning_rate):
        """Change every array of `params` in place; `gradient` takes a list of arrays and returns a list of arrays."""
        ### BEGIN SOLUTION
        if self.velocities is None:
            self.velocities = [np.zeros_like(param) for param in params]
        ahead = [param - self.momentum * velocity for param, velocity in zip(params, self.velocities, strict=True)]
        for param, grad, velocity in zip(params, gradient(ahead), self.velocities, strict=True):
            velocity *= self.momentum
            velocity += learning_rate * grad
            param -= velocity
        ### END SOLUTION


# %% check="Nesterov" points=2 why="the gradient at the look-ahead point"
@expect.check
def check_Nesterov_look_ahead(Nesterov):
    asked = Asked(lambda point: [2 * array for array in point])
    start = [np.array([8.0]), np.array([-16.0]), np.array([[4.0]])]
    stages = [(asked, 0.25), (asked, 0.25), (asked, 0.125)]

    def all_three(*first):  # the energy is a sum of squares: all parameters walk alike
        return np.outer(first, [1.0, -2.0, 0.5])

    what = "params after steps on E = θ² from 8, −16, 4, momentum 0.5, rates 0.25, 0.25, 0.125"
    came = journey(Nesterov(momentum=0.5), start, stages)
    asked.expect_calls(3)
    expect.close(
        came,
        all_three(4, 1, -0.375),
        what,
        mistakes={
            "this is classical momentum: ask for the gradient at θ − βv, not at θ": all_three(4, 0, -2),
            "you look back: the parameters move by −v, so ahead is θ − βv, not θ + βv": all_three(4, -1, -3.875),
            "you look a whole v ahead: only βv of it is known before the gradient": all_three(4, 2, 1),
            "the parameters stayed at the look-ahead point before v was subtracted: βv was walked twice": all_three(
                4, -1, -3.375
            ),
            "params are the look-ahead points, as in PyTorch: give back θ": all_three(2, -0.5, -1.0625),
            "params are the look-ahead points, as in PyTorch, and the rate is outside: give back θ": all_three(
                2, -0.5, -0.6875
            ),
            "the rate is outside the velocity: here every gradient counts with the rate of its own step": all_three(
                4, 1, 0.1875
            ),
            "the velocity forgets: it is used to look ahead, but βv is missing in the new one": all_three(4, 3, 2.375),
            "this is plain gradient descent: the velocity must last from step to step": all_three(4, 2, 1.5),
            "nothing moved: `param = param − …` gives a new array the old name; change it in place": all_three(8, 8, 8),
            "arrays of the same shape share a velocity: keep one for each array, in the order of `params`": [
                [4, -10, 2],
                [3.5, -6.75, 0.5],
                [3.84375, -5.296875, -0.1875],
            ],
        },
    )
    expect.close(asked.points, all_three(8, 2, -0.5), "the points where `gradient` was asked for, on the same way")
    expect_apart(lambda: Nesterov(momentum=0.5), lambda: Nesterov(momentum=0.25), start, stages)
    asked = Asked(lambda point: [4.0 * (array > 5.5) for array in point])
    expect.close(
        journey(Nesterov(momentum=0.5), [np.array([8.0])], [(asked, rate) for rate in (0.5, 0.5, 0.0, 0.5)])[:, 0],
        [6, 5, 4.5, 4.25],
        "params[0] after steps from 8 on a slope of 4 that ends in a plain, rates 0.5, 0.5, 0, 0.5, momentum 0.5",
        mistakes={
            "a step with the gradient 0 is left out: the ball rolls on, and its velocity fades": [6, 6, 6, 6],
            "a step with the rate 0 is left out: the ball rolls on, and its velocity fades": [6, 5, 5, 4.5],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(411)
    for options in ({}, {"momentum": 0.4}, {"momentum": 1.0}):
        gamma = options.get("momentum", 0.9)
        start, stages = drawn_stages(rng)
        asked, walls = Asked(None), [np.array(rng.uniform(0.1, 2, array.shape)) for array in start]

        def bowl_with_plains(point, asked=asked, walls=walls, stages=stages):
            rests = [grad == 0 for grad in stages[len(asked.points) - 1][0]]  # there the slope is 0 in this step
            together = sum(array.sum() for array in point) / 20  # each array needs the others
            return [np.where(r, 0, w * a + together) for r, w, a in zip(rests, walls, point, strict=True)]

        asked.gradient, rates = bowl_with_plains, [rate / 4 for _, rate in stages]
        came = journey(Nesterov(**options), start, [(asked, rate) for rate in rates])
        asked.expect_calls(len(rates))
        places = np.vstack([np.concatenate([array.ravel() for array in start]), came])
        moved = np.diff(places, axis=0, prepend=places[:1])  # −v, and no move before the first step
        what = f"{len(rates)} steps of Nesterov(**{options}) with a changing rate"
        expect.close(asked.points, places[:-1] + gamma * moved[:-1], f"the points asked for in {what}")
        wanted = gamma * moved[:-1] - np.multiply(np.array(rates)[:, None], asked.slopes)
        expect.close(moved[1:], wanted, f"the moves in {what}")
    ### END HIDDEN TESTS


check_Nesterov_look_ahead(Nesterov)


# %% check="Nesterov" points=1 why="the same walk as PyTorch's, seen from the look-ahead point"
@expect.check
def check_Nesterov_torch(Nesterov):
    target = np.array([[1.0, 2.0, 0.0], [-1.0, 0.5, 1.0]])
    asked = Asked(lambda point: coupled_slope(point, target))
    start = split([0.5, -0.25, 1.0, 0.0, 0.75])
    journey(Nesterov(momentum=0.8), start, [(asked, 0.05)] * 21)
    asked.expect_calls(21)
    theirs = sgd_of_torch(start, [(asked.gradient, 0.05)] * 20, momentum=0.8, nesterov=True)
    classical = sgd_of_torch(start, [(asked.gradient, 0.05)] * 20, momentum=0.8)
    expect.close(
        asked.points[1:],
        theirs,
        "the points where you ask in steps 2 to 21, against the parameters of torch.optim.SGD(nesterov=True)",
        mistakes={"these are the points of classical momentum: ask at θ − βv": classical},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(412)
    for gamma in (0.95, 0.5):
        target = rng.standard_normal((2, 3))
        slope = Asked(lambda point, target=target: coupled_slope(point, target))
        start = split(rng.standard_normal(5))
        rates = [float(rate) for rate in np.repeat(rng.uniform(0.002, 0.02, 12), 5)]
        came = journey(Nesterov(momentum=gamma), start, [(slope, rate) for rate in rates])
        # With the rate in the gradients and 1 for its own, PyTorch has the rate inside too
        scaled = [
            (lambda point, eta=eta, slope=slope: [eta * array for array in slope.gradient(point)], 1.0) for eta in rates
        ]
        truth = sgd_of_torch(start, scaled, momentum=gamma, nesterov=True)
        expect.close(slope.points[1:], truth[:-1], f"the points of 60 steps, momentum {gamma}, a changing rate")
        last = came[-1] + gamma * (came[-1] - came[-2])
        expect.close(last, truth[-1], f"the look-ahead point after 60 steps, momentum {gamma}, a changing rate")
    ### END HIDDEN TESTS


check_Nesterov_torch(Nesterov)


# %% wrong="Nesterov" why="asks where it stands" keyword="classical momentum: ask"
class Nesterov__classical:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient([param.copy() for param in params])
        for i, param in enumerate(params):
            self.v[i] = self.gamma * self.v[i] + learning_rate * grads[i]
            param -= self.v[i]


# %% wrong="Nesterov" why="looks at θ + βv" keyword="you look back"
class Nesterov__behind:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient([param + self.gamma * v for param, v in zip(params, self.v, strict=True)])
        for i, param in enumerate(params):
            self.v[i] = self.gamma * self.v[i] + learning_rate * grads[i]
            param -= self.v[i]


# %% wrong="Nesterov" why="looks at θ − v" keyword="whole v ahead"
class Nesterov__whole_velocity:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient([param - v for param, v in zip(params, self.v, strict=True)])
        for i, param in enumerate(params):
            self.v[i] = self.gamma * self.v[i] + learning_rate * grads[i]
            param -= self.v[i]


# %% wrong="Nesterov" why="moves the parameters ahead and does not move them back" keyword="walked twice"
class Nesterov__stays_ahead:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for param, v in zip(params, self.v, strict=True):
            param -= self.gamma * v
        grads = gradient(params)
        for i, param in enumerate(params):
            self.v[i] = self.gamma * self.v[i] + learning_rate * grads[i]
            param -= self.v[i]


# %% wrong="Nesterov" why="PyTorch's update, whose parameters are the look-ahead points" keyword="give back θ"
class Nesterov__as_pytorch:
    def __init__(self, momentum=0.9):
        self.gamma, self.b = momentum, None

    def step(self, params, gradient, learning_rate):
        self.b = self.b or [np.zeros_like(param) for param in params]
        grads = gradient([param.copy() for param in params])
        for i, (param, g) in enumerate(zip(params, grads, strict=True)):
            self.b[i] = self.gamma * self.b[i] + g
            param -= learning_rate * (g + self.gamma * self.b[i])


# %% wrong="Nesterov" why="the same with the rate inside" keyword="as in PyTorch: give back"
class Nesterov__correction_only:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient([param.copy() for param in params])
        for i, param in enumerate(params):
            push = learning_rate * grads[i]
            self.v[i] = self.gamma * self.v[i] + push
            param -= self.gamma * self.v[i] + push


# %% wrong="Nesterov" why="the rate outside the velocity" keyword="rate is outside the velocity"
class Nesterov__rate_outside:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient([p - learning_rate * self.gamma * v for p, v in zip(params, self.v, strict=True)])
        for i, param in enumerate(params):
            self.v[i] = self.gamma * self.v[i] + grads[i]
            param -= learning_rate * self.v[i]


# %% wrong="Nesterov" why="looks ahead, but does not carry the velocity on" keyword="velocity forgets"
class Nesterov__forgets:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient([param - self.gamma * v for param, v in zip(params, self.v, strict=True)])
        for i, param in enumerate(params):
            self.v[i] = learning_rate * grads[i]
            param -= self.v[i]


# %% wrong="Nesterov" why="one call for each array, the others where they stand" keyword="call it once a step"
class Nesterov__array_by_array:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for i, param in enumerate(params):
            ahead = [other.copy() for other in params]
            ahead[i] = param - self.gamma * self.v[i]
            self.v[i] = self.gamma * self.v[i] + learning_rate * gradient(ahead)[i]
            param -= self.v[i]


# %% wrong="Nesterov" why="gives the name param to a new array" keyword="nothing moved"
class Nesterov__name_rebound:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = [np.zeros_like(param) for param in params]
        ahead = [param - self.gamma * v for param, v in zip(params, self.v, strict=True)]
        for param, g, v in zip(params, gradient(ahead), self.v, strict=True):
            v += learning_rate * g
            param = param - v


# %% wrong="Nesterov" why="puts new arrays into the list" keyword="still holds the old one"
class Nesterov__list_rebound:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient([param - self.gamma * v for param, v in zip(params, self.v, strict=True)])
        self.v = [self.gamma * v + learning_rate * g for v, g in zip(self.v, grads, strict=True)]
        params[:] = [param - v for param, v in zip(params, self.v, strict=True)]


# %% wrong="Nesterov" why="the velocity is an attribute of the class, shared by all optimizers" keyword="one memory"
class Nesterov__class_attribute:
    v = {}  # noqa: RUF012

    def __init__(self, momentum=0.9):
        self.gamma = momentum

    def step(self, params, gradient, learning_rate):
        known = [self.v.get(i, 0.0) for i in range(len(params))]
        grads = gradient([param - self.gamma * v for param, v in zip(params, known, strict=True)])
        for i, param in enumerate(params):
            self.v[i] = self.gamma * known[i] + learning_rate * grads[i]
            param -= self.v[i]


# %% wrong="Nesterov" why="the velocities are found by the shape of their array" keyword="of the same shape share"
class Nesterov__by_shape:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, {}

    def step(self, params, gradient, learning_rate):
        for param in params:
            self.v.setdefault(param.shape, np.zeros_like(param))
        grads = gradient([param - self.gamma * self.v[param.shape] for param in params])
        for param, grad in zip(params, grads, strict=True):
            v = self.v[param.shape] = self.gamma * self.v[param.shape] + learning_rate * grad
            param -= v


# %% wrong="Nesterov" why="leaves arrays out whose gradient is 0" keyword="with the gradient 0 is left out"
class Nesterov__zero_gradient_skipped:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient([param - self.gamma * v for param, v in zip(params, self.v, strict=True)])
        for param, grad, v in zip(params, grads, self.v, strict=True):
            if grad.any():
                v[...] = self.gamma * v + learning_rate * grad
                param -= v


# %% wrong="Nesterov" why="does nothing where the rate is 0" keyword="with the rate 0 is left out"
class Nesterov__zero_rate_skipped:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        ahead = [param - self.gamma * v for param, v in zip(params, self.v, strict=True)]
        for param, grad, v in zip(params, gradient(ahead), self.v, strict=True):
            if learning_rate > 0:
                v[...] = self.gamma * v + learning_rate * grad
                param -= v


# %% wrong="Nesterov" why="hands a generator to gradient" keyword="gone through only once"
class Nesterov__generator:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        grads = gradient(param - self.gamma * v for param, v in zip(params, self.v, strict=True))
        for i, param in enumerate(params):
            self.v[i] = self.gamma * self.v[i] + learning_rate * grads[i]
            param -= self.v[i]


# %% wrong="Nesterov" why="asks with every array alone" keyword="all of them at once"
class Nesterov__single_arrays:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        self.v = self.v or [np.zeros_like(param) for param in params]
        for param, v in zip(params, self.v, strict=True):
            slope = gradient(param - self.gamma * v)
            v[...] = self.gamma * v + learning_rate * slope
            param -= v


# %% right="Nesterov" why="moves the parameters ahead in place, and then corrects by the gradient alone"
class Nesterov__jump_and_correct:
    def __init__(self, momentum=0.9):
        self.gamma, self.v = momentum, None

    def step(self, params, gradient, learning_rate):
        if self.v is None:
            self.v = [np.zeros(param.shape) for param in params]
        for param, v in zip(params, self.v, strict=True):
            v *= self.gamma
            param -= v
        for param, v, slope in zip(params, self.v, gradient(params), strict=True):
            correction = learning_rate * np.asarray(slope)
            v += correction
            param -= correction


# %% right="Nesterov" why="extrapolates from the last two positions, without a velocity"
class Nesterov__extrapolation:
    def __init__(self, momentum=0.9):
        self.gamma, self.last = momentum, None

    def step(self, params, gradient, learning_rate):
        here = [param.copy() for param in params]
        ahead = [now + self.gamma * (now - was) for now, was in zip(here, self.last or here, strict=True)]
        slopes = gradient([point.copy() for point in ahead])
        for param, point, slope in zip(params, ahead, slopes, strict=True):
            param[...] = point - learning_rate * slope
        self.last = here


# %% right="Nesterov" why="PyTorch's SGD walks the look-ahead points, each step is taken back to θ"
class Nesterov__torch:
    def __init__(self, momentum=0.9):
        self.gamma, self.sgd = momentum, None

    def step(self, params, gradient, learning_rate):
        if self.sgd is None:
            tensors = [torch.from_numpy(param.copy()) for param in params]
            self.sgd = torch.optim.SGD(tensors, lr=1.0, momentum=self.gamma, nesterov=True)
        points = self.sgd.param_groups[0]["params"]
        slopes = gradient([point.numpy().copy() for point in points])
        for point, slope in zip(points, slopes, strict=True):
            point.grad = torch.tensor(learning_rate * np.asarray(slope))
        self.sgd.step()
        for param, point in zip(params, points, strict=True):
            param[...] = (point + self.gamma * self.sgd.state[point]["momentum_buffer"]).numpy()


# %% [markdown]
# Three walks in a valley that bends, all with the same rate. Gradient descent creeps. Momentum races along the valley
# and swings up its walls. Nesterov feels the wall one step sooner and stays near the floor. It brakes more, so after
# the same hundred steps it is a little behind.

# %%
# Figure · three walks in a bent valley
with expect.written():

    def valley(point):
        x, y = point[0]
        return [np.array([0.4 * x - 4 * x * (y - x * x), 2 * (y - x * x)])]

    walks = {}
    for name, beta in {"momentum": 0.9, "Nesterov": 0.9, "gradient descent": 0.0}.items():
        walker = Nesterov(momentum=beta) if name == "Nesterov" else Momentum(momentum=beta, form="inside")
        params = [np.array([-2.0, 3.0])]
        places = [params[0].copy()]
        for _ in range(100):
            walker.step(params, valley if name == "Nesterov" else valley(params), 0.02)
            places.append(params[0].copy())
        walks[name] = places
    across, up = np.meshgrid(np.linspace(-2.3, 1.2, 120), np.linspace(-0.8, 3.8, 120))
    height = 0.2 * across**2 + (up - across**2) ** 2
    fig, ax = plt.subplots(figsize=(6.4, 4.2))
    ax.contour(across, up, height, levels=np.geomspace(0.05, 40, 12), colors=plot.colors["gray"], linewidths=0.6)
    for name, places in walks.items():
        ax.plot(*np.transpose(places), marker=".", markersize=4, linewidth=1.2, label=name)
    ax.plot(0, 0, marker="*", markersize=12, color=plot.colors["gold"], linestyle="none", label="minimum")
    ax.legend(fontsize=9)
    plot.show(
        fig,
        alt="Contour lines of a valley bent like a U, and three walks from its upper left end. Gradient descent "
        "creeps a small part of the way along the floor. Momentum swings from wall to wall and almost reaches "
        "the minimum. Nesterov stays near the floor and comes almost as far.",
    )


# %% [markdown]
# ### 6 · Give every weight its own rate: Adagrad  ·  4 points  ·  15 min  ·  ●●○ difficulty
#
# So far one learning rate had to suit all weights. But a weight whose gradients are large wants a small rate, and a
# weight that hardly ever gets a gradient wants a large one. **Adagrad** finds out by itself: for every weight it adds
# up the squares of all gradients so far, and divides the rate by the root of that sum. Write the class `Adagrad`:
#
# $$G_t = G_{t-1} + g_t^2 \qquad\qquad
# \theta_t = \theta_{t-1} - \frac{\eta}{\sqrt{G_t} + \epsilon}\; g_t \qquad\qquad G_0 = 0$$
#
# $G$ has the shape of $\theta$. $\epsilon$ keeps the first division from being 0 / 0.
#
# **Where ε stands.** The slide has it *inside* the root, $\sqrt{G_t+\epsilon}$. PyTorch has it *outside*,
# $\sqrt{G_t}+\epsilon$. That is not the same number: where $G$ is still 0, an $\epsilon$ of $10^{-8}$ inside the root
# divides by $10^{-4}$. You will meet both forms, so yours can do both: outside by default, inside with
# `eps_inside=True`. (The checks use a large ε, so that you see the difference.)
#
# **A slip on the slide.** It adds $g_t$ to $G_{t+1}$, but divides by the root of $G_t$, where $g_t$ is missing. Then
# the first step divides by ε alone and jumps out of the picture. Add first, then divide.
#
# | argument | type | |
# |---|---|---|
# | `eps` | number, 0 or larger, 1e-10 where you say nothing | $\epsilon$ |
# | `eps_inside` | True or False, False where you say nothing | where $\epsilon$ stands |
#
# `step(params, grads, learning_rate)` keeps the rules at the top of this notebook.
#
# <details><summary>Hint 1: the idea</summary>
# One weight with the gradients 3 and then 4, rate 1, no ε: the first step is 3 / 3, the second 4 / 5. What would a
# third gradient of 12 give? (12 / 13.) You need one number of memory for each weight.
# </details>
# <details><summary>Hint 2: memory between calls</summary>
# What has to survive until the next <code>step</code> is stored under <code>self</code>. In <code>__init__</code> you
# do not know any shape yet: put <code>None</code> there, and replace it when <code>step</code> runs for the first time.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Walk over <code>params</code>, <code>grads</code> and the sums together, with <code>zip</code>. For each three: add
# the square of the gradient to the sum, in place; compute what to divide by, in one of the two ways; subtract rate
# times gradient divided by that from the array, in place again (<code>-=</code>).
# </details>


# %% solution="Adagrad"
class Adagrad:
    """Gradient descent whose rate shrinks, for every number apart, with the gradients it has seen."""

    def __init__(self, *, eps=1e-10, eps_inside=False):
        ### BEGIN SOLUTION
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None
        ### END SOLUTION

    def step(self, params, grads, learning_rate):
        """Move every array of `params` in place, against its gradient in `grads`."""
        ### BEGIN SOLUTION
        if self.sums is None:
            self.sums = [np.zeros_like(param) for param in params]
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            total += grad**2
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= learning_rate * grad / root
        ### END SOLUTION


# %% check="Adagrad" points=2 why="three steps with numbers you can follow"
### BEGIN HIDDEN TESTS
def walk_torch(kind, options, start, gradients, rates):
    """Return where the steps of an optimizer of PyTorch lead from `start`: one row for each step."""
    point, rows = torch.tensor(np.array(start, float), requires_grad=True), []
    truth = kind([point], **options)
    for grad, eta in zip(gradients, np.ravel(rates), strict=True):
        truth.param_groups[0]["lr"] = float(eta)
        point.grad = torch.tensor(grad)
        truth.step()
        rows.append(point.detach().numpy().copy())
    return np.array(rows)


### END HIDDEN TESTS
@expect.check
def check_Adagrad_values(Adagrad):
    start, rates = np.array([1.0, 2.0]), np.array([[0.6], [0.42], [0.77]])
    gradients = np.array([[3.0, 0.0], [4.0, -6.0], [12.0, 8.0]])
    squares = np.array([[9, 0], [25, 36], [169, 100]])

    def divided_by(numbers):
        return start - np.cumsum(rates * gradients / numbers, axis=0)

    expect.close(
        walk(lambda: Adagrad(eps=1.0), start, gradients, rates),
        [[0.55, 2.0], [0.27, 2.36], [-0.39, 1.8]],
        "Adagrad(eps=1.0) from [1, 2], a row for each step",
        mistakes={
            "the array did not move: `param = param - …` gives a new one, `param -= …` changes it": [start] * 3,
            "uphill: the step goes against the gradient": start + (start - divided_by([[4, 1], [6, 7], [14, 11]])),
            "epsilon stands inside the root: unless eps_inside=True, add it after the root": divided_by(
                np.sqrt(squares + 1)
            ),
            "the slip of the slide: the sum lacks the gradient of this very step": divided_by([[1, 1], [4, 1], [6, 7]]),
            "the root is missing: divide by the root of the sum": divided_by(squares + 1),
            "this is plain gradient descent: nothing is divided, and there is no memory": divided_by(np.ones((3, 1))),
            "the sum forgets: it holds the last gradient alone, so there is no memory. `total = …` in a loop makes a "
            "new array, `total += …` changes the one you keep": divided_by([[4, 1], [5, 7], [13, 9]]),
            "the squares are missing in the sum: the root of a negative sum is NaN": divided_by(
                [[np.sqrt(3) + 1, 1], [np.sqrt(7) + 1, np.nan], [np.sqrt(19) + 1, np.nan]]
            ),
            "the gradients are added up without their squares": divided_by([[4, 1], [8, 7], [20, 15]]),
            "this is the average of the squares: Adagrad takes their sum": divided_by(
                np.sqrt(squares / [[1], [2], [3]]) + 1
            ),
            "one sum for the whole array: every number has its own": divided_by(np.sqrt([[9], [61], [269]]) + 1),
            "the first learning rate is kept: each step brings its own": start
            - np.cumsum(0.6 * gradients / [[4, 1], [6, 7], [14, 11]], axis=0),
            "the rate stands inside the sum: add up squares of gradients alone": lambda: divided_by(
                np.sqrt(np.cumsum((rates * gradients) ** 2, axis=0)) + 1
            ),
        },
    )
    rates, gradients = np.array([[0.8], [0.5], [1.3]]), np.array([[3.0, -3.0], [3.0, 0.0], [12.0, 3.0]])
    squares = np.array([[9, 9], [18, 9], [162, 18]])
    expect.close(
        walk(lambda: Adagrad(eps=7.0, eps_inside=True), start, gradients, rates),
        [[0.4, 2.6], [0.1, 2.6], [-1.1, 1.82]],
        "Adagrad(eps=7.0, eps_inside=True) from [1, 2], a row for each step",
        mistakes={
            "epsilon stands outside the root: with eps_inside=True add it before the root": divided_by(
                np.sqrt(squares) + 7
            ),
            "epsilon is added again in every step: it stands beside the sum, not in it": divided_by(
                np.sqrt(squares + np.array([[7], [14], [21]]))
            ),
            "the square of epsilon stands in the root: add epsilon itself": divided_by(np.sqrt(squares + 49)),
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(406)
    pulls, speeds = rng.standard_normal((60, 5)) * np.geomspace(1e-6, 3, 60)[:, None], rng.uniform(0.01, 0.5, 60)
    for eps, inside in [(0.1, False), (0.3, True), (1e-10, False), (1e-5, False), (1e-5, True), (0.0, False)]:
        origin = rng.standard_normal(5)
        # A sum that begins at eps is the same as eps inside the root
        options = {"initial_accumulator_value": eps, "eps": 0} if inside else {"eps": eps}
        trail = walk_torch(torch.optim.Adagrad, options, origin, pulls, speeds)
        mine = walk(lambda eps=eps, inside=inside: Adagrad(eps=eps, eps_inside=inside), origin, pulls, speeds)
        expect.close(mine, trail, f"60 steps of Adagrad(eps={eps}, eps_inside={inside}), against PyTorch")
    trail = walk_torch(torch.optim.Adagrad, {}, origin, 1e-8 * pulls, speeds)
    expect.close(walk(Adagrad, origin, 1e-8 * pulls, speeds), trail, "60 steps of Adagrad(), against PyTorch")
    ### END HIDDEN TESTS


check_Adagrad_values(Adagrad)


# %% check="Adagrad" points=2 why="many arrays, each with its own state, moved in place"
### BEGIN HIDDEN TESTS
def follow_torch(opt, kind, options, what, *, seed, steps=200):
    """Step an optimizer and PyTorch's beside it on a drawn problem of six arrays; the rate changes on the way."""
    rng = np.random.default_rng(seed)
    shapes = [(3, 4), (5,), (2, 1, 3), (4, 2), (5,), ()]
    targets = [rng.standard_normal(shape) for shape in shapes]
    curvatures = [rng.uniform(0.1, 3, shape) for shape in shapes]
    params = [np.array(rng.standard_normal(shape)) for shape in shapes]
    params[3] = np.asfortranarray(params[3])
    mirrors = [torch.tensor(param, requires_grad=True) for param in params]
    truth, step = kind(mirrors, **options), opt.step
    for t in range(1, steps + 1):
        points = [mirror.detach().numpy().copy() for mirror in mirrors]
        grads = [np.array(c * (point - target)) for c, point, target in zip(curvatures, points, targets, strict=True)]
        grads[1][:2] = 0 if t < 4 else grads[1][:2]  # weights that no sample has touched yet
        grads[3][0] = 0 if t % 3 == 0 else grads[3][0]  # weights that not every batch touches
        for gradient in grads if t == 1 else grads[::2] if 5 <= t <= 8 else grads[5:] if t % 6 == 0 else []:
            gradient[...] = 0  # arrays that rest while their memory goes on
        truth.param_groups[0]["lr"] = rate = 0.0 if t == 11 else 0.3 * (1 + t % 7) / (1 + t / 20)
        for mirror, gradient in zip(mirrors, grads, strict=True):
            mirror.grad = torch.tensor(gradient)
        truth.step()
        step(params, grads, rate)
        for number, (param, mirror) in enumerate(zip(params, mirrors, strict=True)):
            expect.close(param, mirror.detach().numpy(), f"{what}: array {number} after step {t}, against PyTorch")


### END HIDDEN TESTS
@expect.check
def check_Adagrad_state(Adagrad):
    outside, inside = lambda: Adagrad(eps=0.5), lambda: Adagrad(eps=0.25, eps_inside=True)
    expect_own_state(outside, inside)
    expect_own_state(inside, outside)
    ### BEGIN HIDDEN TESTS
    for seed, eps in [(4061, 1e-10), (4062, 0.1)]:
        follow_torch(Adagrad(eps=eps), torch.optim.Adagrad, {"eps": eps}, f"Adagrad(eps={eps})", seed=seed)
    options, what = {"eps": 0, "initial_accumulator_value": 0.2}, "Adagrad(eps=0.2, eps_inside=True)"
    follow_torch(Adagrad(eps=0.2, eps_inside=True), torch.optim.Adagrad, options, what, seed=4063)
    ### END HIDDEN TESTS


check_Adagrad_state(Adagrad)


# %% wrong="Adagrad" why="epsilon inside the root, whatever the argument says" keyword="epsilon stands inside"
class Adagrad__eps_always_inside:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.sums = eps, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros(param.shape) for param in params]
        for i, grad in enumerate(grads):
            self.sums[i] += grad * grad
            params[i] -= learning_rate / np.sqrt(self.sums[i] + self.eps) * grad


# %% wrong="Adagrad" why="the argument eps_inside is never read" keyword="epsilon stands outside"
class Adagrad__eps_always_outside:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.sums = eps, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros(param.shape) for param in params]
        for i, grad in enumerate(grads):
            self.sums[i] += grad * grad
            params[i] -= learning_rate / (np.sqrt(self.sums[i]) + self.eps) * grad


# %% wrong="Adagrad" why="as the slide prints it: the sum lacks this step's gradient" keyword="slip of the slide"
class Adagrad__index_slip:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros(param.shape) for param in params]
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            if self.eps_inside:
                param -= learning_rate / np.sqrt(total + self.eps) * grad
            else:
                param -= learning_rate / (np.sqrt(total) + self.eps) * grad
            total += grad * grad


# %% wrong="Adagrad" why="divides by the sum of squares, without a root" keyword="root is missing"
class Adagrad__no_root:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.sums = eps, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros(param.shape) for param in params]
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            total += grad * grad
            param -= learning_rate * grad / (total + self.eps)


# %% wrong="Adagrad" why="assigns the square instead of adding it" keyword="sum forgets"
class Adagrad__forgets:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside = eps, eps_inside

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            total = np.zeros_like(param)
            total += grad * grad
            below = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= learning_rate * grad / below


# %% wrong="Adagrad" why="adds up the squared length of the gradient" keyword="one sum for the whole array"
class Adagrad__norm:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [0.0 for _ in params]
        for i, grad in enumerate(grads):
            self.sums[i] += np.sum(grad**2)
            root = np.sqrt(self.sums[i] + self.eps) if self.eps_inside else np.sqrt(self.sums[i]) + self.eps
            params[i] -= learning_rate * grad / root


# %% wrong="Adagrad" why="the list of sums is an attribute of the class" keyword="state is shared"
class Adagrad__class_attribute:
    sums = []  # noqa: RUF012

    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside = eps, eps_inside

    def step(self, params, grads, learning_rate):
        if not self.sums:
            self.sums.extend(np.zeros_like(param) for param in params)
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            total += grad**2
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= learning_rate * grad / root


# %% wrong="Adagrad" why="puts new arrays into the list" keyword="put a new array into the list"
class Adagrad__rebinds:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros_like(param) for param in params]
        for i, grad in enumerate(grads):
            self.sums[i] = self.sums[i] + grad**2
            root = np.sqrt(self.sums[i] + self.eps) if self.eps_inside else np.sqrt(self.sums[i]) + self.eps
            params[i] = params[i] - learning_rate * grad / root


# %% wrong="Adagrad" why="gives the loop variable a new value" keyword="did not move"
class Adagrad__local_name:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros_like(param) for param in params]
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            total += grad**2
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param = param - learning_rate * grad / root


# %% wrong="Adagrad" why="squares the gradient where it lies" keyword="changed the caller's gradients"
class Adagrad__squares_in_place:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None

    def step(self, params, grads, learning_rate):
        moves = [learning_rate * grad for grad in grads]
        if self.sums is None:
            self.sums = [np.zeros_like(param) for param in params]
        for param, grad, total, move in zip(params, grads, self.sums, moves, strict=True):
            grad *= grad
            total += grad
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= move / root


# %% wrong="Adagrad" why="one attribute for the sums of all arrays" keyword="arrays disturb each other"
class Adagrad__one_attribute:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.total = eps, eps_inside, 0.0

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            if np.shape(self.total) != grad.shape:
                self.total = np.zeros(grad.shape)
            self.total = self.total + grad**2
            root = np.sqrt(self.total + self.eps) if self.eps_inside else np.sqrt(self.total) + self.eps
            param -= learning_rate * grad / root


# %% wrong="Adagrad" why="plain gradient descent" keyword="this is plain gradient descent"
class Adagrad__plain:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.asked = None

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            param -= learning_rate * grad


# %% wrong="Adagrad" why="gives the sum's name to a new array" keyword="the second move is the same"
class Adagrad__sum_rebound:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros_like(param) for param in params]
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            total = total + grad**2
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= learning_rate * grad / root


# %% wrong="Adagrad" why="adds up the gradients, not their squares" keyword="squares are missing"
class Adagrad__no_squares:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros_like(param) for param in params]
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            total += grad
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= learning_rate * grad / root


# %% wrong="Adagrad" why="the sums are found by the shape of their array" keyword="arrays disturb each other"
class Adagrad__by_shape:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, {}

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            total = self.sums.setdefault(param.shape, np.zeros(param.shape))
            total += grad**2
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= learning_rate * grad / root


# %% wrong="Adagrad" why="does nothing where the rate is 0" keyword="step with the rate 0 moves nothing"
class Adagrad__zero_rate_skipped:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.eps, self.eps_inside, self.sums = eps, eps_inside, None

    def step(self, params, grads, learning_rate):
        if not learning_rate:
            return
        if self.sums is None:
            self.sums = [np.zeros_like(param) for param in params]
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            total += grad**2
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= learning_rate * grad / root


# %% wrong="Adagrad" why="the options are kept on the class: the last optimizer made decides" keyword="or their options"
class Adagrad__class_options:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        Adagrad__class_options.eps, Adagrad__class_options.eps_inside = eps, eps_inside
        self.sums = None

    def step(self, params, grads, learning_rate):
        if self.sums is None:
            self.sums = [np.zeros_like(param) for param in params]
        for param, grad, total in zip(params, grads, self.sums, strict=True):
            total += grad**2
            root = np.sqrt(total + self.eps) if self.eps_inside else np.sqrt(total) + self.eps
            param -= learning_rate * grad / root


# %% right="Adagrad" why="all arrays as one long vector"
class Adagrad__flat:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.inside, self.outside = (eps, 0.0) if eps_inside else (0.0, eps)
        self.total = 0.0

    def step(self, params, grads, learning_rate):
        flat = np.concatenate([grad.ravel() for grad in grads])
        self.total = self.total + flat**2
        moves = learning_rate * flat / (np.sqrt(self.total + self.inside) + self.outside)
        ends = np.cumsum([param.size for param in params])[:-1]
        for param, move in zip(params, np.split(moves, ends), strict=True):
            param -= move.reshape(param.shape)


# %% right="Adagrad" why="keeps the root and grows it like the hypotenuse of a triangle"
class Adagrad__hypotenuse:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.first = np.sqrt(eps) if eps_inside else 0.0
        self.added = 0.0 if eps_inside else eps
        self.roots = {}

    def step(self, params, grads, learning_rate):
        for i in range(len(params)):
            self.roots[i] = np.hypot(self.roots.get(i, self.first), grads[i])
            np.subtract(params[i], learning_rate * grads[i] / (self.roots[i] + self.added), out=params[i])


# %% right="Adagrad" why="lets PyTorch make the step"
class Adagrad__torch:
    def __init__(self, *, eps=1e-10, eps_inside=False):
        self.options = {"eps": 0.0, "initial_accumulator_value": eps} if eps_inside else {"eps": eps}
        self.inner = None

    def step(self, params, grads, learning_rate):
        import torch

        if self.inner is None:
            self.tensors = [torch.zeros(param.shape, dtype=torch.float64) for param in params]
            self.inner = torch.optim.Adagrad(self.tensors, **self.options)
        for tensor, param, grad in zip(self.tensors, params, grads, strict=True):
            tensor.copy_(torch.from_numpy(param.copy()))
            tensor.grad = torch.from_numpy(grad.copy())
        self.inner.param_groups[0]["lr"] = learning_rate
        self.inner.step()
        for tensor, param in zip(self.tensors, params, strict=True):
            param[...] = tensor.numpy()


# %%
# Figure · Adagrad in a ravine
class Plain:
    """Gradient descent, to compare with."""

    def step(self, params, grads, learning_rate):
        for array, gradient in zip(params, grads, strict=True):
            np.add(array, -learning_rate * gradient, out=array)


with expect.written():
    slope = lambda point, t: steepness * point
    plain, _ = descend(Plain(), [-4, 1], slope, 0.047, 40)
    points, effective = descend(Adagrad(), [-4, 1], slope, 0.8, 40)
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
    draw_ravine(left, {"gradient descent, rate 0.047": plain, "Adagrad, rate 0.8": points})
    right.plot(effective, label=["first weight (gentle)", "second weight (steep)"])
    right.set(yscale="log", xlabel="step", ylabel="rate it got", title="Adagrad: one rate for each weight")
    right.legend()
    plot.show(
        fig,
        alt="Left: gradient descent zigzags across a narrow ravine, Adagrad walks in a smooth curve into the minimum. "
        "Right: the rate of the gentle weight is five to ten times that of the steep one. It falls at first and levels "
        "off where the gradients become small; neither rate ever rises.",
    )

# %% [markdown]
# ### 7 · Forget the distant past: RMSprop  ·  4 points  ·  10 min  ·  ●●○ difficulty
#
# Adagrad never forgets. Its sums only grow, its rates only fall, and after a steep beginning it may stop long before
# it arrives. **RMSprop** keeps a *decaying average* of the squares in place of their sum. Old gradients fade away, and
# the rate recovers. Write the class `RMSprop`:
#
# $$v_t = \gamma\, v_{t-1} + (1-\gamma)\, g_t^2 \qquad\qquad
# \theta_t = \theta_{t-1} - \frac{\eta}{\sqrt{v_t} + \epsilon}\; g_t \qquad\qquad v_0 = 0$$
#
# `decay` is γ: how much of the old average is **kept**. With γ = 0.9 it remembers about 1 / (1 − γ) = 10 steps. PyTorch
# calls the same number `alpha`, and takes 0.99 where you say nothing. Beware of texts where the letter stands for the
# share of the new gradient.
#
# **Where ε stands.** Outside the root, as in PyTorch. The slide prints it inside, $\sqrt{v_t+\epsilon}$; this time
# there is no argument for that. The slip of the slide is here too: the average under the root must hold this
# step's gradient already.
#
# There is no correction for the start from zero: the first step is $\eta / \sqrt{1-\gamma}$ long (without ε), whatever
# the gradient. For γ = 0.99 that is ten times the rate! Exercise 9 mends it.
#
# `RMSprop(decay=0.9, eps=1e-8)` takes two numbers, `decay` from 0 to below 1, `eps` 0 or larger. `step` keeps the rules
# at the top.
#
# <details><summary>Hint 1: the idea</summary>
# It is Adagrad with another rule for its memory. With γ = 0.64 and the gradients 5 and 3, the average is
# 0.36 · 25 = 9 and then 0.64 · 9 + 0.36 · 9 = 9. So the root is 3 both times.
# </details>
# <details><summary>Hint 2: two shares</summary>
# The shares of old and new add up to 1. The larger one, usually 0.9 or more, belongs to the old average.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Only the memory differs from exercise 6: one line becomes two, and the second of them uses 1 − γ. Both change the
# array you keep: in a loop, <code>average = …</code> would give the name to a new array, and the memory would stay
# zero. Which of the two must come first, and must both stand before the root?
# </details>


# %% solution="RMSprop"
class RMSprop:
    """Gradient descent that divides every number's gradient by the size its recent gradients had."""

    def __init__(self, *, decay=0.9, eps=1e-8):
        ### BEGIN SOLUTION
        self.decay, self.eps, self.averages = decay, eps, None
        ### END SOLUTION

    def step(self, params, grads, learning_rate):
        """Move every array of `params` in place, against its gradient in `grads`."""
        ### BEGIN SOLUTION
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average *= self.decay
            average += (1 - self.decay) * grad**2
            param -= learning_rate * grad / (np.sqrt(average) + self.eps)
        ### END SOLUTION


# %% check="RMSprop" points=2 why="four steps with numbers you can follow"
@expect.check
def check_RMSprop_values(RMSprop):
    start, rates = np.array([1.0, 2.0]), np.array([[0.8], [0.4], [0.2], [0.34]])
    gradients = np.array([[5.0, 0.0], [3.0, 5.0], [0.0, 3.0], [2.4, -3.0]])
    averages = np.array([[9, 0], [9, 9], [5.76, 9], [5.76, 9]])
    kept = 0.64 ** np.arange(1, 5)[:, None]

    def divided_by(numbers):
        return start - np.cumsum(rates * gradients / numbers, axis=0)

    swapped = np.array([[16, 0], [11.52, 16], [4.1472, 11.52], [5.179392, 9.9072]])
    expect.close(
        walk(lambda: RMSprop(decay=0.64, eps=1.0), start, gradients, rates),
        [[0.0, 2.0], [-0.3, 1.5], [-0.3, 1.35], [-0.54, 1.605]],
        "RMSprop(decay=0.64, eps=1.0) from [1, 2], a row for each step",
        mistakes={
            "the array did not move: `param = param - …` gives a new one, `param -= …` changes it": [start] * 4,
            "uphill: the step goes against the gradient": 2 * start - divided_by(np.sqrt(averages) + 1),
            "epsilon stands inside the root: add it after the root": divided_by(np.sqrt(averages + 1)),
            "decay is the share of the old average, you gave it to the new square": divided_by(np.sqrt(swapped) + 1),
            "the slip of the slide: the average lacks the gradient of this very step": divided_by(
                [[1, 1], [4, 1], [4, 4], [3.4, 4]]
            ),
            "the root is missing: divide by the root of the average": divided_by(averages + 1),
            "nothing fades: this is Adagrad's sum of squares": divided_by(
                np.sqrt([[25, 0], [34, 25], [34, 34], [39.76, 43]]) + 1
            ),
            "this is plain gradient descent: nothing is divided, and there is no memory": divided_by(np.ones((4, 1))),
            "there is no memory: the average is 0 again before every step. `average = …` in a loop makes a new array, "
            "`average *= …` changes the one you keep": divided_by(0.6 * np.abs(gradients) + 1),
            "the squares are missing in the average": divided_by(
                np.sqrt([[1.8, 0], [2.232, 1.8], [1.42848, 2.232], [1.7782272, 0.34848]]) + 1
            ),
            "the new square comes in whole: its share is 1 − decay": divided_by(np.sqrt(averages / 0.36) + 1),
            "the average is corrected for its start from zero: that is Adam's idea, RMSprop does not": divided_by(
                np.sqrt(averages / (1 - kept)) + 1
            ),
            "the average begins with the first square: it begins with zero": divided_by(
                np.sqrt([[25, 0], [19.24, 9], [12.3136, 9], [9.954304, 9]]) + 1
            ),
            "one average for the whole array: every number has its own": divided_by(
                np.sqrt([[9 / 2], [18 / 2], [14.76 / 2], [14.76 / 2]]) + 1
            ),
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(407)
    pulls, speeds = rng.standard_normal((60, 5)) * np.geomspace(3, 1e-9, 60)[:, None], rng.uniform(0.01, 0.5, 60)
    for decay, eps in [(0.8, 0.1), (0.99, 0.3), (0.9, 1e-8), (0.0, 0.2), (0.5, 0.0)]:
        origin = rng.standard_normal(5)
        trail = walk_torch(torch.optim.RMSprop, {"alpha": decay, "eps": eps}, origin, pulls, speeds)
        mine = walk(lambda decay=decay, eps=eps: RMSprop(decay=decay, eps=eps), origin, pulls, speeds)
        expect.close(mine, trail, f"60 steps of RMSprop(decay={decay}, eps={eps}), against PyTorch")
    trail = walk_torch(torch.optim.RMSprop, {"alpha": 0.9}, origin, pulls, speeds)
    expect.close(walk(RMSprop, origin, pulls, speeds), trail, "60 steps of RMSprop(), against PyTorch")
    ### END HIDDEN TESTS


check_RMSprop_values(RMSprop)


# %% check="RMSprop" points=2 why="many arrays, each with its own state, moved in place"
@expect.check
def check_RMSprop_state(RMSprop):
    expect_own_state(lambda: RMSprop(decay=0.8, eps=0.1), lambda: RMSprop(decay=0.6, eps=0.2))
    ### BEGIN HIDDEN TESTS
    for seed, decay, eps in [(4071, 0.9, 1e-8), (4072, 0.7, 0.1)]:
        options, what = {"alpha": decay, "eps": eps}, f"RMSprop(decay={decay}, eps={eps})"
        follow_torch(RMSprop(decay=decay, eps=eps), torch.optim.RMSprop, options, what, seed=seed)
    ### END HIDDEN TESTS


check_RMSprop_state(RMSprop)


# %% wrong="RMSprop" why="epsilon inside the root, as the slide prints it" keyword="epsilon stands inside"
class RMSprop__eps_inside:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average[...] = self.decay * average + (1 - self.decay) * grad**2
            param -= learning_rate * grad / np.sqrt(average + self.eps)


# %% wrong="RMSprop" why="decay times the new square" keyword="gave it to the new square"
class RMSprop__shares_swapped:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average[...] = (1 - self.decay) * average + self.decay * grad**2
            param -= learning_rate * grad / (np.sqrt(average) + self.eps)


# %% wrong="RMSprop" why="as the slide prints it: the average lacks this gradient" keyword="slip of the slide"
class RMSprop__index_slip:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            param -= learning_rate * grad / (np.sqrt(average) + self.eps)
            average[...] = self.decay * average + (1 - self.decay) * grad**2


# %% wrong="RMSprop" why="adds the squares up, as Adagrad does" keyword="nothing fades"
class RMSprop__never_forgets:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.eps, self.averages = eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average += grad**2
            param -= learning_rate * grad / (np.sqrt(average) + self.eps)


# %% wrong="RMSprop" why="forgets the factor 1 − decay" keyword="comes in whole"
class RMSprop__whole_square:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average[...] = self.decay * average + grad**2
            param -= learning_rate * grad / (np.sqrt(average) + self.eps)


# %% wrong="RMSprop" why="divides by the mean square, without a root" keyword="root is missing"
class RMSprop__no_root:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average[...] = self.decay * average + (1 - self.decay) * grad**2
            param -= learning_rate * grad / (average + self.eps)


# %% wrong="RMSprop" why="corrects the average for its start, as Adam does" keyword="Adam's idea"
class RMSprop__corrected:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages, self.t = decay, eps, None, 0

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        self.t += 1
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average[...] = self.decay * average + (1 - self.decay) * grad**2
            corrected = average / (1 - self.decay**self.t)
            param -= learning_rate * grad / (np.sqrt(corrected) + self.eps)


# %% wrong="RMSprop" why="begins with the square of the first gradient" keyword="begins with the first square"
class RMSprop__begins_with_square:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [grad**2 for grad in grads]
        else:
            new = [self.decay * old + (1 - self.decay) * g**2 for old, g in zip(self.averages, grads, strict=True)]
            self.averages = new
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            param -= learning_rate * grad / (np.sqrt(average) + self.eps)


# %% wrong="RMSprop" why="takes the mean over the array" keyword="one average for the whole array"
class RMSprop__mean_over_array:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, {}

    def step(self, params, grads, learning_rate):
        for i, grad in enumerate(grads):
            self.averages[i] = self.decay * self.averages.get(i, 0.0) + (1 - self.decay) * np.mean(grad**2)
            params[i] -= learning_rate * grad / (np.sqrt(self.averages[i]) + self.eps)


# %% wrong="RMSprop" why="the averages are the default value of an argument" keyword="state is shared"
class RMSprop__default_argument:
    def __init__(self, *, decay=0.9, eps=1e-8, averages={}):  # noqa: B006
        self.decay, self.eps, self.averages = decay, eps, averages

    def step(self, params, grads, learning_rate):
        for i, grad in enumerate(grads):
            old = self.averages.get(i, np.zeros_like(grad))
            self.averages[i] = self.decay * old + (1 - self.decay) * grad**2
            params[i] -= learning_rate * grad / (np.sqrt(self.averages[i]) + self.eps)


# %% wrong="RMSprop" why="one attribute for the averages of all arrays" keyword="arrays disturb each other"
class RMSprop__one_attribute:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.average = decay, eps, 0.0

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            old = self.average if np.shape(self.average) == grad.shape else np.zeros_like(grad)
            self.average = self.decay * old + (1 - self.decay) * grad**2
            param -= learning_rate * grad / (np.sqrt(self.average) + self.eps)


# %% wrong="RMSprop" why="puts new arrays into the list" keyword="put a new array into the list"
class RMSprop__rebinds:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, {}

    def step(self, params, grads, learning_rate):
        for i, grad in enumerate(grads):
            old = self.averages.get(i, np.zeros_like(grad))
            self.averages[i] = self.decay * old + (1 - self.decay) * grad**2
            params[i] = params[i] - learning_rate * grad / (np.sqrt(self.averages[i]) + self.eps)


# %% wrong="RMSprop" why="plain gradient descent" keyword="this is plain gradient descent"
class RMSprop__plain:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.asked = None

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            param -= learning_rate * grad


# %% wrong="RMSprop" why="gives the average's name to a new array" keyword="is 0 again before every step"
class RMSprop__average_rebound:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average = self.decay * average
            average += (1 - self.decay) * grad**2
            param -= learning_rate * grad / (np.sqrt(average) + self.eps)


# %% wrong="RMSprop" why="averages the gradients, not their squares" keyword="squares are missing"
class RMSprop__no_squares:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            average[...] = self.decay * average + (1 - self.decay) * grad
            param -= learning_rate * grad / (np.sqrt(average) + self.eps)


# %% wrong="RMSprop" why="leaves arrays out whose gradient is 0" keyword="zeros alone must not be left out"
class RMSprop__zero_gradient_skipped:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.averages = decay, eps, None

    def step(self, params, grads, learning_rate):
        if self.averages is None:
            self.averages = [np.zeros_like(param) for param in params]
        for param, grad, average in zip(params, grads, self.averages, strict=True):
            if np.any(grad):
                average[...] = self.decay * average + (1 - self.decay) * grad**2
                param -= learning_rate * grad / (np.sqrt(average) + self.eps)


# %% right="RMSprop" why="moves the average a part of the way towards the new square"
class RMSprop__part_of_the_way:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.share, self.eps, self.mean_squares = 1 - decay, eps, {}

    def step(self, params, grads, learning_rate):
        for i, (array, slope) in enumerate(zip(params, grads, strict=True)):
            mean_square = self.mean_squares.setdefault(i, np.zeros(array.shape))
            mean_square += self.share * (np.square(slope) - mean_square)
            array[...] = array - learning_rate / (mean_square**0.5 + self.eps) * slope


# %% right="RMSprop" why="keeps every gradient and weights them anew in each step"
class RMSprop__whole_history:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.decay, self.eps, self.history = decay, eps, []

    def step(self, params, grads, learning_rate):
        self.history.append([np.array(grad) for grad in grads])
        ages = np.arange(len(self.history))[::-1]
        shares = (1 - self.decay) * self.decay**ages
        for param, past in zip(params, zip(*self.history, strict=True), strict=True):
            mean_square = np.tensordot(shares, np.square(past), axes=1)
            param -= learning_rate * past[-1] / (np.sqrt(mean_square) + self.eps)


# %% right="RMSprop" why="lets PyTorch make the step"
class RMSprop__torch:
    def __init__(self, *, decay=0.9, eps=1e-8):
        self.options, self.inner = {"alpha": decay, "eps": eps}, None

    def step(self, params, grads, learning_rate):
        import torch

        if self.inner is None:
            self.tensors = [torch.zeros(param.shape, dtype=torch.float64) for param in params]
            self.inner = torch.optim.RMSprop(self.tensors, **self.options)
        for tensor, param, grad in zip(self.tensors, params, grads, strict=True):
            tensor.copy_(torch.from_numpy(param.copy()))
            tensor.grad = torch.from_numpy(grad.copy())
        self.inner.param_groups[0]["lr"] = learning_rate
        self.inner.step()
        for tensor, param in zip(self.tensors, params, strict=True):
            param[...] = tensor.numpy()


# %%
# Figure · a steep slope, then a plain: who recovers?
with expect.written():
    slope = lambda point, t: [10.0, 0.1] if t < 60 else [0.1, 0.1]
    _, adagrad = descend(Adagrad(), [0, 0], slope, 0.01, 300)
    _, rmsprop = descend(RMSprop(), [0, 0], slope, 0.01, 300)
    fig, ax = plt.subplots()
    ax.plot(adagrad[:, 0], label="Adagrad")
    ax.plot(rmsprop[:, 0], label="RMSprop")
    ax.axvline(60, color=plot.colors["gray"], linestyle=":")
    ax.set(yscale="log", xlabel="step", ylabel="rate it got", title="The gradient falls from 10 to 0.1 at step 60")
    ax.legend()
    plot.show(
        fig,
        alt="The rates that Adagrad and RMSprop give to a weight whose gradient falls from 10 to 0.1 at step 60. "
        "Adagrad's stays as low as it was. RMSprop's climbs a hundredfold within about a hundred steps.",
    )

# %% [markdown]
# ### 8 · Steps in the right unit: Adadelta  ·  4 points  ·  10 min  ·  ●●○ difficulty
#
# Think of a weight in metres and a loss in euros. The gradient is in euros per metre. RMSprop divides it by a root in
# euros per metre as well, so its step is a bare number, and the learning rate must know how long a metre is.
# **Adadelta** puts the metres back: it multiplies by the root of a second average, of its own past moves Δ.
#
# $$v_t = \gamma\, v_{t-1} + (1-\gamma)\, g_t^2 \qquad
# \Delta_t = \frac{\sqrt{u_{t-1}+\epsilon}}{\sqrt{v_t+\epsilon}}\; g_t \qquad
# u_t = \gamma\, u_{t-1} + (1-\gamma)\, \Delta_t^2 \qquad \theta_t = \theta_{t-1} - \eta\,\Delta_t$$
#
# Both averages begin with 0, both with the same γ (`decay`; PyTorch calls it `rho`).
#
# **Where ε stands.** Inside both roots, in the paper, on the slide and in PyTorch. Here it is more than a guard
# against 0 / 0: at the beginning $u$ is 0, and $\sqrt\epsilon$ alone makes the first move.
#
# **Which average.** The slide computes Δ from the average of the moves *at the same step*. That one contains Δ
# already, so nobody can compute it. Take the average as the last step left it, and update it afterwards. The slide
# also leaves out the minus sign of the move: it goes downhill.
#
# **The learning rate.** The paper has none, η = 1. PyTorch multiplies the finished move by it, and so do you. The
# average $u$ is of Δ *without* the rate.
#
# `Adadelta(decay=0.9, eps=1e-6)` takes two numbers, `decay` from 0 to below 1. `step` keeps the rules at the top.
#
# <details><summary>Hint 1: the idea</summary>
# Four lines for each array, in the order of the four formulas: average of squares, move, average of moves, array.
# </details>
# <details><summary>Hint 2: one step by hand</summary>
# γ = 0.64, ε = 16, a first gradient of 5: <code>v</code> is 0.36 · 25 = 9, the roots are √(0 + 16) = 4 and
# √(9 + 16) = 5, so the move is 4 / 5 · 5 = 4, and <code>u</code> becomes 0.36 · 16 = 5.76. Do the second one yourself.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Put the move in a variable of its own: two of the four lines need it, one of them squared, the other with the rate.
# Then ask for each average: does the move need it as the last step left it, or as this step makes it?
# </details>


# %% solution="Adadelta"
class Adadelta:
    """Gradient descent whose steps are measured by the size of earlier steps."""

    def __init__(self, *, decay=0.9, eps=1e-6):
        ### BEGIN SOLUTION
        self.decay, self.eps, self.squares, self.moves = decay, eps, None, None
        ### END SOLUTION

    def step(self, params, grads, learning_rate):
        """Move every array of `params` in place, against its gradient in `grads`."""
        ### BEGIN SOLUTION
        if self.squares is None:
            self.squares, self.moves = [[np.zeros_like(param) for param in params] for _ in range(2)]
        for param, grad, square, moved in zip(params, grads, self.squares, self.moves, strict=True):
            square += (1 - self.decay) * (grad**2 - square)
            delta = np.sqrt((moved + self.eps) / (square + self.eps)) * grad
            moved += (1 - self.decay) * (delta**2 - moved)
            param -= learning_rate * delta
        ### END SOLUTION


# %% check="Adadelta" points=2 why="four steps with numbers you can follow"
@expect.check
def check_Adadelta_values(Adadelta):
    start, rates = np.array([1.0, 2.0]), [0.5, 1.0, 1.0, 0.25]
    gradients = np.array([[5.0, 0.0], [3.0, 5.0], [0.0, 3.0], [-2.4, 0.0]])
    second = 3 * np.sqrt(5.76 + 16) / 5

    def moved_by(*moves):
        return start - np.cumsum(moves, axis=0)

    make = lambda: Adadelta(decay=0.64, eps=16.0)
    outside = 80 / 19
    expect.close(
        walk(make, start, gradients[:2], rates[:2]),
        moved_by([2, 0], [second, 4]),
        "Adadelta(decay=0.64, eps=16.0) from [1, 2], a row for each of two steps",
        mistakes={
            "nothing moves: if you wrote `param = param - …`, make it `param -= …`; otherwise epsilon is missing above "
            "the line, where an average of 0 makes a move of 0, for ever": [start] * 2,
            "uphill: the step goes against the gradient": moved_by([-2, 0], [-second, -4]),
            "epsilon stands outside the roots: here it belongs inside both": moved_by(
                [outside / 2, 0], [(0.6 * outside + 16) / 19 * 3, outside]
            ),
            "the average of the moves holds moves without the rate, yours holds them with it": moved_by(
                [2, 0], [3 * np.sqrt(1.44 + 16) / 5, 4]
            ),
            "the learning rate is ignored: the paper has none, here it multiplies the move": moved_by(
                [4, 0], [second, 4]
            ),
            "the root above the line is missing: this is RMSprop": moved_by([0.5, 0], [0.6, 1]),
            "the average of the moves stays 0: update it after the move, in the array you keep": moved_by(
                [2, 0], [2.4, 4]
            ),
            "there is no memory: both averages are 0 again before every step. `average = …` in a loop makes a new "
            "array, `average *= …` changes the one you keep": moved_by([2, 0], [12 / np.sqrt(19.24), 4]),
            "the average of the squares has no memory: it is 0 again before every step": moved_by(
                [2, 0], [3 * np.sqrt(21.76 / 19.24), 4]
            ),
            "the squares are missing in the average of the gradients": moved_by(
                [10 / np.sqrt(17.8), 0], [3 * np.sqrt((144 / 17.8 + 16) / 18.232), 20 / np.sqrt(17.8)]
            ),
            "the roots are upside down: past moves above the line, gradients below": moved_by(
                [3.125, 0], [15 / np.sqrt(30.0625), 6.25]
            ),
            "the average of the moves holds squares of gradients: it belongs to the moves": moved_by([2, 0], [3, 4]),
            "decay is the share of the old average, you gave it to the new square": moved_by(
                [10 / np.sqrt(32), 0], [3 * np.sqrt((0.64 * 12.5 + 16) / 27.52), 20 / np.sqrt(32)]
            ),
            "this is plain gradient descent. If you do keep both averages, the one of the squares lacks the gradient "
            "of this very step: then the two are always equal, and cancel": moved_by([2.5, 0], [3, 5]),
            "the new square comes in whole: its share is 1 − decay": moved_by(
                [10 / np.sqrt(41), 0], [3 * np.sqrt(400 / 41 + 16) / np.sqrt(41), 20 / np.sqrt(41)]
            ),
        },
    )
    expect.close(
        walk(make, start, gradients, rates),
        moved_by([2, 0], [second, 4], [0, second], [-0.6 * np.sqrt(20.16415744 / 21.76), 0]),
        "Adadelta(decay=0.64, eps=16.0) from [1, 2], a row for each of four steps",
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(408)
    pulls, speeds = rng.standard_normal((60, 5)) * np.geomspace(3, 0.01, 60)[:, None], rng.uniform(0.2, 2, 60)
    for decay, eps in [(0.8, 0.1), (0.95, 0.3), (0.9, 1e-6), (0.0, 0.2)]:
        origin = rng.standard_normal(5)
        trail = walk_torch(torch.optim.Adadelta, {"rho": decay, "eps": eps}, origin, pulls, speeds)
        mine = walk(lambda decay=decay, eps=eps: Adadelta(decay=decay, eps=eps), origin, pulls, speeds)
        expect.close(mine, trail, f"60 steps of Adadelta(decay={decay}, eps={eps}), against PyTorch")
    trail = walk_torch(torch.optim.Adadelta, {}, origin, pulls, speeds)
    expect.close(walk(Adadelta, origin, pulls, speeds), trail, "60 steps of Adadelta(), against PyTorch")
    ### END HIDDEN TESTS


check_Adadelta_values(Adadelta)


# %% check="Adadelta" points=2 why="many arrays, each with its own state, moved in place"
@expect.check
def check_Adadelta_state(Adadelta):
    expect_own_state(lambda: Adadelta(decay=0.8, eps=0.1), lambda: Adadelta(decay=0.6, eps=0.2))
    ### BEGIN HIDDEN TESTS
    for seed, decay, eps in [(4081, 0.9, 1e-6), (4082, 0.7, 0.1)]:
        options, what = {"rho": decay, "eps": eps}, f"Adadelta(decay={decay}, eps={eps})"
        follow_torch(Adadelta(decay=decay, eps=eps), torch.optim.Adadelta, options, what, seed=seed)
    ### END HIDDEN TESTS


check_Adadelta_state(Adadelta)


# %% wrong="Adadelta" why="epsilon outside the roots" keyword="epsilon stands outside the roots"
class Adadelta__eps_outside:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = (np.sqrt(self.u.get(i, 0 * g)) + self.eps) / (np.sqrt(self.v[i]) + self.eps) * g
            self.u[i] = self.decay * self.u.get(i, 0 * g) + (1 - self.decay) * move**2
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="averages the moves after the rate is applied" keyword="yours holds them with it"
class Adadelta__averages_scaled_moves:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = learning_rate * np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * move**2
            params[i] -= move


# %% wrong="Adadelta" why="no learning rate at all, as in the paper" keyword="learning rate is ignored"
class Adadelta__no_rate:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * move**2
            params[i] -= move


# %% wrong="Adadelta" why="forgets to update the average of the moves" keyword="moves stays 0"
class Adadelta__moves_never_updated:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v = decay, eps, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = np.zeros_like(g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            u = self.decay * u + (1 - self.decay) * move**2
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="no root above the line" keyword="this is RMSprop"
class Adadelta__rmsprop:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v = decay, eps, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            params[i] -= learning_rate / np.sqrt(self.v[i] + self.eps) * g


# %% wrong="Adadelta" why="swaps the two roots" keyword="upside down"
class Adadelta__upside_down:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = np.sqrt(self.v[i] + self.eps) / np.sqrt(u + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * move**2
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="decay times the new square, in both averages" keyword="gave it to the new square"
class Adadelta__shares_swapped:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = (1 - self.decay) * self.v.get(i, 0 * g) + self.decay * g**2
            move = np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = (1 - self.decay) * u + self.decay * move**2
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="epsilon below the line only: it never starts" keyword="missing above the line"
class Adadelta__no_eps_above:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = np.sqrt(u) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * move**2
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="both averages are of the gradients" keyword="holds squares of gradients"
class Adadelta__averages_gradients_twice:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * g**2
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="the second average is an attribute of the class" keyword="state is shared"
class Adadelta__class_attribute:
    u = {}  # noqa: RUF012

    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v = decay, eps, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * move**2
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="one average of moves for each array, as a length" keyword="numbers inside an array disturb"
class Adadelta__mean_move:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0.0)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * np.mean(move**2)
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="turns the gradient into the move where it lies" keyword="changed the caller's gradients"
class Adadelta__scales_gradient:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            g *= np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps)
            self.u[i] = self.decay * u + (1 - self.decay) * g**2
            params[i] -= learning_rate * g


# %% wrong="Adadelta" why="plain gradient descent" keyword="this is plain gradient descent"
class Adadelta__plain:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.asked = None

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            param -= learning_rate * grad


# %% wrong="Adadelta" why="the average of squares lacks this step's gradient" keyword="always equal, and cancel"
class Adadelta__index_slip:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            v, u = self.v.get(i, 0 * g), self.u.get(i, 0 * g)
            move = np.sqrt(u + self.eps) / np.sqrt(v + self.eps) * g
            self.v[i], self.u[i] = (self.decay * old + (1 - self.decay) * new**2 for old, new in [(v, g), (u, move)])
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="gives the averages' names to new arrays" keyword="both averages are 0 again"
class Adadelta__averages_rebound:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.squares, self.moves = decay, eps, None, None

    def step(self, params, grads, learning_rate):
        if self.squares is None:
            self.squares, self.moves = [[np.zeros_like(param) for param in params] for _ in range(2)]
        for param, grad, square, moved in zip(params, grads, self.squares, self.moves, strict=True):
            square = self.decay * square + (1 - self.decay) * grad**2
            delta = np.sqrt((moved + self.eps) / (square + self.eps)) * grad
            moved = self.decay * moved + (1 - self.decay) * delta**2
            param -= learning_rate * delta


# %% wrong="Adadelta" why="averages the gradients, not their squares" keyword="squares are missing"
class Adadelta__no_squares:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g
            move = np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * move**2
            params[i] -= learning_rate * move


# %% wrong="Adadelta" why="leaves arrays out whose gradient is 0" keyword="zeros alone must not be left out"
class Adadelta__zero_gradient_skipped:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.v, self.u = decay, eps, {}, {}

    def step(self, params, grads, learning_rate):
        for i, g in enumerate(grads):
            if not g.any():
                continue
            u = self.u.get(i, 0 * g)
            self.v[i] = self.decay * self.v.get(i, 0 * g) + (1 - self.decay) * g**2
            move = np.sqrt(u + self.eps) / np.sqrt(self.v[i] + self.eps) * g
            self.u[i] = self.decay * u + (1 - self.decay) * move**2
            params[i] -= learning_rate * move


# %% right="Adadelta" why="averages by name in a dictionary, roots apart"
class Adadelta__dictionary:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.memory, self.decay, self.eps = {}, decay, eps

    def root(self, name, value, *, update):
        old = self.memory.get(name, np.zeros(value.shape))
        new = self.decay * old + (1 - self.decay) * value * value
        self.memory[name] = new
        return np.sqrt((new if update else old) + self.eps)

    def step(self, params, grads, learning_rate):
        for place, (weight, slope) in enumerate(zip(params, grads, strict=True)):
            below = self.root(("slope", place), slope, update=True)
            above = np.sqrt(self.memory.get(("move", place), np.zeros(slope.shape)) + self.eps)
            move = -above * slope / below
            self.root(("move", place), move, update=False)
            weight += learning_rate * move


# %% right="Adadelta" why="all arrays as one long vector, both averages as two rows"
class Adadelta__flat:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.decay, self.eps, self.rows = decay, eps, None

    def step(self, params, grads, learning_rate):
        flat = np.concatenate([grad.ravel() for grad in grads])
        if self.rows is None:
            self.rows = np.full((2, flat.size), self.eps)  # each average with eps in it, so it stays there
        fresh = (1 - self.decay) * self.eps
        self.rows[0] = self.decay * self.rows[0] + (1 - self.decay) * flat**2 + fresh
        moves = np.sqrt(self.rows[1] / self.rows[0]) * flat
        self.rows[1] = self.decay * self.rows[1] + (1 - self.decay) * moves**2 + fresh
        ends = np.cumsum([param.size for param in params])[:-1]
        for param, move in zip(params, np.split(learning_rate * moves, ends), strict=True):
            param -= move.reshape(param.shape)


# %% right="Adadelta" why="lets PyTorch make the step"
class Adadelta__torch:
    def __init__(self, *, decay=0.9, eps=1e-6):
        self.options, self.inner = {"rho": decay, "eps": eps}, None

    def step(self, params, grads, learning_rate):
        import torch

        if self.inner is None:
            self.tensors = [torch.zeros(param.shape, dtype=torch.float64) for param in params]
            self.inner = torch.optim.Adadelta(self.tensors, **self.options)
        for tensor, param, grad in zip(self.tensors, params, grads, strict=True):
            tensor.copy_(torch.from_numpy(param.copy()))
            tensor.grad = torch.from_numpy(grad.copy())
        self.inner.param_groups[0]["lr"] = learning_rate
        self.inner.step()
        for tensor, param in zip(self.tensors, params, strict=True):
            param[...] = tensor.numpy()


# %%
# Figure · Adadelta finds the length of its steps
with expect.written():
    slope = lambda point, t: steepness * point
    paths, lengths = {}, {}
    for eps in (1e-6, 1e-4):
        points, _ = descend(Adadelta(eps=eps), [-4, 1], slope, 1.0, 300)
        paths[f"ε = {eps:g}"] = points[::5]
        points, _ = descend(Adadelta(eps=eps), [0, 0], lambda point, t: [1.0, 1.0], 1.0, 300)
        lengths[f"ε = {eps:g}"] = -np.diff(points[:, 0])
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
    draw_ravine(left, paths)
    for name, length in lengths.items():
        right.plot(length, label=name)
    left.set_title("300 steps, every fifth one drawn")
    right.set(
        yscale="log", xlabel="step", ylabel="length of the step", title="The gradient is always 1, so is the rate"
    )
    right.legend()
    plot.show(
        fig,
        alt="Left: Adadelta's smooth paths in the ravine. With an epsilon of 0.0001 it arrives within 300 steps, with "
        "0.000001 it is on its way. Right: where the gradient is always the same, the steps become longer and longer; "
        "with the smaller epsilon they are ten times shorter.",
    )

# %% [markdown]
# ### 9 · Momentum and a rate for every weight: Adam  ·  5 points  ·  15 min  ·  ●●○ difficulty
#
# **Adam** joins two ideas: an average of the gradients, which is momentum, and an average of their squares, which is
# RMSprop. It is what most people try first. Write the class `Adam`:
#
# $$m_t = \beta_1 m_{t-1} + (1-\beta_1)\, g_t \qquad\qquad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2$$
# $$\hat m_t = \frac{m_t}{1-\beta_1^t} \qquad \hat v_t = \frac{v_t}{1-\beta_2^t} \qquad\qquad
# \theta_t = \theta_{t-1} - \eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}$$
#
# **Why the hats.** Both averages begin with 0, so at first they are too small. How much too small? If every gradient
# were $g$, then $m_t$ would be exactly $(1-\beta_1^t)\,g$. Dividing by that number makes it right from the first step
# on. Without the hats, the slow average $v$ would be too small by far more than the fast one, and the first step
# $(1-\beta_1)/\sqrt{1-\beta_2} \approx 3.2$ times too long.
#
# The steps are counted **from 1**: in the first one, $\beta_1^t$ is $\beta_1$. With $t=0$ you divide by 0. The hats
# are computed anew from $m_t$ and $v_t$ each time; they never go back into the averages.
#
# **Where ε stands.** Outside the root, after the correction, as in the paper and in PyTorch. One slide has it there
# too, another inside the root. A third form adds it to $\sqrt{v_t}$ *before* the correction; the paper mentions that
# one as a faster way to compute almost the same.
#
# `Adam(beta1=0.9, beta2=0.999, eps=1e-8)` takes three numbers, both β from 0 to below 1. `step` keeps the rules at the
# top. (The letters are the paper's: $\beta_1$ is a momentum, $\beta_2$ does what γ does in RMSprop.)
#
# <details><summary>Hint 1: the idea</summary>
# After one step both averages hold one gradient. So m̂ is that gradient, v̂ its square, and the step is as long as
# the learning rate, whether the gradient is 3 or 3000. Check your first step with that.
# </details>
# <details><summary>Hint 2: what is remembered</summary>
# Three things live under <code>self</code>: two lists of zeros, made at the first <code>step</code>, and the number of
# steps. It is one number for the whole list and goes up at the beginning of <code>step</code>, before the loop.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Two averages as in exercise 7, one of g and one of its square, each with its own β. What wears a hat gets a new name:
# the memory keeps what wears none. Test it with a gradient that never changes and ε = 0: every step must be exactly as
# long as the rate, also the tenth.
# </details>


# %% solution="Adam"
class Adam:
    """Gradient descent with momentum and a rate for every number, both corrected for their start from zero."""

    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        ### BEGIN SOLUTION
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0
        ### END SOLUTION

    def step(self, params, grads, learning_rate):
        """Move every array of `params` in place, against its gradient in `grads`."""
        ### BEGIN SOLUTION
        if self.t == 0:
            self.means, self.squares = [[np.zeros_like(param) for param in params] for _ in range(2)]
        self.t += 1
        for param, grad, mean, square in zip(params, grads, self.means, self.squares, strict=True):
            mean += (1 - self.beta1) * (grad - mean)
            square += (1 - self.beta2) * (grad**2 - square)
            unbiased_mean, unbiased_square = mean / (1 - self.beta1**self.t), square / (1 - self.beta2**self.t)
            param -= learning_rate * unbiased_mean / (np.sqrt(unbiased_square) + self.eps)
        ### END SOLUTION


# %% check="Adam" points=3 why="three steps with numbers you can follow"
@expect.check
def check_Adam_values(Adam):
    start, rates = np.array([1.0, 2.0]), np.array([[0.28], [0.35], [0.49]])
    gradients = np.array([[3.0, 6.0], [-7.5, -6.0], [6.0, 6.0]])
    mean, square = np.array([[1.5, 3], [-3, -1.5], [1.5, 2.25]]), np.array([[2.25, 9], [15.75, 15.75], [20.8125] * 2])
    share1, share2 = np.array([[0.5], [0.75], [0.875]]), np.array([[0.25], [0.4375], [0.578125]])
    good_mean, good_root = np.array([[3, 6], [-4, -2], [12 / 7, 18 / 7]]), np.array([[3, 6], [6, 6], [6, 6]])

    def moved_by(above, below):
        return start - np.cumsum(rates * above / below, axis=0)

    expect.close(
        walk(lambda: Adam(beta1=0.5, beta2=0.75, eps=1.0), start, gradients, rates),
        [[0.79, 1.76], [0.99, 1.86], [0.87, 1.68]],
        "Adam(beta1=0.5, beta2=0.75, eps=1.0) from [1, 2], a row for each step",
        mistakes={
            "the array did not move: `param = param - …` gives a new one, `param -= …` changes it": [start] * 3,
            "uphill: the step goes against the gradient": moved_by(-good_mean, good_root + 1),
            "the bias correction is missing: divide both averages by one minus their β to the power t": moved_by(
                mean, np.sqrt(square) + 1
            ),
            "only m is corrected for its start from zero: v needs it too": moved_by(good_mean, np.sqrt(square) + 1),
            "only v is corrected for its start from zero: m needs it too": moved_by(mean, good_root + 1),
            "the count of the steps starts at 0, so you divided by 0: it is 1 in the first step": np.full(
                (3, 2), np.nan
            ),
            "the count of the steps is one ahead: it is 1 in the first step": moved_by(
                mean / [[0.75], [0.875], [0.9375]], np.sqrt(square / [[0.4375], [0.578125], [0.68359375]]) + 1
            ),
            "the count of the steps stays at 1: count up in every step": moved_by(
                mean / 0.5, np.sqrt(square / 0.25) + 1
            ),
            "the betas are swapped: beta1 belongs to the gradients, beta2 to their squares": moved_by(
                [[3, 6], [-3, -6 / 7], [33 / 37, 78 / 37]],
                np.sqrt([[9, 36], [40.5, 36], [265.5 / 7, 36]]) + 1,
            ),
            "epsilon stands inside the root: add it after the root": moved_by(good_mean, np.sqrt(good_root**2 + 1)),
            "epsilon is added before the correction: correct v first, take the root, then add it": moved_by(
                good_mean, (np.sqrt(square) + 1) / np.sqrt(share2)
            ),
            "each beta is the share of the old average, you gave it to the new value": moved_by(
                good_mean,
                np.sqrt(np.array([[6.75, 27], [43.875, 33.75], [37.96875, 35.4375]]) / share2) + 1,
            ),
            "the new value comes in whole: its share is one minus beta": moved_by(
                good_mean * 2, np.sqrt(4 * good_root**2) + 1
            ),
            "both corrected averages went back into the memory: there the uncorrected ones belong": moved_by(
                [[3, 6], [-3, 0], [12 / 7, 24 / 7]],
                np.sqrt([[9, 36], [333 / 7, 576 / 7], [312.75 / 7 / 0.578125, 495 / 7 / 0.578125]]) + 1,
            ),
            "only the corrected m went back into the memory: there the uncorrected one belongs": moved_by(
                [[3, 6], [-3, 0], [12 / 7, 24 / 7]], good_root + 1
            ),
            "only the corrected v went back into the memory: there the uncorrected one belongs": moved_by(
                good_mean, np.sqrt([[9, 36], [333 / 7, 576 / 7], [312.75 / 7 / 0.578125, 495 / 7 / 0.578125]]) + 1
            ),
            "this is plain gradient descent: nothing is divided, and there is no memory": moved_by(gradients, 1),
            "there is no memory: both averages are 0 again before every step. `mean = …` in a loop makes a new array, "
            "`mean *= …` changes the one you keep": moved_by(
                0.5 * gradients / share1, 0.5 * np.abs(gradients) / np.sqrt(share2) + 1
            ),
            "m has no memory: it is 0 again before every step": moved_by(0.5 * gradients / share1, good_root + 1),
            "v has no memory: it is 0 again before every step": moved_by(
                good_mean, 0.5 * np.abs(gradients) / np.sqrt(share2) + 1
            ),
            "the squares are missing in v: the root of a negative average is NaN": moved_by(
                good_mean, [[np.sqrt(3) + 1, np.sqrt(6) + 1], [np.nan, np.nan], [np.nan, np.nan]]
            ),
            "the root is missing: divide by the root of the corrected v": moved_by(good_mean, good_root**2 + 1),
            "there is no momentum: the average of the gradients belongs above the line": moved_by(
                gradients, good_root + 1
            ),
            "the correction divides by β to the power t: it is one minus that": moved_by(
                mean / (1 - share1), np.sqrt(square / (1 - share2)) + 1
            ),
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(409)
    pulls, speeds = rng.standard_normal((60, 5)) * np.geomspace(3, 0.01, 60)[:, None], rng.uniform(0.01, 0.5, 60)
    for beta1, beta2, eps in [(0.8, 0.95, 0.1), (0.9, 0.999, 1e-8), (0.0, 0.9, 0.3), (0.95, 0.5, 0.01)]:
        origin = rng.standard_normal(5)
        trail = walk_torch(torch.optim.Adam, {"betas": (beta1, beta2), "eps": eps}, origin, pulls, speeds)
        make = lambda beta1=beta1, beta2=beta2, eps=eps: Adam(beta1=beta1, beta2=beta2, eps=eps)
        what = f"60 steps of Adam(beta1={beta1}, beta2={beta2}, eps={eps}), against PyTorch"
        expect.close(walk(make, origin, pulls, speeds), trail, what)
    trail = walk_torch(torch.optim.Adam, {}, origin, 1e-8 * pulls, speeds)
    expect.close(walk(Adam, origin, 1e-8 * pulls, speeds), trail, "60 steps of Adam(), against PyTorch")
    ### END HIDDEN TESTS


check_Adam_values(Adam)


# %% check="Adam" points=2 why="many arrays, each with its own state, moved in place"
@expect.check
def check_Adam_state(Adam):
    expect_own_state(lambda: Adam(beta1=0.8, beta2=0.9, eps=0.1), lambda: Adam(beta1=0.6, beta2=0.7, eps=0.2))
    ### BEGIN HIDDEN TESTS
    for seed, betas, eps in [(4091, (0.9, 0.999), 1e-8), (4092, (0.7, 0.9), 0.1)]:
        options, what = {"betas": betas, "eps": eps}, f"Adam(beta1={betas[0]}, beta2={betas[1]}, eps={eps})"
        opt = Adam(beta1=betas[0], beta2=betas[1], eps=eps)
        follow_torch(opt, torch.optim.Adam, options, what, seed=seed)
    ### END HIDDEN TESTS


check_Adam_state(Adam)


# %% wrong="Adam" why="no bias correction" keyword="bias correction is missing"
class Adam__no_correction:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.m, self.v = beta1, beta2, eps, None, None

    def step(self, params, grads, learning_rate):
        if self.m is None:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            p -= learning_rate * m / (np.sqrt(v) + self.eps)


# %% wrong="Adam" why="corrects the momentum alone, as the slide shows only that hat" keyword="only m is corrected"
class Adam__corrects_mean_only:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            p -= learning_rate * m / (1 - self.beta1**self.t) / (np.sqrt(v) + self.eps)


# %% wrong="Adam" why="counts the steps from 0: divides by zero" keyword="starts at 0"
class Adam__counts_from_zero:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)
        self.t += 1


# %% wrong="Adam" why="never counts the steps" keyword="stays at 1"
class Adam__count_stays:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.m, self.v, self.t = beta1, beta2, eps, None, None, 1

    def step(self, params, grads, learning_rate):
        if self.m is None:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="counts up once for each array" keyword="once in each `step`"
class Adam__counts_arrays:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            self.t += 1
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="beta1 for the squares, beta2 for the gradients" keyword="betas are swapped"
class Adam__betas_swapped:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta2 * m + (1 - self.beta2) * g
            v[...] = self.beta1 * v + (1 - self.beta1) * g**2
            m_hat, v_hat = m / (1 - self.beta2**self.t), v / (1 - self.beta1**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="epsilon inside the root, as one slide prints it" keyword="epsilon stands inside"
class Adam__eps_inside:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / np.sqrt(v_hat + self.eps)


# %% wrong="Adam" why="the faster form of the paper, which corrects epsilon too" keyword="before the correction"
class Adam__eps_before_correction:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        rate = learning_rate * np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            p -= rate * m / (np.sqrt(v) + self.eps)


# %% wrong="Adam" why="keeps the corrected averages in place of the averages" keyword="went back into the memory"
class Adam__keeps_corrected:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = (self.beta1 * m + (1 - self.beta1) * g) / (1 - self.beta1**self.t)
            v[...] = (self.beta2 * v + (1 - self.beta2) * g**2) / (1 - self.beta2**self.t)
            p -= learning_rate * m / (np.sqrt(v) + self.eps)


# %% wrong="Adam" why="beta times the new value in both averages" keyword="gave it to the new value"
class Adam__shares_swapped:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = (1 - self.beta1) * m + self.beta1 * g
            v[...] = (1 - self.beta2) * v + self.beta2 * g**2
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="one average of squares for each array" keyword="numbers inside an array disturb"
class Adam__one_square_per_array:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [0.0 for _ in params]
        self.t += 1
        for i, (p, g, m) in enumerate(zip(params, grads, self.m, strict=True)):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * (g**2).mean()
            m_hat, v_hat = m / (1 - self.beta1**self.t), self.v[i] / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="the count is an attribute of the class" keyword="state is shared"
class Adam__class_counter:
    t = 0

    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.m, self.v = beta1, beta2, eps, None, None

    def step(self, params, grads, learning_rate):
        if self.m is None:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        type(self).t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="begins with the caller's gradients and updates them" keyword="changed the caller's gradients"
class Adam__keeps_gradients:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = list(grads), [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            square = g**2
            m *= self.beta1
            m += (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * square
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="no average of the gradients above the line" keyword="no momentum"
class Adam__no_momentum:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta2, self.eps, self.v, self.t = beta2, eps, {}, 0

    def step(self, params, grads, learning_rate):
        self.t += 1
        for i, g in enumerate(grads):
            self.v[i] = self.beta2 * self.v.get(i, 0 * g) + (1 - self.beta2) * g**2
            params[i] -= learning_rate * g / (np.sqrt(self.v[i] / (1 - self.beta2**self.t)) + self.eps)


# %% wrong="Adam" why="plain gradient descent" keyword="this is plain gradient descent"
class Adam__plain:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.asked = None

    def step(self, params, grads, learning_rate):
        for param, grad in zip(params, grads, strict=True):
            param -= learning_rate * grad


# %% wrong="Adam" why="gives the averages' names to new arrays" keyword="both averages are 0 again"
class Adam__averages_rebound:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m = self.beta1 * m + (1 - self.beta1) * g
            v = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat = m / (1 - self.beta1**self.t)
            v_hat = v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="gives the first average's name to a new array" keyword="m has no memory"
class Adam__mean_rebound:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat = m / (1 - self.beta1**self.t)
            v_hat = v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="gives the second average's name to a new array" keyword="v has no memory"
class Adam__square_rebound:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat = m / (1 - self.beta1**self.t)
            v_hat = v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="keeps the corrected first average" keyword="only the corrected m"
class Adam__keeps_corrected_mean:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m[...] = m / (1 - self.beta1**self.t)
            m_hat = m
            v_hat = v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="averages the gradients twice, without their squares" keyword="squares are missing"
class Adam__no_squares:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g
            m_hat = m / (1 - self.beta1**self.t)
            v_hat = v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="leaves arrays out whose gradient is 0" keyword="zeros alone must not be left out"
class Adam__zero_gradient_skipped:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0

    def step(self, params, grads, learning_rate):
        if self.t == 0:
            self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.t += 1
        for p, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            if not g.any():
                continue
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% wrong="Adam" why="the memory is the class's, begun anew when another optimizer steps" keyword="state is shared"
class Adam__last_owner:
    owner = None

    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def step(self, params, grads, learning_rate):
        kept = Adam__last_owner
        if kept.owner is not self:
            kept.owner, kept.t = self, 0
            kept.m, kept.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        kept.t += 1
        for p, g, m, v in zip(params, grads, kept.m, kept.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat, v_hat = m / (1 - self.beta1**kept.t), v / (1 - self.beta2**kept.t)
            p -= learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


# %% right="Adam" why="weighted averages from the start: the shares are scaled to add up to 1"
class Adam__whole_history:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.betas, self.eps, self.history = (beta1, beta2), eps, []

    def step(self, params, grads, learning_rate):
        self.history.append([grad.copy() for grad in grads])
        ages = np.arange(len(self.history))[::-1]
        first, second = (beta**ages / np.sum(beta**ages) for beta in self.betas)
        for i, param in enumerate(params):
            past = np.stack([row[i] for row in self.history])
            spread = np.sqrt(np.tensordot(second, past**2, axes=1))
            param -= learning_rate * np.tensordot(first, past, axes=1) / (spread + self.eps)


# %% right="Adam" why="averages that are unbiased from the first step: the share of the new value falls from 1"
class Adam__falling_share:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.m, self.v, self.weight1, self.weight2 = {}, {}, 0.0, 0.0

    def step(self, params, grads, learning_rate):
        self.weight1, self.weight2 = 1 + self.beta1 * self.weight1, 1 + self.beta2 * self.weight2
        for i, grad in enumerate(grads):
            m, v = self.m.get(i, np.zeros(grad.shape)), self.v.get(i, np.zeros(grad.shape))
            self.m[i], self.v[i] = m + (grad - m) / self.weight1, v + (grad * grad - v) / self.weight2
            np.add(params[i], -learning_rate * self.m[i] / (self.v[i] ** 0.5 + self.eps), out=params[i])


# %% right="Adam" why="the faster form, with an epsilon that undoes its correction"
class Adam__corrected_rate:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1, self.beta2, self.eps, self.rows, self.power1, self.power2 = beta1, beta2, eps, None, 1.0, 1.0

    def step(self, params, grads, learning_rate):
        flat = np.concatenate([grad.ravel() for grad in grads])
        self.rows = np.zeros((2, flat.size)) if self.rows is None else self.rows
        share = np.array([[1 - self.beta1], [1 - self.beta2]])
        self.rows = (1 - share) * self.rows + share * np.stack([flat, flat**2])
        self.power1, self.power2 = self.power1 * self.beta1, self.power2 * self.beta2
        widening = np.sqrt(1 - self.power2)
        rate = learning_rate * widening / (1 - self.power1)
        moves = rate * self.rows[0] / (np.sqrt(self.rows[1]) + self.eps * widening)
        start = 0
        for param in params:
            param -= moves[start : start + param.size].reshape(param.shape)
            start += param.size


# %% right="Adam" why="lets PyTorch make the step"
class Adam__torch:
    def __init__(self, *, beta1=0.9, beta2=0.999, eps=1e-8):
        self.options, self.inner = {"betas": (beta1, beta2), "eps": eps}, None

    def step(self, params, grads, learning_rate):
        import torch

        if self.inner is None:
            self.tensors = [torch.zeros(param.shape, dtype=torch.float64) for param in params]
            self.inner = torch.optim.Adam(self.tensors, **self.options)
        for tensor, param, grad in zip(self.tensors, params, grads, strict=True):
            tensor.copy_(torch.from_numpy(param.copy()))
            tensor.grad = torch.from_numpy(grad.copy())
        self.inner.param_groups[0]["lr"] = learning_rate
        self.inner.step()
        for tensor, param in zip(self.tensors, params, strict=True):
            param[...] = tensor.numpy()


# %%
# Figure · what the hats and the momentum do
with expect.written():
    paths = {}
    for beta1 in (0.0, 0.9):
        rng = np.random.default_rng(9)
        noisy = lambda point, t, rng=rng: steepness * point + rng.normal(0, 4, 2)
        paths[f"β₁ = {beta1}"], _ = descend(Adam(beta1=beta1), [-4, 1], noisy, 0.15, 60)
    points, _ = descend(Adam(), [0, 0], lambda point, t: [1.0, 1.0], 0.1, 60)
    t = np.arange(1, 61)
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
    draw_ravine(left, paths)
    left.set_title("60 steps with noisy gradients")
    right.plot(t, -np.diff(points[:, 0]), label="yours")
    right.plot(t, 0.1 * (1 - 0.9**t) / np.sqrt(1 - 0.999**t), "--", label="without the correction")
    right.axhline(0.1, color=plot.colors["gray"], linestyle=":", linewidth=1)
    right.set(
        xlabel="step", ylabel="length of the step", title="The gradient is always 1, the rate 0.1", ylim=(0, 0.75)
    )
    right.legend()
    plot.show(
        fig,
        alt="Left: with momentum, Adam's path through noisy gradients is smooth and swings, without it jagged. Right: "
        "where the gradient is always the same, every step of Adam is as long as the learning rate; without the bias "
        "correction the first one is three times as long, and they grow to more than six times before they shrink.",
    )

# %% [markdown]
# ### 10 · Let the rate change: schedules  ·  4 points  ·  10 min  ·  ●●○ difficulty
#
# A large rate is good for coming near the minimum, a small one for staying there: noisy gradients kick the weights
# about, and the kicks are as large as the rate. So the rate changes while you train. Write
# `schedule(kind, t, learning_rate, ...)`, which returns the rate of step `t`. The steps are counted **from 0**, so `t`
# is the number of steps already made. With η for `learning_rate`:
#
# | `kind` | rate of step `t` | options | |
# |---|---|---|---|
# | `"step"` | $\eta\, f^{\lfloor t / n\rfloor}$ | `factor` $f$, `every` $n$ | in stairs: falls every $n$ steps |
# | `"exponential"` | $\eta\, f^{\,t}$ | `factor` $f$ | falls in every step |
# | `"cosine"` | $\ell + \frac{\eta-\ell}{2}(1+\cos\frac{\pi t}{n})$ | `lowest` $\ell$, `steps` $n$ | half a wave down |
# | `"warmup"` | $\eta\,(s + (1-s)\,\frac{t}{n})$ | `start` $s$, `steps` $n$ | a straight line up, from $s\,\eta$ to η |
# | `"annealing"` | $\eta\,/\,(1 + t/T)$ | `temperature` $T$ | cools: half of η after $T$ steps, a third after $2T$ |
#
# After their $n$ steps, `"cosine"` **stays** at `lowest` and `"warmup"` **stays** at η. (PyTorch's cosine climbs up
# again, for those who want to start anew.) Each kind uses its own options and ignores the others. Another `kind` raises
# a `ValueError`. What the options are where you say nothing stands in the cell below.
#
# **Annealing** is what a smith does: metal cools slowly, so that its atoms find a good order. The slide calls the
# parameter a temperature. While it is hot, steps are large and can leave a poor minimum; the larger `temperature`,
# the longer it stays hot. There are many ways to cool; this exercise fixes the one in the table.
#
# | argument | | |
# |---|---|---|
# | `kind` | a string | one of the five |
# | `t` | an integer, at least 0 | steps already made |
# | `learning_rate` | a number above 0 | η |
# | `every`, `steps` | integers, at least 1 | |
# | `factor`, `start` | numbers from 0 to 1, both included | shares of the rate, not rates |
# | `lowest` | a number from 0 to η | a rate, not a share |
# | `temperature` | a number above 0 | in steps |
# | returns | a number | the rate of step `t` |
#
# <details><summary>Hint 1: the idea</summary>
# Five formulas, five branches. Try t = 0 first: four of the five give η there, which one does not?
# </details>
# <details><summary>Hint 2: what to look up</summary>
# Python's operator for a division rounded down is <code>//</code>. Cosine and π are <code>np.cos</code> and
# <code>np.pi</code>; the angle is in radians.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# For the two kinds that stay where they arrive, cut <code>t</code> off at <code>steps</code>, with <code>min</code>,
# before you use it. Then write the formulas down one after the other, and raise at the end.
# </details>


# %% solution="schedule"
def schedule(kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0):
    """Return the learning rate of step `t`, counted from 0, by the schedule `kind`."""
    ### BEGIN SOLUTION
    progress = min(t / steps, 1)
    match kind:
        case "step":
            return learning_rate * factor ** (t // every)
        case "exponential":
            return learning_rate * factor**t
        case "cosine":
            return lowest + (learning_rate - lowest) * (1 + np.cos(np.pi * progress)) / 2
        case "warmup":
            return learning_rate * (start + (1 - start) * progress)
        case "annealing":
            return learning_rate / (1 + t / temperature)
    raise ValueError(f"no schedule is called {kind!r}")
    ### END SOLUTION


# %% check="schedule" points=1 why="by steps, and exponentially"
### BEGIN HIDDEN TESTS
def torch_schedule(kind, learning_rate, **options):
    """Return the rates of 61 steps by one of PyTorch's schedulers."""
    opt = torch.optim.SGD([torch.zeros(1)], lr=learning_rate)
    scheduler, rates = kind(opt, **options), []
    for _ in range(61):
        rates += scheduler.get_last_lr()
        opt.step()
        scheduler.step()
    return rates


### END HIDDEN TESTS
@expect.check
def check_schedule_falling(schedule):
    stairs = [expect.call(schedule, "step", t, 0.8, every=3, factor=0.5) for t in range(10)]
    expect.close(
        stairs,
        [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1],
        'schedule("step", t, 0.8, every=3, factor=0.5) for t = 0 … 9',
        mistakes={
            "it falls in every step: divide t by n and round down": lambda: 0.8 * 0.5 ** (np.arange(10) / 3),
            "each stair comes one step early: steps are counted from 0": [0.8, 0.8, *[0.4] * 3, *[0.2] * 3, 0.1, 0.1],
            "each stair comes one step late: step number n is the first with the lower rate": [
                *[0.8] * 4, *[0.4] * 3, *[0.2] * 3
            ],
            "it falls only once: after 2n steps it falls again": [*[0.8] * 3, *[0.4] * 7],
            "it falls in the steps that are multiples of n and comes back: the lower rate stays": [
                0.4 if t % 3 == 0 else 0.8 for t in range(10)
            ],
            "the factor is taken away: it multiplies": [0.8 - 0.5 * (t // 3) for t in range(10)],
        },
    )  # fmt: skip
    expect.close(
        [expect.call(schedule, "exponential", t, 0.8, factor=0.25) for t in range(4)],
        [0.8, 0.2, 0.05, 0.0125],
        'schedule("exponential", t, 0.8, factor=0.25) for t = 0 … 3',
        mistakes={
            "this is e to the power −f t: take the factor itself to the power t": 0.8 * np.exp([0, -0.25, -0.5, -0.75]),
            "one step ahead: at t = 0 the rate is learning_rate": [0.2, 0.05, 0.0125, 0.003125],
            "the factor is the share that goes, it should be the share that stays": [0.8, 0.6, 0.45, 0.3375],
            "the factor multiplies t: it is taken to the power t": [0, 0.2, 0.4, 0.6],
            "the rate is taken to a power too: only the factor is": [1, 0.2, 0.04, 0.008],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(410)
    for every in (1, 7, 20):
        base, factor = rng.uniform(0.01, 2), rng.uniform(0.1, 0.99)
        truth = torch_schedule(torch.optim.lr_scheduler.StepLR, base, step_size=every, gamma=factor)
        mine = [expect.call(schedule, "step", t, base, every=every, factor=factor) for t in range(61)]
        expect.close(mine, truth, f'schedule("step", t, {base:.3f}, every={every}, factor={factor:.3f})', atol=1e-15)
        truth = torch_schedule(torch.optim.lr_scheduler.ExponentialLR, base, gamma=factor)
        mine = [expect.call(schedule, "exponential", t, base, factor=factor) for t in range(61)]
        expect.close(mine, truth, f'schedule("exponential", t, {base:.3f}, factor={factor:.3f})', atol=1e-15)
    ### END HIDDEN TESTS


check_schedule_falling(schedule)


# %% check="schedule" points=2 why="the cosine and the warm-up"
@expect.check
def check_schedule_finite(schedule):
    bend = 0.4 * (1 + np.sqrt(3) / 2)
    whole = [1.0, 0.2 + bend, 0.8, 0.6, 0.4, 1.0 - bend, 0.2]
    expect.close(
        [expect.call(schedule, "cosine", t, 1.0, lowest=0.2, steps=6) for t in range(13)],
        [*whole, *[0.2] * 6],
        'schedule("cosine", t, 1.0, lowest=0.2, steps=6) for t = 0 … 12',
        mistakes={
            "it climbs up again after n steps: here it stays at the lowest rate": [
                *whole, *whole[-2::-1]
            ],
            "the wave begins anew after n steps: here it stays at the lowest rate": [*whole[:6], *whole[:6], 1.0],
            "the angle is in degrees: np.cos wants radians": lambda: (
                0.2 + 0.4 * (1 + np.cos(180 * np.minimum(np.arange(13) / 6, 1)))
            ),
            "this is a whole wave, down and up: n steps are half a wave": [1, 0.8, 0.4, 0.2, 0.4, 0.8, *[1.0] * 7],
            "this is a quarter of a wave: n steps are half a wave": lambda: (
                0.2 + 0.8 * np.cos(np.pi / 2 * np.minimum(np.arange(13) / 6, 1))
            ),
            "the wave ends at 0: it ends at the lowest rate": [
                1.0, bend / 0.8, 0.75, 0.5, 0.25, 1 - bend / 0.8, *[0.0] * 7
            ],
            "the wave ends at 0 and is cut off at the lowest rate: it comes down to it smoothly": [
                1.0, bend / 0.8, 0.75, 0.5, 0.25, *[0.2] * 8
            ],
            "lowest is added to the whole wave: the wave runs from learning_rate down to it": [
                1.2, 0.2 + bend / 0.8, 0.95, 0.7, 0.45, 1.2 - bend / 0.8, *[0.2] * 7
            ],
            "this is a straight line: the rate follows a cosine": [1, *np.linspace(1, 0.2, 7)[1:], *[0.2] * 6],
            "it goes up, from the lowest rate: cos 0 is 1": [*whole[::-1], *[1.0] * 6],
        },
    )  # fmt: skip
    expect.close(
        [expect.call(schedule, "warmup", t, 0.8, start=0.25, steps=4) for t in range(8)],
        [0.2, 0.35, 0.5, 0.65, 0.8, 0.8, 0.8, 0.8],
        'schedule("warmup", t, 0.8, start=0.25, steps=4) for t = 0 … 7',
        mistakes={
            "it goes on growing after n steps: it stays at learning_rate": 0.2 + 0.15 * np.arange(8),
            "it begins at 0: the option start says at which share of the rate": [0, 0.2, 0.4, 0.6, *[0.8] * 4],
            "start is taken for a rate: it is a share of learning_rate": 0.25
            + 0.1375 * np.array([0, 1, 2, 3, 4, 4, 4, 4]),
            "one step ahead: at t = 0 nothing has been made yet": [0.35, 0.5, 0.65, *[0.8] * 5],
            "it arrives one step early: n steps lead from start to the end": [
                0.2, 0.4, 0.6, 0.8, 0.8, 0.8, 0.8, 0.8
            ],
            "the line ends above learning_rate: it rises by (1 − start) of it": [0.2, 0.4, 0.6, 0.8, *[1.0] * 4],
            "at the end of the warm-up it falls back": [0.2, 0.35, 0.5, 0.65, *[0.2] * 4],
        },
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(4101)
    for length in (60, 17, 1):
        base, share = rng.uniform(0.01, 2), rng.uniform(0.05, 0.9)
        low = base * share
        truth = torch_schedule(torch.optim.lr_scheduler.CosineAnnealingLR, base, T_max=length, eta_min=low)
        truth[length:] = [low] * (61 - length)
        mine = [expect.call(schedule, "cosine", t, base, steps=length, lowest=low) for t in range(61)]
        expect.close(mine, truth, f'schedule("cosine", t, {base:.3f}, steps={length}, lowest={low:.3f})')
        truth = torch_schedule(torch.optim.lr_scheduler.LinearLR, base, start_factor=share, total_iters=length)
        mine = [expect.call(schedule, "warmup", t, base, steps=length, start=share) for t in range(61)]
        expect.close(mine, truth, f'schedule("warmup", t, {base:.3f}, steps={length}, start={share:.3f})')
    ### END HIDDEN TESTS


check_schedule_finite(schedule)


# %% check="schedule" points=1 why="annealing, and a kind that does not exist"
@expect.check
def check_schedule_annealing(schedule):
    times = np.arange(7)
    expect.close(
        [expect.call(schedule, "annealing", int(t), 0.6, temperature=2.0) for t in times],
        [0.6, 0.4, 0.3, 0.24, 0.2, 6 / 35, 0.15],
        'schedule("annealing", t, 0.6, temperature=2.0) for t = 0 … 6',
        mistakes={
            "the temperature multiplies t, so a hotter start cools faster: divide t by it": 0.6 / (1 + 2 * times),
            "this falls exponentially: here the rate is divided by 1 + t / T": 0.6 * np.exp(-times / 2),
            "this halves every T steps: here it is a half after T steps, a third after 2T": 0.6 * 0.5 ** (times / 2),
            "one step ahead: at t = 0 the rate is learning_rate": 0.6 / (1 + (times + 1) / 2),
            "a straight line down: the rate is divided, nothing is subtracted": np.maximum(0.6 * (1 - times / 2), 0),
            "t // T cools in jumps: an ordinary division cools in every step": 0.6 / (1 + times // 2),
            "the root belongs to another schedule: divide by 1 + t / T itself": 0.6 / np.sqrt(1 + times / 2),
        },
    )
    expect.raises(ValueError, schedule, "sine", 3, 0.1, hint='there is no schedule "sine"')
    options = {"every": 4, "factor": 0.5, "steps": 8, "lowest": 0.5, "start": 0.75, "temperature": 4.0}
    for kind, wanted in {
        "step": [1, 0.5, 0.25, 0.125],
        "exponential": [1, 1 / 16, 1 / 256, 1 / 4096],
        "cosine": [1, 0.75, 0.5, 0.5],
        "warmup": [0.75, 0.875, 1, 1],
        "annealing": [1, 1 / 2, 1 / 3, 1 / 4],
    }.items():
        expect.close(
            [expect.call(schedule, kind, t, 1.0, **options) for t in (0, 4, 8, 12)],
            wanted,
            f'schedule("{kind}", t, 1.0, every=4, factor=0.5, steps=8, lowest=0.5, start=0.75, temperature=4.0) '
            "for t = 0, 4, 8, 12",
            mistakes={
                "the option `lowest` belongs to the cosine alone: here it is ignored": np.maximum(wanted, 0.5),
                "the option `start` belongs to the warm-up alone: here it is ignored": np.multiply(wanted, 0.75),
            },
        )
    ### BEGIN HIDDEN TESTS
    usual = {
        "step": [1, 1, 0.1, 0.1, 1e-5],
        "exponential": [1, 0.1, 0, 0, 0],
        "cosine": [1, (1 + np.cos(np.pi / 100)) / 2, (1 + np.cos(0.3 * np.pi)) / 2, 0.5, 0],
        "warmup": [0.1, 0.109, 0.37, 0.55, 1],
        "annealing": [1, 1 / 1.01, 1 / 1.3, 1 / 1.5, 1 / 2.5],
    }
    for kind, wanted in usual.items():  # with no options at all
        mine = [expect.call(schedule, kind, t, 1.0) for t in (0, 1, 30, 50, 150)]
        expect.close(mine, wanted, f'schedule("{kind}", t, 1.0) for t = 0, 1, 30, 50, 150')
    for kind, t, options, wanted in [
        ("step", 1000, {"every": 100, "factor": 0.9}, 0.9**10),
        ("exponential", 1000, {"factor": 0.999}, 0.999**1000),
        ("cosine", 1000, {"steps": 2000}, 0.5),
        ("warmup", 1000, {"steps": 2000, "start": 0.5}, 0.75),
        ("annealing", 1000, {"temperature": 50}, 1 / 21),
        ("step", 2, {"every": 3, "factor": 0}, 1),
        ("step", 3, {"every": 3, "factor": 0}, 0),
        ("exponential", 0, {"factor": 0}, 1),
        ("exponential", 1, {"factor": 0}, 0),
        ("step", 9, {"every": 2, "factor": 1}, 1),
        ("exponential", 9, {"factor": 1}, 1),
        ("warmup", 0, {"steps": 8, "start": 0}, 0),
        ("warmup", 2, {"steps": 8, "start": 0}, 0.25),
        ("warmup", 3, {"steps": 7, "start": 1}, 1),
        ("cosine", 3, {"steps": 7, "lowest": 1.0}, 1),
    ]:
        expect.close(expect.call(schedule, kind, t, 1.0, **options), wanted, f'schedule("{kind}", {t}, 1.0, {options})')
    ones = np.ones((60, 1))
    for heat, base in [(0.7, 0.3), (12.0, 1.5), (400.0, 0.02)]:
        # PyTorch's Adagrad cools like this, beside its division by the root of t + 1
        trail = walk_torch(torch.optim.Adagrad, {"eps": 0, "lr_decay": 1 / heat}, [0.0], ones, [base] * 60)
        truth = -np.diff(trail[:, 0], prepend=0.0) * np.sqrt(np.arange(1, 61))
        mine = [expect.call(schedule, "annealing", t, base, temperature=heat) for t in range(60)]
        expect.close(mine, truth, f'schedule("annealing", t, {base}, temperature={heat})')
    for kind in ("constant", "linear", "steps", ""):
        expect.raises(ValueError, schedule, kind, 0, 0.1, hint=f'there is no schedule "{kind}"')
    ### END HIDDEN TESTS


check_schedule_annealing(schedule)


# %% wrong="schedule" why="t / every without rounding down" keyword="falls in every step"
def schedule__smooth_stairs(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t / every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="counts the steps from 1" keyword="one step ahead"
def schedule__counts_from_one(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    t = t + 1
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="exponential as e to the power −f t" keyword="take the factor itself"
def schedule__natural_exponential(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * np.exp(-factor * t),
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="the cosine goes on after its half wave, as PyTorch's does" keyword="climbs up again"
def schedule__cosine_goes_on(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * t / steps)),
        "warmup": learning_rate * (start + (1 - start) * min(t, steps) / steps),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="the angle in degrees" keyword="wants radians"
def schedule__degrees(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(180 * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="the cosine without its lowest rate" keyword="wave ends at 0"
def schedule__no_lowest(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": max(0.5 * learning_rate * (1 + np.cos(np.pi * done)), lowest),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="adds the lowest rate on top of the wave" keyword="added to the whole wave"
def schedule__lowest_on_top(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * learning_rate * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="the warm-up never ends" keyword="goes on growing"
def schedule__endless_warmup(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * min(t, steps) / steps)),
        "warmup": learning_rate * (start + (1 - start) * t / steps),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="the warm-up begins at zero" keyword="it begins at 0"
def schedule__warmup_from_zero(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * done,
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="start as a rate" keyword="start is taken for a rate"
def schedule__start_is_rate(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": start + (learning_rate - start) * done,
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="the temperature times t" keyword="temperature multiplies t"
def schedule__temperature_multiplies(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + temperature * t),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="cools exponentially, as simulated annealing often does" keyword="this falls exponentially"
def schedule__exponential_cooling(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate * np.exp(-t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return rates[kind]


# %% wrong="schedule" why="no schedule falls below the lowest rate" keyword="belongs to the cosine alone"
def schedule__lowest_for_all(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + t / temperature),
    }
    if kind not in rates:
        raise ValueError(kind)
    return max(rates[kind], lowest)


# %% wrong="schedule" why="an unknown kind gives the rate unchanged" keyword="there is no schedule"
def schedule__unknown_is_constant(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    done = min(t, steps) / steps
    rates = {
        "step": learning_rate * factor ** (t // every),
        "exponential": learning_rate * factor**t,
        "cosine": lowest + 0.5 * (learning_rate - lowest) * (1 + np.cos(np.pi * done)),
        "warmup": learning_rate * (start + (1 - start) * done),
        "annealing": learning_rate / (1 + t / temperature),
    }
    return rates.get(kind, learning_rate)


# %% right="schedule" why="walks from step to step, as a training loop would"
def schedule__walks(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    rate = start * learning_rate if kind == "warmup" else learning_rate
    for now in range(1, t + 1):
        if kind == "exponential" or (kind == "step" and now % every == 0):
            rate *= factor
        elif kind == "cosine" and now <= steps:
            before, after = np.cos(np.pi * (now - 1) / steps), np.cos(np.pi * now / steps)
            rate -= (learning_rate - lowest) * (before - after) / 2
        elif kind == "warmup" and now <= steps:
            rate += (1 - start) * learning_rate / steps
        elif kind == "annealing":
            rate *= (temperature + now - 1) / (temperature + now)
    if kind not in ("step", "exponential", "cosine", "warmup", "annealing"):
        raise ValueError(f"unknown kind {kind}")
    return rate


# %% right="schedule" why="Python's math and functions in a dictionary; the cosine as a squared half angle"
def schedule__table(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    import math

    left = max(steps - t, 0) / steps
    shares = {
        "step": lambda: factor ** math.floor(t / every),
        "exponential": lambda: math.pow(factor, t),
        "cosine": lambda: (lowest + (learning_rate - lowest) * math.sin(math.pi / 2 * left) ** 2) / learning_rate,
        "warmup": lambda: 1 - (1 - start) * left,
        "annealing": lambda: temperature / (temperature + t),
    }
    if kind in shares:
        return learning_rate * shares[kind]()
    raise ValueError(f"{kind} is none of {', '.join(shares)}")


# %% right="schedule" why="lets PyTorch's schedulers count up to t"
def schedule__torch(
    kind, t, learning_rate, *, every=30, factor=0.1, steps=100, lowest=0.0, start=0.1, temperature=100.0
):
    import torch

    library, inner = torch.optim.lr_scheduler, torch.optim.SGD([torch.zeros(1)], learning_rate)
    if kind == "step":
        scheduler = library.StepLR(inner, every, factor)
    elif kind == "exponential":
        scheduler = library.ExponentialLR(inner, factor)
    elif kind == "cosine":
        scheduler, t = library.CosineAnnealingLR(inner, steps, lowest), min(t, steps)
    elif kind == "warmup":
        scheduler = library.LambdaLR(inner, lambda now: start + (1 - start) * min(now / steps, 1))
    elif kind == "annealing":
        scheduler = library.LambdaLR(inner, lambda now: 1 / (1 + now / temperature))
    else:
        raise ValueError(f"unknown kind {kind}")
    for _ in range(t):
        inner.step()
        scheduler.step(None)
    return scheduler.get_last_lr()[0]


# %%
# Figure · five schedules, and what they are good for
def noisy_descent(rates, runs=200):
    """Return the mean distance from the minimum of x²/2 after each step, for many runs with noisy gradients."""
    rng = np.random.default_rng(10)
    x, distances = np.full(runs, 10.0), []
    for rate in rates:
        x = x - rate * (x + rng.normal(0, 3, runs))
        distances.append(np.abs(x).mean())
    return distances


with expect.written():
    settings = {
        "step": {"every": 50, "factor": 0.3},
        "exponential": {"factor": 0.98},
        "cosine": {"steps": 200, "lowest": 0.0},
        "warmup": {"steps": 40, "start": 0.0},
        "annealing": {"temperature": 20},
    }
    curves = {kind: [schedule(kind, t, 0.3, **options) for t in range(200)] for kind, options in settings.items()}
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
    for kind, rates in curves.items():
        left.plot(rates, label=kind)
        right.plot(noisy_descent(rates), label=kind, linewidth=1.2)
    left.set(xlabel="step", ylabel="learning rate", title="schedules")
    right.set(xlabel="step", ylabel="distance from the minimum", yscale="log", title="noisy gradients")
    left.legend()
    plot.show(
        fig,
        alt="Left: five schedules over 200 steps. One falls in stairs, one exponentially, one by a cosine; one rises "
        "in a line and stays; one falls fast at first and then slowly. Right: the distance from the minimum with noisy "
        "gradients. The warm-up arrives last and stays at a distance of 1. The others come three to four times closer "
        "while their rate falls.",
    )

# %% [markdown]
# The schedules that fall come closer in the end; the warm-up stays where the noise keeps it. In practice it makes the
# beginning, for instance of Adam, whose first steps rest on very few gradients, and another schedule follows.
