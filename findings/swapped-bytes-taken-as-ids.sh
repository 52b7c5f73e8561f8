#!/bin/bash
# zmesh 1.15.0, crackle-codec 0.55.0, connected-components-3d 4.1.1, edt 3.1.2, with labels that nibabel 5.4.2 read from a
# NIfTI file in the order of bytes of older scanners and workstations ("big-endian").
#
# Behaviour: nibabel gives the array in the order of the file (`>u4`), and NumPy computes with it as with any other. zmesh meshes it
# without an error, under ids such as 16777216 instead of 1; crackle stores these ids; cc3d.contacts reports them as neighbours; and
# edt's distances are 0 everywhere. fastremap, compresso and cc3d.connected_components raise an error for the same array.
# One would have guessed that they all raise one, or read the numbers as NumPy does.
# Why: zmesh, crackle and contacts take the memory of the array as numbers in the order of the processor. The cause of edt's zeros
# was not looked for.
# `array.astype(array.dtype.newbyteorder("="))` before each of them gives the right results.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check zmesh==1.15.0 crackle-codec==0.55.0 \
  connected-components-3d==4.1.1 edt==3.1.2 fastremap==1.21.0 nibabel==5.4.2 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import cc3d
import crackle
import edt
import fastremap
import nibabel
import numpy as np
import zmesh

labels = np.zeros((16, 16, 16), np.uint32)
labels[4:12, 4:12, 4:8] = 1
labels[4:12, 4:12, 8:12] = 2
header = nibabel.Nifti1Header(endianness=">")
header.set_data_dtype(">u4")
header.set_data_shape(labels.shape)
nibabel.save(nibabel.Nifti1Image(labels, np.eye(4), header), "labels.nii")
read = np.asarray(nibabel.load("labels.nii").dataobj)
assert np.array_equal(read, labels) and read.dtype == ">u4"


def results(array):
    mesher = zmesh.Mesher((1, 1, 1))
    mesher.mesh(array)
    found = {
        "zmesh, ids": sorted(mesher.ids()),
        "crackle, ids": np.unique(crackle.decompress(crackle.compress(array))).tolist(),
        "cc3d.contacts": list(cc3d.contacts(array)),
        "edt, distances": np.unique(edt.edt(array)).tolist(),
    }
    for name, value in found.items():
        print(f"  {name}: {value}")
    return found


print("as read from the file:")
swapped = results(read)
print("in the order of the processor:")
right = results(read.astype(read.dtype.newbyteorder("=")))
assert right == {
    "zmesh, ids": [1, 2],
    "crackle, ids": [0, 1, 2],
    "cc3d.contacts": [(1, 2)],
    "edt, distances": [0, 1, 2],
}
assert swapped == {
    "zmesh, ids": [1 << 24, 2 << 24],
    "crackle, ids": [0, 1 << 24, 2 << 24],
    "cc3d.contacts": [(1 << 24, 2 << 24)],
    "edt, distances": [0],
}
try:
    fastremap.unique(read)
    raise AssertionError("fastremap takes it")
except ValueError as error:
    print("fastremap:", error)
print("as described")
PYTHON
