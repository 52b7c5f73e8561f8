import { intersectBoxes, type Box } from '../../../shared/base/box';
import { storedRowBytes } from './cell-decoder';
import { cellsIn, type Cell } from './cells';
import type { OpenSlice } from './open-files';

/** As much is read from a file in one go, or one strip or tile that is larger. */
export const READ_BYTES = 1 << 20;
/** Bytes between two segments that are rather read along than skipped. */
const MOST_SKIPPED_BYTES = 1 << 16;

/** What is decoded at a time: a compressed cell, or some rows of one that isn't compressed. */
export interface Segment {
  readonly cell: Cell;
  /** For messages: file and cell. */
  readonly name: string;
  readonly offsetBytes: number;
  /** 0 for a cell that isn't stored, whose voxels are 0. */
  readonly lengthBytes: number;
  /** The rows that it holds, counted in the cell. */
  readonly firstRow: number;
  readonly rows: number;
}

/** Segments that stand close together in the file, in ascending order. */
export interface SegmentGroup {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly segments: readonly Segment[];
}

/** What has to be read for `box`, a part of one slice: all channels, or one. */
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
  const { layout, cellOffsets, cellBytes } = slice.page;
  const rowBytes = storedRowBytes(layout);
  for (const cell of cellsIn(layout, box, channel)) {
    const name = `${slice.name}, ${layout.tiled ? 'tile' : 'strip'} ${cell.index}`;
    const offsetBytes = (cellOffsets[cell.index] ?? 0) + slice.shiftBytes;
    const lengthBytes = cellBytes[cell.index] ?? 0;
    const cellRows = cell.box.max[1] - cell.box.min[1];
    if (layout.compression !== 'none' || lengthBytes === 0) {
      yield { cell, name, offsetBytes, lengthBytes, firstRow: 0, rows: cellRows };
      continue;
    }
    const wanted = intersectBoxes(cell.box, box);
    const rowsAtOnce = Math.max(1, Math.floor(READ_BYTES / rowBytes));
    const endRow = wanted.max[1] - cell.box.min[1];
    for (let firstRow = wanted.min[1] - cell.box.min[1]; firstRow < endRow; firstRow += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, endRow - firstRow);
      const place = { offsetBytes: offsetBytes + firstRow * rowBytes, lengthBytes: rows * rowBytes };
      yield { cell, name, ...place, firstRow, rows };
    }
  }
}
