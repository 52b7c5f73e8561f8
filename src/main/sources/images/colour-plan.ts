import { named, set } from '../../../shared/api/mentions';
import { say, type Words } from '../../../shared/base/words';
import type { DataType } from '../../../shared/base/data-type';
import type { OpenOptions } from '../source-opener';
import type { SliceGrid } from '../slices/slice-grid';
import type { ImageHeader } from '../../codecs/images/image-header';

/** How the samples are read: as ids packed from colours, as indices of a palette, or as channels. */
export type Take = 'packed' | 'index' | 'grey' | 'grey and alpha' | 'RGB' | 'RGBA';

/** How the colours of a stack are read, or the reason why this can't be decided. */
export type ColourPlan = { readonly take: Take } | { readonly problem: string; readonly remedy: Words };

const PACKED_REMEDY = say`State what the colours mean: ${set('colours', 'packed')} takes R + 256 G + 65536 B as the id (VAST and others)`;

/**
 * Decides how the colours of a stack are read. The way is the same for all slices, because writers may store some slices
 * of a coloured stack differently: slices without colours as grey, and slices with few colours with a palette.
 */
export function planColours(
  headers: readonly ImageHeader[],
  { kind = 'segmentation', colours, channel }: Pick<OpenOptions, 'kind' | 'colours' | 'channel'>,
): ColourPlan {
  const isColoured = headers.some(hasColours);
  const havePalettes = headers.every(({ palette }) => palette !== undefined);
  if (colours === 'index') return havePalettes ? { take: 'index' } : refused('has no palette of colours');
  if (colours === 'slices' || colours === 'inverted')
    return refused(`is not a TIFF. Only in a TIFF can colours be taken as ${colours}`);
  if (colours === 'packed') return isColoured ? planPacked(headers) : refused('has no colours');
  if (colours === 'channels' || kind === 'image' || channel !== undefined)
    return { take: channelsFor(headers) };
  if (!isColoured) return { take: 'grey' };
  if (havePalettes && haveOnePalette(headers)) return { take: 'index' };
  const what = havePalettes
    ? 'the slices have different palettes of colours, so that an index means another colour in each'
    : 'the slices are colour images, and colours are not segment ids';
  const index = havePalettes ? say`, ${set('colours', 'index')} the index in the palette` : '';
  return {
    problem: what,
    remedy: say`${PACKED_REMEDY}${index}; greys that are stored as colours are ids by one of them (${set('channel', 'red')}); or take them as an image (${set('type', 'image')}).`,
  };
}

function refused(why: string): ColourPlan {
  return {
    problem: `a slice ${why}`,
    remedy: say`Leave out ${named('colours')}, or choose another way to take them.`,
  };
}

function planPacked(headers: readonly ImageHeader[]): ColourPlan {
  if (headers.every(({ dataType }) => dataType === 'uint8')) return { take: 'packed' };
  return {
    problem: 'the slices have 16 bits a colour: ids are packed of 8 bits each',
    remedy: say`Save them with 8 bits a colour, or take them as an image (${set('type', 'image')}).`,
  };
}

function channelsFor(headers: readonly ImageHeader[]): Take {
  const hasAlpha = headers.some(isTransparent);
  if (headers.some(hasColours)) return hasAlpha ? 'RGBA' : 'RGB';
  return hasAlpha ? 'grey and alpha' : 'grey';
}

function hasColours({ samples, palette }: ImageHeader): boolean {
  return samples === 'RGB' || samples === 'RGBA' || palette?.isGrey === false;
}

function isTransparent({ samples, palette }: ImageHeader): boolean {
  return samples === 'RGBA' || samples === 'grey and alpha' || palette?.hasAlpha === true;
}

function haveOnePalette(headers: readonly ImageHeader[]): boolean {
  const first = headers[0]?.palette?.colours ?? new Uint8Array(0);
  return headers.every(({ palette }) => Buffer.compare(palette?.colours ?? new Uint8Array(0), first) === 0);
}

const CHANNELS: Readonly<Record<Take, number>> = {
  packed: 1,
  index: 1,
  grey: 1,
  'grey and alpha': 2,
  RGB: 3,
  RGBA: 4,
};

/** Returns the size, type and channels of the voxels that are read from an image. */
export function gridOf({ width, height, dataType }: ImageHeader, take: Take): SliceGrid {
  const type: DataType = take === 'packed' ? 'uint32' : dataType;
  return { width, height, dataType: type, channels: CHANNELS[take] };
}
