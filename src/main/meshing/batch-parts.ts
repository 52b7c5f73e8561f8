/**
 * The labels of a shard are meshed together, as a batch. The output of a block for a batch is divided further, so
 * that few of millions of labels are in memory at the same time: the parts of a batch are ranges of its minishards,
 * in the order in which the shard contains labels.
 */
import { shardOf, type Sharding } from '../../shared/precomputed/sharding';

/**
 * The number of parts of all batches together, as a power of two. Each block's object is read once for each of them.
 */
const MOST_PART_BITS = 7;

function partBits({ shard_bits, minishard_bits }: Sharding): number {
  return Math.max(0, Math.min(minishard_bits, MOST_PART_BITS - shard_bits));
}

/** The number of parts of a batch. */
function partsOfBatch(batches: Sharding): number {
  return 2 ** partBits(batches);
}

/** The number of parts of all batches. */
export function partsOfAll(batches: Sharding): number {
  return partsOfBatch(batches) * 2 ** batches.shard_bits;
}

/** The part of a label, counted over all batches. */
export function partOf(label: bigint, batches: Sharding): number {
  const { shard, minishard } = shardOf(label, batches);
  const bits = partBits(batches);
  return Number(shard) * 2 ** bits + (minishard >> (batches.minishard_bits - bits));
}

/** Yields the numbers of one batch's parts. */
export function* partsOf(batch: number, batches: Sharding): Generator<number> {
  const parts = partsOfBatch(batches);
  for (let part = 0; part < parts; part++) yield batch * parts + part;
}
