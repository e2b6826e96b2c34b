# %% [markdown]
# # 02 · Activations, softmax, cross-entropy
#
# A layer multiplies and adds. What makes a network more than one large multiplication is a small bend after each layer,
# and what makes it learn is a way to say how wrong it is. This lesson looks at both: at the bends, at what they do to
# a gradient that has to pass through fifty of them, and at the loss at the end of the line.
#
# You need layers (unit 01) and the idea of a derivative. Reading and playing takes about 30 minutes. Where the text
# asks you to guess, do: a wrong guess is what you will remember. Afterwards, assignment 02 lets you build all of it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cnnlib import data, plot, widgets

torch.set_num_threads(1)
torch.set_printoptions(precision=4, sci_mode=False)

# %% [markdown]
# ## 1 · Why bend at all?
#
# Two linear layers in a row, eight hidden units between them. Is that more than one layer? Multiply the two tables of
# weights and see.

# %%
torch.manual_seed(0)
lower, upper = nn.Linear(3, 8), nn.Linear(8, 2)
single = nn.Linear(3, 2)
with torch.no_grad():
    single.weight.copy_(upper.weight @ lower.weight)
    single.bias.copy_(upper(lower.bias))

points = torch.randn(1000, 3)
gap = (upper(lower(points)) - single(points)).abs().max().item()
weights_of_two, weights_of_one = (sum(p.numel() for p in m.parameters()) for m in (nn.Sequential(lower, upper), single))
print(
    f"{weights_of_two} weights in two layers, {weights_of_one} in one; largest difference of their outputs: {gap:.0e}"
)
assert gap < 1e-5

# %% [markdown]
# Nothing gained: the 50 weights are 8 in disguise. The same happens to three layers, or to fifty. Now put a bend
# between them. Each ReLU, $\max(0, z)$, adds **one corner**, at a place that its weight and bias decide. Three corners
# make a hat, and whoever can make hats of any height at any place can draw any curve.

# %%
# Figure · a hat of three corners, and a row of a photograph drawn with and without bends
z = torch.linspace(-1, 4, 501)
hinges = {
    "ReLU(z)": functional.relu(z),
    "−2 ReLU(z − 1)": -2 * functional.relu(z - 1),
    "ReLU(z − 2)": functional.relu(z - 2),
}
hat = torch.stack(list(hinges.values())).sum(dim=0)

pixels = torch.from_numpy(data.photo("camera", size=64)[20]).float()
place = torch.linspace(-3, 3, len(pixels))[:, None]


