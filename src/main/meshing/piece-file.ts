/**
 * The output of meshing one block, from which labels are joined later: an object of little-endian numbers. It is one
 * section, or several where a block has more pieces than are held in memory. A section:
 *
 *     uint32            parts of all batches, n (batch-parts.ts)
 *     uint32            1 if another section follows, otherwise 0
 *     uint64            bytes of the section
 *     uint64[2 · n + 1] where each part's table and pieces begin in the section, and where the last pieces end
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
 * range of each section, and only the tables at first, if the pieces don't fit into memory. A label's statistics may be
 * in several sections, each of which has some of its voxels, but a piece is in one.
 */
import { BugError } from '../../shared/base/errors';
import { vec3, type Vec3 } from '../../shared/base/vec3';
import { LabelStatistics, type LabelEntry } from '../../shared/kernels/label-statistics';
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
  /** The size of all pieces of the part in bytes. They begin at the first piece. */
  readonly pieceBytes: number;
}

/** The bytes before where the parts are. */
const HEADER_BYTES = 16;
const ENTRY_BYTES = 48;
/** A label's bytes in statistics that are in memory. */
const STATISTICS_BYTES = 64;
const MAX_SHORT_VERTICES = 65_536;

/** Gathers the pieces of a section by part. */
export class PieceFileWriter {
  /** About the bytes of all pieces and statistics so far. */
  heldBytes = 0;
  private readonly tables: ByteBuffer[];
  private readonly pieces: ByteBuffer[];
  private readonly statistics: (LabelStatistics | undefined)[];

  /** @param parts the number of parts of all batches */
  constructor(parts: number) {
    this.tables = Array.from({ length: parts }, () => new ByteBuffer());
    this.pieces = Array.from({ length: parts }, () => new ByteBuffer());
    this.statistics = Array.from({ length: parts }, () => undefined);
  }

  /** Adds voxels of a label. */
  count(part: number, entry: LabelEntry): void {
    (this.statistics[part] ??= new LabelStatistics()).addEntry(entry);
    this.heldBytes += STATISTICS_BYTES;
  }

  add(part: number, { label, piece, positions, triangles }: Piece): void {
    const vertices = positions.length / 3;
    const lengthBytes = pieceBytes(vertices, triangles.length / 3);
    const entry = this.tables[part]?.grow(ENTRY_BYTES);
    const bytes = this.pieces[part]?.grow(lengthBytes);
    if (entry === undefined || bytes === undefined) throw new BugError(`no part ${part}`);
    this.heldBytes += ENTRY_BYTES + lengthBytes;
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
    const places = new Uint16Array(positions.length);
    for (const axis of [0, 1, 2] as const) {
      const from = min[axis];
      for (let i: number = axis; i < places.length; i += 3) places[i] = (positions[i] ?? 0) - from;
    }
    const corners = cornerBytes(vertices) === 2 ? new Uint16Array(triangles) : triangles;
    const target = bytesOf(bytes);
    target.set(bytesOf(places));
    target.set(bytesOf(corners), places.byteLength);
  }

  /** Returns the section. @param isLast whether no other section follows */
  finish(isLast: boolean): Uint8Array {
    const parts = this.tables.map((table, part) => {
      const counts = this.statistics[part]?.toBytes() ?? new Uint8Array();
      return { counts, table: table.bytes, pieces: this.pieces[part]?.bytes ?? new Uint8Array() };
    });
    const headerBytes = HEADER_BYTES + 8 * (2 * parts.length + 1);
    const total = parts.reduce(
      (sum, { counts, table, pieces }) => sum + 4 + counts.length + table.length + pieces.length,
      headerBytes,
    );
    const bytes = new Uint8Array(total);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, parts.length, true);
    view.setUint32(4, isLast ? 0 : 1, true);
    let offset = headerBytes;
    parts.forEach(({ counts, table, pieces }, part) => {
      view.setBigUint64(HEADER_BYTES + 16 * part, BigInt(offset), true);
      view.setUint32(offset, counts.length, true);
      bytes.set(counts, offset + 4);
      bytes.set(table, offset + 4 + counts.length);
      offset += 4 + counts.length + table.length;
      view.setBigUint64(HEADER_BYTES + 8 + 16 * part, BigInt(offset), true);
      bytes.set(pieces, offset);
      offset += pieces.length;
    });
    view.setBigUint64(HEADER_BYTES + 16 * parts.length, BigInt(offset), true);
    view.setBigUint64(8, BigInt(total), true);
    return bytes;
  }
}

export type ReadRange = (offsetBytes: number, lengthBytes: number) => Uint8Array;

/** Where a part is in the object. */
interface PartPlace {
  readonly table: number;
  readonly pieces: number;
  readonly end: number;
}

/** Yields where a part is, section by section. */
function* placesOf(part: number, read: ReadRange): Generator<PartPlace> {
  for (let begin = 0, isLast = false; !isLast;) {
    const header = viewOf(exactly(read(begin, HEADER_BYTES), HEADER_BYTES));
    const bounds = viewOf(exactly(read(begin + HEADER_BYTES + 16 * part, 24), 24));
    const at = (index: number): number => begin + Number(bounds.getBigUint64(8 * index, true));
    yield { table: at(0), pieces: at(1), end: at(2) };
    isLast = header.getUint32(4, true) === 0;
    begin += Number(header.getBigUint64(8, true));
  }
}

/**
 * Reads the tables of one part, section by section, by ranges.
 * @throws BugError if the object is cut off
 */
export function* readPieceTables(part: number, read: ReadRange): Generator<PieceTable> {
  for (const place of placesOf(part, read)) {
    const table = exactly(read(place.table, place.pieces - place.table), place.pieces - place.table);
    const view = viewOf(table);
    const statisticsBytes = view.getUint32(0, true);
    const pieces: PieceEntry[] = [];
    let offsetBytes = place.pieces;
    for (let at = 4 + statisticsBytes; at < table.length; at += ENTRY_BYTES) {
      const entry = readEntry(view, at, offsetBytes);
      pieces.push(entry);
      offsetBytes += entry.lengthBytes;
    }
    if (offsetBytes !== place.end) throw new BugError('the pieces of a block are damaged');
    yield {
      statistics: table.subarray(4, 4 + statisticsBytes),
      pieces,
      pieceBytes: place.end - place.pieces,
    };
  }
}

function readEntry(view: DataView, at: number, offsetBytes: number): PieceEntry {
  const vertices = view.getUint32(at + 40, true);
  const triangles = view.getUint32(at + 44, true);
  const min = vec3((i) => view.getInt32(at + 20 + 4 * i, true));
  return {
    label: view.getBigUint64(at, true),
    piece: vec3((i) => view.getUint32(at + 8 + 4 * i, true)),
    bounds: { min, max: vec3((i) => min[i] + view.getUint16(at + 32 + 2 * i, true)) },
    vertices,
    triangles,
    offsetBytes,
    lengthBytes: pieceBytes(vertices, triangles),
  };
}

/** Reads the bytes of one part's label statistics, section by section. @throws BugError if the object is cut off */
export function* readStatistics(part: number, read: ReadRange): Generator<Uint8Array> {
  for (const { table } of placesOf(part, read)) {
    const length = viewOf(exactly(read(table, 4), 4)).getUint32(0, true);
    yield exactly(read(table + 4, length), length);
  }
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

/** The bytes of numbers in the machine's order, which is little endian wherever Node runs the program. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
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
