import type { ContractRouterClient } from '@orpc/contract';
import type { Studio } from '../studio/studio';
import type { desktopContract } from './desktop-contract';
import { JobWatch } from './job-watch';

/** Shows the progress of the studio's jobs on the desktop while the studio runs. */
export async function showJobs(
  studio: Studio,
  desktop: ContractRouterClient<typeof desktopContract>,
): Promise<void> {
  const watch = new JobWatch();
  for await (const event of studio.watch(undefined)) {
    const change = watch.handle(event);
    if (change === undefined) continue;
    const { fraction, notices } = change;
    await desktop.showProgress(fraction === undefined ? {} : { fraction });
    if (studio.settings.whenDone === 'nothing') continue;
    for (const { title, body, job } of notices) {
      await desktop.notify({ title, body, address: `#/queue?job=${job}` });
    }
  }
}
