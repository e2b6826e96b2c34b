# %% [markdown]
# # 13 · Satellite: reading the ground from above
#
# A satellite passes over Europe every few days and takes pictures that nobody has the time to look at. So a network
# looks. In this lesson you compete with one, take its data apart like a jigsaw puzzle, read the curves of healthy and
# of sick training runs, and find out what happens to a good network when the world above the test set changes.
#
# You need convolutional networks (units 08 to 10), training (unit 07) and a little of Grad-CAM (unit 12). Reading and
# playing takes about 75 minutes. Nothing here needs a GPU, a network or an account. Two assignments follow:
# **13_satellite** builds a training run, **13_satellite_run** hands one to somebody who does not trust you.

# %%
import base64
import io
import json
import tempfile
from collections import deque
from html import escape

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import HTML, display
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch, Rectangle
from PIL import Image
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from cnnlib import data, plot
from cnnlib.train import history, recipe, tracker, train

np.set_printoptions(precision=3, suppress=True)
torch.set_num_threads(1)

# Two sets of tiles: Landsat comes with the course. Of EuroSAT (27,000 tiles) there is a recording.
landsat, recorded = data.landsat(), data.recorded("satellite_run")
classes = [str(name) for name in recorded["classes"]]

# %%
# Tools · pictures: open if you are curious, skip otherwise


def pictures(name):
    """Return the recorded tiles that lie side by side in one JPEG, shape (N, 64, 64, 3)."""
    sheet = np.asarray(Image.open(io.BytesIO(recorded[name].tobytes())))
    rows, columns = sheet.shape[0] // 64, sheet.shape[1] // 64
    return sheet.reshape(rows, 64, columns, 64, 3).swapaxes(1, 2).reshape(-1, 64, 64, 3)


