import { multiply3, vec3, type Vec3 } from '../../../shared/base/vec3';
import {
  parseSegmentProperties,
  type CountedSegment,
  type SegmentColumns,
} from '../../../shared/precomputed/segment-properties';
import type { ScaleInfo, VolumeInfo } from '../../../shared/precomputed/volume-info';
import { readDocument, type DatasetPlace } from '../../places/read-document';
import type { ListedLabel } from './label-list';

/** A segment in voxels of the finest scale. */
export interface SegmentRow extends CountedSegment {
  readonly isMeshed: boolean;
  /** The bounding box, including the voxel offset; undefined if the segment isn't in the scale that was searched. */
  readonly box: { readonly min: Vec3; readonly max: Vec3 } | undefined;
}

/** Segments by ascending id. They may not fit into memory. */
export interface SegmentCounts {
  readonly rows: AsyncIterable<SegmentRow>;
  /** Whether the counts were estimated from those of a coarser scale. */
  readonly areEstimates: boolean;
}

/**
 * Returns the segments with their counts and boxes in voxels of the finest scale, whichever scale the labels were
 * found in. A coarser scale has fewer segments and other counts. Then the counts are those of the dataset's own list,
 * if this program counted it and it has all of the labels, and otherwise estimates. Boxes are as exact as the scale.
 */
export async function segmentCounts(
  labels: AsyncIterable<ListedLabel>,
  dataset: DatasetPlace,
  info: VolumeInfo,
  scaleIndex: number,
): Promise<SegmentCounts> {
  const [finest, scale] = [info.scales[0], info.scales[scaleIndex]];
  if (finest === undefined || scale === undefined) return { rows: inOrder([]), areEstimates: false };
  if (scaleIndex === 0) return { rows: allToFinest(labels, scale, finest), areEstimates: false };
  const found = new Map<bigint, SegmentRow>();
  for await (const row of allToFinest(labels, scale, finest)) found.set(row.id, row);
  const listed = await exactCounts(dataset, info);
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

/** Reads the list of segments of a volume; undefined if there is none, or it can't be read. */
export async function readSegmentColumns(
  dataset: DatasetPlace,
  info: VolumeInfo,
): Promise<SegmentColumns | undefined> {
  if (info.segment_properties === undefined) return undefined;
  const bytes = await readDocument(dataset, `${info.segment_properties}/info`);
  if (bytes === undefined) return undefined;
  try {
    return parseSegmentProperties(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

/** Returns the voxel counts in the list of segments, if this program counted them; otherwise undefined. */
export async function exactCounts(
  dataset: DatasetPlace,
  info: VolumeInfo,
): Promise<Map<bigint, number> | undefined> {
  const { ids, voxels, areExact } = (await readSegmentColumns(dataset, info)) ?? {};
  if (ids === undefined || voxels === undefined || areExact !== true) return undefined;
  return new Map(ids.map((id, i) => [BigInt(id), voxels[i] ?? 0]));
}

function toFinest(
  { id, voxels, isMeshed, box }: ListedLabel,
  scale: ScaleInfo,
  finest: ScaleInfo,
): SegmentRow {
  const ratio = vec3((axis) => scale.resolution[axis] / finest.resolution[axis]);
  // The offsets of coarser scales are rounded, so the offset of the finest scale is used for all.
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
