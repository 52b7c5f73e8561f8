import { about, named, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
/**
 * Decides which axis of an array is x, y, z, channel or time. Axes are numbered by index, as in `a[z, y, x]`, whatever
 * the order in memory (C or Fortran). If the format names no axes, the last axis is x.
 */
import { InvalidInputError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { requireTime } from './points-in-time';
import type { Strides } from './strided-voxels';

const AXIS_NAMES = ['x', 'y', 'z', 'c', 't'] as const;
export type AxisName = (typeof AXIS_NAMES)[number];

export interface ArrayAxes {
  /** One name for each axis of the array; undefined for an axis of length 1 without a meaning. */
  readonly names: readonly (AxisName | undefined)[];
  readonly size: Vec3;
  readonly channels: number;
  /** The point in time that is read; 0 without an axis for time. */
  readonly time: number;
  /** The names for people, such as `zyx`, with a note if they are assumed. */
  readonly description: string;
}

export interface AxesRequest {
  readonly shape: readonly number[];
  /** The names that the user gives, such as `zyx`. */
  readonly wanted?: string | undefined;
  /** The names that the format gives. */
  readonly stated?: readonly (string | undefined)[] | undefined;
  /** The point in time that the user chose. */
  readonly time?: number | undefined;
  /** The array's name in messages. */
  readonly where: string;
}

/** A picture has more rows and columns; a volume so narrow is rather one of a test. */
const LEAST_PICTURE = 16;

const ASSUMED: Readonly<Record<number, string>> = { 1: 'x', 2: 'yx', 3: 'zyx', 5: 'tczyx' };

/**
 * Chooses the axes of an array.
 * @throws InvalidInputError if the array is empty, the names don't fit it, or no point in time is chosen
 */
export function chooseAxes({ shape, wanted, stated, time, where }: AxesRequest): ArrayAxes {
  const [names, origin] = namesOf(shape, wanted, stated, where);
  const extent = (name: AxisName) => (names.includes(name) ? (shape[names.indexOf(name)] ?? 1) : 1);
  if (shape.some((length) => length === 0)) {
    throw new InvalidInputError(`${where} is empty: its shape is ${shape.join(' × ')}.`);
  }
  if (time === undefined && extent('t') > 1) {
    throw new InvalidInputError(`${where} has ${extent('t')} points in time: one volume is needed.`, {
      remedy: say`Choose one of 0 to ${extent('t') - 1}, such as ${set('time', '0')}; or say with ${named('axes')} which axis is which.`,
      fields: { options: ['time', 'axes'] },
    });
  }
  if (time !== undefined && names.includes('t')) requireTime(time, extent('t'));
  return {
    names,
    size: [extent('x'), extent('y'), extent('z')],
    channels: extent('c'),
    time: names.includes('t') ? (time ?? 0) : 0,
    description: `${names.map((name) => name ?? '-').join('')}${origin}`,
  };
}

function namesOf(
  shape: readonly number[],
  wanted: string | undefined,
  stated: readonly (string | undefined)[] | undefined,
  where: string,
): [readonly (AxisName | undefined)[], string] {
  if (wanted !== undefined) return [parseAxes(wanted, shape, where), ''];
  if (stated !== undefined && stated.length === shape.length) {
    const names = stated.map((name) => AXIS_NAMES.find((axis) => axis === name?.toLowerCase()));
    const isClear = names.every((name, i) =>
      name === undefined ? shape[i] === 1 : names.indexOf(name) === i,
    );
    if (isClear && names.includes('x')) return [names, ''];
  }
  const own = stated?.filter((name) => name !== undefined) ?? [];
  const passed = own.length === 0 ? '' : ` (the input calls them ${own.join(', ')})`;
  return [assumedAxes(shape, where), `, as assumed${passed}`];
}

function parseAxes(text: string, shape: readonly number[], where: string): (AxisName | undefined)[] {
  const names = [...text.toLowerCase()].map((letter) => AXIS_NAMES.find((name) => name === letter));
  const isClear = names.every((name, i) => name !== undefined && names.indexOf(name) === i);
  if (!isClear || names.length !== shape.length || !names.includes('x')) {
    throw new InvalidInputError(
      say`${about('axes')}: '${text}' doesn't name the ${shape.length} axes of ${where}, ${shape.join(' × ')}.`,
      {
        remedy: `Give one of the letters x, y, z, c, t for each axis, such as ${ASSUMED[shape.length] ?? 'czyx'}.`,
        fields: { code: 'unfit-option', usage: true, options: ['axes'] },
      },
    );
  }
  return names;
}

function assumedAxes(shape: readonly number[], where: string): (AxisName | undefined)[] {
  const long = shape.length > 3 ? shape.filter((length) => length > 1).length : shape.length;
  if (shape.length > 3 && long <= 3) return squeezed(shape);
  const [first = 1, last = 1] = [shape[0], shape.at(-1)];
  if (shape.length === 3 && isPicture(shape)) {
    throw new InvalidInputError(
      `${where} is ${shape.join(' × ')}: its last axis may be x, or the colours of one picture.`,
      {
        remedy: say`State with ${named('axes')} which it is: zyx for a volume of ${last} columns, yxc for a picture.`,
        fields: { code: 'unfit-option', options: ['axes'] },
      },
    );
  }
  const text = shape.length === 4 ? (last <= 4 && first > 4 ? 'zyxc' : 'czyx') : ASSUMED[shape.length];
  if (text === undefined) {
    throw new InvalidInputError(
      `${where} has ${shape.length} axes, ${shape.join(' × ')}: which axis is which is not clear.`,
      {
        remedy: say`Name them with ${named('axes')}, such as zyx.`,
        fields: { code: 'unfit-option', options: ['axes'] },
      },
    );
  }
  return parseAxes(text, shape, where);
}

/** Reports whether an array looks like one picture in colours, red, green, blue and perhaps alpha. */
function isPicture(shape: readonly number[]): boolean {
  const [rows = 0, columns = 0, colours = 0] = shape;
  return (colours === 3 || colours === 4) && Math.min(rows, columns) >= LEAST_PICTURE;
}

/** Names three axes z, y, x: the last ones that are longer than 1, then the last ones of length 1. */
function squeezed(shape: readonly number[]): (AxisName | undefined)[] {
  const order = shape
    .map((_, i) => i)
    .sort((a, b) => Number(shape[b] !== 1) - Number(shape[a] !== 1) || b - a);
  const kept = order.slice(0, 3).sort((a, b) => a - b);
  return shape.map((_, i) => (['z', 'y', 'x'] as const)[kept.indexOf(i)]);
}

/** Reports whether an array has points in time to choose from, as in the metadata of a source. */
export function timesTaken({ names }: ArrayAxes): readonly 'time'[] {
  return names.includes('t') ? ['time'] : [];
}

/** Converts strides by array axis to strides in x, y, z and channel. Axes that the array doesn't have get stride 0. */
export function stridesOf(names: ArrayAxes['names'], strides: readonly number[]): Strides {
  const of = (name: AxisName) => (names.includes(name) ? (strides[names.indexOf(name)] ?? 0) : 0);
  return [of('x'), of('y'), of('z'), of('c')];
}

/** Returns the strides of an array without gaps. In C order the last axis is the fastest, in F order the first. */
export function packedStrides(shape: readonly number[], order: 'C' | 'F'): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  const axes = shape.map((_, i) => (order === 'C' ? shape.length - 1 - i : i));
  axes.reduce((product, axis) => {
    strides[axis] = product;
    return product * (shape[axis] ?? 1);
  }, 1);
  return strides;
}
