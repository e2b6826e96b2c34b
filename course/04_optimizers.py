# %% [markdown]
# # 04 · Optimizers: how to walk downhill
#
# Backpropagation tells each weight which way is down. It does not say how far to go, and the answer to that one
# question fills this lesson: learning rates, mini-batches, momentum, a rate for every weight, schedules. At the end
# seven optimizers race, and you look at the landscape a real network has to cross.
#
# You need gradients (unit 03). Reading and playing takes about an hour. Afterwards, assignment 04 lets you build all of
# it.

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy import signal
from torch.nn.functional import cross_entropy

from cnnlib import data, plot, surfaces, widgets

np.set_printoptions(precision=3, suppress=True)
torch.set_num_threads(1)

# %% [markdown]
# ## 1 · One step, again and again
#
# The loss $E$ is a height over the space of all weights $w$. The gradient $\nabla E$ points uphill, so walk against it:
#
# $$w_{k+1} = w_k - \eta\, \nabla E(w_k)$$
#
# The step length $\eta$ is the **learning rate**. Two weights are enough to see most of what can happen, because then
# the height can be drawn as a map. Here is a long **ravine**, $E = x^2/2 + 25\,y^2/2$: gentle along, 25 times as curved
# across. The number that says how curved is an eigenvalue $\lambda$ of the matrix of second derivatives: here 1 and 25.


# %%
# Figure · gradient descent in a ravine
def map_of(ax, surface, title):
    """Draw the contour lines of a surface, and a cross at each lowest place."""
    x, y, height = surface.grid()
    ax.contour(x, y, height, levels=surface.levels, colors="#b8c0c8", linewidths=0.8)
    ax.plot(*np.transpose(surface.minima), "k+", markersize=11, linestyle="none")
    ax.set(xlim=surface.x, ylim=surface.y, aspect="equal", title=title)
    ax.grid(False)


ravine = surfaces.surfaces["ravine"]
walked = surfaces.descend(ravine, torch.optim.SGD, rates=[0.03], steps=200)[0]
heights = ravine.height(*walked.T)
threshold = 1e-3
stopped = int(np.argmax(-np.diff(heights) < threshold)) + 1

fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.1), gridspec_kw={"width_ratios": [1.3, 1]})
map_of(axes[0], ravine, "60 steps, learning rate 0.03")
axes[0].plot(*walked[:61].T, "o-", markersize=3)
axes[1].plot(heights)
axes[1].axvline(stopped, color=plot.colors["orange"], linestyle="--", label=f"a step gains less than {threshold:g}")
axes[1].set(yscale="log", xlabel="step", ylabel="height")
axes[1].legend(loc="lower left")
plot.show(
    fig,
    alt="A path drops into the ravine in a few steps, then creeps along its floor. The height falls ever more slowly; "
    f"after step {stopped} a step gains less than {threshold:g} although the height is still {heights[stopped]:.2g}.",
)

# %% [markdown]
# Two things to notice. The direction of steepest descent is hardly ever the direction to the goal: the first steps
# cross the ravine, then comes a long creep along its floor. And **when to stop** is a question of its own. Deck 4 stops
# once $|E_k - E_{k-1}|$ falls below a threshold. That says that steps have become small. It does not say that you
# have arrived: the dashed line stands well above the bottom.
#
# *Question: name a place where this rule stops at once although it is far from any minimum.*
#
# <details><summary>Answer</summary>
#
# On a plateau or near a saddle (section 8): the gradient is almost zero, so is the change. A tiny learning rate fools
# the rule anywhere. Practice therefore watches the loss on held-out data over several epochs (unit 06).
#
# </details>

# %% [markdown]
# ## 2 · The learning rate: too small, good, too large
#
# Start the same walk with four learning rates.

# %%
# Figure · four learning rates
four = [0.004, 0.04, 0.076, 0.0805]
paths = surfaces.descend(ravine, torch.optim.SGD, four, steps=40, start=(-4, 1.0))
fig, axes = plt.subplots(1, 4, figsize=(11, 2.3))
for ax, rate, path in zip(axes, four, paths, strict=True):
    map_of(ax, ravine, f"rate {rate:g}: height {ravine.height(*path[-1]):.2g}")
    ax.plot(*path.T, "o-", markersize=2.5, linewidth=1.2)
plot.show(
    fig,
    alt="40 steps each. Rate 0.004 gets not even halfway; 0.04 goes straight along the floor; 0.076 swings from wall "
    "to wall and still arrives; 0.0805 swings wider at every step.",
)

# %% [markdown]
# Why does it tip over so suddenly? In a bowl $E = \lambda w^2/2$ the gradient is $\lambda w$. One step turns $w$
# into $w - \eta\lambda w = (1 - \eta\lambda)\,w$: every step multiplies by the same factor. It shrinks as long as
# $|1 - \eta\lambda| < 1$, that is
#
# $$\eta < \frac{2}{\lambda}$$
#
# A surface with many directions has many $\lambda$, and one rate has to serve all. The steepest direction sets the
# limit, **$2/\lambda_\text{max}$**; the flattest sets the pace.

# %%
# Figure · the stability limit
curvature = ravine.curvatures(0, 0)
limit = 2 / curvature.max()
many = np.geomspace(1e-3, 0.1, 90)
ends = ravine.height(*surfaces.descend(ravine, torch.optim.SGD, many, steps=50)[:, -1].T)

fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.3))
for value, style in zip(curvature, ("-", "--"), strict=True):
    axes[0].plot(many, abs(1 - many * value), style, label=f"direction with λ = {value:g}")
