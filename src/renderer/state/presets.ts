import { z } from 'zod';
import { presetSchema, type Preset } from '../../shared/api/contract-types';
import { OPTION_NAMES, OPTIONS, type ConvertOptionName } from '../../shared/api/job-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { OPTION_DEFAULTS } from './option-defaults';

export const BUILT_IN_PRESETS: readonly Preset[] = [
  { name: 'Standard', options: {} },
  { name: 'For an object store', options: { layout: 'plain', skipEmpty: 'true' } },
  { name: 'Thin processes survive', options: { ignoreBackground: 'true' } },
  { name: 'Quick look, no meshes', options: { mesh: 'none', compressionLevel: '1' } },
];

const presetFileSchema = z.object({ precomputedStudioPreset: z.literal(1), ...presetSchema.shape });

/** Returns the options that a preset keeps: those that don't belong to an input and differ from the defaults. */
export function optionsToKeep(options: Readonly<Record<ConvertOptionName, string>>): Record<string, string> {
  const kept = OPTION_NAMES.filter(
    (name) => OPTIONS[name].ofInput !== true && options[name] !== OPTION_DEFAULTS[name],
  );
  return Object.fromEntries(kept.map((name) => [name, options[name]]));
}

/** Applies a preset to `options`. Options that belong to the input stay as they are. */
export function withPreset(
  options: Readonly<Record<ConvertOptionName, string>>,
  preset: Preset,
): Record<ConvertOptionName, string> {
  const entries = OPTION_NAMES.map((name) => {
    if (OPTIONS[name].ofInput === true) return [name, options[name]];
    const value = preset.options[name];
    return [name, value === undefined ? OPTION_DEFAULTS[name] : String(value)];
  });
  return Object.fromEntries(entries) as Record<ConvertOptionName, string>;
}

export function formatPreset({ name, options }: Preset): string {
  return `${JSON.stringify({ precomputedStudioPreset: 1, name, options }, null, 2)}\n`;
}

/** @throws InvalidInputError if the text isn't a preset */
export function parsePreset(text: string): Preset {
  try {
    const { name, options } = presetFileSchema.parse(JSON.parse(text));
    return { name, options };
  } catch (error) {
    throw new InvalidInputError('This file holds no preset.', {
      remedy: 'Choose a file that was exported from the list of presets.',
      cause: error,
    });
  }
}
