/** So many calls go through the thread pool after one that has waited. */
const CALLS_APART = 8;

/** Finding a file in a folder on a disk or a network takes longer than this. */
export const QUICK_MS = 0.1;

/**
 * Makes calls of the file system. What the system has in memory is taken at once, as a detour through the thread pool takes
 * several times as long as opening a file, or as copying half a megabyte. After a call that had to wait for a disk or a
 * network, the next ones let other work of this thread continue meanwhile.
 */
export class FileCalls {
  private callsApart = 0;

  /** @param now the time in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Makes a call in one of two ways, which do the same: `atOnce`, or `apart`, through the thread pool.
   * @param mostMs how long the call takes at most, by its result, if it doesn't wait
   * @throws the file system's error
   */
  make<T>(atOnce: () => T, apart: () => Promise<T>, mostMs: (result: T) => number): T | Promise<T> {
    if (this.callsApart > 0) {
      this.callsApart--;
      return apart();
    }
    const start = this.now();
    const result = atOnce();
    if (this.now() - start > mostMs(result)) this.callsApart = CALLS_APART;
    return result;
  }
}
