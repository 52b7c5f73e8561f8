/**
 * What the meshing of one block leaves for the joining of labels: an object of little-endian numbers.
 *
 *     uint32            batches, n
 *     uint32            0
 *     uint64[2 · n + 1] where each batch's table and pieces begin, and where the last pieces end
 *     then of each batch:
 *       table
 *         uint32          bytes of the statistics
 *         bytes           statistics of the labels of the batch (see LabelStatistics)
 *         of each piece:
 *           uint64          label
 *           int32[3]        the piece's origin, in steps of 1 / 256 voxel from the volume's first voxel
 *           uint32          vertices, v
 *           uint32          triangles, t
 *           uint32          0
 *       pieces, in the order of the table
 *         uint16[3 · v]   positions from the origin, in steps
 *         uint16[3 · t]   corners; uint32 where v is above 65,536
 *
 * There is no padding. Labels go to batches by their hash, so that the joining of one batch reads one range of each
 * object; and of that the tables alone, where the pieces are too many to be in memory.
 */
import { BugError } from '../../shared/base/errors';
import type { Vec3 } from '../../shared/base/vec3';
import { soupOf } from '../../shared/kernels/triangle-soup';

export interface Piece {
  readonly label: bigint;
  /** In steps from the volume's first voxel. */
  readonly origin: Vec3;
  /** In steps from the volume's first voxel, at most 65,535 from the origin. */
  readonly positions: Int32Array;
  readonly triangles: Uint32Array;
}

/** A piece by its line of the table. */
export interface PieceEntry {
  readonly label: bigint;
  readonly origin: Vec3;
  readonly vertices: number;
  readonly triangles: number;
  /** Where it stands in the object. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export interface PieceTable {
  readonly statistics: Uint8Array;
  readonly pieces: readonly PieceEntry[];
  /** Bytes of all pieces of the batch, which begin where the first one does. */
  readonly pieceBytes: number;
}

/** Vertices lie so many voxels outside their piece at the most. */
export const PIECE_MARGIN = 2;

const ENTRY_BYTES = 32;
const MAX_SHORT_VERTICES = 65_536;

/** Gathers the pieces of a block, by batch. */
export class PieceFileWriter {
  private readonly tables: ByteBuffer[];
  private readonly pieces: ByteBuffer[];

  constructor(batches: number) {
    this.tables = Array.from({ length: batches }, () => new ByteBuffer());
    this.pieces = Array.from({ length: batches }, () => new ByteBuffer());
  }

  add(batch: number, { label, origin, positions, triangles }: Piece): void {
    const vertices = positions.length / 3;
    const entry = this.tables[batch]?.grow(ENTRY_BYTES);
    const piece = this.pieces[batch]?.grow(pieceBytes(vertices, triangles.length / 3));
    if (entry === undefined || piece === undefined) throw new BugError(`no batch ${batch}`);
    entry.setBigUint64(0, label, true);
    origin.forEach((p, i) => {
      entry.setInt32(8 + 4 * i, p, true);
    });
    entry.setUint32(20, vertices, true);
    entry.setUint32(24, triangles.length / 3, true);
    for (let i = 0; i < positions.length; i++) {
      piece.setUint16(2 * i, (positions[i] ?? 0) - origin[(i % 3) as 0 | 1 | 2], true);
    }
    const width = cornerBytes(vertices);
    for (let i = 0; i < triangles.length; i++) {
      if (width === 2) piece.setUint16(2 * positions.length + 2 * i, triangles[i] ?? 0, true);
      else piece.setUint32(2 * positions.length + 4 * i, triangles[i] ?? 0, true);
    }
  }

  /** The object. @param statistics of each batch */
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

/** Reads the table of one batch, by ranges. @throws BugError where the object is cut short */
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
    const vertices = view.getUint32(at + 20, true);
    const triangles = view.getUint32(at + 24, true);
    const lengthBytes = pieceBytes(vertices, triangles);
    const origin: Vec3 = [
      view.getInt32(at + 8, true),
      view.getInt32(at + 12, true),
      view.getInt32(at + 16, true),
    ];
    pieces.push({
      label: view.getBigUint64(at, true),
      origin,
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

/** The triangles of a piece as a soup. @throws BugError where the object is cut short */
export function readPiece(
  { origin, vertices, triangles, ...entry }: PieceEntry,
  read: ReadRange,
): Int32Array {
  const bytes = exactly(read(entry.offsetBytes, entry.lengthBytes), entry.lengthBytes);
  const view = viewOf(bytes);
  const width = cornerBytes(vertices);
  const corners = new Uint32Array(3 * triangles);
  for (let c = 0, at = 6 * vertices; c < corners.length; c++, at += width) {
    corners[c] = width === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
  }
  const positions = new Uint16Array(3 * vertices);
  for (let i = 0; i < positions.length; i++) positions[i] = view.getUint16(2 * i, true);
  return soupOf(positions, corners, origin);
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

  /** Adds so many zeros; they can be seen until more are added. */
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