def drawn_by(bend, steps=800):
    """Teach a net of two hidden layers, with a bend after each, the brightness along a row; return its curve."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(1, 100), bend, nn.Linear(100, 100), bend, nn.Linear(100, 1))
    learner = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(steps):
        learner.zero_grad()
        functional.mse_loss(net(place)[:, 0], pixels).backward()
        learner.step()
    return net(place)[:, 0].detach()


straight, bent = drawn_by(nn.Identity()), drawn_by(nn.ReLU())
misses = [(curve - pixels).abs().mean().item() for curve in (straight, bent)]

fig, axes = plt.subplots(1, 2, figsize=(10, 3.1), gridspec_kw={"width_ratios": [1, 1.6]})
for (name, hinge), dash in zip(hinges.items(), ("--", ":", "-."), strict=True):
    axes[0].plot(z, hinge, dash, linewidth=1.4, label=name)
axes[0].plot(z, hat, color=plot.ink, linewidth=3, label="their sum: a hat")
axes[0].set(ylim=(-3, 3.5), xlabel="z")
axes[0].legend(fontsize=8.5)
axes[1].plot(place, pixels, color=plot.colors["gray"], linewidth=1, label="one row of the cameraman")
axes[1].plot(place, straight, "--", color=plot.colors["orange"], label=f"three linear layers, off by {misses[0]:.3f}")
axes[1].plot(place, bent, color=plot.colors["blue"], label=f"with ReLUs between, off by {misses[1]:.3f}")
axes[1].set(xlabel="place in the row", ylabel="brightness", ylim=(0, 1.5))
axes[1].legend(fontsize=8.5, loc="upper left")
plot.show(
    fig,
    alt="Left: three hinges, one upwards at 0, a steeper one downwards at 1, one upwards at 2, add up to a hat. "
    f"Right: brightness along a row of a photograph. Three linear layers draw a straight line, off by {misses[0]:.3f} "
    f"on average; with ReLUs between them the curve follows the row, off by {misses[1]:.3f}.",
)

# %% [markdown]
# *Question: a net with one input has one hidden layer of ten ReLUs. How many corners can its curve have? And what does
# it look like far outside the training data?*
#
# <details><summary>Answer</summary>
#
# At most ten, one for each unit. Beyond the last corner it is a straight line for ever: a ReLU network never knows that
# it has left the known world. (With more hidden layers corners multiply, but the ends stay straight.)
#
# </details>

# %% [markdown]
# ## 2 · The gallery
#
# Nearly any function that is not straight would do as a bend (Leshno et al. 1993: any but polynomials). So which one?
# What counts is less the curve than its **slope**: forward the network uses the curve, but all that learning ever sees
# of it is the slope. Here are eight bends: five from the slides, then three of their younger relatives.

# %%
# Figure · eight activations, each with its slope
bends = {
    "sigmoid": functional.sigmoid,
    "tanh": functional.tanh,
    "ReLU": functional.relu,
    "leaky ReLU": lambda z: functional.leaky_relu(z, 0.1),
    "ELU": functional.elu,
    "softplus": functional.softplus,
    "GELU": functional.gelu,
    "SiLU": functional.silu,
}


def with_slope(bend, places):
    """Return what a bend makes of some places, and its slope there as autograd finds it."""
    at = torch.as_tensor(places, dtype=torch.float64).clone().requires_grad_()
    height = bend(at)
    return height.detach(), torch.autograd.grad(height.sum(), at)[0]


wide = torch.linspace(-5, 5, 1001, dtype=torch.float64)
fig, axes = plt.subplots(2, 4, figsize=(11, 4.8), sharex=True, sharey=True)
for ax, (name, bend) in zip(axes.flat, bends.items(), strict=True):
    height, steepness = with_slope(bend, wide)
    ax.axhline(0, color=plot.ink, linewidth=0.6)
    ax.plot(wide, height, label="value")
    ax.plot(wide, steepness, "--", label="slope")
    ax.set(title=name, ylim=(-1.2, 2.2))
axes[0, 0].legend(loc="upper left", fontsize=9)
plot.show(
    fig,
    alt="Eight small diagrams of value and slope. Sigmoid: from 0 to 1, slope a low bump. Tanh: from −1 to 1, slope a "
    "bump of height 1. ReLU: a corner, slope 0 then 1. Leaky ReLU: a corner, slope 0.1 then 1. ELU: bends towards −1, "
    "slope rises to 1. Softplus: a smooth ReLU, its slope is a sigmoid. GELU and SiLU dip below zero, then rise; their "
    "slopes overshoot 1.",
)

# %% [markdown]
# Now with your own hands. Drag the point along a curve, or click a picture and use the arrow keys. (The lower half,
# with the layers, is for section 4.) Find out:
#
# 1. Where is each of them steepest, and how steep?
# 2. Where is each of them *dead*, its slope so small that nothing comes through?
# 3. Whose outputs lie on both sides of zero?
# 4. Compare softplus with sigmoid. What is the slope of softplus?

# %%
widgets.activations("sigmoid", "tanh", z=1.5)

# %% [markdown]
# <details><summary>What there is to find</summary>
#
# 1. Sigmoid at 0, where it reaches 0.25, no more. Tanh at 0, with 1. ReLU and leaky ReLU anywhere on the right, ELU
#    too: 1. GELU and SiLU exceed 1 a little.
# 2. Sigmoid and tanh on both sides: they *saturate*. ReLU on the whole left, and there exactly. ELU, GELU and SiLU far
#    on the left. Leaky ReLU nowhere.
# 3. Tanh perfectly. Leaky ReLU, ELU, GELU and SiLU a little. Sigmoid, softplus and ReLU never.
# 4. It is the sigmoid.
#
# </details>
#
# The same, measured. Half a million normally distributed numbers go in: what is the mean of what comes out? Around
# zero is better, as the question at the end of this section shows.

# %%
torch.manual_seed(2)
crowd = torch.randn(500_000, dtype=torch.float64)
dense = torch.linspace(-10, 10, 20_001, dtype=torch.float64)
print("              mean output   steepest slope   where       nearly flat (slope below 0.02)")
for name, bend in bends.items():
    steepness = with_slope(bend, dense)[1]
    top, place_of_top = steepness.max(dim=0)
    where = "the right" if steepness[-1] > top - 1e-3 else f"z = {abs(dense[place_of_top].item()):.1f}"
    lively = dense[steepness.abs() >= 0.02]
    left, right = lively[0].item(), lively[-1].item()
    ends = ([f"z < {left:.1f}"] if left > -10 else []) + ([f"z > {right:.1f}"] if right < 10 else [])
    mean = bend(crowd).mean().item()
    print(f"{name:12} {mean:12.3f} {top.item():16.3f}   {where:11} {' and '.join(ends) or 'nowhere'}")

# %% [markdown]
# **At a corner there is no slope.** The ReLU has 0 on its left and 1 on its right, and every number between is a fair
# answer. A program must return one, so it is a convention. Ask PyTorch for its own:

# %%
for name, bend in {"ReLU": functional.relu, "leaky ReLU": bends["leaky ReLU"], "|z|": torch.abs}.items():
    print(f"{name:10} slope at −0.001, 0 and 0.001: ", with_slope(bend, [-0.001, 0.0, 0.001])[1].tolist())

# %% [markdown]
# Deck 1 writes $1_{x>0}$, as PyTorch does. Deck 4 says in words "1 where it is ≥ 0". Both are allowed; a test has to
# say which one it wants.
#
# ### Where they come from
#
# * **Sigmoid** (logistic function). Verhulst (1838) found it for populations that run out of room. In the networks
#   of the 1980s it was the soft version of a neuron that fires or does not, and had the derivative backpropagation
#   needs.
# * **tanh**. LeCun, Bottou, Orr & Müller (1998, *Efficient BackProp*) argued for outputs around zero. Their favourite
#   was $1.7159 \tanh(\frac23 z)$, which takes 1 to 1 and −1 to −1, so that data of unit size keeps its size.
# * **ReLU**. Nair & Hinton (2010) derived it from a pile of sigmoid units, each a little harder to wake than the last.
#   Krizhevsky, Sutskever & Hinton (2012) saw a small convolutional network on CIFAR-10 reach 25% training error six
#   times sooner with it than with tanh, and built AlexNet on it.
# * **Leaky ReLU**. Maas, Hannun & Ng (2013) let 1% through on the left, for speech, and found hardly a difference. The
#   decks let 10% through.
# * **Maxout**. Goodfellow et al. (2013) learned the shape of the bend itself, as a partner for dropout. Section 5.
# * **ELU**. Clevert, Unterthiner & Hochreiter (2015) wanted mean outputs nearer to zero, and a left side that comes to
#   rest at −α instead of falling on.
# * **GELU**. Hendrycks & Gimpel (2016) multiply z by the chance that a normal number lies below z. The first BERT and
#   GPT models use it; SiLU, with the sigmoid in that place, is named in the same paper.
#
# Two of these stories can be checked on the spot.

# %%
one, minus_one = (1.7159 * np.tanh(2 / 3 * end) for end in (1, -1))
print(f"LeCun's tanh takes 1 to {one:.4f} and −1 to {minus_one:.4f}")

at = torch.linspace(-6, 6, 13, dtype=torch.float64)
pile = sum(torch.sigmoid(at - step + 0.5) for step in range(1, 100))
print(
    f"99 sigmoids, each shifted by one more: off softplus by at most {(pile - functional.softplus(at)).abs().max():.3f}"
)
assert abs(one - 1) < 1e-4 and (pile - functional.softplus(at)).abs().max() < 0.02

# %% [markdown]
# So a ReLU is not a crude sigmoid. It is, nearly, **a whole pile of sigmoids**, at the price of one comparison.
#
# *Question: all outputs of a layer of sigmoids are positive. Why does that hamper the next layer?*
#
# <details><summary>Answer</summary>
#
# The gradient of a weight is its input times what arrives from behind. If all inputs of a unit are positive, all its
# weights' gradients have the same sign: either all weights grow in this step or all shrink. To raise one and lower
# another it has to zigzag.
#
# </details>

# %% [markdown]
# ## 3 · Numbers that break
#
# On paper $e^x$ is always a number. Guess first: from which $x$ on is it too large for a float32? A thousand? A
# million?

# %%
print("            largest number    e^x is infinite from    1 + x equals 1 below")
for kind in (torch.float16, torch.float32, torch.float64):
    limits = torch.finfo(kind)
    edge = np.log(limits.max)
    assert (
        torch.tensor(edge * 1.01, dtype=kind).exp().isinf() and torch.tensor(edge * 0.99, dtype=kind).exp().isfinite()
    )
    print(f"{kind!s:14} {limits.max:12.3g} {edge:18.1f} {limits.eps / 2:24.1g}")

# %% [markdown]
# Eighty-nine. A score of 89 is nothing special in a network whose weights were drawn too large. And infinity does not
# stay where it is: the next division makes `nan` of it, *not a number*, and the next sum spreads that to everything.
# Below, formulas from the slides, copied faithfully, meet PyTorch's own functions.

# %%
trouble = torch.tensor([1000.0, 1001.0, 1002.0])
far = torch.tensor([-200.0, 0.0, 200.0])
for title, copied, own in [
    ("softmax of 1000, 1001, 1002", trouble.exp().div(trouble.exp().sum()), functional.softmax(trouble, dim=0)),
    ("tanh of −200, 0, 200", (2 * far).exp().sub(1).div((2 * far).exp().add(1)), torch.tanh(far)),
    ("log of the sigmoid there", torch.sigmoid(far).log(), functional.logsigmoid(far)),
]:
    print(f"{title:28}   as on paper {copied.tolist()}\n{'':28}   torch's own {[round(v, 4) for v in own.tolist()]}")

# %% [markdown]
# Same mathematics, other arithmetic: each function of PyTorch is a formula **rewritten** so that no large number ever
# appears. To find such forms is the first half of the assignment, so they are not printed here.
#
# Overflow is loud. The quiet trouble is rounding. The slope of a sigmoid is a symmetric bump, equal at $z$ and $-z$.
# Here is what autograd returns for it.

# %%
# Figure · a symmetric curve that is not symmetric in memory
z = torch.linspace(-50, 50, 1001, dtype=torch.float64)
fig, ax = plt.subplots(figsize=(9, 3.2))
last = {}
for kind, dash in ((torch.float64, "-"), (torch.float32, "--"), (torch.float16, ":")):
    at = z.clone().to(kind).requires_grad_()
    found = torch.autograd.grad(torch.sigmoid(at).sum(), at)[0].double()
    alive = found > 0
    last[kind] = [z[alive].min().item(), z[alive].max().item()]
    ax.plot(z[alive], found[alive], dash, label=str(kind).removeprefix("torch."))
    ax.plot(last[kind][1], found[alive][-1], "x", color=ax.lines[-1].get_color(), markersize=9, markeredgewidth=2.5)
ax.set(yscale="log", xlabel="z", ylabel="slope of the sigmoid")
ax.legend()
plot.show(
    fig,
    alt="The slope of the sigmoid on a logarithmic axis, computed in three precisions. On the left it falls in a "
    "straight line to 1e-21 in float32 and float64. On the right it ends early, marked by crosses: "
    + ", ".join(f"{str(kind).removeprefix('torch.')} at {ends[1]:.1f}" for kind, ends in last.items())
    + ". Beyond the crosses it is exactly zero.",
)

# %% [markdown]
# On the left the line goes on and on. On the right it stops at the crosses and is **exactly zero** from there. A unit
# that is sure of its *no* can still be talked out of it; one that is as sure of its *yes* is deaf.
#
# *Question: why does it break on the right only?*
#
# <details><summary>Answer</summary>
#
# Floats lie densely around 0 and sparsely around 1. On the left the sigmoid is a tiny number, such as 0.000…04, and
# floats can hold that. On the right it is 0.999…96. Between 1 and its lower neighbour there is nothing, so it becomes
# 1, the distance to 1 becomes 0, and everything multiplied by that distance too.
#
# </details>

# %% [markdown]
# ## 4 · Through fifty layers
#
# A gradient on its way back passes every layer, and each multiplies it: by the layer's weights, and by the slopes of
# its units. Fifty factors of 0.25 are $10^{-30}$. So guess, before you touch anything: which of them gets a gradient
# through 50 layers, sigmoid, tanh or ReLU, if the weights have the scale 1?
#
# Then press *Play*. Afterwards try other scales. Can you find one for which sigmoids survive? One for which ReLUs do?

# %%
widgets.activations("sigmoid", "ReLU", z=0, depth=10)

# %% [markdown]
# <details><summary>What there is to find</summary>
#
# With scale 1 neither sigmoid nor ReLU survives 50 layers; tanh does. ReLU survives with √2, and with 2 it explodes: it
# switches off half of the units, and the weights have to make up for that. Sigmoids vanish with every scale of the
# menu: larger weights help, but also push the units into their flat ends.
#
# </details>
#
# That was a model. Now real networks, made of `nn.Linear` as it comes, with a real loss on real digits. For each layer,
# the length of the gradient of its weights. **Guess again**: what happens to ReLU, with weights as PyTorch draws them?

# %%
# Figure · the gradient in each layer, measured
images, labels = data.digits("train")
inputs = torch.from_numpy(images).flatten(1).float()
inputs, classes = (inputs - inputs.mean()) / inputs.std(), torch.from_numpy(labels)


def tower(bend, depth, scale=None):
    """Return a net with so many hidden layers of 64 units; without a scale the weights are as PyTorch draws them."""
    torch.manual_seed(3)
    hidden = [part for _ in range(depth) for part in (nn.Linear(64, 64), bend())]
    net = nn.Sequential(*hidden, nn.Linear(64, 10))
    for layer in net[::2]:
        if scale is not None:
            nn.init.normal_(layer.weight, std=scale / 8)  # 8 is the root of 64
            nn.init.zeros_(layer.bias)
    return net


def lengths(net):
    """Return the length of the weights' gradient in each layer, from the first to the last."""
    functional.cross_entropy(net(inputs[:256]), classes[:256]).backward()
    return [layer.weight.grad.double().norm().item() for layer in net[::2]]


