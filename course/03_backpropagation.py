# %% [markdown]
# # 03 · Backpropagation
#
# A network has a million knobs and one number that says how wrong it is. In which direction should each knob turn? It
# sounds like a million questions. This lesson shows how to answer them all in one walk from the end to the beginning,
# for the price of a handful. Nearly everything that learns today learns by that walk.
#
# You need layers (unit 01) and slopes (unit 02). Reading and playing takes about 30 minutes. Where the text says
# *guess*, bet on a number before you look. Afterwards, assignment 03 lets you build it.

# %%
import textwrap
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.stats import spearmanr
from torch import nn
from torch.autograd import forward_ad
from torch.nn import functional

from cnnlib import data, plot, widgets

torch.set_num_threads(1)
torch.set_printoptions(precision=4, sci_mode=False)

# %% [markdown]
# ## 1 · A derivative is a question about a nudge
#
# Forget formulas for a moment. A derivative asks: **if I push here a little, how much does it move there?** Why does
# that have an answer at all? Put a curve under the microscope.


# %%
# Figure · a curve under the microscope
def wavy(x):
    """A curve that is nowhere straight."""
    return torch.sin(3 * x) + x**2 / 4


here = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
(steep,) = torch.autograd.grad(wavy(here), here)
center = wavy(here).item()

fig, axes = plt.subplots(1, 3, figsize=(9.6, 2.8))
strays = []
for ax, half in zip(axes, (2.0, 0.2, 0.02), strict=True):
    x = torch.linspace(1 - half, 1 + half, 401, dtype=torch.float64)
    line = center + steep * (x - 1)
    strays.append(((wavy(x) - line).abs().max() / (steep.abs() * half)).item())
    ax.plot(x, wavy(x))
    ax.plot(x, line, "--", color=plot.colors["orange"])
    ax.plot(1, center, "o", color=plot.ink)
    ax.set(title=f"window of ±{half:g}", ylim=(center - 2.9 * half - 0.002, center + 2.9 * half + 0.002))
plot.show(
    fig,
    alt="The same curve in three windows, each ten times smaller. In the first it swings far off its tangent, in the "
    f"last the two cannot be told apart: at most {strays[-1]:.1%} of the tangent's own rise lies between them.",
)
print(f"slope at 1: {steep:.4f}. Nudge x by 0.001, and the curve moves by {wavy(here + 0.001) - center:.6f}")

# %% [markdown]
# Close enough, everything smooth is a straight line, and a straight line has one property only: its slope. The nudge at
# the end is the nudge at the beginning **times a number**.
#
# Now put machines in a row. Here is one that everybody believes at sight.


# %%
# Figure · the chain rule, made of brass
def gear(ax, place, teeth, color, name):
    """Draw a toothed wheel whose radius fits its number of teeth."""
    turn = np.linspace(0, 2 * np.pi, 1500)
    radius = teeth / 24 + 0.035 * np.tanh(4 * np.sin(teeth * turn))
    ax.fill(place + radius * np.cos(turn), radius * np.sin(turn), color=color, alpha=0.3, linewidth=1.2, ec=plot.ink)
    ax.text(place, 0, f"{name}\n{teeth} teeth", ha="center", va="center")


wheels = {"A": 36, "B": 18, "C": 12}
fig, ax = plt.subplots(figsize=(7, 3.1))
place, before = 0.0, 0
for (name, teeth), hue in zip(wheels.items(), ("blue", "orange", "green"), strict=True):
    place += (before + teeth) / 24
    gear(ax, place, teeth, plot.colors[hue], name)
    before = teeth
ax.set(aspect="equal", ylim=(-1.6, 1.6))
plot.bare(ax, "")
plot.show(fig, alt="Three gears in a row: A with 36 teeth turns B with 18, and B turns C with 12.")

# %% [markdown]
# Turn A once. B turns twice, because 36 teeth meet 18. For each turn of B, C makes one and a half. So C turns 2 × 1.5 =
# 3 times: $\frac{dC}{dA} = \frac{dC}{dB}\cdot\frac{dB}{dA}$. **That is the chain rule.** Each pair of wheels knows one
# number of its own, and nobody needs to know the whole machine. (Neighbors turn in opposite ways, so there are two
# minus signs as well. They cancel here.)
#
# Functions instead of wheels: each knows its slope, at the place where it happens to stand.

# %%
x = torch.tensor(0.8, requires_grad=True)
wheels_of_numbers = {"square": torch.square, "sine": torch.sin, "exponential": torch.exp}
signal, product = x, 1.0
for name, function in wheels_of_numbers.items():
    entering = signal.detach().requires_grad_()
    (own,) = torch.autograd.grad(function(entering), entering)
    product *= own.item()
    signal = function(signal)
    print(f"{name:12} {entering.item():.4f} → {signal.item():.4f}, own slope {own.item():.4f}")
(whole,) = torch.autograd.grad(signal, x)
print(f"product of the three slopes {product:.4f}; slope of the whole, by autograd {whole.item():.4f}")
assert abs(product - whole.item()) < 1e-5

# %% [markdown]
# *Question: A drives two wheels, and both of them push the same lever. How much does the lever move?*
#
# <details><summary>Answer</summary>
#
# By both pushes together: along a way, slopes are **multiplied**; where ways meet, they are **added**. These are the
# only two rules in this lesson. The slides write them as one formula, $\frac{\partial z}{\partial x_i} = \sum_j
# \frac{\partial z}{\partial v_j}\frac{\partial v_j}{\partial x_i}$: the sum runs over the ways, the product along each.
#
# </details>

