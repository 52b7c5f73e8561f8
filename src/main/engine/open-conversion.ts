import { join } from 'node:path';
import type { JobEvent } from '../../shared/api/job-events';
import { named, OVERWRITE, RESUME } from '../../shared/api/mentions';
import { InvalidInputError, isStudioError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import { infoFields } from '../../shared/precomputed/volume-info';
import { lookAtInput, viewsOf, type InputPart } from '../sources/input-parts';
import type { ConversionPlan } from './conversion-plan';
import { datasetFolders } from '../../shared/precomputed/dataset-files';
import { outputState, type OutputState } from './output-folder';
import { outputSettings } from './output-settings';
import { isOfConversion, provenanceStep } from './provenance';
import { JOB_FOLDER, Journal } from './run/journal';
import { newRecord, otherVersion, type JobDescription, type JobRecord } from './run/job-record';
import { planMemory } from './run/memory-budget';
import { isSentOn, keptFolders } from './run/delivery';
import { clearFiles, isSwapping, joinFolders, swapFiles } from './run/replace-files';
import type { RemoteOutput, RemoteState } from './run/remote-output';
import type { JobOptions } from './run/run-job';
import { ROOT_FILES } from './root-files';
import type { OpenedJob } from './run-products';

type Mode = Pick<JobOptions, 'resume' | 'overwrite' | 'deleteFirst' | 'emit'>;

/** A conversion that is ready to run. */
export interface OpenedConversion extends OpenedJob {
  /** The parts of the input that aren't any more as they were when the job began. */
  readonly changed: readonly InputPart[];
}

/**
 * Makes the output folder ready to be written: empty, or as an unfinished job left it, or complete already.
 * @throws InvalidInputError where it holds something else than what `mode` allows
 */
export async function openConversion(
  plan: ConversionPlan,
  output: string,
  mode: Mode,
  remote?: RemoteOutput,
): Promise<OpenedConversion | 'complete'> {
  const { resume } = mode;
  // Asked again, as the plan may be old.
  let state = await outputState(output);
  refuse(state, output, mode);
  if (remote !== undefined) return openRemote(plan, output, state, mode, remote);
  if (state === 'unfinished') {
    const record = await readRecord(output, resume ? 'needed' : 'spare');
    if (resume && record !== undefined) checkSame(record, plan, output);
    if (record !== undefined && isSwapping(record)) {
      await swapFiles(await Journal.resume(output), mode.emit);
      if (resume) return 'complete';
      state = await outputState(output);
    } else if (resume && record !== undefined) return resumeJob(plan, output, record, mode.emit);
  }
  if (resume && state === 'dataset') return checkComplete(plan, output);
  return beginJob(plan, output, state, mode);
}

/** As {@link openConversion}, where `output` is the folder in which a dataset is made that is to be elsewhere. */
async function openRemote(
  plan: ConversionPlan,
  output: string,
  state: OutputState,
  mode: Mode,
  remote: RemoteOutput,
): Promise<OpenedConversion | 'complete'> {
  if (state === 'dataset') throw workFolderTaken(output);
  if (state === 'unfinished' && mode.resume) {
    const record = await Journal.readRecord(output);
    checkSame(record, plan, output);
    return resumeJob(plan, output, record, mode.emit, remote);
  }
  const there = await remote.look(plan.volume.info);
  if (mode.resume && there.kind === 'dataset') {
    await requireSameDataset(plan, await remote.text('provenance'), remote.place.id);
    return 'complete';
  }
  remote.admit(there, mode.overwrite);
  return beginJob(plan, output, state, mode, { remote, there });
}

function workFolderTaken(folder: string): InvalidInputError {
  return new InvalidInputError(`The work folder ${folder} holds a dataset.`, {
    remedy: 'Choose an empty or a new folder for what must be on this machine.',
    fields: { code: 'output-taken', options: ['work'] },
  });
}

function refuse(state: OutputState, output: string, { resume, overwrite }: Mode): void {
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
        : say`Go on with it by ${RESUME}, or start again by ${OVERWRITE}.`,
    fields: { code: 'output-taken', options: ['output'], state },
  });
}

