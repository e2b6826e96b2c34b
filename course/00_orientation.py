# %% [markdown]
# # 00 · Orientation
#
# This page shows how the course works, asks whether your machine is ready, and refreshes the part of NumPy that every
# later unit leans on: shapes and dtypes, axes, broadcasting, fancy indexing, views.
#
# You need a little Python. Reading and playing takes about 45 minutes. Run each cell with **Shift+Enter**, from top to
# bottom.

# %%
import matplotlib.pyplot as plt
import numpy as np

from cnnlib import data, environment, expect, plot

np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## 1 · How the course works
#
# Each unit is two notebooks with the same number.
#
# * The **lesson** in `course/` is for reading and playing. It runs as it is and gives no points. Cells that only draw
#   are folded to their first line; a click on the three dots opens them.
# * The **assignment** in `release/` is for building. Each exercise asks for one function. Hints stand below it, from
#   the idea to almost the code, and checks tell you at once whether your function is right.
#
# Later units use ideas of earlier ones, never your code: an exercise you skipped blocks nothing.
#
# | unit | what you build |
# |---|---|
# | 00 orientation | a first green check; NumPy refreshed |
# | 01 neuron | the perceptron and its learning rule, layers, why XOR needs two of them |
# | 02 activations | sigmoid, ReLU and their relatives, softmax, cross-entropy that never overflows |
# | 03 backpropagation | the chain rule on a graph, an autodiff engine, a network that reads digits |
# | 04 optimizers | gradient descent, momentum, Adagrad, RMSprop, Adam, schedules |
# | 05 initialization | why signals vanish or explode with depth, Xavier and He |
# | 06 regularization | weight decay, dropout, batch normalisation, early stopping, augmentation |
# | 07 training | honest splits, broken loops to repair, learning curves, metrics |
# | 08 convolution | the operation itself, forward, backward, and fast |
# | 09 cnn | pooling, and a first convolutional network put together from your layers |
# | 10 architectures | AlexNet, VGG, Inception, ResNet: shapes, parameters, operations |
# | 11 transfer | pretrained networks, frozen and fine-tuned; whom the training data left out |
# | 12 saliency | what the network saw: occlusion, gradients, CAM, fooling images |
# | 13 satellite | the capstone: land use from satellite images, on a GPU if you have one |

# %% [markdown]
# ## 2 · How a check speaks
#
# Here is a miniature exercise: *write `mirror(image)`, which swaps left and right*. And here is its check. It calls
# the function with a small image and compares what comes with what was wanted. It also knows a mistake that many
# make, and what an answer with that mistake returns.


# %%
@expect.check
def check_mirror(mirror):
    image = np.array([[1, 2, 3], [4, 5, 6]])
    expect.close(
        expect.call(mirror, image),
        [[3, 2, 1], [6, 5, 4]],
        "mirror([[1, 2, 3], [4, 5, 6]])",
        mistakes={"top and bottom are swapped: left and right are on the other axis": image[::-1]},
    )


def verdict(check, answer):
    """Run a check; print its message, where an assignment would stop the cell in red."""
    try:
        check(answer)
    except expect.Mismatch as message:
        print("✗ not yet", message, sep="\n")


# %% [markdown]
# Every exercise starts empty. So this is the first message you will meet:


# %%
def mirror(image):
    """Return the image (H, W) with left and right swapped."""
    raise NotImplementedError()


verdict(check_mirror, mirror)

# %% [markdown]
# Now a first try. `[::-1]` walks backward, that much is right. Read the **second line** of the message first.


# %%
def mirror(image):
    """Return the image (H, W) with left and right swapped."""
    return image[::-1]


verdict(check_mirror, mirror)

# %% [markdown]
# The message names the misunderstanding: `image[::-1]` reverses the *first* axis, the rows. The last line says where
# the first wrong number stands. With a colon for the rows, the reversal moves to the columns:


# %%
def mirror(image):
    """Return the image (H, W) with left and right swapped."""
    return image[:, ::-1]


verdict(check_mirror, mirror)

# %% [markdown]
# A tick: done. In an assignment you change your cell, run it, and run the check again, as often as you like. When you
# hand in, the same checks run with more inputs, so a function that only knows the numbers of the example gets few
# points.
#
# *Question: what would the check say if you forgot the word `return`?*
#
# <details><summary>Answer</summary>
#
# A function without `return` gives `None`, and the message says so: *wanted an array of shape (2, 3), came None. A
# function without `return` gives None.* Try it above.
#
# </details>