axes[0].axhline(1, color=plot.colors["gray"], linewidth=1)
axes[0].set(xlabel="learning rate", ylabel="factor of a step", ylim=(0, 1.6))
axes[0].legend(loc="upper left")
axes[1].plot(many, ends)
axes[1].axhline(ravine.height(*ravine.start), color=plot.colors["gray"], linewidth=1)
axes[1].text(1e-3, ravine.height(*ravine.start) * 1.4, "height at the start")
axes[1].set(xscale="log", yscale="log", xlabel="learning rate", ylabel="height after 50 steps", ylim=(1e-3, 1e6))
for ax in axes:
    ax.axvline(limit, color=plot.colors["orange"], linestyle=":", label="limit")
    ax.text(limit * 0.97, ax.get_ylim()[1], "2/λmax ", color=plot.colors["orange"], ha="right", va="top")
best = many[ends.argmin()]
plot.show(
    fig,
    alt=f"Left: the factor for λ = 25 falls to 0 at rate 0.04 and exceeds 1 beyond {limit:g}; for λ = 1 it has hardly "
    f"begun to fall. Right: the height after 50 steps is lowest at rate {best:.3f} and explodes just beyond {limit:g}.",
)

# %% [markdown]
# The best rate lies close below the cliff. In the long run it is where both directions shrink equally fast, $\eta =
# 2/(\lambda_\text{min} + \lambda_\text{max})$, and the factor then is $(\kappa-1)/(\kappa+1)$ with the **condition
# number** $\kappa = \lambda_\text{max}/\lambda_\text{min}$. Large $\kappa$ means slow. Everything from section 4 on is
# an attempt to do better than that.
#
# A network has millions of $\lambda$ and nobody knows them. What remains is the habit deck 2 teaches: try rates on a
# logarithmic grid, coarse first, for instance 0.1, 0.03, 0.01 … 0.0001, and read the signs. *The loss hardly moves*:
# too small. *The loss jumps, then turns to NaN*: too large.
#
# *Question: $\lambda$ is 1 and 10 000. How many steps does gradient descent need for the flat direction to fall to a
# tenth, if the rate is half of the limit?*
#
# <details><summary>Answer</summary>
#
# The limit is 2/10 000, so $\eta$ = 0.0001 and each step multiplies the flat direction by 0.9999. $0.9999^k = 0.1$ at
# $k = \ln 10 / 0.0001 \approx 23\,000$ steps.
#
# </details>

# %% [markdown]
# ## 3 · How much work is a step?
#
# The loss is a mean over all samples. For the exact gradient every one of them must pass forward and backward. But a
# mean can be estimated from a few. Three habits:
#
# | | samples a step | steps an epoch | the gradient is |
# |---|---|---|---|
# | (batch) gradient descent | all $N$ | 1 | exact |
# | mini-batch | $b$, often 10 to some 100 | $\lceil N/b \rceil$ | noisy |
# | stochastic (SGD), in the strict sense | 1 | $N$ | very noisy |
#
# An **epoch** is one pass over the data: shuffle, cut into batches, one step for each. All three do the *same work in
# an epoch*. They differ in how many steps they get for it. Here they learn to read digits, with a single layer.

# %%
images, labels = data.digits("train")
pixels, classes = torch.from_numpy(images).flatten(1).float(), torch.from_numpy(labels)


def learn(batch, rate, epochs, looks=8):
    """Train one layer; return (samples seen, steps taken, loss on all samples) from time to time."""
    torch.manual_seed(4)
    layer = torch.nn.Linear(64, 10)
    learner = torch.optim.SGD(layer.parameters(), lr=rate)
    steps, seen, notes = 0, 0, []
    per_epoch = -(-len(pixels) // batch)
    for _ in range(epochs):
        for part in torch.randperm(len(pixels)).split(batch):
            if steps % max(1, per_epoch // looks) == 0:
                with torch.no_grad():
                    notes.append((seen, steps, cross_entropy(layer(pixels), classes).item()))
            learner.zero_grad()
            cross_entropy(layer(pixels[part]), classes[part]).backward()
            learner.step()
            steps, seen = steps + 1, seen + len(part)
    return np.array(notes)


runs = {
    "all 1442": learn(1442, rate=0.5, epochs=60),
    "32": learn(32, rate=0.2, epochs=8),
    "1": learn(1, rate=0.02, epochs=3),
}

# %%
# Figure · the same work, more steps
spread = {}
layer = torch.nn.Linear(64, 10)
exact = torch.autograd.grad(cross_entropy(layer(pixels), classes), layer.weight)[0]
for size in (1, 4, 16, 64, 256):
    parts = [torch.randperm(len(pixels))[:size] for _ in range(100)]
    errors = [
        torch.autograd.grad(cross_entropy(layer(pixels[part]), classes[part]), layer.weight)[0] - exact
        for part in parts
    ]
    spread[size] = (torch.stack(errors).norm(dim=(1, 2)).mean() / exact.norm()).item()

fig, axes = plt.subplots(1, 3, figsize=(11, 3.1))
for (name, notes), style in zip(runs.items(), ("-", "--", ":"), strict=True):
    axes[0].plot(notes[:, 1] + 1, notes[:, 2], style, label=f"batches of {name}")
    axes[1].plot(notes[:, 0] / len(pixels), notes[:, 2], style, label=f"batches of {name}")
axes[0].set(xscale="log", xlabel="steps (logarithmic)", ylabel="loss on all samples", title="step by step")
axes[1].set(xlim=(0, 8), xlabel="epochs", title="for the same work")
axes[1].legend()
axes[2].loglog(list(spread), list(spread.values()), "o-", label="measured")
axes[2].loglog(list(spread), [spread[1] / size**0.5 for size in spread], "--", label="1/√b")
axes[2].set(
    xlabel="batch size b", title="error of the gradient, relative", xticks=list(spread), xticklabels=list(spread)
)
axes[2].set(yticks=[0.5, 1, 2, 4, 8], yticklabels=[0.5, 1, 2, 4, 8])
axes[2].minorticks_off()
axes[2].legend()
after = {name: notes[notes[:, 0] <= 2 * len(pixels)][-1, 2] for name, notes in runs.items()}
plot.show(
    fig,
    alt="Loss of one layer on digits. Counted in steps, whole-batch descent falls smoothest. After two epochs of work "
    f"its loss is {after['all 1442']:.2f}, with batches of 32 {after['32']:.2f}, of one {after['1']:.2f}. The error "
    "of a batch's gradient falls like one over the root of its size.",
)

# %% [markdown]
# Four times the batch halves the error of the gradient: that is a poor bargain for the arithmetic, so small batches win
# epoch by epoch. But a processor is fastest when it multiplies large matrices, so single samples waste it. Mini-batches
# are the compromise everyone uses, and "SGD" usually means them. A larger batch brings a calmer gradient, which bears a
# larger rate; deck 2's rule is to change both in proportion.
#
# Two sentences of deck 4 deserve a doubt. It holds that samples may repeat across mini-batches: in an epoch that
# shuffles and cuts, as above, each sample comes exactly once, for every batch size. And its size of "1.5 times the
# number of outliers" is no rule you will meet elsewhere; powers of two that fill the processor are.
#
# *Question: 50 000 images, batches of 128, 10 epochs. How many steps? And how many with whole-batch descent?*
#
# <details><summary>Answer</summary>
#
# 50 000 / 128 = 390.6, so 391 steps an epoch (the last batch has 80 images) and 3910 in all. Whole-batch: 10, for the
# same number of forward and backward passes.
#
# </details>

# %% [markdown]
# ## 4 · Momentum: a heavy ball
#
# Across the ravine the gradient changes its sign at every step; along the floor it always points the same way. So keep
# a running sum of past gradients, the **velocity**, and step along that. What alternates cancels; what persists adds
# up. A constant gradient is amplified by $1 + \beta + \beta^2 + \dots = 1/(1-\beta)$: ten times for the usual $\beta =
# 0.9$.

# %%
# Figure · with and without momentum
rate = 0.02
names = ("gradient descent", "momentum")
pair = {name: surfaces.descend(ravine, surfaces.optimizers[name], [rate], steps=80)[0] for name in names}
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3))
for ax, (name, path) in zip(axes, pair.items(), strict=True):
    map_of(ax, ravine, f"{name}, rate {rate}")
    ax.plot(*path.T, "o-", markersize=2.5, linewidth=1.2)
