import { BugError } from '../base/errors';
import type { Vec3 } from '../base/vec3';
import { grownCopy } from './grown-copy';
import { caseTable, EDGE_CORNERS } from './marching-cubes-table';

/** Voxels of the input on any axis: a vertex is kept in 32 bits while the cells are scanned. */
const MAX_MARCHING_CUBES_EXTENT = 1024;

/**
 * The surfaces of all labels of a block, one after another. Of surface i, `labels[i]` is the label, its
 * vertices are `vertexStarts[i]` up to `vertexStarts[i + 1]`, its triangles likewise by `triangleStarts`.
 * The arrays are views on the buffers of the {@link MarchingCubes} that made them, valid until its next run.
 */
export interface LabelSurfaces {
  readonly labels: Uint32Array;
  readonly vertexStarts: Uint32Array;
  readonly triangleStarts: Uint32Array;
  /**
   * x, y, z of each vertex in half voxels from the outer corner of the block's first voxel: even on the axis
   * of the edge that it halves, odd on the others.
   */
  readonly positions: Uint16Array;
  /** Corners of each triangle, counter-clockwise from outside, counted from the surface's first vertex. */
  readonly triangles: Uint32Array;
}

/** The most triangles of one cell: it has 24 slots, and a loop of n of them gives n - 2. */
const MAX_TRIANGLES_PER_CELL = 22;
const MAX_VERTICES_PER_CELL = 24;

/**
 * For a cell at the low border of the block (bits x, y, z of the index) the edges that no earlier cell has
 * seen, besides the three that end at its last corner.
 */
const BORDER_EDGES: readonly Uint8Array[] = Array.from({ length: 8 }, (_, border) => {
  const edges = EDGE_CORNERS.flatMap(([low, high], edge) => {
    // On the two axes across its own, an edge not on the cell's far side must lie on the block's border.
    const across = 7 & ~(low ^ high);
    const near = across & ~low;
    return near !== 0 && (near & ~border) === 0 ? [edge] : [];
  });
  return Uint8Array.from(edges);
});

/**
 * Marching cubes over all labels of a block in one pass: one closed surface a label, label 0 being the
 * background, which has none. Cells lie between the centres of neighbouring voxels, vertices in the middle
 * between two centres, so on the voxels' common faces: the surface of a box of voxels [a, b) reaches from a to
 * b exactly. Blocks that overlap by one voxel share no cell and, once vertices of equal position are joined,
 * give the same triangles as the whole; a block padded with one layer of 0 gives closed surfaces.
 *
 * Every surface is a 2-manifold, oriented counter-clockwise from outside; voxels of a label that touch by an
 * edge or a corner alone are kept apart (see marching-cubes-table.ts).
 *
 * Volume: exact at flat faces. A straight convex edge loses 1/8 voxel per voxel of its length, a concave one
 * gains as much; a corner of three faces loses or gains 5/48 instead of the three half-edges' 3/16, or 7/48
 * instead of 1/16 where one of its edges is of the other sort. A box of a × b × c voxels thus encloses abc - (a + b + c - 3) / 2 - 5/6: a single voxel is an octahedron of 1/6, a
 * plate of one voxel keeps its thickness, a thread of one voxel a diamond section of 1/2.
 *
 * An instance keeps its buffers from run to run; they grow to the largest surface met.
 */
export class MarchingCubes {
  private readonly cases = caseTable();
  private cache = new Int32Array(0);
  private vertexPositions = new Uint32Array(1024);
  private vertexLabels = new Uint32Array(1024);
  private corners = new Uint32Array(3072);
  private vertexCount = 0;
  private cornerCount = 0;
  private ranks = new Uint32Array(0);
  private positions = new Uint16Array(0);
  private triangles = new Uint32Array(0);

