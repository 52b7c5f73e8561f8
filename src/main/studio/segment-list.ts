import type { SegmentList } from '../../shared/api/contract-types';
import { isAddress } from '../../shared/api/input-address';
import { UnsupportedError } from '../../shared/base/errors';
import { BoxGrid, boxShape, boxVolume, type Box } from '../../shared/base/box';
import { allocateVoxels, type VoxelArray } from '../../shared/base/data-type';
import { product3, vec3, type Vec3 } from '../../shared/base/vec3';
import { LabelStatistics } from '../../shared/kernels/label-statistics';
import type { SegmentColumns } from '../../shared/precomputed/segment-properties';
import { chunkShape, scaleBox } from '../../shared/precomputed/scale-chunks';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { readSegmentColumns } from '../engine/segments/segment-counts';
import { PrecomputedSource } from '../sources/precomputed-source';

/** The finest scale with at most this many voxels is counted. With more, users would have to wait too long. */
const MAX_COUNTED_VOXELS = 2 ** 26;
/** Finer scales than this aren't searched for a segment. */
const MAX_SEARCHED_VOXELS = 2 ** 31;
/** Replaces both limits for a dataset that is read over the web. */
const MAX_LOADED_VOXELS = 2 ** 24;

/**
 * Returns the segments of a dataset, from the properties that this program writes if they contain counts. Otherwise
 * the segments are counted.
 */
export async function listSegments(root: string, info: VolumeInfo): Promise<SegmentList> {
  const listed = isAddress(root) ? undefined : await readSegmentColumns({ root }, info);
  if (listed?.voxels !== undefined) return sorted(listed, listed.voxels, 0);
  const { counts, scale } = await countSegments(root, info);
  const ids = [...counts.keys()].map(String);
  const named = new Map(listed?.labels?.map((name, i) => [listed.ids[i], name]));
  const labels = named.size === 0 ? {} : { labels: ids.map((id) => named.get(id) ?? '') };
  return sorted({ ids, ...labels }, [...counts.values()], scale);
}

function sorted(
  { ids, labels }: Pick<SegmentColumns, 'ids' | 'labels'>,
  voxels: readonly number[],
  scale: number,
): SegmentList {
  const order = ids.map((_, i) => i).sort((a, b) => (voxels[b] ?? 0) - (voxels[a] ?? 0));
  return {
    ids: order.map((i) => ids[i] ?? ''),
    voxels: order.map((i) => voxels[i] ?? 0),
    ...(labels === undefined ? {} : { names: order.map((i) => labels[i] ?? '') }),
    countedScale: scale,
  };
}

async function countSegments(
  root: string,
  info: VolumeInfo,
): Promise<{ counts: Map<bigint, number>; scale: number }> {
  const most = isAddress(root) ? MAX_LOADED_VOXELS : MAX_COUNTED_VOXELS;
  const fitting = info.scales.findIndex(({ size }) => product3(size) <= most);
  if (fitting === -1 && isAddress(root)) {
    throw new UnsupportedError(
      'The dataset is on the web, and no scale of it is small enough to be counted.',
      {
        remedy: 'Select segments with a double click in the viewer.',
      },
    );
  }
  const scale = fitting === -1 ? info.scales.length - 1 : fitting;
  const labels = new LabelStatistics();
  for await (const { box, data } of chunksOf(root, info, scale)) {
    labels.accumulate({ box, channels: 1, data }, box);
  }
  const ratio = product3(scaleRatio(info, scale));
  const counts = [...labels].filter(({ id }) => id !== 0n);
  return { counts: new Map(counts.map(({ id, voxels }) => [id, Math.round(voxels * ratio)])), scale };
}

/**
 * Returns a position inside of a segment, in voxels of the first scale. The search goes from the coarsest scale to
 * finer ones, because small segments disappear in coarse scales.
 */
export async function locateSegment(root: string, info: VolumeInfo, id: bigint): Promise<Vec3 | undefined> {
  const [first] = info.scales;
  const most = isAddress(root) ? MAX_LOADED_VOXELS : MAX_SEARCHED_VOXELS;
  for (let scale = info.scales.length - 1; scale >= 0 && first !== undefined; scale--) {
    if (product3(info.scales[scale]?.size ?? first.size) > most) return undefined;
    for await (const { box, data } of chunksOf(root, info, scale)) {
      const inside = longestRun(data, box, id);
      if (inside === undefined) continue;
      const ratio = scaleRatio(info, scale);
      return vec3((axis) => first.voxel_offset[axis] + Math.floor((inside[axis] + 0.5) * ratio[axis]));
    }
  }
  return undefined;
}

/** The size of another scale's voxel in voxels of the first scale. */
function scaleRatio(info: VolumeInfo, scale: number): Vec3 {
  const [fine, coarse] = [info.scales[0]?.resolution ?? [1, 1, 1], info.scales[scale]?.resolution];
  return vec3((axis) => (coarse?.[axis] ?? 1) / (fine[axis] ?? 1));
}

async function* chunksOf(
  root: string,
  info: VolumeInfo,
  scale: number,
): AsyncGenerator<{ box: Box; data: VoxelArray }> {
  const own = info.scales[scale];
  if (own === undefined) return;
  const source = new PrecomputedSource({ format: 'precomputed', root, info, scale, missingChunks: 'zero' });
  try {
    for (const box of new BoxGrid(scaleBox(own), chunkShape(own))) {
      const data = allocateVoxels(info.data_type, boxVolume(box));
      await source.read(box, { box, channels: 1, data });
      yield { box, data };
    }
  } finally {
    await source.close();
  }
}

/** Returns the middle of the longest run of `id` along x, which is inside of the segment. */
function longestRun(data: VoxelArray, box: Box, id: bigint): Vec3 | undefined {
  const wanted = data instanceof BigUint64Array ? id : Number(id);
  const [width, height] = boxShape(box);
  let longest = 0;
  let found: Vec3 | undefined;
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== wanted) continue;
    const rowEnd = i - (i % width) + width;
    let end = i + 1;
    while (end < rowEnd && data[end] === wanted) end++;
    if (end - i > longest) {
      longest = end - i;
      const row = Math.floor(i / width);
      found = [
        box.min[0] + (i % width) + (longest >> 1),
        box.min[1] + (row % height),
        box.min[2] + Math.floor(row / height),
      ];
    }
    i = end - 1;
  }
  return found;
}
