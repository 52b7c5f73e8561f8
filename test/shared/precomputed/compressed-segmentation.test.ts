import { decodeChannels as decodeUint32 } from 'neuroglancer/unstable/sliceview/compressed_segmentation/decode_uint32.js';
import { decodeChannels as decodeUint64 } from 'neuroglancer/unstable/sliceview/compressed_segmentation/decode_uint64.js';
import { encodeChannels as encodeUint32 } from 'neuroglancer/unstable/sliceview/compressed_segmentation/encode_uint32.js';
import { encodeChannels as encodeUint64 } from 'neuroglancer/unstable/sliceview/compressed_segmentation/encode_uint64.js';
import { TypedArrayBuilder } from 'neuroglancer/unstable/util/array.js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { allocateKernelMemory } from '../../../src/shared/base/kernel-memory';
import {
  BugError,
  InvalidInputError,
  isStudioError,
  UnsupportedError,
} from '../../../src/shared/base/errors';
import { product3, type Vec3 } from '../../../src/shared/base/vec3';
import {
  decodeCompressedSegmentation,
  encodeCompressedSegmentation,
} from '../../../src/shared/precomputed/compressed-segmentation';
import {
  denseStrides,
  type SegmentationChunk,
} from '../../../src/shared/precomputed/compressed-segmentation-layout';
import { referenceCodec } from '../../../src/shared/precomputed/compressed-segmentation-reference';
import { startWasmCodec } from '../../../src/shared/precomputed/compressed-segmentation-wasm';
import { randomWords } from '../../random';

const SHAPES: readonly [shape: Vec3, blockSize: Vec3][] = [
  [
    [8, 8, 8],
    [8, 8, 8],
  ],
  [
    [16, 24, 8],
    [8, 8, 8],
  ],
  [
    [1, 1, 1],
    [8, 8, 8],
  ],
  [
    [9, 15, 17],
    [8, 8, 8],
  ],
  [
    [7, 3, 2],
    [8, 8, 8],
  ],
  [
    [33, 10, 5],
    [16, 4, 2],
  ],
  [
    [20, 20, 20],
    [32, 32, 32],
  ],
  [
    [10, 11, 12],
    [3, 5, 2],
  ],
  [
    [13, 6, 4],
    [1, 1, 1],
  ],
  [
    [40, 5, 3],
    [24, 2, 3],
  ],
];

/** Numbers of labels to choose from: for widths of 0 to 16 bits, and the limits between them. */
const LABEL_COUNTS = [1, 2, 3, 4, 5, 16, 17, 256, 257, 5000];

/**
 * Ids that differ in only one word, that are negative, NaN or infinite as numbers, or that are at the ends of the
 * range.
 */
const AWKWARD: readonly [low: number, high: number][] = [
  [0, 0],
  [0xffffffff, 0xffffffff],
  [0, 1],
  [1, 0],
  [0x80000000, 0],
  [0, 0x80000000],
  [0, 0x7ff00000],
  [1, 0x7ff80000],
  [0x00000001, 0x00200000],
];

function chunkOf(shape: Vec3, blockSize: Vec3, wordsPerVoxel: 1 | 2, channels: number): SegmentationChunk {
  return { shape, blockSize, wordsPerVoxel, channels };
}

/** Returns runs of random length, 3 voxels on average, of `count` labels. */
function randomVoxels(chunk: SegmentationChunk, count: number, seed: number): Uint32Array {
  const random = randomWords(seed);
  const labels = Array.from({ length: count }, (_, i) => AWKWARD[i] ?? [random(), random() & 0xffff]);
  const voxels = new Uint32Array(product3(chunk.shape) * chunk.channels * chunk.wordsPerVoxel);
  let label = labels[0] ?? [0, 0];
  for (let i = 0; i < voxels.length; i += chunk.wordsPerVoxel) {
    if (random() % 3 === 0) label = labels[random() % count] ?? [0, 0];
    voxels.set(label.slice(0, chunk.wordsPerVoxel), i);
  }
  return voxels;
}

