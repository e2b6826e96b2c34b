# %% [markdown]
# # 01 · The neuron
#
# Everything in this course is made of one small part: it weighs numbers, adds them up, and answers. This lesson follows
# that part from the brain to the machine that learned to read in 1958, watches it learn from its mistakes, breaks it,
# and repairs it with a second layer.
#
# You need arrays (unit 00). Reading and playing takes about half an hour. Guess before you look: where a question
# stands in italics, stop and bet on a number.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import nnls
from sklearn.linear_model import Perceptron
from torch.nn import functional

from cnnlib import data, plot, widgets

np.set_printoptions(precision=3, suppress=True)
torch.set_num_threads(1)

# %% [markdown]
# ## 1 · In the brain and on paper
#
# Your brain has about 86 billion neurons. Each collects signals from thousands of others, and when enough comes
# together within a few thousandths of a second, it *fires*: it sends a short pulse, always the same one, to thousands
# more. It hardly ever fires more than a few hundred times a second. A processor's clock ticks ten million times as
# fast, and yet you read this sentence with ease. Many slow parts at once can be a strong machine.
#
# * **1943**, McCulloch and Pitts: the neuron as a formula. A sum, a threshold, an answer of 0 or 1. Networks of them
#   can say whatever logic can say. Nothing is learned.
# * **1949**, Hebb: what is used grows. A connection becomes stronger when it helps to make the next cell fire. (The
#   rhyme *fire together, wire together* is not his. It is Shatz's, of 1992.)
# * **1958**, Rosenblatt: the **perceptron**, with weights that are *learned* from mistakes. First as a program on an
#   IBM 704, a computer of five tons.
# * **1960**, the Mark I: the perceptron as a machine. An eye of 20 × 20 = 400 photocells, 512 units behind it, 8
#   outputs. The weights were knobs, and electric motors turned them.
#
# What has remained of the cell? Inputs $x_d$, each with a weight $w_d$ (the strength of the connection, negative if it
# holds back), a bias $b$ (how ready the cell is by itself), and an activation $g$:
#
# $$z = \sum_d w_d\,x_d + b \qquad\qquad \text{output} = g(z)$$
#
# Here is a neuron that decides whether you go swimming this afternoon.


# %%
# Figure · a neuron adds up what speaks for and against
reasons = {"sun": (0.8, 2.0), "warm water": (0.5, 3.0), "exam tomorrow": (1.0, -4.0)}
bias = 1.2


