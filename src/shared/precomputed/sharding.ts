/**
 * Sharded storage, "neuroglancer_uint64_sharded_v1": many small values with 64-bit keys in a few files.
 *
 *     <shard>.shard      lower-case hexadecimal, at least ⌈shard_bits / 4⌉ digits
 *       shard index      2^minishard_bits entries of 16 bytes: start and end of a minishard's index, uint64
 *       values           one after another
 *       minishard index  uint64 [3, n]: keys, starts and sizes of n values; each key as the difference from the
 *                        one before, each start from the end of the value before, modulo 2^64
 *
 * All offsets count from the end of the shard index; all numbers are little-endian. The low bits of hash(key >>
 * preshift_bits) choose the minishard, the next ones the shard.
 *
 * Source: Neuroglancer, src/datasource/precomputed/sharded.rst and sharded.ts.
 */
import type { z } from 'zod';
import { InvalidInputError } from '../base/errors';
import type { shardingSchema } from './volume-info';

export type Sharding = Readonly<z.output<typeof shardingSchema>>;

/** Packs bytes into a gzip member. */
export type GzipFunction = (bytes: Uint8Array) => Uint8Array;

/** The parameters for meshes with 2^shardBits shards of 2^minishardBits minishards each. */
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

/** Compares keys of one shard by the position of their values in its file: by minishard, then by key. */
export function compareInShard(a: bigint, b: bigint, sharding: Sharding): number {
  return shardOf(a, sharding).minishard - shardOf(b, sharding).minishard || (a < b ? -1 : Number(a > b));
}

/** The values of a minishard. */
interface Minishard {
  readonly number: number;
  readonly keys: bigint[];
  readonly starts: number[];
  readonly sizes: number[];
}

/**
 * Lays out a shard's file while it is written, so that it needn't be in memory as a whole. The file is the shard
 * index (`shardIndexBytes`), for which the caller leaves room, followed by everything that `write` receives.
 */
export class ShardBuilder {
  readonly shardIndexBytes: number;
  /** The minishard of the last value. The values of a shard may be millions, so only its index is in memory as such. */
  private current: Minishard | undefined;
  /** The indexes of the minishards before it, as they are stored. */
  private readonly indexes: { readonly minishard: number; readonly bytes: Uint8Array }[] = [];
  /** Counts from the end of the shard index. */
  private offset = 0;

  constructor(
    private readonly sharding: Sharding,
    private readonly gzip: GzipFunction,
    private readonly write: (bytes: Uint8Array) => void,
  ) {
    this.shardIndexBytes = shardIndexBytes(sharding);
  }

  get isEmpty(): boolean {
    return this.current === undefined;
  }

  /** Writes bytes directly before the next value that aren't a part of it: the fragments of a mesh. */
  precede(bytes: Uint8Array): void {
    this.write(bytes);
    this.offset += bytes.length;
  }

  /** Adds a value whose key belongs to the shard. Keys have to be added in the order of {@link compareInShard}. */
  add(key: bigint, value: Uint8Array): void {
    this.addStored(key, this.sharding.data_encoding === 'gzip' ? this.gzip(value) : value);
  }

  /** Adds a value as {@link add} does, but one that is already compressed if `data_encoding` is gzip. */
  addStored(key: bigint, bytes: Uint8Array): void {
    const { minishard } = shardOf(key, this.sharding);
    if (this.current?.number !== minishard) {
      this.closeIndex();
      this.current = { number: minishard, keys: [], starts: [], sizes: [] };
    }
    this.current.keys.push(key);
    this.current.starts.push(this.offset);
    this.current.sizes.push(bytes.length);
    this.precede(bytes);
  }