kinds = {"sigmoid": (nn.Sigmoid, "o-"), "tanh": (nn.Tanh, "s--"), "ReLU": (nn.ReLU, "^:")}
measured = {}
fig, axes = plt.subplots(1, 3, figsize=(11, 3.4), gridspec_kw={"width_ratios": [1.2, 1.2, 1]})
for ax, scale, title in zip(axes, (None, 2**0.5), ("weights as nn.Linear draws them", "scale √2"), strict=False):
    for name, (bend, style) in kinds.items():
        measured[name, scale] = lengths(tower(bend, 50, scale))
        ax.plot(measured[name, scale], style, markevery=5, markersize=5, label=name)
    ax.set(yscale="log", xlabel="layer (0: the first)", title=title, ylim=(1e-44, 1e4))
axes[0].set_ylabel("length of the gradient")
axes[0].legend()
depths = [2, 5, 10, 20, 35, 50]
for bend, style in kinds.values():
    axes[2].plot(depths, [lengths(tower(bend, depth))[0] for depth in depths], style, markersize=5)
axes[2].set(yscale="log", xlabel="hidden layers", title="first layer, nn.Linear's weights", ylim=(1e-44, 1e4))
plot.show(
    fig,
    alt="Length of the gradient by layer in nets of 50 hidden layers, logarithmic. With PyTorch's weights all three "
    "shrink towards the first layer: "
    + ", ".join(f"{name} to {measured[name, None][0]:.0e}" for name in kinds)
    + ". With scale √2: "
    + ", ".join(f"{name} {measured[name, 2**0.5][0]:.0e}" for name in kinds)
    + ". Right: the first layer's gradient falls in straight lines with depth.",
)
for name in kinds:
    before, after = measured[name, None][0], measured[name, 2**0.5][0]
    print(f"{name:8} first layer of 50: {before:.0e} as drawn, {after:.0e} with scale √2")
