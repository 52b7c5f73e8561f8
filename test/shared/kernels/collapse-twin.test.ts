import { expect, test } from 'vitest';
import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import { collapseEdges, type CollapseLimits } from '../../../src/shared/kernels/edge-collapses';
import { randomWords } from '../../random';
import { collapsedSlowly } from './collapse-twin';
import { cutOff, surfaceOf } from './voxel-surface';

const SIDE = 12;

/** Returns the surface of a label of random blobs and single voxels, cut open in every third case. */
function randomSurface(seed: number) {
  const random = randomWords(seed);
  const balls = Array.from({ length: 6 }, () => [
    random() % SIDE,
    random() % SIDE,
    random() % SIDE,
    random() % 4,
  ]);
  const surface = surfaceOf(SIDE, (x, y, z) =>
    balls.some(([a = 0, b = 0, c = 0, radius = 0]) => Math.hypot(x - a, y - b, z - c) < radius + 0.5),
  );
  return seed % 3 === 0 ? cutOff(surface, 2 * SIDE) : surface;
}

test.each(Array.from({ length: 40 }, (_, i) => [i + 1]))(
  'surface %i is simplified as by the slow twin, bit by bit',
  (seed) => {
    const mesh = randomSurface(seed);
    const random = randomWords(seed + 1000);
    const error = [0.5, 2, 5, 20][random() % 4] ?? 1;
    const limits: CollapseLimits = {
      error,
      reach: 2 * error,
      bound: error * ([0.3, 1, 2][random() % 3] ?? 1),
      smoothing:
        random() % 2 === 0
          ? undefined
          : { error: (random() % 2) * 0.6 * error, steps: 1 + (random() % 3), most: error / 4, side: 5 },
      passes: random() % 2 === 0 ? 1 : 2,
      keptShare: [0, 0, 0.4][random() % 3] ?? 0,
      locks: Uint8Array.from({ length: mesh.positions.length / 3 }, () => Number(random() % 20 === 0)),
    };
    expect(mesh.triangles.length).toBeGreaterThan(0);
    expect(collapsedSlowly(mesh, limits)).toEqual(collapseEdges(mesh, limits));
  },
);

/** Returns two pyramids on a base with this many corners, one upwards and one downwards. */
function bipyramid(sides: number): TriangleMesh {
  const base = Array.from({ length: sides }, (_, i) => {
    const angle = (2 * Math.PI * i) / sides;
    return [20 * Math.cos(angle), 20 * Math.sin(angle), Math.sin(3 * angle)];
  });
  const faces = base.map((_, i) => [i + 2, ((i + 1) % sides) + 2] as const);
  return {
    positions: Float32Array.from([[0, 0, 6], [0, 0, -6], ...base].flat()),
    triangles: Uint32Array.from(faces.flatMap(([a, b]) => [0, a, b, 1, b, a])),
  };
}

test.each([3, 4, 31, 32, 33, 34, 40])('so are pyramids of %i sides', (sides) => {
  const mesh = bipyramid(sides);
  const locks = new Uint8Array(sides + 2);
  for (const error of [0.2, 1, 3, 100]) {
    const limits = { error, reach: 100, bound: 100, keptShare: 0, locks };
    expect(collapsedSlowly(mesh, limits)).toEqual(collapseEdges(mesh, limits));
  }
});