ends = {name: ravine.height(*path[-1]) for name, path in pair.items()}
plot.show(
    fig,
    alt=f"80 steps. Gradient descent creeps to height {ends['gradient descent']:.2g}. With momentum the path swings "
    f"like a ball, overshoots the goal, returns, and reaches {ends['momentum']:.2g}.",
)

# %% [markdown]
# ### Four ways to write it
#
# Texts agree on the idea and differ in bookkeeping. Here $g$ is the gradient at the present place.
#
# | source | velocity | step | the rate stands |
# |---|---|---|---|
# | deck 0 | $v \leftarrow \beta v - \alpha g$ | $w \leftarrow w + v$ | inside |
# | deck 3 | $\Delta w \leftarrow \eta g + \gamma\,\Delta w$ | not printed | inside |
# | deck 4 | $v \leftarrow \gamma v + \eta_k g$ | $w \leftarrow w - v$ | inside |
# | `torch.optim.SGD` | $v \leftarrow \mu v + g$ | $w \leftarrow w - \eta v$ | outside |
#
# The three decks differ in names and in the sign of $v$ only. As long as the rate is **constant**, PyTorch's form walks
# the same path too: its $v$ is just $\eta$ times smaller or larger. Once the rate **changes**, they part. With the rate
# inside, old velocity keeps the rate it was born with and glides on. Outside, a new rate acts on the whole velocity at
# once. A sum over the past with fading weights is a filter, so SciPy's `lfilter` can compute both.


# %%
# Figure · the rate drops: inside and outside
def moves(optimizer, gradients, rates):
    """Feed an optimizer of torch one gradient after another; return how far down each moves the weight."""
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    feeder = optimizer([weight], lr=1.0)
    places = [0.0]
    for gradient, rate in zip(gradients, rates, strict=True):
        feeder.param_groups[0]["lr"] = rate
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        feeder.step()
        places.append(weight.item())
    return -np.diff(places)


steady = np.ones(80)
dropping = np.where(np.arange(80) < 40, 0.1, 0.01)
inside = signal.lfilter([1], [1, -0.9], dropping * steady)
outside = dropping * signal.lfilter([1], [1, -0.9], steady)
damped = dropping * signal.lfilter([0.1], [1, -0.9], steady)
by_torch = moves(surfaces.optimizers["momentum"], steady, dropping)

fig, ax = plt.subplots(figsize=(9.5, 3.2))
ax.plot(inside, label="rate inside (decks 0, 3, 4)")
ax.plot(outside, "--", label="rate outside (torch)")
ax.plot(damped, ":", label="outside, an average (1 − β)")
ax.set(xlabel="step; at 40 the rate falls from 0.1 to 0.01", ylabel="length of the step")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plot.show(
    fig,
    alt="Steps under a constant gradient grow tenfold to 1.0 in both forms. When the rate falls, the outside form "
    "drops to 0.1 at once, the inside form glides down over 30 steps. Weighted with 1 − β steps are a tenth.",
)
same = np.allclose(signal.lfilter([1], [1, -0.9], 0.1 * steady), 0.1 * signal.lfilter([1], [1, -0.9], steady))
print("equal while the rate is constant:", same)
print("torch takes the outside form:    ", np.allclose(by_torch, outside))

