import { dirname, extname } from 'node:path';
import type { Command } from 'commander';
import { InvalidInputError } from '../../shared/base/errors';
import { hidePassword } from '../../shared/base/hide-password';
import { counted } from '../../shared/base/format-quantity';

/** The values of an option that takes a list, as its flag shows them: `<x,y,z>` or `<ids|file>`. */
const LIST = /<(ids|[^>]*,)/;

/**
 * Refuses more arguments than a command takes, which a shell easily makes of what was one in the user's mind.
 *
 * @param argv the words of the whole call
 * @throws InvalidInputError, a usage error, that shows the surplus words and how they were probably meant
 */
export async function requireExpectedArguments(command: Command, argv: readonly string[]): Promise<void> {
  const { registeredArguments: taken } = command;
  if (command.args.length <= taken.length || taken.at(-1)?.variadic === true) return;
  const args = command.args.map(hidePassword);
  const names = taken.map((argument) => argument.name().toUpperCase());
  const takes = names.length === 0 ? 'no arguments' : names.join(' and ');
  const surplus = args.slice(taken.length);
  // The start of every command shouldn't wait for the options' schemas.
  const { isNumberOrLength } = await import('../../shared/api/option-values');
  const list = splitList(command, argv, (word = '') => isNumberOrLength(word));
  throw new InvalidInputError(
    `${command.name()} takes ${takes}, and ${counted(args.length, 'word')} ${args.length === 1 ? 'was' : 'were'} given: ${args.map((word) => `'${word}'`).join(', ')}.`,
    {
      remedy: howMeant(args, surplus, taken.length, list),
      fields: { code: 'surplus-arguments', usage: true, surplus },
    },
  );
}

function howMeant(
  args: readonly string[],
  surplus: readonly string[],
  taken: number,
  list: string | undefined,
): string {
  if (list !== undefined) return `Write numbers of one option with commas and without spaces: ${list}.`;
  const [first = '', second = ''] = args;
  if (taken === 0) return `Leave out ${surplus.map((word) => `'${word}'`).join(', ')}.`;
  if (extname(first) !== '' && extname(first) === extname(second) && dirname(first) === dirname(second)) {
    return `If a pattern such as *${extname(first)} was meant, give the folder that holds the files instead: ${dirname(first)}.`;
  }
  return `Put quotes around a path that contains spaces, such as "${args.slice(0, surplus.length + 1).join(' ')}".`;
}

/** Returns an option whose value was written with spaces, as it should be: `--resolution 8,8,20`. */
function splitList(
  { options }: Command,
  argv: readonly string[],
  isNumber: (word?: string) => boolean,
): string | undefined {
  const lists = options.filter(({ flags }) => LIST.test(flags)).map(({ long }) => long);
  const flag = argv.findIndex(
    (word, i) => lists.includes(word) && isNumber(argv[i + 1]) && isNumber(argv[i + 2]),
  );
  if (flag === -1) return undefined;
  const after = argv.slice(flag + 1);
  const end = after.findIndex((word) => !isNumber(word));
  return `${argv[flag] ?? ''} ${after.slice(0, end === -1 ? undefined : end).join(',')}`;
}
