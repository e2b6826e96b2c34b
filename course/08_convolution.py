# %% [markdown]
# # 08 · Convolution: the mathematics
#
# A convolutional layer slides a small table of weights over an image. This lesson takes that sentence apart: why one
# would want it, what exactly is computed, how large the result is, how to run it backward, and what makes it fast.
#
# You need arrays and the chain rule (unit 03). Reading and playing takes about an hour. Afterwards, assignment 08
# lets you build all of it.

# %%
import time
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy import linalg, ndimage, signal
from torch.nn.functional import conv1d, conv2d, conv_transpose2d, unfold
from torch.utils.flop_counter import FlopCounterMode

from cnnlib import data, plot, widgets

np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## 1 · Why not simply connect everything?
#
# Take a gray image of 1000 × 1000 pixels and a hidden layer with as many units. Three ways to connect them:
#
# * **fully connected**: each unit sees every pixel;
# * **locally connected**: each unit sees a patch of 10 × 10 pixels, with weights of its own;
# * **convolutional**: all units share the weights of their patch. To see more than one thing, use 100 such filters.

# %%
# Figure · weights of three kinds of layer
million = 1000 * 1000
weights = {
    "fully connected": million * million,
    "locally connected": million * 100,
    "convolutional": 100 * 100,
}
for name, number in weights.items():
    print(f"{name:18} {number:>17,} weights   {number * 4 / 1e9:>12,.5f} GB as float32")

fig, ax = plt.subplots(figsize=(6.4, 1.9))
bars = ax.barh(list(weights), list(weights.values()), color=[plot.colors[c] for c in ("orange", "gold", "blue")])
ax.bar_label(bars, labels=["10¹²", "100 million", "10 000"], padding=4)
ax.set(xscale="log", xlim=(1e3, 1e14), xlabel="weights (logarithmic)")
ax.invert_yaxis()
plot.show(fig, alt="Weights on a logarithmic scale: 10¹² fully, 100 million locally connected, 10 000 convolutional.")

# %% [markdown]
# A factor of 100 million between the first and the last (biases left out: there is one per unit in the first two
# layers, one per filter in the third). Two properties of photographs make the saving harmless. The first is
# **locality**: a pixel tells much about its neighbours and little about pixels far away. That can be measured.

# %%
# Figure · how much two pixels have in common
camera = data.photo("camera")
distances = [1, 2, 4, 8, 16, 32, 64, 128]
related = [np.corrcoef(camera[:, :-d].ravel(), camera[:, d:].ravel())[0, 1] for d in distances]
shuffled = np.random.default_rng(0).permutation(camera.ravel()).reshape(camera.shape)
unrelated = [np.corrcoef(shuffled[:, :-d].ravel(), shuffled[:, d:].ravel())[0, 1] for d in distances]

fig, axes = plt.subplots(1, 2, figsize=(8, 3), gridspec_kw={"width_ratios": [1, 1.8]})
plot.image(axes[0], camera, "512 × 512 pixels")
axes[1].plot(distances, related, "o-", label="photograph")
axes[1].plot(distances, unrelated, "s--", label="the same pixels, shuffled")
axes[1].set(xscale="log", xlabel="distance in pixels", ylabel="correlation", xticks=distances, xticklabels=distances)
axes[1].minorticks_off()
axes[1].legend()
plot.show(
    fig,
    alt=f"Correlation of two pixels against their distance: {related[0]:.2f} for neighbours, {related[4]:.2f} at 16 "
    f"pixels, {related[-1]:.2f} at 128; about 0 at any distance once the pixels are shuffled.",
)

# %% [markdown]
# The second property is **stationarity**: an edge is an edge wherever it lies. A detector that is useful in the top
# left corner is useful everywhere, so its weights can be **shared**. A fully connected layer would not even notice if
# you shuffled the pixels of all images in the same way; a convolutional layer relies on their order. That reliance is
# a *prior*: right for photographs, wrong for a table of unrelated columns.

# %% [markdown]
# ## 2 · One dimension first
#
# Clap in a hall. At once you hear the clap, a little later an echo half as loud, later still another. A longer sound
# is many claps one after another, each with its own echoes, and everything adds up. That sum is the **convolution**
# of the sound $x$ with the hall's response $h$:
#
# $$y_k = \sum_{n} h_n\, x_{k-n}$$
#
# Written out: $y_0 = h_0x_0$, then $y_1 = h_1x_0 + h_0x_1$, then $y_2 = h_2x_0 + h_1x_1 + h_0x_2$ … In every product
# the two indices add up to $k$: while one walks forward, the other walks backward. This is the flip that makes a
# convolution.

# %%
# Figure · every sound starts its own echo
sound, echo = np.array([2.0, 0, 0, 1, 3]), np.array([1, 0.5, 0.25])
heard = np.convolve(sound, echo)

fig, ax = plt.subplots(figsize=(7, 2.8))
floor = np.zeros(len(heard))
for start, (loudness, color) in enumerate(zip(sound, plot.colors.values(), strict=False)):
    own = np.zeros(len(heard))
    own[start : start + 3] = loudness * echo
    if loudness:
        ax.bar(range(len(heard)), own, bottom=floor, color=color, label=f"$x_{start}$ = {loudness:g} and its echoes")
    floor += own
ax.plot(heard, "ko", label="np.convolve")
ax.set(xlabel="time k", ylabel="$y_k$", xticks=range(len(heard)))
ax.legend()
plot.show(fig, alt=f"Bars of three sounds and their echoes, stacked, reach exactly the result of np.convolve: {heard}.")

# %% [markdown]
# Five numbers and three numbers gave 5 + 3 − 1 = 7. You have met this sum before: multiplying polynomials. The
# coefficient of $t^k$ in a product collects all pairs whose powers add up to $k$.

