import { OPTION_NAMES, OPTIONS, type ConvertOptionName } from '../../shared/api/job-spec';
import { optionText, type AnyOption } from '../../shared/api/option';

/** What is taken where an option is left alone, as text for a form; '' where it depends on the input. */
export const OPTION_DEFAULTS = Object.fromEntries(
  OPTION_NAMES.map((name) => [name, optionText(OPTIONS[name].default)]),
) as Readonly<Record<ConvertOptionName, string>>;

/** What an empty field means. */
export function emptyWords({ otherwise = 'automatic' }: Pick<AnyOption, 'otherwise'>): string {
  return otherwise.charAt(0).toUpperCase() + otherwise.slice(1);
}