# %% [markdown]
# ## 2 · There and back
#
# Any formula is a little factory: numbers enter on the left, each station does one simple thing, one number leaves on
# the right. Drawn like that it is a **computational graph**. First the values travel forward. Then the question travels
# *backward*: at the end, "how does the result change if I change?" has the answer 1. Every station receives the answer
# for its own output and works out those for what it was made from:
#
# > what arrives × my own slope = what I send on
#
# Press **Step** and read the sentence below the picture. (Or click the picture and use the arrow keys.)

# %%
widgets.computation_graph("(x + y) · z")

# %% [markdown]
# Play with it. Choose expressions, move the inputs, go to the end. Find out:
#
# 1. What does a **+** do with the gradient that arrives? What does a **·**? And **max**?
# 2. In *x² + x*, x is used twice. What happens at x? Move it until its gradient is 0: what is special about that place?
# 3. In *(x + y) · z*, set z to 0. What do x and y get? Does it matter how large they are?
# 4. Choose a **nudge**. For which inputs is the forecast of the gradient exact, and for which only almost?
# 5. *the slides' neuron* has numbers from deck 1. How much does its output change if its first weight grows?
#
# <details><summary>What there is to find</summary>
#
# 1. A sum **spreads**: both get all of it. A product **swaps**: each gets it times the *other* number. A maximum
#    **routes**: the winner takes all, the loser gets nothing.
# 2. The two parts are added. At x = −0.5 they cancel, and there the curve x² + x has its lowest point.
# 3. Nothing at all, whatever they are. The product swaps, and the other number is 0. It is a closed gate.
# 4. Exact where the result is a straight line in that input: in x of (x + y) · z. In x² + x the nudge 0.1 is off by
#    0.01, its square; the nudge 0.01 by 0.0001.
# 5. By a ten-thousandth of the weight's growth: z = 9.19 is far out where the sigmoid is flat. That one local slope
#    stands as a factor in *every* gradient behind it.
#
# </details>
#
# Spread, swap, route: three reflexes, and you can read most networks. Here is one whole neuron with its squared error,
# the smallest thing that can learn. *Guess before you step: the target is 1, the output too small. Which of w, x and b
# get a negative gradient? Then move b to −5, where the neuron is still more wrong. Will its gradients grow?*

# %%
widgets.computation_graph("a neuron and its error", nudged="w")

# %% [markdown]
# <details><summary>Answer</summary>
#
# All three: growing any of them makes the output larger and the error smaller, since w and x are positive. At b = −5
# the error is almost 1, as bad as it can be, and the gradients *shrink*: the sigmoid is saturated. Unit 02 met this
# from the other side, and cured it with cross-entropy.
#
# </details>
#
# *Question: max routes everything to the larger input. What does that mean for a network with max pooling?*
#
# <details><summary>Answer</summary>
#
# In each window only the pixel that won hears anything of the loss. The others learn nothing from this image. Unit 09
# builds it.
#
# </details>

# %% [markdown]
# ## 3 · Why backward?
#
# There are other ways. **Nudging**: change one parameter, compute the loss again, look at the difference, and do that
# for each parameter. **Forward mode**: let the derivative with respect to *one* parameter travel along with the values,
# from left to right. Both are honest, and both ask one question at a time.
#
# Backward, one question at the end ("what if the loss changes?") is answered for everybody. *Guess: a network has
# 100 000 parameters. How many forward passes is its gradient worth, by each of the three?*


# %%
# Figure · the price of a gradient
def small_net(hidden):
    """Return a loss as a function of all its 10 · hidden parameters in one vector, and such a vector."""
    torch.manual_seed(hidden)
    points, wanted = torch.randn(16, 9), torch.randn(16)

    def loss(theta):
        inner, outer = theta[: 9 * hidden].view(hidden, 9), theta[9 * hidden :]
        return (torch.tanh(functional.linear(points, inner)).mv(outer) - wanted).square().mean()

    return loss, torch.randn(10 * hidden) / hidden**0.5


def median_seconds(action, rounds=25):
    """Run something several times; return the time in the middle."""
    stops = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        stops.append(time.perf_counter() - began)
    return float(np.median(stops[1:]))


def carried(loss, theta, direction):
    """Let the derivative in one direction travel along with the values: forward mode."""
    with forward_ad.dual_level():
        return forward_ad.unpack_dual(loss(forward_ad.make_dual(theta, direction))).tangent


def prices(hidden):
    """Return the price of a gradient by nudges, forward mode and backward, in forward passes."""
    loss, theta = small_net(hidden)
    direction = functional.one_hot(torch.tensor(0), len(theta)).float()
    leaf = theta.clone().requires_grad_()
    with torch.no_grad():
        once = median_seconds(lambda: loss(theta))
        nudged = median_seconds(lambda: loss(theta + 1e-3 * direction))
    along = median_seconds(lambda: carried(loss, theta, direction))
    back = median_seconds(lambda: torch.autograd.grad(loss(leaf), leaf))
    return len(theta) * nudged / once + 1, len(theta) * along / once, back / once