def address(tile):
    """Return a tile, bytes of shape (H, W, 3), as an address that can stand in a web page."""
    file = io.BytesIO()
    Image.fromarray(tile).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def spaced(name):
    """Return a class in words: AnnualCrop → annual crop."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def percent(share, digits=1):
    """Return a share as text, in per cent."""
    return f"{100 * share:.{digits}f}%"


words = [spaced(name).replace("sea lake", "sea or lake") for name in classes]
brief = [word.replace("herbaceous vegetation", "herbs") for word in words]
paper = "background:#ffffff;color:#1f2328;padding:12px;max-width:820px;font-size:14px"

# %% [markdown]
# ## 1 · A guessing game
#
# Twelve tiles, ten classes. Each tile is 640 m wide and seen from straight above, north is up. Choose a class for each;
# then open the answer. The last line counts. (The tiles are from EuroSAT, made of Sentinel-2 pictures of 34 European
# countries; contains modified Copernicus Sentinel data.)

# %%
# Figure · twelve tiles: which class?
game, truth, shares = pictures("game/tiles"), recorded["game/labels"], recorded["game/probabilities"]
options = "".join(f'<option value="{k}">{word}</option>' for k, word in sorted(enumerate(words), key=lambda p: p[1]))
count = """
const answers = JSON.parse(this.dataset.answers), chosen = [...this.querySelectorAll('select')];
const given = chosen.filter(one => one.value !== '').length;
const right = chosen.filter((one, k) => one.value !== '' && +one.value === answers[k]).length;
this.querySelector('output').textContent = `${given} of ${chosen.length} guessed, ${right} of them right`;
"""
cards = ""
for number, (tile, label, share) in enumerate(zip(game, truth, shares, strict=True), 1):
    best = np.argsort(-share)[:2]
    said = ", ".join(f"{words[k]} {share[k]:.2f}" for k in best)
    cards += (
        f'<div style="width:186px"><img alt="Tile {number}, 64 by 64 pixels from above" '
        f'style="width:186px;margin:0;display:block" src="{address(tile)}">'
        f'<label>{number}: <select style="color:inherit;background:#fff;max-width:150px">'
        f'<option value="">which class?</option>{options}</select></label>'
        f"<details><summary>Answer</summary><b>{words[label]}</b><br>the network: {said}</details></div>"
    )
display(
    HTML(
        f'<div style="{paper}" data-answers="{json.dumps(truth.tolist())}" oninput="{escape(count)}">'
        f'<div style="display:flex;flex-wrap:wrap;gap:14px">{cards}</div>'
        '<p style="margin:10px 0 0"><output role="status">nothing guessed yet</output></p></div>'
    )
)

# %% [markdown]
# What did you go by? Probably by colour first, then by pattern: stripes, specks, a line through the picture. Here are
# six examples of each class. Look at them, then go back and change what you would change.

# %%
# Figure · six examples of each class
examples = pictures("examples").reshape(10, 6, 64, 64, 3)
fig, axes = plt.subplots(10, 1, figsize=(7.4, 9.8))
for ax, tiles, word in zip(axes, examples, words, strict=True):
    gap = np.full((64, 4, 3), 255, np.uint8)
    plot.image(ax, np.hstack([part for tile in tiles for part in (tile, gap)]))
    ax.set_ylabel(word.replace("herbaceous ", "herbaceous\n"), rotation=0, ha="right", va="center")
plot.show(
    fig,
    alt="Ten rows of six tiles: annual crop, large fields in brown and green; forest, evenly dark green; herbaceous "
    "vegetation, brownish and uneven; highway, a line with a junction; industrial, large bright roofs; pasture, evenly "
    "green; permanent crop, small parcels with fine rows; residential, many specks of roofs; river, a winding band; "
    "sea or lake, evenly dark blue.",
)

# %%
# Figure · the network's answers to the twelve tiles
taken = shares.argmax(1)
fig, axes = plt.subplots(2, 6, figsize=(10.5, 4.3))
for ax, tile, label, share in zip(axes.flat, game, truth, shares, strict=True):
    k = share.argmax()
    plot.image(ax, tile)
    right = k == label
    ax.set_title(f"{brief[k]} {share[k]:.2f}", fontsize=9, color=plot.colors["green" if right else "orange"])
    ax.set_xlabel("right" if right else f"label: {brief[label]}", fontsize=9)
told = "; ".join(
    f"tile {n}: {words[k]}, {'right' if k == label else f'label {words[label]}'}"
    for n, (k, label) in enumerate(zip(taken, truth, strict=True), 1)
)
plot.show(fig, alt=f"The twelve tiles with the class that the network takes each for. {told}.")
print(f"the network: {np.sum(taken == truth)} of {len(truth)} (two tiles were chosen because it fails on them)")
everywhere = np.mean(recorded["run/predictions"] == recorded["run/labels"])
print(f"on all {len(recorded['run/labels'])} validation tiles: {percent(everywhere)}")
print(f"{recorded['run/weights']:,} weights, trained for {recorded['run/seconds'] / 60:.0f} minutes on a processor")
assert np.flatnonzero(taken != truth).tolist() == [1, 4]

# %% [markdown]
# It was never told what a house or a river is; it has seen 16,200 labelled tiles. It is `cnnlib.models.fast_network`,
# small and trained in minutes. Where people stumble:
#
# * **The whole instead of the thing.** Tile 1 is mostly fields; the thin line through it decides. A label says what the
#   tile was chosen for, not what covers most of it.
# * **Dark and even.** Forest (10) and sea (11) differ by a shade of green. For a network that is a lot.
# * **A line, but which?** A river bends and has banks (4), a motorway is thin and smooth.
# * **What grows there?** Herbs, pasture, annual and permanent crop: 2, 5, 7 and 12 are hard for people *and* for the
#   network, which misses 2 and 5. Is the tile unclear, or the classes?
#
# *Question: you got 8 of 12, the network 10. Is it better than you? What would be a fair contest?*
#
# <details><summary>Answer</summary>
#
# Twelve tiles say little: whoever is right in 7 of 10 cases gets between 7 and 10 of 12 in most games. Two of the tiles
# were chosen *against* the network. And it had seen 16,200 tiles with labels, you none. A fair contest takes some
# hundred tiles, drawn at random, the same for both, after you have had time to study examples.
#
# </details>

# %% [markdown]
# ## 2 · Four tasks
#
# "What is on this picture?" is four different questions. They differ in what comes out, so in what a label costs, and
# in how an answer is scored. One drawn scene, four panels.

# %%
# Figure · one scene, four questions
height, width = 96, 128
y, x = np.mgrid[:height, :width]
shore = 46 + 7 * np.sin(y / 13) + 3 * np.sin(y / 5)
kinds = ["field", "water", "beach", "house", "boat"]
scene = np.select([x < shore, x < shore + 5], [1, 2], 0)  # a number from `kinds` for each pixel
things = []  # (kind, top, left, height, width)
things += [(3, top, left, 6, 8) for top, left in [(12, 84), (12, 98), (26, 84), (27, 99), (70, 70), (70, 84)]]
things += [(4, top, left, tall, wide) for top, left, tall, wide in [(20, 10, 4, 10), (44, 26, 3, 8), (72, 16, 9, 3)]]
owner = np.zeros((height, width), int)  # which thing a pixel belongs to, from 1
for number, (kind, top, left, tall, wide) in enumerate(things, 1):
    inside = (y >= top) & (y < top + tall) & (x >= left) & (x < left + wide)
    if kind == 4:  # hulls are round
        inside &= ((y - top - (tall - 1) / 2) * 2 / tall) ** 2 + ((x - left - (wide - 1) / 2) * 2 / wide) ** 2 <= 1
    scene[inside], owner[inside] = kind, number

greens = np.array([[0.42, 0.55, 0.25], [0.55, 0.6, 0.3], [0.66, 0.6, 0.36], [0.36, 0.5, 0.27]])
parcels = greens[(x // 21 + 2 * (y // 33)) % 4]
paints = np.array([[0, 0, 0], [0.13, 0.3, 0.42], [0.85, 0.79, 0.62], [0.72, 0.33, 0.25], [0.93, 0.93, 0.95]])
noise = np.random.default_rng(0).normal(0, 0.025, (height, width, 1))
photo = np.clip(np.where((scene == 0)[..., None], parcels, paints[scene]) + noise, 0, 1)
maps = ListedColormap(["#c7d59f", "#56b4e9", "#f0e0b0", "#d55e00", "#1f2328"])

fig, axes = plt.subplots(2, 2, figsize=(9.6, 7.6))
plot.image(axes[0, 0], photo, "recognition: what is it?")
axes[0, 0].text(64, 50, "coast", fontsize=20, ha="center", bbox={"facecolor": "white", "edgecolor": "none"})
plot.image(axes[0, 1], photo, "detection: what is where?")
for kind, top, left, tall, wide in things:
    color = {"house": "#ffffff", "boat": "#f0e442"}[kinds[kind]]
    box = Rectangle((left - 1, top - 1), wide + 1, tall + 1, fill=False, edgecolor=color, linewidth=2)
    axes[0, 1].add_patch(box)
    axes[0, 1].text(left - 1, top - 2, kinds[kind], color=color, fontsize=8, va="bottom")
axes[1, 0].imshow(scene, cmap=maps, vmin=0, vmax=4)
plot.bare(axes[1, 0], "segmentation: which class is each pixel?")
axes[1, 0].legend(
    handles=[Patch(color=maps(k), label=kind) for k, kind in enumerate(kinds)],
    ncols=5, loc="upper center", bbox_to_anchor=(0.5, 0), fontsize=9, handlelength=1, columnspacing=1,
)  # fmt: skip
plot.image(axes[1, 1], 0.6 + 0.4 * photo, "instance segmentation: which thing is each pixel of?")
own = plt.colormaps["tab10"](owner % 10)
own[owner == 0] = 0
axes[1, 1].imshow(own)
plot.show(
    fig,
    alt="A drawn coast with fields, six houses and three boats, four times. First with one word on it, coast; then "
    "with a box and a word around each house and boat; then every pixel in the colour of its class; then each house "
    "and each boat in a colour of its own.",
)

# %% [markdown]
# | task | in | out | usual score | public sets of pictures from above |
# |---|---|---|---|---|
# | recognition | tile | one class (or several) | accuracy; mean F1 of the classes | EuroSAT, UC Merced, BigEarthNet |
# | detection | scene | boxes, a class and a confidence each | AP: average precision at IoU ≥ 0.5 | DOTA, xView, DIOR |
# | segmentation | scene | a class for each pixel | mean IoU over classes | ISPRS Potsdam, LoveDA, DeepGlobe |
# | instance segmentation | scene | a mask for each thing | mask AP | iSAID, SpaceNet buildings |
#
# **IoU** is intersection over union: the area that prediction and truth share, divided by the area that either covers.
# For **AP** sort all boxes by their confidence. From the top down, a box is a hit if its IoU with a true box is at
# least 0.5 and nobody has hit that one before. Precision against recall gives a curve; AP is the area under it.
#
# Why not simply count pixels? Because pictures from above are mostly *ground*. Erase all boats from the map:

# %%
found = np.where(scene == 4, 1, scene)  # a map that calls every boat water
overlap = [((found == k) & (scene == k)).sum() / ((found == k) | (scene == k)).sum() for k in range(len(kinds))]
print(f"pixels right {percent((found == scene).mean())}, mean IoU {percent(np.mean(overlap))}")
print({kind: round(float(value), 3) for kind, value in zip(kinds, overlap, strict=True)})
assert (found == scene).mean() > 0.99

# %% [markdown]
# Over 99% of the pixels are right, and not one boat is left. The mean IoU counts each class alike, so it notices.
#
# And things are *small*. At 10 m a pixel a fishing boat is two pixels long, a container ship forty. What is it worth
# to find a thing, but one pixel too far down and one too far to the right?

# %%
# Figure · one pixel off
sides = np.arange(2, 65)
common = (sides - 1) ** 2
worth = common / (2 * sides**2 - common)
first = sides[worth >= 0.5][0]
fig, ax = plt.subplots(figsize=(7, 3.2))
ax.plot(sides, worth)
ax.axhline(0.5, color=plot.colors["gray"], linestyle="--", linewidth=1)
for side, name in [(2, "boat, 20 m"), (8, "house at 1 m"), (40, "ship, 400 m")]:
    value = worth[sides == side][0]
    ax.plot(side, value, "o", color=plot.colors["orange"])
    ax.annotate(f"{name}: {value:.2f}", (side, value), xytext=(8, -12), textcoords="offset points")
ax.set(xlabel="side of a square thing, in pixels", ylabel="IoU, one pixel off diagonally", ylim=(0, 1))
plot.show(
    fig,
    alt=f"The IoU of a square and its copy one pixel off in both directions rises with its side: {worth[0]:.2f} at 2 "
    f"pixels, {worth[sides == 8][0]:.2f} at 8, {worth[sides == 40][0]:.2f} at 40; from {first} pixels on above 0.5.",
)
assert first == 6

# %% [markdown]
# Below six pixels, being one pixel off is a miss. That is why detectors for pictures from above keep fine
# feature maps, and why some benchmarks for tiny things accept a lower IoU, or the distance of the centres.
#
# *Question: harbours are full of ships that lie side by side at an angle. What goes wrong with upright boxes, and what
# does the set DOTA do about it?*
#
# <details><summary>Answer</summary>
#
# The upright box of a long ship at 45° is mostly water and neighbours. Two ships side by side have boxes that overlap
# so much that the usual clean-up (drop a box that overlaps a better one) throws one ship away. DOTA's labels are turned
# boxes, four corners each: seen from above there is no upright.
#
# </details>

# %% [markdown]
# ## 3 · What the data is
#
# ### How large is a pixel?
#
# EuroSAT's tiles come from Sentinel-2: **10 m a pixel**, 64 pixels, 640 m. Landsat's scanner of the seventies and
# eighties, from which the course's small set comes, had about 80 m. Average a residential tile over larger and larger
# squares, and see what is left of a village.

# %%
# Figure · one tile at 10, 20, 40 and 80 m a pixel
village = examples[classes.index("Residential"), 3]
coarser = [village.reshape(64 // n, n, 64 // n, n, 3).mean((1, 3)) / 255 for n in (1, 2, 4, 8)]
plot.grid(
    [village[24:40, 24:40], *coarser],
    ["160 m of it, enlarged", "10 m: Sentinel-2", "20 m", "40 m", "80 m: Landsat MSS"],
    alt="A residential tile: enlarged, a house is one or two bright pixels without an outline. At 20 m the streets "
    "fade, at 40 m a speckled patch is left, at 80 m an 8 by 8 pattern in which no house can be told.",
)

# %% [markdown]
# A house is a pixel or two. Nobody sees a *house* here; what you recognised in the game was a **texture**. That is what
# the network learns, too, and it is the reason why section 7 asks what happens when the pixels become larger.
#
# ### More colours than three
#
# A camera for people has three bands, since eyes have three kinds of cones. Sentinel-2 has thirteen. Leaves are dark in
# red (chlorophyll eats it), yet bright just beyond what we see.

# %%
# Figure · bands of light, and what the ground does with them
# name, centre and width in nm, metres a pixel (ESA, Sentinel-2A MultiSpectral Instrument)
bands = [
    ("1", 443, 20, 60), ("2", 492, 66, 10), ("3", 560, 36, 10), ("4", 665, 31, 10), ("5", 704, 15, 20),
    ("6", 740, 15, 20), ("7", 783, 20, 20), ("8", 833, 106, 10), ("8a", 865, 21, 20), ("9", 945, 20, 60),
    ("10", 1374, 31, 60), ("11", 1614, 91, 20), ("12", 2202, 175, 20),
]  # fmt: skip
shades = {10: plot.colors["blue"], 20: plot.colors["sky"], 60: plot.colors["gray"]}
fig, axes = plt.subplots(1, 2, figsize=(11, 3.7), gridspec_kw={"width_ratios": [1.15, 1]})
for name, centre, wide, metres in bands:
    row = {10: 2, 20: 1, 60: 0}[metres]
    axes[0].barh(row, wide, left=centre - wide / 2, height=0.7, color=shades[metres])
    axes[0].text(centre, row + 0.4, name, ha="center", fontsize=8)
axes[0].barh([3] * 4, [100, 100, 100, 300], left=[500, 600, 700, 800], height=0.7, color=plot.colors["gold"],
             edgecolor="white")  # fmt: skip
axes[0].set(yticks=range(4), yticklabels=["60 m", "20 m", "10 m", "Landsat MSS"], xscale="log", xlim=(400, 2400))
axes[0].set(xticks=[400, 500, 700, 1000, 1500, 2200], xticklabels=[400, 500, 700, 1000, 1500, 2200])
axes[0].minorticks_off()
axes[0].axvspan(400, 700, color="#f0e442", alpha=0.2)
axes[0].set(xlabel="wavelength in nm, logarithmic; yellow: visible", title="13 bands of Sentinel-2, 4 of Landsat MSS")
of_train, ground = landsat.part("train")
signature = np.array([of_train[ground == k].mean((0, 1, 2)) for k in range(6)])
for line, name, style, tone in zip(signature, landsat.classes, "osD^vX", plot.colors.values(), strict=False):
    axes[1].plot([550, 650, 750, 950], line, marker=style, color=tone, label=name)
axes[1].set(xlabel="wavelength in nm", ylabel="mean value, 0 to 255", title="signatures of Landsat's classes")
axes[1].legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
cotton = signature[landsat.classes.index("cotton crop")]
plot.show(
    fig,
    alt="Left: Sentinel-2's bands from 443 to 2202 nm; 2, 3, 4 and 8 have 10 m pixels, six others 20 m, and 1, 9, 10 "
    f"60 m. Right: mean of four bands by class. Cotton rises from {cotton[1]:.0f} in red to {cotton[2]:.0f} and "
    f"{cotton[3]:.0f} in the infrared; the soils are flat lines of different height.",
)

# %% [markdown]
# Each kind of ground has its **spectral signature**. Cotton leaps up behind the red; the grey soils differ in little
# but height, and the damper the darker. So Landsat's classes are a matter of *colour* more than of shape. And EuroSAT,
# of which we use red, green and blue only?

# %%
# Figure · the mean colour of each class, and how many there are
colours, counts = recorded["colours"], recorded["counts"]
fig, axes = plt.subplots(1, 3, figsize=(11.4, 3.9), gridspec_kw={"width_ratios": [1.2, 1, 1]})
axes[0].imshow(np.clip(2 * colours[:, None], 0, 1), aspect="auto")
for k, (colour, word) in enumerate(zip(colours, words, strict=True)):
    axes[0].text(0, k, f"{word}  {' '.join(f'{value:.2f}' for value in colour)}", ha="center", va="center", fontsize=9,
                 bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.5})  # fmt: skip
plot.bare(axes[0], "mean red, green, blue\n(drawn twice as bright)")
axes[1].barh(words, counts[0], color=plot.colors["blue"])
axes[1].set(title="EuroSAT: training tiles", xlabel="tiles")
axes[2].barh(landsat.classes, np.bincount(ground), color=plot.colors["gold"])
axes[2].set(title="Landsat: training patches", xlabel="patches")
for ax in axes[1:]:
    ax.invert_yaxis()
    ax.tick_params(labelsize=8)
plot.show(
    fig,
    alt="Mean colours by class: forest and sea dark, industrial and annual crop bright. EuroSAT's classes have "
    f"{counts[0].min()} to {counts[0].max()} training tiles; Landsat's {np.bincount(ground).min()} to "
    f"{np.bincount(ground).max()} patches.",
)
asked = np.bincount(landsat.part("validation")[1])
most = {"EuroSAT": counts[1].max() / counts[1].sum(), "Landsat": asked.max() / asked.sum()}
print("always the most frequent class:", ", ".join(f"{name} {percent(share)}" for name, share in most.items()))
colour_alone = recorded["colour_alone"].item()  # one Gaussian for each class
print(f"EuroSAT from mean and spread of a tile's three colours alone: {percent(colour_alone)}")
assert 0.62 < colour_alone < 0.72

# %% [markdown]
# Colour alone, six numbers a tile, gets two thirds right. That is the sober reference for a network: what it has beyond
# that, it has from pattern.
#
# Two habits before any training. **Look at the counts**: where a class is rare, accuracy hardly notices it. EuroSAT
# is nearly balanced, Landsat less so; and the real ground is not at all, most of Europe is no highway. And take means
# and spreads for normalising **from the training part alone**. How much does it matter here?

# %%
mean, spread = landsat.statistics()
print("training part:", mean, " all parts:", landsat.images.mean((0, 1, 2)) / 255)

# %% [markdown]
# Hardly: the parts were dealt out like cards, so their means agree. It is still a rule, for two reasons. When the parts
# are *not* alike (another region, another year) the difference is just what you want to measure. And the rule costs
# nothing, while "it will hardly matter" has to be shown anew each time.
#
# *Question: a colleague sets each tile to mean 0 and spread 1 by its own values. No leak at all! What is lost?*
#
# <details><summary>Answer</summary>
#
# Brightness. Damp and very damp soil, forest and sea differ in little else: in such a tile nothing is left but its
# pattern. What is gained: it does not care about exposure any more (section 7).
#
# </details>

# %% [markdown]
# ## 4 · A split that leaks
#
# The Landsat set has 6435 patches of 3 × 3 pixels. 2000 of them are the test part, published in 1993 and used in
# many papers. Here is a test patch beside a training patch. Do you notice something?


# %%
# Figure · two patches
def shifted_pairs(patches):
    """Return (a, b, down, right) where patch b is patch a moved by one pixel: their blocks of six pixels are equal."""
    pairs = []
    for down, right, of_a, of_b in [(0, 1, np.s_[:, :, 1:], np.s_[:, :, :2]), (1, 0, np.s_[:, 1:], np.s_[:, :2])]:
        home = {block.tobytes(): n for n, block in enumerate(patches[of_b])}
        found = [(a, home.get(block.tobytes())) for a, block in enumerate(patches[of_a])]
        pairs += [(a, b, down, right) for a, b in found if b is not None]
    return pairs


pairs = shifted_pairs(landsat.images)
part_of = np.full(len(landsat.images), "train", dtype=object)
for name in ("validation", "test"):
    part_of[landsat.indices(name)] = name
one, other = next((a, b) for a, b, down, right in pairs if right and (part_of[a], part_of[b]) == ("test", "train"))
fig, axes = plt.subplots(1, 2, figsize=(5.6, 2.8))
plot.numbers(axes[0], landsat.images[one, :, :, 0], f"test patch {one}, green", highlight=(0, 1, 3, 2))
plot.numbers(axes[1], landsat.images[other, :, :, 0], f"training patch {other}, green", highlight=(0, 0, 3, 2))
plot.show(
    fig,
    alt=f"Green values of test patch {one}: {plot.spoken(landsat.images[one, :, :, 0])}, and of training patch "
    f"{other}: {plot.spoken(landsat.images[other, :, :, 0])}. The right two columns of the first are the left two of "
    "the second.",
)

# %% [markdown]
# The last two columns of one are the first two of the other, in all four bands. The patches were cut from **one**
# scene, around every pixel, and dealt out afterwards. How many test patches have such a neighbour among the patches
# for training? And is that no accident? As a control, glue the columns of *different* patches of the same class
# together: each column is real, only the pair is not.

# %%
to_learn = part_of != "test"
neighbours = [set() for _ in landsat.images]
for a, b, _, _ in pairs:
    neighbours[a].add(b)
    neighbours[b].add(a)
overlaps = np.array([any(to_learn[b] for b in near) for near in neighbours])
test = landsat.indices("test")

rng = np.random.default_rng(0)
partner = np.arange(len(landsat.labels))
for k in range(6):
    of_class = np.flatnonzero(landsat.labels == k)
    partner[of_class] = rng.permutation(of_class)
blocks = {block.tobytes() for start in (0, 1) for block in landsat.images[to_learn][:, :, start : start + 2]}
glued = np.stack([landsat.images[test, :, 1], landsat.images[partner[test], :, 2]], axis=2)
accident = np.mean([block.tobytes() in blocks for block in glued[partner[test] != test]])

print(f"test patches that share six of nine pixels with one for training: {percent(overlaps[test].mean())}")
print(f"glued columns of the same class that turn up there: {percent(accident, 2)}")
assert round(100 * overlaps[test].mean()) == 97
assert accident < 0.01

# %% [markdown]
# 97%. And if neighbours share pixels, then the whole set is a **jigsaw puzzle**. Lay the first patch on the table,
# lay each neighbour beside it, one pixel over, and go on with the neighbours' neighbours.


# %%
def reassembled(pairs, first=0):
    """Return the place of each patch that hangs together with the first one: number → (row, column)."""
    beside = {}
    for a, b, down, right in pairs:
        beside.setdefault(a, []).append((b, down, right))
        beside.setdefault(b, []).append((a, -down, -right))
    places, queue = {first: (0, 0)}, deque([first])
    while queue:
        a = queue.popleft()
        for b, down, right in beside[a]:
            place = places[a][0] + down, places[a][1] + right
            if b not in places:
                queue.append(b)
            assert places.setdefault(b, place) == place, "the puzzle contradicts itself"
    return places


places = reassembled(pairs)
where = np.array(list(places.values()))
where = where - where.min(0)
laid = np.array(list(places))
rows, columns = where.max(0) + 3
print(f"{len(laid)} of {len(landsat.images)} patches hang together, on a scene of {rows} × {columns} pixels")
assert len(laid) == 6434
assert (rows, columns) == (82, 100)

# %%
# Figure · the scene comes back
scene = np.full((rows, columns, 4), np.nan)
for n, (row, column) in zip(laid, where, strict=True):
    block = scene[row : row + 3, column : column + 3]
    assert (np.isnan(block) | (block == landsat.images[n])).all()  # no two patches disagree about a pixel
    block[:] = landsat.images[n]
picture = np.nan_to_num(np.clip((scene[..., [3, 1, 0]] - 30) / 100, 0, 1), nan=1.0)
ground_map, part_map = (np.full((rows, columns), np.nan) for _ in range(2))
ground_map[where[:, 0] + 1, where[:, 1] + 1] = landsat.labels[laid]
part_map[where[:, 0] + 1, where[:, 1] + 1] = part_of[laid] == "test"
tones = ListedColormap(["#a0522d", "#00795a", "#b8c0c8", "#8a939c", "#d9b44a", "#3b4248"])

fig, axes = plt.subplots(1, 3, figsize=(11.6, 4.2))
plot.image(axes[0], picture, "the scene, infrared as red")
axes[1].imshow(ground_map, cmap=tones, vmin=0, vmax=5)
plot.bare(axes[1], "class of each patch's middle pixel")
axes[1].legend(
    handles=[Patch(color=tones(k), label=name) for k, name in enumerate(landsat.classes)],
    ncols=2, loc="upper center", bbox_to_anchor=(0.5, 0), fontsize=8, handlelength=1,
)  # fmt: skip
axes[2].imshow(part_map, cmap=ListedColormap(["#c9dcea", plot.colors["orange"]]), vmin=0, vmax=1)
plot.bare(axes[2], "orange: test part, pale: to learn from")
plot.show(
    fig,
    alt="Three maps of 82 by 100 pixels put together from the patches: fields with straight borders in false colour; "
    "the same fields coloured by class; and the test patches, sprinkled evenly like salt among the training patches.",
)

# %% [markdown]
# There it is: a piece of land, every pixel in its place. Matches by chance would contradict each other somewhere;
# none does. (White: patches that were left out, one here and there, and two areas.) Now read the documentation that
# has come with the set for thirty years: *"The data is given in random order and certain lines of data have been
# removed so you cannot reconstruct the original image from this dataset."* It took less than a second. Shuffling
# hides nothing as long as the pieces overlap. Remember that when somebody tells you that data is anonymous.
#
# And look at the map on the right. The test part is not another landscape. It is **salt sprinkled over the training
# part**. Whoever asks "which class is this test patch?" asks for a gap in a map that is known all around it.
#
# What does that do to a score? First try the published split with the nearest neighbour, a method that can do nothing
# but remember.

# %%
flat = landsat.images.reshape(len(landsat.images), -1).astype(float)
nearest = KNeighborsClassifier(1).fit(flat[to_learn], landsat.labels[to_learn])
hit = nearest.predict(flat[test]) == landsat.labels[test]
groups = {"with such a neighbour": hit[overlaps[test]], "without": hit[~overlaps[test]]}
error = {name: np.sqrt(right.mean() * (1 - right.mean()) / len(right)) for name, right in groups.items()}
for name, right in groups.items():
    print(f"{name:22} {percent(right.mean())} ± {percent(error[name])} of {len(right)} test patches")
difference = groups["with such a neighbour"].mean() - groups["without"].mean()
print(f"difference {percent(difference)} ± {percent(np.hypot(*error.values()))}")
assert len(groups["without"]) == 61
assert difference < 2 * np.hypot(*error.values())

# %% [markdown]
# Better with a neighbour, as one would expect. But only 61 patches have none, so the difference is hardly larger than
# its error; and those 61 lie beside patches that were left out, so they may be special. On this split alone the
# question cannot be settled. Now we can do better, since we have the map. **Cut it into four regions.** Learn from
# three, ask about the fourth; at the cut leave out what overlaps. Compare with four parts drawn at random, equally
# large.


# %%
def tested(model, groups, margin=0):
    """Say which patches are recognised by a model that learned from the others, `margin` pixels off and more."""
    right = np.zeros(len(laid), bool)
    for group in np.unique(groups):
        asked = groups == group
        low, high = where[asked].min(0) - margin, where[asked].max(0) + margin
        close = ((where >= low) & (where <= high)).all(1) if margin else asked
        model.fit(flat[laid[~close]], landsat.labels[laid[~close]])
        right[asked] = model.predict(flat[laid[asked]]) == landsat.labels[laid[asked]]
    return right


quarter = 2 * (where[:, 0] >= rows / 2) + (where[:, 1] >= columns / 2)
dealt = rng.permutation(len(laid)) % 4
models = {
    "nearest neighbour": KNeighborsClassifier(1),
    "trees": ExtraTreesClassifier(60, min_samples_leaf=2, random_state=0),
}
answers = {name: (tested(model, dealt), tested(model, quarter, margin=2)) for name, model in models.items()}
for name, (random, held_out) in answers.items():
    print(f"{name:18} random parts {percent(random.mean())}, regions held out {percent(held_out.mean())}")
cnn = [recorded[f"regions/{name}"].item() for name in ("random", "held_out")]  # 8 runs of cnnlib.train
print(f"{'CNN (recorded)':18} random parts {percent(cnn[0])}, regions held out {percent(cnn[1])}")

# %%
# Figure · where it goes wrong, with parts drawn at random and with regions held out
fig, axes = plt.subplots(1, 2, figsize=(8.6, 4.1))
for ax, right, title in zip(
    axes, answers["nearest neighbour"], ("parts drawn at random", "regions held out"), strict=True
):
    wrong_map = np.full((rows, columns), np.nan)
    wrong_map[where[:, 0] + 1, where[:, 1] + 1] = ~right
    ax.imshow(wrong_map, cmap=ListedColormap(["#d8dee4", plot.colors["orange"]]), vmin=0, vmax=1)
    plot.bare(ax, f"{title}: {percent((~right).mean())} wrong")
axes[1].axhline(rows / 2, color="black", linewidth=1)
axes[1].axvline(columns / 2, color="black", linewidth=1)
random, held_out = (right.mean() for right in answers["nearest neighbour"])
plot.show(
    fig,
    alt=f"Two maps of the nearest neighbour's mistakes. Random parts: {percent(1 - random)} wrong, mostly along "
    f"the fields' borders. Regions held out: {percent(1 - held_out)} wrong, whole patches of land among them.",
)
scores = [(random.mean(), held_out.mean()) for random, held_out in answers.values()]
assert all(1.7 < (1 - held_out) / (1 - random) < 2.5 for random, held_out in [*scores, cnn])
assert cnn[1] - scores[0][1] > cnn[0] - scores[0][0] + 0.01

# %% [markdown]
# With random parts the errors lie along the borders of the fields, and where two greys run into each other. With
# regions held out, **whole patches of land** go wrong, such as fields of a shade that the other regions hardly have.
# This is closer to what a new piece of land would bring, and it is twice as many errors. Not all of the difference is
# copied pixels: a new region also has another mix of classes and shades. But that is what "new" means. (The 92% of
# the healthy run in the next section is a number for gaps, too.)
#
# Compare the methods, too. The network loses as all do, but its lead over the nearest neighbour *grows* when regions
# are held out: remembering is worth less there. A split that leaks does not only flatter everybody. It flatters most
# who remembers best, and so it may even choose the wrong method.
#
# EuroSAT? Its tiles do not overlap, but they were cut side by side from the same Sentinel-2 scenes, and all common
# splits deal them out at random, ours too. Neighbouring tiles may share a field, the weather, the hour, the sensor's
# state. So all accuracies near 98% that you read (and ours) are for *gaps in known scenes*. It is fair to compare
# methods with them. It is not fair to promise them to somebody with a new scene. What one does instead: hold out
# **regions** (blocks of a map, countries), hold out **dates**, and leave a margin at the cut.
#
# *Question: you search for a tumour in slices of CT scans, 100 slices a patient. Where is the jigsaw puzzle?*
#
# <details><summary>Answer</summary>
#
# Neighbouring slices of one patient are nearly equal. Deal out slices, and each test slice has its twin in the training
# part. Deal out patients (and, for the honest number, hospitals). It is the same error with other pictures; unit 07
# calls it leakage.
#
# </details>

# %% [markdown]
# ## 5 · How to read a run
#
# A training run talks while it goes on. Six runs on the Landsat patches, 40 epochs each: one is healthy, five have
# **one thing wrong**. Which is which? Look at three things: does the loss fall, and where does it stay? Do training
# (solid) and validation (dashed) part? And what does the length of the gradient do?

# %%
# Figure · six runs
ailments = [str(name) for name in recorded["patients"]]
order = [4, 2, 0, 5, 3, 1]  # of the letters A to F
curves = [recorded[f"patients/{k}"].T for k in order]  # each (6, epochs): losses and accuracies, rate, gradient
fig, axes = plt.subplots(3, 6, figsize=(12.4, 6), sharex=True, sharey="row")
for column, letter, run in zip(axes.T, "ABCDEF", curves, strict=True):
    loss, accuracy, validation_loss, validation_accuracy, rate, gradient = run
    epoch = np.arange(1, len(loss) + 1)
    column[0].plot(epoch, loss, color=plot.colors["blue"], label="training")
    column[0].plot(epoch, validation_loss, "--", color=plot.colors["orange"], label="validation")
    column[1].plot(epoch, accuracy, color=plot.colors["blue"])
    column[1].plot(epoch, validation_accuracy, "--", color=plot.colors["orange"])
    column[2].plot(epoch, gradient, color=plot.colors["green"], label="gradient's length")
    column[2].plot(epoch, rate, ":", color=plot.colors["gray"], label="rate / largest")
    column[0].set_title(letter, fontsize=14)
    column[2].set_xlabel("epoch")
axes[0, 0].set(ylabel="loss", ylim=(0, 2.6))
axes[1, 0].set(ylabel="accuracy", ylim=(0, 1))
axes[2, 0].set(ylabel="gradient, rate", ylim=(0, 1.1))
axes[0, 0].legend(fontsize=8)
axes[2, 1].legend(fontsize=8, loc="lower center")
assert [round(100 * float(curves[k][3, -1])) for k in (0, 2)] == [91, 92]
ends = "; ".join(
    f"{letter}: loss {run[0, -1]:.2f}, on validation {run[2, -1]:.2f}; accuracy {run[1, -1]:.2f}, on validation "
    f"{run[3, -1]:.2f}"
    for letter, run in zip("ABCDEF", curves, strict=True)
)
plot.show(fig, alt=f"Curves of six runs, A to F, over 40 epochs: loss, accuracy, gradient. At the end {ends}.")

# %%
# Figure · which is which?
reasons = {
    "memorising": f"Training reaches {percent(curves[0][1, -1], 0)} with a loss of {curves[0][0, -1]:.3f}, the "
    "gradient dies, while the validation loss has been rising slowly for 30 epochs. No turned patches, no decay, no "
    "label smoothing, many feature maps: it learns the patches by heart.",
    "rate too low": "Everything goes the right way, on both parts alike, and hardly moves. The gradient is long until "
    "the end: there is slope, and no steps.",
    "healthy": "Fast at first, then slower, and a last gain while the rate goes to zero. Validation follows close by. "
    "The training loss is the larger one mostly because of label smoothing: it cannot fall below 0.42.",
    "labels shuffled": "Validation stays at chance, and its loss grows. Training creeps upward: that is learning by "
    "heart, the only thing left. If both were at chance, you would suspect the data loader.",
    "too small": "Both curves stop early, close together: it has learned what it can. More epochs will not help, more "
    "feature maps will (there was one in the first stage).",
    "rate too high": "Jagged, at a level that is far too low, and validation jumps from epoch to epoch. The steps "
    "jump over every fine valley; a lower rate, or one that falls, would settle.",
}
told = [ailments[k] for k in order]
choices = "".join(f'<option value="{ailments.index(name)}">{name}</option>' for name in sorted(ailments))
cards = "".join(
    f'<div style="width:240px"><label><b>{letter}</b> <select style="color:inherit;background:#fff">'
    f'<option value="">what is wrong?</option>{choices}</select></label>'
    f"<details><summary>Answer {letter}</summary><b>{name}</b>. {reasons[name]}</details></div>"
    for letter, name in zip("ABCDEF", told, strict=True)
)
display(
    HTML(
        f'<div style="{paper}" data-answers="{json.dumps(order)}" oninput="{escape(count)}">'
        f'<div style="display:flex;flex-wrap:wrap;gap:14px">{cards}</div>'
        '<p style="margin:10px 0 0"><output role="status">nothing guessed yet</output></p></div>'
    )
)

# %% [markdown]
# Accuracy alone would have told little: on validation, A ends at 91% and C at 92%, and one of the two is sick. The
# **gap** between the two parts says whether to give the network less freedom; the **level** of the loss whether it has
# learned; the **gradient** whether it still could. B and E stand on a low level without a gap, and need different
# things: one larger steps, the other a larger network.
#
# *Question: in a seventh run training accuracy stays* below *validation accuracy, to the end. Is that a bug?*
#
# <details><summary>Answer</summary>
#
# Mostly not. Training is measured on turned, shifted patches with cutout, and during the epoch, while the weights were
# still worse; validation on clean patches, at its end, with averaged weights. But check one thing: that the
# validation part is not by accident an easier draw, or known from training.
#
# </details>
#
# ### A run of your own, written down
#
# Nobody keeps curves in the head. A **tracker** writes each step into a file: here that of Weights & Biases,
# **offline**. No account, nothing leaves this computer.

# %%
with tempfile.TemporaryDirectory() as folder:
    outcome = train(landsat, recipe("landsat", epochs=4, width=8), tracker("wandb", folder))
    steps = history(folder)
print(f"{len(steps)} steps, with {', '.join(sorted({name for step in steps for name in step} - {'step'}))}")

# %%
# Figure · the run, drawn from the tracker's file
shown = {
    "step_loss": "loss of each step",
    "learning_rate": "learning rate",
    "step_gradient_norm": "length of the gradient",
    "validation_accuracy": "accuracy on validation",
}
fig, axes = plt.subplots(1, 4, figsize=(11.6, 2.7))
for ax, (name, title) in zip(axes, shown.items(), strict=True):
    drawn = [(step["step"], step[name]) for step in steps if name in step]
    ax.plot(*np.transpose(drawn), "o-" if len(drawn) < 20 else "-", linewidth=1.3)
    ax.set(title=title, xlabel="step")
reached = [step["validation_accuracy"] for step in steps if "validation_accuracy" in step]
plot.show(
    fig,
    alt=f"Four curves over {len(steps)} steps: the loss falls noisily, the rate rises and falls in straight lines, the "
    f"gradient's length, and the validation accuracy after each epoch, from {reached[0]:.2f} to {reached[-1]:.2f}.",
)

# %% [markdown]
# The same from a terminal. `wandb leet` draws the curves right there, while the run goes on:
#
# ```bash
# python -m cnnlib.train --data landsat --track wandb --folder runs/first
# wandb leet runs/first/wandb
# ```
#
# Who has an account and wants the dashboard in the browser: `wandb login` once, and `WANDB_MODE=online` before the
# command. `wandb sync` sends an offline run later.

# %% [markdown]
# ## 6 · Where it goes wrong
#
# Back to EuroSAT. The recorded network is right in most cases. Now look at the rest, from coarse to fine: which
# classes, which tiles, which pixels.

# %%
# Figure · confusion, recall and precision
labels, said = recorded["run/labels"].astype(int), recorded["run/predictions"].astype(int)
confidence = recorded["run/confidence"].astype(float)
confusion = confusion_matrix(labels, said)
recall = confusion.diagonal() / confusion.sum(1)
precision = confusion.diagonal() / confusion.sum(0)
mixed = np.where(np.eye(10, dtype=bool), 0, confusion)

fig, axes = plt.subplots(1, 2, figsize=(11.6, 4.9), gridspec_kw={"width_ratios": [1.25, 1]})
axes[0].imshow(mixed, cmap="Oranges")
for (row, column), number in np.ndenumerate(confusion):
    if number:
        color = plot.colors["gray"] if row == column else "black"
        axes[0].text(column, row, number, ha="center", va="center", fontsize=9, color=color)
axes[0].set(xticks=range(10), yticks=range(10), yticklabels=words, xlabel="the network said", ylabel="label")
axes[0].set_xticklabels(words, rotation=40, ha="right")
axes[0].grid(False)
axes[1].plot(recall, range(10), "o", label="recall: found, of those with the label")
axes[1].plot(precision, range(10), "D", label="precision: right, of those called so", markerfacecolor="white")
axes[1].set(yticks=range(10), yticklabels=words, xlim=(min(recall.min(), precision.min()) - 0.01, 1.002))
axes[1].invert_yaxis()
axes[1].legend(loc="upper center", bbox_to_anchor=(0.4, -0.08), fontsize=9)
pairs_mixed = sorted(((mixed[i, j], i, j) for i in range(10) for j in range(10)), reverse=True)[:4]
worst_pairs = ", ".join(f"{words[i]} for {words[j]} ({n})" for n, i, j in pairs_mixed)
plot.show(
    fig,
    alt=f"Confusion of {len(labels)} validation tiles. The most frequent: {worst_pairs}. Recall goes from "
    f"{recall.min():.3f} ({words[recall.argmin()]}) to {recall.max():.3f} ({words[recall.argmax()]}).",
)
print(f"validation {percent((said == labels).mean(), 2)}, and once, at the end, on the test part: "
      f"{percent(recorded['run/test_accuracy'].item(), 2)} of {recorded['run/test_tiles']} tiles")  # fmt: skip
print(f"mistakes: {(said != labels).sum()}; taken most often: {worst_pairs}")

# %% [markdown]
# The big lumps are not where a stranger would expect them. Forest and sea are hardly ever mixed up, though both are
# dark. The mistakes lie among *things that grow*: permanent and annual crop, herbs, pasture. There the classes
# themselves run into each other: an orchard among fields, a pasture that nobody grazes.
#
# One number a class is not enough, by the way. **Recall** asks what was missed, **precision** what was called so
# wrongly; which one hurts depends on what the map is for.
#
# ### The most confident mistakes
#
# Where the network was unsure, a mistake is no surprise. Where it was *sure*, there is something to learn. Here are
# the twelve worst, with **Grad-CAM** (unit 12) of the last maps, 4 × 4 cells: what speaks for the class that was
# said, and what for the label. Each map is scaled by itself: compare places, not strengths.

# %%
# Figure · sure, and wrong
assert [classes[k] for k in recorded["mistakes/predictions"][[2, 6, 10]]] == ["Highway", "AnnualCrop", "SeaLake"]
bad_labels, bad_said = recorded["mistakes/labels"], recorded["mistakes/predictions"]
wrong_tiles, chances = pictures("mistakes/tiles"), recorded["mistakes/probabilities"]


def warm(strength):
    """Colour a map, bytes of shape (4, 4), for laying over a tile: nothing at 0, yellow at 255."""
    fine = np.asarray(Image.fromarray(strength).resize((64, 64), Image.Resampling.BICUBIC)) / 255
    coloured = plt.colormaps["inferno"](0.2 + 0.75 * fine)
    coloured[..., 3] = np.clip(1.6 * fine - 0.15, 0, 0.8)
    return coloured


fig, axes = plt.subplots(6, 6, figsize=(10.6, 11.6))
for n in range(12):
    row = axes[n // 2, 3 * (n % 2) : 3 * (n % 2) + 3]
    pale = np.repeat(0.3 + 0.6 * wrong_tiles[n].mean(2, keepdims=True) / 255, 3, 2)
    plot.image(row[0], wrong_tiles[n])
    row[0].set_ylabel(n + 1, rotation=0, ha="right", fontsize=12)
    for ax, which, k in zip(row[1:], ("said", "label"), (bad_said[n], bad_labels[n]), strict=True):
        plot.image(ax, pale)
        ax.imshow(warm(recorded[f"mistakes/{which}"][n]))
        ax.set_title(f"{'said' if which == 'said' else 'label'}: {brief[k]} {chances[n, k]:.2f}", fontsize=8)
plot.show(
    fig,
    alt="Twelve tiles, each with two heat maps. "
    + "; ".join(
        f"{n + 1}: said {words[s]} {chances[n, s]:.2f}, label {words[t]}"
        for n, (s, t) in enumerate(zip(bad_said, bad_labels, strict=True))
    )
    + ".",
)

# %% [markdown]
# Go through them one by one before you read on. What do they have in common?
#
# <details><summary>What we see</summary>
#
# * **Two classes in one tile.** A brown field in a meadow (1), a road along a river (3), buildings beside basins and
#   a field (12). The network names one, the label the other. See the maps of tile 3: the road speaks for highway, the
#   dark band below it for river.
# * **The answer lies outside.** Water from bank to bank (11): whether that is a river or a lake, 640 m do not tell.
#   The open water speaks for lake, the banks for river.
# * **Classes without a border.** Pasture, herbs, permanent crop (2, 4, 5, 6, 8, 9, 10). Two experts would not agree
#   either.
# * **A label that is probably wrong.** Tile 7 is called permanent crop. Striped parcels, brown and green side by side:
#   to us they are fields, as to the network. We cannot know; who made the label may have seen more than 64 × 64 pixels.
#
# </details>
#
# Labels are made by people, often with the help of maps that are older than the picture. The last tenths of a per cent
# on a benchmark may be a matter of agreeing with its mistakes. (Northcutt and others found wrong labels in the test
# parts of ten well-known sets, some per cent of them.)

# %%
# Figure · does its confidence mean anything?
edges = np.array([0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0001])
box = np.digitize(confidence, edges) - 1
meant = [confidence[box == b].mean() for b in range(len(edges) - 1)]
held = [(said == labels)[box == b].mean() for b in range(len(edges) - 1)]
many = [int((box == b).sum()) for b in range(len(edges) - 1)]
fig, ax = plt.subplots(figsize=(4.6, 3.8))
ax.plot([0.3, 1], [0.3, 1], ":", color=plot.colors["gray"], label="as often right as sure")
ax.plot(meant, held, "o-", label="measured, with the number of tiles")
offsets = [(-6, 4), (-6, 4), (-6, 4), (-4, -15), (12, 8), (24, -4)]
for sure, share, number, offset in zip(meant, held, many, offsets, strict=True):
    ax.annotate(number, (sure, share), xytext=offset, textcoords="offset points", ha="right", fontsize=8)
ax.set(xlabel="mean confidence", ylabel="share that is right", xlim=(0.3, 1.06), ylim=(0.3, 1.05))
ax.legend(loc="lower right")
listed = "; ".join(f"{sure:.2f}: {share:.2f} of {n}" for sure, share, n in zip(meant, held, many, strict=True))
plot.show(fig, alt=f"Share of right answers over the network's confidence, by groups. {listed}.")

# %% [markdown]
# Its confidence means something: the surer, the more often right. But it is too *modest*: the points lie above the
# dotted line. Label smoothing has a part in that: the network was trained to say 0.91, not 1. If you need
# probabilities, measure them like this, and correct them on the validation part (Guo and others, 2017).
#
# *Question: you may have 100 tiles labelled anew by an expert. Which ones?*
#
# <details><summary>Answer</summary>
#
# The confident mistakes: that is where label and network contradict each other most, so that is where wrong labels
# gather. But beware of a test part that is corrected only where *your* network disagrees: it is then easier for your
# network than for others. Corrections belong to the training part, or to a random sample as well.
#
# </details>

# %% [markdown]
# ## 7 · What a CNN takes for granted
#
# A convolution has opinions before it sees any data: pixels nearby belong together, and what a pattern means does not
# depend on *where* it is. For photographs that is a good bet. Seen from above, four things are different. Each is
# measured here.
#
# ### No up
#
# A car stands on its wheels, and a tree grows upward. A tile from above may lie in any of eight ways (four turns,
# each also mirrored) and shows the same. A CNN does not know that: its filters are not turned with the picture. Two
# networks, equal but for one thing: one saw its training tiles as they come, north up, the other saw them in all
# eight orientations. Now ask both about the validation tiles, laid in eight ways.

# %%
# Figure · eight orientations
mirrors = ["as it is", "left-right", "upside-down", "half turn", "transposed", "quarter turn", "quarter turn back",
           "other diagonal"]  # fmt: skip
fig, ax = plt.subplots(figsize=(8.6, 3.3))
for name, mark, tone in [("turned", "o", "blue"), ("upright", "D", "orange")]:
    shares_right = recorded[f"orientations/{name}/accuracy"]
    told = {"turned": "trained with turned tiles", "upright": "trained with north up"}[name]
    ax.plot(range(8), 100 * shares_right, mark, color=plot.colors[tone], label=told, markersize=8)
ax.set(xticks=range(8), ylabel="accuracy in %", xlim=(-0.5, 7.5))
ax.set_xticklabels(mirrors, rotation=25, ha="right")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
of = {name: recorded[f"orientations/{name}/accuracy"] for name in ("turned", "upright")}
agree = {name: recorded[f"orientations/{name}/agree"].item() for name in of}
plot.show(
    fig,
    alt=f"Accuracy in eight orientations. With turned tiles from {percent(of['turned'].min())} to "
    f"{percent(of['turned'].max())}; with north up {percent(of['upright'][0])} as it is, and down to "
    f"{percent(of['upright'].min())} in other orientations.",
)
for name in of:
    seen_share = recorded[f"orientations/{name}/train_accuracy"].item()
    print(
        f"{name:8} as it is {percent(of[name][0], 2)}, mean of the other seven {percent(of[name][1:].mean(), 2)}, "
        f"same answer in all eight {percent(agree[name])}; on training tiles, in the last epoch, {percent(seen_share)}"
    )

mistaken = 1 - of["upright"]
assert 1.5 < mistaken.max() / mistaken[0] < 1.65
assert mistaken[5:].min() > mistaken[1:4].max()
assert abs(of["upright"][0] - of["turned"][0]) < 0.003

# %% [markdown]
# On tiles as they come both are equally good: turning the training tiles neither costs nor gains. But lay
# the tiles differently, and the network that only saw north up makes up to 1.6 times as many mistakes; quarter turns
# hurt more than mirrors. It had got used to a direction. Which one? Perhaps the light: the satellite comes by in
# the morning, so shadows fall to the north-west in all of Europe; or streets and fields that follow a country's
# compass. To find out, one would have to test each.
#
# Another effect is in the printed line: with turned tiles there is *less to learn by heart*, so training and validation
# stay closer together. (One run of each network, 5400 tiles: a difference of 0.3 points may be chance, 1 point is not.)
#
# ### Size
#
# In a photograph the same cat is small or large, as the camera is far or near, and the network has seen both. A
# satellite always flies at the same height: **a pixel is 10 m, always**. So the network may rely on size, and it does.
# The next satellite has pixels of 20 m or 5 m. Show it the same ground, with fewer or more pixels. (The network has no
# fixed input size: at the end it takes the largest value of each map.)

# %%
# Figure · other pixels, same ground
size = {name.removeprefix("size/"): recorded[name] for name in recorded if name.startswith("size/")}
metres = 10 / size["zooms"]
fig, axes = plt.subplots(1, 2, figsize=(11, 4.2))
axes[0].plot(metres, 100 * size["accuracy"], "o-", label="same ground, pixels of another size")
coarse = metres >= 10
axes[0].plot(metres[coarse], 100 * size["blurred"][coarse], "D--", color=plot.colors["orange"],
             label="made as coarse, then enlarged to 10 m again")  # fmt: skip
axes[0].plot(5, 100 * size["doubled"], "s", color=plot.colors["green"], label="5 m by repeating each pixel")
axes[0].set(xscale="log", xlabel="metres a pixel", ylabel="accuracy in %", ylim=(0, 103))
axes[0].set_xticks(metres, [f"{m:.0f}" for m in metres])
axes[0].minorticks_off()
axes[0].legend(loc="lower center", fontsize=8)
for place, (z, tone) in enumerate([(0, "orange"), (2, "gray"), (4, "blue")]):
    axes[1].barh(np.arange(10) + 0.26 * (place - 1), size["said"][z], 0.26, color=plot.colors[tone],
                 label=f"{metres[z]:.0f} m a pixel")  # fmt: skip
axes[1].set(yticks=range(10), yticklabels=words, xlabel="tiles", title="how often the network says so")
axes[1].invert_yaxis()
axes[1].legend(loc="center right", fontsize=9)
listed = ", ".join(f"{m:.0f} m {percent(a, 0)}" for m, a in zip(metres, size["accuracy"], strict=True))
drift = {z: words[int(np.argmax(size["said"][z] - size["said"][2]))] for z in (0, 4)}
plot.show(
    fig,
    alt=f"Accuracy at {listed}. Made as coarse as 20 m and enlarged again: {percent(size['blurred'][0], 0)}. At 5 m by "
    f"repeating pixels: {percent(size['doubled'].item(), 0)}. At 20 m it says {drift[0]} too often, at 5 m {drift[4]}.",
)
for name, value in [("20 m, averaged", size["accuracy"][0]), ("20 m, every second pixel", size["thinned"].item()),
                    ("20 m, enlarged to 10 m again", size["blurred"][0]),
                    ("5 m, smoothly enlarged", size["accuracy"][4]),
                    ("5 m, each pixel four times", size["doubled"].item())]:  # fmt: skip
    print(f"{name:30} {percent(value)}")

lost = size["accuracy"][2] - size["accuracy"]
assert 0.17 < lost[0] < 0.22 and lost[4] > 0.65
assert 0.3 < size["blurred"][0] < 0.37

# %% [markdown]
# Half as many pixels a side cost about 20 points; twice as many cost nearly everything. To understand it, look at the
# controls. The orange line shows tiles of the *old* size that were only **blurred**: a third is recognised. So it is
# not that houses have become too large or too small. The network goes by the finest detail, the roughness **from one
# pixel to the next**. Blur it, enlarge it smoothly or repeat each pixel, and the detail is gone, or it is another
# one; what is left it takes for sea or a smooth field (right, blue). Averaged to 20 m, neighbours still differ, so
# that goes better.
#
# Be careful with the reading: a true sensor of 5 m would show *more* detail than our enlarged tiles. These numbers do
# not forecast its score. They say what the network relies on. Networks trained on photographs lean on texture, too
# (Geirhos and others, 2019). The cure is to show other sizes and other sharpness in training, or to resample.
#
# ### Where
#
# "Does not depend on where" is good for a tile with a village *somewhere*. But in the Landsat set, the class is that of
# the **middle** pixel. Three small networks on nine pixels:
#
# * **the middle alone**: sees one pixel, four numbers;
# * **anywhere**: treats all nine pixels alike (1 × 1 convolutions), then averages over the positions, the way most
#   CNNs end: it knows *what* is there, not *where*;
# * **knows where**: one filter over all of 3 × 3, with a weight of its own for each position.
#
# Thanks to the puzzle we know which patches lie at the border of two classes. That is where it must show. (We ask about
# validation and test part together, since nothing is chosen by the result: the more patches, the less noise.)


# %%
class Middle(nn.Module):
    """Keeps the middle pixel only."""

    def forward(self, x):
        return x[:, :, 1:2, 1:2]


def small_network(first):
    """Return the first layer, a 1 × 1 convolution, the mean over all positions, and a linear layer."""
    return nn.Sequential(first, nn.ReLU(), nn.Conv2d(32, 32, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(32, 6))  # fmt: skip


makers = {
    "the middle alone": lambda: small_network(nn.Sequential(Middle(), nn.Conv2d(4, 32, 1))),
    "anywhere": lambda: small_network(nn.Conv2d(4, 32, 1)),
    "knows where": lambda: small_network(nn.Conv2d(4, 32, 3)),
}
reads = torch.from_numpy((landsat.images / 255 - mean) / spread).permute(0, 3, 1, 2).float()
kinds_of = torch.from_numpy(landsat.labels)
learn, ask = (torch.from_numpy(landsat.indices(name)) for name in ("train", "validation+test"))


def learned(network, epochs=25):
    """Train a small network on the training part; return it."""
    updates = epochs * len(learn.split(256))
    descent = torch.optim.Adam(network.parameters())
    falling = torch.optim.lr_scheduler.OneCycleLR(descent, 1e-2, total_steps=updates)
    for _ in range(epochs):
        for chosen in learn[torch.randperm(len(learn))].split(256):
            descent.zero_grad()
            nn.functional.cross_entropy(network(reads[chosen]), kinds_of[chosen]).backward()
            descent.step()
            falling.step()
    return network.eval()


label_at = dict(zip(map(tuple, where.tolist()), landsat.labels[laid].tolist(), strict=True))
at_border = np.zeros(len(landsat.labels), bool)
for n, (row, column) in zip(laid, where.tolist(), strict=True):
    around = {label_at.get((row + i, column + j)) for i in (-1, 0, 1) for j in (-1, 0, 1)} - {None}
    at_border[n] = len(around) > 1

exchanged = reads[ask].clone()  # the middle pixel and the upper left one change places
exchanged[:, :, 1, 1], exchanged[:, :, 0, 0] = reads[ask][:, :, 0, 0], reads[ask][:, :, 1, 1]
found_by, moved_by = {}, {}
for name, make in makers.items():
    for seed in range(2):
        torch.manual_seed(seed)
        network = learned(make())
        with torch.no_grad():
            before, after = network(reads[ask]).argmax(1), network(exchanged).argmax(1)
        found_by.setdefault(name, []).append((before == kinds_of[ask]).numpy())
        moved_by.setdefault(name, []).append((before != after).float().mean().item())

# %%
# Figure · what, and where
border = at_border[ask.numpy()]
groups = {"inside a field": ~border, "at a border": border}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4), gridspec_kw={"width_ratios": [2, 1]})
told = []
for k, (name, tone) in enumerate(zip(makers, ("gray", "orange", "blue"), strict=True)):
    values = [[100 * one[chosen].mean() for one in found_by[name]] for chosen in groups.values()]
    means = [np.mean(v) for v in values]
    axes[0].bar(np.arange(2) + 0.27 * (k - 1), means, 0.25, color=plot.colors[tone], label=name)
    for place, (v, m) in enumerate(zip(values, means, strict=True)):
        axes[0].plot([place + 0.27 * (k - 1)] * len(v), v, "k.", markersize=4)
        axes[0].text(place + 0.27 * (k - 1), max(v) + 0.8, f"{m:.1f}", ha="center", fontsize=9)
    axes[1].bar(k, 100 * np.mean(moved_by[name]), color=plot.colors[tone])
    told.append(f"{name}: {means[0]:.1f} inside, {means[1]:.1f} at a border")
axes[0].set(xticks=range(2), ylim=(60, 100), ylabel="accuracy in %, from 60")
axes[0].set_xticklabels([f"{name}\n{chosen.sum()} patches" for name, chosen in groups.items()])
axes[0].legend(loc="upper right", fontsize=9)
axes[1].set(xticks=range(3), ylabel="answers changed, in %", title="middle and corner exchanged")
axes[1].set_xticklabels([name.replace(" ", "\n", 1) for name in makers])
plot.show(fig, alt=f"Accuracy in per cent, mean of two seeds. {'; '.join(told)}. Exchanging two pixels never changes "
          "an answer of the network that averages.")  # fmt: skip
gain = np.mean(found_by["knows where"], 0)[border].mean() - np.mean(found_by["anywhere"], 0)[border].mean()
same_inside = np.mean(found_by["knows where"], 0)[~border].mean() - np.mean(found_by["anywhere"], 0)[~border].mean()
print(f"knowing where is worth {100 * same_inside:+.1f} points inside a field and {100 * gain:+.1f} at a border")
assert np.max(moved_by["anywhere"]) < 0.002  # but for rounding
assert gain > 0.01 > abs(same_inside)
alone, elsewhere = (np.mean(found_by[name], 0) for name in ("the middle alone", "anywhere"))
assert all(alone[chosen].mean() < elsewhere[chosen].mean() for chosen in groups.values())

# %% [markdown]
# One pixel alone has no idea of texture, and is worst everywhere. Averaging over the nine helps a lot **inside** a
# field, where all nine are the same kind. At a **border** the network that knows where the middle is pulls ahead:
# there the question "what is here?" and the question "what is in the *middle*?" have different answers. And exchange
# two pixels: to the network that averages, it is the same picture. Not *nearly*: the same, by construction.
#
# A subtle point: usual 3 × 3 convolutions with *padding* do know where the rim is, since they meet zeros there. On nine
# pixels that is a lot of rim.
#
# ### Another sensor
#
# Haze brightens a picture, a low sun flattens it, and each sensor counts in units of its own. To us the tiles below
# are the same. And to the network?

# %%
# Figure · brighter, harder, swapped
sensor = {name: recorded[f"sensor/{name}"] for name in ("shifts", "brighter", "contrasts", "harder", "refitted")}
tile = examples[classes.index("Pasture"), 0].astype(float)
fig, axes = plt.subplots(1, 3, figsize=(11.6, 3.4), gridspec_kw={"width_ratios": [1, 1, 0.85]})
axes[0].plot(sensor["shifts"], 100 * sensor["brighter"], "o-")
axes[0].set(xlabel="added to each value, of 255", ylabel="accuracy in %", ylim=(0, 102), title="brightness")
axes[1].plot(sensor["contrasts"], 100 * sensor["harder"], "o-", label="as it comes")
axes[1].plot(
    sensor["contrasts"], 100 * sensor["refitted"], "D--", label="means and spreads\nfitted to the new pictures"
)
axes[1].set(xlabel="factor of the contrast", ylim=(0, 102), xscale="log", title="contrast")
axes[1].set_xticks(sensor["contrasts"], [f"{c:g}" for c in sensor["contrasts"]])
axes[1].minorticks_off()
axes[1].legend(loc="lower center", fontsize=8)
strip = np.hstack([np.clip(tile + shift, 0, 255) for shift in (-40, 0, 40)])
centre_colour = 255 * recorded["mean"]
lower = np.hstack([np.clip(centre_colour + f * (tile - centre_colour), 0, 255) for f in (0.4, 1, 2)])
plot.image(axes[2], np.vstack([strip, lower]).astype(np.uint8), "one pasture: −40, 0, +40\nand contrast × 0.4, 1, 2")
listed = [
    ", ".join(f"{at:g}: {percent(value, 0)}" for at, value in zip(sensor[x], sensor[v], strict=True))
    for x, v in [("shifts", "brighter"), ("contrasts", "harder"), ("contrasts", "refitted")]
]
plot.show(fig, alt=f"Accuracy when brightness is shifted: {listed[0]}. When contrast is multiplied: {listed[1]}; after "
          f"fitting mean and spread anew: {listed[2]}.")  # fmt: skip
print(f"red and blue exchanged, a bug that no error message finds: {percent(recorded['sensor/swapped'].item())}")

missed = 1 - sensor["brighter"]
assert 3.5 < missed[list(sensor["shifts"]).index(20)] / missed[list(sensor["shifts"]).index(0)] < 5

# %% [markdown]
# Twenty steps of 255, hardly visible, and the network makes about four times as many mistakes. It has learned *how
# dark a forest is*, in this sensor's units, and nothing in its training told it that this may change. The dashed line
# is the simplest cure: normalise the new pictures with **their own** means and spreads (of many pictures together,
# not of each tile). As long as nothing is clipped, that undoes the change completely. It needs no label, only a good
# sample of the new sensor's pictures, with the same mix of classes.
#
# And look at the printed line once more. Many programs store colours as blue, green, red.
#
# *Question: you want one network for Sentinel-2 and for an aircraft's camera with 0.5 m a pixel. Name one thing to do
# about each of the four: up, size, where, sensor.*
#
# <details><summary>Answer</summary>
#
# Up: turn the training tiles, average over the eight views. Size: resample everything to the same metres a pixel, or
# train on a range of them and tell the network which. Where: for "the middle" or "this place" end with a layer that
# knows positions, or give the coordinates as channels. Sensor: calibrate to reflectance, fit means and spreads for each
# sensor, vary brightness and contrast in training. And then a test part of *each* sensor.
#
# </details>

# %% [markdown]
# ## 8 · Fast on a GPU
#
# All of this ran on a processor. A GPU multiplies large matrices far faster, if one lets it. What keeps it waiting,
# and what `cnnlib.train` does about it, a sentence each:
#
# | trick | what it does |
# |---|---|
# | the whole set on the device | 27,000 × 64 × 64 × 3 bytes, 332 MB, fit: nothing is loaded or decoded meanwhile |
# | bfloat16 | half the bytes a number, for the fast matrix units; the range of float32 with fewer digits |
# | channels last | the channels of a pixel side by side in memory, as those units want to read them |
# | `torch.compile` | many small operations become one, so that values stay on the chip; takes its time at the start |
# | whitening | the first layer is computed from the patches, not learned: uncorrelated inputs from the first step |
# | Muon | turns each filter bank's update into one that pushes all directions alike; fewer steps to the same loss |
# | dealt-out orientations | each tile comes in all eight orientations before one comes again: less to chance |
# | one cycle; averaged weights; eight views | the rate rises and falls; mean of late weights; mean of eight answers |
#
# The first four make a step cheaper. The others make do with fewer steps. Do not believe such a list, climb it:
#
# ```bash
# python -m cnnlib.train --data landsat --ladder --seeds 3           # a quarter of an hour on a processor
# python -m cnnlib.train --data eurosat --download --ladder --compile default
# ```
#
# It begins with a plain loop, adds one trick a row, and prints what each gained, or did not. For Landsat, on one core,
# means of three seeds:
#
# | trick added | validation accuracy | gain | seconds |
# | --- | ---: | ---: | ---: |
# | naive loop | 89.40% |  | 19.8 |
# | fast network | 89.97% | +0.56 | 13.7 |
# | whitened stem | 90.04% | +0.08 | 16.6 |
# | one-cycle learning rate | 89.52% | -0.53 | 16.5 |
# | Nesterov momentum | 90.53% | +1.01 | 14.5 |
# | weight decay | 90.79% | +0.26 | 13.0 |
# | label smoothing | 90.87% | +0.08 | 12.4 |
# | random orientations | 91.51% | +0.64 | 13.4 |
# | orientations dealt out | 91.28% | -0.23 | 12.5 |
# | channels last | 91.24% | -0.04 | 12.6 |
# | averaged weights | 91.73% | +0.49 | 13.2 |
# | eight views | 92.22% | +0.49 | 12.5 |
#
# One cycle *loses* here, until momentum comes; dealing orientations out and channels last change nothing on nine
# pixels. Three points in all, and not from where the list would make you look.
#
# A gain depends on the order, on the number of epochs and on luck: repeat with another `--seed` before you believe
# half a point. For one run, or for several GPUs on one computer, each of which takes its share of every batch:
#
# ```bash
# python -m cnnlib.train --data eurosat --download --track wandb
# torchrun --nproc-per-node 4 -m cnnlib.train --data eurosat --batch 1024
# ```
#
# *Question: with four GPUs and a batch four times as large an epoch has a quarter of the steps. The run takes a quarter
# of the time. What do you expect of the accuracy, and what would you change?*
#
# <details><summary>Answer</summary>
#
# It falls if nothing else changes: fewer steps, each with a calmer gradient. A larger rate makes up for it in part
# (unit 04: in proportion, up to a limit); beyond that only more epochs help, and the gain in time melts. With the
# *same* batch of 256, dealt to four, the loss curve is that of one GPU, but each has little to do.
#
# </details>

# %% [markdown]
# ## What to take along
#
# * Recognition, detection, segmentation, instance segmentation: four questions, four kinds of labels, four scores.
# * A pixel has a size in metres. What is smaller is texture.
# * A random split of pictures that touch measures how well gaps are filled. Hold out regions, with a margin.
# * Read curves in pairs: level and gap, training and validation, loss and gradient.
# * The most confident mistakes show what the network goes by, and where labels are wrong.
# * No up, one size, nowhere in particular, one sensor: know what your network takes for granted, and test it.
#
# **Now open assignment 13_satellite, then 13_satellite_run.**
#
# ### Read on
#
# * P. Helber, B. Bischke, A. Dengel, D. Borth (2019), *EuroSAT: A novel dataset and deep learning benchmark for land
#   use and land cover classification*, [arXiv:1709.00029](https://arxiv.org/abs/1709.00029).
# * I. Dimitrovski, I. Kitanovski, D. Kocev, N. Simidjievski (2023), *Current trends in deep learning for Earth
#   observation: an open-source benchmark arena for image classification*,
#   [arXiv:2207.07189](https://arxiv.org/abs/2207.07189): the split, and many networks on it.
# * C. Feng, A. Sutherland, R. King, S. Muggleton, R. Henery (1993), *Comparison of machine learning classifiers to
#   statistics and neural networks*, AI & Statistics. D. Michie, D. Spiegelhalter, C. Taylor (1994), *Machine learning,
#   neural and statistical classification*: the Statlog project.
# * K. Jordan (2024), *94% on CIFAR-10 in 3.29 seconds on a single GPU*,
#   [arXiv:2404.00498](https://arxiv.org/abs/2404.00498): whitening, alternating flips. K. Jordan and others (2024),
#   [*Muon*](https://kellerjordan.github.io/posts/muon/).
# * R. Geirhos et al. (2019), *ImageNet-trained CNNs are biased towards texture*,
#   [arXiv:1811.12231](https://arxiv.org/abs/1811.12231).
# * K. He, X. Zhang, S. Ren, J. Sun (2016), *Deep residual learning for image recognition*,
#   [arXiv:1512.03385](https://arxiv.org/abs/1512.03385).
# * R. Selvaraju et al. (2017), *Grad-CAM*, [arXiv:1610.02391](https://arxiv.org/abs/1610.02391). C. Guo et al. (2017),
#   *On calibration of modern neural networks*, [arXiv:1706.04599](https://arxiv.org/abs/1706.04599).
# * G.-S. Xia et al. (2018), *DOTA: A large-scale dataset for object detection in aerial images*,
#   [arXiv:1711.10398](https://arxiv.org/abs/1711.10398). S. Waqas Zamir et al. (2019), *iSAID*,
#   [arXiv:1905.12886](https://arxiv.org/abs/1905.12886).
# * D. Roberts et al. (2017), *Cross-validation strategies for data with temporal, spatial, hierarchical, or
#   phylogenetic structure*, Ecography 40: holding out regions.
# * C. Northcutt, A. Athalye, J. Mueller (2021), *Pervasive label errors in test sets*,
#   [arXiv:2103.14749](https://arxiv.org/abs/2103.14749).
# * The tiles: EuroSAT, [doi:10.5281/zenodo.7711810](https://doi.org/10.5281/zenodo.7711810), MIT License; contains
#   modified Copernicus Sentinel data. Landsat: A. Srinivasan (1993), *Statlog (Landsat Satellite)*, UCI Machine
#   Learning Repository, [doi:10.24432/C55887](https://doi.org/10.24432/C55887), CC BY 4.0.
