/**
 * Neuroglancer's own decoders of images, of which it has one in JavaScript (JPEG) and one in WebAssembly (PNG), which
 * it asks for by `fetch`: Node's knows no files.
 */
import { readFile } from 'node:fs/promises';
import { JpegDecoder } from 'neuroglancer/unstable/third_party/jpgjs/jpg.js';
import { decompressPng } from 'neuroglancer/unstable/sliceview/png/index.js';

/** Samples as the files have them: those of a voxel one after the other. */
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

/** The bytes of the voxels, channel after channel. @throws where the image isn't of that shape */
export async function neuroglancerPng(
  bytes: Uint8Array,
  voxels: number,
  channels: number,
  bytesPerVoxel: number,
): Promise<Uint8Array> {
  const { fetch } = globalThis;
  globalThis.fetch = async (address) =>
    new Response(await readFile(new URL(String(address))), {
      headers: { 'Content-Type': 'application/wasm' },
    });
  try {
    const image = await decompressPng(
      Uint8Array.from(bytes),
      undefined,
      undefined,
      voxels,
      channels,
      bytesPerVoxel,
      false,
    );
    return image.uint8Array;
  } finally {
    globalThis.fetch = fetch;
  }
}
