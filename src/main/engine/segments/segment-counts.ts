import { multiply3, vec3, type Vec3 } from '../../../shared/base/vec3';
import {
  parseSegmentProperties,
  type CountedSegment,
  type SegmentColumns,
} from '../../../shared/precomputed/segment-properties';
import type { ScaleInfo, VolumeInfo } from '../../../shared/precomputed/volume-info';
import { readDocument } from '../../places/read-document';
import type { ListedLabel } from './label-list';

/** A segment in voxels of the finest scale. */
export interface SegmentRow extends CountedSegment {
  readonly isMeshed: boolean;
  /** With the voxel offset; undefined where the segment isn't in the scale that was looked at. */
  readonly box: { readonly min: Vec3; readonly max: Vec3 } | undefined;
}

/** Segments by ascending id. They may be too many for the memory. */
export interface SegmentCounts {
  readonly rows: AsyncIterable<SegmentRow>;
  /** Whether the voxels are those of a coarser scale, multiplied. */
  readonly areEstimates: boolean;
}

/**
 * What is known of the segments in voxels of the finest scale, whichever scale the labels were found in. In a coarser
 * one they are fewer, and their voxels are others: there the counts are those of the dataset's own list, if it has
 * one that this program counted and that knows all of the labels, else estimates; boxes are as exact as the scale.
 */
export async function segmentCounts(
  labels: AsyncIterable<ListedLabel>,
  root: string,
  info: VolumeInfo,
  scaleIndex: number,
): Promise<SegmentCounts> {
  const [finest, scale] = [info.scales[0], info.scales[scaleIndex]];
  if (finest === undefined || scale === undefined) return { rows: inOrder([]), areEstimates: false };
  if (scaleIndex === 0) return { rows: allToFinest(labels, scale, finest), areEstimates: false };
  const found = new Map<bigint, SegmentRow>();
  for await (const row of allToFinest(labels, scale, finest)) found.set(row.id, row);
  const listed = await exactCounts(root, info);
  if (listed === undefined || [...found.keys()].some((id) => !listed.has(id))) {
    return { rows: inOrder(found.values()), areEstimates: true };
  }
  const rows = [...listed].map(([id, voxels]) => {
    const { isMeshed = false, box } = found.get(id) ?? {};
    return { id, voxels, isMeshed, box };
  });
  return { rows: inOrder(rows), areEstimates: false };
}

async function* inOrder(rows: Iterable<SegmentRow>): AsyncGenerator<SegmentRow> {
  yield* rows;
}

async function* allToFinest(
  labels: AsyncIterable<ListedLabel>,
  scale: ScaleInfo,
  finest: ScaleInfo,
): AsyncGenerator<SegmentRow> {
  for await (const label of labels) yield toFinest(label, scale, finest);
}

/** The list of segments beside a volume; undefined where there is none, or one that can't be read. */
export async function readSegmentColumns(
  root: string,
  info: VolumeInfo,
): Promise<SegmentColumns | undefined> {
  if (info.segment_properties === undefined) return undefined;
  const bytes = await readDocument(root, `${info.segment_properties}/info`);
  if (bytes === undefined) return undefined;
  try {
    return parseSegmentProperties(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

/** The voxels of the segments in a list that this program counted; undefined where there is none. */
export async function exactCounts(root: string, info: VolumeInfo): Promise<Map<bigint, number> | undefined> {
  const { ids, voxels, areExact } = (await readSegmentColumns(root, info)) ?? {};
  if (ids === undefined || voxels === undefined || areExact !== true) return undefined;
  return new Map(ids.map((id, i) => [BigInt(id), voxels[i] ?? 0]));
}

function toFinest(
  { id, voxels, isMeshed, box }: ListedLabel,
  scale: ScaleInfo,
  finest: ScaleInfo,
): SegmentRow {
  const ratio = vec3((axis) => scale.resolution[axis] / finest.resolution[axis]);
  // Offsets of scales are rounded, so that of the finest one holds for all.
  const at = (position: Vec3): Vec3 => multiply3(position, ratio);
  const [min, max] = [at(box.min), at(box.max)];
  return {
    id,
    voxels: Math.round(voxels * ratio[0] * ratio[1] * ratio[2]),
    isMeshed,
    box: {
      min: vec3((axis) => finest.voxel_offset[axis] + Math.floor(min[axis])),
      max: vec3((axis) => finest.voxel_offset[axis] + Math.min(finest.size[axis], Math.ceil(max[axis]))),
    },
  };
}
