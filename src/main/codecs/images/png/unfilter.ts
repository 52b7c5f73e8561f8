import { InvalidInputError } from '../../../../shared/base/errors';

/** Rows of a PNG after decompression: a byte that names the filter, then the bytes of the row. */
export interface FilteredRows {
  /** The position of the first row. */
  readonly start: number;
  readonly rows: number;
  readonly rowBytes: number;
  /** The size of a voxel, at least 1, which is the distance to the byte on the left. */
  readonly voxelBytes: number;
}

/**
 * Undoes the filters and moves the rows, without the bytes that name the filters, next to each other from `to` on, in
 * place. Precondition: `to` isn't after `start`.
 *
 * Source: PNG specification, section 9 (filters None, Sub, Up, Average, Paeth).
 * @throws InvalidInputError for a filter that doesn't exist
 */
export function unfilter(bytes: Uint8Array, filtered: FilteredRows, to = filtered.start): void {
  const { start, rows, rowBytes, voxelBytes } = filtered;
  for (let row = 0; row < rows; row++) {
    const source = start + row * (rowBytes + 1);
    const target = to + row * rowBytes;
    const filter = bytes[source];
    bytes.copyWithin(target, source + 1, source + 1 + rowBytes);
    // The row above the first one counts as zeros.
    if (filter === 1) undoSub(bytes, target, rowBytes, voxelBytes);
    else if (filter === 2) undoUp(bytes, target, row === 0 ? 0 : rowBytes, rowBytes);
    else if (filter === 3) undoAverage(bytes, target, row === 0, rowBytes, voxelBytes);
    else if (filter === 4) undoPaeth(bytes, target, row === 0, rowBytes, voxelBytes);
    else if (filter !== 0)
      throw new InvalidInputError(`row ${row} has the filter ${filter}, which does not exist`);
  }
}

function undoSub(bytes: Uint8Array, target: number, rowBytes: number, voxelBytes: number): void {
  const end = target + rowBytes;
  for (let i = target + voxelBytes; i < end; i++) bytes[i] = (bytes[i] ?? 0) + (bytes[i - voxelBytes] ?? 0);
}

function undoUp(bytes: Uint8Array, target: number, above: number, rowBytes: number): void {
  if (above === 0) return;
  const end = target + rowBytes;
  for (let i = target; i < end; i++) bytes[i] = (bytes[i] ?? 0) + (bytes[i - above] ?? 0);
}

function undoAverage(
  bytes: Uint8Array,
  target: number,
  isFirst: boolean,
  rowBytes: number,
  voxelBytes: number,
): void {
  for (let i = 0; i < rowBytes; i++) {
    const at = target + i;
    const left = i < voxelBytes ? 0 : (bytes[at - voxelBytes] ?? 0);
    const up = isFirst ? 0 : (bytes[at - rowBytes] ?? 0);
    bytes[at] = (bytes[at] ?? 0) + ((left + up) >> 1);
  }
}

function undoPaeth(
  bytes: Uint8Array,
  target: number,
  isFirst: boolean,
  rowBytes: number,
  voxelBytes: number,
): void {
  if (isFirst) {
    undoSub(bytes, target, rowBytes, voxelBytes);
    return;
  }
  const head = Math.min(voxelBytes, rowBytes);
  for (let i = target; i < target + head; i++) bytes[i] = (bytes[i] ?? 0) + (bytes[i - rowBytes] ?? 0);
  const end = target + rowBytes;
  for (let i = target + head; i < end; i++) {
    const left = bytes[i - voxelBytes] ?? 0;
    const up = bytes[i - rowBytes] ?? 0;
    const corner = bytes[i - rowBytes - voxelBytes] ?? 0;
    const toLeft = Math.abs(up - corner);
    const toUp = Math.abs(left - corner);
    const toCorner = Math.abs(left + up - 2 * corner);
    const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    bytes[i] = (bytes[i] ?? 0) + nearest;
  }
}
