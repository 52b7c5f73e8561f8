import type { SerializedError } from '../../shared/base/errors';

/** From the main process to the studio's process. 'start' and 'connect' come with a port. */
export type ToStudio =
  /** The port is for requests to the main process (see desktop-contract.ts). */
  | { readonly type: 'start'; readonly greeting?: string }
  /** The port belongs to a page. */
  | { readonly type: 'connect' }
  /** Stops jobs so that they can be resumed, saves the state, and ends the process. */
  | { readonly type: 'close' };

/** From the studio's process to the main process. */
export type FromStudio =
  | { readonly type: 'ready' }
  /** The studio can't be started, or a page can't be connected. */
  | { readonly type: 'failed'; readonly error: SerializedError };
