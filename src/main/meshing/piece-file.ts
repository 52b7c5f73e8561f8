/**
 * The output of meshing one block, from which labels are joined later: an object of little-endian numbers.
 *
 *     uint32            parts of all batches, n (batch-parts.ts)
 *     uint32            0
 *     uint64[2 · n + 1] where each part's table and pieces begin, and where the last pieces end
 *     then for each part:
 *       table
 *         uint32          bytes of the statistics
 *         bytes           statistics of the labels of the part (see LabelStatistics)
 *         for each piece:
 *           uint64          label
 *           uint32[3]       the first cell of the piece
 *           int32[3]        the least coordinates of its vertices, in steps of 1 / 256 voxel from the volume's first voxel
 *           uint16[3]       the difference between the greatest and the least coordinates
 *           uint16          0
 *           uint32          vertices, v
 *           uint32          triangles, t
 *       pieces, in the order of the table
 *         uint16[3 · v]   positions from the least coordinates, in steps
 *         uint16[3 · t]   corners; uint32 if v is above 65,536
 *
 * There is no padding. Labels are assigned to batches by their hash, so that joining one part of a batch reads one
 * range of each object, and only the tables at first, if the pieces don't fit into memory.
 */
import { BugError } from '../../shared/base/errors';
import { vec3, type Vec3 } from '../../shared/base/vec3';
import { soupOf } from '../../shared/kernels/triangle-soup';
import { boundsOf, type LatticeBounds } from './lattice';

export interface Piece {
  readonly label: bigint;
  /** The first cell. */
  readonly piece: Vec3;
  /** Positions in steps from the volume's first voxel, within 65,535 of each other. */
  readonly positions: Int32Array;
  readonly triangles: Uint32Array;
}

/** A piece as its line of the table describes it. */
export interface PieceEntry {
  readonly label: bigint;
  readonly piece: Vec3;
  readonly bounds: LatticeBounds;
  readonly vertices: number;
  readonly triangles: number;
  /** The position in the object. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export interface PieceTable {
  readonly statistics: Uint8Array;
  readonly pieces: readonly PieceEntry[];
  /** The size of all pieces of the batch in bytes. They begin at the first piece. */
  readonly pieceBytes: number;
}

const ENTRY_BYTES = 48;
const MAX_SHORT_VERTICES = 65_536;

/** Gathers the pieces of a block by batch. */
export class PieceFileWriter {
  private readonly tables: ByteBuffer[];
  private readonly pieces: ByteBuffer[];

  constructor(batches: number) {
    this.tables = Array.from({ length: batches }, () => new ByteBuffer());
    this.pieces = Array.from({ length: batches }, () => new ByteBuffer());
  }

  add(batch: number, { label, piece, positions, triangles }: Piece): void {
    const vertices = positions.length / 3;
    const entry = this.tables[batch]?.grow(ENTRY_BYTES);
    const bytes = this.pieces[batch]?.grow(pieceBytes(vertices, triangles.length / 3));
    if (entry === undefined || bytes === undefined) throw new BugError(`no batch ${batch}`);
    const { min, max } = boundsOf(positions);
    entry.setBigUint64(0, label, true);
    for (const i of [0, 1, 2] as const) {
      entry.setUint32(8 + 4 * i, piece[i], true);
      entry.setInt32(20 + 4 * i, min[i], true);
      if (max[i] - min[i] > 0xffff) throw new BugError(`a piece of ${label} is too large`);
      entry.setUint16(32 + 2 * i, max[i] - min[i], true);
    }
    entry.setUint32(40, vertices, true);
    entry.setUint32(44, triangles.length / 3, true);
    for (let i = 0; i < positions.length; i++) {
      bytes.setUint16(2 * i, (positions[i] ?? 0) - min[(i % 3) as 0 | 1 | 2], true);
    }
    const width = cornerBytes(vertices);
    for (let i = 0; i < triangles.length; i++) {
      if (width === 2) bytes.setUint16(2 * positions.length + 2 * i, triangles[i] ?? 0, true);
      else bytes.setUint32(2 * positions.length + 4 * i, triangles[i] ?? 0, true);
    }
  }

