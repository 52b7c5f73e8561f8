import { about, named, set, value } from '../../../shared/api/mentions';
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { say, type Words } from '../../../shared/base/words';
import type { SourceMetadata } from '../volume-source';

/** The types that ranges of values can be mapped to. */
export type WindowType = 'uint8' | 'uint16' | 'uint32';

/** An option that maps the values of images. */
type MappingOption = 'window' | 'normalize';

/** Returns the refusal of an option that maps values. @param others options that the refusal is also about */
export function refusal(
  option: MappingOption,
  message: Words,
  remedy: Words,
  others: readonly string[] = [],
): InvalidInputError {
  return new InvalidInputError(say`${about(option)}: ${message}`, {
    remedy,
    fields: { code: 'unfit-option', options: [option, ...others] },
  });
}

/** @throws InvalidInputError if the values are labels */
export function requireImage(option: MappingOption, kind: SourceMetadata['kind']): void {
  if (kind === 'image') return;
  throw refusal(option, 'only images have intensities, not labels.', say`Leave out ${named(option)}.`, [
    'type',
  ]);
}

/** @throws InvalidInputError if values can't be mapped to this type */
export function requireWindowType(option: MappingOption, type: DataType): asserts type is WindowType {
  if (type === 'uint8' || type === 'uint16' || type === 'uint32') return;
  const remedy = say`Choose ${set('dataType', 'uint8')} or ${value('dataType', 'uint16')}, or leave out ${named(option)}.`;
  throw refusal(option, `it gives uint8, uint16 or uint32 values, not ${type}.`, remedy, ['dataType']);
}
