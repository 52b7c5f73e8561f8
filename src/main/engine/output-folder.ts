import { readdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { isAddress } from '../../shared/api/input-address';
import { InvalidInputError } from '../../shared/base/errors';
import { errorCode, fileError, isMissing } from '../base/file-error';
import { COMPONENTS_FILE } from './components/component-plan';
import { JOB_FOLDER, Journal, REMOVE_TREE } from './run/journal';

/** What file managers put into the folders that they show. */
const OF_FILE_MANAGERS = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/** What an output folder holds before a job begins. */
export type OutputState = 'free' | 'dataset' | 'unfinished' | 'other';

export async function outputState(output: string): Promise<OutputState> {
  let names: string[];
  try {
    names = await readdir(output);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'free';
    throw fileError('write to', output, error);
  }
  if (await Journal.isIn(output)) return 'unfinished';
  if (names.includes('info')) return 'dataset';
  return names.every((name) => name === JOB_FOLDER || OF_FILE_MANAGERS.has(name)) ? 'free' : 'other';
}

/** @throws InvalidInputError where one of the two paths lies in the other; an address lies in none */
export async function checkOutputApart(input: string, output: string): Promise<void> {
  if (isAddress(input)) return;
  const [from, to] = await Promise.all([realPath(input), realPath(output)]);
  if (isWithin(to, from) || isWithin(from, to)) {
    const how = to === from ? 'is the input itself' : `and the input ${input} lie one in the other`;
    throw new InvalidInputError(`The output ${output} ${how}.`, {
      remedy: 'Choose an output folder beside the input.',
      fields: { code: 'output-taken', options: ['output'] },
    });
  }
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** The path with links resolved, as far as it exists. */
async function realPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if (!isMissing(error) || dirname(absolute) === absolute) return absolute;
    return join(await realPath(dirname(absolute)), basename(absolute));
  }
}

/**
 * Deletes what belongs to a dataset, finished or not, and nothing else: neither other files in its folder, nor
 * anything outside of it. `info` goes first, so that what is left of it isn't taken for a dataset.
 * @param folders its {@link datasetFolders}
 */
export async function deleteDataset(output: string, folders: readonly string[]): Promise<void> {
  const root = await realPath(output);
  for (const name of ['info', 'info.gz', 'provenance', 'provenance.gz', COMPONENTS_FILE, ...folders]) {
    // A scale may lie outside of its dataset ("../other/8_8_8", or by a link), and then isn't ours to delete.
    const path = resolve(root, name);
    if (path === root || !isWithin(path, root)) continue;
    if (!isWithin(await realPath(dirname(path)), root)) continue;
    await rm(path, REMOVE_TREE).catch((error: unknown) => {
      throw fileError('delete', path, error);
    });
  }
}

/** The folders that an `info` (as JSON, sound or not) names: those of its scales, meshes and so on. */
export function datasetFolders(info: unknown): string[] {
  if (typeof info !== 'object' || info === null) return [];
  const fields = info as Record<string, unknown>;
  const scales = Array.isArray(fields['scales']) ? (fields['scales'] as unknown[]) : [];
  const keys = scales.map((scale) =>
    typeof scale === 'object' && scale !== null ? (scale as Record<string, unknown>)['key'] : undefined,
  );
  return [...keys, fields['mesh'], fields['segment_properties'], fields['skeletons']].filter(
    (name): name is string => typeof name === 'string' && name !== '',
  );
}
