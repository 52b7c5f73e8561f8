import type { PublishEvent } from '../../shared/api/publish-events';
import type { TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';

import { installNginx, planNginxInstall } from '../publish/nginx-install';
import { isHost, type PublishTarget } from '../publish/publish-target';

interface SetUpOptions {
  readonly spec: TargetSpec;
  /** The command that runs nginx on the host. */
  readonly command: string;
  readonly dryRun: boolean;
  readonly emit: (event: PublishEvent) => void;
}

/**
 * Shows what will be written into the configuration of the host's nginx, and writes it. The flag is the user's
 * consent.
 */
export async function setUpNginx(
  target: PublishTarget,
  { spec, command, dryRun, emit }: SetUpOptions,
): Promise<void> {
  if (!isHost(target)) {
    throw new InvalidInputError(`${target.id} has no nginx of its own.`, {
      remedy: 'Leave --install-nginx out.',
      fields: { usage: true },
    });
  }
  const plan = await planNginxInstall({ run: target.runScript, spec, command });
  const log = (message: string): void => emit({ event: 'log', level: 'info', message });
  for (const { path, text } of plan.files) log(`${path}:\n${text.replace(/^/gm, '  ')}`);
  if (dryRun) return;
  await installNginx(target.runScript, plan);
  log(
    `nginx on the host uses this configuration now${plan.sudo ? ' (as root, by sudo)' : ''}; the earlier files are kept as *.previous.`,
  );
}
