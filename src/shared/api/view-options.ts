import { z } from 'zod';
import { choice, file, option } from './option';
import { readable } from './option-values';

/** From a voxel to another, half-open; undefined where the volume begins or ends. */
export interface Range {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** What a text such as `0:512,100:,:` says for x, y, z; undefined where it can't be read. */
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
  'a range of voxels for x, y and z, such as 0:512,100:200,: (from and to, which is not in it, may be left out)',
);

const FLIPS = ['x', 'y', 'z', 'xy', 'xz', 'yz', 'xyz'] as const;
const TRANSPOSITIONS = ['xzy', 'yxz', 'yzx', 'zxy', 'zyx'] as const;

/** The letters in order, so that z,x is xz. */
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

/** What becomes of a volume after it is read, for labels and images of every format. */
export const VIEW_OPTIONS = {
  channel: option({
    schema: channelValue,
    flag: '--channel <n|name>',
    group: 'volume',
    control: 'text',
    label: 'Channel',
    help: 'Takes one channel alone: its number, from 0, or its name where the input tells names.',
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
    help: "Takes a part: ranges of the input's voxels, from 0, without the last, such as 0:512,100:200,: where : takes all. It stays where it lies in space.",
    advanced: true,
    otherwise: 'the whole volume',
    ofInput: true,
  }),
  orientation: choice(['ras'], {
    flag: '--orientation <axes>',
    group: 'volume',
    label: 'Orientation',
    choiceLabels: { ras: 'x to the right, y to the front, z up' },
    help: 'Turns volumes that tell where their axes lead (NIfTI): ras makes x lead to the right, y to the front and z up, and takes over the offset.',
    advanced: true,
    otherwise: 'as stored',
    ofInput: true,
  }),
  transpose: choice(TRANSPOSITIONS, {
    flag: '--transpose <axes>',
    group: 'volume',
    label: 'Transpose',
    choiceLabels: {
      xzy: 'y and z change places',
      yxz: 'x and y change places',
      yzx: 'y becomes x, z becomes y, x becomes z',
      zxy: 'z becomes x, x becomes y, y becomes z',
      zyx: 'x and z change places',
    },
    help: 'Which axes of the input become x, y and z: zyx lets x and z change places.',
    advanced: true,
    otherwise: 'no axis',
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
    help: 'Mirrors the volume along axes, as they are after transposing, such as x,z.',
    advanced: true,
    otherwise: 'no axis',
    ofInput: true,
  }),
  remap: file({
    flag: '--remap <file>',
    group: 'volume',
    label: 'Other ids',
    help: 'CSV of ids with the columns from and to: gives segments other ids; several may become one, and 0 is background.',
    advanced: true,
    otherwise: 'none',
    needs: { type: { not: ['image'] } },
    ofInput: true,
  }),
  remapOthers: choice(['keep', 'zero'], {
    flag: '--remap-others <how>',
    group: 'volume',
    label: 'Ids that are not listed',
    choiceLabels: { keep: 'Stay', zero: 'Become 0, background' },
    help: 'What becomes of ids that the table does not list: they stay (keep) or become background (zero).',
    advanced: true,
    otherwise: 'they stay',
    needs: { type: { not: ['image'] }, remap: 'given' },
    ofInput: true,
  }),
  window: option({
    schema: windowValue,
    flag: '--window <low:high|auto>',
    group: 'volume',
    control: 'text',
    label: 'Intensity window',
    help: 'Of images: low becomes 0 and high the largest value of --data-type (uint8 unless told), what is beyond is cut; auto takes them of a sample, but for half a percent at each end.',
    advanced: true,
    otherwise: 'none',
    needs: { type: { only: ['image'] } },
    ofInput: true,
  }),
  idOffset: option({
    schema: idOffsetValue,
    flag: '--id-offset <n>',
    group: 'volume',
    control: 'text',
    label: 'Add to ids',
    help: 'Adds a number to all ids but 0, after a table has changed them, such as 1000000; an id that would not fit is refused.',
    advanced: true,
    otherwise: 'nothing',
    needs: { type: { not: ['image'] } },
    ofInput: true,
  }),
} as const;