def swimming(reasons, bias):
    """Draw the neuron, and how its sum grows and shrinks reason by reason; return the sum."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.2), gridspec_kw={"width_ratios": [1.1, 1]})
    left.set(xlim=(0, 10), ylim=(0, 4))
    for height, lift, (name, (x, w)) in zip((3.5, 2, 0.5), (0.35, 0.18, -0.6), reasons.items(), strict=True):
        left.text(0, height, f"{name}\nx = {x:g}", va="center")
        left.annotate("", (5.1, 2), (2.6, height), arrowprops={"arrowstyle": "->", "color": plot.ink, "lw": abs(w) / 2})
        left.text(3.8, (height + 2) / 2 + lift, f"w = {plot.brief(w)}", color=plot.colors["blue"], ha="center")
    left.text(5.7, 2, "Σ + b", ha="center", va="center", bbox={"boxstyle": "circle,pad=0.4", "fc": "#eef1f4"})
    left.text(8.1, 2, "g", ha="center", va="center", bbox={"boxstyle": "square,pad=0.5", "fc": "#eef1f4"})
    for start, name in ((6.5, "z"), (8.6, "0 or 1")):
        left.annotate("", (start + 1.1, 2), (start, 2), arrowprops={"arrowstyle": "->", "color": plot.ink, "lw": 1.5})
        left.text(start + 0.5, 2.25, name, ha="center")
    left.axis("off")

    products = [f"{x:g} · {plot.brief(w)}" if w > 0 else f"{x:g} · ({plot.brief(w)})" for x, w in reasons.values()]
    names = ["bias", *(f"{name}\n{product}" for name, product in zip(reasons, products, strict=True)), "z"]
    steps = [bias, *(x * w for x, w in reasons.values())]
    floor = 0.0
    for place, step in enumerate(steps):
        color = plot.colors["blue" if step > 0 else "orange"]
        right.bar(place, step, bottom=floor, color=color, hatch="" if step > 0 else "//", edgecolor="white")
        right.text(place, floor + max(step, 0) + 0.1, f"{step:+.1f}".replace("-", "−"), ha="center")
        floor += step
    right.bar(len(steps), floor, color=plot.ink)
    right.text(len(steps), max(floor, 0) + 0.1, f"{floor:.1f}".replace("-", "−"), ha="center")
    right.axhline(0, color=plot.ink)
    right.set(xticks=range(5), ylim=(-0.6, 4.9), title="from the bias to the sum")
    right.set_xticklabels([name.replace(" ", "\n", 1) if name[0] in "we" else name for name in names], fontsize=8)
    verdict = "the neuron fires: swim" if floor > 0 else "the neuron is silent: learn"
    told = ", ".join(f"{name} times its weight gives {plot.brief(x * w)}" for name, (x, w) in reasons.items())
    plot.show(
        fig, alt=f"Three inputs with weights lead to a sum. The bias is {bias}; {told}. z is {floor:.1f}: {verdict}."
    )
    return floor


z = swimming(reasons, bias)
print("z > 0?", z > 0)

# %% [markdown]
# 0.3 above the threshold: go. A little less sun, and the same neuron says no. The **bias** is the mood in which it
# begins, before any reason is heard. The **activation** here is the oldest one, a step: 1 if $z > 0$, else 0. Unit 02
# has softer ones.
#
# *Three friends vote, 0 or 1 each. Which weights and which bias make a neuron that fires when at least two of the three
# are for it?*
#
# <details><summary>Answer</summary>
#
# Weights of 1 and a bias of −1.5 (anything between −2 and −1): the sum is above 0 from two votes on. If one friend
# counts double, give her a weight of 2. McCulloch and Pitts built their whole logic from such counts.
#
# </details>

# %% [markdown]
# ## 2 · A neuron whose weights are a picture
#
# In 1958 two young researchers, David Hubel and Torsten Wiesel, listened to a single cell in the visual cortex of a
# cat. They showed black and bright dots on glass slides, for hours; almost nothing. Then the loudspeaker rattled like a
# machine gun. It was not the dot: while they pushed the slide in, its *edge* cast a faint straight line that moved over
# the retina. The cell had been waiting for a line, in one direction (Hubel told the story in his Nobel lecture of
# 1981).
#
# They called it a **simple cell**. Its weights can be drawn: where light excites it, and where light holds it back. A
# good model is a **Gabor patch**, a wave under a bell. Our cell is one neuron: 31 × 31 = 961 inputs, the patch as
# weights, a small negative bias, and nothing below zero.

# %%
# Figure · the tuning curve of a simple cell
rows, columns = np.mgrid[-15:16, -15:16]


def across(degrees):
    """Distance of each pixel from a line through the middle that runs in this direction."""
    return columns * np.sin(np.deg2rad(degrees)) + rows * np.cos(np.deg2rad(degrees))


def light_bar(degrees, moved=0.0, thick=4.0):
    """A bright bar on a dark ground, moved sideways by so many pixels."""
    return np.clip(thick / 2 + 0.5 - abs(across(degrees) - moved), 0, 1)


def patch(degrees, moved=0.0):
    """A Gabor patch that adds up to zero: an evenly lit wall leaves it cold."""
    bell = np.exp(-((across(degrees) - moved) ** 2) / 32 - across(degrees + 90) ** 2 / 98)
    wave = bell * np.cos(2 * np.pi * (across(degrees) - moved) / 10)
    wave = wave - bell * wave.sum() / bell.sum()
    return wave / wave.clip(0).sum()


def simple_cell(picture, weights, bias=-0.1):
    """One neuron: the weighted sum of all pixels, the bias, nothing below zero."""
    return max(float(np.vdot(weights, picture)) + bias, 0.0)


angles = np.arange(0, 181, 5)
tuning = [simple_cell(light_bar(angle), patch(45)) for angle in angles]
favorite = angles[np.argmax(tuning)]
awake = angles[np.array(tuning) > max(tuning) / 2]
assert favorite == 45

fig, axes = plt.subplots(1, 5, figsize=(9.6, 2.5), gridspec_kw={"width_ratios": [1, 1, 1, 1, 2.4]})
plot.image(axes[0], patch(45), "its weights")
for ax, angle in zip(axes[1:4], (45, 75, 135), strict=True):
    response = simple_cell(light_bar(angle), patch(45))
    plot.image(ax, light_bar(angle), f"bar at {angle}°\nanswer {response:.2f}")
axes[4].plot(angles, tuning, "o-", markersize=3)
axes[4].set(xlabel="direction of the bar in degrees", ylabel="answer", xticks=range(0, 181, 45))
plot.show(
    fig,
    alt=f"A patch of a bright stripe between two dark ones, slanted. Against the direction of a bar, the answer is a "
    f"single peak at {favorite}° and at least half as high from {awake[0]} to {awake[-1]}°; elsewhere it falls to 0.",
)
print(f"an evenly lit wall: {simple_cell(np.ones((31, 31)), patch(45)):.2f}")

# %% [markdown]
# One peak, as in the cat. Every cell has its own direction; together they cover all of them.
#
# Hubel and Wiesel found a second kind, the **complex cell**. It also wants a direction, but it does not care exactly
# where the bar lies. Their explanation: it listens to many simple cells of the same direction, side by side, and
# answers as soon as *one* of them does. We take the largest answer.

# %%
# Figure · a bar moves over a simple and a complex cell
moves = np.arange(-11, 11.1, 0.5)
neighbors = [patch(45, shift) for shift in range(-6, 7, 2)]
from_simple = [simple_cell(light_bar(45, moved), patch(45)) for moved in moves]
from_complex = [max(simple_cell(light_bar(45, moved), weights) for weights in neighbors) for moved in moves]
turned = [max(simple_cell(light_bar(angle), weights) for weights in neighbors) for angle in angles]
wide_simple, wide_complex = (float(np.mean(np.array(line) > 0.2) * 22.5) for line in (from_simple, from_complex))
assert wide_complex > 2 * wide_simple

fig, axes = plt.subplots(1, 2, figsize=(9, 2.9), sharey=True)
axes[0].plot(moves, from_simple, label="simple cell")
axes[0].plot(moves, from_complex, "--", label="complex cell: the largest of 7")
axes[0].set(xlabel="bar moved sideways, in pixels", ylabel="answer", title="indifferent to the place …")
axes[0].set_ylim(0, 1.05)
axes[0].legend(loc="upper center", fontsize=8, ncols=2)
axes[1].plot(angles, tuning)
axes[1].plot(angles, turned, "--")
axes[1].set(xlabel="direction of the bar in degrees", xticks=range(0, 181, 45), title="… but not to the direction")
plot.show(
    fig,
    alt=f"Left: when the bar moves, the simple cell answers over about {wide_simple:.0f} pixels, the complex cell over "
    f"about {wide_complex:.0f}. Right: both have their peak at 45° and are silent for bars across.",
)

# %% [markdown]
# Detect a pattern; then forgive a small shift. In 1980 Kunihiko Fukushima stacked the two in alternation, many times,
# and called it the **neocognitron**: a layer of simple cells, the same weights at every place, then a layer of complex
# cells, then again simple cells that look at those. It learned, without a teacher, to tell a few digits apart wherever
# they stood. Here is such a pair of layers, with four directions, on a handwritten seven. The numbers below compare
# what they answer when the seven moves sideways by three of its 32 columns.

# %%
# Figure · simple and complex cells look at a seven
images, labels = data.digits("train")
seven = functional.interpolate(torch.from_numpy(images[labels == 7][3])[None, None], scale_factor=4, mode="bilinear")
directions = (0, 45, 90, 135)
cells = torch.from_numpy(np.stack([patch(angle)[6:25, 6:25] for angle in directions]))[:, None]


def two_layers(picture):
    """Return what simple cells answer at every place, and what complex cells make of it."""
    simple = functional.relu(functional.conv2d(functional.pad(picture, (10, 10, 10, 10)), cells) - 0.1)
    return simple[0], functional.max_pool2d(simple, 6)[0]


def alike(one, other):
    """The correlation of two layers' answers."""
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])


