import { Option, type Command } from 'commander';
import { OPTION_GROUPS, optionText, type AnyOption, type OptionTable } from '../../shared/api/option';

/** Adds the options as flags under the headings of their groups, with their choices and defaults. */
export function addOptionFlags(command: Command, options: OptionTable): void {
  for (const definition of Object.values(options)) command.addOption(optionFlag(definition));
}

/** Values and defaults belong to the schema. Commander only needs them for help, man page and completion. */
function optionFlag(definition: AnyOption): Option {
  const { flag, help, group, choices } = definition;
  const option = new Option(flag, help).helpGroup(`${OPTION_GROUPS[group]}:`);
  option.default(undefined, fallbackWords(definition));
  if (choices !== undefined) option.argChoices = [...choices];
  return option;
}

function fallbackWords({ default: value, otherwise, control }: AnyOption): string | undefined {
  if (value === undefined) return otherwise;
  return control === 'toggle' ? undefined : optionText(value);
}