assert measured["ReLU", None][0] < 1e-10 < measured["ReLU", 2**0.5][0]

# %% [markdown]
# Surprised? **ReLUs vanish too** when the weights are too small, and nn.Linear's are: their scale is $1/\sqrt3$. Slides
# that say "use ReLU against vanishing gradients" (deck 1) tell half of the story. ReLU repairs the slopes: a full 1
# where it is on. It does not repair the weights. How large those must be is unit 05.
#
# Does it matter in practice? Ten hidden layers, scale √2, one training each.


# %%
# Figure · ten hidden layers learn, or not
def trained(net, rate, epochs=15):
    """Train on the digits in batches of 64; return the loss of every step."""
    learner = torch.optim.SGD(net.parameters(), lr=rate)
    notes = []
    for _ in range(epochs):
        for part in torch.randperm(len(inputs)).split(64):
            learner.zero_grad()
            loss = functional.cross_entropy(net(inputs[part]), classes[part])
            loss.backward()
            learner.step()
            notes.append(loss.item())
    return notes


fig, ax = plt.subplots(figsize=(8, 3))
final = {}
for name, (bend, style) in kinds.items():
    notes = trained(tower(bend, 10, 2**0.5), rate=0.03)
    final[name] = float(np.mean(notes[-20:]))
    ax.plot(notes, style[1:], linewidth=1.4, label=f"{name}: {final[name]:.2f} at the end")
ax.set(xlabel="step", ylabel="loss")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plot.show(
    fig,
    alt="Loss of three nets with ten hidden layers. Sigmoid stays where it started, at "
    f"{final['sigmoid']:.2f}; tanh falls to {final['tanh']:.2f} and ReLU to {final['ReLU']:.2f}.",
)
assert final["sigmoid"] > 2 and max(final["tanh"], final["ReLU"]) < 0.5

