#!/bin/bash
# mapbuffer 1.2.0, the dictionary from 64-bit labels to bytes in which igneous keeps pieces of meshes and skeletons.
#
# Behaviour: its index holds unsigned 64-bit labels, and a label of 2^63 or more is written, listed by keys(), and returned
# by items(). To ask for it by [], get() or `in` raises OverflowError, also with the very key that keys() returned.
# One would have guessed that what was written can be asked for, or that such a label is refused when it is written.
# Why: the search takes the label as a signed number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mapbuffer==1.2.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
from mapbuffer import MapBuffer

largest_that_works, label = 2**63 - 1, 2**63
pieces = MapBuffer({5: b"five", largest_that_works: b"largest", label: b"larger"})
print("keys:", sorted(int(key) for key in pieces.keys()), "items:", len(dict(pieces.items())))
assert pieces[largest_that_works] == b"largest"
assert {int(key): value for key, value in pieces.items()}[label] == b"larger"
listed = next(key for key in pieces.keys() if int(key) == label)
for name, ask in {
    "[]": lambda: pieces[label],
    "[] by the listed key": lambda: pieces[listed],
    "get": lambda: pieces.get(label, None),
    "in": lambda: label in pieces,
}.items():
    try:
        print(name, "returned", ask())
        raise SystemExit(1)
    except OverflowError as error:
        print(name, "raised OverflowError:", error)
print("as described")
PYTHON
