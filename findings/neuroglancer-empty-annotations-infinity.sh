#!/bin/bash
# neuroglancer 2.41.2 (Python), AnnotationWriter, which writes precomputed annotations: a set that has no annotation, as the last
# of many that a script writes may be.
#
# Behaviour: write() succeeds, and its info has the bounds Infinity and -Infinity. These aren't JSON: JavaScript's parser, and
# so the viewer for which the file is made, refuses the whole file. Python's json module reads it, so a script doesn't see it.
# One would have guessed bounds of 0, or an error of the writer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check neuroglancer==2.41.2 numpy==2.4.6
"$folder/venv/bin/python" - "$folder/annotations" <<'PYTHON'
import json
import sys
import neuroglancer
from neuroglancer.write_annotations import AnnotationWriter

space = neuroglancer.CoordinateSpace(names=["x", "y", "z"], units="nm", scales=[8, 8, 40])
AnnotationWriter(coordinate_space=space, annotation_type="point").write(sys.argv[1])
info = json.load(open(sys.argv[1] + "/info"))
print("bounds:", info["lower_bound"], info["upper_bound"])
assert info["lower_bound"] == [float("inf")] * 3 and info["upper_bound"] == [float("-inf")] * 3
PYTHON
node - "$folder/annotations/info" <<'JS'
const text = require('node:fs').readFileSync(process.argv[2], 'utf8');
try {
  JSON.parse(text);
} catch (error) {
  console.log('JavaScript:', error.name);
  console.log('as described');
  process.exit(0);
}
process.exit(1);
JS
