/**
 * The directions of a file's axes in space. The x, y and z of space point to the right, to the front and up (RAS).
 */
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { turnToRas } from '../views/orientation';
import type { SourceMetadata } from '../volume-source';
import type { Geometry } from './geometry';

/**
 * The three rows of the matrix from voxel indices to positions in space. The fourth column is the position of the first
 * voxel.
 */
export type Affine = readonly [readonly number[], readonly number[], readonly number[]];

/**
 * Returns the matrix of axes that are given as vectors in another space.
 * @param space the directions of that space's axes, such as LPS
 * @param columns a vector for each axis of the file, as long as a voxel
 * @param origin the position of the first voxel
 */
export function affineIn(
  space: string,
  columns: readonly (readonly number[])[],
  origin: readonly number[],
): Affine {
  const row = (line: number): readonly number[] => {
    const at = [...space].findIndex((letter) => ['RL', 'AP', 'SI'][line]?.includes(letter));
    const sign = 'RAS'.includes(space[at] ?? '-') ? 1 : -1;
    return [...columns, origin].map((vector) => sign * (vector[at] ?? 0) + 0);
  };
  return [row(0), row(1), row(2)];
}

/**
 * Returns the geometry of a file that stores the directions of its axes: the given geometry with the orientation. If
 * `--orientation ras` turns the axes, the voxel offset is that along the turned axes.
 */
export function orientedGeometry(
  geometry: Geometry,
  affine: Affine | undefined,
  shape: readonly number[],
  isTurned: boolean,
): Partial<SourceMetadata> {
  if (affine === undefined) return geometry;
  const turned = isTurned ? turnedOffsetOf(affine, shape) : undefined;
  return {
    ...geometry,
    ...(turned === undefined ? {} : { voxelOffset: turned }),
    orientation: orientationOf(affine),
  };
}

/**
 * Returns a note if the file's position isn't kept. The voxel offset counts along the volume's own axes, so a position
 * can be kept only if these axes point along those of space, or are turned to do so.
 */
export function placeNotes(geometry: Partial<SourceMetadata>, affine: Affine | undefined): string[] {
  if (affine === undefined || geometry.voxelOffset !== undefined) return [];
  const shortest = Math.min(...[0, 1, 2].map((axis) => Math.hypot(...affine.map((row) => row[axis] ?? 0))));
  const origin = affine.map((row) => row[3] ?? 0);
  if (origin.every((position) => Math.abs(position) < shortest / 2)) return [];
  const isStraight = ([0, 1, 2] as const).every((axis) => lineOf(affine, axis).isStraight);
  const why = isStraight
    ? `as its axes lead to ${orientationOf(affine)}; orientation ras takes it over`
    : 'as its axes are tilted';
  return [
    `the position of the first voxel, ${origin.map((at) => Number(at.toPrecision(7))).join(', ')}, ${why}`,
  ];
}

/** Reports whether each axis is parallel to the axis of space with the same name. */
export function isUpright(affine: Affine): boolean {
  return affine.every((row, i) =>
    row.slice(0, 3).every((value, j) => i === j || Math.abs(value) < 1e-6 * Math.abs(row[i] ?? 0)),
  );
}

/**
 * Returns the voxel offset along the axes after they are turned to RAS, or undefined if an axis is tilted. An axis that
 * points left, back or down is mirrored, so that its last voxel comes first.
 */
export function turnedOffsetOf(affine: Affine, shape: readonly number[]): Vec3 | undefined {
  const lines = ([0, 1, 2] as const).map((axis) => lineOf(affine, axis));
  if (lines.some(({ isStraight }) => !isStraight)) return undefined;
  return vec3((axis) => {
    const { line = 0, step = 1 } = lines[axis] ?? {};
    const first = affine[line as 0 | 1 | 2][3] ?? 0;
    const least = step < 0 ? first + step * ((shape[axis] ?? 1) - 1) : first;
    return Math.round(least / Math.abs(step));
  });
}

/**
 * Finds the axis of space closest to an axis of the file, the step along it per voxel, and whether both are parallel.
 */
function lineOf(affine: Affine, axis: 0 | 1 | 2) {
  const parts = affine.map((row) => row[axis] ?? 0);
  const line = parts.reduce((best, part, i) => (Math.abs(part) > Math.abs(parts[best] ?? 0) ? i : best), 0);
  const step = parts[line] ?? 0;
  const isStraight =
    step !== 0 && parts.every((part, i) => i === line || Math.abs(part) < 1e-6 * Math.abs(step));
  return { line, step, isStraight };
}

/** Returns the main direction of each axis of the file, as three letters such as RAS. */
export function orientationOf(affine: Affine): string {
  const letters = ['LR', 'PA', 'IS'];
  return ([0, 1, 2] as const)
    .map((axis) => {
      const { line, step } = lineOf(affine, axis);
      return letters[line]?.[step < 0 ? 0 : 1] ?? '?';
    })
    .join('');
}

/**
 * Returns the orientation as a fact, and, if `--orientation ras` would change the volume, the other options that do the
 * same.
 */
export function orientationFacts(orientation: string | undefined): SourceMetadata['facts'] {
  const facts = [['orientation', orientation ?? 'unknown']] as const;
  const turn = orientation === undefined || orientation === 'RAS' ? undefined : turnToRas(orientation);
  if (turn === undefined) return facts;
  const transpose = turn.from.map((axis) => 'xyz'[axis]).join('');
  const flip = ['x', 'y', 'z'].filter((_, i) => turn.mirrored[i]);
  const options = [
    ...(transpose === 'xyz' ? [] : [`transpose ${transpose}`]),
    ...(flip.length === 0 ? [] : [`flip ${flip.join(',')}`]),
  ];
  return [...facts, ['to RAS', `orientation ras, as ${options.join(' and ')}`]];
}
