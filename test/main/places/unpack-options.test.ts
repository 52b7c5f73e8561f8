import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpackOptions } from '../../../src/main/places/unpack-options';
import { randomWords } from '../../random';

const next = randomWords(5);
const BYTES = {
  'noise of 70,000 bytes': Buffer.from(Uint8Array.from({ length: 70_000 }, () => next())),
  'a megabyte of zeros': Buffer.alloc(2 ** 20),
  'a single byte': Buffer.from([7]),
  nothing: Buffer.alloc(0),
};

test.each(Object.entries(BYTES))('%s: unpacked to just as many bytes, and not to more', (_, bytes) => {
  const packed = gzipSync(bytes);
  for (const mostBytes of [bytes.length, bytes.length + 1, 2 ** 30]) {
    const unpacked = gunzipSync(packed, unpackOptions(packed, Math.max(1, mostBytes)));
    expect(unpacked.equals(bytes)).toBe(true);
  }
  if (bytes.length > 1) {
    expect(() => gunzipSync(packed, unpackOptions(packed, bytes.length - 1))).toThrow(RangeError);
  }
});

test('grey voxels are one part, and no packed bytes make a part larger than 16 MiB', () => {
  const packed = new Uint8Array(180_000);
  expect(unpackOptions(packed, 64 ** 3).chunkSize).toBeGreaterThan(64 ** 3);
  expect(unpackOptions(new Uint8Array(2 ** 24), 2 ** 31).chunkSize).toBe(2 ** 24);
});
