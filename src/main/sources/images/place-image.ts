import { boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { InvalidInputError } from '../../../shared/base/errors';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyStrided, type StridedVoxels } from '../array/strided-voxels';
import type { Take } from './colour-plan';
import { samplesPerVoxel, type DecodedImage } from '../../codecs/images/image-header';

type Component = 'value' | 'red' | 'green' | 'blue' | 'alpha';

const COMPONENTS: Readonly<Record<Exclude<Take, 'packed'>, readonly Component[]>> = {
  index: ['value'],
  grey: ['red'],
  'grey and alpha': ['red', 'alpha'],
  RGB: ['red', 'green', 'blue'],
  RGBA: ['red', 'green', 'blue', 'alpha'],
};

/**
 * Writes the voxels of `box`, which must be inside one slice, to their places in `target`. `name` names the image in
 * messages.
 * @throws InvalidInputError if a label is transparent but not black
 */
export function placeImage(
  image: DecodedImage,
  { take, isLabels }: { readonly take: Take; readonly isLabels: boolean },
  box: Box,
  target: VolumeBlock,
  name: string,
): void {
  if (isLabels && take !== 'index') checkAlpha(image, box, name);
  if (take === 'packed') return copyStrided(inBox(packed(image, box), box, 0), target, box);
  COMPONENTS[take].forEach((component, channel) => {
    copyStrided(voxelsOf(image, component, channel, box), target, box);
  });
}

/** Returns the index of a component among the samples of a voxel, for images without a palette. */
function offsetOf({ header }: DecodedImage, component: Component): number | undefined {
  const count = samplesPerVoxel(header);
  if (component === 'alpha') return count === 2 || count === 4 ? count - 1 : undefined;
  if (count < 3) return 0;
  return component === 'green' ? 1 : component === 'blue' ? 2 : 0;
}

function voxelsOf(image: DecodedImage, component: Component, channel: number, box: Box): StridedVoxels {
  const { header, data } = image;
  const { width, height } = header;
  if (header.palette !== undefined && component !== 'value') {
    const place = ['red', 'green', 'blue', 'alpha'].indexOf(component);
    const colour = Uint8Array.from({ length: 256 }, (_, i) => header.palette?.colours[4 * i + place] ?? 0);
    return inBox(lookedUp(image, colour, new Uint8Array(boxVolume(box)), box), box, channel);
  }
  const offset = offsetOf(image, component);
  if (offset === undefined) return inBox(opaque(image, box), box, channel);
  const step = samplesPerVoxel(header);
  return {
    data: data.subarray(offset),
    strides: [step, step * width, step * width * height, 1],
    box: { min: [0, 0, box.min[2]], max: [width, height, box.max[2]] },
    firstChannel: channel,
    channels: 1,
  };
}

function inBox(data: StridedVoxels['data'], box: Box, channel: number): StridedVoxels {
  const [width, height] = boxShape(box);
  return { data, strides: [1, width, width * height, 1], box, firstChannel: channel, channels: 1 };
}

function opaque({ data }: DecodedImage, box: Box): Uint8Array | Uint16Array {
  const voxels = boxVolume(box);
  return data instanceof Uint8Array
    ? new Uint8Array(voxels).fill(0xff)
    : new Uint16Array(voxels).fill(0xffff);
}

/** Writes the table's value for the index of each voxel to `output`, and returns `output`. */
function lookedUp<T extends Uint8Array | Uint32Array>(
  { header, data }: DecodedImage,
  table: T,
  output: T,
  { min, max }: Box,
): T {
  let to = 0;
  for (let y = min[1]; y < max[1]; y++) {
    const end = y * header.width + max[0];
    for (let i = y * header.width + min[0]; i < end; i++) output[to++] = table[data[i] ?? 0] ?? 0;
  }
  return output;
}

/** Returns R + 256 G + 65536 B for each voxel. A grey voxel has the same value for all three. */
function packed(image: DecodedImage, box: Box): Uint32Array {
  const { header, data } = image;
  const { palette, width } = header;
  const ids = new Uint32Array(boxVolume(box));
  if (palette !== undefined) {
    const { colours } = palette;
    const table = Uint32Array.from({ length: colours.length / 4 }, (_, i) => packedAt(colours, 4 * i, 1));
    return lookedUp(image, table, ids, box);
  }
  const step = samplesPerVoxel(header);
  const between = step < 3 ? 0 : 1;
  let to = 0;
  for (let y = box.min[1]; y < box.max[1]; y++) {
    const end = (y * width + box.max[0]) * step;
    for (let i = (y * width + box.min[0]) * step; i < end; i += step) ids[to++] = packedAt(data, i, between);
  }
  return ids;
}

function packedAt(samples: Uint8Array | Uint16Array, at: number, between: 0 | 1): number {
  const [red = 0, green = 0] = [samples[at], samples[at + between]];
  return red + 256 * green + 65536 * (samples[at + 2 * between] ?? 0);
}

/** Checks that ids are opaque. Transparent black is allowed, because paint programs store the background so. */
function checkAlpha({ header, data }: DecodedImage, { min, max }: Box, name: string): void {
  const step = samplesPerVoxel(header);
  const { palette, width } = header;
  if (palette?.hasAlpha !== true && step !== 2 && step !== 4) return;
  const most = data instanceof Uint8Array ? 0xff : 0xffff;
  for (let y = min[1]; y < max[1]; y++) {
    for (let x = min[0]; x < max[0]; x++) {
      const at = (y * width + x) * step;
      const alpha = palette === undefined ? data[at + step - 1] : palette.colours[4 * (data[at] ?? 0) + 3];
      if (alpha === most) continue;
      const isEmpty = alpha === 0 && isBlack(data, at, step, palette?.colours);
      if (!isEmpty) throw halfTransparent(name, x, y, min[2], alpha ?? 0);
    }
  }
}

function isBlack(
  data: Uint8Array | Uint16Array,
  at: number,
  step: number,
  colours: Uint8Array | undefined,
): boolean {
  const [values, start, count] =
    colours === undefined ? [data, at, step - 1] : [colours, 4 * (data[at] ?? 0), 3];
  for (let i = start; i < start + count; i++) if (values[i] !== 0) return false;
  return true;
}

function halfTransparent(name: string, x: number, y: number, z: number, alpha: number): InvalidInputError {
  return new InvalidInputError(
    `${name}: the voxel at x ${x}, y ${y}, z ${z} has a colour and is transparent (alpha ${alpha}): ids are opaque`,
    { remedy: 'Save the slices without transparency.', fields: { x, y, z, value: String(alpha) } },
  );
}
