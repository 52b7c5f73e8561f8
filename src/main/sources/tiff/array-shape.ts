import type { Axis, AxisOrder } from '../volume-source';
import type { SliceGrid } from '../slices/slice-grid';

/**
 * The shape of an array whose planes are the pages of a file. tifffile writes it as JSON, the slowest axis first:
 * {"shape": [5, 2, 20, 30], "axes": "ZCYX"}.
 */
export interface ArrayShape {
  readonly shape: readonly number[];
  /** A letter for each axis, in lower case; undefined if the file doesn't name the axes. */
  readonly axes: string | undefined;
}

/** The properties of a page that are compared with the array's shape. */
type PageShape = Pick<SliceGrid, 'width' | 'height' | 'channels'> & { readonly planar: boolean };

/** An axis along which pages are counted. */
export interface CountedAxis {
  readonly name: string | undefined;
  readonly length: number;
}

/**
 * Parses the JSON of tifffile. Returns undefined if the text isn't such JSON. The check is written by hand because every
 * thread loads this file, and a schema library would double the thread's start time.
 */
export function parseArrayShape(text: string): ArrayShape | undefined {
  try {
    const { shape, axes } = JSON.parse(text) as { readonly shape?: unknown; readonly axes?: unknown };
    if (!isShape(shape)) return undefined;
    const isNamed = typeof axes === 'string' && axes.length === shape.length;
    return { shape, axes: isNamed ? axes.toLowerCase() : undefined };
  } catch {
    return undefined;
  }
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length >= 2 && value.every((n) => Number.isInteger(n) && n > 0);
}

/**
 * Returns which stored axes are x, y and z, where columns, rows and pages are stored as x, y and z, if the array names its
 * axes in another order, such as XYZ. Undefined for the usual order, and if the axes have other names.
 */
export function storedAxesOf(array: ArrayShape, page: PageShape): AxisOrder | undefined {
  if (page.channels > 1 || countedAxes(array, page) === undefined) return undefined;
  const spatial = [...(array.axes ?? '')].filter((name) => 'xyz'.includes(name)).reverse();
  const stored = spatial.length === 2 ? [...spatial, 'z'] : spatial;
  const [x, y, z] = ['x', 'y', 'z'].map((name) => stored.indexOf(name));
  const isTurned = stored.length === 3 && x !== -1 && y !== -1 && z !== -1 && stored.join('') !== 'xyz';
  return isTurned ? [x as Axis, y as Axis, z as Axis] : undefined;
}

/** Returns the axes along which pages are counted, the slowest first. Undefined if the page isn't a plane of the array. */
export function countedAxes({ shape, axes }: ArrayShape, page: PageShape): CountedAxis[] | undefined {
  const { width, height, channels, planar } = page;
  const plane =
    channels === 1 ? [height, width] : planar ? [channels, height, width] : [height, width, channels];
  if (shape.slice(-plane.length).join() !== plane.join()) return undefined;
  return shape.slice(0, -plane.length).map((length, i) => ({ name: axes?.[i], length }));
}