  /** Writes the indexes of the minishards. Returns the shard index, for the beginning of the file. */
  finish(): Uint8Array {
    this.closeIndex();
    const shardIndex = new BigUint64Array(this.shardIndexBytes / 8);
    for (const { minishard, bytes } of this.indexes) {
      shardIndex[2 * minishard] = BigInt(this.offset);
      this.precede(bytes);
      shardIndex[2 * minishard + 1] = BigInt(this.offset);
    }
    return new Uint8Array(shardIndex.buffer);
  }

  private closeIndex(): void {
    if (this.current === undefined) return;
    const bytes = encodeMinishardIndex(this.current);
    const isZipped = this.sharding.minishard_index_encoding === 'gzip';
    this.indexes.push({ minishard: this.current.number, bytes: isZipped ? this.gzip(bytes) : bytes });
  }
}

function encodeMinishardIndex({ keys, starts, sizes }: Minishard): Uint8Array {
  const count = keys.length;
  const index = new BigUint64Array(3 * count);
  let lastKey = 0n;
  let lastEnd = 0;
  keys.forEach((key, i) => {
    const [start = 0, size = 0] = [starts[i], sizes[i]];
    index[i] = key - lastKey;
    index[count + i] = BigInt(start - lastEnd);
    index[2 * count + i] = BigInt(size);
    lastKey = key;
    lastEnd = start + size;
  });
  return new Uint8Array(index.buffer);
}

/** The location of a value, encoded according to `data_encoding`, in a shard's file. */
export interface ShardLocation {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** The location of a minishard's entry in the shard index, which begins a shard's file. */
export function minishardEntryOf(minishard: number): ShardLocation {
  return { offsetBytes: 16 * minishard, lengthBytes: 16 };
}

/**
 * Returns the location of a minishard's index, given its entry in the shard index, or undefined if the minishard is
 * empty.
 * @throws InvalidInputError if the entry is damaged
 */
export function minishardIndexOf(entry: Uint8Array, sharding: Sharding): ShardLocation | undefined {
  if (entry.length < 16) throw new InvalidInputError('A shard ends within its index.');
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  const [start, end] = [Number(view.getBigUint64(0, true)), Number(view.getBigUint64(8, true))];
  if (start === end) return undefined;
  const location = { offsetBytes: shardIndexBytes(sharding) + start, lengthBytes: end - start };
  requireSane(location.offsetBytes, location.lengthBytes);
  return location;
}

function shardIndexBytes({ minishard_bits }: Sharding): number {
  return 16 * 2 ** minishard_bits;
}

/**
 * Returns the locations of a minishard's values, given its uncompressed index.
 * @throws InvalidInputError if the index is damaged
 */
export function decodeMinishardIndex(index: Uint8Array, sharding: Sharding): Map<bigint, ShardLocation> {
  if (index.length % 24 !== 0) {
    throw new InvalidInputError(`The index of a minishard has ${index.length} bytes, no multiple of 24.`);
  }
  const count = index.length / 24;
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  const locations = new Map<bigint, ShardLocation>();
  let key = 0n;
  let offset = BigInt(shardIndexBytes(sharding));
  for (let i = 0; i < count; i++) {
    key = BigInt.asUintN(64, key + view.getBigUint64(8 * i, true));
    // Values may have another order than their keys. The difference is then negative, modulo 2^64.
    offset = BigInt.asUintN(64, offset + view.getBigUint64(8 * (count + i), true));
    const length = view.getBigUint64(8 * (2 * count + i), true);
    const [offsetBytes, lengthBytes] = [Number(offset), Number(length)];
    requireSane(offsetBytes, lengthBytes);
    locations.set(key, { offsetBytes, lengthBytes });
    offset += length;
  }
  return locations;
}

/** Refuses impossible numbers, which a damaged index may contain. */
function requireSane(offsetBytes: number, lengthBytes: number): void {
  if (lengthBytes >= 0 && Number.isSafeInteger(offsetBytes + lengthBytes)) return;
  throw new InvalidInputError(`The index of a shard points to ${lengthBytes} bytes at ${offsetBytes}.`);
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