counts = [10, 100, 1000, 10_000, 100_000]
bills = np.array([prices(count // 10) for count in counts])
ways = {"nudging each parameter": ("o", "--"), "forward mode, one by one": ("s", ":"), "one backward pass": ("^", "-")}
fig, ax = plt.subplots(figsize=(7, 3.5))
for (name, (marker, dash)), bill in zip(ways.items(), bills.T, strict=True):
    ax.loglog(counts, bill, dash, marker=marker, label=name)
ax.set(xlabel="parameters", ylabel="price, in forward passes", ylim=(0.7, 3e6))
ax.legend()
plot.show(
    fig,
    alt="Price of a gradient against the number of parameters, both logarithmic. Nudging and forward mode rise in "
    f"straight lines to {bills[-1, 0]:.0e} and {bills[-1, 1]:.0e} forward passes; one backward pass stays between "
    f"{bills[:, 2].min():.1f} and {bills[:, 2].max():.1f}.",
)
for count, (nudged, along, back) in zip(counts, bills, strict=True):
    print(f"{count:7,} parameters: nudging {nudged:9,.0f}   forward mode {along:9,.0f}   backward {back:4.1f}")

# %% [markdown]
# (One nudge and one direction of forward mode are timed and multiplied by the number of parameters, so that you need
# not wait. Small nets are all overhead, so look at the trend, not at single numbers.)
#
# The last column does not grow. It is a theorem: **the gradient never costs more than a few times the function**,
# whatever the number of parameters. Baur and Strassen (1983) proved it for all functions made of +, −, × and ÷: at most
# five times as many operations, all derivatives included. It still sounds like cheating. A network of 60 million
# parameters whose forward pass takes a hundredth of a second would need a week for one gradient by nudges, and backward
# a few hundredths.
#
# **Who found it?** It was found again and again. Engineers of rockets went backward through flight paths (Kelley 1960).
# Seppo Linnainmaa wrote it down as an algorithm for any program, in his master's thesis in Helsinki, in 1970, to follow
# rounding errors; neural networks are not mentioned. Paul Werbos put it to work for predictions in his thesis of 1974,
# and for neural networks in 1982. Rumelhart, Hinton and Williams (1986) showed in four pages of Nature that hidden
# units, trained like this, *find useful features by themselves*. That was the answer to the question which Minsky and
# Papert had left open in unit 01: who trains the inner layers?
#
# ### The price is memory
#
# A product needs "the other number" on the way back; a sigmoid needs where it stood. So everything computed on the way
# there must be kept until the way back comes by. We let torch count what it keeps for a stack of layers, on a batch of
# 256.

# %%
# Figure · what is kept for the way back


def kept_bytes(depth, width=64, batch=256):
    """Count the bytes that a forward pass keeps for the backward pass, the parameters not included."""
    layers = [part for _ in range(depth) for part in (nn.Linear(width, width), nn.Tanh())]
    stack = nn.Sequential(*layers)
    own = {parameter.data_ptr() for parameter in stack.parameters()}
    kept = {}

    def noted(tensor):
        if tensor.data_ptr() not in own:
            kept[tensor.data_ptr()] = tensor.nelement() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(noted, lambda tensor: tensor):
        result = stack(torch.randn(batch, width))
    assert result.grad_fn is not None  # keeps the graph alive until here
    return sum(kept.values())


depths = [1, 5, 10, 20, 50, 100]
megabytes = [kept_bytes(depth) / 1e6 for depth in depths]
fig, ax = plt.subplots(figsize=(6.6, 3))
ax.plot(depths, megabytes, "o-", label="kept for the way back")
ax.axhline(256 * 64 * 4 / 1e6, color=plot.colors["orange"], linestyle="--", label="needed without it: one layer")
ax.set(xlabel="layers", ylabel="megabytes")
ax.legend()
plot.show(
    fig,
    alt=f"Memory against depth: a straight line up to {megabytes[-1]:.1f} megabytes for 100 layers, far above a dashed "
    "line for the output of a single layer.",
)
print(f"100 layers keep {megabytes[-1]:.1f} MB; without a way back, one layer's {256 * 64 * 4 / 1e6:.2f} MB is enough")
assert megabytes[-1] > 50 * megabytes[0] / 2

# %% [markdown]
# That is why training needs so much more memory than using a network, and why the batch is what you shrink when the
# graphics card says *out of memory*. (There is a trade: forget some layers and compute them again on the way back.
# It is called checkpointing.)
#
# *Question: a function has 3 inputs and 100 000 outputs. Forward mode or backward?*
#
# <details><summary>Answer</summary>
#
# Forward: three runs give everything, while backward would need one run for each output. Learning has a million
# inputs and *one* loss, so it goes backward. The shape decides, not fashion.
#
# </details>

# %% [markdown]
# ## 4 · Shapes tell you the formula
#
# Nobody draws a station for every number. A layer is *one* station, with a matrix in it, and what travels back is a
# table. One rule holds everywhere: **a gradient has the shape of the thing it belongs to**. A number in it says what
# happens when the number at the same place grows.
#
# Think of matrices as dominoes. Two of them fit when the touching sides are equal; what remains are the outer sides.
# Forward, a batch of 5 samples with 3 features meets weights for 4 outputs. On the way back a table of the output's
# shape arrives, we call it *pull*. Three dominoes lie on the table, and each may be turned around.


# %%
# Figure · dominoes
def domino(ax, place, rows, columns, name, hue, sides):
    """Draw a matrix as a rectangle, with the lengths of its sides."""
    ax.add_patch(plt.Rectangle((place, -rows / 2), columns, rows, fc=plot.colors[hue], alpha=0.3, ec=plot.ink))
    ax.text(place + columns / 2, 0, name, ha="center", va="center", fontsize=11)
    ax.text(place - 0.15, rows / 2, sides[0], ha="right", va="top", color=plot.colors["gray"], fontsize=10)
    ax.text(place + columns / 2, rows / 2 + 0.15, sides[1], ha="center", color=plot.colors["gray"], fontsize=10)


fig, (above, below) = plt.subplots(2, 1, figsize=(9.2, 5))
domino(above, 1, 5, 3, "x", "blue", ("5", "3"))
above.text(5, 0, "@", ha="center", va="center", fontsize=14)
domino(above, 6.2, 3, 4, "weights,\nturned", "green", ("3", "4"))
above.text(11.2, 0, "=", ha="center", va="center", fontsize=14)
domino(above, 12.4, 5, 4, "output", "orange", ("5", "4"))
above.text(17.5, 0, "3 meets 3,\n5 and 4 remain", va="center")
domino(below, 1, 5, 4, "pull", "orange", ("5", "4"))
domino(below, 6.6, 5, 3, "x", "blue", ("5", "3"))
domino(below, 11.2, 4, 3, "weights", "green", ("4", "3"))
below.text(15.3, 0, "→  which two make a 5 × 3, for x?\n→  which two make a 4 × 3,\n     for the weights?", va="center")
for ax, title in ((above, "forward"), (below, "backward: what lies on the table")):
    ax.set(xlim=(0, 22.5), ylim=(-3.1, 3.4), aspect="equal")
    plot.bare(ax, title)
plot.show(
    fig,
    alt="Forward: a 5 by 3 domino x meets a 3 by 4 domino, the turned weights, and makes a 5 by 4 output. Backward: "
    "three dominoes lie there, the pull 5 by 4, x 5 by 3, and the weights 4 by 3. Which two make 5 by 3 and 4 by 3?",
)

# %% [markdown]
# Take a pencil and find the two products, before you run the next cell. It tries **all** pairs, also turned around, and
# asks autograd whether the ones that fit are right. (It keeps the pairs to itself: they are part of the assignment.)

# %%
torch.manual_seed(4)
layer, batch = nn.Linear(3, 4), torch.randn(5, 3, requires_grad=True)
answer = layer(batch)
pull = torch.randn(5, 4)
truths = dict(zip(("x", "the weights"), torch.autograd.grad(answer, (batch, layer.weight), pull), strict=True))
lying = [piece for thing in (pull, batch, layer.weight) for piece in (thing.detach(), thing.detach().T)]
pairs = [(one, other) for one in lying for other in lying if one.shape[1] == other.shape[0]]
for name, truth in truths.items():
    made = [one @ other for one, other in pairs]
    fitting = [candidate for candidate in made if candidate.shape == truth.shape]
    right = [torch.allclose(candidate, truth, atol=1e-5) for candidate in fitting]
    print(f"{len(pairs)} products can be formed, {len(fitting)} has the shape of {name}; autograd agrees: {right}")
    assert right == [True]

# %% [markdown]
# Only one product fits, and it is right. You need not learn these formulas by heart; **put the shapes on the table and
# see what fits**. (It works because 5, 3 and 4 are different. With a square matrix, shapes cannot warn you. So test
# with odd sizes.)
#
# ### What was copied is summed
#
# The bias has 4 numbers and the output 5 × 4. Forward, the same 4 numbers are **copied** into each row; that is called
# broadcasting, and it happens without a word. A number used five times gets five gradients, and where ways meet, they
# are added.

# %%
# Figure · copies on the way there, a sum on the way back
offset = torch.tensor([10.0, 20.0, 30.0, 40.0], requires_grad=True)
spread = torch.zeros(5, 4) + offset
arriving = torch.randint(-3, 6, (5, 4), generator=torch.Generator().manual_seed(2)).float()
spread.backward(arriving)

fig, axes = plt.subplots(2, 2, figsize=(8.6, 4.6), gridspec_kw={"height_ratios": [1, 4]})
plot.numbers(axes[0, 0], offset.detach().numpy(), "the bias, four numbers")
plot.numbers(axes[1, 0], spread.detach().numpy(), "forward  ↓  copied into five rows", highlight=(0, 1, 5, 1))
plot.numbers(axes[0, 1], offset.grad.numpy(), "its gradient, found by autograd", highlight=(0, 1, 1, 1))
plot.numbers(axes[1, 1], arriving.numpy(), "backward  ↑  what arrives", highlight=(0, 1, 5, 1))
plot.show(
    fig,
    alt=f"Four bias numbers are copied into five rows. Backward, a table of 5 by 4 arrives; the bias gets the gradient "
    f"{plot.spoken(offset.grad.numpy())}, in each column the sum of what arrived.",
)
assert offset.grad.tolist() == arriving.numpy().sum(axis=0).tolist()

# %% [markdown]
# A mirror: **a copy on the way there is a sum on the way back**. And a sum on the way there (like the loss, which
# adds up the samples) is a copy on the way back. Every convolution of unit 08 is this rule at work: its few weights are
# used at each place of the image, so their gradients are sums over all places.
#
# *Question: you multiply an image of 3 × 32 × 32 by one brightness, a single number. What is the shape of its
# gradient, and how many numbers are added to make it?*
#
# <details><summary>Answer</summary>
#
# One number, like the brightness itself. It was copied 3072 times, so 3072 products are added: at each place what
# arrives times the pixel there.
#
# </details>

# %% [markdown]
# ## 5 · Trust, but nudge
#
# A wrong gradient does not crash. It learns a little worse, and you blame the data. So test it against a nudge: slow,
# but too simple to be wrong. Nudge to one side (*forward difference*) or to both and take half (*central difference*).
# *How large should the step h be? Guess: 0.1, a thousandth, or as small as the machine can?*


# %%
# Figure · the valley of h
def bumpy(x):
    """A smooth function of one number."""
    return torch.sin(2 * x) * torch.exp(x / 2)


spot = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
(true_slope,) = torch.autograd.grad(bumpy(spot), spot)
steps = torch.logspace(-15, 0, 241, dtype=torch.float64)


def slope_errors(kind, two_sided):
    """Return the relative error of the measured slope for each step, in one precision."""
    at, h = spot.detach().to(kind), steps.to(kind)
    behind = at - h if two_sided else at.expand_as(h)
    found = (bumpy(at + h) - bumpy(behind)) / (2 * h if two_sided else h)
    return ((found.double() - true_slope) / true_slope).abs().clamp(min=1e-13)


fig, axes = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True)
lowest = {}
for ax, (kind, title) in zip(axes, ((torch.float32, "float32"), (torch.float64, "float64")), strict=True):
    for two_sided, name, dash in ((False, "forward", "-"), (True, "central", "--")):
        misses = slope_errors(kind, two_sided)
        smooth = misses.unfold(0, 9, 1).median(dim=1).values  # the rounding is noise: take the typical error
        low = int(smooth.argmin())
        lowest[title, name] = (steps[low + 4].item(), smooth[low].item())
        ax.loglog(steps, misses, dash, linewidth=1.2, label=name)
    ax.set(title=title, xlabel="step h", ylim=(1e-13, 10))
axes[0].set_ylabel("relative error of the slope")
axes[1].legend(loc="lower left")
told = [f"{kind} {name}: best h about {h:.0e}, error {miss:.0e}" for (kind, name), (h, miss) in lowest.items()]
plot.show(
    fig, alt=f"Four valleys: the error falls with h, then rises again, ragged, as h gets smaller. {'; '.join(told)}."
)
print(*told, sep="\n")
assert lowest["float64", "central"][1] < lowest["float64", "forward"][1] < lowest["float32", "forward"][1]

# %% [markdown]
# A valley. On its right slope the curve is not straight yet: the forward error falls with $h$, the central one with
# $h^2$, twice as steep. On the left slope the **digits run out**: two numbers that agree in the first 12 digits leave 4
# when you subtract them, and dividing by a tiny h makes the rest of it loud. In float32 below $3\cdot10^{-8}$ nothing
# moves at all: $x + h$ *is* $x$, the slope seems to be 0, and the error is 1. So gradients are checked in float64, with
# two sides, and h around $10^{-5}$.
#
# ### Where there is no slope
#
# At a corner a nudge and a rule may disagree, and both be right. Here are three ways to write the *same* ReLU.

# %%
corner = torch.zeros(1, requires_grad=True)
spellings = {
    "torch.relu(x)": torch.relu,
    "x.clamp(min=0)": lambda x: x.clamp(min=0),
    "torch.maximum(x, 0)": lambda x: torch.maximum(x, torch.zeros(1)),
    "relu(x) − relu(−x), that is x": lambda x: torch.relu(x) - torch.relu(-x),
}
verdicts = {name: torch.autograd.grad(function(corner), corner)[0].item() for name, function in spellings.items()}
for name, verdict in verdicts.items():
    both = (spellings[name](torch.tensor([1e-3])) - spellings[name](torch.tensor([-1e-3]))).item() / 2e-3
    print(f"{name:30} autograd at 0: {verdict:.1f}   central difference: {both:.1f}")
assert list(verdicts.values()) == [0.0, 1.0, 0.5, 0.0]

# %% [markdown]
# Three conventions for one function. And the last line is **plainly wrong**: the function is $x$, its slope is 1
# everywhere, and autograd says 0 (the example is from Kakade and Lee, 2018). Does it matter? A float lands on exactly 0
# almost never. Unless something puts it there: zero padding, a ReLU before, a bias that begins at 0.
#
# A checker that steps over a corner reports an error where there is none. Move away from the corner, or make h
# smaller: with three places near it, one can watch.

# %%
for place in (0.0005, 0.002, 0.05):
    near = torch.tensor(place, dtype=torch.float64)
    seen = [((torch.relu(near + h) - torch.relu(near - h)) / (2 * h)).item() for h in (1e-2, 1e-3, 1e-4)]
    print(f"ReLU at {place}: central differences with h = 0.01, 0.001, 0.0001:", *(f"{slope:.3f}" for slope in seen))

# %% [markdown]
# *Question: a checker reports a relative error of 0.5 at a single one of 5000 weights. Bug or corner?*
#
# <details><summary>Answer</summary>
#
# Make h ten times smaller. A corner disappears (the step no longer reaches over it, unless the unit sits exactly on
# it), a bug stays. A wrong formula also rarely hits a single weight.
#
# </details>

# %% [markdown]
# ## 6 · What autograd writes down
#
# You compute, and PyTorch keeps the minutes: each result carries a note, `grad_fn`, of how it was made and from what.
# Follow the notes from the loss, and there is the graph of section 2, read from right to left.


# %%
def minutes(note, indent=0):
    """Print the notes behind a result, from the end to the leaves."""
    leaf = getattr(note, "variable", None)
    print("   " * indent + note.name() + (f"   ← a leaf of shape {tuple(leaf.shape)}" if leaf is not None else ""))
    for earlier, _ in note.next_functions:
        if earlier is not None:
            minutes(earlier, indent + 1)


torch.manual_seed(0)
tiny = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1))
minutes(functional.mse_loss(tiny(torch.randn(5, 3)), torch.zeros(5, 1)).grad_fn)

