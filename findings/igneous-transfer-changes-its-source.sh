#!/bin/bash
# igneous 4.32.0 (igneous-pipeline on PyPI) with cloud-volume 12.15.2: a transfer of a segmentation with meshes to another folder.
#
# Behaviour: the copy's info names the meshes, which a transfer doesn't copy, so every segment's mesh is missing there. The
# source is written to as well: its provenance gets an entry about the copy. (--clean-info and --no-src-update of the command
# line avoid both; they are off by default.)
# One would have guessed that a copy names only what it has, and that copying leaves the source as it was.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet igneous-pipeline==4.32.0 cloud-volume==12.15.2
cd "$folder"
cat >transfer.py <<'PY'
import json, os, sys, warnings

warnings.simplefilter("ignore")
import igneous.task_creation as create
import numpy as np
from cloudvolume import CloudVolume
from taskqueue import LocalTaskQueue

source, copy = ("file://" + os.path.join(os.getcwd(), name) for name in ("source", "copy"))


def run(tasks):
    queue = LocalTaskQueue(parallel=1, progress=False)
    queue.insert(tasks)
    queue.execute()


labels = np.zeros((64, 64, 64), dtype=np.uint64)
labels[10:50, 10:50, 10:50] = 7
CloudVolume.from_numpy(
    labels, vol_path=source, resolution=(16, 16, 40), chunk_size=(32, 32, 32), layer_type="segmentation", progress=False
)
run(create.create_meshing_tasks(source, mip=0, shape=(64, 64, 64), mesh_dir="mesh", max_simplification_error=40))
run(create.create_mesh_manifest_tasks(source, magnitude=1))
before = open("source/provenance").read()
run(create.create_transfer_tasks(source, copy, chunk_size=(32, 32, 32)))

voxels = CloudVolume(copy, progress=False)[:][..., 0]
print("voxels equal:", np.array_equal(voxels, labels))
named = json.load(open("copy/info")).get("mesh")
print("meshes named by the copy:", named, "- copied:", os.path.exists("copy/mesh"))
changed = open("source/provenance").read() != before
print("provenance of the source changed:", changed)
sys.exit(0 if named == "mesh" and not os.path.exists("copy/mesh") and changed else 1)
PY
"$folder/venv/bin/python" transfer.py 2>/dev/null
echo 'as described'
