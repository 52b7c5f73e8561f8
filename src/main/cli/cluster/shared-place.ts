import { resolve } from 'node:path';
import { readShareOut } from '../../engine/cluster/share-out';
import { placeOf } from '../../engine/run/job-record';
import { Journal } from '../../engine/run/journal';
import type { RemoteOutput } from '../../engine/run/remote-output';
import { openRemoteOutput } from '../../publish/open-remote-output';

/**
 * Does something for a job that was planned, with the place open where its dataset is to be, if that isn't in the folder of
 * the job. Credentials are those of this machine.
 */
export async function withSharedPlace<T>(
  output: string,
  signal: AbortSignal,
  act: (remote: RemoteOutput | undefined) => Promise<T>,
): Promise<T> {
  const folder = resolve(output);
  await readShareOut(folder);
  const place = placeOf(await Journal.readRecord(folder), folder);
  if (place === undefined) return act(undefined);
  const remote = await openRemoteOutput(place, { createBucket: false }, signal);
  try {
    return await act(remote);
  } finally {
    await remote.close();
  }
}