# %% [markdown]
# `AccumulateGrad` is where a leaf, a parameter, collects what arrives: it **adds**, and never forgets. That one
# decision explains most of the accidents below. *Guess first. v is 3: what is the gradient of v · v? What stands in
# `v.grad` after asking a second time? And if one of the two v is cut off from the graph by `detach`?*

# %%
v = torch.tensor(3.0, requires_grad=True)
(v * v).backward()
first = v.grad.item()
(v * v).backward()
print(f"the same loss twice, without clearing: {first} and then {v.grad.item()}")

v.grad = None
(v * v.detach()).backward()
print(f"v times v.detach(), the second one cut off: {v.grad.item()} (the value is the same, the way back is not)")

with torch.no_grad():
    blind = v * v
print(f"under no_grad: value {blind.item()}, requires_grad {blind.requires_grad}: no notes, no memory, no way back")
assert (first, v.grad.item()) == (6.0, 3.0)


# %%
def attempt(title, action):
    """Run something that fails; print how torch's complaint begins."""
    try:
        action()
    except RuntimeError as error:
        print(f"{title}\n   {textwrap.shorten(str(error), 170)}\n")


def twice():
    squared = v.exp()
    squared.backward()
    squared.backward()


def overwritten():
    bent = v.exp()
    bent += 1
    bent.backward()


