import { add3, max3, min3, product3, subtract3, vec3, type Vec3 } from './vec3';

/** The voxels with min ≤ position < max, in x, y, z. */
export interface Box {
  readonly min: Vec3;
  readonly max: Vec3;
}

export function boxOfShape(shape: Vec3): Box {
  return { min: [0, 0, 0], max: shape };
}

export function boxShape(box: Box): Vec3 {
  return subtract3(box.max, box.min);
}

/** Number of voxels. */
export function boxVolume(box: Box): number {
  return isEmptyBox(box) ? 0 : product3(boxShape(box));
}

export function isEmptyBox(box: Box): boolean {
  return box.max[0] <= box.min[0] || box.max[1] <= box.min[1] || box.max[2] <= box.min[2];
}

/** Returns the intersection of two boxes. It is empty (see {@link isEmptyBox}) if they don't overlap. */
export function intersectBoxes(a: Box, b: Box): Box {
  return { min: max3(a.min, b.min), max: min3(a.max, b.max) };
}

export function containsBox(outer: Box, inner: Box): boolean {
  return [0, 1, 2].every((axis) => {
    const i = axis as 0 | 1 | 2;
    return outer.min[i] <= inner.min[i] && inner.max[i] <= outer.max[i];
  });
}

export function translateBox(box: Box, by: Vec3): Box {
  return { min: add3(box.min, by), max: add3(box.max, by) };
}

/** Formats a box as `[x0, x1) × [y0, y1) × [z0, z1)`, for messages. */
export function formatBox(box: Box): string {
  return vec3Ranges(box).join(' × ');
}

function vec3Ranges(box: Box): string[] {
  return ([0, 1, 2] as const).map((axis) => `[${box.min[axis]}, ${box.max[axis]})`);
}

/**
 * A regular partition of `box` into cells of `cell` voxels on a grid anchored at `origin`. Cells at the border are
 * clipped to `box`. Cells are numbered with x varying fastest.
 */
export class BoxGrid {
  /** Number of cells on each axis. */
  readonly counts: Vec3;
  readonly length: number;
  private readonly first: Vec3;

  constructor(
    readonly box: Box,
    readonly cell: Vec3,
    readonly origin: Vec3 = box.min,
  ) {
    this.first = vec3((i) => Math.floor((box.min[i] - origin[i]) / cell[i]));
    this.counts = vec3((i) => Math.max(0, Math.ceil((box.max[i] - origin[i]) / cell[i]) - this.first[i]));
    this.length = product3(this.counts);
  }

  /** Returns cell `index`, clipped to the box. Precondition: 0 ≤ index < length. */
  at(index: number): Box {
    const position: Vec3 = [
      index % this.counts[0],
      Math.floor(index / this.counts[0]) % this.counts[1],
      Math.floor(index / (this.counts[0] * this.counts[1])),
    ];
    const min = vec3((i) => this.origin[i] + (this.first[i] + position[i]) * this.cell[i]);
    return intersectBoxes({ min, max: add3(min, this.cell) }, this.box);
  }

  /** The cells, clipped to the grid's box, that have voxels in common with `box`. */
  *touching(box: Box): Generator<Box> {
    for (const index of this.indicesTouching(box)) yield this.at(index);
  }

  /** The indices of the cells that {@link touching} yields. */
  *indicesTouching(box: Box): Generator<number> {
    const common = intersectBoxes(this.box, box);
    if (isEmptyBox(common)) return;
    const first = vec3((i) => Math.floor((common.min[i] - this.origin[i]) / this.cell[i]) - this.first[i]);
    const last = vec3((i) => Math.ceil((common.max[i] - this.origin[i]) / this.cell[i]) - this.first[i]);
    for (let z = first[2]; z < last[2]; z++) {
      for (let y = first[1]; y < last[1]; y++) {
        for (let x = first[0]; x < last[0]; x++) {
          yield (z * this.counts[1] + y) * this.counts[0] + x;
        }
      }
    }
  }

  *[Symbol.iterator](): Generator<Box> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}
