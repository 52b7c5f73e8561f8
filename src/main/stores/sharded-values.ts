import { InvalidInputError } from '../../shared/base/errors';
import {
  readMinishard,
  shardFileName,
  shardOf,
  type Sharding,
  type ShardLocation,
} from '../../shared/precomputed/sharding';
import { gunzip } from './compression';
import type { ObjectReader } from './object-store';

/** Indexes of minishards that are kept: neighbours in space share them. */
const MOST_KEPT = 32;

type MinishardIndex = ReadonlyMap<bigint, ShardLocation>;

/** Reads values of sharded storage (shared/precomputed/sharding.ts). */
export class ShardedValues {
  private readonly kept = new Map<string, Promise<MinishardIndex>>();

  /**
   * @param store its root holds the shards
   * @param mostBytes of a value, unzipped
   * @param mostValues that a shard has, where that is known
   */
  constructor(
    private readonly store: Pick<ObjectReader, 'getRange'>,
    private readonly sharding: Sharding,
    private readonly mostBytes?: number,
    private readonly mostValues?: number,
  ) {}

  /**
   * A value, unzipped; undefined where there is none, or no shard for it.
   * @throws InvalidInputError where the shard is damaged
   */
  async get(key: bigint): Promise<Uint8Array | undefined> {
    const { shard, minishard } = shardOf(key, this.sharding);
    const file = shardFileName(shard, this.sharding);
    const location = (await this.indexOf(file, minishard)).get(key);
    if (location === undefined) return undefined;
    const { offsetBytes, lengthBytes } = location;
    const bytes = await this.store.getRange(file, offsetBytes, lengthBytes);
    if (bytes?.length !== lengthBytes) {
      throw new InvalidInputError(`${file} ends before byte ${offsetBytes + lengthBytes}.`);
    }
    return this.sharding.data_encoding === 'gzip' ? gunzip(bytes, this.mostBytes) : bytes;
  }

  /** Those who ask at the same time wait for one reading. */
  private indexOf(file: string, minishard: number): Promise<MinishardIndex> {
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
    const readRange = (offset: number, length: number) => this.store.getRange(file, offset, length);
    const mostIndexBytes = this.mostValues === undefined ? undefined : 24 * this.mostValues;
    const unzip = (bytes: Uint8Array) => gunzip(bytes, mostIndexBytes);
    return (await readMinishard(minishard, this.sharding, readRange, unzip)) ?? new Map();
  }
}
