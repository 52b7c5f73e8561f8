import { boxVolume, BoxGrid, type Box } from '../../../shared/base/box';
import { allocateVoxels } from '../../../shared/base/data-type';
import type { Vec3 } from '../../../shared/base/vec3';
import { netRegion } from '../../../shared/kernels/surface-net';
import { meshBlock } from '../../meshing/mesh-block';
import { cellBox, voxelsOfCells } from '../../meshing/mesh-cells';
import type { VolumeSource } from '../../sources/volume-source';
import type { MeshPlan } from '../meshes/mesh-plan';

/**
 * The time of joining and encoding relative to finding surfaces, and the encoded size relative to that of the
 * surfaces; measured on em-stack.
 */
const JOINING_SHARE = 0.5;
const ENCODED_SHARE = 0.07;
/**
 * Bytes of each mesh beside its surface: its manifest, the headers of its fragments, its place in the index. Measured
 * on 65,536 segments of 4 voxels.
 */
export const MESH_OVERHEAD_BYTES = 130;
/**
 * The share of the time that depends on the cells including their margin, and the ratio of these to the cells alone
 * in a block of a job.
 */
const AROUND_SHARE = 0.5;
const BLOCK_AROUND = (148 / 128) ** 3;

/** Returns the blocks of cells of a volume. {@link tryMeshing} uses some of them as samples. */
export function cellBlocks(volumeSize: Vec3, shape: Vec3): BoxGrid {
  return new BoxGrid(cellBox(volumeSize), shape);
}

/**
 * Estimates the meshes of some cells by finding their surfaces and discarding them. It uses the full resolution,
 * whichever scale will be meshed, which is close enough for an estimate.
 * @returns milliseconds on one thread, bytes of meshes, and voxels of the cells
 */
export async function tryMeshing(
  { settings, batches }: MeshPlan,
  source: VolumeSource,
  cells: Box,
): Promise<{ readonly bytes: number; readonly ms: number; readonly voxels: number }> {
  const { size, dataType } = source.metadata;
  const box = voxelsOfCells(cells, size);
  const data = allocateVoxels(dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data });
  const startMs = performance.now();
  const block = { box, channels: 1, data };
  let length = 0;
  for (const section of meshBlock(block, cells, size, settings, batches, () => true))
    length += section.length;
  const ms = performance.now() - startMs;
  const voxels = boxVolume(cells);
  const inBlock = 1 - AROUND_SHARE + (AROUND_SHARE * BLOCK_AROUND * voxels) / boxVolume(netRegion(cells));
  return { bytes: ENCODED_SHARE * length, ms: (1 + JOINING_SHARE) * inBlock * ms, voxels };
}
