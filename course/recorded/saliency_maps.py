"""Write saliency_maps.npz: the pictures of lesson 12 that only an assignment's code, or minutes, could make.

    python course/recorded/saliency_maps.py

Needs what the lesson needs, and Captum. Takes some minutes on two cores. Numbers only: uint8 wherever a picture is
meant, so that the file stays under 600 KB.
"""

import copy
import io
import warnings
from pathlib import Path

import numpy as np
import torch
from captum.attr import Deconvolution, GuidedBackprop, LayerGradCam, NoiseTunnel, Occlusion, Saliency
from PIL import Image
from scipy import ndimage, stats
from torch.nn import functional

from cnnlib import data, models

TARGET = Path(data.__file__).parent / "recorded" / "saliency_maps.npz"
SUBJECTS = ("cat", "coffee", "astronaut", "rocket")
WINDOWS, STRIDE = (16, 32, 64), 16  # pixels of a gray square and from one place to the next
KOALA = 105
NOISE = {"nt_type": "smoothgrad", "nt_samples": 20, "nt_samples_batch_size": 4, "stdevs": 0.3}


class ReLU6(torch.nn.ReLU):
    """A ReLU6 that Captum takes for a ReLU, whose backward rule it replaces."""

    def forward(self, x):
        return functional.relu6(x)


class Soft6(torch.nn.Module):
    """A ReLU6 with round corners: its slope changes everywhere, so that a gradient of a gradient is not zero."""

    def forward(self, x):
        return functional.softplus(x, beta=4) - functional.softplus(x - 6, beta=4)


def with_activation(network, kind):
    """Return a copy of the network with other activations."""
    network = copy.deepcopy(network)
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, torch.nn.ReLU6):
                setattr(module, name, kind())
    return network


def jpeg(pixels, quality=80):
    """Return a picture (H, W, 3) from 0 to 1 as the bytes of a JPEG file."""
    file = io.BytesIO()
    Image.fromarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)).save(file, format="JPEG", quality=quality)
    return np.frombuffer(file.getvalue(), np.uint8)


def as_bytes(strength, side=None):
    """Return a map (H, W) in 256 steps from 0 to its 99.5 % quantile; smaller by averaging where `side` asks for it."""
    strength = np.maximum(np.asarray(strength, float), 0)
    if side:
        blocks = strength.shape[0] // side
        strength = strength.reshape(side, blocks, side, blocks).mean((1, 3))
    return np.uint8(255 * np.clip(strength / (np.quantile(strength, 0.995) or 1), 0, 1))


def strongest_channel(attribution):
    """Return the largest magnitude of the three channels, shape (H, W)."""
    return attribution.detach().abs()[0].amax(0).numpy()


def probability(network, image, target):
    with torch.no_grad():
        return float(network(image).softmax(1)[0, target])


# --------------------------------------------------------------------------- maps


def maps_of(network, image, target):
    """Return the maps of every method as float arrays, shape (224, 224) or (7, 7)."""
    gradient = Saliency(network)
    squares = Occlusion(lambda batch: network(batch).softmax(1))
    torch.manual_seed(0)
    with torch.no_grad():
        occlusion = squares.attribute(image, (3, 32, 32), strides=(3, 16, 16), target=target, perturbations_per_eval=8)
    last = LayerGradCam(network, network._avg_pooling).attribute(
        image, target, attribute_to_layer_input=True, relu_attributions=True
    )
    return {
        "occlusion": occlusion[0, 0].numpy(),
        "gradient": strongest_channel(gradient.attribute(image, target, abs=False)),
        "smoothgrad": strongest_channel(
            NoiseTunnel(Saliency(network)).attribute(image, target=target, abs=False, **NOISE)
        ),
        "deconvnet": strongest_channel(Deconvolution(network).attribute(image, target)),
        "guided": strongest_channel(GuidedBackprop(network).attribute(image, target)),
        "gradcam": last[0, 0].detach().numpy(),
    }


