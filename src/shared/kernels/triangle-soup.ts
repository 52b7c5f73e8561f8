/**
 * Triangles whose corners are stored by value, on a lattice of integers: nine numbers each, x, y, z of the three
 * corners, counter-clockwise as seen from outside. Corners with the same position are one vertex. Soups can be cut,
 * sorted into cells and joined freely. {@link indexSoup} makes a mesh of a soup.
 */
export class TriangleSoup {
  private data: Int32Array;
  private used = 0;

  constructor(triangles = 16) {
    this.data = new Int32Array(9 * triangles);
  }

  get triangleCount(): number {
    return this.used / 9;
  }

  /** The numbers, nine per triangle: a view that is valid until triangles are added. */
  get corners(): Int32Array {
    return this.data.subarray(0, this.used);
  }

  /** Adds the triangle whose nine numbers begin at `offset` of `source`. */
  push(source: Int32Array, offset: number): void {
    const { data, used } = this.room(9);
    for (let i = 0; i < 9; i++) data[used + i] = source[offset + i] ?? 0;
    this.used = used + 9;
  }

  pushAll(source: Int32Array): void {
    const { data, used } = this.room(source.length);
    data.set(source, used);
    this.used = used + source.length;
  }

  private room(numbers: number): { readonly data: Int32Array; readonly used: number } {
    if (this.used + numbers > this.data.length) {
      const larger = new Int32Array(Math.max(2 * this.data.length, this.used + numbers));
      larger.set(this.corners);
      this.data = larger;
    }
    return { data: this.data, used: this.used };
  }
}

export interface LatticeMesh {
  /** x, y, z of each vertex, all different, in the order of first use. */
  readonly positions: Int32Array;
  readonly triangles: Uint32Array;
}

/** What {@link indexSoup} works in. Allocating it for each of very many small surfaces would take longer than the work. */
let soupTable = new Uint32Array(0);
let soupPositions = new Int32Array(0);

/**
 * Joins corners with the same position. Triangles with two equal corners are left out; a closed surface stays closed
 * without them.
 */
export function indexSoup(corners: Int32Array): LatticeMesh {
  const cornerCount = corners.length / 3;
  let tableSize = 16;
  while (tableSize < 2 * cornerCount) tableSize *= 2;
  const mask = tableSize - 1;
  if (soupTable.length < tableSize) soupTable = new Uint32Array(tableSize);
  else soupTable.fill(0, 0, tableSize);
  if (soupPositions.length < corners.length) soupPositions = new Int32Array(corners.length);
  const [table, positions] = [soupTable, soupPositions];
  const triangles = new Uint32Array(cornerCount);
  let vertexCount = 0;
  let written = 0;
  for (let c = 0; c < cornerCount; c++) {
    const x = corners[3 * c] ?? 0;
    const y = corners[3 * c + 1] ?? 0;
    const z = corners[3 * c + 2] ?? 0;
    let hash = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b) ^ Math.imul(z, 0xc2b2ae35);
    hash ^= hash >>> 15;
    let slot = Math.imul(hash, 0x2c1b3c6d) >>> 3;
    let vertex = (table[slot & mask] ?? 0) - 1;
    while (
      vertex >= 0 &&
      (positions[3 * vertex] !== x || positions[3 * vertex + 1] !== y || positions[3 * vertex + 2] !== z)
    ) {
      vertex = (table[++slot & mask] ?? 0) - 1;
    }
    if (vertex < 0) {
      vertex = vertexCount++;
      table[slot & mask] = vertexCount;
      positions[3 * vertex] = x;
      positions[3 * vertex + 1] = y;
      positions[3 * vertex + 2] = z;
    }
    triangles[written++] = vertex;
    if (c % 3 !== 2) continue;
    const a = triangles[written - 3];
    const b = triangles[written - 2];
    if (a === b || b === vertex || vertex === a) written -= 3;
  }
  return {
    positions: positions.slice(0, 3 * vertexCount),
    triangles: written < cornerCount ? triangles.slice(0, written) : triangles,
  };
}

/** Returns the triangles of a mesh by value. */
export function soupOf(
  positions: ArrayLike<number>,
  triangles: ArrayLike<number>,
  origin: readonly [number, number, number] = [0, 0, 0],
): Int32Array {
  const corners = new Int32Array(3 * triangles.length);
  for (let c = 0; c < triangles.length; c++) {
    const vertex = 3 * (triangles[c] ?? 0);
    corners[3 * c] = (positions[vertex] ?? 0) + origin[0];
    corners[3 * c + 1] = (positions[vertex + 1] ?? 0) + origin[1];
    corners[3 * c + 2] = (positions[vertex + 2] ?? 0) + origin[2];
  }
  return corners;
}
