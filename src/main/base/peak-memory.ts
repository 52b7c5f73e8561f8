import { readFileSync } from 'node:fs';

/**
 * The most memory that this process had resident at a time, in bytes. Linux counts in `maxRSS` what the parent had when
 * it started this process, but not in VmHWM of proc(5).
 */
export function peakMemoryBytes(): number {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