# %% [markdown]
# The dotted line is a fourth habit: weight the new gradient with $1-\beta$, so that the velocity is an *average*
# instead of a sum. Its steps are $1-\beta$ times as long, so a rate found with one form is ten times off in another.
# Adam uses the average. When you copy a learning rate from a paper, find out which form it belongs to.

# %% [markdown]
# ## 5 · Nesterov: look before you leap
#
# A ball that rolls fast notices a slope too late. Nesterov's correction: the velocity will carry us to $w - \beta v$
# anyway, so **measure the gradient there**.
#
# $$v \leftarrow \beta v + \eta\, \nabla E(w - \beta v) \qquad w \leftarrow w - v$$
#
# Does it help? In a bowl this can be computed instead of guessed. One step is a matrix acting on (place, velocity), and
# its largest eigenvalue is the factor by which errors shrink. It depends on $\eta\lambda$ alone.


# %%
# Figure · when Nesterov helps
def factor(step_of, product):
    """Return the largest magnitude of the eigenvalues of a step, for each product ηλ."""
    return [abs(np.linalg.eigvals(step_of(h))).max() for h in product]


b = 0.9
product = np.linspace(0.001, 4.2, 600)
factors = {
    "gradient descent": abs(1 - product),
    "momentum": factor(lambda h: [[1 - h, -b], [h, b]], product),
    "Nesterov": factor(lambda h: [[1 - h - b * h, -b * b], [h, b]], product),
}
names = ("momentum", "Nesterov")
rolled = {name: surfaces.descend(ravine, surfaces.optimizers[name], [0.03], steps=100)[0] for name in names}

fig, axes = plt.subplots(1, 2, figsize=(10, 3.3))
for (name, values), style in zip(factors.items(), (":", "-", "--"), strict=True):
    axes[0].plot(product, values, style, label=name)
axes[0].axhline(1, color=plot.colors["gray"], linewidth=1)
axes[0].set(ylim=(0, 1.3), xlabel="rate × curvature, ηλ", ylabel="factor of a step, β = 0.9")
axes[0].legend(loc="lower right")
for (name, path), style, color in zip(rolled.items(), ("-", "--"), list(plot.colors.values())[1:], strict=False):
    axes[1].plot(ravine.height(*path.T), style, label=name, color=color)
axes[1].set(yscale="log", xlabel="step", ylabel="height in the ravine, rate 0.03")
axes[1].legend()
lowest = {name: ravine.height(*path[-1]) for name, path in rolled.items()}
plot.show(
    fig,
    alt="Left: momentum shrinks errors by 0.949 a step for every ηλ up to 3.8. Nesterov does better the larger ηλ is, "
    "best at 1, but fails beyond 1.36; plain descent beyond 2. Right: after 100 steps in the ravine Nesterov is at "
    f"height {lowest['Nesterov']:.1g}, momentum at {lowest['momentum']:.1g}.",
)

# %% [markdown]
# Read the left picture slowly, it holds the whole story.
#
# * **Momentum** shrinks nearly every direction at one pace, $\sqrt{\beta}$, whatever its curvature: good for flat
#   directions, needlessly slow for steep ones, which swing on and on. It bears rates up to
#   $2(1+\beta)/\lambda_\text{max}$, almost twice as large as plain descent.
# * **Nesterov** brakes the steep directions: there the gradient at the look-ahead point already points back. Where
#   $\eta\lambda$ is tiny, both are the same.
# * The price: its limit is lower, $2(1+\beta)/(1+2\beta)/\lambda_\text{max}$, here 1.36 instead of 3.8.
#
# So Nesterov helps where the gradient is trustworthy and some direction is steep for the rate in use. When the noise of
# small batches dominates, looking ahead by a fraction of a noisy step changes little.

# %% [markdown]
# ## 6 · A rate for every weight
#
# A ravine needs a small rate across and a large one along. Why not give **each weight its own**? The size of its past
# gradients tells which it needs. Write $g^2$ for the square of each component.
#
# | | memory | step |
# |---|---|---|
# | **Adagrad** | $G \leftarrow G + g^2$, a sum | $\dfrac{\eta}{\sqrt{G}}\,g$ |
# | **RMSprop** | $G \leftarrow \gamma G + (1-\gamma)\,g^2$, a fading average | $\dfrac{\eta}{\sqrt{G}}\,g$ |
# | **Adadelta** | also $D \leftarrow \gamma D + (1-\gamma)\,\Delta w^2$ | $\Delta w = \dfrac{\sqrt{D}}{\sqrt{G}}\,g$ |
#
# (A small $\epsilon$ keeps each root away from zero; more on it below.) Dividing by $\sqrt{G}$ takes away the size of
# the gradient and leaves its direction. Feed each optimizer two gradients, one a hundred times the other, then a
# gradient that is steep for 50 steps and gentle afterwards.

# %%
# Figure · what they do with large and small gradients
adaptive = ("Adagrad", "RMSprop", "Adadelta", "Adam")
turn = np.where(np.arange(200) < 50, 10.0, 0.1)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.5))
for name, color in zip(("gradient descent", *adaptive), plot.colors.values(), strict=False):
    optimizer, own = surfaces.optimizers[name], np.full(200, 1.0 if name == "Adadelta" else 0.1)
    for size, style in ((1.0, "-"), (0.01, "--")):
        axes[0].plot(moves(optimizer, np.full(200, size), own), style, color=color, label=name if size == 1 else None)
    axes[1].plot(moves(optimizer, turn, own) / turn, color=color, label=name)