still, moved_on = two_layers(seven), two_layers(seven.roll(3, dims=3))
same_simple, same_complex = (alike(one, other) for one, other in zip(still, moved_on, strict=True))
assert same_complex > same_simple

fig, axes = plt.subplots(2, 5, figsize=(8.6, 3.7))
plot.image(axes[0, 0], seven[0, 0].numpy(), "32 × 32 pixels")
axes[1, 0].axis("off")
for column, angle in enumerate(directions, 1):
    for ax, layer, name in zip(axes[:, column], still, ("simple", "complex"), strict=True):
        plot.image(ax, (layer[column - 1] / layer.max()).numpy(), f"{name}, {angle}°")
plot.show(
    fig,
    alt="A handwritten seven. Simple cells of 0 degrees light up along its horizontal strokes, those of 45 and 90 "
    "degrees along the slanted stem. Below, complex cells tell the same on a much coarser grid.",
)
print(
    f"correlation of the answers to the seven and to the moved seven: simple cells {same_simple:.2f},",
    f"complex cells {same_complex:.2f}",
)

# %% [markdown]
# Convolution, then pooling: this *is* a convolutional network, nine years before LeCun and others trained one by
# backpropagation (1989). Units 08 and 09 build it. The brain is an inspiration, not a blueprint:
# nobody has found backpropagation in it.
#
# *A bar is bright on dark for our simple cell. What does it answer to a dark bar on a bright ground?*
#
# <details><summary>Answer</summary>
#
# Nothing. The sum is the negative of before (the patch adds up to zero, so the bright ground does not count), and
# below zero the cell is silent. Somebody else must look for dark bars: a neuron with the opposite weights.
#
# </details>

# %% [markdown]
# ## 3 · What one neuron can say
#
# Now with only two inputs, so that everything fits on a map. Where does the answer change? Where $w_1x_1 + w_2x_2 + b =
# 0$: a straight line, always. The neuron cuts the plane in two. The weights are an arrow that stands at a right angle
# on the line and points to the half where $z > 0$; the bias pushes the line along that arrow.
#
# We call the two sides **+1** (●) and **−1** (▲). For a point of class $y$, the number $y \cdot z$ is its **margin**:
# positive if it lies on its side, and growing with the distance. Crosses mark the points whose margin is not positive.

# %%
plane = widgets.decision_boundary()
plane

# %% [markdown]
# Things to try, with the mouse or the keys below the picture:
#
# 1. Drag the arrow's tip and the line until no cross is left. How many numbers did you have to choose?
# 2. Move only **Length**. What changes in the picture? And what in the margins of a point that you pick with a click?
# 3. Draw your own points. How few do you need so that no line parts them, if no two lie at the same place?
#
# Whatever you do there is also here: run the next cell again after you have moved something.

# %%
print("weights", plane.weights, " bias", plane.bias, " points on the wrong side:", int((plane.margins <= 0).sum()))

# %% [markdown]
# *The length of the weights moves nothing on the map. Is it then good for nothing?*
#
# <details><summary>Answer</summary>
#
# For a step it is: only the sign of $z$ counts, and (2, 4) with a bias of 6 answers as (1, 2) with 3. So 1. asked for
# three numbers, and two would do: a direction and a shift. With a *soft* activation the length becomes visible: long
# weights make the change at the line abrupt, short ones gradual. There it says how *sure* the neuron is. Section 6
# shows it.
#
# </details>

# %% [markdown]
# ## 4 · Learning from mistakes
#
# You turned the knobs until the crosses were gone. In 1958 Rosenblatt let the machine do it, with a rule that fits on a
# postcard:
#
# > Look at one sample after the other. If it is on its side, do nothing. If it is not, push: **add** it to the weights
# > when its class is +1, **subtract** it when it is −1. The bias gets the same push, by 1.
#
# (A margin of exactly 0, on the line, counts as a mistake too: otherwise weights of 0 would stay 0.)
#
# All weights start at 0. That is all. Nothing says where the line should go. *Guess first: the 14 points below, how
# many mistakes until all are right?* Then press **Next mistake** and count. The ring shows the sample looked at, the
# dashed line is where the line was before, and the numbers beside it are the whole of what happens.

