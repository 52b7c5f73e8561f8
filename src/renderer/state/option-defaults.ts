import { OPTION_NAMES, OPTIONS, type ConvertOptionName } from '../../shared/api/job-spec';
import { optionText, type AnyOption } from '../../shared/api/option';

/** The default value of each option, as text for a form; '' if it depends on the input. */
export const OPTION_DEFAULTS = Object.fromEntries(
  OPTION_NAMES.map((name) => [name, optionText(OPTIONS[name].default)]),
) as Readonly<Record<ConvertOptionName, string>>;

/** Returns the meaning of an empty field. */
export function emptyWords({ otherwise = 'automatic' }: Pick<AnyOption, 'otherwise'>): string {
  return otherwise.charAt(0).toUpperCase() + otherwise.slice(1);
}
