# %% [markdown]
# # 12 · Saliency: what did the network see?
#
# A network looks at a photograph and says *espresso*. It gives no reason. In this lesson we ask for one in three
# different ways, look at the answers as pictures, and then put the answers themselves to the test. At the end we turn
# the tools round: the same gradients that explain a picture can also change it.
#
# You need gradients (unit 03) and convolutional networks (units 08 to 10). Reading and playing takes about 75
# minutes. Two assignments follow: **12_saliency** builds the maps, **12_gradient_images** changes the pictures.

# %%
import base64
import io
import json
from html import escape

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import HTML, display
from PIL import Image

from cnnlib import data, models, plot

np.set_printoptions(precision=3, suppress=True)
torch.manual_seed(0)

# Some maps need code that you will write in the assignments, or minutes of computing. They were made beforehand.
recorded = data.recorded("saliency_maps")

# %%
# Helpers for pictures: open if you are curious, skip otherwise


def address(pixels, kind="JPEG"):
    """Return a picture, values from 0 to 1, as an address that can stand in a web page."""
    file = io.BytesIO()
    Image.fromarray(np.uint8(255 * np.clip(pixels, 0, 1) + 0.5)).save(file, kind, quality=88)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def record(name):
    """Return a recorded map with values from 0 to 1, or a recorded photograph."""
    kept = recorded[name]
    if kept.ndim == 1:
        kept = np.asarray(Image.open(io.BytesIO(kept.tobytes())))
    return kept / 255


def heat(strength):
    """Colour a map for laying over a photograph: nothing where it is 0, violet, orange, then yellow at 1."""
    colored = plt.colormaps["inferno"](0.2 + 0.75 * strength)
    colored[..., 3] = np.clip(2 * strength - 0.2, 0, 0.92)
    return colored


def enlarged(strength, side=224):
    """Return a coarse map with more pixels, smooth in between."""
    return np.asarray(Image.fromarray(np.uint8(255 * strength)).resize((side, side), Image.Resampling.BICUBIC)) / 255


def washed(photo):
    """Return a photograph in pale gray, so that colours on top of it stand out."""
    return np.repeat(0.25 + 0.6 * photo.mean(2, keepdims=True), 3, 2)


def overlay(ax, photo, strength, title=""):
    """Draw a map over the photograph that it explains."""
    plot.image(ax, washed(photo), title)
    ax.imshow(heat(enlarged(strength)), extent=(-0.5, 223.5, 223.5, -0.5))


paper = "background:#ffffff;color:#1f2328;padding:12px;max-width:760px;font-size:14px"

# %% [markdown]
# ## 1 · A network and four photographs
#
# EfficientNet-lite0 has 4.65 million weights and knows the 1000 classes of ImageNet. It reads 224 × 224 pixels. Here
# is what it thinks of four photographs.

# %%
# Figure · four photographs and the network's opinion
network = models.efficientnet_lite0().requires_grad_(False)  # nothing is trained here
subjects = ["cat", "coffee", "astronaut", "rocket"]
inputs = torch.cat([models.preprocess(data.photo(name)) for name in subjects])
photos = [models.to_photo(one) for one in inputs]
opinions = [models.top_classes(row, 3) for row in network(inputs)]
classes = {name: opinion[0][0] for name, opinion in zip(subjects, opinions, strict=True)}
trusted = {name: opinion[0][1] for name, opinion in zip(subjects, opinions, strict=True)}

fig, axes = plt.subplots(2, 4, figsize=(9.6, 4), gridspec_kw={"height_ratios": [2.4, 1]})
for column, opinion in enumerate(opinions):
    plot.image(axes[0, column], photos[column], subjects[column])
    bars = axes[1, column].barh(range(3), [p for _, p in opinion], color=plot.colors["sky"])
    for place, (name, p) in enumerate(opinion):
        axes[1, column].text(0.02, place, f"{name}  {p:.2f}", va="center", fontsize=9)
    axes[1, column].set(xlim=(0, 1), xticks=[0, 0.5, 1], yticks=[])
    axes[1, column].invert_yaxis()
listed = [", ".join(f"{name} {p:.2f}" for name, p in opinion) for opinion in opinions]
plot.show(fig, alt=f"Four photographs, each with its three likeliest classes: {'; '.join(listed)}.")

# %% [markdown]
# ### Filters and feature maps
#
# The most direct look inside needs no method at all. The filters of the **first** layer work on colours, so they can
# be drawn as tiny colour pictures: ours are 32, of 3 × 3 pixels. (Deck 3's network has 96 of 7 × 7, with stride 2.)
# And the result of each filter, its **feature map**, is a gray picture.