axes[0].set(yscale="log", xlabel="step", ylabel="length of the step", title="gradient 1 (solid) or 0.01 (dashed)")
axes[1].set(yscale="log", xlabel="step", ylabel="step / gradient", title="gradient 10, from step 50 on 0.1")
axes[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plot.show(
    fig,
    alt="Left: plain descent steps a hundred times less for the smaller gradient; for the adaptive ones both lines "
    "coincide. Adagrad's steps shrink for ever, Adadelta's start tiny. Right: after the steep part RMSprop, Adam and "
    "Adadelta raise their effective rate, Adagrad's stays low.",
)

# %% [markdown]
# * **Adagrad** never forgets. Its sum only grows, so its steps shrink like $1/\sqrt{k}$: fine when rare features must
#   keep a large rate, but in a long training it may come to a halt before it arrives.
# * **RMSprop** forgets at the pace $\gamma$. After the steep part its rate recovers. (Adam, the next section, even
#   takes some long steps at the turn: its direction remembers the steep part, too.)
# * **Adadelta** asks a question of units. If $w$ were in metres, $g$ would be in loss per metre and the step of plain
#   descent in loss per metre, too: not a length. With $\sqrt D$, the typical size of its own steps, the units come out
#   right and no $\eta$ is left to choose. It has to find its scale, starting from $\sqrt\epsilon$, and therefore starts
#   slowly. (PyTorch keeps an `lr` as an extra factor, by default 1.)
#
# ### Where does ε stand?
#
# Deck 0 writes $\sqrt{G + \epsilon}$, PyTorch $\sqrt{G} + \epsilon$. The same $\epsilon = 10^{-8}$ means very different
# things: inside the root it compares with $g^2$, outside with $|g|$. Here is the first step of RMSprop without its
# average ($G = g^2$), relative to the rate:

# %%
small = np.array([1.0, 1e-2, 1e-4, 1e-6, 1e-8])
print("gradient      ", "".join(f"{g:10.0e}" for g in small))
print("ε inside      ", "".join(f"{share:10.3f}" for share in small / np.sqrt(small**2 + 1e-8)))
print("ε outside     ", "".join(f"{share:10.3f}" for share in small / (abs(small) + 1e-8)))

# %% [markdown]
# Gradients of $10^{-6}$ are common in deep networks. Outside the root they still get a full step; inside, a hundredth.
# Neither is wrong, but results can only be compared under the same convention.
#
# *Question: which $\epsilon$ outside the root behaves like $10^{-8}$ inside?*
#
# <details><summary>Answer</summary>
#
# About $\sqrt{10^{-8}} = 10^{-4}$: that is the size of gradient at which each begins to matter.
#
# </details>

# %% [markdown]
# ## 7 · Adam: both ideas, and a correction
#
# **Adam** takes the direction from an average of gradients, as momentum does, and the scale from an average of their
# squares, as RMSprop does:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\, g \qquad v \leftarrow \beta_2 v + (1-\beta_2)\, g^2
# \qquad \hat m = \frac{m}{1-\beta_1^{\,t}} \qquad \hat v = \frac{v}{1-\beta_2^{\,t}}
# \qquad w \leftarrow w - \eta\,\frac{\hat m}{\sqrt{\hat v}+\epsilon}$$
#
# with $\beta_1 = 0.9$, $\beta_2 = 0.999$, and $t = 1$ at the first step. What are the hats for? Both averages start at
# zero, and zero is not a measurement. After one gradient $g = 1$, $m$ is 0.1 and $v$ 0.001: both are pulled towards
# the start, and **not equally**. Under a constant gradient $m = 1-\beta_1^t$, so the division removes exactly the pull.

# %%
# Figure · the bias of the first steps
time = np.arange(1, 5001)
mean = signal.lfilter([1 - 0.9], [1, -0.9], np.ones(5000))
square = signal.lfilter([1 - 0.999], [1, -0.999], np.ones(5000))
raw = mean / np.sqrt(square)
measured = moves(surfaces.optimizers["Adam"], np.ones(200), np.ones(200))

fig, axes = plt.subplots(1, 2, figsize=(10, 3.2))
axes[0].plot(time, mean, label="m, average of g")
axes[0].plot(time, square, "--", label="v, average of g²")
axes[0].set(xscale="log", xlabel="step t (logarithmic)", title="averages that start at zero; the truth is 1")
axes[0].legend()
axes[1].plot(time, raw, color=plot.colors["orange"], label="without correction, m / √v")
axes[1].plot(time[:200], measured, color=plot.colors["green"], label="torch.optim.Adam, measured")
axes[1].set(xscale="log", ylim=(0, 7), xlabel="step t (logarithmic)", title="step, in units of the rate")
axes[1].legend()
plot.show(
    fig,
    alt=f"Left: m reaches 1 after 30 steps, v only after 3000. Right: without correction the first step is "
    f"{raw[0]:.1f} rates long, the {raw.argmax() + 1}th {raw.max():.1f}; with correction each step is one rate.",
)

# %% [markdown]
# Without the hats the steps would be too *long*, not too short: $v$ is slower than $m$, and stands below the line. With
# them the very first step has length $\eta$ for every weight, whatever the size of its gradient. That is why Adam's
# rate is easy to choose ($10^{-3}$ is often fine): it is roughly the distance a weight moves in a step.
#
# *Question: a weight's gradient is +1, −1, +1, −1 … How far does Adam move it?*
#
# <details><summary>Answer</summary>
#
# Hardly at all. $\hat v$ is 1, but $\hat m$ averages the signs: after the first steps it is about ±0.05, so the weight
# jitters by a twentieth of the rate. Try it: `moves(surfaces.optimizers["Adam"], [1.0, -1.0] * 20, [1.0] * 40)`.
#
# </details>

# %% [markdown]
# ## 8 · Saddles
#
# Where the gradient is zero, the ground may rise in one direction and fall in another: a **saddle**. One $\lambda$ is
# negative there, and $1 - \eta\lambda > 1$: a small distance from the ridge grows by a constant factor in every step.
# You always get away, unless you stand *exactly* on the ridge. But it takes time: the closer you come, the longer.

# %%
# Figure · leaving a saddle
pass_ = surfaces.surfaces["saddle"]
entrants = ("gradient descent", "momentum", "RMSprop", "Adam")
fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.2))
map_of(axes[0], pass_, "200 steps from (−2.5, 10⁻⁴), rate 0.03")
waits = {}
for name, style in zip(entrants, ("-", "--", "-.", ":"), strict=True):
    path = surfaces.descend(pass_, surfaces.optimizers[name], [0.03], 200, start=(-2.5, 1e-4))[0]
    height = pass_.height(*path.T)
    waits[name] = int(np.argmax(height < 0.5)) if (height < 0.5).any() else None
    axes[0].plot(*path.T, style, label=name)
    axes[1].plot(height, style, label=name)
