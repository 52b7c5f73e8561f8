import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
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
import { NO_VOLUME, type OpenOptions, type PathProbe, type SourceOpener } from './source-opener';
import { headerOfPair } from './nifti/nifti-pair';
import { listAddress, listWebFolder } from './slices/address-listing';
import { readArchive } from './slices/archive';
import { listArchive } from './slices/archive-listing';
import { listSingle, listSlices } from './slices/slice-listing';
import { applyViews } from './views/apply-views';
import { unreadFormat } from './unread-formats';
import { findBelow, type FoundBelow } from './volumes-below';
import type { VolumeSource } from './volume-source';

/** The number of bytes at the start of a file that formats are recognised by. HDF5 may have 64 KiB before its signature. */
const HEAD_BYTES = 65536 + 512;

/**
 * Opens the volume at `path`, which is a file, a folder or a web address. The format is recognised by the content. The
 * views that the options ask for are applied (views/apply-views.ts).
 * @throws InvalidInputError if there is nothing at the path, nothing that can be read, or bad content (then `details`
 *   lists everything that is wrong); UnsupportedError; IoError
 */
export async function openSource(path: string, options: OpenOptions = {}): Promise<VolumeSource> {
  const probe = await probePath(path, options);
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
  const opener = await openerOf(probe);
  if (opener !== undefined) return applyViews(await opener.open(probe, options), options);
  if (probe.names === undefined || probe.names.length === 0) throw unrecognised(probe);
  const below = await findBelow(probe.path, async (path) => {
    const found = await probePath(path, {});
    return [found, await openerOf(found)];
  });
  const [first] = below.volumes;
  if (first?.opener.searchesBelow === true && below.volumes.every((other) => other.opener === first.opener)) {
    return applyViews(await first.opener.open(probe, options), options);
  }
  throw noVolumeIn(probe.path, probe.names, below);
}

async function openerOf(probe: PathProbe): Promise<SourceOpener | undefined> {
  for (const [, load] of OPENERS) {
    const opener = await load();
    if (opener.recognises(probe)) return opener;
  }
  return undefined;
}

async function probePath(given: string, { dataset, access }: OpenOptions): Promise<PathProbe> {
  if (isAddress(given)) return probeAddress(given, access);
  const path = await headerOfPair(given);
  try {
    await passPathDoor(path);
    if ((await stat(path)).isDirectory()) return await probeFolder(path);
    const file = await openRegularFile(path);
    try {
      const buffer = Buffer.alloc(HEAD_BYTES);
      const head = buffer.subarray(0, await file.read(0, buffer));
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

async function probeAddress(path: string, access: OpenOptions['access']): Promise<PathProbe> {
  requireInputAddress(path);
  const slices = await listAddress(path, access);
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

const FORMATS = 'docs/input-formats.md lists the formats that can be read.';
/** Extensions of files that often hold bare voxels. */
const BARE = /\.(raw|bin|dat|vol|img)$/i;

function unrecognised({ path, names, head, archived }: PathProbe): StudioError {
  if (names !== undefined) {
    return new InvalidInputError(`The folder ${path} is empty.`, {
      remedy: `Give the folder that holds your slices (.tif, .png and others), or a file. ${FORMATS}`,
    });
  }
  const known = unreadFormat(head);
  if (known !== undefined) {
    const { name, remedy } = known;
    return new UnsupportedError(`the file ${path} is ${name}, which isn't read`, { remedy });
  }
  if (archived.length > 0) {
    return new InvalidInputError(`the archive ${path} holds no volume that can be read as it is`, {
      remedy: 'Unpack it, and give what comes out.',
      details: [`it holds ${listNames(archived)}`],
    });
  }
  const message = head.length === 0 ? 'is empty' : 'is not in a format that can be read';
  const remedy = BARE.test(path)
    ? `If it holds bare voxels, describe them in a JSON file beside it, and give that file: {"file": "${basename(path)}", "size": [x, y, z], "dataType": "uint16", "byteOrder": "little", "axes": "zyx"}.`
    : FORMATS;
  return new InvalidInputError(`the file ${path} ${message}`, { remedy });
}

/** Returns the error for a folder that is not a volume itself. It names the volumes below it. */
function noVolumeIn(path: string, names: readonly string[], { volumes, unread }: FoundBelow): StudioError {
  const message = `the folder ${path} holds no volume that can be read`;
  if (volumes.length > 0) {
    const paths = volumes.map((found) => join(path, found.path));
    const what = volumes.length === 1 ? 'a volume in a folder below it' : `${volumes.length} volumes`;
    return new InvalidInputError(`The folder ${path} holds ${what}, and is not a volume itself.`, {
      remedy: `Give the path of one volume: ${listNames(paths)}.`,
      details: volumes.map(({ path: found, opener }) => `${found}: ${opener.title}`),
      fields: { code: 'volumes-below', volumes: paths.slice(0, 10) },
    });
  }
  if (unread === undefined) {
    return new InvalidInputError(message, { remedy: FORMATS, details: [`it holds ${listNames(names)}`] });
  }
  return new UnsupportedError(message, {
    remedy: unread.remedy,
    details: [`${unread.path} is ${unread.name}`],
  });
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
