# %% [markdown]
# # 02 · Activations, softmax, cross-entropy
#
# A stack of layers without anything between them is one layer. What makes depth worth having is a small bend between
# the layers: the activation. At the end of the stack softmax turns scores into probabilities, and cross-entropy tells
# how wrong they are. Read lesson 02 first, or beside it.
#
# Afterwards you can write the activations that networks are built from, with their slopes; tell which formula of a book
# breaks on a computer, and repair it; compute a loss from raw scores and the gradient that training starts from; read
# the very first loss of a training; and say why sigmoid stacks do not learn. It takes a little less than three hours.
# Every exercise stands on its own: run the cell below, and skip what holds you up. The checks are folded; a click on
# their three dots opens them.
#
# | | exercise | the question |
# |---|---|---|
# | 1 | `sigmoid` | What if a formula is right and the computer is not? |
# | 2 | `tanh` | What does a sigmoid look like around zero? |
# | 3 | `relu` | What is the slope of a corner? |
# | 4 | `relu_variant` | What may leak through on the negative side? |
# | 5 | `maxout` | Who gets the gradient if only one wins? |
# | 6 | `softmax` | How do scores become probabilities? |
# | 7 | `cross_entropy` | How wrong is a prediction, and which way is better? |
# | 8 | `judge_initial_loss` | What must the first loss be? |
# | 9 | `depth_slopes` | Why do sigmoid stacks vanish, and ReLU stacks not? |
#
# For all of them: arrays may hold integers (NumPy's usual ones) or floats, they stay as they were, and results are
# computed in **float64**, NumPy's usual floats. Half the digits, float32, are not enough for the checks. Which library
# computes a result is up to you. But write derivatives as formulas: a difference quotient, which nudges an input and
# looks at the change, is right to some ten digits, and the checks look at more.
#
# A *slope* is the derivative of an activation. An activation works number by number, so its slope has the shape of its
# input: one number for each.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from cnnlib import expect, plot

# %% [markdown]
# ### 1 · The sigmoid, near and far  ·  4 points  ·  20 min  ·  ●●○ difficulty
#
# Write `sigmoid(z)`. It returns two arrays, `value, slope`. The slides print both formulas:
#
# $$\sigma(z) = \frac{1}{1+e^{-z}} \qquad\qquad \sigma'(z) = \sigma(z)\,\bigl(1-\sigma(z)\bigr)$$
#
# By hand: $\sigma(0) = \frac12$ with the slope $\frac14$, the steepest place. At $z = \ln 3$ the value is $\frac34$ and
# the slope $\frac3{16}$.
#
# | | shape | |
# |---|---|---|
# | `z` | any | integers or floats, from −1000 to 1000 |
# | `value` | like `z` | between 0 and 1 |
# | `slope` | like `z` | derivative of the value by `z`; to 12 digits near zero, to 8 digits from −700 to 700 |
#
# On paper the formulas hold everywhere. A computer has two limits:
#
# - $e^{710}$ is larger than the largest float64, and becomes `inf`. One divided by infinity is 0, which is right here,
#   even if NumPy warns of an overflow. But infinity divided by infinity is `nan`, not a number, and it spreads
#   through a network like ink in water.
# - Float64 keeps 16 digits. $\sigma(40)$ differs from 1 in the 18th. So it *is* 1 in memory, and the slide's second
#   formula makes 0 of it. The true slope is $4.2\cdot 10^{-18}$: small, but on the other side, at −40, the
#   same formula finds it. Yours must be the same on both sides: the curve is symmetric.
#
# <details><summary>Hint 1: what is harmless</summary>
# The exponential of a negative number never overflows. It becomes 0 at worst, and one plus 0 does no harm. Which
# number, made from z, is never positive?
# </details>
# <details><summary>Hint 2: what one side knows of the other</summary>
# Multiply numerator and denominator of the sigmoid by the exponential of z, and you have its second form. One form is
# good for positive z, the other for negative. For the slope: what is one minus the sigmoid of z, written as
# a sigmoid again?
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Call e the exponential of minus the absolute value of z. For z of 0 or more the value is one over (one plus e), else
# it is e over the same. The slope is e over the square of (one plus e), on both sides. A choice, place by place, is
# <code>np.where</code>.
# </details>


# %% solution="sigmoid"
def sigmoid(z):
    """Return the sigmoid of z and its slope there: value, slope, two float64 arrays of the shape of z."""
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(z))  # between 0 and 1, so nothing overflows
    value = np.where(z >= 0, 1.0, small) / (1 + small)
    return value, small / (1 + small) ** 2
    ### END SOLUTION


# %% check="sigmoid" points=2 why="value and slope near zero"
@expect.check
def check_sigmoid_near(sigmoid):
    few = "right to some ten digits, like a difference quotient: the formula gives them all"
    z = np.log([1.0, 3.0, 1 / 3])
    value, slope = expect.parts(expect.call(sigmoid, z), "value, slope", "sigmoid([0, ln 3, −ln 3])")
    expect.close(
        value,
        [0.5, 0.75, 0.25],
        "the value of sigmoid([0, ln 3, −ln 3])",
        mistakes={
            "your curve falls where it should rise: the exponent is −z": [0.5, 0.25, 0.75],
            "value and slope have changed places: return value, slope": [0.25, 0.1875, 0.1875],
            "this is tanh, which runs from −1 to 1": [0, 0.8, -0.8],
            "this is a step: the sigmoid is a soft one": [1, 1, 0],
            "left and right are the same: choose by the sign of z, or undo the absolute value": [0.5, 0.75, 0.75],
            "the denominator is 1 plus the exponential, not 1 minus": [np.inf, 1.5, -0.5],
            "the 1 in the denominator is missing: this is an exponential without a bound": [1, 3, 1 / 3],
        },
    )
    expect.close(
        slope,
        [0.25, 0.1875, 0.1875],
        "the slope of sigmoid([0, ln 3, −ln 3])",
        mistakes={
            "this is 1 − σ(z): a factor σ(z) is missing (or the square of the denominator)": [0.5, 0.25, 0.75],
            "the square of the denominator is missing": [0.5, 0.25, 0.25],
            "you put z itself into a formula that wants σ(z)": z * (1 - z),
            "the sigmoid was applied twice: its slope at σ(z) instead of at z": [
                0.2350037122015945,
                0.21789499376181404,
                0.24613408273759835,
            ],
            "this is the slope rule of tanh, one minus the square": [0.75, 0.4375, 0.9375],
            "the slope is negative, but the curve rises: two minus signs make a plus": [-0.25, -0.1875, -0.1875],
            "this is the value again": [0.5, 0.75, 0.25],
            "the second factor is 1 minus σ, not 1 plus": [0.75, 1.3125, 0.3125],
        },
    )
    expect.close(slope, [0.25, 0.1875, 0.1875], "the slope of sigmoid", mistakes={few: slope}, rtol=1e-12, atol=1e-14)
    whole = np.array([[0, 1, -1], [2, -3, 0]])
    value, slope = expect.parts(expect.call(sigmoid, whole), "value, slope", "sigmoid of integers")
    expect.close(
        value,
        [[0.5, 0.731058578630005, 0.268941421369995], [0.880797077977882, 0.047425873177567, 0.5]],
        "the value of sigmoid([[0, 1, −1], [2, −3, 0]])",
        mistakes={"an array of integers was filled: the fractions are lost, make it float": np.zeros((2, 3))},
    )
    ### BEGIN HIDDEN TESTS
    from cnnlib.gradcheck import numeric_gradient

    rng = np.random.default_rng(201)
    for shape in [(7,), (3, 5), (1, 4), (2, 3, 2)]:
        drawn = rng.normal(0, 4, shape[::-1]).T
        value, slope = expect.parts(expect.call(sigmoid, drawn), "value, slope", "sigmoid(z)")
        expect.close(value, torch.sigmoid(torch.from_numpy(drawn)), f"the value of sigmoid, z of shape {shape}")
        numeric = numeric_gradient(lambda at: torch.sigmoid(torch.from_numpy(at)).numpy(), drawn.copy())
        what = f"the slope of sigmoid, z of shape {shape}"
        expect.close(slope, numeric, what, rtol=1e-5, atol=1e-8)
        tensor = torch.tensor(drawn, requires_grad=True)
        torch.sigmoid(tensor).sum().backward()
        expect.close(slope, tensor.grad, what)
        expect.close(slope, tensor.grad, what, mistakes={few: slope}, rtol=1e-12, atol=1e-14)
    integers = rng.integers(-6, 7, (4, 3))
    value, slope = expect.parts(expect.call(sigmoid, integers), "value, slope", "sigmoid of integers")
    expect.close(value, torch.sigmoid(torch.from_numpy(integers).double()), "the value of sigmoid of integers")
    ### END HIDDEN TESTS


check_sigmoid_near(sigmoid)


# %% check="sigmoid" points=2 why="far from zero: no NaN, and a slope that is the same on both sides"
@expect.check
def check_sigmoid_far(sigmoid):
    infinite = "infinity divided by infinity{}: the exponential of 1000 overflows, so never form it above and below"
    clipped = "you clipped z at {:g}: beyond it the slope goes on falling"
    far = np.array([-1000.0, 1000.0])
    value, slope = expect.parts(expect.call(sigmoid, far), "value, slope", "sigmoid([−1000, 1000])")
    expect.close(
        value,
        [0, 1],
        "the value of sigmoid([−1000, 1000])",
        mistakes={
            infinite.format(" at 1000"): [0, np.nan],
            infinite.format(" at −1000"): [np.nan, 1],
            infinite.format(" at both ends"): [np.nan, np.nan],
        },
    )
    expect.close(
        slope,
        [0, 0],
        "the slope of sigmoid([−1000, 1000])",
        mistakes={
            infinite.format(" at 1000"): [0, np.nan],
            infinite.format(" at −1000"): [np.nan, 0],
            infinite.format(" at both ends"): [np.nan, np.nan],
        },
    )
    forty = np.array([-40.0, 40.0])
    _, slope = expect.parts(expect.call(sigmoid, forty), "value, slope", "sigmoid([−40, 40])")
    expect.close(
        slope,
        [4.248354255291589e-18, 4.248354255291589e-18],
        "the slope of sigmoid([−40, 40]), which is small, but not zero",
        mistakes={
            "σ(40) is exactly 1 in memory, and 1 − 1 loses all digits: write 1 − σ(z) as a sigmoid of its own": [
                4.248354255291589e-18,
                0,
            ],
            **{clipped.format(bound): [np.exp(-bound)] * 2 for bound in (20.0, 30, 35, 36, 37, 38)},
            "σ is exactly 0 or 1 in your memory, and the product with it 0": [0, 0],
        },
        atol=0,
    )
    _, slope = expect.parts(expect.call(sigmoid, np.array([-600.0, 600.0])), "value, slope", "sigmoid([−600, 600])")
    expect.close(
        slope,
        [2.6503965530043108e-261, 2.6503965530043108e-261],
        "the slope of sigmoid([−600, 600]), which is smaller still",
        mistakes={
            **{clipped.format(bound): [np.exp(-bound)] * 2 for bound in (50.0, 80, 88, 100, 200, 250, 300, 400, 500)},
            "on the left the exponential of 600 is squared, and that overflows: never form it": [0, np.exp(-600.0)],
            "on the right 1 − σ(z) has lost all digits: write it as a sigmoid of its own": [np.exp(-600.0), 0],
            "it is 0 in your memory: form no number that is larger than 1 on the way": [0, 0],
        },
        atol=0,
    )
    ### BEGIN HIDDEN TESTS
    from scipy.special import expit
    from scipy.stats import logistic

    drawn = np.random.default_rng(2011).uniform(-700, 700, (6, 4))
    value, slope = expect.parts(expect.call(sigmoid, drawn), "value, slope", "sigmoid(z)")
    expect.close(value, expit(drawn), "the value of sigmoid between −700 and 700")
    expect.close(slope, logistic.pdf(drawn), "the slope of sigmoid between −700 and 700", atol=0)
    ends = np.array([[-1000, 999, 0], [800, -710, 1000]])
    value, slope = expect.parts(expect.call(sigmoid, ends), "value, slope", "sigmoid of large integers")
    expect.close(value, [[0, 1, 0.5], [1, 0, 1]], "the value of sigmoid of large integers")
    expect.close(slope, [[0, 0, 0.25], [0, 0, 0]], "the slope of sigmoid of large integers")
    ### END HIDDEN TESTS


check_sigmoid_far(sigmoid)


# %% wrong="sigmoid" why="exponent with the wrong sign" keyword="falls where it should rise"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def sigmoid__falling(z):
    value = 1 / (1 + np.exp(z))
    return value, value * (1 - value)


# %% wrong="sigmoid" why="takes it for tanh" keyword="this is tanh"
def sigmoid__tanh(z):
    value = np.tanh(z)
    return value, 1 - value**2


# %% wrong="sigmoid" why="a hard threshold, as in the perceptron" keyword="this is a step"
def sigmoid__step(z):
    value = (z >= 0).astype(float)
    return value, value * (1 - value)


# %% wrong="sigmoid" why="1 − e in the denominator" keyword="not 1 minus"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def sigmoid__minus(z):
    value = 1 / (1 - np.exp(-z))
    return value, value * (1 - value)


# %% wrong="sigmoid" why="z in the place of σ(z) in the slope" keyword="you put z itself"
def sigmoid__slope_of_z(z):
    from scipy.special import expit

    return expit(z), z * (1 - z)


# %% wrong="sigmoid" why="a slope function that applies the sigmoid to the activation" keyword="applied twice"
def sigmoid__twice(z):
    from scipy.special import expit

    value = expit(z)
    return value, expit(value) * expit(-value)


# %% wrong="sigmoid" why="the slope rule of tanh" keyword="slope rule of tanh"
def sigmoid__tanh_rule(z):
    from scipy.special import expit

    value = expit(z)
    return value, 1 - value**2


# %% wrong="sigmoid" why="half of the slope formula" keyword="factor σ(z) is missing"
def sigmoid__one_factor(z):
    from scipy.special import expit

    return expit(z), expit(-z)


# %% wrong="sigmoid" why="inner derivative −1 forgotten" keyword="two minus signs"
def sigmoid__negative_slope(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e), -e / (1 + e) ** 2


