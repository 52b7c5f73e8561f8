import { vec3, type Vec3 } from '../../shared/base/vec3';
import { TriangleSoup } from '../../shared/kernels/triangle-soup';
import { joinedBounds } from './lattice';
import { CELL_TRIANGLES } from './mesh-settings';
import { joined, triangleCount, type SurfacePart, type SurfaceParts } from './surface-parts';

/** A cube of the lattice: min ≤ position < min + size. */
interface Cell {
  readonly min: Vec3;
  readonly size: number;
}

/** The triangles of a cell, and the index of each part's first triangle. */
export interface CellSoup {
  readonly corners: Int32Array;
  readonly starts: readonly number[];
}

/** A third of a power of two that is larger than any volume, in steps of the lattice. */
const SHIFT = Math.floor(2 ** 30 / 3);

/**
 * Divides a surface into cubes that have few enough triangles to be simplified one by one: the whole surface if it is
 * small enough, otherwise cubes, their octants, and so on. A triangle belongs to the cube of its centroid. At any
 * time, memory holds only the part of the surface in one cube and in one part.
 *
 * The corners of cubes are at multiples of their size, a power of two. The shifted grid is displaced by a third of a
 * large power of two, which is a third or two thirds of the cube's own size for any size. So each plane of one grid
 * is at least a third of the smaller cube away from the planes of the other, and the border of two cubes in one pass
 * is inside of a cube in the next one: each pass removes the seams of the previous one.
 */
export function* cellsOf(parts: SurfaceParts, isShifted: boolean): Generator<CellSoup> {
  if (isOneCell(parts)) {
    yield { corners: joined(parts), starts: [0] };
    return;
  }
  const { min, max } = joinedBounds(parts.map(({ bounds }) => bounds));
  let size = 1;
  while (size <= Math.max(...vec3((i) => max[i] - min[i]))) size *= 2;
  const shift = isShifted ? SHIFT % size : 0;
  const corner = vec3((i) => Math.floor((min[i] - shift) / size) * size + shift);
  // The cubes are as large as the surface, which therefore touches at most two of them on each axis.
  for (const octant of OCTANTS) {
    yield* cellsWithin({ min: vec3((i) => corner[i] + octant[i] * size), size }, parts);
  }
}

/** Reports whether a surface is small enough to be a single cell. */
export function isOneCell(parts: SurfaceParts): boolean {
  return triangleCount(parts) <= CELL_TRIANGLES;
}

function* cellsWithin(cell: Cell, parts: SurfaceParts): Generator<CellSoup> {
  const near = parts.filter((part) => meets(cell, part));
  const soup = gathered(cell, near);
  if (soup !== undefined) {
    if (soup.corners.length > 0) yield soup;
    return;
  }
  const size = cell.size / 2;
  for (const octant of OCTANTS) {
    yield* cellsWithin({ min: vec3((i) => cell.min[i] + octant[i] * size), size }, near);
  }
}

const OCTANTS: readonly Vec3[] = Array.from({ length: 8 }, (_, i) => [i & 1, (i >> 1) & 1, i >> 2]);

function meets({ min, size }: Cell, { bounds }: SurfacePart): boolean {
  return [0, 1, 2].every((axis) => {
    const low = min[axis] ?? 0;
    return (bounds.min[axis] ?? 0) < low + size && (bounds.max[axis] ?? 0) >= low;
  });
}

function isWithin({ min, size }: Cell, { bounds }: SurfacePart): boolean {
  return [0, 1, 2].every((axis) => {
    const low = min[axis] ?? 0;
    return (bounds.min[axis] ?? 0) >= low && (bounds.max[axis] ?? 0) < low + size;
  });
}

/** Gathers the triangles of a cell in the order of the parts. Returns undefined if there are too many. */
function gathered(cell: Cell, parts: SurfaceParts): CellSoup | undefined {
  if (triangleCount(parts.filter((part) => isWithin(cell, part))) > CELL_TRIANGLES) return undefined;
  const soup = new TriangleSoup(1024);
  const [lowX, lowY, lowZ] = [3 * cell.min[0], 3 * cell.min[1], 3 * cell.min[2]];
  const size = 3 * cell.size;
  const starts = [];
  for (const part of parts) {
    starts.push(soup.triangleCount);
    const corners = part.read();
    const isWhole = isWithin(cell, part);
    if (isWhole) soup.pushAll(corners);
    for (let t = 0; t < corners.length && !isWhole; t += 9) {
      const x = (corners[t] ?? 0) + (corners[t + 3] ?? 0) + (corners[t + 6] ?? 0) - lowX;
      const y = (corners[t + 1] ?? 0) + (corners[t + 4] ?? 0) + (corners[t + 7] ?? 0) - lowY;
      const z = (corners[t + 2] ?? 0) + (corners[t + 5] ?? 0) + (corners[t + 8] ?? 0) - lowZ;
      if (x >= 0 && x < size && y >= 0 && y < size && z >= 0 && z < size) soup.push(corners, t);
    }
    if (soup.triangleCount > CELL_TRIANGLES) return undefined;
  }
  return { corners: soup.corners, starts };
}
