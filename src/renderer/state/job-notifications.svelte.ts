import type { Job } from '../../shared/api/job-types';
import type { Navigation } from './navigation.svelte';
import type { StudioState } from './studio.svelte';

const WORDS: Readonly<Partial<Record<Job['state'], string>>> = { done: 'Done', failed: 'Failed' };

/** Tells of jobs that end while the user looks elsewhere. To be called while a component is being made. */
export function notifyOfJobs(studio: StudioState, navigation: Navigation): void {
  let known: Readonly<Record<string, Job['state']>> = {};
  $effect(() => {
    const before = known;
    known = Object.fromEntries(studio.jobs.map(({ id, state }) => [id, state]));
    if (document.hasFocus()) return;
    for (const job of studio.jobs) {
      const words = WORDS[job.state];
      if (words === undefined || before[job.id] !== 'running') continue;
      const body = job.error?.message ?? (job.kind === 'publish' ? job.dataset : job.output);
      studio.host.notifications?.show(`${words}: ${job.name}`, body, () =>
        navigation.go({ view: 'queue', job: job.id }),
      );
    }
  });
}
