import type { ClientLink, ClientContext } from '@orpc/client';
import type { StudioClient } from './studio-client';

/** What carries calls to the studio, until it breaks. */
export interface Transport {
  readonly link: ClientLink<ClientContext>;
  /** Settles when the connection stands, or can't be made. */
  readonly opened: Promise<void>;
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>;
}

/** A volume that was dropped on the page, and where it lies on the studio's machine. */
export interface DropLocation {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  /** None where it can't be found there, several where they look alike; the likeliest first. */
  readonly paths: readonly string[];
}

/** Notifications by the page itself; the user has to allow them. */
export interface PageNotifications {
  permission(): NotificationPermission;
  /** Asks the user; to be called from a click. */
  ask(): Promise<NotificationPermission>;
  /** Shows one, where the user allowed it. */
  show(title: string, body: string, onClick: () => void): void;
}

/**
 * What the page asks of the program around it: a browser or a window of its own. What the studio's machine
 * can do is in the session (`can`) and asked for through the contract (`files.choose`, `files.reveal`).
 */
export interface Host {
  connect(): Transport;
  /** Whether the host still knows this page, asked after a connection could not be made. */
  knowsSession(): Promise<boolean>;
  /**
   * Finds the volumes that were dropped; none where there was neither folder nor file. Reads `transfer` at once, as it
   * is empty after the event.
   */
  locateDrop(transfer: DataTransfer, client: StudioClient): Promise<readonly DropLocation[]>;
  /** Absent where the program around the page notifies by itself. */
  readonly notifications?: PageNotifications;
}

/** An address that the studio gave, which may be relative to the page's. */
export function absoluteUrl(url: string): string {
  return new URL(url, location.href).href;
}