attempt("walking back twice over the same graph:", twice)
attempt("changing in place what the way back needs:", overwritten)
attempt("changing a leaf in place:", lambda: v.add_(1))
attempt("asking a table for its gradient:", lambda: (v * torch.ones(2)).backward())

# %% [markdown]
# Each message is a piece of this lesson. *Twice*: what was kept is thrown away on the way back, to free memory. *In
# place*: the slope of the exponential is its own result, which is no longer there. *A leaf*: its old value would be
# lost while notes still speak of it. *A table*: the way back begins with a 1, and a table has no single one.
#
# The accident that **no** message reports is the forgotten `zero_grad`. Gradients of all earlier steps stay in the
# sum. *What does the loss do? Does it rise, does it stop, or does nothing happen?*


# %%
# Figure · the forgotten zero_grad
images, labels = data.digits("train")
pixels, digit = torch.from_numpy(images).float().flatten(1), torch.from_numpy(labels)
test_images, test_labels = data.digits("test")
test_pixels, test_digit = torch.from_numpy(test_images).float().flatten(1), torch.from_numpy(test_labels)


def story_of(forgetful, steps=600):
    """Train a small network by small batches; return all losses, accuracies on new digits, and the size of weights."""
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    learner = torch.optim.SGD(net.parameters(), lr=0.2)
    curve, accuracies = [], {}
    for step in range(1, steps + 1):
        chosen = torch.randint(len(pixels), (64,))
        if not forgetful:
            learner.zero_grad()
        miss = functional.cross_entropy(net(pixels[chosen]), digit[chosen])
        miss.backward()
        learner.step()
        curve.append(miss.item())
        if step % 25 == 0:
            with torch.no_grad():
                accuracies[step] = (net(test_pixels).argmax(dim=1) == test_digit).float().mean().item()
    return np.array(curve), accuracies, net[0].weight.norm().item()


