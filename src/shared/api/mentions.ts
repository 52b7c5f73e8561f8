/** Options and actions in the form in which sentences mention them ({@link say}). */
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

/** An option with the value that it should have: `--type image`. In a remedy, this is what solves the problem. */
export function set(option: ConvertOptionName, value: string): OptionMention {
  return { ...named(option), value };
}

/** Another value of an option that was just mentioned: `png` in "--encoding jpeg or png". */
export function value(option: ConvertOptionName, itsValue: string): OptionMention {
  return { ...set(option, itsValue), as: 'value' };
}

/** Flags of `publish` and `export` that sentences mention. The app has a field for each. */
const OTHER_FLAGS = {
  ids: '--ids',
  url: '--url',
  endpoint: '--endpoint',
  identity: '--identity',
  profile: '--profile',
  pathStyle: '--no-path-style',
  createBucket: '--create-bucket',
  delete: '--delete',
  targetCompression: '--compression',
  overwrite: '--overwrite',
} as const;

export type OtherOption = keyof typeof OTHER_FLAGS;

/** An option of `publish` or `export`: `--ids compact`. */
export function other(option: OtherOption, itsValue?: string): OptionMention {
  return { option, flag: OTHER_FLAGS[option], ...(itsValue === undefined ? {} : { value: itsValue }) };
}

export const RESUME: ActionMention = { action: 'resume' };
export const OVERWRITE: ActionMention = { action: 'overwrite' };

/** This follows the rule for all flags, because workers don't load the schemas that contain them. */
function flagOf(option: ConvertOptionName): string {
  return `--${option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}
