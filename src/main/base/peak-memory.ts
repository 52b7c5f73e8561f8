import { readFileSync } from 'node:fs';

/**
 * Returns the peak resident memory of this process in bytes. On Linux, `maxRSS` includes the memory that the parent
 * had when it started this process, whereas VmHWM of proc(5) doesn't.
 */
export function peakMemoryBytes(): number {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Only Linux has this file.
  }
  return process.resourceUsage().maxRSS * 1024;
}