def edges(image):
    """Return how much the brightness changes at each pixel: a map that knows no network."""
    gray = models.to_photo(image).mean(2)
    return np.hypot(ndimage.sobel(gray, 0), ndimage.sobel(gray, 1))


def window_probabilities(network, image, target, window):
    """Return the class's probability for a gray square at every place of a grid."""
    places = range(0, 224 - window + 1, STRIDE)
    rows = []
    for top in places:
        batch = image.repeat(len(places), 1, 1, 1)
        for covered, left in zip(batch, places, strict=True):
            covered[:, top : top + window, left : left + window] = 0
        with torch.no_grad():
            rows.append(network(batch).softmax(1)[:, target].numpy())
    return np.array(rows, np.float32)


# --------------------------------------------------------------------------- inside the network


def contributors(network, image, target):
    """Return what the class's score is made of: the last feature maps, their means and their weights."""
    with torch.no_grad():
        features = network.extract_features(image)[0].numpy()
    weight = network._fc.weight[target].detach().numpy()
    order = np.argsort(-weight * features.mean((1, 2)))
    weighted = weight[order, None, None] * features[order]
    return {
        "cam/maps": features[order[:4]].astype(np.float16),
        "cam/weights": weight[order[:4]].astype(np.float16),
        "cam/sums": np.array([weighted[:n].sum(0) for n in (1, 10, 100, 1280)], np.float16),
    }


def middle(network, image, target):
    """Return four maps of a layer in the middle, and how the score depends on each of their places."""
    kept = []

    def keep(module, args, output):
        output.retain_grad()
        kept.append(output)

    handle = network._blocks[10].register_forward_hook(keep)
    network(image)[0, target].backward()
    handle.remove()
    activation, slope = kept[0].detach()[0].numpy(), kept[0].grad[0].numpy()
    alpha = slope.mean((1, 2))
    order = np.argsort(-np.abs(alpha[:, None, None] * activation).max((1, 2)))
    chosen = [*[k for k in order if alpha[k] > 0][:2], *[k for k in order if alpha[k] < 0][:1]]
    return {
        "gradcam/maps": activation[chosen].astype(np.float16),
        "gradcam/slopes": slope[chosen].astype(np.float32),
        "gradcam/sum": np.maximum((alpha[:, None, None] * activation).sum(0), 0).astype(np.float16),
    }


def unlearned(network, image, target):
    """Return maps and likenesses while the weights are drawn anew, from the last layer to the first."""
    network = copy.deepcopy(network)
    torch.manual_seed(1)
    groups = [
        ("as trained", []),
        ("last layer", [network._fc]),
        ("… and head", [network._conv_head]),
        ("… 5 blocks", list(network._blocks[11:])),
        ("… 10 blocks", list(network._blocks[6:11])),
        ("everything", [*network._blocks[:6], network._conv_stem]),
    ]
    found = {"cascade/stages": np.array([name for name, _ in groups])}
    trained = None
    for stage, (_, modules) in enumerate(groups):
        for module in modules:
            for weight in module.parameters():
                if weight.dim() > 1:
                    torch.nn.init.normal_(weight, weight.mean().item(), weight.std().item())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            maps = {
                "gradient": strongest_channel(Saliency(network).attribute(image, target, abs=False)),
                "guided": strongest_channel(GuidedBackprop(network).attribute(image, target)),
                "gradcam": LayerGradCam(network, network._avg_pooling)
                .attribute(image, target, attribute_to_layer_input=True, relu_attributions=True)[0, 0]
                .detach()
                .numpy(),
            }
        trained = trained or maps
        for method, strength in maps.items():
            found[f"cascade/{method}/{stage}"] = as_bytes(strength, 56 if len(strength) > 7 else None)
            alike = stats.spearmanr(strength.ravel(), trained[method].ravel()).statistic if strength.std() else 0.0
            found[f"cascade/{method}/likeness/{stage}"] = np.float32(alike)
    return found


# --------------------------------------------------------------------------- pictures made by gradients


def slope_of(network, image, target):
    image = image.clone().requires_grad_()
    network(image)[0, target].backward()
    return image.grad


