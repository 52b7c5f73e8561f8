#!/bin/sh
# xz-decompress 0.2.3 (npm; it wraps XZ Embedded): files that xz wrote with each of the four integrity checks that it offers.
#
# Behaviour: files without a check, with CRC-32 and with CRC-64 are unpacked. A file with SHA-256 ends in "get_next_output failed
# with error code 6", which doesn't say that the check is what isn't supported.
# One would have guessed that a library for the format reads all that the xz program writes, or leaves out a check that it can't
# compute, as XZ Embedded allows.
set -eu
command -v xz >/dev/null || { echo 'xz is missing'; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund xz-decompress@0.2.3 >/dev/null
cat >unpack.mjs <<'JS'
import { execFileSync } from 'node:child_process';
import xz from 'xz-decompress';

const results = [];
for (const check of ['none', 'crc32', 'crc64', 'sha256']) {
  const packed = execFileSync('xz', ['--stdout', `--check=${check}`], { input: 'labels' });
  const stream = new xz.XzReadableStream(new Blob([packed]).stream());
  const result = await new Response(stream).text().catch((error) => `error: ${error.message}`);
  console.log(`${check}: ${result}`);
  results.push(result);
}
const expected = ['labels', 'labels', 'labels', 'error: get_next_output failed with error code 6'];
if (JSON.stringify(results) !== JSON.stringify(expected)) process.exit(1);
console.log('as described');
JS
node unpack.mjs