# %% [markdown]
# The sigmoid net has the same number of weights, and could say the same things. It never finds out.
#
# ### The price of a ReLU: units that die
#
# On its left a ReLU passes nothing, not even a gradient. If one large step pushes a unit so far that its sum is
# negative **for every image**, no gradient will ever reach it again: it is dead. Count them, in a net with one hidden
# layer of 200 units, trained with rates from careful to careless.


# %%
# Figure · units that no image wakes
def deaths(rate, steps=120):
    """Train one hidden layer of 200 ReLUs; return after each step the share of units that no image switches on."""
    torch.manual_seed(4)
    hidden, top = nn.Linear(64, 200), nn.Linear(200, 10)
    learner = torch.optim.SGD([*hidden.parameters(), *top.parameters()], lr=rate)
    shares = []
    for part in torch.randint(len(inputs), (steps, 64)):
        learner.zero_grad()
        functional.cross_entropy(top(functional.relu(hidden(inputs[part]))), classes[part]).backward()
        learner.step()
        with torch.no_grad():
            shares.append((hidden(inputs) > 0).any(dim=0).logical_not().float().mean().item())
    with torch.no_grad():
        right = (top(functional.relu(hidden(inputs))).argmax(dim=1) == classes).float().mean().item()
    return shares, right


fig, ax = plt.subplots(figsize=(8, 3))
toll = {}
for rate, dash in ((0.1, "-"), (1.0, "--"), (3.0, "-."), (10.0, ":")):
    shares, right = deaths(rate)
    toll[rate] = shares[-1]
    ax.plot(shares, dash, label=f"rate {rate:g}: {shares[-1]:.0%} dead, {right:.0%} of the digits right")
ax.set(xlabel="step", ylabel="share of dead units", ylim=(-0.03, 1.03))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plot.show(
    fig,
    alt="Share of dead ReLUs during training: "
    + ", ".join(f"{share:.0%} with rate {rate:g}" for rate, share in toll.items())
    + ". Most die within the first steps, and none comes back.",
)
assert toll[0.1] < 0.05 < toll[10.0]

# %% [markdown]
# Mind the shape: most die in the first steps, and the curve never falls. This is what leaky ReLU and ELU are for.
#
# *Question: a dead unit has no gradient. Can a later step still revive it? Think of the layers below.*
#
# <details><summary>Answer</summary>
#
# In the first hidden layer never: its inputs are images, and they stay. (Weight decay, which shrinks weights without
# asking the gradient, can.) Higher up it may happen by chance: the layers below go on learning, so the inputs of the
# dead unit change.
#
# </details>

# %% [markdown]
# ## 5 · Maxout: learn the bend
#
# Why choose a bend at all? A maxout unit has several straight lines, and returns the **largest**. Drawn, that
# is the upper edge of a bundle of lines. Five random lines, and a parabola to learn:

# %%
# Figure · five lines learn a parabola
x = torch.linspace(-2, 2, 161)[:, None]
parabola = x[:, 0] ** 2


def bundle(pieces, seed):
    """Return so many lines, as a layer from one input."""
    torch.manual_seed(seed)
    return nn.Linear(1, pieces)


def envelope(lines):
    """Return the upper edge of some lines over x."""
    return lines(x).max(dim=1).values


def teach(curve, parameters, target, stops):
    """Fit a curve by squared error; yield at each of the stops."""
    learner = torch.optim.Adam(parameters, lr=0.02)
    for step in range(stops[-1] + 1):
        if step in stops:
            yield step
        learner.zero_grad()
        functional.mse_loss(curve(), target).backward()
        learner.step()


lucky, unlucky = bundle(5, seed=0), bundle(5, seed=1)
shots = {}
for lines, stops in ((lucky, [0, 120, 1500]), (unlucky, [1500])):
    for step in teach(lambda lines=lines: envelope(lines), lines.parameters(), parabola, stops):
        title = f"another start, step {step}" if lines is unlucky else f"step {step}"
        with torch.no_grad():
            shots[title] = lines(x), len(lines(x).argmax(dim=1).unique())

fig, axes = plt.subplots(1, 4, figsize=(11, 2.9), sharey=True)
told = []
for ax, (title, (drawn, busy)) in zip(axes, shots.items(), strict=True):
    edge = drawn.max(dim=1).values
    ax.plot(x, drawn, color=plot.colors["sky"], linewidth=1)
    ax.plot(x, parabola, "--", color=plot.colors["gray"], label="parabola")
    ax.plot(x, edge, color=plot.colors["orange"], linewidth=3, label="maxout")
    ax.set(title=f"{title}:\n{busy} lines on the edge", ylim=(-2, 4.2))
    told.append(f"{title}, {busy} lines on the edge, off by {(edge - parabola).abs().mean():.3f}")
axes[0].legend(fontsize=9)
plot.show(fig, alt=f"Five lines and their upper edge, which learns a parabola. {'; '.join(told)}.")
unmoved = (unlucky.weight == bundle(5, seed=1).weight).sum().item()
print("lines of the other start that never moved at all:", unmoved)
assert shots["step 1500"][1] == 5 and shots["another start, step 1500"][1] == 3 and unmoved

# %% [markdown]
# Nobody told the lines to become tangents. But look at the last picture, which began with other random lines: two of
# the five lie below the edge. Only the line on top gets a gradient, so there they stay, and one of them never moved at
# all: dead pieces, the relatives of dead ReLUs. In fact a ReLU *is* a maxout unit, of z and 0. So are leaky ReLU and
# $|z|$.
#
# What it costs: K lines are K times the weights. And one thing no number of lines can do. **Guess: which of the two
# below fails at a sine wave?**

