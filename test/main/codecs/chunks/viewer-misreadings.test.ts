import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  decodeJpegChunk,
  encodeJpegChunk,
  encodePngChunk,
} from '../../../../src/main/codecs/chunks/image-chunk';
import { decodeJxlChunk } from '../../../../src/main/codecs/chunks/jxl-chunk';
import { misreadByViewer } from '../../../../src/main/codecs/chunks/viewer-misreadings';
import { product3, type Vec3 } from '../../../../src/shared/base/vec3';
import type { ScaleInfo } from '../../../../src/shared/precomputed/volume-info';
import { fixture } from '../../../fixtures/voxels';
import { neuroglancerJpeg, neuroglancerJxl, neuroglancerPng } from '../../../neuroglancer-decoders';

const SHAPE: Vec3 = [64, 32, 8];

const scaleOf = (encoding: 'jpeg' | 'png' | 'jxl' | 'raw'): ScaleInfo => ({
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

const JFIF_BYTES = 18;

/** Changes how a JPEG of ours says what its components are: without JFIF's segment, with Adobe's, or with other ids. */
function markedAs(
  jpeg: Uint8Array,
  { jfif, transform, ids }: { readonly jfif: boolean; readonly transform?: number; readonly ids?: string },
): Uint8Array {
  const adobe =
    transform === undefined
      ? []
      : [0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform];
  const file = Buffer.from([
    ...jpeg.subarray(0, 2),
    ...(jfif ? jpeg.subarray(2, 2 + JFIF_BYTES) : []),
    ...adobe,
    ...jpeg.subarray(2 + JFIF_BYTES),
  ]);
  const [frame, scan] = [file.indexOf('ffc0', 'hex'), file.indexOf('ffda', 'hex')];
  for (const [i, id] of [...Buffer.from(ids ?? '')].entries()) {
    file[frame + 10 + 3 * i] = id;
    file[scan + 5 + 2 * i] = id;
  }
  return Uint8Array.from(file);
}

/** Returns samples that are next to each other for each voxel channel after channel. */
function separate(samples: Uint8Array, channels: number): Uint8Array {
  const voxels = samples.length / channels;
  return samples.map((_, i) => samples[(i % voxels) * channels + Math.floor(i / voxels)] ?? 0);
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
    expect(misreadByViewer(scaleOf('jpeg'), 1, bytes)).toMatch(/^a progressive JPEG/);
  });

  test.each([
    ['warns of RGB by Adobe’s marker', { jfif: false, transform: 0 }, true],
    ['warns of RGB by the ids of its components', { jfif: false, ids: 'RGB' }, true],
    ['is nothing where JFIF says YCbCr, in spite of Adobe’s marker', { jfif: true, transform: 0 }, false],
    ['is nothing where Adobe’s marker says YCbCr', { jfif: false, transform: 1 }, false],
    ['is nothing where a JPEG has neither marker', { jfif: false }, false],
  ])('of a JPEG: %s', async (_, marks, isMisread) => {
    const bytes = markedAs(await encodeJpegChunk(waves(3), SHAPE, 3, 90), marks);
    const out = new Uint8Array(64 * 256 * 3);
    await decodeJpegChunk(bytes, SHAPE, 3, out);
    const theirs = separate(neuroglancerJpeg(bytes).data, 3);
    expect(largestDifference(out, theirs) > 50).toBe(isMisread);
    const text = misreadByViewer(scaleOf('jpeg'), 3, bytes);
    expect(text).toBe(isMisread ? 'a JPEG of RGB, which Neuroglancer takes for YCbCr' : undefined);
  });

  test.each([
    [1, false],
    [3, true],
  ])('of a PNG of 16 bits and %i channel(s)', async (channels, isMisread) => {
    const voxels = Uint16Array.from(waves(channels), (value, i) => 256 * value + (i % 251));
    const bytes = Uint8Array.from(encodePngChunk(voxels, SHAPE, channels, 6));
    const theirs = await neuroglancerPng(bytes, 64 * 256, channels, 2);
    expect(Buffer.from(theirs).equals(Buffer.from(voxels.buffer))).toBe(!isMisread);
    expect(misreadByViewer(scaleOf('png'), channels, bytes)?.startsWith('a PNG of 16 bits') ?? false).toBe(
      isMisread,
    );
  });

  test.each([
    ['jxl-1', 1, false],
    ['jxl-colours', 3, true],
  ])('of the JPEG XL of %s', async (name, channels, isMisread) => {
    const bytes = await readFile(join(fixture('precomputed', name), '8_4_40', '1000-1005_-3-1_0-3'));
    const shape: Vec3 = [5, 4, 3];
    const out = new Uint8Array(product3(shape) * channels);
    await decodeJxlChunk(bytes, shape, channels, out);
    const theirs = await neuroglancerJxl(bytes, product3(shape), channels);
    expect(Buffer.from(theirs).equals(out)).toBe(!isMisread);
    const text = misreadByViewer(scaleOf('jxl'), channels, bytes);
    expect(text?.startsWith('a JPEG XL of several channels') ?? false).toBe(isMisread);
  });

  test.each([1, 3])('is nothing that we write, of %i channels', async (channels) => {
    const voxels = waves(channels);
    const jpeg = await encodeJpegChunk(voxels, SHAPE, channels, 90);
    expect(misreadByViewer(scaleOf('jpeg'), channels, jpeg)).toBeUndefined();
    expect(
      misreadByViewer(scaleOf('png'), channels, encodePngChunk(voxels, SHAPE, channels, 6)),
    ).toBeUndefined();
    expect(misreadByViewer(scaleOf('raw'), channels, voxels)).toBeUndefined();
  });

  test.each([0, 1, 3, 20])('is nothing where a JPEG is cut off after %i bytes', async (length) => {
    const jpeg = await encodeJpegChunk(waves(1), SHAPE, 1, 90);
    expect(misreadByViewer(scaleOf('jpeg'), 1, jpeg.subarray(0, length))).toBeUndefined();
  });
});
