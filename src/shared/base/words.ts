/**
 * Sentences that contain options and actions as data, so that each interface (command line, form) can name them as
 * its users know them: by their flags, or by the labels of their fields.
 */

/** An option that a sentence mentions. */
export interface OptionMention {
  readonly option: string;
  /** Its name on the command line. */
  readonly flag: string;
  /** The value that the option should have. */
  readonly value?: string;
  /** How it is mentioned, if not by its name and value: as the subject of the sentence, or by its value alone. */
  readonly as?: 'subject' | 'value';
}

/** Something that the user can do about a job whose output exists. */
export interface ActionMention {
  readonly action: 'resume' | 'overwrite';
}

export type Mention = OptionMention | ActionMention;

/** A sentence: text, or a list of parts if it mentions something. */
export type Words = string | readonly (string | Mention)[];

/** Builds a sentence from a template literal that contains text, values, mentions and other sentences. */
export function say(
  texts: TemplateStringsArray,
  ...values: readonly (Words | Mention | number | bigint)[]
): Words {
  const parts: (string | Mention)[] = [];
  const add = (part: string | Mention) => {
    const last = parts.at(-1);
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
    else parts.push(part);
  };
  for (const [i, text] of texts.entries()) {
    add(text);
    const value = values[i];
    if (value === undefined) continue;
    if (typeof value === 'number' || typeof value === 'bigint') add(String(value));
    else if (isParts(value)) value.forEach(add);
    else add(value);
  }
  const shown = parts.filter((part) => part !== '');
  return shown.every((part) => typeof part === 'string') ? shown.join('') : shown;
}

/** Returns the sentence's text, with each mention worded by `name`. */
export function wordedBy(words: Words, name: (mention: Mention) => string): string {
  return isParts(words)
    ? words.map((part) => (typeof part === 'string' ? part : name(part))).join('')
    : words;
}

/** Returns the sentence's text as the command line words it. */
export function onCommandLine(words: Words): string {
  return wordedBy(words, (mention) => {
    if ('action' in mention) return `using --${mention.action}`;
    const { flag, value } = mention;
    if (value === undefined) return flag;
    return mention.as === 'value' ? value : `${flag} ${quoted(value)}`;
  });
}

/** Quotes a value where a shell would otherwise split or expand it: names of arrays can contain spaces. */
function quoted(value: string): string {
  if (/^[\p{L}\p{N}_@%+=:,./-]+$/u.test(value)) return value;
  return /["$`\\!]/.test(value) ? `'${value.replaceAll("'", "'\\''")}'` : `"${value}"`;
}

/** Returns what the sentence mentions. */
export function mentionsIn(words: Words): readonly Mention[] {
  return isParts(words) ? words.filter((part) => typeof part !== 'string') : [];
}

function isParts(value: Words | Mention): value is readonly (string | Mention)[] {
  return Array.isArray(value);
}
