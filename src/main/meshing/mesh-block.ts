import { boxOfShape, boxShape, BoxGrid, intersectBoxes, type Box } from '../../shared/base/box';
import { product3, type Vec3 } from '../../shared/base/vec3';
import type { VolumeBlock } from '../../shared/base/volume-block';
import { LabelStatistics } from '../../shared/kernels/label-statistics';
import { compactLabels } from '../../shared/kernels/label-compaction';
import { LabelTable } from '../../shared/kernels/label-table';
import { MarchingCubes } from '../../shared/kernels/marching-cubes';
import { shardOf, type Sharding } from '../../shared/precomputed/sharding';
import { simplifyPiece } from './label-levels';
import { PIECE, PIECE_ERROR_SHARE, type MeshSettings } from './mesh-settings';
import { PieceFileWriter } from './piece-file';

const table = new LabelTable();
let cubes: MarchingCubes | undefined;
let compact = new Uint32Array(0);

/**
 * Meshes all labels of a block of cells, piece by piece, and counts the voxels that the block owns.
 *
 * @param block voxels that hold at least `voxelsOfCells`
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
  const writer = new PieceFileWriter(2 ** batches.shard_bits);
  cubes ??= new MarchingCubes();
  const batchOf = (label: bigint): number => Number(shardOf(label, batches).shard);
  for (const piece of new BoxGrid(cells, [PIECE, PIECE, PIECE], [0, 0, 0])) {
    const region = { min: [piece.min[0] - 1, piece.min[1] - 1, piece.min[2] - 1], max: piece.max } as const;
    if (compact.length < product3(boxShape(region))) compact = new Uint32Array(product3(boxShape(region)));
    compactLabels(block, region, table, compact);
    if (table.size < 2) continue;
    const found = cubes.run(compact, boxShape(region), table.size);
    found.labels.forEach((number, i) => {
      const label = table.label(number);
      if (!isWanted(label)) return;
      const [vertexBegin = 0, vertexEnd = 0] = found.vertexStarts.subarray(i, i + 2);
      const [begin = 0, end = 0] = found.triangleStarts.subarray(i, i + 2);
      const surface = simplifyPiece(
        found.positions.subarray(3 * vertexBegin, 3 * vertexEnd),
        found.triangles.subarray(3 * begin, 3 * end),
        settings,
        settings.errorNm * PIECE_ERROR_SHARE,
      );
      if (surface.triangles.length === 0) return;
      const origin: Vec3 = [2 * region.min[0], 2 * region.min[1], 2 * region.min[2]];
      writer.add(batchOf(label), { label, origin, foundTriangles: end - begin, ...surface });
    });
  }
  return writer.finish(countByBatch(block, intersectBoxes(cells, boxOfShape(volumeSize)), batches));
}

/** The statistics of the labels of each batch, but for the background. */
function countByBatch(block: VolumeBlock, box: Box, batches: Sharding): Uint8Array[] {
  const all = new LabelStatistics();
  all.accumulate(block, box);
  const byBatch = Array.from({ length: 2 ** batches.shard_bits }, () => new LabelStatistics());
  for (const entry of all) {
    if (entry.id !== 0n) byBatch[Number(shardOf(entry.id, batches).shard)]?.addEntry(entry);
  }
  return byBatch.map((statistics) => statistics.toBytes());
}
