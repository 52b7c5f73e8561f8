/**
 * What the meshing of one block leaves for the joining of labels: an object of little-endian numbers.
 *
 *     uint32           batches, n
 *     uint32           0
 *     uint64[n + 1]    where each batch's section begins, and where the last one ends
 *     sections         of each batch:
 *       uint32         bytes of the statistics
 *       bytes          statistics of the labels of the batch (see LabelStatistics)
 *       pieces         one after another:
 *         uint64         label
 *         int32[3]       the piece's origin, in half voxels from the volume's first voxel
 *         uint32         vertices, v
 *         uint32         triangles, t
 *         uint8[3 · v]   positions from the origin, in half voxels
 *         uint16[3 · t]  corners; uint32 where v is above 65,536
 *
 * Pieces follow one another without padding. Labels go to batches by their hash, so that the joining of one batch
 * reads one range of each object.
 */
import { BugError, InvalidInputError } from '../../shared/base/errors';
import type { Vec3 } from '../../shared/base/vec3';

export interface SurfacePiece {
  readonly label: bigint;
  /** In half voxels from the volume's first voxel. */
  readonly origin: Vec3;
  /** In half voxels from the origin, at most 255. */
  readonly positions: Uint8Array | Uint16Array;
  readonly triangles: Uint16Array | Uint32Array;
}

export interface PieceSection {
  readonly statistics: Uint8Array;
  readonly pieces: readonly SurfacePiece[];
}

const PIECE_HEADER_BYTES = 28;
const MAX_SHORT_VERTICES = 65_536;

export function encodePieceFile(sections: readonly PieceSection[]): Uint8Array {
  const lengths = sections.map(
    ({ statistics, pieces }) =>
      4 + statistics.length + pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0),
  );
  const headerBytes = 8 + 8 * (sections.length + 1);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, headerBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sections.length, true);
  let offset = headerBytes;
  sections.forEach((section, i) => {
    view.setBigUint64(8 + 8 * i, BigInt(offset), true);
    offset = writeSection(section, bytes, view, offset);
  });
  view.setBigUint64(8 + 8 * sections.length, BigInt(offset), true);
  return bytes;
}

/**
 * Reads the section of one batch, by ranges.
 * @throws BugError where the object is gone or cut short
 */
export async function readSection(
  batch: number,
  readRange: (offsetBytes: number, lengthBytes: number) => Promise<Uint8Array | undefined>,
): Promise<PieceSection> {
  const bounds = await readRange(8 + 8 * batch, 16);
  if (bounds?.length !== 16) throw new BugError('the pieces of a block are missing');
  const view = new DataView(bounds.buffer, bounds.byteOffset, 16);
  const begin = Number(view.getBigUint64(0, true));
  const length = Number(view.getBigUint64(8, true)) - begin;
  const bytes = await readRange(begin, length);
  if (bytes?.length !== length) throw new BugError('the pieces of a block are cut short');
  return decodeSection(bytes);
}

function pieceBytes({ positions, triangles }: SurfacePiece): number {
  return PIECE_HEADER_BYTES + positions.length + triangles.length * cornerBytes(positions.length / 3);
}

function cornerBytes(vertices: number): 2 | 4 {
  return vertices > MAX_SHORT_VERTICES ? 4 : 2;
}

function writeSection(
  { statistics, pieces }: PieceSection,
  bytes: Uint8Array,
  view: DataView,
  begin: number,
) {
  let offset = begin;
  view.setUint32(offset, statistics.length, true);
  bytes.set(statistics, offset + 4);
  offset += 4 + statistics.length;
  for (const { label, origin, positions, triangles } of pieces) {
    view.setBigUint64(offset, label, true);
    origin.forEach((p, i) => {
      view.setInt32(offset + 8 + 4 * i, p, true);
    });
    view.setUint32(offset + 20, positions.length / 3, true);
    view.setUint32(offset + 24, triangles.length / 3, true);
    offset += PIECE_HEADER_BYTES;
    bytes.set(positions, offset);
    offset += positions.length;
    const width = cornerBytes(positions.length / 3);
    for (const corner of triangles) {
      if (width === 2) view.setUint16(offset, corner, true);
      else view.setUint32(offset, corner, true);
      offset += width;
    }
  }
  return offset;
}

function decodeSection(bytes: Uint8Array): PieceSection {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const statisticsBytes = view.getUint32(0, true);
  const pieces: SurfacePiece[] = [];
  let offset = 4 + statisticsBytes;
  const statistics = bytes.subarray(4, offset);
  while (offset < bytes.length) {
    const vertices = view.getUint32(offset + 20, true);
    const cornerCount = 3 * view.getUint32(offset + 24, true);
    const width = cornerBytes(vertices);
    const positionsAt = offset + PIECE_HEADER_BYTES;
    const cornersAt = positionsAt + 3 * vertices;
    const end = cornersAt + width * cornerCount;
    if (end > bytes.length) throw new InvalidInputError('The pieces of a block are damaged.');
    const triangles = width === 2 ? new Uint16Array(cornerCount) : new Uint32Array(cornerCount);
    for (let c = 0; c < cornerCount; c++) {
      triangles[c] =
        width === 2 ? view.getUint16(cornersAt + 2 * c, true) : view.getUint32(cornersAt + 4 * c, true);
    }
    pieces.push({
      label: view.getBigUint64(offset, true),
      origin: [
        view.getInt32(offset + 8, true),
        view.getInt32(offset + 12, true),
        view.getInt32(offset + 16, true),
      ],
      positions: bytes.subarray(positionsAt, cornersAt),
      triangles,
    });
    offset = end;
  }
  return { statistics, pieces };
}
