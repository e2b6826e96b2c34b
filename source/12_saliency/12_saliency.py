# %% [markdown]
# # 12 · Saliency: what did the network see?
#
# A network says *cat*. Which pixels made it say so? In this notebook you write the classical answers: look at the
# feature maps, cover parts of the picture, follow the gradient back to the pixels, and put the last feature maps
# together to a heat map. At the end you test whether such a map tells anything about the network at all.
#
# Read lesson 12 first, or beside it. Every exercise stands on its own, so skip what holds you up. The checks are
# folded; a click on their three dots opens them. All seven together take about three hours.
#
# | | exercise | asks | points |
# |---|---|---|---|
# | 1 | `feature_maps` | what comes out of a layer inside the network? | 3 |
# | 2 | `occlusion_map` | what happens if I cover this part? | 5 |
# | 3 | `gradient_saliency` | which pixels would change the score most? | 4 |
# | 4 | `relu_saliency` | how do gradient, deconvnet and guided backpropagation differ? | 5 |
# | 5 | `cam` | where in the last feature maps does the evidence lie? | 3 |
# | 6 | `grad_cam` | the same, for a network of any kind | 4 |
# | 7 | `sanity_check` | does the map change when the network forgets what it learned? | 4 |
#
# Four things hold in all of them:
#
# - Images are `(N, C, H, W)`: the channels come **before** height and width. A photograph of NumPy is `(H, W, C)`.
# - A network returns **scores** (logits), `(N, K)`, one for each class. Probabilities are the softmax of them.
# - `targets` is an int64 tensor `(N,)`: the class to explain, one for each image. It need not be the likeliest one.
# - **Leave the network as you found it, also after an error**: your hooks go, those of others stay, and every part has
#   the mode, the weights and the `.grad` that it had. The error itself goes on to the caller. Networks come in
#   evaluation mode; exercise 3 alone makes an exception.

# %%
import contextlib
import copy
import logging
import sys

import numpy as np
import torch
from scipy import stats
from torch import nn

from cnnlib import expect

# %% [markdown]
# The next cell holds five small tools that the checks use. You need not read them.


# %%
def tensor(values):
    """Return numbers as a tensor, float64."""
    return torch.tensor(values, dtype=torch.float64)


def fixed(network, *weights):
    """Give a network these weights, in the order of its parameters; float64, evaluation mode."""
    for parameter, values in zip(network.double().parameters(), weights, strict=True):
        parameter.data = tensor(values).reshape(parameter.shape)
    return network.eval()


def drawn(network, seed):
    """Give a network drawn weights and running statistics; float64, evaluation mode."""
    rng = np.random.default_rng(seed)
    for name, values in network.double().state_dict().items():
        if values.is_floating_point():
            noise = rng.uniform(-1, 1, tuple(values.shape))
            noise *= np.sqrt(6 / values[0].numel()) if values.ndim > 1 else 1
            values.copy_(torch.from_numpy(np.exp(noise) if name.endswith("running_var") else noise))
    return network.eval()


def survives_error(answer, network, *args):
    """Check that the error of a network that cannot read a picture comes through, and changes nothing."""
    hint = "the network cannot read these pictures. Pass PyTorch's error on"
    try:
        expect.call(lambda model: expect.raises(RuntimeError, answer, model, *args, hint=hint), network)
    except expect.Mismatch as problem:
        what = "When the forward pass stops with an error"
        raise expect.Mismatch(f"{what}: {problem}\nWhat stands in a `finally` runs in both cases.") from None


def spares_hooks(answer, network, layer, *args):
    """Check that a hook of the caller stays where it was."""
    part = network.get_submodule(layer)
    with part.register_forward_hook(logging.getLogger("caller").debug):  # it does nothing
        answer(network, layer, *args)
        expect.that(len(part._forward_hooks) > 0, "A hook of the caller is gone: remove yours alone, by its handle.")


# %% [markdown]
# The photographs in this notebook go through EfficientNet-lite0, a network of 4.65 million weights that was trained on
# ImageNet's 1000 classes. It reads 224 × 224 pixels.

# %%
from cnnlib import data, models, plot

network, class_names = models.efficientnet_lite0(), models.class_names()
photos = {name: models.preprocess(data.photo(name)) for name in ("cat", "coffee", "astronaut", "rocket")}
seen = {name: models.top_classes(network(photo), 1)[0] for name, photo in photos.items()}
plot.grid(
    [models.to_photo(photo) for photo in photos.values()],
    [f"{answer}\n{probability:.0%}" for answer, probability in seen.values()],
    alt="Four photographs: a cat's face, a cup of coffee, an astronaut in an orange suit, a rocket at its launch. "
    "Above each one the class that the network finds likeliest, and its probability.",
)

# %% [markdown]
# ### 1 · Listen inside  ·  3 points  ·  20 min  ·  ●○○ difficulty
#
# Write `feature_maps(model, layer, images)`: run the network on the images, and return what comes out of the
# layer of that name.
#
# PyTorch lets you listen without touching the network: a **forward hook**. It is a function of yours that a layer
# calls each time it has computed something. You get the layer, its inputs and its output:
#
# ```python
# def hook(module, inputs, output): ...
#
# handle = some_layer.register_forward_hook(hook)
# ```
#
# From then on the hook stays, until you call `handle.remove()`. A forgotten hook slows the network down, keeps memory,
# and fires again in everybody's next forward pass. So it must go **in every case, also when the forward pass stops
# with an error**.
#
# Run the **whole** network, as its own `forward` does it: there may be skips, and errors behind your layer. Where the
# network calls the layer several times, the last call counts.
#
# | argument | shape | |
# |---|---|---|
# | `model` | | any `nn.Module`, in evaluation mode |
# | `layer` | a string | a name as in `model.named_modules()`, such as `"0"` or, inside a block, `"features.3.1"` |
# | `images` | `(N, C, H, W)` | floats |
# | returns | `(N, F, OH, OW)` | the layer's output, as it was when it left the layer |
#
# The last words have a reason. A ReLU with `inplace=True` writes its result over its input. If the layer before it is
# yours, the very tensor that you kept changes a moment later.
#
# <details><summary>Hint 1: the name</summary>
# A name with dots is a path: block, part, part of the part. Every module has a method <code>get_submodule</code> that
# walks it for you.
# </details>
# <details><summary>Hint 2: out of the hook</summary>
# The hook's own return value is not for you: what it returns replaces the output of the layer. Let it put the tensor
# into a list that was made outside, and return nothing.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# An empty list; a hook that appends a detached clone of the output; register it on the submodule; then
# <code>try</code> with the forward pass, and <code>finally</code> with the removal. Return what the list holds.
# </details>


# %% solution="feature_maps"
def feature_maps(model, layer, images):
    """Return what the layer of that name gives for a batch of images (N, C, H, W), shape (N, F, OH, OW)."""
    ### BEGIN SOLUTION
    kept = []
    hook = lambda module, inputs, output: kept.append(output.detach().clone())
    listener = model.get_submodule(layer).register_forward_hook(hook)
    try:
        _ = model(images)
    finally:
        listener.remove()
    return kept[-1]
    ### END SOLUTION


# %% check="feature_maps" points=2 why="the output of the layer named"
@expect.check
def check_feature_maps_values(feature_maps):
    block = nn.Sequential(nn.Conv2d(1, 2, 2, bias=False), nn.ReLU(inplace=True))
    small = fixed(
        nn.Sequential(block, nn.Flatten(), nn.Linear(4, 1, bias=False)),
        [[[1, 0], [0, -1]], [[0, 1], [0, 0]]],
        [1, 1, 1, 1],
    )
    images = tensor([[[[1, 2, 3], [4, 6, 9]]], [[[0, 5, 1], [2, 1, 0]]]])
    before = np.array([[[[-5, -7]], [[2, 3]]], [[[-1, 5]], [[5, 1]]]])
    after = np.array([[[[0, 0]], [[2, 3]]], [[[0, 5]], [[5, 1]]]])
    expect.close(
        expect.call(feature_maps, small, "0", images),
        after,
        'feature_maps(network, "0", images), a convolution and its ReLU',
        mistakes={
            "this is what goes into the layer: a hook gets the inputs and the output": images,
            "these are only the maps of the first image: keep the whole batch": after[:1],
            "these are only the maps of the first image, without the axis of the batch": after[0],
            "this is the mean over the channels: keep every map": after.mean(axis=1),
            "this is the network's answer: keep the output of the layer": [[5], [11]],
        },
    )
    try:
        maps = expect.call(feature_maps, small, "0.0", images)
    except (KeyError, AttributeError, ValueError) as error:
        raise expect.Mismatch(
            f'the layer "0" was found, but "0.0" was not ({type(error).__name__}: {error}).\n'
            "Likely reason: you know the outermost layers only. A dot leads into a block."
        ) from error
    expect.close(
        maps,
        before,
        'feature_maps(network, "0.0", images), the convolution alone',
        mistakes={
            "the in-place ReLU that follows has written into the tensor you kept: keep a clone": after,
            "this is what goes into the layer, not what comes out": images,
        },
    )
    ### BEGIN HIDDEN TESTS
    parts = [nn.Conv2d(3, 4, (3, 2), stride=2), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout(0.5)]
    parts += [nn.Conv2d(4, 5, 2), nn.ReLU6(inplace=True), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1)]
    deep = nn.Sequential(nn.Sequential(*parts[:3]), nn.Sequential(nn.Sequential(*parts[3:5]), *parts[5:7]), parts[7])
    deep = drawn(nn.Sequential(deep, nn.Flatten(), nn.Linear(5, 3)), 1201)
    for count in (1, 3):
        rng = np.random.default_rng(12010 + count)
        pictures = tensor(rng.uniform(-1, 1, (count, 3, 11, 14)))
        truth = pictures
        for name, part in deep.named_modules():
            if not list(part.children()):
                truth = part(truth.clone()).detach()
                expect.close(expect.call(feature_maps, deep, name, pictures), truth, f'feature_maps(network, "{name}")')
    block = models.efficientnet_lite0()._blocks[2].double()  # a skip, and one ReLU6 called twice
    pictures = tensor(rng.uniform(-1, 1, (2, 24, 5, 6)))
    first = block._swish(block._bn0(block._expand_conv(pictures)))
    normed = block._bn1(block._depthwise_conv(first))
    part_by_part = block._bn1(block._depthwise_conv(block._bn0(block._expand_conv(pictures))))
    forward = "the parts ran one after the other: the network has a `forward` of its own, so let it run"
    for name, truth, mistakes in [
        ("_bn1", normed, {forward: part_by_part}),
        ("_swish", block._swish(normed), {"the network calls this layer twice: the last call counts": first}),
    ]:
        got = expect.call(feature_maps, block, name, pictures)
        expect.close(got, truth, f'feature_maps(a block of EfficientNet, "{name}")', mistakes=mistakes)
    single = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU())  # float32
    got = expect.call(feature_maps, single, "1", torch.ones(1, 1, 2, 3))
    expect.close(got, single(torch.ones(1, 1, 2, 3)), "feature_maps of a float32 network")
    ### END HIDDEN TESTS


check_feature_maps_values(feature_maps)


# %% check="feature_maps" points=1 why="no hook stays, not even after an error"
@expect.check
def check_feature_maps_clean(feature_maps):
    small = fixed(nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(), nn.Conv2d(1, 1, 1)), [2], [1], [-1], [0])
    gray, colour = torch.ones(1, 1, 2, 3, dtype=torch.float64), torch.ones(1, 3, 2, 3, dtype=torch.float64)
    expect.close(
        expect.call(feature_maps, small, "2", gray),
        [[[[-3, -3, -3], [-3, -3, -3]]]],
        'feature_maps(network, "2", a gray picture)',
    )
    survives_error(feature_maps, small, "2", colour)
    headed = fixed(nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Flatten(), nn.Linear(4, 1)), [2], [1, 1, 1, 1], [0])
    expect.raises(
        RuntimeError, feature_maps, headed, "0", gray, hint="a layer behind the one you listen to cannot go on"
    )
    spares_hooks(feature_maps, small, "2", gray)
    ### BEGIN HIDDEN TESTS
    attention = nn.TransformerEncoderLayer(2, 1, 2, activation=sys.exit)  # stops all, as Ctrl+C does
    stopping = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.Flatten(2), attention).eval()
    for batch in (torch.ones(1, 1, 2), torch.ones(1, 1, 1, 2)):  # the first has no batch axis: a ValueError
        with contextlib.suppress(Exception, SystemExit):
            feature_maps(stopping, "0", batch)
        stayed = any(part._forward_hooks for part in stopping.modules())
        expect.that(not stayed, "a hook stays after some kinds of error: `finally` runs after all of them.")
    other = drawn(nn.Sequential(nn.Sequential(nn.Conv2d(2, 3, 2), nn.ReLU()), nn.Conv2d(3, 2, 1)), 12011)
    rng = np.random.default_rng(12012)
    picture = tensor(rng.uniform(-1, 1, (2, 2, 4, 5)))
    expect.close(expect.call(feature_maps, other, "1", picture), other(picture).detach(), "the last layer")
    ### END HIDDEN TESTS


check_feature_maps_clean(feature_maps)


# %% wrong="feature_maps" why="never removes its hook" keyword="left a hook"
def feature_maps__hook_left(model, layer, images):
    kept = []
    dict(model.named_modules())[layer].register_forward_hook(lambda m, i, out: kept.append(out.detach().clone()))
    model.forward(images)
    return kept[-1]


# %% wrong="feature_maps" why="removes its hook only when nothing goes wrong" keyword="stops with an error"
def feature_maps__no_finally(model, layer, images):
    kept = []
    ear = dict(model.named_modules())[layer].register_forward_hook(lambda m, i, out: kept.append(out.detach().clone()))
    _ = model(images)
    ear.remove()
    return kept[-1]


# %% wrong="feature_maps" why="keeps the tensor itself, which an in-place ReLU overwrites" keyword="in-place ReLU"
def feature_maps__overwritten(model, layer, images):
    kept = []
    with dict(model.named_modules())[layer].register_forward_hook(lambda m, i, out: kept.append(out.detach())):
        _ = model(images)
    return kept[-1]


# %% wrong="feature_maps" why="keeps the layer's input" keyword="goes into the layer"
def feature_maps__input(model, layer, images):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, ins, out: kept.append(ins[0].detach().clone())):
        _ = model(images)
    return kept[-1]


# %% wrong="feature_maps" why="looks the name up among the outermost layers" keyword="outermost layers only"
def feature_maps__outermost(model, layer, images):
    kept = []
    part = dict(model.named_children())[layer]
    with part.register_forward_hook(lambda m, ins, out: kept.append(out.detach().clone())):
        _ = model(images)
    return kept[-1]


# %% wrong="feature_maps" why="keeps one image of the batch" keyword="only the maps of the first image"
def feature_maps__first_image(model, layer, images):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, ins, out: kept.append(out[0].detach().clone())):
        _ = model(images)
    return kept[-1]


# %% wrong="feature_maps" why="averages the maps, as pictures in papers do" keyword="mean over the channels"
def feature_maps__channel_mean(model, layer, images):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, ins, out: kept.append(out.detach().mean(1))):
        _ = model(images)
    return kept[-1]


# %% wrong="feature_maps" why="runs the parts one after the other" keyword="`forward` of its own"
def feature_maps__one_by_one(model, layer, images):
    first, _, rest = layer.partition(".")
    x = images.clone()
    for name, part in model.named_children():
        if name == first and rest:
            return feature_maps__one_by_one(part, rest, x)
        x = part(x)
        if name == first:
            return x.detach()


# %% wrong="feature_maps" why="content with any error once it has its maps" keyword="behind the one"
def feature_maps__swallows(model, layer, images):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, ins, out: kept.append(out.detach().clone())):
        try:
            _ = model(images)
        except RuntimeError:
            if not kept:
                raise
    return kept[-1]


# %% wrong="feature_maps" why="keeps what the layer gives first" keyword="last call counts"
def feature_maps__first_call(model, layer, images):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, ins, out: kept.append(out.detach().clone())):
        _ = model(images)
    return kept[0]


# %% wrong="feature_maps" why="cleans up after one kind of error only" keyword="some kinds of error"
def feature_maps__one_kind(model, layer, images):
    kept = []
    ear = model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out.detach().clone()))
    try:
        _ = model(images)
    except RuntimeError:
        ear.remove()
        raise
    ear.remove()
    return kept[-1]


# %% wrong="feature_maps" why="removes all hooks of the layer" keyword="hook of the caller"
def feature_maps__clears_hooks(model, layer, images):
    kept, part = [], model.get_submodule(layer)
    part.register_forward_hook(lambda m, i, out: kept.append(out.detach().clone()))
    try:
        _ = model(images)
    finally:
        part._forward_hooks.clear()
    return kept[-1]


# %% right="feature_maps" why="a hook on a copy of the network, which is thrown away"
def feature_maps__copy(model, layer, images):
    twin, found = copy.deepcopy(model), {}

    def remember(module, inputs, output):
        found[layer] = output.detach().clone()

    dict(twin.named_modules())[layer].register_forward_hook(remember)
    _ = twin(images)
    return found[layer]


# %% right="feature_maps" why="another forward for the layer, as long as the call lasts"
def feature_maps__own_forward(model, layer, images):
    part, seen = model.get_submodule(layer), {}
    usual = part.forward

    def forward(*inputs):
        out = usual(*inputs)
        seen["last"] = out.detach().clone()
        return out

    part.forward = forward
    try:
        _ = model(images)
    finally:
        del part.forward
    return seen["last"]