# %% wrong="sigmoid" why="slope first" keyword="changed places"
def sigmoid__swapped(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2, np.where(z >= 0, 1, e) / (1 + e)


# %% wrong="sigmoid" why="the value alone" keyword="came array"
def sigmoid__value_only(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


# %% wrong="sigmoid" why="the second form everywhere" keyword="infinity divided by infinity"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def sigmoid__second_form(z):
    e = np.exp(z)
    return e / (1 + e), 1 / (1 + e) * 1 / (1 + np.exp(-z))


# %% wrong="sigmoid" why="the slope as a quotient of overflowing exponentials" keyword="infinity divided by infinity"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def sigmoid__quotient(z):
    e = np.exp(-z)
    return 1 / (1 + e), e / (1 + e) ** 2


# %% wrong="sigmoid" why="the slide's slope, which cancels" keyword="loses all digits"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def sigmoid__slide(z):
    value = 1 / (1 + np.exp(-z))
    return value, value * (1 - value)


# %% wrong="sigmoid" why="clips z against the overflow" keyword="clipped z at 30"
def sigmoid__clipped(z):
    e = np.exp(-np.clip(z, -30, 30))
    return 1 / (1 + e), e / (1 + e) ** 2


# %% wrong="sigmoid" why="clips z further out" keyword="clipped z at 500"
def sigmoid__clipped_far(z):
    e = np.exp(-np.abs(np.clip(z, -500, 500)))
    return np.where(z >= 0, 1, e) / (1 + e), e / (1 + e) ** 2


# %% wrong="sigmoid" why="clips where float64 ends, squares what is huge" keyword="exponential of 600 is squared"
@np.errstate(over="ignore")
def sigmoid__square_overflows(z):
    e = np.exp(-np.clip(z, -700.0, 700.0))
    return 1 / (1 + e), e / (1 + e) ** 2


# %% wrong="sigmoid" why="no choice by the sign" keyword="left and right are the same"
def sigmoid__no_choice(z):
    e = np.exp(-np.abs(z))
    return 1 / (1 + e), e / (1 + e) ** 2


# %% wrong="sigmoid" why="the slope without its square" keyword="square of the denominator is missing"
def sigmoid__no_square(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e), e / (1 + e)


# %% wrong="sigmoid" why="a difference quotient for the slope" keyword="loses all digits"
def sigmoid__differences(z):
    from scipy.special import expit

    return expit(z), (expit(z + 1e-5) - expit(z - 1e-5)) / 2e-5


# %% wrong="sigmoid" why="a difference quotient near zero, a formula far out" keyword="like a difference quotient"
def sigmoid__differences_near(z):
    from scipy.special import expit

    near = (expit(z + 1e-5) - expit(z - 1e-5)) / 2e-5
    return expit(z), np.where(np.abs(z) < 20, near, expit(z) * expit(-z))


# %% wrong="sigmoid" why="fills an array of the dtype of z" keyword="array of integers"
def sigmoid__integer_buffer(z):
    value, slope = np.zeros_like(z), np.zeros_like(z)
    e = np.exp(-np.abs(z))
    value[...] = np.where(z >= 0, 1, e) / (1 + e)
    slope[...] = e / (1 + e) ** 2
    return value, slope


# %% right="sigmoid" why="the library function, and σ(z) σ(−z)"
def sigmoid__library(z):
    from scipy.special import expit

    return expit(z), expit(z) * expit(-z)


# %% right="sigmoid" why="the slide's value, whose overflow ends well; two sigmoids for the slope"
@np.errstate(over="ignore")
def sigmoid__two_sides(z):
    value, other = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(z))
    return value, value * other


# %% right="sigmoid" why="hyperbolic functions"
@np.errstate(over="ignore")
def sigmoid__hyperbolic(z):
    return (1 + np.tanh(z / 2)) / 2, np.cosh(z / 2) ** -2.0 / 4


# %% right="sigmoid" why="number by number with Python's math"
def sigmoid__loop(z):
    import math

    value, slope = np.empty(z.shape), np.empty(z.shape)
    for place in np.ndindex(*z.shape):
        e = math.exp(-abs(z[place]))
        value[place] = 1 / (1 + e) if z[place] > 0 else e / (1 + e)
        slope[place] = e / (1 + e) ** 2
    return value, slope


# %% right="sigmoid" why="torch"
def sigmoid__torch(z):
    tensor = torch.tensor(z, dtype=torch.float64)
    value = torch.sigmoid(tensor)
    return value.numpy(), (value * torch.sigmoid(-tensor)).numpy()


# %% [markdown]
# ### 2 · The hyperbolic tangent  ·  3 points  ·  10 min  ·  ●○○ difficulty
#
# Write `tanh(z)`. It returns `value, slope`, as before. From the slides:
#
# $$\tanh(z) = \frac{e^{2z}-1}{e^{2z}+1} \qquad\qquad \tanh'(z) = 1 - \tanh(z)^2$$
#
# It is a sigmoid stretched to the range from −1 to 1: $\tanh(z) = 2\,\sigma(2z) - 1$. Its values have both signs, and
# its steepest slope is 1, four times that of the sigmoid. By hand: at $z = \ln 2$ the exponential $e^{2z}$ is 4, so the
# value is $\frac35$ and the slope $1 - \frac9{25} = \frac{16}{25}$.
#
# | | shape | |
# |---|---|---|
# | `z` | any | integers or floats, from −1000 to 1000 |
# | `value` | like `z` | between −1 and 1, also at the ends: no `nan` |
# | `slope` | like `z` | derivative of the value with respect to `z` |
#
# The slide's first formula is right on paper and breaks at 1000. NumPy has a function that does not; use it or build
# your own.
#
# <details><summary>Hint 1: two results from one</summary>
# The slope needs no exponential of its own. Everything it needs is in the value.
# </details>
# <details><summary>Hint 2: what breaks</summary>
# What is the exponential of 2000? Infinity, and it stands above and below. Compare exercise 1.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# NumPy's function has the name of this exercise. Keep its result; then take one minus its square. Mind that it is the
# square of the value, and not of z.
# </details>


# %% solution="tanh"
def tanh(z):
    """Return the hyperbolic tangent of z and its slope there: value, slope, float64, of the shape of z."""
    ### BEGIN SOLUTION
    value = np.tanh(z)
    return value, 1 - value**2
    ### END SOLUTION


# %% check="tanh" points=2 why="value and slope"
@expect.check
def check_tanh_near(tanh):
    few = "right to some ten digits, like a difference quotient: the formula gives them all"
    z = np.log([1.0, 2.0, 1 / 3])
    value, slope = expect.parts(expect.call(tanh, z), "value, slope", "tanh([0, ln 2, −ln 3])")
    expect.close(
        value,
        [0, 0.6, -0.8],
        "the value of tanh([0, ln 2, −ln 3])",
        mistakes={
            "the exponent is 2z: yours is the tanh of z / 2": [0, 1 / 3, -0.5],
            "this is the sigmoid, from 0 to 1: stretch it": [0.5, 2 / 3, 0.25],
            "this is the sigmoid of 2z: times 2, minus 1": [0.5, 0.8, 0.1],
            "your curve falls where it should rise: a sign is reversed": [0, -0.6, 0.8],
            "this is sinh: divide by cosh, too": [0, 0.75, -4 / 3],
            "this is tan, of the circle; tanh is of the hyperbola": np.tan(z),
            "this is arctan, another curve": np.arctan(z),
            "value and slope have changed places: return value, slope": [1, 0.64, 0.36],
        },
    )
    expect.close(
        slope,
        [1, 0.64, 0.36],
        "the slope of tanh([0, ln 2, −ln 3])",
        mistakes={
            "this is the slope rule of the sigmoid, value times one minus value": [0, 0.24, -1.44],
            "the square is missing: one minus the square of the value": [1, 0.4, 1.8],
            "you put z itself into a formula that wants tanh(z)": 1 - z**2,
            "you squared the difference: square the value only": [1, 0.16, 3.24],
            "tanh was applied twice: its slope at tanh(z) instead of at z": 1 - np.tanh([0, 0.6, -0.8]) ** 2,
            "1 / cosh without its square": [1, 0.8, 0.6],
            "this is the slope rule of tan, with a plus": [1, 1.36, 1.64],
            "the slope is negative, but the curve rises": [-1, -0.64, -0.36],
            "the factors of the stretching are missing: 2 in front, and the inner derivative 2": [0.25, 0.16, 0.09],
            "one factor 2 of the stretching is missing: it is in front and inside": [0.5, 0.32, 0.18],
        },
    )
    expect.close(
        slope, [1, 0.64, 0.36], "the slope of tanh([0, ln 2, −ln 3])", mistakes={few: slope}, rtol=1e-12, atol=1e-14
    )
    whole = np.array([[0, 1], [-1, 2]])
    value, slope = expect.parts(expect.call(tanh, whole), "value, slope", "tanh of integers")
    expect.close(
        value,
        [[0, 0.761594155955765], [-0.761594155955765, 0.964027580075817]],
        "the value of tanh([[0, 1], [−1, 2]])",
        mistakes={"an array of integers was filled: the fractions are lost, make it float": np.zeros((2, 2))},
    )
    ### BEGIN HIDDEN TESTS
    from cnnlib.gradcheck import numeric_gradient

    rng = np.random.default_rng(202)
    for shape in [(6,), (4, 3), (1, 5), (2, 2, 3)]:
        drawn = rng.normal(0, 2, shape[::-1]).T
        value, slope = expect.parts(expect.call(tanh, drawn), "value, slope", "tanh(z)")
        tensor = torch.tensor(drawn, requires_grad=True)
        torch.tanh(tensor).sum().backward()
        expect.close(value, torch.tanh(tensor), f"the value of tanh, z of shape {shape}")
        what = f"the slope of tanh, z of shape {shape}"
        numeric = numeric_gradient(lambda at: torch.tanh(torch.from_numpy(at)).numpy(), drawn.copy())
        expect.close(slope, numeric, what, rtol=1e-5, atol=1e-8)
        expect.close(slope, tensor.grad, what)
        expect.close(slope, tensor.grad, what, mistakes={few: slope}, rtol=1e-12, atol=1e-14)
    integers = rng.integers(-3, 4, (3, 4))
    value, slope = expect.parts(expect.call(tanh, integers), "value, slope", "tanh of integers")
    expect.close(slope, torch.cosh(torch.from_numpy(integers).double()) ** -2, "the slope of tanh of integers")
    ### END HIDDEN TESTS


check_tanh_near(tanh)


# %% check="tanh" points=1 why="far from zero, without NaN"
@expect.check
def check_tanh_far(tanh):
    infinite = "infinity divided by infinity{}: exponentials of large numbers overflow, and the slide's formula has two"
    value, slope = expect.parts(expect.call(tanh, np.array([-1000.0, 0.0, 1000.0])), "value, slope", "tanh(z)")
    expect.close(
        value,
        [-1, 0, 1],
        "the value of tanh([−1000, 0, 1000])",
        mistakes={
            infinite.format(" at 1000"): [-1, 0, np.nan],
            infinite.format(" at −1000"): [np.nan, 0, 1],
            infinite.format(" at both ends"): [np.nan, 0, np.nan],
            "the sigmoid's range is from 0 to 1: tanh reaches −1": [0, 0.5, 1],
            "nan was replaced by 0: repair the formula, not its result": [-1, 0, 0],
            **{
                f"you clipped z at {bound}: the curve goes on, to −1 and 1": np.tanh([-bound, 0, bound])
                for bound in (1, 2, 3, 4, 5, 6, 8, 10)
            },
        },
    )
    expect.close(slope, [0, 1, 0], "the slope of tanh([−1000, 0, 1000])")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(2021)
    wide = rng.uniform(-9, 9, (3, 7)) * 10.0 ** rng.integers(-1, 3, (3, 7))
    value, slope = expect.parts(expect.call(tanh, wide), "value, slope", "tanh(z)")
    tensor = torch.tensor(wide, requires_grad=True)
    torch.tanh(tensor).sum().backward()
    expect.close(value, torch.tanh(tensor), "the value of tanh between −900 and 900")
    expect.close(slope, tensor.grad, "the slope of tanh between −900 and 900")
    ### END HIDDEN TESTS


check_tanh_far(tanh)


# %% wrong="tanh" why="e to the z instead of 2z" keyword="exponent is 2z"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def tanh__half(z):
    e = np.exp(z)
    value = (e - 1) / (e + 1)
    return value, 1 - value**2


# %% wrong="tanh" why="the sigmoid" keyword="this is the sigmoid, from 0 to 1"
def tanh__sigmoid(z):
    from scipy.special import expit

    return expit(z), expit(z) * expit(-z)


# %% wrong="tanh" why="a sigmoid not stretched" keyword="times 2, minus 1"
def tanh__not_stretched(z):
    from scipy.special import expit

    value = expit(2 * np.asarray(z))
    return value, 1 - value**2


# %% wrong="tanh" why="the exponent's sign" keyword="falls where it should rise"
def tanh__falling(z):
    value = np.tanh(-z)
    return value, 1 - value**2


# %% wrong="tanh" why="half of the definition" keyword="this is sinh"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def tanh__sinh(z):
    return np.sinh(z), np.cosh(z)


# %% wrong="tanh" why="the function of the circle" keyword="this is tan, of the circle"
def tanh__tan(z):
    return np.tan(z), 1 + np.tan(z) ** 2


# %% wrong="tanh" why="the rule of the sigmoid" keyword="rule of the sigmoid"
def tanh__sigmoid_rule(z):
    value = np.tanh(z)
    return value, value * (1 - value)


# %% wrong="tanh" why="no square" keyword="square is missing"
def tanh__no_square(z):
    value = np.tanh(z)
    return value, 1 - value


# %% wrong="tanh" why="z in the place of tanh(z)" keyword="you put z itself"
def tanh__slope_of_z(z):
    return np.tanh(z), 1 - z**2


# %% wrong="tanh" why="brackets in the wrong place" keyword="squared the difference"
def tanh__squared_difference(z):
    value = np.tanh(z)
    return value, (1 - value) ** 2


# %% wrong="tanh" why="slope computed from the activation, which is passed through tanh again" keyword="applied twice"
def tanh__twice(z):
    value = np.tanh(z)
    return value, 1 - np.tanh(value) ** 2


# %% wrong="tanh" why="1 / cosh without the square" keyword="without its square"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def tanh__one_over_cosh(z):
    return np.tanh(z), 1 / np.cosh(z)


# %% wrong="tanh" why="slope first" keyword="changed places"
def tanh__swapped(z):
    value = np.tanh(z)
    return 1 - value**2, value


# %% wrong="tanh" why="the value alone" keyword="came array"
def tanh__value_only(z):
    return np.tanh(z)


# %% wrong="tanh" why="the slide's formula" keyword="infinity divided by infinity"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def tanh__slide(z):
    e = np.exp(2 * z)
    value = (e - 1) / (e + 1)
    return value, 1 - value**2


# %% wrong="tanh" why="sinh over cosh, which both overflow" keyword="infinity divided by infinity"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def tanh__sinh_over_cosh(z):
    value = np.sinh(z) / np.cosh(z)
    return value, 1 - value**2


# %% wrong="tanh" why="hides the nan" keyword="repair the formula"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def tanh__nan_to_num(z):
    e = np.exp(2 * z)
    value = np.nan_to_num((e - 1) / (e + 1))
    return value, 1 - value**2


# %% wrong="tanh" why="clips z too early" keyword="clipped z at 5"
def tanh__clipped(z):
    e = np.exp(2 * np.clip(z, -5.0, 5.0))
    value = (e - 1) / (e + 1)
    return value, 1 - value**2


# %% wrong="tanh" why="a difference quotient for the slope" keyword="like a difference quotient"
def tanh__differences(z):
    return np.tanh(z), (np.tanh(z + 1e-5) - np.tanh(z - 1e-5)) / 2e-5


# %% wrong="tanh" why="the factor 4 of a stretched sigmoid" keyword="factors of the stretching"
def tanh__stretching_forgotten(z):
    from scipy.special import expit

    double = 2.0 * z
    return 2 * expit(double) - 1, expit(double) * expit(-double)


# %% wrong="tanh" why="fills an array of the dtype of z" keyword="array of integers"
def tanh__integer_buffer(z):
    value = np.zeros_like(z)
    value[...] = np.tanh(z)
    return value, 1 - value**2


# %% right="tanh" why="a stretched sigmoid"
def tanh__stretched(z):
    from scipy.special import expit

    double = 2.0 * z
    return 2 * expit(double) - 1, 4 * expit(double) * expit(-double)


# %% right="tanh" why="the slide's formula with an exponent that is never positive, and the sign put back"
def tanh__signed(z):
    e = np.exp(-2 * np.abs(z))
    return np.sign(z) * (1 - e) / (1 + e), 4 * e / (1 + e) ** 2


# %% right="tanh" why="torch and its gradient"
def tanh__torch(z):
    tensor = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    value = torch.tanh(tensor)
    (slope,) = torch.autograd.grad(value.sum(), tensor)
    return value.detach().numpy(), slope.numpy()


# %% [markdown]
# Here are your two curves with their slopes. Look at the height of the dashed lines in the middle, and at what is left
# of them at ±5: there a unit is *saturated*. Its output hardly moves, whatever its weights do.


# %%
# Figure · two squashing functions and their slopes
with expect.written():
    z = np.linspace(-6, 6, 241)
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharex=True)
    for ax, name, function in zip(axes, ("sigmoid", "tanh"), (sigmoid, tanh), strict=True):
        curve, steepness = function(z)
        ax.plot(z, curve, label=name)
        ax.plot(z, steepness, "--", label="slope")
        ax.set(xlabel="z", title=f"{name}: steepest slope {steepness.max():.2f}, at ±5 only {steepness[20]:.4f}")
        ax.legend(loc="upper left")
    plot.show(
        fig,
        alt="Left: the sigmoid rises from 0 to 1, its slope is a low hill of height 0.25 around 0. Right: tanh rises "
        "from −1 to 1, its slope is a steeper and narrower hill of height 1. Both slopes are nearly 0 at ±5.",
    )

# %% [markdown]
# ### 3 · The slope of a corner  ·  3 points  ·  10 min  ·  ●○○ difficulty
#
# Write `relu(z, *, at_zero=0.0)`. It returns `value, slope` of the rectified linear unit:
#
# $$\mathrm{relu}(z) = \max(0, z)$$
#
# The slope is 0 on the left and 1 on the right. At zero the curve has a corner, and a corner has no slope. A program
# must return something all the same, and it happens more often than one thinks: whatever comes out of another ReLU is
# exactly 0 in about half of its places.
#
# **The slides do not agree about it.** One deck writes $1_{z>0}$, which is 0 at zero; so does PyTorch. Another
# describes the same factor in words: 0 where the number was negative, and 1 where it is ≥ 0; the formula beside these
# words has > 0. Every number between 0 and 1 is a fair answer (mathematicians call them *subgradients*), and one half
# is popular too. So here the caller decides: `at_zero` is the slope at exactly 0. The check tries both decks.
#
# | argument | shape | |
# |---|---|---|
# | `z` | any | integers or floats |
# | `at_zero` | a number | from 0 to 1; the slope where `z` is exactly 0 |
# | `value`, `slope` | like `z` | |
#
# <details><summary>Hint 1: two different tools</summary>
# NumPy's <code>max</code> looks for the largest number of a whole array. Its <code>maximum</code> compares two arrays
# place by place, or an array with one number.
# </details>
# <details><summary>Hint 2: three cases</summary>
# Left, right, and exactly zero. Ask z for it, not the value: the value is zero on the whole left side too.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Two choices, one inside the other, with <code>np.where</code>: where z is positive, 1; else where z equals 0,
# the number the caller gave; else 0.
# </details>


# %% solution="relu"
def relu(z, *, at_zero=0.0):
    """Return max(0, z) and its slope, at_zero where z is 0: value, slope, of the shape of z."""
    ### BEGIN SOLUTION
    return np.maximum(z, 0), np.where(z > 0, 1.0, np.where(z == 0, at_zero, 0.0))
    ### END SOLUTION


