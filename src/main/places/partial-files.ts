import { randomBytes } from 'node:crypto';
import type { PlatformPath } from 'node:path';

const PARTIAL = /^\.(.+?)(\.[0-9a-f]{12}){0,2}\.precomputed-studio-part$/;

/** Returns a mark that nothing else has. */
export function newMark(): string {
  return randomBytes(6).toString('hex');
}

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
   * @param marks twelve hexadecimal digits each: what identifies the content of a file whose transfer can be resumed, and
   *   what no other process has
   */
  nameOf(path: string, marks: readonly string[] = [newMark()]): string {
    const { dirname, basename, join } = this.paths;
    return join(dirname(path), `.${basename(path)}.${marks.join('.')}.precomputed-studio-part`);
  }

  /** Reports whether a path of an unfinished file was made with a mark. */
  hasMark(path: string, mark: string): boolean {
    return this.paths.basename(path).includes(`.${mark}.`);
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
