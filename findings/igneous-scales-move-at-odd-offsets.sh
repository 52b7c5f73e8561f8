#!/bin/bash
# igneous 4.32.0 (igneous-pipeline on PyPI) with cloud-volume 12.15.2: coarser scales of a segmentation whose voxel_offset is odd, as
# that of a part that was cut out of a larger volume. tensorstore 0.1.86 downsamples the same volume for comparison.
#
# Behaviour: the next scale lies one voxel of the finest scale nearer to the origin than the data. A segment from 101 to 109 is at
# 100 to 108 there, so in a viewer it jumps when the scale changes, and the scale ends before the volume: the last plane has no
# voxel. With an even offset, both agree. The exit code is 0, and there is no warning.
# One would have guessed that scales lie on one another, wherever a volume begins.
# Why: igneous takes pairs of voxels from the beginning of the volume (65 and 66). The offset of the coarser scale is half the
# finer one's, rounded down: 32, which stands for 64 and 65. Its size is half the finer one's, so that it ends at 160, which
# stands for 320, and the volume ends at 321.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check igneous-pipeline==4.32.0 cloud-volume==12.15.2 tensorstore==0.1.86 numpy==2.4.6
cat >check.py <<'PYTHON'
import os
import subprocess

import numpy as np
import tensorstore
from cloudvolume import CloudVolume

SIZE = [256, 128, 128]


def extent(row, start):
    """Where id 1 begins and ends along x in voxels of the finest scale, and where the row ends."""
    where = np.flatnonzero(row == 1)
    return [int(2 * (start + at)) for at in (where[0], where[-1] + 1, len(row))]


for offset in (64, 65):
    path = f"file://{os.getcwd()}/from-{offset}"
    info = CloudVolume.create_new_info(
        1, "segmentation", "uint64", "raw", [8, 8, 8], [offset, 64, 64], SIZE, chunk_size=[64, 64, 64]
    )
    volume = CloudVolume(path, info=info, progress=False)
    volume.commit_info()
    ids = np.zeros(SIZE, np.uint64)
    begin = offset + 36
    ids[begin - offset : begin + 8 - offset] = 1
    volume[:, :, :] = ids
    subprocess.run(
        ["venv/bin/igneous", "image", "downsample", path, "--num-mips", "1", "--volumetric"],
        check=True,
        capture_output=True,
    )
    coarse = CloudVolume(path, mip=1, progress=False)
    row = np.asarray(coarse[:, :, :])[:, 0, 0, 0]
    begins, ends, last = extent(row, int(coarse.voxel_offset[0]))
    print(f"segment {begin} to {begin + 8} of {offset} to {offset + 256}; igneous: {begins} to {ends}, ends at {last}")
    base = tensorstore.open({"driver": "neuroglancer_precomputed", "kvstore": path}).result()
    domain = tensorstore.downsample(base, [2, 2, 2, 1], "mode").domain[0]
    print(f"tensorstore: {2 * domain.inclusive_min} to {2 * domain.exclusive_max}")
PYTHON
seen=$(venv/bin/python -W ignore check.py)
echo "$seen"
expected="segment 100 to 108 of 64 to 320; igneous: 100 to 108, ends at 320
tensorstore: 64 to 320
segment 101 to 109 of 65 to 321; igneous: 100 to 108, ends at 320
tensorstore: 64 to 322"
[ "$seen" = "$expected" ] || { echo 'This has changed.'; exit 1; }
