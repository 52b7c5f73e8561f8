#!/bin/bash
# @foxglove/wasm-bz2 0.3.0 (npm): decompress() of a bzip2 file of two streams, as pbzip2 and `cat a.bz2 b.bz2` make them.
#
# Behaviour: the first stream is unpacked and what follows is left out without an error, even if the size that is asked for is
# the size of both. Python's bz2 and the bzip2 program unpack both, as the format's manual describes.
# One would have guessed all of the content, or an error, as the result is shorter than the size that was asked for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @foxglove/wasm-bz2@0.3.0 >/dev/null
python3 - <<'PYTHON'
import bz2

two = bz2.compress(b"first ") + bz2.compress(b"second")
assert bz2.decompress(two) == b"first second"
open("two.bz2", "wb").write(two)
PYTHON
cat >read.cjs <<'JS'
const { readFileSync } = require('node:fs');
const Bzip2 = require('@foxglove/wasm-bz2');

(Bzip2.default ?? Bzip2).init().then((decoder) => {
  const text = Buffer.from(decoder.decompress(readFileSync('two.bz2'), 'first second'.length, { small: false })).toString();
  console.log(`decompress returned: ${JSON.stringify(text)}`);
  if (text !== 'first ') process.exit(1);
  console.log('as described');
});
JS
node read.cjs
