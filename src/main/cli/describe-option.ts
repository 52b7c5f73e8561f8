import type { Option } from 'commander';

/**
 * Formats the help of an option. Its choices are added unless the help names them, and its default: `Voxel type.
 * (uint8, uint16; default: uint8)`.
 */
export function describeOption({
  description,
  argChoices,
  defaultValue,
  defaultValueDescription,
}: Option): string {
  const fallback = defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : undefined);
  const notes = [
    ...(argChoices === undefined || argChoices.every((choice) => description.includes(choice))
      ? []
      : [argChoices.join(', ')]),
    ...(fallback === undefined ? [] : [`default: ${fallback}`]),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}
