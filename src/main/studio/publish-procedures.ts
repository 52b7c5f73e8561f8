import { implement } from '@orpc/server';
import { contract } from '../../shared/api/contract';
import type { Studio } from './studio';

const api = implement(contract).publish;

/** The contract's procedures for publishing. */
export function publishProcedures(studio: Studio) {
  const { publishing } = studio;
  const { targets } = publishing;
  return {
    targets: api.targets.handler(() => targets.list()),
    saveTarget: api.saveTarget.handler(({ input }) => targets.save(input.name, input.spec)),
    removeTarget: api.removeTarget.handler(({ input }) => targets.remove(input.name)),
    saveSecret: api.saveSecret.handler(({ input }) =>
      targets.saveSecret(input.name, input.secret, input.keep),
    ),
    forgetSecret: api.forgetSecret.handler(({ input }) => targets.forgetSecret(input.name)),
    buckets: api.buckets.handler(({ input }) => publishing.buckets(input)),
    createBucket: api.createBucket.handler(({ input }) => publishing.createBucket(input)),
    inspect: api.inspect.handler(({ input, signal }) => publishing.inspect(input, input.dataset, signal)),
    setUp: api.setUp.handler(({ input }) => publishing.setUp(input, input.dataset, input.items)),
    confirmHost: api.confirmHost.handler(({ input }) => targets.confirmHost(input.spec, input.fingerprint)),
    check: api.check.handler(async ({ input, signal }) => {
      const report = await publishing.check(input.url, studio.settings.viewerUrl, signal);
      if (input.job !== undefined) studio.jobs.keepCheck(input.job, report);
      await publishing.keepCheck(report);
      return report;
    }),
    start: api.start.handler(async ({ input }) => {
      const { dataset, target, consent } = input;
      return {
        id: studio.jobs.add(await publishing.newJob(dataset, target, consent, studio.settings.viewerUrl)),
      };
    }),
    answer: api.answer.handler(({ input }) => studio.prompts.answer(input.id, input.text)),
    unpublish: api.unpublish.handler(async ({ input, signal }) => {
      const { target, isConsented } = input;
      // Jobs know datasets by their real folders.
      const dataset = await studio.files.allow(input.dataset);
      const unpublish = () => publishing.unpublish(dataset, target, isConsented, signal);
      if (!isConsented) return unpublish();
      const plan = await studio.jobs.whileIdle(dataset, unpublish);
      // A target may be a folder of the library.
      studio.libraryChanged();
      return plan;
    }),
    history: api.history.handler(() => [...publishing.history.records]),
  };
}
