import type { Vec3 } from '../../src/shared/base/vec3';

/** A solid whose surface is known exactly, in a cube of {@link PHANTOM_SIDE} voxels. */
export interface PhantomShape {
  readonly name: string;
  /** Returns the signed distance in voxels of a point from the surface, negative inside. */
  readonly distance: (x: number, y: number, z: number) => number;
}

/** The side of a phantom's volume in voxels. */
export const PHANTOM_SIDE = 72;
/** The position of the phantoms' middle, away from the corners and centres of voxels. */
const MIDDLE = PHANTOM_SIDE / 2 + 0.1;

/** The axis of the tube, and the normal of the plate. */
const AXIS = ((): Vec3 => {
  const length = Math.hypot(0.31, 0.47, 0.826);
  return [0.31 / length, 0.47 / length, 0.826 / length];
})();

function about(x: number, y: number, z: number): { readonly along: number; readonly away: number } {
  const along = AXIS[0] * x + AXIS[1] * y + AXIS[2] * z;
  return { along, away: Math.sqrt(Math.max(0, x * x + y * y + z * z - along * along)) };
}

/** The shapes around the origin. */
const SHAPES: readonly PhantomShape[] = [
  { name: 'ball', distance: (x, y, z) => Math.hypot(x, y, z) - 28.3 },
  { name: 'torus', distance: (x, y, z) => Math.hypot(Math.hypot(x, y) - 20.2, z) - 9.1 },
  {
    name: 'plate, 7 voxels thick',
    distance: (x, y, z) => {
      const { along, away } = about(x, y, z);
      return Math.max(Math.abs(along) - 3.6, away - 24.3);
    },
  },
  {
    name: 'tube, radius 2.2 voxels',
    distance: (x, y, z) => {
      const { along, away } = about(x, y, z);
      return Math.max(away - 2.2, Math.abs(along) - 26);
    },
  },
];

export const PHANTOM_SHAPES = SHAPES.map(({ name, distance }): PhantomShape => ({
  name,
  distance: (x, y, z) => distance(x - MIDDLE, y - MIDDLE, z - MIDDLE),
}));

/** Returns the voxels of a phantom, x fastest: 1 where the centre of a voxel is inside, and 0 elsewhere. */
export function phantomVoxels({ distance }: PhantomShape): BigUint64Array {
  const side = PHANTOM_SIDE;
  const voxels = new BigUint64Array(side ** 3);
  for (let i = 0; i < voxels.length; i++) {
    const x = i % side;
    const y = Math.floor(i / side) % side;
    const z = Math.floor(i / side ** 2);
    if (distance(x + 0.5, y + 0.5, z + 0.5) < 0) voxels[i] = 1n;
  }
  return voxels;
}

/** Returns the direction in which the distance from a phantom grows, of length 1 except at edges. */
export function outwards({ distance }: PhantomShape, [x, y, z]: Vec3): Vec3 {
  const step = 1e-3;
  return [
    (distance(x + step, y, z) - distance(x - step, y, z)) / (2 * step),
    (distance(x, y + step, z) - distance(x, y - step, z)) / (2 * step),
    (distance(x, y, z + step) - distance(x, y, z - step)) / (2 * step),
  ];
}

/** Returns the volume of a phantom in voxels, counted on a grid of half voxels. */
export function phantomVolume({ distance }: PhantomShape): number {
  let count = 0;
  for (let z = 0.25; z < PHANTOM_SIDE; z += 0.5) {
    for (let y = 0.25; y < PHANTOM_SIDE; y += 0.5) {
      for (let x = 0.25; x < PHANTOM_SIDE; x += 0.5) if (distance(x, y, z) < 0) count++;
    }
  }
  return count / 8;
}