# %%
# Figure · an upper edge is always convex
wave = torch.sin(2 * x[:, 0])
lone, plus, minus = bundle(8, 0), bundle(8, 1), bundle(8, 2)
rivals = {
    "one unit of 8 lines": (lambda: envelope(lone), [*lone.parameters()]),
    "one unit minus another": (lambda: envelope(plus) - envelope(minus), [*plus.parameters(), *minus.parameters()]),
}
fig, axes = plt.subplots(1, 2, figsize=(9, 2.7), sharey=True)
errors = {}
for ax, (name, (curve, parameters)) in zip(axes, rivals.items(), strict=True):
    list(teach(curve, parameters, wave, [1500]))
    with torch.no_grad():
        errors[name] = (curve() - wave).abs().mean().item()
        ax.plot(x, wave, "--", color=plot.colors["gray"])
        ax.plot(x, curve(), color=plot.colors["orange"])
    ax.set(title=f"{name}: off by {errors[name]:.3f}")
plot.show(
    fig,
    alt="A sine wave. One maxout unit only spans its valley and cuts off the hill, off by "
    f"{errors['one unit of 8 lines']:.2f}; the difference of two follows it, off by "
    f"{errors['one unit minus another']:.3f}.",
)
layer_of = {pieces: sum(p.numel() for p in nn.Linear(100, 100 * pieces).parameters()) for pieces in (1, 2, 5)}
print("weights and biases of a layer from 100 to 100 units:", *(f"{count:,} with {k}" for k, count in layer_of.items()))

# %% [markdown]
# *Question: why can one unit not do it? And why is the difference of two enough for everything?*
#
# <details><summary>Answer</summary>
#
# The upper edge of lines bulges downwards everywhere: it is convex. The hill of a sine is not. A difference of two
# convex functions has no such limit. Goodfellow et al. (2013) prove that two maxout units with enough lines, one minus
# the other, come as close as you like to any continuous function (on a bounded region).
#
# </details>

# %% [markdown]
# ## 6 · From scores to probabilities
#
# At its end a classifier has one **score** (*logit*) for each class, any number. Softmax turns them into probabilities:
# positive, adding up to 1, the largest score first. The slides' example is [1, 3, 2]. Divide the scores by a
# **temperature** before, and you can watch the choice melt.

# %%
# Figure · probabilities over temperature
slide_scores = torch.tensor([1.0, 3.0, 2.0])
heat = torch.logspace(-1.3, 1.7, 200)
shares = functional.softmax(slide_scores / heat[:, None], dim=1)
print("at temperature 1:", functional.softmax(slide_scores, dim=0).tolist())

fig, ax = plt.subplots(figsize=(8.5, 3.2))
floor = torch.zeros(len(heat))
for column, hue, hatch in ((1, "blue", ""), (2, "sky", "//"), (0, "gold", "..")):
    ceiling = floor + shares[:, column]
    ax.fill_between(heat, floor, ceiling, color=plot.colors[hue], alpha=0.75, hatch=hatch, edgecolor="white")
    ax.text(heat[-1] * 1.1, (floor[-1] + ceiling[-1]) / 2, f"score {slide_scores[column]:g}", va="center")
    floor = ceiling
ax.axvline(1, color=plot.ink, linestyle="--")
ax.text(1.05, 0.03, "temperature 1: plain softmax", fontsize=9)
ax.set(xscale="log", xlim=(heat[0], heat[-1]), ylim=(0, 1), xlabel="temperature (logarithmic)", ylabel="probability")
plot.show(
    fig,
    alt="Shares of three classes over temperature. Cold: score 3 takes everything. At 1: 0.665 for score 3, 0.245 for "
    "score 2, 0.090 for score 1. Hot: a third each.",
)
assert torch.allclose(functional.softmax(slide_scores, dim=0), torch.tensor([0.0900, 0.6652, 0.2447]), atol=1e-4)

# %% [markdown]
# Cold it is the hard maximum, hot a lottery. The word comes from physics: Boltzmann gave the states of a gas these very
# probabilities. You turn the same knob when you ask a language model for more daring answers.
#
# **Three riddles.** The slide's scores with 100 added. The same scores times ten. And scores with a tie. What will
# softmax make of them? Write your guesses down, then read on.

# %%
for title, scores in {
    "[1, 3, 2]": slide_scores,
    "with 100 added": slide_scores + 100,
    "times ten": slide_scores * 10,
    "a tie: [3, 3, 2]": torch.tensor([3.0, 3.0, 2.0]),
    "the tie, at temperature 0.01": torch.tensor([3.0, 3.0, 2.0]) / 0.01,
}.items():
    chances = functional.softmax(scores, dim=0)
    print(f"{title:30}", [f"{chance:.4f}" for chance in chances.tolist()], " argmax:", chances.argmax().item())

# %% [markdown]
# Adding a constant changes **nothing**: softmax hears differences only. (That freedom is worth something:
# remember section 3.) Multiplying changes much: it is the temperature. And a tie stays a tie, however
# cold: softmax shares fairly, while `argmax` silently takes the first.
#
# *Question: two classes with scores $a$ and $b$. Softmax gives the first one which well-known function of $a - b$?*
#
# <details><summary>Answer</summary>
#
# Only the difference counts, so call the scores $a-b$ and 0. The result is the sigmoid of $a - b$. Softmax is what a
# sigmoid becomes with more than two classes.
#
# </details>

# %% [markdown]
# ## 7 · How wrong is wrong?
#
# The network said "class 1, with probability 0.665", and the truth was class 0, which had got 0.09. How bad is that? As
# bad as it is **surprising**: the cross-entropy of one example is $-\log p$, with the probability $p$ that the truth
# had been given. Its unit, with the natural logarithm, is the *nat*.

