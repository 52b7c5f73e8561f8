#!/bin/bash
# kimimaro 5.8.5 and zmesh 1.15.0, which make the skeletons and the meshes of igneous, with the same box of 5 × 5 × 50 voxels of
# 16 × 16 × 40 nm.
#
# Behaviour: the mesh goes from 48 to 128 nm in x and y, as the box has the voxels 3 to 7. Its middle is at 88 nm. The skeleton runs at
# 80 nm, half a voxel nearer to the origin, and in z from 200 to 2160 nm in a box from 200 to 2200. In voxels that are 40 nm
# thick, the skeleton of a thin neurite touches the surface of its mesh.
# One would have guessed that a skeleton runs in the middle of its segment.
# Why: a vertex is the index of a voxel times the size of a voxel, which is the voxel's corner. Half a voxel has to be added.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check kimimaro==5.8.5 zmesh==1.15.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import kimimaro
import numpy as np
import zmesh

VOXEL = np.array([16, 16, 40])
labels = np.zeros((11, 11, 60), np.uint32)
labels[3:8, 3:8, 5:55] = 1

mesher = zmesh.Mesher(tuple(VOXEL))
mesher.mesh(labels)
mesh = mesher.get(1, normals=False, reduction_factor=0, voxel_centered=True).vertices
skeleton = kimimaro.skeletonize(labels, anisotropy=tuple(VOXEL), dust_threshold=0, progress=False)[1].vertices
middle = np.median(skeleton, axis=0)
print("mesh:", mesh.min(0), "to", mesh.max(0))
print("skeleton:", skeleton.min(0), "to", skeleton.max(0), "along", middle[:2])
assert np.array_equal(mesh.min(0), [3, 3, 5] * VOXEL) and np.array_equal(mesh.max(0), [8, 8, 55] * VOXEL)
assert np.array_equal(middle[:2], (mesh.min(0) + mesh.max(0))[:2] / 2 - VOXEL[:2] / 2)
assert skeleton[:, 2].min() == mesh[:, 2].min() and skeleton[:, 2].max() == mesh[:, 2].max() - VOXEL[2]
print("as described")
PYTHON
