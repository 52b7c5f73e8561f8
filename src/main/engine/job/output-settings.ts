import { resolve } from 'node:path';
import { isAddress } from '../../../shared/api/input-address';
import { OPTION_NAMES, OPTIONS, type ConvertSpec } from '../../../shared/api/job-spec';
import type { JsonFields } from '../product';

/** Returns the options that affect the output's bytes, and the input. */
export function outputSettings(spec: ConvertSpec): Readonly<Record<string, unknown>> {
  const names = OPTION_NAMES.filter((name) => OPTIONS[name].group !== 'run' && spec[name] !== undefined);
  const input = isAddress(spec.input) ? spec.input : resolve(spec.input);
  return { input, ...Object.fromEntries(names.map((name) => [name, spec[name]])) };
}

/**
 * Returns recorded settings in a fixed order. Missing options get their default values: data that was made before an
 * option existed was made as its default says. The path of the input is left out, since the input may be moved.
 */
export function comparableSettings(settings: JsonFields): JsonFields {
  const names = OPTION_NAMES.filter((name) => OPTIONS[name].group !== 'run');
  const known = names.map((name) => [name, settings[name] ?? OPTIONS[name].default]);
  const unknown = Object.entries(settings).filter(
    ([name]) => !Object.hasOwn(OPTIONS, name) && name !== 'input',
  );
  return Object.fromEntries([...known, ...unknown]) as JsonFields;
}
