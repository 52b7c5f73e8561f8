import { Option, type Command } from 'commander';
import { OPTION_GROUPS, optionText, type AnyOption, type OptionTable } from '../../shared/api/option';

/** Adds the options as flags, under the headings of their groups, each with what is taken where it is left out. */
export function addOptionFlags(command: Command, options: OptionTable): void {
  for (const definition of Object.values(options)) command.addOption(optionFlag(definition));
}

function optionFlag(definition: AnyOption): Option {
  const { flag, help, group, choices } = definition;
  const listed = choices === undefined ? '' : ` One of ${choices.join(', ')}.`;
  const fallback = fallbackWords(definition);
  const added = fallback === undefined ? '' : ` (default: ${fallback})`;
  return new Option(flag, `${help}${listed}${added}`).helpGroup(`${OPTION_GROUPS[group]}:`);
}

function fallbackWords({ default: value, otherwise, control }: AnyOption): string | undefined {
  if (value === undefined) return otherwise;
  return control === 'toggle' ? undefined : optionText(value);
}