# %%
widgets.decision_boundary("a wide gap", weights=[0, 0])

# %% [markdown]
# Seven. Now choose *a narrow gap* in the menu, guess again, and press **Learn**. Watch how a push that helps one sample
# spoils another.
#
# Before you build the rule yourself in the assignment, we borrow scikit-learn's, to do experiments. It does not count
# its mistakes. But a trick makes it: give every sample a tiny extra feature of its own. Each time the sample is a
# mistake, the weight of that feature grows by the same amount. At the end, read it like a tally.


# %%
def mistakes_made(samples, classes):
    """Count the mistakes of Rosenblatt's rule, the constant feature included in the samples."""
    tally = 1e-5 * np.eye(len(samples))
    rule = Perceptron(fit_intercept=False, shuffle=False, tol=None, max_iter=1500)
    rule.fit(np.hstack([samples, tally]), classes)
    return round(abs(rule.coef_[0, -len(samples) :]).sum() / 1e-5)


def with_constant(points):
    """Put a 1 behind each point: its weight is the bias."""
    return np.insert(np.asarray(points, float), len(points[0]), 1, axis=1)


counted = {}
for name in ("a wide gap", "a narrow gap"):
    preset = widgets.decision_boundary(name)
    features, kinds = with_constant(preset.points), np.array(preset.labels)
    orders = [np.random.default_rng(seed).permutation(len(kinds)) for seed in range(150)]
    shuffled = [mistakes_made(features[order], kinds[order]) for order in orders]
    counted[name] = mistakes_made(features, kinds)
    print(
        f"{name:13} {counted[name]:3} mistakes; in 150 other orders of the samples {min(shuffled)} to {max(shuffled)}"
    )
assert counted == {"a wide gap": 7, "a narrow gap": 50}

# %% [markdown]
# ### After fifty cards
#
# On 7 July 1958 Rosenblatt showed his perceptron to the press. The IBM 704 was fed punched cards, marked on the left or
# on the right, and after about fifty it told left from right by itself. The New York Times wrote of "the embryo of an
# electronic computer" that the Navy expected to "walk, talk, see, write, reproduce itself and be conscious of its
# existence".
#
# We do it again: cards of 20 × 20 squares with a block anywhere on the left or on the right half. 400 weights, all 0.
# *Guess: when it has seen fifty cards, each once, how many of 2000 new ones are right?*

# %%
# Figure · 1958 again: fifty punched cards


def cards(count, rng):
    """Return cards of 20 × 20 squares with a block punched on one half, and +1 for the right half, −1 for the left."""
    halves, punched = rng.choice([-1, 1], count), np.zeros((count, 20, 20))
    for card, half in zip(punched, halves, strict=True):
        height, width = rng.integers(3, 8, 2)
        top, left = rng.integers(0, 21 - height), rng.integers(0, 11 - width) + (10 if half > 0 else 0)
        card[top : top + height, left : left + width] = 1
    return punched, halves


def shown_once(count, seed):
    """Show so many cards, each once, to a fresh perceptron."""
    seen, sides = cards(count, np.random.default_rng([seed, count]))
    return Perceptron(shuffle=False).partial_fit(seen.reshape(count, 400), sides, classes=[-1, 1])


fresh, truth = cards(2000, np.random.default_rng(1958))
amounts = [5, 10, 20, 30, 50, 100, 200]
machines = [[shown_once(amount, seed) for seed in range(15)] for amount in amounts]
scores = np.array([[machine.score(fresh.reshape(2000, 400), truth) for machine in row] for row in machines])
after_fifty = scores.mean(axis=1)[amounts.index(50)]
assert after_fifty > 0.93

fig, axes = plt.subplots(1, 4, figsize=(9.6, 2.7), gridspec_kw={"width_ratios": [1, 1, 1.15, 1.9]})
punched, halves = cards(8, np.random.default_rng(4))
for ax, half, name in zip(axes, (-1, 1), ("a left card", "a right card"), strict=False):
    plot.image(ax, punched[halves == half][0], name)
plot.image(axes[2], machines[4][1].coef_.reshape(20, 20), "400 weights after\nfifty cards", signed=True)
axes[3].plot(amounts, scores, ".", color=plot.colors["gray"], markersize=4)
axes[3].plot(amounts, scores.mean(axis=1), "o-")
axes[3].axvline(50, color=plot.colors["orange"], linestyle="--")
axes[3].set(xscale="log", xticks=amounts, xticklabels=amounts, xlabel="cards seen once", ylabel="right on new cards")
axes[3].minorticks_off()
plot.show(
    fig,
    alt=f"Two cards with a block of holes. The weights after fifty cards: mostly negative on the left half, positive "
    f"on the right. Right answers on new cards rise from {scores[0].mean():.0%} after 5 cards to {after_fifty:.0%} "
    f"after 50 and {scores[-1].mean():.0%} after 200.",
)
print(f"after fifty cards, on average {after_fifty:.1%} of new cards are right")

