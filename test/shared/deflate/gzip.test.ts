import { execFileSync } from 'node:child_process';
import { gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gzip, zlib } from '../../../src/shared/deflate/gzip';
import { inflateZlib } from '../../../src/shared/deflate/inflate';
import { growTissue } from '../../../src/shared/kernels/phantom/grow-tissue';
import { TissueRenderer } from '../../../src/shared/kernels/phantom/render-tissue';
import { SegmentIds } from '../../../src/shared/kernels/phantom/segment-ids';
import { encodeChunk } from '../../../src/shared/precomputed/chunk-encoding';
import { content, noise } from './content';

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const SIDE = 64;

function packed(bytes: Uint8Array, level: number): Uint8Array {
  const member = gzip(bytes, level);
  if (member === undefined) throw new Error('there is no WebAssembly');
  return member;
}

/** Returns smooth values with a little noise. */
function waves(length: number): Buffer {
  const rough = noise(length, length);
  return Buffer.from(rough.map((value, i) => 120 + 30 * Math.sin(i / 9) + (value >> 4)));
}

/** Returns a chunk of labels of synthetic tissue, encoded as compressed_segmentation or raw. */
function labelChunk(encoding: 'compressed_segmentation' | 'raw'): Uint8Array {
  const tissue = growTissue([SIDE, SIDE, SIDE], 3);
  const renderer = new TissueRenderer(tissue, 3);
  const neurons = new Uint32Array(SIDE ** 3);
  for (let z = 0; z < SIDE; z++) renderer.render(z, neurons.subarray(z * SIDE ** 2, (z + 1) * SIDE ** 2));
  const labels = new SegmentIds('uint64', tissue.neurons + tissue.bodies.length).of(neurons);
  const shape = [SIDE, SIDE, SIDE] as const;
  return encoding === 'raw'
    ? encodeChunk({ encoding, dataType: 'uint64' }, labels, shape, 1)
    : encodeChunk({ encoding, dataType: 'uint64', blockSize: [8, 8, 8] }, labels, shape, 1);
}

/** Returns content with many matches of 3 bytes and hardly any longer ones. */
function shuffledTriples(length: number): Uint8Array {
  const triples = Array.from({ length: 120 }, (_, i) => noise(3, i));
  const order = noise(length / 3, 9);
  return Uint8Array.from({ length }, (_, i) => triples[(order[Math.floor(i / 3)] ?? 0) % 120]?.[i % 3] ?? 0);
}

/** Returns the member's deflate data between the header of zlib and the checksum of the content (RFC 1950). */
function asZlibStream(member: Uint8Array, bytes: Uint8Array): Uint8Array {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return Buffer.concat(
    [[0x78, 0x9c], member.subarray(10, -8), [high >> 8, high & 255, low >> 8, low & 255]].map((part) =>
      Buffer.from(part),
    ),
  );
}

