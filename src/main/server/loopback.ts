import { isIPv4 } from 'node:net';

/** True for names and addresses of this machine alone: `localhost`, 127.0.0.0/8, `::1` (also bracketed). */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

/**
 * True where a Host header names this machine, whatever the port (a tunnel may change it). A server that
 * listens on loopback answers no other name: a page whose own name was made to point here ("DNS rebinding")
 * would else read everything as its own.
 */
export function isLoopbackHostHeader(host: string | undefined): boolean {
  return host !== undefined && isLoopbackName(host.replace(/:\d+$/, ''));
}
