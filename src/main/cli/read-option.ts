import { CONVERT_OPTIONS, type ConvertOptionName } from '../../shared/api/job-spec';
import { InvalidInputError } from '../../shared/base/errors';
import type { z } from 'zod';

type OptionValue<N extends ConvertOptionName> = z.output<(typeof CONVERT_OPTIONS)[N]['schema']>;

/** One option's value from the command line. @throws InvalidInputError naming the flag and the value */
export function readOption<N extends ConvertOptionName>(name: N, text: string): OptionValue<N> {
  const { schema, flag } = CONVERT_OPTIONS[name];
  const result = schema.safeParse(text);
  if (result.success) return result.data as OptionValue<N>;
  throw new InvalidInputError(
    `${flag.split(' ')[0] ?? name}: ${result.error.issues[0]?.message ?? 'not valid'}.`,
    {
      fields: { usage: true },
    },
  );
}
