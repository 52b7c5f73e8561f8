#!/bin/bash
# navis 1.12.0, reading a precomputed skeleton that it wrote itself, beside cloud-volume 12.15.2.
#
# Behaviour: for a neuron whose unit is 8 nm, `write_precomputed` writes the coordinates in units of 8 nm, and a scale of 8 as `transform` of `info`,
# as the format wants it. `read_precomputed` takes no notice of `transform`, so the neuron comes back 8 times too small, without
# a unit. cloud-volume applies it.
# One would have guessed that reading gives the neuron's size or at least its unit again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check navis==1.12.0 cloud-volume==12.15.2
cd "$folder"
mkdir skeletons
venv/bin/python - <<'PYTHON'
import json

import navis
import numpy as np
import pandas as pd
from cloudvolume import Skeleton

nodes = pd.DataFrame({
    "node_id": [1, 2, 3], "parent_id": [-1, 1, 2], "radius": 1.0,
    "x": [100.0, 200.0, 300.0], "y": 0.0, "z": 0.0,
})
neuron = navis.TreeNeuron(nodes, id=12, units="8 nanometer")
navis.write_precomputed(neuron, "skeletons", write_info=True, radius=True)
with open("skeletons/info") as file:
    info = json.load(file)
print("transform:", info["transform"])

again = navis.read_precomputed("skeletons")[0]
print("navis:", again.nodes.x.tolist(), str(again.units))
with open("skeletons/12", "rb") as file:
    there = Skeleton.from_precomputed(file.read(), vertex_attributes=info["vertex_attributes"])
there.transform = np.array(info["transform"]).reshape(3, 4)
print("cloud-volume:", there.physical_space().vertices[:, 0].tolist(), "nm")

assert info["transform"] == [8, 0, 0, 0, 0, 8, 0, 0, 0, 0, 8, 0]
assert str(neuron.units) == "8 nanometer" and again.units.dimensionless
assert again.nodes.x.tolist() == [100, 200, 300]
assert there.physical_space().vertices[:, 0].tolist() == [800, 1600, 2400]
print("as described")
PYTHON
