# %% [markdown]
# # 08 · Convolution
#
# What a convolutional layer computes: one signal, one image, a whole batch with many channels; its gradients; and what
# it costs. Read lesson 08 first, or beside it. Every exercise stands on its own, so skip what holds you up. The checks
# are folded; a click on their three dots opens them.
#
# Where a table says *integers*, it means NumPy's usual ones, `int64`. The bytes of image files (`uint8`) wrap around at
# 256; turn them into floats before you filter them, as `cnnlib.data` does.

# %%
import numpy as np
import torch

from cnnlib import expect

# %% [markdown]
# ### 1 · Convolve two signals  ·  3 points  ·  15 min  ·  ●○○ difficulty
#
# Write `convolve1d(x, h)`. Think of `x` as a row of claps and of `h` as the echo of one clap. Every clap starts its own
# echo, and the echoes add up:
#
# $$y_k = \sum_{n=0}^{N-1} h_n\, x_{k-n}$$
#
# Written out, as on the slide: $y_0 = h_0x_0$, then $y_1 = h_1x_0 + h_0x_1$, then $y_2 = h_2x_0 + h_1x_1 + h_0x_2$.
# Before its first and after its last value, `x` is zero. Keep all of the result: the last echo ends
# `len(h) - 1` places after the last clap.
#
# This is **convolution**: the index of `x` falls while the index of `h` rises. With $x_{k+n}$ instead it is
# *cross-correlation*, which is the next exercise.
#
# | argument | shape | |
# |---|---|---|
# | `x` | `(M,)` | integers or floats, at least one |
# | `h` | `(N,)` | integers or floats, at least one; may be longer than `x` |
# | returns | `(M + N - 1,)` | float64 |
#
# Two laws make convolution pleasant, and the second check tries them. The order does not matter:
# $x * h = h * x$. And two filters in a row are one filter: $f * (g * x) = (f * g) * x$. This is why a network of linear
# filters alone gains nothing from depth.
#
# <details><summary>Hint 1: the idea</summary>
# Do one clap on paper: <code>x = [0, 5, 0]</code> with <code>h = [1, 10]</code>. What does the single 5 add to the
# result, and where?
# </details>
# <details><summary>Hint 2: the edges</summary>
# At the upper end an index that is too large stops with an IndexError. At the lower end it is worse: in Python −1 is
# no error, it means the last value. So either ask whether <code>k − n</code> lies inside <code>x</code>, or never form
# such an index.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Start from zeros, as many as the result is long. Loop over the values of <code>h</code>. The value number
# <code>n</code> adds a whole copy of <code>x</code>, multiplied by that value, to the stretch of the result that
# begins at place <code>n</code>.
# </details>


# %% solution="convolve1d"
def convolve1d(x, h):
    """Return the convolution of two signals, shapes (M,) and (N,), in full: shape (M + N - 1,), float64."""
    ### BEGIN SOLUTION
    y = np.zeros(len(x) + len(h) - 1)
    for n, echo in enumerate(h):
        y[n : n + len(x)] += echo * x
    return y
    ### END SOLUTION


# %% check="convolve1d" points=2 why="every value of the full result"
@expect.check
def check_convolve1d_values(convolve1d):
    expect.close(
        expect.call(convolve1d, np.array([1, 2, 3]), np.array([1, 10, 100])),
        [1, 12, 123, 230, 300],
        "convolve1d([1, 2, 3], [1, 10, 100])",
        mistakes={
            "this is cross-correlation: take x[k − n], not x[k + n]": [321, 32, 3, 0, 0],
            "this is cross-correlation: h must run against x, so reverse it": [100, 210, 321, 32, 3],
            "x[k − n] with k − n below 0 wraps around to the end of x: it is zero there": [231, 312, 123, 230, 300],
            "the tail is missing: the echo goes on after the last value of x": [1, 12, 123],
            "only the places where h lies completely on x are kept: keep all of the result": [123],
            "only the middle is kept: keep all of the result": [12, 123, 230],
            "circular: the tail comes back at the start; make room for it with zeros": [231, 312, 123],
            "one value too many: M values and N values give M + N − 1": [1, 12, 123, 230, 300, 0],
            "the echoes overwrite one another: add them (+=)": [1, 10, 100, 200, 300],
            "the first value of x has no echo: k − n = 0 is a place in x too": [0, 2, 23, 230, 300],
        },
    )
    expect.close(
        expect.call(convolve1d, np.array([0.5, 0.25]), np.array([1, 2, 3])),
        [0.5, 1.25, 2, 0.75],
        "convolve1d([0.5, 0.25], [1, 2, 3])",
        mistakes={
            "the fractions are lost: the array for the result holds h's integers": [0, 1, 2, 0],
            "the fractions are lost: every product became an integer": [0, 0, 0, 0],
        },
    )
    expect.close(
        expect.call(convolve1d, np.array([1, 2, 3]), np.array([0.5, 0.25])),
        [0.5, 1.25, 2.0, 0.75],
        "convolve1d([1, 2, 3], [0.5, 0.25])",
        mistakes={"the fractions are lost: the array for the result holds integers": [0, 1, 1, 0]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(801)
    for m, n in [(7, 3), (3, 7), (1, 4), (5, 1), (1, 1), (6, 6)]:
        x, h = rng.standard_normal(m), rng.integers(-5, 6, n)
        expect.close(expect.call(convolve1d, x, h), np.convolve(x, h), f"convolve1d of {m} and {n} values")
    ### END HIDDEN TESTS


check_convolve1d_values(convolve1d)


# %% check="convolve1d" points=1 why="order does not matter, and two filters in a row are one"
@expect.check
def check_convolve1d_laws(convolve1d):
    blur, slope, stair = np.array([1, 2, 1]), np.array([1, -1]), np.array([0, 0, 1, 1, 1])
    for first, second in [(blur, slope), (slope, blur)]:
        expect.close(
            expect.call(convolve1d, first, second),
            [1, 1, -1, -1],
            f"convolve1d({first.tolist()}, {second.tolist()})",
        )
    once = expect.call(convolve1d, np.array([1, 1, -1, -1]), stair)
    twice = expect.call(convolve1d, blur, np.asarray(expect.call(convolve1d, slope, stair)))
    expect.close(once, [0, 0, 1, 2, 1, -1, -2, -1], "both filters at once")
    expect.close(twice, once, "one filter after the other")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(8011)
    f, g, x = rng.standard_normal(4), rng.standard_normal(2), rng.standard_normal(9)
    together = np.convolve(np.convolve(f, g), x)
    inner = expect.call(convolve1d, f, np.asarray(expect.call(convolve1d, g, x)))
    outer = expect.call(convolve1d, np.asarray(expect.call(convolve1d, f, g)), x)
    expect.close(inner, together, "f ∗ (g ∗ x)")
    expect.close(outer, together, "(f ∗ g) ∗ x")
    expect.close(expect.call(convolve1d, x, f), np.convolve(f, x), "x ∗ f, which equals f ∗ x")
    ### END HIDDEN TESTS


check_convolve1d_laws(convolve1d)


# %% wrong="convolve1d" why="x[k + n]: the sign of cross-correlation" keyword="not x[k + n]"
def convolve1d__plus_sign(x, h):
    y = np.zeros(len(x) + len(h) - 1)
    for k in range(len(y)):
        for n in range(len(h)):
            if k + n < len(x):
                y[k] += h[n] * x[k + n]
    return y


# %% wrong="convolve1d" why="slides h along x without reversing it" keyword="so reverse it"
def convolve1d__not_reversed(x, h):
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, len(h) - 1), len(h))
    return windows @ np.asarray(h, float)


# %% wrong="convolve1d" why="guards the upper end only; a negative index reads the end of x" keyword="wraps around"
def convolve1d__negative_index(x, h):
    y = np.zeros(len(x) + len(h) - 1)
    for k in range(len(y)):
        for n in range(len(h)):
            if k - n < len(x):
                y[k] += h[n] * x[k - n]
    return y


# %% wrong="convolve1d" why="one output for each input: the tail is cut off" keyword="tail is missing"
def convolve1d__tail_missing(x, h):
    y = np.zeros(len(x))
    for k in range(len(x)):
        for n in range(min(k + 1, len(h))):
            y[k] += h[n] * x[k - n]
    return y


# %% wrong="convolve1d" why="valid part only, as in a layer without padding" keyword="lies completely on x"
def convolve1d__valid(x, h):
    reversed_h = np.asarray(h, float)[::-1]
    return np.array([x[k : k + len(h)] @ reversed_h for k in range(len(x) - len(h) + 1)])


# %% wrong="convolve1d" why="keeps the middle, as image filters do" keyword="only the middle"
def convolve1d__same(x, h):
    return np.convolve(x, h, mode="same").astype(float)


# %% wrong="convolve1d" why="multiplies spectra without zero padding" keyword="circular"
def convolve1d__circular(x, h):
    size = max(len(x), len(h))
    return np.fft.ifft(np.fft.fft(x, size) * np.fft.fft(h, size)).real


# %% wrong="convolve1d" why="M + N values instead of M + N − 1" keyword="one value too many"
def convolve1d__one_too_many(x, h):
    y = np.zeros(len(x) + len(h))
    for i, clap in enumerate(x):
        y[i : i + len(h)] += clap * np.asarray(h)
    return y


# %% wrong="convolve1d" why="collects floats in an array of integers" keyword="holds integers"
def convolve1d__integer_buffer(x, h):
    y = np.zeros(len(x) + len(h) - 1, dtype=x.dtype)
    for i in range(len(x)):
        for n in range(len(h)):
            y[i + n] += h[n] * x[i]
    return y


# %% right="convolve1d" why="the formula with two loops and a guard at both ends"
def convolve1d__loops(x, h):
    total = []
    for k in range(len(x) + len(h) - 1):
        total.append(float(sum(h[n] * x[k - n] for n in range(len(h)) if 0 <= k - n < len(x))))
    return np.array(total)


# %% right="convolve1d" why="sums of the anti-diagonals of the outer product"
def convolve1d__antidiagonals(x, h):
    table = np.outer(x, h)[::-1].astype(float)
    return np.array([table.trace(offset) for offset in range(1 - len(x), len(h))])


# %% right="convolve1d" why="product of the spectra, with room for the tail"
def convolve1d__spectra(x, h):
    size = len(x) + len(h) - 1
    return np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(h, size), size)


# %% right="convolve1d" why="the library function"
def convolve1d__library(x, h):
    return np.convolve(x, np.asarray(h, dtype=float))


# %% [markdown]
# ### 2 · Slide a kernel over an image  ·  4 points  ·  15 min  ·  ●○○ difficulty
#
# Write `cross_correlate2d(image, kernel, bias=0.0)`. Lay the kernel over the top left corner of the image,
# multiply what lies on top of each other, add it all up and add the bias: that is the first pixel of the result.
# Move one pixel to the right and repeat; at the end of the row move one down.
#
# $$y_{r,c} = b + \sum_{i=0}^{KH-1}\sum_{j=0}^{KW-1} x_{r+i,\,c+j}\; w_{i,j}$$
#
# The kernel never hangs over the edge, so the result has `H - KH + 1` rows and `W - KW + 1` columns.
# This is **cross-correlation**: the kernel is not flipped. Deep learning calls it convolution all the same.
#
# | argument | shape | |
# |---|---|---|
# | `image` | `(H, W)` | integers or floats, any size, not always square |
# | `kernel` | `(KH, KW)` | at most as large as the image, not always square |
# | `bias` | a number | added to every pixel of the result |
# | returns | `(H - KH + 1, W - KW + 1)` | float64 |
#
# <details><summary>Hint 1: the idea</summary>
# Every pixel of the result comes from one window of the image, as large as the kernel. Which rows and columns
# does the window of pixel (r, c) cover?
# </details>
# <details><summary>Hint 2: the shapes</summary>
# Count the positions first: a kernel of height 3 fits on a column of 5 pixels in 3 places. Make an array of
# zeros of that size and fill it.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Two loops, over <code>r</code> and <code>c</code>. In the inner one: cut the window out of the image with two
# slices, each as long as the kernel's side; multiply it by the kernel elementwise; sum; add the bias.
# </details>


# %% solution="cross_correlate2d"
def cross_correlate2d(image, kernel, bias=0.0):
    """Return the cross-correlation of an image (H, W) with a kernel (KH, KW), shape (H - KH + 1, W - KW + 1)."""
    ### BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel, dtype=float) + bias
    ### END SOLUTION


# %% check="cross_correlate2d" points=2 why="the numbers printed on the slides"
@expect.check
def check_cross_correlate2d_slides(cross_correlate2d):
    image = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
    kernel = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
    expect.close(
        expect.call(cross_correlate2d, image, kernel),
        [[12, 12, 17], [10, 17, 19], [9, 6, 14]],
        "cross_correlate2d on the 5 × 5 image of the slides",
        mistakes={
            "the kernel is flipped by 180°: cross-correlation does not flip it": [
                [18, 20, 19],
                [10, 9, 17],
                [11, 8, 14],
            ],
            "the kernel is transposed: its rows must lie along the rows of the image": [
                [17, 15, 20],
                [11, 13, 19],
                [8, 6, 12],
            ],
            "`@` is a matrix product: multiply window and kernel number by number, with `*`": [
                [49, 50, 51],
                [28, 36, 55],
                [31, 23, 40],
            ],
            "this is the average of the nine products: take their sum": np.array(
                [[12, 12, 17], [10, 17, 19], [9, 6, 14]]
            )
            / 9,
            "the kernel hangs over the edge, on a border of zeros: stay inside the image": [
                [6, 14, 17, 11, 3],
                [14, 12, 12, 17, 11],
                [8, 10, 17, 19, 13],
                [11, 9, 6, 14, 12],
                [6, 4, 4, 6, 4],
            ],
            "the last row and column are missing: H − KH + 1 positions fit, the + 1 counts the first": [
                [12, 12],
                [10, 17],
            ],
        },
    )
    binary = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
    cross = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    expect.close(
        expect.call(cross_correlate2d, binary, cross),
        [[4, 3, 4], [2, 4, 3], [2, 3, 4]],
        "cross_correlate2d on the binary image of the slides",
    )
    patch = np.array([[200, 150, 150], [100, 50, 100], [25, 25, 10]])
    edge = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    expect.close(
        expect.call(cross_correlate2d, patch, edge, bias=5.0),
        [[70.0]],
        "cross_correlate2d of one window, 65 + a bias of 5",
        mistakes={
            "the bias is missing: add it to every pixel": [[65.0]],
            "the bias is added once for every weight of the kernel: add it to the sum, once": [[110.0]],
        },
    )
    ### BEGIN HIDDEN TESTS
    from scipy.signal import correlate2d

    rng = np.random.default_rng(8021)
    other = rng.integers(0, 4, (5, 5))
    expect.close(
        expect.call(cross_correlate2d, other, kernel, bias=-1.5),
        correlate2d(other, kernel, mode="valid") - 1.5,
        "cross_correlate2d on another 5 × 5 image, with a bias of −1.5",
    )
    ### END HIDDEN TESTS


check_cross_correlate2d_slides(cross_correlate2d)


