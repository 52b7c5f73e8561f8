/**
 * Sentences that name options and actions as data, so that each face (command line, form) can name them as its people
 * know them: by their flags, or by the labels of their fields.
 */

/** An option in a sentence. */
export interface OptionMention {
  readonly option: string;
  /** As the command line names it. */
  readonly flag: string;
  /** The value that it is to have. */
  readonly value?: string;
  /** How it is mentioned, where not by its name and value: as what the sentence is about, or by its value alone. */
  readonly as?: 'subject' | 'value';
}

/** Something that can be done about a job whose output is there. */
export interface ActionMention {
  readonly action: 'resume' | 'overwrite';
}

export type Mention = OptionMention | ActionMention;

/** A sentence: text, or its parts where it mentions something. */
export type Words = string | readonly (string | Mention)[];

/** A sentence as a template literal, of text, values, mentions and other sentences. */
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

/** The sentence with each mention worded by `name`. */
export function wordedBy(words: Words, name: (mention: Mention) => string): string {
  return isParts(words)
    ? words.map((part) => (typeof part === 'string' ? part : name(part))).join('')
    : words;
}

/** The sentence as the command line words it. */
export function onCommandLine(words: Words): string {
  return wordedBy(words, (mention) => {
    if ('action' in mention) return `--${mention.action}`;
    const { flag, value } = mention;
    if (value === undefined) return flag;
    return mention.as === 'value' ? value : `${flag} ${quoted(value)}`;
  });
}

/** A value as shells take it for one: names of arrays may have spaces. */
function quoted(value: string): string {
  if (/^[\p{L}\p{N}_@%+=:,./-]+$/u.test(value)) return value;
  return /["$`\\!]/.test(value) ? `'${value.replaceAll("'", "'\\''")}'` : `"${value}"`;
}

/** What is mentioned in a sentence. */
export function mentionsIn(words: Words): readonly Mention[] {
  return isParts(words) ? words.filter((part) => typeof part !== 'string') : [];
}

function isParts(value: Words | Mention): value is readonly (string | Mention)[] {
  return Array.isArray(value);
}
