import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import { boxOfShape, boxVolume } from '../../../src/shared/base/box';
import { dropUnusedVertices } from '../../../src/shared/kernels/simplification';
import { netRegion, STEPS_PER_VOXEL, SurfaceNet } from '../../../src/shared/kernels/surface-net';
import { soupOf, type LatticeMesh } from '../../../src/shared/kernels/triangle-soup';
import { point, type Point } from './mesh-checks';

const VOXEL: Point = [4, 4, 10];

export type Inside = (x: number, y: number, z: number) => boolean;

/**
 * Returns the closed surface of the voxels for which `inside` is true, in a volume of size³ voxels of 4 × 4 × 10 nm;
 * relaxed by default.
 */
export function surfaceOf(size: number, inside: Inside, isSmooth = true): TriangleMesh {
  const { positions, triangles } = latticeSurface(size, inside, isSmooth);
  return {
    positions: Float32Array.from(positions, (p, i) => (p / STEPS_PER_VOXEL) * (VOXEL[i % 3] ?? 1)),
    triangles,
  };
}

/** Returns the same surface in steps, with nine numbers for each triangle. */
export function soupOfVoxels(size: number, inside: Inside, isSmooth: boolean): Int32Array {
  const { positions, triangles } = latticeSurface(size, inside, isSmooth);
  return soupOf(positions, triangles);
}

/** Returns the same surface in steps. */
function latticeSurface(size: number, inside: Inside, isSmooth: boolean): LatticeMesh {
  const corners = boxOfShape([size + 1, size + 1, size + 1]);
  const region = netRegion(corners);
  const net = SurfaceNet.find(
    region,
    4 * boxVolume(region),
    [size, size, size],
    { resolutionNm: VOXEL, isSmooth, mergeErrorNm: 0 },
    (labels) => {
      const side = region.max[0] - region.min[0];
      labels.forEach((_, i) => {
        const [x, y, z] = [i % side, Math.floor(i / side) % side, Math.floor(i / side ** 2)].map(
          (p) => p + region.min[0],
        ) as [number, number, number];
        const isIn = Math.min(x, y, z) >= 0 && Math.max(x, y, z) < size && inside(x, y, z);
        labels[i] = Number(isIn);
      });
      return Uint32Array.of(0xffffffff, 0);
    },
  );
  const [surface] = net?.tile(corners) ?? [];
  return surface ?? { positions: new Int32Array(), triangles: new Uint32Array() };
}

/** Returns the part of a surface whose triangles have an x of at most `most`, in nm. */
export function cutOff({ positions, triangles }: TriangleMesh, most: number): TriangleMesh {
  const kept: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [...triangles.subarray(t, t + 3)];
    if (corners.every((corner) => point(positions, corner)[0] <= most)) kept.push(...corners);
  }
  const used = dropUnusedVertices(Uint32Array.from(kept), positions.length / 3);
  return {
    positions: Float32Array.from([...used.vertices].flatMap((vertex) => point(positions, vertex))),
    triangles: used.triangles,
  };
}