axes[1].set(xlabel="step", ylabel="height", title="the saddle has height 1", ylim=(0, 3))
axes[1].legend()
told = "; ".join(f"{name} " + (f"at step {wait}" if wait else "not within 200") for name, wait in waits.items())
plot.show(
    fig,
    alt="Gradient descent walks straight to the saddle at height 1 and waits there; momentum waits less; RMSprop and "
    f"Adam turn off from the start. They fall below height 0.5: {told}.",
)

table = ["first step below height 0.5, at most 400 steps, rate 0.03"]
table.append("start off the ridge " + "".join(f"{y:>10g}" for y in (0.1, 1e-3, 1e-6, 0)))
for name in entrants:
    leaves = []
    for y in (0.1, 1e-3, 1e-6, 0):
        path = surfaces.descend(pass_, surfaces.optimizers[name], [0.03], 400, start=(-2.5, y))[0]
        below = pass_.height(*path.T) < 0.5
        leaves.append(str(below.argmax()) if below.any() else "never")
    table.append(f"{name:20}" + "".join(f"{step:>10}" for step in leaves))
print(*table, sep="\n")

# %% [markdown]
# A thousandth of the distance costs plain descent a fixed number of steps more: waiting grows with the *logarithm*.
# Optimizers that divide by the size of the gradient do not wait at all, since a tiny gradient gives them a full step.
# Exactly on the ridge all are caught; there the noise of mini-batches is a help. Here plain descent starts on the
# ridge, with a little noise in its gradient:

# %%
torch.manual_seed(1)
noisy = replace(pass_, height=lambda x, y: pass_.height(x, y) + 0.01 * torch.randn(()) * y)
path = surfaces.descend(noisy, torch.optim.SGD, [0.03], 400, start=(-2.5, 0.0))[0]
print("with noise, below height 0.5 at step", int(np.argmax(pass_.height(*path.T) < 0.5)))

# %% [markdown]
# How common are saddles? For a minimum *every* direction must curve upward. If signs fell like those of random
# symmetric matrices, that would soon be hopeless:

# %%
dice, found = np.random.default_rng(4), []
for dimensions in (1, 2, 3, 4, 5, 6):
    tables = dice.normal(size=(20_000, dimensions, dimensions))
    smallest = np.linalg.eigvalsh(tables + tables.transpose(0, 2, 1))[:, 0]
    found.append(f"dimensions {dimensions}: {np.mean(smallest > 0):8.3%} of random critical points are minima")
print(*found, sep="\n")

# %% [markdown]
# A network's loss is not a random matrix, yet the tendency holds (Dauphin et al. 2014): in many dimensions, flat places
# with a high loss are nearly always saddles. Deck 4 lists local minima and saddles side by side as weaknesses of
# gradient descent; it is mostly the second that cost time.

# %% [markdown]
# ## 9 · The race
#
# Seven optimizers, four surfaces, seven learning rates. PyTorch has walked all the paths beforehand; you choose what to
# see. *Each at its own best rate* takes for each optimizer the rate that ends lowest. Move the slider to give the same
# rate to all. A click on the map, then the space bar plays and the arrow keys step.

# %%
races = [surfaces.race(surface) for surface in surfaces.surfaces.values()]
widgets.optimizer_race(races)

# %% [markdown]
# Things to try, and what to watch:
#
# 1. **ravine**, then **ravine, turned**, each at its own rate. It is the same bowl, turned by 37°. Who does not care?
#    Who loses?
# 2. **ravine**, rate 0.1 for all. Who leaves the picture, and why is momentum still there?
# 3. **saddle**. Who turns off before reaching the saddle?
# 4. **Beale**, rate 0.03 for all, then each at its own rate.
#
# <details><summary>Answers</summary>
#
# 1. Gradient descent, momentum and Nesterov follow the gradient as a whole: turn the bowl and the path turns with it.
#    The others scale x and y separately. They are made for ravines along an axis; in the turned one their scales no
#    longer fit, and most of them end higher. In a network no one guarantees that ravines lie along the weights.
# 2. 0.1 is above 2/25 = 0.08, the limit of plain descent, and above Nesterov's 0.054; momentum's limit is 3.8/25 =
#    0.152 (section 5).
# 3. The adaptive ones. The tiny slope across the ridge gets a full step from the start.
# 4. The walls at the start are steep. Plain descent just survives its first leap; momentum and Nesterov add up such
#    leaps and are gone. Adaptive steps have a length that does not depend on the slope, so they bear larger rates.
#    Watch RMSprop near the goal: it cannot stop, since even a tiny gradient gives it a full step. It needs a rate that
#    falls.
#
# </details>

# %%
# Figure · who ends lowest
fig, ax = plt.subplots(figsize=(8.5, 3.4))
width = 0.11
for place, (name, color) in enumerate(zip(races[0].names, plot.colors.values(), strict=True)):
    ends = [max(race.heights[place, race.best[place], -1], 1e-12) for race in races]
    ax.bar(np.arange(len(races)) + (place - 3) * width, ends, width, color=color, label=name)
