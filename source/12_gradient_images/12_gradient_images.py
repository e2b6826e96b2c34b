# %% [markdown]
# # 12 · Images made by gradients
#
# Training follows the gradient of the loss with respect to the *weights*. Here the weights stay as they are, and the
# gradient with respect to the *pixels* changes the image. That paints what a class looks like to a network, fools the
# network, lets it dream, and shows how far its explanations can be trusted.
#
# | | exercise | what moves the pixels | points |
# |---|---|---|---|
# | 1 | `class_image` | up the score of a class, with an L2 penalty | 4 |
# | 2 | `fgsm` | one step of the gradient's sign, up the loss | 4 |
# | 3 | `fool` | up the lead of the wrong class, until it wins | 5 |
# | 4 | `deep_dream` | up the activations of a layer, small image first | 6 |
# | 5 | `fragile` | away from the explanation, never from the prediction | 5 |
#
# Afterwards you can attack a network with measured changes, and say what a saliency map is worth. Plan about two and a
# half hours. You need gradients in torch (unit 03) and the saliency maps of the other assignment of unit 12. Every
# exercise stands on its own, so skip what holds you up. The checks are folded; a click on their three dots opens them.
#
# ### Rules for all five
#
# * A **model** is any `nn.Module` that takes images `(N, C, H, W)` and returns **scores** `(N, K)`, one for each class:
#   logits, before any softmax.
# * It is a guest in your function. Afterwards its parts, weights, modes, `.grad` fields and hooks are what they were,
#   **also after an error**, and the error goes on to the caller. So ask `torch.autograd.grad(…)` for the gradient you
#   want. `.backward()` would also fill the `.grad` of every weight, and adds up from call to call.
# * Compute in **evaluation mode** (no dropout, stored batch statistics), whatever mode the model comes in. The first
#   cell below has a helper for this, `evaluating(model)`: open it in a `with` statement, and everything inside runs in
#   evaluation mode.
# * The caller's tensors stay as they are. Return a new tensor of the same dtype.

# %%
import logging
from contextlib import contextmanager

import numpy as np
import torch
from torch.nn.functional import cross_entropy, interpolate, softplus

from cnnlib import data, expect, models, plot


@contextmanager
def evaluating(network):
    """Put every part of a model into evaluation mode, and give each its own mode back at the end."""
    modes = {part: part.training for part in network.modules()}
    try:
        for part in modes:
            part.training = False
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode


# %% [markdown]
# Two kinds of small models for the checks, and for your own experiments. Of the first you can compute everything on
# paper: its gradient *is* its weights. The second is a convolutional network with drawn weights. The last two functions
# see how an answer treats its guest.


# %%
def linear_model(weights, bias=None):
    """Return a model with one layer: the score of class k is weights[k] · pixels + bias[k]. In float64."""
    weights = torch.tensor(weights, dtype=torch.float64)
    layer = torch.nn.Linear(weights.shape[1], weights.shape[0]).double()
    with torch.no_grad():
        layer.weight.copy_(weights)
        layer.bias.copy_(torch.zeros(len(weights)) if bias is None else torch.tensor(bias))
    return torch.nn.Sequential(torch.nn.Flatten(), layer)