# %% check="relu" points=1 why="the value"
@expect.check
def check_relu_value(relu):
    z = np.array([-2, -0.5, 0, 0.5, 3])
    value, _ = expect.parts(expect.call(relu, z), "value, slope", "relu([−2, −0.5, 0, 0.5, 3])")
    expect.close(
        value,
        [0, 0, 0, 0.5, 3],
        "the value of relu([−2, −0.5, 0, 0.5, 3])",
        mistakes={
            "this is the absolute value: the left side becomes 0": [2, 0.5, 0, 0.5, 3],
            "this is the negative part, min(0, z)": [-2, -0.5, 0, 0, 0],
            "value and slope have changed places: return value, slope": [0, 0, 0, 1, 1],
            "the right side is cut off at 1: a ReLU has no upper end": [0, 0, 0, 0.5, 1],
            "this is a leaky ReLU: the left side becomes 0": [-0.2, -0.05, 0, 0.5, 3],
            "this is softplus, the smooth relative of the ReLU": np.logaddexp(0, z),
            "`np.max` finds the one largest number of the array: compare place by place": 3.0,
            "places on the left were dropped: the shape stays, with zeros in it": [0.5, 3],
        },
    )
    value, _ = expect.parts(expect.call(relu, z, at_zero=0.75), "value, slope", "relu(z, at_zero=0.75)")
    expect.close(
        value,
        [0, 0, 0, 0.5, 3],
        "the value of relu([−2, −0.5, 0, 0.5, 3], at_zero=0.75)",
        mistakes={"`at_zero` is the slope at 0; the value there is 0": [0, 0, 0.75, 0.5, 3]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(203)
    for shape in [(8,), (3, 4), (1, 6), (2, 3, 4)]:
        drawn = rng.normal(0, 3, shape[::-1]).T
        value, _ = expect.parts(expect.call(relu, drawn), "value, slope", "relu(z)")
        expect.close(value, torch.relu(torch.from_numpy(drawn)), f"the value of relu, z of shape {shape}")
    integers = rng.integers(-3, 4, (5, 4))
    value, _ = expect.parts(expect.call(relu, integers, at_zero=1.0), "value, slope", "relu of integers")
    expect.close(value, torch.relu(torch.from_numpy(integers)), "the value of relu of integers")
    ### END HIDDEN TESTS


check_relu_value(relu)


# %% check="relu" points=2 why="the slope, and what the caller chose at zero"
@expect.check
def check_relu_slope(relu):
    z, choices = np.array([-2, -0.5, 0, 0.5, 3]), (0.0, 0.5, 1.0)
    slopes = [
        expect.parts(expect.call(relu, z, at_zero=at), "value, slope", f"relu(z, at_zero={at})")[1] for at in choices
    ]

    def rows(left, corner, right):  # one for each choice
        return [[*left, at, *right] for at in corner]

    left, right = (0, 0), (1, 1)
    expect.close(
        slopes,
        rows(left, choices, right),
        "the slopes of relu([−2, −0.5, 0, 0.5, 3]), a row for each of at_zero = 0, 0.5, 1",
        mistakes={
            "z > 0 counts zero to the left, whatever the caller chose: `at_zero` is ignored": rows(
                left, [0] * 3, right
            ),
            "z >= 0 counts zero to the right, whatever the caller chose: `at_zero` is ignored": (
                rows(left, [1] * 3, right)
            ),
            "one half at zero, whatever the caller chose": rows(left, [0.5] * 3, right),
            "an array of integers was filled: one half became 0, make it float": rows(left, (0, 0, 1), right),
            "an array of True and False was filled: one half became True, make it float": rows(left, (0, 1, 1), right),
            "0 counts as False, so `at_zero or 1` is 1: take `at_zero` as it is": rows(left, (1, 0.5, 1), right),
            "the left side is flat, its slope 0: −1 is the slope of the absolute value": rows((-1, -1), choices, right),
            "the left side is flat: its slope is 0, not −1 (np.sign)": rows((-1, -1), [0] * 3, right),
            "the slope on the right is 1, not z": rows(left, choices, (0.5, 3)),
            "the slope on the right is 1, not z: you returned the value": rows(left, [0] * 3, (0.5, 3)),
            "the whole left side got `at_zero`: ask z, the value is 0 there too": [[at] * 3 + [1, 1] for at in choices],
            "0 / 0 is nan: the slope is no quotient of value and z": rows(left, [np.nan] * 3, right),
            "left and right have changed places": rows(right, choices, left),
        },
    )
    _, slope = expect.parts(expect.call(relu, z), "value, slope", "relu(z) without at_zero")
    expect.close(
        slope,
        [0, 0, 0, 1, 1],
        "the slope of relu([−2, −0.5, 0, 0.5, 3]), where at_zero is 0",
        mistakes={
            "the default of `at_zero` is 0.0, yours is 1": [0, 0, 1, 1, 1],
            "the default of `at_zero` is 0.0, yours is one half": [0, 0, 0.5, 1, 1],
        },
    )
    tiny = np.array([-1e-12, 1e-12])
    _, slope = expect.parts(expect.call(relu, tiny, at_zero=0.5), "value, slope", "relu of tiny numbers")
    expect.close(
        slope,
        [0, 1],
        "the slope of relu([−1e-12, 1e-12], at_zero=0.5)",
        mistakes={"only exactly 0 is zero: tiny numbers have a side": [0.5, 0.5]},
    )
    whole = np.array([[-1, 0], [2, 0]])
    _, slope = expect.parts(expect.call(relu, whole, at_zero=0.3), "value, slope", "relu of integers")
    expect.close(
        slope,
        [[0, 0.3], [1, 0.3]],
        "the slope of relu([[−1, 0], [2, 0]], at_zero=0.3)",
        mistakes={"an array of integers was filled: 0.3 became 0, make it float": [[0, 0], [1, 0]]},
    )
    ### BEGIN HIDDEN TESTS
    from cnnlib.gradcheck import numeric_gradient

    rng = np.random.default_rng(2031)
    for shape, chosen in [((9,), 0.25), ((4, 3), 0.0), ((1, 5), 1.0), ((3, 2, 2), 0.75)]:
        drawn = rng.integers(-2, 3, shape[::-1]).T * rng.uniform(0.5, 2)
        _, slope = expect.parts(expect.call(relu, drawn, at_zero=chosen), "value, slope", "relu(z)")
        target = torch.heaviside(torch.tensor(drawn), torch.tensor(chosen, dtype=torch.float64))
        expect.close(slope, target, f"the slope of relu, z of shape {shape}, at_zero={chosen}")
    away = rng.normal(0, 2, (3, 3))
    _, slope = expect.parts(expect.call(relu, away), "value, slope", "relu(z)")
    numeric = numeric_gradient(lambda at: torch.relu(torch.from_numpy(at)).numpy(), away)
    expect.close(slope, numeric, "the slope of relu", rtol=1e-5, atol=1e-8)
    _, slope = expect.parts(expect.call(relu, np.array([-0.0, 0.0]), at_zero=0.4), "value, slope", "relu([−0.0, 0.0])")
    expect.close(slope, [0.4, 0.4], "the slope of relu([−0.0, 0.0], at_zero=0.4)")
    ### END HIDDEN TESTS


check_relu_slope(relu)


# %% wrong="relu" why="the absolute value" keyword="absolute value: the left side"
def relu__absolute(z, *, at_zero=0.0):
    return np.abs(z), np.where(z == 0, at_zero, np.sign(z))


# %% wrong="relu" why="min for max" keyword="negative part"
def relu__minimum(z, *, at_zero=0.0):
    return np.minimum(z, 0), np.where(z == 0, at_zero, z < 0)


# %% wrong="relu" why="the largest number of the array" keyword="one largest number"
def relu__max_of_array(z, *, at_zero=0.0):
    return np.max(z).clip(0), np.heaviside(z, at_zero)


# %% wrong="relu" why="Python's max, which compares whole arrays" keyword="ambiguous"
def relu__python_max(z, *, at_zero=0.0):
    return max(0, z), np.heaviside(z, at_zero)


# %% wrong="relu" why="drops the left side" keyword="were dropped"
def relu__dropped(z, *, at_zero=0.0):
    return z[z > 0], np.heaviside(z, at_zero)


# %% wrong="relu" why="saturates, like the sigmoid" keyword="no upper end"
def relu__clipped(z, *, at_zero=0.0):
    return np.clip(z, 0, 1), np.heaviside(z, at_zero)


# %% wrong="relu" why="leaks" keyword="this is a leaky ReLU"
def relu__leaky(z, *, at_zero=0.0):
    return np.maximum(0.1 * z, z), np.heaviside(z, at_zero)


# %% wrong="relu" why="slope first" keyword="changed places"
def relu__swapped(z, *, at_zero=0.0):
    return np.heaviside(z, at_zero), np.maximum(z, 0)


# %% wrong="relu" why="one deck's convention, whatever is asked" keyword="zero to the left"
def relu__zero_left(z, *, at_zero=0.0):
    return np.maximum(z, 0), (z > 0).astype(float)


# %% wrong="relu" why="the other deck's convention, whatever is asked" keyword="zero to the right"
def relu__zero_right(z, *, at_zero=0.0):
    return np.maximum(z, 0), (z >= 0).astype(float)


# %% wrong="relu" why="the middle, whatever is asked" keyword="one half at zero"
def relu__always_half(z, *, at_zero=0.0):
    return np.maximum(z, 0), np.heaviside(z, 0.5)


# %% wrong="relu" why="the sign function for the slope" keyword="np.sign"
def relu__sign(z, *, at_zero=0.0):
    return np.maximum(z, 0), np.sign(z).astype(float)


# %% wrong="relu" why="z instead of its slope" keyword="1, not z"
def relu__slope_is_z(z, *, at_zero=0.0):
    value = np.maximum(z, 0.0)
    return value, np.where(z == 0, at_zero, value)


# %% wrong="relu" why="asks the value where zero is" keyword="whole left side"
def relu__asks_value(z, *, at_zero=0.0):
    value = np.maximum(z, 0)
    return value, np.where(value == 0, at_zero, 1.0)


# %% wrong="relu" why="a quotient for the slope" keyword="0 / 0"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def relu__quotient(z, *, at_zero=0.0):
    value = np.maximum(z, 0)
    return value, value / z


# %% wrong="relu" why="zero with a tolerance" keyword="only exactly 0"
def relu__tolerance(z, *, at_zero=0.0):
    return np.maximum(z, 0), np.where(np.isclose(z, 0), at_zero, z > 0)


# %% wrong="relu" why="fills an array of the dtype of z" keyword="array of integers"
def relu__integer_buffer(z, *, at_zero=0.0):
    slope = np.zeros_like(z)
    slope[z > 0] = 1
    slope[z == 0] = at_zero
    return np.maximum(z, 0), slope


# %% wrong="relu" why="the value at zero, too" keyword="is the slope at 0; the value there is 0"
def relu__value_at_zero(z, *, at_zero=0.0):
    value, slope = np.array(z, float), np.ones(z.shape)
    for places, number in ((z < 0, 0), (z == 0, at_zero)):
        value[places] = slope[places] = number
    return value, slope


# %% wrong="relu" why="a slope of whole numbers" keyword="array of integers"
def relu__integer_slope(z, *, at_zero=0.0):
    slope = (z > 0).astype(int)
    slope[z == 0] = at_zero
    return np.maximum(z, 0), slope


# %% wrong="relu" why="a slope of truth values" keyword="array of True and False"
def relu__boolean_slope(z, *, at_zero=0.0):
    slope = z > 0
    slope[z == 0] = at_zero
    return np.maximum(z, 0), slope


# %% wrong="relu" why="takes 0 for no choice" keyword="0 counts as False"
def relu__or_one(z, *, at_zero=0.0):
    return np.maximum(z, 0), np.heaviside(z, at_zero or 1.0)


# %% wrong="relu" why="writes zeros into the caller's array" keyword="mutated input"
def relu__in_place(z, *, at_zero=0.0):
    slope = np.heaviside(z, at_zero)
    z[z < 0] = 0
    return z, slope


# %% wrong="relu" why="another default" keyword="default of"
def relu__default_one(z, *, at_zero=1.0):
    return np.maximum(z, 0), np.heaviside(z, at_zero)


# %% right="relu" why="multiplies by the side, and the library's step function"
def relu__heaviside(z, *, at_zero=0.0):
    return z * (z > 0), np.heaviside(z, at_zero)


# %% right="relu" why="the mean of z and its absolute value, and a sum of masks"
def relu__masks(z, *, at_zero=0.0):
    return (z + abs(z)) / 2, 1.0 * (z > 0) + at_zero * (z == 0)


# %% right="relu" why="number by number"
def relu__loop(z, *, at_zero=0.0):
    value, slope = np.zeros(z.shape), np.zeros(z.shape)
    for place, number in np.ndenumerate(z):
        if number > 0:
            value[place], slope[place] = number, 1
        elif number == 0:
            slope[place] = at_zero
    return value, slope


# %% right="relu" why="torch's gradient, with the corner replaced"
def relu__torch(z, *, at_zero=0.0):
    tensor = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    value = torch.relu(tensor)
    (slope,) = torch.autograd.grad(value.sum(), tensor)
    slope[tensor == 0] = at_zero
    return value.detach().numpy(), slope.numpy()


# %% [markdown]
# ### 4 · Let something through  ·  4 points  ·  15 min  ·  ●●○ difficulty
#
# A ReLU whose inputs are all negative has the slope 0 for every one of them. No gradient reaches its weights, so it
# stays as it is: it is *dead*. Two relatives keep a slope on the left. Write `relu_variant(z, kind, alpha)`, which
# returns `value, slope` for both:
#
# | `kind` | where z ≥ 0 | where z < 0 |
# |---|---|---|
# | `"leaky"` | z | α z |
# | `"elu"` | z | α (eᶻ − 1) |
#
# At zero itself the slope is that of the **right** side, 1, as the slide about ELU counts zero to the right. (PyTorch
# counts it to the left, and has α there.)
#
# The slide about the leaky ReLU prints $\max(0.1z,\, z)$, with α = 0.1. That is a pretty formula, and only right for
# some α. The check shows for which.
#
# | argument | shape | |
# |---|---|---|
# | `z` | any | integers or floats, from −1000 to 1000 |
# | `kind` | a string | `"leaky"` or `"elu"` |
# | `alpha` | a number | larger than 0; may be larger than 1 |
# | `value`, `slope` | like `z` | float64 |
#
# By hand: ELU with α = 3 at $z = -\ln 2$ is $3\,(\frac12 - 1) = -1.5$, with the slope $3\cdot\frac12 = 1.5$.
#
# <details><summary>Hint 1: the derivatives</summary>
# Of α z: only α is left. Of α (eᶻ − 1): the −1 disappears, the exponential stays as it is.
# </details>
# <details><summary>Hint 2: a choice, not a sum</summary>
# <code>np.where</code> takes one of two numbers. To multiply each side by 0 or 1 and to add is not the same: far out on
# the right the exponential is infinite, and 0 times infinity is <code>nan</code>.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# First the number that the exponential may see: the smaller of z and 0, so that nothing overflows. Then, for each kind,
# the left value and the left slope. At the end two choices by the sign of z: z or the left value, 1 or the left slope.
# </details>


# %% solution="relu_variant"
def relu_variant(z, kind, alpha):
    """Return a leaky ReLU or an ELU of z and its slope: value, slope, float64, of the shape of z."""
    ### BEGIN SOLUTION
    left = np.minimum(z, 0.0)
    if kind == "leaky":
        value, slope = alpha * left, alpha
    else:
        value, slope = alpha * np.expm1(left), alpha * np.exp(left)
    return np.where(z >= 0, z, value), np.where(z >= 0, 1.0, slope)
    ### END SOLUTION


# %% check="relu_variant" points=2 why="the leaky ReLU"
@expect.check
def check_relu_variant_leaky(relu_variant):
    few = "right to some ten digits, like a difference quotient: the formula gives them all"
    z = np.array([-2.0, -1.0, 0.0, 1.0, 3.0])
    what = 'relu_variant([−2, −1, 0, 1, 3], "leaky", 0.25)'
    value, slope = expect.parts(expect.call(relu_variant, z, "leaky", 0.25), "value, slope", what)
    expect.close(
        value,
        [-0.5, -0.25, 0, 1, 3],
        f"the value of {what}",
        mistakes={
            "`alpha` is ignored: 0.1 is the slide's choice, here the caller chooses": [-0.2, -0.1, 0, 1, 3],
            "`alpha` is ignored: 0.01 is PyTorch's default, here the caller chooses": [-0.02, -0.01, 0, 1, 3],
            "the minimum of αz and z: you bent the right side": [-2, -1, 0, 0.25, 0.75],
            "the leak points upwards: on the left the value is negative": [0.5, 0.25, 0, 1, 3],
            "nothing leaks: this is the plain ReLU": [0, 0, 0, 1, 3],
            "value and slope have changed places: return value, slope": [0.25, 0.25, 1, 1, 1],
            "this is ELU: look at `kind`": [0.25 * (np.exp(-2.0) - 1), 0.25 * (np.exp(-1.0) - 1), 0, 1, 3],
            "the left side is α itself, without z: a constant does not leak": [0.25, 0.25, 0, 1, 3],
        },
    )
    at_zero = "at zero you took the left side, as PyTorch does: here the slope at 0 is that of the right"
    expect.close(
        slope,
        [0.25, 0.25, 1, 1, 1],
        f"the slope of {what}",
        mistakes={
            at_zero: [0.25, 0.25, 0.25, 1, 1],
            "nothing leaks back: on the left the slope is α": [0, 0, 1, 1, 1],
            "nothing leaks back: on the left the slope is α, and at 0 it is 1": [0, 0, 0, 1, 1],
            "the slope at the corner is 0: zero belongs to the right": [0.25, 0.25, 0, 1, 1],
            "the slope at the corner is a mean: zero belongs to the right": [0.25, 0.25, 0.625, 1, 1],
            "the slope on the left is α, not αz": [-0.5, -0.25, 1, 1, 1],
            "the slope on the left is positive, α": [-0.25, -0.25, 1, 1, 1],
        },
    )
    expect.close(slope, [0.25, 0.25, 1, 1, 1], f"the slope of {what}", mistakes={few: slope}, rtol=1e-12, atol=1e-14)
    what = 'relu_variant([−2, −1e-9, 3], "leaky", 2.0)'
    steep = np.array([-2.0, -1e-9, 3.0])
    value, slope = expect.parts(expect.call(relu_variant, steep, "leaky", 2.0), "value, slope", what)
    above = "max(αz, z) is a leaky ReLU only while α is at most 1: choose by the sign of z"
    tiny = "only exactly 0 is zero: −1e-9 is on the left"
    expect.close(value, [-4, -2e-9, 3], f"the value of {what}", mistakes={above: [-2, -1e-9, 6]})
    expect.close(slope, [2, 2, 1], f"the slope of {what}", mistakes={above: [1, 1, 2], tiny: [2, 1, 1]})
    whole = np.array([-2, 0, 3])
    value, slope = expect.parts(expect.call(relu_variant, whole, "leaky", 0.3), "value, slope", "relu_variant")
    integers = "an array of integers was filled: the fractions are lost, make it float"
    expect.close(
        value,
        [-0.6, 0, 3],
        'the value of relu_variant([−2, 0, 3], "leaky", 0.3) of integers',
        mistakes={integers: [0, 0, 3]},
    )
    expect.close(
        slope,
        [0.3, 1, 1],
        'the slope of relu_variant([−2, 0, 3], "leaky", 0.3) of integers',
        mistakes={integers: [0, 1, 1]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(204)
    for shape in [(7,), (2, 5), (1, 3), (3, 2, 4)]:
        drawn, alpha = rng.normal(0, 3, shape[::-1]).T, float(rng.uniform(0.05, 1.8))
        what = f'relu_variant(z, "leaky", {alpha:.3g}), z of shape {shape}'
        value, slope = expect.parts(expect.call(relu_variant, drawn, "leaky", alpha), "value, slope", what)
        tensor = torch.tensor(drawn, requires_grad=True)
        truth = torch.nn.functional.leaky_relu(tensor, alpha)
        truth.sum().backward()
        expect.close(value, truth, f"the value of {what}")
        expect.close(slope, tensor.grad, f"the slope of {what}")
        expect.close(slope, tensor.grad, f"the slope of {what}", mistakes={few: slope}, rtol=1e-12, atol=1e-14)
    ### END HIDDEN TESTS


check_relu_variant_leaky(relu_variant)


# %% check="relu_variant" points=2 why="the exponential linear unit"
@expect.check
def check_relu_variant_elu(relu_variant):
    few = "right to some ten digits, like a difference quotient: the formula gives them all"
    z = np.array([-np.log(4), -np.log(2), 0.0, 2.0])
    what = 'relu_variant([−ln 4, −ln 2, 0, 2], "elu", 3.0)'
    value, slope = expect.parts(expect.call(relu_variant, z, "elu", 3.0), "value, slope", what)
    expect.close(
        value,
        [-2.25, -1.5, 0, 2],
        f"the value of {what}",
        mistakes={
            "α stands before the bracket, and multiplies the −1 too": [-0.25, 0.5, 0, 2],
            "`alpha` is ignored: you computed with 1": [-0.75, -0.5, 0, 2],
            "α belongs before the bracket, not into the exponent": [1 / 64 - 1, 1 / 8 - 1, 0, 2],
            "the −1 is missing, so the curve jumps at 0": [0.75, 1.5, 0, 2],
            "the exponent is z, not −z: on the left the curve levels off at −α": [9, 3, 0, 2],
            "value and slope have changed places: return value, slope": [0.75, 1.5, 1, 1],
            "this is the leaky ReLU: look at `kind`": [-3 * np.log(4), -3 * np.log(2), 0, 2],
            "the sign is reversed on the left: eᶻ − 1, not 1 − eᶻ": [2.25, 1.5, 0, 2],
        },
    )
    expect.close(
        slope,
        [0.75, 1.5, 1, 1],
        f"the slope of {what}",
        mistakes={
            "this is the value: the derivative of a constant is 0, the −1 disappears": [-2.25, -1.5, 1, 1],
            "the factor α is missing in the slope": [0.25, 0.5, 1, 1],
            "α alone is the slope of the leaky ReLU": [3, 3, 1, 1],
            "at zero you took the left side, as PyTorch does: here the slope at 0 is that of the right": [
                0.75,
                1.5,
                3,
                1,
            ],
            "value + 1 is the slope only if α is 1; in general it is value + α": [-1.25, -0.5, 1, 1],
            "nothing comes back on the left: this is the slope of the plain ReLU": [0, 0, 1, 1],
            "value + α on both sides: on the right the slope is 1": [0.75, 1.5, 3, 5],
        },
    )
    expect.close(slope, [0.75, 1.5, 1, 1], f"the slope of {what}", mistakes={few: slope}, rtol=1e-12, atol=1e-14)
    ends = 'relu_variant([−1000, 1000], "elu", 1.0)'
    value, slope = expect.parts(
        expect.call(relu_variant, np.array([-1000.0, 1000.0]), "elu", 1.0), "value, slope", ends
    )
    infinite = "0 times infinity: the exponential of the right side overflows; choose, do not add"
    clipped = "you clipped z at −{:g}: the curve goes on, down to −α"
    bends = {clipped.format(bound): [np.exp(-bound) - 1, 1000] for bound in (1.0, 2.0, 3.0, 5.0, 10.0, 20.0)}
    expect.close(value, [-1, 1000], f"the value of {ends}", mistakes={infinite: [-1, np.nan], **bends})
    expect.close(slope, [0, 1], f"the slope of {ends}", mistakes={infinite: [0, np.nan]})
    value, slope = expect.parts(
        expect.call(relu_variant, np.array([-2, 0, 3]), "elu", 0.5), "value, slope", "relu_variant"
    )
    filled = "an array of integers was filled: the fractions are lost, make it float"
    halved = 'relu_variant([−2, 0, 3], "elu", 0.5) of integers'
    expect.close(
        value,
        [-0.43233235838169365, 0, 3],
        f"the value of {halved}",
        mistakes={filled: [0, 0, 3]},
    )
    expect.close(slope, [0.06766764161830635, 1, 1], f"the slope of {halved}", mistakes={filled: [0, 1, 1]})
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(2041)
    for shape in [(6,), (4, 3), (1, 5), (2, 3, 3)]:
        drawn, alpha = rng.normal(0, 2, shape[::-1]).T, float(rng.uniform(0.3, 2.5))
        what = f'relu_variant(z, "elu", {alpha:.3g}), z of shape {shape}'
        value, slope = expect.parts(expect.call(relu_variant, drawn, "elu", alpha), "value, slope", what)
        tensor = torch.tensor(drawn, requires_grad=True)
        truth = torch.nn.functional.elu(tensor, alpha)
        truth.sum().backward()
        expect.close(value, truth, f"the value of {what}")
        expect.close(slope, tensor.grad, f"the slope of {what}")
        expect.close(slope, tensor.grad, f"the slope of {what}", mistakes={few: slope}, rtol=1e-12, atol=1e-14)
    integers = np.array([[-3, 0, 2], [-1, 4, -800]])
    value, slope = expect.parts(expect.call(relu_variant, integers, "elu", 0.5), "value, slope", "relu_variant")
    truth = torch.nn.functional.elu(torch.from_numpy(integers).double(), 0.5)
    expect.close(value, truth, 'the value of relu_variant(integers, "elu", 0.5)')
    expect.close(slope, np.where(truth < 0, truth + 0.5, 1.0), 'the slope of relu_variant(integers, "elu", 0.5)')
    ### END HIDDEN TESTS


check_relu_variant_elu(relu_variant)


# %% wrong="relu_variant" why="the slide's constant" keyword="0.1 is the slide's choice"
def relu_variant__slide_constant(z, kind, alpha):
    if kind == "leaky":
        return np.where(z >= 0, z, 0.1 * z), np.where(z >= 0, 1, 0.1)
    small = np.exp(np.minimum(z, 0))
    return np.where(z >= 0, z, alpha * (small - 1)), np.where(z >= 0, 1, alpha * small)


# %% wrong="relu_variant" why="the slide's maximum" keyword="only while α is at most 1"
def relu_variant__maximum(z, kind, alpha):
    if kind == "leaky":
        value = np.maximum(alpha * z, z)
        return value, np.where(z == 0, 1, np.where(value == z, 1, alpha))
    small = np.exp(np.minimum(z, 0))
    return np.where(z >= 0, z, alpha * (small - 1)), np.where(z >= 0, 1, alpha * small)


# %% wrong="relu_variant" why="bends the wrong side" keyword="you bent the right side"
def relu_variant__minimum(z, kind, alpha):
    if kind == "leaky":
        return np.minimum(alpha * z, z), np.where(z > 0, alpha, 1)
    small = np.exp(np.minimum(z, 0))
    return np.where(z >= 0, z, alpha * (small - 1)), np.where(z >= 0, 1, alpha * small)


# %% wrong="relu_variant" why="PyTorch's side at zero" keyword="as PyTorch does"
def relu_variant__pytorch_zero(z, kind, alpha):
    small = np.exp(np.minimum(z, 0))
    if kind == "leaky":
        return np.where(z > 0, z, alpha * z), np.where(z > 0, 1, alpha)
    return np.where(z > 0, z, alpha * (small - 1)), np.where(z > 0, 1, alpha * small)


# %% wrong="relu_variant" why="ReLU's slope for both" keyword="nothing leaks back"
def relu_variant__relu_slope(z, kind, alpha):
    left = alpha * z if kind == "leaky" else alpha * np.expm1(np.minimum(z, 0))
    return np.where(z >= 0, z, left), (z >= 0).astype(float)


# %% wrong="relu_variant" why="the value for the slope" keyword="not αz"
def relu_variant__slope_is_value(z, kind, alpha):
    left = alpha * z if kind == "leaky" else alpha * np.expm1(np.minimum(z, 0))
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, left)


# %% wrong="relu_variant" why="α and exponential before the subtraction" keyword="multiplies the −1 too"
def relu_variant__bracket(z, kind, alpha):
    small = np.exp(np.minimum(z, 0))
    left, slope = (alpha * z, alpha) if kind == "leaky" else (alpha * small - 1, alpha * small)
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, slope)


# %% wrong="relu_variant" why="ELU without α" keyword="you computed with 1"
def relu_variant__elu_of_one(z, kind, alpha):
    small = np.exp(np.minimum(z, 0))
    left, slope = (alpha * z, alpha) if kind == "leaky" else (small - 1, small)
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, slope)


# %% wrong="relu_variant" why="α in the exponent" keyword="not into the exponent"
def relu_variant__exponent(z, kind, alpha):
    small = np.exp(alpha * np.minimum(z, 0))
    left, slope = (alpha * z, alpha) if kind == "leaky" else (small - 1, alpha * small)
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, slope)


# %% wrong="relu_variant" why="no −1" keyword="jumps at 0"
def relu_variant__jump(z, kind, alpha):
    small = np.exp(np.minimum(z, 0))
    left, slope = (alpha * z, alpha) if kind == "leaky" else (alpha * small, alpha * small)
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, slope)


# %% wrong="relu_variant" why="keeps the −1 in the derivative" keyword="derivative of a constant is 0"
def relu_variant__constant_kept(z, kind, alpha):
    left, slope = alpha * z, alpha
    if kind == "elu":
        left = slope = alpha * np.expm1(np.minimum(z, 0))
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, slope)


# %% wrong="relu_variant" why="the slope of ELU without its α" keyword="α is missing in the slope"
def relu_variant__slope_without_alpha(z, kind, alpha):
    small = np.exp(np.minimum(z, 0))
    left, slope = (alpha * z, alpha) if kind == "leaky" else (alpha * (small - 1), small)
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, slope)


# %% wrong="relu_variant" why="value + 1, remembered from α = 1" keyword="only if α is 1"
def relu_variant__value_plus_one(z, kind, alpha):
    left, slope = alpha * z, alpha
    if kind == "elu":
        left = alpha * np.expm1(np.minimum(z, 0))
        slope = left + 1
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, slope)


# %% wrong="relu_variant" why="sums of masks" keyword="0 times infinity"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def relu_variant__masks(z, kind, alpha):
    right, left = z >= 0, z < 0
    if kind == "leaky":
        return right * z + left * alpha * z, right + left * alpha
    return right * z + left * (alpha * (np.exp(z) - 1)), right + left * (alpha * np.exp(z))


# %% wrong="relu_variant" why="works in an array of the dtype of z" keyword="array of integers"
def relu_variant__integer_buffer(z, kind, alpha):
    value, slope = z.copy(), np.ones_like(z)
    left = z < 0
    value[left] = alpha * z[left] if kind == "leaky" else alpha * np.expm1(z[left])
    slope[left] = alpha if kind == "leaky" else alpha * np.exp(z[left])
    return value, slope


# %% wrong="relu_variant" why="the ELU in an array of the dtype of z" keyword="array of integers"
def relu_variant__integer_elu(z, kind, alpha):
    if kind == "leaky":
        return np.where(z >= 0, z, alpha * z), np.where(z >= 0, 1, alpha)
    value, slope, left = z.copy(), np.ones(z.shape), z < 0
    value[left] = alpha * np.expm1(z[left])
    slope[left] = alpha * np.exp(z[left])
    return value, slope


# %% wrong="relu_variant" why="clips the exponent too early" keyword="you clipped z at −5"
def relu_variant__clipped(z, kind, alpha):
    small = np.exp(np.clip(z, -5, 0))
    left, slope = (alpha * z, alpha) if kind == "leaky" else (alpha * (small - 1), alpha * small)
    return np.where(z >= 0, z, left), np.where(z >= 0, 1, slope)


# %% wrong="relu_variant" why="a difference quotient for the slope" keyword="like a difference quotient"
def relu_variant__differences(z, kind, alpha):
    def bent(z):
        return np.where(z >= 0, z, alpha * z if kind == "leaky" else alpha * np.expm1(np.minimum(z, 0)))

    return bent(z), np.where(z == 0, 1, (bent(z + 1e-5) - bent(z - 1e-5)) / 2e-5)


