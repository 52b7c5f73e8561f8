import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockInflater } from '../../../src/shared/deflate/block-inflater';
import { content } from './content';

const streams = fc
  .record({
    content,
    level: fc.integer({ min: 0, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    strategy: fc.constantFrom(constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_FIXED),
  })
  .map(({ content, ...options }) => ({ content, stream: deflateRawSync(content, options) }));

interface Begin {
  /** Position in bits of the stream. */
  readonly bit: number;
  readonly window: Uint8Array;
}

interface Unpacked {
  readonly bytes: Buffer;
  readonly blocks: readonly (Begin & { readonly before: number })[];
}

const inflater = new BlockInflater();

/** Unpacks a stream that is given in pieces of `pieceBytes`, starting at a block if `begin` is given. */
function unpack(stream: Uint8Array, pieceBytes: number, begin?: Begin): Unpacked {
  inflater.forget();
  let given = begin === undefined ? 0 : Math.floor(begin.bit / 8);
  const feed = () => {
    const piece = stream.subarray(given, given + pieceBytes);
    inflater.give(piece);
    given += piece.length;
  };
  feed();
  if (begin !== undefined) inflater.begin(begin.bit % 8, begin.window);
  const parts: Buffer[] = [];
  const blocks: Unpacked['blocks'][number][] = [];
  let before = 0;
  for (;;) {
    const state = inflater.run(given === stream.length);
    const fresh = Buffer.from(inflater.output);
    if (state === 'block') {
      const bit = given * 8 - inflater.unusedBits;
      blocks.push({ bit, window: inflater.window().slice(), before: before + fresh.length });
    }
    if (state === 'input') feed();
    if (state !== 'output' && state !== 'end') continue;
    parts.push(fresh);
    before += fresh.length;
    inflater.slide();
    if (state === 'end') return { bytes: Buffer.concat(parts), blocks };
  }
}

describe('BlockInflater', () => {
  test('unpacks what zlib has packed, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 50, max: 50_000 }), ({ content, stream }, pieceBytes) => {
        expect(unpack(stream, pieceBytes).bytes.equals(content)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('goes on from any block, given the window before it', () => {
    fc.assert(
      fc.property(streams, ({ content, stream }) => {
        for (const block of unpack(stream, 2 ** 17).blocks.slice(0, 20)) {
          expect(unpack(stream, 2 ** 12, block).bytes.equals(content.subarray(block.before))).toBe(true);
        }
      }),
      { numRuns: 50 },
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
      fc.property(
        streams,
        damages,
        fc.integer({ min: 50, max: 50_000 }),
        ({ stream }, damages, pieceBytes) => {
          const damaged = Buffer.from(stream);
          for (const [at, value] of damages) damaged[Math.floor(at * damaged.length)] = value;
          let expected: Buffer | undefined;
          try {
            expected = inflateRawSync(damaged);
          } catch {
            expected = undefined;
          }
          if (expected === undefined) expect(() => unpack(damaged, pieceBytes)).toThrow(/damaged|cut off/);
          else expect(unpack(damaged, pieceBytes).bytes.equals(expected)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('refuses what is cut off', () => {
    fc.assert(
      fc.property(
        streams,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ stream }, share) => {
          const part = stream.subarray(0, Math.floor(share * stream.length));
          expect(() => unpack(part, 1000)).toThrow(/cut off/);
        },
      ),
      { numRuns: 100 },
    );
  });
});
