#!/bin/bash
# zmesh 1.15.0, the mesher of igneous: Mesher.mesh(labels, close=True) of a box that touches no border of the array, compared
# with the same box meshed without it.
#
# Behaviour: with close=True every vertex is shifted by one voxel along each axis, so the mesh is out of place by a voxel,
# while its size and its triangles are the same. `voxel_centered` adds its half voxel in both cases.
# One would have guessed that close changes meshes only where they end at the border of the array.
# Why: the array is padded by a voxel on each side before it is meshed, and the padding isn't subtracted from the positions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check zmesh==1.15.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import zmesh

labels = np.zeros((9, 9, 9), np.uint32)
labels[3:6, 3:6, 3:6] = 1
voxel = np.array([4, 4, 40])


def mesh(close):
    mesher = zmesh.Mesher(tuple(voxel))
    mesher.mesh(labels, close=close)
    return mesher.get(1, normals=False, reduction_factor=0, voxel_centered=True)


opened, closed = mesh(False), mesh(True)
print("without:", opened.vertices.min(0), "to", opened.vertices.max(0))
print("close=True:", closed.vertices.min(0), "to", closed.vertices.max(0))
# The box has the voxels 3 to 5, which end at 6.
assert np.array_equal(opened.vertices.min(0), 3 * voxel) and np.array_equal(opened.vertices.max(0), 6 * voxel)
assert np.array_equal(closed.vertices.min(0), 4 * voxel) and np.array_equal(closed.vertices.max(0), 7 * voxel)
assert len(opened.faces) == len(closed.faces)
print("as described")
PYTHON
