#!/bin/bash
# h5wasm 0.10.3, reading an enumeration of big-endian integers that h5py 3.16.0 wrote.
#
# Behaviour: h5wasm returns the numbers of big-endian datasets right, but those of enumerations with their bytes swapped: 256, 512 and
# 11265 for 1, 2 and 300. The members that it lists are right, so no number but 0 has a name. It throws nothing, as an error of the HDF5
# library, which refuses to turn the order of an enumeration's bytes round, is only printed.
# One would have guessed that the numbers are those of the members, or that reading throws.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check h5py==3.16.0 numpy==2.4.6
FOLDER=$folder "$folder/venv/bin/python" - <<'PYTHON'
import os

import h5py
import numpy as np

values = np.array([0, 1, 2, 300])
members = {"BACKGROUND": 0, "AXON": 1, "SOMA": 2, "GLIA": 300}
with h5py.File(os.environ["FOLDER"] + "/enumerations.h5", "w") as file:
    file["integers"] = values.astype(">u2")
    for name, base in [("big", ">u2"), ("little", "<u2")]:
        file.create_dataset(name, data=values, dtype=h5py.enum_dtype(members, basetype=base))
    for name in file:
        print("h5py:", name, file[name][:].tolist())
        assert file[name][:].tolist() == values.tolist()
PYTHON
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund h5wasm@0.10.3
cat > read.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import h5wasm from 'h5wasm/node';

await h5wasm.ready;
const file = new h5wasm.File('enumerations.h5', 'r');
const numbers = (name) => Array.from(file.get(name).value);
for (const name of ['integers', 'little', 'big']) console.log('h5wasm:', name, numbers(name));
const { members } = file.get('big').metadata.enum_type;
console.log('h5wasm: members', JSON.stringify(members));
assert.deepEqual(numbers('integers'), [0, 1, 2, 300]);
assert.deepEqual(numbers('little'), [0, 1, 2, 300]);
assert.deepEqual(numbers('big'), [0, 256, 512, 11265]);
assert.deepEqual(members, { BACKGROUND: 0, AXON: 1, SOMA: 2, GLIA: 300 });
console.log('as described');
JAVASCRIPT
node read.mjs
