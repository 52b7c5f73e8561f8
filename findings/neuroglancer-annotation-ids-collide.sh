#!/bin/bash
# neuroglancer 2.41.2 (Python), AnnotationWriter, which writes precomputed annotations: some annotations with an id, some without.
#
# Behaviour: an annotation without an id gets the number of annotations before it, even if another annotation was given that
# number. Both are written with one id: the spatial index and the counts hold both, the folder by_id holds the later one
# alone, so what a viewer shows of the selected annotation belongs to another place. No error and no warning.
# One would have guessed that an id that is counted avoids those that are taken, or that a second one of the same id is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check neuroglancer==2.41.2 numpy==2.4.6
"$folder/venv/bin/python" - "$folder/annotations" <<'PYTHON'
import os
import struct
import sys
import neuroglancer
from neuroglancer.write_annotations import AnnotationWriter

space = neuroglancer.CoordinateSpace(names=["x", "y", "z"], units="nm", scales=[8, 8, 40])
writer = AnnotationWriter(coordinate_space=space, annotation_type="point")
writer.add_point([10, 10, 10], id=1)
writer.add_point([20, 20, 20])
writer.add_point([30, 30, 30])
writer.write(sys.argv[1])

ids = [annotation.id for annotation in writer.annotations]
files = sorted(os.listdir(sys.argv[1] + "/by_id"))
spatial = open(sys.argv[1] + "/spatial0/0_0_0", "rb").read()
count = struct.unpack("<Q", spatial[:8])[0]
stored = struct.unpack(f"<{count}Q", spatial[8 + 12 * count :])
first = struct.unpack("<3f", open(sys.argv[1] + "/by_id/1", "rb").read()[:12])
print("ids:", ids, "in the spatial index:", stored, "files by id:", files, "the point of id 1:", first)
assert ids == [1, 1, 2] and stored == (1, 1, 2) and files == ["1", "2"] and first == (20, 20, 20)
print("as described")
PYTHON