def drawn_network(seed, channels=3, classes=5):
    """Return a small convolutional network with drawn weights, for images of any size from 5 × 5. In float64."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        norm = torch.nn.BatchNorm2d(6)
        network = torch.nn.Sequential(
            torch.nn.Sequential(torch.nn.Conv2d(channels, 6, 3, padding=1), norm, torch.nn.ReLU(inplace=True)),
            torch.nn.Sequential(torch.nn.Conv2d(6, 8, (3, 2), stride=2), torch.nn.Tanh(), torch.nn.Dropout(0.5)),
            torch.nn.AdaptiveAvgPool2d((2, 3)),
            torch.nn.Flatten(),
            torch.nn.Linear(48, classes),
        )
        with torch.no_grad():
            for values in (norm.weight, norm.running_var):
                values.uniform_(0.5, 2.0)
            for values in (norm.bias, norm.running_mean):
                values.normal_()
            network[-1].weight.mul_(4.0)
    return network.double().eval()


def leaves_alone(answer, network, *args, **options):
    """Check that an answer leaves a model its filled `.grad` fields, its hooks, its parts and their attributes."""
    hooks = [part.register_forward_hook(logging.getLogger("caller").debug) for part in network.modules()]
    parts = {name: (part, set(vars(part))) for name, part in network.named_modules()}
    for weight in network.parameters():
        weight.grad = torch.ones_like(weight)
    answer(network, *args, **options)
    expect.that(
        all(weight.grad is not None and bool((weight.grad == 1).all()) for weight in network.parameters()),
        "A `.grad` that the caller had filled is changed or gone: `torch.autograd.grad(…)` touches none.",
    )
    expect.that(
        all(part._forward_hooks for part in network.modules()),
        "A hook of the caller is gone: remove yours alone, by its handle.",
    )
    now = {name: (part, set(vars(part))) for name, part in network.named_modules()}
    expect.that(now == parts, "A part of the model, or an attribute, is not what it was: work on a copy of the model.")
    for hook in hooks:
        hook.remove()


def survives_error(answer, network, *args, **options):
    """Check that the error of a model that cannot read an image comes through, and changes nothing."""
    hint = "the model cannot read such an image. Pass PyTorch's error on"
    try:
        expect.call(lambda model: expect.raises(RuntimeError, answer, model, *args, hint=hint, **options), network)
    except expect.Mismatch as problem:
        raise expect.Mismatch(f"When the forward pass stops with an error: {problem}") from None


# %% [markdown]
# ### 1 · What does a class look like?  ·  4 points  ·  20 min  ·  ●○○ difficulty
#
# Write `class_image(model, target, start, *, steps, learning_rate, l2)`. Start from noise or from gray, and change the
# pixels until the network is as excited about one class as it can be (Simonyan, Vedaldi & Zisserman 2014). The function
# to climb, for each image $I$ of the batch:
#
# $$S_c(I) - \lambda\,\lVert I\rVert_2^2, \qquad \lVert I\rVert_2^2 = \sum_i I_i^2$$
#
# $S_c$ is the **score** of the class `target`, not its probability: a probability also rises when the other
# classes fall, and then the picture tells about them. The second term pulls every pixel towards zero, which is mid-gray
# for preprocessed images. Without it the pixels grow without end.
#
# Do `steps` steps of plain gradient **ascent**: each adds `learning_rate` times the gradient of the whole function.
# The convention here is $\lambda$ times the **sum** of the squares, so its derivative is $2\lambda I$. Optimizers with
# "weight decay" use $\frac{\lambda}{2}$ and $\lambda I$ instead.
#
# | argument | | |
# |---|---|---|
# | `model` | any `nn.Module` | returns scores `(N, K)` |
# | `target` | an integer | the class to look for, the same for all images |
# | `start` | `(N, C, H, W)`, float | where to start; each image climbs for itself |
# | `steps` | an integer, 0 or more | steps of gradient ascent |
# | `learning_rate` | a number | length of a step, in units of the gradient |
# | `l2` | a number, 0 or more | the $\lambda$ of the penalty |
# | returns | `(N, C, H, W)` | the images at the end |
#
# A case to think through: for a linear model with weights $w$ the climb ends at $I = w / 2\lambda$. The
# best picture of a class is then the picture of its weights.
#
# <details><summary>Hint 1: the idea</summary>
# This is the training loop turned round. What was the data is now what changes, what was the weight stays. And loops
# that train go down; which sign does yours need?
# </details>
# <details><summary>Hint 2: many images at once</summary>
# A gradient needs one number. Add up the score of the class over all images: in evaluation mode no image knows of the
# others, so the gradient of the sum holds the gradient of each. A mean would make every step shorter in a larger batch.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Detach and clone the start. In each step: mark the pixels as requiring a gradient, compute sum of scores minus
# penalty, ask autograd for its gradient at the pixels, and make new pixels, detached from the old graph, by adding the
# rate times the gradient.
# </details>


# %% solution="class_image"
def class_image(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    """Return images, shape (N, C, H, W): gradient ascent from `start` on score − l2 · (sum of squared pixels)."""
    ### BEGIN SOLUTION
    climbing = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            climbing.requires_grad_()
            height = model(climbing)[:, target].sum() - l2 * climbing.square().sum()
            (uphill,) = torch.autograd.grad(height, climbing)
            climbing = (climbing + learning_rate * uphill).detach()
    return climbing
    ### END SOLUTION


# %% check="class_image" points=2 why="the steps, on a model you can compute by hand"
@expect.check
def check_class_image_steps(class_image):
    # the gradient of score 1 is (2, −1, 0) everywhere; the penalty adds −2 · 0.1 · pixels
    model = linear_model([[1, 0, 1], [2, -1, 0], [0, 3, 1]], [0, 0, 1])
    start = torch.tensor([1.0, 2.0, -2.0], dtype=torch.float64).reshape(1, 1, 1, 3)
    expect.close(
        expect.call(class_image, model, 1, start, steps=1, learning_rate=0.5, l2=0.1),
        [[[[1.9, 1.3, -1.8]]]],
        "class_image(model, 1, (1, 2, −2), steps=1, learning_rate=0.5, l2=0.1)",
        mistakes={
            "this is descent: a step must add the gradient, to climb": [[[[0.1, 2.7, -2.2]]]],
            "the score goes down, which is descent: add its gradient": [[[[-0.1, 2.3, -1.8]]]],
            "the penalty has the wrong sign: it must pull the pixels towards zero": [[[[2.1, 1.7, -2.2]]]],
            "the factor 2 is missing: the derivative of l2 · I² is 2 · l2 · I": [[[[1.95, 1.4, -1.9]]]],
            "the penalty is missing": [[[[2.0, 1.5, -2.0]]]],
            "the penalty is the mean of the squares: take their sum": [[[[59 / 30, 43 / 30, -58 / 30]]]],
            "the penalty is the norm itself: it has to be squared": [[[[119 / 60, 88 / 60, -118 / 60]]]],
            "all classes are added up: climb the score of the target only": [[[[2.4, 2.8, -0.8]]]],
            "this climbs the probability of the class: take its score, without softmax": [
                [[[0.906623639, 1.78676092, -1.80331592]]]
            ],
            "this climbs the log of the probability of the class: take its score, without softmax": [
                [[[1.89209553, -0.182963003, -2.29666179]]]
            ],
            "the gradient is normalised to length 1: use it as it is": [[[[1.38874079, 1.69764605, -1.91361316]]]],
        },
        rtol=1e-7,
    )
    expect.close(
        expect.call(class_image, model, 1, start, steps=2, learning_rate=0.5, l2=0.1),
        [[[[2.71, 0.67, -1.62]]]],
        "class_image(model, 1, (1, 2, −2), steps=2, learning_rate=0.5, l2=0.1)",
        mistakes={
            "the gradients of both steps were added up: every step needs a fresh one": [[[[3.61, -0.03, -1.42]]]],
            "the gradients of both steps were added up: a fresh one is needed": [[[[3.71, 0.17, -1.62]]]],
            "the gradient was taken once, at the start: take it anew in every step": [[[[2.8, 0.6, -1.6]]]],
            "only one step was done": [[[[1.9, 1.3, -1.8]]]],
            "one step too many": [[[[3.439, 0.103, -1.458]]]],
        },
    )
    both = torch.cat([start, torch.zeros_like(start)])
    expect.close(
        expect.call(class_image, model, 1, both, steps=1, learning_rate=0.5, l2=0.1),
        [[[[1.9, 1.3, -1.8]]], [[[1.0, -0.5, 0.0]]]],
        "class_image(model, 1, two images, steps=1, learning_rate=0.5, l2=0.1)",
        mistakes={
            "the mean over the batch makes the steps shorter: add up": [[[[1.4, 1.55, -1.8]]], [[[0.5, -0.25, 0.0]]]],
            "the mean over the batch makes every step shorter": [[[[1.45, 1.65, -1.9]]], [[[0.5, -0.25, 0.0]]]],
            "the second image did not move: every image climbs": [[[[1.9, 1.3, -1.8]]], [[[0.0, 0.0, 0.0]]]],
        },
    )
    ### BEGIN HIDDEN TESTS
    from captum.attr import Saliency

    for seed, channels, shape, steps, rate, l2 in [
        (1, 3, (7, 6), 3, 0.7, 0.05),
        (2, 1, (9, 12), 4, 0.2, 0.3),
        (3, 3, (6, 11), 2, 1.5, 0.0),
    ]:
        network = drawn_network(seed, channels)
        points = torch.randn(3, channels, *shape, generator=torch.Generator().manual_seed(seed)).double()
        truth = points.clone()
        for _ in range(steps):
            slope = Saliency(network).attribute(truth.requires_grad_(), target=seed, abs=False).detach()
            truth = truth.detach() * (1 - 2 * rate * l2) + rate * slope
        got = expect.call(class_image, network, seed, points, steps=steps, learning_rate=rate, l2=l2)
        expect.close(got, truth, f"class_image on a drawn network, {steps} steps, 3 images", rtol=1e-7)
    ### END HIDDEN TESTS


check_class_image_steps(class_image)


# %% check="class_image" points=2 why="any model, in either mode, which stays as it was"
@expect.check
def check_class_image_guest(class_image):
    # dropout that drops everything, and batch normalisation, in training mode
    dropping = torch.nn.Sequential(torch.nn.Dropout(1.0), linear_model([[1, -3, 2, 5], [0, 1, 0, 0]])).train()
    gray = torch.zeros(1, 1, 2, 2, dtype=torch.float64)
    expect.close(
        expect.call(class_image, dropping, 0, gray, steps=1, learning_rate=1.0, l2=0.0),
        [[[[1.0, -3.0], [2.0, 5.0]]]],
        "class_image on a model with dropout that is in training mode",
        mistakes={"dropout was on: compute in evaluation mode": gray.numpy()},
    )
    network = drawn_network(4).train()
    expect.call(class_image, network, 0, torch.zeros(2, 3, 8, 5).double(), steps=2)
    expect.close(
        expect.call(class_image, dropping, 1, gray + 3, steps=0),
        [[[[3.0, 3.0], [3.0, 3.0]]]],
        "class_image with steps=0, which returns the start",
    )
    leaves_alone(class_image, drawn_network(4), 0, torch.zeros(2, 3, 8, 5).double(), steps=2)
    survives_error(class_image, network, 0, torch.zeros(2, 1, 8, 5).double(), steps=2)
    ### BEGIN HIDDEN TESTS
    single = linear_model([[1, -3, 2, 5]]).float()
    got = expect.call(class_image, single, 0, gray.float(), steps=1, learning_rate=1.0, l2=0.0)
    expect.equal(str(torch.as_tensor(got).dtype), "torch.float32", "the dtype of the image from a float32 start")
    for seed in (5, 6):
        network = drawn_network(seed, classes=7)
        points = torch.randn(2, 3, 10, 7, generator=torch.Generator().manual_seed(seed)).double()
        calm = expect.call(class_image, network, 6, points, steps=3, learning_rate=0.4, l2=0.02)
        at_first, at_last = (network(images.detach())[:, 6] for images in (points, torch.as_tensor(calm)))
        expect.that(bool((at_last > at_first).all()), "the score of the class must rise in every image")
        network.train(mode=True)
        network[0][1].eval()  # each part has its own mode
        for parameter in network.parameters():
            parameter.requires_grad_(seed == 5)
        got = expect.call(class_image, network, 6, points, steps=3, learning_rate=0.4, l2=0.02)
        expect.close(got, calm, "class_image in training mode, compared with evaluation mode", rtol=1e-7)
    ### END HIDDEN TESTS


check_class_image_guest(class_image)


# %% wrong="class_image" why="descent, as in training" keyword="descent"
def class_image__descent(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            goal = model(moving)[:, target].sum() - l2 * (moving**2).sum()
            moving = (moving - learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="minimises score + penalty" keyword="descent"
def class_image__minimises(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            cost = model(moving)[:, target].sum() + l2 * (moving**2).sum()
            moving = (moving - learning_rate * torch.autograd.grad(cost, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="climbs the probability" keyword="probability"
def class_image__probability(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            sure = model(moving).softmax(1)[:, target].sum() - l2 * (moving**2).sum()
            moving = (moving + learning_rate * torch.autograd.grad(sure, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="descends the cross-entropy of the class" keyword="log of the probability"
def class_image__cross_entropy(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    wanted = torch.full((len(start),), target)
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            cost = cross_entropy(model(moving), wanted, reduction="sum") + l2 * (moving**2).sum()
            moving = (moving - learning_rate * torch.autograd.grad(cost, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="the penalty is added to what is climbed" keyword="wrong sign"
def class_image__penalty_added(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            goal = model(moving)[:, target].sum() + l2 * (moving**2).sum()
            moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="decay as in optimizers, without the factor 2" keyword="factor 2"
def class_image__half_penalty(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            slope = torch.autograd.grad(model(moving)[:, target].sum(), moving)[0]
            moving = (moving + learning_rate * (slope - l2 * moving)).detach()
    return moving


# %% wrong="class_image" why="forgets the penalty" keyword="penalty is missing"
def class_image__no_penalty(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            slope = torch.autograd.grad(model(moving)[:, target].sum(), moving)[0]
            moving = (moving + learning_rate * slope).detach()
    return moving


# %% wrong="class_image" why="mean of the squares" keyword="mean of the squares"
def class_image__mean_penalty(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            goal = model(moving)[:, target].sum() - l2 * (moving**2).mean(dim=(1, 2, 3)).sum()
            moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="the norm, not its square" keyword="has to be squared"
def class_image__norm_not_squared(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            lengths = moving.flatten(1).norm(dim=1)
            goal = model(moving)[:, target].sum() - l2 * lengths.sum()
            moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="all scores at once" keyword="all classes"
def class_image__all_classes(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            goal = model(moving).sum() - l2 * (moving**2).sum()
            moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="normalises the gradient, as DeepDream does" keyword="normalised"
def class_image__normalised(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            goal = model(moving)[:, target].sum() - l2 * (moving**2).sum()
            slope = torch.autograd.grad(goal, moving)[0]
            moving = (moving + learning_rate * slope / slope.norm()).detach()
    return moving


# %% wrong="class_image" why="mean of the scores over the batch" keyword="mean over the batch"
def class_image__batch_mean(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            goal = model(moving)[:, target].mean() - l2 * (moving**2).sum()
            moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="looks at the first image only" keyword="every image climbs"
def class_image__first_image(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            goal = model(moving)[0, target] - l2 * (moving**2).sum()
            moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="backward without setting the gradient back" keyword="added up"
def class_image__accumulates(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    import copy

    guest = copy.deepcopy(model).train(False)
    moving = start.detach().clone().requires_grad_()
    for _ in range(steps):
        (guest(moving)[:, target].sum() - l2 * (moving**2).sum()).backward()
        moving.data += learning_rate * moving.grad
    return moving.detach()


# %% wrong="class_image" why="one gradient for all steps" keyword="taken once"
def class_image__gradient_once(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone().requires_grad_()
    with evaluating(model):
        goal = model(moving)[:, target].sum() - l2 * (moving**2).sum()
        slope = torch.autograd.grad(goal, moving)[0]
    return (moving + steps * learning_rate * slope).detach()


# %% wrong="class_image" why="leaves gradients in the weights" keyword="left a gradient"
def class_image__fills_grads(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving = moving.detach().requires_grad_()
            (model(moving)[:, target].sum() - l2 * (moving**2).sum()).backward()
            moving = moving + learning_rate * moving.grad
    return moving.detach()


# %% wrong="class_image" why="leaves the model in evaluation mode" keyword="another mode"
def class_image__stays_in_eval(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    model.train(False)
    moving = start.detach().clone()
    for _ in range(steps):
        moving.requires_grad_()
        goal = model(moving)[:, target].sum() - l2 * (moving**2).sum()
        moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="computes in the mode the model comes in" keyword="dropout was on"
def class_image__dropout_on(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    for _ in range(steps):
        moving.requires_grad_()
        goal = model(moving)[:, target].sum() - l2 * (moving**2).sum()
        moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving


# %% wrong="class_image" why="climbs in the caller's tensor" keyword="in place"
def class_image__in_place(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    with evaluating(model):
        for _ in range(steps):
            moving = start.detach().requires_grad_()
            goal = model(moving)[:, target].sum() - l2 * (moving**2).sum()
            start.data.add_(learning_rate * torch.autograd.grad(goal, moving)[0])
    return start


# %% wrong="class_image" why="wipes the gradients it has filled" keyword="caller had filled"
def class_image__zero_grad(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving = moving.detach().requires_grad_()
            (model(moving)[:, target].sum() - l2 * (moving**2).sum()).backward()
            moving = moving + learning_rate * moving.grad
    model.zero_grad()
    return moving.detach()


# %% wrong="class_image" why="turns the caller's model into float64" keyword="changed the weights"
def class_image__double(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    moving = start.detach().double()
    with evaluating(model.double()):
        for _ in range(steps):
            moving.requires_grad_()
            goal = model(moving)[:, target].sum() - l2 * (moving**2).sum()
            moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    return moving.to(start.dtype)


# %% wrong="class_image" why="gives the modes back only when nothing goes wrong" keyword="stops with an error"
def class_image__no_finally(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    modes, moving = {part: part.training for part in model.modules()}, start.detach().clone()
    model.train(False)
    for _ in range(steps):
        moving.requires_grad_()
        goal = model(moving)[:, target].sum() - l2 * (moving**2).sum()
        moving = (moving + learning_rate * torch.autograd.grad(goal, moving)[0]).detach()
    for unit, was in modes.items():
        unit.training = was
    return moving


# %% right="class_image" why="the penalty as a factor on the pixels, each image alone"
def class_image__decay(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    finished = []
    with evaluating(model):
        for single in start.detach().split(1):
            for _ in range(steps):
                leaf = single.clone().requires_grad_()
                slope = torch.autograd.grad(model(leaf)[0, target], leaf)[0]
                single = (1 - 2 * learning_rate * l2) * single + learning_rate * slope
            finished.append(single)
    return torch.cat(finished)


# %% right="class_image" why="torch's optimizer with weight decay, on a copy of the model"
def class_image__optimizer(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    import copy

    guest = copy.deepcopy(model).train(False)
    painted = torch.nn.Parameter(start.detach().clone())
    ascent = torch.optim.SGD([painted], lr=learning_rate, weight_decay=2 * l2, maximize=False)
    for _ in range(steps):
        ascent.zero_grad()
        (-guest(painted)[:, target]).sum().backward()
        ascent.step()
    return painted.detach()


# %% right="class_image" why="functional gradient, one for each image"
def class_image__functional(model, target, start, *, steps=20, learning_rate=1.0, l2=0.01):
    def height(one):
        return model(one[None])[0, target] - l2 * (one * one).sum()

    images = start.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            slopes = torch.stack([torch.func.grad(height)(one) for one in images])
            images = images + learning_rate * slopes
    return images.detach()


# %% [markdown]
# Now a real network: EfficientNet-lite0, trained on ImageNet's 1000 classes. Its images have 224 × 224 pixels. They go
# from −127/128 (black) to 1 (white), so zero is mid-gray.

# %%
network, names = models.efficientnet_lite0(), models.class_names()
cat, coffee = (models.preprocess(data.photo(name)) for name in ("cat", "coffee"))


def guess(image):
    """Return what the network sees in an image (C, H, W), with its probability in percent."""
    [(name, probability)] = models.top_classes(network(image[None]), 1)
    return f"{name} {probability:.0%}"


# %% [markdown]
# Do you recognise the classes? Nobody shows the network a picture here; everything comes out of its weights. Alone,
# your steps draw finer noise than an eye can use, so after each one the image is blurred a little.

# %%
# Figure · three classes as the network sees them
with expect.written():
    classes = [names.index(name) for name in ("goldfish", "strawberry", "zebra")]
    painted = []
    for c in classes:
        picture = 0.1 * torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
        for _ in range(24):
            picture = class_image(network, c, picture, steps=1, learning_rate=2.0, l2=0.002)
            picture = torch.nn.functional.avg_pool2d(torch.nn.functional.pad(picture, (1, 1, 1, 1), "replicate"), 3, 1)
        painted.append(picture)
    plot.grid(
        [models.to_photo(image) for image in painted],
        [f"{names[c]}\nsays: {guess(image[0])}" for c, image in zip(classes, painted, strict=True)],
        alt="Three pictures of coloured noise: one with an orange patch, one with bright dots, one with stripes.",
        size=3.0,
    )

# %% [markdown]
# The network is sure, and you are not. Many pictures belong to a class in the network's eyes, and only few of them are
# photographs. The next exercises make use of that.


# %% [markdown]
# ### 2 · One step against the network  ·  4 points  ·  20 min  ·  ●○○ difficulty
#
# Write `fgsm(model, images, labels, epsilon, *, targeted, low, high)`, the *fast gradient sign method* (Goodfellow,
# Shlens & Szegedy 2015). It changes every pixel by the same small amount `epsilon`, up or down, whichever makes the
# loss larger:
#
# $$I' = \mathrm{clip}\bigl(I + \varepsilon\,\mathrm{sign}\,\nabla_I L(I, y),\; low,\; high\bigr)$$
#
# $L$ is the cross-entropy of the scores and the labels. Two conventions to keep apart:
#
# * **untargeted** (the default): `labels` are the true classes, and the loss goes **up**;
# * **targeted**: `labels` are the classes you *want* the network to see, and the loss goes **down**: a minus in place
#   of the plus.
#
# `epsilon` has the unit of the pixels: where images go from 0 to 1, it is 8/255 and not 8. Where the
# gradient is zero, the sign is zero, and the pixel stays; a gradient of 1e-9 has a sign already. At the end everything
# is clipped to `low` … `high`, or the result would be no image.
#
# | argument | | |
# |---|---|---|
# | `model` | any `nn.Module` | returns scores `(N, K)` |
# | `images` | `(N, C, H, W)`, float | values from `low` to `high` |
# | `labels` | `(N,)`, int64 | one class for each image |
# | `epsilon` | a number, 0 or more | change of each pixel, in the unit of the pixels |
# | `targeted` | `True` or `False` | whether `labels` are wanted or true classes |
# | `low`, `high` | numbers | smallest and largest value of a pixel |
# | returns | `(N, C, H, W)` | the attacked images |
#
# Why does such a small change matter? In a linear model the score moves by $\varepsilon\sum_i |w_i|$: every pixel
# adds its part, and a photograph has 150 000 of them.
#
# <details><summary>Hint 1: the idea</summary>
# This is one step of the training loop with images in place of weights, up in place of down, and of the gradient only
# plus or minus.
# </details>
# <details><summary>Hint 2: the loss</summary>
# torch's <code>cross_entropy</code> takes scores and applies the softmax by itself. Whether it sums or averages over
# the batch does not matter here. Why?
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Make a leaf of your own from the images, compute the loss in evaluation mode, and get its gradient at the leaf.
# Multiply its sign by plus or minus epsilon, add that to the images, and clamp.
# </details>


# %% solution="fgsm"
def fgsm(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    """Return images, shape (N, C, H, W), one step of size `epsilon` up the loss, or down to `labels` if targeted."""
    ### BEGIN SOLUTION
    pixels = images.detach().clone().requires_grad_()
    with evaluating(model):
        loss = cross_entropy(model(pixels), labels)
        (slope,) = torch.autograd.grad(loss, pixels)
    towards = -epsilon if targeted else epsilon
    return (images.detach() + towards * slope.sign()).clamp(low, high)
    ### END SOLUTION


# %% check="fgsm" points=2 why="the step, up the loss, and the clipping"
@expect.check
def check_fgsm_step(fgsm):
    # the last pixel has the weight 0 everywhere: it makes no difference to the loss
    model = linear_model([[5, 1, 0, 0], [0, 0, -1, 0], [1, 4, 3, 0]])
    images = torch.tensor([[0.2, 0.5, 0.75, 0.4], [0.95, 0.05, 0.95, 0.5]], dtype=torch.float64).reshape(2, 1, 2, 2)
    expect.close(
        expect.call(fgsm, model, images, torch.tensor([1, 0]), 0.125),
        [[[[0.325, 0.625], [0.875, 0.4]]], [[[0.825, 0.175], [1.0, 0.5]]]],
        "fgsm(model, images, (1, 0), 0.125)",
        mistakes={
            "this lowers the loss of the true classes: untargeted goes up": [
                [[[0.075, 0.375], [0.625, 0.4]]],
                [[[1.0, 0.0], [0.825, 0.5]]],
            ],
            "the result is not clipped: pixels lie outside 0 … 1": [
                [[[0.325, 0.625], [0.875, 0.4]]],
                [[[0.825, 0.175], [1.075, 0.5]]],
            ],
            "epsilon has the unit of the pixels: do not divide it by 255": [
                [[[0.200490196, 0.500490196], [0.750490196, 0.4]]],
                [[[0.949509804, 0.0504901961], [0.950490196, 0.5]]],
            ],
            "the gradient itself was added: take its sign, so that every pixel changes by epsilon": [
                [[[0.349086715, 0.978838645], [1.0, 0.4]]],
                [[[0.793957393, 0.165730915], [1.0, 0.5]]],
            ],
            "the gradient was scaled to length 1: take its sign instead": [
                [[[0.226876137, 0.586321125], [0.836321125, 0.4]]],
                [[[0.86374439, 0.113972532], [1.0, 0.5]]],
            ],
            "a pixel whose gradient is zero has moved: the sign of zero is zero": [
                [[[0.325, 0.625], [0.875, 0.525]]],
                [[[0.825, 0.175], [1.0, 0.625]]],
            ],
            "a pixel whose gradient is zero has moved down: the sign of zero is zero": [
                [[[0.325, 0.625], [0.875, 0.275]]],
                [[[0.825, 0.175], [1.0, 0.375]]],
            ],
            "this lowers the score of the true class alone: use the loss, the cross-entropy of all scores": [
                [[[0.2, 0.5], [0.875, 0.4]]],
                [[[0.825, 0.0], [0.95, 0.5]]],
            ],
            "this raises the score of the true class: go up the loss": [
                [[[0.2, 0.5], [0.625, 0.4]]],
                [[[1.0, 0.175], [0.95, 0.5]]],
            ],
            "softmax is applied twice: cross_entropy wants the scores": [
                [[[0.075, 0.625], [0.875, 0.4]]],
                [[[0.825, 0.175], [1.0, 0.5]]],
            ],
            "the changes are returned without the images: add them": [
                [[[0.125, 0.125], [0.125, 0.0]]],
                [[[-0.125, 0.125], [0.125, 0.0]]],
            ],
        },
        rtol=1e-7,
    )
    ### BEGIN HIDDEN TESTS
    from captum.robust import FGSM

    def attacked(model, pixels, classes, epsilon):
        attack = FGSM(model, torch.nn.CrossEntropyLoss(reduction="none"), lower_bound=0.0, upper_bound=1.0)
        attack.zero_thresh = 0.0
        return attack.perturb(pixels.clone().requires_grad_(), epsilon, classes).detach()

    for seed, channels, shape, epsilon in [(21, 3, (8, 6), 0.05), (22, 1, (7, 11), 0.3), (23, 3, (5, 5), 0.002)]:
        network, generator = drawn_network(seed, channels), torch.Generator().manual_seed(1000 + seed)
        photos = torch.rand(4, channels, *shape, generator=generator).double()
        classes = torch.randint(5, (4,), generator=generator)
        twice = torch.nn.Sequential(network, torch.nn.Softmax(dim=1))
        expect.close(
            expect.call(fgsm, network, photos, classes, epsilon),
            attacked(network, photos, classes, epsilon),
            f"fgsm on a drawn network, epsilon={epsilon}",
            mistakes={"softmax is applied twice: give the scores": attacked(twice, photos, classes, epsilon)},
        )
    ### END HIDDEN TESTS


check_fgsm_step(fgsm)


# %% check="fgsm" points=1 why="targeted, and any range of pixels"
@expect.check
def check_fgsm_targeted(fgsm):
    model = linear_model([[5, 1, 0, 0], [0, 0, -1, 0], [1, 4, 3, 0]])
    images = torch.tensor([-0.2, 0.5, 1.75, 0.4], dtype=torch.float64).reshape(1, 1, 1, 4)
    expect.close(
        expect.call(fgsm, model, images, torch.tensor([2]), 0.5, targeted=True, low=-1.0, high=2.0),
        [[[[-0.7, 1.0, 2.0, 0.4]]]],
        "fgsm(model, images, (2,), 0.5, targeted=True, low=-1, high=2)",
        mistakes={
            "the loss of the wanted class went up: targeted steps go down": [[[[0.3, 0.0, 1.25, 0.4]]]],
            "the result is clipped to 0 … 1: the range is low … high": [[[[0.0, 1.0, 1.0, 0.4]]]],
            "the result is not clipped to low … high": [[[[-0.7, 1.0, 2.25, 0.4]]]],
        },
    )
    ### BEGIN HIDDEN TESTS
    from captum.robust import FGSM

    network, generator = drawn_network(24), torch.Generator().manual_seed(24)
    photos = 4 * torch.rand(3, 3, 9, 6, generator=generator).double() - 2
    wanted = torch.tensor([4, 0, 0])
    attack = FGSM(network, torch.nn.CrossEntropyLoss(reduction="none"), lower_bound=-2.0, upper_bound=2.0)
    attack.zero_thresh = 0.0
    for targeted in (True, False):
        truth = attack.perturb(photos.clone().requires_grad_(), 0.25, wanted, targeted=targeted).detach()
        got = expect.call(fgsm, network, photos, wanted, 0.25, targeted=targeted, low=-2.0, high=2.0)
        expect.close(got, truth, f"fgsm on a drawn network, targeted={targeted}, pixels from −2 to 2")
    faint = linear_model([[5e-9, -1e-9], [0, 0]])
    expect.close(
        expect.call(fgsm, faint, torch.full((1, 2, 1, 1), 0.5, dtype=torch.float64), torch.tensor([0]), 0.25),
        [[[[0.25]], [[0.75]]]],
        "fgsm where the gradient is very small",
        mistakes={"a small gradient counts as zero: its sign counts, however small it is": np.full((1, 2, 1, 1), 0.5)},
    )
    ### END HIDDEN TESTS


check_fgsm_targeted(fgsm)


# %% check="fgsm" points=1 why="the model stays as it was"
@expect.check
def check_fgsm_guest(fgsm):
    dropping = torch.nn.Sequential(torch.nn.Dropout(1.0), linear_model([[3, -1], [-2, 5]])).train()
    images = torch.full((1, 1, 2, 1), 0.5, dtype=torch.float64)
    expect.close(
        expect.call(fgsm, dropping, images, torch.tensor([0]), 0.25),
        [[[[0.25], [0.75]]]],
        "fgsm on a model with dropout that is in training mode",
        mistakes={"dropout was on: compute in evaluation mode": images.numpy()},
    )
    expect.call(
        fgsm, drawn_network(25).train(), torch.full((2, 3, 6, 6), 0.5, dtype=torch.float64), torch.tensor([0, 1]), 0.1
    )
    guest, pair = drawn_network(25).train(), torch.tensor([0, 1])
    leaves_alone(fgsm, drawn_network(25), torch.full((2, 3, 6, 6), 0.5, dtype=torch.float64), pair, 0.1)
    survives_error(fgsm, guest, torch.full((2, 1, 6, 6), 0.5, dtype=torch.float64), pair, 0.1)
    ### BEGIN HIDDEN TESTS
    network, generator = drawn_network(26, classes=3), torch.Generator().manual_seed(26)
    photos = torch.rand(2, 3, 7, 9, generator=generator).double()
    classes = network(photos).argmax(1)
    calm = expect.call(fgsm, network, photos, classes, 0.01)
    attacked = torch.as_tensor(np.asarray(calm.detach()))
    expect.that(
        bool(cross_entropy(network(attacked), classes) > cross_entropy(network(photos), classes)),
        "the loss of the true classes must rise",
    )
    network.train(mode=True)
    network[1].eval()
    expect.close(expect.call(fgsm, network, photos, classes, 0.01), calm, "fgsm on a network in training mode")
    ### END HIDDEN TESTS


check_fgsm_guest(fgsm)


# %% wrong="fgsm" why="adds the gradient, not its sign" keyword="gradient itself"
def fgsm__gradient(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels, reduction="sum"), leaf)[0]
    return (leaf + (-1 if targeted else 1) * epsilon * slope).detach().clamp(low, high)


# %% wrong="fgsm" why="gradient of length 1 for each image" keyword="scaled to length 1"
def fgsm__unit_length(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels, reduction="sum"), leaf)[0]
    slope = slope / slope.flatten(1).norm(dim=1)[:, None, None, None]
    return (leaf + (-1 if targeted else 1) * epsilon * slope).detach().clamp(low, high)


# %% wrong="fgsm" why="down the loss, as in training" keyword="lowers the loss"
def fgsm__descent(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    return (leaf - (-1 if targeted else 1) * epsilon * slope.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="forgets to clip" keyword="not clipped"
def fgsm__not_clipped(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    return (leaf + (-1 if targeted else 1) * epsilon * slope.sign()).detach()


# %% wrong="fgsm" why="always clips to 0 … 1" keyword="range is low"
def fgsm__fixed_range(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    return (leaf + (-1 if targeted else 1) * epsilon * slope.sign()).detach().clamp(0, 1)


# %% wrong="fgsm" why="epsilon as a step of 0 … 255" keyword="by 255"
def fgsm__pixel_units(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    return (leaf + (-1 if targeted else 1) * epsilon / 255 * slope.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="up the loss of the wanted class" keyword="targeted steps go down"
def fgsm__target_ignored(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    return (leaf + epsilon * slope.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="plus or minus, never zero" keyword="sign of zero is zero"
def fgsm__zero_counts(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    up = torch.where((slope > 0) != targeted, epsilon, -epsilon)
    return (leaf + up).detach().clamp(low, high)


# %% wrong="fgsm" why="the score of the class in place of the loss" keyword="true class alone"
def fgsm__score_only(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        own = model(leaf).gather(1, labels[:, None]).sum()
        slope = torch.autograd.grad(-own, leaf)[0]
    return (leaf + (-1 if targeted else 1) * epsilon * slope.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="climbs the score of the true class" keyword="raises the score"
def fgsm__score_up(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        own = model(leaf).gather(1, labels[:, None]).sum()
        slope = torch.autograd.grad(own, leaf)[0]
    return (leaf + (-1 if targeted else 1) * epsilon * slope.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="softmax before the cross-entropy" keyword="softmax is applied twice"
def fgsm__softmax_twice(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf).softmax(1), labels), leaf)[0]
    return (leaf + (-1 if targeted else 1) * epsilon * slope.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="returns the change alone" keyword="without the images"
def fgsm__change_only(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    return (-1 if targeted else 1) * epsilon * slope.sign()


# %% wrong="fgsm" why="backward leaves gradients in the weights" keyword="left a gradient"
def fgsm__fills_grads(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        cross_entropy(model(leaf), labels).backward()
    return (leaf + (-1 if targeted else 1) * epsilon * leaf.grad.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="asks the caller's tensor for a gradient" keyword="requires_grad"
def fgsm__callers_tensor(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    images.requires_grad_(True)
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(images), labels), images)[0]
    return (images + (-1 if targeted else 1) * epsilon * slope.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="computes in the mode the model comes in" keyword="dropout was on"
def fgsm__dropout_on(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    return (leaf + (-1 if targeted else 1) * epsilon * slope.sign()).detach().clamp(low, high)


# %% wrong="fgsm" why="takes a small gradient for none" keyword="however small"
def fgsm__threshold(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    leaf = images.detach().clone().requires_grad_()
    with evaluating(model):
        slope = torch.autograd.grad(cross_entropy(model(leaf), labels), leaf)[0]
    signs = torch.where(slope.abs() < 1e-6, 0.0, slope.sign())
    return (images + (-1 if targeted else 1) * epsilon * signs).clamp(low, high)


# %% right="fgsm" why="each image for itself, log-softmax by hand, on a copy of the model"
def fgsm__one_by_one(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    import copy

    guest = copy.deepcopy(model).train(False)
    attacked = []
    for picture, label in zip(images.detach(), labels.tolist(), strict=True):
        leaf = picture.clone().requires_grad_()
        likely = guest(leaf[None]).log_softmax(1)[0, label]
        (likely if targeted else -likely).backward()
        attacked.append(torch.clip(picture + epsilon * torch.sign(leaf.grad), low, high))
    return torch.stack(attacked)


# %% right="fgsm" why="the gradient at the scores by hand, the rest by a vector-Jacobian product"
def fgsm__vjp(model, images, labels, epsilon, *, targeted=False, low=0.0, high=1.0):
    with evaluating(model):
        scores, pull_back = torch.func.vjp(model, images.detach())
        at_scores = scores.softmax(1)
        at_scores[torch.arange(len(labels)), labels] -= 1.0
        (slope,) = pull_back(at_scores)
    signs = (slope > 0).to(images.dtype) - (slope < 0).to(images.dtype)
    moved = images.detach() + (1 - 2 * targeted) * epsilon * signs
    return torch.where(moved < low, low, torch.where(moved > high, high, moved))


# %% [markdown]
# A cat, with more and more of this noise. One step of brightness, of 255, is 1/128 in preprocessed pixels. How
# many does it take?

# %%
# Figure · the cat, attacked
with expect.written():
    label = network(cat).argmax(1)
    strengths = [0.0, 0.5, 2.0, 8.0]
    attacked = [fgsm(network, cat, label, steps / 128, low=-127 / 128, high=1.0) for steps in strengths]
    plot.grid(
        [models.to_photo(image) for image in attacked],
        [f"epsilon {e:g}/255\n{guess(image[0])}" for e, image in zip(strengths, attacked, strict=True)],
        alt="Four photographs of a cat. Noise shows in the last one only; the network changes its answer earlier.",
        size=2.6,
    )


# %% [markdown]
# ### 3 · The least change that fools  ·  5 points  ·  35 min  ·  ●●○ difficulty
#
# Write `fool(model, image, target, *, step, steps, limit)`. An elephant is to become a koala for the network, and stay
# an elephant for you. `fgsm` used up the same change everywhere; now you look for a *small* one: many short
# steps, each straight up the lead of the target, and a stop as soon as the network says `target`.
#
# In each step
#
# 1. Compute the scores. The class with the largest one is the *rival* $r$. Is it the target? Then **stop**: this
#    also holds before the first step.
# 2. Take the gradient of $S_{target}(I) - S_r(I)$, the lead of the target. The rival may be another one than
#    before.
# 3. Divide the gradient by its L2 length, over all pixels and channels, and go `step` in this direction:
#    each step is `step` long. (Is the gradient zero everywhere? Then it points nowhere: stop.)
# 4. Would the image then be further than `limit` from the **original** one (L2 length of the difference)? Then do not
#    take this step, and stop.
#
# After `steps` steps stop anyway. Return two results: the image at the end, and the L2 length of its whole change, a
# float. Here *length* is $\lVert d\rVert_2 = \sqrt{\sum_i d_i^2}$ (L2). The other usual choice is the largest change of
# a pixel, $\max_i |d_i|$ (max norm), which `fgsm` holds at epsilon.
#
# | argument | | |
# |---|---|---|
# | `model` | any `nn.Module` | takes batches, returns scores `(N, K)` |
# | `image` | `(C, H, W)`, float | **one** image, without a batch axis |
# | `target` | an integer | the class the network is to see |
# | `step` | a number above 0 | L2 length of each step |
# | `steps` | an integer, 0 or more | at most so many steps |
# | `limit` | a number | the whole change is never longer, in L2; exactly as long it may be |
# | returns | `(C, H, W)` and a plain `float` | `return fooled, length` |
#
# Where `limit` or `steps` ends the search, the network does not say `target` yet; the caller asks the network and sees.
#
# <details><summary>Hint 1: the idea</summary>
# On a map of heights you walk up the steepest path until you cross a border. Why measure the lead, and not the
# target's score alone? Because the lead also grows where the rival's score falls.
# </details>
# <details><summary>Hint 2: two lengths</summary>
# There are two of them: the gradient's, which you divide by, and the one of (new image − original image), which you
# compare with the limit. A zigzag path is longer than the change it ends with. torch's
# <code>linalg.vector_norm</code> measures a tensor of any shape.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# A loop with three ways out. At its top: scores of the image as a batch of one; leave if the target is first. Then the
# gradient of the difference of two scores; leave if its length is zero. Build the next image; leave if it lies too
# far from the original. Only then make it the current one, detached. After the loop, measure once more.
# </details>


# %% solution="fool"
def fool(model, image, target, *, step=0.5, steps=100, limit=20.0):
    """Return an image (C, H, W) near `image` that the model takes for `target`, and the L2 length of the change."""
    ### BEGIN SOLUTION
    original = image.detach()
    fooled = original.clone()
    with evaluating(model):
        for _ in range(steps):
            fooled.requires_grad_()
            scores = model(fooled[None])[0]
            rival = scores.argmax()
            if rival == target:
                break
            (uphill,) = torch.autograd.grad(scores[target] - scores[rival], fooled)
            length = torch.linalg.vector_norm(uphill)
            further = fooled.detach() + step * uphill / length
            if length == 0 or torch.linalg.vector_norm(further - original) > limit:
                break
            fooled = further
    fooled = fooled.detach()
    return fooled, float(torch.linalg.vector_norm(fooled - original))
    ### END SOLUTION


# %% check="fool" points=2 why="the path and its length, on a model you can compute by hand"
@expect.check
def check_fool_path(fool):
    # class 0 leads by 1.3; the gradient of the lead of class 1 is (−2, 2, 1), which is 3 long
    model = linear_model([[2, 0, 0], [0, 2, 1], [-4, -4, -4]])
    image = torch.tensor([1.0, 0.25, 0.2], dtype=torch.float64).reshape(1, 1, 3)
    what = "fool(model, (1, 0.25, 0.2), 1, step=0.12, steps=20, limit=9)"
    fooled, length = expect.parts(
        expect.call(fool, model, image, 1, step=0.12, steps=20, limit=9.0), "fooled, length", what
    )
    expect.close(
        fooled,
        [[[0.68, 0.57, 0.36]]],
        f"{what}, the image",
        mistakes={
            "the search goes on when the network says the target already: stop there": [[[-0.6, 1.85, 1.0]]],
            "one step too many: look at the scores before each step": [[[0.6, 0.65, 0.4]]],
            "one step too few: stop when the target is first, not before": [[[0.76, 0.49, 0.32]]],
            "this goes away from the target: a step adds the direction": [[[2.6, -1.35, -0.6]]],
            "the gradient is not divided by its length: each step must be `step` long": [[[0.52, 0.73, 0.44]]],
            "each step has the sign of the gradient, as in fgsm: divide the gradient by its L2 length": [
                [[0.64, 0.61, 0.56]]
            ],
            "the gradient is divided by its largest value: divide it by its L2 length": [[[0.64, 0.61, 0.38]]],
            "this climbs the score of the target alone: climb its lead over the rival": [
                [[1.0, 0.786656315, 0.468328157]]
            ],
            "this climbs the probability of the target: climb its lead, a difference of two scores": [
                [[0.680392731, 0.570261484, 0.360261585]]
            ],
            "every step starts from the original image again: go on from where you are": [[[0.92, 0.33, 0.24]]],
        },
        rtol=1e-7,
    )
    expect.that(
        not hasattr(length, "detach"), f"{what}: the length is a tensor. `float(…)` makes a plain number of it."
    )
    expect.close(
        length,
        0.48,
        f"{what}, the length",
        mistakes={
            "this is the largest change of a pixel, the max norm: take the L2 length": 0.32,
            "the root is missing: L2 is the root of the sum of squares": 0.2304,
            "this is the sum of all changes, L1: take the L2 length": 0.8,
            "this is a mean over the pixels: L2 is the root of the sum of squares": 0.48 / 3**0.5,
            "this is the length of the last step: measure from the original image": 0.12,
            "this is the length of the image, not of its change": (0.68**2 + 0.57**2 + 0.36**2) ** 0.5,
        },
        rtol=1e-7,
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(1231)
    for classes, pixels in [(2, (2, 3, 1)), (5, (1, 4, 3)), (7, (3, 2, 3))]:
        size = int(np.prod(pixels))
        rows, offsets = rng.standard_normal((classes, size)), rng.standard_normal(classes)
        points = rng.standard_normal(size)
        wanted = int(np.argsort(rows @ points + offsets)[0])
        walked = points.copy()
        while (first := int(np.argmax(rows @ walked + offsets))) != wanted:
            lead = rows[wanted] - rows[first]
            walked += 0.05 * lead / np.sqrt(lead @ lead)
        linear = linear_model(rows.tolist(), offsets.tolist())
        start = torch.from_numpy(points.reshape(pixels))
        result = expect.call(fool, linear, start, wanted, step=0.05, steps=5000, limit=1000.0)
        end, distance = expect.parts(result, "fooled, length", "fool on a drawn linear model")
        expect.close(end, walked.reshape(pixels), f"fool on a drawn linear model with {classes} classes", rtol=1e-7)
        expect.close(distance, np.sqrt(((walked - points) ** 2).sum()), "its length", rtol=1e-7)
    ### END HIDDEN TESTS


check_fool_path(fool)


# %% check="fool" points=2 why="three classes, and the three other ways to stop"
@expect.check
def check_fool_stops(fool):
    # on the way from class 0 to class 1, class 2 comes first for a while
    model = linear_model([[3, 0], [0, 3], [1.5, 2]], [0, 0, 0.25])
    image = torch.tensor([1.0, 0.3], dtype=torch.float64).reshape(2, 1, 1)
    what = "fool(model, (1, 0.3), 1, step=0.25, steps=20, limit=9), where class 2 comes between"
    fooled, _ = expect.parts(expect.call(fool, model, image, 1, step=0.25, steps=20, limit=9.0), "fooled, length", what)
    expect.close(
        fooled,
        [[[0.230421462]], [[0.930903489]]],
        what,
        mistakes={
            "the rival is the class at the start all the time: take the one that is first now": [
                [[0.292893219]],
                [[1.00710678]],
            ],
            "it stops when the target beats the class at the start: the target must be first of all": [
                [[0.646446609]],
                [[0.653553391]],
            ],
            "the gradients of all steps were added up: every step needs a fresh one": [
                [[0.276830463]],
                [[0.990223913]],
            ],
        },
        rtol=1e-7,
    )
    line = linear_model([[2, 0, 0], [0, 2, 1], [-4, -4, -4]])
    start = torch.tensor([1.0, 0.25, 0.2], dtype=torch.float64).reshape(1, 1, 3)
    what = "fool(model, (1, 0.25, 0.2), 1, step=0.12, steps=20, limit=0.3)"
    fooled, length = expect.parts(
        expect.call(fool, line, start, 1, step=0.12, steps=20, limit=0.3), "fooled, length", what
    )
    mistakes = {
        "limit is ignored: never go further from the original than this": [[[0.68, 0.57, 0.36]]],
        "it stops only after it went too far, beyond limit": [[[0.76, 0.49, 0.32]]],
        "the change is cut down to limit: do not take a step that leads too far": [[[0.8, 0.45, 0.3]]],
    }
    expect.close(fooled, [[[0.84, 0.41, 0.28]]], f"{what}, the image", mistakes=mistakes, rtol=1e-7)
    expect.close(length, 0.24, f"{what}, the length", rtol=1e-7)
    what = "fool(model, (1, 0.25, 0.2), 0, …), where the network says 0 already"
    fooled, length = expect.parts(
        expect.call(fool, line, start, 0, step=0.12, steps=5, limit=9.0), "fooled, length", what
    )
    expect.that(
        bool(np.allclose(torch.as_tensor(fooled).detach(), start)),
        f"{what}: the target is first already, so nothing may change.",
    )
    expect.close(length, 0.0, f"{what}, the length")
    what = "fool(model, (1, 0.25, 0.2), 1, step=0.12, steps=2, limit=9)"
    fooled, _ = expect.parts(expect.call(fool, line, start, 1, step=0.12, steps=2, limit=9.0), "fooled, length", what)
    expect.close(fooled, [[[0.84, 0.41, 0.28]]], f"{what}: not more than 2 steps", rtol=1e-7)
    flat = linear_model([[0, 0], [0, 0]], [1, 0])
    what = "fool on a model whose gradient is zero"
    fooled, _ = expect.parts(expect.call(fool, flat, image, 1, step=0.1, steps=3), "fooled, length", what)
    expect.close(
        fooled,
        image,
        what,
        mistakes={"the gradient is zero and was divided by its length, which is zero: stop there": [[[np.nan]]] * 2},
    )
    ### BEGIN HIDDEN TESTS
    down = linear_model([[1, 0], [0, 0]])
    pixels = torch.tensor([2.0, 0.0], dtype=torch.float64).reshape(2, 1, 1)
    fooled, _ = expect.call(fool, down, pixels, 1, step=0.25, steps=20, limit=0.5)
    expect.close(
        fooled,
        [[[1.5]], [[0]]],
        "fool where two steps reach the limit exactly",
        mistakes={"a change of exactly limit is allowed: stop where it becomes longer": [[[1.75]], [[0]]]},
    )
    fooled, _ = expect.call(fool, model, image, 1, step=0.25, steps=20, limit=0.998)
    expect.close(
        fooled,
        [[[0.230421462]], [[0.930903489]]],
        "fool where the path turns: it is 1 long and leads 0.995 away",
        mistakes={
            "this compares limit with the path: a zigzag path is longer than the change": [[[0.438432]], [[0.792228]]]
        },
        rtol=1e-5,
    )
    faint = linear_model([[2e-9, 0, 0], [0, 2e-9, 1e-9], [-4e-9, -4e-9, -4e-9]])
    fooled, _ = expect.call(fool, faint, start, 1, step=0.12, steps=2)
    expect.close(
        fooled,
        [[[0.84, 0.41, 0.28]]],
        "fool where the gradient is very small",
        mistakes={"a small gradient counts as zero: only where it is zero it points nowhere": start},
        rtol=1e-7,
    )
    rng = np.random.default_rng(1232)
    for _ in range(6):
        rows, offsets, points = rng.standard_normal((6, 4)), rng.standard_normal(6), rng.standard_normal(4)
        target = int(np.argsort(rows @ points + offsets)[rng.integers(0, 6)])
        bound, most = float(rng.uniform(0.2, 3)), int(rng.integers(1, 60))
        walked = points.copy()
        for _ in range(most):
            first = int(np.argmax(rows @ walked + offsets))
            lead = rows[target] - rows[first]
            following = walked + 0.06 * lead / max(np.linalg.norm(lead), 1e-300)
            if first == target or np.linalg.norm(following - points) > bound:
                break
            walked = following
        linear, start = linear_model(rows.tolist(), offsets.tolist()), torch.from_numpy(points).reshape(1, 2, 2)
        result = expect.call(fool, linear, start, target, step=0.06, steps=most, limit=bound)
        end, distance = expect.parts(result, "fooled, length", "fool on a drawn linear model")
        expect.close(end, walked.reshape(1, 2, 2), "fool with drawn steps and limit", rtol=1e-7)
        expect.close(distance, np.linalg.norm(walked - points), "its length", rtol=1e-7)
    ### END HIDDEN TESTS


check_fool_stops(fool)


# %% check="fool" points=1 why="convolutional networks, which stay as they were"
@expect.check
def check_fool_networks(fool):
    dropping = torch.nn.Sequential(torch.nn.Dropout(1.0), linear_model([[2, 0, 0], [0, 2, 1], [-4, -4, -4]])).train()
    image = torch.tensor([1.0, 0.25, 0.2], dtype=torch.float64).reshape(1, 3, 1)
    what = "fool on a model with dropout that is in training mode"
    fooled, _ = expect.parts(expect.call(fool, dropping, image, 1, step=0.12, steps=9), "fooled, length", what)
    expect.close(
        fooled,
        [[[0.68], [0.57], [0.36]]],
        what,
        mistakes={"dropout was on: compute in evaluation mode": image.numpy()},
        rtol=1e-7,
    )
    network = drawn_network(35, channels=1)
    photo = torch.from_numpy(data.photo("coins", size=12))[None]
    first = int(network(photo[None]).argmax())
    for target in range(5):
        what = f"fool on drawn_network(35), from class {first} to {target}"
        fooled, length = expect.parts(
            expect.call(fool, network, photo, target, step=0.05, steps=1000, limit=50.0), "fooled, length", what
        )
        expect.equal(
            int(network(torch.as_tensor(fooled).detach()[None]).argmax()), target, f"{what}, the network's answer"
        )
        walked = float(torch.linalg.vector_norm(torch.as_tensor(fooled).detach() - photo))
        expect.close(length, walked, f"{what}, the length")
        expect.that(walked < 5.4, f"{what}: a change of length {walked:.2f} is not the least, 5.4 is more than enough.")
    leaves_alone(fool, drawn_network(35, channels=1), photo, (first + 1) % 5, step=0.05, steps=3)
    survives_error(fool, network.train(), photo.repeat(2, 1, 1), 0, step=0.05, steps=3)
    ### BEGIN HIDDEN TESTS
    from torch.autograd.functional import jacobian

    for seed, target, shape in [(32, 4, (3, 7, 9)), (33, 2, (3, 10, 6))]:
        guest = drawn_network(seed)
        start = torch.rand(*shape, generator=torch.Generator().manual_seed(seed)).double()
        walked = start.clone()
        for _ in range(40):
            told = guest(walked[None])[0]
            if told.argmax() == target:
                break
            slopes = jacobian(lambda x: guest(x[None])[0], walked)  # noqa: B023
            lead = slopes[target] - slopes[told.argmax()]
            walked = walked + 0.05 * lead / lead.square().sum().sqrt()
        guest.train(mode=True)
        end, distance = expect.call(fool, guest, start, target, step=0.05, steps=40, limit=30.0)
        expect.close(end, walked, f"fool on a drawn network, to class {target}", rtol=1e-7)
        expect.close(distance, float((walked - start).square().sum().sqrt()), "its length", rtol=1e-7)
    ### END HIDDEN TESTS


check_fool_networks(fool)


# %% wrong="fool" why="never stops before all steps are done" keyword="says the target already"
def fool__no_stop(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            others = scores.clone()
            others[target] = -torch.inf
            slope = torch.autograd.grad(scores[target] - others.max(), moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="steps first, looks afterwards" keyword="first already"
def fool__looks_late(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            others = scores.clone()
            others[target] = -torch.inf
            slope = torch.autograd.grad(scores[target] - others.max(), moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
            if model(moving[None])[0].argmax() == target:
                break
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="goes down the lead" keyword="away from the target"
def fool__away(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            after = (moving - step * slope / slope.norm()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="steps as long as the gradient" keyword="not divided by its length"
def fool__not_normalised(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            after = (moving + step * slope).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="steps of the sign" keyword="sign of the gradient"
def fool__sign(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            after = (moving + step * slope.sign()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="climbs the target's score alone" keyword="target alone"
def fool__score_only(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target], moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="descends the cross-entropy of the target" keyword="probability"
def fool__probability(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores.log_softmax(0)[target], moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="the rival of the start stays the rival" keyword="rival is the class at the start"
def fool__fixed_rival(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        loser = model(moving[None])[0].argmax()
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores[loser], moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="content when the first class is beaten" keyword="first of all"
def fool__beats_one(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        loser = model(moving[None])[0].argmax()
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if loser == target or scores[target] > scores[loser]:
                break
            slope = torch.autograd.grad(scores[target] - scores[loser], moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="no limit" keyword="limit is ignored"
def fool__no_limit(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            if slope.norm() == 0:
                break
            moving = (moving + step * slope / slope.norm()).detach()
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="projects onto the ball of the limit" keyword="cut down to limit"
def fool__projected(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            if slope.norm() == 0:
                break
            change = (moving + step * slope / slope.norm() - image).detach()
            moving = image + change * min(1.0, limit / float(change.norm()))
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="every step starts at the original" keyword="original image again"
def fool__from_original(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            after = (image + step * slope / slope.norm()).detach()
            if (after - image).norm() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="adds up the gradients of the steps" keyword="added up"
def fool__accumulates(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    total = torch.zeros_like(moving)
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            total += torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            after = (moving + step * total / total.norm()).detach()
            if (after - image).norm() > limit or total.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="measures the max norm" keyword="max norm"
def fool__max_norm(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if (after - image).abs().max() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().abs().max())


# %% wrong="fool" why="the length without its root" keyword="root is missing"
def fool__no_root(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if ((after - image) ** 2).sum() > limit or slope.norm() == 0:
                break
            moving = after
    return moving.detach(), float(((moving - image) ** 2).detach().sum())


# %% wrong="fool" why="divides zero by zero" keyword="which is zero"
def fool__zero_gradient(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    with evaluating(model):
        for _ in range(steps):
            moving.requires_grad_()
            scores = model(moving[None])[0]
            if scores.argmax() == target:
                break
            slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
            after = (moving + step * slope / slope.norm()).detach()
            if (after - image).norm() > limit:
                break
            moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="computes in the mode the model comes in" keyword="dropout was on"
def fool__dropout_on(model, image, target, *, step=0.5, steps=100, limit=20.0):
    moving = image.detach().clone()
    for _ in range(steps):
        moving.requires_grad_()
        scores = model(moving[None])[0]
        if scores.argmax() == target:
            break
        slope = torch.autograd.grad(scores[target] - scores.max(), moving)[0]
        after = (moving + step * slope / slope.norm()).detach()
        if (after - image).norm() > limit or slope.norm() == 0:
            break
        moving = after
    return moving.detach(), float((moving - image).detach().norm())


# %% wrong="fool" why="stops where limit is reached exactly" keyword="exactly limit is allowed"
def fool__limit_excluded(model, image, target, *, step=0.5, steps=100, limit=20.0):
    fooled, original = image.detach().clone(), image.detach()
    with evaluating(model):
        for _ in range(steps):
            leaf = fooled.clone().requires_grad_()
            scores = model(leaf[None])[0]
            rival = int(scores.argmax())
            if rival == target:
                break
            slope = torch.autograd.grad(scores[target] - scores[rival], leaf)[0]
            size = torch.linalg.vector_norm(slope)
            if size == 0:
                break
            onward = fooled + step * slope / size
            if torch.linalg.vector_norm(onward - original) >= limit:
                break
            fooled = onward
    return fooled, float(torch.linalg.vector_norm(fooled - original))


# %% wrong="fool" why="compares limit with the length of the path" keyword="with the path"
def fool__limit_of_path(model, image, target, *, step=0.5, steps=100, limit=20.0):
    fooled, original = image.detach().clone(), image.detach()
    with evaluating(model):
        for count in range(1, steps + 1):
            leaf = fooled.clone().requires_grad_()
            scores = model(leaf[None])[0]
            rival = int(scores.argmax())
            if rival == target:
                break
            slope = torch.autograd.grad(scores[target] - scores[rival], leaf)[0]
            size = torch.linalg.vector_norm(slope)
            if size == 0:
                break
            onward = fooled + step * slope / size
            if step * count > limit:
                break
            fooled = onward
    return fooled, float(torch.linalg.vector_norm(fooled - original))


# %% wrong="fool" why="takes a small gradient for none" keyword="small gradient counts as zero"
def fool__threshold(model, image, target, *, step=0.5, steps=100, limit=20.0):
    fooled, original = image.detach().clone(), image.detach()
    with evaluating(model):
        for _ in range(steps):
            leaf = fooled.clone().requires_grad_()
            scores = model(leaf[None])[0]
            rival = int(scores.argmax())
            if rival == target:
                break
            slope = torch.autograd.grad(scores[target] - scores[rival], leaf)[0]
            size = torch.linalg.vector_norm(slope)
            if size < 1e-6:
                break
            onward = fooled + step * slope / size
            if torch.linalg.vector_norm(onward - original) > limit:
                break
            fooled = onward
    return fooled, float(torch.linalg.vector_norm(fooled - original))


# %% wrong="fool" why="returns the length as a tensor" keyword="length is a tensor"
def fool__tensor_length(model, image, target, *, step=0.5, steps=100, limit=20.0):
    fooled, original = image.detach().clone(), image.detach()
    with evaluating(model):
        for _ in range(steps):
            leaf = fooled.clone().requires_grad_()
            scores = model(leaf[None])[0]
            rival = int(scores.argmax())
            if rival == target:
                break
            slope = torch.autograd.grad(scores[target] - scores[rival], leaf)[0]
            size = torch.linalg.vector_norm(slope)
            if size == 0:
                break
            onward = fooled + step * slope / size
            if torch.linalg.vector_norm(onward - original) > limit:
                break
            fooled = onward
    return fooled, torch.linalg.vector_norm(fooled - original)


# %% right="fool" why="backward on a copy of the model, one exit"
def fool__copy(model, image, target, *, step=0.5, steps=100, limit=20.0):
    import copy

    guest = copy.deepcopy(model).train(False)
    change, left, going = torch.zeros_like(image), steps, True
    while going and left:
        leaf = (image.detach() + change).requires_grad_()
        scores = guest(leaf.unsqueeze(0)).squeeze(0)
        going = int(scores.argmax()) != target
        if going:
            (scores[target] - scores.max()).backward()
            size = leaf.grad.square().sum().sqrt()
            proposal = change + step * leaf.grad / size.clamp_min(1e-30)
            going = bool(proposal.square().sum().sqrt() <= limit and size > 0)
            change = proposal if going else change
        left -= 1
    return image.detach() + change, change.square().sum().sqrt().item()


# %% right="fool" why="the whole Jacobian by functional transforms, recursion in place of a loop"
def fool__jacobian(model, image, target, *, step=0.5, steps=100, limit=20.0):
    start = image.detach()

    def walk(here, left):
        scores = model(here[None])[0].detach()
        best = int(torch.argmax(scores))
        if left == 0 or best == target:
            return here
        rows = torch.func.jacrev(lambda pixels: model(pixels[None])[0])(here).detach()
        lead = rows[target] - rows[best]
        there = here + step * torch.nn.functional.normalize(lead.flatten(), dim=0, eps=1e-30).reshape(lead.shape)
        if not lead.any() or torch.dist(there, start) > limit:
            return here
        return walk(there, left - 1)

    with evaluating(model):
        here, block = start, 200  # recursion in blocks, below Python's limit
        for done in range(0, steps, block):
            here = walk(here, min(block, steps - done))
    return here.clone(), torch.dist(here, start).item()


# %% [markdown]
# The cat becomes a koala. The third picture is the change times ten, as on the slides.

# %%
# Figure · a koala, says the network
with expect.written():
    koala = names.index("koala")
    fooled, length = fool(network, cat[0], koala, step=0.4, steps=60, limit=40.0)
    change = (fooled - cat[0]).numpy().transpose(1, 2, 0) * 128 / 255
    plot.grid(
        [models.to_photo(cat), models.to_photo(fooled), np.clip(0.5 + change, 0, 1), np.clip(0.5 + 10 * change, 0, 1)],
        [guess(cat[0]), guess(fooled), "difference", "difference × 10"],
        alt="Two photographs of a cat that look the same. Their difference is gray, ten times as strong a faint noise.",
        size=2.6,
    )
    print(f"The change is {length:.2f} long, the image {float(torch.linalg.vector_norm(cat)):.0f}.")
    print(f"No pixel changed by more than {float((fooled - cat[0]).abs().max()) * 128:.1f} of 255 steps of brightness.")


# %% [markdown]
# ### 4 · Let the network dream  ·  6 points  ·  45 min  ·  ●●● difficulty
#
# Write `deep_dream(model, layer, image, *, octaves, scale, steps, learning_rate)`. Choose a layer, and change the image
# so that whatever this layer sees a little of, it sees more of: a cloud a bit like a dog becomes a dog (Mordvintsev,
# Olah & Tyka 2015). There is no class here. What rises is the **L2** of the layer's activations,
#
# $$L(I) = \tfrac12\sum_j a_j(I)^2 ,$$
#
# because its gradient at the layer is the activation itself: what is strong pulls hardest.
# On full-sized images that makes fine scribbles only. So the dream starts on a small image, where patterns cover much
# of the picture, and goes on to larger ones, the **octaves**. What it has drawn so far, the *detail*, is carried along.
# Precisely:
#
# 1. The sizes: octave number $k = 0, 1, \dots$ has the height $H / scale^{\,octaves-1-k}$, rounded down, and the
#    width likewise. The **smallest** comes first, the last has the image's own size.
# 2. In each octave: `base` is the original image, resized to this size. The detail (zero at first) is resized to it
#    too. The dream begins with `base + detail`.
# 3. Do `steps` steps of gradient ascent. The gradient is **divided by the mean of its absolute values**, then
#    multiplied by `learning_rate` and added. (Is it zero everywhere, leave the image as it is.)
# 4. The new detail is the dream minus `base`. Only the detail goes on to the next octave, so the sharp lines of the
#    original come back in every size. After the last octave return the dream.
#
# To resize, always use `interpolate(batch, size=(height, width), mode="bilinear", align_corners=False)`. Other dreams
# also shift the image at random in each step (jitter), cap the gradient by its standard deviation or clip the
# pixels. This one does not, so it can be checked.
#
# | argument | | |
# |---|---|---|
# | `model` | any `nn.Module` | takes `(N, C, H, W)` of any size |
# | `layer` | a string | its name, as in `model.named_modules()`; `model.get_submodule(layer)` is the layer itself |
# | `image` | `(C, H, W)`, float | one image, without a batch axis |
# | `octaves` | an integer, at least 1 | how many sizes |
# | `scale` | a number above 1 | from each size to the next larger one |
# | `steps` | an integer | of gradient ascent, in every octave |
# | `learning_rate` | a number | mean change of a pixel in a step |
# | returns | `(C, H, W)` | the dream, as large as `image` |
#
# To read an activation, hang a **hook** on the layer: `register_forward_hook(f)` calls `f(module, inputs, output)` in
# every forward pass, and returns a handle that can remove it. A trap waits there: the next layer may be an
# in-place ReLU, which overwrites the output after your hook has seen it. Keep a clone. And take the hook away in the
# end, also after an error.
#
# <details><summary>Hint 1: the idea</summary>
# Do one octave first: a hook, a forward pass, half the sum of squares of what the hook kept, its gradient at the
# image, one normalised step. Then put the loop over sizes around it.
# </details>
# <details><summary>Hint 2: what crosses from octave to octave</summary>
# Neither the whole dream nor a fresh start. The dream, enlarged, would be blurred; a fresh start has forgotten.
# The difference between dream and base is what was drawn. It is smooth enough to be enlarged.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# List the sizes, small to large. Register the hook; everything else stands in a <code>try</code> whose
# <code>finally</code> removes it. For each size: base and detail resized, their sum is the dream; then in each step
# make the dream a fresh leaf, run the model, take the gradient of the kept activation's squares, divide by the mean
# absolute value, step. At the end of the octave: detail is dream minus base.
# </details>


# %% solution="deep_dream"
def deep_dream(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    """Return an image (C, H, W) like `image` that excites the layer named `layer` more, drawn from coarse to fine."""

    ### BEGIN SOLUTION
    def resized(batch, size):
        return interpolate(batch, size=size, mode="bilinear", align_corners=False)

    seen = {}

    def look(part, given, out):
        seen["activation"] = out.clone()  # an in-place layer may overwrite `out` later

    watcher = model.get_submodule(layer).register_forward_hook(look)
    shrink = [scale**smaller for smaller in reversed(range(octaves))]
    detail = torch.zeros_like(image[None])
    try:
        with evaluating(model):
            for factor in shrink:
                size = (int(image.shape[1] / factor), int(image.shape[2] / factor))
                base = resized(image.detach()[None], size)
                dream = base + resized(detail, size)
                for _ in range(steps):
                    dream.requires_grad_()
                    _ = model(dream)
                    (uphill,) = torch.autograd.grad(seen["activation"].square().sum() / 2, dream)
                    dream = dream.detach() + learning_rate * uphill / uphill.abs().mean().clamp_min(1e-30)
                detail = dream - base
    finally:
        watcher.remove()
    return dream[0]
    ### END SOLUTION


# %% check="deep_dream" points=2 why="one octave: the gradient and its length"
@expect.check
def check_deep_dream_octave(deep_dream):
    # a layer that doubles its input: the gradient of ½ Σ (2x)² is 4x, and 4x / mean(|4x|) is x / 2 for these pixels
    double, half = torch.nn.Conv2d(1, 1, 1), torch.nn.Conv2d(1, 1, 1)
    with torch.no_grad():
        for layer, weight in ((double, 2.0), (half, -0.5)):
            layer.weight.fill_(weight)
            layer.bias.fill_(0.0)
    model = torch.nn.Sequential(double, torch.nn.ReLU(inplace=True), half).double()
    image = torch.tensor([[-1.0, 3.0, 0.0], [2.0, -2.0, 4.0]], dtype=torch.float64)[None]
    what = 'deep_dream(model, "0", image, octaves=1, steps=1, learning_rate=0.5)'
    expect.close(
        expect.call(deep_dream, model, "0", image, octaves=1, scale=2.0, steps=1, learning_rate=0.5),
        [[[-1.25, 3.75, 0.0], [2.5, -2.5, 5.0]]],
        what,
        mistakes={
            "this is descent: add the gradient, so that the activations grow": [[[-0.75, 2.25, 0], [1.5, -1.5, 3]]],
            "the gradient is not normalised: divide it by the mean of its absolute values": [[[-3, 9, 0], [6, -6, 12]]],
            "the gradient is not normalised, and the ½ is missing": [[[-5, 15, 0], [10, -10, 20]]],
            "the mean of the squares is climbed without normalising its gradient": [
                [[-5 / 3, 5, 0], [10 / 3, -10 / 3, 20 / 3]]
            ],
            "this climbs the mean of the activations: climb the sum of their squares": [
                [[-0.5, 3.5, 0.5], [2.5, -1.5, 4.5]]
            ],
            "this climbs the mean of the activations after the ReLU": [[[-1.0, 4.0, 0.0], [3.0, -2.0, 5.0]]],
            "the in-place ReLU overwrote the activation: keep a clone in the hook": [
                [[-1.0, 4.0, 0.0], [8 / 3, -2.0, 16 / 3]]
            ],
            "the gradient is divided by its L2 length: divide by the mean of its absolute values": [
                [[-1.08574929, 3.25724788, 0.0], [2.17149859, -2.17149859, 4.34299717]]
            ],
            "the gradient is divided by its standard deviation: divide by the mean of its absolute values": [
                [[-1.21128856, 3.63386569, 0.0], [2.42257713, -2.42257713, 4.84515425]]
            ],
            "the gradient is divided by its largest value: divide by the mean of its absolute values": [
                [[-1.125, 3.375, 0], [2.25, -2.25, 4.5]]
            ],
            "only the sign of the gradient is used: divide it by the mean of its absolute values": [
                [[-1.5, 3.5, 0], [2.5, -2.5, 4.5]]
            ],
            "there is one octave too many": [
                [[-0.615384615, 4.30769231, 0.615384615], [3.07692308, -1.84615385, 5.53846154]]
            ],
            "the gradient is divided by its mean: the absolute values come first": [[[-1.5, 4.5, 0], [3, -3, 6]]],
        },
        rtol=1e-5,
    )
    expect.close(
        expect.call(deep_dream, model, "2", image, octaves=1, scale=2.0, steps=1, learning_rate=0.5),
        [[[-1.0, 4.0, 0.0], [8 / 3, -2.0, 16 / 3]]],
        'deep_dream(model, "2", image, …): the layer after the ReLU',
        mistakes={
            "this is the dream of another layer: take the one called `layer`": [[[-1.25, 3.75, 0], [2.5, -2.5, 5]]]
        },
        rtol=1e-5,
    )
    # two channels, the second one doubled: the gradient is (x, 4y)
    uneven = torch.nn.Conv2d(2, 2, 1, bias=False)
    with torch.no_grad():
        uneven.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 2.0]])[:, :, None, None])
    expect.close(
        expect.call(
            deep_dream,
            torch.nn.Sequential(uneven).double(),
            "0",
            torch.tensor([2.0, 0.5], dtype=torch.float64).reshape(2, 1, 1),
            octaves=1,
            scale=2.0,
            steps=2,
            learning_rate=1.0,
        ),
        [[[11 / 3]], [[17 / 6]]],
        "deep_dream of the pixel (2, 0.5), steps=2, learning_rate=1",
        mistakes={
            "the gradients of both steps were added up: every step needs a fresh one": [[[49 / 13]], [[71 / 26]]],
            "only one step was done": [[[3.0]], [[1.5]]],
            "the gradient was taken once, at the start: take it anew in every step": [[[4.0]], [[2.5]]],
        },
        rtol=1e-5,
    )
    ### BEGIN HIDDEN TESTS
    for seed, name, length in [(41, "0.1", 1), (42, "1.0", 2), (43, "0", 2), (44, "1.1", 1)]:
        network = drawn_network(seed)
        parts = [*network[0], *network[1]]
        for each in parts:
            each.inplace = False
        used = parts[: {"0.1": 2, "1.0": 4, "0": 3, "1.1": 5}[name]]
        start = torch.rand(3, 9, 7, generator=torch.Generator().manual_seed(seed)).double() - 0.5
        truth = start[None]
        for _ in range(length):
            slope = torch.func.grad(lambda x: torch.nn.Sequential(*used)(x).square().mean())(truth)  # noqa: B023
            truth = truth + 0.2 * slope * slope.numel() / slope.abs().sum()
        if hasattr(parts[2], "inplace"):
            parts[2].inplace = True
        got = expect.call(deep_dream, network, name, start, octaves=1, scale=1.4, steps=length, learning_rate=0.2)
        expect.close(got, truth[0].detach(), f"deep_dream on a drawn network, layer {name}, one octave", rtol=1e-5)
    ### END HIDDEN TESTS


check_deep_dream_octave(deep_dream)


# %% check="deep_dream" points=3 why="octaves, and the detail they hand on"
@expect.check
def check_deep_dream_octaves(deep_dream):
    # a layer that keeps its input; half the size is then the mean of blocks of 2 × 2
    keep = torch.nn.Conv2d(1, 1, 1).double()
    with torch.no_grad():
        keep.weight.fill_(1.0)
        keep.bias.fill_(0.0)
    model = torch.nn.Sequential(keep)
    image = torch.tensor([[1.0, 3.0, -2.0, 0.0], [3.0, 1.0, 0.0, -2.0]] * 2, dtype=torch.float64)[None]
    small = torch.tensor([[2.0, -1.0], [2.0, -1.0]], dtype=torch.float64)[None]
    expect.close(
        expect.call(deep_dream, model, "0", small, octaves=1, scale=2.0, steps=1, learning_rate=0.75),
        [[[3.0, -1.5], [3.0, -1.5]]],
        "deep_dream of an image with the rows (2, −1), one octave",
    )
    what = "deep_dream(model, image, octaves=2, scale=2, steps=1, learning_rate=0.75)"
    expect.close(
        expect.call(deep_dream, model, "0", image, octaves=2, scale=2.0, steps=1, learning_rate=0.75),
        [
            [[2.72727273, 4.94318182, -2.89772727, -0.681818182], [5.45454545, 2.21590909, -0.170454545, -3.40909091]]
            * 2
        ],
        what,
        mistakes={
            "the detail is lost: carry it on to the next octave": [[[1.5, 4.5, -3.0, 0.0], [4.5, 1.5, 0.0, -3.0]] * 2],
            "the whole dream was enlarged, which blurs: add only the detail to the sharp base": [
                [[4.33333333, 2.70833333, -0.541666667, -2.16666667]] * 4
            ],
            "the octaves come in the wrong order: the smallest is first": [[[4.0, 2.5, -0.5, -2.0]] * 4],
            "only the smallest octave was dreamt": [[[3.0, 1.875, -0.375, -1.5]] * 4],
            "the detail is resized with align_corners=True": [
                [[2.75, 4.8125, -2.75, -0.6875], [5.5, 2.0625, 0.0, -3.4375]] * 2
            ],
            "the images are resized by nearest neighbours: use mode='bilinear'": [
                [[2.0, 4.66666667, -4.0, -1.33333333], [4.66666667, 2.0, -1.33333333, -4.0]] * 2
            ],
            "the detail is the whole dream: subtract the base": [
                [
                    [4.94117647, 6.02205882, -2.93382353, -1.85294118],
                    [7.41176471, 3.55147059, -0.463235294, -4.32352941],
                ]
                * 2
            ],
            "there is one octave too many": [
                [[4.07436709, 6.19303797, -1.30379747, 0.814873418], [6.68196203, 3.58544304, 1.30379747, -1.79272152]]
                * 2
            ],
        },
        rtol=1e-5,
    )

    ### BEGIN HIDDEN TESTS
    def stretched(array, size):  # bilinear interpolation from its definition: pixel centres at i + ½
        for axis, new in ((1, size[0]), (2, size[1])):
            old = array.shape[axis]
            centre = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
            left = np.minimum(np.floor(centre).astype(int), max(old - 2, 0))
            right = np.minimum(left + 1, old - 1)
            place = np.arange(new)
            matrix = np.zeros((new, old))
            np.add.at(matrix, (place, left), 1 - (centre - left))
            np.add.at(matrix, (place, right), centre - left)
            array = np.moveaxis(np.tensordot(matrix, array, (1, axis)), 0, axis)
        return array

    def dreamt(parts, start, octaves, scale, steps, pyramid=False):
        drawn = np.zeros(start.shape)
        for smaller in range(octaves - 1, -1, -1):
            ground = start.numpy()
            for level in range(1, smaller) if pyramid else ():
                ground = stretched(ground, [int(side / scale**level) for side in start.shape[1:]])
            ground = stretched(ground, [int(side / scale**smaller) for side in start.shape[1:]])
            current = ground + stretched(drawn, ground.shape[1:])
            for _ in range(steps):
                leaf = torch.from_numpy(current)[None].requires_grad_()
                activation = torch.nn.Sequential(*parts)(leaf)
                slope = torch.autograd.grad(activation, leaf, activation.detach())[0][0].numpy()
                current = current + 0.3 * slope / np.abs(slope).mean()
            drawn = current - ground
        return current

    for seed, name, octaves, scale, shape, steps in [
        (45, "0.1", 3, 1.5, (3, 20, 31), 2),
        (46, "1.0", 2, 1.3, (3, 17, 11), 1),
        (47, "1", 4, 1.2, (1, 15, 25), 1),
    ]:
        network = drawn_network(seed, channels=shape[0])
        parts = [*network[0], *network[1]][: {"0.1": 2, "1.0": 4, "1": 6}[name]]
        start = torch.rand(*shape, generator=torch.Generator().manual_seed(seed)).double() - 0.5
        options = {"octaves": octaves, "scale": scale, "steps": steps}
        expect.close(
            expect.call(deep_dream, network, name, start, learning_rate=0.3, **options),
            dreamt(parts, start, **options),
            f"deep_dream on a drawn network, {octaves} octaves, scale {scale}",
            mistakes={
                "each base is made from the next larger one: resize the original image": dreamt(
                    parts, start, **options, pyramid=True
                )
            },
        )
    ### END HIDDEN TESTS


check_deep_dream_octaves(deep_dream)


# %% check="deep_dream" points=1 why="any model, which stays as it was"
@expect.check
def check_deep_dream_guest(deep_dream):
    triple = torch.nn.Conv2d(1, 1, 1, bias=False)
    with torch.no_grad():
        triple.weight.fill_(3.0)
    dropping = torch.nn.Sequential(torch.nn.Dropout(1.0), triple).double().train()
    image = torch.tensor([[-1.0, 3.0, 0.0], [2.0, -2.0, 4.0]], dtype=torch.float64)[None]
    expect.close(
        expect.call(deep_dream, dropping, "1", image, octaves=1, steps=1, learning_rate=0.5),
        [[[-1.25, 3.75, 0.0], [2.5, -2.5, 5.0]]],
        "deep_dream on a model with dropout that is in training mode",
        mistakes={
            "dropout was on: compute in evaluation mode": image.numpy(),
            "dropout was on, the gradient zero, and it was divided by zero": np.full((1, 2, 3), np.nan),
        },
        rtol=1e-5,
    )
    network = drawn_network(48).train()
    photo = torch.from_numpy(data.photo("coffee", size=24).transpose(2, 0, 1)) - 0.5
    expect.call(deep_dream, network, "1.0", photo, octaves=2, scale=1.5, steps=1)
    expect.close(
        expect.call(deep_dream, network, "0", photo, octaves=3, scale=1.4, steps=0),
        photo,
        "deep_dream with steps=0, which draws nothing",
        rtol=1e-5,
    )
    leaves_alone(deep_dream, drawn_network(48), "1.0", photo, octaves=1, steps=1)
    survives_error(deep_dream, network, "0.0", photo[:1], octaves=1, steps=1)
    ### BEGIN HIDDEN TESTS
    black = torch.zeros(1, 4, 6, dtype=torch.float64)
    got = expect.call(deep_dream, dropping, "1", black, octaves=2, scale=2.0, steps=2)
    expect.close(
        got,
        black,
        "deep_dream where the gradient is zero everywhere",
        mistakes={"the zero gradient was divided by zero": np.full((1, 4, 6), np.nan)},
    )
    network.train(False)
    calm = expect.call(deep_dream, network, "1.1", photo, octaves=2, scale=1.3, steps=2, learning_rate=0.1)
    network.train(mode=True)
    network[1][2].train(False)
    noisy = expect.call(deep_dream, network, "1.1", photo, octaves=2, scale=1.3, steps=2, learning_rate=0.1)
    expect.close(noisy, calm, "deep_dream in training mode, compared with evaluation mode", rtol=1e-5)
    ### END HIDDEN TESTS


check_deep_dream_guest(deep_dream)


# %% wrong="deep_dream" why="down, as in training" keyword="descent"
def deep_dream__descent(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving - learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="the gradient as it is" keyword="not normalised"
def deep_dream__not_normalised(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="climbs the mean of the activations" keyword="mean of the activations"
def deep_dream__mean_activation(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad(hits[-1].mean(), moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="divides by the L2 length" keyword="by its L2 length"
def deep_dream__unit_length(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.norm().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="divides by the standard deviation" keyword="standard deviation"
def deep_dream__standard_deviation(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.std().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="keeps the tensor that an in-place ReLU overwrites" keyword="overwrote"
def deep_dream__overwritten(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="adds up the gradients of the steps" keyword="added up"
def deep_dream__accumulates(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                total = torch.zeros_like(base)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = total = total + torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="every octave starts afresh" keyword="detail is lost"
def deep_dream__detail_lost(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture = image.detach()[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="enlarges the whole dream" keyword="which blurs"
def deep_dream__blurred(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits, moving = [], None
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture = image.detach()[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                larger = base if moving is None else moving.detach()
                moving = interpolate(larger, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="begins with the large image" keyword="smallest is first"
def deep_dream__large_first(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale**octave
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    full = interpolate(moving.detach(), size=image.shape[1:], mode="bilinear", align_corners=False)
    return full[0]


# %% wrong="deep_dream" why="takes the dream for the detail" keyword="subtract the base"
def deep_dream__not_subtracted(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = moving.detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="aligns the corners" keyword="align_corners=True"
def deep_dream__align_corners(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=True)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="resizes by nearest neighbours" keyword="nearest"
def deep_dream__nearest(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size)
                moving = base + interpolate(drawn, size=size)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="shrinks what is shrunk already" keyword="next larger"
def deep_dream__pyramid(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = picture
                for smaller in range(1, octaves - octave):
                    inner = [int(side / scale**smaller) for side in image.shape[1:]]
                    base = interpolate(base, size=inner, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="counts one octave more" keyword="one octave too many"
def deep_dream__one_octave_more(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(-1, octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="forgets the hook" keyword="left a hook"
def deep_dream__hook_left(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    with evaluating(model):
        for octave in range(octaves):
            factor = scale ** (octaves - 1 - octave)
            size = [int(side / factor) for side in image.shape[1:]]
            base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
            moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
            for _ in range(steps):
                moving = moving.detach().requires_grad_()
                _ = model(moving)
                slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
            drawn = (moving - base).detach()
    return moving[0].detach()


# %% wrong="deep_dream" why="computes in the mode the model comes in" keyword="dropout was on"
def deep_dream__dropout_on(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        if octaves > 0:
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    slope = torch.autograd.grad((hits[-1] ** 2).sum() / 2, moving)[0]
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="backward leaves gradients in the weights" keyword="left a gradient"
def deep_dream__fills_grads(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    hits = []
    spy = model.get_submodule(layer).register_forward_hook(lambda part, given, out: hits.append(out.clone()))
    picture, drawn = image.detach()[None], torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for octave in range(octaves):
                factor = scale ** (octaves - 1 - octave)
                size = [int(side / factor) for side in image.shape[1:]]
                base = interpolate(picture, size=size, mode="bilinear", align_corners=False)
                moving = base + interpolate(drawn, size=size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    moving = moving.detach().requires_grad_()
                    _ = model(moving)
                    (hits[-1] ** 2).sum().backward()
                    slope = moving.grad
                    moving = moving + learning_rate * slope / slope.abs().mean().clamp_min(1e-30)
                drawn = (moving - base).detach()
    finally:
        spy.remove()
    return moving[0].detach()


# %% wrong="deep_dream" why="removes its hook only when nothing goes wrong" keyword="stops with an error"
def deep_dream__no_finally(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    kept, part = [], model.get_submodule(layer)
    ear = part.register_forward_hook(lambda m, i, out: kept.append(out.clone()))
    detail = torch.zeros_like(image)[None]
    with evaluating(model):
        for k in reversed(range(octaves)):
            size = [int(side / scale**k) for side in image.shape[1:]]
            base = interpolate(image.detach()[None], size, mode="bilinear", align_corners=False)
            dream = base + interpolate(detail, size, mode="bilinear", align_corners=False)
            for _ in range(steps):
                leaf = dream.clone().requires_grad_()
                _ = model(leaf)
                slope = torch.autograd.grad(kept[-1].square().sum(), leaf)[0]
                dream = dream + learning_rate * slope / (slope.abs().mean() or 1)
            detail = dream - base
    ear.remove()
    return dream[0]


# %% wrong="deep_dream" why="removes all hooks of the layer" keyword="hook of the caller"
def deep_dream__clears_hooks(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    kept, part = [], model.get_submodule(layer)
    part.register_forward_hook(lambda m, i, out: kept.append(out.clone()))

    def dreamt(dream):
        leaf = dream.clone().requires_grad_()
        _ = model(leaf)
        slope = torch.autograd.grad(kept[-1].square().sum(), leaf)[0]
        return dream + learning_rate * slope / (slope.abs().mean() or 1)

    detail = torch.zeros_like(image)[None]
    try:
        with evaluating(model):
            for k in reversed(range(octaves)):
                size = [int(side / scale**k) for side in image.shape[1:]]
                base = interpolate(image.detach()[None], size, mode="bilinear", align_corners=False)
                dream = base + interpolate(detail, size, mode="bilinear", align_corners=False)
                for _ in range(steps):
                    dream = dreamt(dream)
                detail = dream - base
    finally:
        part._forward_hooks.clear()
    return dream[0]


# %% right="deep_dream" why="stops the forward pass at the layer by an exception, on a copy of the model"
def deep_dream__early_exit(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    import copy

    class ReachedError(Exception):
        pass

    def catch(part, given, out):
        reached.append(out)
        raise ReachedError

    guest, reached = copy.deepcopy(model).train(False), []
    guest.get_submodule(layer).register_forward_hook(catch)
    H, W = image.shape[-2:]
    sizes = [(int(H / scale**k), int(W / scale**k)) for k in range(octaves)][::-1]
    change = torch.zeros(1, image.shape[0], *sizes[0], dtype=image.dtype)
    for size in sizes:
        ground, change = (
            interpolate(batch, size=size, mode="bilinear", align_corners=False)
            for batch in (image.detach()[None], change)
        )
        for _ in range(steps):
            leaf = (ground + change).requires_grad_()
            try:
                guest(leaf)
            except ReachedError:
                reached[-1].backward(reached[-1].detach())  # the gradient at the layer is its activation
            magnitude = leaf.grad.abs().sum()
            if magnitude > 0:
                change = change + learning_rate * leaf.grad * leaf.grad.numel() / magnitude
    return (ground + change)[0]


# %% right="deep_dream" why="objective inside the hook, recursion over the octaves"
def deep_dream__recursive(model, layer, image, *, octaves=3, scale=1.5, steps=5, learning_rate=0.05):
    values = {}

    def keep(part, given, out):
        values["now"] = torch.linalg.vector_norm(out.clone())  # its gradient has the same direction

    def details(octave):
        """What is drawn after octave number `octave`, and the base it is drawn on."""
        size = [int(side / scale ** (octaves - 1 - octave)) for side in image.shape[-2:]]
        ground = interpolate(image.detach()[None], size, mode="bilinear", align_corners=False)
        drawn = torch.zeros_like(ground)
        if octave > 0:
            drawn = interpolate(details(octave - 1)[0], size, mode="bilinear", align_corners=False)
        for _ in range(steps):
            leaf = (ground + drawn).requires_grad_()
            _ = model(leaf)
            slope = torch.nan_to_num(torch.autograd.grad(values["now"], leaf)[0])
            drawn = drawn + learning_rate * torch.nan_to_num(slope / slope.abs().mean())
        return drawn, ground

    watching = model.get_submodule(layer).register_forward_hook(keep)
    with evaluating(model):
        try:
            drawn, ground = details(octaves - 1)
        finally:
            watching.remove()
    return (ground + drawn).squeeze(0)


# %% [markdown]
# Coffee, dreamt by two layers of the network. `network.named_modules()` knows the names of all the others: try some.

# %%
# Figure · a coffee dream
with expect.written():
    layers = ["_blocks.4", "_blocks.9"]
    dreams = [deep_dream(network, layer, coffee[0], steps=6, learning_rate=0.04) for layer in layers]
    plot.grid(
        [models.to_photo(coffee), *(models.to_photo(dream) for dream in dreams)],
        ["coffee", *layers],
        alt="A cup of coffee, then the same cup covered with wavy lines, then with small rings and eyes in the foam.",
        size=3.0,
    )


# %% [markdown]
# ### 5 · How fragile is an explanation?  ·  5 points  ·  40 min  ·  ●●● difficulty
#
# Write `fragile(model, image, *, epsilon, k, steps)`, an experiment after Ghorbani, Abid & Zou (2019). Somebody asks
# the network why it said *cat*, and gets a saliency map. Find an image that looks the same, for which the network still
# says *cat*, but whose map points elsewhere.
#
# **The map** of an image $I$ is the gradient of the score of the predicted class $c$, without its sign, and of the
# channels the largest:
#
# $$M(I)_{h,w} = \max_{ch}\,\Bigl|\frac{\partial S_c(I)}{\partial I_{ch,h,w}}\Bigr|$$
#
# **The measure.** Take the `k` largest pixels of the map of the original image, and the `k` largest of the new
# image's map. *Kept* is the part of the first that is among the second: $|T \cap T'| / k$. It is 1 for the same map,
# and about `k` over the number of pixels for two maps that have nothing to do with each other.
#
# **The rules.** The new image lies within `epsilon` of the original one at **every** pixel (max norm, as with `fgsm`),
# and the model's answer, the class with the largest score, is the same. Only the image changes, never the model. Within
# these rules make *kept* as small as you can. Return the new image and *kept*, a float.
#
# There is no single right answer, so the checks look at the outcome. They measure *kept* themselves, and it
# has to be clearly smaller than noise of the same strength achieves. Where a result breaks a rule or is
# worse than what you had, throw it away: an experiment keeps the best it has seen.
#
# | argument | | |
# |---|---|---|
# | `model` | any `nn.Module` with ReLUs | takes batches, returns scores `(N, K)` |
# | `image` | `(C, H, W)`, float | one image, without a batch axis |
# | `epsilon` | a number above 0 | the most that a pixel may change |
# | `k` | an integer, 1 or more | how many pixels count as salient |
# | `steps` | an integer, 0 or more | how long to search; 0 gives the image itself, and 1.0 |
# | returns | `(C, H, W)`, of the image's dtype, and a float | `return changed, kept` |
#
# **A wall to run into.** Gradient descent on *kept* needs a slope. Counting has none, so take the
# share of the map that lies on the original top `k`, $\sum_{T} M / \sum M$. But the map is a gradient
# already, so its slope is a second derivative, and a network of ReLUs is made of flat pieces: its second derivative is
# **zero** almost everywhere. Two ways around:
#
# * **A smooth copy.** In a deep copy of the model replace each ReLU by a softplus, $\frac1\beta\log(1 + e^{\beta z})$,
#   a ReLU with a round corner (a ReLU6 by the difference of two of them, at $z$ and at $z - 6$). There the second
#   derivative lives. Use it for the direction; measure on the real model.
# * **No gradient at all.** Try random changes of some pixels to plus or minus epsilon, and keep what makes the share
#   smaller. One try a step is too few: it takes a thousand or more, many at a time as a batch.
#
# <details><summary>Hint 1: the idea</summary>
# It is <code>fgsm</code> in several small steps, with another loss: the share of the map on the old salient pixels,
# which is to fall. After each step cut the change back to ±epsilon, and look whether the class is still the same.
# </details>
# <details><summary>Hint 2: a gradient of a gradient</summary>
# <code>torch.autograd.grad(…, create_graph=True)</code> gives a gradient that itself has a graph, so you can ask
# for a gradient of something computed from it. <code>named_children()</code> with <code>setattr</code> replaces the
# parts of a copy.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# A function inside: map of a network at an image, for a fixed class. Top k of the real model's map. Then in each step:
# map of the smooth copy with its graph, share on the top k, gradient at the image, a small step of its sign
# downwards, clamp to the epsilon box. Run the real model: is the class the same, and is kept the smallest so far? Then
# remember image and kept. Return what you remember. A beta between 30 and 100 works well: rounder than that, the copy
# has other maps than the model. Steps of a tenth of epsilon are enough.
# </details>


# %% solution="fragile"
def fragile(model, image, *, epsilon, k, steps=30):
    """Return an image (C, H, W) of the same class with another map, and the part of the top k pixels it kept."""

    ### BEGIN SOLUTION
    import copy

    class Smooth(torch.nn.Module):
        def __init__(self, relu):
            super().__init__()
            self.top = getattr(relu, "max_val", torch.inf)

        def forward(self, z):
            return softplus(z, beta=10) - softplus(z - self.top, beta=10)

    def saliency(network, pixels, with_graph=False):
        (slope,) = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=with_graph)
        return slope.abs().amax(0).flatten()

    original = image.detach()
    best, kept, guide = original.clone(), 1.0, copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in part.named_children():
            if isinstance(child, torch.nn.ReLU | torch.nn.ReLU6):
                setattr(part, name, Smooth(child))
    with evaluating(model):
        label = int(model(original[None]).argmax())
        salient = saliency(model, original.clone().requires_grad_()).topk(k).indices
        moving = original.clone()
        for _ in range(steps):
            moving.requires_grad_()
            shine = saliency(guide, moving, with_graph=True)
            (slope,) = torch.autograd.grad(shine[salient].sum() / shine.sum(), moving)
            change = (moving.detach() - epsilon / 4 * slope.sign() - original).clamp(-epsilon, epsilon)
            moving = (original + change).requires_grad_()
            same = torch.isin(saliency(model, moving).topk(k).indices, salient).double().mean().item()
            if same < kept and int(model(moving[None]).argmax()) == label:
                best, kept = moving.detach().clone(), same
            moving = moving.detach()
    return best, kept
    ### END SOLUTION


# %% [markdown]
# The checks measure with these: the map, and how much of its top `k` another map keeps. They come from the whole
# Jacobian of a small model, which is too slow for a large one.


# %%
def relu_network(seed, channels=3, classes=4):
    """Return a small network of ReLUs with drawn weights, for images of any size from 6 × 6. In float64."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = torch.nn.Sequential(
            torch.nn.Sequential(torch.nn.Conv2d(channels, 12, 3, padding=1), torch.nn.ReLU()),
            torch.nn.Sequential(torch.nn.Conv2d(12, 16, 3, padding=1, stride=2), torch.nn.ReLU(inplace=True)),
            torch.nn.Conv2d(16, 16, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.AdaptiveAvgPool2d((3, 3)),
            torch.nn.Flatten(),
            torch.nn.Dropout(0.5),
            torch.nn.Linear(144, classes),
        )
    return network.double().eval()