  /** Returns the object. @param statistics the statistics of each batch */
  finish(statistics: readonly Uint8Array[]): Uint8Array {
    const parts = this.tables.map((table, batch) => {
      const counts = statistics[batch] ?? new Uint8Array();
      return { counts, table: table.bytes, pieces: this.pieces[batch]?.bytes ?? new Uint8Array() };
    });
    const headerBytes = 8 + 8 * (2 * parts.length + 1);
    const total = parts.reduce(
      (sum, { counts, table, pieces }) => sum + 4 + counts.length + table.length + pieces.length,
      headerBytes,
    );
    const bytes = new Uint8Array(total);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, parts.length, true);
    let offset = headerBytes;
    parts.forEach(({ counts, table, pieces }, batch) => {
      view.setBigUint64(8 + 16 * batch, BigInt(offset), true);
      view.setUint32(offset, counts.length, true);
      bytes.set(counts, offset + 4);
      bytes.set(table, offset + 4 + counts.length);
      offset += 4 + counts.length + table.length;
      view.setBigUint64(16 + 16 * batch, BigInt(offset), true);
      bytes.set(pieces, offset);
      offset += pieces.length;
    });
    view.setBigUint64(8 + 16 * parts.length, BigInt(offset), true);
    return bytes;
  }
}

export type ReadRange = (offsetBytes: number, lengthBytes: number) => Uint8Array;

/** Reads the table of one batch, by ranges. @throws BugError if the object is cut off */
export function readPieceTable(batch: number, read: ReadRange): PieceTable {
  const bounds = viewOf(exactly(read(8 + 16 * batch, 24), 24));
  const begin = Number(bounds.getBigUint64(0, true));
  const piecesBegin = Number(bounds.getBigUint64(8, true));
  const end = Number(bounds.getBigUint64(16, true));
  const table = exactly(read(begin, piecesBegin - begin), piecesBegin - begin);
  const view = viewOf(table);
  const statisticsBytes = view.getUint32(0, true);
  const pieces: PieceEntry[] = [];
  let offsetBytes = piecesBegin;
  for (let at = 4 + statisticsBytes; at < table.length; at += ENTRY_BYTES) {
    const vertices = view.getUint32(at + 40, true);
    const triangles = view.getUint32(at + 44, true);
    const lengthBytes = pieceBytes(vertices, triangles);
    const min = vec3((i) => view.getInt32(at + 20 + 4 * i, true));
    pieces.push({
      label: view.getBigUint64(at, true),
      piece: vec3((i) => view.getUint32(at + 8 + 4 * i, true)),
      bounds: { min, max: vec3((i) => min[i] + view.getUint16(at + 32 + 2 * i, true)) },
      vertices,
      triangles,
      offsetBytes,
      lengthBytes,
    });
    offsetBytes += lengthBytes;
  }
  if (offsetBytes !== end) throw new BugError('the pieces of a block are damaged');
  return { statistics: table.subarray(4, 4 + statisticsBytes), pieces, pieceBytes: end - piecesBegin };
}

/** Reads the bytes of one batch's label statistics. @throws BugError if the object is cut off */
export function readStatistics(batch: number, read: ReadRange): Uint8Array {
  const begin = Number(viewOf(exactly(read(8 + 16 * batch, 8), 8)).getBigUint64(0, true));
  const length = viewOf(exactly(read(begin, 4), 4)).getUint32(0, true);
  return exactly(read(begin + 4, length), length);
}

/** Reads the triangles of a piece as a soup. @throws BugError if the object is cut off */
export function readPiece(
  { bounds, vertices, triangles, ...entry }: PieceEntry,
  read: ReadRange,
): Int32Array {
  // The copy aligns the numbers to multiples of their size.
  const bytes = exactly(read(entry.offsetBytes, entry.lengthBytes), entry.lengthBytes).slice();
  const positions = new Uint16Array(bytes.buffer, 0, 3 * vertices);
  const corners =
    cornerBytes(vertices) === 2
      ? new Uint16Array(bytes.buffer, 6 * vertices, 3 * triangles)
      : new Uint32Array(bytes.buffer.slice(6 * vertices));
  return soupOf(positions, corners, bounds.min);
}

function pieceBytes(vertices: number, triangles: number): number {
  return 6 * vertices + 3 * triangles * cornerBytes(vertices);
}

function cornerBytes(vertices: number): 2 | 4 {
  return vertices > MAX_SHORT_VERTICES ? 4 : 2;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new BugError('the pieces of a block are cut short');
  return bytes;
}

/** Bytes that grow at their end. */
class ByteBuffer {
  private data = new Uint8Array(0);
  private used = 0;

  get bytes(): Uint8Array {
    return this.data.subarray(0, this.used);
  }

  /** Adds `bytes` zeros and returns a view of them, which is valid until more are added. */
  grow(bytes: number): DataView {
    const begin = this.used;
    this.used += bytes;
    if (this.used > this.data.length) {
      const larger = new Uint8Array(Math.max(2 * this.data.length, this.used));
      larger.set(this.data.subarray(0, begin));
      this.data = larger;
    }
    return new DataView(this.data.buffer, begin, bytes);
  }
}
