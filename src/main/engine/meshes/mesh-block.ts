import { boxVolume, type Box } from '../../../shared/base/box';
import { allocateVoxels, dataTypeOf, type VoxelArray } from '../../../shared/base/data-type';
import { releaseNet } from '../../../shared/kernels/surface-net';
import { takeBytesRead } from '../../base/bytes-read';
import { meshBlock } from '../../meshing/mesh-block';
import { voxelsOfCells } from '../../meshing/mesh-cells';
import { openFolder } from '../../places/local-folder';
import type { WrittenFile } from '../run/written-file';
import { wantedLabels, type MeshPlan } from './mesh-plan';
import type { MeshFolders } from './mesh-folders';
import { openShared, type SharedSource } from '../blocks/shared-source';

/** A request to mesh a block of cells and to store its pieces, which are joined by label later. */
export interface MeshBlockRequest {
  readonly plan: MeshPlan;
  readonly source: SharedSource;
  readonly folders: MeshFolders;
  readonly cells: Box;
  readonly task: number;
}

/** The result of meshing a block. The pieces don't count as written, since they are deleted when the job ends. */
export interface MeshBlockResult {
  readonly bytesRead: number;
  readonly made: readonly WrittenFile[];
}

export async function meshBlockStep(request: MeshBlockRequest): Promise<MeshBlockResult> {
  const { plan, source, folders, cells, task } = request;
  const volume = await openShared(source);
  const { size, dataType } = volume.metadata;
  const box = voxelsOfCells(cells, size);
  if (voxels === undefined || voxels.length < boxVolume(box) || dataTypeOf(voxels) !== dataType) {
    voxels = allocateVoxels(dataType, boxVolume(box));
  }
  const data = voxels.subarray(0, boxVolume(box));
  const block = { box, channels: 1, data };
  await volume.read(box, block);
  const pieces = openFolder(folders.pieces, folders.scratch).begin(String(task));
  try {
    const sections = meshBlock(block, cells, size, plan.settings, plan.batches, wantedLabels(plan));
    for (const section of sections) pieces.write(section);
    pieces.finish();
  } catch (error) {
    pieces.abandon();
    throw error;
  }
  return { bytesRead: takeBytesRead(), made: [[pieces.path, pieces.lengthBytes]] };
}

/** The voxels of the last block. The next block uses the array again. */
let voxels: VoxelArray | undefined;

/** Gives back what this thread keeps from block to block, when it turns to the labels. */
export function releaseBlocks(): void {
  voxels = undefined;
  releaseNet();
}
