/** A block of code of a page of the guide. */
export interface CodeBlock {
  readonly language: string;
  /** A block that needs another machine, or a download: it is not run. */
  readonly isElsewhere: boolean;
  readonly code: string;
}

export function blocksOf(page: string): CodeBlock[] {
  return [...page.matchAll(/^ *```(\w+)( elsewhere)?\n([^]*?)^ *```$/gm)].map(
    ([, language = '', elsewhere, code = '']) => ({ language, isElsewhere: elsewhere !== undefined, code }),
  );
}

/** The lines of a block that call this program, as words. */
export function callsIn(code: string): string[][] {
  return code
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([program]) => program === 'precomputed-studio');
}
