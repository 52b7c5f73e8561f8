import { implement } from '@orpc/server';
import type { PathChoice } from '../../shared/api/contract-types';
import { UnsupportedError } from '../../shared/base/errors';
import type { SecretCipher } from '../studio/secret-store';
import { desktopContract } from './desktop-contract';

/** The actions of the main process on behalf of the studio's process. */
export interface DesktopActions {
  choosePath(choice: PathChoice): Promise<string | undefined>;
  reveal(path: string): void;
  /** @param fraction the progress of the running job, from 0 to 1; undefined while no job runs */
  showProgress(fraction: number | undefined): void;
  /** Returns undefined if there is no keychain that protects anything. */
  keychain(): SecretCipher | undefined;
  notify(notice: { readonly title: string; readonly body: string; readonly address: string }): void;
}

const api = implement(desktopContract);

/** Implements the desktop contract with `actions`. */
export function createDesktopRouter(actions: DesktopActions) {
  return api.router({
    choosePath: api.choosePath.handler(async ({ input }) => {
      const path = await actions.choosePath(input);
      return path === undefined ? {} : { path };
    }),
    reveal: api.reveal.handler(({ input }) => actions.reveal(input.path)),
    showProgress: api.showProgress.handler(({ input }) => actions.showProgress(input.fraction)),
    hasKeychain: api.hasKeychain.handler(() => actions.keychain() !== undefined),
    encrypt: api.encrypt.handler(async ({ input }) => ({
      encrypted: await requireKeychain(actions).encrypt(input.text),
    })),
    decrypt: api.decrypt.handler(async ({ input }) => ({
      text: await requireKeychain(actions).decrypt(input.encrypted),
    })),
    notify: api.notify.handler(({ input }) => actions.notify(input)),
  });
}

function requireKeychain(actions: DesktopActions): SecretCipher {
  const keychain = actions.keychain();
  if (keychain !== undefined) return keychain;
  throw new UnsupportedError('The system has no keychain that protects what is in it.');
}
