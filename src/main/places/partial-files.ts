import { randomBytes } from 'node:crypto';
import type { PlatformPath } from 'node:path';

const PARTIAL = /^\.(.+?)(\.[0-9a-f]{12})?\.precomputed-studio-part$/;

/**
 * Files that aren't whole yet, beside those that they become: hidden, so that no web server shows them and no listing
 * counts them. What an upload that broke off has left is found while its folders are listed.
 */
export class PartialFiles {
  private readonly left = new Map<string, string[]>();

  /** @param paths how the paths of the machine are put together */
  constructor(private readonly paths: PlatformPath) {}

  /**
   * @param path of the whole file
   * @param mark twelve hexadecimal digits, by which a file that is to be gone on with is known again
   */
  nameOf(path: string, mark = randomBytes(6).toString('hex')): string {
    const { dirname, basename, join } = this.paths;
    return join(dirname(path), `.${basename(path)}.${mark}.precomputed-studio-part`);
  }

  /** A hidden file that is in a folder. */
  note(folder: string, name: string): void {
    const whole = PARTIAL.exec(name)?.[1];
    if (whole === undefined) return;
    const path = this.paths.join(folder, whole);
    this.left.set(path, [...(this.left.get(path) ?? []), this.paths.join(folder, name)]);
  }

  has(path: string): boolean {
    return this.left.has(path);
  }

  /** What was found of a file, to be deleted or gone on with. */
  take(path: string): readonly string[] {
    const found = this.left.get(path) ?? [];
    this.left.delete(path);
    return found;
  }
}
