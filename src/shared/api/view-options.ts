import { z } from 'zod';
import { choice, file, option } from './option';
import { integerValue, readable } from './option-values';

/** A half-open range of voxels. A bound is undefined if the range begins or ends with the volume. */
export interface Range {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** Parses text such as `0:512,100:,:` into ranges for x, y, z. Returns undefined if it can't be read. */
export function parseRoi(text: string): readonly [x: Range, y: Range, z: Range] | undefined {
  const [x, y, z, ...more] = text.split(',').map(parseRange);
  return x === undefined || y === undefined || z === undefined || more.length > 0 ? undefined : [x, y, z];
}

function parseRange(text: string): Range | undefined {
  const match = /^(\d{0,10}):(\d{0,10})$/.exec(text);
  if (match === null) return undefined;
  const bound = (digits = '') => (digits === '' ? undefined : Number(digits));
  return { from: bound(match[1]), to: bound(match[2]) };
}

const roiValue = readable(
  (text) => text.replace(/\s+/g, ''),
  z.string().refine((text) => parseRoi(text) !== undefined),
  'a range of voxels for x, y and z, such as 0:512,100:200,: (the last number is not part of the range, and each number may be left out)',
);

const FLIPS = ['x', 'y', 'z', 'xy', 'xz', 'yz', 'xyz'] as const;
const TRANSPOSITIONS = ['xzy', 'yxz', 'yzx', 'zxy', 'zyx'] as const;

/** The letters are sorted, so that z,x becomes xz. */
const flipValue = readable(
  (text) => [...text.toLowerCase().replace(/[\s,]+/g, '')].sort().join(''),
  z.enum(FLIPS),
  'one or more of x, y, z, such as x,z',
);

/** A number or a name, as text. */
const channelValue = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : value),
  readable((text) => text, z.string().min(1).max(200), 'the number of a channel, from 0, or its name'),
);

const idOffsetValue = z.preprocess(
  (value) => (Number.isSafeInteger(value) ? String(value) : value),
  readable(
    (text) => text.replace(/^\+/, ''),
    z.string().refine(isOffset),
    'a whole number below 2^64, such as 1000000',
  ),
);

const windowValue = readable(
  (text) => text.replace(/\s+/g, ''),
  z.string().refine((text) => {
    const [low, high, ...more] = text.split(':').map((part) => (part === '' ? NaN : Number(part)));
    const isRange = low !== undefined && high !== undefined && Number.isFinite(high - low) && low < high;
    return text === 'auto' || (isRange && more.length === 0);
  }),
  "'auto' or a lower and a higher number, such as 0:4095 or -1.5:3",
);

function isOffset(text: string): boolean {
  const digits = /^-?(\d{1,20})$/.exec(text)?.[1];
  return digits !== undefined && BigInt(digits) < 2n ** 64n;
}

