import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isAddress, requireInputAddress } from '../../shared/api/input-address';
import {
  InvalidInputError,
  isStudioError,
  UnsupportedError,
  type StudioError,
} from '../../shared/base/errors';
import { fileError } from '../base/file-error';
import { passPathDoor } from '../base/path-door';
import { openRegularFile } from '../base/regular-file';
import { OPENERS } from './openers';
import { NO_VOLUME, type OpenOptions, type PathProbe } from './source-opener';
import { headerOfPair } from './nifti/nifti-pair';
import { listAddress, listWebFolder } from './slices/address-listing';
import { readArchive } from './slices/archive';
import { listArchive } from './slices/archive-listing';
import { listSingle, listSlices } from './slices/slice-listing';
import { applyViews } from './views/apply-views';
import { unreadFormat } from './unread-formats';
import type { VolumeSource } from './volume-source';

/** The number of bytes at the start of a file that formats are recognised by. */
const HEAD_BYTES = 4096;

/**
 * Opens the volume at `path`, which is a file, a folder or a web address. The format is recognised by the content. The
 * views that the options ask for are applied (views/apply-views.ts).
 * @throws InvalidInputError if there is nothing at the path, nothing that can be read, or bad content (then `details`
 *   lists everything that is wrong); UnsupportedError; IoError
 */
export async function openSource(path: string, options: OpenOptions = {}): Promise<VolumeSource> {
  const probe = await probePath(path, options.dataset);
  try {
    return await openProbed(probe, options);
  } catch (error) {
    // A folder at an address that holds no precomputed volume may hold slices.
    if (!isStudioError(error) || error.fields['code'] !== NO_VOLUME) throw error;
    const slices = await listWebFolder(path);
    if (slices === undefined) throw error;
    return openProbed({ ...probe, slices }, options);
  }
}

async function openProbed(probe: PathProbe, options: OpenOptions): Promise<VolumeSource> {
  for (const [, load] of OPENERS) {
    const opener = await load();
    if (opener.recognises(probe)) return applyViews(await opener.open(probe, options), options);
  }
  throw await unrecognised(probe);
}

/** @param dataset the folder to read, in an archive that holds several */
async function probePath(given: string, dataset: string | undefined): Promise<PathProbe> {
  if (isAddress(given)) return probeAddress(given);
  const path = await headerOfPair(given);
  try {
    await passPathDoor(path);
    if ((await stat(path)).isDirectory()) return await probeFolder(path);
    const file = await openRegularFile(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const head = buffer.subarray(0, bytesRead);
      const archive = await readArchive(path, head);
      const archived = archive?.entries.map(({ name }) => name) ?? [];
      const slices = archive === undefined ? listSingle(path, head) : await listArchive(archive, dataset);
      return { path, names: undefined, archived, head, slices };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
}

async function probeAddress(path: string): Promise<PathProbe> {
  requireInputAddress(path);
  const slices = await listAddress(path);
  return { path, names: undefined, archived: [], head: new Uint8Array(0), slices };
}

async function probeFolder(path: string): Promise<PathProbe> {
  const entries = (await readdir(path, { withFileTypes: true })).map((entry) => ({
    name: entry.name,
    isFolder: entry.isDirectory(),
  }));
  const slices = await listSlices({ kind: 'folder', path: resolve(path) }, entries);
  const names = entries.map(({ name }) => name);
  return { path, names, archived: [], head: new Uint8Array(0), slices };
}

async function unrecognised(probe: PathProbe): Promise<StudioError> {
  const openers = await Promise.all(OPENERS.map(([, load]) => load()));
  const remedy = `Give one of these: ${openers.map(({ title }) => title).join(', ')}.`;
  if (probe.names === undefined) {
    const known = unreadFormat(probe.head);
    if (known !== undefined) {
      return new UnsupportedError(`the file ${probe.path} is ${known.name}, which isn't read`, {
        remedy: known.remedy,
      });
    }
    if (probe.archived.length > 0) {
      return new InvalidInputError(`the archive ${probe.path} holds no volume that can be read as it is`, {
        remedy: 'Unpack it, and give what comes out.',
        details: [`it holds ${listNames(probe.archived)}`],
      });
    }
    const message = probe.head.length === 0 ? 'is empty' : 'is of no format that can be read';
    return new InvalidInputError(`the file ${probe.path} ${message}`, { remedy });
  }
  if (probe.names.length === 0) return new InvalidInputError(`the folder ${probe.path} is empty`, { remedy });
  return new InvalidInputError(`the folder ${probe.path} holds no volume that can be read`, {
    remedy,
    details: [`it holds ${listNames(probe.names)}`],
  });
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
