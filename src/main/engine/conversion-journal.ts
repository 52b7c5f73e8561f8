import { OVERWRITE, RESUME } from '../../shared/api/mentions';
import { say } from '../../shared/base/words';
import { InvalidInputError } from '../../shared/base/errors';
import { LocalFolderStore } from '../stores/local-folder';
import type { ConversionPlan } from './conversion-plan';
import { Journal } from './run/journal';
import { planMemory, type MemoryBudget } from './run/memory-budget';
import { datasetFolders, deleteDataset, outputState } from './output-folder';
import { outputSettings } from './output-settings';
import { formatProvenance } from './provenance';
import { BLOCKS_IN_FLIGHT, type PyramidStagePlan } from './pyramid-stage';

/** What `job.json` holds: what decides the output's bytes, and how the work is cut into tasks. */
export interface ConversionRecord {
  readonly version: 2;
  readonly kind: 'convert';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly inputFingerprint: string;
  readonly stages: readonly PyramidStagePlan[];
  readonly info: unknown;
  readonly memoryBytes: number;
  /** Folders of a dataset that this job replaces, while they are still to be deleted. */
  readonly replaces?: readonly string[];
}

interface OpenedJournal {
  readonly journal: Journal;
  /** How the work is cut: as it was when a resumed job began. */
  readonly stagePlans: readonly PyramidStagePlan[];
  readonly memory: MemoryBudget;
}

/**
 * Makes the output folder ready to be written: empty, or as an unfinished job left it, or complete already.
 * @throws InvalidInputError where it holds something else than what `mode` allows
 */
export async function openConversionJournal(
  plan: ConversionPlan,
  output: string,
  { resume, overwrite }: { readonly resume: boolean; readonly overwrite: boolean },
): Promise<OpenedJournal | 'complete'> {
  // Asked again, as the plan may be old.
  const state = await outputState(output);
  if (state === 'other') {
    throw new InvalidInputError(`The output folder ${output} isn't empty, and what it holds is no dataset.`, {
      remedy: 'Choose an empty or a new folder.',
      fields: { code: 'output-taken', options: ['output'] },
    });
  }
  if (state !== 'free' && !resume && !overwrite) {
    const what = state === 'dataset' ? 'a dataset' : 'an unfinished job';
    throw new InvalidInputError(`The output folder ${output} already holds ${what}.`, {
      remedy:
        state === 'dataset'
          ? say`Choose another folder, or replace the dataset by ${OVERWRITE}.`
          : say`Go on with it by ${RESUME}, or start anew by ${OVERWRITE}.`,
      fields: { code: 'output-taken', options: ['output'], state },
    });
  }
  if (resume && state === 'unfinished') return resumeJournal(plan, output);
  if (resume && state === 'dataset') return checkComplete(plan, output);
  const job: ConversionRecord = {
    version: 2,
    kind: 'convert',
    settings: outputSettings(plan.spec),
    inputFingerprint: plan.source.fingerprint,
    stages: plan.stages,
    info: plan.volume.info,
    memoryBytes: plan.memory.totalBytes,
  };
  const replaces = state === 'free' ? undefined : await storedFolders(output, state, job.info);
  const journal = await Journal.create(output, { ...job, replaces });
  if (replaces !== undefined) await replaceDataset(journal, output, job, replaces);
  return { journal, stagePlans: plan.stages, memory: plan.memory };
}

/** The folders of the dataset in `output`, finished or not; those of `fallback` where that can't be told. */
async function storedFolders(
  output: string,
  state: 'dataset' | 'unfinished',
  fallback: unknown,
): Promise<readonly string[]> {
  try {
    if (state === 'unfinished') {
      const record = (await Journal.readJob(output)) as Partial<ConversionRecord>;
      return [...datasetFolders(record.info), ...(record.replaces ?? [])];
    }
    const bytes = await new LocalFolderStore(output).get('info');
    return datasetFolders(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return datasetFolders(fallback);
  }
}

/** The job is on record already, so that what is killed here is resumed here. */
async function replaceDataset(
  journal: Journal,
  output: string,
  job: ConversionRecord,
  folders: readonly string[],
): Promise<void> {
  try {
    await deleteDataset(output, folders);
    await journal.writeJob({ ...job, replaces: undefined });
  } catch (error) {
    await journal.release();
    throw error;
  }
}

async function resumeJournal(plan: ConversionPlan, output: string): Promise<OpenedJournal> {
  const record = (await Journal.readJob(output)) as ConversionRecord;
  checkUnchanged(record, plan, output);
  const largest = Math.max(...record.stages.map(({ block }) => block.bytes));
  const memory = planMemory({
    workers: plan.spec.workers,
    memoryBytes: plan.spec.memory ?? Math.max(plan.memory.totalBytes, record.memoryBytes),
    perWorkerBytes: plan.needs.perWorkerBytes,
    minimumBlockBytes: BLOCKS_IN_FLIGHT * largest,
    otherRemedy: say`start anew by ${OVERWRITE}`,
  });
  const journal = await Journal.resume(output);
  if (record.replaces !== undefined) await replaceDataset(journal, output, record, record.replaces);
  return { journal, stagePlans: record.stages, memory };
}

/** @throws InvalidInputError where the job on record isn't the one that was asked for */
function checkUnchanged(record: ConversionRecord, plan: ConversionPlan, output: string): void {
  const otherVersion = new InvalidInputError(
    `The unfinished job in ${output} was begun by another version of this program.`,
    {
      remedy: say`Resume it with that version, or start anew by ${OVERWRITE}.`,
      fields: { code: 'version-changed' },
    },
  );
  if (record.version !== 2 || record.kind !== 'convert') throw otherVersion;
  const changed = changedSettings(record.settings, outputSettings(plan.spec));
  if (changed.length > 0) {
    throw new InvalidInputError(`The settings differ from those of the unfinished job in ${output}.`, {
      details: changed,
      remedy: say`Give the same options as before, or start anew by ${OVERWRITE}.`,
      fields: { code: 'settings-changed' },
    });
  }
  if (record.inputFingerprint !== plan.source.fingerprint) {
    throw new InvalidInputError(`The input ${plan.spec.input} has changed since the job was begun.`, {
      remedy: say`Start anew by ${OVERWRITE}.`,
      fields: { code: 'input-changed' },
    });
  }
  if (JSON.stringify(record.info) !== JSON.stringify(plan.volume.info)) throw otherVersion;
}

/** A finished dataset has nothing to resume; it is only made sure that it is the one that was asked for. */
async function checkComplete(plan: ConversionPlan, output: string): Promise<'complete'> {
  const bytes = await new LocalFolderStore(output).get('provenance');
  const text = bytes === undefined ? '' : new TextDecoder().decode(bytes);
  if (text !== formatProvenance(plan)) {
    throw new InvalidInputError(
      `The dataset in ${output} is complete, but was made from other settings or input, or by another version.`,
      {
        remedy: say`Choose another folder, or replace the dataset by ${OVERWRITE}.`,
        fields: { code: 'settings-changed' },
      },
    );
  }
  await Journal.removeLeftovers(output);
  return 'complete';
}

function changedSettings(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]))
    .map(
      (name) =>
        `${name}: ${JSON.stringify(before[name]) ?? 'default'} before, ${JSON.stringify(now[name]) ?? 'default'} now`,
    );
}