def loss_slope(network, image, target):
    image = image.clone().requires_grad_()
    (slope,) = torch.autograd.grad(-network(image).log_softmax(1)[0, target], image)
    return slope


def fooled(network, image, target):
    """Return the change, in whole pixel values, that makes the network 90 % sure of another class."""
    pixels = (image * models.SPREAD + models.CENTRE).round()
    changed = image
    for _ in range(300):
        whole = (changed * models.SPREAD + models.CENTRE).round()
        if probability(network, (whole - models.CENTRE) / models.SPREAD, target) > 0.9:
            break
        step = loss_slope(network, changed, target)
        changed = (changed - 0.3 * step / step.norm()).clamp(-127 / 128, 1)
    return (whole - pixels)[0].permute(1, 2, 0).numpy().astype(np.int8)


def roll(image, reach, generator):
    """Return the image shifted at random, and how to shift it back."""
    by = torch.randint(-reach, reach + 1, (2,), generator=generator).tolist()
    return torch.roll(image, by, (2, 3)), [-shift for shift in by]


def smoothed(slope):
    """Return a gradient with its coarse parts made stronger."""
    return sum(torch.from_numpy(ndimage.gaussian_filter(slope.numpy(), (0, 0, s, s))) for s in (0.5, 1, 2, 4))


