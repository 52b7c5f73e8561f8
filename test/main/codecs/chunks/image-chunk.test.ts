import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  decodeJpegChunk,
  decodePngChunk,
  encodeJpegChunk,
  encodePngChunk,
} from '../../../../src/main/codecs/chunks/image-chunk';
import { product3, type Vec3 } from '../../../../src/shared/base/vec3';
import { imageVolume } from '../../../fixtures/volumes';
import { neuroglancerJpeg, neuroglancerPng } from '../../../neuroglancer-decoders';
import { randomWords } from '../../../random';

const SHAPES: readonly Vec3[] = [
  [1, 1, 1],
  [13, 7, 5],
  [16, 16, 3],
];

/** Changes the bits of a sample in the header of a PNG. */
function withBits(bytes: Buffer, bits: number): Buffer {
  bytes[24] = bits;
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

/** Returns where the frame's segment of a JPEG of ours begins. */
function frameOf(bytes: Buffer): number {
  return bytes.indexOf('ffc0', 'hex');
}

describe('png', () => {
  const cases = SHAPES.flatMap((shape) =>
    [1, 2, 3, 4].flatMap((channels) =>
      (['uint8', 'uint16'] as const).map((type) => [type, channels, shape] as const),
    ),
  );

  test.each(cases)(
    '%s, %i channels, %o: what was written is read, and by Neuroglancer',
    async (type, channels, shape) => {
      const { data } = imageVolume(type, shape, channels);
      if (!(data instanceof Uint8Array || data instanceof Uint16Array)) throw new Error('not an image');
      const bytes = encodePngChunk(data, shape, channels, 6);
      const out = data.slice().fill(0);
      await decodePngChunk(bytes, shape, channels, out);
      expect(out).toEqual(data);
      const size = data.BYTES_PER_ELEMENT;
      // Neuroglancer's decoder returns the bytes of 16-bit samples with several channels in the wrong order.
      if (size === 2 && channels > 1) return;
      const theirs = await neuroglancerPng(bytes, product3(shape), channels, size);
      expect(Buffer.from(theirs)).toEqual(Buffer.from(data.buffer));
    },
  );

  test('16-bit samples are stored big endian', async () => {
    const out = new Uint16Array(2);
    const bytes = encodePngChunk(Uint16Array.of(0x0102, 0xfffe), [2, 1, 1], 1, 0);
    expect(Buffer.from(bytes).includes(Buffer.from([0x01, 0x02, 0xff, 0xfe]))).toBe(true);
    await decodePngChunk(bytes, [2, 1, 1], 1, out);
    expect([...out]).toEqual([0x0102, 0xfffe]);
  });

  test('smooth values take a fraction of their bytes', () => {
    const data = Uint8Array.from(
      { length: 64 * 64 * 8 },
      (_, i) => 128 + 100 * Math.sin((i % 64) / 9 + i / 3000),
    );
    expect(encodePngChunk(data, [64, 64, 8], 1, 6).length).toBeLessThan(data.length / 2.5);
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20), /cut off/],
    ['another format', () => Buffer.from('GIF89a'), /isn't a PNG/],
    ['nothing', () => Buffer.alloc(0), /isn't a PNG/],
    ['damaged', (bytes: Buffer) => bytes.fill(7, 60, 64), /checksum/],
    ['of 4 bits', (bytes: Buffer) => withBits(bytes, 4), /has 4 bit\(s\) a sample/],
  ])('%s: refused', async (_, damage, message) => {
    const { data } = imageVolume('uint8', [13, 7, 5]);
    const bytes = damage(Buffer.from(encodePngChunk(data as Uint8Array, [13, 7, 5], 1, 6)));
    await expect(decodePngChunk(bytes, [13, 7, 5], 1, new Uint8Array(13 * 35))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringMatching(message) as unknown,
    });
  });

  test.each<[Vec3, number, Uint8Array | Uint16Array]>([
    [[13, 7, 4], 1, new Uint8Array(13 * 28)],
    [[13, 7, 5], 1, new Uint16Array(13 * 35)],
    [[13, 7, 5], 3, new Uint8Array(13 * 35 * 3)],
  ])('of another shape, type or channels than the chunk: refused (%o, %i)', async (shape, channels, out) => {
    const { data } = imageVolume('uint8', [13, 7, 5]);
    const bytes = encodePngChunk(data as Uint8Array, [13, 7, 5], 1, 6);
    await expect(decodePngChunk(bytes, shape, channels, out)).rejects.toThrow(
      /13 × 35 voxels \(grey, uint8\)/,
    );
  });
});

