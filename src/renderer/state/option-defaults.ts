import { CONVERT_OPTIONS, convertSpecSchema, type ConvertOptionName } from '../../shared/api/job-spec';
import type { OptionDefinition } from '../../shared/api/option';

export const OPTION_NAMES = Object.keys(CONVERT_OPTIONS) as ConvertOptionName[];

/** What the schema takes where an option is left alone, as text for a form; '' where it depends on the input. */
export const OPTION_DEFAULTS: Readonly<Record<ConvertOptionName, string>> = defaults();

function defaults() {
  const parsed: Readonly<Record<string, unknown>> = convertSpecSchema.parse({
    kind: 'convert',
    input: '-',
    output: '-',
  });
  return Object.fromEntries(OPTION_NAMES.map((name) => [name, optionText(parsed[name])])) as Record<
    ConvertOptionName,
    string
  >;
}

/** The value of an option, in its JSON form, as a form shows it. */
export function optionText(value: unknown): string {
  if (value === undefined) return '';
  if (!Array.isArray(value)) return String(value);
  return Array.isArray(value[0]) ? value.map((part) => String(part)).join(';') : value.join(',');
}

export function optionDefinition(name: ConvertOptionName): OptionDefinition<never> | OptionDefinition {
  return CONVERT_OPTIONS[name];
}
