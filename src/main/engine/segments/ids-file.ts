import { about } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { randomUUID } from 'node:crypto';
import { lstat, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import { fileError, isMissing } from '../../base/file-error';
import { openRegularFile } from '../../base/regular-file';

/** How the lists of ids begin that this program writes (segment-files.ts). */
const HEADS = ['id,voxels,mesh,', 'id,estimated_voxels,mesh,'];
const HEAD_BYTES = Math.max(...HEADS.map((head) => head.length));

/**
 * The file that a list of ids may be written to: a new one, or one that holds such a list already.
 * @throws InvalidInputError where something else is there, which stays as it is
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

/** A link that leads to nothing isn't free: whoever made it meant another place. */
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
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.toString('latin1', 0, bytesRead);
    return HEADS.some((known) => head.startsWith(known));
  } finally {
    await file.close();
  }
}

/** Writes the list of ids where the user wants it: the whole of it, or what was there stays. */
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
