import type { ClientLink, ClientContext } from '@orpc/client';

/** What carries calls to the studio, until it breaks. */
export interface Transport {
  readonly link: ClientLink<ClientContext>;
  /** Settles when the connection stands, or can't be made. */
  readonly opened: Promise<void>;
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>;
}

/** What the page asks of the program around it: a browser or a window of its own. */
export interface Host {
  connect(): Transport;
  /** Whether the host still knows this page, asked after a connection could not be made. */
  knowsSession(): Promise<boolean>;
  /** Chooses a folder by the system's own dialog, where there is one that shows the studio's machine. */
  readonly chooseFolder?: () => Promise<string | undefined>;
  /** Paths of what was dropped on the page, where the host can tell. */
  readonly pathsOfDrop?: (files: FileList) => string[];
}

/** An address that the studio gave, which may be relative to the page's. */
export function absoluteUrl(url: string): string {
  return new URL(url, location.href).href;
}