/** Returns voxels that all have different labels. */
function distinctVoxels(length: number): Uint32Array {
  return Uint32Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? Math.imul(i, 0x9e3779b1) : i));
}

function encode(
  voxels: Uint32Array,
  { shape, channels, blockSize, wordsPerVoxel }: SegmentationChunk,
): Uint8Array {
  return encodeCompressedSegmentation(voxels, shape, channels, blockSize, wordsPerVoxel);
}

function decode(
  bytes: Uint8Array,
  { shape, channels, blockSize, wordsPerVoxel }: SegmentationChunk,
): Uint32Array {
  const out = new Uint32Array(product3(shape) * channels * wordsPerVoxel).fill(0xdeadbeef);
  decodeCompressedSegmentation(bytes, shape, channels, blockSize, wordsPerVoxel, out);
  return out;
}

function encodeByNeuroglancer(voxels: Uint32Array, chunk: SegmentationChunk): Uint8Array {
  const output = new TypedArrayBuilder(Uint32Array);
  const size = [...chunk.shape, chunk.channels];
  if (chunk.wordsPerVoxel === 1) encodeUint32(output, chunk.blockSize, voxels, size);
  else encodeUint64(output, chunk.blockSize, new BigUint64Array(voxels.buffer), size);
  return new Uint8Array(output.view.buffer, output.view.byteOffset, output.view.byteLength);
}

function decodeByNeuroglancer(bytes: Uint8Array, chunk: SegmentationChunk): Uint32Array {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const voxels = product3(chunk.shape) * chunk.channels;
  const size = [...chunk.shape, chunk.channels];
  if (chunk.wordsPerVoxel === 1)
    return decodeUint32(new Uint32Array(voxels), words, 0, size, chunk.blockSize);
  return new Uint32Array(decodeUint64(new BigUint64Array(voxels), words, 0, size, chunk.blockSize).buffer);
}

/** Expects the same bytes, without the cost of a structural comparison. */
function expectSame(actual: Uint8Array | Uint32Array, expected: Uint8Array | Uint32Array): void {
  const bytes = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): Buffer =>
    Buffer.from(buffer, byteOffset, byteLength);
  expect(actual.length).toBe(expected.length);
  expect(bytes(actual).equals(bytes(expected))).toBe(true);
}

describe('startWasmCodec', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test('finds WebAssembly here, so that it is what is tested', () => {
    expect(startWasmCodec()).toBeDefined();
  });

  test('leaves it to the reference where there is none, or a policy forbids it', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(startWasmCodec()).toBeUndefined();
    const refuse = (): never => {
      throw new EvalError('refused by the Content Security Policy');
    };
    vi.stubGlobal('WebAssembly', { Module: refuse });
    expect(startWasmCodec()).toBeUndefined();
  });
});

describe.each(SHAPES)('a chunk of %j in blocks of %j', (shape, blockSize) => {
  for (const wordsPerVoxel of [1, 2] as const) {
    test.each(LABEL_COUNTS)(`of uint${32 * wordsPerVoxel}, up to %i labels`, (count) => {
      const chunk = chunkOf(shape, blockSize, wordsPerVoxel, 1 + (count % 3));
      const voxels = randomVoxels(chunk, count, count + shape[0]);
      const bytes = encode(voxels, chunk);
      expectSame(bytes, encodeByNeuroglancer(voxels, chunk));
      expectSame(referenceCodec.encode(voxels, chunk, denseStrides(chunk)), bytes);
      expectSame(decode(bytes, chunk), voxels);
      expectSame(decodeByNeuroglancer(bytes, chunk), voxels);
      const byReference = new Uint32Array(voxels.length);
      referenceCodec.decode(new Uint32Array(bytes.buffer), chunk, byReference);
      expectSame(byReference, voxels);
    });
  }
});

