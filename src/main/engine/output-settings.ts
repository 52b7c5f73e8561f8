import { resolve } from 'node:path';
import { isAddress } from '../../shared/api/input-address';
import { OPTION_NAMES, OPTIONS, type ConvertSpec } from '../../shared/api/job-spec';
import type { JsonFields } from './product';

/** The options that decide the output's bytes, and the input. */
export function outputSettings(spec: ConvertSpec): Readonly<Record<string, unknown>> {
  const names = OPTION_NAMES.filter((name) => OPTIONS[name].group !== 'run' && spec[name] !== undefined);
  const input = isAddress(spec.input) ? spec.input : resolve(spec.input);
  return { input, ...Object.fromEntries(names.map((name) => [name, spec[name]])) };
}

/**
 * The settings on record with those that they lack, in a fixed order: what was made before an option existed was made as its
 * default says. The place of the input isn't among them, as it may be moved.
 */
export function comparableSettings(settings: JsonFields): JsonFields {
  const names = OPTION_NAMES.filter((name) => OPTIONS[name].group !== 'run');
  const known = names.map((name) => [name, settings[name] ?? OPTIONS[name].default]);
  const unknown = Object.entries(settings).filter(
    ([name]) => !Object.hasOwn(OPTIONS, name) && name !== 'input',
  );
  return Object.fromEntries([...known, ...unknown]) as JsonFields;
}
