import { join } from 'node:path';
import { OVERWRITE, RESUME } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { getUncompressed } from '../../places/compression';
import { openFolder } from '../../places/local-folder';
import { infoFields } from '../../../shared/precomputed/volume-info';
import { lookAtInput, viewsOf } from '../../sources/input-parts';
import type { ConversionPlan } from './conversion-plan';
import { datasetFolders, type DatasetFolder } from '../../../shared/precomputed/dataset-files';
import { openJob, type JobToOpen, type NewFiles, type OpenedJob, type OpeningMode } from './open-job';
import { workFolderTaken, type OutputState } from './output-folder';
import { outputSettings } from './output-settings';
import { readProvenance } from '../dataset/provenance';
import { JOB_FOLDER } from '../run/journal';
import type { JobDescription, JobRecord } from '../run/job-record';
import { joinFolders } from '../run/replace-files';
import type { RemoteOutput, RemoteState } from '../run/remote-output';
import { ROOT_FILES } from '../root-files';
import { isOfConversion, provenanceStep } from './provenance-step';

/**
 * Prepares the output folder for a conversion. It is then empty, in the state that an unfinished job left, or
 * complete already.
 * @param output folder of the dataset; with `mode.remote`, the folder in which a dataset for another place is made
 * @throws InvalidInputError if the folder holds anything that `mode` doesn't allow
 */
export async function openConversion(
  plan: ConversionPlan,
  output: string,
  mode: OpeningMode,
): Promise<OpenedJob | 'complete'> {
  return openJob(await conversionToOpen(plan, output, mode), mode);
}

/** Returns a conversion as a job that can be opened in its folder. */
export async function conversionToOpen(
  plan: ConversionPlan,
  output: string,
  mode: OpeningMode,
): Promise<JobToOpen> {
  const now = await describe(plan);
  const { remote } = mode;
  return {
    output,
    plan,
    now,
    admit: (state) => {
      refuse(state, output, mode);
      if (remote !== undefined && state === 'dataset') throw workFolderTaken(output);
    },
    isDone: (state) => isDone(plan, now, output, state, remote),
    newFiles: async (state, record) => {
      const there = await remote?.look(now.info);
      if (there !== undefined) remote?.admit(there, mode.overwrite);
      const files = await newFiles(plan, now, output, state, record, mode.deleteFirst);
      if (remote === undefined || there === undefined) return files;
      return withRemote(files, there, remote.claimedMeshes);
    },
  };
}

/**
 * Reports whether the dataset is complete, so that there is nothing to resume.
 * @throws InvalidInputError if the complete dataset isn't the requested one
 */
async function isDone(
  { plans }: ConversionPlan,
  now: JobDescription,
  output: string,
  state: OutputState,
  remote: RemoteOutput | undefined,
): Promise<boolean> {
  const isThere =
    remote === undefined ? state === 'dataset' : (await remote.look(now.info)).kind === 'dataset';
  if (!isThere) return false;
  const text =
    remote === undefined ? await readProvenance({ root: output }) : await remote.text('provenance');
  if (isOfConversion(text ?? '', provenanceStep(now, plans))) return true;
  throw new InvalidInputError(
    `The dataset in ${remote?.place.id ?? output} is complete, but was made from another input, with other options or by another version.`,
    {
      remedy: say`Choose another folder, or replace the dataset by ${OVERWRITE}.`,
      fields: { code: 'settings-changed' },
    },
  );
}

async function newFiles(
  { plans }: ConversionPlan,
  now: JobDescription,
  output: string,
  state: OutputState,
  record: JobRecord | undefined,
  deleteFirst = false,
): Promise<NewFiles> {
  const makes = datasetFolders(now.info);
  const info = await readInfo(output);
  const there = info === undefined || info === 'damaged' ? [] : datasetFolders(info);
  const left = record === undefined || record.staged ? [] : joinFolders(record.makes, record.replaces);
  // If the existing files are unknown, they are assumed to have the names of the new dataset's.
  const unknown = info === 'damaged' || (state === 'unfinished' && record === undefined);
  const replaces = joinFolders(there, unknown ? joinFolders(left, makes) : left);
  // A dataset with an `info` is complete, even if another one is being made beside it.
  const staged = info !== undefined && !deleteFirst;
  if (record === undefined && info === undefined) await refuseHalfSwapped(output);
  return {
    staged,
    makes,
    files: [...new Set([...ROOT_FILES, ...plans.files])],
    replaces: state === 'free' ? [] : replaces,
    phase: staged || state === 'free' ? 'work' : 'clear',
  };
}

/**
 * Adds the objects at the dataset's remote place to the files that are deleted first, and those of meshings there that
 * never ended.
 */
function withRemote(
  files: NewFiles,
  { kind, folders }: RemoteState,
  abandoned: readonly DatasetFolder[],
): NewFiles {
  const phase = kind === 'free' ? files.phase : 'clear';
  return { ...files, replaces: joinFolders(joinFolders(files.replaces, folders), abandoned), phase };
}

/** Describes the job, with the input in its current state. */
async function describe({ spec, volume, handle, source, plans }: ConversionPlan): Promise<JobDescription> {
  return {
    kind: 'convert',
    settings: outputSettings(spec),
    info: infoFields(volume.info),
    source: handle,
    input: await lookAtInput(handle, source),
    views: viewsOf(source),
    products: plans.json,
  };
}

function refuse(state: OutputState, output: string, { resume, overwrite }: OpeningMode): void {
  if (state === 'other') {
    throw new InvalidInputError(`The output folder ${output} is not empty and does not hold a dataset.`, {
      remedy: 'Choose an empty or a new folder.',
      fields: { code: 'output-taken', options: ['output'] },
    });
  }
  if (state === 'free' || resume || overwrite) return;
  const what = state === 'dataset' ? 'a dataset' : 'an unfinished job';
  throw new InvalidInputError(`The output folder ${output} already holds ${what}.`, {
    remedy:
      state === 'dataset'
        ? say`Choose another folder, or replace the dataset by ${OVERWRITE}.`
        : say`Continue it by ${RESUME}, or start again by ${OVERWRITE}.`,
    fields: { code: 'output-taken', options: ['output'], state },
  });
}

/** @throws InvalidInputError if the record of a job was damaged while files were being replaced */
async function refuseHalfSwapped(output: string): Promise<void> {
  const store = openFolder(join(output, JOB_FOLDER));
  const found = await Promise.all(['old/info', 'new/info'].map((key) => store.size(key)));
  if (found.every((size) => size === undefined)) return;
  throw new InvalidInputError(`${store.root} holds whole datasets, and its job.json is damaged.`, {
    remedy: 'Move the folders old and new out of it, then try again. Each contains the files of a dataset.',
    fields: { path: store.root },
  });
}

async function readInfo(output: string): Promise<unknown> {
  try {
    const bytes = await getUncompressed(openFolder(output), 'info');
    return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as unknown);
  } catch {
    return 'damaged';
  }
}
