#!/bin/bash
# DracoPy 2.2.0 (Draco), which the field's tools use to write meshes: a mesh of four triangles, with more and more bits.
#
# Behaviour: with 11 bits a tetrahedron is encoded in a tenth of a millisecond. With 24 bits, which make the file 19 bytes
# longer, it takes several hundred times as long, and with 28 bits a second and more than 800 MiB of memory. 16 bits,
# which the multi-resolution format of meshes may have, take twice as long as 11: that matters for a million small segments.
# One would have guessed that the time depends on the mesh.
# Why: to choose a way of coding, the encoder counts how often each number occurs, in a table of all numbers up to the largest.
# A program that writes many small meshes can give them small numbers, in a cell of the octree that is larger than the mesh.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check DracoPy==2.2.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import resource
import time

import DracoPy
import numpy as np

points = np.array([[0, 0, 0], [1, 0, 0.2], [0, 1, 0.3], [0.4, 0.3, 1]])
faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.uint32)


def seconds(bits, times):
    start = time.process_time()
    for _ in range(times):
        encoded = DracoPy.encode(points, faces, quantization_bits=bits)
    return (time.process_time() - start) / times, len(encoded)


took = {}
for bits, times in ((11, 1000), (16, 1000), (20, 50), (24, 3), (28, 1)):
    took[bits], size = seconds(bits, times)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{bits} bits: {1000 * took[bits]:.2f} ms, {size} bytes, at most {peak} MiB in memory so far")
assert took[24] > 50 * took[11]
assert peak > 400
print("as described")
PYTHON
