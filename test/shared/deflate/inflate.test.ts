import { constants, deflateRawSync, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { allocateKernelMemory, kernelMemoryOf, scratchOf } from '../../../src/shared/base/kernel-memory';
import {
  inflateTwoBare,
  inflateTwoZlib,
  inflateZlib,
  inflateZlibTo,
  type Unpacking,
} from '../../../src/shared/deflate/inflate';
import { randomWords } from '../../random';
import { content, noise } from './content';

const streams = fc
  .record({
    content,
    level: fc.integer({ min: 0, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    strategy: fc.constantFrom(
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_FILTERED,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_RLE,
      constants.Z_FIXED,
    ),
  })
  .map(({ content, ...options }) => ({ content, stream: deflateSync(content, options) }));

function unpacked(stream: Uint8Array, mostBytes: number): Buffer | undefined {
  const bytes = inflateZlib(stream, mostBytes);
  return bytes && Buffer.from(bytes);
}

/** Returns the content that zlib unpacks from a stream; undefined if it refuses the stream. */
function byZlib(stream: Uint8Array, mostBytes: number): Buffer | undefined {
  try {
    return inflateSync(stream, { maxOutputLength: Math.max(1, mostBytes) });
  } catch {
    return undefined;
  }
}

describe('inflateZlib', () => {
  test('unpacks what zlib has packed', () => {
    fc.assert(
      fc.property(streams, fc.nat(100), ({ content, stream }, spare) => {
        expect(unpacked(stream, content.length + spare)?.equals(content)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each([63, 64, 65, 4095, 4096, 4160, 5551, 65_536, 100_001])(
    'finds the checksum of %i bytes of 255, whose sums are the greatest',
    (length) => {
      const content = Buffer.alloc(length, 255);
      expect(unpacked(deflateSync(content), length)?.equals(content)).toBe(true);
    },
  );

  test('passes over what follows the stream, and gives memory that is aligned for any type', () => {
    const bytes = inflateZlib(Buffer.concat([deflateSync(noise(999, 1)), noise(50, 2)]), 999);
    expect(bytes).toEqual(noise(999, 1));
    expect((bytes?.byteOffset ?? 1) % 16).toBe(0);
  });

  test('leaves to others what may be more than the kernel can count', () => {
    expect(inflateZlib(deflateSync('abc'), 2 ** 32)).toBeUndefined();
    expect(inflateZlib(deflateSync('abc'), 2 ** 33 + 2)).toBeUndefined();
  });

  test('refuses what is cut off', () => {
    fc.assert(
      fc.property(
        streams,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ content, stream }, share) => {
          const part = stream.subarray(0, Math.floor(share * stream.length));
          expect(() => inflateZlib(part, content.length)).toThrow(/ends early/);
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([0, 1, 2, 3])('refuses four bytes where %i are wanted', (most) => {
    expect(() => inflateZlib(deflateSync('abcd'), most)).toThrow(/unpacks to more/);
  });

  test('refuses what unpacks to more than is wanted', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 1000 }), ({ content, stream }, missing) => {
        fc.pre(content.length >= missing);
        expect(() => inflateZlib(stream, content.length - missing)).toThrow(/unpacks to more/);
      }),
      { numRuns: 200 },
    );
  });

  test('makes of damaged streams what zlib makes of them: nothing, or the same', () => {
    const damages = fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(streams, damages, ({ content, stream }, damages) => {
        const damaged = Buffer.from(stream);
        // The first byte holds the window size, which zlib enforces and this code doesn't.
        for (const [at, value] of damages) damaged[1 + Math.floor(at * (damaged.length - 1))] = value;
        const expected = byZlib(damaged, content.length);
        if (expected === undefined) expect(() => inflateZlib(damaged, content.length)).toThrow();
        else expect(unpacked(damaged, content.length)?.equals(expected)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  test.each([
    ['no bytes', [], /ends early/],
    ['another method', [0x79, 0x9c, 3, 0, 0, 0, 0, 1], /is damaged/],
    ['a preset dictionary', [0x78, 0xbb, 3, 0, 0, 0, 0, 1], /is damaged/],
    ['a block of no kind', [0x78, 0x9c, 7, 0, 0, 0, 0, 1], /is damaged/],
    ['a wrong checksum', [0x78, 0x9c, 3, 0, 0, 0, 0, 2], /checksum is wrong/],
    ['a match before the beginning', [0x78, 0x9c, 0x03, 0x02, 0, 0, 0, 0, 1], /is damaged/],
  ])('refuses a stream with %s', (_, bytes, message) => {
    expect(() => inflateZlib(Uint8Array.from(bytes), 100)).toThrow(message);
  });
});

const memory = kernelMemoryOf(allocateKernelMemory(2 ** 21, 1).buffer);
const scratch = memory && scratchOf(memory);
const filled = Buffer.alloc(scratch?.start ?? 0, 0x5a);

/**
 * Unpacks a stream to `length` bytes of kernel memory from `start` on, and returns them; undefined if the stream is
 * refused. Checks that nothing else in the memory changes, except the scratch.
 */
function unpackedTo(start: number, length: number, stream: Uint8Array): Buffer | undefined {
  if (memory === undefined || scratch === undefined) throw new Error('there is no WebAssembly');
  const all = new Uint8Array(memory.buffer);
  const numbers = all.slice(scratch.end);
  all.set(filled);
  const place = all.subarray(start, start + length);
  const isUnpacked = inflateZlibTo(place, stream);
  const bytes = Buffer.from(place);
  place.set(filled.subarray(0, length));
  expect(filled.equals(all.subarray(0, scratch.start))).toBe(true);
  expect(numbers).toEqual(all.slice(scratch.end));
  return isUnpacked ? bytes : undefined;
}

/** Streams of one block each: stored, with fixed codes, with its own codes. */
const SMALL_STREAMS = [
  { kind: 'stored', content: noise(60, 1), options: { level: 0 } },
  {
    kind: 'fixed',
    content: Buffer.from('strip after strip after strip'),
    options: { strategy: constants.Z_FIXED },
  },
  {
    kind: 'dynamic',
    content: Uint8Array.from({ length: 900 }, (_, i) => (i * i) % 23),
    options: { level: 9 },
  },
].map(({ kind, content, options }) => ({ kind, content, stream: deflateSync(content, options) }));

describe('inflateZlibTo', () => {
  test('unpacks what zlib has packed to any place', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 64, max: 10_000 }), ({ content, stream }, start) => {
        expect(unpackedTo(start, content.length, stream)?.equals(content)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('takes streams from any address', () => {
    const content = noise(999, 3);
    for (let shift = 0; shift < 16; shift++) {
      const stream = Buffer.concat([noise(shift, 1), deflateSync(content), noise(50, 2)]).subarray(shift);
      expect(unpackedTo(100, content.length, stream)?.equals(content)).toBe(true);
    }
  });

  test('refuses what does not unpack to just as many bytes', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 600 }), ({ content, stream }, other) => {
        expect(unpackedTo(77, content.length + other, stream)).toBeUndefined();
        if (content.length >= other) {
          expect(unpackedTo(77, content.length - other, stream)).toBeUndefined();
        }
      }),
      { numRuns: 200 },
    );
  });

  test('unpacks matches of any length and distance that end at the end, or shortly before it', () => {
    for (const length of [3, 4, 15, 16, 17, 31, 32, 33, 34, 100, 257, 258]) {
      for (const distance of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33]) {
        for (const rest of [0, 1, 2, 3, 15, 16, 31, 32, 33]) {
          const begin = noise(distance, distance);
          const match = Uint8Array.from({ length }, (_, i) => begin[i % distance] ?? 0);
          const content = Buffer.concat([begin, match, noise(rest, 7)]);
          const unpacked = unpackedTo(64, content.length, deflateSync(content));
          expect(unpacked?.equals(content), `${length}, ${distance}, ${rest}`).toBe(true);
        }
      }
    }
  });

  test.each(SMALL_STREAMS)(
    'refuses a stream of a $kind block that is cut off anywhere',
    ({ content, stream }) => {
      for (let length = 0; length < stream.length; length++) {
        expect(unpackedTo(64, content.length, stream.subarray(0, length))).toBeUndefined();
      }
    },
  );

  test.each(SMALL_STREAMS)(
    'makes of a stream of a $kind block what zlib makes of it, whichever bit is wrong',
    ({ content, stream }) => {
      // The first byte holds the window size, which zlib enforces and this code doesn't.
      for (let bit = 8; bit < 8 * stream.length; bit++) {
        const damaged = Buffer.from(stream);
        damaged.writeUInt8((damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
        const byOther = byZlib(damaged, content.length);
        const expected = byOther?.length === content.length ? byOther : undefined;
        expect(unpackedTo(64, content.length, damaged)).toEqual(expected);
      }
    },
  );

  test('unpacks beyond the first 2 GiB', () => {
    const { buffer } = allocateKernelMemory(2 ** 31 + 1000, 1);
    const place = new Uint8Array(buffer, 2 ** 31 - 100, 1000);
    expect(inflateZlibTo(place, deflateSync(noise(1000, 4)))).toBe(true);
    expect(Buffer.from(place).equals(noise(1000, 4))).toBe(true);
  });

  test('refuses a stored block that would end beyond 4 GiB', () => {
    const scratchBytes = scratch === undefined ? 0 : scratch.end - scratch.start;
    const { buffer } = allocateKernelMemory(2 ** 32 - scratchBytes - 1000, 1);
    const stream = deflateSync(noise(scratchBytes, 6), { level: 0 });
    const place = new Uint8Array(buffer, 0, scratchBytes);
    expect(inflateZlibTo(place, stream.subarray(0, scratchBytes - 2 ** 14 - 50))).toBe(false);
  });

  test('leaves to others what is no kernel memory, and streams that are larger than the scratch', () => {
    expect(inflateZlibTo(new Uint8Array(3), deflateSync('abc'))).toBe(false);
    const { buffer } = allocateKernelMemory(100);
    expect(inflateZlibTo(new Uint8Array(buffer, 0, 3), deflateSync('abc'))).toBe(false);
    const large = noise(2 ** 23, 5);
    const roomy = allocateKernelMemory(large.length, 1);
    expect(inflateZlibTo(new Uint8Array(roomy.buffer, 0, large.length), deflateSync(large))).toBe(false);
  });
});

/** Grey values: with codes of their own they are nearly all literals, as blocks that are decoded in turns. */
const greys = fc
  .tuple(fc.integer({ min: 1, max: 30_000 }), fc.nat(999), fc.boolean())
  .map(([length, seed, repeats]) => (repeats ? withRepetitions : greyNoise)(length, seed));

function greyNoise(length: number, seed: number): Uint8Array {
  const [a, b, c] = [noise(length, seed), noise(length, seed + 1), noise(length, seed + 2)];
  return a.map((value, i) => (value + (b[i] ?? 0) + (c[i] ?? 0)) / 12);
}

/** Each twice as far is half as frequent, so that the codes of distances have all lengths. */
function withRepetitions(length: number, seed: number): Uint8Array {
  const content = greyNoise(length, seed);
  const next = randomWords(seed);
  for (let at = 40; at + 10 < length; at += 40) {
    const distance = 10 * 2 ** Math.min(11, Math.clz32(next())) + (next() % 10);
    if (distance <= at) content.copyWithin(at, at - distance, at - distance + 10);
  }
  return content;
}
const greyStreams = fc
  .record({ content: greys, level: fc.integer({ min: 1, max: 9 }), memLevel: fc.integer({ min: 4, max: 9 }) })
  .map(({ content, ...options }) => ({
    content: Buffer.from(content),
    stream: deflateSync(content, options),
  }));
const anyStreams = fc.oneof({ weight: 3, arbitrary: greyStreams }, streams);

interface Packed {
  readonly content: Buffer;
  readonly stream: Uint8Array;
}

function unpacking({ content, stream }: Packed, destination?: Uint8Array): Unpacking {
  return { stream, lengthBytes: content.length, destination };
}

/** Unpacks two streams to kernel memory, and checks that nothing else in it changes. */
function twoUnpackedTo(first: Packed, second: Packed): readonly Buffer[] | undefined {
  if (memory === undefined || scratch === undefined) throw new Error('there is no WebAssembly');
  const all = new Uint8Array(memory.buffer);
  const numbers = all.slice(scratch.end);
  all.set(filled);
  const gap = 64;
  const places = [
    all.subarray(gap, gap + first.content.length),
    all.subarray(2 * gap + first.content.length, 2 * gap + first.content.length + second.content.length),
  ] as const;
  const unpacked = inflateTwoZlib(unpacking(first, places[0]), unpacking(second, places[1]));
  if (unpacked !== undefined) expect(unpacked.map(({ buffer }) => buffer)).toEqual([all.buffer, all.buffer]);
  const bytes = places.map((place) => Buffer.from(place));
  for (const place of places) place.set(filled.subarray(0, place.length));
  expect(filled.equals(all.subarray(0, scratch.start))).toBe(true);
  expect(numbers).toEqual(all.slice(scratch.end));
  return unpacked && bytes;
}

describe('inflateTwoZlib', () => {
  test('unpacks two streams to their places, and changes nothing else', () => {
    fc.assert(
      fc.property(anyStreams, anyStreams, (first, second) => {
        const bytes = twoUnpackedTo(first, second);
        expect(bytes?.[0]?.equals(first.content)).toBe(true);
        expect(bytes?.[1]?.equals(second.content)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('gives the results in memory of its own where there are no destinations', () => {
    fc.assert(
      fc.property(anyStreams, anyStreams, (first, second) => {
        const [one, two] = inflateTwoZlib(unpacking(first), unpacking(second)) ?? [];
        expect(one && Buffer.from(one).equals(first.content)).toBe(true);
        expect(two && Buffer.from(two).equals(second.content)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('refuses both where either is damaged, cut off or of another length', () => {
    const damages = fc.record({
      isFirst: fc.boolean(),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bit: fc.nat(7),
      cut: fc.boolean(),
      more: fc.constantFrom(-1, 0, 0, 1),
    });
    fc.assert(
      fc.property(greyStreams, greyStreams, damages, (first, second, { isFirst, at, bit, cut, more }) => {
        const { content, stream } = isFirst ? first : second;
        const position = 1 + Math.floor(at * (stream.length - 1));
        const damaged = Buffer.from(cut ? stream.subarray(0, position) : stream);
        if (!cut) damaged.writeUInt8((damaged[position] ?? 0) ^ (1 << bit), position);
        const length = content.length + more;
        const expected = byZlib(damaged, length);
        const bad = { content: Buffer.alloc(length), stream: damaged };
        const bytes = isFirst ? twoUnpackedTo(bad, second) : twoUnpackedTo(first, bad);
        if (expected?.length === length) expect(bytes?.[isFirst ? 0 : 1]?.equals(expected)).toBe(true);
        else expect(bytes).toBeUndefined();
      }),
      { numRuns: 120 },
    );
  });

  test.each([-3, -1, 1])('refuses both where either has %i bytes of room more than it needs', (more) => {
    const content = Buffer.from(greyNoise(5000, 1));
    const packed = { content, stream: deflateSync(content) };
    const wrong = { ...packed, content: Buffer.alloc(content.length + more) };
    expect(twoUnpackedTo(packed, wrong)).toBeUndefined();
    expect(twoUnpackedTo(wrong, packed)).toBeUndefined();
  });

  test('refuses bare data in which either refers to what is before its place', () => {
    const dictionary = noise(40, 1);
    const content = Buffer.from(greyNoise(5000, 2));
    content.set(dictionary, 2500);
    const good = { stream: deflateRawSync(content), lengthBytes: content.length };
    const bad = { stream: deflateRawSync(content, { dictionary }), lengthBytes: content.length };
    expect(inflateTwoBare(good, good)?.map((bytes) => content.equals(bytes))).toEqual([true, true]);
    expect(inflateTwoBare(bad, good)).toBeUndefined();
    expect(inflateTwoBare(good, bad)).toBeUndefined();
  });

  test('uses memory of its own for destinations elsewhere, and for streams that are larger than the scratch', () => {
    const small = { content: Buffer.from('abc'), stream: deflateSync('abc') };
    const content = Buffer.from(noise(2 ** 22, 5));
    const large = { content, stream: deflateSync(content) };
    const elsewhere = inflateTwoZlib(
      unpacking(small, new Uint8Array(3)),
      unpacking(small, new Uint8Array(3)),
    );
    expect(elsewhere?.map((bytes) => Buffer.from(bytes).toString())).toEqual(['abc', 'abc']);
    const { buffer } = allocateKernelMemory(2 * content.length, 1);
    const places = [0, content.length].map((at) => new Uint8Array(buffer, at, content.length));
    expect(inflateTwoZlib(unpacking(large, places[0]), unpacking(large, places[1]))).toBeUndefined();
  });
});

describe('without WebAssembly', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test('there is nothing, and the caller has to do without', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const { inflateZlib } = await import('../../../src/shared/deflate/inflate');
    expect(inflateZlib(deflateSync('abc'), 3)).toBeUndefined();
  });
});
