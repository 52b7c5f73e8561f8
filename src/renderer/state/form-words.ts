import {
  OPTIONS,
  SOURCE_OPTIONS,
  sourceOptionsSchema,
  type ConvertOptionName,
  type SourceOptions,
} from '../../shared/api/job-spec';
import type { OtherOption } from '../../shared/api/mentions';
import { choiceWords } from '../../shared/api/option';
import type { SerializedError, StudioError } from '../../shared/base/errors';
import { mentionsIn, wordedBy, type ActionMention, type Mention, type Words } from '../../shared/base/words';

/**
 * Returns a sentence of the engine in the words of the form: with the labels of fields and the buttons of actions.
 */
export function inFormWords(words: Words): string {
  return wordedBy(words, nameInForm);
}

/** What the app has in place of the flags of `publish` and `export`. */
const OTHERS: Readonly<Record<OtherOption, (value: string | undefined) => string>> = {
  ids: (value) => (value === 'compact' ? '“Segment ids: Numbered from 1”' : '“Segment ids: As they are”'),
  url: () => '“Web address”',
  endpoint: () => '“Address of the service”',
  identity: () => '“Key file”',
  profile: () => '“Profile”',
  pathStyle: () => '“Name of the bucket in addresses: In front of the host”',
  createBucket: () => '“Make the bucket”',
  delete: () => 'the box that allows it',
  targetCompression: () => '“How files are stored”',
  overwrite: () => 'the box that allows it',
};

function isOther(option: string): option is OtherOption {
  return Object.hasOwn(OTHERS, option);
}

function nameInForm(mention: Mention): string {
  if ('action' in mention)
    return mention.action === 'resume' ? 'resuming it' : 'replacing the existing files';
  const { option, flag, value, as } = mention;
  if (!isOption(option)) return isOther(option) ? OTHERS[option](value) : flag;
  const definition = OPTIONS[option];
  if (as === 'subject') return definition.label;
  if (value === undefined) return `“${definition.label}”`;
  const words = choiceWords(definition, value);
  return as === 'value' ? `“${words}”` : `“${definition.label}: ${words}”`;
}

/** Remedies in the words of the form, by error code, for errors whose own remedies apply only to the command line. */
const REMEDIES: Readonly<Record<string, string>> = {
  'wrong-value': 'Correct the field that is marked.',
  'wrong-region': 'Give its region in the settings of the target.',
  'volumes-below': 'Open one of them.',
  'not-allowed':
    'Choose the folder that the program may use. It remembers your answer, which you can change under Settings.',
};

/** Returns the message and the remedy of an error in the words of the form. */
export function errorInFormWords(error: StudioError | SerializedError): {
  readonly message: string;
  readonly remedy: string | undefined;
} {
  const { message, remedy }: { readonly message: Words; readonly remedy?: Words | undefined } =
    error.words ?? error;
  const own = REMEDIES[String(error.fields?.['code'] ?? '')];
  return { message: inFormWords(message), remedy: own ?? (remedy && inFormWords(remedy)) };
}

/** Returns the options that an error is about and that have a field. */
export function optionsOf({ options }: Readonly<Record<string, unknown>>): ConvertOptionName[] {
  return Array.isArray(options) ? options.filter(isOption) : [];
}

/** A value of an option that avoids an error. */
export interface Mend {
  readonly option: ConvertOptionName;
  readonly value: string;
  /** The label of a button: `Missing slices: Close up`. */
  readonly label: string;
}

/** Returns the settings that the remedy of an error names, for options that have a field. */
export function mendsOf({ words }: Pick<StudioError | SerializedError, 'words'>): Mend[] {
  return mentionsIn(words?.remedy ?? '').flatMap((mention) => {
    if (!('option' in mention) || mention.value === undefined || !isOption(mention.option)) return [];
    const { option, value } = mention;
    const definition = OPTIONS[option];
    return [{ option, value, label: `${definition.label}: ${choiceWords(definition, value)}` }];
  });
}

/** Returns the ways of reading an input that the remedy of an error names, with the labels of their buttons. */
export function readingsThatMend(
  error: StudioError | SerializedError | undefined,
  reading: SourceOptions,
): { readonly label: string; readonly reading: SourceOptions }[] {
  return (error === undefined ? [] : mendsOf(error)).flatMap(({ option, value, label }) => {
    const { data } = sourceOptionsSchema.safeParse({ ...reading, [option]: value });
    return data !== undefined && option in SOURCE_OPTIONS ? [{ label, reading: data }] : [];
  });
}

/** Returns the paths of the volumes that were found below a folder that is not a volume itself. */
export function volumesIn(error: StudioError | undefined): readonly string[] {
  const volumes = error?.fields['volumes'];
  return Array.isArray(volumes) ? volumes : [];
}

/** Returns what the remedy of an error says to do about a job whose output exists. */
export function actionsOf({
  words,
}: Pick<StudioError | SerializedError, 'words'>): ActionMention['action'][] {
  const mentions = mentionsIn(words?.remedy ?? '');
  return [...new Set(mentions.flatMap((mention) => ('action' in mention ? [mention.action] : [])))];
}

function isOption(name: unknown): name is ConvertOptionName {
  return typeof name === 'string' && Object.hasOwn(OPTIONS, name);
}
