import { bytesPerVoxel } from '../../shared/base/data-type';
import { loadBoxes, type BlockRequest } from './block-plan';
import type { SharedBlock } from './shared-block';
import type { SharedSource } from './shared-source';
import type { TaskContext } from './run/stage';

/** Reads a block of a source, a few of its storage units in a step. */
export async function loadBlock(
  source: SharedSource,
  block: SharedBlock,
  { storageShape, storageOrigin }: Pick<BlockRequest, 'storageShape' | 'storageOrigin'>,
  context: TaskContext,
): Promise<void> {
  const boxes = loadBoxes(block.box, storageShape, storageOrigin);
  await Promise.all(
    Array.from({ length: boxes.length }, async (_, i) => {
      const request = { source, box: boxes.at(i), block };
      const { voxels } = await context.pool.run('load-region', request, context.signal);
      context.report({
        workVoxels: voxels,
        bytesRead: voxels * block.channels * bytesPerVoxel(block.dataType),
      });
    }),
  );
}