def measured_slope(network, image):
    """Return the class a network predicts for an image (C, H, W), and the gradient of its score, an array (C, H, W)."""
    single = torch.as_tensor(np.asarray(image.detach()))[None]
    with evaluating(network):
        jacobian = torch.autograd.functional.jacobian(network, single)[0]  # (K, 1, C, H, W)
        predicted = int(network(single).argmax())
    return predicted, jacobian[predicted, 0].numpy()


def measured_map(network, image):
    """Return the class a network predicts and the map of an image (C, H, W), an array (H, W)."""
    predicted, slope = measured_slope(network, image)
    return predicted, np.abs(slope).max(axis=0)


def measured_kept(before, after, k):
    """Return the part of the k largest values of one map that are among the k largest of the other."""
    tops = [set(np.argsort(array, axis=None)[-k:].tolist()) for array in (before, after)]
    return len(tops[0] & tops[1]) / k


# %% check="fragile" points=3 why="within epsilon, the same class, another map"
@expect.check
def check_fragile_outcome(fragile):
    def measure(network, image, epsilon, k, seed, what):
        changed, _ = expect.parts(expect.call(fragile, network, image, epsilon=epsilon, k=k), "changed, kept", what)
        expect.that(
            hasattr(changed, "detach") and changed.shape == image.shape,
            f"{what}: the first result must be an image, a tensor of shape {tuple(image.shape)}.",
        )
        furthest = float((changed.detach() - image).abs().max())
        expect.that(
            furthest <= epsilon * (1 + 1e-6),
            f"{what}: a pixel changed by {furthest:.4g}, beyond epsilon: clamp the whole change, not only each step.",
        )
        expect.that(furthest > 0, f"{what}: no pixel changed. In a ReLU network the second derivative is zero.")
        label, before = measured_map(network, image)
        predicted, after = measured_map(network, changed)
        expect.that(
            predicted == label,
            f"{what}: the network says class {predicted} now, it said {label}. Accept only images of the same class.",
        )
        came = measured_kept(before, after, k)
        signs = torch.randint(0, 2, (20, *image.shape), generator=torch.Generator().manual_seed(seed)).double() * 2 - 1
        noisy = [measured_map(network, image + epsilon * s)[1] for s in signs]
        noise = float(np.mean([measured_kept(before, other, k) for other in noisy]))
        salient = before >= np.sort(before, axis=None)[-k]
        shares = [float(array[salient].sum() / array.sum()) for array in (before, after)]
        report = f"{what}: {100 * came:.0f}% of the top k are kept, random noise keeps {100 * noise:.0f}%"
        if came < 0.65 * noise:
            return
        expect.that(
            shares[1] < shares[0],
            f"{report}. The share of the map on the old salient pixels grew: go down its slope.",
        )
        expect.that(
            furthest > epsilon / 2,
            f"{report}. No pixel changed by more than {furthest:.4g}: epsilon is a bound in the max norm, use it.",
        )
        expect.that(came < 0.9 * noise, f"{report}. That is no better than random noise: search, step by step.")
        raise expect.Mismatch(
            f"{report}. Almost: keep at most 0.65 times as much as noise does.\n"
            "Do you return the best image, not the last? And is the copy sharp enough (a beta of 1 is too round)?"
        )

    def stays_the_same(seed):
        network = relu_network(seed)
        scores = network(photo[None])[0].detach()
        first, second = scores.topk(2).indices
        network[-1].bias.data[second] += 0.97 * (scores[first] - scores[second])
        changed, _ = expect.call(fragile, network, photo, epsilon=0.1, k=25)
        predicted = measured_map(network, changed)[0]
        expect.that(
            predicted == first,
            f"fragile where a second class is nearly as likely: the network says {predicted} now, it said {first}. "
            "Accept only images of the same class.",
        )

    photo = torch.from_numpy(data.photo("cat", size=(14, 18)).transpose(2, 0, 1)) - 0.5
    measure(relu_network(70), photo, 0.1, 25, 70, "fragile(relu_network(70), cat, epsilon=0.1, k=25)")
    stays_the_same(71)
    ### BEGIN HIDDEN TESTS
    for seed, name, shape, epsilon, k in [
        (51, "cat", (14, 18), 0.1, 25),
        (53, "coffee", (15, 13), 0.08, 20),
        (55, "cat", (15, 13), 0.1, 20),
        (60, "astronaut", (14, 18), 0.1, 25),
        (60, "cat", (14, 18), 0.1, 25),  # here the way to another map leads through another class
        (62, "cat", (14, 18), 0.1, 25),
    ]:
        drawn = torch.from_numpy(data.photo(name, size=shape).transpose(2, 0, 1)) - 0.5
        measure(relu_network(seed), drawn, epsilon, k, seed, f"fragile on a drawn network, epsilon={epsilon}, k={k}")
    stays_the_same(60)
    stays_the_same(75)
    ### END HIDDEN TESTS


