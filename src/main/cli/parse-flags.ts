import type { z } from 'zod';
import { InvalidInputError } from '../../shared/base/errors';

/**
 * Parses the values of a command's flags from the strings that commander provides.
 * @throws InvalidInputError, a usage error, that names each invalid flag with its value
 */
export function parseFlags<T>(schema: z.ZodType<T>, flags: unknown): T {
  const result = schema.safeParse(flags);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `--${kebab(String(path[0] ?? ''))}: ${message}`,
  );
  throw new InvalidInputError(problems.join('; '), { fields: { usage: true } });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
