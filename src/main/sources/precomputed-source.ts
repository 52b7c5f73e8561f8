import { boxShape, BoxGrid, formatBox, intersectBoxes, type Box } from '../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, type VoxelArray } from '../../shared/base/data-type';
import { BugError, InvalidInputError, isStudioError } from '../../shared/base/errors';
import { inLanes } from '../../shared/base/in-lanes';
import { multiply3, product3, type Vec3 } from '../../shared/base/vec3';
import { channelBlock, type VolumeBlock } from '../../shared/base/volume-block';
import { copyBox } from '../../shared/kernels/copy-box';
import { chunkKey, chunkShape, scaleBox, shardedChunkKey } from '../../shared/precomputed/scale-chunks';
import type { ScaleInfo, VolumeInfo } from '../../shared/precomputed/volume-info';
import { ShardedValues } from '../places/sharded-values';
import { decodeStoredChunk } from '../codecs/chunks/stored-chunk';
import type { DatasetPlace } from '../places/read-document';
import { mostEncodedBytes, openDatasetFolder, type DatasetFolder } from './precomputed-folder';
import type { SourceHandle, SourceMetadata, VolumeSource } from './volume-source';

/** One scale of a precomputed volume, as JSON, so that it can be sent to a worker. */
export interface PrecomputedHandle extends SourceHandle, DatasetPlace {
  readonly format: 'precomputed';
  /** The whole info. It doesn't have to be in the folder yet. */
  readonly info: VolumeInfo;
  readonly scale: number;
  /** Whether a missing chunk counts as zeros, as in other readers, or is an error. */
  readonly missingChunks: 'zero' | 'refuse';
}

export function isPrecomputedHandle(handle: SourceHandle): handle is PrecomputedHandle {
  return handle.format === 'precomputed' && typeof handle['root'] === 'string';
}

/** Reads one scale of a precomputed volume chunk by chunk; the storage grid is the chunk grid. */
export class PrecomputedSource implements VolumeSource {
  readonly metadata: SourceMetadata;
  private readonly folder: DatasetFolder;
  private readonly readStored: (chunk: Box) => Promise<Uint8Array | undefined>;
  private readonly scale: ScaleInfo;
  private spare: VoxelArray | undefined;

  /** @param look receives the key and the stored bytes of each chunk that is read */
  constructor(
    readonly handle: PrecomputedHandle,
    private readonly look?: (key: string, bytes: Uint8Array) => void,
  ) {
    const { info, root, place } = handle;
    const scale = info.scales[handle.scale];
    if (scale === undefined) throw new BugError(`no scale ${handle.scale} in ${root}`);
    this.scale = scale;
    const chunkBytes = product3(chunkShape(scale)) * info.num_channels * bytesPerVoxel(info.data_type);
    this.folder = openDatasetFolder(root, scale.key, chunkBytes, place);
    this.readStored = storedChunks(root, this.folder, scale, chunkBytes);
    this.metadata = {
      format: 'precomputed',
      kind: info.type,
      size: scale.size,
      dataType: info.data_type,
      channels: info.num_channels,
      storageShape: readTogether(scale, this.folder.parallel),
      decodeBytes:
        2 * this.folder.parallel * chunkBytes + decoderBytes(scale, chunkBytes) + this.folder.keptBytes,
      resolutionNm: scale.resolution,
      voxelOffset: scale.voxel_offset,
      facts: [
        ['encoding', scale.encoding],
        ...(scale.sharding === undefined ? [] : [['storage', 'sharded'] as const]),
      ],
      passedOver: [],
      fingerprint: JSON.stringify(info),
    };
  }

  read(box: Box, target: VolumeBlock): Promise<void> {
    return this.eachChunk(box, (voxels, part) => copyBox(voxels, target, part));
  }

  readChannel(channel: number, box: Box, target: VolumeBlock): Promise<void> {
    return this.eachChunk(box, (voxels, part) => copyBox(channelBlock(voxels, channel), target, part));
  }

  close(): Promise<void> {
    return this.folder.close();
  }