# %%
print("(1 + 2t + 3t²)(4 + 5t) has the coefficients", np.polynomial.polynomial.polymul([1, 2, 3], [4, 5]))
print("np.convolve([1, 2, 3], [4, 5]) is          ", np.convolve([1, 2, 3], [4, 5]))

# %% [markdown]
# Polynomials can be multiplied in any order and grouping. So can convolutions: $f * g = g * f$ and $f * (g * x) = (f
# * g) * x$. The second law, **associativity**, is worth money: two filters in a row are one filter. (Nonlinearities
# between layers are there precisely because without them a deep stack would collapse like this.)

# %%
rng = np.random.default_rng(8)
blur, edge, long = np.array([1, 2, 1]) / 4, np.array([1, 0, -1]), rng.normal(size=1000)
in_two_steps = np.convolve(edge, np.convolve(blur, long))
in_one_step = np.convolve(np.convolve(edge, blur), long)
print(
    "one filter instead of two:",
    np.convolve(edge, blur),
    " largest difference:",
    np.max(abs(in_two_steps - in_one_step)),
)

backward = signal.correlate(edge, signal.correlate(blur, long))
regrouped = signal.correlate(signal.correlate(edge, blur), long)
print("the same with cross-correlation, largest difference:", round(float(np.max(abs(backward - regrouped))), 3))

# %% [markdown]
# The last line is not zero: **cross-correlation is not associative**, and not commutative either. That is why
# mathematicians prefer the flip. Now to what deep learning uses.

# %% [markdown]
# ## 3 · Two dimensions, by hand
#
# **Cross-correlation** lays the kernel on the image, multiplies what lies on top of each other, adds up, moves on:
#
# $$y_{r,c} = b + \sum_{i}\sum_{j} x_{r+i,\,c+j}\; w_{i,j}$$
#
# Both indices walk forward; nothing is flipped. Here are the numbers of the slides, with the second window framed.

# %%
# Figure · one step of the kernel over the image
pixels = np.array(widgets.slide_image)
kernel = np.array(widgets.slide_kernel)
result = signal.correlate(pixels, kernel, mode="valid")


def walk(pixels, kernel, result, at, alt):
    """Draw one step of the slide: the framed window times the kernel gives the framed number."""
    fig, axes = plt.subplots(1, 3, figsize=(6.3, 2.8), gridspec_kw={"width_ratios": [5, 3, 3]})
    plot.numbers(axes[0], pixels, "image", highlight=(*at, *kernel.shape))
    plot.numbers(axes[1], kernel, "kernel")
    plot.numbers(axes[2], result, "result", highlight=at)
    plot.show(fig, alt)


walk(
    pixels,
    kernel,
    result,
    (0, 1),
    alt=f"The window in columns 2 to 4 of the image, times the kernel {plot.spoken(kernel)}, "
    f"gives the second number of the result {plot.spoken(result)}.",
)
print(
    "products in the framed window:",
    [f"{x}·{w}" for x, w in zip([3, 2, 1, 0, 1, 3, 1, 2, 2], kernel.flat, strict=True)],
)
print("their sum:                    ", 3 * 0 + 2 * 1 + 1 * 2 + 0 * 2 + 1 * 2 + 3 * 0 + 1 * 0 + 2 * 1 + 2 * 2)

# %% [markdown]
# Two more examples from the slides. A binary image with an X-shaped kernel counts how many pixels of an X are set.
# And a single window with a vertical edge in it: 200 · 1 + 150 · 0 + 150 · (−1) and so on makes 65, plus the bias.

# %%
# Figure · counting matches in a binary image
binary = np.array([list(map(int, row)) for row in ("11100", "01110", "00111", "00110", "01100")])
cross = np.array([list(map(int, row)) for row in ("101", "010", "101")])
counts = signal.correlate(binary, cross, mode="valid")
walk(binary, cross, counts, (0, 0), alt=f"A binary image and an X-shaped kernel give {plot.spoken(counts)}.")

