import { InvalidInputError } from '../../shared/base/errors';
import { LocalFolderStore } from '../stores/local-folder';
import type { ConversionPlan } from './conversion-plan';
import { Journal } from './journal';
import { deleteDataset, type OutputState } from './output-folder';
import { outputSettings } from './output-settings';
import { formatProvenance } from './provenance';
import { BLOCKS_IN_FLIGHT, type PyramidStagePlan } from './pyramid-stage';

/** What `job.json` holds: what decides the output's bytes, and how the work is cut into tasks. */
interface JobRecord {
  readonly version: 1;
  readonly kind: 'convert';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly inputFingerprint: string;
  readonly stages: readonly PyramidStagePlan[];
  readonly info: unknown;
}

interface OpenedJournal {
  readonly journal: Journal;
  /** How the work is cut: as it was when a resumed job began. */
  readonly stagePlans: readonly PyramidStagePlan[];
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
  const state = plan.outputState;
  if (state === 'other') {
    throw new InvalidInputError(`The output folder ${output} isn't empty, and what it holds is no dataset.`, {
      remedy: 'Choose an empty or a new folder.',
      fields: { options: ['output'] },
    });
  }
  if (state !== 'free' && !resume && !overwrite) {
    const what = state === 'dataset' ? 'a dataset' : 'an unfinished job';
    throw new InvalidInputError(`The output folder ${output} already holds ${what}.`, {
      remedy:
        state === 'dataset'
          ? 'Choose another folder, or --overwrite to replace the dataset.'
          : 'Go on with it by --resume, or start anew by --overwrite.',
      fields: { options: ['output'], state },
    });
  }
  if (resume && state === 'unfinished') return resumeJournal(plan, output);
  if (resume && state === 'dataset') return checkComplete(plan, output);
  if (state !== 'free') await deleteDataset(output, await storedInfo(output, state));
  const job: JobRecord = {
    version: 1,
    kind: 'convert',
    settings: outputSettings(plan.spec),
    inputFingerprint: plan.source.fingerprint,
    stages: plan.stages,
    info: plan.volume.info,
  };
  return { journal: await Journal.create(output, job), stagePlans: plan.stages };
}

async function storedInfo(output: string, state: OutputState): Promise<unknown> {
  if (state === 'unfinished') return ((await Journal.readJob(output)) as Partial<JobRecord>).info;
  const bytes = await new LocalFolderStore(output).get('info');
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

async function resumeJournal(plan: ConversionPlan, output: string): Promise<OpenedJournal> {
  const record = (await Journal.readJob(output)) as Partial<JobRecord>;
  const changed = changedSettings(record.settings ?? {}, outputSettings(plan.spec));
  if (changed.length > 0) {
    throw new InvalidInputError(`The settings differ from those of the unfinished job in ${output}.`, {
      details: changed,
      remedy: 'Give the same options as before, or start anew by --overwrite.',
      fields: { reason: 'settings-changed' },
    });
  }
  if (record.inputFingerprint !== plan.source.fingerprint) {
    throw new InvalidInputError(`The input ${plan.spec.input} has changed since the job was begun.`, {
      remedy: 'Start anew by --overwrite.',
      fields: { reason: 'input-changed' },
    });
  }
  const stagePlans = record.stages ?? plan.stages;
  const largest = Math.max(...stagePlans.map(({ block }) => block.bytes)) * BLOCKS_IN_FLIGHT;
  if (largest > plan.memory.blockBytes) {
    const missing = Math.ceil((plan.memory.totalBytes + largest - plan.memory.blockBytes) / 2 ** 20);
    throw new InvalidInputError('--memory: the unfinished job was begun with larger blocks.', {
      remedy: `Resume it with --memory ${missing}MiB or more, or start anew by --overwrite.`,
      fields: { options: ['memory'] },
    });
  }
  return { journal: await Journal.resume(output), stagePlans };
}

/** A finished dataset has nothing to resume; it is only made sure that it is the one that was asked for. */
async function checkComplete(plan: ConversionPlan, output: string): Promise<'complete'> {
  const bytes = await new LocalFolderStore(output).get('provenance');
  const text = bytes === undefined ? '' : new TextDecoder().decode(bytes);
  if (text !== formatProvenance(plan)) {
    throw new InvalidInputError(
      `The dataset in ${output} is complete, but was made from other settings or input.`,
      {
        remedy: 'Choose another folder, or --overwrite to replace the dataset.',
        fields: { reason: 'settings-changed' },
      },
    );
  }
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
