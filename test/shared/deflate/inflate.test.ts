import { constants, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inflateZlib } from '../../../src/shared/deflate/inflate';
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

/** What zlib makes of a stream, or undefined where it refuses it. */
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
          expect(() => inflateZlib(part, content.length)).toThrow(/ends early|is damaged/);
        },
      ),
      { numRuns: 300 },
    );
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
        // The first byte tells the window's size, to which zlib holds streams and we don't.
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
