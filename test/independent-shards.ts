/**
 * Reads shards independently of this program: only with the format's specification (sharded.rst, volume.rst) and
 * node:zlib.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

type Triple = readonly [number, number, number];

export interface ShardingJson {
  readonly preshift_bits: number;
  readonly hash: string;
  readonly minishard_bits: number;
  readonly shard_bits: number;
  readonly minishard_index_encoding: 'raw' | 'gzip';
  readonly data_encoding: 'raw' | 'gzip';
}

/** Where a chunk is stored, and its key. */
export interface ShardPlace {
  readonly file: string;
  readonly minishard: number;
  readonly key: bigint;
}

export function placeOfChunk(position: Triple, grid: Triple, sharding: ShardingJson): ShardPlace {
  if (sharding.hash !== 'identity') throw new Error(`chunks hashed by ${sharding.hash}`);
  let key = '';
  for (let bit = 0; bit < 31; bit++) {
    for (const axis of [0, 1, 2] as const) {
      if (1 << bit < grid[axis]) key = `${(position[axis] >> bit) & 1}${key}`;
    }
  }
  const bits = key.padStart(sharding.preshift_bits + sharding.minishard_bits + sharding.shard_bits, '0');
  const last = bits.length - sharding.preshift_bits;
  const middle = last - sharding.minishard_bits;
  const number = (text: string) => (text === '' ? 0n : BigInt(`0b${text}`));
  const digits = Math.ceil(sharding.shard_bits / 4);
  return {
    file: `${number(bits.slice(middle - sharding.shard_bits, middle))
      .toString(16)
      .padStart(digits, '0')}.shard`,
    minishard: Number(number(bits.slice(middle, last))),
    key: number(key),
  };
}

export class ShardFolder {
  /** The files that were read. */
  readonly used = new Set<string>();
  private readonly files = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly folder: string,
    private readonly sharding: ShardingJson,
    private readonly grid: Triple,
  ) {}

  /** Returns the chunk, or undefined if it is missing. */
  async chunk(position: Triple): Promise<Uint8Array | undefined> {
    const { file, minishard, key } = placeOfChunk(position, this.grid, this.sharding);
    const path = join(this.folder, file);
    if (!existsSync(path)) return undefined;
    this.used.add(file);
    const known = this.files.get(path) ?? readFile(path);
    this.files.set(path, known);
    const bytes = await known;
    const base = 16 * 2 ** this.sharding.minishard_bits;
    const [start, end] = [0, 8].map((at) => Number(bytes.readBigUInt64LE(16 * minishard + at)));
    const stored = bytes.subarray(base + (start ?? 0), base + (end ?? 0));
    if (stored.length === 0) return undefined;
    const index = this.sharding.minishard_index_encoding === 'gzip' ? gunzipSync(stored) : stored;
    const count = index.length / 24;
    let [id, at] = [0n, 0n];
    for (let i = 0; i < count; i++) {
      id += index.readBigUInt64LE(8 * i);
      at += index.readBigUInt64LE(8 * (count + i));
      const size = index.readBigUInt64LE(8 * (2 * count + i));
      const value = bytes.subarray(base + Number(at), base + Number(at + size));
      if (id === key) return this.sharding.data_encoding === 'gzip' ? gunzipSync(value) : value;
      at += size;
    }
    return undefined;
  }
}