# %% [markdown]
# ## 3 · Is this machine ready?
#
# The next cell looks at your versions, processor and memory, and trains a tiny network to see how fast you are. If
# something is missing, it says what to do. A GPU is welcome, but not needed.

# %%
environment.check()

# %% [markdown]
# ## 4 · Arrays: shape and dtype
#
# An image is an **array**: a block of numbers, all of one type, arranged along axes. A gray image has two axes, rows
# and columns. Row 0 is the *top* row, so the first index runs down and the second runs right.

# %%
# Figure · a photograph is a table of numbers
camera = data.photo("camera", size=128)
row, column = 28, 62
patch = camera[row : row + 6, column : column + 6]

fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.6), gridspec_kw={"width_ratios": [1, 1.25]})
plot.image(axes[0], camera, f"shape {camera.shape}")
axes[0].add_patch(plt.Rectangle((column - 0.5, row - 0.5), 6, 6, fill=False, edgecolor=plot.colors["orange"], lw=2))
plot.numbers(axes[1], patch.round(2), f"rows {row} to {row + 5}, columns {column} to {column + 5}")
plot.show(
    fig,
    alt=f"A cameraman with a small square framed at his head; beside it its 6 × 6 numbers between "
    f"{patch.min():.2f}, nearly black, and {patch.max():.2f}, bright.",
)

# %% [markdown]
# A colour image has a third axis of length 3: how much red, green and blue. `coffee[:, :, 0]` is all rows, all columns,
# channel 0: a gray image of the redness. (The slice in the first line cuts out the cup: columns 20 to 199.)

# %%
coffee = data.photo("coffee", size=240)[:, 20:200]
plot.grid(
    [coffee, *np.moveaxis(coffee, 2, 0)],
    [f"coffee\n{coffee.shape}", *(f"coffee[:, :, {c}]\n{name}" for c, name in enumerate(["red", "green", "blue"]))],
    alt="A cup of coffee on a wooden table, and its three channels in gray: the table is bright in red, dark in blue.",
)

# %% [markdown]
# The **dtype** is the type of every number in the array: it decides what fits in, and how many bytes are needed.
# float64 takes 8 of them, float32, PyTorch's favourite, takes 4, uint8 and bool take 1.
#
# Files store images as **uint8**: whole numbers from 0 to 255, one byte each. Computing with them has a trap. What is
# 200 + 100?

# %%
bright = np.array([100, 200, 250], dtype=np.uint8)
print("bright + 100        =", bright + 100, "      dtype", (bright + 100).dtype)
print("as floats: + 100    =", bright.astype(float) + 100, "dtype", (bright.astype(float) + 100).dtype)

# %% [markdown]
# 300 does not fit in a byte, so the count starts over at 0: 300 − 256 = **44**. No error, no warning. In a photo it
# looks like this.

# %%
# Figure · overflow
bytes_of_camera = (255 * camera).astype(np.uint8)
plot.grid(
    [bytes_of_camera, bytes_of_camera + 100, np.minimum(camera + 100 / 255, 1)],
    ["uint8", "uint8 + 100", "floats + 100/255, at most 1"],
    size=2.8,
    alt="The cameraman; after adding 100 in uint8 the bright sky turns dark gray; in floats everything gets brighter.",
)

# %% [markdown]
# Hence a habit: **turn images into floats before you compute.** Photos of this course are float64 between 0 and 1.
#
# *Question: what is 10 − 20 in uint8? And what is the dtype of `bright / 2`?*
#
# <details><summary>Answer</summary>
#
# 10 − 20 + 256 = 246: it wraps around at the lower end too. A division with `/` always gives floats, so `bright / 2` is
# float64 and safe.
#
# </details>

# %% [markdown]
# ## 5 · Axis: which one disappears
#
# `sum`, `mean`, `max` and their relatives take an `axis`. It does not name what is kept. It names the axis that is
# **eaten up**: `axis=0` walks down the rows and adds them together, so that one number is left for each column.

