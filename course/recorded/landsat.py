"""Pack the Statlog Landsat set from R's package mlbench.

    apt-get download r-cran-mlbench && dpkg -x r-cran-mlbench_*.deb mlbench
    pip install rdata
    python course/recorded/landsat.py mlbench/usr/lib/R/site-library/mlbench/data/Satellite.rda

writes cnnlib/data/landsat.npz: `images`, shape (6435, 3, 3, 4), and `labels`, shape (6435,), both uint8. A row of the
source has 36 values: the four bands of the top left pixel, then those of the pixel right of it, and so on. mlbench
keeps the rows in the order of UCI's files, the 4435 of sat.trn, then the 2000 of sat.tst; that is checked here by the
number of each class in the two files and by the rows at their ends.

Source: A. Srinivasan (1993), Statlog (Landsat Satellite), UCI Machine Learning Repository, doi 10.24432/C55887,
CC BY 4.0.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import rdata

published = 4435
# how often each class comes in sat.trn and in sat.tst, and the middle pixels of the rows at their ends
per_class = [[1072, 479, 961, 415, 470, 1038], [461, 224, 397, 211, 237, 470]]
ends = {0: [92, 112, 118, 85], 4434: [71, 91, 100, 83], 4435: [76, 103, 118, 88], 6434: [63, 68, 109, 92]}


def main(source: str) -> None:
    frame = rdata.read_rda(source)["Satellite"]
    values = frame.iloc[:, :36].to_numpy()
    images = values.astype(np.uint8).reshape(-1, 3, 3, 4)
    labels = frame["classes"].cat.codes.to_numpy().astype(np.uint8)
    assert (images.reshape(values.shape) == values).all(), "a value is no whole number from 0 to 255"
    assert [np.bincount(part).tolist() for part in (labels[:published], labels[published:])] == per_class
    assert all(images[row, 1, 1].tolist() == middle for row, middle in ends.items())
    target = Path(__file__).parents[2] / "cnnlib" / "data" / "landsat.npz"
    np.savez_compressed(target, images=images, labels=labels)
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1])
