"""Write satellite_run.npz: what lesson 13 shows of EuroSAT, and runs with one thing wrong each.

    EUROSAT_ROOT=... python course/recorded/satellite_run.py

Trains two networks on EuroSAT, with turned tiles and without, and 14 small ones on Landsat: about 20 minutes on two
cores with bfloat16. Most are kept in a temporary folder, so that a second start takes a few minutes. Everything is
measured on the validation part; the test part is asked once, for the final number. Pictures lie side by side in JPEG
sheets.

The tiles are from EuroSAT (Helber et al. 2019, MIT License; contains modified Copernicus Sentinel data).
"""

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from torch.nn import functional

from cnnlib import data
from cnnlib.train import recipe, train
from cnnlib.train.augment import orient

TARGET = Path(data.__file__).parents[1] / "recorded" / "satellite_run.npz"
CHECKPOINTS = Path(tempfile.gettempdir()) / "satellite_run"
EXAMPLES, MISTAKES = 6, 12
ZOOMS = (0.5, 0.7, 1.0, 1.4, 2.0)
SHIFTS = (-60, -40, -20, 0, 20, 40, 60)  # of 255
CONTRASTS = (0.4, 0.6, 0.8, 1.0, 1.25, 1.6, 2.0)

SOUND = {"epochs": 40, "width": 16}
WRONG = {
    "healthy": {},
    "rate too high": {"learning_rate": 6.0, "schedule": "constant", "average": 0.0},
    "rate too low": {"learning_rate": 3e-5, "schedule": "constant", "average": 0.0},
    "too small": {"width": 1, "whiten": False},
    "memorising": {"width": 48, "weight_decay": 0.0, "label_smoothing": 0.0, "orientations": "none", "average": 0.0},
    "labels shuffled": {},
}
CURVES = ("loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate", "gradient_norm")


