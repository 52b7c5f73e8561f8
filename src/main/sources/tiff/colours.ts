import { InvalidInputError } from '../../../shared/base/errors';
import { otherProblems, type StackProblem } from '../slices/stack-refusal';
import type { OpenOptions } from '../source-opener';
import type { PageLayout } from './tiff-page';

/**
 * Returns the reasons why the colours of pages can't be read as the options ask, one line each. Packed ids need three or
 * four bytes per voxel. Labels with a palette need the same palette in all slices, otherwise an index means a different
 * colour in each.
 */
export function problemsOfColours(
  layouts: readonly PageLayout[],
  { kind, colours }: OpenOptions,
): StackProblem[] {
  if (colours === 'packed') {
    return layouts.every(arePackable)
      ? []
      : [
          {
            text: 'each slice must have 8 bits a colour, red, green and blue voxel by voxel, not stored as JPEG, to be packed as ids',
            cause: 'no-labels',
          },
        ];
  }
  if (colours === 'index' && layouts.some(({ photometric }) => photometric !== 'palette')) {
    return otherProblems(['a slice has no palette of colours']);
  }
  const palettes = layouts.filter(({ photometric }) => photometric === 'palette');
  if (palettes.length === 0 || colours === 'index') return [];
  if (kind === 'image') return [unclear('the values are indices into a palette of colours')];
  const distinct = new Set(layouts.map(({ palette }) => palette));
  return distinct.size === 1 ? [] : [unclear('the slices have different palettes of colours')];
}

function unclear(what: string): StackProblem {
  return { text: `${what}: say what they mean`, cause: 'unclear-colours' };
}

function arePackable({ photometric, dataType, channels, planar, compression }: PageLayout): boolean {
  if (compression === 'JPEG') return false;
  return photometric === 'RGB' && dataType === 'uint8' && (channels === 3 || channels === 4) && !planar;
}

/**
 * Packs the colours of voxels into ids: R + 256 G + 65536 B. The samples of a voxel are red, green, blue and, with four
 * channels, alpha.
 * @param name names the strip or tile in messages
 * @throws InvalidInputError if a voxel isn't opaque, unless it is black and fully transparent
 */
export function packColours(samples: Uint8Array, channels: number, name: string): Uint32Array {
  const ids = new Uint32Array(samples.length / channels);
  for (let i = 0, at = 0; i < ids.length; i++, at += channels) {
    const id = (samples[at] ?? 0) + 256 * (samples[at + 1] ?? 0) + 65536 * (samples[at + 2] ?? 0);
    const alpha = channels === 4 ? (samples[at + 3] ?? 0) : 255;
    if (alpha !== 255 && !(alpha === 0 && id === 0)) {
      throw new InvalidInputError(
        `${name}: a voxel has a colour and is transparent (alpha ${alpha}): ids are opaque`,
        {
          remedy: 'Save the slices without transparency.',
        },
      );
    }
    ids[i] = id;
  }
  return ids;
}
