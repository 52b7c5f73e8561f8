import { randomBytes } from 'node:crypto';
import type { PlatformPath } from 'node:path';

const PARTIAL = /^\.(.+?)(\.[0-9a-f]{12})?\.precomputed-studio-part$/;

/**
 * Names and tracks unfinished files. Each has a hidden name in the folder of the finished file, so that no web server
 * shows it and no listing counts it. What an interrupted upload left behind is found while its folders are listed.
 */
export class PartialFiles {
  private readonly left = new Map<string, string[]>();

  /** @param paths path functions of the machine that holds the files */
  constructor(private readonly paths: PlatformPath) {}

  /**
   * Returns the path of the unfinished file.
   * @param path path of the finished file
   * @param mark twelve hexadecimal digits that identify a file whose transfer can be resumed
   */
  nameOf(path: string, mark = randomBytes(6).toString('hex')): string {
    const { dirname, basename, join } = this.paths;
    return join(dirname(path), `.${basename(path)}.${mark}.precomputed-studio-part`);
  }

  /** Records a hidden file that was found in a folder. */
  note(folder: string, name: string): void {
    const whole = PARTIAL.exec(name)?.[1];
    if (whole === undefined) return;
    const path = this.paths.join(folder, whole);
    this.left.set(path, [...(this.left.get(path) ?? []), this.paths.join(folder, name)]);
  }

  /** Returns the unfinished files found for a path, to be deleted or resumed, and forgets them. */
  take(path: string): readonly string[] {
    const found = this.left.get(path) ?? [];
    this.left.delete(path);
    return found;
  }
}