# %% right="feature_maps" why="the handle as a context manager"
def feature_maps__context(model, layer, images):
    outputs = {}
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: outputs.update(maps=out.clone())):
        _ = model(images)
    return outputs["maps"].detach()


# %% [markdown]
# Now listen to the real network while it looks at the cat. Its name for the first block is `_blocks.0`, for one
# further up `_blocks.8`. Orange is below zero, purple above.

# %%
# Figure · feature maps of the cat
with expect.written():
    early, late = (feature_maps(network, layer, photos["cat"])[0] for layer in ("_blocks.0", "_blocks.8"))
    plot.grid(
        [models.to_photo(photos["cat"]), *(early[k].numpy() for k in range(4)), *(late[k].numpy() for k in range(5))],
        ["photograph", *(f"block 0, map {k}" for k in range(4)), *(f"block 8, map {k}" for k in range(5))],
        alt="The cat, and nine feature maps. In those of block 0 outline, eyes and fur are easy to see. Those of "
        "block 8 have 14 × 14 large cells, some far above zero and some far below; the cat is hard to make out.",
    )

# %% [markdown]
# ### 2 · Cover a part  ·  5 points  ·  30 min  ·  ●●○ difficulty
#
# The elephant of the slides has P(elephant) = 0.95. Cover its head with a gray square, and the network says 0.75: the
# head was worth 0.20. Do that with a window at every place, and you have a map (Zeiler & Fergus 2014).
#
# Write `occlusion_map(model, image, target, *, size, stride, value=0.0, batch_size=32)`.
#
# - **Windows.** The first lies in the top left corner, the next ones `stride` pixels further, in both directions, until
#   the picture is covered and no longer. The last ones may hang over the edge; what hangs over is cut off. A side of 3
#   with `size=2` needs two windows, whether the stride is 1 (they begin at 0 and 1) or 2 (at 0 and 2).
# - **Cover.** All channels of the window become `value`.
# - **Fall.** Probability of the target before, minus probability with the window covered. Below zero if the target
#   becomes likelier. (Other authors take the fall of the score. This exercise takes the probability, so softmax comes
#   first.)
# - **Map.** A pixel gets the **mean** of the falls of all windows that cover it.
# - **Batches.** The windows go through the model `batch_size` at a time; only the last batch may be smaller. Never call
#   the model with more pictures than that, the uncovered one included.
#
# | argument | shape | |
# |---|---|---|
# | `model` | | in evaluation mode; gives scores `(N, K)` |
# | `image` | `(C, H, W)` | one picture, floats, not always square |
# | `target` | an integer | the class, a plain `int` |
# | `size`, `stride` | integers | of a square window, in pixels; `stride <= size`, `size` at most `H` and `W` |
# | `value` | a number | what covers |
# | returns | `(H, W)` | of the picture's dtype |
#
# <details><summary>Hint 1: count the windows</summary>
# List the first rows: they go up by the stride, and the last one is the first that reaches the lower edge. What must
# the end of a <code>range</code> be, so that <code>H − size</code> is still reached or passed exactly once?
# </details>
# <details><summary>Hint 2: masks</summary>
# Make one mask for each window, True where it covers. <code>torch.where</code> with a mask of shape (B, 1, H, W), the
# value and the picture gives a whole batch of covered pictures. A slice that ends beyond the edge is cut by itself.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Split the masks into batches with <code>split</code>. For each: cover, run the model, softmax over the classes, pick
# the target; put the results one after the other with <code>torch.cat</code>. The map is the sum of fall times mask,
# divided by the sum of the masks. No gradient is needed, and without <code>torch.no_grad</code> it costs much memory.
# </details>


# %% solution="occlusion_map"
def occlusion_map(model, image, target, *, size, stride, value=0.0, batch_size=32):
    """Return how much the target's probability falls when a window covers a pixel, the mean over windows, (H, W)."""
    ### BEGIN SOLUTION
    _, height, width = image.shape
    rows, columns = (range(0, side - size + stride, stride) for side in (height, width))
    corners = [(row, column) for row in rows for column in columns]
    masks = torch.zeros(len(corners), 1, height, width, dtype=torch.bool)
    for mask, (row, column) in zip(masks, corners, strict=True):
        mask[:, row : row + size, column : column + size] = True
    probability = torch.no_grad()(lambda pictures: model(pictures).softmax(dim=1)[:, target])
    covered = [probability(torch.where(some, value, image)) for some in masks.split(batch_size)]
    falls = probability(image[None]) - torch.cat(covered)
    return (falls[:, None, None] * masks[:, 0]).sum(dim=0) / masks[:, 0].sum(dim=0)
    ### END SOLUTION


# %% check="occlusion_map" points=2 why="the fall of the probability"
@expect.check
def check_occlusion_map_fall(occlusion_map):
    # One pixel is worth what the elephant's head was: 0.95 → 0.75; the next 0.95 → 0.50; the last speaks against it
    third, nineteen = np.log([19 / 3, 19])
    small = fixed(
        nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False)), [[0, 0, 0, 0], [third, nineteen, 0, -third]]
    )
    white = tensor([[[1, 1], [1, 1]]])
    rise = 361 / 364 - 0.95
    want = np.array([[0.20, 0.45], [0, -rise]])
    options = {"size": 1, "stride": 1, "batch_size": 3}
    expect.close(
        expect.call(occlusion_map, small, white, 1, **options),
        want,
        "occlusion_map(network, a white 2 × 2 picture, 1, size=1, stride=1)",
        mistakes={
            "this is the fall of the score: take probabilities, the softmax over the classes": [
                [third, nineteen],
                [0, -third],
            ],
            "this is the probability with the window covered: subtract it from the one before": 0.95 - want,
            "you took covered minus uncovered: a fall is positive": -want,
            "the sign is lost: a window that speaks against the class has a negative value": abs(want),
            "this is the fall of the logarithm of the probability": np.log(0.95 / (0.95 - want)),
            "this is the fall as a share of the probability before: take the difference alone": want / 0.95,
            "the last batch is missing: it may be smaller than the others": [[0.20, 0.45], [0, np.nan]],
            "the last batch is missing: it may be smaller than the others, but it counts": [[0.20, 0.45], [0, 0]],
            "there is no softmax, but a sigmoid of each score: softmax compares the classes": lambda: [
                [0.95 - 3 / 4, 0.45],
                [0, 0.95 - 361 / 364],
            ],
        },
    )
    expect.close(
        expect.call(occlusion_map, small, white, 0, **options),
        -want,
        "occlusion_map(network, a white 2 × 2 picture, 0, size=1, stride=1)",
        mistakes={"you explain the likeliest class: `target` says which one is meant": want},
    )
    expect.close(
        expect.call(occlusion_map, small, white, 1, value=1.0, **options),
        np.zeros((2, 2)),
        "occlusion_map of a white picture covered with white, value=1.0",
        mistakes={"you cover with 0, whatever `value` says": want},
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(1202)
    trunk = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout(0.5)]
    trunk += [nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(), nn.Linear(24, 3)]
    deep = drawn(nn.Sequential(*trunk), 12021)
    for target, side in [(0, 2), (2, 3)]:
        picture = tensor(rng.uniform(-1, 1, (3, 6, 2 * side + 4)))
        before = deep(picture[None]).softmax(1)[0, target].item()
        truth = np.zeros(picture.shape[1:])
        for row in range(0, picture.shape[1], side):
            for column in range(0, picture.shape[2], side):
                clone = picture.clone()
                clone[:, row : row + side, column : column + side] = -0.3
                there = (slice(row, row + side), slice(column, column + side))
                truth[there] = before - deep(clone[None]).softmax(1)[0, target].item()
        options = {"size": side, "stride": side, "value": -0.3, "batch_size": 4}
        expect.close(
            expect.call(occlusion_map, deep, picture, target, **options), truth, f"windows of {side}, no overlap"
        )
    ### END HIDDEN TESTS


check_occlusion_map_fall(occlusion_map)


# %% check="occlusion_map" points=2 why="windows: all channels, to the edge, the mean where they overlap"
@expect.check
def check_occlusion_map_windows(occlusion_map):
    # White, 2 channels, 2 × 3 pixels. The three columns multiply the odds by 3, by 38/9 and by 3/2: together 19 to 1
    left, middle, right = np.log([3, 38 / 9, 1.5]) / 4
    small = fixed(nn.Sequential(nn.Flatten(), nn.Linear(12, 2, bias=False)), [[0] * 12, [left, middle, right] * 4])
    white = torch.ones(2, 2, 3, dtype=torch.float64)
    fall = lambda odds: 0.95 - odds / (1 + odds)
    half = fall(np.sqrt([1.5 * 19, 3 * 19]))
    wide = fall(np.array([[1.5, 3, 38 / 3], np.sqrt([1.5 * 19, 3 * 19, 19 * 38 / 3])]))  # 2 rows of 3 windows
    over = [
        [wide[0, 0], wide[0, :2].mean(), wide[0, 1:].mean()],
        [wide[:, 0].mean(), wide[:, :2].mean(), wide[:, 1:].mean()],
    ]
    expect.close(
        expect.call(occlusion_map, small, white, 1, size=2, stride=1),
        [[0.35, 0.275, 0.20]] * 2,
        "occlusion_map(network, a white 2 × 3 picture, 1, size=2, stride=1)",
        mistakes={
            "falls of overlapping windows are added: take their mean": [[0.35, 0.55, 0.20]] * 2,
            "a later window overwrites an earlier one: take the mean of all that cover a pixel": [[0.35, 0.20, 0.20]]
            * 2,
            "the largest fall counts: take the mean of all windows that cover a pixel": [[0.35, 0.35, 0.20]] * 2,
            "one number for each window: give it to all pixels of the window": [[0.35, 0.20]],
            "only the first channel is covered: cover all of them": [[half[0], half.mean(), half[1]]] * 2,
            "there are too many windows: stop as soon as the edge is reached": over,
        },
    )
    expect.close(
        expect.call(occlusion_map, small, white, 1, size=2, stride=2),
        [[0.35, 0.35, fall(38 / 3)]] * 2,
        "occlusion_map(network, a white 2 × 3 picture, 1, size=2, stride=2)",
        mistakes={
            "the strip at the edge is missing: a last window hangs over and is cut off": [[0.35, 0.35, 0]] * 2,
            "the strip at the edge is missing: no window covers it, and 0 / 0 is NaN": [[0.35, 0.35, np.nan]] * 2,
            "the last window is moved back until it fits: let it hang over, and cut it": [[0.35, 0.275, 0.20]] * 2,
        },
    )
    ### BEGIN HIDDEN TESTS
    from captum.attr import Occlusion

    rng = np.random.default_rng(12022)
    for number, (channels, height, width) in enumerate([(1, 7, 10), (3, 9, 6), (2, 5, 5)]):
        trunk = nn.Sequential(nn.Conv2d(channels, 4, (2, 3)), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((2, 2)))
        deep = drawn(nn.Sequential(trunk, nn.Flatten(), nn.Linear(16, 4)), 12023 + number)
        picture = tensor(rng.uniform(-1, 1, (channels, height, width)))
        for size, stride, value, target in [(3, 2, 0.0, 3), (4, 3, 0.5, 0), (5, 5, -1.0, 1), (2, 1, 0.25, 2)]:
            truth = Occlusion(lambda batch, deep=deep: deep(batch).softmax(1)).attribute(
                picture[None],
                sliding_window_shapes=(channels, size, size),
                strides=(channels, stride, stride),
                baselines=value,
                target=target,
            )
            options = {"size": size, "stride": stride, "value": value, "batch_size": 5}
            got = expect.call(occlusion_map, deep, picture, target, **options)
            expect.close(
                got,
                truth[0, 0].detach(),
                f"a {height} × {width} picture, {channels} channels, {options}",
                rtol=1e-5,
                atol=1e-6,
            )
    ### END HIDDEN TESTS


check_occlusion_map_windows(occlusion_map)


# %% check="occlusion_map" points=1 why="batches of the size asked for"
@expect.check
def check_occlusion_map_batches(occlusion_map):
    # A network of many layers that do nothing: each call of it costs many steps, and the steps tell the calls
    lazy = [nn.Identity() for _ in range(80)]
    weights = np.zeros((2, 32))
    weights[1, 0] = np.log(3)
    slow = fixed(nn.Sequential(*lazy, nn.Flatten(), nn.Linear(32, 2, bias=False)), weights.tolist())
    white = torch.ones(1, 4, 8, dtype=torch.float64)
    want = np.zeros((4, 8))
    want[0, 0] = 0.25
    one_call = expect.python_steps(slow, white[None])
    steps = {}
    for batch_size in (32, 4):
        options = {"size": 1, "stride": 1, "batch_size": batch_size}
        expect.close(
            expect.call(occlusion_map, slow, white, 1, **options), want, f"32 windows, batch_size={batch_size}"
        )
        steps[batch_size] = expect.python_steps(occlusion_map, slow, white, 1, **options)
    expect.that(
        steps[32] < 8 * one_call,
        "with batch_size=32, all 32 windows fit into one call of the model; you call it once for each window, or for a "
        "few of them.",
    )
    expect.that(
        steps[4] > steps[32] + 4 * one_call,
        "with batch_size=4, 32 windows need 8 calls of the model; you make as many calls as with batch_size=32.\n"
        "A large picture has thousands of windows: together they do not fit into memory.",
    )
    single = nn.Sequential(nn.Unflatten(0, (1, 1)), nn.Flatten(0, 1), nn.Flatten(), nn.Linear(4, 2, bias=False))
    fixed(single, weights[:, :4].tolist())
    try:
        got = expect.call(occlusion_map, single, white[:, :2, :2], 1, size=1, stride=1, batch_size=1)
    except RuntimeError as error:
        raise expect.Mismatch(
            f"with batch_size=1, a network that reads one picture at a time stopped ({error}).\n"
            "Likely reason: it got more than `batch_size` pictures. The uncovered one counts too."
        ) from error
    expect.close(got, want[:2, :2], "4 windows, batch_size=1")
    ### BEGIN HIDDEN TESTS
    frozen = fixed(nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False)), weights[:, :4].tolist())
    frozen.float().requires_grad_(False)
    got = expect.call(occlusion_map, frozen, torch.ones(1, 2, 2), 1, size=1, stride=1)
    expect.close(got, want[:2, :2], "a float32 picture and a frozen network", rtol=1e-5, atol=1e-6)
    expect.equal(str(torch.as_tensor(got).dtype), "torch.float32", "the dtype of the map of a float32 picture")
    ### END HIDDEN TESTS


check_occlusion_map_batches(occlusion_map)


