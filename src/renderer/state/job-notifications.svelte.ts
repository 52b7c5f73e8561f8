import { jobNotice } from '../../shared/api/job-notice';
import type { Job } from '../../shared/api/job-types';
import type { Navigation } from './navigation.svelte';
import type { StudioState } from './studio.svelte';

/** Notifies of jobs that end while the page has no focus. Must be called while a component is being created. */
export function notifyOfJobs(studio: StudioState, navigation: Navigation): void {
  let known: Readonly<Record<string, Job['state']>> = {};
  $effect(() => {
    const before = known;
    known = Object.fromEntries(studio.jobs.map(({ id, state }) => [id, state]));
    if (document.hasFocus() || studio.settings?.whenDone === 'nothing') return;
    for (const job of studio.jobs) {
      const notice = jobNotice(before[job.id], job);
      if (notice === undefined) continue;
      const show = () => navigation.go({ view: 'queue', job: job.id });
      studio.host.notifications?.show(notice.title, notice.body, show);
    }
  });
}
