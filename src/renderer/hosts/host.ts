import type { ClientLink, ClientContext } from '@orpc/client';
import type { StudioClient } from './studio-client';

/** A connection that carries calls to the studio, until it breaks. */
export interface Transport {
  readonly link: ClientLink<ClientContext>;
  /** Settles once the connection is open, or can't be made. */
  readonly opened: Promise<void>;
  /** Settles once the connection is closed. */
  readonly closed: Promise<void>;
}

/** A volume that was dropped on the page, and its place on the studio's machine. */
export interface DropLocation {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  /** Empty if nothing was found there; several paths, the likeliest first, if they can't be distinguished. */
  readonly paths: readonly string[];
}

/** Notifications that the page shows itself. The user has to allow them. */
export interface PageNotifications {
  permission(): NotificationPermission;
  /** Asks the user. Must be called from a click. */
  ask(): Promise<NotificationPermission>;
  /** Shows a notification, if the user has allowed it. */
  show(title: string, body: string, onClick: () => void): void;
}

/**
 * What the page needs from the program around it: a browser or the app's own window. Everything that the studio's
 * machine can do is listed in the session (`can`) and requested through the contract (`files.choose`,
 * `files.reveal`).
 */
export interface Host {
  connect(): Transport;
  /** Reports whether the host still knows this page. Called after a connection could not be made. */
  knowsSession(): Promise<boolean>;
  /**
   * Finds the volumes that were dropped; none if there was neither a folder nor a file. Reads `transfer`
   * synchronously, as it is empty after the event.
   */
  locateDrop(transfer: DataTransfer, client: StudioClient): Promise<readonly DropLocation[]>;
  /** Absent if the program around the page shows notifications itself. */
  readonly notifications?: PageNotifications;
}

/** Resolves an address from the studio, which may be relative to the page's. */
export function absoluteUrl(url: string): string {
  return new URL(url, location.href).href;
}
