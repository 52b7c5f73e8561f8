import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Unfinished } from '../../shared/api/contract-types';
import { lastName } from '../../shared/api/input-address';
import { InvalidInputError } from '../../shared/base/errors';
import { sizeOfFolder } from '../base/disk-space';
import { fileError } from '../base/file-error';
import { sharedProgress } from '../engine/cluster/shared-progress';
import { deleteDataset } from '../engine/delete-dataset';
import { JOB_FOLDER, Journal, REMOVE_TREE } from '../engine/run/journal';
import { placeOf, type JobRecord } from '../engine/run/job-record';
import { moveToTrash } from './trash';

/**
 * Describes the output of an unfinished job in a folder. Returns undefined if there is none, or if it can't be
 * understood.
 */
export async function describeUnfinished(path: string): Promise<Unfinished | undefined> {
  if (!(await Journal.isIn(path))) return undefined;
  const record = await Journal.readRecord(path).catch(() => undefined);
  if (record === undefined) return undefined;
  const stages = await sharedProgress(path);
  const destination = record.place?.address;
  const [{ diskBytes }, { mtimeMs }] = await Promise.all([
    sizeOfFolder(isBesideDataset(record) ? join(path, JOB_FOLDER) : path),
    stat(join(path, JOB_FOLDER)),
  ]);
  return {
    path,
    ...(destination === undefined ? { name: basename(path) } : { name: lastName(destination), destination }),
    kind: record.kind,
    bytes: diskBytes,
    modifiedMs: mtimeMs,
    isBesideDataset: isBesideDataset(record),
    ...(stages === undefined ? {} : { stages }),
  };
}

/**
 * Returns the conversion in a folder as a spec with which it can be continued. Its record has everything except the
 * input's location.
 * @param input where that is, if the user has said so
 * @throws InvalidInputError for a meshing job, whose record has no spec, for a dataset that was to be in a bucket, and
 *   without an input
 */
export async function unfinishedSpec(
  path: string,
  input: string | undefined,
): Promise<Record<string, unknown>> {
  const record = await Journal.readRecord(path);
  const { kind, settings } = record;
  const address = placeOf(record, path)?.address;
  if (address !== undefined) {
    const command = kind === 'mesh' ? `mesh ${address}` : `convert INPUT ${address}`;
    throw new InvalidInputError(`The job in ${path}, for ${address}, isn't known to this program.`, {
      remedy: `Run precomputed-studio ${command} --resume, with the flags that it was begun with. Or discard it, and begin it here.`,
    });
  }
  if (kind === 'mesh') {
    throw new InvalidInputError(`The meshing in ${path} isn't known to this program any more.`, {
      remedy: 'Discard it, and make the meshes again.',
    });
  }
  if (input !== undefined) return { ...settings, kind, input, output: path };
  throw new InvalidInputError(`What the job in ${path} reads is not known here.`, {
    remedy: 'Choose its input.',
    fields: { code: 'no-input' },
  });
}

/**
 * Discards the output of an unfinished job. A dataset that the job should replace, or mesh, stays unchanged.
 * @param forever whether to delete it, for disks without a trash
 */
export async function discardUnfinished(path: string, forever: boolean): Promise<void> {
  const record = await Journal.readRecord(path);
  if (isBesideDataset(record)) {
    await rm(join(path, JOB_FOLDER), REMOVE_TREE).catch((error: unknown) => {
      throw fileError('delete', path, error);
    });
  } else if (forever) await deleteDataset({ root: path, json: record.info });
  else await moveToTrash(path);
}

/** Reports whether there is a dataset in the folder of the job; a job for a bucket has claimed its place there. */
function isBesideDataset({ kind, staged, claim }: JobRecord): boolean {
  return staged || (kind === 'mesh' && claim === undefined);
}