# %% wrong="relu_variant" why="zero with a tolerance" keyword="only exactly 0"
def relu_variant__tolerance(z, kind, alpha):
    right, small = (z >= 0) | np.isclose(z, 0), np.exp(np.minimum(z, 0))
    left, slope = (alpha * z, alpha) if kind == "leaky" else (alpha * (small - 1), alpha * small)
    return np.where(z >= 0, z, left), np.where(right, 1, slope)


# %% wrong="relu_variant" why="changes the caller's array" keyword="mutated input"
def relu_variant__in_place(z, kind, alpha):
    slope, left = np.ones(z.shape), z < 0
    slope[left] = alpha if kind == "leaky" else alpha * np.exp(z[left])
    z[left] = alpha * z[left] if kind == "leaky" else slope[left] - alpha
    return z, slope


# %% wrong="relu_variant" why="one kind for both" keyword="this is the leaky ReLU: look at"
def relu_variant__always_leaky(z, kind, alpha):
    return np.where(z >= 0, z, alpha * z), np.where(z >= 0, 1, alpha)


# %% wrong="relu_variant" why="slope first" keyword="changed places"
def relu_variant__swapped(z, kind, alpha):
    small = np.exp(np.minimum(z, 0))
    left, slope = (alpha * z, alpha) if kind == "leaky" else (alpha * (small - 1), alpha * small)
    return np.where(z >= 0, 1, slope), np.where(z >= 0, z, left)


# %% right="relu_variant" why="number by number"
def relu_variant__loop(z, kind, alpha):
    value, slope = np.empty(z.shape), np.ones(z.shape)
    for place, number in np.ndenumerate(z):
        value[place] = number
        if number < 0:
            steep = alpha if kind == "leaky" else alpha * np.exp(number)
            value[place] = alpha * number if kind == "leaky" else steep - alpha
            slope[place] = steep
    return value, slope


# %% right="relu_variant" why="positive and negative part, added"
def relu_variant__parts(z, kind, alpha):
    positive, negative = np.maximum(z, 0.0), np.minimum(z, 0.0)
    bend = {"leaky": (negative, np.ones(z.shape)), "elu": (np.exp(negative) - 1, np.exp(negative))}
    left, steep = bend[kind]
    return positive + alpha * left, np.where(z < 0, alpha * steep, 1.0)


# %% right="relu_variant" why="torch, with the corner replaced"
def relu_variant__torch(z, kind, alpha):
    functions = {"leaky": torch.nn.functional.leaky_relu, "elu": torch.nn.functional.elu}
    tensor = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    value = functions[kind](tensor, alpha)
    (slope,) = torch.autograd.grad(value.sum(), tensor)
    slope[tensor == 0] = 1
    return value.detach().numpy(), slope.numpy()


# %% [markdown]
# Your three units with a corner, and how a dead one looks: a hundred units whose bias has drifted to −4 and the share
# of them that still get some gradient from at least one of 32 samples.


# %%
# Figure · three units with a corner, and how many of a hundred are dead
with expect.written():
    z = np.linspace(-3, 2, 201)
    units = {
        "ReLU": lambda z: relu(z),
        "leaky, α = 0.1": lambda z: relu_variant(z, "leaky", 0.1),
        "ELU, α = 1": lambda z: relu_variant(z, "elu", 1.0),
    }
    pre = np.random.default_rng(1).normal(-4, 1.5, (32, 100))  # 32 samples, 100 units
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
    for (name, unit), width in zip(units.items(), (6, 3.5, 1.5), strict=True):  # on the right all are the same
        alive = (np.abs(unit(pre)[1]).max(axis=0) > 0).mean()
        left.plot(z, unit(z)[0], linewidth=width, label=f"{name}: {alive:.0%} of the units alive")
        right.plot(z, unit(z)[1], linewidth=width)
    left.set(xlabel="z", title="value")
    right.set(xlabel="z", title="slope")
    left.legend(fontsize=9)
    plot.show(
        fig,
        alt="Left: three curves, equal to z on the right. On the left the ReLU is 0, the leaky ReLU falls slowly, the "
        "ELU bends towards −1. Right: their slopes, 1 on the right; on the left 0, 0.1 and an exponential. With "
        "drifted biases only a part of the ReLU units gets gradient from some sample, all units of the other kinds do.",
    )

# %% [markdown]
# ### 5 · Winner takes all: maxout  ·  5 points  ·  30 min  ·  ●●● difficulty
#
# A maxout unit has no fixed bend. It has K straight pieces, each with weights and a bias of its own, and returns the
# largest. The slides show K = 2:
#
# $$\max(w_1^\top x + b_1,\; w_2^\top x + b_2)$$
#
# Write `maxout(x, weight, bias, grad_out)` for any number of pieces and a whole batch. It returns
# `value, grad_x, grad_weight, grad_bias`.
#
# | | shape | |
# |---|---|---|
# | `x` | `(B, D)` | the samples |
# | `weight` | `(K, D)` | one row for each piece |
# | `bias` | `(K,)` | one number for each piece |
# | `grad_out` | `(B,)` | how the loss changes with the value of each sample; it comes from the layers behind |
# | `value` | `(B,)` | for each sample the largest of its K pieces |
# | `grad_x`, `grad_weight`, `grad_bias` | like `x`, `weight`, `bias` | how the loss changes with each number |
#
# The way back: only the piece that **won** mattered for a sample, so it alone gets a gradient. There the unit was the
# straight line $w_k^\top x + b_k$, and its derivatives are $w_k$ with respect to $x$, $x$ with respect to $w_k$, and
# 1 with respect to $b_k$. Each is multiplied by the `grad_out` of the sample. A piece that won for several samples
# gets the sum.
#
# In a tie the **first** piece of the largest ones wins and gets all, as `np.argmax` counts. (Some libraries divide the
# gradient among the winners. Both are fair.)
#
# By hand, for one sample: $x = (3, -1)$, weights $(1, 1)$ and $(2, -1)$, biases 0 and 1. The pieces give 2 and 8, so
# the value is 8, the second piece wins, and with `grad_out` 10 the gradients are $10\,(2,-1)$ for x, $10\,(3,-1)$ for
# the second row of the weights (zero for the first), and 10 for the second bias.
#
# <details><summary>Hint 1: all pieces at once</summary>
# One matrix product gives a table with a row for each sample and a column for each piece. You need two things of each
# row: its largest number and where it stands.
# </details>
# <details><summary>Hint 2: a table of who gets what</summary>
# Make a second table of the same shape, zero everywhere but at the winners, where the sample's
# <code>grad_out</code> stands. It is the gradient of the first table, and from there on it is a plain linear layer.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# With G for the second table, (B, K): the gradient of x is G times the weights; the gradient of the weights is the
# transpose of G times x; the gradient of the biases is the sum of G over the samples. Check the shapes, they fit in no
# other order.
# </details>


# %% solution="maxout"
def maxout(x, weight, bias, grad_out):
    """Return the output of a maxout unit and its gradients: value, grad_x, grad_weight, grad_bias."""
    ### BEGIN SOLUTION
    pieces = x @ weight.T + bias  # (B, K)
    won = np.arange(len(bias)) == pieces.argmax(axis=1)[:, None]
    grad_pieces = won * grad_out[:, None]
    return pieces.max(axis=1), grad_pieces @ weight, grad_pieces.T @ x, grad_pieces.sum(axis=0)
    ### END SOLUTION


# %%
# Tools · an example for the checks of maxout, and its four results
def maxout_results(maxout, what, *arguments):
    names = "value, grad_x, grad_weight, grad_bias"
    return expect.parts(expect.call(maxout, *arguments), names, what)


def maxout_example():
    x, weight, bias = np.array([[2, 1], [3, -1], [-3, 1]]), np.array([[1, 1], [2, -1]]), np.array([0, 1])
    return x, weight, bias, np.array([1.5, 10.0, 100.0])


# %% check="maxout" points=1 why="the largest piece"
@expect.check
def check_maxout_value(maxout):
    value, *_ = maxout_results(maxout, "maxout of three samples", *maxout_example())
    expect.close(
        value,
        [4, 8, -2],
        "the value of maxout for x = (2, 1), (3, −1), (−3, 1)",
        mistakes={
            "the biases are missing: add each to its piece before you compare": [3, 7, -2],
            "the winner was chosen before the biases were added: they may decide": [3, 8, -2],
            "the largest bias went to the largest product: each piece has its own": [4, 8, -1],
            "this is the smallest piece": [3, 2, -6],
            "this is the mean of the pieces: take the largest": [3.5, 5, -4],
            "this is the sum of the pieces: take the largest": [7, 10, -8],
            "this is the largest over the samples: each sample has its own winner, so go along its row": [3, 8],
            "the weights are transposed: a piece is a row of `weight`": [4, 5, -1],
            "negative values were cut off: maxout is not followed by a ReLU": [4, 8, 0],
            "these are the numbers of the winners: return what they computed": [1, 1, 0],
            "the piece that is largest without its sign: compare the numbers themselves": [4, 8, -6],
        },
    )
    x, weight = np.array([[1.0, 0.0, 2.0]]), np.array([[0.0, 5.0, 1.0], [2.0, 0.0, 2.0], [1.0, 1.0, 1.0]])
    value, *_ = maxout_results(maxout, "maxout of three pieces", x, weight, np.array([3.0, -2.0, 4.0]), np.ones(1))
    expect.close(
        value,
        [7],
        "the value of maxout with three pieces, 2 + 3, 6 − 2 and 3 + 4",
        mistakes={
            "only the first two pieces took part: K may be any number": [5],
            "the winner was chosen before the biases were added: they may decide": [4],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(205)
    for b, d, k in [(5, 3, 4), (1, 2, 2), (4, 6, 1), (7, 1, 3), (3, 3, 3)]:
        drawn, rows, offsets = rng.normal(0, 1, (d, b)).T, rng.normal(0, 1, (k, d)), rng.normal(0, 2, k)
        value, *_ = maxout_results(maxout, "maxout", drawn, rows, offsets, np.ones(b))
        table = torch.nn.functional.linear(*(torch.tensor(array) for array in (drawn, rows, offsets)))
        expect.close(value, table.amax(1), f"the value of maxout, B = {b}, D = {d}, K = {k}")
    ### END HIDDEN TESTS


check_maxout_value(maxout)


# %% check="maxout" points=3 why="the three gradients"
@expect.check
def check_maxout_gradients(maxout):
    results = maxout_results(maxout, "maxout of three samples", *maxout_example())
    _, grad_x, grad_weight, grad_bias = results
    few = "right to some ten digits, like a difference quotient: the formula gives them all"
    integers = "an array of integers was filled, and 1.5 became 1: make it float"
    expect.close(
        grad_x,
        [[3, -1.5], [20, -10], [100, 100]],
        "grad_x of the three samples with grad_out = 1.5, 10, 100",
        mistakes={
            "all pieces sent a gradient back: only the winner of the sample does": [[4.5, 0], [30, 0], [300, 0]],
            "`grad_out` is missing: multiply by what comes from behind": [[2, -1], [2, -1], [1, 1]],
            "the gradient went to the pieces that lost": [[1.5, 1.5], [10, 10], [200, -100]],
            "negative values got no gradient, as in a ReLU: a winner may be negative": [[3, -1.5], [20, -10], [0, 0]],
            "one winner for the whole batch: each sample has its own": [[3, -1.5], [20, -10], [200, -100]],
            "the winner was chosen before the biases were added: they may decide": [[1.5, 1.5], [20, -10], [100, 100]],
            "the winners were looked for along the samples: each sample has one, in its row": [
                [1.5, 1.5],
                [20, -10],
                [0, 0],
            ],
            "this is x times `grad_out`: the derivative with respect to x is the weights": [
                [3, 1.5],
                [30, -10],
                [-300, 100],
            ],
            "the winners shared it equally: the piece that won gets all": [[2.25, 0], [15, 0], [150, 0]],
            "the value crept in as a factor: the winner gets `grad_out` itself": [[12, -6], [160, -80], [-200, -200]],
            integers: [[2, -1], [20, -10], [100, 100]],
            f"{integers} (np.zeros_like of integers holds integers)": [[3, -1], [20, -10], [100, 100]],
        },
    )
    expect.close(
        grad_weight,
        [[-300, 100], [33, -8.5]],
        "grad_weight of the three samples",
        mistakes={
            "only the last sample of each piece counts: `a[i] += …` adds once, even if i holds a number twice": [
                [-300, 100],
                [30, -10],
            ],
            "`grad_out` is missing: multiply by what comes from behind": [[-3, 1], [5, 0]],
            "all pieces got the gradient: a piece learns from the samples that it won": [[-267, 91.5], [-267, 91.5]],
            "divided by the number of samples: any mean is in `grad_out` already, here it is a sum": [
                [-100, 100 / 3],
                [11, -8.5 / 3],
            ],
            "these are the weights times `grad_out`: the derivative with respect to the weights is x": [
                [100, 100],
                [23, -11.5],
            ],
            "the gradient went to the pieces that lost": [[33, -8.5], [-300, 100]],
            integers: [[-300, 100], [33, -8]],
        },
    )
    expect.close(
        grad_weight,
        [[-300, 100], [33, -8.5]],
        "grad_weight of the three",
        mistakes={few: grad_weight},
        rtol=1e-12,
        atol=1e-14,
    )
    expect.close(
        grad_bias,
        [100, 11.5],
        "grad_bias of the three samples",
        mistakes={
            "these are counts of wins: multiply each by `grad_out`": [1, 2],
            "all biases got the gradient: only the winner's is changed": [111.5, 111.5],
            "only the last sample of each piece counts: `a[i] += …` adds once, even if i holds a number twice": [
                100,
                10,
            ],
            "one for every bias: it is multiplied by `grad_out`, and summed": [1, 1],
            "divided by the number of samples: any mean is in `grad_out` already, here it is a sum": [
                100 / 3,
                11.5 / 3,
            ],
            "the gradient went to the pieces that lost": [11.5, 100],
            "one number for each sample: sum over the samples, for each piece": [1.5, 10, 100],
            integers: [100, 11],
        },
    )
    ### BEGIN HIDDEN TESTS
    from cnnlib.gradcheck import numeric_gradient

    rng = np.random.default_rng(2051)
    for b, d, k in [(6, 3, 4), (1, 5, 2), (4, 2, 1), (9, 1, 3), (3, 3, 3)]:
        drawn, rows = rng.normal(0, 1, (d, b)).T, rng.normal(0, 1, (k, d))
        offsets, back = rng.normal(0, 0.5, k), rng.normal(0, 3, b)
        if k > 2:  # the last piece is beaten by a hair
            rows[-1], offsets[-1] = rows[0], offsets[0] - 1e-7
        came = maxout_results(maxout, "maxout", drawn, rows, offsets, back)
        tensors = [torch.tensor(array, requires_grad=True) for array in (drawn, rows, offsets)]
        largest = torch.nn.functional.linear(*tensors).amax(1)
        truths = torch.autograd.grad(largest, tensors, torch.tensor(back))
        for name, mine, truth in zip(("grad_x", "grad_weight", "grad_bias"), came[1:], truths, strict=True):
            what = f"{name} of maxout, B = {b}, D = {d}, K = {k}"
            expect.close(mine, truth, what)
            expect.close(mine, truth, what, mistakes={few: mine}, rtol=1e-12, atol=1e-13)
        if b > 1:
            numeric = numeric_gradient(lambda at, w=rows, c=offsets: (at @ w.T + c).max(1), drawn, np.ones(b))
            expect.close(came[1], numeric * back[:, None], "grad_x of maxout", rtol=1e-5, atol=1e-7)
    ### END HIDDEN TESTS


check_maxout_gradients(maxout)


# %% check="maxout" points=1 why="a tie: the first piece gets all"
@expect.check
def check_maxout_tie(maxout):
    x, weight = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [1.0, 1.0], [3.0, 0.0]])
    results = maxout_results(maxout, "maxout with a tie", x, weight, np.zeros(3), np.array([10.0]))
    _, grad_x, grad_weight, grad_bias = results
    mistakes = {
        "both winners got the whole gradient: in a tie it is counted twice, so take the first": (0, 10, 10),
        "the winners shared the gradient: here the first gets all": (0, 5, 5),
        "the last of the winners got the gradient: here it is the first": (0, 0, 10),
        "all pieces got the gradient: only the winner of the sample does": (10, 10, 10),
        "the value crept in as a factor: the winner gets `grad_out` itself": (0, 30, 0),
    }
    what = "of maxout where the second and the third piece are equal"
    expect.close(
        grad_x,
        [[10, 10]],
        f"grad_x {what}",
        mistakes={message: [np.dot(shares, weight)] for message, shares in mistakes.items()},
    )
    expect.close(
        grad_weight,
        [[0, 0], [10, 20], [0, 0]],
        f"grad_weight {what}",
        mistakes={message: np.outer(shares, x) for message, shares in mistakes.items()},
    )
    one_each = "one number for each sample: sum over the samples, for each piece"
    expect.close(grad_bias, [0, 10, 0], f"grad_bias {what}", mistakes={one_each: [10], **mistakes})
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(2052)
    drawn, rows = rng.integers(-2, 3, (12, 2)), rng.integers(-1, 2, (5, 2))
    back, offsets = rng.normal(0, 1, 12), np.zeros(5, int)
    tensors = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in (drawn, rows, offsets)]
    table = torch.nn.functional.linear(*tensors)
    first = torch.from_numpy(np.argmax(table.detach().numpy(), 1))
    truths = torch.autograd.grad(table[torch.arange(12), first], tensors, torch.tensor(back))
    came = maxout_results(maxout, "maxout", drawn, rows, offsets, back)
    few = "right to some ten digits, like a difference quotient"
    for name, mine, truth in zip(("grad_x", "grad_weight", "grad_bias"), came[1:], truths, strict=True):
        expect.close(mine, truth, f"{name} of maxout with many ties")
        expect.close(mine, truth, f"{name} of maxout", mistakes={few: mine}, rtol=1e-12, atol=1e-13)
    ### END HIDDEN TESTS


check_maxout_tie(maxout)


# %% wrong="maxout" why="no biases" keyword="biases are missing"
def maxout__no_bias(x, weight, bias, grad_out):
    pieces = x @ weight.T
    g = np.eye(len(bias))[pieces.argmax(1)] * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="maximum of products plus maximum of biases" keyword="largest bias"
def maxout__largest_bias(x, weight, bias, grad_out):
    pieces = x @ weight.T
    g = np.eye(len(bias))[pieces.argmax(1)] * grad_out[:, None]
    return pieces.max(1) + bias.max(), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="the mean, as in average pooling" keyword="mean of the pieces"
