import { InvalidInputError } from '../../shared/base/errors';
import {
  decodeMinishardIndex,
  minishardEntryOf,
  minishardIndexOf,
  shardFileName,
  shardOf,
  type Sharding,
  type ShardLocation,
} from '../../shared/precomputed/sharding';
import { gunzip } from './compression';
import type { ReadablePlace } from './place';

/** Number of minishard indexes that are cached: values close together in space share an index. */
const MOST_KEPT = 32;

/** The locations of a minishard's values by key; undefined if there is no shard. */
type MinishardIndex = ReadonlyMap<bigint, ShardLocation> | undefined;

/** An unzipped value of a shard, with its file and its location there. */
export interface ShardedValue {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly location: ShardLocation;
}

/** Reads values of sharded storage (shared/precomputed/sharding.ts) as three ranges: two indexes, then the value. */
export class ShardedValues {
  private readonly kept = new Map<string, Promise<MinishardIndex>>();

  /**
   * @param store place whose root holds the shards
   * @param most limits for the unzipped size of a value and of a minishard index, if they are known
   */
  constructor(
    private readonly store: Pick<ReadablePlace, 'getRange'>,
    private readonly sharding: Sharding,
    private readonly most: { readonly valueBytes?: number; readonly indexBytes?: number } = {},
  ) {}

  /**
   * Reads and unzips a value; undefined if the value or its shard is missing.
   * @throws InvalidInputError if the shard is damaged
   */
  async get(key: bigint): Promise<Uint8Array | undefined> {
    const value = await this.find(key);
    return typeof value === 'string' ? undefined : value.bytes;
  }

  /**
   * Reads a value with its location.
   * @returns no-shard if there is no such file; missing if the file doesn't hold the key
   * @throws InvalidInputError if the shard is damaged
   */
  async find(key: bigint): Promise<ShardedValue | 'no-shard' | 'missing'> {
    const file = this.fileOf(key);
    const index = await this.indexOf(file, shardOf(key, this.sharding).minishard);
    if (index === undefined) return 'no-shard';
    const location = index.get(key);
    if (location === undefined) return 'missing';
    const stored = await this.read(file, location);
    if (stored === undefined) return 'no-shard';
    const { data_encoding } = this.sharding;
    const bytes = data_encoding === 'gzip' ? gunzip(stored, this.most.valueBytes) : stored;
    return { bytes, file, location };
  }

  /** Returns the name of the shard file for a key. */
  fileOf(key: bigint): string {
    return shardFileName(shardOf(key, this.sharding).shard, this.sharding);
  }

  /**
   * Returns the index of one minishard of a file. Simultaneous calls share one read.
   * @throws InvalidInputError if the shard is damaged
   */
  indexOf(file: string, minishard: number): Promise<MinishardIndex> {
    const name = `${file} ${minishard}`;
    const known = this.kept.get(name);
    if (known !== undefined) return known;
    const index = this.readIndex(file, minishard);
    this.kept.set(name, index);
    index.catch(() => this.kept.delete(name));
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return index;
  }

  private async readIndex(file: string, minishard: number): Promise<MinishardIndex> {
    const { sharding } = this;
    const { offsetBytes, lengthBytes } = minishardEntryOf(minishard);
    const entry = await this.store.getRange(file, offsetBytes, lengthBytes);
    if (entry === undefined) return undefined;
    const place = minishardIndexOf(entry, sharding);
    if (place === undefined) return new Map();
    const stored = await this.read(file, place);
    if (stored === undefined) return undefined;
    const isGzipped = sharding.minishard_index_encoding === 'gzip';
    return decodeMinishardIndex(isGzipped ? gunzip(stored, this.most.indexBytes) : stored, sharding);
  }

  private async read(file: string, { offsetBytes, lengthBytes }: ShardLocation) {
    const bytes = await this.store.getRange(file, offsetBytes, lengthBytes);
    if (bytes === undefined || bytes.length === lengthBytes) return bytes;
    throw new InvalidInputError(`${file} ends before byte ${offsetBytes + lengthBytes}.`);
  }
}
