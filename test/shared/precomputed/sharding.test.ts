import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { murmurHash3_x86_128Hash64Bits_Bigint } from 'neuroglancer/unstable/util/hash.js';
import { describe, expect, test } from 'vitest';
import { encodeShard, type ShardEntry } from '../../encode-shard';
import { ShardedValues } from '../../../src/main/places/sharded-values';
import {
  decodeMinishardIndex,
  meshSharding,
  murmurHash64,
  shardFileName,
  shardOf,
  type Sharding,
} from '../../../src/shared/precomputed/sharding';

const key = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test("the hash is Neuroglancer's", () => {
  fc.assert(
    fc.property(key, (id) => {
      expect(murmurHash64(id)).toBe(murmurHash3_x86_128Hash64Bits_Bigint(0, id));
    }),
    { seed: 1 },
  );
});

test('low bits of the hash choose the minishard, the next ones the shard', () => {
  const identity: Sharding = { ...meshSharding(5, 3), hash: 'identity', preshift_bits: 2 };
  expect(shardOf(0b1101101101101n, identity)).toEqual({ minishard: 0b011, shard: 0b11011n });
  expect(shardOf(2n ** 64n - 1n, { ...identity, shard_bits: 0 })).toEqual({ minishard: 7, shard: 0n });
});

test.each([
  [0n, 0, '0.shard'],
  [0n, 1, '0.shard'],
  [10n, 4, 'a.shard'],
  [10n, 5, '0a.shard'],
  [255n, 9, '0ff.shard'],
])('shard %s of %i bits is the file %s', (shard, bits, name) => {
  expect(shardFileName(shard, meshSharding(bits, 0))).toBe(name);
});

test('a shard has the bytes of the specification', () => {
  const raw: Sharding = {
    ...meshSharding(0, 1),
    hash: 'identity',
    minishard_index_encoding: 'raw',
    data_encoding: 'raw',
  };
  const entries = [
    { key: 9n, value: Uint8Array.of(7, 8) },
    { key: 3n, value: Uint8Array.of(1), preceding: Uint8Array.of(50, 51, 52) },
  ];
  const bytes = encodeShard(entries, raw, gzipSync);
  const words = (...values: number[]): number[] => [
    ...new Uint8Array(BigUint64Array.from(values, BigInt).buffer),
  ];
  expect([...bytes]).toEqual([...words(0, 0, 6, 54), ...[50, 51, 52, 1, 7, 8], ...words(3, 6, 3, 0, 1, 2)]);
});

test('values that lie in another order than their keys are found', async () => {
  const raw: Sharding = {
    ...meshSharding(0, 0),
    hash: 'identity',
    minishard_index_encoding: 'raw',
    data_encoding: 'raw',
  };
  // Keys 3 and 9. The value of 9 comes first, so that the second start is -3, modulo 2^64.
  const index = BigUint64Array.of(3n, 6n, 2n, 2n ** 64n - 3n, 1n, 2n);
  expect(decodeMinishardIndex(new Uint8Array(index.buffer), raw)).toEqual(
    new Map([
      [3n, { offsetBytes: 18, lengthBytes: 1 }],
      [9n, { offsetBytes: 16, lengthBytes: 2 }],
    ]),
  );
});

describe('a shard', () => {
  const entries = fc.uniqueArray(
    fc.record({ key, value: fc.uint8Array({ maxLength: 50 }), preceding: fc.uint8Array({ maxLength: 9 }) }),
    {
      selector: (entry) => entry.key,
      maxLength: 40,
    },
  );
  const sharding = fc.record({
    minishard_bits: fc.integer({ min: 0, max: 4 }),
    hash: fc.constantFrom('identity' as const, 'murmurhash3_x86_128' as const),
    minishard_index_encoding: fc.constantFrom('raw' as const, 'gzip' as const),
    data_encoding: fc.constantFrom('raw' as const, 'gzip' as const),
    preshift_bits: fc.integer({ min: 0, max: 9 }),
  });

  test('gives back what was put in, and what stands before it', async () => {
    await fc.assert(
      fc.asyncProperty(entries, sharding, key, async (list: ShardEntry[], parameters, other) => {
        const spec: Sharding = { ...meshSharding(0, 0), ...parameters };
        const bytes = encodeShard(list, spec, gzipSync);
        const values = new ShardedValues(storeOf(bytes), spec);
        for (const { key: id, value, preceding = new Uint8Array() } of list) {
          const found = await values.find(id);
          if (typeof found === 'string') throw new Error(`${id} is ${found}`);
          expect([...found.bytes]).toEqual([...value]);
          const at = found.location.offsetBytes;
          expect([...bytes.subarray(at - preceding.length, at)]).toEqual([...preceding]);
        }
        if (list.some(({ key: id }) => id === other)) return;
        expect(await values.find(other)).toBe('missing');
      }),
      { seed: 1 },
    );
  });
});

test('a shard that is cut short is refused', async () => {
  const spec = meshSharding(0, 0);
  const bytes = encodeShard([{ key: 1n, value: Uint8Array.of(1) }], spec, gzipSync).subarray(0, -1);
  await expect(new ShardedValues(storeOf(bytes), spec).get(1n)).rejects.toThrow('ends before byte');
  const none = { getRange: () => Promise.resolve(undefined) };
  expect(await new ShardedValues(none, spec).find(1n)).toBe('no-shard');
});

/** Returns a store in which every file has these bytes. */
function storeOf(bytes: Uint8Array) {
  return {
    getRange: (_file: string, offset: number, length: number) =>
      Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}
