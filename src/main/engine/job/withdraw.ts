import type { JobEvent } from '../../../shared/api/job-events';
import { datasetFolders, type DatasetFolder } from '../../../shared/precomputed/dataset-files';
import { parseJson } from '../../../shared/base/parse-json';
import type { JobRecord } from '../run/job-record';
import type { RemoteOutput } from '../run/remote-output';
import { joinFolders } from '../run/replace-files';

/**
 * Removes what an unfinished job has sent to its remote place, and leaves the place to others. A dataset there stays: one
 * that the job hadn't begun to replace, or whose meshes it was making. If the place is another job's by now, nothing is done.
 * @throws IoError, or InvalidInputError if a right is missing
 */
export async function withdraw(
  { kind, claim, makes, replaces }: Pick<JobRecord, 'kind' | 'claim' | 'makes' | 'replaces'>,
  remote: RemoteOutput,
  emit: (event: JobEvent) => void,
): Promise<void> {
  if (claim === undefined || !(await remote.claim.isThere(claim))) return;
  await remote.claim.renew(claim);
  const made = joinFolders(makes, remote.claimedMeshes);
  const info = await remote.text('info');
  if (info !== undefined) {
    if (kind === 'mesh') await remote.clearFolders(unnamedIn(info, made), emit);
  } else if (kind === 'convert') await remote.clear(joinFolders(made, replaces), emit);
  await remote.claim.release();
}

/** Returns the folders that an `info` doesn't name, so that nothing reads them; none if it is damaged. */
function unnamedIn(info: string, folders: readonly DatasetFolder[]): DatasetFolder[] {
  const json = parseJson(info);
  const named = new Set(datasetFolders(json).map(({ path }) => path));
  return json === undefined ? [] : folders.filter(({ path }) => !named.has(path));
}
