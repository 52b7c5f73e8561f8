import { CONVERT_OPTIONS, type ConvertOptionName } from '../../shared/api/job-spec';
import { choiceWords, type AnyOption } from '../../shared/api/option';

const DEFINITIONS: Readonly<Record<string, AnyOption>> = CONVERT_OPTIONS;

const BY_FLAG = new Map(
  Object.values(DEFINITIONS).map((definition) => [definition.flag.split(' ')[0] ?? '', definition]),
);

/** Switches of the command line that are buttons here. */
const ACTIONS: readonly (readonly [RegExp, string])[] = [
  [/Correct the option; `[^`]*` lists them all\./g, 'Correct the field that is marked.'],
  [/\bor --overwrite to replace\b/g, 'or replace'],
  [/\b(?:by|with) --overwrite\b/g, 'by replacing what is there'],
  [/\b(?:by|with) --resume\b/g, 'by resuming it'],
  [/--overwrite\b/g, 'replace what is there'],
  [/--resume\b/g, 'resume the job'],
];

/**
 * A sentence of the engine, which names options as the command line does, in the words of the form: the field's
 * label for a flag, the value alone in an example.
 */
export function inFormWords(sentence: string): string {
  let text = sentence;
  for (const [pattern, words] of ACTIONS) text = text.replace(pattern, words);
  const flag = '(--[a-z][a-z-]*)';
  return text
    .replace(new RegExp(`such as ${flag} `, 'g'), 'such as ')
    .replace(new RegExp(`${flag}: `, 'g'), (whole, name: string) => {
      const label = BY_FLAG.get(name)?.label;
      return label === undefined ? whole : `${label}: `;
    })
    .replace(new RegExp(`${flag}(?: ([\\w.-]+))?`, 'g'), (whole, name: string, value: string | undefined) => {
      const definition = BY_FLAG.get(name);
      if (definition === undefined) return whole;
      const after = value === undefined ? '' : ` ${value}`;
      const isChoice = value !== undefined && definition.choices?.includes(value) === true;
      return isChoice
        ? `“${definition.label}: ${choiceWords(definition, value)}”`
        : `“${definition.label}”${after}`;
    });
}

/** The options that an error is about, of those that have a field. */
export function optionsOf(fields: Readonly<Record<string, unknown>>): ConvertOptionName[] {
  const { options } = fields;
  if (!Array.isArray(options)) return [];
  return options.filter((name): name is ConvertOptionName => typeof name === 'string' && name in DEFINITIONS);
}