# %% [markdown]
# Nobody told it what *left* means. Look at the weights: it has drawn it.
#
# ### How long can it take?
#
# In 1962 Novikoff, and in the same year Block, proved something no one would expect from such a simple rule. Let $R$ be
# the length of the longest sample (with its 1 for the bias), and $\gamma$ the gap: how far the *best* border stays away
# from the closest sample. Then the number of mistakes, in any order, whatever the number of samples or features, is at
# most
#
# $$\left(\frac{R}{\gamma}\right)^2$$
#
# *Where in this formula is the number of weights?* Nowhere. A perceptron with a million inputs has the same promise.
# Does it hold? We draw 120 clouds of 60 points, with wide and narrow gaps, near the middle and far from it, and count.
# The stars are a special case: each sample points in a direction of its own, so none teaches anything about another.


# %%
# Figure · mistakes against the gap
def widest_gap(samples, classes):
    """How far the best border through the origin stays away from all samples.

    The samples of class −1 are turned to the other side. The nearest place to the origin in the hull of all is found
    by least squares with shares that are not negative and add up to 1.
    """
    hull = np.vstack([(samples * np.reshape(classes, (-1, 1))).T, np.full(len(samples), 1e3)])
    shares, _ = nnls(hull, np.append(np.zeros(len(hull) - 1), 1e3))
    return float(np.linalg.norm(hull[:-1] @ shares) / shares.sum())


def cloud(rng):
    """Draw 60 points with a random gap along a random line; return them with a constant feature, and their classes."""
    space, offset, tilt = 10 ** rng.uniform(-2, 0.3), rng.uniform(0, 2), rng.uniform(0, 2 * np.pi)
    places = rng.uniform(-3, 3, (3000, 2))
    height = places @ [np.cos(tilt), np.sin(tilt)] - offset
    kept = np.flatnonzero(abs(height) > space / 2)[:60]
    return with_constant(places[kept]), np.where(height[kept] > 0, 1, -1)


rng = np.random.default_rng(1962)
drawn = [cloud(rng) for _ in range(120)]
special = [(np.eye(size), np.arange(size) % 2 * 2 - 1) for size in (4, 12, 40, 130)]
ratios, made = (
    np.array([[measure(*case) for case in cases] for cases in (drawn + special,)])[0]
    for measure in (lambda x, y: max(map(np.linalg.norm, x)) / widest_gap(x, y), mistakes_made)
)
assert (made <= ratios**2 * 1.000001).all()
assert np.allclose(made[120:], ratios[120:] ** 2)
share = float(np.median(made[:120] / ratios[:120] ** 2))

fig, ax = plt.subplots(figsize=(6.8, 3.9))
line = np.array([1.5, ratios.max() * 1.2])
ax.plot(line, line**2, "--", color=plot.ink, label="the promise: never above this line")
ax.plot(ratios[:120], made[:120], "o", markersize=4, label="120 clouds in the plane")
ax.plot(ratios[120:], made[120:], "*", markersize=13, label="each sample its own direction")
ax.set(xscale="log", yscale="log", xlabel="R / γ   (narrow gaps on the right)", ylabel="mistakes until all are right")
ax.legend(loc="upper left")
plot.show(
    fig,
    alt=f"Mistakes against R over gamma, both axes logarithmic, with the promise as a straight line. All 120 clouds "
    f"lie below it, half of them under {share:.1%} of it. Four stars, samples in directions of their own, lie on it.",
)
print(f"the median cloud needs {share:.1%} of the promised number; every star needs all of it")

# %% [markdown]
# Never above the line; usually far below; and the stars show that the promise cannot be improved. What makes learning
# slow is not many points but a narrow gap beside large numbers. (The assignment asks you to compute the bound, and one
# of its figures shows how much simply subtracting the mean can save.)
#
# *What does the promise say if no line parts the classes?*
#
# <details><summary>Answer</summary>
#
# Nothing: there is no gap, so no bound. The rule never stops. Choose *one on the wrong side* in the view and let it
# learn: the line jumps for ever. The numbers stay small, though; the weights go round in circles instead of running
# away. Real data is like this, so today's networks push less and less (learning rates, unit 04) instead of waiting
# for an epoch without a mistake.
#
# </details>

# %% [markdown]
# ## 5 · Where it fails, and what a second layer changes
#
# Two light switches on a staircase: the lamp is on if exactly one of them is up. This is **XOR**, and it is the
# smallest thing that no single neuron can do. Try it yourself first, by hand, then with **Learn**.

# %%
widgets.decision_boundary("XOR", weights=[1, -1], bias=1, epochs=20)

# %% [markdown]
# Four mistakes an epoch, for ever. A nudge towards the reason: each of the four points makes a demand on $w_1$, $w_2$
# and $b$. Write the four demands below each other, and add up two of them, then the other two. The assignment finishes
# the thought.
#
# How rare is such a failure? With two inputs of 0 or 1 there are four rows in a truth table, and $2^4 = 16$ different
# tables. *How many of the 16 can one neuron say? And of the 65 536 tables with four inputs?* We try all weights from
# −3 to 3 with all useful biases, and count the different answers.

# %%
told = {}
for inputs in (2, 3, 4):
    corners = np.array(np.meshgrid(*[[0, 1]] * inputs)).reshape(inputs, -1)
    tried = np.array(np.meshgrid(*[range(-3, 4)] * inputs)).reshape(inputs, -1)
    sums = tried.T @ corners
    tables = {np.packbits(row).tobytes() for shift in np.arange(-12.5, 13) for row in np.unique(sums > shift, axis=0)}
    told[inputs] = len(tables)
    every = 2**2**inputs
    print(f"{inputs} inputs: one neuron can say {len(tables):4} of {every:6} tables, {len(tables) / every:.1%}")
assert told == {2: 14, 3: 104, 4: 1882}