def class_image(network, target, *, sizes=(96, 160, 224), steps=45, rate=0.06, decay=0.01, help=True):
    """Climb the score from a gray picture, from small to large; with smoothing, decay and shifts, or without."""
    generator = torch.Generator().manual_seed(0)
    image = 0.02 * torch.randn(1, 3, sizes[0], sizes[0], generator=generator)
    frames = {}
    for size in sizes:
        image = functional.interpolate(image, (size, size), mode="bilinear")
        for _ in range(steps):
            if not help:
                slope = slope_of(network, image, target)
                image = (image + 8 * slope / slope.norm()).clamp(-1, 1)
                continue
            moved, back = roll(image, size // 12, generator)
            slope = smoothed(torch.roll(slope_of(network, moved, target), back, (2, 3)))
            image = ((1 - decay) * (image + rate * slope / slope.abs().mean().clamp(min=1e-12) * 0.5)).clamp(-1, 1)
        frames[size] = models.to_photo(functional.interpolate(image, (224, 224), mode="bilinear"))
    return frames


def dream(network, photo, block, octaves=3, ratio=1.5, steps=10, rate=0.02):
    """Make the units of a block fire more, from a small version of the photograph up to the whole."""
    image = torch.from_numpy(2 * photo.transpose(2, 0, 1)[None] - 1).float()
    sizes = [[round(side / ratio**k) for side in image.shape[2:]] for k in reversed(range(octaves))]
    generator = torch.Generator().manual_seed(0)
    fired = []
    handle = network._blocks[block].register_forward_hook(lambda module, args, output: fired.append(output))
    detail = torch.zeros(1, 3, *sizes[0])
    for size in sizes:
        base = functional.interpolate(image, size, mode="bilinear", antialias=True)
        now = base + functional.interpolate(detail, size, mode="bilinear")
        for _ in range(steps):
            moved, back = roll(now, 16, generator)
            moved = moved.clone().requires_grad_()
            fired.clear()
            network.extract_features(moved)
            slope = torch.roll(torch.autograd.grad(fired[0].square().mean(), moved)[0], back, (2, 3))
            now = (now + rate * slope / slope.abs().mean()).clamp(-1, 1).detach()
        detail = now - base
    handle.remove()
    return (now[0].permute(1, 2, 0).numpy() + 1) / 2


def fragile(network, image, target, most=8, steps=24, count=1000):
    """Return a change of at most `most` pixel values that keeps the class and moves its map elsewhere."""
    soft = with_activation(network, Soft6)
    pixels = (image * models.SPREAD + models.CENTRE).round()
    sure = probability(network, image, target)

    def strongest(shown):
        slope = strongest_channel(Saliency(network).attribute(shown, target, abs=False))
        return np.argsort(-slope, axis=None)[:count]

    first = strongest((pixels - models.CENTRE) / models.SPREAD)
    mask = torch.zeros(224 * 224)
    mask[first] = 1
    change = torch.zeros_like(image)
    best, fewest = change, 1.0
    for _ in range(steps):
        varied = ((pixels + change).clamp(0, 255) - models.CENTRE) / models.SPREAD
        left = np.isin(strongest(varied), first).mean()
        if left < fewest and probability(network, varied, target) > sure - 0.02:
            best, fewest = change, left
        varied.requires_grad_()
        logits = soft(varied)
        (slope,) = torch.autograd.grad(logits[0, target], varied, create_graph=True)
        strength = slope.abs().amax(1).flatten()
        aim = 0.2 * logits.log_softmax(1)[0, target] - ((strength * mask).sum() / strength.sum()).log()
        (step,) = torch.autograd.grad(aim, varied)
        change = (change + 4 * step.sign()).clamp(-most, most)
    changed = ((pixels + best).clamp(0, 255) - pixels)[0].permute(1, 2, 0).numpy().astype(np.int8)
    return changed, fewest


# --------------------------------------------------------------------------- all of it


def target_of(network, image):
    with torch.no_grad():
        return int(network(image).argmax())


def gallery(network):
    kept = {}
    for subject in SUBJECTS:
        image = models.preprocess(data.photo(subject))
        target = target_of(network, image)
        for method, strength in maps_of(network, image, target).items():
            kept[f"{subject}/{method}"] = as_bytes(strength, 112 if len(strength) > 7 else None)
        kept[f"{subject}/edges"] = as_bytes(edges(image), 112)
    return kept


def on_the_coffee(network):
    coffee = models.preprocess(data.photo("coffee"))
    target = target_of(network, coffee)
    kept = {f"windows/{window}": window_probabilities(network, coffee, target, window) for window in WINDOWS}
    kept["fgsm/sign"] = np.packbits(loss_slope(network, coffee, target)[0].permute(1, 2, 0).numpy() > 0)
    kept |= contributors(network, coffee, target) | middle(network, coffee, target)
    return kept | unlearned(network, coffee, target)


def attacks(network):
    kept = {"fooled/change": fooled(network, models.preprocess(data.photo("cat")), KOALA)}
    coffee = models.preprocess(data.photo("coffee"))
    target = target_of(network, coffee)
    kept["fragile/change"], share = fragile(network, coffee, target)
    pixels = (coffee * models.SPREAD + models.CENTRE).round()
    moved = pixels + torch.from_numpy(kept["fragile/change"]).permute(2, 0, 1)
    for name, shown in (("before", pixels), ("after", moved)):
        slope = Saliency(network).attribute((shown - models.CENTRE) / models.SPREAD, target, abs=False)
        kept[f"fragile/{name}"] = as_bytes(strongest_channel(slope), 112)
    print(f"fragile: {share:.0%} of the 1000 strongest pixels are left")
    return kept


def wishes(network):
    names = models.class_names()
    kept = {}
    for name in ("goldfish", "lorikeet", "pineapple"):
        for size, frame in class_image(network, names.index(name)).items():
            if name == "goldfish" or size == 224:
                kept[f"class/{name}/{size}"] = jpeg(frame)
    kept["class/goldfish/raw"] = jpeg(class_image(network, names.index("goldfish"), sizes=(224,), help=False)[224])
    return kept


def dreams(network):
    photo = data.photo("coffee", size=360)
    return {"dream/before": jpeg(photo), "dream/after": jpeg(dream(network, photo, 9))}


PARTS = (gallery, on_the_coffee, attacks, wishes, dreams)


def main():
    warnings.simplefilter("ignore")
    network = with_activation(models.efficientnet_lite0(), ReLU6)
    kept = {}
    for part in PARTS:
        kept |= part(network)
    np.savez_compressed(TARGET, **kept)
    print(f"{TARGET.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
