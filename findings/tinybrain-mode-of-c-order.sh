#!/bin/bash
# tinybrain 1.7.0, the downsampling of igneous: downsample_segmentation by 2 x 2 x 2 of one array of labels, once in Fortran
# order and once in C order in memory (numpy considers the two equal).
#
# Behaviour: with the array in Fortran order each window becomes its most frequent label, as documented. With the same
# array in C order most windows with a single most frequent label become another one, without an error. By 2 x 2 x 1 the
# results are the same.
# One would have guessed that the order in memory affects only the speed, as it does elsewhere in numpy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tinybrain==1.7.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
from collections import Counter

import numpy as np
import tinybrain

labels = np.random.default_rng(1).integers(1, 4, size=(12, 12, 12)).astype(np.uint64)
fortran, c = np.asfortranarray(labels), np.ascontiguousarray(labels)
assert np.array_equal(fortran, c)


def downsample(array, factor):
    return np.asarray(tinybrain.downsample_segmentation(array, factor)[0])


clear, wrong = 0, {"Fortran": 0, "C": 0}
results = {"Fortran": downsample(fortran, (2, 2, 2)), "C": downsample(c, (2, 2, 2))}
for place in np.ndindex(6, 6, 6):
    x, y, z = (2 * i for i in place)
    counts = Counter(labels[x : x + 2, y : y + 2, z : z + 2].ravel().tolist()).most_common()
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        continue
    clear += 1
    for order, result in results.items():
        wrong[order] += int(result[place] != counts[0][0])
print(f"{clear} windows with one most frequent label; another one was given in {wrong}")
assert wrong["Fortran"] == 0
assert wrong["C"] > clear / 3
assert np.array_equal(downsample(fortran, (2, 2, 1)), downsample(c, (2, 2, 1)))
print("as described")
PYTHON
