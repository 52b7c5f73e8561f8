#!/bin/bash
# neuroglancer 2.41.2, chunks of several channels: jxl of RGB, png of RGB with 16 bits, jpeg of RGB without YCbCr.
#
# Behaviour: its decoders return other colours than those in the files, as other readers find them: of jxl, the samples of a
# voxel one after the other, where it shows channel after channel (it puts those of png and jpeg in order); of png with 16 bits,
# bytes of different samples together; of jpeg, colours as if they were YCbCr, also if the file says that they are RGB.
# No error and no warning. With png of 8 bits and jpeg of YCbCr they are right.
# One would have guessed that all image encodings of several channels are put in order, or that they are refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check imagecodecs==2026.3.6 numpy==2.4.6
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
import imagecodecs
import numpy as np

image = np.zeros((63, 64, 3), np.uint8)
image[...] = 200, 100, 60
wide = image.astype(np.uint16) * 257
files = {
    "jxl": imagecodecs.jpegxl_encode(image, lossless=True),
    "png": imagecodecs.png_encode(image),
    "png16": imagecodecs.png_encode(wide),
    "ycbcr": imagecodecs.jpeg8_encode(image, level=95),
    "rgb": imagecodecs.jpeg8_encode(image, level=95, colorspace="RGB", outcolorspace="RGB"),
}
for name, data in files.items():
    open(f"{sys.argv[1]}/{name}", "wb").write(data)
assert (imagecodecs.jpegxl_decode(files["jxl"]) == image).all() and (imagecodecs.png_decode(files["png16"]) == wide).all()
assert abs(imagecodecs.jpeg8_decode(files["rgb"]).astype(int) - image).max() < 5
PYTHON
cd "$folder"
# The package alone, as its decoders need nothing else.
npm pack --silent neuroglancer@2.41.2 > /dev/null
mkdir -p node_modules/neuroglancer
tar -xzf neuroglancer-2.41.2.tgz -C node_modules/neuroglancer --strip-components 1
cat > colours.mjs <<'NODE'
import { readFile } from 'node:fs/promises';
import { JpegDecoder } from 'neuroglancer/unstable/third_party/jpgjs/jpg.js';
import { decompressJxl } from 'neuroglancer/unstable/sliceview/jxl/index.js';
import { decompressPng } from 'neuroglancer/unstable/sliceview/png/index.js';

// Node's fetch doesn't support files.
globalThis.fetch = async (address) =>
  new Response(await readFile(new URL(address)), { headers: { 'Content-Type': 'application/wasm' } });
const file = async (name) => Uint8Array.from(await readFile(name));
const voxels = 64 * 63;
const first = (samples, at) => [0, 1, 2].map((channel) => samples[at(channel)]);
const planes = (channel) => channel * voxels;
const png = async (name, bytes) => {
  const { uint8Array } = await decompressPng(await file(name), undefined, undefined, voxels, 3, bytes, false);
  return bytes === 1 ? uint8Array : new Uint16Array(uint8Array.buffer).map((value) => value / 257);
};
const jpeg = async (name) => {
  const decoder = new JpegDecoder();
  decoder.parse(await file(name));
  return first(decoder.getData(64, 63, false), (channel) => channel);
};
const found = {
  jxl: first((await decompressJxl(await file('jxl'), voxels, 3, 1)).uint8Array, planes),
  png: first(await png('png', 1), planes),
  png16: first(await png('png16', 2), planes),
  ycbcr: await jpeg('ycbcr'),
  rgb: await jpeg('rgb'),
};
console.log('200, 100, 60 was written, and the first voxel is', found);
const isRight = ([red, green, blue]) => Math.max(Math.abs(red - 200), Math.abs(green - 100), Math.abs(blue - 60)) < 5;
const right = Object.keys(found).filter((name) => isRight(found[name]));
if (right.join() !== 'png,ycbcr') throw new Error(`right are ${right}`);
console.log('as described');
NODE
node colours.mjs