# %%
# Figure · the first layer
first_maps = network._bn0(network._conv_stem(inputs[:1]))[0].clamp(0, 6).numpy()
filters = network._conv_stem.weight.numpy().transpose(0, 2, 3, 1)
strongest = np.argsort(-first_maps.std((1, 2)))[:5]
sheet = np.ones((4 * 4 + 1, 8 * 4 + 1, 3))
for k, weights in enumerate(filters):
    top, left = 4 * (k // 8) + 1, 4 * (k % 8) + 1
    sheet[top : top + 3, left : left + 3] = 0.5 + 0.5 * weights / np.abs(weights).max()

fig, axes = plt.subplots(1, 6, figsize=(10, 2.4), gridspec_kw={"width_ratios": [2, 1, 1, 1, 1, 1]})
plot.image(axes[0], sheet, "32 filters of the first layer")
for ax, k in zip(axes[1:], strongest, strict=True):
    plot.image(ax, first_maps[k] / first_maps[k].max(), f"map of filter {k}")
plot.show(
    fig,
    alt="32 tiny filters, most of them stripes and edges in different directions, some in two colours; and five "
    "feature maps of the cat, in which edges of different directions and bright areas stand out.",
)

# %% [markdown]
# Edges and colour contrasts, as deck 3 and deck 4 show for other networks. From the second layer on, a filter has no
# colours but 32 and more channels: there is no picture of it. What can be drawn are its maps, and pictures that
# excite it (section 8). Zeiler & Fergus saw tyres and dogs' faces in the later layers. But a thousand maps are not an
# explanation of *one* decision. For that, we need a better question.

# %% [markdown]
# Did it look at the cup or at the spoon? At the rocket or at the masts beside
# it? And what made the astronaut a bobsled? It matters. Deck 4 has a network that
# recognises ships largely by the *water*. On the test set that works. A ship on land, in a dock, may be missed, and a
# toy in a bathtub may count as a ship. Deck 3 shows everyday objects in unusual poses that networks get wrong (Alcorn
# et al. 2018). A map of what mattered can reveal such a shortcut, and tell which photographs are missing from the
# training set.
#
# But "what mattered" is not yet a question that can be computed. There are at least three such questions:
#
# | question | method | costs |
# |---|---|---|
# | What if this part were **not there**? | occlusion | a forward pass for each place |
# | What if this pixel were **a little** brighter? | gradient, and its relatives | one backward pass |
# | **Where** in the last feature maps does the evidence lie? | CAM, Grad-CAM | one pass, but coarse |
#
# They are different questions. So the maps will differ, and none of them is *the* explanation.

# %% [markdown]
# ## 2 · By hand: a network of nine weights
#
# Start with a network so small that we know the truth. It looks for a vertical stroke: score = sum of weight × pixel.
# We ask both "a little brighter" and "not there" of each pixel, by simply trying it out.


# %%
# Figure · two questions, two answers
stroke = np.array([[0, 9, 0], [1, 8, 0], [0, 9, 1]])
likes = np.array([[-1, 3, -1], [-1, 3, -1], [-1, 3, -1]])


def score(image):
    """Return how much the image looks like a vertical stroke."""
    return np.vdot(likes, image)


def tried_out(rate, image, edit):
    """Return by how much the score moves when a single pixel is edited, for each pixel in turn."""
    moved = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        variant = image.astype(float)
        variant[place] = edit(variant[place])
        moved[place] = rate(variant) - rate(image)
    return moved


brighter = tried_out(score, stroke, lambda pixel: pixel + 0.001) / 0.001
missing = -tried_out(score, stroke, lambda pixel: 0)

fig, axes = plt.subplots(1, 4, figsize=(9.2, 2.7))
plot.numbers(axes[0], stroke, "image")
plot.numbers(axes[1], likes, f"weights\nscore {score(stroke)}")
plot.numbers(axes[2], brighter, "gain for each unit\nof brightness: the slope")
plot.numbers(axes[3], missing, "loss when the\npixel is missing")
plot.show(
    fig,
    alt=f"Image {plot.spoken(stroke)}; weights {plot.spoken(likes)}; the slopes are the weights; what is lost "
    f"without a pixel is weight times pixel: {plot.spoken(missing)}.",
)

# %% [markdown]
# Even here the answers differ. The **slope** is the weights, whatever the image shows: it is about *sensitivity*, and
# it speaks about dark pixels, too. What is **missing** without a pixel is weight × pixel: a *contribution*, and a
# black pixel contributes nothing. Is a black pixel unimportant? For a stroke on black paper you would say no.
#
# **It depends on how you count.** Now store the same pictures differently: every pixel 10 higher, and a bias that
# takes the 10 off again. Nothing about the classifier changes. Kindermans et al. (2019) ask what the maps do then.


# %%
def shifted_score(image):
    """Return the same score for images whose pixels are stored 10 higher."""
    return np.vdot(likes, image) - 10 * likes.sum()


print("score:       ", score(stroke), "and", shifted_score(stroke + 10))
print(
    "slopes equal:", np.allclose(tried_out(shifted_score, stroke + 10, lambda pixel: pixel + 0.001) / 0.001, brighter)
)
print("contributions before:", missing.astype(int).tolist())
print("contributions after: ", (-tried_out(shifted_score, stroke + 10, lambda pixel: 0)).astype(int).tolist())

# %% [markdown]
# The slope is untouched. The contributions change, since "not there" now means another gray. Whoever removes
# something must say **what is put in its place**.
#
# **It can be blind.** Let the score be full at 20: more evidence adds nothing. Our stroke has 76. One pixel brighter,
# or one pixel missing: the score stays 20.


# %%
# Figure · a full score
def full_score(image):
    """Return the score, but at most 20."""
    return min(20, score(image))


path = np.linspace(0, 1, 1001)[1:]
slopes = np.mean([tried_out(full_score, t * stroke, lambda pixel: pixel + 1e-4) / 1e-4 for t in path], axis=0)
along_path = slopes * stroke

fig, axes = plt.subplots(1, 3, figsize=(7.2, 2.7))
plot.numbers(axes[0], tried_out(full_score, stroke, lambda pixel: pixel + 0.001) / 0.001, "slope")
plot.numbers(axes[1], -tried_out(full_score, stroke, lambda pixel: 0) + 0.0, "loss when missing")
plot.numbers(axes[2], along_path.round(1), f"mean slope on the way\nfrom black, × pixel: sum {along_path.sum():.0f}")
plot.show(
    fig,
    alt="With a full score the slopes are all 0 and so are the losses; the mean slope from black to the image, times "
    f"the pixels, is {plot.spoken(along_path.round(1))}, and adds up to the score of 20.",
)

# %% [markdown]
# Nothing matters, say the first two, although without any pixel the score would be 0. They change one thing at a
# time, and the others stand in for it. **Integrated gradients** (Sundararajan et al. 2017), the table on the right,
# averages the slope on the way from black to the image. It always adds up to what the image scores above black. But
# it needs a starting point, so it inherits the problem of "what is put in its place".
#
# *Question: the pixel in the middle row, left, is 1 and its weight −1. What do slope and contribution say about it?
# Which pixel of the first row would you brighten to lower the score?*
#
# <details><summary>Answer</summary>
#
# Both are −1: brighter lowers the score, and removing it raises the score by 1. In the first row any of the two outer
# ones: both slopes are −1 though both contributions are 0. The slope knows what *would* help, the contribution what
# *did*.
#
# </details>

# %% [markdown]
# ## 3 · Occlusion: cover it and see
#
# The oldest idea needs no calculus: cover a part of the photograph, and look at the probability (Zeiler & Fergus
# 2014). On deck 0 a gray square on an elephant takes it from **0.95 to 0.75**. Do that at every place, write each
# probability where the square was, and you have a map.
#
# Our espresso starts at 0.95, too. Move the square over it. Where does the probability fall most? Can you find a place
# where it *rises*? Then try a smaller and a larger square.

# %%
# Figure · a gray square on the coffee
drops = {window: trusted["coffee"] - recorded[f"windows/{window}"] for window in (16, 32, 64)}
worst = max(np.max(grid) for grid in drops.values())
tables = {str(window): np.round(trusted["coffee"] - grid, 3).tolist() for window, grid in drops.items()}
cover = """
const find = name => this.querySelector(name), w = find('select').value, grid = JSON.parse(this.dataset.p)[w];
for (const slide of this.querySelectorAll('input')) slide.max = grid.length - 1;
const y = +find('[name=down]').value, x = +find('[name=right]').value;
const put = (name, side) => Object.assign(find(name).style, {left: x * 16 / 2.24 + '%', top: y * 16 / 2.24 + '%',
  width: side / 2.24 + '%', height: side / 2.24 + '%'});
put('.square', w); put('.frame', w);
for (const map of this.querySelectorAll('[data-w]')) map.style.display = map.dataset.w == w ? 'block' : 'none';
const p = grid[y][x], before = +this.dataset.before;
find('output').textContent = `${this.dataset.name}: ${before.toFixed(2)} → ${p.toFixed(2)}, `
  + (p < before ? `down by ${(before - p).toFixed(2)}` : `up by ${(p - before).toFixed(2)}`);
"""
cells = "".join(
    f'<img data-w="{window}" alt="Map of the drop, squares of {window} pixels" style="position:absolute;'
    f"display:{'block' if window == 32 else 'none'};left:{(window - 16) / 4.48}%;top:{(window - 16) / 4.48}%;"
    f'width:{len(grid) * 16 / 2.24}%;max-width:none;height:auto;image-rendering:pixelated;margin:0" '
    f'src="{address(heat(np.clip(grid / worst, 0, 1)), "PNG")}">'
    for window, grid in drops.items()
)
start = {"row": 4, "column": 5}
at = f"left:{start['column'] * 16 / 2.24}%;top:{start['row'] * 16 / 2.24}%;width:{32 / 2.24}%;height:{32 / 2.24}%"
begin = tables["32"][start["row"]][start["column"]]
slider = '<input type="range" min="0" max="12" data-lm-suppress-shortcuts style="width:180px;vertical-align:middle" '
display(
    HTML(
        f'<div style="{paper}" data-p="{escape(json.dumps(tables))}" data-before="{trusted["coffee"]:.4f}" '
        f'data-name="{escape(classes["coffee"])}" oninput="{escape(cover)}">'
        '<div style="display:flex;flex-wrap:wrap;gap:16px">'
        '<div style="position:relative;width:320px;height:320px;overflow:hidden">'
        f'<img alt="The coffee with a gray square on it" style="width:320px;margin:0" src="{address(photos[1])}">'
        f'<div class="square" style="position:absolute;background:#7f7f7f;{at}"></div></div>'
        '<div style="position:relative;width:320px;height:320px;overflow:hidden">'
        f'<img alt="The coffee in pale gray, under the map" style="width:320px;margin:0" '
        f'src="{address(washed(photos[1]))}">'
        f'{cells}<div class="frame" style="position:absolute;outline:2px solid #0072b2;{at}"></div></div></div>'
        f'<p><label>down {slider} name="down" value="{start["row"]}"></label> &nbsp; '
        f'<label>right {slider} name="right" value="{start["column"]}"></label> &nbsp; '
        '<label>square <select style="color:inherit;background:#fff"><option value="16">16 pixels</option>'
        '<option value="32" selected>32 pixels</option><option value="64">64 pixels</option></select></label></p>'
        f'<p style="margin:0"><output role="status">{escape(classes["coffee"])}: {trusted["coffee"]:.2f} → {begin:.2f}'
        "</output></p></div>"
    )
)

# %% [markdown]
# The bright cells are those whose loss hurts. Three choices went into this map, and each changes it:
#
# * **The size of the square.** Small ones hide too little: the rest of the cup stands in (section 2's full score).
#   Large ones hide a lot, and the map gets coarse.
# * **The stride.** Half the stride, four times the work. Every cell is a forward pass.
# * **The filling.** Gray is not nothing. It is a gray square, with four sharp edges.
#
# The last one is easily tried.

# %%
# Figure · the same place, filled with different things
top, left, side = 40, 72, 80
fillings = {
    "photograph": photos[1][top : top + side, left : left + side],
    "gray": np.full(3, 0.5),
    "black": np.zeros(3),
    "white": np.ones(3),
    "noise": np.random.default_rng(0).uniform(size=(side, side, 3)),
    "mean colour": photos[1].mean((0, 1)),
}
covered = []
for filling in fillings.values():
    variant = photos[1].copy()
    variant[top : top + side, left : left + side] = filling
    covered.append(variant)


def seen(pictures):
    """Return the logits for pictures of 224 × 224 pixels, shape (N, H, W, 3), values from 0 to 1."""
    batch = torch.from_numpy(np.moveaxis(np.asarray(pictures), 3, 1)).float()
    return network((255 * batch - models.CENTRE) / models.SPREAD)


number = models.class_names().index(classes["coffee"])
left_over = [float(p) for p in seen(covered).softmax(1)[:, number]]
plot.grid(
    covered,
    [f"{name}\n{p:.2f}" for name, p in zip(fillings, left_over, strict=True)],
    columns=6,
    size=1.6,
    alt=f"The cup covered by different fillings; the probability of {classes['coffee']} becomes "
    + ", ".join(f"{p:.2f} for {name}" for name, p in zip(fillings, left_over, strict=True)),
)

# %% [markdown]
# *Question: a photograph of 224 × 224, a square of 32, stride 16. How many forward passes does the map take? How many
# with stride 1?*
#
# <details><summary>Answer</summary>
#
# Windows along a side: (224 − 32) / 16 + 1 = 13, so 169. With stride 1: 193² = 37 249, more than half an hour on a
# laptop for one photograph.
#
# </details>

# %% [markdown]
# ## 4 · The gradient: one backward pass
#
# Training asks how the loss changes with the *weights*. Saliency asks how the score of a class changes with the
# *pixels*: $\partial S_c / \partial I$. Backpropagation gives it for all 150 528 numbers of the photograph at once
# (Simonyan et al. 2014). Deck 0's recipe: take the **unnormalised** score, its gradient, the absolute value, and of
# the three colour channels the largest.
#
# Three notes on deck 4's pages about this:
#
# * Its text says gradient of the *loss*, its formula has the *score* $S_c$. The formula is what is meant.
# * "Set all other classes to zero" is its step (iii), after the gradient. It describes the *start* of the backward
#   pass: a vector with a 1 for class $c$ and 0 elsewhere. As a later step it would do nothing.
# * Behind it is a Taylor expansion, $S_c(I) \approx w^\mathsf{T} I + b$, with the gradient as $w$. It is a promise
#   about *tiny* changes.
#
# How tiny? Let us walk in a straight line from a gray picture to the photograph and further, and follow the score. At
# each dot we measure the slope along the line.

# %%
# Figure · the score on the way from gray to the photograph
steps = np.linspace(0, 1.3, 27)
gray = torch.zeros_like(inputs)
marks = [0.2, 0.6, 1.0]
fig, axes = plt.subplots(1, 2, figsize=(9, 3))
for ax, which in zip(axes, (0, 1), strict=True):
    target = models.class_names().index(classes[subjects[which]])
    walk = network(torch.cat([t * inputs[[which]] for t in steps]))[:, target].numpy()
    sides = network(torch.cat([(t + d) * inputs[[which]] for t in marks for d in (-0.005, 0, 0.005)]))
    below, here, above = sides[:, target].numpy().reshape(3, 3).T
    ax.plot(steps, walk, color=plot.colors["gray"])
    for t, value, slope in zip(marks, here, (above - below) / 0.01, strict=True):
        reach = np.array([-0.12, 0.12])
        ax.plot(t + reach, value + slope * reach, color=plot.colors["orange"])
        ax.plot(t, value, "o", color=plot.colors["orange"])
    ax.axvline(1, color=plot.ink, linewidth=1, linestyle=":")
    ax.set(xlabel="0: gray     1: the photograph", ylabel=f"score of {classes[subjects[which]]}", title=subjects[which])
plot.show(
    fig,
    alt="The score rises steeply from gray to a faint photograph and then flattens; short tangents at three points "
    "have very different slopes, small ones at the photograph itself.",
)

# %% [markdown]
# Most of the score is won early, where the photograph is still faint. At the photograph itself the curve is nearly
# flat: the full score of section 2, in a real network. The gradient there describes the last bit, not the climb. So a
# gradient map is not "where the cat is". It is *where a tiny change would count*.

# %%
# Figure · gradient maps as they come
fig, axes = plt.subplots(1, 4, figsize=(9.6, 2.9))
plot.image(axes[0], photos[0], f"{classes['cat']} {trusted['cat']:.2f}")
plot.image(axes[1], record("cat/gradient"), "gradient")
plot.image(axes[2], record("cat/smoothgrad"), "SmoothGrad, 20 passes")
overlay(axes[3], photos[0], record("cat/smoothgrad"), "SmoothGrad over the photo")
plot.show(
    fig,
    alt="The cat; its gradient map, bright speckles denser on the face; the mean of 20 gradient maps of noisy copies, "
    "smoother, brightest around eyes and nose.",
)

# %% [markdown]
# Speckles. From one pixel to the next the gradient passes through other ReLU gates and other strides, and each gate
# is either open or shut. **SmoothGrad** (Smilkov et al. 2017) averages the maps of some noisy copies of the
# photograph. It looks better. Whether it is *truer* is another question, to which we come in section 7.

# %% [markdown]
# ## 5 · Three rules for a ReLU
#
# On the way back the signal meets ReLUs. What should they do with it? The chain rule knows: let through what belongs
# to an open gate. Two other rules have been tried:
#
# * **gradient**: pass where the *input* was positive (chain rule);
# * **deconvnet** (Zeiler & Fergus 2014): pass where the *incoming signal* is positive, whatever the input was;
# * **guided backpropagation** (Springenberg et al. 2015): pass where *both* are positive.

# %%
# Figure · one layer of nine units, three rules
came_forward = np.array([[1, -2, 3], [-1, 2, -3], [2, 1, -1]])
came_back = np.array([[2, 3, -1], [-2, 1, 4], [-3, 1, 2]])
was_open, is_welcome = np.sign(came_forward) == 1, np.sign(came_back) == 1
doors = {"gradient": was_open, "deconvnet": is_welcome, "guided": was_open & is_welcome}

fig, axes = plt.subplots(1, 5, figsize=(9.8, 2.5))
plot.numbers(axes[0], came_forward, "input of the ReLU", faded=~was_open)
plot.numbers(axes[1], came_back, "signal from above", faded=~is_welcome)
for ax, (rule, door) in zip(axes[2:], doors.items(), strict=True):
    plot.numbers(ax, came_back * door, f"{rule}\nsends down", faded=~door)
plot.show(
    fig,
    alt=f"Input {plot.spoken(came_forward)}, signal {plot.spoken(came_back)}. "
    + "; ".join(f"{rule} sends down {plot.spoken(came_back * door)}" for rule, door in doors.items()),
)

# %% [markdown]
# Play with a single unit.
#
# *Question: which rule can send a negative number down? Which one sends something down through a unit that did not
# fire?*
#
# <details><summary>Answer</summary>
#
# Only the gradient sends negative numbers: deconvnet and guided maps never show evidence against. Only the deconvnet
# sends through units that did not fire: it does not look at the photograph at this point.
#
# </details>

# %%
# Figure · one unit
rules = """
const [x, g] = [...this.querySelectorAll('input')].map(slide => +slide.value);
const say = {x: x, g: g, y: Math.max(x, 0), a: x > 0 ? g : 0, b: Math.max(g, 0), c: x > 0 ? Math.max(g, 0) : 0};
for (const name in say) this.querySelector('.' + name).textContent = say[name].toString().replace('-', '−');
"""
knob = '<input type="range" min="-3" max="3" data-lm-suppress-shortcuts style="width:160px;vertical-align:middle" '
cell = "border:1px solid #9aa4af;padding:6px 14px;text-align:center"
display(
    HTML(
        f'<div style="{paper}" oninput="{escape(rules)}">'
        f'<p><label>input x {knob} value="-2"></label> <b class="x">−2</b> &nbsp;&nbsp; '
        f'<label>signal from above g {knob} value="3"></label> <b class="g">3</b> &nbsp;&nbsp; '
        '</p><p>the unit passes forward: <b class="y">0</b></p>'
        f'<table style="border-collapse:collapse;color:inherit"><tr><th style="{cell}">gradient</th>'
        f'<th style="{cell}">deconvnet</th><th style="{cell}">guided</th></tr>'
        f'<tr role="status" style="background:#fff"><td class="a" style="{cell}">0</td>'
        f'<td class="b" style="{cell}">3</td><td class="c" style="{cell}">0</td></tr></table></div>'
    )
)

# %% [markdown]
# Deck 4 writes the chain rule with an indicator $I(X_n > 0)$ and explains it as 1 where the activation is $\geq 0$.
# Formula and text disagree about exactly 0, where a ReLU has a corner and no slope. PyTorch goes with the formula:

# %%
corner = torch.zeros(1, requires_grad=True)
torch.relu(corner).backward()
print("slope of a ReLU at 0:", corner.grad.item())

# %% [markdown]
# And now the same three rules at every activation of the real network. (Its activations are ReLU6, which are also
# shut above 6. The rules apply likewise.) The map on the right is no explanation at all: it is an **edge filter**,
# and has never met the network.

# %%
# Figure · three rules and an edge filter
shown = {"gradient": "gradient", "deconvnet": "deconvnet", "guided": "guided", "edges": "edge filter, no network"}
fig, axes = plt.subplots(2, 4, figsize=(9.6, 5.4))
for row, name in zip(axes, ("cat", "astronaut"), strict=True):
    for ax, (method, title) in zip(row, shown.items(), strict=True):
        plot.image(ax, record(f"{name}/{method}"), title if name == "cat" else "")
plot.show(
    fig,
    alt="Maps of the cat and the astronaut: the gradient is speckled, the deconvnet map is the same grid for both, the "
    "guided map shows eyes, nose and outlines, and so does the edge filter.",
)

# %% [markdown]
# Look at the deconvnet maps: cat and astronaut get the *same* grid. The rule never asks which units fired, and in this
# network nothing else carries the photograph downward. So the map depends on the class alone, and hardly on that.
# (Zeiler & Fergus' network had max pooling, which remembers where each maximum was. That is where their pictures came
# from.) The guided map is the clearest, with eyes and nose. It also looks like the edge filter. Keep that in mind.

# %% [markdown]
# ## 6 · CAM and Grad-CAM: where the evidence lies
#
# Many networks end like ours: the last feature maps (here 1280 of 7 × 7) are **averaged**, each to one number, and
# one linear layer turns the 1280 numbers into scores. Both steps are sums, and sums may be swapped. First weigh the
# maps and add them up, then average: the score is the same (but for the bias of the linear layer). But before the
# average there is a **picture**, and its mean is the score. That is class activation mapping, CAM (Zhou et al. 2016).
# In numbers, with three maps:

# %%
# Figure · swap the sums
stripes, dots, sky = np.array([[4, 0], [2, 2]]), np.array([[0, 8], [0, 0]]), np.array([[1, 1], [3, 3]])
importance = {"stripes": 2, "dots": 1, "sky": -1}
evidence = 2 * stripes + 1 * dots - 1 * sky
fig, axes = plt.subplots(1, 4, figsize=(8.6, 2.7))
for ax, (name, factor), table in zip(axes, importance.items(), (stripes, dots, sky), strict=False):
    plot.numbers(ax, table, f"{name}\nmean {table.mean():g}, weight {plot.brief(factor)}")
plot.numbers(axes[3], evidence, f"weighted sum: CAM\nmean {evidence.mean():g}", highlight=(0, 0, 2, 2))
plot.show(
    fig,
    alt="Three maps of 2 × 2 with means 2, 2 and 2 and weights 2, 1 and −1: the score is 4. Their weighted sum is "
    f"{plot.spoken(evidence)}, and its mean is 4, too.",
)

# %% [markdown]
# Score by averages first: 2 · 2 + 1 · 2 − 1 · 2 = 4. Score as the mean of the sum: (7 + 7 + 1 + 1) / 4 = 4. For the
# espresso, here are the four maps that add most, and the sum of the best 1, 10, 100 and all 1280.

# %%
# Figure · from single maps to the whole
maps, weights, sums = (recorded[f"cam/{part}"].astype(float) for part in ("maps", "weights", "sums"))
fig, axes = plt.subplots(2, 4, figsize=(9.6, 5.4))
for ax, table, factor in zip(axes[0], maps, weights, strict=True):
    overlay(ax, photos[1], table / maps.max(), f"a map, weight {factor:.2f}\nadds {factor * table.mean():.2f}")
for ax, total, count in zip(axes[1], sums, (1, 10, 100, 1280), strict=True):
    overlay(ax, photos[1], np.maximum(total, 0) / total.max(), f"sum of {count}\nmean {total.mean():.1f}")
plot.show(
    fig,
    alt="Above, four single feature maps over the coffee, each bright at another part; below, sums of 1, 10, 100 "
    "and 1280 weighted maps, which settle on the cup.",
)

# %% [markdown]
# No single unit knows the espresso. The sum does. Cells of 7 × 7 are drawn smoothly here, but there are only 49
# numbers, one for each 32 × 32 pixels.
#
# **Grad-CAM** (Selvaraju et al. 2017) wants the same at *any* layer, also where no average and no single linear layer
# follow. Then a map's weight must come from elsewhere: from the gradient. How does the score depend on this map, on
# average over its places? That average is the weight. The weighted sum is cut off below zero, so only evidence *for*
# the class is shown. In the middle of our network, with maps of 14 × 14:

# %%
# Figure · what Grad-CAM averages
maps, slopes = recorded["gradcam/maps"].astype(float), recorded["gradcam/slopes"].astype(float)
fig, axes = plt.subplots(2, 4, figsize=(9.6, 5.5))
for column, (table, slope) in enumerate(zip(maps, slopes, strict=True)):
    plot.image(axes[0, column], table, f"map {column + 1}", signed=True, limit=np.abs(maps).max())
    title = f"slope of the score\nmean {1000 * slope.mean():+.1f} / 1000".replace("-", "−")
    plot.image(axes[1, column], slope, title, signed=True, limit=np.quantile(np.abs(slopes), 0.99))
overlay(axes[0, 3], photos[1], recorded["gradcam/sum"] / recorded["gradcam/sum"].max(), "middle layer, all 112 maps")
overlay(axes[1, 3], photos[1], record("coffee/gradcam"), "last layer")
plot.show(
    fig,
    alt="Three maps of the middle layer and, below each, how the score depends on its places; two means are "
    "positive, one is negative. Right, the weighted sum over the coffee: small scattered spots in "
    "the middle layer, one blob on the cup in the last.",
)

# %% [markdown]
# Orange is negative, purple positive. Earlier layers give finer maps, but here a scattered one: their maps do not know
# the class yet, and a slope that changes sign from place to place is badly told by its mean. Late layers follow the
# class. On the last layer Grad-CAM *is* CAM, but for a constant factor and the cut at zero: the gradient of an average
# is the same at every place.
#
# *Question: a cell of the last layer stands for 32 × 32 pixels. Does it only see those?*
#
# <details><summary>Answer</summary>
#
# No. Its receptive field (unit 08) is far larger, here larger than the whole photograph. A bright cell says "the
# evidence is *collected* here". That it also *comes* from here is a habit of such networks, not a law.
#
# </details>

# %% [markdown]
# ## 7 · Sanity check: does the map know the network?
#
# A beautiful map convinces. That is the danger. Adebayo et al. (2018) ask two modest questions. Does the map change
# when the **weights** are replaced by random numbers, layer by layer from the top? Does it change when the network is
# trained on random labels? If not, it does not explain what was learned.
#
# Below, the weights are lost from left to right. In the second column the network already knows no class any more: it
# guesses. Under each map stands its likeness to the first one, a rank correlation: 1 for the same order of pixels, 0
# for no relation.

# %%
# Figure · forgetting, from the last layer to the first
stages = recorded["cascade/stages"].tolist()
rows = {"gradient": "gradient", "guided": "guided", "gradcam": "Grad-CAM"}
likeness = {method: [float(recorded[f"cascade/{method}/likeness/{k}"]) for k in range(len(stages))] for method in rows}
fig, axes = plt.subplots(3, len(stages), figsize=(10, 5.9))
for row, (method, title) in zip(axes, rows.items(), strict=True):
    for k, ax in enumerate(row):
        plot.image(ax, enlarged(record(f"cascade/{method}/{k}")), stages[k] if method == "gradient" else "")
        ax.set_xlabel(f"{likeness[method][k]:.2f}".replace("-", "−"))
    row[0].set_ylabel(title, fontsize=11)
plot.show(
    fig,
    alt="Maps while the weights are randomised from the top. Likeness to the first map: "
    + "; ".join(f"{title} {', '.join(f'{v:.2f}' for v in likeness[method])}" for method, title in rows.items()),
)

# %% [markdown]
# The gradient and Grad-CAM change at once, when only the last layer is lost. The guided map does not: with last layer,
# head and five blocks gone, most of what the network knew, it still draws the same lines. Only the earlier layers
# matter to it. It is a drawing of the *photograph*, made with the network's edge detectors, and no reason for
# *espresso*.
#
# Passing this test does not prove a map right. Failing it proves that it shows something else.
#
# *Question: the edge filter of section 5 takes the test. What is its row?*
#
# <details><summary>Answer</summary>
#
# 1.00 in every column. It never looked at the weights. That is why "looks right" is not evidence: edges of a cup
# always look like a cup.
#
# </details>

# %% [markdown]
# ## 8 · The other way round: gradients that change the picture
#
# The gradient tells how to change the pixels to raise a score. So do it, again and again: **gradient ascent**.
# Starting from a gray picture, this answers: what does the network *want* to see for a class? (Simonyan et al. 2014.)

# %%
# Figure · a goldfish from nothing
frames = {f"{size} × {size}": record(f"class/goldfish/{size}") for size in (96, 160, 224)}
frames["without help"] = record("class/goldfish/raw")
asked = models.class_names().index("goldfish")
certainty = seen(list(frames.values())).softmax(1)[:, asked]
plot.grid(
    list(frames.values()),
    [f"{name}\ngoldfish {p:.2f}" for name, p in zip(frames, certainty.tolist(), strict=True)],
    columns=4,
    size=2.4,
    alt="Three pictures, finer and finer, of a scaly body with a head and fins; without help only fine noise appears, "
    "which the network calls goldfish as well.",
)

# %% [markdown]
# The last picture is the honest one: nothing but gradient ascent. To us it is noise, to the network a perfect
# goldfish. For the others the climb was helped to stay near photographs: it began small and was enlarged twice, an **L2
# term** pulls the pixels toward gray, small random shifts and smoothing keep the noise down. So the nicer the picture,
# the more of it comes from *us*. Two more wishes:

# %%
# Figure · what the network wants to see
wishes = ["lorikeet", "pineapple"]
plot.grid(
    [record(f"class/{name}/224") for name in wishes],
    wishes,
    columns=2,
    size=3,
    alt="Two pictures made by gradient ascent: heads and feathers in rainbow colours; "
    "a pineapple with its leaves among others.",
)

# %% [markdown]
# ### A step against the class
#
# Now start at a photograph and take a *single* step, uphill for the *loss*. Each number may change by at most ε. The
# best use of that: change **every** number by ε, up or down as the sign of its gradient says. This is FGSM, the fast
# gradient sign method (Goodfellow et al. 2015). Why should such a small step matter? Because there are many pixels.
# For a linear score the step changes it by ε times the sum of all $|w|$: it grows with the number of pixels.

# %%
for pixels in (9, 784, 150_528):
    w = np.random.default_rng(1).normal(size=pixels) / np.sqrt(pixels)  # its score stays about as large
    print(f"{pixels:>7,} numbers, each changed by 1%: the score moves by {0.01 * np.abs(w).sum():6.3f}")

# %% [markdown]
# Move the slider: how many of the 255 steps of brightness does it take?

# %%
# Figure · FGSM, step by step
uphill = np.where(np.unpackbits(recorded["fgsm/sign"])[: 224 * 224 * 3].reshape(224, 224, 3), 1, -1)
whole = np.round(255 * photos[1])
sizes = [0, 1, 2, 3, 4, 6, 8, 12, 16]
attacked = [np.clip(whole + size * uphill, 0, 255) / 255 for size in sizes]
verdicts = [models.top_classes(row, 2) for row in seen(attacked)]
texts = [
    f"ε = {size} of 255: " + ", ".join(f"{name} {p:.2f}" for name, p in verdict)
    for size, verdict in zip(sizes, verdicts, strict=True)
]
turn = """
const k = this.querySelector('input').value;
this.querySelectorAll('img').forEach(picture => picture.style.display = picture.dataset.k == k ? 'block' : 'none');
this.querySelector('output').textContent = JSON.parse(this.dataset.texts)[k];
"""
pictures = "".join(
    f'<img data-k="{k}" alt="{escape(text)}" style="width:336px;margin:0;display:{"none" if k else "block"}" '
    f'src="{address(picture)}">'
    for k, (picture, text) in enumerate(zip(attacked, texts, strict=True))
)
display(
    HTML(
        f'<div style="{paper}" data-texts="{escape(json.dumps(texts))}" oninput="{escape(turn)}">{pictures}'
        f'<p><label>ε <input type="range" min="0" max="{len(sizes) - 1}" value="0" data-lm-suppress-shortcuts '
        'style="width:300px;vertical-align:middle"></label></p>'
        f'<p style="margin:0"><output role="status">{escape(texts[0])}</output></p></div>'
    )
)

# %% [markdown]
# *Question: at ε = 16 the espresso is likelier again than at ε = 2. How can a larger step do less harm?*
#
# <details><summary>Answer</summary>
#
# The sign was computed once, at the photograph. It is a promise about tiny steps (section 4). Far away the slope is
# another one, so the big step overshoots. Several small steps, each with its own gradient, do far more harm.
#
# </details>
#
# ### As little as possible
#
# FGSM changes every pixel equally. Small steps along the gradient toward *another* class need far less. Deck 4 turns
# an African elephant into a koala and a schooner into an iPod, with differences that only show when they are
# multiplied by 10. Here is our cat, as a koala. (The idea: Szegedy et al. 2013.)

# %%
# Figure · a koala
whole = np.round(255 * photos[0])
change = recorded["fooled/change"].astype(float)
koala = np.clip(whole + change, 0, 255) / 255
before, after = (models.top_classes(row, 1)[0] for row in seen([whole / 255, koala]))
plot.grid(
    [whole / 255, koala, 0.5 + change / 255, np.clip(0.5 + 10 * change / 255, 0, 1)],
    [f"{before[0]} {before[1]:.2f}", f"{after[0]} {after[1]:.2f}", "difference", "10 × difference"],
    columns=4,
    size=2.4,
    alt=f"Two photographs of the cat that look the same; the first is called {before[0]}, the second {after[0]} with "
    f"{after[1]:.2f}. Their difference is plain gray, and faint colourful noise all over when multiplied by 10.",
)
print(f"largest change of a number: {np.abs(change).max():.0f} of 255, mean {np.abs(change).mean():.2f}")

# %% [markdown]
# How can that be? Training draws **boundaries** through a space of 150 528 dimensions, from finitely many
# photographs. The boundaries also divide all the space where no photograph ever was. Most of the points that a class
# owns look like nothing (Nguyen et al. 2015 found noise that networks call armadillo with 99% confidence), and from
# every photograph a boundary is near, in *some* of the many directions.
#
# ### DeepDream
#
# Do not ask for a class. Ask a layer for **more of what it already sees**: whatever fires shall fire more. Deck 4
# sets the gradient of the layer equal to its activation, which is the gradient of half the sum of squares. Working
# from small to large (in **octaves**) gives the patterns all sizes.

# %%
# Figure · coffee, and a dream of it
fade = "this.querySelector('[data-top]').style.opacity = this.querySelector('input').value / 100;"
height, width = record("dream/after").shape[:2]
display(
    HTML(
        f'<div style="{paper}" oninput="{fade}">'
        f'<div style="position:relative;width:min(100%,{1.6 * width:.0f}px)">'
        '<img alt="A cup of coffee on a wooden table, with a spoon" style="width:100%;display:block;margin:0" '
        f'src="{address(record("dream/before"))}"><img data-top alt="The same picture dreamt: eyes, rings and scales '
        'grow out of the wood, the saucer and the coffee" '
        'style="position:absolute;left:0;top:0;width:100%;margin:0;opacity:1" '
        f'src="{address(record("dream/after"))}"></div>'
        '<p><label>coffee <input type="range" min="0" max="100" value="100" data-lm-suppress-shortcuts '
        'style="width:300px;vertical-align:middle"> dream</label></p></div>'
    )
)

# %% [markdown]
# ### Attack the explanation
#
# If tiny changes can move the *class*, they can also leave the class alone and move the *map* (Ghorbani et al. 2019).
# The second photograph below differs from the first by at most 8 of 255 in every number. The change was made to empty
# the brightest places of the map, and to leave the class as it is.

# %%
# Figure · the same coffee, the same class, another reason
whole = np.round(255 * photos[1])
moved = np.clip(whole + recorded["fragile/change"], 0, 255) / 255
kept = [models.top_classes(row, 1)[0] for row in seen([whole / 255, moved])]
fig, axes = plt.subplots(1, 4, figsize=(9.8, 2.9))
for ax, picture, (name, p) in zip(axes[::2], (whole / 255, moved), kept, strict=True):
    plot.image(ax, picture, f"{name} {p:.2f}")
for ax, name in zip(axes[1::2], ("before", "after"), strict=True):
    plot.image(ax, record(f"fragile/{name}"), f"gradient, {name}")
tops = [set(np.argsort(-record(f"fragile/{name}"), axis=None)[:250]) for name in ("before", "after")]
shared = len(tops[0] & tops[1])
plot.show(
    fig,
    alt=f"The coffee and a nearly equal picture, both called {kept[0][0]}, and their gradient maps, which differ: "
    f"of the 250 brightest places only {shared} are the same.",
)
print(f"of the 250 brightest places, {shared} are still among the 250 brightest")

# %% [markdown]
# What would you tell someone who was refused a loan "because of these features", by a system whose reasons can be
# moved like that?

# %% [markdown]
# ## 9 · Gallery
#
# Choose a photograph and a method; fade the map with the slider. Read what the map claims. Then look for a map you
# would have *believed*.
#
# *Question: why a bobsled? Compare occlusion and Grad-CAM on the astronaut.*
#
# <details><summary>Answer</summary>
#
# Both point to the helmet at the lower right, among other places. The next guesses were *football
# helmet* and *go-kart*: people with helmets. Two methods that ask different questions agree, so it is a good guess. A
# test would be the same photograph without the helmet.
#
# </details>

# %%
# Figure · the gallery
claims = {
    "occlusion": ("Occlusion", "Covering this place with gray lowers the probability."),
    "gradient": ("Gradient", "A tiny change of this pixel moves the score most."),
    "smoothgrad": ("SmoothGrad", "On average over noisy copies, a tiny change here moves the score most."),
    "deconvnet": ("Deconvnet", "Positive signals sent down, whatever fired. Without max pooling: no photograph in it."),
    "guided": ("Guided", "Positive signals sent down through open gates. Mostly edges of the photograph."),
    "gradcam": ("Grad-CAM", "The last layer's evidence for the class is collected here, give or take 32 pixels."),
    "edges": ("Edge filter", "Knows no network at all. It is here as a warning."),
}
choose = """
const pick = name => this.querySelector(`input[name=${name}]:checked`).value;
const subject = pick(this.dataset.id + 's'), method = pick(this.dataset.id + 'm');
for (const layer of this.querySelectorAll('[data-layer]')) layer.style.display =
  [subject, subject + ' ' + method].includes(layer.dataset.layer) ? 'block' : 'none';
const strength = this.querySelector('[type=range]').value / 100;
for (const map of this.querySelectorAll('[data-map]')) map.style.opacity = strength;
const told = JSON.parse(this.dataset.told);
this.querySelector('output').textContent = told[subject] + ' — ' + told[method];
"""
told = {name: f"{classes[name]} {trusted[name]:.2f}" for name in subjects} | {
    method: f"{title}: {claim}" for method, (title, claim) in claims.items()
}
layers, buttons = [], []
for name, photo in zip(subjects, photos, strict=True):
    first = "" if name == "cat" else "display:none;"
    layers.append(
        f'<img data-layer="{name}" alt="Photograph: {name}" src="{address(washed(photo))}" '
        f'style="{first}position:absolute;left:0;top:0;width:100%;margin:0">'
    )
    buttons.append(
        '<label style="display:inline-block;text-align:center;margin:0 10px 8px 0">'
        f'<img alt="{name}" src="{address(photo[::2, ::2])}" style="width:84px;display:block;margin:0">'
        f'<input type="radio" name="lookers" value="{name}" {"checked" * (name == "cat")}> {name}</label>'
    )
    for method, (title, _) in claims.items():
        shown = "" if (name, method) == ("cat", "occlusion") else "display:none;"
        strength = enlarged(record(f"{name}/{method}"))
        layers.append(
            f'<img data-map data-layer="{name} {method}" alt="{title} for {escape(classes[name])}" '
            f'src="{address(heat(strength), "WEBP")}" '
            f'style="{shown}position:absolute;left:0;top:0;width:100%;margin:0">'
        )
ways = "".join(
    f'<label style="display:block;margin:4px 0"><input type="radio" name="lookerm" value="{method}" '
    f"{'checked' * (method == 'occlusion')}> {title}</label>"
    for method, (title, _) in claims.items()
)
display(
    HTML(
        f'<div style="{paper}" data-id="looker" data-told="{escape(json.dumps(told))}" oninput="{escape(choose)}">'
        f"<div>{''.join(buttons)}</div>"
        '<div style="display:flex;flex-wrap:wrap;gap:20px"><div style="position:relative;width:448px;height:448px;'
        f'max-width:100%;overflow:hidden">{"".join(layers)}</div><div>{ways}'
        '<p><label>strength of the map<br><input type="range" min="0" max="100" value="100" '
        'data-lm-suppress-shortcuts style="width:160px"></label></p></div></div>'
        f'<p style="min-height:3em;margin:8px 0 0"><output role="status">{escape(told["cat"])} — '
        f"{escape(told['occlusion'])}</output></p></div>"
    )
)

# %% [markdown]
# The same at a glance, for paper:

# %%
# Figure · all photographs, all methods
fig, axes = plt.subplots(len(subjects), len(claims) + 1, figsize=(11.2, 6))
for row, name, photo in zip(axes, subjects, photos, strict=True):
    plot.image(row[0], photo)
    row[0].set_ylabel(f"{classes[name]}\n{trusted[name]:.2f}", fontsize=9)
    for ax, (method, (title, _)) in zip(row[1:], claims.items(), strict=True):
        overlay(ax, photo, record(f"{name}/{method}"), title if name == "cat" else "")
        ax.title.set_fontsize(9)
plot.show(
    fig,
    alt="Four photographs in rows, seven methods in columns: occlusion and Grad-CAM give blobs on the object, gradient "
    "and SmoothGrad clouds of speckles, deconvnet the same grid in each row, guided and the edge filter fine lines.",
)

# %% [markdown]
# ## 10 · What each map says, and what it does not
#
# | method | it says | beware |
# |---|---|---|
# | occlusion | without this part, covered *like that*, the class loses so much | filling, size; other parts stand in |
# | gradient | the score is this sensitive to tiny changes | flat where the score is full; speckles |
# | gradient × input, integrated | shares, counted from a starting point | move when the input is stored differently ¹ |
# | deconvnet | which patterns *could* have sent positive signals | without max pooling it ignores the photograph |
# | guided | which patterns sent positive signals down | may pass for an edge filter ² |
# | CAM, Grad-CAM | where evidence for the class is collected | 7 × 7 cells; not where it comes from |
# | any map | something about one picture | not how the network works; can be moved on purpose ³ |
#
# ¹ Kindermans et al. 2019 · ² Adebayo et al. 2018 · ³ Ghorbani et al. 2019
#
# Good habits: compare two methods that ask different questions. Look at a second class. Randomise the weights once.
# Test what the map suggests **on new pictures**: if it says "water", photograph a ship on land.
#
# *Question: a hospital's network finds pneumonia. Grad-CAM lights up a corner of the X-ray, where the machine prints
# its name. What do you conclude, and what next?*
#
# <details><summary>Answer</summary>
#
# A suspicion: the hospital, not the lung, may have given the class away. Next cover or replace that corner in many
# X-rays (occlusion asks a causal question) and test on another hospital's pictures. One map of one picture proves
# nothing, but it told you which experiment to make.
#
# </details>
#
# *Question: which of the maps would still look fine if the network had been trained on random labels?*
#
# <details><summary>Answer</summary>
#
# Guided backpropagation and the edge filter most of all; a network that learned labels by heart still has gates at
# edges. Looking fine is no test.
#
# </details>

# %% [markdown]
# ## What to remember
#
# * "What mattered?" is several questions. Cover it, nudge it, or look where the evidence is collected.
# * The gradient of the *score* with respect to the *pixels* costs one backward pass and describes tiny changes only.
# * Three rules at a ReLU differ in which of two signs they look at.
# * CAM swaps a mean and a sum. Grad-CAM takes the weights from the gradient, and works at any layer.
# * A map that does not change when the weights are randomised does not explain them.
# * The same gradient makes pictures: class images, dreams, and changes that fool the network or its explanation.
#
# **Now open assignment 12_saliency, then 12_gradient_images.**
#
# ### Read on
#
# * M. Zeiler, R. Fergus (2014), *Visualizing and understanding convolutional networks*,
#   [arXiv:1311.2901](https://arxiv.org/abs/1311.2901): occlusion, deconvnet.
# * K. Simonyan, A. Vedaldi, A. Zisserman (2014), *Deep inside convolutional networks*,
#   [arXiv:1312.6034](https://arxiv.org/abs/1312.6034): gradient maps, class images.
# * J. Springenberg et al. (2015), *Striving for simplicity*, [arXiv:1412.6806](https://arxiv.org/abs/1412.6806):
#   guided backpropagation.
# * B. Zhou et al. (2016), *Learning deep features for discriminative localization*,
#   [arXiv:1512.04150](https://arxiv.org/abs/1512.04150): CAM. R. Selvaraju et al. (2017), *Grad-CAM*,
#   [arXiv:1610.02391](https://arxiv.org/abs/1610.02391).
# * D. Smilkov et al. (2017), *SmoothGrad*, [arXiv:1706.03825](https://arxiv.org/abs/1706.03825). M. Sundararajan, A.
#   Taly, Q. Yan (2017), *Axiomatic attribution for deep networks*,
#   [arXiv:1703.01365](https://arxiv.org/abs/1703.01365).
# * J. Adebayo et al. (2018), *Sanity checks for saliency maps*, [arXiv:1810.03292](https://arxiv.org/abs/1810.03292).
# * A. Ghorbani, A. Abid, J. Zou (2019), *Interpretation of neural networks is fragile*,
#   [arXiv:1710.10547](https://arxiv.org/abs/1710.10547).
# * P.-J. Kindermans et al. (2019), *The (un)reliability of saliency methods*,
#   [arXiv:1711.00867](https://arxiv.org/abs/1711.00867).
# * C. Szegedy et al. (2013), *Intriguing properties of neural networks*,
#   [arXiv:1312.6199](https://arxiv.org/abs/1312.6199). I. Goodfellow, J. Shlens, C. Szegedy (2015), *Explaining and
#   harnessing adversarial examples*, [arXiv:1412.6572](https://arxiv.org/abs/1412.6572). A. Nguyen, J. Yosinski, J.
#   Clune (2015), *Deep neural networks are easily fooled*, [arXiv:1412.1897](https://arxiv.org/abs/1412.1897).
# * A. Mordvintsev, C. Olah, M. Tyka (2015), *Inceptionism: going deeper into neural networks*, Google Research Blog:
#   DeepDream.
# * M. Alcorn et al. (2018), *Strike (with) a pose*, [arXiv:1811.11553](https://arxiv.org/abs/1811.11553).
# * C. Molnar, *Interpretable machine learning*, [chapter on pixel
#   attribution](https://christophm.github.io/interpretable-ml-book/pixel-attribution.html).
# * The photographs, as shipped with scikit-image: cat (Stéfan van der Walt, CC0), coffee (Rachel Michetti, Pikolo
#   Espresso Bar, CC0), astronaut (NASA), rocket (SpaceX, CC0).
