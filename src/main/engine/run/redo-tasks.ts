import type { Box } from '../../../shared/base/box';
import { intersectBoxes, isEmptyBox } from '../../../shared/base/box';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import type { Journal } from './journal';
import type { Stage } from './stage';

/**
 * Forgets the finished tasks that used a part of the input that has changed, and those that used what these made.
 * @param changed in voxels of the finest scale
 * @param sizes of the scales, the finest first
 * @returns how many of the finished tasks are done again
 */
export async function redoTasks(
  journal: Journal,
  stages: readonly Stage[],
  changed: readonly Box[],
  sizes: readonly Vec3[],
): Promise<number> {
  let redone = 0;
  // What is made of the whole volume, as the ids of components are, decides what all later stages make.
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

/** Whether voxels of a scale are made of those in a part of the finest one; one voxel around counts too. */
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
