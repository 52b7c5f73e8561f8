import { intersectBoxes, type Box } from '../../../shared/base/box';
import { storedRowBytes } from './unit-decoder';
import { unitsIn, type StorageUnit } from './storage-units';
import type { OpenSlice } from './open-files';

/** The most bytes that one read takes from a file, unless a single strip or tile is larger. */
export const READ_BYTES = 1 << 20;
/** A gap of up to this many bytes between two segments is read with them, because a second read costs more. */
const MOST_SKIPPED_BYTES = 1 << 16;

/** The part of a unit that is decoded at a time: a whole compressed unit, or some rows of an uncompressed one. */
export interface Segment {
  readonly unit: StorageUnit;
  /** The file and the unit, for messages. */
  readonly name: string;
  readonly offsetBytes: number;
  /** 0 for a unit that isn't stored; its voxels are 0. */
  readonly lengthBytes: number;
  /** The rows that it holds, counted from the unit's first row. */
  readonly firstRow: number;
  readonly rows: number;
}

/** Segments that are close together in the file, in ascending order. They are read at once. */
export interface SegmentGroup {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly segments: readonly Segment[];
}

/** Yields what has to be read for `box`, a part of one slice: all channels, or only `channel` if it is given. */
export function* segmentGroups(slice: OpenSlice, box: Box, channel?: number): Generator<SegmentGroup> {
  let segments: Segment[] = [];
  let start = 0;
  let end = 0;
  for (const segment of segmentsIn(slice, box, channel)) {
    const segmentEnd = segment.offsetBytes + segment.lengthBytes;
    const joins =
      segment.offsetBytes >= end &&
      segment.offsetBytes - end <= MOST_SKIPPED_BYTES &&
      segmentEnd - start <= READ_BYTES;
    if (segments.length > 0 && !joins) {
      yield { offsetBytes: start, lengthBytes: end - start, segments };
      segments = [];
    }
    if (segments.length === 0) start = segment.offsetBytes;
    segments.push(segment);
    end = segmentEnd;
  }
  if (segments.length > 0) yield { offsetBytes: start, lengthBytes: end - start, segments };
}

function* segmentsIn(slice: OpenSlice, box: Box, channel: number | undefined): Generator<Segment> {
  const { layout, unitOffsets, unitBytes } = slice.page;
  const rowBytes = storedRowBytes(layout);
  for (const unit of unitsIn(layout, box, channel)) {
    const name = `${slice.name}, ${layout.tiled ? 'tile' : 'strip'} ${unit.index}`;
    const offsetBytes = (unitOffsets[unit.index] ?? 0) + slice.shiftBytes;
    const lengthBytes = unitBytes[unit.index] ?? 0;
    const unitRows = unit.box.max[1] - unit.box.min[1];
    if (layout.compression !== 'none' || lengthBytes === 0) {
      yield { unit, name, offsetBytes, lengthBytes, firstRow: 0, rows: unitRows };
      continue;
    }
    const wanted = intersectBoxes(unit.box, box);
    const rowsAtOnce = Math.max(1, Math.floor(READ_BYTES / rowBytes));
    const endRow = wanted.max[1] - unit.box.min[1];
    for (let firstRow = wanted.min[1] - unit.box.min[1]; firstRow < endRow; firstRow += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, endRow - firstRow);
      const place = { offsetBytes: offsetBytes + firstRow * rowBytes, lengthBytes: rows * rowBytes };
      yield { unit, name, ...place, firstRow, rows };
    }
  }
}
