import { TriangleSoup } from '../../shared/kernels/triangle-soup';
import { boundsOf, type LatticeBounds } from './lattice';

/** A part of a label's surface, stored in memory or elsewhere: a soup on the lattice of lattice.ts. */
export interface SurfacePart {
  readonly triangles: number;
  /** Bounds that contain all corners, but needn't be tight. */
  readonly bounds: LatticeBounds;
  /** Returns the soup, which must not be changed. */
  read(): Int32Array;
}

/** A surface in parts. Each part fits into memory, but the whole needn't. */
export type SurfaceParts = readonly SurfacePart[];

export function partOf(corners: Int32Array): SurfacePart {
  return { triangles: corners.length / 9, bounds: boundsOf(corners), read: () => corners };
}

export function triangleCount(parts: SurfaceParts): number {
  return parts.reduce((sum, { triangles }) => sum + triangles, 0);
}

/** Returns all triangles of parts that fit into memory together. */
export function joined(parts: SurfaceParts): Int32Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first.read();
  const soup = new TriangleSoup(triangleCount(parts));
  for (const part of parts) soup.pushAll(part.read());
  return soup.corners;
}