  /**
   * @param labels label of each voxel, x fastest; small numbers below `labelCount`
   * @param shape voxels in x, y, z, at most 1024 on an axis
   */
  run(labels: Uint32Array, shape: Vec3, labelCount: number): LabelSurfaces {
    if (Math.max(...shape) > MAX_MARCHING_CUBES_EXTENT) {
      throw new BugError(`marching cubes over ${shape.join(' × ')} voxels`);
    }
    this.vertexCount = 0;
    this.cornerCount = 0;
    this.scan(labels, shape);
    return this.group(labelCount);
  }

  /**
   * Visits the cells row by row. A vertex belongs to an edge of the lattice and to one of the two labels at
   * its ends; the first cell that has the edge makes its vertices and leaves their numbers in a cache, from
   * where the (up to four) cells of the edge take them.
   */
  private scan(labels: Uint32Array, [width, height, depth]: Vec3): void {
    const plane = width * height;
    if (this.cache.length < plane * CACHE_STRIDE) this.cache = new Int32Array(plane * CACHE_STRIDE);
    const cache = this.cache;
    const { starts, slots } = this.cases;
    const slotOffsets = [cacheOffsets(width, 0), cacheOffsets(width, 1)] as const;
    const corner = new Uint32Array(8);
    const rowVertices = width * MAX_VERTICES_PER_CELL;
    const rowCorners = width * 3 * MAX_TRIANGLES_PER_CELL;
    for (let z = 0; z + 1 < depth; z++) {
      const offsets = slotOffsets[(z & 1) as 0 | 1];
      const newX = offsets[6] ?? 0;
      const newY = offsets[14] ?? 0;
      const newZ = offsets[22] ?? 0;
      for (let y = 0; y + 1 < height; y++) {
        this.reserve(rowVertices, rowCorners);
        const { vertexPositions, vertexLabels, corners } = this;
        let vertexCount = this.vertexCount;
        let cornerCount = this.cornerCount;
        const rowBorder = (y === 0 ? 2 : 0) | (z === 0 ? 4 : 0);
        const row0 = z * plane + y * width;
        const row2 = row0 + width;
        const row4 = row0 + plane;
        const row6 = row4 + width;
        let c0 = labels[row0] ?? 0;
        let c2 = labels[row2] ?? 0;
        let c4 = labels[row4] ?? 0;
        let c6 = labels[row6] ?? 0;
        let uniform = c0 === c2 && c0 === c4 && c0 === c6;
        for (let x = 0; x + 1 < width; x++) {
          const c1 = labels[row0 + x + 1] ?? 0;
          const c3 = labels[row2 + x + 1] ?? 0;
          const c5 = labels[row4 + x + 1] ?? 0;
          const c7 = labels[row6 + x + 1] ?? 0;
          if (uniform && c1 === c0 && c3 === c0 && c5 === c0 && c7 === c0) continue;
          corner[0] = c0;
          corner[1] = c1;
          corner[2] = c2;
          corner[3] = c3;
          corner[4] = c4;
          corner[5] = c5;
          corner[6] = c6;
          corner[7] = c7;
          const base = (y * width + x) * CACHE_STRIDE;
          const position = x | (y << 10) | (z << 20);
          if (c6 !== c7) {
            const packed = position + ((1 << 10) | (1 << 20));
            if (c6 !== 0) {
              cache[base + newX] = vertexCount;
              vertexLabels[vertexCount] = c6;
              vertexPositions[vertexCount++] = packed;
            }
            if (c7 !== 0) {
              cache[base + newX + 1] = vertexCount;
              vertexLabels[vertexCount] = c7;
              vertexPositions[vertexCount++] = packed;
            }
          }
          if (c5 !== c7) {
            const packed = (position + (1 | (1 << 20))) | (1 << 30);
            if (c5 !== 0) {
              cache[base + newY] = vertexCount;
              vertexLabels[vertexCount] = c5;
              vertexPositions[vertexCount++] = packed;
            }
            if (c7 !== 0) {
              cache[base + newY + 1] = vertexCount;
              vertexLabels[vertexCount] = c7;
              vertexPositions[vertexCount++] = packed;
            }
          }
          if (c3 !== c7) {
            const packed = (position + (1 | (1 << 10))) | (2 << 30);
            if (c3 !== 0) {
              cache[base + newZ] = vertexCount;
              vertexLabels[vertexCount] = c3;
              vertexPositions[vertexCount++] = packed;
            }
            if (c7 !== 0) {
              cache[base + newZ + 1] = vertexCount;
              vertexLabels[vertexCount] = c7;
              vertexPositions[vertexCount++] = packed;
            }
          }
          const border = rowBorder | (x === 0 ? 1 : 0);
          if (border !== 0) {
            const edges = BORDER_EDGES[border];
            for (let i = 0; edges !== undefined && i < edges.length; i++) {
              const edge = edges[i] ?? 0;
              const lower = EDGE_CORNERS[edge]?.[0] ?? 0;
              const axis = edge >> 2;
              const lowLabel = corner[lower] ?? 0;
              const highLabel = corner[lower + (1 << axis)] ?? 0;
              if (lowLabel === highLabel) continue;
              const packed =
                (position + ((lower & 1) | ((lower & 2) << 9) | ((lower & 4) << 18))) | (axis << 30);
              const slot = base + (offsets[2 * edge] ?? 0);
              if (lowLabel !== 0) {
                cache[slot] = vertexCount;
                vertexLabels[vertexCount] = lowLabel;
                vertexPositions[vertexCount++] = packed;
              }
              if (highLabel !== 0) {
                cache[slot + 1] = vertexCount;
                vertexLabels[vertexCount] = highLabel;
                vertexPositions[vertexCount++] = packed;
              }
            }
          }
          let pending = 255;
          while (pending !== 0) {
            const label = corner[31 - Math.clz32(pending & -pending)] ?? 0;
            const mask =
              (c0 === label ? 1 : 0) |
              (c1 === label ? 2 : 0) |
              (c2 === label ? 4 : 0) |
              (c3 === label ? 8 : 0) |
              (c4 === label ? 16 : 0) |
              (c5 === label ? 32 : 0) |
              (c6 === label ? 64 : 0) |
              (c7 === label ? 128 : 0);
            pending &= ~mask;
            if (label === 0) continue;
            const end = (starts[mask + 1] ?? 0) * 3;
            for (let i = (starts[mask] ?? 0) * 3; i < end; i++) {
              corners[cornerCount++] = cache[base + (offsets[slots[i] ?? 0] ?? 0)] ?? 0;
            }
          }
          c0 = c1;
          c2 = c3;
          c4 = c5;
          c6 = c7;
          uniform = c0 === c2 && c0 === c4 && c0 === c6;
        }
        this.vertexCount = vertexCount;
        this.cornerCount = cornerCount;
      }
    }
  }