describe('encodeCompressedSegmentation', () => {
  test('takes views that start anywhere, and shared memory', () => {
    const chunk = chunkOf([9, 4, 3], [8, 8, 8], 2, 1);
    const voxels = randomVoxels(chunk, 7, 5);
    const shared = new Uint32Array(new SharedArrayBuffer(voxels.byteLength + 4), 4);
    shared.set(voxels);
    expectSame(encode(shared, chunk), encode(voxels, chunk));
  });

  test('takes kernel memory, where it is more than JavaScript has signed numbers for too', () => {
    const chunk = chunkOf([9, 4, 3], [8, 8, 8], 2, 1);
    const voxels = randomVoxels(chunk, 7, 5);
    const memory = allocateKernelMemory(2 ** 31 + voxels.byteLength, 1);
    const far = new Uint32Array(memory.buffer, 2 ** 31, voxels.length);
    far.set(voxels);
    expectSame(encode(far, chunk), encode(voxels, chunk));
  });

  test('leaves nothing of a large chunk in the next, small one', () => {
    const large = chunkOf([32, 32, 32], [8, 8, 8], 2, 1);
    const small = chunkOf([5, 6, 7], [3, 3, 3], 1, 2);
    const voxels = randomVoxels(small, 9, 1);
    const before = encode(voxels, small);
    encode(distinctVoxels(32 ** 3), large);
    expectSame(encode(voxels, small), before);
  });

  test('writes 65,536 labels of a block with 16 bits, and refuses one more', () => {
    const chunk = chunkOf([64, 32, 32], [64, 32, 32], 2, 1);
    const voxels = distinctVoxels(65536);
    const bytes = encode(voxels, chunk);
    expect(bytes[7]).toBe(16);
    expectSame(referenceCodec.encode(voxels, chunk, denseStrides(chunk)), bytes);
    expectSame(decode(bytes, chunk), voxels);
    const larger = chunkOf([64, 32, 33], [64, 32, 33], 2, 1);
    expect(() => encode(distinctVoxels(64 * 32 * 33), larger)).toThrow(/more than 65536 labels/);
  });

  test('writes the worst case of the largest safe chunk, and refuses the next with a size that fits', () => {
    const safe = chunkOf([188, 188, 188], [8, 8, 8], 2, 1);
    const voxels = distinctVoxels(192 ** 3);
    expect(encode(voxels.subarray(0, 2 * 188 ** 3), safe).length).toBeLessThanOrEqual(4 * 2 ** 24);
    expect(() => encode(voxels, chunkOf([192, 192, 192], [8, 8, 8], 2, 1))).toThrow(
      expect.objectContaining({ tag: 'unsupported', fields: { fittingChunkSize: '184,184,184' } }),
    );
  });

  test('refuses a chunk whose block headers alone are too many', () => {
    const chunk = chunkOf([300, 300, 100], [1, 1, 1], 1, 1);
    expect(() => encode(new Uint32Array(9e6), chunk)).toThrow(UnsupportedError);
  });

  test('refuses an array of another length', () => {
    expect(() => encode(new Uint32Array(7), chunkOf([2, 2, 2], [8, 8, 8], 1, 1))).toThrow(BugError);
  });
});