check_fragile_outcome(fragile)


# %% check="fragile" points=2 why="kept is what a measurement gives, and the model stays as it was"
@expect.check
def check_fragile_measure(fragile):
    photo = torch.from_numpy(data.photo("coffee", size=(12, 16)).transpose(2, 0, 1)) - 0.5

    def compare(network, image, k, what):
        changed, kept = expect.parts(expect.call(fragile, network, image, epsilon=0.1, k=k), "changed, kept", what)
        slopes = [measured_slope(network, each)[1] for each in (image, changed)]
        maps = [np.abs(slope).max(axis=0) for slope in slopes]
        overlap = round(k * measured_kept(*maps, k))
        expect.close(
            kept,
            overlap / k,
            f"{what}, kept",
            mistakes={
                "this is the part that is lost: return the part that is kept": 1 - overlap / k,
                "you divided by the size of the union: divide by k": overlap / (2 * k - overlap),
                "this is the number of pixels: divide by k": overlap,
                "you divided by all pixels: divide by k": overlap / maps[0].size,
                "the maps keep their sign: take absolute values first": measured_kept(
                    *(s.max(axis=0) for s in slopes), k
                ),
                "the map adds up the channels: take the largest": measured_kept(*(np.abs(s).sum(0) for s in slopes), k),
                "the map is the mean of the channels with their signs: take the largest absolute value": measured_kept(
                    *(np.abs(s.mean(axis=0)) for s in slopes), k
                ),
            },
        )

    compare(relu_network(56), photo, 19, "fragile(relu_network(56), coffee, epsilon=0.1, k=19)")
    network = relu_network(57).train()
    network[0].eval()
    compare(
        network, photo.flip(2), 23, "fragile on a model in training mode (inside `evaluating` no dropout is at work)"
    )
    changed, kept = expect.call(fragile, network, photo, epsilon=0.1, k=19, steps=0)
    expect.close(changed, photo, "fragile with steps=0, which does not search")
    expect.close(kept, 1.0, "fragile with steps=0, kept")
    leaves_alone(fragile, relu_network(57), photo, epsilon=0.1, k=19, steps=1)
    survives_error(fragile, network, photo[:1], epsilon=0.1, k=19, steps=1)
    ### BEGIN HIDDEN TESTS
    compare(relu_network(58, channels=1), photo[:1], 15, "fragile on one channel, k=15")
    compare(relu_network(58, channels=1), photo[:1], 2, "fragile on one channel, k=2")
    changed, _ = expect.call(fragile, relu_network(59).float(), photo.float(), epsilon=0.1, k=9, steps=2)
    expect.equal(str(torch.as_tensor(changed).dtype), "torch.float32", "the dtype of the image from a float32 image")
    ### END HIDDEN TESTS


