import type { Box } from '../../../shared/base/box';
import { intersectBoxes, isEmptyBox } from '../../../shared/base/box';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import type { Journal } from './journal';
import type { Stage } from './stage';

/**
 * Marks as not done the finished tasks that used a changed part of the input, and those that used their results.
 * @param changed boxes in voxels of the finest scale
 * @param sizes sizes of the scales, the finest first
 * @returns the number of finished tasks that are done again
 */
export async function redoTasks(
  journal: Journal,
  stages: readonly Stage[],
  changed: readonly Box[],
  sizes: readonly Vec3[],
): Promise<number> {
  let redone = 0;
  // A result of the whole volume, such as the ids of components, affects the results of all later stages.
  let all = false;
  for (const stage of stages) {
    const before = redone;
    for (let task = 0; task < stage.taskCount; task++) {
      if (!journal.isDone(stage.name, task)) continue;
      const { scale, box } = stage.coverage(task);
      const isUsed = isEmptyBox(box) || changed.some((part) => touches(box, part, sizes[0], sizes[scale]));
      if (!all && !isUsed) continue;
      await journal.forget(stage.name, task);
      redone++;
    }
    all ||= stage.taskCount === 1 && redone > before;
  }
  return redone;
}

/** Reports whether voxels of a scale depend on a part of the finest one. A margin of one voxel counts too. */
function touches(box: Box, part: Box, finest: Vec3 | undefined, size: Vec3 | undefined): boolean {
  if (finest === undefined || size === undefined) return true;
  if (isEmptyBox(part)) return false;
  const ratio = vec3((axis) => size[axis] / finest[axis]);
  const scaled: Box = {
    min: vec3((axis) => Math.floor(part.min[axis] * ratio[axis]) - 1),
    max: vec3((axis) => Math.ceil(part.max[axis] * ratio[axis]) + 1),
  };
  return !isEmptyBox(intersectBoxes(box, scaled));
}
