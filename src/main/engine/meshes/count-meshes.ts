import { join } from 'node:path';
import { LabelStatistics } from '../../../shared/kernels/label-statistics';
import { statisticsOfPart } from '../../meshing/batch-labels';
import { partsOf } from '../../meshing/batch-parts';
import type { MeshFolders } from './mesh-folders';
import { areSharded, wantedLabels, type MeshPlan } from './mesh-plan';

/**
 * Decides whether the meshes of a volume are stored in shards. That depends on the segments that all blocks found,
 * not on how the volume was cut into blocks.
 * @param blocks the number of objects with pieces
 */
export async function decideSharding(plan: MeshPlan, folders: MeshFolders, blocks: number): Promise<boolean> {
  if (plan.sharding !== 'auto') return areSharded(plan, 0);
  const isWanted = wantedLabels(plan);
  const files = Array.from({ length: blocks }, (_, block) => join(folders.pieces, String(block)));
  let segments = 0;
  for (let batch = 0; batch < 2 ** plan.batches.shard_bits && !areSharded(plan, segments); batch++) {
    for (const part of partsOf(batch, plan.batches)) {
      const labels = new LabelStatistics();
      for (const statistics of statisticsOfPart(part, files)) labels.merge(statistics);
      for (const { id, voxels } of labels) {
        if (isWanted(id) && voxels * plan.finestVoxels >= plan.minVoxels) segments++;
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return areSharded(plan, segments);
}
