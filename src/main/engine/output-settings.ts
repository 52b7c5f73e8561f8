import { resolve } from 'node:path';
import { isAddress } from '../../shared/api/input-address';
import { OPTION_NAMES, OPTIONS, type ConvertSpec } from '../../shared/api/job-spec';

/** The options that decide the output's bytes, and the input. */
export function outputSettings(spec: ConvertSpec): Readonly<Record<string, unknown>> {
  const names = OPTION_NAMES.filter((name) => OPTIONS[name].group !== 'run' && spec[name] !== undefined);
  const input = isAddress(spec.input) ? spec.input : resolve(spec.input);
  return { input, ...Object.fromEntries(names.map((name) => [name, spec[name]])) };
}
