import type { SliceGrid } from '../slices/slice-grid';

/**
 * The array whose planes are the pages of a file, as tifffile tells it in JSON: {"shape": [5, 2, 20, 30], "axes": "ZCYX"},
 * the slowest axis first.
 */
export interface ArrayShape {
  readonly shape: readonly number[];
  /** A letter for each axis, where the writer was told of them. */
  readonly axes: string | undefined;
}

/** A page, as far as the array's shape has to do with it. */
type PageShape = Pick<SliceGrid, 'width' | 'height' | 'channels'> & { readonly planar: boolean };

/** An axis along which pages are counted. */
export interface CountedAxis {
  readonly name: string | undefined;
  readonly length: number;
}

/** Checked by hand: every thread loads this file, and a schema library would double its start. */
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

/** The axes that pages count, the slowest first; undefined where such a page isn't a plane of the array. */
export function countedAxes({ shape, axes }: ArrayShape, page: PageShape): CountedAxis[] | undefined {
  const { width, height, channels, planar } = page;
  const plane =
    channels === 1 ? [height, width] : planar ? [channels, height, width] : [height, width, channels];
  if (shape.slice(-plane.length).join() !== plane.join()) return undefined;
  return shape.slice(0, -plane.length).map((length, i) => ({ name: axes?.[i], length }));
}
