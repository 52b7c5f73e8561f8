import type { SerializedError } from '../../shared/base/errors';

/** From the main process to the studio's; 'start' and 'connect' bring a port. */
export type ToStudio =
  /** The port is for asking the main process (see desktop-contract.ts). */
  | { readonly type: 'start'; readonly greeting?: string }
  /** The port is a page's. */
  | { readonly type: 'connect' }
  /** Stops jobs so that they can be resumed, writes what is to be kept, and ends. */
  | { readonly type: 'close' };

/** From the studio's process to the main process. */
export type FromStudio =
  | { readonly type: 'ready' }
  /** The studio can't be started, or a page not be connected. */
  | { readonly type: 'failed'; readonly error: SerializedError };
