import type { JobEvent } from '../../../shared/api/job-events';
import type { DatasetFolder } from '../../../shared/precomputed/dataset-files';
import { parseJson } from '../../../shared/base/parse-json';
import type { JsonFields } from '../product';
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
    if (kind === 'mesh') await remote.clearFolders(made.filter(isUnnamedIn(parseJson(info))), emit);
  } else if (kind === 'convert') await remote.clear(joinFolders(made, replaces), emit);
  await remote.claim.release();
}

/** Tells whether an `info` doesn't name a folder, so that nothing reads it. */
function isUnnamedIn(info: unknown): (folder: DatasetFolder) => boolean {
  const { mesh, segment_properties: segments } = { ...(info as JsonFields | undefined) };
  return ({ path }) => path !== mesh && path !== segments;
}