# %%
# Figure · sums along each axis
table = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]])
fig, axes = plt.subplots(
    2, 2, figsize=(6.4, 4), gridspec_kw={"width_ratios": [4, 1.6], "height_ratios": [3, 1.1]}, squeeze=False
)
plot.numbers(axes[0, 0], table, "table, shape (3, 4)")
plot.numbers(axes[0, 1], table.sum(axis=1)[:, None], "sum(axis=1)\nshape (3,)", highlight=(0, 0, 3, 1))
plot.numbers(axes[1, 0], table.sum(axis=0), highlight=(0, 0, 1, 4), color=plot.colors["blue"])
axes[1, 0].set_xlabel("sum(axis=0), shape (4,)", fontsize=11)
axes[1, 1].axis("off")
plot.show(
    fig,
    alt=f"A table {plot.spoken(table)}. Below it the sums along axis 0, {plot.spoken(table.sum(axis=0))}, one for each "
    f"column; right of it the sums along axis 1, {plot.spoken(table.sum(axis=1))}, one for each row.",
)

# %% [markdown]
# Read it off the shapes: strike out the axis. From (3, 4), axis 0 leaves (4,) and axis 1 leaves (3,). The same works
# with any number of axes, and with several at once.

# %%
print("coffee                      ", coffee.shape)
print("coffee.mean(axis=2)         ", coffee.mean(axis=2).shape, "          a gray image")
print("coffee.mean(axis=(0, 1))    ", coffee.mean(axis=(0, 1)).shape, "                the mean colour")
print("coffee.mean(axis=1)         ", coffee.mean(axis=1).shape, "            one colour for each row")
print("coffee.mean()               ", coffee.mean().shape, "                  one number")

by_row = np.broadcast_to(coffee.mean(axis=1, keepdims=True), coffee.shape)
overall = np.broadcast_to(coffee.mean(axis=(0, 1)), coffee.shape)
plot.grid(
    [coffee, coffee.mean(axis=2), overall, by_row],
    ["coffee", "mean(axis=2)", "mean(axis=(0, 1))", "mean(axis=1)"],
    alt="The coffee; its gray version; one brown, the mean colour; horizontal stripes, the mean colour of each row.",
)

# %% [markdown]
# *Question: a batch of photos has the shape (N, H, W, 3). Which axis gives the mean photo? Which axes one brightness
# for each photo?*
#
# <details><summary>Answer</summary>
#
# `axis=0` eats up the photos and leaves (H, W, 3). `axis=(1, 2, 3)` eats up everything else and leaves (N,).
#
# </details>

# %% [markdown]
# ## 6 · Broadcasting
#
# What happens if two arrays of different shapes are added? NumPy writes the shapes below each other, **aligned at the
# right**, and goes through the axes. Two lengths fit if they are equal or if one of them is 1. A missing axis counts as
# an axis of length 1. Axes of length 1 are then repeated, which costs no memory.

# %%
# Figure · a column and a row make a table
tens, ones = np.array([[10], [20], [30]]), np.array([[1, 2, 3, 4]])
fig, axes = plt.subplots(1, 3, figsize=(9, 2.7))
plot.numbers(axes[0], np.broadcast_to(tens, (3, 4)), "column (3, 1)", faded=np.arange(4) > np.zeros((3, 1)))
plot.numbers(axes[1], np.broadcast_to(ones, (3, 4)), "+   row (1, 4)", faded=np.arange(3)[:, None] > np.zeros((1, 4)))
plot.numbers(axes[2], tens + ones, "=   table (3, 4)")
plot.show(
    fig,
    alt="A column 10, 20, 30 is repeated to the right, a row 1, 2, 3, 4 downward, and the sum is the table "
    f"{plot.spoken(tens + ones)}.",
)

# %% [markdown]
# `np.broadcast_shapes` answers for any shapes, or says that they do not fit.

# %%
pairs = [
    ((3, 1), (1, 4)),
    ((3, 4), (4,)),
    ((3, 4), (3,)),
    ((3, 4), (3, 1)),
    ((160, 180, 3), (160, 1, 1)),
    ((160, 180, 3), (3,)),
]
for first, second in pairs:
    try:
        answer = str(np.broadcast_shapes(first, second))
    except ValueError:
        answer = f"error: {first[-1]} does not fit {second[-1]}"
    print(f"{first!s:>14}  and  {second!s:<12} →  {answer}")

