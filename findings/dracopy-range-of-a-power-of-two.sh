#!/bin/bash
# DracoPy 1.7.0 (Draco), which the field's tools use to write meshes: integer positions, quantized explicitly to 10 bits.
#
# Behaviour: with a range of 1023 every position is read back unchanged. With a range of 1024, which is a whole number of
# voxels and the size of the quantized cell of the octree, nearly all positions are moved, by up to half a unit.
# One would have guessed that 10 bits hold the integers from 0 to 1023 of a range of 1024.
# Why: the range is divided into 2^bits - 1 steps, not 2^bits, as the end of the range has its own number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check DracoPy==1.7.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import DracoPy
import numpy as np

points = np.array([[i, (i * 7) % 1000, (i * 13) % 1000] for i in range(0, 1000, 3)], np.float32)
faces = np.array([[i, i + 1, i + 2] for i in range(len(points) - 2)], np.uint32)


def come_back(size):
    encoded = DracoPy.encode(
        points, faces, quantization_bits=10, quantization_range=size, quantization_origin=[0, 0, 0], preserve_order=True
    )
    return DracoPy.decode(encoded).points


for size in (1023, 1024):
    moved = np.abs(come_back(size) - points)
    print(f"range {size}: {100 * moved.any(axis=1).mean():.0f} % of the positions moved, by up to {moved.max():.2f}")
assert np.array_equal(come_back(1023), points)
assert (come_back(1024) != points).any(axis=1).mean() > 0.9
print("as described")
PYTHON
