import { describe, expect, test } from 'vitest';
import { decodeChunk, encodeChunk, type ChunkEncoding } from '../../../src/shared/precomputed/chunk-encoding';

const segmentation: ChunkEncoding = {
  encoding: 'compressed_segmentation',
  dataType: 'uint64',
  blockSize: [2, 2, 1],
};

describe('encodeChunk', () => {
  test('writes the words that the layout says', () => {
    const voxels = BigUint64Array.of(4n, 3n, 5n, 4n, 1n, 3n, 3n, 3n);
    const words = new Uint32Array(encodeChunk(segmentation, voxels, [2, 2, 2], 1).buffer);
    expect([...words]).toEqual([
      1,
      5 | (2 << 24),
      4,
      12 | (1 << 24),
      11,
      0b01100001,
      3,
      0,
      4,
      0,
      5,
      0,
      0b1110,
      1,
      0,
      3,
      0,
    ]);
  });

  test('gives raw voxels back, in a buffer of their own', () => {
    const voxels = new Uint16Array([9, 1, 2, 3, 4, 5, 6]).subarray(1);
    const encoding: ChunkEncoding = { encoding: 'raw', dataType: 'uint16' };
    const bytes = encodeChunk(encoding, voxels, [3, 1, 1], 2);
    expect([...bytes]).toEqual([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]);
    expect(bytes.buffer.byteLength).toBe(12);
    const out = new Uint16Array(6);
    decodeChunk(encoding, bytes, [3, 1, 1], 2, out);
    expect(out).toEqual(voxels.slice());
  });

  test('refuses a data type that the encoding has not', () => {
    const encoding: ChunkEncoding = { ...segmentation, dataType: 'uint8' };
    expect(() => encodeChunk(encoding, new Uint8Array(1), [1, 1, 1], 1)).toThrow(
      /uint32 and uint64 labels, not uint8/,
    );
  });
});

describe('decodeChunk', () => {
  test('gives labels beyond 2^53 back exactly', () => {
    const voxels = BigUint64Array.of(2n ** 64n - 1n, 2n ** 53n + 1n, 0n, 2n ** 32n, 1n, 1n);
    const out = new BigUint64Array(6);
    decodeChunk(segmentation, encodeChunk(segmentation, voxels, [3, 1, 1], 2), [3, 1, 1], 2, out);
    expect(out).toEqual(voxels);
  });

  test('refuses raw bytes of another length', () => {
    const encoding: ChunkEncoding = { encoding: 'raw', dataType: 'uint32' };
    expect(() => decodeChunk(encoding, new Uint8Array(7), [2, 1, 1], 1, new Uint32Array(2))).toThrow(
      /takes 8 bytes, but this one has 7/,
    );
  });
});