careful, forgetful = story_of(False), story_of(True)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2))
for (curve, accuracies, _), name, dash in ((careful, "zero_grad at each step", "-"), (forgetful, "forgotten", "--")):
    axes[0].plot(curve, dash, linewidth=1.3, label=name)
    axes[1].plot(list(accuracies), list(accuracies.values()), dash)
axes[0].set(xlabel="step", ylabel="loss (logarithmic)", yscale="log")
axes[0].legend()
axes[1].axhline(0.1, color=plot.colors["gray"], linestyle=":")
axes[1].text(590, 0.12, "blind guessing", ha="right", color=plot.colors["gray"])
axes[1].set(xlabel="step", ylabel="right on new digits", ylim=(0, 1))
plot.show(
    fig,
    alt=f"Left: with zero_grad the loss falls to {careful[0][-20:].mean():.2f}. Without, it falls faster for some 40 "
    f"steps, then climbs, as high as {forgetful[0].max():.0f}. Right: on new digits the careful network rises to "
    f"{careful[1][600]:.0%}, the forgetful one is ahead at step 50 and ends at {forgetful[1][600]:.0%}.",
)
for step in (25, 50, 100, 200, 600):
    print(
        f"step {step:3}: right on new digits {careful[1][step]:5.1%} with zero_grad, {forgetful[1][step]:5.1%} without"
    )
