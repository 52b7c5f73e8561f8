import type { Axis } from '../volume-source';

/**
 * The axes that become x, y and z, and those of them that are then mirrored, so that they point right, front and up.
 */
export interface Turn {
  readonly from: readonly [x: Axis, y: Axis, z: Axis];
  readonly mirrored: readonly [x: boolean, y: boolean, z: boolean];
}

/**
 * Returns how to turn a volume to RAS, or undefined if two of its axes are parallel.
 * @param orientation the directions of x, y and z, as three of the letters R, L, A, P, S, I (nibabel's axis codes)
 */
export function turnToRas(orientation: string): Turn | undefined {
  const axisAlong = (ends: string) =>
    [...orientation].findIndex((letter) => ends.includes(letter)) as Axis | -1;
  const [x, y, z] = [axisAlong('RL'), axisAlong('AP'), axisAlong('SI')];
  if (x === -1 || y === -1 || z === -1) return undefined;
  const isMirrored = (axis: Axis) => 'LPI'.includes(orientation[axis] ?? '-');
  return { from: [x, y, z], mirrored: [isMirrored(x), isMirrored(y), isMirrored(z)] };
}