# %% wrong="occlusion_map" why="fall of the score, without softmax" keyword="fall of the score"
def occlusion_map__score(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, h, w = image.shape
    masks = torch.zeros(0, 1, h, w, dtype=torch.bool)
    for r in range(0, h - size + stride, stride):
        for c in range(0, w - size + stride, stride):
            mask = torch.zeros(1, 1, h, w, dtype=torch.bool)
            mask[..., r : r + size, c : c + size] = True
            masks = torch.cat([masks, mask])
    scores = torch.cat([model(torch.where(m, value, image)).detach() for m in masks.split(batch_size)])[:, target]
    drops = model(image[None])[0, target].detach() - scores
    return (drops[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="covered minus uncovered" keyword="you took covered minus uncovered"
def occlusion_map__sign(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, h, w = image.shape
    corners = [(r, c) for r in range(0, h - size + stride, stride) for c in range(0, w - size + stride, stride)]
    masks = torch.zeros(len(corners), 1, h, w, dtype=torch.bool)
    for k, (r, c) in enumerate(corners):
        masks[k, 0, r : r + size, c : c + size] = True
    batches = [torch.where(some, value, image) for some in masks.split(batch_size)]
    left = torch.cat([model(some).detach().softmax(1)[:, target] for some in batches])
    drops = left - model(image[None]).detach().softmax(1)[:, target]
    return (drops[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="reports the probability that is left" keyword="probability with the window covered"
def occlusion_map__left_over(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, h, w = image.shape
    corners = [(r, c) for r in range(0, h - size + stride, stride) for c in range(0, w - size + stride, stride)]
    masks = torch.zeros(len(corners), 1, h, w, dtype=torch.bool)
    for k, (r, c) in enumerate(corners):
        masks[k, 0, r : r + size, c : c + size] = True
    batches = [torch.where(some, value, image) for some in masks.split(batch_size)]
    left = torch.cat([model(some).detach().softmax(1)[:, target] for some in batches])
    drops = left
    return (drops[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="thinks that importance has no sign" keyword="sign is lost"
def occlusion_map__magnitude(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, h, w = image.shape
    corners = [(r, c) for r in range(0, h - size + stride, stride) for c in range(0, w - size + stride, stride)]
    masks = torch.zeros(len(corners), 1, h, w, dtype=torch.bool)
    for k, (r, c) in enumerate(corners):
        masks[k, 0, r : r + size, c : c + size] = True
    batches = [torch.where(some, value, image) for some in masks.split(batch_size)]
    left = torch.cat([model(some).detach().softmax(1)[:, target] for some in batches])
    drops = (model(image[None]).detach().softmax(1)[:, target] - left).abs()
    return (drops[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="explains the likeliest class" keyword="likeliest class"
def occlusion_map__likeliest(model, image, target, *, size, stride, value=0.0, batch_size=32):
    target = int(model(image[None]).argmax())
    _, h, w = image.shape
    corners = [(r, c) for r in range(0, h - size + stride, stride) for c in range(0, w - size + stride, stride)]
    masks = torch.zeros(len(corners), 1, h, w, dtype=torch.bool)
    for k, (r, c) in enumerate(corners):
        masks[k, 0, r : r + size, c : c + size] = True
    batches = [torch.where(some, value, image) for some in masks.split(batch_size)]
    left = torch.cat([model(some).detach().softmax(1)[:, target] for some in batches])
    drops = model(image[None]).detach().softmax(1)[:, target] - left
    return (drops[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="always covers with zeros" keyword="whatever `value` says"
def occlusion_map__zeros(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, h, w = image.shape
    corners = [(r, c) for r in range(0, h - size + stride, stride) for c in range(0, w - size + stride, stride)]
    masks = torch.zeros(len(corners), 1, h, w, dtype=torch.bool)
    for k, (r, c) in enumerate(corners):
        masks[k, 0, r : r + size, c : c + size] = True
    batches = [torch.where(some, 0.0, image) for some in masks.split(batch_size)]
    left = torch.cat([model(some).detach().softmax(1)[:, target] for some in batches])
    drops = model(image[None]).detach().softmax(1)[:, target] - left
    return (drops[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="adds up where windows overlap" keyword="are added"
def occlusion_map__sum(model, image, target, *, size, stride, value=0.0, batch_size=32):
    before, total = model(image[None]).softmax(1)[0, target].detach(), torch.zeros_like(image[0])
    corners = [
        (r, c)
        for r in range(0, image.shape[1] - size + stride, stride)
        for c in range(0, image.shape[2] - size + stride, stride)
    ]
    for start in range(0, len(corners), batch_size):
        some = corners[start : start + batch_size]
        pictures = image.repeat(len(some), 1, 1, 1)
        for picture, (r, c) in zip(pictures, some, strict=True):
            picture[:, r : r + size, c : c + size] = value
        for p, (r, c) in zip(model(pictures).softmax(1)[:, target].detach(), some, strict=True):
            total[r : r + size, c : c + size] += before - p
    return total


# %% wrong="occlusion_map" why="the last window that covers a pixel counts" keyword="overwrites an earlier one"
def occlusion_map__last_wins(model, image, target, *, size, stride, value=0.0, batch_size=32):
    before, heat = model(image[None]).softmax(1)[0, target].detach(), torch.zeros_like(image[0])
    corners = [
        (r, c)
        for r in range(0, image.shape[1] - size + stride, stride)
        for c in range(0, image.shape[2] - size + stride, stride)
    ]
    for start in range(0, len(corners), batch_size):
        some = corners[start : start + batch_size]
        pictures = image.repeat(len(some), 1, 1, 1)
        for picture, (r, c) in zip(pictures, some, strict=True):
            picture[:, r : r + size, c : c + size] = value
        for p, (r, c) in zip(model(pictures).softmax(1)[:, target].detach(), some, strict=True):
            heat[r : r + size, c : c + size] = before - p
    return heat


# %% wrong="occlusion_map" why="whole windows only, so a strip at the edge is never covered" keyword="strip at the edge"
def occlusion_map__whole_windows(model, image, target, *, size, stride, value=0.0, batch_size=32):
    before = model(image[None]).softmax(1)[0, target].detach()
    total, count = torch.zeros_like(image[0]), torch.zeros_like(image[0])
    corners = [
        (r, c) for r in range(0, image.shape[1] - size + 1, stride) for c in range(0, image.shape[2] - size + 1, stride)
    ]
    for start in range(0, len(corners), batch_size):
        some = corners[start : start + batch_size]
        pictures = image.repeat(len(some), 1, 1, 1)
        for picture, (r, c) in zip(pictures, some, strict=True):
            picture[:, r : r + size, c : c + size] = value
        for p, (r, c) in zip(model(pictures).softmax(1)[:, target].detach(), some, strict=True):
            total[r : r + size, c : c + size] += before - p
            count[r : r + size, c : c + size] += 1
    return total / count.clamp(min=1)


# %% wrong="occlusion_map" why="windows begin at every multiple of the stride" keyword="too many windows"
def occlusion_map__hangs_over(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, h, w = image.shape
    masks = torch.zeros(0, 1, h, w, dtype=torch.bool)
    for r in range(0, h, stride):
        for c in range(0, w, stride):
            mask = torch.zeros(1, 1, h, w, dtype=torch.bool)
            mask[..., r : r + size, c : c + size] = True
            masks = torch.cat([masks, mask])
    left = torch.cat([model(torch.where(m, value, image)).detach().softmax(1) for m in masks.split(batch_size)])
    drops = model(image[None]).softmax(1)[0, target].detach() - left[:, target]
    return (drops[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="covers the red channel only" keyword="only the first channel"
def occlusion_map__first_channel(model, image, target, *, size, stride, value=0.0, batch_size=32):
    before = model(image[None]).softmax(1)[0, target].detach()
    total, count = torch.zeros_like(image[0]), torch.zeros_like(image[0])
    corners = [
        (r, c)
        for r in range(0, image.shape[1] - size + stride, stride)
        for c in range(0, image.shape[2] - size + stride, stride)
    ]
    for start in range(0, len(corners), batch_size):
        some = corners[start : start + batch_size]
        pictures = image.repeat(len(some), 1, 1, 1)
        for picture, (r, c) in zip(pictures, some, strict=True):
            picture[0, r : r + size, c : c + size] = value
        for p, (r, c) in zip(model(pictures).softmax(1)[:, target].detach(), some, strict=True):
            total[r : r + size, c : c + size] += before - p
            count[r : r + size, c : c + size] += 1
    return total / count


# %% wrong="occlusion_map" why="drops the last batch when it is not full" keyword="last batch is missing"
def occlusion_map__last_batch(model, image, target, *, size, stride, value=0.0, batch_size=32):
    before = model(image[None]).softmax(1)[0, target].detach()
    total, count = torch.zeros_like(image[0]), torch.zeros_like(image[0])
    corners = [
        (r, c)
        for r in range(0, image.shape[1] - size + stride, stride)
        for c in range(0, image.shape[2] - size + stride, stride)
    ]
    for number in range(len(corners) // batch_size):
        some = corners[number * batch_size : (number + 1) * batch_size]
        pictures = image.repeat(len(some), 1, 1, 1)
        for picture, (r, c) in zip(pictures, some, strict=True):
            picture[:, r : r + size, c : c + size] = value
        for p, (r, c) in zip(model(pictures).softmax(1)[:, target].detach(), some, strict=True):
            total[r : r + size, c : c + size] += before - p
            count[r : r + size, c : c + size] += 1
    return total / count


# %% wrong="occlusion_map" why="one call of the model for each window" keyword="once for each window"
def occlusion_map__one_by_one(model, image, target, *, size, stride, value=0.0, batch_size=32):
    before = model(image[None]).softmax(1)[0, target].detach()
    total, count = torch.zeros_like(image[0]), torch.zeros_like(image[0])
    for r in range(0, image.shape[1] - size + stride, stride):
        for c in range(0, image.shape[2] - size + stride, stride):
            there = (slice(r, r + size), slice(c, c + size))
            picture = image.clone()
            picture[:, *there] = value
            total[there] += before - model(picture[None]).softmax(1)[0, target].detach()
            count[there] += 1
    return total / count


# %% wrong="occlusion_map" why="all windows in one call, whatever the batch size" keyword="as many calls as"
def occlusion_map__all_at_once(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, h, w = image.shape
    corners = [(r, c) for r in range(0, h - size + stride, stride) for c in range(0, w - size + stride, stride)]
    masks = torch.zeros(len(corners), 1, h, w, dtype=torch.bool)
    for k, (r, c) in enumerate(corners):
        masks[k, 0, r : r + size, c : c + size] = True
    batches = [torch.where(some, value, image) for some in masks.split(len(masks))]
    left = torch.cat([model(some).detach().softmax(1)[:, target] for some in batches])
    drops = model(image[None]).detach().softmax(1)[:, target] - left
    return (drops[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="a few windows at a time, whatever the batch size" keyword="a few of them"
def occlusion_map__few(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, height, width = image.shape
    corners = [
        (r, c) for r in range(0, height - size + stride, stride) for c in range(0, width - size + stride, stride)
    ]
    masks = torch.zeros(len(corners), 1, height, width, dtype=torch.bool)
    for mask, (r, c) in zip(masks, corners, strict=True):
        mask[:, r : r + size, c : c + size] = True
    batches = [torch.where(some, value, image) for some in masks.split(min(batch_size, 3))]
    left = torch.cat([model(batch).detach().softmax(1)[:, target] for batch in batches])
    falls = model(image[None]).detach().softmax(1)[0, target] - left
    return (falls[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="puts the uncovered picture on top of a full batch" keyword="uncovered one counts"
def occlusion_map__one_more(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, height, width = image.shape
    corners = [
        (r, c) for r in range(0, height - size + stride, stride) for c in range(0, width - size + stride, stride)
    ]
    masks = torch.zeros(len(corners), 1, height, width, dtype=torch.bool)
    for mask, (r, c) in zip(masks, corners, strict=True):
        mask[:, r : r + size, c : c + size] = True
    falls = []
    for some in masks.split(batch_size):
        sure = model(torch.cat([image[None], torch.where(some, value, image)])).detach().softmax(1)[:, target]
        falls.append(sure[0] - sure[1:])
    return (torch.cat(falls)[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% wrong="occlusion_map" why="computes in float64 whatever the picture is" keyword="torch.float64"
def occlusion_map__dtype(model, image, target, *, size, stride, value=0.0, batch_size=32):
    _, height, width = image.shape
    corners = [
        (r, c) for r in range(0, height - size + stride, stride) for c in range(0, width - size + stride, stride)
    ]
    masks = torch.zeros(len(corners), 1, height, width, dtype=torch.bool)
    for mask, (r, c) in zip(masks, corners, strict=True):
        mask[:, r : r + size, c : c + size] = True
    batches = [torch.where(some, value, image) for some in masks.split(batch_size)]
    left = torch.cat([model(batch).detach().softmax(1)[:, target] for batch in batches])
    falls = (model(image[None]).detach().softmax(1)[0, target] - left).double()
    return (falls[:, None, None] * masks[:, 0]).sum(0) / masks[:, 0].sum(0)


# %% right="occlusion_map" why="lists of corners, copies of the picture, sums and counts"
def occlusion_map__corners(model, image, target, *, size, stride, value=0.0, batch_size=32):
    before = model(image[None]).softmax(1)[0, target].item()
    total, count = (torch.zeros_like(image[0]) for _ in range(2))
    steps = [-(-(side - size) // stride) + 1 for side in image.shape[1:]]
    corners = [(stride * r, stride * c) for r in range(steps[0]) for c in range(steps[1])]
    while corners:
        some, corners = corners[:batch_size], corners[batch_size:]
        pictures = image.repeat(len(some), 1, 1, 1)
        for picture, (r, c) in zip(pictures, some, strict=True):
            picture[:, r : r + size, c : c + size] = value
        for p, (r, c) in zip(model(pictures).softmax(1)[:, target].tolist(), some, strict=True):
            total[r : r + size, c : c + size] += before - p
            count[r : r + size, c : c + size] += 1
    return total / count


# %% right="occlusion_map" why="matrices: which pixels a window covers, in rows and in columns"
def occlusion_map__matrices(model, image, target, *, size, stride, value=0.0, batch_size=32):
    bands = []
    for side in image.shape[1:]:
        start = torch.arange(0, side - size + stride, stride)[:, None]
        pixel = torch.arange(side)
        bands.append(((pixel >= start) & (pixel < start + size)).to(image.dtype))
    masks = torch.einsum("ah,bw->abhw", *bands).flatten(0, 1)
    pictures = image * (1 - masks[:, None]) + value * masks[:, None]
    both = [model(some).detach().softmax(1)[:, target] for some in [image[None], *pictures.split(batch_size)]]
    falls = both[0] - torch.cat(both[1:])
    return torch.tensordot(falls, masks, 1) / masks.sum(0)


# %% [markdown]
# Cover the coffee and the rocket with gray windows, `size=64` and `stride=32`: 36 windows each. The photograph is lit
# where covering it lowers the probability. The espresso begins at 0.95, as the elephant of the slides did. Which part
# of it does the network need?

# %%
# Figure · what may not be covered


def lit(photo, heat):
    """Return a photograph as it is where the map is high, and dark where it is low."""
    heat = np.asarray(heat.detach(), dtype=float)
    share = np.clip(heat / max(heat.max(), 1e-12), 0, 1)
    return models.to_photo(photo) * (0.15 + 0.85 * share[..., None])


with expect.written():
    pictures, titles = [], []
    for name in ("coffee", "rocket"):
        target = int(network(photos[name]).argmax())
        heat = occlusion_map(network, photos[name][0], target, size=64, stride=32, batch_size=12)
        pictures += [models.to_photo(photos[name]), heat.numpy(), lit(photos[name], heat)]
        titles += [class_names[target], f"fall, {heat.min():.2f} … {heat.max():.2f}", "lit where it falls"]
    plot.grid(
        pictures,
        titles,
        alt="The cup and the rocket, each with its occlusion map and lit by it. The maps are coarse squares. The "
        "largest falls lie on the cup's rim and inside it, and on the rocket's head; near the lights at the bottom of "
        "the rocket's picture, covering makes the class likelier.",
        columns=3,
    )

# %% [markdown]
# ### 3 · Follow the gradient to the pixels  ·  4 points  ·  20 min  ·  ●●○ difficulty
#
# Covering takes a forward pass for each window. The gradient takes one backward pass for all pixels: how much would
# the score of a class change, if this pixel changed a little? (Simonyan, Vedaldi & Zisserman 2014)
#
# $$M_{n,r,c} = \max_k \left|\frac{\partial S_{t_n}(I_n)}{\partial I_{n,k,r,c}}\right|$$
#
# Write `gradient_saliency(model, images, targets)`.
#
# Conventions, and what others do: $S$ is the **score**, before softmax. The gradient of the probability mixes all
# classes, and vanishes where the network is sure. The absolute value comes first, then the **maximum** over the
# channels; some take the sum. Nothing is scaled to 0 … 1.
#
# One backward pass is enough for the whole batch. In evaluation mode the score of one image depends on the pixels of
# that image only. So what is the gradient of the **sum** of all the scores?
#
# This network may come **in training mode**. Then Dropout would hide random units, and BatchNorm would mix the images
# and update its statistics. Look at it in evaluation mode, and give every part the mode back that it had. Some parts
# may have been in evaluation mode already.
#
# | argument | shape | |
# |---|---|---|
# | `model` | | gives scores `(N, K)`; any mode, some weights may be frozen |
# | `images` | `(N, C, H, W)` | floats; may require a gradient or not, and the caller's tensor stays so |
# | `targets` | `(N,)` | int64, the class of each image |
# | returns | `(N, H, W)` | nowhere below zero |
#
# <details><summary>Hint 1: what needs a gradient</summary>
# The pixels, not the weights. Make a clone of the images that requires a gradient. <code>torch.autograd.grad</code>
# returns the gradient you ask for and fills no <code>.grad</code> of any weight; <code>backward()</code> fills them
# all.
# </details>
# <details><summary>Hint 2: one score from each row</summary>
# <code>scores[:, targets]</code> takes all the targets from every row. You want target 0 from row 0, target 1 from row
# 1: <code>gather</code>, or two index tensors.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Note the mode of every module in a dict. Set evaluation mode. In a <code>try</code>: clone, forward, sum of the
# targets' scores, gradient with respect to the clone. In the <code>finally</code>: each module gets its mode back. At
# last the absolute value, then the maximum over axis 1.
# </details>


# %% solution="gradient_saliency"
def gradient_saliency(model, images, targets):
    """Return the largest |∂ score of the target / ∂ pixel| over the channels, for images (N, C, H, W): (N, H, W)."""
    ### BEGIN SOLUTION
    modes = {module: module.training for module in model.modules()}
    try:
        model.train(mode=False)
        pixels = images.detach().clone().requires_grad_()
        score = model(pixels).gather(1, targets[:, None]).sum()
        (slope,) = torch.autograd.grad(score, pixels)
    finally:
        for module, mode in modes.items():
            module.training = mode
    return slope.abs().amax(dim=1)
    ### END SOLUTION


# %% check="gradient_saliency" points=2 why="the gradient of the target's score"
@expect.check
def check_gradient_saliency_values(gradient_saliency):
    # Two channels, one row of two pixels. The network is linear, so its weights are the gradients
    weights = np.array([[[1, -4], [-3, 3]], [[0.5, 0], [-0.25, -1]], [[10, 0], [0, 10]]])
    small = fixed(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), weights.tolist(), [1e-10, 0, 0])
    black = torch.zeros(2, 2, 1, 2, dtype=torch.float64)
    chosen = weights[[1, 0]][:, :, None]  # the weights of both targets: (2 images, 2 channels, 1, 2)
    centred = (weights - weights.mean(0))[[1, 0]][:, :, None]
    expect.close(
        expect.call(gradient_saliency, small, black, torch.tensor([1, 0])),
        [[[0.5, 1]], [[3, 4]]],
        "gradient_saliency(network, two images, targets 1 and 0)",
        mistakes={
            "the absolute value is missing: a strong negative gradient matters as much": chosen.max(axis=1),
            "this is the sum over the channels: take the maximum": abs(chosen).sum(axis=1),
            "this is the mean over the channels: take the maximum": abs(chosen).mean(axis=1),
            "the channels were added before the absolute value: they cancel": abs(chosen.sum(axis=1)),
            "this is the gradient of the probability: take the score, before softmax": abs(centred).max(axis=1) / 3,
            "this is the gradient of the log-probability (cross-entropy): take the score": abs(centred).max(axis=1),
            "the sum runs over the scores of all classes: take the target's alone": [[[11.5, 12]], [[11.5, 12]]],
            "every image got the scores of all targets: row n wants target n alone": [[[3.25, 4]], [[3.25, 4]]],
            "every image got the target of the first one": [[[0.5, 1]], [[0.5, 1]]],
            "you explain the class with the highest score: `targets` says which ones are meant": [[[3, 4]], [[3, 4]]],
            "the mean of the scores divides every gradient by the size of the batch": [[[0.25, 0.5]], [[1.5, 2]]],
            "every map is scaled to 1: leave the gradients as they are": [[[0.5, 1]], [[0.75, 1]]],
            "this is the gradient of every channel: take the maximum over axis 1": abs(chosen),
            "this is the gradient itself: its absolute value, then the maximum over axis 1": chosen,
        },
    )
    ### BEGIN HIDDEN TESTS
    from captum.attr import Saliency

    rng = np.random.default_rng(1203)
    for count, channels, height, width in [(1, 1, 7, 9), (4, 3, 10, 6), (3, 2, 6, 6)]:
        trunk = [nn.Conv2d(channels, 5, 3, stride=2), nn.BatchNorm2d(5), nn.ReLU(inplace=True), nn.Dropout(0.4)]
        deep = drawn(
            nn.Sequential(nn.Sequential(*trunk), nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(20, 4)), count
        )
        pictures = tensor(rng.uniform(-1, 1, (count, channels, height, width)))
        classes = torch.from_numpy(rng.integers(0, 4, count))
        truth = Saliency(deep).attribute(pictures.clone().requires_grad_(), target=classes).amax(1)
        expect.close(expect.call(gradient_saliency, deep, pictures, classes), truth, f"{count} images {pictures.shape}")
    ### END HIDDEN TESTS


check_gradient_saliency_values(gradient_saliency)


# %% check="gradient_saliency" points=2 why="evaluation mode inside, everything as before outside"
@expect.check
def check_gradient_saliency_clean(gradient_saliency):
    forgetful = nn.Sequential(nn.Dropout(1.0), nn.Flatten(), nn.Linear(2, 2, bias=False))  # in training all goes
    fixed(forgetful, [[3, -4], [1, 2]]).train()
    frozen = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(2, 2, bias=False))
    fixed(frozen, [1], [0], [[3, -4], [1, 2]])
    frozen.train()
    frozen[0].eval()
    frozen[0].weight.requires_grad_(False)
    images = tensor([[[[5, 6]]], [[[7, -8]]]])
    expect.close(
        expect.call(gradient_saliency, forgetful, images, torch.tensor([0, 1])),
        [[[3, 4]], [[1, 2]]],
        "gradient_saliency of a network that came in training mode, with Dropout",
        mistakes={"Dropout was at work: look at the network in evaluation mode": np.zeros((2, 1, 2))},
    )
    expect.close(
        expect.call(gradient_saliency, frozen, images, torch.tensor([0, 1])),
        np.array([[[3, 4]], [[1, 2]]]) / np.sqrt(1 + 1e-5),
        "gradient_saliency of a network in training mode, one part of it in evaluation mode",
    )
    survives_error(gradient_saliency, forgetful, torch.ones(1, 1, 2, 2, dtype=torch.float64), torch.tensor([0]))
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(12031)
    trunk = nn.Sequential(nn.Conv2d(2, 4, 2), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout2d(0.5), nn.Conv2d(4, 3, 2))
    deep = drawn(nn.Sequential(trunk, nn.Flatten(), nn.Dropout(0.5), nn.Linear(18, 3)), 12032)
    pictures, classes = tensor(rng.uniform(-1, 1, (3, 2, 4, 5))), torch.tensor([2, 0, 1])
    step = 1e-6
    truth = torch.zeros_like(pictures)
    for place in np.ndindex(*pictures.shape[1:]):
        there = (slice(None), *place)
        up, down = pictures.clone(), pictures.clone()
        up[there] += step
        down[there] -= step
        difference = (deep(up) - deep(down)).detach() / (2 * step)
        truth[there] = difference[torch.arange(3), classes]
    deep.train()
    trunk[1].eval()
    filled = copy.deepcopy(deep)
    for parameter in filled.parameters():
        parameter.grad = torch.ones_like(parameter)
    gradient_saliency(filled, pictures, classes)
    expect.that(
        all(parameter.grad is not None and bool((parameter.grad == 1).all()) for parameter in filled.parameters()),
        "a `.grad` that the caller had filled is changed or gone: `torch.autograd.grad(score, images)` touches none",
    )
    got = expect.call(gradient_saliency, deep, pictures.requires_grad_(), classes)
    expect.close(
        got, truth.abs().amax(1), "a network in training mode, against finite differences", rtol=1e-5, atol=1e-7
    )
    ### END HIDDEN TESTS


check_gradient_saliency_clean(gradient_saliency)


# %% wrong="gradient_saliency" why="gradient of the probability" keyword="gradient of the probability"
def gradient_saliency__probability(model, images, targets):
    x = images.clone().requires_grad_()
    chosen = model(x).softmax(1)[range(len(x)), targets].sum()
    return torch.autograd.grad(chosen, x)[0].abs().amax(1)


# %% wrong="gradient_saliency" why="gradient of the loss, as in training" keyword="cross-entropy"
def gradient_saliency__loss(model, images, targets):
    x = images.clone().requires_grad_()
    loss = nn.functional.cross_entropy(model(x), targets, reduction="sum")
    return torch.autograd.grad(loss, x)[0].abs().amax(1)


# %% wrong="gradient_saliency" why="maximum of the signed gradient" keyword="absolute value is missing"
def gradient_saliency__signed(model, images, targets):
    x = images.clone().requires_grad_()
    return torch.autograd.grad(model(x)[range(len(x)), targets].sum(), x)[0].amax(1)


# %% wrong="gradient_saliency" why="sum over the channels" keyword="sum over the channels"
def gradient_saliency__channel_sum(model, images, targets):
    x = images.clone().requires_grad_()
    return torch.autograd.grad(model(x)[range(len(x)), targets].sum(), x)[0].abs().sum(1)


# %% wrong="gradient_saliency" why="indexes columns, not pairs" keyword="scores of all targets"
def gradient_saliency__columns(model, images, targets):
    x = images.clone().requires_grad_()
    return torch.autograd.grad(model(x)[:, targets].sum(), x)[0].abs().amax(1)


# %% wrong="gradient_saliency" why="explains the likeliest class" keyword="highest score"
def gradient_saliency__likeliest(model, images, targets):
    x = images.clone().requires_grad_()
    return torch.autograd.grad(model(x).max(dim=1).values.sum(), x)[0].abs().amax(1)


# %% wrong="gradient_saliency" why="mean of the scores instead of their sum" keyword="by the size of the batch"
def gradient_saliency__mean(model, images, targets):
    x = images.clone().requires_grad_()
    return torch.autograd.grad(model(x)[range(len(x)), targets].mean(), x)[0].abs().amax(1)


# %% wrong="gradient_saliency" why="scales each map to 1" keyword="scaled to 1"
def gradient_saliency__scaled(model, images, targets):
    x = images.clone().requires_grad_()
    heat = torch.autograd.grad(model(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1)
    return heat / heat.amax((1, 2), keepdim=True)


# %% wrong="gradient_saliency" why="backward() fills the gradients of the weights" keyword="left a gradient"
def gradient_saliency__backward(model, images, targets):
    x = images.clone().requires_grad_()
    model(x)[range(len(x)), targets].sum().backward()
    return x.grad.abs().amax(1)


# %% wrong="gradient_saliency" why="changes the caller's tensor" keyword="switched on `requires_grad`"
def gradient_saliency__callers_tensor(model, images, targets):
    images.requires_grad_()
    chosen = model(images)[range(len(images)), targets].sum()
    return torch.autograd.grad(chosen, images)[0].abs().amax(1)


# %% wrong="gradient_saliency" why="works in whatever mode the network came in" keyword="Dropout was at work"
def gradient_saliency__any_mode(model, images, targets):
    x = images.clone().requires_grad_()
    return torch.autograd.grad(model(x).gather(1, targets[:, None]).sum(), x)[0].abs().amax(1)


# %% wrong="gradient_saliency" why="leaves the network in evaluation mode" keyword="in another mode"
def gradient_saliency__mode_left(model, images, targets):
    x, network = images.clone().requires_grad_(), model.eval()
    return torch.autograd.grad(network(x).gather(1, targets[:, None]).sum(), x)[0].abs().amax(1)


# %% wrong="gradient_saliency" why="gives all parts the mode of the whole" keyword="in another mode"
def gradient_saliency__one_mode_for_all(model, images, targets):
    x, outer = images.clone().requires_grad_(), model.training
    network = model.eval()
    heat = torch.autograd.grad(network(x).gather(1, targets[:, None]).sum(), x)[0].abs().amax(1)
    model.train(outer)
    return heat


# %% wrong="gradient_saliency" why="gives the modes back only when nothing goes wrong" keyword="stops with an error"
def gradient_saliency__no_finally(model, images, targets):
    modes = {part: part.training for part in model.modules()}
    slope = torch.func.grad(lambda x: model.eval()(x)[range(len(x)), targets].sum())(images.detach())
    for unit, was in modes.items():
        unit.training = was
    return slope.abs().amax(1)


# %% wrong="gradient_saliency" why="wipes the gradients it has filled" keyword="caller had filled"
def gradient_saliency__zero_grad(model, images, targets):
    modes, x = {part: part.training for part in model.modules()}, images.detach().clone().requires_grad_()
    try:
        model.eval()(x)[range(len(x)), targets].sum().backward()
    finally:
        model.zero_grad()
        for unit, was in modes.items():
            unit.training = was
    return x.grad.abs().amax(1)


# %% wrong="gradient_saliency" why="switches the caller's tensor on and off" keyword="switched off `requires_grad`"
def gradient_saliency__on_and_off(model, images, targets):
    modes = {part: part.training for part in model.modules()}
    try:
        score = model.eval()(images.requires_grad_())[range(len(images)), targets].sum()
        return torch.autograd.grad(score, images)[0].abs().amax(1)
    finally:
        images.requires_grad_(False)
        for unit, was in modes.items():
            unit.training = was


# %% right="gradient_saliency" why="a copy of the network, image by image"
def gradient_saliency__one_by_one(model, images, targets):
    twin, heats = copy.deepcopy(model).eval(), []
    for image, target in zip(images, targets, strict=True):
        x = image[None].detach().clone().requires_grad_()
        twin(x)[0, target].backward()
        heats.append(x.grad[0].abs().max(dim=0).values)
    return torch.stack(heats)


# %% right="gradient_saliency" why="vector-Jacobian product with one-hot targets"
def gradient_saliency__one_hot(model, images, targets):
    twin = copy.deepcopy(model).eval()
    x = images.clone().requires_grad_()
    scores = twin(x)
    picks = nn.functional.one_hot(targets, scores.shape[1]).to(scores.dtype)
    (slopes,) = torch.autograd.grad(scores, x, grad_outputs=picks)
    return torch.maximum(slopes, -slopes).max(dim=1)[0]


# %% [markdown]
# One backward pass for each photograph. The maps look like fine dust, denser in some parts of the object, and not at
# all like what you would draw. Why so noisy? A ReLU network is cut into many linear pieces, and the gradient sees only
# the piece that the picture lies in.

# %%
# Figure · one backward pass

with expect.written():
    batch = torch.cat([photos[name] for name in ("cat", "coffee", "rocket")])
    heats = gradient_saliency(network, batch, network(batch).argmax(dim=1)).numpy()
    plot.grid(
        [models.to_photo(image) for image in batch] + [np.clip(h / np.quantile(h, 0.99), 0, 1) for h in heats],
        ["cat", "coffee", "rocket"] + ["gradient saliency"] * 3,
        alt="Three photographs and their gradient saliency: white dust on black. It is densest on the cat's nose and "
        "below, inside the cup, and around the rocket; the rim of the cup stays dark.",
        columns=3,
    )

# %% [markdown]
# ### 4 · Three rules for one ReLU  ·  5 points  ·  30 min  ·  ●●● difficulty
#
# Three famous pictures of what a network sees differ in one place only: what a ReLU does with the gradient on its way
# back. Let $x$ be what went into the ReLU, and $g$ the gradient that arrives from above.
#
# | rule | passes down | in words |
# |---|---|---|
# | `"gradient"` | $g \cdot [x > 0]$ | the true derivative: nothing passes where the ReLU was closed |
# | `"deconvnet"` | $g \cdot [g > 0]$ | a ReLU for the gradient; what $x$ was does not matter (Zeiler & Fergus 2014) |
# | `"guided"` | $g \cdot [x > 0] \cdot [g > 0]$ | both masks (Springenberg et al. 2015) |
#
# All four cases in one line: $x = (2, -1, 3, -5)$ and $g = (1, 1, -1, -1)$ give $(1, 0, -1, 0)$, then $(1, 1, 0, 0)$,
# then $(1, 0, 0, 0)$.
#
# Write `relu_saliency(model, images, targets, rule)`. It returns what arrives at the pixels, with all channels and
# **with its sign**. Every ReLU of the network obeys the rule, however deep in blocks it lies, and ReLU6 too. ReLU6 is
# flat above 6, so there $[x > 0]$ becomes $[0 < x < 6]$; the deconvnet does not look at $x$ at all.
#
# PyTorch's tool is `module.register_full_backward_hook(hook)`. It calls `hook(module, grad_inputs, grad_outputs)` on
# the way back: `grad_outputs[0]` is $g$, `grad_inputs[0]` is what the module would pass down, $g \cdot [x > 0]$. The
# tuple that you return passes down in its place. Two traps: hooks stay until they are removed; and they do not go with
# **in-place** modules, where PyTorch stops with an error.
#
# | argument | shape | |
# |---|---|---|
# | `model` | | in evaluation mode; ReLUs are `nn.ReLU` or `nn.ReLU6`, some in-place, some used several times |
# | `images` | `(N, C, H, W)` | floats |
# | `targets` | `(N,)` | int64, the class of each image |
# | `rule` | a string | one of the three; anything else is a `ValueError` |
# | returns | `(N, C, H, W)` | |
#
# <details><summary>Hint 1: the traps at once</summary>
# Do it on a deep copy of the model. There you may set <code>inplace</code> to False, and hooks need no removal: they
# go with the copy.
# </details>
# <details><summary>Hint 2: which hook for which rule</summary>
# Two of the three rules need a hook, each of one line: cut off what is negative, with <code>clamp(min=0)</code>. One
# rule cuts what arrived, the other what the ReLU would pass down. Which is which?
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Refuse an unknown rule first. Go through <code>modules()</code>, which finds those in blocks too, and pick with
# <code>isinstance</code> and both classes. Then it is the gradient of the summed target scores, as in exercise 3,
# without the absolute value and without the maximum.
# </details>


# %% solution="relu_saliency"
def relu_saliency(model, images, targets, rule):
    """Return what arrives at the pixels (N, C, H, W) when every ReLU sends the gradient back by the rule."""
    ### BEGIN SOLUTION
    if rule not in ("gradient", "deconvnet", "guided"):
        raise ValueError(f'rule is "gradient", "deconvnet" or "guided", got {rule!r}')
    twin = copy.deepcopy(model)
    for module in twin.modules():
        if isinstance(module, nn.ReLU | nn.ReLU6):
            module.inplace = False
            if rule == "deconvnet":
                module.register_full_backward_hook(lambda _, passed, arrived: (arrived[0].clamp(min=0),))
            elif rule == "guided":
                module.register_full_backward_hook(lambda _, passed, arrived: (passed[0].clamp(min=0),))
    pixels = images.detach().clone().requires_grad_()
    score = twin(pixels).gather(1, targets[:, None]).sum()
    return torch.autograd.grad(score, pixels)[0]
    ### END SOLUTION


# %% check="relu_saliency" points=3 why="the three rules"
@expect.check
def check_relu_saliency_rules(relu_saliency):
    # The convolution multiplies by −2, so the ReLU sees the x of the text; the linear layer sends the g of the text
    small = fixed(
        nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2, bias=False)),
        [-2],
        [[1, 1, -1, -1], [-1, 3, 1, -2]],
    )
    images = tensor([[[[-1, 0.5, -1.5, 2.5]]], [[[1, -0.5, 1.5, -2.5]]]])
    down = {
        "gradient": [[[[1, 0, -1, 0]]], [[[0, 3, 0, -2]]]],
        "guided": [[[[1, 0, 0, 0]]], [[[0, 3, 0, 0]]]],
        "deconvnet": [[[[1, 1, 0, 0]]], [[[0, 3, 1, 0]]]],
    }
    want = {rule: -2.0 * np.array(passed) + 0.0 for rule, passed in down.items()}
    mistakes = {
        "gradient": {
            "this is the magnitude: the map keeps its sign": abs(want["gradient"]),
            "no ReLU was in the way: the true gradient stops where x is below zero": [
                [[[-2, -2, 2, 2]]],
                [[[2, -6, -2, 4]]],
            ],
        },
        "guided": {
            "the rule had no effect: this is the plain gradient": want["gradient"],
            "this is the deconvnet: guided backpropagation keeps the mask x > 0 as well": want["deconvnet"],
            "the gradient is cut only once, at the pixels: every ReLU has to cut": want["gradient"].clip(min=0),
            "this is the magnitude: the map keeps its sign": abs(want["guided"]),
        },
        "deconvnet": {
            "the rule had no effect: this is the plain gradient": want["gradient"],
            "this is guided backpropagation: the deconvnet does not ask what x was": want["guided"],
            "the gradient is cut only once, at the pixels: every ReLU has to cut": want["gradient"].clip(min=0),
        },
    }
    for rule, truth in want.items():
        got = expect.call(relu_saliency, small, images, torch.tensor([0, 1]), rule)
        expect.close(
            got, truth, f'relu_saliency(network, two images, targets 0 and 1, "{rule}")', mistakes=mistakes[rule]
        )
    ### BEGIN HIDDEN TESTS
    import warnings

    from captum.attr import Deconvolution, GuidedBackprop, Saliency

    rng = np.random.default_rng(1204)
    for count, channels, height, width in [(1, 3, 8, 11), (3, 1, 9, 6)]:
        trunk = nn.Sequential(
            nn.Conv2d(channels, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout(0.3), nn.Conv2d(6, 4, 2)
        )
        deep = nn.Sequential(trunk, nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 8), nn.ReLU())
        deep = drawn(nn.Sequential(deep, nn.Linear(8, 3)), 12040 + count)
        pictures = tensor(rng.uniform(-1, 1, (count, channels, height, width)))
        classes = torch.from_numpy(rng.integers(0, 3, count))
        with warnings.catch_warnings(action="ignore"):  # Captum tells that it sets hooks
            truths = {
                "gradient": Saliency(deep).attribute(pictures.clone().requires_grad_(), target=classes, abs=False),
                "deconvnet": Deconvolution(deep).attribute(pictures.clone().requires_grad_(), target=classes),
                "guided": GuidedBackprop(deep).attribute(pictures.clone().requires_grad_(), target=classes),
            }
        for rule, truth in truths.items():
            expect.close(expect.call(relu_saliency, deep, pictures, classes, rule), truth.detach(), f'"{rule}", drawn')
    ### END HIDDEN TESTS


check_relu_saliency_rules(relu_saliency)


# %% check="relu_saliency" points=2 why="every ReLU: in blocks, in-place, ReLU6"
@expect.check
def check_relu_saliency_everywhere(relu_saliency):
    head = [nn.Flatten(), nn.Linear(4, 1, bias=False)]
    image, target = tensor([[[[2, -1, 8, 3]]]]), torch.tensor([0])
    nested = fixed(nn.Sequential(nn.Sequential(nn.Identity(), nn.Sequential(nn.ReLU())), *head), [1, 1, -1, -1])
    plain = [[[[1, 0, -1, -1]]]]
    expect.close(
        expect.call(relu_saliency, nested, image, target, "deconvnet"),
        [[[[1, 1, 0, 0]]]],
        'relu_saliency of a network whose ReLU lies in a block in a block, "deconvnet"',
        mistakes={"the rule does not reach a ReLU inside a block: `children` are the outermost layers only": plain},
    )
    six = fixed(nn.Sequential(nn.Sequential(nn.ReLU6()), *head), [1, 1, 1, -1])
    for rule, truth in [("gradient", [1, 0, 0, -1]), ("guided", [1, 0, 0, 0]), ("deconvnet", [1, 1, 1, 0])]:
        expect.close(
            expect.call(relu_saliency, six, image, target, rule),
            [[[truth]]],
            f'relu_saliency of a network with nn.ReLU6, x = (2, −1, 8, 3), g = (1, 1, 1, −1), "{rule}"',
            mistakes={
                "the rule does not reach nn.ReLU6: it is a class of its own": [[[[1, 0, 0, -1]]]],
                "ReLU6 is flat above 6 as well: the mask is 0 < x < 6": [[[[1, 0, 1, 0]]]],
            },
        )
    for kind in (nn.ReLU, nn.ReLU6):
        wet = fixed(nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), kind(inplace=True), *head), [1], [1, 1, 1, -1])
        try:
            got = expect.call(relu_saliency, wet, image, target, "guided")
        except RuntimeError as error:
            raise expect.Mismatch(
                f"`relu_saliency` stopped at a {kind.__name__} with inplace=True ({error}).\n"
                "Likely reason: a backward hook cannot watch a module that writes over its input. Work on a copy of "
                "the network, with `inplace` switched off."
            ) from error
        expect.close(got, [[[[1, 0, kind is nn.ReLU, 0]]]], f'{kind.__name__} with inplace=True, "guided"')
    expect.raises(ValueError, relu_saliency, wet, image, target, "smooth", hint='"smooth" is none of the three rules')
    survives_error(relu_saliency, wet, torch.ones(1, 1, 2, 4, dtype=torch.float64), target, "guided")
    ### BEGIN HIDDEN TESTS
    for rule in ("guide", "net", ""):
        expect.raises(
            ValueError, relu_saliency, six, image, target, rule, hint=f"{rule!r} is only a part of a rule's name"
        )
    plain = fixed(nn.Sequential(nn.ReLU(), *head), [1, 1, 1, -1])
    edge = tensor([[[[0, 6, 2, -1]]]])
    for rule in ("gradient", "guided"):
        for sharp, truth in [(six, [0, 0, 1, 0]), (plain, [0, 1, 1, 0])]:
            passed = {
                "x = 0 is not above zero: the mask is x > 0, not x >= 0": [[[[1, *truth[1:]]]]],
                "x = 6 is not below six: the mask is x < 6, not x <= 6": [[[[truth[0], 1, 1, 0]]]],
                "neither x = 0 nor x = 6 passes: the mask is 0 < x < 6": [[[[1, 1, 1, 0]]]],
            }
            got = expect.call(relu_saliency, sharp, edge, target, rule)
            expect.close(got, [[[truth]]], f'relu_saliency of x = (0, 6, 2, −1), "{rule}"', mistakes=passed)
    rng = np.random.default_rng(12041)
    first, last = rng.uniform(-2, 2, (5, 6)), rng.uniform(-1, 1, (3, 5))
    pictures = rng.uniform(-4, 4, (4, 1, 2, 3))
    classes = np.array([2, 0, 1, 2])
    bend = nn.ReLU6(inplace=True)  # one module, used twice
    twice = nn.Sequential(bend, nn.Flatten(), nn.Linear(6, 5, bias=False), bend, nn.Linear(5, 3, bias=False))
    twice = fixed(twice, first.tolist(), last.tolist())
    rules = {
        "gradient": lambda g, x: g * ((x > 0) & (x < 6)),
        "deconvnet": lambda g, x: np.maximum(g, 0),
        "guided": lambda g, x: np.maximum(g, 0) * ((x > 0) & (x < 6)),
    }
    flat = pictures.reshape(4, 6)
    middle = flat.clip(0, 6) @ first.T
    for rule, backward in rules.items():
        truth = backward(backward(last[classes], middle) @ first, flat).reshape(pictures.shape)
        got = expect.call(relu_saliency, twice, tensor(pictures), torch.from_numpy(classes), rule)
        expect.close(got, truth, f'one in-place ReLU6 used twice, "{rule}"')
    ### END HIDDEN TESTS


check_relu_saliency_everywhere(relu_saliency)


# %% wrong="relu_saliency" why="deconvnet and guided exchanged" keyword="this is the deconvnet"
def relu_saliency__exchanged(model, images, targets, rule):
    twin, x = copy.deepcopy(model), images.clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.inplace = False
            if rule == "guided":
                part.register_full_backward_hook(lambda m, below, above: (above[0].relu(),))
            elif rule == "deconvnet":
                part.register_full_backward_hook(lambda m, below, above: (below[0].relu(),))
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="a deconvnet that keeps the forward mask" keyword="does not ask what x was"
def relu_saliency__forward_mask(model, images, targets, rule):
    twin, x = copy.deepcopy(model), images.clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.inplace = False
            if rule != "gradient":
                part.register_full_backward_hook(lambda m, below, above: (below[0].relu(),))
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="guided without the forward mask" keyword="keeps the mask x > 0"
def relu_saliency__no_forward_mask(model, images, targets, rule):
    twin, x = copy.deepcopy(model), images.clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.inplace = False
            if rule != "gradient":
                part.register_full_backward_hook(lambda m, below, above: (above[0].relu(),))
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="cuts the finished gradient" keyword="cut only once"
def relu_saliency__cut_at_pixels(model, images, targets, rule):
    x = images.clone().requires_grad_()
    slopes = torch.autograd.grad(model(x)[range(len(x)), targets].sum(), x)[0]
    return slopes if rule == "gradient" else slopes.relu()


# %% wrong="relu_saliency" why="returns the magnitude, as in gradient saliency" keyword="the map keeps its sign"
def relu_saliency__magnitude(model, images, targets, rule):
    twin, x = copy.deepcopy(model), images.clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.inplace = False
            if rule != "gradient":
                hook = lambda m, below, above: ((below if rule == "guided" else above)[0].relu(),)
                part.register_full_backward_hook(hook)
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0].abs()


# %% wrong="relu_saliency" why="hooks the outermost layers only" keyword="inside a block"
def relu_saliency__children(model, images, targets, rule):
    twin, x = copy.deepcopy(model), images.clone().requires_grad_()
    for part in twin.children():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.inplace = False
            if rule != "gradient":
                hook = lambda m, below, above: ((below if rule == "guided" else above)[0].relu(),)
                part.register_full_backward_hook(hook)
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="forgets that ReLU6 is no nn.ReLU" keyword="does not reach nn.ReLU6"
def relu_saliency__no_relu6(model, images, targets, rule):
    twin, x = copy.deepcopy(model), images.clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False
            if rule != "gradient":
                hook = lambda m, below, above: ((below if rule == "guided" else above)[0].relu(),)
                part.register_full_backward_hook(hook)
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="hooks the network itself and leaves them there" keyword="left a hook"
def relu_saliency__hooks_left(model, images, targets, rule):
    x = images.clone().requires_grad_()
    for part in model.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.inplace = False
            hook = lambda m, below, above: ((below if rule == "guided" else above)[0].relu(),)
            part.register_full_backward_hook((lambda m, below, above: below) if rule == "gradient" else hook)
    return torch.autograd.grad(model(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="does not think of in-place ReLUs" keyword="with inplace=True"
def relu_saliency__inplace(model, images, targets, rule):
    if rule not in {"gradient", "guided", "deconvnet"}:
        raise ValueError(rule)
    twin, x = copy.deepcopy(model), images.clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6) and rule != "gradient":
            hook = lambda m, below, above: ((below if rule == "guided" else above)[0].relu(),)
            part.register_full_backward_hook(hook)
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="backward() fills the gradients of the weights" keyword="left a gradient"
def relu_saliency__backward(model, images, targets, rule):
    x, handles = images.clone().requires_grad_(), []
    for part in model.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6) and rule != "gradient":
            hook = lambda m, below, above: ((below if rule == "guided" else above)[0].relu(),)
            handles.append(part.register_full_backward_hook(hook))
    model(x)[range(len(x)), targets].sum().backward()
    for ear in handles:
        ear.remove()
    return x.grad


# %% wrong="relu_saliency" why="an unknown rule falls through to the plain gradient" keyword="none of the three rules"
def relu_saliency__any_rule(model, images, targets, rule):
    twin, x = copy.deepcopy(model), images.clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.inplace = False
            if rule == "deconvnet":
                part.register_full_backward_hook(lambda m, below, above: (above[0].relu(),))
            if rule == "guided":
                part.register_full_backward_hook(lambda m, below, above: (below[0].relu(),))
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="looks for the rule's name in a text" keyword="part of a rule's name"
def relu_saliency__part_of_name(model, images, targets, rule):
    if rule not in "gradient, deconvnet, guided":
        raise ValueError("no such rule")
    twin, x = copy.deepcopy(model), images.detach().clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, (nn.ReLU, nn.ReLU6)):
            part.inplace = False
            if "de" in rule:
                side = 0 if rule == "guided" else 1
                part.register_full_backward_hook(lambda m, *grads, side=side: (grads[side][0].clamp(min=0),))
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="masks of its own, which let zero and six pass" keyword="mask is 0 < x < 6"
def relu_saliency__closed_masks(model, images, targets, rule):
    if rule not in ("gradient", "deconvnet", "guided"):
        raise ValueError("no such rule")

    def watch(part, top):
        inputs = []

        def back(module, passed, arrived):
            x, g = inputs.pop(), arrived[0]
            g = g if rule == "gradient" else g.clamp(min=0)
            return (g if rule == "deconvnet" else g * ((x >= 0) & (x <= top)),)

        part.register_forward_hook(lambda module, given, out: inputs.append(given[0].detach().clone()))
        part.register_full_backward_hook(back)

    twin, x = copy.deepcopy(model), images.detach().clone().requires_grad_()
    for part in twin.modules():
        if isinstance(part, (nn.ReLU, nn.ReLU6)):
            part.inplace = False
            watch(part, 6 if isinstance(part, nn.ReLU6) else np.inf)
    return torch.autograd.grad(twin(x)[range(len(x)), targets].sum(), x)[0]


# %% wrong="relu_saliency" why="tidies up only when nothing goes wrong" keyword="stops with an error"
def relu_saliency__no_finally(model, images, targets, rule):
    if rule not in ("gradient", "deconvnet", "guided"):
        raise ValueError("no such rule")
    relus = [part for part in model.modules() if isinstance(part, (nn.ReLU, nn.ReLU6))]
    wet, handles = [part.inplace for part in relus], []
    for part in relus:
        part.inplace = False
        if rule != "gradient":
            side = 0 if rule == "guided" else 1
            hook = lambda m, *grads, side=side: (grads[side][0].clamp(min=0),)
            handles.append(part.register_full_backward_hook(hook))
    x = images.detach().clone().requires_grad_()
    slope = torch.autograd.grad(model(x)[range(len(x)), targets].sum(), x)[0]
    for grip in handles:
        grip.remove()
    for part, was in zip(relus, wet, strict=True):
        part.inplace = was
    return slope


# %% right="relu_saliency" why="a function with a backward pass of its own, in place of every ReLU"
def relu_saliency__own_function(model, images, targets, rule):
    masks = {"gradient": lambda x, g: 1, "deconvnet": lambda x, g: g > 0, "guided": lambda x, g: g > 0}
    if rule not in masks:
        raise ValueError(f"unknown rule {rule}")

    class Bend(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, top):
            ctx.save_for_backward(x)
            ctx.top = top
            return x.clamp(0, top)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            is_open = torch.ones_like(x) if rule == "deconvnet" else (x > 0) & (x < ctx.top)
            return g * is_open * masks[rule](x, g), None

    class Layer(nn.Module):
        def __init__(self, top):
            super().__init__()
            self.top = top

        def forward(self, x):
            return Bend.apply(x, self.top)

    twin = copy.deepcopy(model)
    for parent in list(twin.modules()):
        for name, child in list(parent._modules.items()):
            if isinstance(child, nn.ReLU | nn.ReLU6):
                parent._modules[name] = Layer(6.0 if isinstance(child, nn.ReLU6) else float("inf"))
    x = images.clone().requires_grad_()
    return torch.autograd.grad(twin(x)[torch.arange(len(x)), targets].sum(), x)[0]


# %% right="relu_saliency" why="hooks on the network itself, everything put back at the end"
def relu_saliency__put_back(model, images, targets, rule):
    if rule not in {"gradient", "guided", "deconvnet"}:
        raise ValueError(rule)
    bends = [part for part in model.modules() if isinstance(part, nn.ReLU | nn.ReLU6)]
    were, handles = [part.inplace for part in bends], []
    x = images.clone().requires_grad_()
    try:
        for part in bends:
            part.inplace = False
            if rule != "gradient":
                hook = lambda m, below, above: ((below if rule == "guided" else above)[0].relu(),)
                handles.append(part.register_full_backward_hook(hook))
        return torch.autograd.grad(model(x)[range(len(x)), targets].sum(), x)[0]
    finally:
        for ear in handles:
            ear.remove()
        for part, was in zip(bends, were, strict=True):
            part.inplace = was


# %% [markdown]
# First row: the trained network. The gradient is dust. The deconvnet asks no ReLU what it saw, so little of the cat is
# left: in this network you see the grid that its strides make. Guided backpropagation finds the eyes and the nose.
#
# Second row: the same through a network of the same form with **random weights**, which knows nothing at all. Which
# map shows the cat best? Keep it in mind until exercise 7.

# %%
# Figure · three rules, and a network that knows nothing


def forgotten(network, seed=0):
    """Return a copy of a network with fresh random weights."""
    twin = copy.deepcopy(network)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for layer in twin.modules():
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
    return twin


with expect.written():
    rules, pictures = ("gradient", "deconvnet", "guided"), []
    target = network(photos["cat"]).argmax(dim=1)
    for one in (network, forgotten(network)):
        for rule in rules:
            down = relu_saliency(one, photos["cat"], target, rule)[0].numpy().transpose(1, 2, 0)
            pictures.append(np.clip(0.5 + 0.5 * down / np.quantile(abs(down), 0.995), 0, 1))
    plot.grid(
        pictures,
        [*rules, *(f"{rule}, random" for rule in rules)],
        alt="Six maps of the cat, in colour on gray. First row, the trained network: fine dust; a regular green grid;"
        " a grid with spots at the eyes and the nose. Second row, random weights: dust; a grid; and, by guided "
        "backpropagation, the cat's face with both eyes, clearer than above.",
        columns=3,
    )

# %% [markdown]
# ### 5 · Class activation map  ·  3 points  ·  15 min  ·  ●○○ difficulty
#
# Many networks end in the same way: the last feature maps $A_k$ are averaged over their positions (**global average
# pooling**), and one linear layer turns the means into scores. Write it down and exchange the two sums:
#
# $$S_c = b_c + \sum_k w_{c,k}\,\frac{1}{hw}\sum_{i,j} A_{k,i,j}
#       = b_c + \frac{1}{hw}\sum_{i,j}\underbrace{\sum_k w_{c,k}\,A_{k,i,j}}_{\text{CAM}_{c,i,j}}$$
#
# So the score is the mean of a map, plus the bias. The map tells where the evidence lies (Zhou et al. 2016). It is as
# coarse as the last layer, 7 × 7 in EfficientNet-lite0, so it is enlarged to the size of the picture.
#
# Write `cam(features, weight, targets, size)`. Keep negative values, they are evidence against the class. Scale
# nothing. Enlarge **bilinearly** with `torch.nn.functional.interpolate` and `align_corners=False`: the pixels are small
# squares, and the corners of the *squares* lie on each other. (With `True`, the centres of the corner pixels do.)
#
# | argument | shape | |
# |---|---|---|
# | `features` | `(N, F, h, w)` | the last feature maps, after their ReLU |
# | `weight` | `(K, F)` | of the linear layer, as `nn.Linear` keeps it: a row for each class |
# | `targets` | `(N,)` | int64, the class of each image |
# | `size` | two integers | `(H, W)`, rows first |
# | returns | `(N, H, W)` | |
#
# <details><summary>Hint 1: one pixel</summary>
# A pixel of the coarse map is a dot product: the features at this place with the weights of the class. Which row of
# <code>weight</code> belongs to image n?
# </details>
# <details><summary>Hint 2: the whole batch</summary>
# <code>weight[targets]</code> has the shape (N, F). Give it two more axes and it multiplies the features; or let
# <code>einsum</code> do it, with one letter for each axis.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Multiply, sum over the axis of the features. <code>interpolate</code> wants (N, channels, h, w), so put an axis of
# length one there and take it away afterwards.
# </details>


# %% solution="cam"
def cam(features, weight, targets, size):
    """Return the class activation maps of features (N, F, h, w) for weights (K, F), enlarged to size: (N, H, W)."""
    ### BEGIN SOLUTION
    coarse = torch.einsum("nf,nfhw->nhw", weight[targets], features)
    return nn.functional.interpolate(coarse[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]
    ### END SOLUTION


# %% check="cam" points=2 why="weighted sum of the maps, whose mean is the score"
@expect.check
def check_cam_values(cam):
    features = tensor([[[[1, 0]], [[0, 2]]], [[[1, 3]], [[1, 0]]]])
    weight = tensor([[3, -1], [0.5, 4]])
    expect.close(
        expect.call(cam, features, weight, torch.tensor([0, 1]), (1, 2)),
        [[[3, -2]], [[4.5, 1.5]]],
        "cam of two images with two feature maps of 1 × 2, targets 0 and 1, size (1, 2)",
        mistakes={
            "a class is a row of `weight`, you took its columns": [[[3, 1]], [[3, -3]]],
            "evidence against the class is missing: no ReLU here, keep negative values": [[[3, 0]], [[4.5, 1.5]]],
            "this is the mean over the feature maps: sum them": [[[1.5, -1]], [[2.25, 0.75]]],
            "every image got the class of the first one": [[[3, -2]], [[2, 9]]],
            "the maps are scaled to 0 … 1: leave them as they are": [[[1, 0]], [[1, 0]]],
            "the maps are divided by their maximum: leave them as they are": [[[1, -2 / 3]], [[1, 1 / 3]]],
            "the feature maps are added without their weights": [[[1, 2]], [[2, 3]]],
            "the weights' signs are lost": [[[3, 2]], [[4.5, 1.5]]],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(1205)
    for count, channels, classes, h, w in [(1, 5, 3, 4, 6), (3, 4, 4, 5, 2), (2, 1, 6, 1, 3)]:
        trunk = nn.Sequential(nn.Conv2d(2, channels, 1), nn.ReLU())
        network = nn.Sequential(trunk, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
        network = drawn(network, 12050 + count)
        pictures, targets = (
            tensor(rng.uniform(-1, 1, (count, 2, h, w))),
            torch.from_numpy(rng.integers(0, classes, count)),
        )
        last, linear = trunk(pictures).detach(), network[-1]
        maps = expect.call(cam, last, linear.weight.detach(), targets, (h, w))
        truth = np.zeros((count, h, w))
        for n, i, j in np.ndindex(*truth.shape):
            truth[n, i, j] = linear.weight[targets[n]].detach().numpy() @ last[n, :, i, j].numpy()
        expect.close(maps, truth, f"cam of {count} images, {channels} maps of {h} × {w}")
        scores = network(pictures)[torch.arange(count), targets] - linear.bias[targets]
        expect.close(np.asarray(maps).mean(axis=(1, 2)), scores.detach(), "the mean of the map, against the score")
    ### END HIDDEN TESTS


check_cam_values(cam)


# %% check="cam" points=1 why="enlarged bilinearly"
@expect.check
def check_cam_size(cam):
    features, weight = tensor([[[[1, -1]], [[0, 1]]]]), tensor([[8, 0], [0, 0]])
    expect.close(
        expect.call(cam, features, weight, torch.tensor([0]), (2, 4)),
        [[[8, 4, -4, -8], [8, 4, -4, -8]]],
        "cam of a map [[8, −8]], enlarged to (2, 4)",
        mistakes={
            "each value is repeated (nearest neighbour): enlarge bilinearly": [[[8, 8, -8, -8]] * 2],
            "the centres of the corner pixels lie on each other: align_corners=False": [[[8, 8 / 3, -8 / 3, -8]] * 2],
            "the size is (W, H): it is given as (H, W), rows first": [[[8, -8]] * 4],
            "the map is not enlarged": [[[8, -8]]],
        },
    )
    ### BEGIN HIDDEN TESTS
    from scipy import ndimage

    rng = np.random.default_rng(12051)
    for h, w, height, width in [(3, 4, 15, 8), (7, 7, 28, 28), (2, 5, 2, 15), (7, 3, 10, 7)]:
        last, rows = rng.uniform(0, 2, (2, 3, h, w)), rng.uniform(-1, 1, (4, 3))
        coarse = np.stack([np.tensordot(rows[k], last[n], 1) for n, k in enumerate((3, 1))])
        truth = ndimage.zoom(coarse, (1, height / h, width / w), order=1, mode="nearest", grid_mode=True)
        got = expect.call(cam, tensor(last), tensor(rows), torch.tensor([3, 1]), (height, width))
        whole = "you enlarge by whole factors: `size` says how large the map becomes, whatever it was"
        factors = (1, height // h, width // w)
        short = ndimage.zoom(coarse, factors, order=1, mode="nearest", grid_mode=True)
        expect.close(got, truth, f"maps of {h} × {w}, enlarged to {height} × {width}", mistakes={whole: short})
    ### END HIDDEN TESTS


check_cam_size(cam)


# %% wrong="cam" why="takes a column of the weights" keyword="you took its columns"
def cam__column(features, weight, targets, size):
    picks = weight[:, targets].T if weight.shape[0] == features.shape[1] else weight[targets]
    maps = (picks[:, :, None, None] * features).sum(1, keepdim=True)
    return nn.functional.interpolate(maps, size, mode="bilinear").squeeze(1)


# %% wrong="cam" why="ReLU, as in Grad-CAM" keyword="evidence against the class"
def cam__relu(features, weight, targets, size):
    maps = (weight[targets][:, :, None, None] * features).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(maps, size, mode="bilinear").squeeze(1)


# %% wrong="cam" why="mean over the feature maps" keyword="mean over the feature maps"
def cam__mean(features, weight, targets, size):
    maps = (weight[targets][:, :, None, None] * features).mean(1, keepdim=True)
    return nn.functional.interpolate(maps, size, mode="bilinear").squeeze(1)


# %% wrong="cam" why="one class for the whole batch" keyword="class of the first one"
def cam__first_target(features, weight, targets, size):
    maps = torch.tensordot(features, weight[int(targets[0])], dims=([1], [0]))[:, None]
    return nn.functional.interpolate(maps, size, mode="bilinear").squeeze(1)


# %% wrong="cam" why="stretches each map to 0 … 1" keyword="scaled to 0"
def cam__stretched(features, weight, targets, size):
    maps = (weight[targets][:, :, None, None] * features).sum(1, keepdim=True)
    low, high = maps.amin((2, 3), keepdim=True), maps.amax((2, 3), keepdim=True)
    return nn.functional.interpolate((maps - low) / (high - low), size, mode="bilinear").squeeze(1)


# %% wrong="cam" why="repeats pixels" keyword="nearest neighbour"
def cam__nearest(features, weight, targets, size):
    maps = (weight[targets][:, :, None, None] * features).sum(1, keepdim=True)
    return nn.functional.interpolate(maps, size).squeeze(1)


# %% wrong="cam" why="align_corners=True" keyword="centres of the corner pixels"
def cam__corners(features, weight, targets, size):
    maps = (weight[targets][:, :, None, None] * features).sum(1, keepdim=True)
    return nn.functional.interpolate(maps, size, mode="bilinear", align_corners=True).squeeze(1)


# %% wrong="cam" why="takes the size for (width, height)" keyword="the size is (W, H)"
def cam__width_first(features, weight, targets, size):
    maps = (weight[targets][:, :, None, None] * features).sum(1, keepdim=True)
    return nn.functional.interpolate(maps, tuple(size)[::-1], mode="bilinear").squeeze(1)


# %% wrong="cam" why="enlarges by a whole factor" keyword="whole factors"
def cam__whole_factors(features, weight, targets, size):
    coarse = torch.einsum("nfhw,nf->nhw", features, weight[targets])
    factors = tuple(new // old for new, old in zip(size, coarse.shape[1:], strict=True))
    return nn.functional.interpolate(coarse[:, None], scale_factor=factors, mode="bilinear")[:, 0]


# %% right="cam" why="a 1 × 1 convolution gives the maps of all classes, then the target is picked"
def cam__convolution(features, weight, targets, size):
    every = nn.functional.conv2d(features, weight[:, :, None, None])
    maps = torch.stack([maps[target] for maps, target in zip(every, targets, strict=True)])
    return nn.functional.interpolate(maps.unsqueeze(1), size, mode="bilinear").squeeze(1)


# %% right="cam" why="enlarges the feature maps first: both steps are linear"
def cam__enlarge_first(features, weight, targets, size):
    large = nn.functional.interpolate(features, size, mode="bilinear")
    return torch.stack([torch.tensordot(weight[t], one, dims=1) for one, t in zip(large, targets, strict=True)])


# %% right="cam" why="matrices of bilinear shares, without interpolate"
def cam__shares(features, weight, targets, size):
    def shares(small, large):
        place = ((torch.arange(large, dtype=features.dtype) + 0.5) * small / large - 0.5).clamp(0, small - 1)
        return (1 - (place[:, None] - torch.arange(small)).abs()).clamp(min=0)

    coarse = torch.stack([torch.tensordot(weight[t], one, dims=1) for one, t in zip(features, targets, strict=True)])
    return shares(coarse.shape[1], size[0]) @ coarse @ shares(coarse.shape[2], size[1]).T


# %% [markdown]
# EfficientNet-lite0 ends in global average pooling and one linear layer, `_fc`. Its method
# `extract_features` gives the last feature maps. One forward pass, one weighted sum. Ask it for two classes on the
# astronaut's picture: its favourite, and the one it ranks second.

# %%
# Figure · evidence for two classes

with expect.written():
    maps = network.extract_features(photos["astronaut"]).detach()
    ranked = network(photos["astronaut"])[0].argsort(descending=True)[:2]
    heats = cam(maps.repeat(2, 1, 1, 1), network._fc.weight.detach(), ranked, (224, 224))
    plot.grid(
        [models.to_photo(photos["astronaut"]), *(lit(photos["astronaut"], heat) for heat in heats)],
        ["photograph", *(f"lit for\n{class_names[target]}" for target in ranked)],
        alt="The astronaut, and twice the same picture lit by a class activation map. For both classes the network "
        "finds likeliest, the light falls on parts of the suit and on the helmet, for the second one more on the "
        "helmet.",
        columns=3,
    )

# %% [markdown]
# ### 6 · Grad-CAM  ·  4 points  ·  25 min  ·  ●●○ difficulty
#
# CAM needs a network with global average pooling and one linear layer. **Grad-CAM** (Selvaraju et al. 2017) takes the
# weights of the maps from the gradient instead, so it works for every layer of every network:
#
# $$\alpha_k = \frac{1}{hw}\sum_{i,j}\frac{\partial S_t}{\partial A_{k,i,j}} \qquad
#   L = \mathrm{ReLU}\Big(\sum_k \alpha_k A_k\Big)$$
#
# Write `grad_cam(model, layer, images, targets)`. The order matters: mean of the gradient over the positions, weighted
# sum, **then** ReLU, then enlarge bilinearly (`align_corners=False`) to the size of the images. $S$ is the score before
# softmax. Nothing is scaled.
#
# On a network made for CAM, $\alpha_k = w_{t,k}/hw$: Grad-CAM is CAM divided by $hw$, without what is below zero. The
# first check tries it.
#
# Two traps. The layer may be followed by an **in-place** ReLU, which overwrites $A$: the map of a convolution needs the
# values before it, and the gradient there. And all weights may be **frozen** (`requires_grad` False): then nothing in
# the forward pass asks for a gradient, unless the images do.
#
# | argument | shape | |
# |---|---|---|
# | `model` | | in evaluation mode; gives scores `(N, K)` |
# | `layer` | a string | a name as in `model.named_modules()`, output `(N, F, h, w)`; of several calls the last counts |
# | `images` | `(N, C, H, W)` | floats |
# | `targets` | `(N,)` | int64, the class of each image |
# | returns | `(N, H, W)` | nowhere below zero |
#
# <details><summary>Hint 1: keep the layer's output</summary>
# A forward hook, as in exercise 1, but without <code>detach</code>: the score must depend on the tensor that you keep.
# Then <code>torch.autograd.grad</code> gives the gradient of the score with respect to it.
# </details>
# <details><summary>Hint 2: the in-place ReLU</summary>
# What a forward hook returns replaces the output. Keep the output itself, and return a clone: the ReLU writes
# over the clone, and yours stays as it was.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# Run the model on a clone of the images that requires a gradient; remove the hook in any case. Sum the targets' scores,
# take the gradient at the layer, its mean over axes 2 and 3 with <code>keepdim</code>. Multiply by the features, sum
# over axis 1, ReLU, enlarge.
# </details>


# %% solution="grad_cam"
def grad_cam(model, layer, images, targets):
    """Return Grad-CAM maps of the layer of that name for images (N, C, H, W), enlarged to the images: (N, H, W)."""
    ### BEGIN SOLUTION
    kept = []

    def keep(module, inputs, output):
        kept.append(output)
        return output.clone()  # an in-place ReLU may follow

    listener = model.get_submodule(layer).register_forward_hook(keep)
    try:
        scores = model(images.detach().clone().requires_grad_())
    finally:
        listener.remove()
    (slope,) = torch.autograd.grad(scores.gather(1, targets[:, None]).sum(), kept[-1])
    alpha = slope.mean(dim=(2, 3), keepdim=True)
    coarse = (alpha * kept[-1].detach()).sum(dim=1, keepdim=True).relu()
    return nn.functional.interpolate(coarse, size=images.shape[2:], mode="bilinear", align_corners=False)[:, 0]
    ### END SOLUTION


# %% check="grad_cam" points=2 why="weights from the gradient, ReLU after the sum"
@expect.check
def check_grad_cam_values(grad_cam):
    # Two feature maps of 1 × 2: the picture itself, and 3 minus the picture
    features = nn.Conv2d(1, 2, 1)
    images, targets = tensor([[[[1, 2]]], [[[2, -1]]]]), torch.tensor([0, 1])
    flat = fixed(
        nn.Sequential(features, nn.Flatten(), nn.Linear(4, 2, bias=False)),
        [1, -1],
        [0, 3],
        [[4, 0, -5, 1], [1, 1, 0.5, 0]],
    )
    likely = np.exp(-5.5) / (1 + np.exp(-5.5)) ** 2
    expect.close(
        expect.call(grad_cam, flat, "0", images, targets),
        [[[0, 2]], [[2.25, 0]]],
        'grad_cam(a network with a linear layer on all positions, "0", two images, targets 0 and 1)',
        mistakes={
            "the ReLU at the end is missing": [[[-2, 2]], [[2.25, 0]]],
            "the gradient is summed over the positions: take its mean": [[[0, 4]], [[4.5, 0]]],
            "gradient and feature are multiplied place by place: first the mean over the positions": [
                [[0, 1]],
                [[2.5, 0]],
            ],
            "each product went through a ReLU before the sum: sum first": [[[2, 4]], [[2.25, 1]]],
            "negative weights are dropped: the ReLU comes after the sum": [[[2, 4]], [[2.25, 0]]],
            "the sign is lost: negative sums become zero": [[[2, 2]], [[2.25, 0]]],
            "the mean runs over the feature maps: it runs over the positions of each one": [[[0, 1.5]], [[2.25, 1.5]]],
            "the mean runs over the batch as well: each image has its own weights": [[[0, 2.125]], [[2.125, 0]]],
            "this is the mean over the feature maps: sum them": [[[0, 1]], [[1.125, 0]]],
            "this explains the probability: take the score, before softmax": [[[0, 0]], [[0.25 * likely, 10 * likely]]],
            "the weights alone make no map: multiply the features": [[[0, 0]], [[1.25, 1.25]]],
            "each map is scaled to 1: leave them as they are": [[[0, 1]], [[1, 0]]],
        },
    )
    pooled = nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2, bias=False))
    fixed(pooled, [1, -1], [0, 3], [[3, -4], [0.5, 1]])
    expect.close(
        expect.call(grad_cam, pooled, "0", images, targets),
        [[[0, 1]], [[1, 1.75]]],
        'grad_cam(a network made for CAM, "0", two images, targets 0 and 1)',
        mistakes={
            "the ReLU at the end is missing": [[[-2.5, 1]], [[1, 1.75]]],
            "the gradient is summed over the positions: take its mean": [[[0, 2]], [[2, 3.5]]],
            "each product went through a ReLU before the sum: sum first": [[[1.5, 3]], [[1, 2]]],
            "the map is scaled to 1: leave it as it is": [[[0, 1]], [[4 / 7, 1]]],
        },
    )
    ### BEGIN HIDDEN TESTS
    from captum.attr import LayerGradCam

    rng = np.random.default_rng(1206)
    for count, channels, height, width in [(1, 3, 9, 12), (3, 1, 8, 7)]:
        trunk = nn.Sequential(nn.Conv2d(channels, 5, 3), nn.BatchNorm2d(5), nn.ReLU(), nn.Conv2d(5, 4, 2), nn.ReLU())
        deep = nn.Sequential(trunk, nn.Dropout(0.5), nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(), nn.Linear(24, 4))
        deep = drawn(deep, 12060 + count)
        pictures = tensor(rng.uniform(-1, 1, (count, channels, height, width)))
        classes = torch.from_numpy(rng.integers(0, 4, count))
        for name, part in trunk.named_children():
            coarse = LayerGradCam(deep, part).attribute(pictures, classes, relu_attributions=True)
            truth = nn.functional.interpolate(coarse.detach(), (height, width), mode="bilinear")[:, 0]
            got = expect.call(grad_cam, deep, f"0.{name}", pictures, classes)
            expect.close(got, truth, f'grad_cam(network, "0.{name}", {count} images)')
    ### END HIDDEN TESTS


check_grad_cam_values(grad_cam)


# %% check="grad_cam" points=2 why="enlarged, before an in-place ReLU, with frozen weights"
@expect.check
def check_grad_cam_traps(grad_cam):
    target = torch.tensor([0])
    strided = nn.Sequential(nn.Conv2d(1, 1, 1, stride=(1, 2), bias=False), nn.Flatten(), nn.Linear(2, 1, bias=False))
    fixed(strided, [1], [[1, 1]])
    expect.close(
        expect.call(grad_cam, strided, "0", tensor([[[[-4, 9, 4, 9]]]]), target),
        [[[0, 1, 3, 4]]],
        "grad_cam whose coarse map is (0, 4), for an image of 1 × 4",
        mistakes={
            "the map is not enlarged to the size of the image": [[[0, 4]]],
            "ReLU comes before the enlarging": [[[0, 0, 2, 4]]],
            "the ReLU at the end is missing": [[[-4, -2, 2, 4]]],
            "each value is repeated (nearest neighbour): enlarge bilinearly": [[[0, 0, 4, 4]]],
            "the centres of the corner pixels lie on each other: align_corners=False": [[[0, 4 / 3, 8 / 3, 4]]],
        },
    )
    wet = nn.Sequential(
        nn.Conv2d(1, 2, 1, bias=False), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(4, 1, bias=False)
    )
    fixed(wet, [1, -1], [[2, 4, -2, -6]])
    expect.close(
        expect.call(grad_cam, wet, "0", tensor([[[[2, -1]]]]), target),
        [[[8, 0]]],
        'grad_cam(network, "0", an image), where an in-place ReLU follows the layer "0"',
        mistakes={
            "the in-place ReLU has written into the output that you kept: return a clone from the hook": [[[6, 0]]]
        },
    )
    for part in wet.parameters():
        part.requires_grad_(False)
    try:
        got = expect.call(grad_cam, wet, "1", tensor([[[[2, -1]]]]), target)
    except RuntimeError as error:
        raise expect.Mismatch(
            f"all weights are frozen, and `grad_cam` stopped ({error}).\n"
            "Likely reason: nothing requires a gradient. Let a clone of the images do; then all that follows does."
        ) from error
    expect.close(got, [[[6, 0]]], 'grad_cam(network, "1", an image), the in-place ReLU itself, all weights frozen')
    survives_error(grad_cam, wet, "0", torch.ones(1, 3, 1, 2, dtype=torch.float64), target)
    spares_hooks(grad_cam, wet, "0", torch.ones(1, 1, 1, 2, dtype=torch.float64), target)
    ### BEGIN HIDDEN TESTS
    from captum.attr import LayerGradCam

    rng = np.random.default_rng(12061)
    inner = [nn.Conv2d(2, 4, 2), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 3, 2, stride=2)]
    deep = nn.Sequential(nn.Sequential(*inner), nn.ReLU6(inplace=True), nn.Flatten(), nn.Linear(18, 3))
    deep = drawn(deep, 12062).requires_grad_(False)
    pictures, classes = tensor(rng.uniform(-1, 1, (2, 2, 6, 8))), torch.tensor([2, 0])
    twin = copy.deepcopy(deep)
    twin[0][2].inplace = twin[1].inplace = False
    for name in ("0.0", "0.1", "0.2", "0.3", "1"):
        method = LayerGradCam(twin, twin.get_submodule(name))
        coarse = method.attribute(pictures.clone().requires_grad_(), target=classes, relu_attributions=True).detach()
        truth = nn.functional.interpolate(coarse, (6, 8), mode="bilinear", align_corners=False)[:, 0]
        got = expect.call(grad_cam, deep, name, pictures, classes)
        expect.close(got, truth, f'grad_cam(frozen network with in-place ReLUs, "{name}")')
    block = models.efficientnet_lite0()._blocks[2].double()  # a skip, and one ReLU6 called twice
    deep = nn.Sequential(block, nn.AdaptiveAvgPool2d(2), nn.Flatten(), drawn(nn.Linear(96, 3), 12063))
    pictures = tensor(rng.uniform(-1, 1, (2, 24, 5, 6)))
    calls = [block._swish(block._bn0(block._expand_conv(pictures)))]
    calls.append(block._swish(block._bn1(block._depthwise_conv(calls[0]))))
    score = deep[1:](block._bn2(block._project_conv(calls[1])) + pictures)[torch.arange(2), classes].sum()
    slopes = torch.autograd.grad(score, calls)
    once, twice = (torch.einsum("nfhw,nf->nhw", a, g.mean((2, 3))).relu() for a, g in zip(calls, slopes, strict=True))
    expect.close(
        expect.call(grad_cam, deep, "0._swish", pictures, classes),
        twice,
        "grad_cam of a layer that the network calls twice",
        mistakes={"the last call counts, and you took the first": once},
    )
    ### END HIDDEN TESTS


check_grad_cam_traps(grad_cam)


# %% wrong="grad_cam" why="no ReLU at the end" keyword="ReLU at the end is missing"
def grad_cam__no_relu(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True)
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="ReLU on each product" keyword="before the sum"
def grad_cam__early_relu(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).relu().sum(1, keepdim=True)
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="gradient times feature, place by place" keyword="place by place"
def grad_cam__no_mean(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    slopes = torch.autograd.grad(chosen, kept[0])[0]
    heat = (slopes * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="sum of the gradient over the positions" keyword="summed over the positions"
def grad_cam__sum(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].sum((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="mean over the feature maps instead of the positions" keyword="over the positions of each one"
def grad_cam__wrong_axis(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean(1, keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="one set of weights for the whole batch" keyword="over the batch as well"
def grad_cam__batch_mean(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((0, 2, 3))
    heat = torch.tensordot(kept[0].detach(), alpha, dims=([1], [0]))[:, None].relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="explains the probability" keyword="explains the probability"
def grad_cam__probability(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_()).softmax(1)[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="divides by the maximum" keyword="scaled to 1"
def grad_cam__scaled(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    heat = heat / heat.amax((2, 3), keepdim=True)
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="enlarges first, then ReLU" keyword="comes before the enlarging"
def grad_cam__late_relu(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True)
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1).relu()


# %% wrong="grad_cam" why="repeats pixels" keyword="nearest neighbour"
def grad_cam__nearest(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:]).squeeze(1)


# %% wrong="grad_cam" why="keeps the tensor that the in-place ReLU overwrites" keyword="return a clone from the hook"
def grad_cam__overwritten(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out)):
        chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="relies on weights that require a gradient" keyword="all weights are frozen"
def grad_cam__frozen(model, layer, images, targets):
    kept = []
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone()):
        chosen = model(images)[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="never removes its hook" keyword="left a hook"
def grad_cam__hook_left(model, layer, images, targets):
    kept = []
    model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out) or out.clone())
    chosen = model(images.clone().requires_grad_())[range(len(images)), targets].sum()
    alpha = torch.autograd.grad(chosen, kept[0])[0].mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="backward() fills the gradients of the weights" keyword="left a gradient"
def grad_cam__backward(model, layer, images, targets):
    kept = []

    def keep(module, inputs, out):
        out.retain_grad()
        kept.append(out)
        return out.clone()

    with model.get_submodule(layer).register_forward_hook(keep):
        model(images.clone().requires_grad_())[range(len(images)), targets].sum().backward()
    alpha = kept[0].grad.mean((2, 3), keepdim=True)
    heat = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(heat, images.shape[-2:], mode="bilinear").squeeze(1)


# %% wrong="grad_cam" why="removes its hook only when nothing goes wrong" keyword="stops with an error"
def grad_cam__no_finally(model, layer, images, targets):
    kept, x = [], images.detach().clone().requires_grad_()
    ear = model.get_submodule(layer).register_forward_hook(lambda m, i, out: (kept.append(out), out.clone())[1])
    score = model(x)[range(len(x)), targets].sum()
    ear.remove()
    alpha = torch.autograd.grad(score, kept[-1])[0].mean((2, 3), keepdim=True)
    coarse = (alpha * kept[-1].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(coarse, images.shape[2:], mode="bilinear")[:, 0]


# %% wrong="grad_cam" why="keeps what the layer gives first" keyword="you took the first"
def grad_cam__first_call(model, layer, images, targets):
    kept, x = [], images.detach().clone().requires_grad_()
    with model.get_submodule(layer).register_forward_hook(lambda m, i, out: (kept.append(out), out.clone())[1]):
        score = model(x)[range(len(x)), targets].sum()
    alpha = torch.autograd.grad(score, kept[0])[0].mean((2, 3), keepdim=True)
    coarse = (alpha * kept[0].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(coarse, images.shape[2:], mode="bilinear")[:, 0]


# %% wrong="grad_cam" why="removes all hooks of the layer" keyword="hook of the caller"
def grad_cam__clears_hooks(model, layer, images, targets):
    kept, x, part = [], images.detach().clone().requires_grad_(), model.get_submodule(layer)
    part.register_forward_hook(lambda m, i, out: (kept.append(out), out.clone())[1])
    try:
        score = model(x)[range(len(x)), targets].sum()
    finally:
        part._forward_hooks.clear()
    alpha = torch.autograd.grad(score, kept[-1])[0].mean((2, 3), keepdim=True)
    coarse = (alpha * kept[-1].detach()).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(coarse, images.shape[2:], mode="bilinear")[:, 0]


# %% right="grad_cam" why="a tensor of zeros added to the layer's output, and the gradient with respect to it"
def grad_cam__probe(model, layer, images, targets):
    probes, maps = [], []

    def add_probe(module, inputs, output):
        maps.append(output.detach().clone())
        probes.append(torch.zeros_like(output, requires_grad=True))
        return output + probes[-1]

    with model.get_submodule(layer).register_forward_hook(add_probe):
        scores = model(images)
    (slopes,) = torch.autograd.grad(scores[torch.arange(len(images)), targets].sum(), probes[-1:])
    heat = torch.einsum("nf,nfhw->nhw", slopes.flatten(2).mean(2), maps[-1]).clamp(min=0)
    return nn.functional.interpolate(heat[:, None], images.shape[2:], mode="bilinear")[:, 0]


# %% right="grad_cam" why="image by image"
def grad_cam__one_by_one(model, layer, images, targets):
    twin, kept, heats = copy.deepcopy(model), {}, []

    def keep(module, inputs, output):
        kept["maps"] = output
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    for image, target in zip(images, targets, strict=True):
        score = twin(image[None].clone().requires_grad_())[0, target]
        slopes, maps = torch.autograd.grad(score, kept["maps"])[0][0], kept["maps"][0].detach()
        heat = sum(slope.mean() * one for slope, one in zip(slopes, maps, strict=True)).relu()
        heats.append(nn.functional.interpolate(heat[None, None], images.shape[2:], mode="bilinear")[0, 0])
    return torch.stack(heats)


# %% [markdown]
# Four photographs, the network's favourite class, Grad-CAM at the last BatchNorm layer `_bn1` and at a block in the
# middle. The earlier layer knows less about classes.

# %%
# Figure · Grad-CAM at two depths

with expect.written():
    batch = torch.cat(list(photos.values()))
    targets = network(batch).argmax(dim=1)
    deep, middle = (grad_cam(network, layer, batch, targets) for layer in ("_bn1", "_blocks.10"))
    plot.grid(
        [models.to_photo(image) for image in batch]
        + [lit(image, heat) for image, heat in zip(batch, deep, strict=True)]
        + [lit(image, heat) for image, heat in zip(batch, middle, strict=True)],
        [class_names[target] for target in targets] + ["last layer"] * 4 + ["block 10"] * 4,
        alt="Four photographs with the class found. Lit by Grad-CAM of the last layer: a soft light on the cat's "
        "face, on the cup, on the astronaut's head and helmet, on and beside the rocket. In the last row, block "
        "10, the patches are smaller, some of them on the background.",
        columns=4,
    )

# %% [markdown]
# ### 7 · Does the map know the network?  ·  4 points  ·  30 min  ·  ●●● difficulty
#
# A map that looks right is not yet a map of what the network learned. An edge detector also draws a fine cat. So make
# the network forget, layer by layer, and see whether the map forgets too (Adebayo et al. 2018). If it does not, it
# never told anything about what was learned.
#
# Write `sanity_check(model, untrained, images, targets)`. `untrained` has the same layers with fresh random weights.
#
# - **Map.** Gradient saliency: |∂ score of the target / ∂ pixel|, maximum over the channels.
# - **Cascade.** On a **copy** of the model: replace the last layer by the untrained one, and compute the maps. Then the
#   last but one **as well**, and so on to the first. After step $i$, the last $i$ layers have forgotten.
# - **Layer.** A part that holds parameters of its own, in the order of `named_modules()`: of any class, frozen or not,
#   with or without parts inside. All its parameters go at once, the running statistics of a BatchNorm too. What has no
#   parameters, such as a ReLU or a BatchNorm with `affine=False`, is no layer and stays.
# - **Similarity.** Spearman's rank correlation of each map with the **original** one, over the pixels: 1 if both order
#   the pixels in the same way, 0 if they have nothing to do with each other. Ranks, because only the order counts:
#   a few huge gradients would decide the usual (Pearson) correlation alone. Equal pixels share their mean rank. You may
#   use `stats.spearmanr(a, b).statistic` of SciPy, which is imported above, with two flat arrays. Where all pixels of
#   a map are equal there is no order to compare, and it gives `nan`: leave that.
#
# | argument | shape | |
# |---|---|---|
# | `model`, `untrained` | | same architecture, both in evaluation mode; both stay as they are |
# | `images` | `(N, C, H, W)` | floats |
# | `targets` | `(N,)` | int64, the class of each image |
# | returns | `(L, N)` | NumPy, float64; row 0: only the last of the `L` layers has forgotten |
#
# <details><summary>Hint 1: which layers</summary>
# <code>named_modules()</code> also gives the containers. A container has parameters only through its parts:
# <code>module.parameters(recurse=False)</code> leaves those out.
# </details>
# <details><summary>Hint 2: one layer forgets</summary>
# <code>get_submodule(name)</code> finds the same layer in both networks. <code>state_dict()</code> and
# <code>load_state_dict()</code> carry parameters and running statistics over.
# </details>
# <details><summary>Hint 3: almost the code</summary>
# A small function inside that gives the maps of a network. The original maps first. A deep copy, before the loop and
# not in it. Loop over the reversed names: load, map, and one correlation for each image; collect the rows.
# </details>


# %% solution="sanity_check"
def sanity_check(model, untrained, images, targets):
    """Return how similar the gradient saliency stays when the last 1, 2, … L layers have forgotten, shape (L, N)."""

    ### BEGIN SOLUTION
    def maps(network):
        pixels = images.detach().clone().requires_grad_()
        score = network(pixels).gather(1, targets[:, None]).sum()
        return torch.autograd.grad(score, pixels)[0].abs().amax(dim=1).flatten(1).numpy()

    names = [name for name, module in model.named_modules() if list(module.parameters(recurse=False))]
    twin, original, similarity = copy.deepcopy(model), maps(model), []
    for name in reversed(names):
        twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
        pairs = zip(original, maps(twin), strict=True)
        similarity.append([stats.spearmanr(before, after).statistic for before, after in pairs])
    return np.array(similarity)
    ### END SOLUTION


# %% check="sanity_check" points=2 why="the cascade, on a copy"
@expect.check
def check_sanity_check_cascade(sanity_check):
    # Four pixels. The gradient is a product of matrices; the untrained ones only bring the pixels into another order
    same = np.eye(4).tolist()
    turn, mirror = np.roll(np.eye(4), 1, axis=1).tolist(), np.eye(4)[::-1].tolist()

    def stack(first, second, third):
        inner = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 2, bias=False))
        return fixed(nn.Sequential(nn.Flatten(), nn.Linear(4, 4, bias=False), inner), first, second, third)

    trained = stack(same, same, [[1, -2, 3, -10], [1, -4, 2, 3]])
    untrained = stack(mirror, turn, [[2, 1, 4, 3], [1, 3, 2, 4]])
    images, targets = torch.zeros(2, 1, 2, 2, dtype=torch.float64), torch.tensor([0, 1])
    want = np.array([[0.6, 0.8], [0.2, -1], [-0.2, 0.6]])
    expect.close(
        expect.call(sanity_check, trained, untrained, images, targets),
        want,
        "sanity_check(model, untrained, two images of 2 × 2, targets 0 and 1), three layers",
        mistakes={
            "the first layer forgot first: begin with the last": [[-1, -0.6], [0.2, 0.8], [-0.2, 0.6]],
            "each layer forgot alone: in a cascade, those before stay replaced": [[0.6, 0.8], [-0.2, -0.8], [-1, -0.6]],
            "each map is compared with the one of the step before: compare with the original": [
                [0.6, 0.8],
                [-0.2, -0.8],
                [0.6, -0.6],
            ],
            "one argsort gives places, not ranks: take the argsort of the argsort, or `stats.rankdata`": [
                [0.6, 0.2],
                [0.2, 0.6],
                [-0.2, -0.6],
            ],
            "this is Pearson's correlation of the values: take the one of the ranks": np.column_stack(
                [np.array([6, 10, 2]) / np.sqrt(250), want[:, 1]]
            ),
            "the gradients keep their sign: take the absolute value before the ranks": [
                [0.4, 0.4],
                [-0.8, 0.2],
                [0, 0.2],
            ],
            "there is a row for the untouched model: begin where the last layer has forgotten": [
                [1, 1],
                *want.tolist(),
            ],
            "there is one row for each image: a row belongs to a step": want.T,
            "one number for each step, the mean over the images: keep one for each image": want.mean(axis=1),
            "containers count as layers: take the parts with parameters of their own": want[[0, 1, 1, 2, 2]],
            "only the step at the end is there: a row for each step": want[-1:],
        },
    )
    ### BEGIN HIDDEN TESTS
    rng = np.random.default_rng(1207)
    for count, channels, height, width in [(1, 1, 8, 9), (3, 2, 7, 10)]:
        nets = []
        for seed in (12070, 12071):
            inner = nn.Sequential(nn.Conv2d(channels, 5, 3), nn.BatchNorm2d(5), nn.ELU(), nn.Dropout(0.2))
            outer = nn.Sequential(
                inner, nn.Sequential(nn.Conv2d(5, 4, 2, bias=False), nn.SiLU()), nn.AdaptiveAvgPool2d(2)
            )
            nets.append(drawn(nn.Sequential(outer, nn.Flatten(), nn.Linear(16, 3)), seed + count))
        pictures = tensor(rng.uniform(-1, 1, (count, channels, height, width)))
        classes = torch.from_numpy(rng.integers(0, 3, count))

        def slopes(parts, pictures=pictures, classes=classes):
            x = pictures.clone().requires_grad_()
            out = x
            for part in parts:
                out = part(out)
            chosen = out[torch.arange(len(classes)), classes]
            return torch.autograd.grad(chosen.sum(), x)[0].abs().amax(1).flatten(1).numpy()

        old, new = ([part for part in net.modules() if not list(part.children())] for net in nets)
        truth = []
        for cut in reversed([k for k, part in enumerate(old) if list(part.parameters())]):
            both = zip(slopes(old), slopes(old[:cut] + new[cut:]), strict=True)
            truth.append([stats.spearmanr(*pair).statistic for pair in both])
        got = expect.call(sanity_check, *nets, pictures, classes)
        expect.close(got, truth, f"sanity_check of a drawn network, {count} images")
    ### END HIDDEN TESTS


check_sanity_check_cascade(sanity_check)


# %% check="sanity_check" points=2 why="ranks, also of equal pixels, and whole layers"
@expect.check
def check_sanity_check_ranks(sanity_check):
    trained = fixed(nn.Sequential(nn.Flatten(), nn.Linear(4, 1)), [0, 0, 0, 5], [1])
    untrained = fixed(nn.Sequential(nn.Flatten(), nn.Linear(4, 1)), [1, 2, 3, 40], [2])
    expect.close(
        expect.call(sanity_check, trained, untrained, torch.ones(1, 1, 2, 2, dtype=torch.float64), torch.tensor([0])),
        [[3 / np.sqrt(15)]],
        "sanity_check(model, untrained, image, target), whose maps are (0, 0, 0, 5) and (1, 2, 3, 40)",
        mistakes={
            "equal pixels got different ranks: they share their mean rank": [[1]],
            "1 − 6 Σd² / (n(n² − 1)) holds without ties only: correlate the ranks": [[0.8]],
            "weight and bias went in two steps: a layer goes as a whole": [[1], [3 / np.sqrt(15)]],
            "there are two rows for one layer: a container is none, and weight and bias go together": [
                [3 / np.sqrt(15)]
            ]
            * 2,
            "this is Pearson's correlation of the values: take the one of the ranks": [
                [np.corrcoef([0, 0, 0, 5], [1, 2, 3, 40])[0, 1]]
            ],
        },
    )
    # Two channels of 1 × 2 pixels. In the fresh BatchNorm the statistics turn the order round, its weights do not
    layers = [nn.Sequential(nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(4, 1, bias=False)) for _ in range(2)]
    trained, untrained = (fixed(network, [1, 1], [0, 0], [1, 2, 3, 0]) for network in layers)
    untrained[0].running_var.copy_(tensor([0.01, 100]))
    expect.close(
        expect.call(sanity_check, trained, untrained, torch.ones(1, 2, 1, 2, dtype=torch.float64), torch.tensor([0])),
        [[1], [-1]],
        "sanity_check(model, untrained, image, target), a BatchNorm2d and a Linear layer",
        mistakes={
            "the running statistics stayed: they belong to the BatchNorm too": [[1], [1]],
            "BatchNorm was left out: it has parameters of its own": [[1]],
        },
    )
    ### BEGIN HIDDEN TESTS
    import warnings

    rng = np.random.default_rng(12072)
    nets = []
    for seed in (12073, 12074):
        trunk = nn.Sequential(nn.Conv2d(3, 4, 3, stride=3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2))
        nets.append(drawn(nn.Sequential(trunk, nn.Flatten(), nn.Linear(16, 3)), seed))
    pictures, classes = tensor(rng.uniform(-1, 1, (2, 3, 13, 14))), torch.tensor([2, 1])

    def ranked(network):
        x = pictures.clone().requires_grad_()
        network(x)[torch.arange(2), classes].sum().backward()
        network.zero_grad()
        return [stats.rankdata(heat.numpy()) for heat in x.grad.abs().amax(1)]

    steps = [copy.deepcopy(nets[0]) for _ in range(3)]
    for k, parts in enumerate([("2",), ("2", "0.1"), ("2", "0.1", "0.0")]):
        for name in parts:
            steps[k].get_submodule(name).load_state_dict(nets[1].get_submodule(name).state_dict())
    start = ranked(nets[0])
    truth = [[np.corrcoef(a, b)[0, 1] for a, b in zip(start, ranked(step), strict=True)] for step in steps]
    got = expect.call(sanity_check, *nets, pictures, classes)
    expect.close(got, truth, "sanity_check of a network with ReLU and max pooling, whose maps have many zeros")

    # A multihead attention holds parameters and a layer; the GroupNorm is frozen
    nets = []
    for seed in (12075, 12076):
        trunk = [nn.Conv2d(1, 4, 2), nn.GroupNorm(2, 4), nn.PReLU(4), nn.BatchNorm2d(4, affine=False), nn.Flatten(2)]
        trunk.append(nn.TransformerEncoderLayer(6, 2, 5, activation=torch.tanh, batch_first=True))
        nets.append(drawn(nn.Sequential(*trunk, nn.Flatten(), nn.Linear(24, 3)), seed))
        nets[-1][1].requires_grad_(False)
    pictures = tensor(rng.uniform(-1, 1, (2, 1, 3, 4)))

    def cascade(*layers):
        mixed, rows = dict(nets[0].state_dict()), []
        for layer in layers:
            mixed |= {key: value for key, value in nets[1].state_dict().items() if key.rpartition(".")[0] == layer}
            step = copy.deepcopy(nets[0])
            step.load_state_dict(mixed)
            rows.append([np.corrcoef(a, b)[0, 1] for a, b in zip(ranked(nets[0]), ranked(step), strict=True)])
        return rows

    inner = [f"5.{part}" for part in ("norm2", "norm1", "linear2", "linear1", "self_attn.out_proj", "self_attn")]
    names = ["7", *inner, "2", "1", "0"]
    known = ["7", "5.linear2", "5.linear1", "5.self_attn.out_proj", "3", "0"]
    expect.close(
        expect.call(sanity_check, *nets, pictures, classes),
        cascade(*names),
        "sanity_check of a network with PReLU, attention and a frozen GroupNorm",
        mistakes={
            "layers were chosen by their class: everything with parameters of its own is one": cascade(*known),
            "a frozen layer was left out: it has parameters like the others": cascade(*(n for n in names if n != "1")),
            "a layer with parts inside was left out, but it holds parameters of its own": cascade(
                *(n for n in names if n != "5.self_attn")
            ),
            "a BatchNorm without parameters is no layer: it stays": cascade(*names[:-3], "3", *names[-3:]),
        },
    )
    blank = copy.deepcopy(nets[0])
    blank[-1].weight.data[classes] = 0
    with warnings.catch_warnings(action="ignore"):  # SciPy tells why it gives nan
        got = expect.call(sanity_check, blank, nets[1], pictures, classes)
    expect.close(got, np.full((10, 2), np.nan), "sanity_check where the first map is zero everywhere, so nan")
    ### END HIDDEN TESTS


check_sanity_check_ranks(sanity_check)


# %% wrong="sanity_check" why="the first layer forgets first" keyword="begin with the last"
def sanity_check__first_to_last(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in model.named_modules():
        if len(list(part.parameters(recurse=False))):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="replaces one layer at a time" keyword="in a cascade"
def sanity_check__independent(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    rows = []
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters(recurse=False))):
            twin = copy.deepcopy(model)
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="compares with the step before" keyword="of the step before"
def sanity_check__step_before(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows, last = copy.deepcopy(model), [], heat(model)
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters(recurse=False))):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(last, heat(twin), strict=True)])
            last = heat(twin)
    return np.array(rows)


# %% wrong="sanity_check" why="Pearson's correlation" keyword="Pearson"
def sanity_check__pearson(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters(recurse=False))):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.pearsonr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="ranks the signed gradient" keyword="keep their sign"
def sanity_check__signed(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters(recurse=False))):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="lets the model itself forget" keyword="changed the weights"
def sanity_check__no_copy(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    original, rows = heat(model), []
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters(recurse=False))):
            part.load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(original, heat(model), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="a shallow copy shares its weights with the model" keyword="changed the weights"
def sanity_check__shallow_copy(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    original, twin, rows = heat(model), copy.copy(model), []
    for name, part in reversed(list(twin.named_modules())):
        if len(list(part.parameters(recurse=False))):
            part.load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(original, heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="gives equal pixels different ranks" keyword="equal pixels got different ranks"
def sanity_check__no_ties(model, untrained, images, targets):
    def ranks(net):
        x = images.clone().requires_grad_()
        heats = torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)
        return heats.argsort(dim=1, stable=True).argsort(dim=1).numpy()

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters(recurse=False))):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([np.corrcoef(a, b)[0, 1] for a, b in zip(ranks(model), ranks(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="a step for each tensor of parameters" keyword="went in two steps"
def sanity_check__each_parameter(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, fresh, rows = copy.deepcopy(model), dict(untrained.named_parameters()), []
    for name, values in reversed(list(twin.named_parameters())):
        values.data = fresh[name].data.clone()
        rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="replaces parameters, not running statistics" keyword="running statistics stayed"
def sanity_check__no_statistics(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(twin.named_modules())):
        own = dict(part.named_parameters(recurse=False))
        if own:
            for key, values in own.items():
                values.data = getattr(untrained.get_submodule(name), key).data.clone()
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="convolutions and linear layers only" keyword="BatchNorm was left out"
def sanity_check__no_batchnorm(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if isinstance(part, nn.Conv2d | nn.Linear):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="a row for the untouched model" keyword="for the untouched model"
def sanity_check__step_zero(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), [[1.0] * len(images)]
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters(recurse=False))):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="containers are steps too" keyword="containers count"
def sanity_check__containers(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters())):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="layers of the classes it knows" keyword="chosen by their class"
def sanity_check__known_classes(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if isinstance(part, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="weights that learn only" keyword="a frozen layer was left out"
def sanity_check__not_frozen(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if any(values.requires_grad for values in part.parameters(recurse=False)):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="parts without parts only" keyword="with parts inside"
def sanity_check__no_parts_inside(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if list(part.parameters()) and not list(part.children()):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="whatever has a state, parameters or not" keyword="without parameters is no layer"
def sanity_check__all_states(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1)

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if {**dict(part.named_parameters(recurse=False)), **dict(part.named_buffers(recurse=False))}:
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([stats.spearmanr(a, b)[0] for a, b in zip(heat(model), heat(twin), strict=True)])
    return np.array(rows)


# %% wrong="sanity_check" why="sorts once and takes the places for ranks" keyword="one argsort"
def sanity_check__argsort_once(model, untrained, images, targets):
    def order(net):
        x = images.clone().requires_grad_()
        return torch.autograd.grad(net(x)[range(len(x)), targets].sum(), x)[0].abs().amax(1).flatten(1).argsort()

    twin, rows = copy.deepcopy(model), []
    for name, part in reversed(list(model.named_modules())):
        if len(list(part.parameters(recurse=False))):
            twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
            rows.append([np.corrcoef(a, b)[0, 1] for a, b in zip(order(model), order(twin), strict=True)])
    return np.array(rows)


# %% right="sanity_check" why="a copy for each step, ranks and their correlation in NumPy"
def sanity_check__own_ranks(model, untrained, images, targets):
    def ranks(net):
        x = images.clone().requires_grad_()
        net(x)[torch.arange(len(x)), targets].sum().backward()
        heats = x.grad.abs().amax(1).flatten(1).numpy()
        return np.stack([stats.rankdata(heat) - (heat.size + 1) / 2 for heat in heats])

    places = [k for k, part in enumerate(model.modules()) if list(part.parameters(recurse=False))]
    before, table = ranks(copy.deepcopy(model)), np.zeros((len(places), len(images)))
    for step in range(len(places)):
        twin = copy.deepcopy(model)
        olds, news = list(twin.modules()), list(untrained.modules())
        for place in places[len(places) - step - 1 :]:
            olds[place].load_state_dict(news[place].state_dict())
        after = ranks(twin)
        table[step] = (before * after).sum(1) / np.sqrt((before**2).sum(1) * (after**2).sum(1))
    return table


# %% right="sanity_check" why="from the other end: the untrained copy learns back, layer by layer"
def sanity_check__backwards(model, untrained, images, targets):
    def heat(net):
        x = images.clone().requires_grad_()
        scores = net(x)
        picks = nn.functional.one_hot(targets, scores.shape[1]).to(scores)
        return torch.autograd.grad(scores, x, picks)[0].abs().max(dim=1)[0].reshape(len(x), -1)

    twin, original, rows = copy.deepcopy(model), heat(model), []
    places = [name for name, part in model.named_modules() if any(True for _ in part.parameters(recurse=False))]
    for name in places:
        twin.get_submodule(name).load_state_dict(untrained.get_submodule(name).state_dict())
    for name in places:
        rows.insert(0, [stats.spearmanr(*pair).statistic for pair in zip(original, heat(twin), strict=True)])
        own = {key: values for key, values in model.get_submodule(name).state_dict().items() if "." not in key}
        twin.get_submodule(name).load_state_dict(own, strict=False)
    return np.array(rows)


# %% [markdown]
# Now the cat's network forgets, from the last layer to the first; it has about a hundred. Where does the curve
# fall? Look once more at the second row of the figure after exercise 4: which of the three rules would fail this
# test, because it draws the cat whatever the network knows?

# %%
# Figure · the network forgets
import matplotlib.pyplot as plt

with expect.written():
    small = nn.functional.interpolate(photos["cat"], (112, 112), mode="area")
    similarity = sanity_check(network, forgotten(network), small, network(photos["cat"]).argmax(dim=1))
    fig, ax = plt.subplots()
    ax.plot(range(len(similarity) + 1), [1, *similarity[:, 0]])
    ax.set(
        xlabel="layers that have forgotten, from the last",
        ylabel="rank correlation with the first map",
        ylim=(-0.2, 1.05),
    )
    plot.show(
        fig,
        alt="The rank correlation of the saliency map with that of the trained network, over the number of layers "
        "that have forgotten. It falls from 1 to 0.3 with the very last layer, then slowly to about 0.1.",
    )

# %% [markdown]
# You now have seven ways to ask a network what it saw, and one way to ask whether the answer means anything. The other
# assignment of this unit, 12_gradient_images, goes on from here: it lets the gradient change the pixels.
