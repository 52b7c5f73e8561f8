import { boxVolume, isEmptyBox, type Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import { ceilDivide3, equal3, type Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { eachRun } from '../../../shared/kernels/box-runs';
import {
  downsampleRegion,
  type DownsampleMethod,
  type DownsampleOptions,
} from '../../../shared/kernels/downsample';
import { LabelStatistics } from '../../../shared/kernels/label-statistics';
import { chunkKey, shardedChunkKey } from '../../../shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { encodeStoredChunk } from '../../codecs/chunks/stored-chunk';
import { deterministicGzip } from '../../places/compression';
import type { WrittenFile } from '../run/written-file';
import { putObject, type DatasetTarget } from '../blocks/dataset-target';
import { viewBlock, type SharedBlock } from '../blocks/shared-block';
import { addToPack, type OpenPack, type PackedChunk } from '../shards/pack-file';

/** The next coarser scale, which is made while the voxels are at hand. */
export interface CoarserScale {
  readonly block: SharedBlock;
  readonly factors: Vec3;
  readonly method: DownsampleMethod;
  readonly options: DownsampleOptions;
}

/** A request to write chunks of one scale from a shared block, and to downsample them. */
export interface WriteChunksRequest {
  readonly target: DatasetTarget;
  readonly scale: number;
  readonly block: SharedBlock;
  readonly chunks: readonly Box[];
  /** The pack for the chunks of a sharded scale. */
  readonly pack?: OpenPack;
  /** The target for exact copies of the chunks, which a later stage reads. */
  readonly copyTarget?: DatasetTarget;
  /** False if the chunks exist already, and only the coarser scale is needed. */
  readonly write: boolean;
  readonly coarser?: CoarserScale;
  /** Whether to count the voxels of each label in the chunks that are written. */
  readonly countLabels: boolean;
}

export interface WriteChunksResult {
  readonly bytesWritten: number;
  readonly files: number;
  /** The files of chunks, and those of exact copies. */
  readonly made: readonly WrittenFile[];
  /** The chunks that were added to the pack. */
  readonly packed: readonly PackedChunk[];
  readonly voxels: number;
  /** Statistics of the labels (see LabelStatistics), if they were requested. */
  readonly labels?: Uint8Array;
}

export async function writeChunks(request: WriteChunksRequest): Promise<WriteChunksResult> {
  const block = viewBlock(request.block);
  let bytesWritten = 0;
  let files = 0;
  const made: WrittenFile[] = [];
  const packed: PackedChunk[] = [];
  let voxels = 0;
  const labels = request.countLabels ? new LabelStatistics() : undefined;
  if (request.coarser) downsampleChunks(block, request.chunks, request.coarser);
  for (const chunk of request.write ? request.chunks : []) {
    voxels += boxVolume(chunk);
    const { target, copyTarget, scale, pack } = request;
    const bytes = await encodeChunk(target, scale, block, chunk, labels);
    if (bytes !== undefined && pack !== undefined) packed.push(packChunk(pack, target, scale, chunk, bytes));
    else if (bytes !== undefined) {
      const written = await putChunk(target, scale, chunk, bytes);
      made.push(written);
      bytesWritten += written[1];
      files++;
    }
    const copy = copyTarget && (await encodeChunk(copyTarget, scale, block, chunk));
    if (copyTarget !== undefined && copy !== undefined) {
      made.push(await putChunk(copyTarget, scale, chunk, copy));
    }
  }
  const counted = labels === undefined ? {} : { labels: labels.toBytes() };
  return { bytesWritten, files, made, packed, voxels, ...counted };
}

/** Returns undefined for an empty chunk that is left out. Its labels are counted in any case. */
async function encodeChunk(
  target: DatasetTarget,
  scale: number,
  block: VolumeBlock,
  chunk: Box,
  labels?: LabelStatistics,
): Promise<Uint8Array | undefined> {
  if (target.skipEmpty && isAllZero(block, chunk)) {
    labels?.accumulate(block, chunk);
    return undefined;
  }
  return encodeStoredChunk(target.info, scaleOf(target, scale), block, chunk, labels);
}

function putChunk(target: DatasetTarget, scale: number, chunk: Box, bytes: Uint8Array): Promise<WrittenFile> {
  return putObject(target, chunkKey(scaleOf(target, scale), chunk), bytes);
}

function packChunk(
  pack: OpenPack,
  { info, compression }: DatasetTarget,
  scaleIndex: number,
  chunk: Box,
  bytes: Uint8Array,
): PackedChunk {
  const scale = scaleOf({ info }, scaleIndex);
  const isZipped = scale.sharding?.data_encoding === 'gzip';
  const stored = isZipped ? deterministicGzip(bytes, compression.level, compression.content) : bytes;
  return addToPack(pack, shardedChunkKey(scale, chunk), stored);
}

function scaleOf({ info }: Pick<DatasetTarget, 'info'>, index: number): ScaleInfo {
  const scale = info.scales[index];
  if (scale === undefined) throw new BugError(`no scale ${index}`);
  return scale;
}

/**
 * Downsamples the windows that begin in the chunks. The coarser block ends with its last window, so no window is made
 * twice.
 */
function downsampleChunks(block: VolumeBlock, chunks: readonly Box[], coarser: CoarserScale): void {
  const { factors, method, options } = coarser;
  const target = viewBlock(coarser.block);
  for (const row of rowsOf(chunks)) {
    const windows: Box = { min: ceilDivide3(row.min, factors), max: ceilDivide3(row.max, factors) };
    if (!isEmptyBox(windows)) downsampleRegion(method, block, target, windows, factors, options);
  }
}

/**
 * Joins chunks that follow each other along x. A chunk's own rows are so short that the processor waits for each; from
 * longer ones it reads ahead.
 */
function rowsOf(chunks: readonly Box[]): Box[] {
  const rows: Box[] = [];
  for (const chunk of chunks) {
    const row = rows.at(-1);
    const follows = row !== undefined && equal3(chunk.min, [row.max[0], row.min[1], row.min[2]]);
    if (follows) rows[rows.length - 1] = { min: row.min, max: chunk.max };
    else rows.push(chunk);
  }
  return rows;
}

function isAllZero(block: VolumeBlock, box: Box): boolean {
  const { buffer, byteOffset, BYTES_PER_ELEMENT: voxelBytes } = block.data;
  let isZero = true;
  eachRun(block, box, (start, end) => {
    if (!isZero) return;
    const bytes = new Uint8Array(buffer, byteOffset + start * voxelBytes, (end - start) * voxelBytes);
    isZero = bytes.every((byte) => byte === 0);
  });
  return isZero;
}
