/** What the studio's process may ask of the main process, which alone has windows and dialogs. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { pathChoiceSchema } from '../../shared/api/contract-types';

export const desktopContract = {
  /** Shows a dialog; no path where the user closed it. */
  choosePath: oc.input(pathChoiceSchema).output(z.object({ path: z.string().exactOptional() })),
  reveal: oc.input(z.object({ path: z.string().min(1) })),
  /** How far the running job is, for the taskbar: from 0 to 1; none while no job runs. */
  showProgress: oc.input(z.object({ fraction: z.number().min(0).max(1).exactOptional() })),
  /** Whether the system has a keychain that protects what is encrypted by it. */
  hasKeychain: oc.output(z.boolean()),
  encrypt: oc.input(z.object({ text: z.string() })).output(z.object({ encrypted: z.base64() })),
  decrypt: oc.input(z.object({ encrypted: z.base64() })).output(z.object({ text: z.string() })),
  /** Tells a user who looks elsewhere; a click shows `address` (from `#`) in the window. */
  notify: oc.input(z.object({ title: z.string(), body: z.string(), address: z.string() })),
};