/** Options that take a part of a volume or change it after it is read, for labels and images in every format. */
export const VIEW_OPTIONS = {
  time: option({
    schema: integerValue(0, 2 ** 31 - 1),
    flag: '--time <n>',
    group: 'volume',
    control: 'integer',
    label: 'Point in time',
    help: 'Take one point in time of a series: its number, starting at 0.',
    advanced: true,
    otherwise: 'the only one',
    ofSource: true,
    ofInput: true,
  }),
  channel: option({
    schema: channelValue,
    flag: '--channel <n|name>',
    group: 'volume',
    control: 'text',
    label: 'Channel',
    help: 'Take a single channel: its number, starting at 0, or its name in the input.',
    advanced: true,
    otherwise: 'all',
    ofSource: true,
    ofInput: true,
  }),
  roi: option({
    schema: roiValue,
    flag: '--roi <x0:x1,y0:y1,z0:z1>',
    group: 'volume',
    control: 'text',
    label: 'Crop',
    help: 'Take a part of the input: first:end for x, y, z, such as 0:512,100:200,: (the end is not included; : takes everything). Its position in space is kept.',
    advanced: true,
    otherwise: 'the whole volume',
    ofInput: true,
  }),
  orientation: choice(['ras'], {
    flag: '--orientation <axes>',
    group: 'volume',
    label: 'Orientation',
    choiceLabels: { ras: 'x to the right, y to the front, z up' },
    help: 'Rotate volumes with anatomical axes (NIfTI, NRRD, MetaImage): ras points x to the right, y to the front and z up, and keeps the offset.',
    advanced: true,
    otherwise: 'as stored',
    ofInput: true,
  }),
  transpose: choice(TRANSPOSITIONS, {
    flag: '--transpose <axes>',
    group: 'volume',
    label: 'Transpose',
    choiceLabels: {
      xzy: 'Swap y and z',
      yxz: 'Swap x and y',
      yzx: 'y becomes x, z becomes y, x becomes z',
      zxy: 'z becomes x, x becomes y, y becomes z',
      zyx: 'Swap x and z',
    },
    help: 'Input axes that become x, y and z: zyx swaps x and z.',
    advanced: true,
    otherwise: 'axes are kept',
    ofInput: true,
  }),
  flip: option({
    schema: flipValue,
    flag: '--flip <axes>',
    group: 'volume',
    control: 'choice',
    choices: FLIPS,
    choiceLabels: { xy: 'x and y', xz: 'x and z', yz: 'y and z', xyz: 'x, y and z' },
    label: 'Flip',
    help: 'Mirror the volume along these axes, after transposing, such as x,z.',
    advanced: true,
    otherwise: 'no axis',
    ofInput: true,
  }),
  remap: file({
    flag: '--remap <file>',
    group: 'volume',
    label: 'Id mapping',
    help: 'CSV with columns from and to that maps ids to new ids. Several ids may map to one; 0 is background.',
    advanced: true,
    otherwise: 'none',
    needs: { type: { not: ['image'] } },
    ofInput: true,
  }),
  remapOthers: choice(['keep', 'zero'], {
    flag: '--remap-others <how>',
    group: 'volume',
    label: 'Unmapped ids',
    choiceLabels: { keep: 'Keep', zero: 'Set to 0 (background)' },
    help: 'What to do with ids that are missing in the id mapping: keep them, or set them to zero.',
    advanced: true,
    otherwise: 'keep',
    needs: { type: { not: ['image'] }, remap: 'given' },
    ofInput: true,
  }),
  window: option({
    schema: windowValue,
    flag: '--window <low:high|auto>',
    group: 'volume',
    control: 'text',
    label: 'Intensity window',
    help: 'For images: map the intensity range low:high to the full range of the data type and clip values outside it. auto leaves out the darkest and brightest 0.5 %.',
    advanced: true,
    otherwise: 'none',
    needs: { type: { only: ['image'] } },
    ofInput: true,
  }),
  normalize: choice(['slices', 'clahe'], {
    flag: '--normalize <how>',
    group: 'volume',
    label: 'Normalize contrast',
    choiceLabels: { slices: 'Slice by slice', clahe: 'Locally in each slice (CLAHE)' },
    help: 'For images whose slices differ in brightness: map the 0.5 to 99.5 percentile of each slice to the full range, or equalize the contrast locally.',
    advanced: true,
    otherwise: 'none',
    needs: { type: { only: ['image'] } },
    ofInput: true,
  }),
  normalizeSmoothing: option({
    schema: integerValue(0, 10_000),
    flag: '--normalize-smoothing <n>',
    group: 'volume',
    control: 'integer',
    label: 'Smooth over slices',
    unit: 'slices',
    help: 'With --normalize slices: average the percentiles of each slice with those of up to n slices before and after it.',
    advanced: true,
    otherwise: '0',
    needs: { type: { only: ['image'] }, normalize: { only: ['slices'] } },
    ofInput: true,
  }),
  idOffset: option({
    schema: idOffsetValue,
    flag: '--id-offset <n>',
    group: 'volume',
    control: 'text',
    label: 'Add to ids',
    help: 'Number to add to every id except 0, after the id mapping, such as 1000000.',
    advanced: true,
    otherwise: '0',
    needs: { type: { not: ['image'] } },
    ofInput: true,
  }),
} as const;
