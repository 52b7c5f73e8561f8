/** Figures of how a surface looks and fits. */
import type { Vec3 } from '../../src/shared/base/vec3';
import { outwards, phantomVolume, type PhantomShape } from './phantom-shapes';

/** A closed surface whose vertices are shared by its triangles. */
export interface WeldedMesh {
  readonly positions: ArrayLike<number>;
  readonly triangles: ArrayLike<number>;
}

export interface Looks {
  readonly triangles: number;
  /** The share of the length of the edges at which the surface is folded by more than 45 degrees. */
  readonly folds: number;
  /** The share of the triangles whose height is less than a tenth of their longest edge. */
  readonly slivers: number;
  /** Edges with an odd number of triangles. */
  readonly openEdges: number;
}

/** Looks beside the formula of a phantom, with positions in voxels. */
export interface TrueLooks extends Looks {
  /** The mean angle in degrees, by area, between a triangle and the true surface at its centre. */
  readonly normals: number;
  /** The enclosed volume as a share of the true one. */
  readonly volume: number;
  /** The greatest distance of a vertex from the true surface, in voxels. */
  readonly farthest: number;
}

const FOLD_COSINE = Math.cos(Math.PI / 4);
const SLIVER = 0.1;

export function looksOf(mesh: WeldedMesh): Looks {
  const { triangles } = mesh;
  const sides = new Map<number, { readonly normal: Vec3; count: number }>();
  let slivers = 0;
  let folded = 0;
  let length = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = cornersOf(mesh, t);
    const { normal, area, longest } = measured(corners);
    if (2 * area < SLIVER * longest ** 2) slivers++;
    for (let i = 0; i < 3; i++) {
      const a = triangles[t + i] ?? 0;
      const b = triangles[t + ((i + 1) % 3)] ?? 0;
      const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
      const other = sides.get(key);
      if (other === undefined) {
        sides.set(key, { normal, count: 1 });
        continue;
      }
      other.count++;
      const edge = Math.hypot(...minus(at(corners, i + 1), at(corners, i)));
      length += edge;
      if (dot(normal, other.normal) < FOLD_COSINE) folded += edge;
    }
  }
  let openEdges = 0;
  for (const { count } of sides.values()) if (count % 2 === 1) openEdges++;
  const count = triangles.length / 3;
  return { triangles: count, folds: folded / length, slivers: slivers / count, openEdges };
}

/** @param mesh the surface of the phantom, in voxels of its volume */
export function trueLooksOf(mesh: WeldedMesh, phantom: PhantomShape): TrueLooks {
  const { positions, triangles } = mesh;
  let turned = 0;
  let whole = 0;
  let volume = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = cornersOf(mesh, t);
    const [a, b, c] = corners;
    const { normal, area } = measured(corners);
    volume += dot(a, cross(b, c)) / 6;
    if (area === 0) continue;
    const centre: Vec3 = [(a[0] + b[0] + c[0]) / 3, (a[1] + b[1] + c[1]) / 3, (a[2] + b[2] + c[2]) / 3];
    const cosine = Math.min(1, Math.abs(dot(normal, outwards(phantom, centre))));
    turned += area * ((Math.acos(cosine) * 180) / Math.PI);
    whole += area;
  }
  let farthest = 0;
  for (let i = 0; i < positions.length; i += 3) {
    const distance = phantom.distance(positions[i] ?? 0, positions[i + 1] ?? 0, positions[i + 2] ?? 0);
    farthest = Math.max(farthest, Math.abs(distance));
  }
  return {
    ...looksOf(mesh),
    normals: turned / whole,
    volume: Math.abs(volume) / phantomVolume(phantom),
    farthest,
  };
}

type Corners = readonly [Vec3, Vec3, Vec3];

function cornersOf({ positions, triangles }: WeldedMesh, t: number): Corners {
  const corner = (i: number): Vec3 => {
    const first = 3 * (triangles[t + i] ?? 0);
    return [positions[first] ?? 0, positions[first + 1] ?? 0, positions[first + 2] ?? 0];
  };
  return [corner(0), corner(1), corner(2)];
}

function at(corners: Corners, i: number): Vec3 {
  return corners[(i % 3) as 0 | 1 | 2];
}

function measured(corners: Corners): {
  readonly normal: Vec3;
  readonly area: number;
  readonly longest: number;
} {
  const edges = [0, 1, 2].map((i) => minus(at(corners, i + 1), at(corners, i)));
  const across = cross(edges[0] ?? [0, 0, 0], edges[1] ?? [0, 0, 0]);
  const twice = Math.hypot(...across);
  const scale = twice > 0 ? 1 / twice : 0;
  return {
    normal: [across[0] * scale, across[1] * scale, across[2] * scale],
    area: twice / 2,
    longest: Math.max(...edges.map((edge) => Math.hypot(...edge))),
  };
}

function minus(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