/** Undefined for one that is damaged, or of another version, where it may be spared. */
async function readRecord(output: string, need: 'needed' | 'spare'): Promise<JobRecord | undefined> {
  try {
    return await Journal.readRecord(output);
  } catch (error) {
    if (need === 'needed' || !isStudioError(error) || error.fields['code'] === undefined) throw error;
    return undefined;
  }
}

async function beginJob(
  plan: ConversionPlan,
  output: string,
  state: OutputState,
  { deleteFirst = false, emit }: Mode,
  elsewhere?: { readonly remote: RemoteOutput; readonly there: RemoteState },
): Promise<OpenedConversion> {
  const record = state === 'unfinished' ? await readRecord(output, 'spare') : undefined;
  const description = await describe(plan);
  const makes = datasetFolders(description.info);
  const info = await readInfo(output);
  const there = info === undefined || info === 'damaged' ? [] : datasetFolders(info);
  const left = record === undefined || record.staged ? [] : joinFolders(record.makes, record.replaces);
  // Where nothing tells what is there, it has the names that the new dataset will have.
  const unknown = info === 'damaged' || (state === 'unfinished' && record === undefined);
  const replaces = joinFolders(there, unknown ? joinFolders(left, makes) : left);
  // What has its `info` is a whole dataset, whatever is being made beside it.
  const staged = info !== undefined && !deleteFirst;
  if (record === undefined && info === undefined) await refuseHalfSwapped(output);
  const isFree = state === 'free' && (elsewhere === undefined || elsewhere.there.kind === 'free');
  const { plans, memory } = plan;
  const journal = await Journal.create(
    output,
    newRecord({
      ...description,
      memoryBytes: memory.totalBytes,
      perWorkerBytes: plan.perWorkerBytes,
      staged,
      makes,
      files: [...new Set([...ROOT_FILES, ...plans.files])],
      replaces: joinFolders(state === 'free' ? [] : replaces, elsewhere?.there.folders ?? []),
      phase: staged || isFree ? 'work' : 'clear',
    }),
  );
  await clearFiles(journal, emit, elsewhere?.remote);
  return { journal, description, plans, memory, changed: [] };
}

/** What the job is, with the input as it is now. */
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

/** @throws InvalidInputError where the record of a job was damaged while files were being replaced */
async function refuseHalfSwapped(output: string): Promise<void> {
  const store = new LocalFolder(join(output, JOB_FOLDER));
  const found = await Promise.all(['old/info', 'new/info'].map((key) => store.size(key)));
  if (found.every((size) => size === undefined)) return;
  throw new InvalidInputError(`${store.root} holds whole datasets, and its job.json is damaged.`, {
    remedy: 'Move the folders old and new out of it, each the files of a dataset, then try again.',
    fields: { path: store.root },
  });
}

async function readInfo(output: string): Promise<unknown> {
  try {
    const bytes = await getUncompressed(new LocalFolder(output), 'info');
    return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as unknown);
  } catch {
    return 'damaged';
  }
}

async function resumeJob(
  plan: ConversionPlan,
  output: string,
  record: JobRecord,
  emit: (event: JobEvent) => void,
  remote?: RemoteOutput,
): Promise<OpenedConversion> {
  const description = await describe(plan);
  const changed = changedParts(record, description.input, plan, output);
  const plans = plan.plans.resume(record.products, output);
  if (plans === undefined) throw otherVersion(output);
  const memory = planMemory({
    workers: plan.spec.workers,
    memoryBytes: plan.spec.memory ?? Math.max(plan.memory.totalBytes, record.memoryBytes),
    perWorkerBytes: plan.perWorkerBytes,
    minimumBlockBytes: plans.blockBytes,
    otherRemedy: say`start again by ${OVERWRITE}`,
  });
  const kept = keptFolders(plan.volume.info, plans);
  const journal = await Journal.resume(output, remote && ((path) => isSentOn(path, kept)));
  await clearFiles(journal, emit, remote);
  return { journal, description, plans, memory, changed };
}

