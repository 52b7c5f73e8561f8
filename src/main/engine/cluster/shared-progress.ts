import type { StageProgress } from '../../../shared/api/contract-types';
import { markersOf } from '../run/journal';
import { hasShareOut, readShareOut } from './share-out';

/**
 * Reads the progress of a job from the markers of its finished tasks, whichever process did them. Returns undefined
 * if `output` has no job that was planned for several machines.
 */
export async function sharedProgress(output: string): Promise<StageProgress[] | undefined> {
  if (!(await hasShareOut(output))) return undefined;
  const { stages } = await readShareOut(output);
  const markers = markersOf(output);
  return Promise.all(
    stages.map(async ({ name, tasks }) => ({ name, tasks, done: (await markers.tasks(name)).size })),
  );
}
