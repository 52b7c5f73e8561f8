#!/bin/bash
# h5wasm 0.10.3, reading integers of 12 bits in 16, as cameras store them, which h5py 3.16.0 wrote without any filter.
#
# Behaviour: HDF5 integers have a precision and an offset in addition to their size. h5py returns the numbers. h5wasm
# returns the bytes as they are stored: 2097 for -1999 in 12 bits, and 4000 for 500 from bit 3 on. It describes the type
# (size, signed) in the same way as integers of 16 bits, so a program can't know that it has to convert them.
# One would have guessed that a build of the HDF5 library returns the numbers, or reports their precision.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check h5py==3.16.0 numpy==2.4.6
FOLDER=$folder "$folder/venv/bin/python" - <<'PYTHON'
import os

import h5py
import numpy as np

path = os.environ["FOLDER"] + "/few-bits.h5"
with h5py.File(path, "w") as file:
    for name, base, offset, values in [
        ("signed", h5py.h5t.NATIVE_INT16, 0, np.array([-1999, 0, 5], np.int16)),
        ("shifted", h5py.h5t.NATIVE_UINT16, 3, np.array([1, 500, 7], np.uint16)),
        ("whole", h5py.h5t.NATIVE_INT16, None, np.array([-1999, 0, 5], np.int16)),
    ]:
        kind = base.copy()
        if offset is not None:
            kind.set_precision(12)
            kind.set_offset(offset)
        space = h5py.h5s.create_simple(values.shape)
        h5py.h5d.create(file.id, name.encode(), kind, space).write(h5py.h5s.ALL, h5py.h5s.ALL, values)
with h5py.File(path) as file:
    for name in ["signed", "shifted"]:
        print("h5py:", name, file[name][:].tolist())
    assert file["signed"][:].tolist() == [-1999, 0, 5]
    assert file["shifted"][:].tolist() == [1, 500, 7]
PYTHON
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund h5wasm@0.10.3
cat > read.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import h5wasm from 'h5wasm/node';

await h5wasm.ready;
const file = new h5wasm.File('few-bits.h5', 'r');
for (const name of ['signed', 'shifted']) console.log('h5wasm:', name, Array.from(file.get(name).value));
assert.deepEqual(Array.from(file.get('signed').value), [2097, 0, 5]);
assert.deepEqual(Array.from(file.get('shifted').value), [8, 4000, 56]);
const typeOf = (name) => {
  const { type, size, signed } = file.get(name).metadata;
  return { type, size, signed };
};
assert.deepEqual(typeOf('signed'), typeOf('whole'));
console.log('as described');
JAVASCRIPT
node read.mjs