ax.set(yscale="log", xticks=range(len(races)), xticklabels=[race.surface.name for race in races])
ax.set_ylabel("height after 150 steps")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
winners = [race.names[race.heights[np.arange(7), race.best, -1].argmin()] for race in races]
plot.show(
    fig,
    alt="Heights after 150 steps, each at its best rate. Lowest: "
    + ", ".join(f"{race.surface.name}: {winner}" for race, winner in zip(races, winners, strict=True))
    + ".",
)

# %% [markdown]
# No optimizer is lowest everywhere, and small changes of start or length change the order. Deck 0 ends its family with
# a question, *which is the best?* Two weights cannot answer it. Careful comparisons on networks (Schmidt et al. 2021)
# found that a tuned learning rate matters more than the choice between good optimizers.

# %% [markdown]
# ## 10 · Schedules: large first, small later
#
# Deck 3's advice: start with a large rate, make it smaller later. Why both? A large rate crosses the landscape quickly.
# But with noisy gradients it never settles: each step throws the weight about by $\eta$ times the noise. Only a
# smaller rate calms it.


# %%
# Figure · five schedules, and what they are for
def planned(make, steps=100):
    """Return the rates of a schedule of torch that starts from 1."""
    walker = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    plan, rates = make(walker), []
    for _ in range(steps):
        rates.append(walker.param_groups[0]["lr"])
        walker.step()
        plan.step()
    return rates


schedulers = torch.optim.lr_scheduler
schedules = {
    "step: × 0.3 every 30": planned(lambda walker: schedulers.StepLR(walker, 30, 0.3)),
    "exponential: × 0.96": planned(lambda walker: schedulers.ExponentialLR(walker, 0.96)),
    "cosine": planned(lambda walker: schedulers.CosineAnnealingLR(walker, 100)),
    "cooling: 1/(1 + k/10)": planned(lambda walker: schedulers.LambdaLR(walker, lambda k: 10 / (10 + k))),
    "warm-up, then cosine": planned(
        lambda walker: schedulers.LambdaLR(
            walker, lambda k: min((k + 1) / 10, 0.5 + 0.5 * np.cos(np.pi * (k - 9) / 91))
        )
    ),
}

torch.manual_seed(5)
plans = {
    "constant 0.5": [0.5] * 300,
    "constant 0.05": [0.05] * 300,
    "cosine from 0.5": 0.5 * np.array(planned(lambda walker: schedulers.CosineAnnealingLR(walker, 300), 300)),
}
floors = {}
for name, rates in plans.items():
    crowd = torch.full((500,), 3.0, requires_grad=True)  # 500 walks in the bowl w²/2, each with noise of its own
    walker = torch.optim.SGD([crowd], lr=1.0)
    floors[name] = []
    for rate in rates:
        walker.param_groups[0]["lr"] = rate
        floors[name].append((crowd.detach() ** 2 / 2).mean().item())
        crowd.grad = crowd.detach() + torch.randn(500)
        walker.step()

fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.3))
for (name, rates), style in zip(schedules.items(), ("-", "--", "-.", ":", "-"), strict=True):
    axes[0].plot(rates, style, label=name)
axes[0].set(xlabel="step or epoch", ylabel="learning rate, relative", ylim=(0, 1.4))
axes[0].legend(ncols=2, fontsize=8, loc="upper center")
for (name, values), style in zip(floors.items(), ("-", "--", "-."), strict=True):
    axes[1].plot(values, style, label=name)
axes[1].set(yscale="log", xlabel="step", ylabel="mean height, noisy gradients")
axes[1].legend()
last = {name: np.mean(values[-10:]) for name, values in floors.items()}
plot.show(
    fig,
    alt="Left: five schedules that fall from 1, one after a rise. Right: with noise, a constant rate of 0.5 falls at "
    f"once and stays at {last['constant 0.5']:.2f}; 0.05 falls slowly to {last['constant 0.05']:.3f}; a cosine is "
    f"quick and ends at {last['cosine from 0.5']:.4f}.",
)

# %% [markdown]
# * **Step, exponential, cosine** differ in when they fall. Cosine keeps the rate high for long and lets it land softly.
# * **Warm-up** starts small. At first the weights are random, curvature is high and Adam's averages rest on few
#   gradients: a full step might destroy more than it learns.
# * **Annealing.** Deck 3 borrows a *temperature* from physics. In simulated annealing a step uphill by $\Delta E$ is
#   accepted with probability $e^{-\Delta E/T}$: at high $T$ almost anything goes, and the search leaves poor valleys;
#   as $T$ falls it settles. SGD's noise acts similarly, with a temperature proportional to $\eta/b$: lowering the rate,
#   or enlarging the batch, is cooling.

# %%
for temperature in (10, 1, 0.1):
    chances = ", ".join(f"{rise:g}: {np.exp(-rise / temperature):8.4%}" for rise in (0.1, 1, 3))
    print(f"temperature {temperature:4}: chance to accept a rise of {chances}")

# %% [markdown]
# *Question: in the bowl above the floor of a constant rate is about $\eta/(2(2-\eta))$. By how much does halving a
# small rate lower it, and what does it cost?*
#
# <details><summary>Answer</summary>
#
# For small rates the floor is about $\eta/4$: halving the rate halves the floor, and doubles the number of steps it
# takes to get there.
#
# </details>

# %% [markdown]
# ## 11 · The landscape of a real network
#
# A network has far more than two weights. Still, one can cut a slice: from the trained weights $w^*$ walk along two
# random directions $a$ and $b$, and record $E(w^* + s\,a + t\,b)$. One trap: a filter with large weights hardly
# notices a step that would wreck a filter with small ones. So each filter of $a$ and $b$ is scaled to the length of the
# filter it changes: **filter normalisation** (Li et al. 2018). With it, slices of different networks can be compared.
#
# Below are two networks for the digits that were trained beforehand (`recorded/loss_landscape.py` has it all: it takes
# some minutes). They have the same layers, widths, start and training. In one of them a **skip connection** adds the
# input of every two layers to their output. That is the only difference.

