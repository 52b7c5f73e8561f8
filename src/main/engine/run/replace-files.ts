import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEvent } from '../../../shared/api/job-events';
import { formatInfo } from '../../../shared/precomputed/volume-info';
import { fileError } from '../../base/file-error';
import { getUncompressed } from '../../places/compression';
import { openFolder } from '../../places/local-folder';
import type { FilePlace } from '../../places/place';
import { syncFile } from '../../places/sync-files';
import { INFO_FILES, type DatasetFolder } from '../../../shared/precomputed/dataset-files';
import { REMOVE_TREE, type Journal } from './journal';
import type { JobRecord } from './job-record';
import type { RemoteOutput } from './remote-output';
import { putAside, putInPlace } from './swap-files';

type Emit = (event: JobEvent) => void;

/** True where the new files are whole and are being put in their places: nothing but that is left to do. */
export function isSwapping({ phase }: JobRecord): boolean {
  return phase === 'retire' || phase === 'place';
}

function rootFilesOf({ files }: JobRecord): readonly string[] {
  return [...INFO_FILES, ...files];
}

/**
 * Puts the new files, which are whole, in the places of the old ones; then the job is over. All of it is renaming, so
 * that it takes a moment, and is finished by the next run where it was stopped.
 */
export async function swapFiles(journal: Journal, emit: Emit): Promise<void> {
  const { output, old } = journal;
  if (journal.record.phase !== 'place') {
    await journal.update({ phase: 'retire' });
    // `info` goes first and comes last: what has none isn't taken for a dataset.
    tell(emit, await putAside(output, journal.record.replaces, old, rootFilesOf(journal.record)));
    await journal.update({ phase: 'place' });
  }
  await putInPlace(journal.root, output);
  await syncFile(output);
  await journal.remove();
}

/**
 * Deletes what the job replaces before it begins: what an unfinished job left, or a dataset where there is no room for
 * two, or at a place where nothing can be renamed. A dataset that is to be meshed stays one, without meshes. The job is on record already, so that what is killed here
 * is resumed here; where it fails, the journal is released.
 */
export async function clearFiles(journal: Journal, emit: Emit, remote?: RemoteOutput): Promise<void> {
  if (journal.record.phase !== 'clear') return;
  try {
    await remote?.clear(journal.record.replaces, emit);
    await clear(journal, emit);
  } catch (error) {
    await journal.release();
    throw error;
  }
}

async function clear(journal: Journal, emit: Emit): Promise<void> {
  const { output, old, record } = journal;
  if (record.kind === 'mesh') await forgetMeshes(output);
  tell(emit, await putAside(output, record.replaces, old, record.kind === 'mesh' ? [] : rootFilesOf(record)));
  await journal.update({ phase: 'work' });
  await deleteOld(old);
}

/** Takes away what an in-place job has made, of which nothing is finished. */
export async function discardFiles(journal: Journal): Promise<void> {
  const { output, old, record } = journal;
  if (!record.staged) {
    await putAside(output, record.makes, old, record.kind === 'mesh' ? [] : rootFilesOf(record));
  }
  await journal.remove();
}

async function deleteOld(old: string): Promise<void> {
  await rm(old, REMOVE_TREE).catch((error: unknown) => {
    throw fileError('delete', old, error);
  });
}

/** `info` must not name meshes that are gone. */
async function forgetMeshes(output: string): Promise<void> {
  const store = openFolder(output);
  const bytes = await getUncompressed(store, 'info');
  if (bytes === undefined) return;
  const info = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  delete info['mesh'];
  await writeInfo(store, formatInfo(info));
}

/** Writes a dataset's `info`, which is on the disk then. */
export async function writeInfo(store: FilePlace, text: string): Promise<void> {
  await store.put('info', new TextEncoder().encode(text));
  await store.delete('info.gz');
  await syncFile(join(store.root, 'info'));
  await syncFile(store.root);
}

function tell(emit: Emit, links: readonly string[]): void {
  for (const link of links) {
    const message = `${link} was a link to another place, and is a folder of its own now; what it led to stays as it was.`;
    emit({ event: 'log', level: 'warning', message });
  }
}

/** The folders of `more` that aren't among `folders`, behind those. */
export function joinFolders(
  folders: readonly DatasetFolder[],
  more: readonly DatasetFolder[],
): DatasetFolder[] {
  const known = new Set(folders.map(({ path, kind }) => `${kind} ${path}`));
  return [...folders, ...more.filter(({ path, kind }) => !known.has(`${kind} ${path}`))];
}