single = torch.tensor([[[[200.0, 150, 150], [100, 50, 100], [25, 25, 10]]]])
detector = torch.tensor([[[[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]]])
print(
    "edge in one window:",
    conv2d(single, detector).item(),
    "  with a bias of 5:",
    conv2d(single, detector, torch.tensor([5.0])).item(),
)

# %% [markdown]
# Now move it yourself. Step with the buttons, the slider, or click the picture and use the arrow keys. Try stride 2
# with padding 1: the corner becomes 6, as on the slides. Then tick *Flip* and see which numbers change.

# %%
widgets.sliding_window(pixels, kernel)

# %% [markdown]
# ## 4 · Convolution = flip, then correlate
#
# In two dimensions the flip turns the kernel by 180°: rows and columns are both reversed.
#
# $$K = \begin{bmatrix}1&2&3\\4&5&6\\7&8&9\end{bmatrix} \qquad K' = \begin{bmatrix}9&8&7\\6&5&4\\3&2&1\end{bmatrix}$$
#
# To see which operation does what, feed both an image with a single bright pixel. Convolution stamps a copy of the
# kernel there. Cross-correlation stamps the copy turned by 180°.

# %%
# Figure · the mark that one bright pixel leaves
star = np.zeros((5, 5), int)
star[2, 2] = 1
digits_1_to_9 = np.arange(1, 10).reshape(3, 3)
stamps = {
    "one bright pixel": star,
    "convolved with K": signal.convolve(star, digits_1_to_9, mode="same"),
    "cross-correlated with K": signal.correlate(star, digits_1_to_9, mode="same"),
}
fig, axes = plt.subplots(1, 3, figsize=(8.4, 3))
for ax, (title, table) in zip(axes, stamps.items(), strict=True):
    plot.numbers(ax, table, title, highlight=(1, 1, 3, 3), faded=table == 0)
plot.show(
    fig,
    alt="One bright pixel: convolution leaves 1 2 3; 4 5 6; 7 8 9 around it, cross-correlation 9 8 7; 6 5 4; 3 2 1.",
)

# %% [markdown]
# `torch.nn.Conv2d` computes cross-correlation, whatever its name says. **Learning does not care**: if the weights are
# learned, the one operation simply learns the other's kernel, turned. Both models below start at zero
# and shall reproduce a photograph filtered with a secret kernel.

# %%
scene = torch.from_numpy(data.photo("camera", size=64))[None, None]
scene = (scene - scene.mean()) / scene.std()
truth = torch.tensor([[[[0.0, 0.2, 0.7], [0.0, 0.1, 0.4], [0.0, -0.3, 0.0]]]], dtype=torch.float64)
target = conv2d(scene, truth)
learned = {}
for name, arrange in {"cross-correlation": lambda w: w, "convolution": lambda w: w.flip(2, 3)}.items():
    weight = torch.zeros(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([weight], lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        loss = ((conv2d(scene, arrange(weight)) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
    learned[name] = weight.detach()[0, 0].numpy()
    print(f"{name:17}  loss after 400 steps {loss.item():.1e}")

fig, axes = plt.subplots(1, 2, figsize=(6, 2.8))
for ax, (name, table) in zip(axes, learned.items(), strict=True):
    plot.numbers(ax, table.round(2), f"learned by {name}")
plot.show(fig, alt="The two learned kernels hold the same nine numbers, one turned by 180° against the other.")

# %% [markdown]
# ## 5 · What the slides call what
#
# Texts disagree about names and indices. Read formulas, not names: *if an index of the image and the index of the
# kernel run in opposite directions, it is a convolution; if they run in the same direction, it is a
# cross-correlation.*
#
# * **Deck 1** prints $(k * im)(x,y) = \sum_{n,m} k(n,m)\, im(x+n-1,\,y+m-1)$ and calls it convolution. Both indices
#   run forward: the name does not fit. The −1 puts the *middle* of a 3 × 3 window on pixel $(x,y)$; whether the table
#   printed beside it was made that way is for you to find out in the assignment.
# * **Deck 2** prints $\sum_{a,b} x(r-a,\,c-b)\,k(a,b)$, a convolution, and after "flip the kernel" $\sum_{a,b}
#   x(r+a,\,c+b)\,k(a,b)$, a cross-correlation. Both are named correctly; the flip is hidden in the kernel.
# * **Deck 3** prints $S(i,j) = \sum_{m,n} I(m,n)\,K(i-m,\,j-n)$, a convolution. Here $m, n$ run over the *image*,
#   while deck 2's indices run over the *kernel*. Put $a = i-m$, $b = j-n$ and the two sums are the same.
# * **Deck 3** also prints $S(i,j) = (I * K)(i,j) = \sum_{m,n} I(i+m,\,j+n)\,K(m,n)$: a cross-correlation, rightly
#   named, but written with convolution's star. The usual sign is $\star$.
# * **Deck 0 and deck 1** call two different kernels *sharpen*.
#
# Both sharpening kernels start from the image and add back what a blur takes away. They differ in the blur, and in
# strength.

# %%
# Figure · two sharpening kernels across an edge
sharpen = {
    "deck 0: 5 in the middle": np.array([0, -1, 0, -1, 5, -1, 0, -1, 0.0]).reshape(3, 3),
    "deck 1: 2 · identity − box": np.array([-1, -1, -1, -1, 17, -1, -1, -1, -1]).reshape(3, 3) / 9,
}
cliff = np.tile([0.2, 0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8], (5, 1))
fig, axes = plt.subplots(1, 3, figsize=(9.2, 2.8))
for ax, (name, weight) in zip(axes, sharpen.items(), strict=False):
    plot.numbers(ax, weight, name)
axes[2].step(range(8), cliff[2], where="mid", color=plot.colors["gray"], label="an edge")
for (name, weight), style in zip(sharpen.items(), ("o-", "s--"), strict=True):
    response = ndimage.correlate(cliff, weight, mode="nearest")[2].round(6)
    axes[2].plot(response, style, label=name.split(":")[0])
    print(f"{name:27} sum {weight.sum():.0f}; beside the edge it gives {response[3] + 0:.2f} and {response[4]:.2f}")
axes[2].set(title="across an edge from 0.2 to 0.8", xlabel="column")
axes[2].legend()
plot.show(fig, alt="Deck 0's kernel overshoots an edge from 0.2 to 0.8 to −0.4 and 1.4, deck 1's only to 0 and 1.")

# %% [markdown]
# Deck 1's is the original plus (original − mean of all nine). Deck 0's is the original plus four times (original −
# mean of the four direct neighbours): three times the overshoot on this edge.

# %% [markdown]
# ## 6 · How large is the result?
#
# Count along one side. An image of $i$ pixels gets $p$ zeros on each end; the window of $k$ pixels starts at the left
# end and moves by $s$ until it would hang over. The number of windows is
#
# $$o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1$$
#
# The first window is the $+1$; the fraction says how many further steps fit; the floor drops a step that does not fit
# entirely.


# %%
# Figure · rows of windows


def rows_of_windows(ax, size, kernel_size, stride=1, padding=0, dilation=1):
    """Draw every window of a one-dimensional convolution as a row of squares above the pixels."""
    count = len(conv1d(torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size), None, stride, padding, dilation)[0, 0])
    for x in range(-padding, size + padding):
        inside = 0 <= x < size
        ax.add_patch(
            plt.Rectangle(
                (x, 0),
                1,
                1,
                facecolor="#c9d1d9" if inside else "white",
                edgecolor=plot.ink,
                linestyle="-" if inside else "--",
            )
        )
    for window in range(count):
        for tap in range(kernel_size):
            left = window * stride - padding + tap * dilation
            ax.add_patch(plt.Rectangle((left + 0.08, 1.3 + window), 0.84, 0.8, color=plot.colors["orange"]))
    extra = f", dilation {dilation}" if dilation > 1 else ""
    ax.set(xlim=(-1.3, size + 1.3), ylim=(-0.3, 7.4), aspect="equal")
    plot.bare(ax, f"stride {stride}, padding {padding}{extra}:\n{count} windows")


fig, axes = plt.subplots(1, 4, figsize=(9, 2.5))
for ax, (stride, padding) in zip(axes, [(1, 0), (2, 0), (3, 0), (2, 1)], strict=True):
    rows_of_windows(ax, 7, 3, stride, padding)
plot.show(
    fig,
    alt="Windows of 3 on 7 pixels: 5 with stride 1, 3 with stride 2, 2 with stride 3 (the last pixel is never seen), "
    "and 4 with stride 2 and padding 1.",
)

# %% [markdown]
# The first two are deck 0's: 7 × 7 becomes 5 × 5 with stride 1 and 3 × 3 with stride 2. In the third the stride does
# not divide: one pixel is never looked at. Three amounts of padding have names:
#
# | name | padding | result (stride 1) | used for |
# |---|---|---|---|
# | none, *valid* | 0 | $i - k + 1$ | no invented pixels |
# | half, *same* | $(k-1)/2$, odd $k$ | $i$ | deep stacks that keep their size |
# | full | $k-1$ | $i + k - 1$ | the backward pass; every overlap, however small |
#
# The four figures of Dumoulin & Visin that deck 1 shows, asked from PyTorch:

# %%
for size, k, p, name in [
    (4, 3, 0, "no padding"),
    (5, 4, 2, "arbitrary"),
    (5, 3, 1, "half padding"),
    (5, 3, 2, "full padding"),
]:
    shape = tuple(conv2d(torch.zeros(1, 1, size, size), torch.zeros(1, 1, k, k), padding=p).shape[2:])
    print(f"{name:12}  image {size} × {size}, kernel {k} × {k}, padding {p}  →  {shape[0]} × {shape[1]}")

# %% [markdown]
# **Dilation** $d$ spreads the kernel's weights, with $d - 1$ pixels skipped between two of them. Three weights then
# reach over $d\,(3-1)+1$ pixels: for the size of the result, put this reach in the place of $k$. More context, no
# more weights.

# %%
# Figure · kernels with holes
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.5))
for ax, dilation in zip(axes, (1, 2, 3), strict=True):
    rows_of_windows(ax, 8, 3, dilation=dilation)
plot.show(fig, alt="Three weights on 8 pixels: 6 windows undilated, 4 with dilation 2, 2 with dilation 3.")

# %% [markdown]
# ## 7 · A bank of filters
#
# Before kernels were learned they were designed. Here are the seven of deck 0 and the sharpening of deck 1 on a real
# photograph. Orange is negative, purple positive, white zero. A rule to read them by: the **sum of the weights** is
# what happens to a flat area. Sum 1 keeps its brightness; sum 0 erases it, so that only changes remain.

# %%
# Figure · a photograph, filtered
picture = data.photo("camera", size=256)
titles, filtered = ["photograph"], [picture]
for name, (text, divisor) in widgets.presets.items():
    table = np.array(text.split(), float).reshape(3, 3) / divisor
    response = ndimage.correlate(picture, table, mode="nearest")
    titles.append(f"{name}\nsum {plot.brief(table.sum())}")
    filtered.append(response / np.quantile(abs(response), 0.99) if table.sum() < 0.5 else response.clip(0, 1))
plot.grid(
    [image.clip(-1, 1) for image in filtered],
    titles,
    columns=3,
    size=2.9,
    alt="A photograph and eight filtered versions: three show only edges, two are sharper, two blurred.",
)

# %% [markdown]
# In a network nobody chooses these numbers. The kernels start random and are optimised like any other weight. What
# AlexNet's first layer found is still recognisable: edges at many angles, colour blobs.
#
# Edit the nine weights yourself, or start from a preset. Can you make a filter that shows only horizontal edges? One
# that moves the picture by a pixel?

# %%
widgets.kernel_editor(data.photo("camera", size=256))

# %% [markdown]
# ## 8 · Separable kernels: two cheap passes
#
# The Gaussian approximation is a column times a row:
#
# $$\frac1{16}\begin{bmatrix}1&2&1\\2&4&2\\1&2&1\end{bmatrix}
# = \frac14\begin{bmatrix}1\\2\\1\end{bmatrix} \cdot \frac14\begin{bmatrix}1&2&1\end{bmatrix}$$
#
# Such a kernel is **separable**: a pass along the columns and a pass along the rows give the same picture
# (associativity again). In the language of linear algebra the table has *rank* 1, so its singular values tell.

# %%
for name, (text, divisor) in widgets.presets.items():
    values = np.linalg.svd(np.array(text.split(), float).reshape(3, 3) / divisor, compute_uv=False)
    print(f"{name:27} singular values {values}   {'separable' if values[1] < 1e-9 else ''}")

# %% [markdown]
# A pixel of the result costs $k^2$ multiplications in one pass, $2k$ in two. PyTorch can count them while it works,
# and a clock can check whether the count is worth anything.


# %%
def multiplications(image, *kernels):
    """Count what PyTorch multiplies when it runs these kernels in a row (it reports two operations for each)."""
    with FlopCounterMode(display=False) as counter:
        for weight in kernels:
            image = conv2d(image, weight)
    return counter.get_total_flops() // 2


def seconds(run, repeats=5):
    """Return the shortest of some runs: the one that was disturbed least."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


canvas = torch.from_numpy(camera)[None, None]
print("         multiplications, counted              measured")
print(" k    one pass      two passes   ratio        ratio of times")
for k in (3, 7, 15, 31):
    bell = signal.windows.gaussian(k, k / 6)
    bell /= bell.sum()
    square, line = np.outer(bell, bell), torch.from_numpy(bell)
    at_once = multiplications(canvas, torch.from_numpy(square)[None, None])
    twice = multiplications(canvas, line[None, None, :, None], line[None, None, None, :])
    slow = seconds(lambda table=square: ndimage.correlate(camera, table), repeats=2)
    fast = seconds(lambda row=bell: ndimage.correlate1d(ndimage.correlate1d(camera, row, axis=0), row, axis=1))
    print(f"{k:2}  {at_once:11,}  {twice:13,}   {at_once / twice:5.1f}        {slow / fast:5.1f}")

# %% [markdown]
# For a small kernel the second trip through the image eats up the saving: memory has its price (section 14). For a
# large kernel the clock follows the count, and may even exceed it.

# %% [markdown]
# ## 9 · Channels and filters
#
# A colour image has three channels, a layer inside a network hundreds. A filter then is a *block*: one kernel per
# input channel. Each channel is correlated with its kernel, the results are **added**, and the bias joins once. One
# filter gives one feature map; $F$ filters give $F$ maps. Channels are summed over, never slid over.


# %%
# Figure · shapes of a layer


def block(ax, left, bottom, width, height, depth, color, text):
    """Draw a box in a slanted view, with a caption below."""
    slant = 0.35 * depth
    front = [(0, 0), (width, 0), (width, height), (0, height)]
    top = [(0, height), (width, height), (width + slant, height + slant), (slant, height + slant)]
    side = [(width, 0), (width + slant, slant), (width + slant, height + slant), (width, height)]
    for corners, alpha in ((front, 0.75), (top, 0.5), (side, 0.35)):
        polygon = [(left + x, bottom + y) for x, y in corners]
        ax.add_patch(plt.Polygon(polygon, facecolor=color, alpha=alpha, edgecolor=plot.ink))
    ax.text(left + (width + slant) / 2, bottom - 0.25, text, ha="center", va="top", fontsize=9)


fig, ax = plt.subplots(figsize=(9, 3.3))
block(ax, 0, 0, 2.4, 2.4, 2, plot.colors["sky"], "x\n(N, C, H, W)\n(1, 3, 40, 60)")
for n in range(4):
    block(ax, 4.6, 2.6 - 0.95 * n, 0.5, 0.5, 2, plot.colors["orange"], "")
block(ax, 8, 0, 2.1, 2.1, 3, plot.colors["green"], "result\n(N, F, OH, OW)\n(1, 4, 38, 58)")
ax.text(5.1, -0.5, "weight\n(F, C, KH, KW)\n(4, 3, 3, 3)", ha="center", va="top", fontsize=9)
ax.text(3.9, 1.4, "⋆", fontsize=20, ha="center")
ax.text(7.1, 1.4, "=", fontsize=20, ha="center")
ax.set(xlim=(-0.3, 11.6), ylim=(-1.6, 4.2), aspect="equal")
plot.bare(ax, "each of the F filters is as deep as the input; each gives one layer of the result")
plot.show(
    fig,
    alt="Shapes: an image with 3 channels, four filters of 3 × 3 × 3, a result with 4 channels, two pixels smaller.",
)

coffee = torch.from_numpy(data.photo("coffee", size=60)).permute(2, 0, 1)[None]
filters = torch.from_numpy(rng.normal(size=(4, 3, 3, 3)))
maps = conv2d(coffee, filters)
by_channel = [conv2d(coffee[:, [c]], filters[:, [c]]) for c in range(3)]
print("shapes:", tuple(coffee.shape), tuple(filters.shape), "→", tuple(maps.shape))
print("sum over the three channels equals the whole:", torch.allclose(sum(by_channel), maps))

# %% [markdown]
# **Count the weights.** Four filters of 3 × 3 on three channels: 4 · 3 · 3 · 3 = 108 weights, and 4 biases. The size
# of the image does not appear: the same layer runs on an image of any size.

# %%
layer = torch.nn.Conv2d(in_channels=3, out_channels=4, kernel_size=3)
print({name: tuple(parameter.shape) for name, parameter in layer.named_parameters()})
for shape in [(1, 3, 40, 60), (8, 3, 100, 31)]:
    print(f"images {shape} → maps {tuple(layer(torch.zeros(shape)).shape)}")

# %% [markdown]
# ## 10 · A convolution is a matrix
#
# Every number of the result is a weighted sum of pixels, so a convolutional layer *is* a linear layer, with a very
# special matrix. Write the 3 × 3 image as a vector of nine, the 2 × 2 result as a vector of four. With a kernel
# $\begin{bmatrix}a&b\\c&d\end{bmatrix}$ the matrix can be written down by hand.

# %%
# Figure · a row of the matrix for each window
letters = ["ab.cd....", ".ab.cd...", "...ab.cd.", "....ab.cd"]
fig, ax = plt.subplots(figsize=(6, 2.9))
entries = np.array([[letter if letter != "." else "0" for letter in row] for row in letters])
plot.numbers(ax, entries, "4 results × 9 pixels", faded=entries == "0")
plot.show(fig, alt="Four rows of nine: a b 0 c d 0 0 0 0, and the same shifted by one, three and four places.")

# %% [markdown]
# Two things to see. **Sparse**: most entries are zero (locality). **Repeated**: four weights fill all the rest
# (sharing). For images of a useful size hardly anything is left of a full matrix. Below, left: one dimension, where
# SciPy has the matrix ready. Right: two dimensions, for a separable blur, where the matrix is the Kronecker product
# of two such matrices.

# %%
# Figure · the pattern of the matrix
one = linalg.convolution_matrix([1, 2, 1], 20, mode="valid")
both = np.kron(
    linalg.convolution_matrix([1, 2, 1], 12, mode="valid"), linalg.convolution_matrix([1, 2, 1], 12, mode="valid")
)
fig, axes = plt.subplots(1, 2, figsize=(9, 4.2), gridspec_kw={"width_ratios": [1, 1.4]})
for ax, matrix, name in zip(
    axes, (one, both), ("20 samples, kernel of 3", "12 × 12 pixels, kernel of 3 × 3"), strict=True
):
    ax.spy(matrix, markersize=1.6 if len(matrix) > 50 else 6, color=plot.colors["blue"])
    ax.set_title(f"{name}\n{matrix.shape[0]} × {matrix.shape[1]}, {np.mean(matrix != 0):.1%} not zero", pad=22)
    ax.grid(False)
plot.show(
    fig,
    alt="Non-zero entries form one diagonal band in one dimension and three groups of three bands in two dimensions.",
)

# %% [markdown]
# The matrix is never built in practice, but it answers questions. In unit 03 you saw that a linear layer $y = Ax$
# sends gradients back through the **transpose**: $\partial E/\partial x = A^\mathsf{T}\, \partial E/\partial y$. So
# the backward pass of a convolution is the transposed matrix. This is what PyTorch's `conv_transpose2d` (used to
# enlarge maps) computes, too.

# %%
A = np.array([["0abcd".index(letter) if letter != "." else 0 for letter in row] for row in letters], float)
x = torch.arange(9.0, dtype=torch.float64).reshape(1, 1, 3, 3).requires_grad_()
w = torch.tensor([[[[1.0, 2], [3, 4]]]], dtype=torch.float64)
error = torch.tensor([[[[1.0, -1], [0, 2]]]], dtype=torch.float64)
conv2d(x, w).backward(error)
print("matrix, transposed:    ", A.T @ error.numpy().ravel())
print("autograd:              ", x.grad.numpy().ravel())
print("transposed convolution:", conv_transpose2d(error, w).numpy().ravel())

# %% [markdown]
# ## 11 · Backward: two more convolutions
#
# You do not need the matrix for the backward pass either. Ask for each weight and each pixel where it was used.
#
# * The weight $w_{i,j}$ multiplied pixel $x_{r+i,c+j}$ for every result $(r,c)$. Collecting: $\;\dfrac{\partial
#   E}{\partial w_{i,j}} = \sum_{r,c} \dfrac{\partial E}{\partial y_{r,c}}\, x_{r+i,\,c+j}\;$: **the image
#   cross-correlated with the incoming gradient**.
# * The pixel $x_{a,b}$ was used by result $(a-i,\,b-j)$ with weight $w_{i,j}$. Collecting: $\;\dfrac{\partial
#   E}{\partial x_{a,b}} = \sum_{i,j} \dfrac{\partial E}{\partial y_{a-i,\,b-j}}\, w_{i,j}\;$: the indices run against
#   each other, a **full convolution of the incoming gradient with the kernel** (deck 4: with the filter turned by
#   180°).
# * The bias was added to every result: its gradient is the sum of the incoming gradient.

# %%
# Figure · both gradients, by hand
photo_part, weight_part = np.arange(9.0).reshape(3, 3), np.array([[1.0, 2], [3, 4]])
incoming = np.array([[1.0, -1], [0, 2]])
for_weight = signal.correlate(photo_part, incoming, mode="valid")
for_pixels = signal.convolve(incoming, weight_part, mode="full")

fig, axes = plt.subplots(2, 3, figsize=(8.4, 4.8))
plot.numbers(axes[0, 0], photo_part, "x", highlight=(0, 1, 2, 2))
plot.numbers(axes[0, 1], incoming, "⋆   ∂E/∂y")
plot.numbers(axes[0, 2], for_weight, "=   ∂E/∂w", highlight=(0, 1))
framed = np.pad(incoming, 1)
plot.numbers(
    axes[1, 0],
    framed,
    "∂E/∂y, full padding",
    faded=np.pad(np.zeros((2, 2), bool), 1, constant_values=True),
    highlight=(1, 1, 2, 2),
    color=plot.colors["blue"],
)
plot.numbers(axes[1, 1], weight_part.ravel()[::-1].reshape(2, 2), "⋆   w turned by 180°")
plot.numbers(axes[1, 2], for_pixels, "=   ∂E/∂x", highlight=(1, 1), color=plot.colors["blue"])
plot.show(
    fig,
    alt=f"Above: x correlated with the incoming gradient is the weight's gradient {plot.spoken(for_weight)}. "
    f"Below: the padded gradient correlated with the turned kernel is the pixels' gradient {plot.spoken(for_pixels)}.",
)
print("same as autograd in section 10:", np.allclose(for_pixels, x.grad.numpy()[0, 0]))

# %% [markdown]
# Check one number by hand: the framed window 1 2; 4 5 times the gradient 1 −1; 0 2 is 1 − 2 + 0 + 10 = 9.
#
# With a **stride** of $s$ only every $s$-th window exists. The missing ones pass nothing back: put $s-1$ rows and
# columns of zeros between the incoming gradients, then go on as before. **Padding** was invented by us: the gradient
# that arrives there is cut off.

# %% [markdown]
# ## 12 · Equivariance, and where it ends
#
# Shift the photograph, then filter; or filter, then shift. If both give the same picture, the filter is
# **equivariant** to shifts. It follows from sharing: the same weights meet the same pixels, only elsewhere.
# (In*variance* would mean that the result does not move at all.)


# %%
# Figure · shift first or filter first


def both_ways(steps, mode, stride=1):
    """Return the edges of the moved photograph, and the moved edges of the photograph."""
    edges = np.array(widgets.presets["Edges, 8 neighbours"][0].split(), float).reshape(3, 3)
    first_moved = ndimage.correlate(np.roll(picture, steps, axis=1), edges, mode=mode)[::stride, ::stride]
    then_moved = ndimage.correlate(picture, edges, mode=mode)[::stride, ::stride]
    return first_moved, np.roll(then_moved, steps // stride, axis=1)


cases = {
    "shift 20, wraps around": (20, "wrap", 1),
    "shift 20, zeros outside": (20, "constant", 1),
    "shift 2, stride 2": (2, "wrap", 2),
    "shift 1, stride 2": (1, "wrap", 2),
}
fig, axes = plt.subplots(1, 4, figsize=(9.6, 2.9))
for ax, (name, (steps, mode, stride)) in zip(axes, cases.items(), strict=True):
    left, right = both_ways(steps, mode, stride)
    title = f"{name}\nlargest gap {np.max(abs(left - right)):.2f}"
    plot.image(ax, left - right, title, signed=True, limit=1)
    ax.add_patch(plt.Rectangle((0, 0), 1, 1, transform=ax.transAxes, fill=False, edgecolor=plot.colors["gray"]))
plot.show(
    fig,
    alt="Differences of the two orders: none when the image wraps around, bright columns with zero padding, "
    "none for a shift by the stride, all edges for a shift by half the stride.",
)

# %% [markdown]
# Equivariance is exact for a convolution on an endless image. It breaks
#
# * **at borders**: the padding does not move with the picture;
# * **with stride**: a shift by one pixel cannot become a shift by half a result. Only multiples of the stride
#   survive.
#
# And it was never promised for turning or scaling: a turned cat needs other filters, or turned cats in the training
# set (unit 06).

# %% [markdown]
# ## 13 · How far does a unit see?
#
# The pixels that can influence a unit are its **receptive field**. One 3 × 3 layer sees 3 pixels across; a unit of
# the second layer sees three units that see three pixels each, overlapping: 5. Each further layer of kernel 3 adds 2.
# After a stride of 2, neighbouring units lie two pixels apart, so each further layer adds 4.


# %%
# Figure · how the field grows


def fan(ax, layers, title):
    """Draw which units of each layer the top unit sees; every unit looks at three of the layer below."""
    for level, units in enumerate(layers):
        ax.scatter(units, [level] * len(units), color=plot.colors["orange"], s=26)
    for level, (below, units) in enumerate(pairwise(layers), 1):
        for unit in units:
            for seen in (unit - below.step, unit, unit + below.step):
                ax.plot([unit, seen], [level, level - 1], color=plot.colors["orange"], linewidth=0.7)
    ax.set(xlim=(-8, 8), yticks=range(4), yticklabels=["pixels", "layer 1", "layer 2", "layer 3"], xlabel="position")
    ax.set_title(title)


fig, axes = plt.subplots(1, 2, figsize=(9.5, 3))
fan(axes[0], [range(-3, 4), range(-2, 3), range(-1, 2), range(1)], "stride 1: 7 pixels")
fan(axes[1], [range(-7, 8), range(-6, 7, 2), range(-4, 5, 4), range(1)], "strides 2, 2, 1: 15 pixels")
plot.show(fig, alt="Fans from one top unit down to the pixels: 7 pixels wide with stride 1, 15 with strides 2, 2, 1.")

# %% [markdown]
# Autograd can confirm it: the pixels with a gradient are those that matter. It also shows that not all matter
# equally: few paths lead to the rim, many to the middle, so a random stack of layers already looks mostly at the
# centre of its field.

# %%
# Figure · which pixels matter, and how much
torch.manual_seed(0)
depth_maps, depth_titles = [], []
for depth in (1, 2, 4, 8):
    total = torch.zeros(21, 21)
    for _ in range(100):
        stack = torch.nn.Sequential(*[torch.nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(depth)])
        dot = torch.zeros(1, 1, 21, 21, requires_grad=True)
        stack(dot)[0, 0, 10, 10].backward()
        total += dot.grad[0, 0].abs()
    across = int((total[10] > 0).sum())
    depth_maps.append((total / total.max()).numpy())
    depth_titles.append(f"{depth} layers: {across} × {across}" if depth > 1 else "1 layer: 3 × 3")
plot.grid(
    depth_maps,
    depth_titles,
    columns=4,
    alt="Influence of pixels on the middle unit, squares of 3, 5, 9 and 17 pixels, brighter in the middle.",
)

# %% [markdown]
# ## 14 · Why some implementations are fast
#
# All of them compute the same sums. What differs is how often a number travels between memory and processor, which
# costs far more time than multiplying it. A typical layer, 64 channels in, 64 filters out, 56 × 56 pixels, 3 × 3:

# %%
channels, filters_out, side, k = 64, 64, 56, 3
products = filters_out * channels * k * k * side * side
values_in, values_out, values_weight = channels * side * side, filters_out * side * side, filters_out * channels * k * k
print(f"multiplications                {products / 1e6:8.1f} million")
print(f"every number moved once        {(values_in + values_out + values_weight) * 4 / 1e6:8.1f} MB")
print(f"image fetched for each window  {(values_in * k * k * filters_out + values_out) * 4 / 1e6:8.1f} MB")
print(f"multiplications per number, at best {products / (values_in + values_out + values_weight):.0f}")

# %% [markdown]
# Each number could serve in hundreds of multiplications while it is close to the processor. A loop in plain Python
# fetches it anew every time, and spends most of its time on Python itself. Three ideas help.
#
# **im2col.** Copy every window into a column of one large matrix. Then all windows and all filters are *one matrix
# product*. The copy is $k^2$ times as large as the image, yet it pays, because of the second idea. For the 5 × 5
# image of the slides with stride 2, PyTorch calls the copy `unfold`:

# %%
# Figure · windows as columns
columns = unfold(torch.tensor(pixels, dtype=torch.float64)[None, None], kernel_size=3, stride=2)[0].numpy()
fig, axes = plt.subplots(1, 3, figsize=(9, 4), gridspec_kw={"width_ratios": [9, 4, 4]})
plot.numbers(axes[0], kernel.ravel(), "kernel, one row for each filter")
plot.numbers(axes[1], columns, "one column a window", highlight=(0, 1, 9, 1))
plot.numbers(axes[2], kernel.ravel() @ columns, "their product", highlight=(0, 1))
plot.show(
    fig,
    alt=f"The kernel as a row of 9 times a 9 × 4 matrix of windows is the row {plot.spoken(kernel.ravel() @ columns)}.",
)

# %% [markdown]
# **GEMM.** The general matrix product is the best tuned routine there is (BLAS: OpenBLAS, MKL; cuBLAS on GPUs). It
# cuts the matrices into tiles that fit the processor's caches, and uses every number of a tile many times before
# dropping it. How the columns are laid out matters as much: with the channels last, the 64 channels of a pixel lie
# side by side and are copied in one run, and a single image's columns fit the cache. In the race at the end of
# exercise 9 these two changes halve the time. Today's libraries go one step further and build the tiles of the im2col
# matrix only when they need them.
#
# **Winograd.** Fewer multiplications. Two neighbouring results of a 3-tap filter, $d_0g_0+d_1g_1+d_2g_2$ and
# $d_1g_0+d_2g_1+d_3g_2$, cost six. With
#
# $$m_1=(d_0-d_2)\,g_0 \quad m_2=(d_1+d_2)\tfrac{g_0+g_1+g_2}{2}
# \quad m_3=(d_2-d_1)\tfrac{g_0-g_1+g_2}{2} \quad m_4=(d_1-d_3)\,g_2$$
#
# they are $m_1+m_2+m_3$ and $m_2-m_3-m_4$: **four**. The sums of the filter are computed once and for all. Nested in
# both directions, F(2×2, 3×3) makes four results from a 4 × 4 tile with 4 · 4 = **16** multiplications instead of 4 ·
# 9 = **36**. Lavin & Gray write it with three small matrices:

# %%
into_data = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
into_filter = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
out_of = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])

tile = pixels[:4, :4]
sixteen_products = (into_filter @ kernel @ into_filter.T) * (into_data @ tile @ into_data.T)
print("products:", sixteen_products.size)
print("Winograd:", (out_of @ sixteen_products @ out_of.T).tolist())
print("slides:  ", result[:2, :2].tolist())

# %% [markdown]
# The price: more additions, more memory, a little precision; 3 × 3 with stride 1 is where it shines. For very large
# kernels the Fourier transform plays this role: it turns convolution into elementwise multiplication.
#
# Finally, the clock. The same layer three times: a Python function called for every window, im2col with a matrix
# product, and PyTorch's own.

# %%
torch.set_num_threads(1)
maps_in, bank = torch.from_numpy(rng.normal(size=(1, 4, 64, 64))), torch.from_numpy(rng.normal(size=(8, 4, 3, 3)))


def window_by_window():
    """Call Python for each window, each channel, each filter."""
    return np.array(
        [
            sum(ndimage.generic_filter(maps_in[0, c].numpy(), one[c].numpy().ravel().dot, size=3) for c in range(4))
            for one in bank
        ]
    )[:, 1:-1, 1:-1]


def one_product():
    """Copy the windows into columns, then multiply two matrices."""
    return (bank.flatten(1) @ unfold(maps_in, 3)[0]).unflatten(1, (62, 62)).numpy()


def library():
    """Leave it to PyTorch."""
    return conv2d(maps_in, bank)[0].numpy()


assert np.allclose(window_by_window(), library()) and np.allclose(one_product(), library())
times = {run: seconds(run, 1 if run is window_by_window else 30) for run in (window_by_window, one_product, library)}
for run, taken in times.items():
    print(f"{run.__name__:17} {taken * 1e3:9.2f} ms   {times[window_by_window] / taken:8.0f} × as fast as the loop")

# %% [markdown]
# Your numbers will differ; the order will not, at least between the first and the others. The lesson for the
# assignment: let one array operation do the work of a loop over pixels.

# %% [markdown]
# ## What to remember
#
# * Locality and sharing cut 10¹² weights to 10⁴. They are a prior about images.
# * Convolution flips, cross-correlation does not. Libraries compute the second and call it the first; learning does
#   not care.
# * $o = \lfloor (i+2p-k)/s \rfloor + 1$. Channels are summed; every filter gives one map.
# * It is a linear layer with a sparse, repetitive matrix. Backward is its transpose: two more convolutions.
# * Shift in, shift out, away from borders and for multiples of the stride.
# * Deep stacks of small kernels see far. Fast code moves little memory.
#
# **Now open assignment 08.**
#
# ### Read on
#
# * V. Dumoulin, F. Visin (2016), *A guide to convolution arithmetic for deep learning*,
#   [arXiv:1603.07285](https://arxiv.org/abs/1603.07285): sizes, padding, transposed convolutions, with pictures.
# * I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*, [chapter
#   9](https://www.deeplearningbook.org/contents/convnets.html): motivation, sparse and shared weights, equivariance.
# * W. Luo et al. (2016), *Understanding the effective receptive field*,
#   [arXiv:1701.04128](https://arxiv.org/abs/1701.04128).
# * A. Lavin, S. Gray (2015), *Fast algorithms for convolutional neural networks*,
#   [arXiv:1509.09308](https://arxiv.org/abs/1509.09308): Winograd.
# * The photographs: the cameraman (Lav Varshney, CC0) and the coffee cup (Rachel Michetti, Pikolo Espresso Bar, CC0),
#   as shipped with scikit-image.