# %% [markdown]
# 14 of 16: with two inputs one hardly notices. With four it is already three in a hundred, and it goes down fast.
# (Small whole weights are enough here: 14, 104 and 1882 are the known counts of *threshold functions*.) In 1969 Minsky
# and Papert wrote a book about what perceptrons cannot do: not only XOR, but whether a figure hangs together, and
# whether a number of dots is odd. They knew that more layers can do more; hardly anybody knew how to train them.
#
# So let us see what more layers do, on another problem: **be inside a triangle**. One neuron draws one line. Three
# neurons draw three, and each says of every point whether it lies on the inner side. A fourth neuron reads only their
# three answers.

# %%
# Figure · a triangle from three half planes
ticks = torch.linspace(-2, 2, 161)
everywhere = torch.cartesian_prod(ticks, ticks)[:, [1, 0]]


def fences(count, distance):
    """Weights and biases of neurons around the middle, each of which fires on the inner side of its own line."""
    turn = torch.arange(count) * 2 * torch.pi / count + torch.pi / 2
    return -torch.stack([turn.cos(), turn.sin()], dim=1), torch.full((count,), distance)


inner = functional.linear(everywhere, *fences(3, 0.56)) > 0
votes = inner.sum(dim=1)
panels = [*inner.T.float(), votes / 3, (votes > 2.5).float()]
titles = ["hidden neuron 1", "hidden neuron 2", "hidden neuron 3", "how many fire", "output: all three"]
fig, axes = plt.subplots(1, 5, figsize=(9.8, 2.3))
for ax, panel, title in zip(axes, panels, titles, strict=True):
    ax.imshow(panel.reshape(161, 161), cmap="Purples", vmin=0, vmax=1.6, origin="lower")
    plot.bare(ax, title)
for turn, far in zip(np.arange(7) * np.pi / 3 + np.pi / 2, [46, 62] * 3 + [0], strict=True):  # six regions, the middle
    across_, up = round(80 + far * np.cos(turn)), round(80 + far * np.sin(turn))
    axes[3].text(across_, up, int(votes.reshape(161, 161)[up, across_]), ha="center", va="center")
plot.show(
    fig,
    alt="Three half planes, each the work of one hidden neuron; how many of them overlap, from one to three; and the "
    "triangle where all three do, the answer of the output neuron.",
)

# %% [markdown]
# The hidden neurons *cut* the plane, the output neuron *combines* the pieces. In formulas the fourth one is nothing
# new: three weights of 1 and a bias of −2.5. To it, the plane has disappeared; it sees the corners of a cube, and cuts
# off one. With more lines the piece gets rounder. *How many hidden neurons for a disc, if one point in a hundred may be
# wrong?*

# %%
# Figure · how round can straight lines be?
fine = torch.cartesian_prod(*[torch.linspace(-1.7, 1.7, 601)] * 2)
disc = fine.norm(dim=1) < 1
counts = range(3, 25)
wrong = {}
for count in counts:  # the polygon with the same area as the disc
    distance = float((torch.pi / (count * torch.tan(torch.tensor(torch.pi / count)))).sqrt())
    inside = (functional.linear(fine, *fences(count, distance)) > 0).all(dim=1)
    wrong[count] = float((inside != disc).sum() / disc.sum())
enough = next(count for count in counts if wrong[count] < 0.01)

fig, ax = plt.subplots(figsize=(6, 2.8))
ax.semilogy(list(counts), list(wrong.values()), "o-")
ax.axhline(0.01, color=plot.colors["orange"], linestyle="--")
ax.set(xlabel="hidden neurons", ylabel="wrong share of the disc", yticks=[0.1, 0.01], yticklabels=["10%", "1%"])
plot.show(fig, alt=f"The wrong share falls from {wrong[3]:.0%} with 3 lines to below 1% with {enough} lines.")
print(f"{enough} lines are enough")

# %% [markdown]
# So a wide enough hidden layer can approach any shape. But who chooses the lines? Nobody wants to do it by hand. With a
# smooth activation instead of the step, the network can learn them (how is unit 03). Here it learns a **ring**, with
# two, four, eight and sixteen hidden neurons. The thin lines are where a hidden neuron changes sides.