# %%
# Figure · with and without skip connections
recorded = {name: array.astype(float) for name, array in data.recorded("loss_landscape").items()}
reach, depth = recorded["reach"], int(recorded["depth"])
across = np.linspace(-reach, reach, recorded["loss"].shape[1])
accuracy = recorded["accuracy"][:, 1]
kinds = ("plain", "with skips")
titles = [f"{kind}\nheld-out accuracy {right:.1%}" for kind, right in zip(kinds, accuracy, strict=True)]

fig, axes = plt.subplots(1, 3, figsize=(11, 3.6))
levels = np.geomspace(0.02, 20, 19)
for ax, losses, title in zip(axes, recorded["loss"], titles, strict=False):
    drawn = ax.contourf(across, across, losses.clip(0.0201, 19.9), levels=levels, norm="log", cmap="cividis")
    ax.contour(across, across, losses, levels=levels, colors="black", linewidths=0.3)
    ax.plot(0, 0, "+", color="white", markersize=11)
    ax.set(aspect="equal", title=title, xlabel="along a")
    ax.grid(False)
axes[0].set_ylabel("along b")
fig.colorbar(drawn, ax=axes[1], ticks=[0.02, 0.1, 0.5, 2, 10], format="%g", label="loss")
middle = len(across) // 2
for losses, name, style in zip(recorded["loss"], kinds, ("-", "--"), strict=True):
    axes[2].plot(across, losses[middle], style, label=name)
axes[2].set(yscale="log", xlabel="along a, through the middle", ylabel="loss")
axes[2].legend()
shares = [np.mean(losses < 0.5) for losses in recorded["loss"]]
plot.show(
    fig,
    alt=f"Loss around two trained networks of {depth} layers. Plain: a narrow funnel in a plain, {shares[0]:.0%} of "
    f"the square lies below 0.5. With skip connections: a wide, smooth bowl, {shares[1]:.0%} lies below 0.5.",
)

# %% [markdown]
# Both networks read the digits equally well in the end. But the plain one sits at the bottom of a narrow funnel, and
# around it lies a plain where the gradient says little: from far away it is hard to find. The skips open a wide bowl.
# It shows in training, too:

# %%
for kind, history in zip(kinds, recorded["history"], strict=True):
    print(f"{kind:10}  loss below 0.1 in epoch {int(np.argmax(history < 0.1)) + 1} of {len(history)}")

# %% [markdown]
# Deck 4 says it for networks in general: shallow ones have smooth landscapes, deep ones rugged ones, and the
# architecture makes all the difference. On larger images, Li et al. found plain networks of 56 layers in landscapes so
# rugged that training failed. Unit 10 builds the skip connection.
#
# Be careful with such pictures. A slice through a space of thousands of dimensions shows two of them, and they were
# drawn at random: a narrow canyon in a third direction would not show. What can be trusted is the comparison, made in
# the same way for both.

# %% [markdown]
# ## What to remember
#
# * The step is $-\eta\nabla E$. Too large is a matter of curvature: $\eta < 2/\lambda_\text{max}$. The ratio
#   of curvatures makes it slow.
# * An epoch is the same work for every batch size; small batches make more, noisier steps of it.
# * Momentum adds up what persists. Ask whether the rate stands inside the velocity before you change it, and whether
#   the new gradient is weighted by $1-\beta$.
# * Nesterov measures the gradient where the velocity leads. It brakes steep directions, within a smaller limit.
# * Adagrad, RMSprop, Adadelta and Adam give every weight its own scale, axis by axis. Adam's correction makes its first
#   steps honest.
# * Flat places are mostly saddles. Noise and scaling lead away from them.
# * With noise, start large and let the rate fall. When in doubt: Adam with $10^{-3}$, or momentum with 0.9, a
#   warm-up and a cosine; then tune the rate.
#
# **Now open assignment 04.**
#
# ### Read on
#
# * G. Goh (2017), *Why momentum really works*, [distill.pub/2017/momentum](https://distill.pub/2017/momentum/): section
#   5 in depth, to play with.
# * S. Ruder (2016), *An overview of gradient descent optimization algorithms*,
#   [arXiv:1609.04747](https://arxiv.org/abs/1609.04747).
# * I. Sutskever et al. (2013), *On the importance of initialization and momentum in deep learning*, ICML: Nesterov's
#   form used here.
# * J. Duchi, E. Hazan, Y. Singer (2011), *Adaptive subgradient methods*, JMLR 12: Adagrad. M. D. Zeiler (2012),
#   *Adadelta*, [arXiv:1212.5701](https://arxiv.org/abs/1212.5701). D. P. Kingma, J. Ba (2015), *Adam*,
#   [arXiv:1412.6980](https://arxiv.org/abs/1412.6980). RMSprop: G. Hinton's lecture 6 of 2012.
# * Y. Dauphin et al. (2014), *Identifying and attacking the saddle point problem*,
#   [arXiv:1406.2572](https://arxiv.org/abs/1406.2572).
# * S. L. Smith, Q. V. Le (2018), *A Bayesian perspective on generalization and stochastic gradient descent*,
#   [arXiv:1710.06451](https://arxiv.org/abs/1710.06451): noise as a temperature.
# * H. Li et al. (2018), *Visualizing the loss landscape of neural nets*,
#   [arXiv:1712.09913](https://arxiv.org/abs/1712.09913): the pictures deck 4 shows.
# * R. M. Schmidt, F. Schneider, P. Hennig (2021), *Descending through a crowded valley*,
#   [arXiv:2007.01547](https://arxiv.org/abs/2007.01547): fifteen optimizers compared.
