import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import {
  decodeJpegChunk,
  encodeJpegChunk,
  encodePngChunk,
} from '../../../../src/main/codecs/chunks/image-chunk';
import { misreadByViewer } from '../../../../src/main/codecs/chunks/viewer-misreadings';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import type { ScaleInfo } from '../../../../src/shared/precomputed/volume-info';
import { neuroglancerJpeg } from '../../../neuroglancer-decoders';

const SHAPE: Vec3 = [64, 32, 8];

const scaleOf = (encoding: 'jpeg' | 'png' | 'raw'): ScaleInfo => ({
  key: '8_8_8',
  size: [...SHAPE],
  resolution: [8, 8, 8],
  chunk_sizes: [[...SHAPE]],
  voxel_offset: [0, 0, 0],
  encoding,
});

function waves(channels: number): Uint8Array {
  const length = 64 * 32 * 8 * channels;
  return Uint8Array.from({ length }, (_, i) => 128 + 90 * Math.sin(i / 11) * Math.cos(i / 301));
}

/** Returns a progressive JPEG, written by its library. */
async function progressive(samples: Uint8Array): Promise<Uint8Array> {
  const require = createRequire(import.meta.url);
  const start = require('@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs') as () => Promise<{
    JPEGEncoder: new () => {
      setProgressive(progressive: boolean): void;
      setSubSampling(subsampling: number): void;
      getDecodedBuffer(frame: object): Uint8Array;
      encode(): void;
      getEncodedBuffer(): Uint8ClampedArray;
    };
  }>;
  const encoder = new (await start()).JPEGEncoder();
  encoder.setProgressive(true);
  encoder.setSubSampling(3);
  const frame = { width: 64, height: 256, bitsPerSample: 8, componentCount: 1, isSigned: false };
  encoder.getDecodedBuffer(frame).set(samples);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}

/** Adds Adobe's marker, by which there is no transform: the samples are red, green and blue. */
function markedAsRgb(jpeg: Uint8Array): Uint8Array {
  const marker = [0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 0];
  return Uint8Array.from([...jpeg.subarray(0, 2), ...marker, ...jpeg.subarray(2)]);
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);
}

describe('what Neuroglancer misreads', () => {
  test('warns of progressive JPEGs, which viewers misread', async () => {
    const bytes = await progressive(waves(1));
    const out = new Uint8Array(64 * 256);
    await decodeJpegChunk(bytes, SHAPE, 1, out);
    expect(largestDifference(out, Uint8Array.from(neuroglancerJpeg(bytes).data))).toBeGreaterThan(4);
    expect(misreadByViewer(scaleOf('jpeg'), bytes)).toMatch(/^a progressive JPEG/);
  });

  test('warns of JPEGs that are marked as RGB', async () => {
    const bytes = markedAsRgb(await encodeJpegChunk(waves(3), SHAPE, 3, 90));
    expect(misreadByViewer(scaleOf('jpeg'), bytes)).toMatch(/takes for YCbCr/);
  });

  test('warns of PNGs with a palette', () => {
    const bytes = Uint8Array.from(encodePngChunk(waves(1), SHAPE, 1, 6));
    bytes[25] = 3;
    expect(misreadByViewer(scaleOf('png'), bytes)).toMatch(/palette/);
  });

  test.each([1, 3])('is nothing that we write, of %i channels', async (channels) => {
    const voxels = waves(channels);
    const jpeg = await encodeJpegChunk(voxels, SHAPE, channels, 90);
    expect(misreadByViewer(scaleOf('jpeg'), jpeg)).toBeUndefined();
    expect(misreadByViewer(scaleOf('png'), encodePngChunk(voxels, SHAPE, channels, 6))).toBeUndefined();
    expect(misreadByViewer(scaleOf('raw'), voxels)).toBeUndefined();
  });

  test.each([0, 1, 3, 20])('is nothing where a JPEG is cut off after %i bytes', async (length) => {
    const jpeg = await encodeJpegChunk(waves(1), SHAPE, 1, 90);
    expect(misreadByViewer(scaleOf('jpeg'), jpeg.subarray(0, length))).toBeUndefined();
  });
});
