import { Turns } from '../../base/turns';
import type { Box } from '../../../shared/base/box';
import type { StudioError } from '../../../shared/base/errors';
import { loadBoxes, type BlockRequest } from './block-plan';
import { damagedInput, isOfInput } from '../run/input-damage';
import type { TaskContext } from '../run/stage';
import type { SharedBlock } from './shared-block';
import { isReadInOrder, type SharedSource } from './shared-source';
import { stepVoxels } from './step-voxels';

/**
 * Reads a block of a source in steps of a few storage units each.
 * @throws {@link damagedInput} with all slices that can't be read
 */
export async function loadBlock(
  source: SharedSource,
  block: SharedBlock,
  { storageShape, storageOrigin }: Pick<BlockRequest, 'storageShape' | 'storageOrigin'>,
  context: TaskContext,
): Promise<void> {
  const voxels = stepVoxels(block, context.pool.workers);
  const boxes = loadBoxes(block.box, voxels, storageShape, storageOrigin);
  const damage: StudioError[] = [];
  const load = async (box: Box): Promise<void> => {
    const request = { source, box, block };
    const run = () => context.pool.run('load-region', request, context.signal);
    const { voxels, bytesRead } = await (isReadInOrder(source) ? inOrder(source, run) : run());
    context.report({ workVoxels: voxels, bytesRead });
  };
  await Promise.all(
    Array.from({ length: boxes.length }, async (_, i) => {
      const box = boxes.at(i);
      await load(box).catch(async (error: unknown) => {
        if (!isOfInput(error)) throw error;
        const slices = slicesOf(box);
        if (slices.length === 1) damage.push(error);
        // A step ends at the first slice that it can't read.
        else await collect(slices, load, damage);
      });
    }),
  );
  if (damage.length > 0) throw damagedInput(damage);
}

const turnsOf = new WeakMap<SharedSource, Turns>();

/** Reads one part after the other. A part that waits leaves its thread to other steps. */
function inOrder<T>(source: SharedSource, read: () => Promise<T>): Promise<T> {
  const turns = turnsOf.get(source) ?? new Turns();
  turnsOf.set(source, turns);
  return turns.take(read);
}

async function collect(
  slices: readonly Box[],
  load: (box: Box) => Promise<void>,
  damage: StudioError[],
): Promise<void> {
  for (const slice of slices) {
    await load(slice).catch((error: unknown) => {
      if (!isOfInput(error)) throw error;
      damage.push(error);
    });
  }
}

function slicesOf({ min, max }: Box): Box[] {
  return Array.from({ length: max[2] - min[2] }, (_, i) => ({
    min: [min[0], min[1], min[2] + i],
    max: [max[0], max[1], min[2] + i + 1],
  }));
}
