import type { z } from 'zod';
import { booleanValue, choiceValue, isListOfIds, pathValue } from './option-values';

/** Options of all groups except `run` affect the output's bytes; those of `run` never do. */
export type OptionGroup = 'volume' | 'format' | 'pyramid' | 'mesh' | 'run';

/** The groups, with their titles, in the order in which help and forms show them. */
export const OPTION_GROUPS: Readonly<Record<OptionGroup, string>> = {
  volume: 'Input',
  format: 'Storage',
  pyramid: 'Coarser scales',
  mesh: 'Meshes and segments',
  run: 'Resources',
};

type OptionControl =
  | 'lengths'
  | 'length'
  | 'integers'
  | 'integer'
  | 'choice'
  | 'toggle'
  | 'bytes'
  | 'factors'
  | 'text'
  | 'path';

/**
 * A condition on another option: it has one of some values, it has none of some values (its default is fine), or it
 * is given.
 */
type OptionNeed = { readonly only: readonly string[] } | { readonly not: readonly string[] } | 'given';

export interface OptionDefinition<T = unknown> {
  readonly schema: z.ZodType<T>;
  /** Command-line flag in commander's notation. A toggle has no value. */
  readonly flag: string;
  readonly group: OptionGroup;
  readonly control: OptionControl;
  readonly label: string;
  /** One or two short sentences, without the default, which flags and forms add. */
  readonly help: string;
  /** The value of an option that is left out. */
  readonly default?: T;
  /**
   * Describes the value of an option that is left out and has no `default`. This text is "automatic" if it isn't
   * given.
   */
  readonly otherwise?: string;
  /** Conditions on other options. Unless they hold, this option has no effect. */
  readonly needs?: Readonly<Record<string, OptionNeed>>;
  /** True if the option has an effect only for sources that list it in `SourceMetadata.takes`. */
  readonly ofSource?: boolean;
  /** True if the option belongs to one input and not to a way of converting, so that presets don't keep it. */
  readonly ofInput?: boolean;
  /**
   * Set if the value is the path of a file, always or unless it lists ids. Such a path has to be in an allowed
   * folder.
   */
  readonly file?: 'always' | 'unless-ids';
  readonly choices?: readonly string[];
  /** The choices as a form shows them, if their own names aren't clear enough. */
  readonly choiceLabels?: Readonly<Record<string, string>>;
  /** Why other values that users may expect can't be chosen, and what to choose instead. */
  readonly notOffered?: Readonly<Record<string, string>>;
  /** The unit of a number without a unit. */
  readonly unit?: string;
  /** True if the form hides the option at first. */
  readonly advanced?: boolean;
}

export type AnyOption = OptionDefinition<never> | OptionDefinition;
export type OptionTable = Readonly<Record<string, AnyOption>>;

type Optional<T> = OptionDefinition<T> & { readonly default?: undefined };
type WithDefault<T> = OptionDefinition<T> & { readonly default: T };

/** The fields that the kind of an option determines. */
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
  const schema = choiceValue(choices, rest.notOffered);
  return { ...rest, schema, control: 'choice', choices } as OptionDefinition<T[number]>;
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

/**
 * Returns schemas for the options as fields of a job. A field that is left out has its option's default, if there is
 * one.
 */
export function fieldsOf<const O extends OptionTable>(options: O): Fields<O> {
  return Object.fromEntries(
    Object.entries<AnyOption>(options).map(([name, { schema, default: fallback }]) => [
      name,
      fallback === undefined ? schema.optional() : (schema as z.ZodType).default(fallback),
    ]),
  ) as Fields<O>;
}

/** Returns the names and values of the options in `spec` whose values are paths of files. */
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

/** Returns the flag without its value: `--chunk-size`. */
export function flagName({ flag }: Pick<OptionDefinition, 'flag'>): string {
  return flag.split(' ')[0] ?? flag;
}

/** Formats the JSON form of an option's value in the way people type it. The text is '' if there is no value. */
export function optionText(value: unknown): string {
  if (value === undefined) return '';
  if (!Array.isArray(value)) return String(value);
  return Array.isArray(value[0]) ? value.map((part) => String(part)).join(';') : value.join(',');
}

/** Returns the name of a choice that a form shows. */
export function choiceWords({ choiceLabels }: Pick<OptionDefinition, 'choiceLabels'>, value: string): string {
  return choiceLabels?.[value] ?? value;
}

/**
 * Reports whether an option has an effect, given the `values` of the other options as text. An option that depends on
 * one without effect has none either.
 */
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