  /** @param use receives the voxels of a chunk, which it must not keep, and the part of the chunk inside `box` */
  private async eachChunk(box: Box, use: (voxels: VolumeBlock, part: Box) => void): Promise<void> {
    const grid = new BoxGrid(scaleBox(this.scale), chunkShape(this.scale));
    await inLanes(grid.touching(box), this.folder.parallel, async (chunk) => {
      const bytes = await this.readStored(chunk);
      const { channels } = this.metadata;
      const length = product3(boxShape(chunk)) * channels;
      const array = this.takeArray(length);
      const data = array.subarray(0, length);
      await this.decode(chunk, bytes, data);
      use({ box: chunk, channels, data }, intersectBoxes(chunk, box));
      this.spare = array;
    });
  }

  /** Returns an array of at least `length` voxels: that of the previous chunk, unless another read holds it. */
  private takeArray(length: number): VoxelArray {
    const { spare } = this;
    this.spare = undefined;
    return spare !== undefined && spare.length >= length
      ? spare
      : allocateVoxels(this.metadata.dataType, length);
  }

  private async decode(chunk: Box, bytes: Uint8Array | undefined, data: VoxelArray): Promise<void> {
    const key = chunkKey(this.scale, chunk);
    if (bytes === undefined) {
      if (this.handle.missingChunks === 'refuse') throw missingChunk(this.handle.root, key, chunk);
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength).fill(0);
      return;
    }
    this.look?.(key, bytes);
    try {
      await decodeStoredChunk(this.handle.info, this.scale, bytes, boxShape(chunk), data);
    } catch (error) {
      throw isStudioError(error) && error.tag === 'invalid-input'
        ? corruptChunk(this.handle.root, key, error.message)
        : error;
    }
  }
}

/**
 * Returns the bytes that a decoder holds besides the stored bytes and the voxels. An image decoder holds four samples
 * per voxel, twice.
 */
function decoderBytes({ encoding }: ScaleInfo, chunkBytes: number): number {
  return encoding === 'raw' || encoding === 'compressed_segmentation' ? chunkBytes : 9 * chunkBytes;
}

/** Returns the shape, in voxels, of the box of chunks that are read at the same time. */
function readTogether(scale: ScaleInfo, parallel: number): Vec3 {
  const chunk = chunkShape(scale);
  const counts = [1, 1, 1] as [number, number, number];
  for (const axis of [0, 1, 2, 0, 1, 2] as const) {
    const isWhole = counts[axis] * chunk[axis] >= scale.size[axis];
    if (!isWhole && 2 * product3(counts) <= parallel) counts[axis] *= 2;
  }
  return multiply3(chunk, counts);
}

/** Returns a function that reads the decompressed bytes of a chunk, from its own object or from a shard. */
function storedChunks(
  root: string,
  folder: DatasetFolder,
  scale: ScaleInfo,
  chunkBytes: number,
): (chunk: Box) => Promise<Uint8Array | undefined> {
  if (scale.sharding === undefined) {
    return (chunk) => folder.get(chunkKey(scale, chunk).slice(scale.key.length + 1));
  }
  const chunks = new BoxGrid(scaleBox(scale), chunkShape(scale)).length;
  const shards = new ShardedValues(folder, scale.sharding, {
    valueBytes: mostEncodedBytes(chunkBytes),
    indexBytes: 24 * chunks,
  });
  return async (chunk) => {
    try {
      return await shards.get(shardedChunkKey(scale, chunk));
    } catch (error) {
      throw isStudioError(error) && error.tag === 'invalid-input'
        ? corruptChunk(root, chunkKey(scale, chunk), error.message)
        : error;
    }
  };
}

function missingChunk(root: string, key: string, chunk: Box): InvalidInputError {
  return new InvalidInputError(`The chunk ${key}, voxels ${formatBox(chunk)}, is missing.`, {
    remedy: 'Convert the volume again.',
    details: [`in ${root}`],
    fields: { key, path: root, code: 'missing-chunk' },
  });
}

function corruptChunk(root: string, key: string, why: string): InvalidInputError {
  return new InvalidInputError(`The chunk ${key} is corrupt: ${why}`, {
    remedy: 'Convert the volume again.',
    details: [`in ${root}`],
    fields: { key, path: root },
  });
}
