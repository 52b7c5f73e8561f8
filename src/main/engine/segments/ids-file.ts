import { about } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { randomUUID } from 'node:crypto';
import { lstat, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import { fileError, isMissing } from '../../base/file-error';
import { openRegularFile } from '../../base/regular-file';

/** The first words of the lists of ids that this program writes (segment-files.ts). */
const HEADS = ['id,voxels,mesh,', 'id,estimated_voxels,mesh,'];
const HEAD_BYTES = Math.max(...HEADS.map((head) => head.length));

/**
 * Returns the file that a list of ids may be written to: a new file, or one that already holds such a list.
 * @throws InvalidInputError if the file holds anything else; it is left unchanged
 */
export async function checkIdsFile(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    const status = await stat(real);
    if (status.isFile() && (status.size === 0 || (await isListOfIds(real)))) return real;
  } catch (error) {
    if (!isMissing(error)) throw fileError('look at', path, error);
    await requireFree(path);
    return path;
  }
  throw new InvalidInputError(
    say`${about('idsFile')}: ${path} already exists, and it is not a list of ids.`,
    {
      remedy: 'Choose the name of a new file.',
      fields: { code: 'unfit-option', options: ['idsFile'], path },
    },
  );
}

/** Checks that a path is unused. A broken link isn't, as its creator meant another place. */
async function requireFree(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (!isMissing(error)) throw fileError('look at', path, error);
    const folder = await stat(dirname(path)).catch(() => undefined);
    if (folder?.isDirectory() === true) return;
    throw fileError('write', path, error);
  }
  throw new InvalidInputError(say`${about('idsFile')}: ${path} is a broken link.`, {
    remedy: 'Choose the name of a new file.',
    fields: { code: 'unfit-option', options: ['idsFile'], path },
  });
}

async function isListOfIds(path: string): Promise<boolean> {
  const file = await openRegularFile(path);
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    const head = bytes.toString('latin1', 0, await file.read(0, bytes));
    return HEADS.some((known) => head.startsWith(known));
  } finally {
    await file.close();
  }
}

/** Writes the list of ids to the user's file, either completely or not at all. */
export async function writeIdsFile(path: string, text: string | AsyncIterable<string>): Promise<void> {
  const real = await checkIdsFile(path);
  const unfinished = `${real}.${randomUUID()}.tmp`;
  try {
    await writeFile(unfinished, text, { flag: 'wx', flush: true });
    await rename(unfinished, real);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw fileError('write', path, error);
  }
}
