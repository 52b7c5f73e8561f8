#!/bin/bash
# The Python package neuroglancer 2.41.2 making a link for Neuroglancer 2.41.2.
#
# Behaviour: the link holds the ids of selected segments, and those of coloured segments, as text, but the ids of merged segments
# (`equivalences`) as numbers. The viewer reads links by JSON.parse, which rounds numbers beyond 2^53. So it merges other segments than the state
# in Python does: here 2^53 + 1 becomes 2^53. Neither side reports anything.
# One would have guessed that `equivalences` are text like the other ids, which is also what the viewer writes itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check neuroglancer==2.41.2
cd "$folder"
venv/bin/python - > link.txt <<'PYTHON'
import neuroglancer

state = neuroglancer.ViewerState()
state.layers["cells"] = neuroglancer.SegmentationLayer(
    source="precomputed://http://127.0.0.1/cells",
    segments=[2**53 + 1],
    segment_colors={2**53 + 1: "#ff0000"},
    equivalences=[[2**53 + 1, 7]],
)
print(neuroglancer.to_url(state))
PYTHON
# The viewer's parser needs two of its dependencies only.
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund gl-matrix@3.1.0 lodash-es@4.17.21
npm pack --silent neuroglancer@2.41.2 > /dev/null
tar -xzf neuroglancer-2.41.2.tgz
cat > read.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { parseUint64 } from './package/lib/util/json.js';

const link = readFileSync('link.txt', 'utf8').trim();
const text = decodeURIComponent(link.slice(link.indexOf('#!') + 2));
const layer = JSON.parse(text).layers[0];
console.log('in the link:', text.match(/"segments": ?\[[^\]]*\]/)[0], text.match(/"equivalences": ?\[\[[^\]]*\]\]/)[0]);
const segments = layer.segments.map(parseUint64);
const merged = layer.equivalences[0].map(parseUint64);
console.log('in the viewer: selected', segments, 'merged', merged);
assert.deepEqual(segments, [2n ** 53n + 1n]);
assert.deepEqual(Object.keys(layer.segmentColors), ['9007199254740993']);
assert.ok(merged.includes(2n ** 53n) && !merged.includes(2n ** 53n + 1n));
console.log('as described');
JAVASCRIPT
node read.mjs
