/** Options and actions as sentences mention them ({@link say}). */
import type { ActionMention, OptionMention } from '../base/words';
import type { ConvertOptionName } from './job-spec';

/** The option that a sentence is about, at its beginning: `--roi`. */
export function about(option: ConvertOptionName): OptionMention {
  return { ...named(option), as: 'subject' };
}

/** An option: `--roi`. */
export function named(option: ConvertOptionName): OptionMention {
  return { option, flag: flagOf(option) };
}

/** An option with the value that it is to have: `--type image`. In a remedy, this is what mends a refusal. */
export function set(option: ConvertOptionName, value: string): OptionMention {
  return { ...named(option), value };
}

/** Another value of an option that was mentioned just before: `png` of "--encoding jpeg or png". */
export function value(option: ConvertOptionName, itsValue: string): OptionMention {
  return { ...set(option, itsValue), as: 'value' };
}

export const RESUME: ActionMention = { action: 'resume' };
export const OVERWRITE: ActionMention = { action: 'overwrite' };

/** By the rule that all flags follow, as workers load no schemas to look it up in. */
function flagOf(option: ConvertOptionName): string {
  return `--${option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}