print(f"length of the first layer's weights at the end: {careful[2]:.1f} and {forgetful[2]:.0f}")
assert forgetful[2] > 50 * careful[2]
assert forgetful[1][50] > careful[1][50] and careful[1][600] > 0.94 and forgetful[1][600] < 0.6

# %% [markdown]
# The treacherous part is the beginning: forgetting is *better*. The sum of all old gradients is like a ball that rolls
# without friction. It picks up speed, and for fifty steps that is just what is wanted. But it cannot stop: it shoots
# through the valley, and the weights grow out of all proportion. If you only look at the first minute, you
# will praise the bug. (Let the old gradients fade *slowly*, and you have momentum: unit 04.)
#
# *Question: why does PyTorch add at all, if it causes such accidents?*
#
# <details><summary>Answer</summary>
#
# Because ways that meet must be added, and it cannot know whether two calls of `backward` belong together. It is
# useful, too: four small batches, four times `backward`, one step, and you have trained with a large batch that would
# not have fitted into memory.
#
# </details>

# %% [markdown]
# ## 7 · Watch a network learn to read
#
# All of it together: 64 pixels, 24 hidden units, 10 digits. We train on 1442 handwritten digits and photograph the
# first layer on the way: on the left the weights of six hidden units, on the right the gradient that arrives at them in
# that moment, averaged over all digits. (Orange and purple are the two signs; each photograph has its own scale. The
# first weights are drawn very small here, so that less noise stays in the picture.)


