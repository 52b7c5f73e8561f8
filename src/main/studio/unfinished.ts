import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Unfinished } from '../../shared/api/contract-types';
import { InvalidInputError } from '../../shared/base/errors';
import { sizeOfFolder } from '../base/disk-space';
import { fileError } from '../base/file-error';
import { sharedProgress } from '../engine/cluster/shared-progress';
import { deleteDataset } from '../engine/delete-dataset';
import { JOB_FOLDER, Journal, REMOVE_TREE } from '../engine/run/journal';
import type { JobRecord } from '../engine/run/job-record';
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
  const [{ diskBytes }, { mtimeMs }] = await Promise.all([
    sizeOfFolder(isBesideDataset(record) ? join(path, JOB_FOLDER) : path),
    stat(join(path, JOB_FOLDER)),
  ]);
  return {
    path,
    name: basename(path),
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
 * @throws InvalidInputError for a meshing job, whose record has no spec, and for a dataset that was to be in a bucket
 */
export async function unfinishedSpec(path: string, input: string): Promise<Record<string, unknown>> {
  const { kind, settings, claim } = await Journal.readRecord(path);
  if (claim !== undefined) {
    throw new InvalidInputError(
      `The job in ${path} was making a dataset in a bucket, which is not known here.`,
      {
        remedy: 'Convert the input into that bucket again.',
      },
    );
  }
  if (kind === 'convert') return { ...settings, kind, input, output: path };
  throw new InvalidInputError(`The meshing in ${path} isn't known to this program any more.`, {
    remedy: 'Discard it, and make the meshes again.',
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

function isBesideDataset({ kind, staged }: JobRecord): boolean {
  return staged || kind === 'mesh';
}