  /** Makes room for as many more vertices and corners. */
  private reserve(vertices: number, corners: number): void {
    if (this.vertexPositions.length < this.vertexCount + vertices) {
      const length = Math.max(2 * this.vertexPositions.length, this.vertexCount + vertices);
      this.vertexPositions = grownCopy(this.vertexPositions, length);
      this.vertexLabels = grownCopy(this.vertexLabels, length);
    }
    if (this.corners.length < this.cornerCount + corners) {
      this.corners = grownCopy(this.corners, Math.max(2 * this.corners.length, this.cornerCount + corners));
    }
  }

  /** Sorts vertices and triangles by label, by counting, keeping their order within a label. */
  private group(labelCount: number): LabelSurfaces {
    const { vertexLabels, vertexPositions, corners, vertexCount, cornerCount } = this;
    const vertexNext = new Uint32Array(labelCount + 1);
    const cornerNext = new Uint32Array(labelCount + 1);
    for (let v = 0; v < vertexCount; v++) {
      const after = (vertexLabels[v] ?? 0) + 1;
      vertexNext[after] = (vertexNext[after] ?? 0) + 1;
    }
    for (let c = 0; c < cornerCount; c += 3) {
      const after = (vertexLabels[corners[c] ?? 0] ?? 0) + 1;
      cornerNext[after] = (cornerNext[after] ?? 0) + 3;
    }
    const present: number[] = [];
    for (let label = 1; label < labelCount; label++)
      if ((vertexNext[label + 1] ?? 0) > 0) present.push(label);
    for (let label = 1; label <= labelCount; label++) {
      vertexNext[label] = (vertexNext[label] ?? 0) + (vertexNext[label - 1] ?? 0);
      cornerNext[label] = (cornerNext[label] ?? 0) + (cornerNext[label - 1] ?? 0);
    }
    const labels = Uint32Array.from(present);
    const vertexStarts = startsOf(labels, vertexNext, vertexCount);
    const triangleStarts = startsOf(labels, cornerNext, cornerCount).map((corner) => corner / 3);
    if (this.ranks.length < vertexCount) this.ranks = new Uint32Array(vertexPositions.length);
    if (this.positions.length < 3 * vertexCount) this.positions = new Uint16Array(3 * vertexPositions.length);
    if (this.triangles.length < cornerCount) this.triangles = new Uint32Array(corners.length);
    const { ranks, positions, triangles } = this;
    const firstVertex = vertexNext.slice();
    for (let v = 0; v < vertexCount; v++) {
      const label = vertexLabels[v] ?? 0;
      const target = vertexNext[label] ?? 0;
      vertexNext[label] = target + 1;
      ranks[v] = target - (firstVertex[label] ?? 0);
      const packed = vertexPositions[v] ?? 0;
      const axis = packed >>> 30;
      positions[3 * target] = 2 * (packed & 1023) + (axis === 0 ? 2 : 1);
      positions[3 * target + 1] = 2 * ((packed >>> 10) & 1023) + (axis === 1 ? 2 : 1);
      positions[3 * target + 2] = 2 * ((packed >>> 20) & 1023) + (axis === 2 ? 2 : 1);
    }
    for (let c = 0; c < cornerCount; c += 3) {
      const first = corners[c] ?? 0;
      const label = vertexLabels[first] ?? 0;
      const target = cornerNext[label] ?? 0;
      cornerNext[label] = target + 3;
      triangles[target] = ranks[first] ?? 0;
      triangles[target + 1] = ranks[corners[c + 1] ?? 0] ?? 0;
      triangles[target + 2] = ranks[corners[c + 2] ?? 0] ?? 0;
    }
    return {
      labels,
      vertexStarts,
      triangleStarts,
      positions: positions.subarray(0, 3 * vertexCount),
      triangles: triangles.subarray(0, cornerCount),
    };
  }
}

/**
 * The cache of vertex numbers, for each voxel of a slice: x edge, y edge of even slices, then of odd ones,
 * z edge up to the next slice; two numbers each, for the labels at the lower and the upper end.
 */
const CACHE_STRIDE = 10;

/** Where the cache holds each slot of the case table, relative to the entries of the cell's first voxel. */
function cacheOffsets(width: number, parity: 0 | 1): Int32Array {
  const offsets = new Int32Array(24);
  EDGE_CORNERS.forEach(([lower], edge) => {
    const axis = edge >> 2;
    const voxel = (lower & 1) + ((lower >> 1) & 1) * width;
    const slice = (parity + (lower >> 2)) & 1;
    const entry = axis === 2 ? 8 : slice * 4 + axis * 2;
    offsets[2 * edge] = voxel * CACHE_STRIDE + entry;
    offsets[2 * edge + 1] = voxel * CACHE_STRIDE + entry + 1;
  });
  return offsets;
}

function startsOf(labels: Uint32Array, starts: Uint32Array, end: number): Uint32Array {
  const result = new Uint32Array(labels.length + 1);
  labels.forEach((label, i) => (result[i] = starts[label] ?? 0));
  result[labels.length] = end;
  return result;
}
