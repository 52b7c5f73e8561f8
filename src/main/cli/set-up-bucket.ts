import type { PublishEvent } from '../../shared/api/publish-events';
import type { OwnWay } from '../../shared/api/publish-types';
import { Retrier } from '../base/retrier';
import { callsThrough } from '../places/calls-through';
import { isBucket, type PublishTarget } from '../publish/publish-target';
import { isUnsupported, SETTING_NAMES, type SetupItem } from '../publish/targets/s3-setup';
import { askConsent } from './ask';

interface SetUpOptions {
  /** True if the user has consented with a flag. Otherwise the user is asked. */
  readonly configure: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly emit: (event: PublishEvent) => void;
}

/** What was found out about a bucket's settings, which matters only if viewers can't read in the end. */
export interface SetUp {
  /** Notes on settings that this kind of server lacks. */
  readonly lacking: readonly string[];
  /** The ways of mending that have nothing left to do. */
  readonly triedWays: readonly OwnWay[];
}

const ALL_TRIED: readonly OwnWay[] = ['set-up-bucket'];

/**
 * Shows the settings of a bucket that prevent viewers from reading it, and changes them with the user's consent. Does
 * nothing for other targets.
 */
export async function setUpBucket(target: PublishTarget, options: SetUpOptions): Promise<SetUp> {
  if (!isBucket(target)) return { lacking: [], triedWays: ALL_TRIED };
  const { configure, dryRun, signal, emit } = options;
  const retrier = new Retrier(signal);
  await callsThrough(target, retrier.run).prepare();
  const items = await retrier.run(() => target.inspectSetup());
  const warn = (message: string): void => emit({ event: 'log', level: 'warning', message });
  const lacking = items.filter(({ state }) => state === 'unsupported').map(describeLacking);
  const open = items.filter(({ state }) => state === 'to-change');
  for (const item of items) if (item.state === 'forbidden') warn(describeForbidden(item));
  for (const item of open) warn(describeOpen(item, configure && !dryRun));
  if (open.length === 0 || dryRun) return { lacking, triedWays: open.length === 0 ? ALL_TRIED : [] };
  if (!configure && !(await askConsent('Make these changes to the bucket?'))) {
    warn(
      'The settings stay as they are; --configure changes them, or an administrator with the commands above.',
    );
    return { lacking, triedWays: [] };
  }
  const failures = await target.applySetup(open);
  for (const item of open) {
    const error = failures.find(({ name }) => name === item.name)?.error;
    if (error === undefined) {
      emit({ event: 'log', level: 'info', message: `Set: the bucket's ${SETTING_NAMES[item.name]}.` });
    } else {
      const goesOn = 'The upload continues. The check at the end shows whether viewers can read the dataset.';
      if (isUnsupported(error)) warn(`${error.message} ${goesOn}`);
      else warn(`${error.message} ${error.remedy ?? ''} ${goesOn}\n${forAdministrators(item)}`);
    }
  }
  return { lacking, triedWays: ALL_TRIED };
}

function describeLacking({ name, explanation }: SetupItem): string {
  return `The server does not support the bucket setting ${SETTING_NAMES[name]}. ${explanation}`;
}

function describeForbidden({ name, explanation, needed, right }: SetupItem): string {
  return [
    `The bucket's ${SETTING_NAMES[name]} can't be read, so nothing is changed. ${explanation}`,
    `  add this to the existing settings: ${JSON.stringify(needed)}`,
    `  an administrator with the right ${right} can do that if viewers can't read without it`,
  ].join('\n');
}

/** @param isSetNow whether it is about to be set, so that nobody else has to */
function describeOpen(item: SetupItem, isSetNow: boolean): string {
  const { name, explanation, current, needed } = item;
  return [
    `The bucket's ${SETTING_NAMES[name]} may keep viewers out. ${explanation}`,
    `  is:     ${current === undefined ? 'not set' : JSON.stringify(current)}`,
    `  needed: ${JSON.stringify(needed)}`,
    ...(isSetNow ? [] : [forAdministrators(item)]),
  ].join('\n');
}

function forAdministrators({ needed, right, command }: SetupItem): string {
  return `  an administrator (with the right ${right}) sets it by: ${command} '${JSON.stringify(needed)}'`;
}
