import { realpath } from 'node:fs/promises';
import { CancelledError, InvalidInputError } from '../../shared/base/errors';
import type { UnpublishPlan } from '../../shared/api/publish-types';
import { fileError } from '../base/file-error';
import { march } from '../base/march';
import { Retrier } from '../base/retrier';
import { Spool } from '../base/spool';
import { callsThrough } from '../places/calls-through';
import { listObjects, removeAll, type PlacedObject } from '../places/place';
import { closeWhenCancelled } from './close-when-cancelled';
import { objectOrder } from './dataset-files';
import type { PublishTarget } from './publish-target';
import { UploadRecord, type SentFile } from './upload-record';

export interface UnpublishRequest {
  /** Folder of the dataset that was published. It stays. */
  readonly dataset: string;
  readonly target: PublishTarget;
  /** The user's data folder, which keeps the upload record if the dataset's folder can't be written. */
  readonly dataFolder: string;
  readonly signal: AbortSignal;
  /** Asked before anything is removed. */
  readonly consent: (plan: UnpublishPlan) => Promise<boolean>;
}

/**
 * Removes from a target the objects that were sent there from a dataset's folder, and nothing else: objects of other
 * origin and those that were changed since they were sent stay. `info` is removed first, so that a reader never sees
 * half of a dataset. After an interruption, the same call continues. A dataset that replaced this one is left alone.
 * @returns what was removed and what stays; undefined without consent
 * @throws InvalidInputError if nothing is known to have been sent, or another `info` is there now; CancelledError
 */
export async function unpublishDataset(request: UnpublishRequest): Promise<UnpublishPlan | undefined> {
  const { target, signal } = request;
  const root = await realpath(request.dataset).catch((error: unknown) => {
    throw fileError('open', request.dataset, error);
  });
  const place = callsThrough(target, new Retrier(signal).run);
  const record = await UploadRecord.open(root, target, request.dataFolder);
  const sent = await record.read();
  const there = new Spool<PlacedObject>(({ key }) => objectOrder(key));
  const own = new Spool<string>();
  const ended = closeWhenCancelled(target, signal);
  try {
    if (sent.length === 0) throw notPublished(root, target.id);
    await place.prepare();
    for await (const object of listObjects(place)) {
      if (signal.aborted) throw new CancelledError();
      await there.add(object);
    }
    const plan = await compare(there, sent, own, target.id);
    if (!(await request.consent(plan))) return undefined;
    for await (const key of own) if (isInfo(key)) await place.remove([key]);
    await removeAll(place, own);
    if (plan.changedFiles === 0) await record.discard();
    return plan;
  } finally {
    ended();
    await Promise.all([sent.close(), there.close(), own.close()]);
  }
}

/** Collects in `own` the keys of objects that are still as they were sent, and counts all objects. */
async function compare(
  there: Spool<PlacedObject>,
  sent: Spool<SentFile>,
  own: Spool<string>,
  target: string,
): Promise<UnpublishPlan> {
  const counts = { files: 0, bytes: 0, changedFiles: 0, otherFiles: 0 };
  const keyOf = ({ key }: { readonly key: string }) => objectOrder(key);
  for await (const [[object], [file]] of march({ values: there, keyOf }, { values: sent, keyOf })) {
    if (object === undefined) continue;
    const { key, sizeBytes } = object;
    const isAsSent = file?.tag === object.tag && file.remoteBytes === sizeBytes;
    if (isInfo(key) && !isAsSent) throw otherDataset(target);
    if (file === undefined) counts.otherFiles++;
    else if (!isAsSent) counts.changedFiles++;
    else {
      counts.files++;
      counts.bytes += sizeBytes;
      await own.add(key);
    }
  }
  return { target, ...counts };
}

function isInfo(key: string): boolean {
  return key === 'info' || key === 'info.gz';
}

function notPublished(root: string, target: string): InvalidInputError {
  return new InvalidInputError(`There is no record that ${root} was published to ${target} from here.`, {
    remedy: 'Check the address. Files that were sent by other means must be removed at the place itself.',
    fields: { code: 'not-published' },
  });
}

/** Files of two datasets can be equal, such as empty chunks. Those at the target may belong to the other one. */
function otherDataset(target: string): InvalidInputError {
  return new InvalidInputError(`${target} now holds an \`info\` that was not sent from this folder.`, {
    remedy:
      'Nothing was removed. If another dataset replaced this one, unpublish it from the folder that it was sent from; otherwise remove the files at the place itself.',
    fields: { code: 'replaced-dataset', target },
  });
}
