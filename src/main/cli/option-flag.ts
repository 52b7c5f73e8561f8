import { Option } from 'commander';
import type { OptionDefinition } from '../../shared/api/option';

/** The job schema's option as a flag, with the schema's default. */
export function optionFlag(definition: OptionDefinition<never> | OptionDefinition, value: unknown): Option {
  const choices = definition.choices === undefined ? '' : ` One of ${definition.choices.join(', ')}.`;
  const fallback = value === undefined || value === false ? '' : ` (default: ${String(value)})`;
  return new Option(definition.flag, `${definition.help}${choices}${fallback}`);
}