# %% [markdown]
# On a photograph, first a **gain for each row**, falling from 1 at the top to 0.2 at the bottom: the shape (H, 1, 1) is
# repeated along the columns and the channels. Then a **vignette**, with a column and a row that are both 1 in the
# middle and fall to 0 at the ends. `None` in an index makes a new axis of length 1 there.

# %%
rows, columns, _ = coffee.shape
gains = np.linspace(1, 0.2, rows)[:, None, None]
dusk = coffee * gains

down = np.sin(np.linspace(0, np.pi, rows))[:, None, None]
right = np.sin(np.linspace(0, np.pi, columns))[None, :, None]
vignette = coffee * down * right
print("gains", gains.shape, "  down", down.shape, "  right", right.shape, "  photo", coffee.shape)
plot.grid(
    [coffee, dusk, vignette],
    ["coffee", "a gain for each row", "column × row"],
    size=2.6,
    alt="The coffee; the same, darker and darker to the bottom; the same, dark towards all four edges.",
)

# %% [markdown]
# Now **each channel on its own scale**. This photo of an eye's retina is nearly all red. Find the darkest and
# the brightest value of each channel, shape (3,), and stretch every channel between them. The threes meet at the
# right, so nothing needs to be reshaped.

# %%
retina = data.photo("retina", size=240)
low, high = np.quantile(retina, [0.05, 0.99], axis=(0, 1))
stretched = np.clip((retina - low) / (high - low), 0, 1)
print("low ", low, "shape", low.shape)
print("high", high, "shape", high.shape)
plot.grid(
    [retina, stretched],
    ["as photographed", "each channel stretched"],
    size=3,
    alt="A retina in plain red; after stretching each channel, its vessels and the bright disc stand out.",
)

# %% [markdown]
# ### A trap: the aligned axis is the last one
#
# PyTorch keeps the channels *first*: (3, H, W). Now three numbers, one for each channel, meet the columns instead. Most
# of the time that is an error, which is the lucky case.

# %%
channels_first = np.moveaxis(coffee, 2, 0)
offsets = np.array([0.1, 0.0, -0.1])
try:
    channels_first + offsets
except ValueError as error:
    print("(3, H, W) + (3,)      ", error)
print("(3, H, W) + (3, 1, 1) ", (channels_first + offsets[:, None, None]).shape)

# %% [markdown]
# The unlucky case is a shape that fits by accident. Shall every
# *row* of this square table start at 0? Then subtract from each row its smallest number:

# %%
# Figure · a square table hides a mistake
square = np.array([[1, 2, 3], [11, 12, 13], [21, 22, 23]])
smallest = square.min(axis=1)
kept = square.min(axis=1, keepdims=True)
fig, axes = plt.subplots(1, 3, figsize=(8.4, 3))
plot.numbers(axes[0], square, "square, shape (3, 3)")
plot.numbers(axes[1], square - smallest, f"wrong: minus {smallest}\nshape {smallest.shape} lies along the columns")
plot.numbers(axes[2], square - kept, f"right: keepdims=True\nshape {kept.shape} is a column")
plot.show(
    fig,
    alt=f"A square table {plot.spoken(square)}. Minus its row minima as shape (3,) it becomes "
    f"{plot.spoken(square - smallest)}, wrong; as a column every row becomes 0 1 2.",
)

# %% [markdown]
# `keepdims=True` leaves the eaten axis in place with length 1, so that the result broadcasts back. Test your functions
# with arrays that are *not* square: then this mistake shows itself.
#
# *Question: which shape do (8, 1, 6, 1) and (7, 1, 5) give?*
#
# <details><summary>Answer</summary>
#
# Aligned at the right: 1 and 5 give 5, 6 and 1 give 6, 1 and 7 give 7, 8 and nothing give 8. So (8, 7, 6, 5).
#
# </details>

# %% [markdown]
# ## 7 · Fancy indexing
#
# Slices such as `a[0:2, 1:3]` cut out a block. Lists, or arrays of integers, go further: they pick places one by one.
# Two lists are read as **pairs**, like a zipper.

