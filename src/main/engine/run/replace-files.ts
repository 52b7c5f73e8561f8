import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEvent } from '../../../shared/api/job-events';
import { fileError } from '../../base/file-error';
import { getUncompressed } from '../../places/compression';
import { openFolder } from '../../places/local-folder';
import type { FilePlace } from '../../places/file-place';
import { syncFile } from '../../places/sync-files';
import { INFO_FILES, type DatasetFolder } from '../../../shared/precomputed/dataset-files';
import { Journal, REMOVE_TREE } from './journal';
import type { JobRecord } from './job-record';
import type { RemoteOutput } from './remote-output';
import { putAside, putInPlace } from './swap-files';
import { withoutMeshes } from './without-meshes';

type Emit = (event: JobEvent) => void;

/** Reports whether the new files are complete and are being moved to their places, the last step of a job. */
export function isSwapping({ phase }: JobRecord): boolean {
  return phase === 'retire' || phase === 'place';
}

function rootFilesOf({ files }: JobRecord): readonly string[] {
  return [...INFO_FILES, ...files];
}

/**
 * Moves the complete new files to the places of the old ones and ends the job. It only renames, which takes a moment,
 * and the next run continues if it is interrupted.
 */
export async function swapFiles(journal: Journal, emit: Emit): Promise<void> {
  const { output, old } = journal;
  if (journal.record.phase !== 'place') {
    await journal.update({ phase: 'retire' });
    // `info` leaves first and arrives last, since a folder without it doesn't count as a dataset.
    report(emit, await putAside(output, journal.record.replaces, old, rootFilesOf(journal.record)));
    await journal.update({ phase: 'place' });
  }
  await putInPlace(journal.root, output);
  await syncFile(output);
  await journal.remove();
}

/**
 * Continues an exchange of files that was interrupted, and ends the job. The journal knows files that were moved by
 * their old paths, so it doesn't look for them.
 */
export async function resumeSwap(output: string, emit: Emit): Promise<void> {
  const journal = await Journal.resume(output, () => true);
  try {
    await swapFiles(journal, emit);
  } catch (error) {
    await journal.release();
    throw error;
  }
}

/**
 * Deletes the files that a job replaces before it begins. These are the files of an unfinished job, or a dataset if
 * there is no room for two or its place doesn't allow renaming. A dataset that is being meshed stays a dataset,
 * without meshes. The job is already on record, so a run that is killed here resumes here. If this fails, the journal
 * is released.
 */
export async function clearFiles(journal: Journal, emit: Emit, remote?: RemoteOutput): Promise<void> {
  if (journal.record.phase !== 'clear') return;
  try {
    const { kind, replaces } = journal.record;
    await (kind === 'mesh' ? remote?.clearMeshes(replaces, emit) : remote?.clear(replaces, emit));
    await clear(journal, emit);
  } catch (error) {
    await journal.release();
    throw error;
  }
}

async function clear(journal: Journal, emit: Emit): Promise<void> {
  const { output, old, record } = journal;
  if (record.kind === 'mesh') await forgetMeshes(output);
  report(
    emit,
    await putAside(output, record.replaces, old, record.kind === 'mesh' ? [] : rootFilesOf(record)),
  );
  await journal.update({ phase: 'work' });
  await deleteOld(old);
}

/** Deletes the files of an in-place job that failed before any task was done. */
export async function discardFiles(journal: Journal): Promise<void> {
  const { output, old, record } = journal;
  if (!record.staged) {
    // The other files in the folder of a meshing are those of the dataset, unless the dataset is elsewhere.
    const isOfJob = record.kind === 'convert' || record.claim !== undefined;
    await putAside(output, record.makes, old, isOfJob ? rootFilesOf(record) : []);
  }
  await journal.remove();
}

async function deleteOld(old: string): Promise<void> {
  await rm(old, REMOVE_TREE).catch((error: unknown) => {
    throw fileError('delete', old, error);
  });
}

async function forgetMeshes(output: string): Promise<void> {
  const store = openFolder(output);
  const bytes = await getUncompressed(store, 'info');
  if (bytes === undefined) return;
  await writeInfo(store, withoutMeshes(new TextDecoder().decode(bytes)));
}

/** Writes a dataset's `info` and flushes it to the disk. */
export async function writeInfo(store: FilePlace, text: string): Promise<void> {
  await store.put('info', new TextEncoder().encode(text));
  await store.delete('info.gz');
  await syncFile(join(store.root, 'info'));
  await syncFile(store.root);
}

function report(emit: Emit, links: readonly string[]): void {
  for (const link of links) {
    const message = `${link} was a link to another place, and is a folder of its own now; what it led to stays as it was.`;
    emit({ event: 'log', level: 'warning', message });
  }
}

/** Returns `folders`, followed by the folders of `more` that aren't among them. */
export function joinFolders(
  folders: readonly DatasetFolder[],
  more: readonly DatasetFolder[],
): DatasetFolder[] {
  const known = new Set(folders.map(({ path, kind }) => `${kind} ${path}`));
  return [...folders, ...more.filter(({ path, kind }) => !known.has(`${kind} ${path}`))];
}
