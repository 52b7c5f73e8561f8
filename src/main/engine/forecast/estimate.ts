import { BoxGrid, boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { allocateVoxels, type VoxelArray } from '../../../shared/base/data-type';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { SMALL_SEGMENT } from '../../../shared/api/small-segments';
import { LabelStatistics } from '../../../shared/kernels/label-statistics';
import { scatter } from '../../../shared/base/scatter';
import { product3, ZERO3 } from '../../../shared/base/vec3';
import { chunkShape, scaleBox } from '../../../shared/precomputed/scale-chunks';
import type { ConversionPlan } from '../job/conversion-plan';
import { chunkCompression } from '../blocks/dataset-target';
import { mostMeshFiles, type MeshPlan } from '../meshes/mesh-plan';
import { cellBlocks, MESH_OVERHEAD_BYTES, tryMeshing } from './mesh-sample';
import { encodeStoredChunk } from '../../codecs/chunks/stored-chunk';
import { reopenSource } from '../../sources/reopen-source';
import type { SourceMetadata, VolumeSource } from '../../sources/volume-source';
import { deterministicGzip } from '../../places/compression';

const SAMPLED_CHUNKS = 12;
/** Cells on each axis of a part that is meshed as a sample, and the number of parts. */
const MESHED_CELLS = 64;
const MESHED_PARTS = 4;
/** Bytes of a segment in the list of segments: its id, its voxels, and separators. */
const LISTED_BYTES = 40;

export interface ConversionEstimate {
  readonly bytes: number;
  /** Bytes of the chunks alone. */
  readonly chunkBytes: number;
  readonly seconds: number;
  /** The share of meshes and of the lists of segments that come with them; absent if none are made. */
  readonly meshes?: {
    readonly bytes: number;
    readonly seconds: number;
    readonly segments: number;
    /** Segments with fewer voxels than SMALL_SEGMENT. */
    readonly smallSegments: number;
    readonly files: number;
    readonly listBytes: number;
  };
  readonly sampledVoxels: number;
}

/** Work per voxel on one thread. */
interface Rates {
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Estimates how much a conversion will write and how long it will take. It reads, encodes, compresses and meshes
 * samples from all over the volume like the job, on one thread, and discards the results.
 */
export async function estimateConversion(plan: ConversionPlan): Promise<ConversionEstimate> {
  const { info } = plan.volume;
  const [scale] = info.scales;
  if (scale === undefined) return { bytes: 0, chunkBytes: 0, seconds: 0, sampledVoxels: 0 };
  const source = await reopenSource(plan.handle);
  try {
    const chunks = await sampleChunks(plan, source);
    const firstVoxels = product3(scale.size);
    const allVoxels = info.scales.reduce((sum, { size }) => sum + product3(size), 0);
    // Finding components takes a pass of its own.
    const passes = plan.spec.components === undefined ? 1 : 2;
    const ms = passes * chunks.readMs * firstVoxels + chunks.ms * allVoxels;
    const secondsOf = (msOfOneThread: number) => msOfOneThread / 1000 / plan.memory.workers;
    const chunkBytes = Math.round(chunks.bytes * allVoxels);
    const seconds = secondsOf(ms);
    if (plan.mesh === undefined)
      return { bytes: chunkBytes, chunkBytes, seconds, sampledVoxels: chunks.voxels };
    const sample = await sampleMeshes(plan.mesh, source);
    const meshedVoxels = product3(info.scales[plan.mesh.scale]?.size ?? scale.size);
    const segments = Math.round(chunks.segments);
    const smallSegments = Math.min(segments, Math.round(chunks.smallSegments));
    const meshed = meshedSegments(plan.mesh, segments, smallSegments);
    const meshes = {
      bytes: Math.round(sample.bytes * meshedVoxels + MESH_OVERHEAD_BYTES * meshed),
      seconds: secondsOf(sample.ms * meshedVoxels),
      segments,
      smallSegments,
      files: mostMeshFiles(plan.mesh, meshed),
      listBytes: segments * LISTED_BYTES,
    };
    return {
      bytes: chunkBytes + meshes.bytes + meshes.listBytes,
      chunkBytes,
      seconds: seconds + meshes.seconds,
      meshes,
      sampledVoxels: chunks.voxels,
    };
  } finally {
    await source.close();
  }
}

async function sampleChunks(
  plan: ConversionPlan,
  source: VolumeSource,
): Promise<
  Rates & {
    readonly readMs: number;
    readonly voxels: number;
    readonly segments: number;
    readonly smallSegments: number;
  }
> {
  const { info } = plan.volume;
  const [scale] = info.scales;
  if (scale === undefined) return { bytes: 0, ms: 0, readMs: 0, voxels: 0, segments: 0, smallSegments: 0 };
  let [bytes, voxels, readMs, encodeMs] = [0, 0, 0, 0];
  const segments = { count: 0, small: 0, boxes: 0 };
  const grid = new BoxGrid(scaleBox(scale), chunkShape(scale));
  for (const box of scatter(grid, SAMPLED_CHUNKS)) {
    const startMs = performance.now();
    const data = allocateVoxels(info.data_type, boxVolume(box) * info.num_channels);
    const block = { box, channels: info.num_channels, data };
    await source.read(box, block);
    const readEndMs = performance.now();
    const encoded = await encodeStoredChunk(info, scale, block, box);
    const { compression, level, content } = chunkCompression(plan.spec, info);
    bytes += compression === 'gzip' ? deterministicGzip(encoded, level, content).length : encoded.length;
    encodeMs += performance.now() - readEndMs;
    // The job decodes each storage unit once; here it was decoded for one of its many chunks.
    readMs += ((readEndMs - startMs) * boxVolume(box)) / decodedVoxels(box, source.metadata);
    voxels += boxVolume(box);
    segments.boxes++;
    if (plan.mesh !== undefined) {
      segments.count += segmentsIn(data, box, scaleBox(scale));
      if (info.num_channels === 1) segments.small += smallSegmentsIn(block);
    }
    await letOthersRun();
  }
  // The number of boxes in the volume for each sampled one.
  const boxesShare = grid.length / Math.max(1, segments.boxes);
  return {
    bytes: bytes / voxels,
    ms: encodeMs / voxels,
    readMs: readMs / voxels,
    voxels,
    segments: Math.max(0, segments.count) * boxesShare,
    smallSegments: segments.small * boxesShare,
  };
}

/**
 * Returns how many segments a box adds to a volume that is tiled with such boxes. It counts the segments in the box,
 * subtracts those on its upper faces that adjoin another box, and so on for edges and a corner, so that a segment in
 * several boxes counts once.
 *
 * Source: Gundersen et al., "The new stereological tools", APMIS 96 (1988), on counting particles by Euler numbers.
 */
function segmentsIn(data: VoxelArray, box: Box, volume: Box): number {
  const [width, height, depth] = boxShape(box);
  const inner = box.max.map((end, axis) => (end < (volume.max[axis] ?? end) ? 1 << axis : 0));
  const adjoined = inner.reduce((all, bit) => all | bit, 0);
  let count = 0;
  for (let faces = 0; faces < 8; faces++) {
    if ((faces & ~adjoined) !== 0) continue;
    const [x0, y0, z0] = [faces & 1 ? width - 1 : 0, faces & 2 ? height - 1 : 0, faces & 4 ? depth - 1 : 0];
    const found = new Set<number | bigint>();
    for (let z = z0; z < depth; z++) {
      for (let y = y0; y < height; y++) {
        const row = (z * height + y) * width;
        let last: number | bigint | undefined;
        for (let i = row + x0; i < row + width; i++) {
          const id = data[i];
          if (id === last || id === undefined) continue;
          last = id;
          if (Number(id) !== 0) found.add(id);
        }
      }
    }
    const isOdd = ((faces & 1) + ((faces >> 1) & 1) + ((faces >> 2) & 1)) % 2 === 1;
    count += isOdd ? -found.size : found.size;
  }
  return count;
}

/** Counts the small segments that lie completely inside a block. */
function smallSegmentsIn(block: VolumeBlock): number {
  const labels = new LabelStatistics();
  labels.accumulate(block, block.box);
  const [lower, upper] = [block.box.min, block.box.max];
  let count = 0;
  for (const { id, voxels, box } of labels) {
    const isWhole = ([0, 1, 2] as const).every((i) => box.min[i] > lower[i] && box.max[i] < upper[i]);
    if (id !== 0n && voxels < SMALL_SEGMENT && isWhole) count++;
  }
  return count;
}

/** Returns the number of segments that get a mesh. */
function meshedSegments({ segments, exclude, minVoxels }: MeshPlan, count: number, small: number): number {
  if (segments !== undefined) return segments.length;
  return Math.max(0, (minVoxels >= SMALL_SEGMENT ? count - small : count) - exclude.length);
}

async function sampleMeshes(mesh: MeshPlan, source: VolumeSource): Promise<Rates> {
  const cells = [MESHED_CELLS, MESHED_CELLS, MESHED_CELLS] as const;
  const total = { bytes: 0, ms: 0, voxels: 0 };
  for (const box of scatter(cellBlocks(source.metadata.size, cells), MESHED_PARTS)) {
    const part = await tryMeshing(mesh, source, box);
    total.bytes += part.bytes;
    total.ms += part.ms;
    total.voxels += part.voxels;
    await letOthersRun();
  }
  return { bytes: total.bytes / total.voxels, ms: total.ms / total.voxels };
}

/** Lets other work run, since the estimate runs in the thread that answers the interface's requests. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Returns the number of voxels in the storage units that `box` touches. */
function decodedVoxels(box: Box, { storageShape, storageOrigin = ZERO3 }: SourceMetadata): number {
  return new BoxGrid(box, storageShape, storageOrigin).length * product3(storageShape);
}
