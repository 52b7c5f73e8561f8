import type { Command } from 'commander';

/** More names than these do not help. */
const MOST_NAMES = 3;

/**
 * Adds to commander's error about an unknown option or command which one was probably meant. Commander itself only finds
 * names in which a few letters are wrong.
 */
export function withSimilarNames(error: string, { options, commands }: Command): string {
  const [message, kind, unknown = '', suggestion] =
    /^error: unknown (option|command) '([^'=]+).*'\n(\(.*\))?/.exec(error) ?? [];
  if (message === undefined) return error;
  const known =
    kind === 'option'
      ? options.flatMap(({ hidden, long }) => (hidden || long === undefined ? [] : [long]))
      : commands.map((command) => command.name());
  const words = wordsOf(unknown);
  const shortened = known.filter((name) => words.every((word) => beginsWordOf(name, word)));
  const extended = known.filter((name) => wordsOf(name).every((word) => words.includes(word)));
  const names = [shortened, suggestion === undefined ? extended : []].find(
    ({ length }) => length > 0 && length <= MOST_NAMES,
  );
  if (names === undefined) return error;
  return `error: unknown ${kind} '${unknown}'\n(Did you mean ${names.length > 1 ? 'one of ' : ''}${names.sort().join(', ')}?)\n`;
}

function beginsWordOf(name: string, word: string): boolean {
  return wordsOf(name).some((whole) => whole.startsWith(word));
}

/** Returns the words of `--chunk-size` in the singular. In a name that was meant they may be in another order. */
function wordsOf(name: string): string[] {
  return name.split('-').flatMap((word) => (word === '' ? [] : [word.replace(/s$/, '')]));
}
