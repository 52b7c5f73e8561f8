import { isIPv4 } from 'node:net';

/** Reports whether a name or address means only this machine: `localhost`, 127.0.0.0/8, `::1` (also in brackets). */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

/**
 * Reports whether a Host header names this machine, with any port (a tunnel may change it). A server that listens on
 * loopback refuses all other names: otherwise a page whose own name resolves to this machine ("DNS rebinding") could
 * read everything as if it came from the page's own origin.
 */
export function isLoopbackHostHeader(host: string | undefined): boolean {
  return host !== undefined && isLoopbackName(host.replace(/:\d+$/, ''));
}