/** Returns waves with a little noise, which differ between the channels. */
function waves(shape: Vec3, channels: number): Uint8Array {
  const next = randomWords(5);
  const voxels = product3(shape);
  return Uint8Array.from({ length: voxels * channels }, (_, i) => {
    const [x, y] = [i % shape[0], Math.floor(i / shape[0])];
    return 128 + 70 * Math.sin(x / 6 + Math.floor(i / voxels)) * Math.cos(y / 9) + (next() % 7);
  });
}

function rootMeanSquare(a: Uint8Array, b: Uint8Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? NaN)) ** 2, 0) / a.length);
}

describe('jpeg', () => {
  test.each([1, 3])(
    '%i channels: baseline, and near to what was written, for Neuroglancer too',
    async (channels) => {
      const shape: Vec3 = [41, 16, 5];
      const voxels = waves(shape, channels);
      const bytes = await encodeJpegChunk(voxels, shape, channels, 95);
      expect(bytes).toEqual(await encodeJpegChunk(voxels, shape, channels, 95));
      expect(Buffer.from(bytes).includes(Buffer.from([0xff, 0xc0]))).toBe(true);
      const out = new Uint8Array(voxels.length);
      await decodeJpegChunk(bytes, shape, channels, out);
      expect(rootMeanSquare(out, voxels)).toBeLessThan(3);
      const theirs = neuroglancerJpeg(bytes);
      expect([theirs.width, theirs.height, theirs.components]).toEqual([41, 80, channels]);
      const separated = new Uint8Array(voxels.length);
      theirs.data.forEach((value, i) => {
        separated[(i % channels) * (voxels.length / channels) + Math.floor(i / channels)] = value;
      });
      expect(rootMeanSquare(separated, out)).toBeLessThan(1);
    },
  );

  test('quality decides size and loss', async () => {
    const shape: Vec3 = [64, 64, 4];
    const voxels = waves(shape, 1);
    const sizes: number[] = [];
    const losses: number[] = [];
    for (const quality of [30, 75, 95]) {
      const bytes = await encodeJpegChunk(voxels, shape, 1, quality);
      const out = new Uint8Array(voxels.length);
      await decodeJpegChunk(bytes, shape, 1, out);
      sizes.push(bytes.length);
      losses.push(-rootMeanSquare(out, voxels));
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(losses).toEqual(losses.toSorted((a, b) => a - b));
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1), /cut off/],
    ['another format', () => Buffer.from('GIF89a'), /isn't a JPEG/],
    ['of 12 bits', (bytes: Buffer) => bytes.fill(12, frameOf(bytes) + 4, frameOf(bytes) + 5), /12 bits/],
    ['lossless', (bytes: Buffer) => bytes.fill(0xc3, frameOf(bytes) + 1, frameOf(bytes) + 2), /rare kind/],
  ])('%s: refused', async (_, damage, message) => {
    const bytes = damage(Buffer.from(await encodeJpegChunk(waves([16, 8, 2], 1), [16, 8, 2], 1, 80)));
    await expect(decodeJpegChunk(bytes, [16, 8, 2], 1, new Uint8Array(256))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringMatching(message) as unknown,
    });
  });
});