/** @throws InvalidInputError where the job on record isn't the one that was asked for */
function checkSame(record: JobRecord, plan: ConversionPlan, output: string): void {
  if (record.kind !== 'convert') {
    throw new InvalidInputError(`The unfinished job in ${output} is a meshing.`, {
      remedy: say`Finish the meshing first, or replace the dataset by ${OVERWRITE}.`,
      fields: { code: 'settings-changed' },
    });
  }
  const changed = changedSettings(record.settings, outputSettings(plan.spec));
  if (changed.length > 0) {
    throw new InvalidInputError(`The options differ from those of the unfinished job in ${output}.`, {
      details: changed,
      remedy: say`Give the same options as before, or start again by ${OVERWRITE}.`,
      fields: { code: 'settings-changed' },
    });
  }
  if (JSON.stringify(record.views) !== JSON.stringify(viewsOf(plan.source))) {
    throw new InvalidInputError(
      `The table of ids for the job in ${output} has changed since the job was started.`,
      {
        remedy: say`Give the same table as before (${named('remap')}), or start again by ${OVERWRITE}.`,
        fields: { code: 'input-changed', options: ['remap'] },
      },
    );
  }
  if (JSON.stringify(record.info) !== JSON.stringify(infoFields(plan.volume.info)))
    throw otherVersion(output);
}

/**
 * The parts of the input that have changed since the job was begun.
 * @throws InvalidInputError where it is another input altogether
 */
function changedParts(
  record: JobRecord,
  input: readonly InputPart[],
  plan: ConversionPlan,
  output: string,
): InputPart[] {
  const changed = input.filter(({ digest }, i) => digest !== record.input[i]?.digest);
  const isAnother = input.length !== record.input.length || changed.length === input.length;
  if (!isAnother || input.length === 0) return changed;
  throw new InvalidInputError(
    `The input ${plan.spec.input} is not the input that the job in ${output} was started with.`,
    {
      details: [
        input.length === record.input.length
          ? `none of the ${input.length} parts is the same`
          : `it had ${record.input.length} parts then, and has ${input.length} now`,
      ],
      remedy: say`Give the same input as before, or start again by ${OVERWRITE}.`,
      fields: { code: 'input-changed' },
    },
  );
}

/** A finished dataset has nothing to resume; it is only made sure that it is the one that was asked for. */
async function checkComplete(plan: ConversionPlan, output: string): Promise<'complete'> {
  const bytes = await getUncompressed(new LocalFolder(output), 'provenance');
  await requireSameDataset(plan, bytes && new TextDecoder().decode(bytes), output);
  await Journal.removeLeftovers(output);
  return 'complete';
}

/** @param provenance of the dataset in `place` */
async function requireSameDataset(
  plan: ConversionPlan,
  provenance: string | undefined,
  place: string,
): Promise<void> {
  if (!isOfConversion(provenance ?? '', provenanceStep(await describe(plan), plan.plans))) {
    throw new InvalidInputError(
      `The dataset in ${place} is complete, but was made from another input, with other options or by another version.`,
      {
        remedy: say`Choose another folder, or replace the dataset by ${OVERWRITE}.`,
        fields: { code: 'settings-changed' },
      },
    );
  }
}

/** The place of the input decides nothing: it may be moved. */
function changedSettings(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names
    .filter((name) => name !== 'input' && JSON.stringify(before[name]) !== JSON.stringify(now[name]))
    .map(
      (name) =>
        `${name}: ${JSON.stringify(before[name]) ?? 'default'} before, ${JSON.stringify(now[name]) ?? 'default'} now`,
    );
}