# %%
# Figure · pairs are not a block
a = np.arange(12).reshape(3, 4)
picked = {"a[[0, 1], [2, 0]]": ([0, 1], [2, 0]), "a[0:2, 0:3]": np.s_[0:2, 0:3], "a[[2, 0]]": ([2, 0],)}
fig, axes = plt.subplots(1, 3, figsize=(9, 3.3))
for ax, (text, index) in zip(axes, picked.items(), strict=True):
    left_out = np.ones(a.shape, bool)
    left_out[index] = False
    result = a[index]
    plot.numbers(ax, a, f"{text}\ngives {plot.spoken(result)}\nshape {result.shape}", faded=left_out)
plot.show(
    fig,
    alt="A 3 × 4 table of 0 to 11, three times. Two lists pick the two places (0, 2) and (1, 0): 2 and 4. Two slices "
    "pick a block of six. One list picks whole rows, the last and then the first.",
)

# %% [markdown]
# Two uses return in every unit. With **labels** for rows, an array of integers looks things up. Here three samples have
# a score for each of four classes, and we know the true class of each. Their scores are the pairs (0, 1), (1, 0), (2,
# 3).

# %%
scores = np.array([[0.1, 0.7, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1], [0.2, 0.2, 0.5, 0.1]])
truth = np.array([1, 0, 3])
animals = np.array(["cat", "dog", "fox", "owl"])
print("score of the true class: ", scores[range(3), truth])
print("true names:              ", animals[truth])
print("guessed names:           ", animals[scores.argmax(axis=1)])

# %% [markdown]
# The index may have any shape; the result takes it over. An image of labels, (H, W), looks up rows of a palette,
# (5, 3), and becomes a colour image, (H, W, 3).

# %%
palette = np.array([[0.05, 0.1, 0.3], [0.0, 0.45, 0.7], [0.3, 0.7, 0.9], [0.95, 0.75, 0.3], [1.0, 0.97, 0.85]])
levels = np.digitize(camera, [0.15, 0.4, 0.6, 0.75])
print("levels", levels.shape, levels.dtype, "  palette", palette.shape, "  palette[levels]", palette[levels].shape)
plot.grid(
    [camera, levels / 4, palette[levels]],
    ["photo", "five levels, 0 to 4", "palette[levels]"],
    size=2.6,
    alt="The cameraman; the same in five shades of gray; the same with blue, light blue, yellow and cream for them.",
)

# %% [markdown]
# A **mask** is an array of True and False. As an index it picks the places that are True; on the left of `=` it writes
# to them. And since True counts as 1, its mean is a share.

# %%
coins = data.photo("coins", size=240)[20:, :190]
bright_enough = coins > 0.5
print(f"{bright_enough.sum()} of {bright_enough.size} pixels are brighter than 0.5: {bright_enough.mean():.0%}")
print(f"mean brightness of these {coins[bright_enough].mean():.2f}, of the others {coins[~bright_enough].mean():.2f}")

gilded = np.stack([coins, coins, coins], axis=2)
gilded[bright_enough] = [1.0, 0.75, 0.2]
plot.grid(
    [coins, bright_enough, gilded],
    ["coins", "coins > 0.5", "gilded"],
    size=2.6,
    alt="Gray coins on a dark ground; a black and white mask of the bright pixels; the same pixels painted gold.",
)

# %% [markdown]
# Masks are joined with `&`, `|` and `~`, each comparison in parentheses: `(coins > 0.3) & (coins < 0.5)`. Python's
# `and` does not work on arrays.
#
# *Question: what does `b[[0, 1, 2], [0, 1, 2]]` pick from a 3 × 3 table?*
#
# <details><summary>Answer</summary>
#
# The pairs (0, 0), (1, 1), (2, 2): the diagonal, three numbers. Not the whole table.
#
# </details>

# %% [markdown]
# ## 8 · Views and copies
#
# A slice of a list is a copy. A slice of an array is a **view**: a window on the same memory. It costs nothing, and
# whatever you write into it lands in the original.

# %%
original = data.photo("astronaut", size=160)
photo = data.photo("astronaut", size=160)
face = photo[10:75, 45:105]
face[:] = 1 - face

safe = data.photo("astronaut", size=160)
own_face = safe[10:75, 45:105].copy()
own_face[:] = 1 - own_face

plot.grid(
    [original, photo, safe, own_face],
    ["original", "photo", "safe", "own_face"],
    size=2.4,
    alt="A portrait of an astronaut. After inverting a slice, the face in the photo is a negative. After inverting a "
    "copy of the slice, the photo is untouched and only the copy is a negative.",
)
print("face and photo share memory:   ", np.shares_memory(face, photo))
print("own_face and safe share memory:", np.shares_memory(own_face, safe))

