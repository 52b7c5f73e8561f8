/**
 * Labels that are meshed together, a batch, are a shard. What a block leaves of it is sorted further, so that of millions of
 * labels few are in memory at a time: parts of a batch are ranges of its minishards, in their order, as labels stand in the
 * shard.
 */
import { shardOf, type Sharding } from '../../shared/precomputed/sharding';

/** Parts of all batches together, as a power of two: each block's object is read for each of them. */
const MOST_PART_BITS = 7;

function partBits({ shard_bits, minishard_bits }: Sharding): number {
  return Math.max(0, Math.min(minishard_bits, MOST_PART_BITS - shard_bits));
}

/** The parts of a batch. */
export function partsOfBatch(batches: Sharding): number {
  return 2 ** partBits(batches);
}

/** The part of a label, counted over all batches. */
export function partOf(label: bigint, batches: Sharding): number {
  const { shard, minishard } = shardOf(label, batches);
  const bits = partBits(batches);
  return Number(shard) * 2 ** bits + (minishard >> (batches.minishard_bits - bits));
}

/** The parts of one batch, by their numbers. */
export function* partsOf(batch: number, batches: Sharding): Generator<number> {
  const parts = partsOfBatch(batches);
  for (let part = 0; part < parts; part++) yield batch * parts + part;
}
