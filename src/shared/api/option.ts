import type { z } from 'zod';
import { booleanValue, choiceValue, isListOfIds, pathValue } from './option-values';

/** All groups but `run` decide the output's bytes; `run` never does. */
export type OptionGroup = 'volume' | 'format' | 'pyramid' | 'mesh' | 'run';

/** The groups in the order in which help and forms show them, with their titles. */
export const OPTION_GROUPS: Readonly<Record<OptionGroup, string>> = {
  volume: 'Input',
  format: 'Storage',
  pyramid: 'Coarser scales',
  mesh: 'Meshes and segments',
  run: 'Resources',
};

type OptionControl =
  'lengths' | 'length' | 'integers' | 'integer' | 'choice' | 'toggle' | 'bytes' | 'factors' | 'text' | 'path';

/** What another option must be: one of some values, none of some (left to its default is fine), or given at all. */
type OptionNeed = { readonly only: readonly string[] } | { readonly not: readonly string[] } | 'given';

export interface OptionDefinition<T = unknown> {
  readonly schema: z.ZodType<T>;
  /** Command-line flag in commander's notation; a toggle has no value. */
  readonly flag: string;
  readonly group: OptionGroup;
  readonly control: OptionControl;
  readonly label: string;
  /** One or two short sentences, without the default: flags and forms add it. */
  readonly help: string;
  /** Taken where the option is left out. */
  readonly default?: T;
  /** In words: what is taken where the option is left out and has no `default`. "automatic" unless given. */
  readonly otherwise?: string;
  /** Without these other options as they must be, this one has no meaning. */
  readonly needs?: Readonly<Record<string, OptionNeed>>;
  /** It has a meaning only for sources that name it among what they take (`SourceMetadata.takes`). */
  readonly ofSource?: boolean;
  /** It belongs to one input and not to a way of converting, so no preset keeps it. */
  readonly ofInput?: boolean;
  /** Its value is the path of a file, always or unless it lists ids: such a path must lie in an allowed folder. */
  readonly file?: 'always' | 'unless-ids';
  readonly choices?: readonly string[];
  /** The choices as a form shows them, where their own names say too little. */
  readonly choiceLabels?: Readonly<Record<string, string>>;
  /** What a bare number in the value counts. */
  readonly unit?: string;
  /** Folded away at first in the form. */
  readonly advanced?: boolean;
}

export type AnyOption = OptionDefinition<never> | OptionDefinition;
export type OptionTable = Readonly<Record<string, AnyOption>>;

type Optional<T> = OptionDefinition<T> & { readonly default?: undefined };
type WithDefault<T> = OptionDefinition<T> & { readonly default: T };

/** What a kind of option fixes by itself. */
type Fixed = 'schema' | 'control' | 'choices' | 'file' | 'default';
type Rest<T> = Omit<OptionDefinition<T>, Fixed>;

export function option<T>(definition: WithDefault<T>): WithDefault<T>;
export function option<T>(definition: Optional<T>): Optional<T>;
export function option<T>(definition: OptionDefinition<T>): OptionDefinition<T> {
  return definition;
}

type ChoiceRest<T extends string> = Omit<Rest<T>, 'choiceLabels'> & {
  readonly choiceLabels?: Readonly<Partial<Record<T, string>>>;
};

export function choice<const T extends readonly [string, ...string[]]>(
  choices: T,
  rest: ChoiceRest<T[number]> & { readonly default: T[number] },
): WithDefault<T[number]>;
export function choice<const T extends readonly [string, ...string[]]>(
  choices: T,
  rest: ChoiceRest<T[number]>,
): Optional<T[number]>;
export function choice<const T extends readonly [string, ...string[]]>(
  choices: T,
  rest: ChoiceRest<T[number]>,
): OptionDefinition<T[number]> {
  return { ...rest, schema: choiceValue(choices), control: 'choice', choices } as OptionDefinition<T[number]>;
}

export function toggle(rest: Rest<boolean>): WithDefault<boolean> {
  return { ...rest, schema: booleanValue, control: 'toggle', default: false };
}

/** The path of a file. */
export function file(rest: Rest<string>): Optional<string> {
  return { ...rest, schema: pathValue, control: 'path', file: 'always' };
}

/** Ids separated by commas, or the path of a file of ids. */
export function idsOrFile(rest: Rest<string>): Optional<string> {
  return { ...rest, schema: pathValue, control: 'text', file: 'unless-ids' };
}

type Fields<O extends OptionTable> = {
  -readonly [K in keyof O]: O[K] extends WithDefault<infer T>
    ? z.ZodDefault<z.ZodType<T>>
    : O[K] extends OptionDefinition<infer T>
      ? z.ZodOptional<z.ZodType<T>>
      : never;
};

/** The options as fields of a job: left out, a field takes its default, where the option has one. */
export function fieldsOf<const O extends OptionTable>(options: O): Fields<O> {
  return Object.fromEntries(
    Object.entries<AnyOption>(options).map(([name, { schema, default: fallback }]) => [
      name,
      fallback === undefined ? schema.optional() : (schema as z.ZodType).default(fallback),
    ]),
  ) as Fields<O>;
}

/** The options of `spec` whose values are paths of files, with the paths. */
export function filesIn(
  options: OptionTable,
  spec: Readonly<Record<string, unknown>>,
): (readonly [name: string, path: string])[] {
  return Object.entries(options).flatMap(([name, { file: holds }]) => {
    const value = spec[name];
    if (holds === undefined || typeof value !== 'string') return [];
    return holds === 'unless-ids' && isListOfIds(value) ? [] : [[name, value] as const];
  });
}

/** The flag without its value: `--chunk-size`. */
export function flagName({ flag }: Pick<OptionDefinition, 'flag'>): string {
  return flag.split(' ')[0] ?? flag;
}

/** The value of an option, in its JSON form, as people type it; '' for one that isn't given. */
export function optionText(value: unknown): string {
  if (value === undefined) return '';
  if (!Array.isArray(value)) return String(value);
  return Array.isArray(value[0]) ? value.map((part) => String(part)).join(';') : value.join(',');
}

/** A choice as people see it in a form. */
export function choiceWords({ choiceLabels }: Pick<OptionDefinition, 'choiceLabels'>, value: string): string {
  return choiceLabels?.[value] ?? value;
}

/** Whether an option has a meaning beside the `values` of the others, as text; one that needs a meaningless one has none. */
export function isMeaningful(
  { needs = {} }: AnyOption,
  options: OptionTable,
  values: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(needs).every(([name, need]) => {
    const other = options[name];
    if (other === undefined) return false;
    const value = isMeaningful(other, options, values) ? (values[name] ?? '') : '';
    if (need === 'given') return value !== '';
    return 'only' in need ? need.only.includes(value) : !need.not.includes(value);
  });
}
