import {
  compareInShard,
  ShardBuilder,
  type GzipFunction,
  type Sharding,
} from '../src/shared/precomputed/sharding';

export interface ShardEntry {
  readonly key: bigint;
  readonly value: Uint8Array;
  readonly preceding?: Uint8Array;
}

/** Returns the file of a shard as the builder lays it out. */
export function encodeShard(
  entries: readonly ShardEntry[],
  sharding: Sharding,
  gzip: GzipFunction,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const builder = new ShardBuilder(sharding, gzip, (bytes) => parts.push(bytes));
  for (const { key: id, value, preceding } of [...entries].sort((a, b) =>
    compareInShard(a.key, b.key, sharding),
  )) {
    if (preceding !== undefined) builder.precede(preceding);
    builder.add(id, value);
  }
  const shardIndex = builder.finish();
  return Buffer.concat([shardIndex, ...parts]);
}
