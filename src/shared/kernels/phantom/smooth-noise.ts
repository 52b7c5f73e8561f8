import { mixBits } from '../../base/random';

/**
 * Noise from -1 to 1 that changes smoothly over a distance of about one: random values at the points of a cubic
 * lattice, interpolated between them (value noise). The same seed gives the same noise on any machine.
 */
export function smoothNoise(seed: number, x: number, y: number, z: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const k = Math.floor(z);
  const u = ease(x - i);
  const v = ease(y - j);
  const front = onEdge(seed, i, j, k, u) * (1 - v) + onEdge(seed, i, j + 1, k, u) * v;
  const back = onEdge(seed, i, j, k + 1, u) * (1 - v) + onEdge(seed, i, j + 1, k + 1, u) * v;
  return front + ease(z - k) * (back - front);
}

/** Interpolates between the lattice points (i, j, k) and (i + 1, j, k). */
function onEdge(seed: number, i: number, j: number, k: number, part: number): number {
  const row = seed + Math.imul(j, 0x27d4eb2f) + Math.imul(k, 0x165667b1);
  const near = mixBits(row + Math.imul(i, 0x1f1f1f1f));
  const far = mixBits(row + Math.imul(i + 1, 0x1f1f1f1f));
  return (near + part * (far - near)) / 2 ** 31 - 1;
}

/** A curve from 0 to 1 with slopes of 0 at the ends. */
function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
