import { readdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError, isMissing } from '../base/file-error';
import { JOB_FOLDER, Journal } from './journal';

/** What an output folder holds before a job begins. */
export type OutputState = 'free' | 'dataset' | 'unfinished' | 'other';

export async function outputState(output: string): Promise<OutputState> {
  let names: string[];
  try {
    names = await readdir(output);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'free';
    throw fileError('write to', output, error);
  }
  if ((await Journal.readJob(output)) !== undefined) return 'unfinished';
  if (names.includes('info')) return 'dataset';
  return names.every((name) => name === JOB_FOLDER) ? 'free' : 'other';
}

/** @throws InvalidInputError where one of the two paths lies in the other */
export async function checkOutputApart(input: string, output: string): Promise<void> {
  const [from, to] = await Promise.all([realPath(input), realPath(output)]);
  if (isWithin(to, from) || isWithin(from, to)) {
    const how = to === from ? 'is the input itself' : `and the input ${input} lie one in the other`;
    throw new InvalidInputError(`The output ${output} ${how}.`, {
      remedy: 'Choose an output folder beside the input.',
      fields: { options: ['output'] },
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
 * Deletes what belongs to the dataset, finished or not, and nothing else. `info` goes first, so that what is
 * left of it after an interruption isn't taken for a dataset.
 * @param info the dataset's `info` as JSON, from the folder or from its unfinished job
 */
export async function deleteDataset(output: string, info: unknown): Promise<void> {
  const names = new Set(['info', 'provenance', ...datasetFolders(info), JOB_FOLDER]);
  for (const name of names) {
    const path = resolve(output, name);
    // A scale may lie outside of its dataset ("../other/8_8_8"), and then isn't ours to delete.
    const inside = relative(output, path);
    if (inside === '' || inside.startsWith('..')) continue;
    await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
      throw fileError('delete', path, error);
    });
  }
}

function datasetFolders(info: unknown): string[] {
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
