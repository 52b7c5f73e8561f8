import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import { compactLabels } from '../../../src/shared/kernels/label-compaction';
import { LabelTable } from '../../../src/shared/kernels/label-table';
import { MarchingCubes } from '../../../src/shared/kernels/marching-cubes';
import { dropUnusedVertices } from '../../../src/shared/kernels/simplification';
import { point, type Point } from './mesh-checks';

const VOXEL: Point = [4, 4, 10];

/** The closed surface of what `inside` says within size³ voxels of 4 × 4 × 10 nm. */
export function surfaceOf(size: number, inside: (x: number, y: number, z: number) => boolean): TriangleMesh {
  const data = new Uint8Array(size ** 3);
  for (let i = 0; i < data.length; i++) {
    data[i] = Number(inside(i % size, Math.floor(i / size) % size, Math.floor(i / size ** 2)));
  }
  const region = { min: [-1, -1, -1], max: [size + 1, size + 1, size + 1] } as const;
  const labels = new Uint32Array((size + 2) ** 3);
  const table = new LabelTable();
  compactLabels(
    { box: { min: [0, 0, 0], max: [size, size, size] }, channels: 1, data },
    region,
    table,
    labels,
  );
  const found = new MarchingCubes().run(labels, [size + 2, size + 2, size + 2], table.size);
  return {
    positions: Float32Array.from(found.positions, (p, i) => (p / 2 - 1) * (VOXEL[i % 3] ?? 1)),
    triangles: found.triangles.slice(),
  };
}

/** The part of a surface whose triangles lie at x up to `most`, in nm. */
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
