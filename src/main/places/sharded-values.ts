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

/** Indexes of minishards that are kept: neighbours in space share them. */
const MOST_KEPT = 32;

/** Where the values of a minishard stand, by their keys; undefined where there is no shard. */
type MinishardIndex = ReadonlyMap<bigint, ShardLocation> | undefined;

/** A value of a shard, unzipped, and where it stands in which file. */
export interface ShardedValue {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly location: ShardLocation;
}

/** Reads values of sharded storage (shared/precomputed/sharding.ts): three ranges, the first two for the indexes. */
export class ShardedValues {
  private readonly kept = new Map<string, Promise<MinishardIndex>>();

  /**
   * @param store its root holds the shards
   * @param most bytes of a value and of a minishard's index, unzipped, where that is known
   */
  constructor(
    private readonly store: Pick<ReadablePlace, 'getRange'>,
    private readonly sharding: Sharding,
    private readonly most: { readonly valueBytes?: number; readonly indexBytes?: number } = {},
  ) {}

  /**
   * A value, unzipped; undefined where there is none, or no shard for it.
   * @throws InvalidInputError where the shard is damaged
   */
  async get(key: bigint): Promise<Uint8Array | undefined> {
    const value = await this.find(key);
    return typeof value === 'string' ? undefined : value.bytes;
  }

  /**
   * A value and its place. no-shard: the file isn't there; missing: it is, but doesn't hold the key.
   * @throws InvalidInputError where the shard is damaged
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

  /** The file that a value belongs into. */
  fileOf(key: bigint): string {
    return shardFileName(shardOf(key, this.sharding).shard, this.sharding);
  }

  /**
   * The values of one minishard of a file. Those who ask at the same time wait for one reading.
   * @throws InvalidInputError where the shard is damaged
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
