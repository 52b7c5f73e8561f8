import { TriangleSoup } from '../../shared/kernels/triangle-soup';
import { boundsOf, type LatticeBounds } from './lattice';

/** A part of a label's surface, wherever it is kept: a soup on the lattice of lattice.ts. */
export interface SurfacePart {
  readonly triangles: number;
  /** No corner lies outside; they needn't be tight. */
  readonly bounds: LatticeBounds;
  /** The soup; not to be changed. */
  read(): Int32Array;
}

/** A surface in parts, each small enough to be in memory while the whole needn't be. */
export type SurfaceParts = readonly SurfacePart[];

export function partOf(corners: Int32Array): SurfacePart {
  return { triangles: corners.length / 9, bounds: boundsOf(corners), read: () => corners };
}

export function triangleCount(parts: SurfaceParts): number {
  return parts.reduce((sum, { triangles }) => sum + triangles, 0);
}

/** All triangles of parts that are few enough to be in memory together. */
export function joined(parts: SurfaceParts): Int32Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first.read();
  const soup = new TriangleSoup(triangleCount(parts));
  for (const part of parts) soup.pushAll(part.read());
  return soup.corners;
}