def sheet(images, columns, quality=90):
    """Return pictures (N, S, S, 3) side by side as the bytes of one JPEG; its blocks end where the pictures do."""
    count, side = len(images), images.shape[1]
    rows = images.reshape(count // columns, columns, side, side, 3).swapaxes(1, 2)
    file = io.BytesIO()
    Image.fromarray(rows.reshape(-1, columns * side, 3)).save(file, "JPEG", quality=quality)
    return np.frombuffer(file.getvalue(), np.uint8)


def eurosat_run(tiles, name, **changes):
    """Train on EuroSAT, or take the network that an earlier start has trained."""
    CHECKPOINTS.mkdir(exist_ok=True)
    kept = {"checkpoint": str(CHECKPOINTS / f"{name}.pt"), "resume": True}
    settings = recipe("eurosat", width=32, stride=2, precision="bfloat16", epochs=8, **kept, **changes)
    outcome = train(tiles, settings, progress=True)
    print(f"{name}: {outcome.part} accuracy {outcome.accuracy:.4f} with {settings.views} views")
    return outcome


class Asker:
    """Asks a trained network about pictures as they are, shape (N, 3, S, S), values from 0 to 255."""

    def __init__(self, outcome):
        self.network = outcome.network
        self.mean, self.spread = (torch.tensor(255 * one)[:, None, None] for one in (outcome.mean, outcome.spread))

    def prepared(self, pixels):
        layout = torch.channels_last
        return ((pixels - self.mean) / self.spread).float().contiguous(memory_format=layout)

    def logits(self, pixels, batch=256):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            return torch.cat([self.network(self.prepared(part)).float() for part in pixels.split(batch)])

    def share(self, pixels, labels):
        """Return the share of the pictures that were recognised, from one view."""
        return (self.logits(pixels).argmax(1) == labels).float().mean().item()

    def gradcam(self, pixels, classes):
        """Return Grad-CAM of the last maps, shape (N, 4, 4), for one class a picture; its largest value is 1."""
        kept = []
        handle = self.network.groups[2].register_forward_hook(lambda module, args, maps: kept.append(maps))
        logits = self.network(self.prepared(pixels).requires_grad_())
        handle.remove()
        (slopes,) = torch.autograd.grad(logits.gather(1, classes[:, None]).sum(), kept)
        maps = (slopes.mean((2, 3), keepdim=True) * kept[0]).sum(1).clamp(min=0)
        return (maps / maps.amax((1, 2), keepdim=True).clamp(min=1e-12)).detach()


def as_pixels(images):
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()


# --------------------------------------------------------------------------- EuroSAT


def about_the_set(tiles):
    """What is known of the tiles before any training: examples, counts, and colours of the training part."""
    images, labels = tiles.part("train")
    rng = np.random.default_rng(13)
    chosen = np.concatenate([rng.permutation(np.flatnonzero(labels == k))[:EXAMPLES] for k in range(10)])
    mean, spread = tiles.statistics()
    asked = tiles.part("validation")
    # mean and spread of a tile's colours, shape (N, 6)
    few = [np.concatenate([part.mean((1, 2)), part.std((1, 2))], axis=1) for part in (images, asked[0])]
    colour_alone = QuadraticDiscriminantAnalysis().fit(few[0], labels).score(few[1], asked[1])
    of_class = [images[labels == k].reshape(-1, 3) / np.float32(255) for k in range(10)]
    return {
        "classes": np.array(tiles.classes),
        "examples": sheet(images[chosen], EXAMPLES),
        "counts": np.array([np.bincount(tiles.part(name)[1]) for name in ("train", "validation", "test")]),
        "colour_alone": np.array(colour_alone),
        "mean": mean,
        "spread": spread,
        "colours": np.array([pixels.mean(0) for pixels in of_class]),
        "colour_spreads": np.array([pixels.std(0) for pixels in of_class]),
    }


def about_the_run(tiles, outcome):
    """The run's curves, what it said about the validation part, and its score on the test part."""
    probabilities = torch.from_numpy(outcome.logits).float().softmax(1)
    test_images, test_labels = tiles.part("test")
    asker, pixels = Asker(outcome), as_pixels(test_images)
    logits = sum(asker.logits(orient(pixels, torch.full((len(pixels),), view))) for view in range(8))
    test = (logits.argmax(1).numpy() == test_labels).mean()
    print(f"test accuracy {test:.4f}")
    return {
        **{f"run/{name}": np.array([record[name] for record in outcome.records]) for name in CURVES},
        "run/seconds": np.array(outcome.seconds),
        "run/weights": np.array(sum(weight.numel() for weight in outcome.network.parameters())),
        "run/labels": outcome.labels.astype(np.uint8),
        "run/predictions": outcome.predictions.astype(np.uint8),
        "run/confidence": probabilities.amax(1).numpy().astype(np.float16),
        "run/test_accuracy": np.array(test),
        "run/test_tiles": np.array(len(test_labels)),
    }


def game(outcome, images, labels):
    """Twelve tiles to guess: one of each class, and two that the network got wrong."""
    rng = np.random.default_rng(7)
    right = outcome.predictions == labels
    drawn = [rng.choice(np.flatnonzero(right & (labels == k))) for k in range(10)]
    chosen = rng.permutation([*drawn, *rng.choice(np.flatnonzero(~right), 2, replace=False)])
    shares = torch.from_numpy(outcome.logits[chosen]).float().softmax(1).numpy()
    return {"game/tiles": sheet(images[chosen], 6, 92), "game/labels": labels[chosen], "game/probabilities": shares}


def mistakes(outcome, images, labels):
    """The most confident mistakes, and Grad-CAM for the class that was said and for the label."""
    probabilities = torch.from_numpy(outcome.logits).float().softmax(1).numpy()
    said = outcome.predictions
    wrong = np.flatnonzero(said != labels)
    chosen = wrong[np.argsort(-probabilities[wrong].max(1), kind="stable")][:MISTAKES]
    asker, pixels = Asker(outcome), as_pixels(images[chosen])
    maps = {
        name: asker.gradcam(pixels, torch.from_numpy(of[chosen])) for name, of in (("said", said), ("label", labels))
    }
    return {
        "mistakes/tiles": sheet(images[chosen], 6, 92),
        "mistakes/labels": labels[chosen],
        "mistakes/predictions": said[chosen],
        "mistakes/probabilities": probabilities[chosen].astype(np.float32),
        **{f"mistakes/{name}": np.uint8(255 * strength.numpy()) for name, strength in maps.items()},
    }


def orientations(outcomes, images, labels):
    """What networks trained with turned tiles and without say about the eight orientations of a tile."""
    pixels, truth = as_pixels(images), torch.from_numpy(labels)
    kept = {}
    for name, outcome in outcomes.items():
        asker = Asker(outcome)
        said = torch.stack([asker.logits(orient(pixels, torch.full((len(pixels),), k))).argmax(1) for k in range(8)])
        kept[f"orientations/{name}/accuracy"] = (said == truth).float().mean(1).numpy()
        kept[f"orientations/{name}/agree"] = np.array((said == said[0]).all(0).float().mean().item())
        kept[f"orientations/{name}/train_accuracy"] = np.array(outcome.records[-1]["accuracy"])
    return kept


def sizes(asker, images, labels):
    """The same ground in more and in fewer pixels. Two controls: each pixel repeated; and blurred at the old size."""
    pixels, truth = as_pixels(images), torch.from_numpy(labels)
    zoomed, blurred = [], []
    doubled = functional.interpolate(pixels, scale_factor=2, mode="nearest")
    for zoom in ZOOMS:
        side = 2 * round(pixels.shape[2] * zoom / 2)
        other = functional.interpolate(pixels, (side, side), mode="bilinear", antialias=True)
        back = functional.interpolate(other, pixels.shape[2:], mode="bilinear", antialias=True)
        zoomed.append(asker.logits(other).argmax(1))
        blurred.append(asker.share(back, truth))
    right = torch.stack([said == truth for said in zoomed])
    by_class = [[right[z][truth == k].float().mean().item() for k in range(10)] for z in range(len(ZOOMS))]
    said = [torch.bincount(one, minlength=10).numpy() for one in zoomed]
    return {
        "size/zooms": np.array(ZOOMS),
        "size/accuracy": right.float().mean(1).numpy(),
        "size/recall": np.array(by_class),
        "size/said": np.array(said),
        "size/blurred": np.array(blurred),
        "size/doubled": np.array(asker.share(doubled, truth)),
        "size/thinned": np.array(asker.share(pixels[:, :, ::2, ::2], truth)),
    }


def sensors(asker, images, labels):
    """Brighter and darker, flatter and harder, and with red and blue exchanged."""
    pixels, truth = as_pixels(images), torch.from_numpy(labels)
    middle = pixels.mean((0, 2, 3), keepdim=True)
    brighter = [asker.share((pixels + shift).clamp(0, 255), truth) for shift in SHIFTS]
    harder = [(middle + factor * (pixels - middle)).clamp(0, 255) for factor in CONTRASTS]
    # what one can do: bring mean and spread of the new pictures back to those of the training part
    refitted = []
    for shown in harder:
        centre, width = shown.mean((0, 2, 3), keepdim=True), shown.std((0, 2, 3), keepdim=True)
        refitted.append(asker.share((shown - centre) / width * asker.spread.float() + asker.mean.float(), truth))
    return {
        "sensor/shifts": np.array(SHIFTS),
        "sensor/brighter": np.array(brighter),
        "sensor/contrasts": np.array(CONTRASTS),
        "sensor/harder": np.array([asker.share(shown, truth) for shown in harder]),
        "sensor/refitted": np.array(refitted),
        "sensor/swapped": np.array(asker.share(pixels.flip(1), truth)),
    }


# --------------------------------------------------------------------------- Landsat


def patients():
    """The curves of six runs, of which five have one thing wrong."""
    CHECKPOINTS.mkdir(exist_ok=True)
    tiles = data.landsat()
    shuffled = tiles.labels.copy()
    train_part = tiles.indices("train")
    shuffled[train_part] = np.random.default_rng(0).permutation(shuffled[train_part])
    kept = {"patients": np.array(list(WRONG))}
    for number, (name, changes) in enumerate(WRONG.items()):
        shown = replace(tiles, labels=shuffled) if name == "labels shuffled" else tiles
        kept_as = {"checkpoint": str(CHECKPOINTS / f"{name.replace(' ', '-')}.pt"), "resume": True}
        outcome = train(shown, recipe("landsat", **{**SOUND, **changes, **kept_as}))
        kept[f"patients/{number}"] = np.array([[r[curve] for curve in CURVES] for r in outcome.records], np.float32)
        last = outcome.records[-1]
        print(f"{name}: train {last['accuracy']:.3f}, validation {last['validation_accuracy']:.3f}")
    return kept


def places(patches):
    """Return the numbers of the patches that hang together, and their places in the scene; the lesson explains it."""
    beside = {n: [] for n in range(len(patches))}
    for step, of_a, of_b in [((0, 1), np.s_[:, :, 1:], np.s_[:, :, :2]), ((1, 0), np.s_[:, 1:], np.s_[:, :2])]:
        home = {block.tobytes(): n for n, block in enumerate(patches[of_b])}
        for a, block in enumerate(patches[of_a]):
            b = home.get(block.tobytes())
            if b is not None:
                beside[a].append((b, np.array(step)))
                beside[b].append((a, -np.array(step)))
    found, waiting = {0: np.zeros(2, int)}, [0]
    for a in waiting:
        for b, step in beside[a]:
            if b not in found:
                found[b] = found[a] + step
                waiting.append(b)
    where = np.array(list(found.values()))
    return np.array(list(found)), where - where.min(0)


def regions():
    """The network's accuracy on Landsat: four parts drawn at random, and four quarters of the scene held out."""
    tiles = data.landsat()
    laid, where = places(tiles.images)
    rows, columns = where.max(0) + 3
    quarter = 2 * (where[:, 0] >= rows / 2) + (where[:, 1] >= columns / 2)
    dealt = np.random.default_rng(0).permutation(len(laid)) % 4
    kept = {}
    for name, groups, margin in (("random", dealt, 0), ("held_out", quarter, 2)):
        right = 0.0
        for group in range(4):
            asked = groups == group
            low, high = where[asked].min(0) - margin, where[asked].max(0) + margin
            close = ((where >= low) & (where <= high)).all(1) if margin else asked
            cut = replace(tiles, parts={"train": laid[~close], "validation": laid[asked]})
            right += train(cut, recipe("landsat", epochs=25, watch=0)).accuracy * asked.sum()
        kept[f"regions/{name}"] = np.array(right / len(laid))
        print(f"regions, {name}: {right / len(laid):.4f}")
    return kept


def main():
    torch.manual_seed(0)
    tiles = data.eurosat()
    kept = patients() | regions() | about_the_set(tiles)
    turned = eurosat_run(tiles, "turned")
    upright = eurosat_run(tiles, "upright", orientations="none", views=1)
    images, labels = tiles.part("validation")
    asker = Asker(turned)
    kept |= about_the_run(tiles, turned) | game(turned, images, labels) | mistakes(turned, images, labels)
    kept |= orientations({"turned": turned, "upright": upright}, images, labels)
    kept |= sizes(asker, images, labels) | sensors(asker, images, labels)
    np.savez_compressed(TARGET, **kept)
    print(f"{TARGET.name}: {len(kept)} arrays, {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
