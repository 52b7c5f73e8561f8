import { CancelledError } from '../../shared/base/errors';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { targetKey, type DatasetFile } from './dataset-files';
import type { PublishManifest } from './manifest';
import { openOutgoing } from './outgoing-file';
import { ownKeyTest } from './own-keys';
import type { PublishTarget, RemoteObject, RunWithRetries } from './publish-target';

/** What an upload will do. */
export interface UploadPlan {
  readonly send: readonly DatasetFile[];
  /** Size on disk of what is sent. */
  readonly bytes: number;
  readonly unchangedFiles: number;
  /** Keys of objects that were part of the dataset and are no more, in order. */
  readonly stale: readonly string[];
  /** Objects at the target that are none of the dataset's, as those of a nested one: left alone. */
  readonly otherFiles: number;
  /** The target holds an `info` that this program didn't send from this dataset. */
  readonly foreignInfo: boolean;
}

export interface PlanOptions {
  readonly root: string;
  readonly info: VolumeInfo;
  readonly files: readonly DatasetFile[];
  readonly target: PublishTarget;
  readonly manifest: PublishManifest;
  /** Compare the bytes of both sides, and not what is noted of them. */
  readonly checksum: boolean;
  readonly retry: RunWithRetries;
  readonly signal: AbortSignal;
}

const COMPARED_AT_ONCE = 8;

/** Compares the dataset with the target's listing and with what is known to have been sent. */
export async function planUpload(options: PlanOptions): Promise<UploadPlan> {
  const { info, files, target, manifest, retry, signal } = options;
  const there = new Map<string, RemoteObject>();
  for await (const object of target.list(retry)) {
    if (signal.aborted) throw new CancelledError();
    there.set(object.key, object);
  }
  const send: DatasetFile[] = [];
  for (let i = 0; i < files.length; i += COMPARED_AT_ONCE) {
    if (signal.aborted) throw new CancelledError();
    const batch = files.slice(i, i + COMPARED_AT_ONCE);
    const same = await Promise.all(batch.map((file) => isThere(file, there, options)));
    send.push(...batch.filter((_, j) => same[j] !== true));
  }
  const rest = new Map(there);
  for (const file of files) rest.delete(targetKey(file, target.naming));
  const isOwn = ownKeyTest(info);
  const stale = [...rest.values()].filter(({ key, tag }) => isOwn(key) || manifest.get(key)?.tag === tag);
  const foreign = ['info', 'info.gz'].some((key) => there.has(key) && manifest.get(key) === undefined);
  return {
    send,
    bytes: send.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    unchangedFiles: files.length - send.length,
    stale: stale.map(({ key }) => key).sort(),
    otherFiles: rest.size - stale.length,
    foreignInfo: foreign,
  };
}

async function isThere(
  file: DatasetFile,
  there: ReadonlyMap<string, RemoteObject>,
  { root, target, manifest, checksum, retry }: PlanOptions,
): Promise<boolean> {
  const key = targetKey(file, target.naming);
  const remote = there.get(key);
  const sent = manifest.get(key);
  if (remote === undefined) return false;
  const untouched = sent?.remoteBytes === remote.sizeBytes && sent.tag === remote.tag;
  if (!checksum) {
    if (!untouched) return false;
    if (sent.sizeBytes === file.sizeBytes && sent.modifiedMs === file.modifiedMs) return true;
  }
  const object = await openOutgoing(root, file, target.naming, target.partBytes);
  const same = checksum ? await target.holds(remote, object, retry) : sent?.md5 === object.md5;
  if (same) {
    const { sizeBytes, modifiedMs } = file;
    manifest.add({
      key,
      sizeBytes,
      modifiedMs,
      md5: object.md5,
      remoteBytes: remote.sizeBytes,
      tag: remote.tag,
    });
  }
  return same;
}
