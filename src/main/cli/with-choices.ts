import { Option, type Argument } from 'commander';
import { InvalidInputError } from '../../shared/base/errors';
import { hidePassword } from '../../shared/base/hide-password';

/**
 * Gives an option or an argument its choices, which help, man page and completion list. Other values are refused with
 * an InvalidInputError, a usage error.
 */
export function withChoices<T extends Option | Argument>(taken: T, choices: readonly string[]): T {
  const name = taken instanceof Option ? taken.long : taken.name();
  taken.argChoices = [...choices];
  taken.argParser((value: string) => {
    if (choices.includes(value)) return value;
    throw new InvalidInputError(`${name}: '${hidePassword(value)}' is not one of ${choices.join(', ')}.`, {
      fields: { usage: true },
    });
  });
  return taken;
}