# %% [markdown]
# Only `face` was written to, yet `photo` changed. `.copy()` gives memory of your own. Which operations give views? Ask
# NumPy:

# %%
same = photo
ways = {
    "same = photo": same,
    "photo[10:20]": photo[10:20],
    "photo[::2, ::-1]": photo[::2, ::-1],
    "photo.reshape(-1, 3)": photo.reshape(-1, 3),
    "photo.transpose(2, 0, 1)": photo.transpose(2, 0, 1),
    "photo[[10, 11, 12]]": photo[[10, 11, 12]],
    "photo[photo > 0.5]": photo[photo > 0.5],
    "photo + 0": photo + 0,
    "photo.astype(float)": photo.astype(float),
    "photo.copy()": photo.copy(),
}
for text, result in ways.items():
    print(f"{text:26} {'the same memory' if np.shares_memory(result, photo) else 'memory of its own'}")

# %% [markdown]
# The rule: slices and rearrangements are views; fancy indices, masks and arithmetic make copies. A mere `=` makes
# neither, only a second name. (`reshape` copies where the memory has the wrong order.)
#
# Views matter most in functions. The caller still needs the array that was passed in, so the checks of this course
# refuse a function that changes it. Here `mirror` is right, and yet not:


# %%
def mirror_in_place(image):
    """Return the image (H, W) with left and right swapped."""
    image[:] = image[:, ::-1].copy()
    return image


verdict(check_mirror, mirror_in_place)

# %% [markdown]
# The usual culprits are `+=`, `*=`, `image[...] = ` and `.sort()`. Write `brighter = image + 0.2`, not `image += 0.2`,
# or begin with a copy.
#
# *Question: `b = a[0]` and then `b += 1`. Does `a` change? And with `b = a[0] + 1`?*
#
# <details><summary>Answer</summary>
#
# With `b += 1` yes: `b` is a view of the first row, and `+=` writes into it. With `b = a[0] + 1` no: arithmetic makes a
# new array.
#
# </details>

# %% [markdown]
# ## What to remember
#
# | idiom | what it does |
# |---|---|
# | `a.shape`, `a.dtype` | look at these first when something is odd |
# | `a.astype(float)` | floats, so that nothing wraps around |
# | `a.sum(axis=0)` | axis 0 disappears: one number for each column |
# | `a.max(axis=1, keepdims=True)` | the axis stays with length 1, ready to broadcast back |
# | `v[:, None]` | a vector as a column, (n,) → (n, 1) |
# | `images - low` with shapes (N, H, W, 3) and (3,) | aligned at the right: per channel |
# | `x + b[:, None, None]` with shapes (3, H, W) and (3,) | per channel, channels first |
# | `a[[0, 1], [2, 0]]` | pairs of places |
# | `names[labels]` | look up each label |
# | `a[mask]`, `mask.mean()` | the places that are True, their share |
# | `a[2:5, 1:3]` | a view of a block: rows 2, 3, 4 and columns 1, 2 |
# | `a.copy()` | memory of your own |
# | `np.random.default_rng(0)` | random numbers that are the same every time |
#
# **Now open assignment 00**, `release/00_orientation/00_orientation.ipynb`: four tiny exercises, and the first green
# check within minutes. Then go on with lesson 01.
#
# ### Read on
#
# * C. R. Harris et al. (2020), *Array programming with NumPy*, Nature 585,
#   [doi 10.1038/s41586-020-2649-2](https://doi.org/10.1038/s41586-020-2649-2): all of this in six pages.
# * The NumPy manual on [broadcasting](https://numpy.org/doc/stable/user/basics.broadcasting.html),
#   [indexing](https://numpy.org/doc/stable/user/basics.indexing.html) and
#   [copies and views](https://numpy.org/doc/stable/user/basics.copies.html).
# * The photographs, as shipped with scikit-image: the cameraman (Lav Varshney, CC0), the coffee cup (Rachel Michetti,
#   Pikolo Espresso Bar, CC0), the retina (Mikael Häggström, CC0), the coins (Brooklyn Museum), the astronaut (NASA).
