import { readFileSync } from 'node:fs';

/**
 * Returns a limit that a shell or a service sets for this process (`ulimit`), by its name in Linux's proc(5): a number of
 * bytes or files. Returns undefined if there is none, and on other systems.
 */
export function processLimit(name: 'address space' | 'open files'): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const limit = new RegExp(`^Max ${name} +(\\d+)`, 'm').exec(limits)?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
