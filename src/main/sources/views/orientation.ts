import type { Axis } from './axes-view';

/** Which axis becomes x, y and z, and which of those are then mirrored, so that they lead right, to the front and up. */
export interface Turn {
  readonly from: readonly [x: Axis, y: Axis, z: Axis];
  readonly mirrored: readonly [x: boolean, y: boolean, z: boolean];
}

/**
 * What turns a volume to RAS. `orientation` says where its x, y and z lead, three letters of R, L, A, P, S, I (nibabel's
 * axis codes); undefined where two of them lead along the same line.
 */
export function turnToRas(orientation: string): Turn | undefined {
  const axisAlong = (ends: string) =>
    [...orientation].findIndex((letter) => ends.includes(letter)) as Axis | -1;
  const [x, y, z] = [axisAlong('RL'), axisAlong('AP'), axisAlong('SI')];
  if (x === -1 || y === -1 || z === -1) return undefined;
  const isMirrored = (axis: Axis) => 'LPI'.includes(orientation[axis] ?? '-');
  return { from: [x, y, z], mirrored: [isMirrored(x), isMirrored(y), isMirrored(z)] };
}
