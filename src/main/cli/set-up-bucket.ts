import type { PublishEvent } from '../../shared/api/publish-events';
import { Retrier } from '../base/retrier';
import { isBucket, type PublishTarget } from '../publish/publish-target';
import type { SetupItem } from '../publish/targets/s3-setup';
import { askConsent } from './ask';

interface SetUpOptions {
  /** True if the user has consented with a flag. Otherwise the user is asked. */
  readonly configure: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly emit: (event: PublishEvent) => void;
}

/**
 * Shows the settings of a bucket that prevent viewers from reading it, and changes them with the user's consent. Does
 * nothing for other targets.
 */
export async function setUpBucket(target: PublishTarget, options: SetUpOptions): Promise<void> {
  if (!isBucket(target)) return;
  const { configure, dryRun, signal, emit } = options;
  await target.prepare(new Retrier(signal).run);
  const items = await target.inspectSetup();
  const shown = items.filter(({ state }) => state !== 'right');
  for (const item of shown) emit({ event: 'log', level: 'warning', message: describeItem(item) });
  const open = items.filter(({ state }) => state === 'to-change');
  if (open.length === 0) return;
  if (dryRun) return;
  if (!configure && !(await askConsent('Make these changes to the bucket?'))) {
    const message =
      'The settings stay as they are; --configure changes them, or an administrator with the commands above.';
    emit({ event: 'log', level: 'warning', message });
    return;
  }
  for (const { error } of await target.applySetup(open)) {
    const message = `${error.message} ${error.remedy ?? ''} The upload goes on; the check at its end tells whether viewers can read.`;
    emit({ event: 'log', level: 'warning', message });
  }
}

function describeItem({ name, state, explanation, current, needed, right, command }: SetupItem): string {
  if (state === 'unsupported')
    return `The server does not support the bucket setting ${name}. ${explanation}`;
  if (state === 'forbidden') {
    return [
      `The bucket's ${name} can't be read and is left as it is. What it needs: ${explanation}`,
      `  add this to what is there: ${JSON.stringify(needed)}`,
      `  an administrator with the right ${right}, where viewers can't read without it`,
    ].join('\n');
  }
  return [
    `The bucket's ${name} may keep viewers out. ${explanation}`,
    `  is:     ${current === undefined ? 'not set' : JSON.stringify(current)}`,
    `  needed: ${JSON.stringify(needed)}`,
    `  an administrator (with the right ${right}) sets it by: ${command} '${JSON.stringify(needed)}'`,
  ].join('\n');
}
