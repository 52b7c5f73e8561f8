#!/bin/bash
# trimesh 5.2.0 with a mesh of zmesh 1.15.0: a ball of 24 voxels of 4 nm, with its vertices in nanometres, in micrometres, in
# millimetres and in metres.
#
# Behaviour: in metres, which are the base unit of Neuroglancer's coordinate spaces and of OME-Zarr's units, 2622 vertices become fewer than 500,
# and the mesh has holes. It throws nothing, and the volume is off by only 2 %. In the other units the mesh stays as it is.
# One would have guessed that the unit of the coordinates doesn't matter.
# Why: `Trimesh(…)`, and so `load`, joins vertices that are nearer to each other than trimesh.tol.merge, which is 1e-8 of
# whatever unit the mesh has: 10 nm if it has metres. `process=False` avoids it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check trimesh==5.2.0 zmesh==1.15.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import trimesh
import zmesh

z, y, x = np.mgrid[:30, :30, :30]
ball = ((z - 15) ** 2 + (y - 15) ** 2 + (x - 15) ** 2 < 144).astype(np.uint32)
mesher = zmesh.Mesher((1, 1, 1))
mesher.mesh(ball)
mesh = mesher.get(1, normals=False, reduction_factor=0)
for unit, voxel in {"nm": 4.0, "µm": 4e-3, "mm": 4e-6, "m": 4e-9}.items():
    made = trimesh.Trimesh(mesh.vertices * voxel, mesh.faces)
    print(unit, len(made.vertices), "vertices,", "closed," if made.is_watertight else "with holes,", round(made.volume / voxel**3))
    kept = unit != "m"
    assert (len(made.vertices) == len(mesh.vertices)) == kept and made.is_watertight == kept
    assert kept or len(made.vertices) < 500
    raw = trimesh.Trimesh(mesh.vertices * voxel, mesh.faces, process=False)
    assert len(raw.vertices) == len(mesh.vertices)
print("as described")
PYTHON
