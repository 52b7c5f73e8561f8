import type { Vec3 } from '../../../src/shared/base/vec3';
import { caseTable, EDGE_CORNERS } from '../../../src/shared/kernels/marching-cubes-table';
import type { Surface } from './mesh-checks';

/**
 * The slow, readable twin of `MarchingCubes`: one label at a time, one cell at a time, vertices found again by
 * their position.
 */
export function marchingCubesTwin(labels: ArrayLike<number>, shape: Vec3, label: number): Surface {
  const { starts, slots } = caseTable();
  const positions: number[] = [];
  const triangles: number[] = [];
  const vertices = new Map<string, number>();
  const [width, height, depth] = shape;
  for (let z = 0; z + 1 < depth; z++) {
    for (let y = 0; y + 1 < height; y++) {
      for (let x = 0; x + 1 < width; x++) {
        let mask = 0;
        for (let corner = 0; corner < 8; corner++) {
          const [cx, cy, cz] = cornerPosition(corner);
          if (labels[((z + cz) * height + y + cy) * width + x + cx] === label) mask |= 1 << corner;
        }
        for (let i = 3 * (starts[mask] ?? 0); i < 3 * (starts[mask + 1] ?? 0); i++) {
          const [low, high] = EDGE_CORNERS[(slots[i] ?? 0) >> 1] ?? [0, 0];
          const [lx, ly, lz] = cornerPosition(low);
          const [hx, hy, hz] = cornerPosition(high);
          const at = [2 * x + 1 + lx + hx, 2 * y + 1 + ly + hy, 2 * z + 1 + lz + hz];
          const key = at.join();
          let vertex = vertices.get(key);
          if (vertex === undefined) {
            vertex = vertices.size;
            vertices.set(key, vertex);
            positions.push(...at);
          }
          triangles.push(vertex);
        }
      }
    }
  }
  return { positions, triangles };
}

function cornerPosition(corner: number): Vec3 {
  return [corner & 1, (corner >> 1) & 1, corner >> 2];
}
