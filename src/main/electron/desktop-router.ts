import { implement } from '@orpc/server';
import type { PathChoice } from '../../shared/api/contract-types';
import { desktopContract } from './desktop-contract';

/** What the main process does for the studio's. */
export interface DesktopActions {
  choosePath(choice: PathChoice): Promise<string | undefined>;
  reveal(path: string): void;
  /** @param fraction of the running job, 0 to 1; undefined while none runs */
  showProgress(fraction: number | undefined): void;
  notify(notice: { readonly title: string; readonly body: string; readonly address: string }): void;
}

const api = implement(desktopContract);

/** The desktop contract's procedures, as `actions` do them. */
export function createDesktopRouter(actions: DesktopActions) {
  return api.router({
    choosePath: api.choosePath.handler(async ({ input }) => {
      const path = await actions.choosePath(input);
      return path === undefined ? {} : { path };
    }),
    reveal: api.reveal.handler(({ input }) => actions.reveal(input.path)),
    showProgress: api.showProgress.handler(({ input }) => actions.showProgress(input.fraction)),
    notify: api.notify.handler(({ input }) => actions.notify(input)),
  });
}
