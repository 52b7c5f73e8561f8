import { realpath } from 'node:fs/promises';
import { CancelledError, InvalidInputError } from '../../shared/base/errors';
import type { UnpublishPlan } from '../../shared/api/publish-types';
import { byKey } from '../base/batches';
import { fileError } from '../base/file-error';
import { Retrier } from '../base/retrier';
import { Spool } from '../base/spool';
import { removeAll, type RemoteObject } from '../places/remote-place';
import { closeWhenCancelled } from './close-when-cancelled';
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

/** An object as it is at the target, and as it was sent. */
interface Known {
  readonly key: string;
  readonly there?: RemoteObject;
  readonly sent?: SentFile;
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
  const retry = new Retrier(signal).run;
  const record = await UploadRecord.open(root, target, request.dataFolder);
  const known = new Spool<Known>(({ key }) => key);
  const own = new Spool<string>();
  const ended = closeWhenCancelled(target, signal);
  try {
    await collectSent(record, known, root, target.id);
    await target.prepare(retry);
    for await (const there of target.list(retry)) {
      if (signal.aborted) throw new CancelledError();
      await known.add({ key: there.key, there });
    }
    const plan = await compare(known, own, target.id);
    if (!(await request.consent(plan))) return undefined;
    for await (const key of own) if (isInfo(key)) await target.remove([key], retry);
    await removeAll(target, own, retry);
    if (plan.changedFiles === 0) await record.discard();
    return plan;
  } finally {
    ended();
    await Promise.all([known.close(), own.close()]);
  }
}

async function collectSent(
  record: UploadRecord,
  known: Spool<Known>,
  root: string,
  target: string,
): Promise<void> {
  const sentFiles = await record.read();
  try {
    for await (const sent of sentFiles) await known.add({ key: sent.key, sent });
  } finally {
    await sentFiles.close();
  }
  if (known.length > 0) return;
  throw new InvalidInputError(`There is no record that ${root} was published to ${target} from here.`, {
    remedy: 'Check the address. Files that were sent by other means must be removed at the place itself.',
    fields: { code: 'not-published' },
  });
}

/** Collects in `own` the keys of objects that are still as they were sent, and counts all objects. */
async function compare(known: Spool<Known>, own: Spool<string>, target: string): Promise<UnpublishPlan> {
  const counts = { files: 0, bytes: 0, changedFiles: 0, otherFiles: 0 };
  for await (const both of byKey(known, ({ key }) => key)) {
    const { key, there, sent } = both.reduce((whole, one) => ({ ...whole, ...one }));
    if (there === undefined) continue;
    const isAsSent = sent?.tag === there.tag && sent.remoteBytes === there.sizeBytes;
    if (isInfo(key) && !isAsSent) throw otherDataset(target);
    if (sent === undefined) counts.otherFiles++;
    else if (!isAsSent) counts.changedFiles++;
    else {
      counts.files++;
      counts.bytes += there.sizeBytes;
      await own.add(key);
    }
  }
  return { target, ...counts };
}

function isInfo(key: string): boolean {
  return key === 'info' || key === 'info.gz';
}

/** Files of two datasets can be equal, such as empty chunks: those that are there may belong to the other one. */
function otherDataset(target: string): InvalidInputError {
  return new InvalidInputError(
    `${target} holds another \`info\` now than the one that was sent from this folder.`,
    {
      remedy:
        'Nothing was removed. If another dataset replaced this one, unpublish it from the folder that it was sent from; otherwise remove the files at the place itself.',
      fields: { code: 'replaced-dataset', target },
    },
  );
}
