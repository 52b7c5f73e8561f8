/**
 * The assignment of a volume's chunks to shards.
 *
 * Keys are compressed Morton codes and aren't hashed. All bits of a key are used: the lowest ones number a chunk in
 * its minishard, the next ones the minishard, and the highest ones the shard. A shard is therefore a box of the
 * volume and a range of keys, in which minishards follow one another.
 *
 * Sources: Neuroglancer, src/datasource/precomputed/volume.rst and sharded.rst; tensorstore,
 * driver/neuroglancer_precomputed/metadata.cc (GetShardChunkHierarchy), which writes a whole shard at once only if it
 * is a box.
 */
import { BoxGrid, boxOfShape, type Box } from '../base/box';
import { multiply3, vec3, type Vec3 } from '../base/vec3';
import { compressedMortonCode } from './morton';
import { chunkShape, scaleBox } from './scale-chunks';
import { shardFileName, type Sharding } from './sharding';
import type { ScaleInfo } from './volume-info';

/** The size of a shard before encoding and compression. As with igneous, a terabyte has about 600 files. */
export const DEFAULT_SHARD_BYTES = 2 ** 31;

/** 1,024 chunks: viewers read the index of a minishard as a whole and search through it. */
const MOST_CHUNK_BITS = 10;

/** 131,072 chunks: their locations are kept in memory while a shard is written. */
const MOST_SHARD_BITS = 17;

/** If there would be fewer shards than this, they become one. */
const FEWEST_SHARDS = 4;

export interface VolumeShardingRequest {
  /** The number of chunks of the scale on each axis. */
  readonly gridShape: Vec3;
  /** The size of a whole chunk before encoding and compression. */
  readonly chunkBytes: number;
  /** The greatest size of a shard, also before encoding and compression; {@link DEFAULT_SHARD_BYTES} by default. */
  readonly shardBytes?: number | undefined;
  readonly dataEncoding: Sharding['data_encoding'];
}

/**
 * Returns the parameters for one scale. A shard has at least one chunk, even if that is larger than requested, and at
 * most 131,072 chunks, even if they are smaller.
 */
export function volumeSharding(request: VolumeShardingRequest): Sharding {
  const { gridShape, chunkBytes, shardBytes = DEFAULT_SHARD_BYTES } = request;
  const keyBits = bitsOfShape(gridShape).reduce((sum, bits) => sum + bits, 0);
  const mostBits = Math.min(keyBits, MOST_SHARD_BITS);
  let bits = Math.min(mostBits, Math.max(0, Math.floor(Math.log2(shardBytes / chunkBytes))));
  const shards = new BoxGrid(boxOfShape(gridShape), boxOfBits(gridShape, bits)).length;
  // A requested size is always respected.
  if (request.shardBytes === undefined && shards < FEWEST_SHARDS) bits = mostBits;
  const preshift = Math.min(bits, MOST_CHUNK_BITS);
  return {
    '@type': 'neuroglancer_uint64_sharded_v1',
    preshift_bits: preshift,
    hash: 'identity',
    minishard_bits: bits - preshift,
    shard_bits: keyBits - bits,
    minishard_index_encoding: 'gzip',
    data_encoding: request.dataEncoding,
  };
}

/** One shard of a scale. */
export interface VolumeShard {
  /** The box in voxels of the scale, from 0. */
  readonly box: Box;
  /** The shard's keys are those from `firstKey` up to but not including `endKey`. */
  readonly firstKey: bigint;
  readonly endKey: bigint;
  readonly fileName: string;
}

/**
 * The shards of a scale that contain chunks, with the parameters from {@link volumeSharding}, numbered with x varying
 * fastest.
 */
export class VolumeShards {
  readonly grid: BoxGrid;
  private readonly chunkGrid: Vec3;
  private readonly chunksOfShard: Vec3;
  private readonly bits: bigint;

  constructor(
    private readonly sharding: Sharding,
    scale: ScaleInfo,
  ) {
    const bits = sharding.preshift_bits + sharding.minishard_bits;
    this.chunkGrid = new BoxGrid(scaleBox(scale), chunkShape(scale)).counts;
    this.chunksOfShard = boxOfBits(this.chunkGrid, bits);
    this.grid = new BoxGrid(scaleBox(scale), multiply3(this.chunksOfShard, chunkShape(scale)));
    this.bits = BigInt(bits);
  }

  get length(): number {
    return this.grid.length;
  }

  at(index: number): VolumeShard {
    const [x, y] = this.grid.counts;
    const position: Vec3 = [index % x, Math.floor(index / x) % y, Math.floor(index / (x * y))];
    const firstKey = compressedMortonCode(multiply3(position, this.chunksOfShard), this.chunkGrid);
    const shard = firstKey >> this.bits;
    return {
      box: this.grid.at(index),
      firstKey,
      endKey: (shard + 1n) << this.bits,
      fileName: shardFileName(shard, this.sharding),
    };
  }
}

/** The number of bits of a position on each axis. */
function bitsOfShape(gridShape: Vec3): Vec3 {
  return vec3((axis) => {
    let bits = 0;
    while (2 ** bits < gridShape[axis]) bits++;
    return bits;
  });
}

/**
 * The shape, in chunks, of the box whose keys differ only in their lowest `bits` bits. Precondition: keys have at
 * least that many bits.
 */
function boxOfBits(gridShape: Vec3, bits: number): Vec3 {
  const shape: [number, number, number] = [1, 1, 1];
  let left = bits;
  for (let bit = 0; left > 0; bit++) {
    for (const axis of [0, 1, 2] as const) {
      if (2 ** bit >= gridShape[axis] || left === 0) continue;
      shape[axis] *= 2;
      left--;
    }
  }
  return shape;
}
