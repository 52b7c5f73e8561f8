import { boxVolume, BoxGrid, type Box } from '../../../shared/base/box';
import { allocateVoxels } from '../../../shared/base/data-type';
import type { Vec3 } from '../../../shared/base/vec3';
import { netRegion } from '../../../shared/kernels/surface-net';
import { meshBlock } from '../../meshing/mesh-block';
import { cellBox, voxelsOfCells } from '../../meshing/mesh-cells';
import type { VolumeSource } from '../../sources/volume-source';
import type { MeshPlan } from './mesh-plan';

/** What joining and encoding adds to the finding of surfaces, and what is left of their bytes; as measured on em-stack. */
const JOINING_SHARE = 0.5;
const ENCODED_SHARE = 0.07;
/** The share of the time that goes by the voxels with what is about the cells, and how many those are of a job's block. */
const AROUND_SHARE = 0.5;
const BLOCK_AROUND = (148 / 128) ** 3;

/** The blocks of cells of a volume, of which {@link tryMeshing} tries some. */
export function cellBlocks(volumeSize: Vec3, shape: Vec3): BoxGrid {
  return new BoxGrid(cellBox(volumeSize), shape);
}

/**
 * What the meshes of some cells will take: their surfaces are found and thrown away. They are those of the full
 * resolution, whichever scale will be meshed, which is near enough for an estimate.
 * @returns milliseconds of one thread, and bytes of meshes
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
  const { length } = meshBlock({ box, channels: 1, data }, cells, size, settings, batches, () => true);
  const ms = performance.now() - startMs;
  const voxels = boxVolume(cells);
  const inBlock = 1 - AROUND_SHARE + (AROUND_SHARE * BLOCK_AROUND * voxels) / boxVolume(netRegion(cells));
  return { bytes: ENCODED_SHARE * length, ms: (1 + JOINING_SHARE) * inBlock * ms, voxels };
}