# %% check="cross_correlate2d" points=2 why="any image, any kernel, any bias"
@expect.check
def check_cross_correlate2d_drawn(cross_correlate2d):
    expect.close(
        expect.call(cross_correlate2d, np.array([[1, 0, 2, 5, 3], [4, 1, 0, 2, 6]]), np.array([[1, 2, 4]])),
        [[9, 24, 24], [6, 9, 28]],
        "cross_correlate2d of a 2 × 5 image with a 1 × 3 kernel",
        mistakes={
            "one side of the kernel is used for both: it has KH rows and KW columns": [
                [7, 0, 14, 35, 21],
                [28, 7, 0, 14, 42],
            ],
        },
    )
    rough = np.array([[0.5, 1, 2, 0], [3, 0, 1.5, 1], [1, 2, 0, 4]])
    expect.close(
        expect.call(cross_correlate2d, rough, np.array([[1, 2], [3, -9]]), 0.5),
        [[12, -8, -2], [-11.5, 9.5, -32]],
        "cross_correlate2d of a 3 × 4 image with the kernel [[1, 2], [3, -9]] and the bias 0.5",
        mistakes={
            "the kernel is upside down: its rows are reversed": [[-4, -11.5, 10], [14.5, -11, 4]],
            "the kernel is mirrored: its columns are reversed": [[-24.5, 9, -6], [3.5, -16, 16.5]],
            "the kernel is flipped by 180°: cross-correlation does not flip it": [[5, -1, -13.5], [-22.5, 9, -6]],
            "the kernel is transposed": [[10, -6, -3.5], [-12.5, 9, -31]],
            "the bias is missing: add it to every pixel": [[11.5, -8.5, -2.5], [-12, 9, -32.5]],
            "only the first pixel got the bias": [[12, -8.5, -2.5], [-12, 9, -32.5]],
            "only the first row got the bias": [[12, -8, -2], [-12, 9, -32.5]],
            "negative numbers became positive: they belong to the result": [[12, 8, 2], [11.5, 9.5, 32]],
            "negative numbers became zero: they belong to the result": [[12, 0, 0], [0, 9.5, 0]],
        },
    )
    expect.close(
        expect.call(cross_correlate2d, np.array([[1, 2], [3, 4]]), np.full((2, 2), 0.25)),
        [[2.5]],
        "cross_correlate2d of an image of integers with a kernel of quarters",
        mistakes={"the fraction is lost: the array for the result holds integers": [[2.0]]},
    )
    expect.close(
        expect.call(cross_correlate2d, np.array([[0.5, 0.25]]), np.array([[1, 1]])),
        [[0.75]],
        "cross_correlate2d of an image of fractions with a kernel of integers",
        mistakes={"the fraction is lost: the array for the result holds the kernel's integers": [[0]]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(802)

    def truth(image, kernel):
        batch = torch.from_numpy(image)[None, None]
        return torch.nn.functional.conv2d(batch, torch.from_numpy(kernel.copy())[None, None])[0, 0].numpy()

    for shape, kernel_shape in [((7, 5), (3, 2)), ((4, 9), (2, 4)), ((3, 3), (3, 3)), ((6, 6), (1, 1))]:
        image, kernel = rng.standard_normal(shape), rng.standard_normal(kernel_shape)
        bias = float(rng.uniform(1, 2))
        right = truth(image, kernel)
        expect.close(
            expect.call(cross_correlate2d, image, kernel, bias),
            right + bias,
            f"cross_correlate2d of a {shape} image with a {kernel_shape} kernel and a bias",
            mistakes={
                "the kernel is flipped by 180°: cross-correlation does not flip it": truth(image, kernel[::-1, ::-1])
                + bias,
                "the bias is missing: add it to every pixel": right,
            },
        )
    ### END HIDDEN TESTS


check_cross_correlate2d_drawn(cross_correlate2d)


# %% wrong="cross_correlate2d" why="flips the kernel, as mathematics' convolution does" keyword="flipped"
def cross_correlate2d__kernel_flipped(image, kernel, bias=0.0):
    turned = kernel[::-1, ::-1]
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, turned, dtype=float) + bias


# %% wrong="cross_correlate2d" why="forgets the bias" keyword="bias is missing"
def cross_correlate2d__no_bias(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel, dtype=float)


# %% wrong="cross_correlate2d" why="adds the bias inside the sum" keyword="once for every weight"
def cross_correlate2d__bias_in_the_sum(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel + bias).sum(axis=(2, 3))


# %% wrong="cross_correlate2d" why="H − KH positions: forgets to count the first" keyword="last row and column"
def cross_correlate2d__one_too_few(image, kernel, bias=0.0):
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.zeros((h - kh, w - kw))
    for r in range(h - kh):
        for c in range(w - kw):
            out[r, c] = np.sum(kernel * image[r : r + kh, c : c + kw]) + bias
    return out


# %% wrong="cross_correlate2d" why="pads with zeros so that the size stays" keyword="hangs over the edge"
def cross_correlate2d__padded(image, kernel, bias=0.0):
    (kh, kw) = kernel.shape
    padded = np.pad(image, ((kh // 2, (kh - 1) // 2), (kw // 2, (kw - 1) // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel, dtype=float) + bias


# %% wrong="cross_correlate2d" why="confuses the kernel's rows and columns" keyword="transposed"
def cross_correlate2d__transposed(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.T.shape)
    return np.einsum("rcij,ji->rc", windows, kernel, dtype=float) + bias


# %% wrong="cross_correlate2d" why="multiplies window and kernel as matrices" keyword="matrix product"
def cross_correlate2d__matrix_product(image, kernel, bias=0.0):
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.zeros((h - kh + 1, w - kw + 1))
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            out[r, c] = np.sum(image[r : r + kh, c : c + kw] @ kernel) + bias
    return out


# %% wrong="cross_correlate2d" why="averages the products" keyword="average"
def cross_correlate2d__average(image, kernel, bias=0.0):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).mean(axis=(2, 3)) + bias


# %% wrong="cross_correlate2d" why="takes every kernel for square" keyword="one side of the kernel"
def cross_correlate2d__square_only(image, kernel, bias=0.0):
    (h, w), k = image.shape, len(kernel)
    out = np.zeros((h - k + 1, w - k + 1))
    for r in range(h - k + 1):
        for c in range(w - k + 1):
            out[r, c] = (image[r : r + k, c : c + k] * kernel).sum() + bias
    return out


# %% wrong="cross_correlate2d" why="collects floats in an array of the image's integers" keyword="holds integers"
def cross_correlate2d__integer_buffer(image, kernel, bias=0.0):
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.zeros((h - kh + 1, w - kw + 1), dtype=image.dtype)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            out[r, c] = (image[r : r + kh, c : c + kw] * kernel).sum() + bias
    return out


# %% right="cross_correlate2d" why="two loops over the pixels of the result"
def cross_correlate2d__loops(image, kernel, bias=0.0):
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.empty((h - kh + 1, w - kw + 1))
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            out[r, c] = (image[r : r + kh, c : c + kw] * kernel).sum() + bias
    return out


# %% right="cross_correlate2d" why="one shifted copy of the image for every weight"
def cross_correlate2d__shifted_copies(image, kernel, bias=0.0):
    height, width = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    out = np.full((height, width), float(bias))
    for (i, j), weight in np.ndenumerate(kernel):
        out += weight * image[i : i + height, j : j + width]
    return out


# %% right="cross_correlate2d" why="torch's layer function"
def cross_correlate2d__torch(image, kernel, bias=0.0):
    batch, weight = torch.tensor(image, dtype=torch.float64), torch.tensor(kernel, dtype=torch.float64)
    return torch.conv2d(batch[None, None], weight[None, None], torch.tensor([bias], dtype=torch.float64)).numpy()[0, 0]


# %% [markdown]
# ### 3 · Turn the kernel: convolution  ·  3 points  ·  15 min  ·  ●○○ difficulty
#
# Write `convolve2d(image, kernel)`, the convolution that mathematics means. The kernel is walked from its end to
# its beginning while the image is walked forwards:
#
# $$y_{r,c} = \sum_{a=0}^{KH-1}\sum_{b=0}^{KW-1} x_{r+KH-1-a,\;c+KW-1-b}\; k_{a,b}$$
#
# There is a simple picture for it: **turn the kernel by 180°, then cross-correlate.** The kernel of the slides becomes
#
# $$K=\begin{bmatrix}1&2&3\\4&5&6\\7&8&9\end{bmatrix}\qquad K'=\begin{bmatrix}9&8&7\\6&5&4\\3&2&1\end{bmatrix}$$
#
# | argument | shape | |
# |---|---|---|
# | `image` | `(H, W)` | integers or floats, not always square |
# | `kernel` | `(KH, KW)` | at most as large as the image, not always square |
# | returns | `(H - KH + 1, W - KW + 1)` | float64; the kernel stays inside the image |
#
# Why turn it at all? Because of the laws of exercise 1. Two convolutions in a row are one convolution with a combined
# kernel; the second check tries it. And one white pixel on black becomes a picture of the
# kernel the right way up. For a network it makes no difference: it learns its kernels, turned or not.
#
# <details><summary>Hint 1: the idea</summary>
# The formula differs from the one of exercise 2 in one thing: which weight meets which pixel. Put the top left pixel
# of a window together with its weight: which corner of the kernel is it from?
# </details>
# <details><summary>Hint 2: 180° is not a transpose</summary>
# Turning by 180° reverses the order of the rows and also the order of the columns. The shape stays. Turning by 90°, or
# swapping the axes, is something else.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# A slice with a step of -1 reverses an axis; reverse both. Then do what you did in exercise 2, with no bias.
# </details>


# %% solution="convolve2d"
def convolve2d(image, kernel):
    """Return the convolution of an image (H, W) with a kernel (KH, KW), shape (H - KH + 1, W - KW + 1)."""
    ### BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel[::-1, ::-1], dtype=float)
    ### END SOLUTION


# %% check="convolve2d" points=2 why="the kernel turned by 180°"
@expect.check
def check_convolve2d_values(convolve2d):
    dot = np.zeros((5, 6), dtype=int)
    dot[2, 2] = 1
    nine = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    whole, framed = np.zeros((7, 8)), np.zeros((5, 6))
    whole[2:5, 2:5] = framed[1:4, 1:4] = nine
    expect.close(
        expect.call(convolve2d, dot, nine),
        [[1, 2, 3, 0], [4, 5, 6, 0], [7, 8, 9, 0]],
        "convolve2d of one white pixel in a 5 × 6 image with the kernel 1 … 9",
        mistakes={
            "the kernel is not turned: this is still cross-correlation": [[9, 8, 7, 0], [6, 5, 4, 0], [3, 2, 1, 0]],
            "only the rows of the kernel are reversed, not the columns": [[3, 2, 1, 0], [6, 5, 4, 0], [9, 8, 7, 0]],
            "only the columns of the kernel are reversed, not the rows": [[7, 8, 9, 0], [4, 5, 6, 0], [1, 2, 3, 0]],
            "the kernel is transposed: 180° reverses axes, it swaps none": [[9, 6, 3, 0], [8, 5, 2, 0], [7, 4, 1, 0]],
            "the kernel is turned by 90°: turn it twice": [[7, 4, 1, 0], [8, 5, 2, 0], [9, 6, 3, 0]],
            "the kernel is turned by 90° (clockwise): turn it twice": [[3, 6, 9, 0], [2, 5, 8, 0], [1, 4, 7, 0]],
            "the index −0 is 0, so the first row and column stay: count down from KH − 1 and KW − 1": [
                [5, 6, 4, 0],
                [8, 9, 7, 0],
                [2, 3, 1, 0],
            ],
            "the image is turned instead of the kernel, so the result stands on its head": [
                [0, 9, 8, 7],
                [0, 6, 5, 4],
                [0, 3, 2, 1],
            ],
            "the result is turned instead of the kernel": [[0, 1, 2, 3], [0, 4, 5, 6], [0, 7, 8, 9]],
            "this is the full result: the kernel may not hang over the edge": whole,
            "the size of the image is kept with zeros: the kernel may not hang over the edge": framed,
        },
    )
    image = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
    kernel = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
    expect.close(
        expect.call(convolve2d, image, kernel),
        [[18, 20, 19], [10, 9, 17], [11, 8, 14]],
        "convolve2d on the 5 × 5 image of the slides",
    )
    expect.close(
        expect.call(convolve2d, np.array([[0.5, 0.25, 1]]), np.array([[1, 1]])),
        [[0.75, 1.25]],
        "convolve2d of an image of fractions with a kernel of integers",
        mistakes={"the fraction is lost: the array for the result holds the kernel's integers": [[0, 1]]},
    )
    ### BEGIN HIDDEN TESTS
    from scipy.signal import convolve2d as scipy_convolve2d

    rng = np.random.default_rng(803)
    for shape, kernel_shape in [((6, 9), (2, 3)), ((8, 5), (4, 1)), ((4, 4), (4, 4)), ((5, 7), (3, 3))]:
        drawn, weights = rng.integers(0, 9, shape), rng.standard_normal(kernel_shape)
        expect.close(
            expect.call(convolve2d, drawn, weights),
            scipy_convolve2d(drawn, weights, mode="valid"),
            f"convolve2d of a {shape} image with a {kernel_shape} kernel",
        )
    ### END HIDDEN TESTS


check_convolve2d_values(convolve2d)


# %% check="convolve2d" points=1 why="two filters in a row are one"
@expect.check
def check_convolve2d_law(convolve2d):
    image = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    across, down = np.array([[1, 2]]), np.array([[3], [1]])
    both = expect.call(convolve2d, np.pad(down, ((0, 0), (1, 1))), across)
    expect.close(
        both,
        [[3, 6], [1, 2]],
        "convolve2d([[0, 3, 0], [0, 1, 0]], [[1, 2]]), the two filters in one",
        mistakes={"the kernel is not turned: cross-correlation breaks the law": [[6, 3], [2, 1]]},
    )
    in_turn = expect.call(convolve2d, np.asarray(expect.call(convolve2d, image, across)), down)
    expect.close(in_turn, [[43, 55], [79, 91]], "one filter after the other")
    expect.close(expect.call(convolve2d, image, np.asarray(both)), in_turn, "both filters at once")
    ### BEGIN HIDDEN TESTS
    import scipy.signal

    rng = np.random.default_rng(8031)
    image, f, g = (rng.standard_normal(shape) for shape in [(9, 8), (2, 3), (3, 2)])
    wide = expect.call(convolve2d, np.pad(f, ((2, 2), (1, 1))), g)
    expect.close(wide, scipy.signal.convolve2d(f, g), "f ∗ g, with zeros around f")
    chain = np.asarray(expect.call(convolve2d, image, f))
    expect.close(
        expect.call(convolve2d, chain, g),
        scipy.signal.convolve2d(image, scipy.signal.convolve2d(g, f), mode="valid"),
        "(image ∗ f) ∗ g, which equals image ∗ (g ∗ f)",
    )
    ### END HIDDEN TESTS


check_convolve2d_law(convolve2d)


# %% wrong="convolve2d" why="does not turn the kernel" keyword="still cross-correlation"
def convolve2d__not_turned(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel, dtype=float)


# %% wrong="convolve2d" why="reverses the rows only" keyword="only the rows"
def convolve2d__rows_only(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel[::-1], dtype=float)


# %% wrong="convolve2d" why="reverses the columns only" keyword="only the columns"
def convolve2d__columns_only(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, np.fliplr(kernel), dtype=float)


# %% wrong="convolve2d" why="transposes instead of turning" keyword="transposed"
def convolve2d__transposed(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.T.shape)
    return np.einsum("rcij,ij->rc", windows, kernel.T, dtype=float)


# %% wrong="convolve2d" why="turns by 90°: np.rot90 once" keyword="by 90°"
def convolve2d__quarter_turn(image, kernel):
    turned = np.rot90(kernel)
    windows = np.lib.stride_tricks.sliding_window_view(image, turned.shape)
    return np.einsum("rcij,ij->rc", windows, turned, dtype=float)


# %% wrong="convolve2d" why="turns the image instead of the kernel" keyword="stands on its head"
def convolve2d__image_turned(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(np.rot90(image, 2), kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel, dtype=float)


# %% wrong="convolve2d" why="turns the result instead of the kernel" keyword="result is turned"
def convolve2d__result_turned(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel, dtype=float)[::-1, ::-1]


# %% wrong="convolve2d" why="the full result of signal processing" keyword="full result"
def convolve2d__full(image, kernel):
    out = np.zeros((image.shape[0] + kernel.shape[0] - 1, image.shape[1] + kernel.shape[1] - 1))
    for (i, j), weight in np.ndenumerate(kernel):
        out[i : i + image.shape[0], j : j + image.shape[1]] += weight * image
    return out


# %% wrong="convolve2d" why="keeps the size of the image" keyword="size of the image is kept"
def convolve2d__same_size(image, kernel):
    from scipy.signal import convolve2d as scipy_convolve2d

    return scipy_convolve2d(image, kernel, mode="same").astype(float)


# %% right="convolve2d" why="the formula with minus signs, pixel by pixel"
def convolve2d__definition(image, kernel):
    (h, w), (kh, kw) = image.shape, kernel.shape
    y = np.zeros((h - kh + 1, w - kw + 1))
    for r, c in np.ndindex(*y.shape):
        for a, b in np.ndindex(kh, kw):
            y[r, c] += image[r + kh - 1 - a, c + kw - 1 - b] * kernel[a, b]
    return y


# %% right="convolve2d" why="product of the two-dimensional spectra, edges cut off"
def convolve2d__spectra(image, kernel):
    spectrum = np.fft.fft2(image) * np.fft.fft2(kernel, image.shape)
    return np.fft.ifft2(spectrum).real[kernel.shape[0] - 1 :, kernel.shape[1] - 1 :]


# %% right="convolve2d" why="torch on the kernel flipped along both axes"
def convolve2d__torch(image, kernel):
    batch, weight = torch.tensor(image, dtype=torch.float64), torch.tensor(kernel, dtype=torch.float64)
    return torch.conv2d(batch[None, None], weight.flip(0, 1)[None, None])[0, 0].numpy()


# %% [markdown]
# ### 4 · What did the slide get wrong?  ·  4 points  ·  25 min  ·  ●●○ difficulty
#
# One of the lecture slides lays a 3 × 3 kernel $k$ over a 5 × 5 image $im$ and makes three statements:
#
# 1. the formula $\;\sum_{n=0}^{2}\sum_{m=0}^{2} k(n,m)\cdot im(x+n-1,\;y+m-1)$
# 2. its name: convolution
# 3. the result: `[[12, 12, 17], [10, 17, 19], [9, 6, 14]]`
#
# They cannot all be true when rows and columns are counted from 0. Do not guess: let a program find out which rule
# makes a printed table.
#
# Write `explain_table(image, kernel, table)`. There are ten rules, five offsets $d$ times two operations. The number
# in row $x$ and column $y$ of the table, both counted from 0, is
#
# | operation | rule |
# |---|---|
# | `"cross-correlation"` | $\sum_{n,m} k(n,m)\cdot im(x+n+d,\;y+m+d)$ |
# | `"convolution"` | the same with the kernel turned by 180°: $\sum_{n,m} k(KH-1-n,\,KW-1-m)\cdot im(x+n+d,\;y+m+d)$ |
#
# with $d$ one of −2, −1, 0, 1, 2. Where an index leaves the image, on any side, the image counts as zero.
#
# | argument | shape | |
# |---|---|---|
# | `image` | `(H, W)` | integers or floats, not always square |
# | `kernel` | `(KH, KW)` | integers or floats, not always square |
# | `table` | `(TH, TW)` | the printed table, any size: the first rows and columns of the result |
# | returns | `(offset, operation)` | a tuple: an integer and one of the names; `None` when no rule fits |
#
# You only get tables that fit one rule, or, because of a misprint, none.
#
# When it works, ask it about the slide: which of the three statements survives? And how would you have to count rows
# and columns of the result for the formula to be right?
#
# <details><summary>Answer, once you have asked</summary>
# The table is right: it is the cross-correlation with offset 0. The formula has the offset −1, so it prints another
# table, the one with a border of zeros, and convolution is the wrong name. Counted from 1, the formula is right too.
# </details>
#
# <details><summary>Hint 1: the idea</summary>
# Ten rules are few. Compute the table that each of them would print, and compare.
# </details>
# <details><summary>Hint 2: zeros outside</summary>
# Put the image into the middle of a larger array of zeros, at least two rows and columns away from every edge. Then
# no index leaves it, and an offset is only another starting point. Remember that the table may reach beyond the image
# on the far sides.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# One loop over the two operations, each with its kernel, and one over the five offsets. Inside, fill an array as large
# as the table; return the pair as soon as all its numbers agree with the printed ones, up to rounding
# (<code>np.allclose</code>). After the loops nothing has agreed.
# </details>


# %% solution="explain_table"
def explain_table(image, kernel, table):
    """Return the rule behind a printed table, (offset, "cross-correlation" or "convolution"), or None.

    Args:
        image: shape (H, W), zero outside.
        kernel: shape (KH, KW).
        table: shape (TH, TW), the rule's results for rows and columns counted from 0.
    """
    ### BEGIN SOLUTION
    reach, (rows, columns) = 2, table.shape
    canvas = np.pad(image, [(reach, reach + t + k) for t, k in zip(table.shape, kernel.shape, strict=True)])
    windows = np.lib.stride_tricks.sliding_window_view(canvas, kernel.shape)
    for operation, weights in {"cross-correlation": kernel, "convolution": kernel[::-1, ::-1]}.items():
        sums = np.einsum("rcij,ij->rc", windows, weights)
        for offset in range(-reach, reach + 1):
            start = reach + offset
            if np.allclose(sums[start : start + rows, start : start + columns], table):
                return offset, operation
    return None
    ### END SOLUTION


# %% check="explain_table" points=2 why="the slide, and what its formula would give"
@expect.check
def check_explain_table_slide(explain_table):
    image = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
    kernel = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
    slide = np.array([[12, 12, 17], [10, 17, 19], [9, 6, 14]])
    formula = np.array([[6, 14, 17], [14, 12, 12], [8, 10, 17]])
    turned = np.array([[18, 20, 19], [10, 9, 17], [11, 8, 14]])
    expect.equal(
        expect.call(explain_table, image, kernel, slide),
        (0, "cross-correlation"),
        "explain_table for the table on the slide",
        mistakes={
            "you believed the slide: neither its offset nor its name fits its numbers": (-1, "convolution"),
            "the names are swapped: cross-correlation is the one that leaves the kernel as it is": (0, "convolution"),
            "the offset comes first, then the name": ("cross-correlation", 0),
        },
    )
    found = expect.call(explain_table, image, kernel, turned)
    expect.that(
        found is not None,
        "explain_table found no rule for a table made with the kernel turned by 180°: reverse both its axes.",
    )
    expect.equal(
        found,
        (0, "convolution"),
        "explain_table for a convolution",
        mistakes={"a difference can be negative too: take its absolute value": (2, "cross-correlation")},
    )
    found = expect.call(explain_table, image, kernel, formula)
    expect.that(
        found is not None,
        "explain_table found no rule for an offset of −1: outside the image there are zeros.\n"
        "In Python an index of −1 wraps around to the last row, and so does np.roll.",
    )
    expect.equal(
        found,
        (-1, "cross-correlation"),
        "explain_table for the numbers that the slide's formula gives",
        mistakes={"the sign of the offset is reversed: the image is read at x + n + d": (1, "cross-correlation")},
    )
    ### BEGIN HIDDEN TESTS
    from scipy.signal import correlate2d

    rng = np.random.default_rng(8041)
    for offset in (-1, 0, 1):
        image = rng.integers(1, 9, (5, 5))
        ring = np.pad(image, 3)[3 + offset :, 3 + offset :]
        for operation, weights in [("convolution", np.rot90(kernel, 2)), ("cross-correlation", kernel)]:
            expect.equal(
                expect.call(explain_table, image, kernel, correlate2d(ring, weights, mode="valid")[:3, :3]),
                (offset, operation),
                "explain_table for another 5 × 5 image under the kernel of the slide",
            )
    ### END HIDDEN TESTS


check_explain_table_slide(explain_table)


# %% check="explain_table" points=2 why="any table, also one with a misprint"
@expect.check
def check_explain_table_any(explain_table):
    image = np.array([[1, 2, 0, 3], [0, 1, 4, 1], [2, 0, 1, 5], [3, 1, 0, 2]])
    kernel = np.array([[1, 2], [3, 4]])
    expect.equal(
        expect.call(explain_table, image, kernel, np.array([[9, 21], [8, 13]])),
        (0, "cross-correlation"),
        "explain_table for [[9, 21], [8, 13]]",
    )
    found = expect.call(explain_table, image, kernel, np.array([[13, 29], [5, 19]]))
    expect.that(
        found is not None,
        "explain_table found no rule for an offset of 1: the offset moves the rows and the columns.",
    )
    expect.equal(found, (1, "cross-correlation"), "explain_table for [[13, 29], [5, 19]]")
    tenths = np.array([[0.1, 0.2]])
    found = expect.call(explain_table, np.array([[1, 1, 2], [5, 0, 3]]), tenths, np.array([[0.3, 0.5], [0.5, 0.6]]))
    expect.that(
        found is not None,
        "explain_table found no rule for a table with decimals: 0.1 + 0.2 is not quite 0.3 in a computer.\n"
        "Compare with a tolerance (np.allclose), not with ==.",
    )
    expect.equal(found, (0, "cross-correlation"), "explain_table for a table with decimals")
    expect.equal(
        expect.call(explain_table, image, kernel, np.array([[9, 21], [8, 31]])),
        None,
        "explain_table for [[9, 21], [8, 31]], a table with a misprint",
        mistakes={"every number of the table must agree, not only the first or most": (0, "cross-correlation")},
    )
    misprint = "every number of the table must agree, not only the first, the last or most of them"
    for printed, reason in [
        ([[9, 21], [8, 12]], "a difference can be negative too: take its absolute value"),
        ([[9, 20], [9, 13]], misprint),
    ]:
        expect.equal(
            expect.call(explain_table, image, kernel, np.array(printed)),
            None,
            f"explain_table for {printed}, a table with a misprint",
            mistakes={reason: (0, "cross-correlation")},
        )
    column = np.array([[1, 2], [3, 4], [5, 6]])
    expect.equal(
        expect.call(explain_table, column, np.array([[1]]), np.array([[1, 2], [3, 9], [5, 6]])),
        None,
        "explain_table for a misprint in the middle",
        mistakes={misprint: (0, "cross-correlation"), f"{misprint} ": (0, "convolution")},
    )
    coarse = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    expect.equal(
        expect.call(explain_table, coarse, np.array([[1, 1]]), np.array([[0.3, 0.5], [0.9, 1.15]])),
        None,
        "explain_table for [[0.3, 0.5], [0.9, 1.15]], where 1.1 would be right",
        mistakes={
            "your tolerance is too wide: it only has to forgive rounding": (0, "cross-correlation"),
            "your tolerance is too wide, it only has to forgive rounding": (0, "convolution"),
        },
    )
    halves = np.array([[1, 2.5, 0, 3], [4, 1, 2, 2]])
    expect.equal(
        expect.call(explain_table, halves, np.array([[1, 1]]), np.array([[3, 2], [5, 3]])),
        None,
        "explain_table for a table of integers, where 3.5 and 2.5 would be right",
        mistakes={
            "the fractions are cut off: compute with floats": (0, "cross-correlation"),
            "the fractions are cut off, compute with floats": (0, "convolution"),
        },
    )
    ### BEGIN HIDDEN TESTS
    import scipy.signal

    rng = np.random.default_rng(804)
    sizes = [
        ((6, 9), (2, 4), (5, 4)),
        ((7, 4), (3, 1), (4, 6)),
        ((4, 5), (2, 3), (6, 7)),
        ((5, 8), (1, 2), (4, 5)),
        ((3, 4), (2, 2), (18, 20)),
    ]
    for shape, kernel_shape, table_shape in sizes:
        for offset in range(-2, 3):
            image, kernel = rng.standard_normal(shape), rng.standard_normal(kernel_shape)
            operation = str(rng.choice(["convolution", "cross-correlation"]))
            combine = scipy.signal.convolve2d if operation == "convolution" else scipy.signal.correlate2d
            rows, columns = (slice(24 + offset, 24 + offset + side) for side in table_shape)
            table = combine(np.pad(image, 24), kernel, mode="valid")[rows, columns]
            what = f"explain_table for a {table_shape} table of a {shape} image and a {kernel_shape} kernel"
            expect.equal(expect.call(explain_table, image, kernel, table), (offset, operation), what)
            table[tuple(rng.integers(table_shape))] += float(rng.choice([-0.01, 0.01]))
            expect.equal(expect.call(explain_table, image, kernel, table), None, f"{what}, with a misprint")
    ### END HIDDEN TESTS


check_explain_table_any(explain_table)


# %% wrong="explain_table" why="repeats what the slide says" keyword="believed the slide"
def explain_table__believes_the_slide(image, kernel, table):
    return -1, "convolution"


# %% wrong="explain_table" why="calls the kernel as it is convolution" keyword="names are swapped"
def explain_table__names_swapped(image, kernel, table):
    canvas = np.pad(image, 20)
    for name, k in [("convolution", kernel), ("cross-correlation", np.rot90(kernel, 2))]:
        sums = np.einsum("rcij,ij->rc", np.lib.stride_tricks.sliding_window_view(canvas, k.shape), k)
        for d in range(-2, 3):
            if np.allclose(sums[20 + d : 20 + d + table.shape[0], 20 + d : 20 + d + table.shape[1]], table):
                return d, name


# %% wrong="explain_table" why="the name before the offset" keyword="offset comes first"
def explain_table__name_first(image, kernel, table):
    canvas = np.pad(image, 20)
    for name, k in [("cross-correlation", kernel), ("convolution", np.rot90(kernel, 2))]:
        sums = np.einsum("rcij,ij->rc", np.lib.stride_tricks.sliding_window_view(canvas, k.shape), k)
        for d in range(-2, 3):
            if np.allclose(sums[20 + d : 20 + d + table.shape[0], 20 + d : 20 + d + table.shape[1]], table):
                return name, d


# %% wrong="explain_table" why="reads the image at x + n − d" keyword="sign of the offset"
def explain_table__sign_reversed(image, kernel, table):
    canvas = np.pad(image, 20)
    for name, k in [("cross-correlation", kernel), ("convolution", np.rot90(kernel, 2))]:
        sums = np.einsum("rcij,ij->rc", np.lib.stride_tricks.sliding_window_view(canvas, k.shape), k)
        for d in range(-2, 3):
            if np.allclose(sums[20 - d : 20 - d + table.shape[0], 20 - d : 20 - d + table.shape[1]], table):
                return d, name


# %% wrong="explain_table" why="shifts with np.roll, so the far edge comes back" keyword="wraps around"
def explain_table__wraps_around(image, kernel, table):
    for d in range(-2, 3):
        moved = np.pad(np.roll(image, (-d, -d), axis=(0, 1)), ((0, 20), (0, 20)))
        windows = np.lib.stride_tricks.sliding_window_view(moved, kernel.shape)
        for name, k in [("cross-correlation", kernel), ("convolution", np.rot90(kernel, 2))]:
            sums = np.einsum("rcij,ij->rc", windows, k)
            if np.allclose(sums[: table.shape[0], : table.shape[1]], table):
                return d, name


# %% wrong="explain_table" why="compares the first number only" keyword="every number of the table"
def explain_table__first_number(image, kernel, table):
    canvas = np.pad(image, 20)
    for d in (0, -1, 1, -2, 2):
        window = canvas[20 + d : 20 + d + kernel.shape[0], 20 + d : 20 + d + kernel.shape[1]]
        for name, k in [("cross-correlation", kernel), ("convolution", np.rot90(kernel, 2))]:
            if np.isclose((window * k).sum(), table[0, 0]):
                return d, name


# %% wrong="explain_table" why="takes the closest rule, and never says None" keyword="every number"
def explain_table__closest(image, kernel, table):
    canvas, errors = np.pad(image, 20), {}
    for name, k in [("cross-correlation", kernel), ("convolution", np.rot90(kernel, 2))]:
        sums = np.einsum("rcij,ij->rc", np.lib.stride_tricks.sliding_window_view(canvas, k.shape), k)
        for d in range(-2, 3):
            made = sums[20 + d : 20 + d + table.shape[0], 20 + d : 20 + d + table.shape[1]]
            errors[d, name] = np.abs(made - table).sum()
    return min(errors, key=errors.get)


# %% wrong="explain_table" why="reverses the rows only and takes it for convolution" keyword="turned by 180°"
def explain_table__rows_reversed(image, kernel, table):
    canvas = np.pad(image, 20)
    for name, k in [("cross-correlation", kernel), ("convolution", kernel[::-1])]:
        sums = np.einsum("rcij,ij->rc", np.lib.stride_tricks.sliding_window_view(canvas, k.shape), k)
        for d in range(-2, 3):
            if np.allclose(sums[20 + d : 20 + d + table.shape[0], 20 + d : 20 + d + table.shape[1]], table):
                return d, name


# %% wrong="explain_table" why="moves the rows but not the columns" keyword="the rows and the columns"
def explain_table__rows_moved_only(image, kernel, table):
    canvas = np.pad(image, 20)
    for name, k in [("cross-correlation", kernel), ("convolution", np.rot90(kernel, 2))]:
        sums = np.einsum("rcij,ij->rc", np.lib.stride_tricks.sliding_window_view(canvas, k.shape), k)
        for d in range(-2, 3):
            if np.allclose(sums[20 + d : 20 + d + table.shape[0], 20 : 20 + table.shape[1]], table):
                return d, name


# %% wrong="explain_table" why="compares floats with ==" keyword="tolerance"
def explain_table__exact_comparison(image, kernel, table):
    canvas = np.pad(image, 20)
    for name, k in [("cross-correlation", kernel), ("convolution", np.rot90(kernel, 2))]:
        sums = np.einsum("rcij,ij->rc", np.lib.stride_tricks.sliding_window_view(canvas, k.shape), k)
        for d in range(-2, 3):
            if (sums[20 + d : 20 + d + table.shape[0], 20 + d : 20 + d + table.shape[1]] == table).all():
                return d, name


# %% wrong="explain_table" why="forgets that a difference can be negative" keyword="take its absolute value"
def explain_table__no_absolute_value(image, kernel, table):
    reach, (rows, columns) = 2, table.shape
    canvas = np.pad(image, [(reach, reach + t + k) for t, k in zip(table.shape, kernel.shape, strict=True)])
    windows = np.lib.stride_tricks.sliding_window_view(canvas, kernel.shape)
    for operation, weights in {"cross-correlation": kernel, "convolution": kernel[::-1, ::-1]}.items():
        sums = np.einsum("rcij,ij->rc", windows, weights)
        for start in range(2 * reach + 1):
            if (sums[start : start + rows, start : start + columns] - table).max() < 1e-6:
                return start - reach, operation
    return None


# %% wrong="explain_table" why="forgives whole percents" keyword="tolerance is too wide"
def explain_table__wide_tolerance(image, kernel, table):
    reach, (rows, columns) = 2, table.shape
    canvas = np.pad(image, [(reach, reach + t + k) for t, k in zip(table.shape, kernel.shape, strict=True)])
    windows = np.lib.stride_tricks.sliding_window_view(canvas, kernel.shape)
    for operation, weights in {"cross-correlation": kernel, "convolution": kernel[::-1, ::-1]}.items():
        sums = np.einsum("rcij,ij->rc", windows, weights)
        for start in range(2 * reach + 1):
            if np.allclose(sums[start : start + rows, start : start + columns], table, rtol=0.05):
                return start - reach, operation
    return None


# %% right="explain_table" why="the rules as they are written, with a guard for every pixel"
def explain_table__guarded_loops(image, kernel, table):
    pixels = dict(np.ndenumerate(image))
    for d in range(-2, 3):
        for name, k in [("cross-correlation", kernel), ("convolution", np.flip(kernel))]:
            made = np.zeros(table.shape)
            for x, y in np.ndindex(*table.shape):
                made[x, y] = sum(w * pixels.get((x + n + d, y + m + d), 0) for (n, m), w in np.ndenumerate(k))
            if np.allclose(made, table):
                return d, name
    return None


# %% right="explain_table" why="torch pads and slides, every offset on its own canvas"
def explain_table__torch(image, kernel, table):
    weight = torch.tensor(kernel, dtype=torch.float64)
    both = torch.stack([weight, weight.flip(0, 1)])[:, None]
    far = [t + k for t, k in zip(table.shape, kernel.shape, strict=True)]
    for d in range(-2, 3):
        batch = torch.tensor(image, dtype=torch.float64)[max(d, 0) :, max(d, 0) :][None, None]
        near = max(-d, 0)
        maps = torch.conv2d(torch.nn.functional.pad(batch, (near, far[1], near, far[0])), both)[0]
        for name, result in zip(["cross-correlation", "convolution"], maps.numpy(), strict=True):
            if np.allclose(result[: table.shape[0], : table.shape[1]], table):
                return d, name
    return None


# %% [markdown]
# ### 5 · How large is the result?  ·  4 points  ·  20 min  ·  ●●○ difficulty
#
# Write `output_size(size, kernel, *, stride=1, padding=0, dilation=1)`: how many places are there for a kernel along
# one side of an image?
#
# Three things change the count that you know from exercise 2. **Padding** adds $p$ zeros at the beginning and $p$ at
# the end. A **stride** of $s$ moves the kernel $s$ pixels at a time. **Dilation** leaves $d-1$ pixels free between
# neighbouring weights, so a kernel of $k$ weights covers
#
# $$k_\text{eff} = d\,(k-1) + 1 \quad\text{pixels}
# \qquad o = \left\lfloor \frac{i + 2p - k_\text{eff}}{s} \right\rfloor + 1$$
#
# | argument | type | |
# |---|---|---|
# | `size` | int, at least 1 | $i$, pixels along the side |
# | `kernel` | int, at least 1 | $k$, weights along the side |
# | `stride` | int, at least 1 | $s$ |
# | `padding` | int, at least 0, or a word | $p$: zeros added on *each* side |
# | `dilation` | int, at least 1 | $d$; 1 means no gaps |
# | returns | int | $o$ |
#
# | word | $p$ | what it is for |
# |---|---|---|
# | `"valid"` | $0$ | the kernel stays inside the image |
# | `"half"` | $\lfloor k_\text{eff}/2\rfloor$ | keeps the size for odd $k_\text{eff}$, stride 1; PyTorch says "same" |
# | `"full"` | $k_\text{eff}-1$ | every place where kernel and image share a pixel |
#
# If the kernel covers more than the padded image has, it fits nowhere: raise `ValueError`.
#
# <details><summary>Hint 1: the idea</summary>
# Count steps, not places. How many pixels can the kernel move to the right before it touches the end? One step for
# every <code>stride</code> of them. The place where it starts counts too.
# </details>
# <details><summary>Hint 2: the words</summary>
# Work out the covered length first: two of the three words need it. Then turn a word into its number, and treat
# words and numbers alike from there on.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# A small dict from word to number does it; a padding that is no key of it is already a number (<code>dict.get</code>
# takes a second argument). Compute the room left, with both paddings. Less than zero: raise. Otherwise divide with
# <code>//</code>, which rounds down and stays an integer.
# </details>


# %% solution="output_size"
def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """Return how many pixels a convolution gives along one side, an int.

    Args:
        size: pixels along that side of the image.
        kernel: weights along that side of the kernel.
        stride: pixels from one place to the next.
        padding: zeros added on each side, or "valid", "half" or "full".
        dilation: pixels from one weight to the next; 1 leaves no gaps.

    Raises:
        ValueError: the kernel covers more pixels than the padded image has.
    """
    ### BEGIN SOLUTION
    covered = dilation * (kernel - 1) + 1
    padding = {"valid": 0, "half": covered // 2, "full": covered - 1}.get(padding, padding)
    room = size + 2 * padding - covered
    if room < 0:
        raise ValueError(f"a kernel over {covered} pixels does not fit into {size + 2 * padding}")
    return room // stride + 1
    ### END SOLUTION


# %% check="output_size" points=2 why="the sizes printed on the slides"
@expect.check
def check_output_size_slides(output_size):
    expect.equal(
        expect.call(output_size, 4, 3),
        2,
        "output_size(4, 3), figure 2.1 of the slides",
        mistakes={"the first place is not counted: add 1 for where the kernel starts": 1},
    )
    expect.equal(
        expect.call(output_size, 5, 4, padding=2),
        6,
        "output_size(5, 4, padding=2), figure 2.2",
        mistakes={"the padding is counted once: there are zeros on both sides": 4},
    )
    expect.equal(expect.call(output_size, 5, 3, padding="half"), 5, 'output_size(5, 3, padding="half"), figure 2.3')
    expect.equal(
        expect.call(output_size, 5, 3, padding="full"),
        7,
        'output_size(5, 3, padding="full"), figure 2.4',
        mistakes={"full padding is one less than the kernel covers: at least one pixel is shared": 9},
    )
    expect.equal(expect.call(output_size, 7, 3, padding="valid"), 5, 'output_size(7, 3, padding="valid")')
    expect.equal(
        expect.call(output_size, 7, 3, stride=2),
        3,
        "output_size(7, 3, stride=2)",
        mistakes={"the + 1 belongs outside the fraction: add it after dividing": 2, "the stride is ignored": 5},
    )
    expect.equal(
        expect.call(output_size, 6, 3, stride=2),
        2,
        "output_size(6, 3, stride=2)",
        mistakes={
            "you rounded up: a last step that is too long for the image is not made": 3,
            "a fraction of a place: divide with // and not with /": 2.5,
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(8051)
    for _ in range(40):
        size, kernel, stride, padding = map(int, rng.integers([7, 1, 1, 0], [40, 8, 6, 5]))
        signal, weight = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
        expect.equal(
            expect.call(output_size, size, kernel, stride=stride, padding=padding),
            torch.conv1d(signal, weight, stride=stride, padding=padding).shape[-1],
            f"output_size({size}, {kernel}, stride={stride}, padding={padding})",
        )
    ### END HIDDEN TESTS


check_output_size_slides(output_size)


# %% check="output_size" points=2 why="dilation, padding by word, and kernels that do not fit"
@expect.check
def check_output_size_dilation(output_size):
    expect.equal(
        expect.call(output_size, 7, 3, dilation=2),
        3,
        "output_size(7, 3, dilation=2)",
        mistakes={
            "the dilation is ignored: three weights with gaps of one cover five pixels": 5,
            "there are k − 1 gaps between k weights, none after the last": 2,
        },
    )
    expect.equal(
        expect.call(output_size, 9, 3, padding="half", dilation=2),
        9,
        'output_size(9, 3, padding="half", dilation=2)',
        mistakes={"half of the kernel without its gaps: take half of the pixels it covers": 7},
    )
    expect.equal(
        expect.call(output_size, 5, 3, padding="full", dilation=2),
        9,
        'output_size(5, 3, padding="full", dilation=2)',
        mistakes={"full padding is one less than the pixels covered, gaps included: not than the weights": 5},
    )
    expect.equal(
        expect.call(output_size, 6, 4, padding="half"),
        7,
        'output_size(6, 4, padding="half")',
        mistakes={
            "half of 4 is 2: round the covered pixels themselves down, not one less": 5,
            '"half" keeps the size for odd kernels only: compute it': 6,
        },
    )
    expect.equal(
        expect.call(output_size, 7, 3, padding="half", stride=2),
        4,
        'output_size(7, 3, padding="half", stride=2)',
        mistakes={"a word only fixes the padding: the stride still counts": 7},
    )
    for size, padding in [(3, 0), (1, 1)]:
        try:
            places = expect.call(output_size, size, 3, padding=padding)
        except ValueError:
            places = "ValueError"
        expect.equal(
            places,
            1,
            f"output_size({size}, 3, padding={padding})",
            mistakes={"you refused a kernel that fits exactly: compare it with the padded image": "ValueError"},
        )
    expect.raises(ValueError, output_size, 3, 5, hint="five weights do not fit on three pixels")
    expect.raises(ValueError, output_size, 4, 3, dilation=2, hint="with its gaps the kernel covers five pixels of four")
    cut = "(if you divide first, the room of -1 becomes 0 or is cut towards 0: compare the room itself with 0)"
    expect.raises(ValueError, output_size, 2, 3, stride=2, hint=f"three weights do not fit on two pixels {cut}")
    expect.raises(ValueError, output_size, 3, 5, stride=3, hint=f"five weights do not fit on three pixels {cut}")
    ### BEGIN HIDDEN TESTS
    expect.equal(expect.call(output_size, 20, 3, stride=8), 3, "output_size(20, 3, stride=8)")
    expect.equal(expect.call(output_size, 20, 3, padding=7), 32, "output_size(20, 3, padding=7)")
    rng = np.random.default_rng(805)
    for _ in range(60):
        size, kernel, stride, dilation = map(int, rng.integers([2, 1, 1, 1], [30, 7, 5, 5]))
        span = dilation * (kernel - 1) + 1
        word, zeros = [("valid", 0), ("half", span // 2), ("full", span - 1), (2, 2)][rng.integers(4)]
        options = {"stride": stride, "dilation": dilation}
        if span > size + 2 * zeros:
            expect.raises(
                ValueError, output_size, size, kernel, padding=word, **options,
                hint=f"the kernel covers {span} pixels and the padded image has {size + 2 * zeros}",
            )  # fmt: skip
            continue
        signal, weight = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
        expect.equal(
            expect.call(output_size, size, kernel, padding=word, **options),
            torch.conv1d(signal, weight, padding=zeros, **options).shape[-1],
            f"output_size({size}, {kernel}, padding={word!r}, stride={stride}, dilation={dilation})",
        )
    ### END HIDDEN TESTS


check_output_size_dilation(output_size)


# %% wrong="output_size" why="rounds up" keyword="rounded up"
def output_size__rounds_up(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    if span > size + 2 * p:
        raise ValueError("the kernel does not fit")
    return int(np.ceil((size + 2 * p - span) / stride)) + 1


# %% wrong="output_size" why="divides with /" keyword="always gives a float"
def output_size__true_division(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    if span > size + 2 * p:
        raise ValueError("the kernel does not fit")
    return (size + 2 * p - span) / stride + 1


# %% wrong="output_size" why="adds the 1 before dividing" keyword="outside the fraction"
def output_size__one_inside(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    if span > size + 2 * p:
        raise ValueError("the kernel does not fit")
    return (size + 2 * p - span + 1) // stride


# %% wrong="output_size" why="counts steps instead of places" keyword="first place is not counted"
def output_size__steps_only(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    if span > size + 2 * p:
        raise ValueError("the kernel does not fit")
    return (size + 2 * p - span) // stride


# %% wrong="output_size" why="adds the padding once" keyword="padding is counted once"
def output_size__padding_once(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    if span > size + p:
        raise ValueError("the kernel does not fit")
    return (size + p - span) // stride + 1


# %% wrong="output_size" why="ignores the dilation" keyword="dilation is ignored"
def output_size__dilation_ignored(size, kernel, *, stride=1, padding=0, dilation=1):
    p = {"valid": 0, "half": kernel // 2, "full": kernel - 1}.get(padding, padding)
    if kernel > size + 2 * p:
        raise ValueError("the kernel does not fit")
    return (size + 2 * p - kernel) // stride + 1


# %% wrong="output_size" why="takes the dilated kernel to cover d·k pixels" keyword="none after the last"
def output_size__gap_after_the_last(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * kernel
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    if span > size + 2 * p:
        raise ValueError("the kernel does not fit")
    return (size + 2 * p - span) // stride + 1


# %% wrong="output_size" why="half and full padding of the kernel without its gaps" keyword="without its gaps"
def output_size__half_of_the_weights(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": kernel // 2, "full": kernel - 1}.get(padding, padding)
    if span > size + 2 * p:
        raise ValueError("the kernel does not fit")
    return (size + 2 * p - span) // stride + 1


# %% wrong="output_size" why="full padding as wide as the kernel" keyword="at least one pixel is shared"
def output_size__full_too_wide(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span}.get(padding, padding)
    if span > size + 2 * p:
        raise ValueError("the kernel does not fit")
    return (size + 2 * p - span) // stride + 1


# %% wrong="output_size" why="gives zero or less for a kernel that does not fit" keyword="must raise ValueError"
def output_size__never_refuses(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    return (size + 2 * p - span) // stride + 1


# %% wrong="output_size" why="compares the kernel with the image without padding" keyword="fits exactly"
def output_size__refuses_too_early(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    if span > size:
        raise ValueError("the kernel is larger than the image")
    return (size + 2 * p - span) // stride + 1


# %% wrong="output_size" why="compares the weights, not the pixels they cover, with the image" keyword="with its gaps"
def output_size__refuses_by_weights(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    p = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    if kernel > size + 2 * p:
        raise ValueError("the kernel is larger than the image")
    return (size + 2 * p - span) // stride + 1


# %% wrong="output_size" why="divides first, so that int() cuts a negative room to 0" keyword="cut towards 0"
def output_size__int_cuts(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    zeros = {"valid": 0, "half": span // 2, "full": span - 1}.get(padding, padding)
    places = int((size + 2 * zeros - span) / stride) + 1
    if places < 1:
        raise ValueError("the kernel does not fit")
    return places


# %% right="output_size" why="counts the starting points"
def output_size__starting_points(size, kernel, *, stride=1, padding=0, dilation=1):
    last_weight = dilation * (kernel - 1)
    if padding == "half":
        padding = (last_weight + 1) // 2
    elif isinstance(padding, str):
        padding = last_weight if padding == "full" else 0
    places = len(range(0, size + 2 * padding - last_weight, stride))
    if not places:
        raise ValueError("no place for this kernel")
    return places


# %% right="output_size" why="asks torch, which refuses with another error"
def output_size__torch(size, kernel, *, stride=1, padding=0, dilation=1):
    reach = dilation * (kernel - 1) + 1
    words = {"valid": 0, "half": reach // 2, "full": reach - 1}
    zeros = words.get(padding, padding)
    layer = torch.nn.Conv1d(1, 1, kernel, stride=stride, padding=zeros, dilation=dilation)
    try:
        return layer(torch.zeros(1, 1, size)).shape[-1]
    except RuntimeError as error:
        raise ValueError(str(error)) from error


# %% [markdown]
# ### 6 · A box of filters  ·  3 points  ·  20 min  ·  ●●○ difficulty
#
# Write `filter_bank(*, amount=1.0)`. It returns a dict with eight kernels, each a float array of shape `(3, 3)`.
# Build them from what they do; do not look them up. A kernel is laid on a pixel and its eight neighbours, unflipped,
# as in exercise 2.
#
# | key | what it gives for every pixel |
# |---|---|
# | `"identity"` | the pixel itself |
# | `"box"` | the average of the nine |
# | `"gaussian"` | a weighted average: across as 1 : 2 : 1, down as 1 : 2 : 1, both at once |
# | `"edge_cross"` | its four direct neighbours minus four times the pixel |
# | `"edge_all"` | eight times the pixel minus its eight neighbours |
# | `"edge_diagonal"` | top left plus bottom right, minus top right, minus bottom left |
# | `"sharpen"` | the pixel plus `amount` times the detail, where detail is `edge_cross` with its sign turned around |
# | `"sharpen_box"` | the pixel plus `amount` times the detail, where detail is what the box blur takes away |
#
# `amount` is a float and changes the last two only: 0 gives back the identity, 1 gives the kernels of the slides.
#
# Two of our decks print different kernels and call both "sharpen": they are the last two of the table. Add up the
# weights of each. Flat areas stay as they are with both, yet they are not the same filter. At an edge from 0 to 1,
# which one overshoots more, and how many times? The second check has the numbers.
#
# <details><summary>Hint 1: the idea</summary>
# Kernels add up like numbers: filtering with <code>A + B</code> is filtering with <code>A</code>, filtering with
# <code>B</code>, and adding the results. So most of these can be made from the first few.
# </details>
# <details><summary>Hint 2: the sums</summary>
# The weights of an average add up to 1. The weights of an edge filter add up to 0, since a flat area has no edge.
# What must the sum be for a filter that keeps flat areas but adds detail?
# </details>
# <details><summary>Hint 3: almost the code</summary>
# "What the blur takes away" is the pixel minus its blur, as a kernel: identity minus box. For the Gaussian take the
# outer product of (1, 2, 1) with itself and divide by its sum. Make new arrays; <code>+=</code> on a kernel changes
# it under its other names too.
# </details>


# %% solution="filter_bank"
def filter_bank(*, amount=1.0):
    """Return eight 3 × 3 kernels by name: identity, three edge filters, two sharpeners, box and Gaussian blur.

    Args:
        amount: strength of the two sharpeners, 0 for none.
    """
    ### BEGIN SOLUTION
    identity = np.pad(np.ones((1, 1)), 1)
    box = np.full((3, 3), 1 / 9)
    gaussian = np.outer([1, 2, 1], [1, 2, 1]) / 16
    edge_cross = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": identity,
        "box": box,
        "gaussian": gaussian,
        "edge_cross": edge_cross,
        "edge_all": 9 * (identity - box),
        "edge_diagonal": np.outer([1.0, 0, -1], [1, 0, -1]),
        "sharpen": identity - amount * edge_cross,
        "sharpen_box": identity + amount * (identity - box),
    }
    ### END SOLUTION


# %% check="filter_bank" points=1 why="blurs and edge filters"
@expect.check
def check_filter_bank_plain(filter_bank):
    bank = expect.call(filter_bank)
    names = ["identity", "box", "gaussian", "edge_cross", "edge_all", "edge_diagonal", "sharpen", "sharpen_box"]
    expect.that(isinstance(bank, dict), f"filter_bank() returns a dict of kernels by name; it returned {bank!r:.60}.")
    missing = [name for name in names if name not in bank]
    expect.that(not missing, f"filter_bank() returns a dict of kernels by name; missing: {', '.join(missing)}.")
    for name in names:
        came = np.shape(bank[name])
        expect.that(came == (3, 3), f"filter_bank()[{name!r}] must have shape (3, 3); it has {came}.")

    def responses(patch):
        return [float(np.sum(np.multiply(patch, np.asarray(bank[name])))) for name in names[:6]]

    for what, patch, wanted, mistakes in [
        (
            "flat area of ones",
            [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
            [1, 1, 1, 0, 0, 0],
            {
                "box: nine times too bright, an average divides by the number of pixels": [1, 9, 1, 0, 0, 0],
                "gaussian: divided by 9 like the box, but its weights add up to 16": [1, 1, 16 / 9, 0, 0, 0],
                "gaussian: 16 times too bright, divide by the sum of its weights": [1, 1, 16, 0, 0, 0],
                "edge_all: 9 in the centre lets flat areas through, the weights must add up to 0": [1, 1, 1, 0, 1, 0],
            },
        ),
        (
            "single bright pixel",
            [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
            [1, 1 / 9, 1 / 4, -4, 8, 0],
            {
                "edge_cross: the sign is turned around, the pixel counts −4": [1, 1 / 9, 1 / 4, 4, 8, 0],
                "edge_all: the sign is turned around, the pixel counts +8": [1, 1 / 9, 1 / 4, -4, -8, 0],
                "identity is no longer itself: it shares one array with another kernel": [5, 1 / 9, 1 / 4, -4, 8, 0],
                "gaussian: 1, 2, 1 across and down are added, their product is wanted": [1, 1 / 9, 1 / 6, -4, 8, 0],
            },
        ),
        (
            "bright bottom right corner",
            [[0, 0, 0], [0, 1, 1], [0, 1, 1]],
            [1, 4 / 9, 9 / 16, -2, 5, 1],
            {"edge_diagonal: the other diagonal counts positively": [1, 4 / 9, 9 / 16, -2, 5, -1]},
        ),
        ("bright right half", [[0, 1, 1], [0, 1, 1], [0, 1, 1]], [1, 6 / 9, 3 / 4, -1, 3, 0], {}),
    ]:
        expect.close(
            responses(patch),
            wanted,
            f"the answers of {', '.join(names[:6])} to a {what}",
            mistakes=mistakes,
        )
    ### BEGIN HIDDEN TESTS
    from scipy import ndimage

    dot = np.zeros((3, 3))
    dot[1, 1] = 1.0
    smooth = ndimage.correlate1d(ndimage.correlate1d(dot, [0.25, 0.5, 0.25], axis=0), [0.25, 0.5, 0.25], axis=1)
    printed = {
        "identity": dot,
        "box": ndimage.uniform_filter(dot, 3, mode="constant"),
        "gaussian": smooth,
        "edge_cross": ndimage.laplace(dot, mode="constant"),
        "edge_all": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "edge_diagonal": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
    }
    bank = expect.call(filter_bank, amount=0.3)
    for name, kernel in printed.items():
        expect.close(bank[name], kernel, f"filter_bank(amount=0.3)[{name!r}]")
    ### END HIDDEN TESTS


check_filter_bank_plain(filter_bank)


# %% check="filter_bank" points=2 why="two ways to sharpen, at any strength"
@expect.check
def check_filter_bank_sharpen(filter_bank):
    flat, bright, dark = np.ones((3, 3)), np.array([[0, 1, 1]] * 3), np.array([[0, 0, 1]] * 3)

    def responses(patch, **options):
        bank = expect.call(filter_bank, **options)
        return [float(np.sum(patch * np.asarray(bank[name]))) for name in ("sharpen", "sharpen_box")]

    expect.close(
        responses(flat),
        [1, 1],
        "sharpen and sharpen_box on a flat area of ones",
        mistakes={
            "sharpen_box is the detail alone, flat areas turn black: add it to the pixel": [1, 0],
            "both are the detail alone, flat areas turn black: add it to the pixel": [0, 0],
        },
    )
    expect.close(
        responses(bright),
        [2, 4 / 3],
        "sharpen and sharpen_box on the bright side of an edge from 0 to 1",
        mistakes={"edge_cross is added, which blurs: its centre is negative, so subtract it": [0, 4 / 3]},
    )
    expect.close(responses(dark), [-1, -1 / 3], "sharpen and sharpen_box on the dark side of an edge from 0 to 1")
    expect.close(
        responses(flat, amount=2.0),
        [1, 1],
        "sharpen and sharpen_box with amount=2 on a flat area of ones",
        mistakes={
            "the amount multiplies the whole kernel: it belongs to the detail alone": [2, 2],
        },
    )
    expect.close(
        responses(bright, amount=2.0),
        [3, 5 / 3],
        "sharpen and sharpen_box with amount=2 on the bright side of an edge",
        mistakes={"the amount is ignored": [2, 4 / 3]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(806)
    slides = {
        "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        "sharpen_box": np.array([[-1, -1, -1], [-1, 17, -1], [-1, -1, -1]]) / 9,
    }
    nothing = np.eye(9)[4].reshape(3, 3)
    for amount in [1.0, 0.0, -1.0, 5.0, *rng.uniform(0.1, 3, 3).tolist()]:
        bank = expect.call(filter_bank, amount=amount)
        for name, kernel in slides.items():
            wanted = amount * kernel + (1 - amount) * nothing
            expect.close(bank[name], wanted, f"filter_bank(amount={amount:.3g})[{name!r}]")
    ### END HIDDEN TESTS


check_filter_bank_sharpen(filter_bank)


# %% wrong="filter_bank" why="sharpens with the detail alone" keyword="detail alone, flat areas turn black"
def filter_bank__detail_only(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": 9 * one - 9 * mean,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": one - amount * cross, "sharpen_box": amount * (one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="adds the Laplacian instead of subtracting it" keyword="which blurs"
def filter_bank__laplacian_added(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": 9 * one - 9 * mean,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": one + amount * cross, "sharpen_box": one + amount * (one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="scales the finished kernels" keyword="multiplies the whole kernel"
def filter_bank__amount_outside(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": 9 * one - 9 * mean,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": amount * (one - cross), "sharpen_box": amount * (2 * one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="copies the kernels of the slides" keyword="amount is ignored"
def filter_bank__amount_ignored(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": 9 * one - 9 * mean,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": one - cross, "sharpen_box": 2 * one - mean,
    }  # fmt: skip


# %% wrong="filter_bank" why="a box of ones" keyword="nine times too bright"
def filter_bank__box_not_divided(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)), np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": 9 * one - mean,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": one - amount * cross, "sharpen_box": one + amount * (one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="divides the Gaussian by nine" keyword="add up to 16"
def filter_bank__gaussian_by_nine(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 9,
        "edge_cross": cross, "edge_all": 9 * one - 9 * mean,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": one - amount * cross, "sharpen_box": one + amount * (one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="adds (1, 2, 1) across and down by broadcasting" keyword="their product is wanted"
def filter_bank__gaussian_added(*, amount=1.0):
    one, row = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]]), np.array([1.0, 2, 1])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": (row + row[:, None]) / 24,
        "edge_cross": cross, "edge_all": 9 * one - 9 * mean,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": one - amount * cross, "sharpen_box": one + amount * (one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="9 in the centre, as if it were a sharpener" keyword="9 in the centre"
def filter_bank__nine_in_the_centre(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": np.array([[-1, -1, -1], [-1, 9.0, -1], [-1, -1, -1]]),
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": one - amount * cross, "sharpen_box": one + amount * (one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="the positive centre in the cross" keyword="edge_cross: the sign"
def filter_bank__cross_sign(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, -1.0, 0], [-1, 4, -1], [0, -1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": 9 * one - 9 * mean,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": one + amount * cross, "sharpen_box": one + amount * (one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="the mirrored diagonal filter" keyword="other diagonal"
def filter_bank__other_diagonal(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": 9 * one - 9 * mean,
        "edge_diagonal": np.array([[-1.0, 0, 1], [0, 0, 0], [1, 0, -1]]),
        "sharpen": one - amount * cross, "sharpen_box": one + amount * (one - mean),
    }  # fmt: skip


# %% wrong="filter_bank" why="sharpen and identity are two names of one array" keyword="shares one array"
def filter_bank__one_array_two_names(*, amount=1.0):
    one = np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    mean, cross = np.ones((3, 3)) / 9, np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]])
    everything, sharpen_box = 9 * one - 9 * mean, one + amount * (one - mean)
    sharpen = one
    sharpen -= amount * cross
    return {
        "identity": one, "box": mean, "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": cross, "edge_all": everything,
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": sharpen, "sharpen_box": sharpen_box,
    }  # fmt: skip


# %% right="filter_bank" why="every weight written down"
def filter_bank__written_down(*, amount=1.0):
    a = amount
    return {
        "identity": np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        "box": np.array([[1, 1, 1], [1, 1, 1], [1, 1, 1]]) / 9,
        "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "edge_cross": np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "edge_all": np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        "edge_diagonal": np.array([[1.0, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "sharpen": np.array([[0, -a, 0], [-a, 1 + 4 * a, -a], [0, -a, 0]]),
        "sharpen_box": np.array([[-a, -a, -a], [-a, 9 + 8 * a, -a], [-a, -a, -a]]) / 9,
    }


# %% right="filter_bank" why="differences of neighbours, gathered with np.roll on a single bright pixel"
def filter_bank__shifted_dots(*, amount=1.0):
    dot = np.eye(9)[4].reshape(3, 3)
    moved = {(i, j): np.roll(dot, (i, j), axis=(0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    cross = sum(moved[step] - dot for step in [(0, 1), (1, 0), (0, -1), (-1, 0)])
    every = sum(dot - neighbour for neighbour in moved.values())
    halves = (moved[0, -1] + 2 * dot + moved[0, 1]) / 4
    return {
        "identity": dot.copy(),
        "box": dot - every / 9,
        "gaussian": (np.roll(halves, 1, axis=0) + 2 * halves + np.roll(halves, -1, axis=0)) / 4,
        "edge_cross": cross,
        "edge_all": every,
        "edge_diagonal": moved[-1, -1] + moved[1, 1] - moved[-1, 1] - moved[1, -1],
        "sharpen": dot - amount * cross,
        "sharpen_box": dot + amount * every / 9,
    }


# %% [markdown]
# Now look at your filters on a photograph. Edge filters give negative numbers too: orange is below zero, white is
# zero, purple is above. The other results are cut to 0 … 1, as every screen does.

# %%
from scipy import signal

from cnnlib import data, plot

with expect.written():
    photo = data.photo("camera", size=128)
    pictures = {"photo": photo}
    for name, kernel in filter_bank().items():
        filtered = signal.correlate(photo, kernel, mode="valid")
        pictures[name] = filtered if name.startswith("edge") else filtered.clip(0, 1)
    plot.grid(
        list(pictures.values()),
        list(pictures),
        alt="A photograph of a man with a camera, and the same after each filter: two are blurred, three show only "
        "outlines, two are sharper. The one called sharpen has bright and dark seams along every edge, those of "
        "sharpen_box are much weaker.",
        columns=3,
    )

# %% [markdown]
# ### 7 · Blur in two passes  ·  3 points  ·  20 min  ·  ●●○ difficulty
#
# Write `separable_blur(image, kernel1d)`. First pass: slide `kernel1d` along every row. Second pass: slide it
# down every column *of what the first pass gave*. Both times the middle weight lies on the pixel, outside there are
# zeros, and the size stays.
#
# $$t_{r,c} = \sum_{n=0}^{K-1} k_n\, x_{r,\;c+n-h} \qquad y_{r,c} = \sum_{n=0}^{K-1} k_n\, t_{r+n-h,\;c}
# \qquad h = \frac{K-1}{2}$$
#
# This is cross-correlation: the kernel is not reversed. For a symmetric kernel you could not tell; the checks use
# others too.
#
# The result is the same as with one K × K kernel, the outer product of `kernel1d` with itself. `[1, 2, 1] / 4` gives
# the Gaussian of the slides. But it is cheaper: K × K weights are K² multiplications for every pixel, two passes are
# only 2K. For K = 31 that is 961 against 62. The second check counts the work while K grows, so one K × K kernel
# applied weight by weight does not pass it.
#
# | argument | shape | |
# |---|---|---|
# | `image` | `(H, W)` | integers or floats, not always square; stays unchanged |
# | `kernel1d` | `(K,)` | integers or floats, K odd, possibly longer than the image; its sum need not be 1 |
# | returns | `(H, W)` | float64 |
#
# <details><summary>Hint 1: the idea</summary>
# Write one pass, along the rows, and get it right. The second pass is the same on the transposed picture.
# </details>
# <details><summary>Hint 2: the zeros</summary>
# Put as many columns of zeros as half the kernel on the left and on the right. Then the kernel
# fits W times into a row.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# One pass: start from zeros. For every weight, add that weight times the padded picture without its first
# <code>n</code> columns, cut to W columns. That loop takes K turns whatever the size of the picture. Do pass,
# transpose, pass, transpose.
# </details>


# %% solution="separable_blur"
def separable_blur(image, kernel1d):
    """Return an image (H, W) cross-correlated with `kernel1d` (K,) along its rows, then its columns; zeros outside."""
    ### BEGIN SOLUTION
    half = len(kernel1d) // 2
    for _ in range(2):
        width = image.shape[1]
        padded = np.pad(image, ((0, 0), (half, half)))
        image = sum(float(weight) * padded[:, n : n + width] for n, weight in enumerate(kernel1d)).T
    return image
    ### END SOLUTION


# %% check="separable_blur" points=2 why="both passes, zeros outside, any kernel"
@expect.check
def check_separable_blur_values(separable_blur):
    dot = np.array([[0.0, 0, 0, 0], [0, 16, 0, 0], [0, 0, 0, 0]])
    expect.close(
        expect.call(separable_blur, dot, np.array([0.25, 0.5, 0.25])),
        [[1, 2, 1, 0], [2, 4, 2, 0], [1, 2, 1, 0]],
        "separable_blur of one bright pixel with [1, 2, 1] / 4",
        mistakes={
            "only one pass, along the rows": [[0, 0, 0, 0], [4, 8, 4, 0], [0, 0, 0, 0]],
            "only one pass, down the columns": [[0, 4, 0, 0], [0, 8, 0, 0], [0, 4, 0, 0]],
            "both passes go along the rows": [[0, 0, 0, 0], [4, 6, 4, 1], [0, 0, 0, 0]],
            "the second pass starts from the image again: give it the result of the first": [
                [0, 2, 0, 0],
                [2, 8, 2, 0],
                [0, 2, 0, 0],
            ],
            "blurred pixels are used to blur their neighbours: write into a new array": [
                [1, 2.25, 0.5625, 0.140625],
                [2.25, 5.0625, 1.265625, 0.31640625],
                [0.5625, 1.265625, 0.31640625, 0.0791015625],
            ],
        },
    )
    expect.close(
        expect.call(separable_blur, dot / 16, np.array([1, 2, 4])),
        [[16, 8, 4, 0], [8, 4, 2, 0], [4, 2, 1, 0]],
        "separable_blur of one pixel with the weights [1, 2, 4]",
        mistakes={
            "the kernel is flipped in the pass along the rows only": [[4, 8, 16, 0], [2, 4, 8, 0], [1, 2, 4, 0]],
            "the kernel is flipped in the pass down the columns only": [[4, 2, 1, 0], [8, 4, 2, 0], [16, 8, 4, 0]],
            "the kernel is flipped: cross-correlation does not reverse it": [[1, 2, 4, 0], [2, 4, 8, 0], [4, 8, 16, 0]],
            "the kernel is divided by its sum: use it as it comes": np.array(
                [[16, 8, 4, 0], [8, 4, 2, 0], [4, 2, 1, 0]]
            )
            / 49,
        },
    )
    expect.close(
        expect.call(separable_blur, np.ones((3, 4), dtype=int), np.array([0.25, 0.5, 0.25])),
        [[0.5625, 0.75, 0.75, 0.5625], [0.75, 1, 1, 0.75], [0.5625, 0.75, 0.75, 0.5625]],
        "separable_blur of a white image of integers, which gets darker at the edge",
        mistakes={
            "the edge pixels are repeated outside: put zeros there": np.ones((3, 4)),
            "the fractions are cut off: an array like the image holds integers, and 0.5 becomes 0": np.zeros((3, 4)),
        },
    )
    expect.close(
        expect.call(separable_blur, np.array([[0.5, 0.25, 0.75]]), np.array([1, 2, 1])),
        [[2.5, 3.5, 3.5]],
        "separable_blur of fractions with a kernel of integers",
        mistakes={"the fractions are lost: the image became the kernel's integers": [[0, 0, 0]]},
    )
    ### BEGIN HIDDEN TESTS
    from scipy import ndimage

    rng = np.random.default_rng(807)
    for shape, k in [((6, 9), 3), ((8, 5), 5), ((1, 7), 3), ((4, 3), 9), ((5, 5), 1)]:
        image, kernel1d = rng.integers(0, 256, shape), rng.standard_normal(k)
        square = ndimage.correlate(image.astype(float), np.outer(kernel1d, kernel1d), mode="constant")
        expect.close(
            expect.call(separable_blur, image, kernel1d),
            square,
            f"separable_blur of a {shape} image with {k} weights",
        )
    ### END HIDDEN TESTS


check_separable_blur_values(separable_blur)


# %% check="separable_blur" points=1 why="2K multiplications a pixel, not K²"
@expect.check
def check_separable_blur_cost(separable_blur):
    image = np.zeros((4, 5))
    image[1, 2] = 1.0
    rows = np.array([[5], [4], [3], [2]])
    columns = np.array([[6, 5, 4, 3, 2]])
    expect.close(
        expect.call(separable_blur, image, np.array([0, 1, 2, 3, 4, 5, 6, 7, 8])),
        rows * columns,
        "separable_blur with nine weights, more than the image is wide",
    )
    few, some, many = (expect.python_steps(separable_blur, image, np.ones(k)) for k in (5, 45, 85))
    expect.that(
        many - some < 1.3 * (some - few) + 200,
        f"From 5 to 45 weights the work grew by {some - few} steps, from 45 to 85 by {many - some}: it grows with K².\n"
        "Two passes with K weights each grow with K only.",
    )
    room = expect.peak_memory(separable_blur, image, np.ones(801))
    expect.that(
        room < 2_000_000,
        f"With 801 weights on 4 × 5 pixels it took {room / 1e6:.1f} MB: an array of 801 × 801 weights grows with K².\n"
        "Two passes with K weights each grow with K only.",
    )
    ### BEGIN HIDDEN TESTS
    from scipy.ndimage import correlate1d

    noise = np.random.default_rng(8071).standard_normal((7, 12))
    long = np.linspace(-1, 2, 31)
    in_two = correlate1d(correlate1d(noise, long, axis=1, mode="constant"), long, axis=0, mode="constant")
    expect.close(expect.call(separable_blur, noise, long), in_two, "separable_blur of a (7, 12) image with 31 weights")
    ### END HIDDEN TESTS


check_separable_blur_cost(separable_blur)


# %% wrong="separable_blur" why="forgets the columns" keyword="only one pass, along the rows"
def separable_blur__rows_only(image, kernel1d):
    half, out = len(kernel1d) // 2, np.zeros(image.shape)
    padded = np.pad(image, ((0, 0), (half, half)))
    for n, weight in enumerate(kernel1d):
        out += weight * padded[:, n : n + image.shape[1]]
    return out


# %% wrong="separable_blur" why="goes along the rows twice" keyword="both passes go along the rows"
def separable_blur__same_axis_twice(image, kernel1d):
    half, out = len(kernel1d) // 2, np.asarray(image, float)
    for _ in range(2):
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(out, ((0, 0), (half, half))), len(kernel1d), axis=1)
        out = windows @ kernel1d
    return out


# %% wrong="separable_blur" why="blurs the image twice on its own and averages" keyword="starts from the image again"
def separable_blur__parallel_passes(image, kernel1d):
    from scipy.ndimage import correlate1d

    x = image.astype(float)
    return (correlate1d(x, kernel1d, axis=0, mode="constant") + correlate1d(x, kernel1d, axis=1, mode="constant")) / 2


# %% wrong="separable_blur" why="np.convolve reverses the kernel" keyword="flipped"
def separable_blur__kernel_flipped(image, kernel1d):
    half, out = len(kernel1d) // 2, np.asarray(image, float)
    for axis in (1, 0):
        size = out.shape[axis]
        out = np.apply_along_axis(lambda line, n=size: np.convolve(line, kernel1d)[half : half + n], axis, out)
    return out


# %% wrong="separable_blur" why="no padding: the picture shrinks" keyword="too little padding"
def separable_blur__shrinks(image, kernel1d):
    windows = np.lib.stride_tricks.sliding_window_view
    rows = windows(image, len(kernel1d), axis=1) @ kernel1d
    return windows(rows, len(kernel1d), axis=0) @ kernel1d


# %% wrong="separable_blur" why="repeats the edge pixels outside" keyword="edge pixels are repeated"
def separable_blur__edges_repeated(image, kernel1d):
    from scipy.ndimage import correlate1d

    first = correlate1d(image.astype(float), kernel1d, axis=1, mode="nearest")
    return correlate1d(first, kernel1d, axis=0, mode="nearest")


# %% wrong="separable_blur" why="writes over pixels that its neighbours still need" keyword="used to blur"
def separable_blur__reads_its_own_output(image, kernel1d):
    half, out = len(kernel1d) // 2, np.array(image, dtype=float)
    for _ in range(2):
        for c in range(out.shape[1]):
            inside = [n for n in range(len(kernel1d)) if 0 <= c + n - half < out.shape[1]]
            out[:, c] = sum(kernel1d[n] * out[:, c + n - half] for n in inside)
        out = out.T
    return out


# %% wrong="separable_blur" why="blurs the caller's array" keyword="in place"
def separable_blur__changes_the_image(image, kernel1d):
    half = len(kernel1d) // 2
    for picture in (image, image.T):
        padded = np.pad(picture, ((0, 0), (half, half)))
        picture[:] = sum(w * padded[:, n : n + picture.shape[1]] for n, w in enumerate(kernel1d))
    return image


# %% wrong="separable_blur" why="divides by the sum of the weights" keyword="divided by its sum"
def separable_blur__normalised(image, kernel1d):
    from scipy.ndimage import correlate1d

    weights = np.asarray(kernel1d) / np.sum(kernel1d)
    first = correlate1d(image.astype(float), weights, axis=1, mode="constant")
    return correlate1d(first, weights, axis=0, mode="constant")


# %% wrong="separable_blur" why="an array of the image's integers for the result" keyword="fractions are cut off"
def separable_blur__integer_buffer(image, kernel1d):
    half, out = len(kernel1d) // 2, image
    for _ in range(2):
        padded, out = np.pad(out, ((0, 0), (half, half))), np.zeros_like(out)
        for c in range(out.shape[1]):
            out[:, c] = padded[:, c : c + len(kernel1d)] @ kernel1d
        out = out.T
    return out


# %% wrong="separable_blur" why="one pass with the K × K kernel" keyword="grows with K²"
def separable_blur__square_kernel(image, kernel1d):
    half, (h, w) = len(kernel1d) // 2, image.shape
    padded, out = np.pad(image, half), np.zeros(image.shape)
    for i, down in enumerate(kernel1d):
        for j, across in enumerate(kernel1d):
            out += down * across * padded[i : i + h, j : j + w]
    return out


# %% wrong="separable_blur" why="makes the square kernel and leaves the work to a library" keyword="801 × 801"
def separable_blur__outer_product(image, kernel1d):
    from scipy.ndimage import correlate

    return correlate(image.astype(float), np.outer(kernel1d, kernel1d), mode="constant")


# %% wrong="separable_blur" why="brings the image to the kernel's integers" keyword="the image became"
def separable_blur__kernel_dtype(image, kernel1d):
    half, out = len(kernel1d) // 2, image.astype(kernel1d.dtype)
    for _ in range(2):
        padded = np.pad(out, ((0, 0), (half, half)))
        out = sum(weight * padded[:, n : n + out.shape[1]] for n, weight in enumerate(kernel1d)).T
    return out


# %% right="separable_blur" why="scipy's one-dimensional filter, twice"
def separable_blur__scipy(image, kernel1d):
    from scipy.ndimage import correlate1d

    first = correlate1d(image.astype(float), kernel1d, axis=1, mode="constant")
    return correlate1d(first, kernel1d, axis=0, mode="constant")


# %% right="separable_blur" why="two products with a banded matrix"
def separable_blur__banded_matrices(image, kernel1d):
    def band(size):
        shift = np.arange(size) - np.arange(size)[:, None] + len(kernel1d) // 2
        inside = (shift >= 0) & (shift < len(kernel1d))
        return np.where(inside, np.asarray(kernel1d, float)[np.clip(shift, 0, len(kernel1d) - 1)], 0)

    return band(image.shape[0]) @ image @ band(image.shape[1]).T


# %% right="separable_blur" why="loops over pixels, with a dot product for each"
def separable_blur__loops(image, kernel1d):
    half, (h, w) = len(kernel1d) // 2, image.shape
    across = np.pad(image.astype(float), ((0, 0), (half, half)))
    down = np.zeros((h + 2 * half, w))
    for r in range(h):
        for c in range(w):
            down[r + half, c] = across[r, c : c + 2 * half + 1] @ kernel1d
    return np.array([[down[r : r + 2 * half + 1, c] @ kernel1d for c in range(w)] for r in range(h)])


# %% [markdown]
# ### 8 · Many channels, many filters  ·  5 points  ·  40 min  ·  ●●● difficulty
#
# A layer of a network gets a batch of images with several channels and lays several filters over them. Write
# `conv2d(x, weight, bias, *, stride=1, padding=0)`:
#
# $$y_{n,f,r,c} = b_f + \sum_{k=0}^{C-1}\sum_{i=0}^{KH-1}\sum_{j=0}^{KW-1}
# \tilde x_{n,\;k,\;r s+i,\;c s+j}\; w_{f,k,i,j}$$
#
# $\tilde x$ is the image with `padding` rows and columns of zeros on all four sides, $s$ the stride. Read the sums:
# a filter has a kernel *for each channel*, and what the channels give is **added**. Every filter makes one map, and
# the maps are **stacked**: they are the channels of the next layer.
#
# | argument | shape | |
# |---|---|---|
# | `x` | `(B, C, H, W)` | a batch of images, integers or floats, not always square |
# | `weight` | `(F, C, KH, KW)` | filters, not flipped (cross-correlation), not always square |
# | `bias` | `(F,)` | one number for each filter |
# | `stride` | an integer, at least 1 | pixels from one window to the next, down and to the right |
# | `padding` | an integer, at least 0 | zeros around the image; none around batch or channels |
# | returns | `(B, F, OH, OW)` | floats, with `OH = (H + 2·padding - KH) // stride + 1`, `OW` likewise |
#
# **No Python loop over pixels, nor over rows of them.** Looping over images, filters, channels or the few weights of a
# kernel is fine. The third check counts the steps Python takes: they must not grow with the image. Write it with NumPy;
# PyTorch's own layer is what you race against after the next exercise.
#
# <details><summary>Hint 1: the idea</summary>
# Turn the question around. Do not ask what one window gives. Ask what one weight <code>w[f, k, i, j]</code> does: it
# multiplies a whole picture, channel <code>k</code> moved by <code>i</code> and <code>j</code>. Or: copy all windows
# into one big array, then a single product of arrays does all multiplying and adding.
# </details>
# <details><summary>Hint 2: the shapes</summary>
# <code>np.lib.stride_tricks.sliding_window_view</code> with <code>axis=(2, 3)</code> gives all windows without
# copying: its shape is <code>(B, C, rows, columns, KH, KW)</code> for stride 1. A stride keeps some of those rows and
# columns. Which axes must disappear by summing, which must stay, and in which order?
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Pad the last two axes. Take the windows; keep every <code>stride</code>-th along the third and the fourth axis. Sum
# products with <code>weight</code> over channel, kernel row and kernel column: <code>np.einsum</code> or
# <code>np.tensordot</code> does that; mind where the filter axis comes out. Add the bias along the filter axis.
# </details>


# %% solution="conv2d"
def conv2d(x, weight, bias, *, stride=1, padding=0):
    """Cross-correlate images (B, C, H, W) with filters (F, C, KH, KW) and add a bias (F,).

    Returns:
        One map for each image and filter: (B, F, OH, OW).
    """
    ### BEGIN SOLUTION
    (batch, channels, height, width), (filters, _, kh, kw) = x.shape, weight.shape
    if channels < 16:  # Thin images: their rows are the longest runs of memory, so gather those, all images at once.
        padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))
        windows = windows[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
        rows, cols = windows.shape[4:]
        out = weight.reshape(filters, -1) @ windows.reshape(batch, -1, rows * cols) + bias[:, None]
        return out.reshape(batch, filters, rows, cols)

    # Thick images: with the channels last, the longest runs are channels. One image at a time stays in the cache.
    padded = np.zeros((height + 2 * padding, width + 2 * padding, channels), np.result_type(x, weight, np.float32))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(0, 1))
    windows = windows[::stride, ::stride].transpose(0, 1, 3, 4, 2)
    rows, cols = windows.shape[:2]
    columns = np.empty((rows * cols, kh * kw * channels), padded.dtype)
    matrix = weight.transpose(2, 3, 1, 0).reshape(-1, filters).astype(padded.dtype)
    out = np.empty((batch, rows * cols, filters), padded.dtype)
    for image, maps in zip(x, out, strict=True):
        padded[padding : padding + height, padding : padding + width] = image.transpose(1, 2, 0)
        columns.reshape(windows.shape)[...] = windows
        np.matmul(columns, matrix, out=maps)
        maps += bias
    return out.transpose(0, 2, 1).reshape(batch, filters, rows, cols)
    ### END SOLUTION


# %% check="conv2d" points=2 why="channels are added, filters are stacked"
@expect.check
def check_conv2d_channels(conv2d):
    x = np.array([[[[1, 2, 3]], [[10, 20, 30]]]])
    weight = np.array([[[[1, 0]], [[0, 1]]], [[[0, 2]], [[1, 0]]]])
    expect.close(
        expect.call(conv2d, x, weight, np.array([0.5, 1000])),
        [[[[21.5, 32.5]], [[1014, 1026]]]],
        "conv2d of one row with two channels, [1, 2, 3] and [10, 20, 30]",
        mistakes={
            "the bias is missing": [[[[21, 32]], [[14, 26]]]],
            "the bias runs along the row: bias[f] belongs to filter f, so give it the shape (F, 1, 1)": [
                [[[21.5, 1032]], [[14.5, 1026]]]
            ],
            "the bias is added once for each channel: add it once for each filter": [[[[22, 33]], [[2014, 2026]]]],
            "the kernel is flipped: this layer cross-correlates": [[[[12.5, 23.5]], [[1022, 1034]]]],
            "only the first channel is seen: add what all channels give": [[[[1.5, 2.5]], [[1004, 1006]]]],
            "the channels are averaged: add them": [[[[11, 16.5]], [[1007, 1013]]]],
            "filters and channels of `weight` are swapped: weight[f, k] is filter f on channel k": [
                [[[41.5, 62.5]], [[1012, 1023]]]
            ],
            "every channel is summed before it meets its kernel: each channel has a kernel of its own": [
                [[[33.5, 55.5]], [[1055, 1088]]]
            ],
            "the fractions are lost: the array for the result holds integers": [[[[21, 32]], [[1014, 1026]]]],
            "right values in wrong places: reshape never swaps axes, transpose does": [
                [[[21.5, 14.5]], [[1032, 1026]]]
            ],
        },
    )
    expect.close(
        expect.call(conv2d, np.concatenate([x, 10 * x]), weight, np.zeros(2)),
        [[[[21, 32]], [[14, 26]]], [[[210, 320]], [[140, 260]]]],
        "conv2d of a batch of two images, the second 10 times the first",
        mistakes={
            "all images are added up: keep a result for each": [
                [[[231, 352]], [[154, 286]]],
                [[[231, 352]], [[154, 286]]],
            ],
            "all images are added up: keep one for each": [[[[231, 352]], [[154, 286]]]],
        },
    )
    pair = np.array([[[[0.5, 0.25]]]])
    expect.close(
        expect.call(conv2d, pair, np.array([[[[1, 1]]]]), np.array([0.0])),
        [[[[0.75]]]],
        "conv2d of fractions with filters of integers",
        mistakes={"the fractions are cut off: the image became the filters' integers": [[[[0]]]]},
    )
    expect.close(
        expect.call(conv2d, 2 * pair, np.array([[[[1.5, 0.5]]]]), np.array([1])),
        [[[[2.75]]]],
        "conv2d with a bias of integers",
        mistakes={"the fractions are cut off: the result has the bias's integers": [[[[2]]]]},
    )
    rough = np.array([[[[0.5, 1, 2, 0], [3, 0, 1.5, 1], [1, 2, 0, 4]]]])
    expect.close(
        expect.call(conv2d, rough, np.array([[[[1, 2], [3, -9]]]]), np.array([0.5])),
        [[[[12, -8, -2], [-11.5, 9.5, -32]]]],
        "conv2d of a 3 × 4 image with the filter [[1, 2], [3, -9]] and the bias 0.5",
        mistakes={
            "the filters are upside down: their rows are reversed": [[[[-4, -11.5, 10], [14.5, -11, 4]]]],
            "the filters are mirrored: their columns are reversed": [[[[-24.5, 9, -6], [3.5, -16, 16.5]]]],
            "the filters are transposed": [[[[10, -6, -3.5], [-12.5, 9, -31]]]],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(808)
    for b, c, f, size, window in [(2, 3, 4, (5, 7), (3, 2)), (1, 1, 1, (4, 4), (4, 4)), (3, 20, 2, (6, 3), (1, 3))]:
        images, kernels = rng.standard_normal((b, c, *size)), rng.standard_normal((f, c, *window))
        offsets = rng.standard_normal(f)
        torch_says = torch.nn.functional.conv2d(*map(torch.tensor, (images, kernels, offsets)))
        shapes = f"conv2d of {images.shape} images with {kernels.shape} filters"
        expect.close(expect.call(conv2d, images, kernels, offsets), torch_says, shapes)
        reversed_rows = images[..., ::-1]
        torch_says = torch.nn.functional.conv2d(*map(torch.tensor, (reversed_rows.copy(), kernels, offsets)))
        expect.close(expect.call(conv2d, reversed_rows, kernels, offsets), torch_says, f"{shapes}, not contiguous")
    ### END HIDDEN TESTS


check_conv2d_channels(conv2d)


# %% check="conv2d" points=2 why="stride and padding, also where they do not fit evenly"
@expect.check
def check_conv2d_stride_and_padding(conv2d):
    pixels = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
    slides, kernel, no_bias = pixels[None, None], np.array([[[[0, 1, 2], [2, 2, 0], [0, 1, 2]]]]), np.zeros(1)
    bordered = np.array(
        [[6, 14, 17, 11, 3], [14, 12, 12, 17, 11], [8, 10, 17, 19, 13], [11, 9, 6, 14, 12], [6, 4, 4, 6, 4]]
    )
    expect.close(
        expect.call(conv2d, slides, kernel, no_bias, padding=1),
        bordered[None, None],
        "conv2d of the slides' image with padding=1",
        mistakes={
            "the padding is ignored": bordered[None, None, 1:-1, 1:-1],
            "zeros below and to the right only: they belong on all four sides": [
                [[[12, 12, 17, 11], [10, 17, 19, 13], [9, 6, 14, 12], [4, 4, 6, 4]]]
            ],
            "zeros above and to the left only: they belong on all four sides": bordered[None, None, :-1, :-1],
            "the edge pixels are repeated outside: put zeros there": [
                [
                    [
                        [21, 21, 21, 12, 5],
                        [14, 12, 12, 17, 17],
                        [14, 10, 17, 19, 19],
                        [15, 9, 6, 14, 20],
                        [12, 4, 4, 8, 11],
                    ]
                ]
            ],
            "the batch is padded too: only rows and columns get zeros": np.pad(
                bordered[None, None], ((1, 1), (0, 0), (0, 0), (0, 0))
            ),
        },
    )
    expect.close(
        expect.call(conv2d, slides, kernel, no_bias, stride=2, padding=1),
        [[[[6, 17, 3], [8, 17, 13], [6, 4, 4]]]],
        "conv2d of the slides' image with stride=2, padding=1",
        mistakes={
            "the stride is ignored": bordered[None, None],
            "only the rows are strided: columns jump too": bordered[None, None, ::2],
            "only the columns are strided: rows jump too": bordered[None, None, :, ::2],
            "the stride is applied to the image before the windows are cut: it moves the window, pixels stay": [
                [[[13, 18, 7], [15, 14, 11], [11, 12, 5]]]
            ],
        },
    )
    seven = np.array([[[[1, 2, 3, 4, 5, 6, 7]]]])
    expect.close(
        expect.call(conv2d, seven, np.array([[[[1, 10]]]]), no_bias, stride=3),
        [[[[21, 54]]]],
        "conv2d of [1, 2, 3, 4, 5, 6, 7] with [1, 10] and stride=3",
        mistakes={"the last window sticks out of the image: only whole windows count": [[[[21, 54, 7]]]]},
    )
    noise = np.random.default_rng(1)
    everything = noise.standard_normal((2, 3, 9, 12)), noise.standard_normal((4, 3, 3, 2)), noise.standard_normal(4)
    expect.close(
        expect.call(conv2d, *everything, stride=3, padding=2),
        torch.nn.functional.conv2d(*(torch.tensor(array) for array in everything), stride=3, padding=2),
        "conv2d with everything at once: 2 images, 3 channels, 4 filters of 3 × 2, stride=3, padding=2",
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(8081)
    for c, f, size, window, options in [
        (3, 2, (7, 10), (3, 2), {"stride": 2, "padding": 1}),
        (2, 5, (9, 6), (2, 4), {"stride": 3}),
        (17, 3, (6, 8), (3, 5), {"stride": 2, "padding": 2}),
        (1, 2, (5, 5), (1, 1), {"padding": 1}),
        (4, 4, (11, 12), (5, 3), {"stride": 4, "padding": 3}),
        (2, 3, (20, 13), (3, 3), {"stride": 7, "padding": 5}),
    ]:
        images, kernels = rng.integers(0, 256, (2, c, *size)), rng.standard_normal((f, c, *window))
        offsets = rng.standard_normal(f)
        torch_says = torch.nn.functional.conv2d(*map(torch.tensor, (images / 1.0, kernels, offsets)), **options)
        listed = ", ".join(f"{key}={value}" for key, value in options.items())
        shapes = f"conv2d of {images.shape} images with {kernels.shape} filters, {listed}"
        expect.close(expect.call(conv2d, images, kernels, offsets, **options), torch_says, shapes)
    ### END HIDDEN TESTS


check_conv2d_stride_and_padding(conv2d)


# %% check="conv2d" points=1 why="no Python loop over pixels"
@expect.check
def check_conv2d_vectorised(conv2d):
    for channels, options in [(3, {}), (16, {}), (3, {"stride": 2}), (16, {"padding": 1})]:
        small, large = np.ones((3, channels, 6, 5)), np.ones((3, channels, 48, 40))
        filters = np.ones((2, channels, 3, 3))
        expect.close(
            np.asarray(expect.call(conv2d, large, filters, np.array([0.0, 1.0]), **options))[:, :, 3:-3, 3:-3].mean(
                axis=(2, 3)
            ),
            [[9 * channels, 9 * channels + 1]] * 3,
            f"conv2d of white images {large.shape} with filters of ones: the middle of each map",
        )
        steps = [expect.python_steps(conv2d, image, filters, np.zeros(2), **options) for image in (small, large)]
        expect.that(
            steps[1] - steps[0] < 100,
            f"For images 8 times as high and wide Python took {steps[1]} steps instead of {steps[0]}: there is a loop "
            "over pixels or rows, in your code or in what it calls.\n"
            "Loop over the weights of the kernel instead, or cut all windows at once.",
        )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(8082)
    short, long = (rng.standard_normal((1, 5, side, 2 * side)) for side in (5, 45))
    kernels = rng.standard_normal((3, 5, 2, 4))
    for options in ({"stride": 2, "padding": 1}, {"stride": 3}, {"padding": 2}):
        work = [expect.python_steps(conv2d, image, kernels, np.ones(3), **options) for image in (short, long)]
        expect.that(
            work[1] - work[0] < 100, f"{work[1]} steps instead of {work[0]} for a larger image: a loop over pixels."
        )
    torch_says = torch.nn.functional.conv2d(*map(torch.tensor, (long, kernels)), stride=2, padding=1)
    expect.close(
        expect.call(conv2d, long, kernels, np.zeros(3), stride=2, padding=1), torch_says, "conv2d of a large image"
    )
    ### END HIDDEN TESTS


check_conv2d_vectorised(conv2d)


# %% wrong="conv2d" why="forgets the bias" keyword="the bias is missing"
def conv2d__no_bias(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride, ::stride], weight)


# %% wrong="conv2d" why="adds the bias along the last axis" keyword="runs along the row"
def conv2d__bias_along_the_row(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride, ::stride], weight) + bias


# %% wrong="conv2d" why="adds one finished map with its bias for each channel" keyword="once for each channel"
def conv2d__bias_per_channel(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    maps = np.einsum("nkrcij,fkij->nkfrc", windows[:, :, ::stride, ::stride], weight)
    return (maps + bias[:, None, None]).sum(axis=1)


# %% wrong="conv2d" why="uses scipy's convolution, which flips" keyword="the kernel is flipped"
def conv2d__kernel_flipped(x, weight, bias, *, stride=1, padding=0):
    from scipy.signal import convolve2d as flipped

    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    maps = [
        [sum(flipped(a, b, "valid") for a, b in zip(image, one, strict=True)) for one in weight] for image in padded
    ]
    return np.array(maps)[:, :, ::stride, ::stride] + bias[:, None, None]


# %% wrong="conv2d" why="treats a colour image as its first channel" keyword="only the first channel"
def conv2d__first_channel(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    first = windows[:, 0, ::stride, ::stride]
    return np.einsum("nrcij,fij->nfrc", first, weight[:, 0]) + bias[:, None, None]


# %% wrong="conv2d" why="takes the mean over the channels" keyword="averaged"
def conv2d__channels_averaged(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    maps = np.einsum("nkrcij,fkij->nkfrc", windows[:, :, ::stride, ::stride], weight)
    return maps.mean(axis=1) + bias[:, None, None]


# %% wrong="conv2d" why="makes the image grey first: one kernel for all channels" keyword="kernel of its own"
def conv2d__channels_merged(x, weight, bias, *, stride=1, padding=0):
    grey = np.pad(x.sum(axis=1), ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(grey, weight.shape[2:], axis=(1, 2))
    every = windows[:, ::stride, ::stride]
    return np.einsum("nrcij,fkij->nfrc", every, weight) + bias[:, None, None]


# %% wrong="conv2d" why="reads weight as (channels, filters, …)" keyword="are swapped"
def conv2d__weight_axes_swapped(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,kfij->nfrc", windows[:, :, ::stride, ::stride], weight) + bias[:, None, None]


# %% wrong="conv2d" why="reshapes (windows, filters) to (filters, rows, columns)" keyword="reshape never swaps axes"
def conv2d__reshaped_not_transposed(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    every = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    b, rows, cols = every.shape[:3]
    product = every.reshape(b * rows * cols, -1) @ weight.reshape(len(weight), -1).T
    return product.reshape(b, len(weight), rows, cols) + bias[:, None, None]


# %% wrong="conv2d" why="contracts the batch axis with the channels" keyword="all images are added up"
def conv2d__batch_summed(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    total = np.einsum("nkrcij,fkij->frc", windows[:, :, ::stride, ::stride], weight)
    return np.repeat(total[None], len(x), axis=0) + bias[:, None, None]


# %% wrong="conv2d" why="np.pad(x, padding) pads every axis" keyword="the batch is padded too"
def conv2d__every_axis_padded(x, weight, bias, *, stride=1, padding=0):
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, padding), weight.shape[2:], axis=(2, 3))
    inner = windows[:, padding : padding + x.shape[1], ::stride, ::stride]
    return np.einsum("nkrcij,fkij->nfrc", inner, weight) + bias[:, None, None]


# %% wrong="conv2d" why="zeros at the end of each axis only" keyword="below and to the right only"
def conv2d__padded_at_the_end(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (0, padding), (0, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride, ::stride], weight) + bias[:, None, None]


# %% wrong="conv2d" why="repeats the edge instead of zeros" keyword="edge pixels are repeated"
def conv2d__edge_repeated(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride, ::stride], weight) + bias[:, None, None]


# %% wrong="conv2d" why="strides along the rows of windows only" keyword="only the rows are strided"
def conv2d__one_stride(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride], weight) + bias[:, None, None]


# %% wrong="conv2d" why="shrinks the image instead of moving the window" keyword="applied to the image"
def conv2d__image_strided(x, weight, bias, *, stride=1, padding=0):
    few = np.pad(x[:, :, ::stride, ::stride], ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(few, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows, weight) + bias[:, None, None]


# %% wrong="conv2d" why="a window at the end that hangs over the edge" keyword="sticks out of the image"
def conv2d__window_sticks_out(x, weight, bias, *, stride=1, padding=0):
    (h, w), (kh, kw) = x.shape[2:], weight.shape[2:]
    rows, cols = (max(0, -(-(n + 2 * padding - k) // stride)) + 1 for n, k in ((h, kh), (w, kw)))
    below, right = (rows - 1) * stride + kh - h - padding, (cols - 1) * stride + kw - w - padding
    padded = np.pad(x, ((0, 0), (0, 0), (padding, max(below, 0)), (padding, max(right, 0))))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride, ::stride], weight) + bias[:, None, None]


# %% wrong="conv2d" why="an array of the image's integers for the result" keyword="fractions are lost"
def conv2d__integer_buffer(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    maps = np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride, ::stride], weight) + bias[:, None, None]
    out = np.zeros(maps.shape, dtype=x.dtype)
    out[...] = maps
    return out


# %% wrong="conv2d" why="one Python step for every pixel of the result" keyword="loop over pixels"
def conv2d__pixel_loops(x, weight, bias, *, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows, cols = (padded.shape[2] - kh) // stride + 1, (padded.shape[3] - kw) // stride + 1
    out = np.zeros((len(x), len(weight), rows, cols))
    for r in range(rows):
        for c in range(cols):
            window = padded[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
            out[:, :, r, c] = np.tensordot(window, weight, axes=([1, 2, 3], [1, 2, 3])) + bias
    return out


# %% wrong="conv2d" why="one Python step for every row of the result" keyword="pixels or rows"
def conv2d__row_loop(x, weight, bias, *, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    rows = [np.einsum("nkcij,fkij->nfc", windows[:, :, r], weight) for r in range(windows.shape[2])]
    return np.stack(rows, axis=2) + bias[:, None, None]


# %% wrong="conv2d" why="brings the image to the filters' integers" keyword="the filters' integers"
def conv2d__filter_dtype(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x.astype(weight.dtype), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride, ::stride], weight) + bias[:, None, None]


# %% right="conv2d" why="one einsum over all windows"
def conv2d__einsum(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nkrcij,fkij->nfrc", windows[:, :, ::stride, ::stride], weight) + bias[:, None, None]


# %% right="conv2d" why="a loop over the weights of the kernel, each moving the whole picture"
def conv2d__loop_over_weights(x, weight, bias, *, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows, cols = (padded.shape[2] - kh) // stride + 1, (padded.shape[3] - kw) // stride + 1
    out = 0.0
    for i in range(kh):
        for j in range(kw):
            moved = padded[:, :, i : i + rows * stride : stride, j : j + cols * stride : stride]
            out = out + np.tensordot(weight[:, :, i, j], moved, axes=(1, 1))
    return np.moveaxis(out, 0, 1) + np.reshape(bias, (-1, 1, 1))


# %% right="conv2d" why="scipy for each image, filter and channel"
def conv2d__scipy(x, weight, bias, *, stride=1, padding=0):
    from scipy.signal import correlate

    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    maps = [[correlate(image, one, mode="valid", method="direct")[0] for one in weight] for image in padded]
    return np.array(maps)[:, :, ::stride, ::stride] + np.asarray(bias)[None, :, None, None]


# %% right="conv2d" why="windows copied with index arrays, then one matrix product"
def conv2d__index_arrays(x, weight, bias, *, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    top = np.arange(0, padded.shape[2] - kh + 1, stride)
    left = np.arange(0, padded.shape[3] - kw + 1, stride)
    down = top[:, None, None, None] + np.arange(kh)[:, None]
    across = left[:, None, None] + np.arange(kw)
    patches = padded[:, :, down, across].transpose(0, 2, 3, 1, 4, 5).reshape(len(x), len(top), len(left), -1)
    return (patches @ weight.reshape(len(weight), -1).T + bias).transpose(0, 3, 1, 2)


# %% [markdown]
# ### 9 · The way back  ·  6 points  ·  50 min  ·  ●●● difficulty
#
# Training needs to know how the error $E$ changes with everything that went into the layer. You are given
# `grad_out`, which is $g=\partial E/\partial y$: one number for each number that `conv2d` returned. Write
# `conv2d_backward(grad_out, x, weight, *, stride=1, padding=0)`; it returns three arrays.
#
# Look at one product in the forward sum: pixel $\tilde x$ times weight $w$ goes into one output $y$. On the way back,
# $w$ receives $g$ times the pixel, and the pixel receives $g$ times $w$. Add up over all products they take part in:
#
# $$\frac{\partial E}{\partial b_f}=\sum_{n,r,c} g_{n,f,r,c} \qquad
# \frac{\partial E}{\partial w_{f,k,i,j}}=\sum_{n,r,c} g_{n,f,r,c}\;\tilde x_{n,\;k,\;rs+i,\;cs+j}$$
#
# $$\frac{\partial E}{\partial \tilde x_{n,k,u,v}}
# =\sum_{f}\;\sum_{\substack{r,i\\ rs+i=u}}\;\sum_{\substack{c,j\\ cs+j=v}} g_{n,f,r,c}\; w_{f,k,i,j}$$
#
# The last formula with stride 1 has $g$ at $u-i$: the index falls while that of $w$ rises. So it is a **convolution**
# in the strict sense: slide the kernel, turned by 180°, over $g$ with full padding. A stride puts `stride - 1` zeros
# between neighbours of $g$ first. At the end, cut the padding off: the caller asked about $x$, not $\tilde x$.
#
# | argument | shape | |
# |---|---|---|
# | `grad_out` | `(B, F, OH, OW)` | the gradient that arrives |
# | `x` | `(B, C, H, W)` | what the forward pass got |
# | `weight` | `(F, C, KH, KW)` | what the forward pass got |
# | `stride`, `padding` | integers | as in the forward pass; perhaps the last rows or columns of `x` met no window |
# | returns | `(grad_x, grad_weight, grad_bias)` | the shapes of `x`, `weight` and `bias`, which is `(F,)`; floats |
#
# **Sum, do not average**: if the error is a mean over the batch, that division is already in `grad_out`. Loops are
# allowed here. Each gradient is checked on its own: if you have only one so far, return `None` for the others.
#
# <details><summary>Hint 1: the idea</summary>
# Take an image of 1 × 4 and a kernel of 1 × 2 on paper. Write the three outputs as sums of products. Which outputs
# does the second pixel appear in, and with which weight each time? That column of weights is what it receives.
# </details>
# <details><summary>Hint 2: two windows at a time</summary>
# Loop over the rows <code>r</code> and columns <code>c</code> of <code>grad_out</code>. Forward, place (r, c) read one
# window of the padded image. Backward, the gradient of that window grows by <code>g</code> times the filter, and the
# gradient of the filter grows by <code>g</code> times the window. Windows overlap, so add, never overwrite.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Make zeros in the shape of the padded image and in that of <code>weight</code>, both of floats. For a window, let
# <code>g</code> be <code>grad_out[:, :, r, c]</code> of shape (B, F) and let both sums be <code>np.tensordot</code>:
# over the filters for the pixels, over the batch for the weights. After the loops, cut <code>padding</code> rows and
# columns off each side; with padding 0, beware of <code>-0</code> as the end of a slice. The bias is one sum over three
# axes.
# </details>


# %% solution="conv2d_backward"
def conv2d_backward(grad_out, x, weight, *, stride=1, padding=0):
    """Return the gradients of `conv2d` with respect to x (B, C, H, W), weight (F, C, KH, KW) and bias (F,)."""
    ### BEGIN SOLUTION
    (batch, channels, height, width), (filters, _, kh, kw) = x.shape, weight.shape
    rows, cols = grad_out.shape[2:]
    grad_bias = grad_out.sum(axis=(0, 2, 3))
    if channels < 16:  # Thin images: gather their windows for the weights, scatter the gradients to the pixels.
        padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))
        windows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
        maps = grad_out.reshape(batch, filters, rows * cols)
        grad_weight = (maps @ windows.reshape(batch, rows * cols, -1)).sum(axis=0).reshape(weight.shape)
        share = (weight.reshape(filters, -1).T @ maps).reshape(batch, channels, kh, kw, rows, cols)
        grad_x = np.zeros(padded.shape, share.dtype)
        for i, j in np.ndindex(kh, kw):
            grad_x[:, :, i : i + rows * stride : stride, j : j + cols * stride : stride] += share[:, :, i, j]
        return grad_x[:, :, padding : padding + height, padding : padding + width], grad_weight, grad_bias

    # Thick images: spread the gradients out with zeros between and around them. Every pixel then sees, in one window,
    # the gradients of all outputs it went into; the same windows times the image are the gradients of the weights.
    spread = np.zeros(
        (height + 2 * padding + kh - 1, width + 2 * padding + kw - 1, filters), np.result_type(grad_out, x)
    )
    places = spread[kh - 1 :: stride, kw - 1 :: stride][:rows, :cols]
    inner = spread[padding : padding + height + kh - 1, padding : padding + width + kw - 1]
    windows = np.lib.stride_tricks.sliding_window_view(inner, (kh, kw), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
    columns = np.empty((height * width, kh * kw * filters), spread.dtype)
    turned = weight[:, :, ::-1, ::-1].transpose(2, 3, 0, 1).reshape(-1, channels).astype(spread.dtype)
    grad_x = np.empty((batch, height * width, channels), spread.dtype)
    total = np.zeros((channels, kh * kw * filters), spread.dtype)
    for n in range(batch):
        places[...] = grad_out[n].transpose(1, 2, 0)
        columns.reshape(windows.shape)[...] = windows
        np.matmul(columns, turned, out=grad_x[n])
        total += x[n].reshape(channels, -1) @ columns
    grad_weight = total.reshape(channels, kh, kw, filters)[:, ::-1, ::-1].transpose(3, 0, 1, 2)
    return grad_x.transpose(0, 2, 1).reshape(x.shape), grad_weight, grad_bias
    ### END SOLUTION


# %% check="conv2d_backward" points=1 why="the bias"
@expect.check
def check_conv2d_backward_bias(conv2d_backward):
    x, weight = np.arange(24.0).reshape(2, 1, 3, 4), np.ones((2, 1, 2, 2))
    grad_out = np.zeros((2, 2, 2, 3))
    grad_out[0, 0], grad_out[1, 0], grad_out[:, 1] = 1, 2, [[1, 0, 0], [0, 0, 5]]
    results = expect.call(conv2d_backward, grad_out, x, weight)
    grad_x, _, grad_bias = expect.parts(results, "grad_x, grad_weight, grad_bias", "conv2d_backward")
    expect.that(
        np.shape(grad_x) != (2,) or np.shape(grad_bias) == (2,),
        "Of your three results the first has the shape of the bias: the order is grad_x, grad_weight, grad_bias.",
    )
    expect.that(
        np.shape(grad_x) != weight.shape,
        "Of your three results the first has the shape of weight: the order is grad_x, grad_weight, grad_bias.",
    )
    expect.that(grad_bias is not None, "grad_bias is None: not written yet.")
    expect.close(
        grad_bias,
        [18, 12],
        "grad_bias for a batch of two images, two filters",
        mistakes={
            "averaged over the batch: that division, if there is one, is already in grad_out; sum": [9, 6],
            "averaged over images and pixels: sum": [1.5, 1],
            "averaged over the pixels: sum": [3, 2],
            "one row for each image: the bias is shared by all of them, so sum over the batch too": [[6, 6], [12, 6]],
            "summed over the filters: each filter has a bias of its own": [12, 18],
            "only the first image counts: sum over the batch": [6, 6],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(809)
    for b, f, rows, cols in [(1, 3, 2, 4), (3, 2, 1, 1), (2, 5, 3, 2)]:
        gradient, images = rng.standard_normal((b, f, rows, cols)), rng.standard_normal((b, 2, rows + 1, cols + 2))
        *_, offsets = expect.call(conv2d_backward, gradient, images, rng.standard_normal((f, 2, 2, 3)))
        expect.close(offsets, torch.tensor(gradient).sum((0, 2, 3)), f"grad_bias for grad_out of {gradient.shape}")
    ### END HIDDEN TESTS


check_conv2d_backward_bias(conv2d_backward)


# %% check="conv2d_backward" points=2 why="the weights"
@expect.check
def check_conv2d_backward_weight(conv2d_backward):
    def grad_weight(*arguments, **options):
        three = expect.call(conv2d_backward, *arguments, **options)
        part = expect.parts(three, "grad_x, grad_weight, grad_bias", "conv2d_backward")[1]
        expect.that(part is not None, "grad_weight is None: not written yet.")
        return part

    row, kernel, gradient = np.array([[[[1, 2, 3, 4]]]]), np.array([[[[10, 1]]]]), np.array([[[[1, 0, 2]]]])
    expect.close(
        grad_weight(gradient, row, kernel),
        [[[[7, 10]]]],
        "grad_weight for x = [1, 2, 3, 4], weight = [10, 1], grad_out = [1, 0, 2]",
        mistakes={
            "the gradient is turned by 180° as for grad_x: for the weights nothing is turned": [[[[5, 8]]]],
            "the result is flipped: weight number j met the pixels that begin at place j": [[[[10, 7]]]],
        },
    )
    two = np.concatenate([row, 10 * row])
    expect.close(
        grad_weight(np.concatenate([gradient, gradient]), two, kernel),
        [[[[77, 110]]]],
        "grad_weight for a batch of two, [1, 2, 3, 4] and [10, 20, 30, 40]",
        mistakes={
            "averaged over the batch: that division, if there is one, is already in grad_out; sum": [[[[38.5, 55]]]],
            "one array for each image: all images share the weights, so sum over the batch": [
                [[[7, 10]]],
                [[[70, 100]]],
            ],
        },
    )
    expect.close(
        grad_weight(np.array([[[[1, 10]]]]), row, kernel, stride=2),
        [[[[31, 42]]]],
        "grad_weight for x = [1, 2, 3, 4], grad_out = [1, 10], stride=2",
        mistakes={"the stride is ignored: output number 1 met the window that begins at pixel 2": [[[[21, 32]]]]},
    )
    expect.close(
        grad_weight(np.array([[[[0, 0, 0, 0, 0], [1, 0, 0, 0, 2], [0, 0, 0, 0, 0]]]]), row, kernel, padding=1),
        [[[[8, 1]]]],
        "grad_weight for x = [1, 2, 3, 4], padding=1, a gradient of 1 at the left end and 2 at the right end",
    )
    expect.close(
        grad_weight(np.array([[[[0.5, 0.25]]]]), np.array([[[[1, 3]]]]), np.array([[[[3]]]])),
        [[[[1.25]]]],
        "grad_weight for a filter of integers and grad_out = [0.5, 0.25]",
        mistakes={"the fractions are cut off: make the array for grad_weight of floats": [[[[1]]]]},
    )
    noise = np.random.default_rng(1)
    x, weight = noise.standard_normal((2, 3, 8, 11)), noise.standard_normal((4, 3, 3, 2))
    leaves = torch.tensor(x, requires_grad=True), torch.tensor(weight, requires_grad=True)
    y = torch.nn.functional.conv2d(*leaves, stride=3, padding=1)
    upstream = noise.standard_normal(tuple(y.shape))
    (y * torch.tensor(upstream)).sum().backward()
    expect.close(
        grad_weight(upstream, x, weight, stride=3, padding=1),
        leaves[1].grad,
        "grad_weight with everything at once: 2 images, 3 channels, 4 filters of 3 × 2, stride=3, padding=1",
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(8091)
    for b, c, f, size, window, options in [
        (2, 3, 4, (5, 7), (3, 2), {}),
        (1, 18, 2, (7, 6), (2, 3), {"stride": 2, "padding": 1}),
        (3, 2, 5, (9, 4), (4, 1), {"stride": 3}),
        (2, 1, 1, (5, 8), (3, 3), {"stride": 2, "padding": 2}),
    ]:
        images, kernels = rng.standard_normal((b, c, *size)), rng.standard_normal((f, c, *window))
        tensor = torch.tensor(kernels, requires_grad=True)
        out = torch.nn.functional.conv2d(torch.tensor(images), tensor, **options)
        gradient = rng.standard_normal(out.shape)
        (wanted,) = torch.autograd.grad((out * torch.tensor(gradient)).sum(), tensor)
        listed = "".join(f", {key}={value}" for key, value in options.items())
        expect.close(
            grad_weight(gradient, images, kernels, **options),
            wanted,
            f"grad_weight for {(b, c, *size)} images with {(f, c, *window)} filters{listed}",
        )
    ### END HIDDEN TESTS


check_conv2d_backward_weight(conv2d_backward)


# %% check="conv2d_backward" points=3 why="the image, with stride and padding"
@expect.check
def check_conv2d_backward_x(conv2d_backward):
    def grad_x(*arguments, **options):
        three = expect.call(conv2d_backward, *arguments, **options)
        part = expect.parts(three, "grad_x, grad_weight, grad_bias", "conv2d_backward")[0]
        expect.that(part is not None, "grad_x is None: not written yet.")
        return part

    row, kernel = np.array([[[[1, 2, 3, 4]]]]), np.array([[[[10, 1]]]])
    expect.close(
        grad_x(np.array([[[[1, 0, 2]]]]), row, kernel),
        [[[[10, 1, 20, 2]]]],
        "grad_x for x = [1, 2, 3, 4], weight = [10, 1], grad_out = [1, 0, 2]",
        mistakes={
            "the kernel is not turned by 180° before it slides over the gradients": [[[[1, 10, 2, 20]]]],
            "where windows overlap, the later overwrites the earlier: add": [[[[10, 0, 20, 2]]]],
            "only the places where the kernel lies wholly on grad_out are kept: full padding is needed": [[[[1, 20]]]],
        },
    )
    expect.close(
        grad_x(np.array([[[[1, 5, 2]]]]), row, kernel),
        [[[[10, 51, 25, 2]]]],
        "grad_x for grad_out = [1, 5, 2]: the windows overlap",
        mistakes={
            "where windows overlap, the later overwrites the earlier: add": [[[[10, 50, 20, 2]]]],
            "the kernel is not turned by 180° before it slides over the gradients": [[[[1, 15, 52, 20]]]],
        },
    )
    expect.close(
        grad_x(np.array([[[[1, 2]]]]), np.ones((1, 1, 1, 5)), kernel, stride=2),
        [[[[10, 1, 20, 2, 0]]]],
        "grad_x for five pixels, stride=2, grad_out = [1, 2]",
        mistakes={
            "the stride is ignored: windows begin at pixels 0, 2, 4 …": [[[[10, 21, 2, 0, 0]]]],
            "the last pixel is missing: no window met it, so its gradient is 0, but x has it": [[[[10, 1, 20, 2]]]],
        },
    )
    framed = np.array([[[[0, 0, 0], [1, 2, 3], [0, 0, 0]]]])
    expect.close(
        grad_x(framed, np.ones((1, 1, 1, 2)), kernel, padding=1),
        [[[[21, 32]]]],
        "grad_x for two pixels with padding=1",
        mistakes={
            "the padding is still there: cut it off, the caller asked about x": [
                [[[0, 0, 0, 0], [10, 21, 32, 3], [0, 0, 0, 0]]]
            ],
        },
    )
    swap = np.array([[[[1]], [[10]]], [[[100]], [[1000]]]])
    expect.close(
        grad_x(np.array([[[[1]], [[2]]]]), np.ones((1, 2, 1, 1)), swap),
        [[[[201]], [[2010]]]],
        "grad_x for two channels and two filters of one pixel",
        mistakes={
            "channels and filters are swapped: a channel collects from all filters": [[[[21]], [[2100]]]],
            "filter f gives to channel f alone: every filter gives to every channel": [[[[1]], [[2000]]]],
            "only the first filter gives: every filter does": [[[[1]], [[10]]]],
        },
    )
    steep, pixels, triple = np.array([[[[0.5, 0.25]]]]), np.array([[[[1, 2]]]]), np.array([[[[3]]]])
    expect.close(
        grad_x(steep, pixels, triple),
        [[[[1.5, 0.75]]]],
        "grad_x for an image of integers and grad_out = [0.5, 0.25]",
        mistakes={"the fractions are cut off: make the array for grad_x of floats": [[[[1, 0]]]]},
    )
    noise = np.random.default_rng(0)
    x, weight = noise.standard_normal((2, 3, 8, 11)), noise.standard_normal((4, 3, 3, 2))
    leaves = torch.tensor(x, requires_grad=True), torch.tensor(weight, requires_grad=True)
    y = torch.nn.functional.conv2d(*leaves, stride=3, padding=1)
    upstream = noise.standard_normal(tuple(y.shape))
    (y * torch.tensor(upstream)).sum().backward()
    expect.close(
        grad_x(upstream, x, weight, stride=3, padding=1),
        leaves[0].grad,
        "grad_x with everything at once: 2 images, 3 channels, 4 filters of 3 × 2, stride=3, padding=1",
    )
    ### BEGIN HIDDEN TESTS
    from cnnlib.gradcheck import numeric_gradient

    rng = np.random.default_rng(8092)
    for b, c, f, size, window, options in [
        (2, 3, 4, (5, 7), (3, 2), {}),
        (1, 17, 2, (7, 6), (2, 3), {"stride": 2, "padding": 1}),
        (3, 2, 5, (9, 4), (4, 1), {"stride": 3}),
        (2, 4, 3, (5, 8), (3, 3), {"stride": 2, "padding": 2}),
        (1, 2, 2, (6, 6), (1, 1), {"stride": 4, "padding": 3}),
        (4, 1, 3, (17, 15), (3, 2), {"stride": 6, "padding": 4}),
    ]:
        images, kernels = rng.standard_normal((b, c, *size)), rng.standard_normal((f, c, *window))
        tensor = torch.tensor(images, requires_grad=True)
        out = torch.nn.functional.conv2d(tensor, torch.tensor(kernels), **options)
        gradient = rng.standard_normal(out.shape)
        (wanted,) = torch.autograd.grad((out * torch.tensor(gradient)).sum(), tensor)
        listed = "".join(f", {key}={value}" for key, value in options.items())
        expect.close(
            grad_x(gradient, images, kernels, **options),
            wanted,
            f"grad_x for {images.shape} images with {kernels.shape} filters{listed}",
        )

    def forward(image):
        return torch.nn.functional.conv2d(torch.tensor(image), torch.tensor(kernels), stride=2, padding=1)

    images, kernels = rng.standard_normal((1, 2, 4, 5)), rng.standard_normal((3, 2, 3, 2))
    gradient = rng.standard_normal(forward(images).shape)
    expect.close(
        grad_x(gradient, images, kernels, stride=2, padding=1),
        numeric_gradient(forward, images, gradient),
        "grad_x against finite differences",
        rtol=1e-6,
        atol=1e-8,
    )
    ### END HIDDEN TESTS


check_conv2d_backward_x(conv2d_backward)


# %% wrong="conv2d_backward" why="averages over the batch" keyword="averaged over the batch"
def conv2d_backward__batch_mean(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] += np.tensordot(g, weight, axes=(1, 0))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    h, w = x.shape[2:]
    n = len(x)
    return grad_x[:, :, padding : padding + h, padding : padding + w], grad_weight / n, grad_out.sum((0, 2, 3)) / n


# %% wrong="conv2d_backward" why="averages the gradient of the bias over everything" keyword="over images and pixels"
def conv2d_backward__bias_mean(grad_out, x, weight, *, stride=1, padding=0):
    images, kernels = torch.tensor(x * 1.0, requires_grad=True), torch.tensor(weight * 1.0, requires_grad=True)
    out = torch.nn.functional.conv2d(images, kernels, stride=stride, padding=padding)
    grad_x, grad_weight = torch.autograd.grad(out, (images, kernels), torch.tensor(grad_out * 1.0))
    return grad_x.numpy(), grad_weight.numpy(), grad_out.mean(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="one bias gradient for each image" keyword="one row for each image"
def conv2d_backward__bias_per_image(grad_out, x, weight, *, stride=1, padding=0):
    images, kernels = torch.tensor(x * 1.0, requires_grad=True), torch.tensor(weight * 1.0, requires_grad=True)
    out = torch.nn.functional.conv2d(images, kernels, stride=stride, padding=padding)
    grad_x, grad_weight = torch.autograd.grad(out, (images, kernels), torch.tensor(grad_out * 1.0))
    return grad_x.numpy(), grad_weight.numpy(), grad_out.sum(axis=(2, 3))


# %% wrong="conv2d_backward" why="sums the bias over the filter axis" keyword="summed over the filters"
def conv2d_backward__bias_over_filters(grad_out, x, weight, *, stride=1, padding=0):
    images, kernels = torch.tensor(x * 1.0, requires_grad=True), torch.tensor(weight * 1.0, requires_grad=True)
    out = torch.nn.functional.conv2d(images, kernels, stride=stride, padding=padding)
    grad_x, grad_weight = torch.autograd.grad(out, (images, kernels), torch.tensor(grad_out * 1.0))
    return grad_x.numpy(), grad_weight.numpy(), grad_out.sum(axis=(1, 2, 3))


# %% wrong="conv2d_backward" why="returns the results in another order" keyword="the order is"
def conv2d_backward__other_order(grad_out, x, weight, *, stride=1, padding=0):
    images, kernels = torch.tensor(x * 1.0, requires_grad=True), torch.tensor(weight * 1.0, requires_grad=True)
    out = torch.nn.functional.conv2d(images, kernels, stride=stride, padding=padding)
    grad_x, grad_weight = torch.autograd.grad(out, (images, kernels), torch.tensor(grad_out * 1.0))
    return grad_out.sum(axis=(0, 2, 3)), grad_weight.numpy(), grad_x.numpy()


# %% wrong="conv2d_backward" why="turns the gradient before it meets the image" keyword="nothing is turned"
def conv2d_backward__weight_turned(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    turned = grad_out[:, :, ::-1, ::-1]
    for r, c in np.ndindex(rows, cols):
        place = np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] += np.tensordot(grad_out[:, :, r, c], weight, axes=(1, 0))
        grad_weight += np.tensordot(turned[:, :, r, c], padded[place], axes=(0, 0))
    h, w = x.shape[2:]
    return grad_x[:, :, padding : padding + h, padding : padding + w], grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="scatters with the kernel turned once too often" keyword="is not turned by 180°"
def conv2d_backward__kernel_not_turned(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] += np.tensordot(g, weight[:, :, ::-1, ::-1], axes=(1, 0))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    h, w = x.shape[2:]
    return grad_x[:, :, padding : padding + h, padding : padding + w], grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="assigns where windows overlap" keyword="overwrites"
def conv2d_backward__overwrites(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] = np.tensordot(g, weight, axes=(1, 0))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    h, w = x.shape[2:]
    return grad_x[:, :, padding : padding + h, padding : padding + w], grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="windows at 0, 1, 2 … whatever the stride" keyword="the stride is ignored"
def conv2d_backward__stride_ignored(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r : r + kh, c : c + kw]
        grad_x[place] += np.tensordot(g, weight, axes=(1, 0))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    h, w = x.shape[2:]
    return grad_x[:, :, padding : padding + h, padding : padding + w], grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="computes the size of x from that of grad_out" keyword="the last pixel is missing"
def conv2d_backward__leftover_lost(grad_out, x, weight, *, stride=1, padding=0):
    (b, channels), (kh, kw), (rows, cols) = x.shape[:2], weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x = np.zeros((b, channels, (rows - 1) * stride + kh, (cols - 1) * stride + kw))
    grad_weight = np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] += np.tensordot(g, weight, axes=(1, 0))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    high, wide = grad_x.shape[2] - padding, grad_x.shape[3] - padding
    return grad_x[:, :, padding:high, padding:wide], grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="returns the gradient of the padded image" keyword="the padding is still there"
def conv2d_backward__padding_kept(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] += np.tensordot(g, weight, axes=(1, 0))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    return grad_x, grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="correlates without full padding" keyword="full padding is needed"
def conv2d_backward__valid_only(grad_out, x, weight, *, stride=1, padding=0):
    images, kernels = torch.tensor(x * 1.0), torch.tensor(weight * 1.0, requires_grad=True)
    out = torch.nn.functional.conv2d(images, kernels, stride=stride, padding=padding)
    (grad_weight,) = torch.autograd.grad(out, kernels, torch.tensor(grad_out * 1.0))
    kh, kw = weight.shape[2:]
    if grad_out.shape[2] < kh or grad_out.shape[3] < kw:
        return np.zeros(x.shape), grad_weight.numpy(), grad_out.sum(axis=(0, 2, 3))
    windows = np.lib.stride_tricks.sliding_window_view(grad_out, (kh, kw), axis=(2, 3))
    grad_x = np.einsum("nfrcij,fkij->nkrc", windows, weight[:, :, ::-1, ::-1])
    return grad_x, grad_weight.numpy(), grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="reads weight as (channels, filters, …)" keyword="a channel collects from all filters"
def conv2d_backward__axes_swapped(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] += np.tensordot(g, weight, axes=(1, 1))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    h, w = x.shape[2:]
    return grad_x[:, :, padding : padding + h, padding : padding + w], grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="adds the gradient into the caller's image" keyword="in place"
def conv2d_backward__changes_x(grad_out, x, weight, *, stride=1, padding=0):
    images, kernels = torch.tensor(x * 1.0, requires_grad=True), torch.tensor(weight * 1.0, requires_grad=True)
    out = torch.nn.functional.conv2d(images, kernels, stride=stride, padding=padding)
    grad_x, grad_weight = torch.autograd.grad(out, (images, kernels), torch.tensor(grad_out * 1.0))
    x[...] = grad_x.numpy()
    return x, grad_weight.numpy(), grad_out.sum(axis=(0, 2, 3))


# %% wrong="conv2d_backward" why="collects fractions in an array of the image's integers" keyword="cannot cast"
def conv2d_backward__integer_buffer(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    grad_x, grad_weight = np.zeros_like(padded), np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] += np.tensordot(g, weight, axes=(1, 0))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    h, w = x.shape[2:]
    return grad_x[:, :, padding : padding + h, padding : padding + w], grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% right="conv2d_backward" why="a loop over windows"
def conv2d_backward__loop(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).astype(float)
    grad_x, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for r, c in np.ndindex(rows, cols):
        g, place = grad_out[:, :, r, c], np.s_[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        grad_x[place] += np.tensordot(g, weight, axes=(1, 0))
        grad_weight += np.tensordot(g, padded[place], axes=(0, 0))
    h, w = x.shape[2:]
    return grad_x[:, :, padding : padding + h, padding : padding + w], grad_weight, grad_out.sum(axis=(0, 2, 3))


# %% right="conv2d_backward" why="two more convolutions, of windows of the image and of the spread gradients"
def conv2d_backward__two_convolutions(grad_out, x, weight, *, stride=1, padding=0):
    (kh, kw), (rows, cols) = weight.shape[2:], grad_out.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))
    grad_weight = np.einsum("nfrc,nkrcij->fkij", grad_out, windows[:, :, ::stride, ::stride])
    high, wide = padded.shape[2:]
    spread = np.zeros((*grad_out.shape[:2], high + kh - 1, wide + kw - 1))
    spread[:, :, kh - 1 :: stride, kw - 1 :: stride][:, :, :rows, :cols] = grad_out
    around = np.lib.stride_tricks.sliding_window_view(spread, (kh, kw), axis=(2, 3))
    grad_x = np.einsum("nfuvij,fkij->nkuv", around, weight[:, :, ::-1, ::-1])
    return [
        grad_x[:, :, padding : high - padding, padding : wide - padding],
        grad_weight,
        np.einsum("nfrc->f", grad_out),
    ]


# %% right="conv2d_backward" why="PyTorch's autograd"
def conv2d_backward__autograd(grad_out, x, weight, *, stride=1, padding=0):
    images, kernels = torch.tensor(x * 1.0, requires_grad=True), torch.tensor(weight * 1.0, requires_grad=True)
    bias = torch.zeros(len(weight), dtype=torch.float64, requires_grad=True)
    out = torch.nn.functional.conv2d(images, kernels, bias, stride=stride, padding=padding)
    return torch.autograd.grad(out, (images, kernels, bias), torch.tensor(grad_out * 1.0))


# %% [markdown]
# Now the race, not graded. The same layer three times, on one thread: a Python loop over windows, yours, PyTorch's.
# The loop does one image and its time is multiplied; the numbers are float32, so see that yours stay it (`np.zeros`
# makes float64). All of these are vectorised, and yet they differ: one `einsum` over all windows may take 50 times as
# long as PyTorch, matrix products of copied windows 3 to 5 times, below 2 is excellent. What decides is which numbers
# lie side by side in memory, and whether a matrix product does the work: section 14 of the lesson.

# %%
from cnnlib import timing


def race(channels):
    rng = np.random.default_rng(0)
    images, filters = rng.standard_normal((32, channels, 16, 16)), rng.standard_normal((64, channels, 3, 3))
    images, filters, offsets = (array.astype(np.float32) for array in (images, filters, np.zeros(64)))
    upstream = np.ones((32, 64, 16, 16), np.float32)
    tensors = [torch.tensor(array, requires_grad=True) for array in (images, filters, offsets)]

    def window_by_window():
        framed = np.pad(images[0], ((0, 0), (1, 1), (1, 1)))
        return [[(framed[:, r : r + 3, c : c + 3] * f).sum() for c in range(16)] for r in range(16) for f in filters]

    def yours():
        conv2d(images, filters, offsets, padding=1)
        conv2d_backward(upstream, images, filters, padding=1)

    def pytorch():
        out = torch.nn.functional.conv2d(*tensors, padding=1)
        torch.autograd.grad(out, tensors, torch.tensor(upstream))

    (loop,) = timing.medians(window_by_window, repeats=1)
    mine, torchs = timing.medians(yours, pytorch, repeats=7)
    print(f"{channels} channels, 32 images of 16 × 16, 64 filters")
    print(f"  loop over windows {32_000 * loop:9.1f} ms   forward alone")
    print(f"  yours             {1000 * mine:9.1f} ms   forward and backward, {mine / torchs:.2f} times PyTorch's")
    print(f"  PyTorch           {1000 * torchs:9.1f} ms   forward and backward")


with expect.written():
    race(channels=64)
    race(channels=3)

# %% [markdown]
# ### 10 · Write the convolution as a matrix  ·  4 points  ·  30 min  ·  ●●● difficulty
#
# Sliding a kernel multiplies and adds, nothing else. So it is a linear map, and every linear map is a matrix. Write
# `convolution_matrix(kernel, height, width, *, stride=1)`, which returns that matrix `A`:
#
# $$A\,x = y \qquad x = \texttt{image.ravel()},\quad y = \texttt{result.ravel()}$$
#
# `ravel()` reads an image row by row. Row number `r·OW + c` of `A` belongs to pixel `(r, c)` of the result, column
# number `i·W + j` to pixel `(i, j)` of the image. For the kernel `[[1, 2]]` on an image of 2 × 3 pixels:
#
# $$A=\begin{bmatrix}1&2&0&0&0&0\\0&1&2&0&0&0\\0&0&0&1&2&0\\0&0&0&0&1&2\end{bmatrix}$$
#
# There is no row `0 0 1 2 0 0`: such a window would begin at the end of one image row and go on in the next.
#
# | argument | shape | |
# |---|---|---|
# | `kernel` | `(KH, KW)` | integers or floats, at most as large as the image, not always square |
# | `height`, `width` | integers `H`, `W` | size of the image, not always square |
# | `stride` | an integer, at least 1 | pixels from one window to the next, down and to the right |
# | returns | `(OH·OW, H·W)` | float64, with `OH = (H - KH) // stride + 1`, `OW = (W - KW) // stride + 1` |
#
# The kernel is **not flipped** (cross-correlation) and never hangs over the edge (no padding). A flipped kernel
# would give the matrix of mathematics' convolution.
#
# **The pattern.** With stride 1 the same numbers repeat along the diagonals (a *Toeplitz* matrix) inside blocks,
# and the blocks repeat along the block diagonals: *doubly blocked Toeplitz*. Most of it is zero. Each row holds
# `KH·KW` weights and is `H·W` long. A 3 × 3 kernel on 28 × 28 pixels gives 676 × 784 = 529,984 numbers, and 6,084
# of them are weights: 1.15 %. For a 10 × 10 kernel on 1000 × 1000 pixels, `A` would fill 7.9 terabytes, to hold the
# same 100 weights again and again. So nobody stores it. It is there to think with.
#
# **The backward pass.** Entry `A[k, m]` says how strongly pixel `m` of the image moves pixel `k` of the result. Let
# `g[k]` be the gradient that arrives at pixel `k`. The chain rule adds up all ways out of pixel `m`:
#
# $$\frac{\partial E}{\partial x_m}=\sum_k \frac{\partial E}{\partial y_k}\frac{\partial y_k}{\partial x_m}
# =\sum_k g_k\,A_{k,m} = (A^\top g)_m$$
#
# The sum runs over the rows of `A`, so the gradient goes back through the transpose. Libraries call that operation
# *transposed convolution*. It brings back the shape of the image, not its values: it is not an inverse.
#
# <details><summary>Hint 1: the idea</summary>
# Look at one row of <code>A</code> alone and lay it out as an image again, H × W. What do you see? The kernel, on a
# page of zeros. Where does it lie in the row of pixel (r, c)?
# </details>
# <details><summary>Hint 2: four axes first</summary>
# Two numbers say which pixel of the result, two say which pixel of the image. An array with these four axes is easy
# to fill. Flattening it two axes at a time comes last.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Make zeros of shape <code>(OH, OW, H, W)</code>. Loop over <code>r</code> and <code>c</code>. On the page of that
# pixel, write the kernel into the window whose top left corner is <code>r</code> strides down and <code>c</code>
# strides to the right. At the end, reshape to two axes.
# </details>


# %% solution="convolution_matrix"
def convolution_matrix(kernel, height, width, *, stride=1):
    """Return the matrix that cross-correlates a flattened image (height * width,) with a kernel (KH, KW).

    Shape (OH * OW, height * width), float64; one row for each pixel of the result.
    """
    ### BEGIN SOLUTION
    kh, kw = kernel.shape
    oh, ow = (height - kh) // stride + 1, (width - kw) // stride + 1
    pages = np.zeros((oh, ow, height, width))
    for r, c in np.ndindex(oh, ow):
        top, left = r * stride, c * stride
        pages[r, c, top : top + kh, left : left + kw] = kernel
    return pages.reshape(oh * ow, height * width)
    ### END SOLUTION


# %% check="convolution_matrix" points=1 why="small matrices, written by hand"
@expect.check
def check_convolution_matrix_by_hand(convolution_matrix):
    tiny = expect.call(convolution_matrix, np.array([[1, 2]]), 2, 3)
    expect.that(
        np.shape(tiny) != (6, 6),
        "convolution_matrix([[1, 2]], 2, 3): wanted 4 rows, came 6, one for every pixel of the image.\n"
        "Likely reason: you added padding. Keep only the windows that lie inside the image.",
    )
    expect.close(
        tiny,
        [[1, 2, 0, 0, 0, 0], [0, 1, 2, 0, 0, 0], [0, 0, 0, 1, 2, 0], [0, 0, 0, 0, 1, 2]],
        "convolution_matrix([[1, 2]], 2, 3)",
        mistakes={
            "the kernel is flipped: this matrix convolves, cross-correlation was asked for": [
                [2, 1, 0, 0, 0, 0],
                [0, 2, 1, 0, 0, 0],
                [0, 0, 0, 2, 1, 0],
                [0, 0, 0, 0, 2, 1],
            ],
            "a window reads two image rows at once: none may begin in one row and end in the next": [
                [1, 2, 0, 0, 0, 0],
                [0, 1, 2, 0, 0, 0],
                [0, 0, 1, 2, 0, 0],
                [0, 0, 0, 1, 2, 0],
                [0, 0, 0, 0, 1, 2],
            ],
            "one row down in the image is W places further in x; you moved OW places": [
                [1, 2, 0, 0, 0, 0],
                [0, 1, 2, 0, 0, 0],
                [0, 0, 1, 2, 0, 0],
                [0, 0, 0, 1, 2, 0],
            ],
            "the sides of the kernel are mixed up: KH goes with the height, KW with the width": [
                [1, 2, 0, 0, 0, 0],
                [0, 1, 2, 0, 0, 0],
                [0, 0, 1, 2, 0, 0],
            ],
            "the image is read column by column; ravel() reads row by row": [
                [1, 0, 2, 0, 0, 0],
                [0, 1, 0, 2, 0, 0],
                [0, 0, 1, 0, 2, 0],
                [0, 0, 0, 1, 0, 2],
            ],
            "windows are missing: (H − KH) // stride + 1 fit, the + 1 counts the first": [[1, 2, 0, 0, 0, 0]],
            "this is the transpose of A: one row for each pixel of the result, one column for each of the image": [
                [1, 0, 0, 0],
                [2, 1, 0, 0],
                [0, 2, 0, 0],
                [0, 0, 1, 0],
                [0, 0, 2, 1],
                [0, 0, 0, 2],
            ],
        },
    )
    expect.close(
        expect.call(convolution_matrix, np.array([[1, 2], [3, 4]]), 3, 3),
        [
            [1, 2, 0, 3, 4, 0, 0, 0, 0],
            [0, 1, 2, 0, 3, 4, 0, 0, 0],
            [0, 0, 0, 1, 2, 0, 3, 4, 0],
            [0, 0, 0, 0, 1, 2, 0, 3, 4],
        ],
        "convolution_matrix([[1, 2], [3, 4]], 3, 3)",
        mistakes={
            "the weights stand next to each other: the second kernel row lies one image row further down": [
                [1, 2, 3, 4, 0, 0, 0, 0, 0],
                [0, 1, 2, 3, 4, 0, 0, 0, 0],
                [0, 0, 0, 1, 2, 3, 4, 0, 0],
                [0, 0, 0, 0, 1, 2, 3, 4, 0],
            ],
            "the kernel is flipped: this matrix convolves, cross-correlation was asked for": [
                [4, 3, 0, 2, 1, 0, 0, 0, 0],
                [0, 4, 3, 0, 2, 1, 0, 0, 0],
                [0, 0, 0, 4, 3, 0, 2, 1, 0],
                [0, 0, 0, 0, 4, 3, 0, 2, 1],
            ],
            "the kernel is transposed: its rows must lie along the rows of the image": [
                [1, 3, 0, 2, 4, 0, 0, 0, 0],
                [0, 1, 3, 0, 2, 4, 0, 0, 0],
                [0, 0, 0, 1, 3, 0, 2, 4, 0],
                [0, 0, 0, 0, 1, 3, 0, 2, 4],
            ],
        },
    )
    expect.close(
        expect.call(convolution_matrix, np.array([[0.5, 0.25]]), 1, 3),
        [[0.5, 0.25, 0], [0, 0.5, 0.25]],
        "convolution_matrix([[0.5, 0.25]], 1, 3)",
        mistakes={"the fractions are lost: the matrix holds integers": np.zeros((2, 3))},
    )
    tall = expect.call(convolution_matrix, np.array([[1], [2]]), 3, 4)
    expect.close(
        tall,
        np.eye(8, 12) + 2 * np.eye(8, 12, 4),
        "convolution_matrix([[1], [2]], 3, 4), whose result has 2 rows and 4 columns",
    )
    ### BEGIN HIDDEN TESTS
    from scipy.linalg import toeplitz

    for h, w in [(1, 7), (5, 1)]:
        kernel = np.array([[5.0, -2.0, 0.5]]).reshape(min(h, 3), min(w, 3))
        first_row, first_column = np.pad(kernel.ravel(), (0, h * w - 3)), np.pad([5.0], (0, h * w - 3))
        expect.close(
            expect.call(convolution_matrix, kernel, h, w),
            toeplitz(first_column, first_row),
            f"convolution_matrix of a kernel of 3 weights on a line of {h} × {w} pixels",
        )
    ### END HIDDEN TESTS


check_convolution_matrix_by_hand(convolution_matrix)


# %% check="convolution_matrix" points=2 why="A times the image is the result, with any stride"
@expect.check
def check_convolution_matrix_forward(convolution_matrix):
    image = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
    kernel = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
    nine_rows = np.asarray(expect.call(convolution_matrix, kernel, 5, 5))
    expect.that(
        nine_rows.shape == (9, 25),
        f"a 3 × 3 kernel on a 5 × 5 image: wanted 9 rows and 25 columns, came {nine_rows.shape}.",
    )
    expect.close(
        nine_rows @ image.ravel(),
        [12, 12, 17, 10, 17, 19, 9, 6, 14],
        "A @ image.ravel() for the image and the kernel of the slides",
    )
    corners, beside = np.eye(15)[[0, 2, 10, 12]], np.eye(15)[[1, 3, 11, 13]]
    every, after = np.delete(np.eye(15), [4, 9, 14], axis=0), np.delete(np.eye(15), [0, 5, 10], axis=0)
    expect.close(
        expect.call(convolution_matrix, np.array([[1, 2]]), 3, 5, stride=2),
        corners + 2 * beside,
        "convolution_matrix([[1, 2]], 3, 5, stride=2)",
        mistakes={
            "the stride is ignored: every window is there, also those it jumps over": every + 2 * after,
            "the stride works to the right only: it jumps over rows of the image too": (every + 2 * after)[::2],
            "the stride works down only: it jumps over columns of the image too": (every + 2 * after)[
                [0, 1, 2, 3, 8, 9, 10, 11]
            ],
            "the number of windows is right, but they lie side by side: window r begins in image row r · stride": (
                every + 2 * after
            )[[0, 1, 4, 5]],
        },
    )
    strided = np.asarray(expect.call(convolution_matrix, kernel, 7, 7, stride=2))
    expect.close(
        strided @ np.pad(image, 1).ravel(),
        [6, 17, 3, 8, 17, 13, 6, 4, 4],
        "A @ x for the padded image of the slides and stride 2",
    )
    ### BEGIN HIDDEN TESTS
    first = expect.call(convolution_matrix, np.array([[1, 2]]), 2, 3)
    kept = np.array(first)
    expect.call(convolution_matrix, np.array([[3, 4]]), 2, 3)
    expect.close(first, kept, "the first matrix, after a second one was made: each call needs an array of its own")
    rng = np.random.default_rng(810)

    def truth(kernel, height, width, stride):
        pixels = torch.eye(height * width, dtype=torch.float64).reshape(-1, 1, height, width)
        weight = torch.tensor(kernel, dtype=torch.float64)[None, None]
        return torch.nn.functional.conv2d(pixels, weight, stride=stride).flatten(1).T.numpy()

    for size, kernel_shape, stride in [
        ((6, 4), (3, 2), 1),
        ((4, 9), (2, 3), 2),
        ((8, 5), (1, 4), 3),
        ((3, 5), (3, 5), 1),
        ((7, 6), (2, 2), 4),
        ((5, 4), (1, 1), 2),
    ]:
        weights = rng.standard_normal(kernel_shape)
        what = f"convolution_matrix of a {kernel_shape} kernel on {size} pixels with stride {stride}"
        drawn = expect.call(convolution_matrix, weights, *size, stride=stride)
        expect.close(drawn, truth(weights, *size, stride), what)
    gaps = rng.integers(-9, 10, (4, 6))[::2, ::3]
    expect.close(
        expect.call(convolution_matrix, gaps, 5, 4, stride=2),
        truth(gaps, 5, 4, 2),
        "convolution_matrix of a kernel of integers that is a view with gaps",
    )
    ### END HIDDEN TESTS


check_convolution_matrix_forward(convolution_matrix)


# %% check="convolution_matrix" points=1 why="the transpose carries gradients back"
@expect.check
def check_convolution_matrix_backward(convolution_matrix):
    ones = np.asarray(expect.call(convolution_matrix, np.array([[1, 2], [3, 4]]), 3, 3))
    expect.that(
        ones.shape == (4, 9), f"a 2 × 2 kernel on 3 × 3 pixels: wanted 4 rows and 9 columns, came {ones.shape}."
    )
    expect.close(
        (ones.T @ np.ones(4)).reshape(3, 3),
        [[1, 3, 2], [4, 10, 6], [3, 7, 4]],
        "A.T @ [1, 1, 1, 1]: each pixel adds up the weights that touched it",
        mistakes={
            "the kernel is flipped, so each pixel gets the weights of the opposite side": [
                [4, 7, 3],
                [6, 10, 4],
                [2, 3, 1],
            ]
        },
    )
    thin = np.asarray(expect.call(convolution_matrix, np.full((3, 3), 0.5), 28, 28))
    expect.that(
        np.count_nonzero(thin) == 6084,
        f"a 3 × 3 kernel on 28 × 28 pixels: 6084 entries are not zero, in yours {np.count_nonzero(thin)}.",
    )
    ### BEGIN HIDDEN TESTS
    generator = torch.Generator().manual_seed(8101)
    for (height, width), kernel_shape, stride in [((5, 7), (2, 3), 1), ((6, 5), (3, 1), 2), ((9, 4), (2, 2), 3)]:
        x = torch.randn(height, width, generator=generator, dtype=torch.float64, requires_grad=True)
        weight = torch.randn(kernel_shape, generator=generator, dtype=torch.float64)
        y = torch.nn.functional.conv2d(x[None, None], weight[None, None], stride=stride)
        grad_out = torch.randn(y.shape, generator=generator, dtype=torch.float64)
        (y * grad_out).sum().backward()
        matrix = np.asarray(expect.call(convolution_matrix, weight.numpy(), height, width, stride=stride))
        expect.that(
            matrix.shape == (y.numel(), x.numel()), f"wanted the shape {(y.numel(), x.numel())}, came {matrix.shape}."
        )
        what = f"A.T @ g for a {kernel_shape} kernel on {height} × {width} pixels with stride {stride}"
        expect.close(matrix.T @ grad_out.numpy().ravel(), x.grad.numpy().ravel(), what)
    ### END HIDDEN TESTS


check_convolution_matrix_backward(convolution_matrix)


# %% wrong="convolution_matrix" why="flips the kernel, as mathematics' convolution does" keyword="kernel is flipped"
def convolution_matrix__kernel_flipped(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    rows = []
    for top in range(0, height - kh + 1, stride):
        for left in range(0, width - kw + 1, stride):
            page = np.zeros((height, width))
            page[top : top + kh, left : left + kw] = kernel[::-1, ::-1]
            rows.append(page.ravel())
    return np.array(rows)


# %% wrong="convolution_matrix" why="one Toeplitz matrix, across the ends of rows" keyword="two image rows at once"
def convolution_matrix__straddles(kernel, height, width, *, stride=1):
    page = np.zeros((height, width))
    page[: kernel.shape[0], : kernel.shape[1]] = kernel
    first = page.ravel()
    length = (kernel.shape[0] - 1) * width + kernel.shape[1]
    return np.array([np.roll(first, k) for k in range(0, height * width - length + 1, stride)])


# %% wrong="convolution_matrix" why="a result row counts OW pixels also in the image" keyword="W places further"
def convolution_matrix__narrow_rows(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    oh, ow = (height - kh) // stride + 1, (width - kw) // stride + 1
    matrix = np.zeros((oh * ow, height * width))
    for k in range(oh * ow):
        for i, j in np.ndindex(kh, kw):
            matrix[k, k * stride + i * width + j] = kernel[i, j]
    return matrix


# %% wrong="convolution_matrix" why="writes kernel.ravel() into the row without gaps" keyword="next to each other"
def convolution_matrix__no_gaps(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    oh, ow = (height - kh) // stride + 1, (width - kw) // stride + 1
    matrix = np.zeros((oh * ow, height * width))
    for r, c in np.ndindex(oh, ow):
        start = r * stride * width + c * stride
        matrix[r * ow + c, start : start + kh * kw] = kernel.ravel()[: height * width - start]
    return matrix


# %% wrong="convolution_matrix" why="flattens column by column, as Fortran and MATLAB do" keyword="column by column"
def convolution_matrix__column_order(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    rows = []
    for left in range(0, width - kw + 1, stride):
        for top in range(0, height - kh + 1, stride):
            page = np.zeros((height, width))
            page[top : top + kh, left : left + kw] = kernel
            rows.append(page.ravel(order="F"))
    return np.array(rows)


# %% wrong="convolution_matrix" why="one column for each result pixel" keyword="the transpose of A"
def convolution_matrix__transposed(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    columns = []
    for top in range(0, height - kh + 1, stride):
        for left in range(0, width - kw + 1, stride):
            page = np.zeros((height, width))
            page[top : top + kh, left : left + kw] = kernel
            columns.append(page.reshape(-1, 1))
    return np.hstack(columns)


# %% wrong="convolution_matrix" why="ignores the stride" keyword="stride is ignored"
def convolution_matrix__stride_ignored(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    oh, ow = height - kh + 1, width - kw + 1
    matrix = np.zeros((oh, ow, height, width))
    for r in range(oh):
        for c in range(ow):
            matrix[r, c, r : r + kh, c : c + kw] = kernel
    return matrix.reshape(oh * ow, -1)


# %% wrong="convolution_matrix" why="takes every stride-th row of the matrix of stride 1" keyword="to the right only"
def convolution_matrix__stride_to_the_right(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    oh, ow = height - kh + 1, (width - kw) // stride + 1
    matrix = np.zeros((oh, ow, height, width))
    for r in range(oh):
        for c in range(ow):
            matrix[r, c, r : r + kh, c * stride : c * stride + kw] = kernel
    return matrix.reshape(oh * ow, -1)


# %% wrong="convolution_matrix" why="uses the stride for the size, not for the places" keyword="side by side"
def convolution_matrix__stride_in_size_only(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    oh, ow = (height - kh) // stride + 1, (width - kw) // stride + 1
    matrix = np.zeros((oh, ow, height, width))
    for r in range(oh):
        for c in range(ow):
            matrix[r, c, r : r + kh, c : c + kw] = kernel
    return matrix.reshape(oh * ow, -1)


# %% wrong="convolution_matrix" why="forgets to count the first window" keyword="windows are missing"
def convolution_matrix__one_too_few(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    oh, ow = (height - kh) // stride, (width - kw) // stride
    matrix = np.zeros((oh, ow, height, width))
    for r, c in np.ndindex(oh, ow):
        matrix[r, c, r * stride : r * stride + kh, c * stride : c * stride + kw] = kernel
    return matrix.reshape(oh * ow, height * width)


# %% wrong="convolution_matrix" why="pads with zeros to keep the size of the image" keyword="added padding"
def convolution_matrix__padded(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    matrix = np.zeros((height, width, height + kh - 1, width + kw - 1))
    for r in range(height):
        for c in range(width):
            matrix[r, c, r : r + kh, c : c + kw] = kernel
    inside = matrix[::stride, ::stride, :height, :width]
    return inside.reshape(-1, height * width)


# %% wrong="convolution_matrix" why="mixes up the two sides of the kernel" keyword="KH goes with the height"
def convolution_matrix__sides_mixed_up(kernel, height, width, *, stride=1):
    kw, kh = kernel.shape
    oh, ow = (height - kh) // stride + 1, (width - kw) // stride + 1
    matrix = np.zeros((oh * ow, height * width))
    for r, c in np.ndindex(oh, ow):
        for (i, j), weight in np.ndenumerate(kernel):
            matrix[r * ow + c, (r * stride + i) * width + c * stride + j] = weight
    return matrix


# %% wrong="convolution_matrix" why="collects the weights in a matrix of integers" keyword="matrix holds integers"
def convolution_matrix__integer_matrix(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    oh, ow = (height - kh) // stride + 1, (width - kw) // stride + 1
    matrix = np.zeros((oh, ow, height, width), dtype=int)
    for r, c in np.ndindex(oh, ow):
        matrix[r, c, r * stride : r * stride + kh, c * stride : c * stride + kw] = kernel
    return matrix.reshape(oh * ow, -1)


# %% right="convolution_matrix" why="places in the flat image, computed"
def convolution_matrix__flat_places(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    number = np.arange(height * width).reshape(height, width)
    windows = np.lib.stride_tricks.sliding_window_view(number, (kh, kw))[::stride, ::stride].reshape(-1, kh * kw)
    matrix = np.zeros((len(windows), height * width))
    np.put_along_axis(matrix, windows, np.tile(kernel.ravel(), (len(windows), 1)), axis=1)
    return matrix


# %% right="convolution_matrix" why="a sum of Kronecker products: Toeplitz blocks in a Toeplitz pattern"
def convolution_matrix__kronecker(kernel, height, width, *, stride=1):
    kh, kw = kernel.shape
    down = [np.eye(height, k=i)[: height - kh + 1 : stride] for i in range(kh)]
    along = [np.eye(width, k=j)[: width - kw + 1 : stride] for j in range(kw)]
    return sum(weight * np.kron(down[i], along[j]) for (i, j), weight in np.ndenumerate(kernel))


# %% right="convolution_matrix" why="the derivative of torch's layer, which is linear"
def convolution_matrix__jacobian(kernel, height, width, *, stride=1):
    weight = torch.tensor(kernel, dtype=torch.float64)[None, None]
    black = torch.zeros(1, 1, height, width, dtype=torch.float64)
    slope = torch.autograd.functional.jacobian(lambda x: torch.conv2d(x, weight, stride=stride), black)
    return slope.reshape(-1, height * width).numpy()


# %% [markdown]
# ### 11 · Shift first, or filter first?  ·  3 points  ·  20 min  ·  ●●○ difficulty
#
# Move the cat one pixel to the right, and its features move one pixel to the right. A layer with this property is
# **equivariant** to translation: shift then filter gives the same as filter then shift. Some layers have it, some
# lose it, and a single number shows how much they lose. Write `equivariance_gap(layer, image, shift)`:
#
# $$\text{gap}=\max_{r,c}\;\bigl|\,a_{r,c}-b_{r,c}\,\bigr|
# \qquad a=\text{layer}(\text{shift}(\text{image})),\quad b=\text{shift}(\text{layer}(\text{image}))$$
#
# | argument | | |
# |---|---|---|
# | `layer` | a function | takes an image `(H, W)`, returns a map of the same shape; call it as you call any function |
# | `image` | shape `(H, W)` | integers or floats, not always square |
# | `shift` | `(rows, columns)` | integers: how far down and how far to the right, negative for up and left |
# | returns | a number | 0 or more |
#
# The shift is **circular**: what leaves on one side comes back on the other (`np.roll`). The other convention fills
# with zeros and loses pixels; then even a convolution that goes round the edge would show a gap. A map may hold
# unsigned bytes, as photographs do: in those, 3 − 5 is 254.
#
# What you can expect, and what the checks try:
#
# | layer | gap |
# |---|---|
# | convolution that goes round the edge, ReLU | 0, for every shift |
# | convolution with a border of zeros | more than 0: the zeros stay where they are while the image moves |
# | a factor that depends on the place | more than 0 |
# | pooling or stride 2 | 0 for shifts by 2, 4, …, as a rule more than 0 for others |
#
# *Equivariant* is not *invariant*. Invariant means that the result does not change at all when the image moves. One
# lecture lists "translation invariance" among the reasons for convolution, another "equivariance to translation".
# The second is what a convolution has.
#
# <details><summary>Hint 1: the idea</summary>
# There are two ways from the image to the end: through the shift and then the layer, or through the layer and then
# the shift. Take both, then compare.
# </details>
# <details><summary>Hint 2: two axes</summary>
# <code>np.roll</code> can shift along both axes in one call, if you name them. Without axes it flattens the image
# first, which is something else. The map is shifted in the same direction and as far as the image.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Call the layer twice, once on the rolled image, once on the image itself. Roll the second map. Make both float,
# subtract, take absolute values, and of those the largest.
# </details>


# %% solution="equivariance_gap"
def equivariance_gap(layer, image, shift):
    """Return the largest absolute difference between shift-then-layer and layer-then-shift, a number."""
    ### BEGIN SOLUTION
    shifted_first = np.asarray(layer(np.roll(image, shift, axis=(0, 1))), dtype=float)
    shifted_last = np.roll(np.asarray(layer(image), dtype=float), shift, axis=(0, 1))
    return float(np.abs(shifted_first - shifted_last).max())
    ### END SOLUTION


# %% check="equivariance_gap" points=2 why="layers that fit on paper"
@expect.check
def check_equivariance_gap_by_hand(equivariance_gap):
    image = np.array([[0, 0, 7, 4], [7, 2, 4, 3], [5, 1, 6, 6]])

    def round_the_edge(image):
        return image + 2 * np.hstack([image[:, -1:], image[:, :-1]])

    def zeros_at_the_edge(image):
        return image + np.pad(image, ((0, 0), (1, 0)))[:, :-1]

    def darker_below(image):
        return image * np.array([[3], [2], [1]])

    expect.close(
        expect.call(equivariance_gap, round_the_edge, image, (1, 2)),
        0,
        "equivariance_gap of pixel + 2 · the pixel on its left, going round the edge, with shift (1, 2)",
        mistakes={
            "this is invariance: you compare with the map that has not moved, so shift that map too": 18,
            "np.roll without axis shifts the flattened image: name both axes": 14,
            "pixels are lost: what leaves on one side comes back on the other (circular)": 8,
            "the map goes in the opposite direction: shift it exactly as the image": 16,
        },
    )
    expect.close(
        expect.call(equivariance_gap, zeros_at_the_edge, image, (0, 1)),
        7,
        "equivariance_gap of pixel + the pixel on its left, with zeros left of the image, with shift (0, 1)",
        mistakes={
            "the shift is read as (columns, rows): rows come first": 0,
            "the largest difference with its sign: take the absolute value first": 6,
            "this compares the two largest values: subtract pixel by pixel, then look for the largest": 1,
            "this is the average of the differences: take the largest": 2.5,
            "this is the root of the sum of squares: take the largest difference alone": 162**0.5,
            "the border is left out, and that is where the gap is": 3,
        },
    )
    expect.close(
        expect.call(equivariance_gap, darker_below, image, (1, 0)),
        12,
        "equivariance_gap of a layer that multiplies the rows by 3, 2 and 1, with shift (1, 0)",
        mistakes={"the largest difference with its sign: take the absolute value first": 7},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(811)
    for shape, shift in [((5, 4), (2, -1)), ((3, 7), (-4, 9)), ((6, 6), (0, 0)), ((4, 5), (0, -2)), ((1, 8), (5, 3))]:
        drawn, gain = rng.standard_normal(shape[::-1]).T, rng.standard_normal(shape)
        moved_gain = torch.roll(torch.from_numpy(gain), shift, (0, 1)).numpy()
        moved = torch.roll(torch.from_numpy(drawn), shift, (0, 1)).numpy()
        expect.close(
            expect.call(equivariance_gap, lambda x, gain=gain: gain * x, drawn, shift),
            np.max(np.abs((gain - moved_gain) * moved)),
            f"equivariance_gap of a gain that differs from pixel to pixel, {shape} pixels, with shift {shift}",
        )
    ### END HIDDEN TESTS


check_equivariance_gap_by_hand(equivariance_gap)


# %% check="equivariance_gap" points=1 why="layers of a network"
@expect.check
def check_equivariance_gap_layers(equivariance_gap):
    image = np.array([[1, 5, 2, 0, 3, 3], [4, 3, 0, 6, 1, 2], [2, 0, 7, 1, 0, 0], [0, 1, 1, 2, 8, 4]])

    def pool(image):
        """Write the largest value of every 2 × 2 block on its four pixels."""
        largest = image.reshape(len(image) // 2, 2, -1, 2).max(axis=(1, 3))
        return np.kron(largest, np.ones((2, 2)))

    def darken(image):
        return image // np.array([[1], [2], [4], [8]], dtype=image.dtype)

    for shift, gap in [((2, -4), 0), ((1, 0), 6), ((0, 1), 5)]:
        expect.close(
            expect.call(equivariance_gap, pool, image, shift),
            gap,
            f"equivariance_gap of 2 × 2 pooling, with shift {shift}",
        )
    expect.close(
        expect.call(equivariance_gap, darken, image.astype(np.uint8), (1, 0)),
        7,
        "equivariance_gap of a layer whose map holds unsigned bytes",
        mistakes={"unsigned bytes do not go below 0, so 3 − 5 is 254: make both maps float, then subtract": 255},
    )
    ### BEGIN HIDDEN TESTS
    generator = torch.Generator().manual_seed(8111)
    weight = torch.randn(1, 1, 3, 3, generator=generator, dtype=torch.float64)
    drawn = torch.randn(6, 9, generator=generator, dtype=torch.float64)

    def convolution(mode):
        def layer(x):
            batch = torch.nn.functional.pad(torch.from_numpy(np.array(x))[None, None], (1, 1, 1, 1), mode=mode)
            return torch.relu(torch.nn.functional.conv2d(batch, weight))[0, 0].numpy()

        return layer

    def every_third(x):
        return np.kron(np.asarray(x)[::3, ::3], np.ones((3, 3)))

    candidates = {
        "a convolution that goes round the edge, then ReLU": convolution("circular"),
        "a convolution with a border of zeros, then ReLU": convolution("constant"),
        "a convolution that repeats the pixels of the edge, then ReLU": convolution("replicate"),
        "a layer with stride 3": every_third,
        "the sum of all pixels to the left": lambda x: np.cumsum(x, axis=1),
        "division by the largest value": lambda x: np.asarray(x) / np.max(x),
    }
    for shift in [(1, 0), (0, 1), (-2, 4), (3, -3), (7, 5)]:
        for name, layer in candidates.items():
            one = torch.from_numpy(layer(drawn.roll(shift, (0, 1)).numpy()))
            other = torch.from_numpy(layer(drawn.numpy())).roll(shift, (0, 1))
            what = f"equivariance_gap of {name}, with shift {shift}"
            expect.close(
                expect.call(equivariance_gap, layer, drawn.numpy(), shift),
                torch.dist(one, other, p=torch.inf).item(),
                what,
            )
    ### END HIDDEN TESTS


check_equivariance_gap_layers(equivariance_gap)


# %% wrong="equivariance_gap" why="compares with the map that has not moved" keyword="this is invariance"
def equivariance_gap__invariance(layer, image, shift):
    moved = np.asarray(layer(np.roll(image, shift, axis=(0, 1))), dtype=float)
    return np.abs(moved - layer(image)).max()


# %% wrong="equivariance_gap" why="np.roll without axes: the flattened image is shifted" keyword="name both axes"
def equivariance_gap__no_axis(layer, image, shift):
    before, after = layer(np.roll(image, shift)), np.roll(layer(image), shift)
    return np.abs(np.subtract(before, after, dtype=float)).max()


# %% wrong="equivariance_gap" why="takes the shift as (columns, rows), as (x, y)" keyword="rows come first"
def equivariance_gap__columns_first(layer, image, shift):
    before = layer(np.roll(image, shift, axis=(1, 0)))
    after = np.roll(layer(image), shift, axis=(1, 0))
    return np.abs(np.subtract(before, after, dtype=float)).max()


# %% wrong="equivariance_gap" why="fills with zeros what the shift uncovers" keyword="pixels are lost"
def equivariance_gap__zeros_move_in(layer, image, shift):
    from scipy import ndimage

    before = layer(ndimage.shift(image, shift, order=0))
    after = ndimage.shift(layer(image), shift, order=0)
    return np.abs(np.subtract(before, after, dtype=float)).max()


# %% wrong="equivariance_gap" why="shifts the map back although the other one has not been" keyword="opposite direction"
def equivariance_gap__opposite(layer, image, shift):
    back = (-shift[0], -shift[1])
    before, after = layer(np.roll(image, shift, axis=(0, 1))), np.roll(layer(image), back, axis=(0, 1))
    return np.abs(np.subtract(before, after, dtype=float)).max()


# %% wrong="equivariance_gap" why="largest difference with its sign" keyword="absolute value"
def equivariance_gap__signed(layer, image, shift):
    before, after = layer(np.roll(image, shift, axis=(0, 1))), np.roll(layer(image), shift, axis=(0, 1))
    return np.subtract(before, after, dtype=float).max()


# %% wrong="equivariance_gap" why="largest difference with its sign, the other way round" keyword="absolute value"
def equivariance_gap__signed_reversed(layer, image, shift):
    before, after = layer(np.roll(image, shift, axis=(0, 1))), np.roll(layer(image), shift, axis=(0, 1))
    return np.subtract(after, before, dtype=float).max()


# %% wrong="equivariance_gap" why="difference of the two maxima" keyword="two largest values"
def equivariance_gap__difference_of_maxima(layer, image, shift):
    before, after = layer(np.roll(image, shift, axis=(0, 1))), np.roll(layer(image), shift, axis=(0, 1))
    return abs(float(np.max(before)) - float(np.max(after)))


# %% wrong="equivariance_gap" why="average difference" keyword="the average"
def equivariance_gap__average(layer, image, shift):
    before, after = layer(np.roll(image, shift, axis=(0, 1))), np.roll(layer(image), shift, axis=(0, 1))
    return np.abs(np.subtract(before, after, dtype=float)).mean()


# %% wrong="equivariance_gap" why="Euclidean length of the difference" keyword="root of the sum"
def equivariance_gap__euclidean(layer, image, shift):
    before, after = layer(np.roll(image, shift, axis=(0, 1))), np.roll(layer(image), shift, axis=(0, 1))
    return np.linalg.norm(np.subtract(before, after, dtype=float))


# %% wrong="equivariance_gap" why="leaves out the border, where the gap is" keyword="border is left out"
def equivariance_gap__border_left_out(layer, image, shift):
    before, after = layer(np.roll(image, shift, axis=(0, 1))), np.roll(layer(image), shift, axis=(0, 1))
    return np.abs(np.subtract(before, after, dtype=float))[1:-1, 1:-1].max()


# %% wrong="equivariance_gap" why="subtracts unsigned bytes" keyword="unsigned bytes"
def equivariance_gap__bytes_wrap(layer, image, shift):
    before, after = layer(np.roll(image, shift, axis=(0, 1))), np.roll(layer(image), shift, axis=(0, 1))
    return np.abs(before - after).max()


# %% right="equivariance_gap" why="index arithmetic, pixel by pixel"
def equivariance_gap__pixels(layer, image, shift):
    h, w = image.shape
    moved = np.empty_like(image)
    for r, c in np.ndindex(h, w):
        moved[(r + shift[0]) % h, (c + shift[1]) % w] = image[r, c]
    first, last = layer(moved), layer(image)
    gaps = []
    for r, c in np.ndindex(h, w):
        gaps.append(abs(float(first[(r + shift[0]) % h, (c + shift[1]) % w]) - float(last[r, c])))
    return max(gaps)


# %% right="equivariance_gap" why="shifts the first map back instead, with torch"
def equivariance_gap__shifted_back(layer, image, shift):
    moved = torch.from_numpy(image.copy()).roll(shift, dims=(0, 1)).numpy()
    back = torch.tensor(layer(moved)).double().roll((-shift[0], -shift[1]), dims=(0, 1))
    return torch.linalg.vector_norm(back - torch.tensor(layer(image)).double(), ord=torch.inf).item()


# %% [markdown]
# ### 12 · How much of the image does one pixel see?  ·  3 points  ·  20 min  ·  ●●○ difficulty
#
# A pixel of the first map sees one window of the image. A pixel of the second map sees a window of the first map,
# and through it more of the image. Write `receptive_field(layers)`: the side, in pixels of the image, of the square
# that one pixel of the last map sees.
#
# Go from the image upwards. A kernel of side $k_l$ reaches $k_l-1$ steps beyond its first pixel, each $d_l$ pixels
# of its own input wide. And one step in the input of layer $l$ is as many pixels of the image as all strides
# **before** it multiplied:
#
# $$r = 1 + \sum_{l=1}^{L} (k_l-1)\; d_l \prod_{m<l} s_m$$
#
# | argument | | |
# |---|---|---|
# | `layers` | a list, may be empty | the layer next to the image comes first |
# | each entry | a tuple | `(kernel, stride)` or `(kernel, stride, dilation)` |
# | `kernel` | an integer, at least 1 | one side of a square kernel or of a pooling window |
# | `stride` | an integer, at least 1 | pixels from one window to the next |
# | `dilation` | an integer, at least 1; 1 if it is left out | pixels from one weight to the next, so 1 means no holes |
# | returns | an integer | from the first to the last pixel seen, with any holes between them |
#
# Three 3 × 3 layers with stride 1 see 7 pixels: 1 → 3 → 5 → 7. So does one 7 × 7 kernel. For one channel, that is
# 27 weights against 49, with two more nonlinearities on top. This is one reason why VGG has small kernels only.
#
# **Two conventions.** The slides call the kernel itself a receptive field: what a pixel sees of the map just below.
# Here it is what a pixel sees of the **image**. Pooling counts as a layer, padding changes nothing, and ReLU has a
# kernel of 1.
#
# <details><summary>Hint 1: the idea</summary>
# Draw it in one dimension. Take one pixel at the top and mark what it needs one map below, then what those pixels
# need, down to the image. Draw two layers of kernel 3, first with stride 1, then with stride 2 in the lower one.
# </details>
# <details><summary>Hint 2: two numbers are enough</summary>
# On the way up, remember two things: how many pixels of the image you see, and how many pixels of the image it is
# from one pixel of the current map to the next. Both begin at 1: on the image, a pixel sees itself.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Loop over the layers. Take the dilation as 1 if there are two numbers only. Let the field grow by the kernel
# without its first pixel, times the dilation, times the spacing so far. Only then multiply the spacing by the
# stride of this layer.
# </details>


# %% solution="receptive_field"
def receptive_field(layers):
    """Return the side in image pixels, an int, of what one pixel sees after layers (kernel, stride[, dilation])."""
    ### BEGIN SOLUTION
    field, spacing = 1, 1
    for kernel, stride, *rest in layers:
        dilation = rest[0] if rest else 1
        field += (kernel - 1) * dilation * spacing
        spacing *= stride
    return field
    ### END SOLUTION


# %% check="receptive_field" points=2 why="kernels and strides, as in VGG and AlexNet"
@expect.check
def check_receptive_field_strides(receptive_field):
    expect.equal(
        expect.call(receptive_field, [(3, 1), (3, 1), (3, 1)]),
        7,
        "receptive_field of three 3 × 3 layers",
        mistakes={
            "you add up the kernels, but windows overlap: a kernel of 3 adds only 2 new pixels": 9,
            "you multiply the kernels, as if their windows did not overlap": 27,
            "this is what a pixel sees of the map just below, not of the image": 3,
            "one pixel is missing: without any layer a pixel sees itself, so begin at 1": 6,
            "this is the area: give one side of the square": 49,
        },
    )
    expect.equal(
        expect.call(receptive_field, [(3, 2), (3, 2), (3, 1)]),
        15,
        "receptive_field([(3, 2), (3, 2), (3, 1)])",
        mistakes={
            "the strides are ignored: they spread the steps of all later layers": 7,
            "a layer's own stride spreads only the layers after it: grow first, then multiply": 21,
            "only the stride of the layer just below is used: all strides before a layer multiply": 11,
            "the strides are added up: they multiply, every second pixel of every second pixel is every fourth": 13,
            "the list is read from its end: the first entry lies next to the image": 9,
        },
    )
    expect.equal(
        expect.call(receptive_field, [(11, 4)]),
        11,
        "receptive_field([(11, 4)]), the first layer of AlexNet",
        mistakes={"a layer's own stride spreads only the layers after it: grow first, then multiply": 41},
    )
    alexnet = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
    for count, field in [(2, 19), (3, 51), (8, 195)]:
        expect.equal(
            expect.call(receptive_field, alexnet[:count]),
            field,
            f"receptive_field of the first {count} layers of AlexNet",
        )
    expect.equal(
        expect.call(receptive_field, []),
        1,
        "receptive_field([]), the image itself",
        mistakes={
            "one pixel is missing: without any layer a pixel sees itself, so begin at 1": 0,
        },
    )
    ### BEGIN HIDDEN TESTS
    expect.equal(expect.call(receptive_field, [(3, 1)] * 9), 19, "receptive_field of nine layers")
    rng = np.random.default_rng(812)

    def reach(layers):
        pixels = torch.zeros(1, 1, 1500, dtype=torch.float64, requires_grad=True)
        signal = pixels
        for kernel, stride in layers:
            signal = torch.nn.functional.conv1d(signal, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride)
        signal[0, 0, 0].backward()
        seen = pixels.grad[0, 0].nonzero()
        return int(seen.max() - seen.min()) + 1

    for depth in [1, 2, 3, 4, 4, 5]:
        drawn = [(int(k), int(s)) for k, s in zip(rng.integers(1, 7, depth), rng.integers(1, 4, depth), strict=True)]
        expect.equal(expect.call(receptive_field, drawn), reach(drawn), f"receptive_field({drawn})")
    ### END HIDDEN TESTS


check_receptive_field_strides(receptive_field)


# %% check="receptive_field" points=1 why="kernels with holes"
@expect.check
def check_receptive_field_dilation(receptive_field):
    expect.equal(
        expect.call(receptive_field, [(3, 1), (3, 1, 4)]),
        11,
        "receptive_field([(3, 1), (3, 1, 4)])",
        mistakes={
            "the dilation is ignored: it spreads the weights of its own layer": 5,
            "you took kernel · dilation as the side: 3 weights have 2 gaps between them, so use kernel − 1": 14,
            "the holes are not counted: the field goes from the first to the last pixel seen": 9,
            "a dilation of 4 is taken for 4 holes: it is the step from weight to weight, so there are 3 holes": 13,
        },
    )
    expect.equal(
        expect.call(receptive_field, [(3, 1, 2), (3, 1)]),
        7,
        "receptive_field([(3, 1, 2), (3, 1)])",
        mistakes={"the dilation spreads its own layer only; it is no stride for the layers after it": 9},
    )
    expect.equal(
        expect.call(receptive_field, [(3, 1, 1), (3, 1, 2), (3, 1, 4)]),
        15,
        "receptive_field of three 3 × 3 layers with dilation 1, 2 and 4",
    )
    for layers, field in [([(3, 2), (3, 1, 2)], 11), ([(1, 2), (3, 1, 1)], 5), ([(3, 2, 2), (2, 3, 3), (3, 1)], 23)]:
        expect.equal(expect.call(receptive_field, layers), field, f"receptive_field({layers})")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(8121)

    def span(layers):
        line = torch.zeros(1, 1, 4000, dtype=torch.float64, requires_grad=True)
        top = line
        for kernel, stride, dilation in layers:
            weight = torch.ones(1, 1, kernel, dtype=torch.float64)
            top = torch.nn.functional.conv1d(top, weight, stride=stride, dilation=dilation)
        top[0, 0, 0].backward()
        touched = line.grad[0, 0].nonzero()
        return int(touched.max() - touched.min()) + 1

    for depth in [1, 2, 3, 4, 4]:
        drawn = [tuple(map(int, row)) for row in rng.integers([1, 1, 1], [6, 4, 4], (depth, 3))]
        expect.equal(expect.call(receptive_field, drawn), span(drawn), f"receptive_field({drawn})")
        short = [layer[:2] if layer[2] == 1 else layer for layer in drawn]
        expect.equal(expect.call(receptive_field, short), span(drawn), f"receptive_field({short})")
    ### END HIDDEN TESTS


check_receptive_field_dilation(receptive_field)


# %% wrong="receptive_field" why="adds up the kernels" keyword="add up the kernels"
def receptive_field__sum(layers):
    side, step = 0, 1
    for layer in layers:
        side += layer[0] * step
        step *= layer[1]
    return side


# %% wrong="receptive_field" why="multiplies the kernels" keyword="multiply the kernels"
def receptive_field__product(layers):
    return int(np.prod([layer[0] for layer in layers], dtype=int))


# %% wrong="receptive_field" why="takes the kernel of the last layer for the field" keyword="map just below"
def receptive_field__last_kernel(layers):
    return layers[-1][0] if layers else 1


# %% wrong="receptive_field" why="begins at 0" keyword="begin at 1"
def receptive_field__begins_at_zero(layers):
    side, step = 0, 1
    for layer in layers:
        side += (layer[0] - 1) * step * (layer[2] if len(layer) > 2 else 1)
        step *= layer[1]
    return side


# %% wrong="receptive_field" why="gives the number of pixels in the square" keyword="the area"
def receptive_field__area(layers):
    side, step = 1, 1
    for layer in layers:
        side += (layer[0] - 1) * step * (layer[2] if len(layer) > 2 else 1)
        step *= layer[1]
    return side**2


# %% wrong="receptive_field" why="ignores the strides" keyword="strides are ignored"
def receptive_field__strides_ignored(layers):
    return 1 + sum((layer[0] - 1) * (layer[2] if len(layer) > 2 else 1) for layer in layers)


# %% wrong="receptive_field" why="multiplies by a layer's own stride before it grows" keyword="own stride"
def receptive_field__own_stride(layers):
    side, step = 1, 1
    for layer in layers:
        step *= layer[1]
        side += (layer[0] - 1) * step * (layer[2] if len(layer) > 2 else 1)
    return side


# %% wrong="receptive_field" why="uses the stride of one layer only" keyword="layer just below is used"
def receptive_field__one_stride(layers):
    side, step = 1, 1
    for layer in layers:
        side += (layer[0] - 1) * step * (layer[2] if len(layer) > 2 else 1)
        step = layer[1]
    return side


# %% wrong="receptive_field" why="adds up the strides" keyword="strides are added up"
def receptive_field__strides_added(layers):
    side, step = 1, 1
    for layer in layers:
        side += (layer[0] - 1) * step * (layer[2] if len(layer) > 2 else 1)
        step += layer[1] - 1
    return side


# %% wrong="receptive_field" why="runs the top-down recurrence from the bottom" keyword="read from its end"
def receptive_field__from_the_end(layers):
    side = 1
    for layer in layers:
        side = (side - 1) * layer[1] + (layer[0] - 1) * (layer[2] if len(layer) > 2 else 1) + 1
    return side


# %% wrong="receptive_field" why="leaves the dilation out" keyword="dilation is ignored"
def receptive_field__dilation_ignored(layers):
    side, step = 1, 1
    for layer in layers:
        side += (layer[0] - 1) * step
        step *= layer[1]
    return side


# %% wrong="receptive_field" why="kernel · dilation as the side of a dilated kernel" keyword="kernel · dilation"
def receptive_field__kernel_times_dilation(layers):
    side, step = 1, 1
    for layer in layers:
        side += (layer[0] * (layer[2] if len(layer) > 2 else 1) - 1) * step
        step *= layer[1]
    return side


# %% wrong="receptive_field" why="dilation as the number of holes between weights" keyword="taken for 4 holes"
def receptive_field__dilation_as_holes(layers):
    side, step = 1, 1
    for layer in layers:
        side += (layer[0] - 1) * step * (layer[2] + 1 if len(layer) > 2 else 1)
        step *= layer[1]
    return side


# %% wrong="receptive_field" why="takes the dilation for a stride: it spreads later layers" keyword="no stride for"
def receptive_field__dilation_as_stride(layers):
    side, step = 1, 1
    for layer in layers:
        dilation = layer[2] if len(layer) > 2 else 1
        side += (layer[0] - 1) * step * dilation
        step *= layer[1] * dilation
    return side


# %% wrong="receptive_field" why="counts the pixels touched, without the holes" keyword="holes are not counted"
def receptive_field__holes_left_out(layers):
    seen = {0}
    for layer in reversed(layers):
        dilation = layer[2] if len(layer) > 2 else 1
        seen = {pixel * layer[1] + tap * dilation for pixel in seen for tap in range(layer[0])}
    return len(seen)


# %% right="receptive_field" why="from the top down: how many pixels does a run of pixels need below it?"
def receptive_field__top_down(layers):
    needed = 1
    for layer in layers[::-1]:
        dilation = layer[2] if len(layer) > 2 else 1
        needed = (needed - 1) * layer[1] + dilation * (layer[0] - 1) + 1
    return needed


# %% right="receptive_field" why="the last pixel seen by pixel 0, by following the last weights down"
def receptive_field__index_sets(layers):
    seen = {0}
    for kernel, stride, dilation in [(*layer, 1)[:3] for layer in reversed(layers)]:
        seen = {stride * pixel + dilation * tap for pixel in seen for tap in range(kernel)}
    return max(seen) - min(seen) + 1


# %% right="receptive_field" why="the sum of the formula, with products of strides from NumPy"
def receptive_field__cumulative_product(layers):
    table = np.array([(*layer, 1)[:3] for layer in layers], dtype=int).reshape(-1, 3)
    spread = np.cumprod(np.append(1, table[:, 1]))[:-1]
    return int(1 + ((table[:, 0] - 1) * table[:, 2] * spread).sum())


# %% [markdown]
# ### 13 · From a trillion weights to ten thousand  ·  3 points  ·  15 min  ·  ●○○ difficulty
#
# An image of 1000 × 1000 pixels, one layer on top of it: how many numbers must be learned? It depends on who is
# connected to whom, and on who shares. Write `count_parameters(layer, image, outputs, kernel=None, *, bias=True)`
# for three kinds of layer:
#
# | `layer` | connections | `outputs` counts |
# |---|---|---|
# | `"dense"` | every hidden unit sees every value of the image | hidden units |
# | `"local"` | every hidden unit sees one `K1 × K2` window of all channels, and has weights of its own | hidden units |
# | `"convolution"` | the same window everywhere, one filter **shared** by all pixels of a map | filters |
#
# | argument | | |
# |---|---|---|
# | `layer` | `"dense"`, `"local"` or `"convolution"` | |
# | `image` | `(H, W, C)` | height, width and channels, integers |
# | `outputs` | an integer | see above |
# | `kernel` | `(K1, K2)`, or `None` for `"dense"` | not always square |
# | `bias` | `True` or `False` | whether biases are counted too |
# | returns | an integer | exact, however large |
#
# With biases, every hidden unit has one; a filter has one for its whole map. A convolutional layer of $M$ filters
# therefore has $(K_1 K_2 C+1)\,M$ parameters. Work out the other two yourself.
#
# **Two conventions.** One lecture counts weights only (10¹², 100 million and 10 thousand for the image above),
# another counts weights and biases, $(K_1K_2+1)\,M$ for one channel. Here `bias` decides, and biases count unless
# you say otherwise, as in torch.
#
# **Exact integers.** A satellite scene of 100,000 × 100,000 pixels with as many hidden units has 10²⁰ connections.
# That is more than a 64-bit integer of NumPy can hold (about 9.2 · 10¹⁸): it wraps around without a word. A float
# loses digits. Python's own integers never do.
#
# <details><summary>Hint 1: the idea</summary>
# Ask two questions. How many weights does one hidden unit, or one filter, have? How many sets of weights are there
# that nobody shares?
# </details>
# <details><summary>Hint 2: what does not matter</summary>
# A dense unit has no window, so its kernel is <code>None</code>. A window has the same weights on a small image and
# on a large one. Only one of the three kinds needs the height and the width at all.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# First the inputs of one unit: for dense all values of the image, otherwise the values in one window, with all its
# channels. Add one if there is a bias. Multiply by the number of outputs. Why do two kinds end in the same formula,
# and where is the difference?
# </details>


# %% solution="count_parameters"
def count_parameters(layer, image, outputs, kernel=None, *, bias=True):
    """Return how many parameters a layer on an image (H, W, C) has, an int.

    `layer` is "dense", "local" or "convolution"; `kernel` is (K1, K2); `outputs` counts hidden units or filters.
    """
    ### BEGIN SOLUTION
    height, width, channels = image
    rows, columns = (height, width) if layer == "dense" else kernel
    return (rows * columns * channels + bool(bias)) * outputs
    ### END SOLUTION


# %% check="count_parameters" points=1 why="fully connected"
@expect.check
def check_count_parameters_dense(count_parameters):
    trillion = expect.call(count_parameters, "dense", (1000, 1000, 1), 1_000_000, bias=False)
    expect.that(
        not (isinstance(trillion, float) and trillion == 10**12),
        f"wanted an integer, came {trillion!r}: a float keeps only 16 digits, so count with integers.",
    )
    expect.equal(
        trillion,
        1_000_000_000_000,
        'count_parameters("dense", (1000, 1000, 1), 1_000_000, bias=False)',
        mistakes={
            "the biases are in it, although bias=False": 1_000_001_000_000,
            "a 32-bit integer wrapped around: use Python's own integers": -727_379_968,
        },
    )
    expect.equal(
        expect.call(count_parameters, "dense", (28, 28, 3), 10),
        23_530,
        'count_parameters("dense", (28, 28, 3), 10)',
        mistakes={
            "the biases are missing: they count unless bias=False": 23_520,
            "there is one bias for the whole layer: every hidden unit has its own": 23_521,
            "the channels are missing: a unit sees all of them": 7_850,
            "every channel got a bias: a hidden unit has one, for all channels together": 23_550,
        },
    )
    expect.equal(
        expect.call(count_parameters, "dense", (100_000, 100_000, 1), 10**10),
        10**20 + 10**10,
        'count_parameters("dense", (100_000, 100_000, 1), 10**10)',
        mistakes={
            "a 64-bit integer wrapped around: use Python's own integers": (10**20 + 10**10 + 2**63) % 2**64 - 2**63,
        },
    )
    expect.equal(
        expect.call(count_parameters, "dense", (99_999, 99_999, 1), 999_999_999),
        99_999 * 99_999 * 999_999_999 + 999_999_999,
        'count_parameters("dense", (99_999, 99_999, 1), 999_999_999)',
        mistakes={
            "a float keeps only 16 digits: count with integers": int(99_999.0 * 99_999.0 * 999_999_999.0) + 999_999_999,
            "a float keeps only 16 digits, so count with integers": int(99_999.0**2 * 999_999_999.0 + 999_999_999.0),
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(813)
    for _ in range(4):
        h, w, c, units = (int(side) for side in rng.integers(2, 60, 4))
        for bias in (True, False):
            linear = torch.nn.Linear(h * w * c, units, bias=bias, device="meta")
            what = f'count_parameters("dense", {(h, w, c)}, {units}, bias={bias})'
            truth = sum(parameter.numel() for parameter in linear.parameters())
            expect.equal(expect.call(count_parameters, "dense", (h, w, c), units, bias=bias), truth, what)
    ### END HIDDEN TESTS


check_count_parameters_dense(count_parameters)


# %% check="count_parameters" points=1 why="locally connected"
@expect.check
def check_count_parameters_local(count_parameters):
    expect.equal(
        expect.call(count_parameters, "local", (1000, 1000, 1), 1_000_000, (10, 10), bias=False),
        100_000_000,
        'count_parameters("local", (1000, 1000, 1), 1_000_000, (10, 10), bias=False)',
        mistakes={
            "the units share one window of weights: in a locally connected layer each has its own weights": 100,
            "the units see the whole image: they see one window each": 1_000_000_000_000,
            "the biases are in it, although bias=False": 101_000_000,
            "outputs is the number of hidden units here: no maps, no positions to multiply by": 991 * 991 * 100_000_000,
        },
    )
    expect.equal(
        expect.call(count_parameters, "local", (8, 9, 3), 20, (2, 5)),
        620,
        'count_parameters("local", (8, 9, 3), 20, (2, 5))',
        mistakes={
            "the biases are missing: they count unless bias=False": 600,
            "there is one bias for the whole layer: every hidden unit has its own": 601,
            "the channels are missing: a window goes through all of them": 220,
            "every channel got a bias: a hidden unit has one, for all channels together": 660,
            "the window is taken for a square: it has K1 · K2 pixels": 260,
        },
    )
    expect.equal(
        expect.call(count_parameters, "local", (100_000, 100_000, 1), 10**12, (10_000, 10_000)),
        10**20 + 10**12,
        'count_parameters("local", (100_000, 100_000, 1), 10**12, (10_000, 10_000))',
        mistakes={
            "a 64-bit integer wrapped around: use Python's own integers": 10**20 % 2**64 + 10**12,
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(8131)
    for _ in range(4):
        c, k1, k2 = (int(side) for side in rng.integers(1, 5, 3))
        h, w = k1 + int(rng.integers(0, 6)), k2 + int(rng.integers(0, 6))
        connections = torch.nn.functional.unfold(torch.ones(1, c, h, w), (k1, k2))  # a column for each hidden unit
        units = connections.shape[-1]
        for bias, truth in [(True, connections.numel() + units), (False, connections.numel())]:
            what = f'count_parameters("local", {(h, w, c)}, {units}, {(k1, k2)}, bias={bias})'
            expect.equal(expect.call(count_parameters, "local", (h, w, c), units, (k1, k2), bias=bias), truth, what)
    ### END HIDDEN TESTS


check_count_parameters_local(count_parameters)


# %% check="count_parameters" points=1 why="convolutional"
@expect.check
def check_count_parameters_convolution(count_parameters):
    expect.equal(
        expect.call(count_parameters, "convolution", (1000, 1000, 1), 100, (10, 10), bias=False),
        10_000,
        'count_parameters("convolution", (1000, 1000, 1), 100, (10, 10), bias=False)',
        mistakes={
            "the weights are counted again at every position: all pixels of a map share one filter": 991 * 991 * 10_000,
            "the weights are counted again for every pixel: all pixels of a map share one filter": 10_000_000_000,
            "the biases are in it, although bias=False": 10_100,
            "every filter sees the whole image: it sees one window": 100_000_000,
        },
    )
    expect.equal(
        expect.call(count_parameters, "convolution", (227, 227, 3), 96, (11, 11)),
        34_944,
        'count_parameters("convolution", (227, 227, 3), 96, (11, 11)), the first layer of AlexNet',
        mistakes={
            "the biases are missing: they count unless bias=False": 34_848,
            "there is one bias for the whole layer: every filter has its own": 34_849,
            "the channels are missing: a filter goes through all of them": 11_712,
            "every channel got a bias: a filter has one, for all channels together": 35_136,
            "every pixel of a map got a bias: a filter has one, its whole map shares it": 34_848 + 96 * 217 * 217,
        },
    )
    expect.equal(
        expect.call(count_parameters, "convolution", (9, 8, 2), 4, (3, 5), bias=False),
        120,
        'count_parameters("convolution", (9, 8, 2), 4, (3, 5), bias=False)',
        mistakes={"the window is taken for a square: it has K1 · K2 pixels": 72},
    )
    expect.equal(
        expect.call(count_parameters, "convolution", (500, 500, 512), 4096, (33, 33)),
        33 * 33 * 512 * 4096 + 4096,
        'count_parameters("convolution", (500, 500, 512), 4096, (33, 33))',
        mistakes={
            "a 32-bit integer wrapped around: use Python's own integers": 33 * 33 * 512 * 4096 + 4096 - 2**32,
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(8132)
    for _ in range(4):
        c, filters, k1, k2 = (int(side) for side in rng.integers(1, 12, 4))
        for bias in (True, False):
            conv = torch.nn.Conv2d(c, filters, (k1, k2), bias=bias, device="meta")
            what = f'count_parameters("convolution", (32, 40, {c}), {filters}, {(k1, k2)}, bias={bias})'
            truth = sum(parameter.numel() for parameter in conv.parameters())
            expect.equal(
                expect.call(count_parameters, "convolution", (32, 40, c), filters, (k1, k2), bias=bias), truth, what
            )
    ### END HIDDEN TESTS


check_count_parameters_convolution(count_parameters)


# %% wrong="count_parameters" why="counts weights only" keyword="biases are missing"
def count_parameters__no_biases(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    k1, k2 = kernel or (h, w)
    return k1 * k2 * c * outputs


# %% wrong="count_parameters" why="counts biases always" keyword="although bias=False"
def count_parameters__always_biases(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    k1, k2 = kernel or (h, w)
    return (k1 * k2 * c + 1) * outputs


# %% wrong="count_parameters" why="one bias for the whole layer" keyword="for the whole layer"
def count_parameters__one_bias(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    k1, k2 = kernel or (h, w)
    return k1 * k2 * c * outputs + (1 if bias else 0)


# %% wrong="count_parameters" why="(K1 K2 + 1) times the channels" keyword="every channel got a bias"
def count_parameters__bias_per_channel(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    k1, k2 = kernel or (h, w)
    return (k1 * k2 + (1 if bias else 0)) * c * outputs


# %% wrong="count_parameters" why="(K1 K2 + 1) M, the formula for one channel" keyword="channels are missing"
def count_parameters__one_channel(layer, image, outputs, kernel=None, *, bias=True):
    k1, k2 = kernel or image[:2]
    return (k1 * k2 + (1 if bias else 0)) * outputs


# %% wrong="count_parameters" why="a convolution whose positions do not share" keyword="counted again at every position"
def count_parameters__not_shared(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    k1, k2 = kernel or (h, w)
    positions = (h - k1 + 1) * (w - k2 + 1) if layer == "convolution" else 1
    return (k1 * k2 * c + (1 if bias else 0)) * outputs * positions


# %% wrong="count_parameters" why="one bias for each pixel of a map" keyword="every pixel of a map got a bias"
def count_parameters__bias_per_pixel(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    k1, k2 = kernel or (h, w)
    pixels = (h - k1 + 1) * (w - k2 + 1) if layer == "convolution" else 1
    return k1 * k2 * c * outputs + (pixels * outputs if bias else 0)


# %% wrong="count_parameters" why="local units that share their weights" keyword="in a locally connected layer each"
def count_parameters__local_shared(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    k1, k2 = kernel or (h, w)
    sets = 1 if layer == "local" else outputs
    return (k1 * k2 * c + (1 if bias else 0)) * sets


# %% wrong="count_parameters" why="outputs as maps of local units, one unit for each position" keyword="no positions"
def count_parameters__local_maps(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    k1, k2 = kernel or (h, w)
    units = outputs * (h - k1 + 1) * (w - k2 + 1) if layer == "local" else outputs
    return (k1 * k2 * c + (1 if bias else 0)) * units


# %% wrong="count_parameters" why="takes the window for a square" keyword="taken for a square"
def count_parameters__square_window(layer, image, outputs, kernel=None, *, bias=True):
    h, w, c = image
    window = h * w if kernel is None else kernel[0] ** 2
    return (window * c + (1 if bias else 0)) * outputs


# %% wrong="count_parameters" why="NumPy's 64-bit product" keyword="64-bit integer wrapped"
def count_parameters__wraps(layer, image, outputs, kernel=None, *, bias=True):
    window = image if layer == "dense" else (*kernel, image[2])
    counts = np.array([np.prod(window), 1 if bias else 0]) * outputs
    return int(counts.sum())


# %% wrong="count_parameters" why="32-bit integers" keyword="32-bit integer wrapped"
def count_parameters__wraps_early(layer, image, outputs, kernel=None, *, bias=True):
    window = image if layer == "dense" else (*kernel, image[2])
    weights = np.prod([*window, outputs], dtype=np.int32)
    return int(weights) + (outputs if bias else 0)


# %% wrong="count_parameters" why="counts in floats" keyword="16 digits"
def count_parameters__floats(layer, image, outputs, kernel=None, *, bias=True):
    window = image if layer == "dense" else (*kernel, image[2])
    return (np.prod(window, dtype=float) + (1 if bias else 0)) * outputs


# %% wrong="count_parameters" why="multiplies floats and converts at the end" keyword="only 16 digits: count"
def count_parameters__float_product(kind, input_shape, outputs, window=None, *, bias=True):
    height, width, channels = input_shape
    seen = (height, width) if kind == "dense" else window
    weights = int(np.prod([*seen, channels, outputs], dtype=float))
    return weights + (outputs if bias else 0)


# %% right="count_parameters" why="weights and biases apart, one branch for each kind"
def count_parameters__branches(layer, image, outputs, kernel=None, *, bias=True):
    import math

    match layer:
        case "dense":
            weights = math.prod(image) * outputs
        case "local" | "convolution":
            weights = kernel[0] * kernel[1] * image[-1] * outputs
    return weights + (outputs if bias else 0)


# %% right="count_parameters" why="torch's layers on the meta device, which holds shapes and no numbers"
def count_parameters__torch(layer, image, outputs, kernel=None, *, bias=True):
    window = image[:2] if layer == "dense" else kernel
    one_unit = torch.nn.Conv2d(image[2], 1, window, bias=bias, device="meta")
    return outputs * sum(parameter.numel() for parameter in one_unit.parameters())
