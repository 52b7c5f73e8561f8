#!/bin/sh
# pynrrd 1.1.3 (PyPI), encoding "ascii": integers of 64 bits are rounded when they are written, and large ones come back as 9.
#
# NRRD's encoding "ascii" has numbers as text. Integers of up to 32 bits and floats come back exactly. One would have guessed that
# those of 64 bits do too, as text has no limit, or that they are refused. write() formats them as doubles: 2^53 + 1 becomes 2^53,
# and 2^63 + 5 becomes 9.2233720368547758e+18. read() takes the digits before the point, so the array that was written comes
# back without an error, with 9 in it. The other encodings (raw, gzip, bzip2) are exact.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.2.6 pynrrd==1.1.3
cat >check.py <<'PY'
import nrrd
import numpy as np

ids = np.array([1, 2**53 + 1, 3, 2**63 + 5], np.uint64).reshape(1, 1, 4)
for encoding in ["raw", "gzip", "bzip2", "ascii"]:
    nrrd.write("ids.nrrd", ids, {"encoding": encoding})
    print(encoding, nrrd.read("ids.nrrd")[0].ravel().tolist())
narrow = np.array([1, 2**32 - 1, 3, 2**31 + 5], np.uint32).reshape(1, 1, 4)
nrrd.write("narrow.nrrd", narrow, {"encoding": "ascii"})
print("32 bits, ascii:", "exact" if np.array_equal(nrrd.read("narrow.nrrd")[0], narrow) else "changed")
PY
seen=$(venv/bin/python -W ignore check.py)
echo "$seen"
expected='raw [1, 9007199254740993, 3, 9223372036854775813]
gzip [1, 9007199254740993, 3, 9223372036854775813]
bzip2 [1, 9007199254740993, 3, 9223372036854775813]
ascii [1, 9007199254740992, 3, 9]
32 bits, ascii: exact'
[ "$seen" = "$expected" ] || { echo 'This has changed.'; exit 1; }