describe('gzip', () => {
  test('packs what zlib unpacks, at any level', () => {
    fc.assert(
      fc.property(content, fc.constantFrom(...LEVELS), (bytes, level) => {
        expect(gunzipSync(packed(bytes, level)).equals(bytes)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('packs grey values, and flat parts between them, at any level; as a zlib stream too', () => {
    const greys = fc
      .array(
        fc.oneof(
          content,
          fc.integer({ min: 1, max: 90_000 }).map((length) => waves(length)),
          fc.integer({ min: 1, max: 90_000 }).map((length) => Buffer.alloc(length, length)),
        ),
        { maxLength: 5 },
      )
      .map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(greys, fc.constantFrom(...LEVELS), (bytes, level) => {
        const member = gzip(bytes, level, 'grey values') ?? bytes;
        expect(gunzipSync(member).equals(bytes)).toBe(true);
        expect(inflateSync(zlib(bytes, level, 'grey values') ?? bytes).equals(bytes)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test.each(LEVELS)(
    'makes grey values about as small unsearched, flat ones much smaller (level %i)',
    (level) => {
      const smallAs = (bytes: Uint8Array, part: number): void => {
        const grey = gzip(bytes, level, 'grey values')?.length ?? NaN;
        expect(grey).toBeLessThan(part * packed(bytes, level).length);
      };
      smallAs(waves(300_000), 1.02);
      smallAs(Buffer.alloc(300_000), 1.02);
      smallAs(Buffer.concat([waves(100_000), Buffer.alloc(100_000), waves(100_000)]), 1.05);
      smallAs(Buffer.concat([Buffer.alloc(100_000), waves(100_000), Buffer.alloc(100_000)]), 1.05);
    },
  );

  test('packs words with small differences, such as chunks are of', () => {
    const words = fc
      .array(fc.tuple(fc.nat(3), fc.nat(300), fc.integer({ min: 1, max: 700 })), { maxLength: 30 })
      .map(
        (runs) =>
          new Uint8Array(
            Uint32Array.from(
              runs.flatMap(([step, first, length]) => Array.from({ length }, (_, i) => first + step * i)),
            ).buffer,
          ),
      );
    fc.assert(
      fc.property(words, fc.constantFrom(...LEVELS), (bytes, level) => {
        expect(gunzipSync(packed(bytes, level)).equals(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('packs what our own inflate, which refuses any code that is not complete, unpacks', () => {
    fc.assert(
      fc.property(content, fc.constantFrom(...LEVELS), (bytes, level) => {
        const unpacked = inflateZlib(asZlibStream(packed(bytes, level), bytes), bytes.length);
        expect(unpacked && Buffer.from(unpacked).equals(bytes)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('packs what the program gzip takes', () => {
    const bytes = labelChunk('compressed_segmentation');
    let unpacked: Buffer;
    try {
      unpacked = execFileSync('gzip', ['-dc'], { input: packed(bytes, 6), maxBuffer: 2 ** 24 });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    expect(unpacked.equals(bytes)).toBe(true);
  });

  test('writes no time, no name and no system', () => {
    const header = (level: number): number[] => [...packed(noise(20, 1), level).subarray(0, 10)];
    expect(header(6)).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    expect(header(1)).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
    expect(header(9)).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
  });

  test('gives the exact bytes of small members', () => {
    // A fixed block with only its end code. The literal 'a' has the code 0x61 + 0x30 of 8 bits.
    expect([...packed(new Uint8Array(0), 6).subarray(10)]).toEqual([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...packed(Buffer.from('a'), 6).subarray(10)]).toEqual([
      0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0, 0,
    ]);
  });

  test('gives the same bytes whatever was packed before, and wherever the input is', () => {
    const chunk = labelChunk('compressed_segmentation');
    const first = LEVELS.map((level) => packed(chunk, level));
    packed(noise(300_000, 5), 3);
    const shifted = new Uint8Array(chunk.length + 3).subarray(3);
    shifted.set(chunk);
    expect(LEVELS.map((level) => packed(shifted, level))).toEqual(first);
  });

  test.each(LEVELS)(
    'stores what it can not make smaller, with 5 bytes for each 64 KB (level %i)',
    (level) => {
      for (const length of [1, 2, 3, 4, 5, 17, 4095, 4096, 4097, 65_535, 65_536, 300_000]) {
        const bytes = noise(length, length);
        const member = packed(bytes, level);
        expect(member.length).toBeLessThanOrEqual(18 + length + 5 * Math.ceil(length / 65_535));
        expect(gunzipSync(member).equals(bytes)).toBe(true);
      }
    },
  );

  test.each(LEVELS)('makes little of zeros (level %i)', (level) => {
    const bytes = new Uint8Array(5_000_000);
    const member = packed(bytes, level);
    expect(member.length).toBeLessThan(bytes.length / 900);
    expect(gunzipSync(member).equals(bytes)).toBe(true);
  });

  test('packs inputs of many blocks, stored and coded in turns', () => {
    const bytes = Buffer.concat(
      Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? Buffer.alloc(700_001, i) : noise(700_001, i))),
    );
    expect(gunzipSync(packed(bytes, 4)).equals(bytes)).toBe(true);
  });

  test.each(LEVELS)(
    'packs blocks that are full of the shortest matches, wherever they are (level %i)',
    (level) => {
      for (let pieces = 0; pieces < 8; pieces++) {
        const bytes = Buffer.concat([noise(pieces * 4096, 1), shuffledTriples(120_000)]);
        expect(gunzipSync(packed(bytes, level)).equals(bytes)).toBe(true);
      }
    },
  );

  test.each(LEVELS)('makes labels smaller than zlib does (level %i)', (level) => {
    const chunk = labelChunk('compressed_segmentation');
    expect(packed(chunk, level).length).toBeLessThan(gzipSync(chunk, { level, memLevel: 9 }).length);
  });

  test.each([1, 2, 3, 4, 5, 6])('makes raw labels about as small as zlib does (level %i)', (level) => {
    const chunk = labelChunk('raw');
    expect(packed(chunk, level).length).toBeLessThan(1.05 * gzipSync(chunk, { level, memLevel: 9 }).length);
  });

  test('accepts only the levels 1 to 9', () => {
    for (const level of [0, 10, 1.5, NaN]) expect(() => gzip(noise(9, 1), level)).toThrow(RangeError);
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
    const { gzip } = await import('../../../src/shared/deflate/gzip');
    expect(gzip(noise(9, 1), 6)).toBeUndefined();
  });
});