# %%
# Figure · hidden neurons learn a ring
generator = torch.Generator().manual_seed(6)
scattered = torch.rand(600, 2, generator=generator) * 4 - 2
target = ((scattered.norm(dim=1) - 1.2).abs() < 0.45).float()
nets = {}
for hidden in (2, 4, 8, 16):
    torch.manual_seed(100 + hidden)
    net = torch.nn.Sequential(torch.nn.Linear(2, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(400):
        optimizer.zero_grad()
        functional.binary_cross_entropy_with_logits(net(scattered)[:, 0], target).backward()
        optimizer.step()
    nets[hidden] = net

truth = (everywhere.norm(dim=1) - 1.2).abs() < 0.45
fig, axes = plt.subplots(1, 4, figsize=(9.8, 3))
right_share = {}
for ax, (hidden, net) in zip(axes, nets.items(), strict=True):
    with torch.no_grad():
        answer, bends = net(everywhere)[:, 0], net[0](everywhere)
    right_share[hidden] = float(((answer > 0) == truth).float().mean())
    ax.imshow(
        answer.sigmoid().reshape(161, 161), cmap="Purples", vmin=0, vmax=1.6, origin="lower", extent=(-2, 2, -2, 2)
    )
    for bend in bends.T:
        ax.contour(ticks, ticks, bend.reshape(161, 161), levels=[0], colors=plot.colors["orange"], linewidths=0.8)
    plot.bare(ax, f"{hidden} hidden neurons\n{right_share[hidden]:.0%} right")
plot.show(
    fig,
    alt="What networks with one hidden layer take for the ring: "
    + ", ".join(f"{hidden} hidden neurons, {share:.0%} of the plane right" for hidden, share in right_share.items())
    + ". With few the answer is a band or a blob; with sixteen it is a ring with a hole.",
)
assert right_share[16] > 0.93 > right_share[2]

# %% [markdown]
# *Take the activation away, so that the hidden neurons just pass $z$ on. What can a network of a thousand hidden
# neurons then do?*
#
# <details><summary>Answer</summary>
#
# What one neuron can: a sum of sums is a sum, so the border is a straight line again. Replace `Tanh` by `Identity` in
# the cell above and see. The bend is what makes a second layer worth having.
#
# </details>

# %% [markdown]
# ## 6 · Many classes: how sure are you?
#
# Ten digits, ten neurons: each sees all 8 × 8 = 64 pixels and gives one score. The softmax (unit 02) turns the ten
# scores into ten positive numbers that add up to 1, read as probabilities:
#
# $$f(\mathbf x)_c = p(Y = c \mid \mathbf X = \mathbf x)$$
#
# In words: *given* this picture, how likely is it a three? We train the ten neurons on 1442 handwritten digits and look
# at their weights, which are pictures again: what speaks for a digit, and what against.

# %%
# Figure · ten neurons, drawn
torch.manual_seed(0)
pixels, digit = torch.from_numpy(images).float().flatten(1), torch.from_numpy(labels)
ten = torch.nn.Linear(64, 10)
descent = torch.optim.Adam(ten.parameters(), lr=0.02)
for _ in range(300):
    descent.zero_grad()
    functional.cross_entropy(ten(pixels), digit).backward()
    descent.step()

test_images, test_labels = data.digits("test")
with torch.no_grad():
    likely = ten(torch.from_numpy(test_images).float().flatten(1)).softmax(dim=1).numpy()
correct = likely.argmax(axis=1) == test_labels
assert np.allclose(likely.sum(axis=1), 1, atol=1e-5) and correct.mean() > 0.93

fig, axes = plt.subplots(2, 5, figsize=(7.4, 3.4))
for number, ax in enumerate(axes.flat):
    plot.image(ax, ten.weight[number].detach().reshape(8, 8).numpy(), str(number), signed=True)
plot.show(
    fig,
    alt="Ten pictures of 8 × 8 weights, purple for ink that speaks for the digit, orange for ink that speaks against. "
    "The neuron of 0 wants a round outline and objects strongly to ink in the middle.",
)
print(f"{correct.mean():.1%} of {len(correct)} new digits are right")

assert ten.weight[0].reshape(8, 8)[3:5, 3:5].mean() < 0

# %% [markdown]
# Ink in the very middle speaks against a zero: a template nobody drew. Now look at the answers themselves. Most are
# almost certain. The interesting ones are those where the probability is spread.

# %%
# Figure · the least certain of all
sure = likely.max(axis=1)
hardest = np.argsort(sure)[:5]
fig, axes = plt.subplots(2, 5, figsize=(9.6, 3.5), gridspec_kw={"height_ratios": [1.5, 1]})
for (above, below), place in zip(axes.T, hardest, strict=True):
    plot.image(above, 1 - test_images[place], f"it is a {test_labels[place]}")
    hues = [plot.colors["blue" if number == test_labels[place] else "gray"] for number in range(10)]
    below.bar(range(10), likely[place], color=hues)
    below.set(xticks=range(10), ylim=(0, 0.7), yticks=[0, 0.5])
    below.grid(axis="x", visible=False)
summaries = [f"a {test_labels[p]}, for which it gives {likely[p, test_labels[p]]:.0%}" for p in hardest]
plot.show(
    fig, alt="The five digits with the lowest largest probability, and all ten bars of each: " + "; ".join(summaries)
)

groups = {"above 99%": sure > 0.99, "90 to 99%": (sure > 0.9) & (sure <= 0.99), "below 90%": sure <= 0.9}
for name, group in groups.items():
    print(f"largest probability {name:9}: {group.sum():3} digits, {correct[group].mean():.1%} of them right")
assert correct[groups["above 99%"]].mean() > correct[groups["below 90%"]].mean()

# %% [markdown]
# It *knows when it does not know*, at least here: the surer, the more often right. That is worth more than a bare
# answer: a letter whose postcode is unsure goes to a person. But it has only ever seen digits. Ask about something
# else:

# %%
nonsense = torch.from_numpy(np.random.default_rng(0).random((1000, 64))).float()
with torch.no_grad():
    opinions = ten(nonsense).softmax(dim=1).max(dim=1).values
print(
    f"1000 pictures of pure noise: on average {opinions.mean():.0%} sure, {int((opinions > 0.9).sum())} times above 90%"
)

# %% [markdown]
# The probabilities are over *these ten classes*. "None of them" is not an answer it has. Unit 12 fools much better
# networks.
#
# ### The price of connecting everything
#
# A hidden layer between the pixels and the ten neurons helps. But every hidden neuron has a weight for *every* pixel.
# For digits of 64 pixels who cares; for photographs? The next figure lets torch count, without storing a single one.

# %%
# Figure · parameters of one hidden layer


def price_list(sizes, widths):
    """Draw how many parameters a network with one hidden layer has, for images of several sizes."""
    fig, ax = plt.subplots(figsize=(6.8, 3.7))
    told = []
    for (name, inputs), marker in zip(sizes.items(), "os^", strict=True):
        curve = []
        with torch.device("meta"):  # shapes without numbers
            for width in widths:
                dense = torch.nn.Sequential(torch.nn.Linear(inputs, width), torch.nn.Tanh(), torch.nn.Linear(width, 10))
                curve.append(torch.nn.utils.parameters_to_vector(dense.parameters()).shape[0])
        ax.loglog(widths, curve, marker=marker, label=name)
        told.append(f"{name}: {curve[0]:.0e} to {curve[-1]:.0e}")
    shared = torch.nn.utils.parameters_to_vector(torch.nn.Conv2d(3, 64, 3).parameters()).shape[0]
    ax.axhline(shared, color=plot.ink, linestyle=":", label="64 filters of 3 × 3, any size of image")
    ax.set(xlabel="hidden neurons", ylabel="parameters", xticks=widths, xticklabels=widths, ylim=(3e2, 2e10))
    ax.minorticks_off()
    ax.legend(fontsize=8)
    plot.show(
        fig,
        alt="Parameters against hidden neurons, both logarithmic, three parallel rising lines. "
        + "; ".join(told)
        + f". A dotted line for 64 convolution filters stays at {shared}, whatever the image.",
    )


price_list(
    {"photograph, 224 × 224, color": 3 * 224 * 224, "icon, 32 × 32, color": 3 * 32 * 32, "our digits, 8 × 8": 64},
    [16, 64, 256, 1024, 4096],
)

# %% [markdown]
# Hundreds of millions for one layer on one photograph, and not one of these neurons knows that two pixels are
# neighbors: shuffle the pixels of all images in the same way, and it learns just as well. Hubel and Wiesel's cells did
# it otherwise: each looks at a small patch, and the same patch of weights stands everywhere. That is the dotted line at
# the bottom, and the rest of the course.
#
# *Does shuffling the pixels really change nothing? How would you find out?*
#
# <details><summary>Answer</summary>
#
# Put `order = torch.randperm(64)` before the training cell, use `pixels[:, order]` for training and the same order for
# the test images. The accuracy stays within a digit or two: the ten sums do not know in which order their terms come.
# The pictures of the weights, however, become unreadable.
#
# </details>

# %% [markdown]
# ## What to remember
#
# * A neuron is a weighted sum, a bias and an activation. Its border is a straight line (in space: a plane), the weights
#   stand at a right angle on it, the bias moves it.
# * Weights can be a picture: then a neuron looks for a pattern. Take the largest of shifted copies, and it forgives
#   shifts. Both in alternation, that is a convolutional network.
# * Rosenblatt's rule learns from mistakes only. If some border parts the classes, it ends after at most $(R/\gamma)^2$
#   mistakes; if none does, it never ends.
# * One neuron cannot do XOR. Hidden neurons cut, an output neuron combines; without an activation between them, two
#   layers are one.
# * Many classes: one neuron each, and a softmax. The result is a probability *given* these classes.
# * Connecting everything with everything costs millions of weights, and knows nothing about neighbors.
#
# **Now open assignment 01.** You compute a neuron and a whole layer, write Rosenblatt's rule and its promise, put a
# hidden layer and a softmax behind it, solve XOR by hand, and find a mistake in how a lecture slide counts parameters.
#
# ### Read on
#
# * W. S. McCulloch, W. Pitts (1943), *A logical calculus of the ideas immanent in nervous activity*, Bulletin of
#   Mathematical Biophysics 5. D. O. Hebb (1949), *The Organization of Behavior*. C. J. Shatz (1992), *The developing
#   brain*, Scientific American 267(3): the rhyme.
# * F. Rosenblatt (1958), *The perceptron: a probabilistic model for information storage and organization in the brain*,
#   Psychological Review 65. J. C. Hay, B. E. Lynch, D. R. Smith (1960), *Mark I Perceptron Operators' Manual*, Cornell
#   Aeronautical Laboratory.
# * The New York Times, 8 July 1958, *New Navy device learns by doing*; Cornell Chronicle, 25 September 2019,
#   *Professor's perceptron paved the way for AI, 60 years too soon*: the fifty cards.
# * D. H. Hubel, T. N. Wiesel (1959), *Receptive fields of single neurones in the cat's striate cortex*, and (1962),
#   *Receptive fields, binocular interaction and functional architecture in the cat's visual cortex*, Journal of
#   Physiology 148 and 160; Hubel's Nobel lecture, 8 December 1981: the slide.
# * K. Fukushima (1980), *Neocognitron*, Biological Cybernetics 36. Y. LeCun et al. (1989), *Backpropagation applied to
#   handwritten zip code recognition*, Neural Computation 1.
# * A. B. J. Novikoff (1962), *On convergence proofs on perceptrons*, Symposium on the Mathematical Theory of Automata
#   12.   H. D. Block (1962), *The perceptron: a model for brain functioning*, Reviews of Modern Physics 34.
# * M. Minsky, S. Papert (1969), *Perceptrons*. S. Muroga (1971), *Threshold Logic and Its Applications*: the counts 14,
#   104, 1882.
# * F. A. C. Azevedo et al. (2009), *Equal numbers of neuronal and nonneuronal cells make the human brain an
#   isometrically   scaled-up primate brain*, Journal of Comparative Neurology 513: the 86 billion.
# * The digits: E. Alpaydin, C. Kaynak (1998), UCI Machine Learning Repository, CC BY 4.0.
