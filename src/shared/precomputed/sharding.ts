/**
 * Sharded storage, "neuroglancer_uint64_sharded_v1": many small values under 64-bit keys in a few files.
 *
 *     <shard>.shard      lower-case hexadecimal, ⌈shard_bits / 4⌉ digits at least
 *       shard index      2^minishard_bits entries of 16 bytes: start and end of a minishard's index, uint64
 *       values           one after another
 *       minishard index  uint64 [3, n]: keys, starts and sizes of n values; each key as the difference from the
 *                        one before, each start from the end of the value before
 *
 * All offsets count from the end of the shard index; all numbers are little-endian. The low bits of
 * hash(key >> preshift_bits) choose the minishard, the next ones the shard.
 *
 * Source: Neuroglancer, src/datasource/precomputed/sharded.rst and sharded.ts.
 */
import type { z } from 'zod';
import { InvalidInputError } from '../base/errors';
import type { shardingSchema } from './volume-info';

export type Sharding = Readonly<z.output<typeof shardingSchema>>;

/** Zips or unzips a whole gzip member. */
export type GzipFunction = (bytes: Uint8Array) => Uint8Array;

export interface ShardEntry {
  readonly key: bigint;
  readonly value: Uint8Array;
  /** Bytes that stand right before the value and aren't part of it: the fragments of a mesh. */
  readonly preceding?: Uint8Array;
}

/** Parameters for meshes: so many shards, their minishards small enough to be read at once. */
export function meshSharding(shardBits: number, minishardBits: number): Sharding {
  return {
    '@type': 'neuroglancer_uint64_sharded_v1',
    preshift_bits: 0,
    hash: 'murmurhash3_x86_128',
    minishard_bits: minishardBits,
    shard_bits: shardBits,
    minishard_index_encoding: 'gzip',
    data_encoding: 'gzip',
  };
}

export function shardOf(
  key: bigint,
  sharding: Sharding,
): { readonly shard: bigint; readonly minishard: number } {
  const hash = hashOf(key >> BigInt(sharding.preshift_bits), sharding);
  const minishard = Number(BigInt.asUintN(sharding.minishard_bits, hash));
  const shard = BigInt.asUintN(sharding.shard_bits, hash >> BigInt(sharding.minishard_bits));
  return { shard, minishard };
}

export function shardFileName(shard: bigint, sharding: Sharding): string {
  return `${shard.toString(16).padStart(Math.ceil(sharding.shard_bits / 4), '0')}.shard`;
}

/** The file of a shard that holds `entries`, all of which belong to it. Their order doesn't matter. */
export function encodeShard(
  entries: readonly ShardEntry[],
  sharding: Sharding,
  gzip: GzipFunction,
): Uint8Array {
  const minishards = new Map<number, ShardEntry[]>();
  for (const entry of entries) {
    const { minishard } = shardOf(entry.key, sharding);
    const list = minishards.get(minishard);
    if (list === undefined) minishards.set(minishard, [entry]);
    else list.push(entry);
  }
  const shardIndex = new BigUint64Array(2 * 2 ** sharding.minishard_bits);
  const parts: Uint8Array[] = [];
  const indexes = new Map<number, Uint8Array>();
  let offset = 0;
  for (const minishard of [...minishards.keys()].sort((a, b) => a - b)) {
    const values = (minishards.get(minishard) ?? []).sort((a, b) => (a.key < b.key ? -1 : 1));
    const index = new BigUint64Array(3 * values.length);
    let lastKey = 0n;
    let lastEnd = 0;
    values.forEach(({ key, value, preceding }, i) => {
      if (preceding !== undefined) {
        parts.push(preceding);
        offset += preceding.length;
      }
      const bytes = sharding.data_encoding === 'gzip' ? gzip(value) : value;
      parts.push(bytes);
      index[i] = key - lastKey;
      index[values.length + i] = BigInt(offset - lastEnd);
      index[2 * values.length + i] = BigInt(bytes.length);
      offset += bytes.length;
      lastKey = key;
      lastEnd = offset;
    });
    const bytes = new Uint8Array(index.buffer);
    indexes.set(minishard, sharding.minishard_index_encoding === 'gzip' ? gzip(bytes) : bytes);
  }
  for (const [minishard, bytes] of indexes) {
    shardIndex[2 * minishard] = BigInt(offset);
    offset += bytes.length;
    shardIndex[2 * minishard + 1] = BigInt(offset);
    parts.push(bytes);
  }
  return concatenate([new Uint8Array(shardIndex.buffer), ...parts]);
}