# %%
# Figure · surprise
chance = torch.linspace(0.001, 1, 500)
fig, ax = plt.subplots(figsize=(8, 3.1))
ax.plot(chance, functional.binary_cross_entropy(chance, torch.ones_like(chance), reduction="none"))
notes = {"a coin: 0.69 nats, one bit": 1 / 2, "a die": 1 / 6, "slide, truth 0": 0.0900, "slide, truth 1": 0.6652}
for (text, p), marker in zip(notes.items(), "osD^", strict=True):
    level = functional.binary_cross_entropy(torch.tensor(p), torch.tensor(1.0)).item()
    ax.plot(p, level, marker, markersize=8, color=plot.colors["orange"])
    ax.annotate(text, (p, level), xytext=(10, 14 if p == 1 / 2 else 4), textcoords="offset points")
ax.set(xlabel="probability that the truth had been given", ylabel="surprise in nats", ylim=(-0.1, 5))
plot.show(
    fig,
    alt="Surprise over probability: infinite towards 0, 2.4 nats at 0.09, 1.8 for a die, 0.69 for a coin, 0.41 at "
    "0.665, 0 where the truth was certain.",
)

# %% [markdown]
# Surprises of independent examples add up, as their probabilities multiply; and a network that rules out the truth pays
# without limit.
#
# But why not the good old squared error, between probabilities and the one-hot truth? Ask what each of them *teaches*.
# A network is confidently wrong: score 8 for class 0, nothing for the others, and the truth is class 1.

# %%
wrong_and_sure = torch.tensor([[8.0, 0.0, 0.0]], requires_grad=True)
truth = torch.tensor([1])
target = functional.one_hot(truth, 3).float()
cross = functional.cross_entropy(wrong_and_sure, truth)
square = (functional.softmax(wrong_and_sure, dim=1) - target).square().sum()
for name, loss in {"cross-entropy": cross, "squared error": square}.items():
    (pull,) = torch.autograd.grad(loss, wrong_and_sure)
    print(f"{name}: loss {loss.item():.3f}, gradient of the scores {[round(v, 5) for v in pull[0].tolist()]}")

# %% [markdown]
# Read the gradients. Cross-entropy pulls class 0 down with full force and class 1 up. The squared error, as wrong as it
# can be, hardly whispers: the softmax is saturated, and its slope stands as a factor in front. How long do both
# take to repent? Gradient descent on the scores themselves, same rate, from mildly to madly wrong.


# %%
# Figure · how long a wrong answer lasts
def repentance(loss_of, lead, steps=400):
    """Descend from scores that lead wrongly; return the truth's probability at each step."""
    scores = torch.tensor([[lead, 0.0, 0.0]], requires_grad=True)
    learner = torch.optim.SGD([scores], lr=0.5)
    story = []
    for _ in range(steps):
        story.append(functional.softmax(scores, dim=1)[0, 1].item())
        learner.zero_grad()
        loss_of(scores).backward()
        learner.step()
    return story


judges = {
    "cross-entropy": lambda scores: functional.cross_entropy(scores, truth),
    "squared error": lambda scores: functional.mse_loss(functional.softmax(scores, dim=1), target, reduction="sum"),
}
turning = {}
fig, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
for ax, (name, judge) in zip(axes, judges.items(), strict=True):
    for lead, dash in ((2.0, "-"), (5.0, "--"), (8.0, ":")):
        story = repentance(judge, lead)
        turning[name, lead] = next((step for step, p in enumerate(story) if p > 0.5), None)
        ax.plot(range(1, len(story) + 1), story, dash, label=f"wrong by {lead:g}")
    ax.set(xscale="log", xlabel="step (logarithmic)", title=name)
axes[0].set_ylabel("probability of the truth")
axes[0].legend()
told = [f"{name} from {lead:g}: {step if step else 'not within 400 steps'}" for (name, lead), step in turning.items()]
plot.show(fig, alt=f"Probability of the truth over steps. The step at which it passes one half: {'; '.join(told)}.")
print(*told, sep="\n")
assert turning["squared error", 8.0] is None and turning["cross-entropy", 8.0] < 50

# %% [markdown]
# The more wrong, the less the squared error teaches. Cross-entropy undoes the saturation: its logarithm and the
# exponential of the softmax cancel. They belong together, and every library computes them in one go.
#
# ### The first loss you see
#
# Before any training, a network knows nothing. What should its loss be? Here are four kinds of untrained nets, each
# drawn three times, on random images, with 2 to 1000 classes. **Guess the formula from the picture**: what kind of line
# is it, and where does it cross the left edge, at a single class?

# %%
# Figure · the loss of nets that know nothing
torch.manual_seed(5)
noise = torch.randn(128, 1, 8, 8)
designs = {
    "one layer": lambda k: nn.Sequential(nn.Flatten(), nn.Linear(64, k)),
    "ReLU net": lambda k: nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, k)),
    "tanh net": lambda k: nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, k)),
    "convolutional net": lambda k: nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, k)),
}
counts = [2, 3, 5, 10, 30, 100, 300, 1000]
fig, ax = plt.subplots(figsize=(8, 3.4))
firsts = {}
for (name, design), marker in zip(designs.items(), "os^D", strict=True):
    for draw in range(3):
        with torch.no_grad():
            seen = [functional.cross_entropy(design(k)(noise), torch.randint(k, (128,))).item() for k in counts]
        firsts[name, draw] = seen
        label = name if draw == 0 else None
        ax.plot(
            counts,
            seen,
            marker,
            markersize=7,
            markerfacecolor="none",
            color=ax.lines[-1].get_color() if draw else None,
            label=label,
        )
