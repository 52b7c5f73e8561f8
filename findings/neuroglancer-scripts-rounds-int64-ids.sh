#!/bin/bash
# neuroglancer-scripts 1.2.0 with NumPy 1.26.4, converting NIfTI labels of int64 to precomputed chunks of uint64.
#
# Behaviour: ids pass through a double on the way. 2^53 + 1 is written as 2^53, and 2^62 + 5 as 2^62, so segments get other ids, and
# two segments can become one. Negative values are written as 0. The exit code is 0, and the warning names range and accuracy in
# general. The same ids in a NIfTI file of uint64 are written exactly.
# One would have guessed that all ids are kept, as each int64 that isn't negative is a uint64.
# NumPy is held at version 1, as this conversion ends with an error under version 2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check neuroglancer-scripts==1.2.0 numpy==1.26.4 nibabel==5.3.2 tensorstore==0.1.76
cd "$folder"
PATH=$folder/venv/bin:$PATH python - <<'PYTHON'
import json
import subprocess

import nibabel as nib
import numpy as np
import tensorstore as ts

IDS = [1, 2**53 + 1, 2**62 + 5, 7]


def converted(kind, ids):
    """The ids that the scripts write for a volume of one type, as uint64."""
    volume = np.zeros((len(ids), 4, 4), kind)
    volume[:, 0, 0] = ids
    nib.save(nib.Nifti1Image(volume, np.eye(4), dtype=kind), f"{kind}.nii")
    run = lambda *command: subprocess.run(command, capture_output=True, text=True)
    run("volume-to-precomputed", "--generate-info", f"{kind}.nii", kind)
    with open(f"{kind}/info_fullres.json") as file:
        info = json.load(file)
    info["data_type"] = "uint64"
    with open(f"{kind}/info_fullres.json", "w") as file:
        json.dump(info, file)
    run("generate-scales-info", "--type", "segmentation", f"{kind}/info_fullres.json", kind)
    done = run("volume-to-precomputed", "--flat", "--no-gzip", f"{kind}.nii", kind)
    assert done.returncode == 0, done.stderr
    spec = {"driver": "neuroglancer_precomputed", "kvstore": {"driver": "file", "path": f"{kind}/"}}
    return [int(id) for id in ts.open(spec).result()[:, 0, 0, 0].read().result()]


print("uint64:", converted("uint64", IDS))
print("int64: ", converted("int64", IDS))
assert converted("uint64", IDS) == IDS
assert converted("int64", IDS) == [1, 2**53, 2**62, 7]
print("as described")
PYTHON
