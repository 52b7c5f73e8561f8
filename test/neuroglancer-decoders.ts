/**
 * Neuroglancer's own decoders of images. The one for JPEG is in JavaScript. Those for PNG and JPEG XL are in
 * WebAssembly, which they load with `fetch`, and Node's `fetch` doesn't support files.
 */
import { readFile } from 'node:fs/promises';
import { JpegDecoder } from 'neuroglancer/unstable/third_party/jpgjs/jpg.js';
import { decompressJxl } from 'neuroglancer/unstable/sliceview/jxl/index.js';
import { decompressPng } from 'neuroglancer/unstable/sliceview/png/index.js';

/** The samples in the order of the file: those of a voxel are next to each other. */
export interface DecodedByNeuroglancer {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly data: Uint8Array;
}

export function neuroglancerJpeg(bytes: Uint8Array): DecodedByNeuroglancer {
  const decoder = new JpegDecoder();
  decoder.parse(bytes);
  const { width, height, numComponents: components } = decoder;
  return { width, height, components, data: decoder.getData(width, height, false) };
}

/** Returns the bytes of the voxels, channel after channel. @throws if the image doesn't have that shape */
export async function neuroglancerPng(
  bytes: Uint8Array,
  voxels: number,
  channels: number,
  bytesPerVoxel: number,
): Promise<Uint8Array> {
  const { uint8Array } = await withFilesFetched(() =>
    decompressPng(Uint8Array.from(bytes), undefined, undefined, voxels, channels, bytesPerVoxel, false),
  );
  return uint8Array;
}

/** Returns the samples that Neuroglancer takes for the voxels, channel after channel. */
export async function neuroglancerJxl(
  bytes: Uint8Array,
  voxels: number,
  channels: number,
): Promise<Uint8Array> {
  const { uint8Array } = await withFilesFetched(() =>
    decompressJxl(Uint8Array.from(bytes), voxels, channels, 1),
  );
  return uint8Array;
}

/** Calls a decoder that loads its WebAssembly. */
async function withFilesFetched<T>(decode: () => Promise<T>): Promise<T> {
  const { fetch } = globalThis;
  globalThis.fetch = async (address) =>
    new Response(await readFile(new URL(String(address))), {
      headers: { 'Content-Type': 'application/wasm' },
    });
  try {
    return await decode();
  } finally {
    globalThis.fetch = fetch;
  }
}