ax.set(xscale="log", xlim=(1, 1300), ylim=(0, 7.5), xlabel="classes (logarithmic)", ylabel="first loss in nats")
ax.legend()
middle = np.median(list(firsts.values()), axis=0)
plot.show(
    fig,
    alt="First losses of four kinds of nets over the number of classes, logarithmic. All lie on one straight line: "
    + ", ".join(f"{loss:.2f} for {k}" for k, loss in zip(counts, middle, strict=True))
    + ".",
)

# %% [markdown]
# All on one line, whatever the net. (You can work it out: what probability does someone who knows nothing give to each
# of K classes, and how surprising is the truth then? The assignment asks for it.) So you know the first loss **before**
# the program runs, and a first loss elsewhere is a bug you found for free. Deck 2 recommends this check, and its
# example takes $p = 0.5$. For how many classes is that?
#
# Try it as a detective. Five programs for ten classes, batches of 128. One is sound; the others have a bug each: *the
# weights are drawn 30 times too large · the losses are summed instead of averaged · the last entry of every image
# tells the label, and the weights know it · softmax is applied twice*. Who is who?

# %%
torch.manual_seed(6)
guessers = designs["ReLU net"](10)
answers = torch.randint(10, (128,))
with torch.no_grad():
    scores = guessers(noise)
    cases = [
        functional.cross_entropy(30 * scores, answers),
        functional.cross_entropy(functional.softmax(scores, dim=1), answers),
        functional.cross_entropy(scores, answers),
        functional.cross_entropy(scores + 6 * functional.one_hot(answers, 10), answers),
        functional.cross_entropy(scores, answers, reduction="sum"),
    ]
print("first losses:", *(f"{loss:9.3f}" for loss in sorted(loss.item() for loss in cases)))

# %% [markdown]
# <details><summary>Answer</summary>
#
# The hundreds: a sum over 128 examples. The one a few times too large: the weights, which make the net wrong *and*
# sure. The one far too small: it knows the labels. And the two in the middle cannot be told apart! With softmax applied
# twice the scores lie between 0 and 1, so the net looks as ignorant as it should. The test is cheap, but not
# all-seeing.
#
# </details>
#
# The twin that slipped through shows itself later. However long it trains, its loss cannot fall below a floor: its best
# "scores" are a one for the truth and zeros for the rest.

# %%
best = functional.cross_entropy(torch.eye(10), torch.arange(10)).item()
print(f"softmax twice, ten classes: the loss never falls below {best:.3f}")

# %% [markdown]
# *Question: a colleague reports a first loss of 2.30 on ImageNet, which has a thousand classes. Good news?*
#
# <details><summary>Answer</summary>
#
# No. Look at the picture: 2.3 belongs to ten classes. For a thousand the points lie near 6.9. Perhaps only ten of the
# classes were loaded, perhaps the input gives the label away.
#
# </details>

# %% [markdown]
# ## What to remember
#
# * Without a bend, a stack of layers is one layer. Each ReLU adds a corner.
# * Forward the value counts, backward the slope. A sigmoid's is at most 0.25; a ReLU's is 1 or nothing; at a corner it
#   is a convention.
# * $e^{89}$ is infinite in float32. Right formulas break; libraries rewrite them.
# * A gradient is multiplied in every layer, by slopes *and* by weights. It vanishes, explodes, or survives by design.
# * Too large a step kills ReLUs, and the dead stay dead.
# * Maxout is the upper edge of learned lines: convex, and K times the weights.
# * Softmax hears differences only; temperature sharpens or melts it.
# * Cross-entropy is surprise. It teaches most where the network is most wrong, and its first value is known beforehand.
#
# **Now open assignment 02.** You write the bends with their slopes, near zero and at ±1000; maxout with its way back;
# softmax and cross-entropy that no score can break; a judge of first losses; and the product through depth.
#
# ### Sources
#
# * M. Leshno, V. Lin, A. Pinkus, S. Schocken (1993), *Multilayer feedforward networks with a nonpolynomial activation
#   function can approximate any function*, Neural Networks 6.
# * Y. LeCun, L. Bottou, G. Orr, K.-R. Müller (1998), *Efficient BackProp*, in *Neural Networks: Tricks of the Trade*:
#   centred outputs, the scaled tanh.
# * V. Nair, G. Hinton (2010), *Rectified linear units improve restricted Boltzmann machines*, ICML.
# * A. Krizhevsky, I. Sutskever, G. Hinton (2012), *ImageNet classification with deep convolutional neural networks*,
#   NIPS: figure 1 compares ReLU and tanh.
# * A. Maas, A. Hannun, A. Ng (2013), *Rectifier nonlinearities improve neural network acoustic models*, ICML workshop.
# * I. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio (2013), *Maxout networks*,
#   [arXiv:1302.4389](https://arxiv.org/abs/1302.4389).
# * D.-A. Clevert, T. Unterthiner, S. Hochreiter (2015), *Fast and accurate deep network learning by exponential linear
#   units*, [arXiv:1511.07289](https://arxiv.org/abs/1511.07289).
# * D. Hendrycks, K. Gimpel (2016), *Gaussian error linear units*, [arXiv:1606.08415](https://arxiv.org/abs/1606.08415).
# * X. Glorot, Y. Bengio (2010), *Understanding the difficulty of training deep feedforward neural networks*, AISTATS:
#   gradients by layer, measured, as in section 4.
# * I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*, [chapter
#   6](https://www.deeplearningbook.org/contents/mlp.html): output units and their losses.
# * Decks 0 to 4 of the course: the formulas of the gallery (0, 1, 3), softmax and its numbers (1), vanishing gradients
#   (1, 4), the initial loss (2). Deck 0 prints a softmax whose sum has the wrong index; the assignment lets you find
#   it.