def maxout__mean(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.repeat(grad_out[:, None], len(bias), axis=1) / len(bias)
    return pieces.mean(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="the wrong axis" keyword="largest over the samples"
def maxout__samples(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.eye(len(bias))[pieces.argmax(1)] * grad_out[:, None]
    return pieces.max(0), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="pieces are columns of the weights" keyword="weights are transposed"
def maxout__transposed(x, weight, bias, grad_out):
    pieces = x @ weight + bias
    g = np.eye(len(bias))[pieces.argmax(1)] * grad_out[:, None]
    return pieces.max(1), g @ weight.T, (g.T @ x).T, g.sum(0)


# %% wrong="maxout" why="two pieces, as on the slide" keyword="first two pieces"
def maxout__two_pieces(x, weight, bias, grad_out):
    one, two = x @ weight[0] + bias[0], x @ weight[1] + bias[1]
    g = np.zeros((len(x), len(bias)))
    g[one >= two, 0] = grad_out[one >= two]
    g[one < two, 1] = grad_out[one < two]
    return np.maximum(one, two), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="a ReLU behind it" keyword="not followed by a ReLU"
def maxout__relu_behind(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.eye(len(bias))[pieces.argmax(1)] * (grad_out * (pieces.max(1) > 0))[:, None]
    return np.maximum(pieces.max(1), 0), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="the largest absolute value" keyword="largest without its sign"
def maxout__absolute(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    who = np.abs(pieces).argmax(1)
    g = np.eye(len(bias))[who] * grad_out[:, None]
    return pieces[np.arange(len(x)), who], g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="argmax for max" keyword="numbers of the winners"
def maxout__argmax(x, weight, bias, grad_out):
    who = (x @ weight.T + bias).argmax(1)
    g = np.eye(len(bias))[who] * grad_out[:, None]
    return who, g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="gradient through all pieces" keyword="all pieces sent"
def maxout__all_pieces(x, weight, bias, grad_out):
    g = np.repeat(grad_out[:, None], len(bias), axis=1)
    return (x @ weight.T + bias).max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="the local derivatives only" keyword="is missing: multiply by what comes from behind"
def maxout__no_grad_out(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.eye(len(bias))[pieces.argmax(1)]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="the losers" keyword="pieces that lost"
def maxout__losers(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = (pieces < pieces.max(1, keepdims=True)) * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="fancy indices with +=, which add once" keyword="adds once"
def maxout__lost_updates(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    who = pieces.argmax(1)
    grad_weight, grad_bias = np.zeros(weight.shape), np.zeros(bias.shape)
    grad_weight[who] += grad_out[:, None] * x
    grad_bias[who] += grad_out
    return pieces.max(1), grad_out[:, None] * weight[who], grad_weight, grad_bias


# %% wrong="maxout" why="mean over the batch a second time" keyword="divided by the number of samples"
def maxout__batch_mean(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.eye(len(bias))[pieces.argmax(1)] * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x / len(x), g.mean(0)


# %% wrong="maxout" why="counts wins for the biases" keyword="counts of wins"
def maxout__counts(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    won = np.eye(len(bias))[pieces.argmax(1)]
    g = won * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x, won.sum(0)


# %% wrong="maxout" why="one winner for the batch" keyword="one winner for the whole batch"
def maxout__one_winner(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.zeros(pieces.shape)
    g[:, np.bincount(pieces.argmax(1)).argmax()] = grad_out
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="compares with the maximum, which a tie reaches twice" keyword="counted twice"
def maxout__both(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = (pieces == pieces.max(1, keepdims=True)) * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="divides among the winners" keyword="winners shared"
def maxout__shared(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    won = pieces == pieces.max(1, keepdims=True)
    g = won / won.sum(1, keepdims=True) * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="a loop that a later equal piece wins" keyword="last of the winners"
def maxout__last(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    who = np.zeros(len(x), int)
    for k in range(len(bias)):
        who[pieces[:, k] >= pieces[np.arange(len(x)), who]] = k
    g = np.eye(len(bias))[who] * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="collects gradients in an array of the weights' dtype" keyword="Cannot cast ufunc"
def maxout__integer_buffer(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    who = pieces.argmax(1)
    grad_weight, grad_bias = np.zeros_like(weight), np.zeros_like(bias)
    for i, k in enumerate(who):
        grad_weight[k] += grad_out[i] * x[i]
        grad_bias[k] += grad_out[i]
    return pieces.max(1), grad_out[:, None] * weight[who], grad_weight, grad_bias


# %% wrong="maxout" why="the winners of the products, without biases" keyword="chosen before the biases"
def maxout__winner_before_bias(x, weight, bias, grad_out):
    products = x @ weight.T
    who = products.argmax(1)
    g = np.eye(len(bias))[who] * grad_out[:, None]
    return products[np.arange(len(x)), who] + bias[who], g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="the winners along the samples" keyword="looked for along the samples"
def maxout__winners_of_columns(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g, best = np.zeros(pieces.shape), pieces.argmax(0)
    g[best, np.arange(len(bias))] = grad_out[best]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="the value as a factor" keyword="value crept in"
def maxout__value_as_factor(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.eye(len(bias))[pieces.argmax(1)] * (pieces.max(1) * grad_out)[:, None]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="a table of integers for the gradients" keyword="array of integers"
def maxout__integer_table(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.zeros_like(pieces)
    g[np.arange(len(x)), pieces.argmax(1)] = grad_out
    return pieces.max(1), g @ weight, g.T @ x, g.sum(0)


# %% wrong="maxout" why="gradients of the biases in an array of their dtype" keyword="array of integers"
def maxout__integer_bias(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    who, grad_bias = pieces.argmax(1), np.zeros_like(bias)
    for sample, k in enumerate(who):
        grad_bias[k] += grad_out[sample]
    g = np.eye(len(bias))[who] * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x, grad_bias


# %% wrong="maxout" why="difference quotients, with a nudge against ties" keyword="like a difference quotient"
def maxout__differences(x, weight, bias, grad_out):
    from cnnlib.gradcheck import numeric_gradient

    def largest(x, weight, bias):
        pieces = (x[:, None] * weight).sum(axis=2) + bias
        return (pieces - 1e-4 * np.arange(len(bias))).max(axis=1)

    x, weight, bias = 1.0 * x, 1.0 * weight, 1.0 * bias
    return (
        (x @ weight.T + bias).max(axis=1),
        numeric_gradient(lambda at: grad_out * largest(at, weight, bias), x),
        numeric_gradient(lambda at: grad_out * largest(x, at, bias), weight),
        numeric_gradient(lambda at: grad_out * largest(x, weight, at), bias),
    )


# %% wrong="maxout" why="the gradients of the biases summed over the pieces" keyword="one number for each sample"
def maxout__sum_over_pieces(x, weight, bias, grad_out):
    pieces = x @ weight.T + bias
    g = np.eye(len(bias))[pieces.argmax(1)] * grad_out[:, None]
    return pieces.max(1), g @ weight, g.T @ x, g.sum(1)


# %% right="maxout" why="sample by sample"
def maxout__loop(x, weight, bias, grad_out):
    value, grad_x = np.empty(len(x)), np.empty(x.shape)
    grad_weight, grad_bias = np.zeros(weight.shape), np.zeros(len(bias))
    for i, sample in enumerate(x):
        scores = [row @ sample + offset for row, offset in zip(weight, bias, strict=True)]
        best = scores.index(max(scores))
        value[i], grad_x[i] = scores[best], grad_out[i] * weight[best]
        grad_weight[best] += grad_out[i] * sample
        grad_bias[best] += grad_out[i]
    return value, grad_x, grad_weight, grad_bias


# %% right="maxout" why="indices of the winners, and additions that count repeated ones"
def maxout__add_at(x, weight, bias, grad_out):
    scores = np.einsum("bd,kd->bk", x, weight) + bias
    who = np.argmax(scores, axis=1)
    grad_weight = np.zeros(weight.shape)
    np.add.at(grad_weight, who, grad_out[:, None] * x)
    grad_bias = np.bincount(who, grad_out, minlength=len(bias))
    return np.take_along_axis(scores, who[:, None], 1)[:, 0], grad_out[:, None] * weight[who], grad_weight, grad_bias


# %% right="maxout" why="torch, gathering the winners that NumPy names"
def maxout__torch(x, weight, bias, grad_out):
    tensors = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in (x, weight, bias)]
    scores = tensors[0] @ tensors[1].T + tensors[2]
    who = torch.tensor(scores.detach().numpy().argmax(1))
    value = scores.gather(1, who[:, None])[:, 0]
    grads = torch.autograd.grad(value, tensors, torch.tensor(grad_out))
    return value.detach().numpy(), *(grad.numpy() for grad in grads)


# %% [markdown]
# Maxout learns its own bend. With two pieces it can be the ReLU or the absolute value, with more pieces it comes close
# to any valley. Below, your gradients teach a unit of each size the curve z²/2.


# %%
# Figure · maxout units of two, four and six pieces learn a parabola
def teach_maxout(pieces, steps=1500):
    x = np.linspace(-2, 2, 81)[:, None]
    weight, bias = np.random.default_rng(0).uniform(-2, 2, (pieces, 1)), np.zeros(pieces)
    for _ in range(steps):
        value, *_ = maxout(x, weight, bias, np.zeros(len(x)))
        _, _, grad_weight, grad_bias = maxout(x, weight, bias, (value - x[:, 0] ** 2 / 2) / len(x))
        weight, bias = weight - 0.3 * grad_weight, bias - 0.3 * grad_bias
    return x[:, 0], maxout(x, weight, bias, np.zeros(len(x)))[0]


with expect.written():
    fig, ax = plt.subplots()
    for pieces in (2, 4, 6):
        x, curve = teach_maxout(pieces)
        error = np.abs(curve - x**2 / 2).mean()
        ax.plot(x, curve, label=f"{pieces} pieces, mean error {error:.3f}", linewidth=1.5)
    ax.plot(x, x**2 / 2, ":", color=plot.ink, label="z² / 2")
    ax.set(xlabel="z", ylabel="value")
    ax.legend()
    plot.show(
        fig,
        alt="Three learned curves of straight pieces over a parabola: with two pieces a V that misses its bottom, with "
        "four and six pieces polygons that follow it more and more closely.",
    )

# %% [markdown]
# ### 6 · From scores to probabilities  ·  3 points  ·  15 min  ·  ●●○ difficulty
#
# Write `softmax(scores, axis=-1)`. Exponentials make all scores positive; divided by their sum they add up to 1:
#
# $$\mathrm{softmax}(z)_i = \frac{e^{z_i}}{\sum_{j} e^{z_j}}$$
#
# The slides take the scores [1, 3, 2] and get [0.09003057, 0.66524096, 0.24472847]. One deck prints another formula:
#
# $$\mathrm{softmax}(y_i) = \frac{e^{y_i}}{\sum_i e^{y_j}}$$
#
# **Something is wrong with it.** Find it before you write code, and work out what it gives for three scores if one
# reads it to the letter. The check knows that result.
#
# | argument | shape | |
# |---|---|---|
# | `scores` | any, at least one axis | integers or floats, from −10000 to 10000 |
# | `axis` | integer | the axis of the classes: the probabilities add up to 1 **along it**; may be negative |
# | returns | like `scores` | float64 |
#
# An image with a class for every pixel has its classes on axis 1 of (N, C, H, W), so the axis matters. And scores
# of 1000 occur, when a network is badly initialized. Softmax does not care about a constant that is added to all scores
# of a group: choose one that keeps the exponentials small.
#
# <details><summary>Hint 1: which constant</summary>
# The largest exponential must not overflow, and the sum must not be 0. What is the largest score of a group after
# you subtract it?
# </details>
# <details><summary>Hint 2: each group its own</summary>
# The maximum and the sum go along the given axis only. To fit back, they must keep that axis with the length 1:
# look up <code>keepdims</code>.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Three lines: subtract the maximum along the axis; take the exponential; divide by the sum along the axis. Make a new
# array in the first line, <code>-=</code> would change the caller's.
# </details>


# %% solution="softmax"
def softmax(scores, axis=-1):
    """Return the softmax of scores along an axis, an array of the same shape.

    >>> softmax(np.array([1.0, 3.0, 2.0])).round(4)
    array([0.09  , 0.6652, 0.2447])
    """
    ### BEGIN SOLUTION
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)
    ### END SOLUTION


# %% check="softmax" points=2 why="the slide's numbers, along every axis"
@expect.check
def check_softmax_axis(softmax):
    slide = [0.09003057317038046, 0.6652409557748219, 0.24472847105479764]
    powers = np.exp([1.0, 3.0, 2.0])
    expect.close(
        expect.call(softmax, np.array([1, 3, 2])),
        slide,
        "softmax([1, 3, 2])",
        mistakes={
            "Σᵢ eʸʲ read to the letter adds up one score again and again: the sum must run over j, all scores": [
                1 / 3,
                1 / 3,
                1 / 3,
            ],
            "the exponentials are missing: these are shares of the scores": [1 / 6, 1 / 2, 1 / 3],
            "divide by the sum: these are the exponentials alone": powers,
            "divide by the sum: these are the exponentials alone, after the shift": powers / powers.max(),
            "this is 2 to the score: the base is e": [1 / 7, 4 / 7, 2 / 7],
            "this is the hard maximum: softmax is a soft one": [0, 1, 0],
            "this is the logarithm of softmax": np.log(slide),
            "the smallest score got the most: a minus in the exponent": [slide[1], slide[0], slide[2]],
            "one sigmoid for each score: they do not add up to 1": powers / (1 + powers),
            "divided by the length of the vector: divide by the sum": powers / np.sqrt(powers @ powers),
            "an array of integers was filled: the fractions are lost, make it float": [0, 0, 0],
            "the scores were divided by the largest: subtract it": np.cbrt(powers) / np.cbrt(powers).sum(),
        },
    )
    square = np.log([[1.0, 3.0], [1.0, 1.0]])
    along = [[1 / 4, 3 / 4], [1 / 2, 1 / 2]]
    down = [[1 / 2, 3 / 4], [1 / 2, 1 / 4]]
    ignored = "`axis` is ignored: yours is along the last axis"
    first = "this is along the first axis: -1 is the last"
    crossed = "the sums were laid along the wrong axis: keep the axis (keepdims) when you sum"
    lost = "the sums lie along a row, but belong to the rows: keep the axis (keepdims) when you sum"
    both = "maxima and sums lie along a row, but belong to the rows: keep the axis (keepdims)"
    column = "`[..., None]` stands the sums up as a column, right for the last axis only: keepdims fits all"
    columns = "`[..., None]` stands maxima and sums up as columns, right for the last axis only: keepdims fits all"
    last = {column: [[1 / 2, 3 / 2], [1 / 4, 1 / 4]], columns: [[3 / 4, 9 / 4], [1 / 10, 1 / 10]]}
    other = "`axis` is taken the other way round"
    whole = "one sum for the whole array: each group along the axis adds up to 1"
    for axis, want, mistakes in [
        (
            1,
            along,
            {
                other: down,
                crossed: [[1 / 4, 1 / 2], [3 / 4, 1 / 2]],
                lost: [[1 / 4, 3 / 2], [1 / 4, 1 / 2]],
                both: [[1 / 10, 9 / 4], [1 / 10, 3 / 4]],
            },
        ),
        (0, down, {ignored: along, **last}),
        (-2, down, {ignored: along, **last}),
    ]:
        expect.close(
            expect.call(softmax, square, axis=axis),
            want,
            f"softmax([[ln 1, ln 3], [ln 1, ln 1]], axis={axis})",
            mistakes={whole: [[1 / 6, 1 / 2], [1 / 6, 1 / 6]], **mistakes},
        )
    expect.close(
        expect.call(softmax, square),
        along,
        "softmax([[ln 1, ln 3], [ln 1, ln 1]]), along the last axis",
        mistakes={first: down, whole: [[1 / 6, 1 / 2], [1 / 6, 1 / 6]]},
    )
    cube, outer = np.log([[[1.0], [1.0]], [[3.0], [1.0]]]), [[[1 / 4], [1 / 2]], [[3 / 4], [1 / 2]]]
    middle = [[[1 / 2], [1 / 2]], [[3 / 4], [1 / 4]]]
    expect.close(expect.call(softmax, cube, axis=0), outer, "softmax of an array of shape (2, 2, 1), axis=0")
    expect.close(
        expect.call(softmax, cube, axis=1),
        middle,
        "softmax of an array of shape (2, 2, 1), axis=1",
        mistakes={
            "this is along the first axis: `axis` may also be in the middle": outer,
            "this is along the last axis: `axis` may also be in the middle": np.ones((2, 2, 1)),
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(206)
    for shape, axis in [
        ((5,), 0),
        ((3, 4), 0),
        ((3, 4), 1),
        ((1, 6), -1),
        ((2, 3, 4), 1),
        ((2, 5, 3, 4), 1),
        ((4, 2, 3), -3),
    ]:
        drawn = np.moveaxis(rng.normal(0, 3, (*shape[1:], shape[0])), -1, 0)
        truth = torch.softmax(torch.from_numpy(drawn), axis)
        expect.close(expect.call(softmax, drawn, axis=axis), truth, f"softmax of shape {shape}, axis={axis}")
    integers = rng.integers(-5, 6, (4, 3))
    truth = torch.softmax(torch.from_numpy(integers).double(), -1)
    expect.close(expect.call(softmax, integers), truth, "softmax of integers")
    ### END HIDDEN TESTS


check_softmax_axis(softmax)


# %% check="softmax" points=1 why="scores far from zero"
@expect.check
def check_softmax_far(softmax):
    nan = [np.nan, np.nan, np.nan]
    top = "an exponential overflowed: subtract the largest score of each group first"
    expect.close(
        expect.call(softmax, 1000 + np.log([1.0, 1.0, 2.0])),
        [0.25, 0.25, 0.5],
        "softmax([1000, 1000, 1000 + ln 2])",
        mistakes={
            top: nan,
            f"{top}; nan is no 0": [0, 0, 0],
            "the scores were clipped: their differences count, far out too": [1 / 3, 1 / 3, 1 / 3],
        },
    )
    expect.close(
        expect.call(softmax, np.array([[0.0, 0.0], [1000.0, 1000.0]])),
        [[0.5, 0.5], [0.5, 0.5]],
        "softmax([[0, 0], [1000, 1000]])",
        mistakes={
            "one maximum for the whole array: next to the second row the first one vanishes, and 0 / 0 is nan": [
                [np.nan, np.nan],
                [0.5, 0.5],
            ],
            top: [[0.5, 0.5], [np.nan, np.nan]],
            "next to the second row the first one vanishes, and a small number hides 0 / 0": [[0, 0], [0.5, 0.5]],
        },
    )
    expect.close(
        expect.call(softmax, np.array([3000.0, 0.0, 0.0])),
        [1, 0, 0],
        "softmax([3000, 0, 0])",
        mistakes={
            "the shift is too small: subtract the largest score, not the mean or the smallest": [np.nan, 0, 0],
            **{
                f"small scores were lifted to {bound:g} below the largest: leave them, their exponential may be 0": (
                    np.array([1, np.exp(-bound), np.exp(-bound)]) / (1 + 2 * np.exp(-bound))
                )
                for bound in (5.0, 10.0, 15.0, 20.0)
            },
        },
    )
    expect.close(
        expect.call(softmax, np.array([-1000.0, -1000.0])),
        [0.5, 0.5],
        "softmax([−1000, −1000])",
        mistakes={
            "all exponentials are 0: the largest score itself must be shifted to 0": [np.nan, np.nan],
            "a small number in the denominator hides 0 / 0, and the sum is not 1": [0, 0],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(2061)
    for axis in (0, 1, 2):
        drawn = rng.normal(0, 2, (3, 4, 5)) + 5000 * rng.integers(-2, 3, (3, 4, 5)).max(axis, keepdims=True)
        truth = torch.softmax(torch.from_numpy(drawn), axis)
        expect.close(expect.call(softmax, drawn, axis=axis), truth, f"softmax of large scores, axis={axis}")
    ### END HIDDEN TESTS


check_softmax_far(softmax)


# %% wrong="softmax" why="one slide's sum, read to the letter" keyword="read to the letter"
def softmax__to_the_letter(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / (scores.shape[axis] * powers)


# %% wrong="softmax" why="no exponential" keyword="shares of the scores"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def softmax__shares(scores, axis=-1):
    return scores / scores.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="not divided by the sum" keyword="exponentials alone"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def softmax__not_divided(scores, axis=-1):
    return np.exp(scores)


# %% wrong="softmax" why="base 2" keyword="the base is e"
def softmax__base_two(scores, axis=-1):
    powers = 2.0 ** (scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="one-hot of the largest" keyword="hard maximum"
def softmax__hard(scores, axis=-1):
    return (scores == scores.max(axis=axis, keepdims=True)).astype(float)


# %% wrong="softmax" why="the logarithm, as another function of the library" keyword="logarithm of softmax"
def softmax__logarithm(scores, axis=-1):
    return torch.log_softmax(torch.tensor(scores, dtype=torch.float64), axis).numpy()


# %% wrong="softmax" why="a minus in the exponent, as in the sigmoid" keyword="smallest score got the most"
def softmax__minus(scores, axis=-1):
    powers = np.exp(scores.min(axis=axis, keepdims=True) - scores)
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="a sigmoid for each class" keyword="one sigmoid for each"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def softmax__sigmoids(scores, axis=-1):
    return 1 / (1 + np.exp(-scores))


# %% wrong="softmax" why="one sum for all" keyword="one sum for the whole array"
def softmax__one_sum(scores, axis=-1):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


# %% wrong="softmax" why="always the last axis" keyword="is ignored"
def softmax__last_axis(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# %% wrong="softmax" why="the first axis by default" keyword="-1 is the last"
def softmax__first_axis(scores, axis=0):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="sums without keepdims" keyword="laid along the wrong axis"
def softmax__sums_crossed(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis)


# %% wrong="softmax" why="no shift" keyword="exponential overflowed"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def softmax__no_shift(scores, axis=-1):
    powers = np.exp(scores)
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="one maximum for the whole array" keyword="one maximum for the whole array"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def softmax__global_maximum(scores, axis=-1):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="shifts by the mean" keyword="shift is too small"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def softmax__mean_shift(scores, axis=-1):
    powers = np.exp(scores - scores.mean(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="clips the scores" keyword="clipped"
def softmax__clipped(scores, axis=-1):
    powers = np.exp(np.clip(scores, -500, 500))
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="a floor for the shifted scores" keyword="small scores were lifted"
def softmax__floor(scores, axis=-1):
    powers = np.exp(np.maximum(scores - scores.max(axis=axis, keepdims=True), -20))
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="a column for any axis" keyword="right for the last axis only"
def softmax__columns(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis)[..., None])
    return powers / powers.sum(axis=axis)[..., None]


# %% wrong="softmax" why="knows the first and the last axis only" keyword="also be in the middle"
def softmax__first_or_last(scores, axis=-1):
    inner = axis in (-1, scores.ndim - 1)
    groups = scores if inner else np.swapaxes(scores, 0, -1)
    powers = np.exp(groups - groups.max(axis=-1, keepdims=True))
    shares = powers / powers.sum(axis=-1, keepdims=True)
    return shares if inner else np.swapaxes(shares, 0, -1)


# %% wrong="softmax" why="neither maximum nor sum keeps its axis" keyword="maxima and sums lie along a row"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def softmax__no_keepdims(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis))
    return powers / powers.sum(axis=axis)


# %% wrong="softmax" why="divides the scores by the largest" keyword="divided by the largest"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def softmax__divided(scores, axis=-1):
    powers = np.exp(scores / scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="shifts in place" keyword="mutated input"
def softmax__in_place(scores, axis=-1):
    scores -= scores.max(axis=axis, keepdims=True)
    powers = np.exp(scores)
    return powers / powers.sum(axis=axis, keepdims=True)


# %% wrong="softmax" why="fills an array of the dtype of the scores" keyword="array of integers"
def softmax__integer_buffer(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    shares = np.zeros_like(scores)
    shares[...] = powers / powers.sum(axis=axis, keepdims=True)
    return shares


# %% right="softmax" why="the library function"
def softmax__scipy(scores, axis=-1):
    from scipy.special import softmax as library

    return library(scores, axis=axis)


# %% right="softmax" why="by way of the logarithm"
def softmax__logsumexp(scores, axis=-1):
    from scipy.special import logsumexp

    return np.exp(scores - logsumexp(scores, axis=axis, keepdims=True))


# %% right="softmax" why="group by group"
def softmax__groups(scores, axis=-1):
    import math

    def shares(group):
        powers = [math.exp(score - max(group)) for score in group.tolist()]
        return np.array([power / sum(powers) for power in powers])

    return np.apply_along_axis(shares, axis, scores)


# %% right="softmax" why="torch"
def softmax__torch(scores, axis=-1):
    return torch.tensor(scores, dtype=torch.float64).softmax(axis).numpy()


# %% right="softmax" why="one over the sum of exponentials of differences"
@np.errstate(over="ignore")
def softmax__differences(scores, axis=-1):
    groups = np.moveaxis(scores, axis, -1)
    shares = 1 / np.exp(groups[..., None, :] - groups[..., :, None] * 1.0).sum(axis=-1)
    return np.moveaxis(shares, -1, axis)


# %% [markdown]
# A network is often asked to be more or less sure of itself: its scores are divided by a *temperature* before the
# softmax. Here are the slide's scores at three temperatures.


# %%
# Figure · the scores [1, 3, 2] at three temperatures
with expect.written():
    fig, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True)
    for ax, temperature in zip(axes, (0.25, 1.0, 4.0), strict=True):
        shares = softmax(np.array([1.0, 3.0, 2.0]) / temperature)
        ax.bar(["1", "3", "2"], shares)
        for place, share in enumerate(shares):
            ax.text(place, share + 0.01, f"{share:.3f}", ha="center")
        ax.set(title=f"temperature {temperature:g}", xlabel="score", ylim=(0, 1.1))
    axes[0].set_ylabel("probability")
    plot.show(
        fig,
        alt="Bars of the probabilities of the scores 1, 3 and 2. Cold, at 0.25, the score 3 takes 98 percent. At 1 the "
        "slide's numbers, 0.090, 0.665, 0.245. Hot, at 4, the three are nearly equal.",
    )

# %% [markdown]
# ### 7 · Cross-entropy and its gradient  ·  5 points  ·  30 min  ·  ●●● difficulty
#
# Write `cross_entropy(logits, labels)`. It returns `loss, gradient`. The *logits* are raw scores, before the softmax.
# With $p$ for the softmax of a row and $y$ for its true class, the loss of one sample is $-\log p_y$ (the natural
# logarithm), and `loss` is the mean over the batch.
#
# Put the softmax into the logarithm, and the exponential of $z_y$ cancels:
#
# $$-\log\frac{e^{z_y}}{\sum_j e^{z_j}} = \log\sum_j e^{z_j} - z_y
# \qquad\qquad \log\sum_j e^{z_j} = m + \log\sum_j e^{z_j - m}, \quad m = \max_j z_j$$
#
# The right form is called **log-sum-exp**. It matters: where p is 0 in memory, the logarithm of p is minus infinity,
# while the loss is only large. The slides ask what the scores [1, 3, 2] cost if the true class is 0. It is
# $\log(e^1+e^3+e^2) - 1 = 2.4076$. With class 1 it would cost 0.4076.
#
# The gradient with respect to the logits is famous for its simplicity: for each sample
#
# $$\frac{\partial\,\text{loss}}{\partial z} = \frac{p - \text{one-hot}(y)}{B}$$
#
# Each number says how much too sure the network was of a class. (Some books leave the B out and sum the loss over the
# batch. Here both are means.)
#
# | | shape | |
# |---|---|---|
# | `logits` | `(B, K)` | integers or floats, from −10000 to 10000 |
# | `labels` | `(B,)` | integers from 0 to K − 1, the true classes |
# | `loss` | a number | mean over the batch |
# | `gradient` | `(B, K)` | float64 |
#
# <details><summary>Hint 1: one number of each row</summary>
# To take from row 0 the column of its label, from row 1 the column of its label and so on, index with two arrays:
# the numbers of the rows, and the labels.
# </details>
# <details><summary>Hint 2: shift first</summary>
# Subtract from each row its maximum, right at the start. Neither loss nor gradient notices, and m is 0 from there on.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Shifted scores, their exponentials, the sums of the rows (B, 1). The loss is the mean of (logarithm of the sum minus
# the shifted score of the label). For the gradient divide exponentials by sums, subtract 1 at the labels, divide by B.
# </details>


# %% solution="cross_entropy"
def cross_entropy(logits, labels):
    """Return the mean cross-entropy of logits (B, K) with labels (B,), and its gradient (B, K): loss, gradient."""
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(sums[:, 0]) - shifted[rows, labels])
    gradient = exponentials / sums
    gradient[rows, labels] -= 1
    return loss, gradient / len(labels)
    ### END SOLUTION


# %% check="cross_entropy" points=2 why="the loss"
@expect.check
def check_cross_entropy_loss(cross_entropy):
    first, second = 2.4076059644443806, np.log(4)  # of [1, 3, 2] with class 0, and of [0, ln 2, 0] with class 2
    logits, labels = np.array([[1.0, 3.0, 2.0], [0.0, np.log(2), 0.0]]), np.array([0, 2])
    loss, _ = expect.parts(
        expect.call(cross_entropy, logits[:1], labels[:1]), "loss, gradient", "cross_entropy([[1, 3, 2]], [0])"
    )
    p = np.array([0.09003057317038046, 0.6652409557748219, 0.24472847105479764])
    all_classes = -np.log(p[0]) - np.log(1 - p[1]) - np.log(1 - p[2])
    twice = np.log(np.exp(p).sum()) - p[0]
    expect.close(
        loss,
        first,
        "the loss of cross_entropy([[1, 3, 2]], [0])",
        mistakes={
            "the minus is missing: the logarithm of a probability is negative, the loss is not": -first,
            "this is the probability of the true class: take minus its logarithm": p[0],
            "this is one minus the probability of the true class: take minus the logarithm": 1 - p[0],
            "the softmax is missing: this is a loss of the raw score": -1.0,
            "the softmax is missing: this is minus the logarithm of the raw score": 0.0,
            "log-sum-exp alone: subtract the score of the true class": first + 1,
            "you subtracted 2, not the 1 of class 0: labels are counted from 0, and `[labels]` takes whole rows": first
            - 1,
            "shifted in one place only: the score of the true class must lose the maximum, too": first - 3,
            "the maximum came back in one place only: with both shifted it cancels": first + 3,
            "you took the predicted class, the largest score: take the true one": first - 2,
            "the logarithm has the base 2: the natural one is meant": first / np.log(2),
            "the logarithm has the base 10: the natural one is meant": first / np.log(10),
            "divided by the number of classes, too: the mean is over the samples": first / 3,
            "this is the squared error": p @ p - 2 * p[0] + 1,
            "this is the mean squared error": (p @ p - 2 * p[0] + 1) / 3,
            "the softmax was taken twice: logits are raw scores": twice,
            "the other classes count, too (that is binary cross-entropy): only the true one does": all_classes,
            "the mean over the classes of binary cross-entropies: only the true class counts": all_classes / 3,
            "this is the entropy of p, without any label": -(p @ np.log(p)),
            "one number for each sample: take the mean": [first],
        },
    )
    loss, _ = expect.parts(expect.call(cross_entropy, logits, labels), "loss, gradient", "cross_entropy of two samples")
    expect.close(
        loss,
        (first + second) / 2,
        "the loss of cross_entropy([[1, 3, 2], [0, ln 2, 0]], [0, 2])",
        mistakes={
            "this is the sum over the batch: take the mean": first + second,
            "divided by the number of classes: the mean is over the samples": (first + second) / 3,
            "`[:, labels]` takes whole columns, for every sample the labels of all": (
                (first + first - 1 + second + second) / 4
            ),
            "one number for each sample: take the mean": [first, second],
            "one sum for the whole batch: each sample has its own": np.mean(
                [np.log(np.exp(logits).sum()) - 1, np.log(np.exp(logits).sum())]
            ),
            "only the first sample counts": first,
            "the logarithm of the mean probability: first the logarithm, then the mean": -np.log((p[0] + 0.25) / 2),
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(207)
    for b, k in [(1, 4), (6, 3), (5, 5), (8, 2), (3, 1)]:
        drawn, true = rng.normal(0, 3, (k, b)).T, rng.integers(0, k, b)
        loss, _ = expect.parts(expect.call(cross_entropy, drawn, true), "loss, gradient", "cross_entropy")
        truth = torch.nn.functional.cross_entropy(torch.from_numpy(drawn), torch.from_numpy(true))
        expect.close(loss, truth, f"the loss for logits of shape ({b}, {k})")
    integers, true = rng.integers(-4, 5, (6, 4)), rng.integers(0, 4, 6)
    loss, _ = expect.parts(expect.call(cross_entropy, integers, true), "loss, gradient", "cross_entropy of integers")
    truth = torch.nn.functional.cross_entropy(torch.from_numpy(integers).double(), torch.from_numpy(true))
    expect.close(loss, truth, "the loss of integer logits")
    ### END HIDDEN TESTS


check_cross_entropy_loss(cross_entropy)


# %% check="cross_entropy" points=2 why="the gradient"
@expect.check
def check_cross_entropy_gradient(cross_entropy):
    logits, labels = np.array([[1.0, 3.0, 2.0], [0.0, np.log(2), 0.0]]), np.array([0, 2])
    p = np.array([[0.09003057317038046, 0.6652409557748219, 0.24472847105479764], [0.25, 0.5, 0.25]])
    want = [[-0.45498471341480977, 0.33262047788741096, 0.12236423552739882], [0.125, 0.25, -0.375]]
    _, gradient = expect.parts(
        expect.call(cross_entropy, logits, labels), "loss, gradient", "cross_entropy of two samples"
    )
    few = "right to some ten digits, like a difference quotient: the formula gives them all"
    minus = "subtract 1 at the true class only"
    expect.close(
        gradient,
        want,
        "the gradient of cross_entropy([[1, 3, 2], [0, ln 2, 0]], [0, 2])",
        mistakes={
            "the division by B is missing: the loss is a mean over the samples": np.multiply(2, want),
            "divided by the number of classes instead of samples": np.multiply(2 / 3, want),
            "divided by the number of samples and of classes: only the samples": np.divide(want, 3),
            "divided by B twice": np.divide(want, 2),
            "the sign is reversed: y − p leads downhill, and a gradient points uphill": np.negative(want),
            "this is p / B: the 1 of the true class is missing": p / 2,
            "this is the gradient with respect to p, −1 / p: the one with respect to the logits is asked": [
                [-0.5 / p[0, 0], 0, 0],
                [0, 0, -2],
            ],
            "the slope of a sigmoid, p (1 − p), has no place here: it cancels": [
                [(p[0, 0] - 1) * p[0, 0] * (1 - p[0, 0]) / 2, *(p[0, 1:] ** 2 * (1 - p[0, 1:]) / 2)],
                [0.25**2 * 0.75 / 2, 0.5**3 / 2, -0.75 * 0.25 * 0.75 / 2],
            ],
            f"`[:, labels]` takes whole columns: {minus}": (p - [1, 0, 1]) / 2,
            f"1 was subtracted everywhere: {minus}": (p - 1) / 2,
            f"the label itself was subtracted, as a number: {minus}": (p - [[0], [2]]) / 2,
            "the labels are counted from 0, you counted from 1": (p - [[0, 0, 1], [0, 1, 0]]) / 2,
            "this is the raw score minus y: the softmax is missing": (logits - [[1, 0, 0], [0, 0, 1]]) / 2,
            "the other entries are missing: the wrong classes are pushed down, too": [
                [want[0][0], 0, 0],
                [0, 0, want[1][2]],
            ],
            "the softmax runs over the samples: it belongs to a row": (
                np.exp(logits) / np.exp(logits).sum(axis=0) - [[1, 0, 0], [0, 0, 1]]
            )
            / 2,
        },
    )
    expect.close(gradient, want, "the gradient of cross_entropy", mistakes={few: gradient}, rtol=1e-12, atol=1e-14)
    _, gradient = expect.parts(
        expect.call(cross_entropy, np.array([[1, 3, 2]]), np.array([0])), "loss, gradient", "cross_entropy of integers"
    )
    integers = "an array of integers was filled: the fractions are lost, make it float"
    expect.close(
        gradient,
        [p[0] - [1, 0, 0]],
        "the gradient of cross_entropy([[1, 3, 2]], [0]) of integers",
        mistakes={integers: [[0, 0, 0]], f"{integers} before you subtract": [[-1, 0, 0]]},
    )
    ### BEGIN HIDDEN TESTS
    from cnnlib.gradcheck import numeric_gradient

    rng = np.random.default_rng(2071)
    for b, k in [(1, 3), (5, 4), (4, 4), (9, 2)]:
        drawn, true = rng.normal(0, 2, (k, b)).T, rng.integers(0, k, b)
        _, gradient = expect.parts(expect.call(cross_entropy, drawn, true), "loss, gradient", "cross_entropy")
        tensor = torch.tensor(drawn, requires_grad=True)
        torch.nn.functional.cross_entropy(tensor, torch.from_numpy(true)).backward()
        what = f"the gradient for logits of shape ({b}, {k})"
        expect.close(gradient, tensor.grad, what)
        expect.close(gradient, tensor.grad, what, mistakes={few: gradient}, rtol=1e-12, atol=1e-14)

    def own_loss(at):
        return expect.parts(expect.call(cross_entropy, at, true), "loss, gradient", "cross_entropy")[0]

    expect.close(numeric_gradient(own_loss, drawn.copy()), gradient, "your loss, differentiated", rtol=1e-5, atol=1e-8)
    integers, true = rng.integers(-4, 5, (6, 4)), rng.integers(0, 4, 6)
    _, gradient = expect.parts(expect.call(cross_entropy, integers, true), "loss, gradient", "cross_entropy")
    tensor = torch.tensor(integers, dtype=torch.float64, requires_grad=True)
    torch.nn.functional.cross_entropy(tensor, torch.from_numpy(true)).backward()
    expect.close(gradient, tensor.grad, "the gradient of integer logits")
    ### END HIDDEN TESTS


check_cross_entropy_gradient(cross_entropy)


# %% check="cross_entropy" points=1 why="logits far from zero"
@expect.check
def check_cross_entropy_far(cross_entropy):
    logits, labels = np.array([[1000.0, 0.0], [0.0, 1000.0]]), np.array([1, 1])
    loss, gradient = expect.parts(
        expect.call(cross_entropy, logits, labels), "loss, gradient", "cross_entropy of large logits"
    )
    hiding = [*(10.0**power for power in range(-20, -5)), np.finfo(float).eps, 1e-30, 1e-50, 1e-100, 1e-300]
    hides = "a small number inside the logarithm, {:g}, hides the infinity, and the loss is wrong: use log-sum-exp"
    expect.close(
        loss,
        500,
        "the loss of cross_entropy([[1000, 0], [0, 1000]], [1, 1])",
        mistakes={
            "the exponential of 1000 overflowed: subtract the maximum of each row first": np.nan,
            "the logarithm of 0: p is 0 in memory. Use log-sum-exp, which never forms p": np.inf,
            **{hides.format(small): -np.log(small) / 2 for small in hiding},
            "this is half of it: the logits were clipped at 500, or the mean goes over the classes, too": 250.0,
        },
    )
    expect.close(
        gradient,
        [[0.5, -0.5], [0, 0]],
        "the gradient of cross_entropy([[1000, 0], [0, 1000]], [1, 1])",
        mistakes={
            "the exponential of 1000 overflowed: subtract the maximum of each row first": [[np.nan, -0.5], [0, np.nan]],
            "`[labels]` takes whole rows: index with the numbers of the rows and the labels": [[0.5, 0], [-0.5, 0]],
        },
    )
    logits, labels = np.array([[0.0, 0.0], [1000.0, 1000.0]]), np.array([0, 1])
    loss, gradient = expect.parts(expect.call(cross_entropy, logits, labels), "loss, gradient", "cross_entropy")
    shared = "one maximum for the whole batch: next to the second row the first one vanishes, each row has its own"
    what = "cross_entropy([[0, 0], [1000, 1000]], [0, 1])"
    expect.close(loss, np.log(2), f"the loss of {what}", mistakes={shared: -np.inf})
    expect.close(
        gradient,
        [[-0.25, 0.25], [0.25, -0.25]],
        f"the gradient of {what}",
        mistakes={shared: [[np.nan, np.nan], [0.25, -0.25]]},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(2072)
    shifts, spreads = np.array([[5000], [-3000], [0], [900], [-8000]]), np.array([[2], [1], [300], [3], [1]])
    drawn, true = spreads * rng.normal(0, 1, (5, 4)) + shifts, rng.integers(0, 4, 5)
    loss, gradient = expect.parts(expect.call(cross_entropy, drawn, true), "loss, gradient", "cross_entropy")
    tensor = torch.tensor(drawn, requires_grad=True)
    truth = torch.nn.functional.cross_entropy(tensor, torch.from_numpy(true))
    truth.backward()
    expect.close(loss, truth, "the loss of large logits")
    expect.close(gradient, tensor.grad, "the gradient of large logits")
    ### END HIDDEN TESTS


check_cross_entropy_far(cross_entropy)


# %% wrong="cross_entropy" why="sum for mean" keyword="sum over the batch"
def cross_entropy__sum(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.sum(), gap


# %% wrong="cross_entropy" why="mean in the loss, none in the gradient" keyword="division by B is missing"
def cross_entropy__gradient_of_sum(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.mean(), gap


# %% wrong="cross_entropy" why="no minus" keyword="minus is missing"
def cross_entropy__no_minus(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return -losses.mean(), -gap / len(y)


# %% wrong="cross_entropy" why="base 2, as in information theory" keyword="base 2"
def cross_entropy__bits(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.mean() / np.log(2), gap / len(y)


# %% wrong="cross_entropy" why="probability without logarithm" keyword="this is one minus the probability"
def cross_entropy__one_minus_p(logits, labels):
    from scipy.special import softmax

    p = softmax(logits, axis=1)
    return 1 - p[np.arange(len(labels)), labels].mean(), (p - np.eye(logits.shape[1])[labels]) / len(labels)


# %% wrong="cross_entropy" why="whole columns" keyword="takes whole columns"
def cross_entropy__columns(logits, labels):
    from scipy.special import log_softmax

    log_p = log_softmax(logits, axis=1)
    gradient = np.exp(log_p)
    gradient[:, labels] -= 1
    return -log_p[:, labels].mean(), gradient / len(labels)


# %% wrong="cross_entropy" why="mean over samples and classes" keyword="divided by the number of classes"
def cross_entropy__mean_of_all(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    return -(y * log_p).mean(), (np.exp(log_p) - y) / logits.size


# %% wrong="cross_entropy" why="the predicted class" keyword="you took the predicted class"
def cross_entropy__predicted(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[logits.argmax(axis=1)]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.mean(), gap / len(y)


# %% wrong="cross_entropy" why="labels from 1" keyword="labels are counted from 0"
def cross_entropy__from_one(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels - 1]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.mean(), gap / len(y)


# %% wrong="cross_entropy" why="feeds probabilities to a loss that wants logits" keyword="softmax was taken twice"
def cross_entropy__softmax_twice(logits, labels):
    from scipy.special import log_softmax, softmax

    log_p, y = log_softmax(softmax(logits, axis=1), axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.mean(), gap / len(y)


# %% wrong="cross_entropy" why="binary cross-entropy of every class" keyword="other classes count"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy__binary(logits, labels):
    from scipy.special import softmax

    p, y = softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return losses.sum() / len(labels), (p - y) / len(labels)


# %% wrong="cross_entropy" why="squared error" keyword="this is the squared error"
def cross_entropy__squared(logits, labels):
    from scipy.special import softmax

    gap = softmax(logits, axis=1) - np.eye(logits.shape[1])[labels]
    return (gap**2).sum(axis=1).mean(), gap / len(labels)


# %% wrong="cross_entropy" why="no mean" keyword="one number for each sample"
def cross_entropy__not_averaged(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses, gap / len(y)


# %% wrong="cross_entropy" why="y − p" keyword="points uphill"
def cross_entropy__reversed_gradient(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.mean(), -gap / len(y)


# %% wrong="cross_entropy" why="the probabilities for the gradient" keyword="1 of the true class is missing"
def cross_entropy__p_alone(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses = -(y * log_p).sum(axis=1)
    return losses.mean(), np.exp(log_p) / len(y)


# %% wrong="cross_entropy" why="the gradient with respect to p" keyword="gradient with respect to p"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy__gradient_of_p(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses = -(y * log_p).sum(axis=1)
    return losses.mean(), -y / np.exp(log_p) / len(y)


# %% wrong="cross_entropy" why="multiplies by the slope of a sigmoid" keyword="slope of a sigmoid"
def cross_entropy__sigmoid_slope(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.mean(), gap * np.exp(log_p) * (1 - np.exp(log_p)) / len(y)


# %% wrong="cross_entropy" why="subtracts the number of the class" keyword="label itself was subtracted"
def cross_entropy__label_as_number(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses = -(y * log_p).sum(axis=1)
    return losses.mean(), (np.exp(log_p) - labels[:, None]) / len(y)


# %% wrong="cross_entropy" why="only the true class gets a gradient" keyword="other entries are missing"
def cross_entropy__true_class_only(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses, gap = -(y * log_p).sum(axis=1), np.exp(log_p) - y
    return losses.mean(), gap * y / len(y)


# %% wrong="cross_entropy" why="exponentials without a shift" keyword="exponential of 1000 overflowed"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy__no_shift(logits, labels):
    powers, rows = np.exp(logits), np.arange(len(labels))
    p = powers / powers.sum(axis=1, keepdims=True)
    return -np.log(p[rows, labels]).mean(), (p - np.eye(logits.shape[1])[labels]) / len(labels)


# %% wrong="cross_entropy" why="the logarithm of a stable softmax" keyword="logarithm of 0"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy__log_of_zero(logits, labels):
    from scipy.special import softmax

    p = softmax(logits, axis=1)
    return -np.log(p[np.arange(len(labels)), labels]).mean(), (p - np.eye(logits.shape[1])[labels]) / len(labels)


# %% wrong="cross_entropy" why="clips p against the infinity" keyword="hides the infinity"
def cross_entropy__epsilon(logits, labels):
    from scipy.special import softmax

    p = softmax(logits, axis=1)
    losses = -np.log(np.maximum(p[np.arange(len(labels)), labels], 1e-12))
    return losses.mean(), (p - np.eye(logits.shape[1])[labels]) / len(labels)


# %% wrong="cross_entropy" why="the smallest step of floats against the infinity" keyword="hides the infinity"
def cross_entropy__machine_epsilon(logits, labels):
    from scipy.special import softmax

    p = softmax(logits, axis=1)
    losses = -np.log(p[np.arange(len(labels)), labels] + np.finfo(float).eps)
    return losses.mean(), (p - np.eye(logits.shape[1])[labels]) / len(labels)


# %% wrong="cross_entropy" why="one maximum for the whole batch" keyword="one maximum for the whole batch"
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def cross_entropy__one_maximum(logits, labels):
    shifted = logits - logits.max()
    powers, rows = np.exp(shifted), np.arange(len(labels))
    sums = powers.sum(axis=1)
    gap = powers / sums[:, None] - np.eye(logits.shape[1])[labels]
    return (np.log(sums) - shifted[rows, labels]).mean(), gap / len(labels)


# %% wrong="cross_entropy" why="rows instead of one number of each row" keyword="takes whole rows"
def cross_entropy__rows(logits, labels):
    from scipy.special import log_softmax

    log_p = log_softmax(logits, axis=1)
    gap = np.exp(log_p)
    gap[labels] -= 1
    return -log_p[labels].mean(), gap / len(labels)


# %% wrong="cross_entropy" why="shifts for the sum, not for the true class" keyword="shifted in one place only"
def cross_entropy__half_shifted(logits, labels):
    powers, rows = np.exp(logits - logits.max(axis=1, keepdims=True)), np.arange(len(labels))
    sums = powers.sum(axis=1, keepdims=True)
    gap = powers / sums - np.eye(logits.shape[1])[labels]
    return (np.log(sums[:, 0]) - logits[rows, labels]).mean(), gap / len(labels)


# %% wrong="cross_entropy" why="fills a gradient of the dtype of the logits" keyword="array of integers"
def cross_entropy__integer_gradient(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    gradient = np.zeros_like(logits)
    gradient[...] = (np.exp(log_p) - y) / len(y)
    return -(y * log_p).sum() / len(y), gradient


# %% wrong="cross_entropy" why="difference quotients" keyword="like a difference quotient"
def cross_entropy__differences(logits, labels):
    from scipy.special import log_softmax

    from cnnlib.gradcheck import numeric_gradient

    def loss(at):
        return -log_softmax(at, axis=1)[np.arange(len(labels)), labels].mean()

    return loss(logits), numeric_gradient(loss, 1.0 * logits)


# %% wrong="cross_entropy" why="shifts the caller's logits" keyword="mutated input"
def cross_entropy__in_place(logits, labels):
    from scipy.special import log_softmax

    logits -= logits.max(axis=1, keepdims=True)
    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    return -(y * log_p).sum() / len(y), (np.exp(log_p) - y) / len(y)


# %% wrong="cross_entropy" why="the loss alone" keyword="wanted 2 results, `return loss, gradient`; came np.float64(2"
def cross_entropy__loss_only(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    losses = -(y * log_p).sum(axis=1)
    return losses.mean()


# %% right="cross_entropy" why="the library's logarithm of softmax, and one-hot labels"
def cross_entropy__scipy(logits, labels):
    from scipy.special import log_softmax

    log_p, y = log_softmax(logits, axis=1), np.eye(logits.shape[1])[labels]
    return -(y * log_p).sum() / len(y), (np.exp(log_p) - y) / len(y)


# %% right="cross_entropy" why="torch and its gradient"
def cross_entropy__torch(logits, labels):
    tensor = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(tensor, torch.tensor(labels))
    loss.backward()
    return loss.item(), tensor.grad.numpy()


# %% right="cross_entropy" why="sample by sample"
def cross_entropy__loop(logits, labels):
    import math

    total, gradient = 0.0, np.empty(logits.shape)
    for i, (scores, true) in enumerate(zip(logits.tolist(), labels.tolist(), strict=True)):
        top = max(scores)
        log_sum = top + math.log(math.fsum(math.exp(score - top) for score in scores))
        total += log_sum - scores[true]
        for k, score in enumerate(scores):
            gradient[i, k] = (math.exp(score - log_sum) - (k == true)) / len(labels)
    return total / len(labels), gradient


# %% right="cross_entropy" why="repeated logaddexp"
def cross_entropy__logaddexp(logits, labels):
    total = np.logaddexp.reduce(logits, axis=1)
    picked = np.take_along_axis(logits, labels[:, None], 1)[:, 0]
    gradient = np.exp(logits - total[:, None])
    np.subtract.at(gradient, (range(len(labels)), labels), 1)
    return float(np.mean(total - picked)), gradient / len(labels)


# %% [markdown]
# Two classes, the true one leads by a margin: what a sample costs, and how strongly it pulls. Cross-entropy pulls with
# all its force at a sample that is badly wrong. The squared error of the same probabilities hardly pulls there: the
# softmax is saturated, as the sigmoid was at ±5.


# %%
# Figure · the loss and its pull against the lead of the true class
with expect.written():
    lead = np.linspace(-8, 8, 161)
    pairs = [cross_entropy(np.array([[at, 0.0]]), np.array([0])) for at in lead]
    p = 1 / (1 + np.exp(-lead))
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), sharex=True)
    left.plot(lead, [loss for loss, _ in pairs], label="cross-entropy")
    left.plot(lead, 2 * (1 - p) ** 2, "--", label="squared error")
    right.plot(lead, [abs(gradient[0, 0]) for _, gradient in pairs], label="cross-entropy")
    right.plot(lead, 4 * p * (1 - p) ** 2, "--", label="squared error")
    left.set(xlabel="lead of the true class, in logits", title="loss")
    right.set(xlabel="lead of the true class, in logits", title="size of the gradient")
    left.legend()
    right.legend()
    plot.show(
        fig,
        alt="Left: with a growing lead of the true class both losses fall to 0; far on the wrong side cross-entropy "
        "rises in a straight line, the squared error levels off at 2. Right: there the gradient of cross-entropy is 1, "
        "that of the squared error is nearly 0.",
    )

# %% [markdown]
# ### 8 · Read the first loss  ·  3 points  ·  15 min  ·  ●●○ difficulty
#
# A network with small random weights knows nothing. All its logits are nearly equal, it gives each of K classes the
# probability 1/K, and its cross-entropy must be $-\log(1/K) = \log K$. So you know the first loss **before** you train,
# and a first loss that differs tells of a mistake in the program. It is the cheapest test there is.
#
# A slide gives the check as $-\log(p)$ with $p = 0.5$. **Mind for how many classes that holds**, when you see 6.9 on
# ImageNet's thousand.
#
# Write `judge_initial_loss(loss, classes, batch, *, tolerance=0.1)`. It returns `expected, verdict`: the loss to
# expect, and one of seven words. The **first** line that fits decides:
#
# | verdict | when | what to look for |
# |---|---|---|
# | `"broken"` | the loss is NaN, infinite or negative | a logarithm of 0, a missing minus: the loss lies in [0, ∞) |
# | `"healthy"` | it is close to what is expected | |
# | `"summed"` | it is close to `batch` times that | a sum over the batch instead of a mean |
# | `"base 2"` | it is close to $\log_2 K$ | the wrong logarithm |
# | `"base 10"` | it is close to $\log_{10} K$ | the wrong logarithm |
# | `"too sure"` | it is larger than expected | weights too large: wrong, and sure of it |
# | `"leak"` | it is smaller than expected | the label is hidden in the input; or fewer classes than you think |
#
# *Close* to a target means: at most `tolerance` times **the target** away from it, above or below.
#
# | argument | | |
# |---|---|---|
# | `loss` | a float | the loss of the first batch, whatever it is |
# | `classes`, `batch` | integers | K, at least 2, and B, at least 1 |
# | `tolerance` | a float | larger than 0; 0.1 stands for 10 % |
# | returns | a float and a string | |
#
# <details><summary>Hint 1: two results</summary>
# The expected loss depends on one argument only. The verdict compares the measured loss with several targets.
# </details>
# <details><summary>Hint 2: a target in another base</summary>
# A logarithm in base b is the natural one divided by the natural logarithm of b. NumPy has functions for 2 and 10.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# First the broken ones: ask whether the loss is finite, as NaN compares with nothing, and whether it is below 0. Then a
# dictionary of four verdicts and targets, in the order of the table, and a loop that returns at the first close
# one. What is left is larger or smaller.
# </details>


# %% solution="judge_initial_loss"
def judge_initial_loss(loss, classes, batch, *, tolerance=0.1):
    """Return the loss to expect of a network that knows nothing, and what the measured one says: expected, verdict.

    >>> judge_initial_loss(float("nan"), 10, 32)[1]
    'broken'
    """
    ### BEGIN SOLUTION
    expected = float(np.log(classes))
    if not np.isfinite(loss) or loss < 0:
        return expected, "broken"
    targets = {
        "healthy": expected,
        "summed": batch * expected,
        "base 2": np.log2(classes),
        "base 10": np.log10(classes),
    }
    for verdict, target in targets.items():
        if abs(loss - target) <= tolerance * target:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"
    ### END SOLUTION


# %% check="judge_initial_loss" points=1 why="the loss to expect"
@expect.check
def check_judge_initial_loss_expected(judge_initial_loss):
    for classes, want in [(2, 0.6931471805599453), (10, 2.302585092994046), (1000, 6.907755278982137)]:
        what = f"judge_initial_loss({want:.3f}, {classes}, 64)"
        expected, _ = expect.parts(expect.call(judge_initial_loss, want, classes, 64), "expected, verdict", what)
        expect.close(
            expected,
            want,
            f"the expected loss of {what}",
            mistakes={
                "p = 0.5 is the slide's case of two classes: with K classes p is 1 / K": np.log(2),
                "the logarithm has the base 2: the natural one is meant": np.log2(classes),
                "the logarithm has the base 10: the natural one is meant": np.log10(classes),
                "this is the probability 1 / K: take minus its logarithm": 1 / classes,
                "the minus is missing: the logarithm of 1 / K is negative": -want,
                "this is the logarithm of the size of the batch: the classes count": np.log(64),
                "the expected loss is a mean: it does not grow with the batch": 64 * want,
                "one class too few: all K may be the true one": np.log(classes - 1),
                "this is the entropy's p log p of one class: all K together": want / classes,
                "this is 1 − 1 / K, the share of errors: the loss is a logarithm": 1 - 1 / classes,
            },
        )
    for loss, target in [(73.7, 32 * np.log(10)), (3.32, np.log2(10)), (1.0, 1.0), (9.0, 9.0), (float("nan"), np.nan)]:
        what = f"judge_initial_loss({loss}, 10, 32)"
        expected, _ = expect.parts(expect.call(judge_initial_loss, loss, 10, 32), "expected, verdict", what)
        mistakes = {"`expected` follows the verdict: what to expect is log K, whatever was measured": target}
        expect.close(expected, 2.302585092994046, f"the expected loss of {what}", mistakes=mistakes)
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(208)
    for classes in [2, 3, *rng.integers(4, 5000, 6).tolist()]:
        truth = torch.nn.functional.cross_entropy(torch.zeros(1, classes, dtype=torch.float64), torch.tensor([0]))
        for loss in (float(truth), 0.1, 7.1 * float(truth), 1.45 * float(truth), 0.44 * float(truth), float("nan")):
            came = expect.parts(expect.call(judge_initial_loss, loss, classes, 7), "expected, verdict", "the result")
            expect.close(came[0], truth, f"the expected loss of {classes} classes")
    ### END HIDDEN TESTS


check_judge_initial_loss_expected(judge_initial_loss)


# %% check="judge_initial_loss" points=2 why="what a first loss says"
@expect.check
def check_judge_initial_loss_verdict(judge_initial_loss):
    nan, inf = float("nan"), float("inf")
    absolute = "the tolerance is a share of the target, not a number to add: 10 % of 6.9 is 0.69"
    of_the_loss = "10 % of the target, not of the measured loss"
    first_line = "the first line of the table that fits decides, not the nearest target or a later line"
    one_sided = "close means above or below: far below is not close"
    per_class = "a sum over the batch: you multiplied by the number of classes"
    turned = "the bases are turned: a logarithm in base b is the natural one divided by that of b"
    exchanged = "the two are exchanged: a loss above the expected one is too sure"
    infinite = "an infinite loss is broken: it is no number to compare"
    compares = "NaN compares with nothing, every comparison is false: ask for it first"
    below = "cross-entropy is never negative: below 0 something is broken"
    for arguments, tolerance, want, mistakes in [
        (
            (2.35, 10, 32),
            0.1,
            "healthy",
            {"2.35 is 2 % above log 10, and a tolerance of 0.1 stands for 10 %": "too sure"},
        ),
        ((2.25, 10, 32), 0.1, "healthy", {"close means above or below: 2.25 is 2 % below": "leak"}),
        ((0.02, 10, 32), 0.1, "leak", {exchanged: "too sure", one_sided: "healthy"}),
        ((9.0, 10, 32), 0.1, "too sure", {exchanged: "leak", "far above is not close": "healthy"}),
        ((7.5, 1000, 32), 0.1, "healthy", {absolute: "too sure"}),
        ((2.08, 10, 32), 0.1, "healthy", {of_the_loss: "leak"}),
        ((2.55, 10, 32), 0.1, "too sure", {f"{of_the_loss} or the larger of the two (math.isclose)": "healthy"}),
        ((0.85, 2, 8), 0.25, "healthy", {"`tolerance` is ignored: here it is 0.25": "too sure", first_line: "base 2"}),
        ((2.5, 10, 32), 0.05, "too sure", {"`tolerance` is ignored: here it is 0.05": "healthy"}),
        ((23.0, 10, 32), 0.1, "too sure", {per_class: "summed"}),
        ((73.7, 10, 32), 0.1, "summed", {"73.7 divided by the batch of 32 is 2.303": "too sure"}),
        ((70.0, 10, 32), 0.1, "summed", {"10 % of the target itself, here 73.7, not of log 10": "too sure"}),
        ((3.7, 10, 2), 0.2, "summed", {first_line: "base 2"}),
        ((2.3, 10, 1), 0.1, "healthy", {"in a batch of one, sum and mean are equal: ask for healthy first": "summed"}),
        ((3.32, 10, 32), 0.1, "base 2", {turned: "too sure", "this is log₂ 10, of base 2": "base 10"}),
        ((1.6, 10, 32), 0.1, "leak", {turned: "base 2"}),
        ((1.0, 10, 32), 0.1, "base 10", {turned: "leak", "this is log₁₀ 10, of base 10": "base 2"}),
        ((0.0, 10, 32), 0.1, "leak", {"0 is allowed: cross-entropy lies in [0, ∞)": "broken"}),
        ((0.0, 10, 32), 1.0, "healthy", {"“at most” allows exactly `tolerance`: <= and not <": "leak"}),
        ((nan, 10, 32), 0.1, "broken", {compares: "leak", "NaN is not larger than anything": "too sure"}),
        ((inf, 10, 32), 0.1, "broken", {infinite: "too sure", "infinity is close to no target": "summed"}),
        (
            (-2.3, 10, 32),
            0.1,
            "broken",
            {below: "leak", "its minus was dropped: a negative loss is no small slip": "healthy"},
        ),
    ]:
        what = f"judge_initial_loss({', '.join(map(str, arguments))}, tolerance={tolerance})"
        _, verdict = expect.parts(
            expect.call(judge_initial_loss, *arguments, tolerance=tolerance), "expected, verdict", what
        )
        expect.equal(verdict, want, f"the verdict of {what}", mistakes=mistakes)
    what = "judge_initial_loss(2.5, 10, 32)"
    _, verdict = expect.parts(expect.call(judge_initial_loss, 2.5, 10, 32), "expected, verdict", what)
    expect.equal(verdict, "healthy", f"the verdict of {what}, whose tolerance is 0.1")
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(2081)
    for _ in range(12):
        classes, batch, tolerance = int(rng.integers(3, 2000)), int(rng.integers(3, 100)), rng.uniform(0.04, 0.12)
        know_nothing = float(torch.tensor(float(classes), dtype=torch.float64).log())
        inside, outside = 1 + rng.uniform(-0.95, 0.95) * tolerance, 1 + 1.05 * tolerance
        for loss, want in [
            (know_nothing * inside, "healthy"),
            (know_nothing * batch * inside, "summed"),
            (know_nothing * 1.4426950408889634 * inside, "base 2"),
            (know_nothing * 0.4342944819032518 * inside, "base 10"),
            (know_nothing * outside, "too sure"),
            (know_nothing * (2 - outside), "leak"),
            (know_nothing * batch * 1.5, "too sure"),
            (know_nothing * (1 + tolerance / (1 - tolerance / 2)), "too sure"),
            (know_nothing * 0.05, "leak"),
            (-know_nothing * inside, "broken"),
            (-inf, "broken"),
        ]:
            what = f"judge_initial_loss({loss:.4f}, {classes}, {batch}, tolerance={tolerance:.3f})"
            came = expect.call(judge_initial_loss, loss, classes, batch, tolerance=float(tolerance))
            expect.equal(expect.parts(came, "expected, verdict", what)[1], want, f"the verdict of {what}")
        wide = float(rng.uniform(0.18, 0.24))  # of two samples: what is summed may be close to base 2, too
        both = know_nothing * rng.uniform(2 - 2 * wide + 0.01, 1.4426950408889634 * (1 + wide) - 0.01)
        came = expect.call(judge_initial_loss, float(both), classes, 2, tolerance=wide)
        what = f"judge_initial_loss({both:.4f}, {classes}, 2, tolerance={wide:.3f})"
        expect.equal(expect.parts(came, "expected, verdict", what)[1], "summed", f"the verdict of {what}")
    ### END HIDDEN TESTS


check_judge_initial_loss_verdict(judge_initial_loss)


# %% wrong="judge_initial_loss" why="the slide's p for any number of classes" keyword="slide's case of two classes"
def judge_initial_loss__one_half(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(2)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="the logarithm in base 2" keyword="base 2: the natural one"
def judge_initial_loss__bits(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log2(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="the logarithm in base 10" keyword="base 10: the natural one"
def judge_initial_loss__decimal(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log10(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="1 / K itself" keyword="this is the probability 1 / K"
def judge_initial_loss__probability(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = 1 / classes
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="no minus before the logarithm of 1 / K" keyword="minus is missing"
def judge_initial_loss__negative(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return -expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return -expected, verdict
    return -expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="the batch for the classes" keyword="logarithm of the size of the batch"
def judge_initial_loss__batch(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(batch)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="the tolerance as a difference" keyword="not a number to add"
def judge_initial_loss__absolute_tolerance(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="a share of the measured loss" keyword="not of the measured loss"
def judge_initial_loss__share_of_loss(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * abs(loss / factor):
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="always ten percent" keyword="`tolerance` is ignored"
def judge_initial_loss__tolerance_ignored(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= 0.1 * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="no lower end of the tolerance" keyword="far below is not close"
def judge_initial_loss__one_sided(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if loss / factor - expected <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="no question for NaN" keyword="every comparison is false"
def judge_initial_loss__no_nan(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if loss == math.inf or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="asks for NaN only" keyword="infinite loss is broken"
def judge_initial_loss__no_infinity(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if math.isnan(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="lets negative losses pass" keyword="never negative"
def judge_initial_loss__no_negative(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss):
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="drops the sign" keyword="its minus was dropped"
def judge_initial_loss__absolute_loss(loss, classes, batch, *, tolerance=0.1):
    import math

    loss = abs(loss)
    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="takes 0 for broken" keyword="0 is allowed"
def judge_initial_loss__zero_broken(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss <= 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="asks for the sum first" keyword="ask for healthy first"
def judge_initial_loss__summed_first(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("summed", batch), ("healthy", 1), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="the sum over the classes" keyword="multiplied by the number of classes"
def judge_initial_loss__summed_over_classes(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", classes), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="no verdict about sums" keyword="divided by the batch of 32"
def judge_initial_loss__never_summed(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="multiplies where a change of base divides" keyword="bases are turned"
def judge_initial_loss__bases_turned(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", math.log(2)), ("base 10", math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="too sure and leak exchanged" keyword="two are exchanged"
def judge_initial_loss__exchanged(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss < expected else "leak"


# %% wrong="judge_initial_loss" why="the verdict alone" keyword="came 'healthy'"
def judge_initial_loss__verdict_only(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="another order than the table" keyword="first line of the table"
def judge_initial_loss__base_two_first(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("base 10", 1 / math.log(10)), ("base 2", 1 / math.log(2)), ("summed", batch)]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="the nearest target" keyword="first line of the table"
def judge_initial_loss__nearest(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    gap, verdict = min((abs(loss / factor / expected - 1), verdict) for verdict, factor in pairs)
    if gap <= tolerance:
        return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="returns the target that fits" keyword="follows the verdict"
def judge_initial_loss__target_returned(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) <= tolerance * expected:
            return factor * expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="less than the tolerance" keyword="at most"
def judge_initial_loss__strictly_less(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss / factor - expected) < tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="a share of the larger number" keyword="math.isclose"
def judge_initial_loss__share_of_larger(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if math.isclose(loss, factor * expected, rel_tol=tolerance):
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="a share of the expected loss for every target" keyword="10 % of the target itself"
def judge_initial_loss__share_of_expected(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if abs(loss - factor * expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% wrong="judge_initial_loss" why="a tolerance in percent" keyword="stands for 10 %"
def judge_initial_loss__percent(loss, classes, batch, *, tolerance=0.1):
    import math

    expected = math.log(classes)
    if not math.isfinite(loss) or loss < 0:
        return expected, "broken"
    pairs = [("healthy", 1), ("summed", batch), ("base 2", 1 / math.log(2)), ("base 10", 1 / math.log(10))]
    for verdict, factor in pairs:
        if 100 * abs(loss / factor - expected) <= tolerance * expected:
            return expected, verdict
    return expected, "too sure" if loss > expected else "leak"


# %% right="judge_initial_loss" why="each verdict by a ratio, without a loop"
def judge_initial_loss__ratios(loss, classes, batch, *, tolerance=0.1):
    expected = -np.log(1 / classes)
    if not 0 <= loss < np.inf:
        return expected, "broken"
    if np.isclose(loss, expected, rtol=tolerance, atol=0):
        return expected, "healthy"
    if np.isclose(loss / batch, expected, rtol=tolerance, atol=0):
        return expected, "summed"
    if np.isclose(loss * np.log(2), expected, rtol=tolerance, atol=0):
        return expected, "base 2"
    if np.isclose(loss * np.log(10), expected, rtol=tolerance, atol=0):
        return expected, "base 10"
    return expected, ("leak", "too sure")[int(loss > expected)]


# %% right="judge_initial_loss" why="all targets at once, and a verdict out of an array of strings"
def judge_initial_loss__array(loss, classes, batch, *, tolerance=0.1):
    natural = np.log(classes)
    if not 0 <= loss < np.inf:
        return natural, "broken"
    words = np.array(["healthy", "summed", "base 2", "base 10"])
    goals = np.array([natural, natural * batch, np.log2(classes), np.log10(classes)])
    near = words[np.abs(loss - goals) <= tolerance * goals]
    return (natural, near[0]) if near.size else (natural, "too sure" if loss > natural else "leak")


# %% right="judge_initial_loss" why="the loss of equal logits, by torch, and a list of ranges"
def judge_initial_loss__torch(loss, classes, batch, *, tolerance=0.1):
    equal = torch.zeros(1, classes, dtype=torch.float64)
    expected = torch.nn.functional.cross_entropy(equal, torch.tensor([0])).item()
    low, high = 1 - tolerance, 1 + tolerance
    words = {"healthy": 1.0, "summed": batch, "base 2": np.log2(np.e), "base 10": np.log10(np.e)}
    if loss != loss or loss < 0 or loss == float("inf"):
        return expected, "broken"
    fitting = [word for word, factor in words.items() if low <= loss / (factor * expected) <= high]
    fitting.append("leak" if loss <= expected else "too sure")
    return expected, fitting[0]


# %% [markdown]
# What your judge says of a last layer whose random weights grow: 64 inputs, ten classes, a batch of 256. While the
# logits are small the loss is log 10. With large weights the network guesses just as badly, but is sure of its guesses.


# %%
# Figure · the first loss against the size of the weights
with expect.written():
    rng = np.random.default_rng(8)
    inputs, labels = rng.normal(0, 1, (256, 64)), rng.integers(0, 10, 256)
    weights = rng.normal(0, 1, (64, 10))
    scales = np.logspace(-3, 0.5, 15)
    losses = [float(cross_entropy(scale * inputs @ weights, labels)[0]) for scale in scales]
    verdicts = [judge_initial_loss(loss, 10, 256)[1] for loss in losses]
    fig, ax = plt.subplots()
    colors = {"healthy": "green", "base 2": "gold", "too sure": "orange"}
    for verdict in dict.fromkeys(verdicts):
        chosen = [i for i, word in enumerate(verdicts) if word == verdict]
        color = plot.colors[colors.get(verdict, "gray")]
        ax.plot(scales[chosen], np.array(losses)[chosen], "o", color=color, label=verdict)
    ax.axhline(np.log(10), color=plot.ink, linewidth=1, linestyle=":")
    ax.set(xscale="log", yscale="log", xlabel="standard deviation of the weights", ylabel="first loss")
    ax.set_yticks([], minor=True)
    ax.set_yticks([2, 5, 10, 20, 40], labels=["2", "5", "10", "20", "40"])
    ax.legend()
    plot.show(
        fig,
        alt="The first loss against the size of the weights, both logarithmic. Up to about 0.05 it stays at log 10 and "
        "is healthy. Beyond that it rises to more than 20, too sure. In between a loss may happen to look like base 2.",
    )

# %% [markdown]
# ### 9 · A product through depth  ·  4 points  ·  20 min  ·  ●●○ difficulty
#
# The simplest deep network is a chain of single units: each layer multiplies by a weight, adds a bias, and bends the
# result.
#
# $$z_\ell = w_\ell\, a_{\ell-1} + b_\ell, \qquad a_\ell = g(z_\ell), \qquad a_0 = x$$
#
# How much does the output of layer ℓ move when the input x moves a little? By the chain rule every layer contributes
# two factors, its weight and the slope of its activation:
#
# $$\frac{\partial a_\ell}{\partial x} = \prod_{k=1}^{\ell} w_k\, g'(z_k)$$
#
# Write `depth_slopes(x, weights, biases, activation)`. It returns these products for all layers, and for several
# inputs at once. No input knows of the others.
#
# | argument | shape | |
# |---|---|---|
# | `x` | `(N,)` | the inputs, integers or floats |
# | `weights`, `biases` | `(L,)`, `(L,)` | one of each for every layer, the same for all inputs |
# | `activation` | a function | `value, slope = activation(z)`, like those of exercises 1 to 3; z has the shape `(N,)` |
# | returns | `(L, N)` | row 0 holds the slopes through one layer, the last row those through all |
#
# By hand, with the activation z² (slope 2z), $x = 2$, weights 2 and 3, biases −1 and −26: the first layer has
# $z_1 = 3$, $a_1 = 9$ and the slope 6, so the first product is $2\cdot6 = 12$. The second has $z_2 = 1$ and the slope
# 2; its product is $12\cdot 3\cdot 2 = 72$.
#
# Then think of the sigmoid. Its slope is $\frac14$ at best. With weights of 1, ten layers leave at most
# $(\frac14)^{10}\approx 10^{-6}$. This is the **vanishing gradient**: the first layers of a sigmoid stack hear
# nothing of the loss. A ReLU has the slope 1 wherever it is on, and a thousand times 1 is 1.
#
# <details><summary>Hint 1: two things go along</summary>
# Walk through the layers once, from the first to the last. Carry two arrays with you: the value that reached this
# layer, and the product so far.
# </details>
# <details><summary>Hint 2: where the slope is taken</summary>
# The activation is asked once in each layer, at z, and gives both. The value goes on to the next layer, the slope goes
# into the product, together with the weight.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Start with the value x and a product of float ones, one for each input. In the loop over pairs of weight and bias:
# ask the activation at weight times value plus bias; multiply the product by weight and slope, into a new array; append
# it to a list. At the end make an array of the list.
# </details>


# %% solution="depth_slopes"
def depth_slopes(x, weights, biases, activation):
    """Return how the output of every layer of a chain changes with its input x, (N,): an array (L, N)."""
    ### BEGIN SOLUTION
    value, product, products = x, np.ones(len(x)), []
    for weight, bias in zip(weights, biases, strict=True):
        value, slope = activation(weight * value + bias)
        product = product * weight * slope
        products.append(product)
    return np.array(products)
    ### END SOLUTION


# %%
# Tools · activations that the checks of depth_slopes use: value and slope, as in exercises 1 to 3
def square_unit(z):
    return z**2, 2.0 * z


def sigmoid_near_zero(z):  # its tangent, which is all that these checks need
    return 0.5 + z / 4, np.full(np.shape(z), 0.25)


def corner_unit(z):
    return np.clip(z, 0, None), (z > 0) * 1.0


# %% check="depth_slopes" points=2 why="the product, layer by layer"
@expect.check
def check_depth_slopes_product(depth_slopes):
    x, weights, biases = np.array([2.0]), np.array([2.0, 3.0]), np.array([-1.0, -26.0])
    expect.close(
        expect.call(depth_slopes, x, weights, biases, square_unit),
        [[12], [72]],
        "depth_slopes([2], [2, 3], [−1, −26], the square)",
        mistakes={
            "the weights are missing: each layer multiplies by its weight, too": [[6], [12]],
            "the weight of the first layer is missing": [[6], [36]],
            "the weights alone: each layer multiplies by its slope, too": [[2], [6]],
            "each row holds its own layer only: multiply by all before it": [[12], [6]],
            "the layers were added: the chain rule multiplies": [[12], [18]],
            "every layer got x itself: it sees what the layer before it gave": [[12], [-1440]],
            "the activation was skipped on the way: the next layer sees the value, not z": [[12], [-1224]],
            "the slope was taken at the value, after the activation: take it at z": [[36], [216]],
            "the slope was taken before the layer, at its input: take it at z": [[8], [432]],
            "the biases are missing in z: they move the place of the slope": [[16], [4608]],
            "the bias was multiplied, too: it is added to weight times value": [[8], [-3168]],
            "the activation came before the layer: first weight and bias, then the bend": [[8], [336]],
            "the biases were added to the factors: a constant disappears in the derivative": [[11], [-220]],
            "value and slope have changed places: `value, slope = activation(z)`": [[18], [3456]],
            "these are the values of the layers: the slopes are asked": [[9], [1]],
            "only the slope through all layers: one row for each layer": [72],
            "only the slope through all layers: keep the product of each one": [[72]],
            "one row for each layer, one column for each input: the axis of the inputs is missing": [12, 72],
            "the rows are in reverse order: the first is through one layer": [[72], [12]],
            "this is what comes from the last layer down: the first row is through the first layer": [[6], [72]],
            "the first row is x itself, without a layer: start with the first layer": [[1], [12], [72]],
            "the axes are exchanged: one row for each layer, one column for each input": [[12, 72]],
            "x crept into the product: it begins with 1": [[24], [144]],
            "every row is the last product: append a new array, `*=` changes the one in the list": [[72], [72]],
        },
    )
    few = "right to some ten digits, like a difference quotient: the formula gives them all"
    several, changing = np.array([1, 0, -4]), np.array([0.5, -3.0])
    came = expect.call(depth_slopes, several, changing, np.array([1.0, 0.0]), square_unit)
    what = "depth_slopes([1, 0, −4], [0.5, −3], [1, 0], the square)"
    want = [[1.5, 1, -1], [60.75, 18, -18]]
    expect.close(
        came,
        want,
        what,
        mistakes={
            "the absolute values: a slope has a sign": np.abs(want),
            "the sign of a weight was lost: it belongs to the factor": [[1.5, 1, -1], [-60.75, -18, 18]],
            "an array of integers was filled: a slope has fractions, make it float": [[1, 1, -1], [60, 18, -18]],
            "the axes are exchanged: one row for each layer, one column for each input": np.transpose(want),
        },
    )
    expect.close(came, want, what, mistakes={few: came}, rtol=1e-12, atol=1e-14)
    ### BEGIN HIDDEN TESTS
    from cnnlib.gradcheck import numeric_gradient

    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": torch.nn.functional.softplus}
    rng = np.random.default_rng(209)
    for (name, function), (depth, count) in zip(functions.items(), [(5, 4), (1, 3), (7, 1)], strict=True):

        def unit(z, function=function):
            point = torch.tensor(np.real(z), dtype=torch.float64, requires_grad=True)
            out = function(point)
            return out.detach().numpy(), torch.autograd.grad(out.sum(), point)[0].numpy()

        inputs, w, b = rng.normal(0, 1, 2 * count)[::2], rng.normal(0, 2, depth), rng.normal(0, 1, depth)
        start = torch.tensor(inputs.copy(), requires_grad=True)
        signal, truths = start, []
        for layer in range(depth):
            signal = function(float(w[layer]) * signal + float(b[layer]))
            truths.append(torch.autograd.grad(signal.sum(), start, retain_graph=True)[0].numpy())
        came = expect.call(depth_slopes, inputs, w, b, unit)
        what = f"depth_slopes, {name}, {depth} layers, {count} inputs"
        zero = "every slope is 0: an activation takes real numbers, no complex ones"
        expect.close(came, truths, what, mistakes={zero: np.zeros((depth, count))})
        expect.close(came, truths, what, mistakes={few: came}, rtol=1e-11, atol=1e-13)

        def last(at, w=w, b=b, unit=unit):
            for one_weight, one_bias in zip(w, b, strict=True):
                at = unit(one_weight * at + one_bias)[0]
            return at

        numeric = numeric_gradient(last, inputs.copy())
        expect.close(np.asarray(came)[-1], numeric, f"the last row, {name}", rtol=1e-5, atol=1e-8)
    ### END HIDDEN TESTS


check_depth_slopes_product(depth_slopes)


# %% check="depth_slopes" points=2 why="twenty sigmoids vanish, twenty ReLUs do not"
@expect.check
def check_depth_slopes_deep(depth_slopes):
    half, ones = np.full(2, 0.5), np.ones(20)
    came = expect.call(depth_slopes, half, ones, np.full(20, -0.5), sigmoid_near_zero)
    lost = "rounded, cut off, or lost in a difference quotient: a slope of 1e-12 is small, not zero"
    quarters = np.outer(0.25 ** np.arange(1, 21), [1, 1])
    expect.close(
        came,
        quarters,
        "depth_slopes of twenty sigmoids at their steepest place",
        mistakes={
            lost: lambda: np.round(quarters, 8),
            "every row is the last product: append a new array, `*=` changes the one in the list": [quarters[-1]] * 20,
        },
    )
    expect.close(came[-1], quarters[-1], "the last row of twenty sigmoids", mistakes={lost: came[-1]}, atol=0)
    expect.close(came, quarters, "depth_slopes of twenty sigmoids", mistakes={lost: came}, atol=0)
    whole, on_and_off = np.array([1, -1, 2]), [[1, 0, 1]] * 20
    expect.close(
        expect.call(depth_slopes, whole, ones, np.zeros(20), corner_unit),
        on_and_off,
        "depth_slopes of twenty ReLUs for the inputs 1, −1 and 2",
        mistakes={
            "a ReLU that is off passes nothing, not even a slope": [[1, 1, 1]] * 20,
        },
    )
    expect.close(
        expect.call(depth_slopes, half, np.full(20, 4.0), np.full(20, -2.0), sigmoid_near_zero),
        np.ones((20, 2)),
        "depth_slopes of twenty sigmoids with weights of 4",
        mistakes={"the weights are missing: each layer multiplies by its weight, too": quarters},
        rtol=1e-6,
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(2091)
    inputs, w, b = rng.integers(-3, 4, 6), rng.normal(1, 0.2, 30), rng.normal(0.2, 0.1, 30)
    for function in (torch.sigmoid, torch.relu):

        def unit(z, function=function):
            point = torch.tensor(np.real(z), dtype=torch.float64, requires_grad=True)
            out = function(point)
            return out.detach().numpy(), torch.autograd.grad(out.sum(), point)[0].numpy()

        start = torch.tensor(inputs, dtype=torch.float64, requires_grad=True)
        signal, truths = start, []
        for layer in range(30):
            signal = function(float(w[layer]) * signal + float(b[layer]))
            truths.append(torch.autograd.grad(signal.sum(), start, retain_graph=True)[0].numpy())
        came = expect.call(depth_slopes, inputs, w, b, unit)
        zero = "every slope is 0: an activation takes real numbers, no complex ones"
        mistakes = {zero: np.zeros((30, 6))}
        expect.close(came, truths, "depth_slopes of thirty layers", mistakes=mistakes, rtol=1e-7, atol=0)
    ### END HIDDEN TESTS


check_depth_slopes_deep(depth_slopes)


# %% wrong="depth_slopes" why="slopes without weights" keyword="the weights are missing"
def depth_slopes__no_weights(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="the first weight left out" keyword="weight of the first layer"
def depth_slopes__first_weight(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)) / weights[0], []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="weights without slopes" keyword="the weights alone"
def depth_slopes__weights_alone(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, _ = activation(w * a + b)
        p = p * w
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="no product" keyword="its own layer only"
def depth_slopes__own_layer(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="adds the layers" keyword="the chain rule multiplies"
def depth_slopes__sum(x, weights, biases, activation):
    a, p, rows = x, np.zeros(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p + w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="no forward pass: x in every layer" keyword="every layer got x itself"
def depth_slopes__same_input(x, weights, biases, activation):
    p, rows = np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        _, s = activation(w * x + b)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="hands z on" keyword="activation was skipped"
def depth_slopes__skips_activation(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a = w * a + b
        _, s = activation(a)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="the slope at the output of the activation" keyword="at the value, after the activation"
def depth_slopes__slope_at_value(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, _ = activation(w * a + b)
        _, s = activation(a)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="the slope at the input of the layer" keyword="before the layer, at its input"
def depth_slopes__slope_at_input(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        _, s = activation(a)
        a, _ = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="z without bias" keyword="the biases are missing"
def depth_slopes__no_bias(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w in weights:
        a, s = activation(w * a)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="a bias in the derivative" keyword="biases were added to the factors"
def depth_slopes__bias_in_factor(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * (w * s + b)
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="slope, value" keyword="changed places"
def depth_slopes__swapped(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        s, a = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="the values of the layers" keyword="these are the values"
def depth_slopes__values(x, weights, biases, activation):
    a, rows = x, []
    for w, b in zip(weights, biases, strict=True):
        a, _ = activation(w * a + b)
        rows.append(a)
    return np.array(rows)


# %% wrong="depth_slopes" why="the last product alone" keyword="one row for each layer"
def depth_slopes__last_only(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return p


# %% wrong="depth_slopes" why="rows from the last to the first layer" keyword="in reverse order"
def depth_slopes__reversed(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.array(rows[::-1])


# %% wrong="depth_slopes" why="the products of a backward pass, from the output down" keyword="from the last layer down"
def depth_slopes__backwards(x, weights, biases, activation):
    factors = []
    a = x
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        factors.insert(0, w * s)
    return np.cumprod(factors, axis=0)


# %% wrong="depth_slopes" why="a row for x itself" keyword="x itself, without a layer"
def depth_slopes__with_x(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), [np.ones(len(x))]
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="multiplies in place and appends the same array" keyword="append a new array"
def depth_slopes__same_array(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p *= w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="a column for each layer" keyword="the axes are exchanged"
def depth_slopes__transposed(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.array(rows).T


# %% wrong="depth_slopes" why="the sizes of the slopes" keyword="a slope has a sign"
def depth_slopes__absolute(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.abs(rows)


# %% wrong="depth_slopes" why="the product starts with x" keyword="crept into the product"
def depth_slopes__starts_with_x(x, weights, biases, activation):
    a, p, rows = x, 1.0 * x, []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="rounds" keyword="rounded, cut off"
def depth_slopes__rounded(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * s
        rows.append(p)
    return np.round(rows, 8)


# %% wrong="depth_slopes" why="every ReLU on" keyword="a ReLU that is off"
def depth_slopes__relu_on(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * w * np.where((s == 0) & (a == 0), 1.0, s)
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="a product with the dtype of x" keyword="Cannot cast ufunc"
def depth_slopes__integer_product(x, weights, biases, activation):
    a, p, rows = x, np.ones_like(x), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p *= w * s
        rows.append(p.copy())
    return np.array(rows)


# %% wrong="depth_slopes" why="fills an array of the dtype of x" keyword="array of integers"
def depth_slopes__integer_rows(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), np.zeros((len(weights), len(x)), dtype=x.dtype)
    for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
        a, s = activation(w * a + b)
        p = p * w * s
        rows[layer] = p
    return rows


# %% wrong="depth_slopes" why="the sizes of the weights" keyword="sign of a weight"
def depth_slopes__weights_without_sign(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * a + b)
        p = p * abs(w) * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="brackets around value and bias" keyword="bias was multiplied"
def depth_slopes__bias_inside(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(w * (a + b))
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="bends first" keyword="came before the layer"
def depth_slopes__activation_first(x, weights, biases, activation):
    a, p, rows = x, np.ones(len(x)), []
    for w, b in zip(weights, biases, strict=True):
        a, s = activation(a)
        a = w * a + b
        p = p * w * s
        rows.append(p)
    return np.array(rows)


# %% wrong="depth_slopes" why="difference quotients" keyword="like a difference quotient"
def depth_slopes__differences(x, weights, biases, activation):
    def values(a):
        rows = []
        for w, b in zip(weights, biases, strict=True):
            a, _ = activation(w * a + b)
            rows.append(a)
        return np.array(rows)

    return (values(x + 1e-5) - values(x - 1e-5)) / 2e-5


# %% wrong="depth_slopes" why="complex steps, which an activation need not take" keyword="takes real numbers"
@np.errstate(invalid="ignore")
def depth_slopes__complex_step(x, weights, biases, activation):
    a, rows = x + 1e-30j, []
    for w, b in zip(weights, biases, strict=True):
        a, _ = activation(w * a + b)
        rows.append(np.imag(a) / 1e-30)
    return np.array(rows)


# %% right="depth_slopes" why="all slopes first, then cumulative products"
def depth_slopes__cumulative(x, weights, biases, activation):
    signal, steepness = np.asarray(x, dtype=float), np.empty((len(weights), len(x)))
    for layer in range(len(weights)):
        signal, steepness[layer] = activation(weights[layer] * signal + biases[layer])
    return np.cumprod(np.asarray(weights)[:, None] * steepness, axis=0)


# %% right="depth_slopes" why="input by input, and recursive"
def depth_slopes__recursive(x, weights, biases, activation):
    def walk(at, layer):
        out, slope = activation(np.array([weights[layer] * at + biases[layer]]))
        factor = weights[layer] * float(slope[0])
        deeper = walk(float(out[0]), layer + 1) if layer + 1 < len(weights) else ()
        return [factor, *(factor * rest for rest in deeper)]

    return np.array([walk(float(start), 0) for start in x]).T


# %% right="depth_slopes" why="sums of logarithms, and signs apart"
@np.errstate(divide="ignore")
def depth_slopes__logarithms(x, weights, biases, activation):
    signal, factors = x, []
    for weight, bias in zip(weights, biases, strict=True):
        signal, slope = activation(bias + signal * weight)
        factors.append(slope * weight)
    signs = np.cumprod(np.sign(factors), axis=0)
    return signs * np.exp(np.cumsum(np.log(np.abs(factors)), axis=0))


# %% [markdown]
# Now stacks of up to thirty layers with your own activations, all weights 1 and all biases 0, and a hundred inputs
# between 0.5 and 2. Then two ReLU stacks whose weights are a little smaller or larger than 1.


# %%
# Figure · what is left of the slope after thirty layers
with expect.written():
    inputs = np.linspace(0.5, 2, 100)
    stacks = {
        "ReLU, weights 1": (relu, 1.0),
        "ReLU, weights 1.2": (relu, 1.2),
        "ReLU, weights 0.8": (relu, 0.8),
        "tanh, weights 1": (tanh, 1.0),
        "sigmoid, weights 1": (sigmoid, 1.0),
    }
    fig, ax = plt.subplots()
    for name, (unit, size) in stacks.items():
        slopes = depth_slopes(inputs, np.full(30, size), np.zeros(30), unit)
        ax.plot(range(1, 31), np.median(slopes, axis=1), label=f"{name}: {np.median(slopes[-1]):.3g}")
    ax.set(yscale="log", xlabel="layers", ylabel="slope of the output", title="slopes through depth, median input")
    ax.legend(fontsize=9)
    plot.show(
        fig,
        alt="The slope against the number of layers, logarithmic. ReLU with weights 1 stays at 1, with 1.2 it grows to "
        "more than 200, with 0.8 it shrinks to a thousandth. Tanh falls slowly, the sigmoid in a straight line to "
        "less than 1e-18.",
    )

# %% [markdown]
# So the ReLU takes one of the two reasons away. The other one, the weights, is the subject of unit 05: how large they
# must be at the start so that a product through depth neither vanishes nor explodes.
#
# ## Done
#
# Restart and run all, save, hand in. In unit 03 these slopes and gradients become a network that learns.
