"""Pack the split of EuroSAT that the AiTLAS Benchmark Arena publishes.

    python course/recorded/eurosat_arena.py FOLDER

reads FOLDER/eurosat_train.csv, eurosat_val.csv and eurosat_test.csv, one `<Class>/<Class>_<n>.jpg,<Class>` a line, and
writes cnnlib/data/eurosat_arena.npz: `part`, shape (27000,), says for each tile, class by class and number by number,
which of `names` it belongs to.

Source: I. Dimitrovski, I. Kitanovski, D. Kocev, N. Simidjievski (2023), Current trends in deep learning for Earth
observation: an open-source benchmark arena for image classification, ISPRS Journal of Photogrammetry and Remote
Sensing 197; https://github.com/biasvariancelabs/aitlas-arena.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import numpy as np

files = {"train": "eurosat_train.csv", "validation": "eurosat_val.csv", "test": "eurosat_test.csv"}


def main(folder: str) -> None:
    counts = import_module("cnnlib.data.eurosat").COUNTS
    tiles = [f"{name}/{name}_{number}.jpg,{name}" for name, count in counts.items() for number in range(1, count + 1)]
    index = {line: number for number, line in enumerate(tiles)}
    part = np.full(len(tiles), len(files), np.uint8)
    for number, file in enumerate(files.values()):
        lines = (Path(folder) / file).read_text().split()
        chosen = [index[line] for line in lines]
        assert (part[chosen] == len(files)).all() and len(set(chosen)) == len(lines), f"{file}: a tile comes twice"
        part[chosen] = number
    assert part.max() < len(files), "a tile is in no part"
    target = Path(__file__).parents[2] / "cnnlib" / "data" / "eurosat_arena.npz"
    np.savez_compressed(target, part=part, names=list(files))
    print(f"{target}: {np.bincount(part).tolist()} tiles, {target.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main(sys.argv[1])
