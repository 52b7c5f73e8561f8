import { boxOfShape, BoxGrid, boxVolume, intersectBoxes, type Box } from '../../shared/base/box';
import { vec3, type Vec3 } from '../../shared/base/vec3';
import type { VolumeBlock } from '../../shared/base/volume-block';
import { LabelStatistics } from '../../shared/kernels/label-statistics';
import { compactLabels } from '../../shared/kernels/label-compaction';
import { LabelTable } from '../../shared/kernels/label-table';
import { netRegion, SurfaceNet } from '../../shared/kernels/surface-net';
import type { LatticeMesh } from '../../shared/kernels/triangle-soup';
import type { Sharding } from '../../shared/precomputed/sharding';
import { partOf, partsOfAll } from './batch-parts';
import { stepNm } from './lattice';
import {
  FIRST_BOUND,
  FIRST_SHARE,
  MERGE_SHARE,
  mostVertices,
  PIECE,
  type MeshSettings,
} from './mesh-settings';
import { PieceFileWriter } from './piece-file';
import { simplifyOnLattice } from './simplify-lattice';

const table = new LabelTable();

/** The largest error of the first simplification, in voxels, so that vertices stay near their piece. */
const MOST_FIRST_ERROR = 16;
/** With more bytes of pieces and counts in memory, a section is complete. Few blocks have so many. */
const MOST_SECTION_BYTES = 8 * 2 ** 20;
/** The voxels whose labels are counted at once. */
const COUNTED_SHAPE: Vec3 = [64, 64, 64];
/** The greatest number of vertices at a corner. */
const MOST_AT_CORNER = 4;

/**
 * Finds the surfaces of all labels of a block of cells, and counts the voxels that belong to the block.
 *
 * @param block the voxels, which contain at least `voxelsOfCells`
 * @returns the sections of the block's object, one after another; see piece-file.ts
 */
export function* meshBlock(
  block: VolumeBlock,
  cells: Box,
  volumeSize: Vec3,
  settings: MeshSettings,
  batches: Sharding,
  isWanted: (label: bigint) => boolean,
): Generator<Uint8Array> {
  let section = new PieceFileWriter(partsOfAll(batches));
  const isFull = (): boolean => section.heldBytes > MOST_SECTION_BYTES;
  const complete = (isLast: boolean): Uint8Array => {
    const bytes = section.finish(isLast);
    section = new PieceFileWriter(partsOfAll(batches));
    return bytes;
  };
  for (const { label, piece, mesh } of surfacePieces(block, cells, volumeSize, settings)) {
    if (!isWanted(label)) continue;
    const simpler = settings.keptShare === 0 ? simplifiedPiece(mesh, settings) : mesh;
    if (simpler.triangles.length === 0) continue;
    if (isFull()) yield complete(false);
    section.add(partOf(label, batches), { label, piece: piece.min, ...simpler });
  }
  for (const box of new BoxGrid(intersectBoxes(cells, boxOfShape(volumeSize)), COUNTED_SHAPE)) {
    if (isFull()) yield complete(false);
    countVoxels(block, box, batches, section);
  }
  yield complete(true);
}

/** Simplifies the inside of a piece. Its border with other pieces stays unchanged until they are joined. */
function simplifiedPiece(mesh: LatticeMesh, settings: MeshSettings): LatticeMesh {
  const error = Math.min(settings.errorNm, MOST_FIRST_ERROR * Math.min(...settings.resolutionNm));
  const limits = { error: error * FIRST_SHARE, bound: error * FIRST_BOUND, passes: 1, keptShare: 0 } as const;
  return simplifyOnLattice(mesh, limits, stepNm(settings), [1, 1, 1]);
}

interface SurfacePiece {
  readonly label: bigint;
  /** The piece's cells. */
  readonly piece: Box;
  readonly mesh: LatticeMesh;
}

/** Yields the surfaces of all labels, piece by piece. */
function* surfacePieces(
  block: VolumeBlock,
  cells: Box,
  volumeSize: Vec3,
  settings: MeshSettings,
): Generator<SurfacePiece> {
  const region = netRegion(cells);
  const pieces = new BoxGrid(cells, [PIECE, PIECE, PIECE], [0, 0, 0]);
  const most = pieces.length > 1 ? mostVertices(boxVolume(region)) : MOST_AT_CORNER * boxVolume(region);
  const { resolutionNm, isSmooth, errorNm, keptShare } = settings;
  // If a share of the triangles is to be kept, it is a share of all triangles, so none may be merged before.
  const mayMerge = isSmooth && keptShare === 0;
  const net = SurfaceNet.find(
    region,
    most,
    volumeSize,
    { resolutionNm, isSmooth, mergeErrorNm: mayMerge ? errorNm * MERGE_SHARE : 0 },
    (labels) => {
      compactLabels(block, region, table, labels);
      return ranksOf(table);
    },
  );
  if (net === undefined) {
    for (const part of halves(cells)) yield* surfacePieces(block, part, volumeSize, settings);
    return;
  }
  for (const piece of pieces) {
    for (const { label, positions, triangles } of net.tile(piece)) {
      yield { label: table.label(label), piece, mesh: { positions, triangles } };
    }
  }
}

/** Divides a box into two boxes of whole pieces. */
function halves({ min, max }: Box): Box[] {
  const pieces = vec3((i) => Math.ceil(max[i] / PIECE) - Math.floor(min[i] / PIECE));
  const axis = pieces.indexOf(Math.max(...pieces)) as 0 | 1 | 2;
  const middle = (Math.floor(min[axis] / PIECE) + (pieces[axis] >> 1)) * PIECE;
  return [
    { min, max: vec3((i) => (i === axis ? middle : max[i])) },
    { min: vec3((i) => (i === axis ? middle : min[i])), max },
  ];
}

/** Returns the order of the labels by their ids. The background comes last. */
function ranksOf(labels: LabelTable): Uint32Array {
  const order = Array.from({ length: labels.size - 1 }, (_, i) => i + 1).sort(
    (a, b) => labels.high(a) - labels.high(b) || labels.low(a) - labels.low(b),
  );
  const ranks = new Uint32Array(labels.size).fill(0xffffffff);
  order.forEach((label, rank) => (ranks[label] = rank));
  return ranks;
}

/** Counts the voxels of the labels, except the background. */
function countVoxels(block: VolumeBlock, box: Box, batches: Sharding, section: PieceFileWriter): void {
  const labels = new LabelStatistics();
  labels.accumulate(block, box);
  for (const entry of labels) {
    if (entry.id !== 0n) section.count(partOf(entry.id, batches), entry);
  }
}
