/** The requests of the studio's process to the main process, which alone has windows and dialogs. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { pathChoiceSchema } from '../../shared/api/contract-types';

export const desktopContract = {
  /** Shows a dialog. The result has no path if the user closed it. */
  choosePath: oc.input(pathChoiceSchema).output(z.object({ path: z.string().exactOptional() })),
  reveal: oc.input(z.object({ path: z.string().min(1) })),
  /** Shows the progress of the running job, from 0 to 1, in the taskbar. There is no fraction while no job runs. */
  showProgress: oc.input(z.object({ fraction: z.number().min(0).max(1).exactOptional() })),
  /** Reports whether the system has a keychain that protects what it encrypts. */
  hasKeychain: oc.output(z.boolean()),
  encrypt: oc.input(z.object({ text: z.string() })).output(z.object({ encrypted: z.base64() })),
  decrypt: oc.input(z.object({ encrypted: z.base64() })).output(z.object({ text: z.string() })),
  /** Notifies a user who isn't looking at the window. A click shows `address` (from `#`) in the window. */
  notify: oc.input(z.object({ title: z.string(), body: z.string(), address: z.string() })),
};