/** Where a value stands in a shard's file, encoded as `data_encoding` says. */
export interface ShardLocation {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Finds a key in a shard's file, reading ranges of it by `readRange`; undefined where it isn't there.
 * @throws InvalidInputError where an index is cut short
 */
export async function findInShard(
  key: bigint,
  sharding: Sharding,
  readRange: (offsetBytes: number, lengthBytes: number) => Promise<Uint8Array | undefined>,
  gunzip: GzipFunction,
): Promise<ShardLocation | undefined> {
  const indexEnd = 16 * 2 ** sharding.minishard_bits;
  const entry = await readRange(16 * shardOf(key, sharding).minishard, 16);
  if (entry === undefined) return undefined;
  const [start = 0, end = 0] = numbers(entry, 2);
  if (start === end) return undefined;
  const encoded = await readRange(indexEnd + start, end - start);
  if (encoded?.length !== end - start) {
    throw new InvalidInputError(`A shard ends within the index of a minishard, at byte ${indexEnd + end}.`);
  }
  const index = sharding.minishard_index_encoding === 'gzip' ? gunzip(encoded) : encoded;
  if (index.length % 24 !== 0) {
    throw new InvalidInputError(`The index of a minishard has ${index.length} bytes, no multiple of 24.`);
  }
  const count = index.length / 24;
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  let at = 0n;
  let offset = 0;
  for (let i = 0; i < count; i++) {
    at += view.getBigUint64(8 * i, true);
    offset += Number(view.getBigUint64(8 * (count + i), true));
    const length = Number(view.getBigUint64(8 * (2 * count + i), true));
    if (at === key) return { offsetBytes: indexEnd + offset, lengthBytes: length };
    offset += length;
  }
  return undefined;
}

function numbers(bytes: Uint8Array, count: number): number[] {
  if (bytes.length < 8 * count) throw new InvalidInputError('A shard ends within its index.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => Number(view.getBigUint64(8 * i, true)));
}

function hashOf(key: bigint, sharding: Sharding): bigint {
  return sharding.hash === 'identity' ? key : murmurHash64(key);
}

/**
 * The low 64 bits of MurmurHash3_x86_128, seed 0, of a key of 8 bytes, little-endian (Austin Appleby,
 * MurmurHash3.cpp; public domain).
 */
export function murmurHash64(key: bigint): bigint {
  let h1 = scramble(Number(BigInt.asUintN(32, key)), 0x239b961b, 15, 0xab0e9789);
  let h2 = scramble(Number(BigInt.asUintN(32, key >> 32n)), 0xab0e9789, 16, 0x38b34ae5);
  const length = 8;
  h1 ^= length;
  h2 ^= length;
  h1 = (h1 + h2 + 2 * length) | 0;
  h2 = (h2 + h1) | 0;
  const h34 = finalMix((h1 + length) | 0);
  h1 = finalMix(h1);
  h2 = finalMix(h2);
  h1 = (h1 + h2 + 2 * h34) | 0;
  h2 = (h2 + h1) | 0;
  return (BigInt(h2 >>> 0) << 32n) | BigInt(h1 >>> 0);
}

function scramble(word: number, multiplier: number, rotation: number, second: number): number {
  const k = Math.imul(word, multiplier);
  return Math.imul((k << rotation) | (k >>> (32 - rotation)), second);
}

function finalMix(word: number): number {
  let h = word;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
