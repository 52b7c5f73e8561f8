import type { z } from 'zod';
import { booleanValue, choiceValue } from './option-values';

/** All groups but `run` decide the output's bytes; `run` never does. */
export type OptionGroup = 'volume' | 'format' | 'pyramid' | 'mesh' | 'run';
type OptionControl =
  'lengths' | 'length' | 'integers' | 'integer' | 'choice' | 'toggle' | 'bytes' | 'factors' | 'text' | 'path';

export interface OptionDefinition<T = unknown> {
  readonly schema: z.ZodType<T>;
  /** Command-line flag in commander's notation; a toggle has no value. */
  readonly flag: string;
  readonly group: OptionGroup;
  readonly control: OptionControl;
  readonly label: string;
  readonly help: string;
  readonly choices?: readonly string[];
  /** The choices as a form shows them, where their own names say too little. */
  readonly choiceLabels?: Readonly<Record<string, string>>;
  /** What a bare number in the value counts. */
  readonly unit?: string;
  /** What an empty field means, in a word or two; "automatic" unless given. */
  readonly empty?: string;
  /** Folded away at first in the form. */
  readonly advanced?: boolean;
}

export function option<T>(definition: OptionDefinition<T>): OptionDefinition<T> {
  return definition;
}

export function choice<const T extends readonly [string, ...string[]]>(
  choices: T,
  rest: Omit<OptionDefinition<T[number]>, 'schema' | 'control' | 'choices' | 'choiceLabels'> & {
    readonly choiceLabels?: Readonly<Partial<Record<T[number], string>>>;
  },
): OptionDefinition<T[number]> {
  return { ...rest, schema: choiceValue(choices), control: 'choice', choices } as OptionDefinition<T[number]>;
}

export function toggle(
  rest: Omit<OptionDefinition<boolean>, 'schema' | 'control'>,
): OptionDefinition<boolean> {
  return { ...rest, schema: booleanValue, control: 'toggle' };
}
