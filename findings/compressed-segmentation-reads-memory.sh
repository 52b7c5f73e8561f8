#!/bin/bash
# compressed-segmentation 2.3.3, the codec of cloud-volume for labels: compress() and decompress() of one array of labels, once
# in C order and once in Fortran order in memory (numpy considers the two equal).
#
# Behaviour: compress() reads the memory of the array from its start in the order that is its argument (C by default), whatever
# the order of the array is. An array in Fortran order comes back with the same ids at other voxels, without an error or a
# warning. The order given to decompress() has no effect on the voxels: what decides is the argument of compress().
# One would have guessed that it takes the order of an array from the array, or refuses one that doesn't match.
# Why it matters: arrays from transposed, NIfTI or cloud-volume data are in Fortran order, and the set of ids looks right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check compressed-segmentation==2.3.3 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import compressed_segmentation as codec
import numpy as np

c_order = np.arange(8 * 8 * 8, dtype=np.uint64).reshape(8, 8, 8)
f_order = np.asfortranarray(c_order)
assert np.array_equal(c_order, f_order)


def round_trip(array, written, read):
    packed = codec.compress(array, order=written)
    return codec.decompress(packed, array.shape, array.dtype, order=read)


for written in "CF":
    for read in "CF":
        equal = [np.array_equal(array, round_trip(array, written, read)) for array in (c_order, f_order)]
        print(f"compress order={written}, decompress order={read}: C array equal {equal[0]}, Fortran array equal {equal[1]}")
        assert equal == [written == "C", written == "F"]
scrambled = codec.decompress(codec.compress(f_order), f_order.shape, f_order.dtype)
print("voxel (0, 0, 1), which is 1, with the defaults:", scrambled[0, 0, 1])
assert scrambled[0, 0, 1] != 1 and np.array_equal(np.unique(scrambled), np.unique(f_order))
print("as described")
PYTHON
