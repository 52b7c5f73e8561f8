import { boxOfShape, BoxGrid, boxVolume, intersectBoxes, type Box } from '../../shared/base/box';
import { vec3, type Vec3 } from '../../shared/base/vec3';
import type { VolumeBlock } from '../../shared/base/volume-block';
import { LabelStatistics } from '../../shared/kernels/label-statistics';
import { compactLabels } from '../../shared/kernels/label-compaction';
import { LabelTable } from '../../shared/kernels/label-table';
import { netRegion, SurfaceNet } from '../../shared/kernels/surface-net';
import type { LatticeMesh } from '../../shared/kernels/triangle-soup';
import type { Sharding } from '../../shared/precomputed/sharding';
import { partOf, partsOfBatch } from './batch-parts';
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
let compact = new Uint32Array(0);

/** The largest error of the first simplification, in voxels, so that vertices stay near their piece. */
const MOST_FIRST_ERROR = 16;
/** The greatest number of vertices at a corner. */
const MOST_AT_CORNER = 4;

/**
 * Finds the surfaces of all labels of a block of cells, and counts the voxels that belong to the block.
 *
 * @param block the voxels, which contain at least `voxelsOfCells`
 * @returns the block's object; see piece-file.ts
 */
export function meshBlock(
  block: VolumeBlock,
  cells: Box,
  volumeSize: Vec3,
  settings: MeshSettings,
  batches: Sharding,
  isWanted: (label: bigint) => boolean,
): Uint8Array {
  const writer = new PieceFileWriter(partsOfBatch(batches) * 2 ** batches.shard_bits);
  for (const { label, piece, mesh } of surfacePieces(block, cells, volumeSize, settings)) {
    if (!isWanted(label)) continue;
    const simpler = settings.keptShare === 0 ? simplifiedPiece(mesh, settings) : mesh;
    if (simpler.triangles.length > 0)
      writer.add(partOf(label, batches), { label, piece: piece.min, ...simpler });
  }
  return writer.finish(countByPart(block, intersectBoxes(cells, boxOfShape(volumeSize)), batches));
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
  if (compact.length < boxVolume(region)) compact = new Uint32Array(boxVolume(region));
  compactLabels(block, region, table, compact);
  if (table.size < 2) return;
  const pieces = new BoxGrid(cells, [PIECE, PIECE, PIECE], [0, 0, 0]);
  const most = pieces.length > 1 ? mostVertices(boxVolume(region)) : MOST_AT_CORNER * boxVolume(region);
  const { resolutionNm, isSmooth, errorNm, keptShare } = settings;
  // If a share of the triangles is to be kept, it is a share of all triangles, so none may be merged before.
  const mayMerge = isSmooth && keptShare === 0;
  const net = SurfaceNet.find(
    region,
    table.size,
    most,
    volumeSize,
    { resolutionNm, isSmooth, mergeErrorNm: mayMerge ? errorNm * MERGE_SHARE : 0 },
    (labels, ranks) => {
      labels.set(compact.subarray(0, labels.length));
      ranks.set(ranksOf(table));
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

/** Returns the statistics of the labels, except the background, for each part of each batch. */
function countByPart(block: VolumeBlock, box: Box, batches: Sharding): Uint8Array[] {
  const all = new LabelStatistics();
  all.accumulate(block, box);
  const parts = partsOfBatch(batches) * 2 ** batches.shard_bits;
  const byPart = Array.from({ length: parts }, (): LabelStatistics | undefined => undefined);
  for (const entry of all) {
    if (entry.id === 0n) continue;
    const part = partOf(entry.id, batches);
    (byPart[part] ??= new LabelStatistics()).addEntry(entry);
  }
  return byPart.map((statistics) => statistics?.toBytes() ?? new Uint8Array());
}