check_fragile_measure(fragile)


# %% wrong="fragile" why="takes the second derivative of the ReLU network" keyword="second derivative is zero"
def fragile__second_derivative_zero(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.ReLU())
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="never compares the class" keyword="of the same class"
def fragile__ignores_class(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        if shared / k < kept:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="bounds each step, not their sum" keyword="clamp the whole change"
def fragile__outside_epsilon(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = moving.detach() - (epsilon * slope.sign()).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="epsilon as the L2 length of the change" keyword="bound in the max norm"
def fragile__l2_ball(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = moving.detach() - epsilon / 4 * slope / slope.norm().clamp_min(1e-30)
        moving = image + (moving - image) * min(1.0, epsilon / float((moving - image).norm()))
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="climbs the share it should lower" keyword="share of the map on the old salient pixels grew"
def fragile__uphill(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() + epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="returns what is lost" keyword="part that is lost"
def fragile__lost_part(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, 1 - kept


# %% wrong="fragile" why="intersection over union" keyword="size of the union"
def fragile__union(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    both = kept * k
    return best, both / (2 * k - both)


# %% wrong="fragile" why="returns the number of pixels" keyword="number of pixels"
def fragile__count(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept * k


# %% wrong="fragile" why="backward leaves gradients in the weights" keyword="left a gradient"
def fragile__fills_grads(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        pixels.grad = None
        if graph:
            slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=True)[0]
        else:
            network(pixels[None])[0, label].backward()
            slope = pixels.grad
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = model
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="random noise, once" keyword="no better than random noise"
def fragile__noise(model, image, *, epsilon, k, steps=30):
    draws = torch.Generator().manual_seed(0)
    changed = image + epsilon * (2.0 * torch.randint(0, 2, image.shape, generator=draws) - 1)

    def top(pixels):
        leaf = pixels.detach().clone().requires_grad_()
        slope = torch.autograd.grad(model(leaf[None]).max(), leaf)[0]
        return set(slope.abs().amax(0).flatten().topk(k).indices.tolist())

    with evaluating(model):
        return changed, len(top(image) & top(changed)) / k


# %% wrong="fragile" why="largest slopes with their sign" keyword="keep their sign"
def fragile__signed(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True).abs()
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="adds up the channels" keyword="adds up the channels"
def fragile__channel_sum(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().sum(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="keeps the last image, not the best" keyword="not the last"
def fragile__keeps_last(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="a copy with very round corners" keyword="beta of 1"
def fragile__too_round(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=1))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="measures in training mode" keyword="no dropout"
def fragile__dropout_on(model, image, *, epsilon, k, steps=30):
    import copy

    torch.manual_seed(0)

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(steps):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% wrong="fragile" why="always searches as long" keyword="steps=0"
def fragile__fixed_steps(model, image, *, epsilon, k, steps=30):
    import copy

    def glow(network, pixels, graph=False):
        slope = torch.autograd.grad(network(pixels[None])[0, label], pixels, create_graph=graph)[0]
        return slope.abs().amax(0).flatten()

    guide = copy.deepcopy(model).train(False)
    for part in list(guide.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, torch.nn.ReLU):
                setattr(part, name, torch.nn.Softplus(beta=10))
    real = copy.deepcopy(model).train(False)
    label = int(real(image[None]).argmax())
    top = glow(real, image.detach().clone().requires_grad_()).topk(k).indices
    best, kept, moving = image.clone(), 1.0, image.detach().clone()
    for _ in range(30):
        moving = moving.detach().requires_grad_()
        shine = glow(guide, moving, graph=True)
        slope = torch.autograd.grad(shine[top].sum() / shine.sum(), moving)[0]
        moving = image + (moving.detach() - epsilon / 4 * slope.sign() - image).clamp(-epsilon, epsilon)
        moving.requires_grad_()
        shared = len(set(glow(real, moving).topk(k).indices.tolist()) & set(top.tolist()))
        same_class = int(real(moving[None]).argmax()) == label
        if shared / k < kept and same_class:
            best, kept = moving.detach().clone(), shared / k
    return best, kept


# %% right="fragile" why="Adam on the logarithm of the share, inside the bounds by a tanh"
def fragile__adam(model, image, *, epsilon, k, steps=30):
    import copy

    def kernel(network, pixels, keep_graph):
        own = network(pixels[None])[0, label]
        return torch.autograd.grad(own, pixels, create_graph=keep_graph)[0].abs().max(dim=0).values

    def rounded(network):
        for name, child in network.named_children():
            if isinstance(child, torch.nn.ReLU):
                network._modules[name] = torch.nn.Softplus(beta=12)
            rounded(child)
        return network

    real = copy.deepcopy(model).train(False)
    soft = rounded(copy.deepcopy(real))
    label = int(real(image[None]).argmax())
    first = kernel(real, image.detach().clone().requires_grad_(), False)
    order = first.flatten().argsort(descending=True)
    firm = set(order[:k].tolist())
    free = torch.zeros_like(image).requires_grad_()
    adam, results = torch.optim.Adam([free], lr=0.3), [(1.0, image.detach().clone())]
    for _ in range(2 * steps):
        bounded = image.detach() + epsilon * torch.tanh(free)
        light = kernel(soft, bounded, True).flatten()[order]
        (free.grad,) = torch.autograd.grad(torch.log(light[:k].sum()) - torch.log(light[k:].sum()), free)
        adam.step()
        found = (image.detach() + epsilon * torch.tanh(free.detach())).requires_grad_()
        if int(real(found[None]).argmax()) == label:
            now = kernel(real, found, False).flatten().argsort(descending=True)[:k].tolist()
            results.append((len(firm.intersection(now)) / k, found.detach()))
    kept, best = min(results, key=lambda result: result[0])
    return best, kept


# %% right="fragile" why="random search without any second derivative"
def fragile__random_search(model, image, *, epsilon, k, steps=30):
    draws = torch.Generator().manual_seed(0)

    def look(pixels):
        leaf = pixels.detach().clone().requires_grad_()
        scores = model(leaf[None])[0]
        slope = torch.autograd.grad(scores.max(), leaf)[0]
        return int(scores.argmax()), slope.abs().amax(0).flatten()

    with evaluating(model):
        label, shine = look(image)
        top = shine.topk(k).indices
        best, share = torch.zeros_like(image), float(shine[top].sum() / shine.sum())
        for _ in range(20 * steps):
            flipped = torch.rand(image.shape, generator=draws) < 0.03
            signs = (2 * torch.randint(0, 2, image.shape, generator=draws) - 1).to(image.dtype)
            change = torch.where(flipped, epsilon * signs, best)
            predicted, shine = look(image + change)
            if predicted == label and shine[top].sum() / shine.sum() < share:
                best, share = change, float(shine[top].sum() / shine.sum())
        final = look(image + best)[1].topk(k).indices
    return image + best, float((final[:, None] == top).any(0).double().mean())


# %% [markdown]
# The same experiment with the real network. No pixel may change by more than 2 of 255 steps of brightness, and both
# photographs show an espresso, to you and to the network. Do the two explanations agree?

# %%
# Figure · one answer, two explanations
with expect.written():
    changed, kept = fragile(network, coffee[0], epsilon=2 / 128, k=1000, steps=4)
    maps = []
    for picture in (coffee[0], changed):
        probe = picture.clone().requires_grad_()
        network(probe[None]).max().backward(inputs=[probe])
        strongest = probe.grad.abs().amax(0).numpy()
        maps.append(strongest / np.quantile(strongest, 0.995))
    plot.grid(
        [models.to_photo(coffee), maps[0].clip(0, 1), models.to_photo(changed), maps[1].clip(0, 1)],
        [guess(coffee[0]), "its map", guess(changed), f"its map, {kept:.0%} kept"],
        alt="Two photographs of a cup that look the same, each with its saliency map; the bright pixels lie elsewhere.",
        columns=4,
        size=2.6,
    )

# %% [markdown]
# A saliency map says where the score is steep *at this very image*. A small step away it may be steep elsewhere. So
# show such a map with an error bar: average the maps of several noisy copies (SmoothGrad), and see what stays.