# %%
# Figure · six hidden units, and what pulls at them
def reading(seed, steps, photographs=(), watched=()):
    """Train by small batches; return the network, photographs of its first layer, and the recall of each digit."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))
    nn.init.normal_(net[0].weight, std=0.01)
    learner = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.5)
    album, recalls = {}, []
    for step in range(steps + 1):
        if step in photographs:
            learner.zero_grad()
            loss = functional.cross_entropy(net(pixels), digit)
            loss.backward()
            pulls = [layer.weight.grad.norm().item() for layer in net if isinstance(layer, nn.Linear)]
            album[step] = (net[0].weight.detach().clone(), net[0].weight.grad.clone(), loss.item(), pulls)
        if step in watched:
            with torch.no_grad():
                hits = net(test_pixels).argmax(dim=1) == test_digit
            recalls.append([hits[test_digit == number].float().mean().item() for number in range(10)])
        chosen = torch.randint(len(pixels), (64,))
        learner.zero_grad()
        functional.cross_entropy(net(pixels[chosen]), digit[chosen]).backward()
        learner.step()
    return net, album, np.array(recalls)


moments = (0, 30, 150, 1500)
reader, album, _ = reading(7, 1500, photographs=moments)
busiest = album[1500][0].norm(dim=1).topk(6).indices
fig, axes = plt.subplots(6, 8, figsize=(9.6, 7.4))
for column, moment in enumerate(moments):
    for kind, name in ((0, "weights"), (1, "gradient")):
        photos = album[moment][kind][busiest]
        for row, photo in enumerate(photos):
            title = f"{name}\nstep {moment}" if row == 0 else ""
            ax = axes[row, column + 4 * kind]
            plot.image(ax, photo.reshape(8, 8).numpy(), title, signed=True)
sizes = [album[moment][1].norm().item() for moment in moments]
plot.show(
    fig,
    alt="Weights of six hidden units at four moments: noise at first, then soft stains, at the end strokes and gaps. "
    "Beside them the gradients: smooth from the very first step. Their length goes "
    + ", ".join(f"{size:.3f} at step {moment}" for moment, size in zip(moments, sizes, strict=True))
    + ".",
)
with torch.no_grad():
    share = (reader(test_pixels).argmax(dim=1) == test_digit).float().mean().item()
for moment in moments:
    _, _, loss, pulls = album[moment]
    print(
        f"step {moment:4}: loss {loss:.3f}, length of the gradient: first layer {pulls[0]:.3f}, second {pulls[1]:.3f}"
    )
print(f"at the end {share:.1%} of {len(test_digit)} new digits are right")
assert share > 0.93

# %% [markdown]
# Look at the first column of gradients. The weights are still pure noise, and the gradient is **already a picture**: it
# is made of images, each counted by how much it would help. The network is told in strokes, from the first moment.
# At first the pull even grows, as the second layer begins to know what it wants. Then it fades, since there is less and
# less left to complain about.
#
# *Which digit does it learn first, and which last? Bet on two numbers.* We train 12 networks from different random
# beginnings and look at each digit separately.

# %%
# Figure · in which order digits are learned
watched = sorted({round(step) for step in np.geomspace(1, 400, 36)} | {3, 10, 30, 100})
stories = np.mean([reading(seed, 400, watched=watched)[2] for seed in range(12)], axis=0)
arrival = np.array([watched[int(np.argmax(story > 0.8))] for story in stories.T])
order = np.argsort(arrival, kind="stable")

fig, axes = plt.subplots(1, 2, figsize=(10, 3.7), gridspec_kw={"width_ratios": [2.2, 1]})
axes[0].imshow(stories.T[order], cmap="Purples", vmin=0, vmax=1, aspect="auto")
for row, number in enumerate(order):
    axes[0].plot(watched.index(arrival[number]), row, "o", color=plot.colors["orange"], markersize=8)
ticks = [watched.index(step) for step in (1, 3, 10, 30, 100, 400)]
axes[0].set(xticks=ticks, xticklabels=[watched[k] for k in ticks], yticks=range(10), yticklabels=order)
axes[0].set(xlabel="step (logarithmic)", ylabel="digit", title="share recognized (dots: 80% reached)")
axes[0].grid(False)
averages = torch.stack([pixels[digit == number].mean(dim=0) for number in range(10)])
apart = (torch.cdist(averages, averages) + 9 * torch.eye(10)).min(dim=1)
axes[1].plot(apart.values, arrival, "o")
axes[1].margins(x=0.15)
for number in range(10):  # 1 and 8 share a place: even digits stand on the left of theirs, odd ones on the right
    side = 7 if number % 2 else -14
    axes[1].annotate(number, (apart.values[number], arrival[number]), (side, -4), textcoords="offset points")
axes[1].set(
    yscale="log", xlabel="distance of its average picture\nfrom the most similar one", title="80% reached at step"
)
axes[1].set(yticks=[30, 100], yticklabels=[30, 100])
axes[1].minorticks_off()
agreement = spearmanr(apart.values, arrival).statistic
reached = ", ".join(f"{arrival[number]} for {number}" for number in order)
plot.show(
    fig,
    alt="Left: ten rows, one for each digit, in the order of learning, dark where it is known. 80% is reached at step "
    f"{reached}. Right: the farther a digit's average picture is from the most similar one, the sooner it is learned.",
)
print(f"first {order[0]}, after {arrival[order[0]]} steps; last {order[-1]}, after {arrival[order[-1]]}")
print("the most similar digit:", ", ".join(f"of {k} {other}" for k, other in enumerate(apart.indices.tolist())))
print(f"rank correlation of distance and step: {agreement:.2f}")
assert agreement < -0.7

# %% [markdown]
# Nobody told it to begin with the easy ones. And what is easy? A digit that looks like no other. 1, 8 and 9 have a
# double close by. The likely reason: whatever pulls at a weight for the one pulls against it for the other, and the sum
# of both gradients is small until something is found that tells the two apart.
#
# *Question: you start with all weights equal to 0. What happens to the 24 hidden units?*
#
# <details><summary>Answer</summary>
#
# With weights of 0 behind them, the swap of the product sends 0 to every hidden unit, and with ReLUs at 0 nothing gets
# out either: only the last biases learn. And with all weights equal but not 0? Then all 24 get the same gradient, and
# stay twins for ever. Randomness is what tells them apart: unit 05.
#
# </details>

# %% [markdown]
# ## What to remember
#
# * A derivative is the answer to a nudge. Along a way slopes are multiplied, where ways meet they are added.
# * Backward, each station needs only two things: what arrives, and its own slope. A sum spreads, a product swaps, a
#   maximum routes.
# * One walk back costs a few forward passes, whatever the number of parameters. It pays with memory.
# * A gradient has the shape of its thing. Put the shapes on the table: with odd sizes, only one product fits. What was
#   copied is summed.
# * Check against nudges: float64, both sides, h about $10^{-5}$, and mind the corners.
# * Autograd takes notes and adds up. Clear the gradients before each step.
#
# **Now open assignment 03.** You derive one neuron by hand, write the way back of a layer, of a ReLU and of the loss,
# chain them to a network of any depth, build the checker that proves it right, and then the machine that makes all of
# this unnecessary: your own small PyTorch. At the end a network of yours reads handwriting.
#
# ### Sources
#
# * H. J. Kelley (1960), *Gradient theory of optimal flight paths*, ARS Journal 30.
# * S. Linnainmaa (1970), *The representation of the cumulative rounding error of an algorithm as a Taylor expansion of
#   the local rounding errors*, master's thesis (in Finnish), University of Helsinki; in English 1976, BIT 16.
# * P. Werbos (1974), *Beyond Regression*, PhD thesis, Harvard; (1982), *Applications of advances in nonlinear
#   sensitivity analysis*, in *System Modeling and Optimization*, Springer.
# * W. Baur, V. Strassen (1983), *The complexity of partial derivatives*, Theoretical Computer Science 22.
# * D. Rumelhart, G. Hinton, R. Williams (1986), *Learning representations by back-propagating errors*, Nature 323.
# * A. Griewank (2012), *Who invented the reverse mode of differentiation?*, Documenta Mathematica, extra volume ISMP.
# * S. Kakade, J. Lee (2018), *Provably correct automatic subdifferentiation for qualified programs*,
#   [arXiv:1809.08530](https://arxiv.org/abs/1809.08530): corners.
# * A. G. Baydin, B. Pearlmutter, A. Radul, J. M. Siskind (2018), *Automatic differentiation in machine learning: a
#   survey*, Journal of Machine Learning Research 18.
# * Decks 1 and 4 of the course: the chain rule, the network as a composition, and the neuron with 9.19 (1);
#   backpropagation and vanishing gradients (4).
# * The digits: E. Alpaydin, C. Kaynak (1998), UCI Machine Learning Repository, CC BY 4.0.
