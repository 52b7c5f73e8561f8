/** A code block on a page of the guide. */
export interface CodeBlock {
  readonly language: string;
  /** Whether the block needs another machine or a download. Such a block is not run. */
  readonly isElsewhere: boolean;
  readonly code: string;
}

export function blocksOf(page: string): CodeBlock[] {
  return [...page.matchAll(/^ *```(\w+)( elsewhere)?\n([^]*?)^ *```$/gm)].map(
    ([, language = '', elsewhere, code = '']) => ({ language, isElsewhere: elsewhere !== undefined, code }),
  );
}

/** Returns the lines of a block that call this program, split into words. */
export function callsIn(code: string): string[][] {
  return code
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([program]) => program === 'precomputed-studio');
}
