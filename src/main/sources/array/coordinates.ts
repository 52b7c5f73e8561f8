import type { Geometry } from './geometry';
import { nanometresIn } from './length-units';
import { spacingGeometry } from './spacing-geometry';

/** The positions of the voxels along an axis, as NetCDF and xarray store them in an array of their own. */
export interface Coordinates {
  /** The name of that array, which is the name of the axis. */
  readonly name: string;
  /** The first two positions and the last one; undefined if there isn't a number for each index of the axis. */
  readonly positions?: { readonly first: number; readonly second: number; readonly last: number } | undefined;
  /** Whether the positions are evenly spaced. */
  readonly isEven: boolean;
  readonly units: string | undefined;
}

/** The most positions along an axis that are looked at. */
export const MOST_POSITIONS = 1_000_000;

export function coordinatesOf(
  name: string,
  units: string | undefined,
  values: readonly number[],
): Coordinates {
  const [first = NaN, second = NaN] = values;
  const last = values.at(-1) ?? NaN;
  const step = (last - first) / (values.length - 1);
  const isEven =
    values.length < 2 ||
    values.every((value, i) => Math.abs(value - first - step * i) <= Math.abs(step) * 0.01);
  return { name, units, positions: { first, second, last }, isEven };
}

/** Returns the resolution and the offset if coordinates are evenly spaced and their units are units of length. */
export function coordinateGeometry(
  names: readonly (string | undefined)[],
  axes: readonly (Coordinates | undefined)[],
): Geometry {
  const stepOf = (axis: Coordinates | undefined) =>
    axis?.positions === undefined || !axis.isEven ? NaN : axis.positions.second - axis.positions.first;
  if (axes.every((axis) => axis === undefined)) return {};
  return spacingGeometry({
    names,
    spacing: axes.map((axis) => Math.abs(stepOf(axis))),
    units: axes.map((axis) => axis?.units),
    origin: axes.map((axis) => Math.min(axis?.positions?.first ?? 0, axis?.positions?.last ?? 0)),
  });
}

/**
 * Returns a note for each axis in space whose coordinates aren't taken over as they are: the order of voxels stays if they
 * decrease, and the size of a voxel isn't known if they aren't evenly spaced or have no unit of length.
 */
export function coordinateNotes(axes: readonly (Coordinates | undefined)[]): string[] {
  return axes.flatMap((axis) => {
    if (axis?.positions === undefined) return [];
    const { first, last } = axis.positions;
    const why = !axis.isEven
      ? "aren't evenly spaced"
      : nanometresIn(axis.units) === undefined && /^[xyz]$/i.test(axis.name)
        ? `have ${axis.units === undefined ? 'no unit' : `the unit "${axis.units}"`}`
        : undefined;
    return [
      ...(last < first ? [`${axis.name}: its coordinates count down; the order of voxels stays`] : []),
      ...(why === undefined ? [] : [`${axis.name}: its coordinates ${why}, so they give no size of a voxel`]),
    ];
  });
}