describe('decodeCompressedSegmentation', () => {
  const chunk = chunkOf([17, 9, 8], [8, 8, 8], 2, 2);
  const voxels = randomVoxels(chunk, 40, 3);
  const bytes = encode(voxels, chunk);

  /** Returns the file with the word at `index` replaced. */
  function withWord(index: number, word: number): Uint8Array {
    const words = new Uint32Array(bytes.slice().buffer);
    words[index] = word;
    return new Uint8Array(words.buffer);
  }

  test('takes bytes that start anywhere', () => {
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expectSame(decode(moved.subarray(3), chunk), voxels);
  });

  test('takes values of 32 bits, which others may write', () => {
    const one = chunkOf([2, 1, 1], [2, 1, 1], 1, 1);
    const words = Uint32Array.of(1, 4 | (32 << 24), 2, 1, 0, 70, 80);
    expect([...decode(new Uint8Array(words.buffer), one)]).toEqual([80, 70]);
  });

  test('takes a table of labels that ends with the memory', async () => {
    vi.resetModules();
    const { startWasmCodec } = await import('../../../src/shared/precomputed/compressed-segmentation-wasm');
    const codec = startWasmCodec();
    const block = chunkOf([8, 8, 8], [8, 8, 8], 1, 1);
    const labels = Uint32Array.from({ length: 512 }, (_, i) => i % 3);
    const words = new Uint32Array(encode(labels, block).slice().buffer);
    const out = new Uint32Array(labels.length);
    // The memory grows by pages of 16,384 words, so one of these lengths fills it.
    for (let more = 0; more < 2 ** 14; more++) {
      const moved = new Uint32Array(words.length + more);
      moved.set(words.subarray(1), 1 + more);
      moved[0] = 1 + more;
      codec?.decode(moved, block, out);
    }
    expectSame(out, labels);
  });

  test.each([
    ['no bytes', new Uint8Array(0), /0 words don't hold the offsets of 2 channels/],
    ['a length that is no multiple of 4', bytes.subarray(1), /is not a multiple of 4/],
    ['a channel that starts in the list of channels', withWord(0, 1), /channel 0 starts at word 1/],
    ['a channel that starts past the end', withWord(1, 1 << 30), /channel 1 starts at word 1073741824/],
    ['block headers that are cut off', bytes.subarray(0, 32), /its block headers take 12/],
    [
      'a width that is no power of two',
      withWord(2, 3 << 24),
      /block 0 of channel 0 has values of an unknown/,
    ],
    ['a width above 32', withWord(4, 64 << 24), /block 1 of channel 0 has values of an unknown width/],
    ['values past the end', withWord(3, 0xfffffff0), /block 0 of channel 0 has its values past the end/],
    ['a table past the end', withWord(2, 0xffffff), /block 0 of channel 0 has a label past the end/],
  ])('refuses %s', (_, malformed, message) => {
    expect(() => decode(malformed, chunk)).toThrow(InvalidInputError);
    expect(() => decode(malformed, chunk)).toThrow(message);
  });

  test('refuses any file that is cut short where a block needs what is missing', () => {
    for (let length = 0; length < bytes.length; length += 4) {
      expect(() => decode(bytes.subarray(0, length), chunk)).toThrow(InvalidInputError);
    }
  });

  test('of damaged files, takes and refuses the same as the reference, with the same result', () => {
    const random = randomWords(99);
    const outcomes = new Set<string>();
    for (let round = 0; round < 2000; round++) {
      const words = new Uint32Array(bytes.slice().buffer);
      const at = chunk.channels + (random() % (round % 2 === 0 ? 24 : words.length - chunk.channels));
      words[at] = (words[at] ?? 0) ^ (1 << (random() % 32));
      const ours = outcome(() => decode(new Uint8Array(words.buffer), chunk));
      const reference = outcome(() => {
        const out = new Uint32Array(voxels.length);
        referenceCodec.decode(words, chunk, out);
        return out;
      });
      expect(ours).toBe(reference);
      outcomes.add(ours.includes('block') ? ours.replace(/^.*channel \d/, '') : 'voxels');
    }
    expect([...outcomes].sort()).toEqual([
      ' has a label past the end',
      ' has its values past the end',
      ' has values of an unknown width',
      'voxels',
    ]);
  });
});

/** Returns the decoded voxels, or the message of the refusal. */
function outcome(run: () => Uint32Array): string {
  try {
    return run().join();
  } catch (error) {
    if (isStudioError(error) && error.tag === 'invalid-input') return error.message;
    throw error;
  }
}
